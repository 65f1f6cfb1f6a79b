//! HSRP: routers of Cisco that share an address (RFC 2281).

use super::prelude::*;

const STATES: &Table = &[
    (0, "initial"),
    (1, "learn"),
    (2, "listen"),
    (4, "speak"),
    (8, "standby"),
    (16, "active"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "hsrp";
    p.protocol_caps();
    let version = b.u8(0)?;
    write!(p, "v{version}");
    if version != 0 {
        return Ok(());
    }
    p.text("-");
    let operations = [(0, "hello"), (1, "coup"), (2, "resign")];
    let operation = tok(&operations, b.u8(1)?.into(), "unknown (%u)");
    write!(p, "{operation} {length}: ");
    let state = tok(STATES, b.u8(2)?.into(), "Unknown (%u)");
    write!(p, "state={state} ");
    write!(p, "group={} ", b.u8(6)?);
    match b.u8(7)? {
        0 => {}
        reserved => write!(p, "[reserved={reserved}!] "),
    }
    b.octets(16, 4)?;
    p.text("addr=");
    p.v4_at(b, 16)?;
    if p.v(1) {
        p.text(" hellotime=");
        p.span(b.u8(3)?.into());
        p.text(" holdtime=");
        p.span(b.u8(4)?.into());
        write!(p, " priority={} auth=\"", b.u8(5)?);
        p.padded_string_at(b, 8, 8)?;
        p.text("\"");
    }
    Ok(())
}
