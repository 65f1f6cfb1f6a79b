//! The line that is being written, and what all protocols share in writing it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use super::calls::Calls;
use super::isakmp::Cookies;
use super::names::Names;
use super::octets::{Cut, Done, Octets};
use super::quic::Connections;
use super::settings::Settings;
use super::tcp::Sequences;

/// Protocols within protocols that are printed: what nests deeper ends as if it were cut off.
const DEEPEST: usize = 64;
/// Octets of text for one packet: no packet makes more than this.
const LONGEST: usize = 4 << 20;

/// Names by number, as registries and the native tool have them.
pub(crate) type Table = [(u32, &'static str)];

/// Writes the text of packets.
#[derive(Debug)]
pub(crate) struct Printer {
    /// The text so far.
    pub(crate) out: String,
    /// What the command line says about the text.
    pub(crate) set: Settings,
    /// The protocol that is being printed, for `[|protocol]`.
    pub(crate) protocol: &'static str,
    /// Octets of headers of the link, which -x leaves out.
    pub(crate) link_header: usize,
    /// The numbers that a TCP connection began with.
    pub(crate) sequences: Sequences,
    /// The initiators of ISAKMP.
    pub(crate) cookies: Cookies,
    /// The connections of QUIC.
    pub(crate) quic: Connections,
    /// The names of addresses, ports and protocols.
    pub(crate) names: Names,
    /// The names of this machine's interfaces by index.
    pub(crate) interfaces: HashMap<u32, Rc<str>>,
    /// The calls of NFS.
    pub(crate) nfs_calls: Calls<super::nfs::Key, (u32, u32)>,
    /// The calls of Rx.
    pub(crate) rx_calls: Calls<super::rx::Key, u32>,
    /// What headers of SLIP leave out.
    pub(crate) slip: super::slip::State,
    depth: usize,
}

impl Printer {
    /// A printer without any text.
    #[must_use]
    pub(crate) fn new(set: Settings) -> Self {
        Self {
            out: String::new(),
            set,
            protocol: "",
            link_header: 0,
            sequences: Sequences::default(),
            cookies: Cookies::default(),
            quic: Connections::default(),
            names: Names::default(),
            interfaces: HashMap::new(),
            nfs_calls: Calls::default(),
            rx_calls: Calls::default(),
            slip: super::slip::State::default(),
            depth: 0,
        }
    }

    /// For `write!`, which cannot fail here.
    pub(crate) fn write_fmt(&mut self, text: fmt::Arguments<'_>) {
        if self.out.len() < LONGEST {
            let _ = self.out.write_fmt(text);
        }
    }

    /// Writes text as it is.
    #[inline]
    pub(crate) fn text(&mut self, text: &str) {
        if self.out.len() < LONGEST {
            self.out.push_str(text);
        }
    }

    /// Whether this -v, counted, was given.
    #[inline]
    #[must_use]
    pub(crate) fn v(&self, times: u8) -> bool {
        self.set.verbose >= times
    }

    /// What does not fit the protocol.
    pub(crate) fn invalid(&mut self) {
        self.text(" (invalid)");
    }

    /// What was not captured.
    pub(crate) fn truncated(&mut self) {
        let protocol = self.protocol;
        write!(self, " [|{protocol}]");
    }

    /// The name of the protocol in capitals.
    pub(crate) fn protocol_caps(&mut self) {
        let caps = self.protocol.to_ascii_uppercase();
        self.text(&caps);
    }

    /// Prints something nested, unless it is nested too deep.
    ///
    /// # Errors
    /// Those of what is printed.
    pub(crate) fn nested<T>(&mut self, print: impl FnOnce(&mut Self) -> Done<T>) -> Done<T> {
        if self.depth >= DEEPEST || self.out.len() >= LONGEST {
            return Err(Cut);
        }
        self.depth += 1;
        let done = print(self);
        self.depth -= 1;
        done
    }

    /// Ends the packet: nothing is nested any more, however it ended.
    pub(crate) fn end_packet(&mut self) {
        self.depth = 0;
    }

    /// An IPv4 address, by name where names are wanted.
    pub(crate) fn v4(&mut self, address: [u8; 4]) {
        let address = Ipv4Addr::from(address);
        match self.names.host(IpAddr::V4(address)) {
            Some(name) => {
                let name = name.to_owned();
                self.text(&name);
            }
            None => {
                let [a, b, c, d] = address.octets();
                for (place, octet) in [a, b, c, d].into_iter().enumerate() {
                    if place > 0 {
                        self.text(".");
                    }
                    self.decimal(octet.into());
                }
            }
        }
    }

    /// The IPv4 address at an offset.
    ///
    /// # Errors
    /// [`Cut`]
    pub(crate) fn v4_at(&mut self, packet: &[u8], at: usize) -> Done {
        let address = packet.array(at)?;
        self.v4(address);
        Ok(())
    }

    /// The IPv6 address at an offset.
    ///
    /// # Errors
    /// [`Cut`]
    pub(crate) fn v6_at(&mut self, packet: &[u8], at: usize) -> Done {
        let address = packet.array(at)?;
        self.v6(address);
        Ok(())
    }

    /// An IPv6 address, by name where names are wanted.
    pub(crate) fn v6(&mut self, address: [u8; 16]) {
        let address = Ipv6Addr::from(address);
        match self.names.host(IpAddr::V6(address)) {
            Some(name) => {
                let name = name.to_owned();
                self.text(&name);
            }
            None => {
                let text = v6(address);
                self.text(&text);
            }
        }
    }

    /// A number in decimal. As `write!` does, and faster.
    #[inline]
    pub(crate) fn decimal(&mut self, mut number: u32) {
        let mut digits = [0u8; 10];
        let mut first = digits.len();
        for place in digits.iter_mut().rev() {
            *place = b'0' + (number % 10) as u8;
            number /= 10;
            first -= 1;
            if number == 0 {
                break;
            }
        }
        self.text(std::str::from_utf8(digits.tail(first)).unwrap_or_default());
    }

    /// A hardware address at an offset.
    ///
    /// # Errors
    /// [`Cut`]
    pub(crate) fn mac_at(&mut self, packet: &[u8], at: usize) -> Done {
        let address = packet.octets(at, 6)?;
        self.hex(address, ":");
        Ok(())
    }

    /// Octets in hexadecimal with something between them.
    pub(crate) fn hex(&mut self, octets: &[u8], between: &str) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for (place, octet) in octets.iter().enumerate() {
            if place > 0 {
                self.text(between);
            }
            for digit in [octet >> 4, octet & 15] {
                let digit = DIGITS.get(usize::from(digit)).copied().unwrap_or(b'0');
                if self.out.len() < LONGEST {
                    self.out.push(char::from(digit));
                }
            }
        }
    }

    /// A character of text from the network: what is not printable is written as `^X` or `M-X`.
    pub(crate) fn character(&mut self, octet: u8) {
        let mut octet = octet;
        if octet >= 0x80 {
            octet &= 0x7f;
            self.text("M-");
        }
        if !(0x20..0x7f).contains(&octet) {
            octet ^= 0x40;
            self.text("^");
        }
        if self.out.len() < LONGEST {
            self.out.push(char::from(octet));
        }
    }

    /// Text from the network.
    pub(crate) fn string(&mut self, octets: &[u8]) {
        octets.iter().for_each(|octet| self.character(*octet));
    }

    /// Text that ends in a zero; where it ends, none when it does not within so many octets.
    pub(crate) fn zero_ended(&mut self, packet: &[u8], at: usize, most: usize) -> Option<usize> {
        let field = packet.tail(at).upto(most);
        let end = field.iter().position(|octet| *octet == 0);
        self.string(field.upto(end.unwrap_or(field.len())));
        end.map(|end| at + end + 1)
    }

    /// So many octets of text from the network.
    ///
    /// # Errors
    /// [`Cut`], after what was captured of it.
    pub(crate) fn string_at(&mut self, packet: &[u8], at: usize, count: usize) -> Done {
        let captured = packet.tail(at).upto(count);
        self.string(captured);
        match captured.len() == count {
            true => Ok(()),
            false => Err(Cut),
        }
    }

    /// Text from the network that may end before its field does, in a zero.
    ///
    /// # Errors
    /// [`Cut`], after what was captured of it.
    pub(crate) fn padded_string_at(&mut self, packet: &[u8], at: usize, count: usize) -> Done {
        let captured = packet.tail(at).upto(count);
        match captured.iter().position(|octet| *octet == 0) {
            Some(end) => self.string(captured.upto(end)),
            None => return self.string_at(packet, at, count),
        }
        Ok(())
    }

    /// A length that does not fit, and that it is invalid.
    pub(crate) fn bad(
        &mut self,
        what: &str,
        is: impl fmt::Display,
        relation: &str,
        limit: impl fmt::Display,
    ) {
        self.bad_only(what, is, relation, limit);
        self.invalid();
    }

    /// A length that does not fit.
    pub(crate) fn bad_only(
        &mut self,
        what: &str,
        is: impl fmt::Display,
        relation: &str,
        limit: impl fmt::Display,
    ) {
        write!(self, " [{what} {is} {relation} {limit}]");
    }

    /// The octets of what is not known, unless they are written anyway.
    pub(crate) fn octets_of_unknown(&mut self, octets: &[u8]) {
        if !self.set.dumps() {
            super::dump::hex_and_ascii(self, "\n\t", octets);
        }
    }

    /// A time span in the units of BSD, as `1d2h`.
    pub(crate) fn span(&mut self, seconds: u32) {
        if seconds == 0 {
            return self.text("0s");
        }
        let mut rest = seconds;
        let units = [
            (31_536_000, "y"),
            (604_800, "w"),
            (86_400, "d"),
            (3600, "h"),
            (60, "m"),
            (1, "s"),
        ];
        for (unit, name) in units {
            if rest >= unit {
                write!(self, "{}{name}", rest / unit);
                rest %= unit;
            }
        }
    }

    /// A port of TCP, by name where names are wanted.
    pub(crate) fn tcp_port(&mut self, port: u16) {
        match self.names.tcp(port).map(str::to_owned) {
            Some(name) if self.set.numeric < 1 => self.text(&name),
            _ => self.decimal(port.into()),
        }
    }

    /// A port of UDP, by name where names are wanted.
    pub(crate) fn udp_port(&mut self, port: u16) {
        match self.names.udp(port).map(str::to_owned) {
            Some(name) if self.set.numeric < 1 => self.text(&name),
            _ => self.decimal(port.into()),
        }
    }

    /// Lines of hexadecimal numbers, as for what is not known.
    pub(crate) fn unknown(&mut self, octets: &[u8], indent: &str, length: usize) {
        super::dump::hex(self, indent, octets.upto(length));
    }

    /// Lines of hexadecimal numbers.
    ///
    /// # Errors
    /// [`Cut`], after what was captured of them.
    pub(crate) fn hex_lines_at(
        &mut self,
        b: &[u8],
        at: usize,
        length: usize,
        indent: &str,
    ) -> Done {
        let captured = b.tail(at).upto(length);
        super::dump::hex(self, indent, captured);
        match captured.len() == length {
            true => Ok(()),
            false => Err(Cut),
        }
    }

    /// The name of a number, or the number in the form of printf(3).
    pub(crate) fn name(&mut self, table: &Table, number: impl Into<u32>, otherwise: &str) {
        let name = tok(table, number.into(), otherwise);
        self.text(&name);
    }
}

/// An IPv6 address as inet_ntop(3) writes it; of the embedded IPv4 addresses only those that are mapped or compatible.
#[must_use]
pub(crate) fn v6(address: Ipv6Addr) -> String {
    let segments = address.segments();
    match segments {
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            format!("::{a}.{b}.{c}.{d}")
        }
        _ => address.to_string(),
    }
}

/// The name of a number. `otherwise` has the form of printf(3) with at most one number in it.
#[must_use]
pub(crate) fn tok(table: &Table, number: u32, otherwise: &str) -> Cow<'static, str> {
    match table.iter().find(|(known, _)| *known == number) {
        Some((_, name)) => Cow::Borrowed(name),
        None => Cow::Owned(formatted(otherwise, number)),
    }
}

/// The names of the bits that are set, with something between them.
#[must_use]
pub(crate) fn bits(table: &Table, number: u32, otherwise: &str, between: &str) -> String {
    let mut names = String::new();
    for (bit, name) in table {
        if *bit != 0 && number & bit == *bit {
            if !names.is_empty() {
                names.push_str(between);
            }
            names.push_str(name);
        }
    }
    match names.is_empty() {
        true => formatted(otherwise, number),
        false => names,
    }
}

/// `%u`, `%d`, `%x` with width and zeros, as far as tables use them.
fn formatted(form: &str, number: u32) -> String {
    let Some((before, rest)) = form.split_once('%') else {
        return form.to_owned();
    };
    let kind = rest.find(['u', 'd', 'x', 'X']).unwrap_or(0);
    let width = rest.get(..kind).unwrap_or_default();
    let after = rest.get(kind + 1..).unwrap_or_default();
    let wide = width.trim_start_matches('0').parse().unwrap_or(0);
    let number = match rest.as_bytes().get(kind) {
        Some(b'x') if width.starts_with('0') => format!("{number:0wide$x}"),
        Some(b'x') => format!("{number:wide$x}"),
        Some(b'X') => format!("{number:0wide$X}"),
        Some(b'd') => number.cast_signed().to_string(),
        _ => number.to_string(),
    };
    format!("{before}{number}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_without_a_name_are_written_as_they_are() {
        assert_eq!(tok(&[(1, "one")], 1, "#%u"), "one");
        assert_eq!(tok(&[], 7, "unknown (%u)"), "unknown (7)");
        assert_eq!(tok(&[], 0x1f, "0x%04x"), "0x001f");
        assert_eq!(tok(&[], 0x1f, "none"), "none");
        assert_eq!(
            bits(&[(1, "a"), (2, "b"), (6, "c")], 3, "none", ", "),
            "a, b"
        );
        assert_eq!(bits(&[(1, "a")], 8, "0x%x", ""), "0x8");
    }

    #[test]
    fn embedded_addresses_of_version_4() {
        let shown = |text: &str| text.parse().map(v6);
        assert_eq!(shown("::1").as_deref(), Ok("::1"));
        assert_eq!(shown("::10.0.0.1").as_deref(), Ok("::10.0.0.1"));
        assert_eq!(shown("::ffff:10.0.0.1").as_deref(), Ok("::ffff:10.0.0.1"));
    }
}
