//! AppleTalk: DDP and what it carries, and AARP.

use super::eigrp;
use super::prelude::*;

const NAME_KINDS: &Table = &[(16, "brRq"), (32, "lkup"), (48, "reply")];
const KINDS: &Table = &[
    (1, "rtmp"),
    (5, "rtmpReq"),
    (4, "echo"),
    (22, "IP"),
    (23, "ARP"),
    (75, "KLAP"),
];
const SOCKETS: &Table = &[(1, "rtmp"), (2, "nis"), (4, "echo"), (6, "zip")];

/// A packet of LocalTalk; the length of its headers.
///
/// # Errors
/// [`Cut`]
pub(crate) fn local(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    p.protocol = "llap";
    if length < 3 {
        p.bad("LLAP length", length, "<", 3);
        return Ok(length);
    }
    let kind = b.u8(2)?;
    let (to, from) = (b.u8(0)?, b.u8(1)?);
    let (b, length) = (b.tail(3), length - 3);
    match kind {
        1 => {
            p.protocol = "sddp";
            if length < 5 {
                p.bad("SDDP length", length, "<", 5);
                return Ok(length);
            }
            let (own, peer) = (b.u8(3)?, b.u8(2)?);
            end(p, 0, from, own);
            p.text(" > ");
            end(p, 0, to, peer);
            p.text(":");
            body(p, b.tail(5), length - 5, b.u8(4)?, (0, from, own))?;
            Ok(8)
        }
        2 => {
            p.protocol = "ddp";
            if length < 13 {
                p.bad("DDP length", length, "<", 13);
                return Ok(length);
            }
            datagram(p, b, length, ":")?;
            Ok(16)
        }
        _ => {
            write!(p, "{from} > {to} at-lap#{kind} {length}");
            Ok(3)
        }
    }
}

/// A packet of EtherTalk.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "atalk";
    p.text(if p.set.link { "" } else { "AT " });
    if length < 13 {
        p.bad("length", length, "<", 13);
        return Ok(());
    }
    datagram(p, b, length, ": ")
}

/// Network, node and socket.
type End = (u16, u8, u8);

fn datagram(p: &mut Printer, b: &[u8], length: usize, then: &str) -> Done {
    let from = (b.be16(6)?, b.u8(9)?, b.u8(11)?);
    end(p, from.0, from.1, from.2);
    p.text(" > ");
    end(p, b.be16(4)?, b.u8(8)?, b.u8(10)?);
    p.text(then);
    body(p, b.tail(13), length - 13, b.u8(12)?, from)
}

fn node(p: &mut Printer, net: u16, node: u8) {
    match node {
        255 => write!(p, "{net}"),
        _ => write!(p, "{net}.{node}"),
    }
}

fn end(p: &mut Printer, net: u16, host: u8, socket: u8) {
    node(p, net, host);
    p.text(".");
    match p.set.numeric {
        0 => p.name(SOCKETS, socket, "%u"),
        _ => write!(p, "{socket}"),
    }
}

fn body(p: &mut Printer, b: &[u8], length: usize, kind: u8, from: End) -> Done {
    match kind {
        2 => names(p, b, length, from),
        3 => transaction(p, b, length),
        88 => eigrp::print(p, b, length),
        _ => {
            let name = tok(KINDS, kind.into(), "#%u");
            write!(p, " at-{name} {length}");
            Ok(())
        }
    }
}

fn transaction(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "atp";
    if length < 8 {
        p.bad("ATP length", length, "<", 8);
        return Ok(());
    }
    let length = length - 8;
    let (control, bitmap, id) = (b.u8(0)?, b.u8(1)?, b.be16(2)?);
    match control & 0xc0 {
        0x40 => {
            let once = if control & 0x20 != 0 { " " } else { "*" };
            write!(p, " atp-req{once} {id}");
            buffers(p, bitmap);
            if length != 0 {
                write!(p, " [len={length}]");
            }
            flags(p, " ", control & 0x18);
        }
        0x80 => {
            let last = if control & 0x10 != 0 { "*" } else { " " };
            write!(p, " atp-resp{last}{id}:{bitmap} ({length})");
            flags(p, " ", control & 0x28);
        }
        0xc0 => {
            write!(p, " atp-rel  {id}");
            buffers(p, bitmap);
            if length != 0 {
                write!(p, " [len={length}]");
            }
            flags(p, "", control & 0x38);
        }
        _ => write!(p, " atp-0x{control:x}  {id} ({length})"),
    }
    let data = b.be32(4)?;
    if data != 0 {
        write!(p, " 0x{data:x}");
    }
    Ok(())
}

fn flags(p: &mut Printer, before: &str, control: u8) {
    let names = bits(
        &[(0x20, "XO"), (0x10, "EOM"), (0x08, "STS")],
        control.into(),
        "",
        ",",
    );
    if control != 0 {
        write!(p, "{before}[{names}]");
    }
}

fn buffers(p: &mut Printer, bitmap: u8) {
    let highest = (8 - bitmap.leading_zeros()) as usize;
    if bitmap.wrapping_add(1) & bitmap != 0 {
        let set: Vec<String> = (0..8)
            .filter(|bit| bitmap & 1 << bit != 0)
            .map(|bit: u8| bit.to_string())
            .collect();
        write!(p, "<{}>", set.join(","));
    } else if highest > 1 {
        write!(p, "<0-{}>", highest - 1);
    } else {
        p.text("<0>");
    }
}

fn names(p: &mut Printer, b: &[u8], length: usize, from: End) -> Done {
    if length < 10 {
        p.bad("undersized-nbp", length, "<", 10);
        return Ok(());
    }
    let length = length - 2;
    let (control, id) = (b.u8(0)?, b.u8(1)?);
    let kind = tok(NAME_KINDS, (control & 0xf0).into(), "0x%x");
    write!(p, " nbp-{kind} {id}");
    match control & 0xf0 {
        0x10 | 0x20 => {
            p.text(":");
            name(p, b, 2)?;
            if control & 15 != 1 {
                write!(p, " [ntup={}]", control & 15);
            }
            let number = b.u8(6)?;
            if number != 0 {
                write!(p, " [enum={number}]");
            }
            let told = (b.be16(2)?, b.u8(4)?, b.u8(5)?);
            if told != from {
                p.text(" [addr=");
                node(p, told.0, told.1);
                write!(p, ".{}]", told.2);
            }
        }
        0x30 => {
            p.text(":");
            let mut at = Some(2);
            for _ in 0..control & 15 {
                let Some(tuple) = at else { break };
                at = name(p, b, tuple)?;
                let number = b.u8(tuple + 4)?;
                if number != 1 {
                    write!(p, "({number})");
                }
                let told = (b.be16(tuple)?, b.u8(tuple + 2)?, b.u8(tuple + 3)?);
                if told.2 != from.2 {
                    write!(p, " {}", told.2);
                }
                if (told.0, told.1) != (from.0, from.1) {
                    p.text(" [addr=");
                    node(p, told.0, told.1);
                    p.text("]");
                }
            }
        }
        _ => write!(p, "  ({length})"),
    }
    Ok(())
}

/// Prints the name of a tuple; where it ends, none when it does not fit.
fn name(p: &mut Printer, b: &[u8], tuple: usize) -> Done<Option<usize>> {
    let mut at = tuple + 5;
    p.text(" \"");
    for then in [":", "@", "\""] {
        let size = usize::from(b.u8(at)?);
        at += 1;
        if size > 32 {
            write!(p, "[len={size}]");
            b.octets(at, size)?;
            return Ok(None);
        }
        p.string_at(b, at, size)?;
        at += size;
        p.text(then);
    }
    Ok(Some(at))
}

/// AARP: who has an address of AppleTalk.
///
/// # Errors
/// [`Cut`]
pub(crate) fn resolution(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "aarp";
    p.text("aarp ");
    if length < 28 {
        p.bad("length", length, "<", 28);
        return Ok(());
    }
    b.octets(0, 28)?;
    let (hardware, protocol, sizes) = (b.be16(0)?, b.be16(2)?, (b.u8(4)?, b.u8(5)?));
    let operation = b.be16(6)?;
    let own = (b.be16(15)?, b.u8(17)?);
    let peer = (b.be16(25)?, b.u8(27)?);
    if (hardware, protocol, sizes) == (1, 0x809b, (6, 4)) && (1..=3).contains(&operation) {
        if operation == 2 {
            p.text("reply ");
            node(p, own.0, own.1);
            p.text(" is-at ");
            return p.mac_at(b, 8);
        }
        p.text(if operation == 1 { "who-has " } else { "probe " });
        node(p, peer.0, peer.1);
        p.text(" tell ");
        node(p, own.0, own.1);
        return Ok(());
    }
    write!(
        p,
        "len {length} op {operation} htype {hardware} ptype {protocol:#x} halen {} palen {}",
        sizes.0, sizes.1
    );
    Ok(())
}
