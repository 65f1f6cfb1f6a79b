//! The protocol (RFC 854, RFC 855): takes data and commands apart, and negotiates options. No I/O. An option is answered
//! only when its state changes (RFC 1143), so no storm of requests makes a storm of answers; what a server puts into one
//! subnegotiation is bounded.

use crate::environ::Environment;

pub(crate) const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;

pub(crate) const BINARY: u8 = 0;
pub(crate) const ECHO: u8 = 1;
pub(crate) const SGA: u8 = 3;
const STATUS: u8 = 5;
const TTYPE: u8 = 24;
const NAWS: u8 = 31;
const LINEMODE: u8 = 34;
const NEW_ENVIRON: u8 = 39;

/// What RFC 1091 and its like ask and answer with.
const IS: u8 = 0;
const SEND: u8 = 1;
/// Of RFC 1184.
const MODE: u8 = 1;
const SLC: u8 = 3;
const MODE_EDIT: u8 = 1;
const MODE_MASK: u8 = 3;
const MODE_ACK: u8 = 4;
const SLC_ACK: u8 = 128;
const SLC_FUNCTIONS: u8 = 18;

/// The longest subnegotiation that is heeded; the rest of a longer one is dropped with it.
const LONGEST: usize = 512;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Parse {
    #[default]
    Data,
    Return,
    Command,
    Option(u8),
    Sub,
    SubCommand,
}

/// One end of a telnet connection.
#[derive(Debug, Default)]
pub(crate) struct Protocol {
    parse: Parse,
    sub: Vec<u8>,
    too_long: bool,
    /// What this side does, and what the other does: one bit for each option.
    ours: [u64; 4],
    theirs: [u64; 4],
    /// What this side has asked for, and has no answer to yet.
    asked_ours: [u64; 4],
    asked_theirs: [u64; 4],
    /// The server has said that lines are edited here (RFC 1184).
    pub(crate) edits: Option<bool>,
    pub(crate) window: Option<(u16, u16)>,
    pub(crate) environment: Environment,
    /// -8, -L.
    pub(crate) wants_binary: (bool, bool),
    /// A carriage return of the terminal is sent as CR LF.
    pub(crate) crlf: bool,
    /// What is to be sent.
    pub(crate) out: Vec<u8>,
}

fn has(set: &[u64; 4], option: u8) -> bool {
    set.get(usize::from(option >> 6))
        .is_some_and(|word| word >> (option & 63) & 1 == 1)
}

fn put(set: &mut [u64; 4], option: u8, on: bool) {
    if let Some(word) = set.get_mut(usize::from(option >> 6)) {
        *word = *word & !(1 << (option & 63)) | u64::from(on) << (option & 63);
    }
}

impl Protocol {
    /// What a client of the telnet port asks for at once.
    pub(crate) fn begin(&mut self) {
        self.ask_theirs(SGA, true);
        for option in [TTYPE, NAWS, LINEMODE, NEW_ENVIRON] {
            self.ask_ours(option, true);
        }
        self.ask_theirs(STATUS, true);
    }

    /// Asks for binary data in these directions: in, out.
    pub(crate) fn binary(&mut self, inward: Option<bool>, outward: Option<bool>) {
        if let Some(on) = inward {
            self.ask_theirs(BINARY, on);
        }
        if let Some(on) = outward {
            self.ask_ours(BINARY, on);
        }
    }

    fn ask_ours(&mut self, option: u8, on: bool) {
        if has(&self.ours, option) != on && !has(&self.asked_ours, option) {
            put(&mut self.asked_ours, option, on);
            put(&mut self.ours, option, false);
            self.say(if on { WILL } else { WONT }, option);
        }
    }

    fn ask_theirs(&mut self, option: u8, on: bool) {
        if has(&self.theirs, option) != on && !has(&self.asked_theirs, option) {
            put(&mut self.asked_theirs, option, on);
            put(&mut self.theirs, option, false);
            self.say(if on { DO } else { DONT }, option);
        }
    }

    /// Whether the server echoes what is typed.
    pub(crate) fn is_echoed(&self) -> bool {
        has(&self.theirs, ECHO)
    }

    /// Whether each key is sent at once.
    pub(crate) fn is_by_key(&self) -> bool {
        match self.edits {
            Some(edits) => !edits,
            // The echo alone goes away for a password, whose line is edited here.
            None => has(&self.theirs, SGA),
        }
    }

    pub(crate) fn is_binary(&self) -> (bool, bool) {
        (has(&self.theirs, BINARY), has(&self.ours, BINARY))
    }

    fn say(&mut self, command: u8, option: u8) {
        self.out.extend([IAC, command, option]);
    }

    /// A command without an option.
    pub(crate) fn command(&mut self, command: u8) {
        self.out.extend([IAC, command]);
    }

    /// Takes what came in; its data go into `data`.
    pub(crate) fn receive(&mut self, bytes: &[u8], data: &mut Vec<u8>) {
        for byte in bytes.iter().copied() {
            self.parse = match (self.parse, byte) {
                (Parse::Data | Parse::Return, IAC) => Parse::Command,
                (Parse::Return, 0) => Parse::Data,
                (Parse::Return, b'\n') if !self.is_echoed() => {
                    // The end of a line. A server that echoes writes for a terminal as it is.
                    data.pop();
                    data.push(b'\n');
                    Parse::Data
                }
                (Parse::Data | Parse::Return, byte) => {
                    data.push(byte);
                    match byte == b'\r' && !self.is_binary().0 {
                        true => Parse::Return,
                        false => Parse::Data,
                    }
                }
                (Parse::Command, IAC) => {
                    data.push(IAC);
                    Parse::Data
                }
                (Parse::Command, WILL | WONT | DO | DONT) => Parse::Option(byte),
                (Parse::Command, SB) => {
                    self.sub.clear();
                    self.too_long = false;
                    Parse::Sub
                }
                (Parse::Command, _) => Parse::Data,
                (Parse::Option(command), option) => {
                    self.negotiate(command, option);
                    Parse::Data
                }
                (Parse::Sub, IAC) => Parse::SubCommand,
                (Parse::SubCommand, SE) => {
                    if !self.too_long {
                        let sub = std::mem::take(&mut self.sub);
                        self.subnegotiation(&sub);
                        self.sub = sub;
                    }
                    Parse::Data
                }
                (Parse::Sub | Parse::SubCommand, byte) => {
                    match self.sub.len() < LONGEST {
                        true => self.sub.push(byte),
                        false => self.too_long = true,
                    }
                    Parse::Sub
                }
            };
        }
    }

    fn negotiate(&mut self, command: u8, option: u8) {
        match command {
            DO | DONT => {
                let known = matches!(option, TTYPE | NAWS | LINEMODE | NEW_ENVIRON | BINARY | SGA);
                let on = command == DO && known;
                let (before, asked) = (has(&self.ours, option), has(&self.asked_ours, option));
                put(&mut self.asked_ours, option, false);
                put(&mut self.ours, option, on);
                if !asked && (before != on || (command == DO && !known)) {
                    self.say(if on { WILL } else { WONT }, option);
                }
                if on && !before {
                    self.began(option);
                }
                if option == LINEMODE && !on {
                    self.edits = None;
                }
            }
            _ => {
                let known = matches!(option, ECHO | SGA | BINARY | STATUS);
                let on = command == WILL && known;
                let (before, asked) = (has(&self.theirs, option), has(&self.asked_theirs, option));
                put(&mut self.asked_theirs, option, false);
                put(&mut self.theirs, option, on);
                if !asked && (before != on || (command == WILL && !known)) {
                    self.say(if on { DO } else { DONT }, option);
                }
            }
        }
    }

    /// Something that this side does from now on.
    fn began(&mut self, option: u8) {
        match option {
            NAWS => self.tell_window(),
            LINEMODE => {
                // No function of the server's line editing is known here.
                self.out.extend([IAC, SB, LINEMODE, SLC]);
                for function in (1..=SLC_FUNCTIONS).filter(|function| !matches!(function, 2 | 6)) {
                    self.out.extend([function, 0, 0]);
                }
                self.out.extend([IAC, SE]);
            }
            _ => {}
        }
    }

    /// The size of the window (RFC 1073), where the server wants to know it.
    pub(crate) fn tell_window(&mut self) {
        let Some((columns, rows)) = self.window.filter(|_| has(&self.ours, NAWS)) else {
            return;
        };
        let size = [columns.to_be_bytes(), rows.to_be_bytes()].concat();
        self.sub(&[NAWS], &size);
    }

    /// A subnegotiation, with its value's IAC doubled.
    fn sub(&mut self, head: &[u8], value: &[u8]) {
        self.out.extend([IAC, SB]);
        self.out.extend(head);
        escape(value, &mut self.out);
        self.out.extend([IAC, SE]);
    }

    fn subnegotiation(&mut self, sub: &[u8]) {
        match sub {
            [TTYPE, SEND, ..] if has(&self.ours, TTYPE) => {
                let name = self.environment.terminal();
                self.sub(&[TTYPE, IS], name.as_bytes());
            }
            [NEW_ENVIRON, SEND, names @ ..] if has(&self.ours, NEW_ENVIRON) => {
                let values = self.environment.answer(names);
                self.sub(&[NEW_ENVIRON, IS], &values);
            }
            [LINEMODE, MODE, mask, ..] if has(&self.ours, LINEMODE) && mask & MODE_ACK == 0 => {
                let mode = mask & MODE_MASK;
                let edits = mode & MODE_EDIT != 0;
                if self.edits != Some(edits) || mode & !MODE_EDIT != 0 {
                    self.sub(&[LINEMODE, MODE], &[mode | MODE_ACK]);
                }
                self.edits = Some(edits);
            }
            [LINEMODE, SLC, functions @ ..] if has(&self.ours, LINEMODE) => {
                let mut answer = Vec::new();
                for triple in functions.chunks_exact(3) {
                    if let [function @ 1..=SLC_FUNCTIONS, flags, _] = *triple
                        && flags & SLC_ACK == 0
                        && flags & 3 != 0
                    {
                        answer.extend([function, 0, 0]);
                    }
                }
                if !answer.is_empty() {
                    self.sub(&[LINEMODE, SLC], &answer);
                }
            }
            _ => {}
        }
    }

    /// What was typed or read, in the form of the network: line ends as CR LF (RFC 854), each IAC doubled.
    pub(crate) fn send(&mut self, typed: &[u8]) {
        if self.is_binary().1 {
            escape(typed, &mut self.out);
            return;
        }
        let by_key = self.is_by_key();
        for byte in typed {
            match byte {
                // A line that was edited here ends as lines end on the wire; a key is sent as it is.
                b'\n' if !by_key => self.out.extend(b"\r\n"),
                b'\r' if self.crlf => self.out.extend(b"\r\n"),
                b'\r' => self.out.extend(b"\r\0"),
                byte => escape(&[*byte], &mut self.out),
            }
        }
    }
}

fn escape(bytes: &[u8], into: &mut Vec<u8>) {
    for byte in bytes {
        into.push(*byte);
        if *byte == IAC {
            into.push(IAC);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(protocol: &mut Protocol, bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let mut data = Vec::new();
        protocol.receive(bytes, &mut data);
        (data, std::mem::take(&mut protocol.out))
    }

    #[test]
    fn options_are_answered_once() {
        let mut protocol = Protocol::default();
        assert_eq!(
            exchange(&mut protocol, &[IAC, WILL, ECHO]).1,
            [IAC, DO, ECHO]
        );
        assert!(
            exchange(&mut protocol, &[IAC, WILL, ECHO].repeat(1000))
                .1
                .is_empty()
        );
        // The echo alone is for a password.
        assert!(protocol.is_echoed() && !protocol.is_by_key());
        assert_eq!(
            exchange(&mut protocol, &[IAC, WONT, ECHO]).1,
            [IAC, DONT, ECHO]
        );
        assert_eq!(exchange(&mut protocol, &[IAC, DO, 99]).1, [IAC, WONT, 99]);
        protocol.begin();
        protocol.out.clear();
        // An answer is not answered.
        assert!(
            exchange(&mut protocol, &[IAC, DO, TTYPE, IAC, WILL, SGA])
                .1
                .is_empty()
        );
        let sub = [IAC, SB, TTYPE, SEND, IAC, SE];
        assert_eq!(
            exchange(&mut protocol, &sub).1,
            b"\xff\xfa\x18\0DUMB\xff\xf0"
        );
    }

    #[test]
    fn data_are_taken_apart_wherever_they_are_cut() {
        let bytes = b"a\r\nb\r\0c\xff\xffd\xff\xf1e\xff\xfa\x63xx\xff\xff\xff\xf0f";
        for cut in 0..bytes.len() {
            let mut protocol = Protocol::default();
            let (first, second) = bytes.split_at(cut);
            let mut data = exchange(&mut protocol, first).0;
            data.extend(exchange(&mut protocol, second).0);
            // A carriage return that ends what has come so far is told at once, even if a line end follows.
            let text = String::from_utf8_lossy(&data).replace("\r\n", "\n");
            assert_eq!(text, "a\nb\rc\u{fffd}def", "{cut}");
        }
    }

    #[test]
    fn nothing_of_the_environment_is_told_unasked() {
        let mut protocol = Protocol::default();
        exchange(&mut protocol, &[IAC, DO, NEW_ENVIRON]);
        let ask = [IAC, SB, NEW_ENVIRON, SEND, IAC, SE];
        assert_eq!(
            exchange(&mut protocol, &ask).1,
            [IAC, SB, NEW_ENVIRON, IS, IAC, SE]
        );
        protocol
            .environment
            .define("USER", "joe")
            .unwrap_or_default();
        protocol.environment.export("USER", true);
        assert_eq!(
            exchange(&mut protocol, &ask).1,
            b"\xff\xfa\x27\0\0USER\x01joe\xff\xf0"
        );
    }

    #[test]
    fn a_long_subnegotiation_is_dropped() {
        let mut protocol = Protocol::default();
        let mut bytes = vec![IAC, SB, TTYPE];
        bytes.resize(100_000, SEND);
        bytes.extend([IAC, SE, b'x']);
        assert_eq!(exchange(&mut protocol, &bytes), (vec![b'x'], vec![]));
        assert!(protocol.sub.len() <= LONGEST);
    }

    #[test]
    fn what_is_typed_has_the_networks_line_ends() {
        let mut protocol = Protocol::default();
        protocol.send(b"ab\nc\r\xff");
        assert_eq!(protocol.out, b"ab\r\nc\r\0\xff\xff");
    }
}
