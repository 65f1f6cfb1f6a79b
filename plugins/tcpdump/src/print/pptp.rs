//! PPTP (RFC 2637): the messages that control a tunnel of PPP.

use super::prelude::*;

const BEARERS: &Table = &[(1, "A"), (2, "D"), (3, "Any")];
const ERRORS: &Table = &[
    (0, "None"),
    (1, "Not-Connected"),
    (2, "Bad-Format"),
    (3, "Bad-Value"),
    (4, "No-Resource"),
    (5, "Bad-Call-ID"),
    (6, "PAC-Error"),
];
const FRAMINGS: &Table = &[(1, "A"), (2, "S"), (3, "E")];
const START_RESULTS: &Table = &[
    (1, "Successful channel establishment"),
    (2, "General error"),
    (3, "Command channel already exists"),
    (
        4,
        "Requester is not authorized to establish a command channel",
    ),
    (5, "The protocol version of the requester is not supported"),
];
const ECHO_RESULTS: &Table = &[(1, "OK"), (2, "General Error")];
const OUTGOING_RESULTS: &Table = &[
    (1, "Connected"),
    (2, "General Error"),
    (3, "No Carrier"),
    (4, "Busy"),
    (5, "No Dial Tone"),
    (6, "Time-out"),
    (7, "Do Not Accept"),
];
const INCOMING_RESULTS: &Table = &[(1, "Connect"), (2, "General Error"), (3, "Do Not Accept")];
const DISCONNECT_RESULTS: &Table = &[
    (1, "Lost Carrier"),
    (2, "General Error"),
    (3, "Admin Shutdown"),
    (4, "Request"),
];

const MAGIC: u32 = 0x1a2b_3c4d;
const KINDS: [&str; 16] = [
    "NOT_DEFINED",
    "SCCRQ",
    "SCCRP",
    "StopCCRQ",
    "StopCCRP",
    "ECHORQ",
    "ECHORP",
    "OCRQ",
    "OCRP",
    "ICRQ",
    "ICRP",
    "ICCN",
    "CCRQ",
    "CDN",
    "WEN",
    "SLI",
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], _: usize) -> Done {
    p.protocol = "pptp";
    p.text(": pptp");
    if p.v(1) {
        write!(p, " Length={}", b.be16(0)?);
        p.text(match b.be16(2)? {
            1 => " CTRL-MSG",
            2 => " MGMT-MSG",
            _ => " UNKNOWN-MSG-TYPE",
        });
    }
    let magic = b.be32(4)?;
    if magic != MAGIC {
        write!(p, " UNEXPECTED Magic-Cookie!!({magic:08x})");
    }
    if p.v(1) || magic != MAGIC {
        write!(p, " Magic-Cookie={magic:08x}");
    }
    let kind = b.be16(8)?;
    match KINDS.get(usize::from(kind)) {
        Some(name) => write!(p, " CTRL_MSGTYPE={name}"),
        None => write!(p, " UNKNOWN_CTRL_MSGTYPE({kind})"),
    }
    let mut m = Message { b, at: 10, kind };
    m.zero(p, 2)?;
    let fields: &[Field] = match kind {
        1 => &START,
        2 => &STARTED,
        3 => &[stop_reason, zero1, zero2],
        4 => &[result, error, zero2],
        5 => &[|p, m| m.long(p, "ID")],
        6 => &[|p, m| m.long(p, "ID"), result, error, zero2],
        7 => &OUTGOING,
        8 => &OUTGOING_REPLY,
        9 => &INCOMING,
        10 => &INCOMING_REPLY,
        11 => &CONNECTED,
        12 => &[call, zero2],
        13 => &[call, result, error, cause, zero2, |p, m| {
            m.string(p, "CALL_STATS", 128, 128)
        }],
        14 => &ERRORS_SEEN,
        15 => &LINK,
        _ => &[],
    };
    for field in fields {
        field(p, &mut m)?;
    }
    Ok(())
}

/// A message and where its next field is.
struct Message<'a> {
    b: &'a [u8],
    at: usize,
    kind: u16,
}

type Field = fn(&mut Printer, &mut Message<'_>) -> Done;

const START: [Field; 8] = [
    version,
    zero2,
    framing_capabilities,
    bearer_capabilities,
    |p, m| m.short(p, "MAX_CHAN"),
    |p, m| m.short(p, "FIRM_REV"),
    |p, m| m.string(p, "HOSTNAME", 64, 64),
    |p, m| m.string(p, "VENDOR", 64, 64),
];
const STARTED: [Field; 9] = [
    version,
    result,
    error,
    framing_capabilities,
    bearer_capabilities,
    |p, m| m.short(p, "MAX_CHAN"),
    |p, m| m.short(p, "FIRM_REV"),
    |p, m| m.string(p, "HOSTNAME", 64, 64),
    |p, m| m.string(p, "VENDOR", 64, 64),
];
const OUTGOING: [Field; 9] = [
    call,
    |p, m| m.short(p, "CALL_SER_NUM"),
    |p, m| m.long(p, "MIN_BPS"),
    |p, m| m.long(p, "MAX_BPS"),
    bearer,
    framing,
    window,
    delay,
    |p, m| {
        let size = m.b.be16(m.at)?;
        m.short(p, "PHONE_NO_LEN")?;
        m.zero(p, 2)?;
        m.string(p, "PHONE_NO", 64, size.into())?;
        m.string(p, "SUB_ADDR", 64, 64)
    },
];
const OUTGOING_REPLY: [Field; 9] = [
    call, peer, result, error, cause, speed, window, delay, channel,
];
const INCOMING: [Field; 5] = [
    call,
    |p, m| m.short(p, "CALL_SER_NUM"),
    bearer,
    channel,
    |p, m| {
        let (dialed, dialing) = (m.b.be16(m.at)?, m.b.be16(m.at + 2)?);
        m.short(p, "DIALED_NO_LEN")?;
        m.short(p, "DIALING_NO_LEN")?;
        m.string(p, "DIALED_NO", 64, dialed.into())?;
        m.string(p, "DIALING_NO", 64, dialing.into())?;
        m.string(p, "SUB_ADDR", 64, 64)
    },
];
const INCOMING_REPLY: [Field; 7] = [call, peer, result, error, window, delay, zero2];
const CONNECTED: [Field; 6] = [peer, zero2, speed, window, delay, framing];
const ERRORS_SEEN: [Field; 8] = [
    peer,
    zero2,
    |p, m| m.long(p, "CRC_ERR"),
    |p, m| m.long(p, "FRAMING_ERR"),
    |p, m| m.long(p, "HARDWARE_OVERRUN"),
    |p, m| m.long(p, "BUFFER_OVERRUN"),
    |p, m| m.long(p, "TIMEOUT_ERR"),
    |p, m| m.long(p, "ALIGN_ERR"),
];
const LINK: [Field; 4] = [
    peer,
    zero2,
    |p, m| m.map(p, "SEND_ACCM"),
    |p, m| m.map(p, "RECV_ACCM"),
];

impl Message<'_> {
    fn next8(&mut self) -> Done<u8> {
        let number = self.b.u8(self.at)?;
        self.at += 1;
        Ok(number)
    }

    fn next16(&mut self) -> Done<u16> {
        let number = self.b.be16(self.at)?;
        self.at += 2;
        Ok(number)
    }

    fn next32(&mut self) -> Done<u32> {
        let number = self.b.be32(self.at)?;
        self.at += 4;
        Ok(number)
    }

    fn zero(&mut self, p: &mut Printer, size: usize) -> Done {
        let number = match size {
            1 => self.next8()?.into(),
            _ => self.next16()?,
        };
        if number != 0 {
            write!(p, " [ERROR: reserved={number} must be zero]");
        }
        Ok(())
    }

    fn short(&mut self, p: &mut Printer, name: &str) -> Done {
        write!(p, " {name}({})", self.next16()?);
        Ok(())
    }

    fn long(&mut self, p: &mut Printer, name: &str) -> Done {
        write!(p, " {name}({})", self.next32()?);
        Ok(())
    }

    fn map(&mut self, p: &mut Printer, name: &str) -> Done {
        write!(p, " {name}(0x{:08x})", self.next32()?);
        Ok(())
    }

    fn string(&mut self, p: &mut Printer, name: &str, size: usize, used: usize) -> Done {
        write!(p, " {name}(");
        p.padded_string_at(self.b, self.at, used.min(size))?;
        p.text(")");
        self.at += size;
        Ok(())
    }
}

fn zero1(p: &mut Printer, m: &mut Message<'_>) -> Done {
    m.zero(p, 1)
}

fn zero2(p: &mut Printer, m: &mut Message<'_>) -> Done {
    m.zero(p, 2)
}

fn call(p: &mut Printer, m: &mut Message<'_>) -> Done {
    m.short(p, "CALL_ID")
}

fn peer(p: &mut Printer, m: &mut Message<'_>) -> Done {
    m.short(p, "PEER_CALL_ID")
}

fn cause(p: &mut Printer, m: &mut Message<'_>) -> Done {
    m.short(p, "CAUSE_CODE")
}

fn speed(p: &mut Printer, m: &mut Message<'_>) -> Done {
    m.long(p, "CONN_SPEED")
}

fn window(p: &mut Printer, m: &mut Message<'_>) -> Done {
    m.short(p, "RECV_WIN")
}

fn delay(p: &mut Printer, m: &mut Message<'_>) -> Done {
    m.short(p, "PROC_DELAY")
}

fn channel(p: &mut Printer, m: &mut Message<'_>) -> Done {
    m.long(p, "PHY_CHAN_ID")
}

fn version(p: &mut Printer, m: &mut Message<'_>) -> Done {
    let version = m.next16()?;
    write!(p, " PROTO_VER({}.{})", version >> 8, version & 0xff);
    Ok(())
}

/// Two letters, each where its bit is set.
fn letters(p: &mut Printer, name: &str, bits: u32, letters: [(u32, &str); 2]) {
    write!(p, " {name}(");
    for (bit, letter) in letters {
        p.text(if bits & bit != 0 { letter } else { "" });
    }
    p.text(")");
}

fn framing_capabilities(p: &mut Printer, m: &mut Message<'_>) -> Done {
    let bits = m.next32()?;
    letters(p, "FRAME_CAP", bits, [(1, "A"), (2, "S")]);
    Ok(())
}

fn bearer_capabilities(p: &mut Printer, m: &mut Message<'_>) -> Done {
    let bits = m.next32()?;
    letters(p, "BEARER_CAP", bits, [(2, "D"), (1, "A")]);
    Ok(())
}

fn bearer(p: &mut Printer, m: &mut Message<'_>) -> Done {
    let kind = tok(BEARERS, m.next32()?, "?");
    write!(p, " BEARER_TYPE({kind})");
    Ok(())
}

fn framing(p: &mut Printer, m: &mut Message<'_>) -> Done {
    let kind = tok(FRAMINGS, m.next32()?, "?");
    write!(p, " FRAME_TYPE({kind})");
    Ok(())
}

/// A code, and with -v its name.
fn code(p: &mut Printer, name: &str, code: u8, table: &Table) {
    write!(p, " {name}({code}");
    if p.v(1) {
        p.text(":");
        p.name(table, code, "?");
    }
    p.text(")");
}

fn error(p: &mut Printer, m: &mut Message<'_>) -> Done {
    let number = m.next8()?;
    code(p, "ERR_CODE", number, ERRORS);
    Ok(())
}

fn result(p: &mut Printer, m: &mut Message<'_>) -> Done {
    let number = m.next8()?;
    let table = match m.kind {
        2 => START_RESULTS,
        8 => OUTGOING_RESULTS,
        10 => INCOMING_RESULTS,
        13 => DISCONNECT_RESULTS,
        _ => ECHO_RESULTS,
    };
    code(p, "RESULT_CODE", number, table);
    Ok(())
}

fn stop_reason(p: &mut Printer, m: &mut Message<'_>) -> Done {
    let reason = m.next8()?;
    let names: &Table = &[
        (1, "None"),
        (2, "Stop-Protocol"),
        (3, "Stop-Local-Shutdown"),
    ];
    code(p, "REASON", reason, names);
    Ok(())
}
