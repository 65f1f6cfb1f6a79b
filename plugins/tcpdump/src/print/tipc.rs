//! TIPC: messages between the processes of a cluster.

use super::prelude::*;

const USERS: &Table = &[
    (0, "Low Importance Data payload"),
    (1, "Medium Importance Data payload"),
    (2, "High Importance Data payload"),
    (3, "Critical Importance Data payload"),
    (5, "Broadcast Link Protocol internal"),
    (6, "Message Bundler Protocol internal"),
    (7, "Link State Protocol internal"),
    (8, "Connection Manager internal"),
    (10, "Link Changeover Protocol internal"),
    (11, "Name Table Update Protocol internal"),
    (12, "Message Fragmentation Protocol internal"),
    (13, "Neighbor Detection Protocol internal"),
];
const KINDS: &Table = &[
    (0, "CONN_MSG"),
    (1, "MCAST_MSG"),
    (2, "NAMED_MSG"),
    (3, "DIRECT_MSG"),
];
const LINK_KINDS: &Table = &[(0, "Link request"), (1, "Link response")];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done {
    p.protocol = "tipc";
    let user = (b.be32(0)? >> 25) & 15;
    match user {
        0..=3 | 8 | 11 => payload(p, b),
        13 => configuration(p, b),
        5..=7 | 10 | 12 => internal(p, b),
        _ => Ok(()),
    }
}

fn address(p: &mut Printer, node: u32) {
    write!(
        p,
        "{}.{}.{}",
        node >> 24,
        (node >> 12) & 0xfff,
        node & 0xfff
    );
}

/// What every message says after its ends.
fn sizes(p: &mut Printer, first: u32, second: u32, kinds: &Table) {
    let (user, header) = ((first >> 25) & 15, (first >> 21) & 15);
    let user = tok(USERS, user, "unknown");
    let kind = tok(kinds, second >> 29, "Unknown");
    write!(
        p,
        ", headerlength {} bytes, MessageSize {} bytes, {user}, messageType {kind}",
        header * 4,
        first & 0x1ffff
    );
}

fn payload(p: &mut Printer, b: &[u8]) -> Done {
    let (first, second, previous) = (b.be32(0)?, b.be32(4)?, b.be32(12)?);
    let (from, to) = (b.be32(16)?, b.be32(20)?);
    let short = (first >> 21) & 15 <= 6;
    let nodes = if short {
        (previous, 0)
    } else {
        (b.be32(24)?, b.be32(28)?)
    };
    write!(p, "TIPC v{}.0 ", first >> 29);
    address(p, nodes.0);
    write!(p, ":{from} > ");
    if !short {
        address(p, nodes.1);
        p.text(":");
    }
    write!(p, "{to}");
    sizes(p, first, second, KINDS);
    if !short && p.v(1) {
        let third = b.be32(8)?;
        p.text("\n\tPrevious Node ");
        address(p, previous);
        write!(
            p,
            ", Broadcast Ack {}, Link Ack {}, Link Sequence {}",
            second & 0xffff,
            third >> 16,
            third & 0xffff
        );
    }
    Ok(())
}

fn internal(p: &mut Printer, b: &[u8]) -> Done {
    let (first, second) = (b.be32(0)?, b.be32(4)?);
    let (from, to) = (b.be32(24)?, b.be32(28)?);
    write!(p, "TIPC v{}.0 ", first >> 29);
    address(p, from);
    p.text(" > ");
    address(p, to);
    sizes(p, first, second, KINDS);
    write!(p, " (0x{second:08x})");
    if !p.v(1) {
        return Ok(());
    }
    let (third, previous, fourth, fifth) = (b.be32(8)?, b.be32(12)?, b.be32(16)?, b.be32(20)?);
    let (transport, ninth) = (b.be32(32)?, b.be32(36)?);
    p.text("\n\tPrevious Node ");
    address(p, previous);
    write!(
        p,
        ", Session No. {}, Broadcast Ack {}, Sequence Gap {},  Broadcast Gap After {}, Broadcast Gap To {}",
        fifth >> 16,
        second & 0xffff,
        (second >> 16) & 0x1fff,
        third >> 16,
        third & 0xffff
    );
    write!(
        p,
        ", Last Sent Packet No. {}, Next sent Packet No. {}, Transport Sequence {transport}, msg_count {}, Link Tolerance {}",
        fourth >> 16,
        fourth & 0xffff,
        ninth >> 16,
        ninth & 0xffff
    );
    Ok(())
}

fn configuration(p: &mut Printer, b: &[u8]) -> Done {
    let (first, second) = (b.be32(0)?, b.be32(4)?);
    let (domain, previous) = (b.be32(8)?, b.be32(12)?);
    write!(p, "TIPC v{}.0 ", first >> 29);
    address(p, previous);
    p.text(" > ");
    address(p, domain);
    sizes(p, first, second, LINK_KINDS);
    if p.v(1) {
        let (network, media) = (b.be32(16)?, b.be32(20)? & 0xff);
        write!(
            p,
            "\n\tNodeSignature {}, network_id {network}, media_id {media}",
            second & 0xffff
        );
    }
    Ok(())
}
