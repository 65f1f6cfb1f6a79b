//! Q.933: what signals connections of frame relay and their state.

use super::prelude::*;

const MESSAGES: &Table = &[
    (0, "ESC to National"),
    (1, "Alert"),
    (2, "Call proceeding"),
    (7, "Connect"),
    (15, "Connect ACK"),
    (3, "Progress"),
    (5, "Setup"),
    (69, "Disconnect"),
    (77, "Release"),
    (90, "Release Complete"),
    (70, "Restart"),
    (78, "Restart ACK"),
    (125, "Status Reply"),
    (117, "Status Enquiry"),
];
const ELEMENTS: &Table = &[
    (1, "ANSI Report Type"),
    (25, "ANSI Link Verify"),
    (3, "ANSI Link Verify"),
    (7, "ANSI PVC Status"),
    (81, "CCITT Report Type"),
    (83, "CCITT Link Verify"),
    (87, "CCITT PVC Status"),
];
const REPORTS: &Table = &[
    (0, "Full Status"),
    (1, "Link verify"),
    (2, "Async PVC Status"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "q.933";
    if !p.set.link {
        p.text("Q.933");
    }
    let mut f = Fields::new(b, length);
    let Ok(message) = message(p, &mut f) else {
        p.text(if p.set.link { "" } else { ", " });
        write!(p, "length {length}");
        return Err(Cut);
    };
    if p.v(1) {
        let name = tok(MESSAGES, message.kind.into(), "unknown message");
        write!(p, ", {name} (0x{:02x}), length {length}", message.kind);
    } else {
        write!(
            p,
            ", {}",
            tok(MESSAGES, message.kind.into(), "unknown message 0x%02x")
        );
    }
    let whole = elements(p, &mut f, message);
    if !p.v(1) && whole != Ok(false) {
        write!(p, ", length {length}");
    }
    whole.map(|_| ())
}

/// What is known of a message before its elements.
struct Message {
    kind: u8,
    set: u8,
    shifted_once: bool,
}

fn message(p: &mut Printer, f: &mut Fields<'_>) -> Done<Message> {
    let size = usize::from(f.u8()? & 15);
    let reference = f.take(size)?;
    let kind = f.u8()?;
    let (mut set, mut shifted_once, mut ansi) = (0, false, false);
    if !f.is_empty() {
        let code = f.b.u8(0)?;
        if code & 0xf0 == 0x90 {
            f.u8()?;
            set = code & 7;
            shifted_once = code & 8 != 0;
            ansi = !shifted_once && set == 5;
        }
    }
    p.text(if p.set.link { "" } else { ", " });
    write!(p, "{}, codeset {set}", if ansi { "ANSI" } else { "CCITT" });
    // One octet of zero is a dummy.
    if size > 1 || size == 1 && f.b.u8(0)? != 0 {
        p.text(", Call Ref: 0x");
        p.hex(reference, "");
    }
    Ok(Message {
        kind,
        set,
        shifted_once,
    })
}

/// Prints elements; false when the last one ends them.
fn elements(p: &mut Printer, f: &mut Fields<'_>, message: Message) -> Done<bool> {
    let mut set = message.set;
    let mut back = message.shifted_once.then_some(0);
    let mut used = false;
    while !f.is_empty() {
        if used && let Some(previous) = back.take() {
            set = previous;
        }
        used = back.is_some();
        let code = f.u8()?;
        if code & 0x80 != 0 {
            if code & 0xf0 == 0x90 {
                back = (code & 8 != 0).then_some(set);
                used = false;
                set = code & 7;
            }
            continue;
        }
        let size = usize::from(f.u8()?);
        let known = matches!(set, 0 | 5);
        if p.v(1) {
            let name = match known {
                true => tok(ELEMENTS, code.into(), "unknown"),
                false => "unknown".into(),
            };
            write!(p, "\n\t{name} IE (0x{code:02x}), length {size}: ");
        }
        if code == 0 || size == 0 {
            return Ok(false);
        }
        let v = f.take(size)?;
        if known && element(p, code, v)? {
            if p.v(2) {
                p.unknown(v, "\n\t  ", size);
            }
        } else if p.v(1) {
            p.unknown(v, "\n\t", size);
        }
    }
    Ok(true)
}

/// Prints an element; false when it is not known.
fn element(p: &mut Printer, code: u8, v: &[u8]) -> Done<bool> {
    let comma = |p: &mut Printer| {
        if !p.v(1) {
            p.text(", ");
        }
    };
    match code {
        0x01 | 0x51 => {
            if p.v(1) {
                let kind = v.u8(0)?;
                write!(p, "{} ({kind})", tok(REPORTS, kind.into(), "unknown"));
            }
        }
        0x03 | 0x19 | 0x53 => {
            comma(p);
            match v.len() {
                ..2 => p.text("Invalid LINK VERIFY IE"),
                _ => write!(p, "TX Seq: {:3}, RX Seq: {:3}", v.u8(0)?, v.u8(1)?),
            }
        }
        0x07 | 0x57 => {
            comma(p);
            status(p, v)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// The state of a connection.
fn status(p: &mut Printer, v: &[u8]) -> Done {
    let size = v.len();
    // Of the octets before the state, the last one alone has its highest bit set.
    let address = v.upto(size.saturating_sub(1));
    let (last, state) = (address.last(), v.last().copied().unwrap_or(0));
    let ends = address.iter().filter(|octet| *octet & 0x80 != 0).count();
    let right = (3..=5).contains(&size)
        && state & 0x80 != 0
        && ends == 1
        && last.is_some_and(|octet| octet & 0x80 != 0);
    if !right {
        p.text("Invalid DLCI in PVC STATUS IE");
        return Ok(());
    }
    let mut number = u32::from(v.u8(0)? & 0x3f) << 4 | u32::from(v.u8(1)? & 0x78) >> 3;
    match size {
        4 => number = number << 6 | u32::from(v.u8(2)? & 0x7e) >> 1,
        5 => {
            let low = u32::from(v.u8(2)? & 0x7f) | u32::from(v.u8(3)? & 0x7e) >> 1;
            number = number << 13 | low;
        }
        _ => {}
    }
    let new = if state & 8 != 0 { "New, " } else { "" };
    let active = if state & 2 != 0 { "Active" } else { "Inactive" };
    write!(p, "DLCI {number}: status {new}{active}");
    Ok(())
}
