//! RPL, routing in networks of low power (RFC 6550).

use super::prelude::*;

const MODES: &Table = &[
    (0, "nonstoring"),
    (1, "storing"),
    (2, "nonstoring-multicast"),
    (3, "storing-multicast"),
];
const OPTIONS: &Table = &[
    (0, "pad1"),
    (1, "padN"),
    (2, "metrics"),
    (3, "routinginfo"),
    (4, "config"),
    (5, "rpltarget"),
    (6, "transitinfo"),
    (8, "destprefix"),
    (9, "rpltargetdesc"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, code: u8, b: &[u8], length: usize) -> Done {
    if code & 0x80 != 0 {
        p.text(", (SEC) [worktodo]");
        return Ok(());
    }
    p.text(", (CLR)");
    match code {
        0 => p.text("DODAG Information Solicitation"),
        1 => {
            p.text("DODAG Information Object");
            if p.v(1) {
                information(p, b, length)?;
            }
        }
        2 => {
            p.text("Destination Advertisement Object");
            if p.v(1) {
                advertisement(p, b, length, false)?;
            }
        }
        3 => {
            p.text("Destination Advertisement Object Ack");
            if p.v(1) {
                advertisement(p, b, length, true)?;
            }
        }
        _ => write!(p, "RPL message, unknown code {code}"),
    }
    Ok(())
}

fn information(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if length < 24 {
        p.bad("length", length, "<", 24);
        return Ok(());
    }
    p.text(" [dagid:");
    p.v6_at(b, 8)?;
    let mode = b.u8(4)?;
    let grounded = if mode & 0x80 != 0 { "grounded," } else { "" };
    let name = tok(MODES, (mode >> 3 & 7).into(), "mop%u");
    write!(
        p,
        ",seq:{},instance:{},rank:{},{grounded}mop:{name},prf:{}]",
        b.u8(5)?,
        b.u8(0)?,
        b.be16(2)?,
        mode & 7
    );
    match p.v(2) {
        true => options(p, b.tail(24), length - 24),
        false => Ok(()),
    }
}

fn advertisement(p: &mut Printer, b: &[u8], length: usize, acknowledges: bool) -> Done {
    if length < 4 {
        p.bad("length", length, "<", 4);
        return Ok(());
    }
    let flags = b.u8(1)?;
    let with_id = flags & if acknowledges { 0x80 } else { 0x40 } != 0;
    let mut at = 4;
    if with_id && length - 4 < 16 {
        p.bad("length", length - 4, "<", 16);
        return Ok(());
    }
    p.text(" [dagid:");
    match with_id {
        true => {
            p.v6_at(b, 4)?;
            at += 16;
        }
        false => p.text("<elided>"),
    }
    if acknowledges {
        write!(
            p,
            ",seq:{},instance:{},status:{}]",
            b.u8(2)?,
            b.u8(0)?,
            b.u8(3)?
        );
    } else {
        let wants = if flags & 0x80 != 0 { ",acK" } else { "" };
        let id = if with_id { ",Dagid" } else { "" };
        write!(
            p,
            ",seq:{},instance:{}{wants}{id},flags:{flags:02x}]",
            b.u8(3)?,
            b.u8(0)?
        );
    }
    match p.v(2) {
        true => options(p, b.tail(at), length - at),
        false => Ok(()),
    }
}

fn options(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let mut at = 0;
    while at < length {
        let kind = b.u8(at)?;
        if kind == 0 {
            p.text(" opt:pad1");
            at += 1;
            continue;
        }
        if length - at < 2 {
            p.truncated();
            return Ok(());
        }
        let size = usize::from(b.u8(at + 1)?) + 2;
        write!(
            p,
            " opt:{} len:{size} ",
            tok(OPTIONS, kind.into(), "subopt:%u")
        );
        let option = b.octets(at, size)?;
        if length - at < size {
            p.truncated();
            return Ok(());
        }
        if p.v(3) {
            super::dump::hex(p, " ", option.tail(2));
        }
        at += size;
    }
    Ok(())
}
