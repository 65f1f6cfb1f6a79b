//! What a socket lets in, as packet filters (socket(7), linux/filter.h).

use std::net::{IpAddr, SocketAddr};

use super::many::Senders;
use crate::datagram::FilterInstruction;

const fn step(code: u32, jump_true: u8, jump_false: u8, operand: u32) -> FilterInstruction {
    FilterInstruction {
        code: code as u16,
        jump_true,
        jump_false,
        operand,
    }
}

const fn pass(bytes: u32) -> FilterInstruction {
    step(libc::BPF_RET | libc::BPF_K, 0, 0, bytes)
}

const ALL: FilterInstruction = pass(u32::MAX);
const NONE: FilterInstruction = pass(0);

/// Passes everything.
pub(super) const ANYTHING: &[FilterInstruction] = &[ALL];
/// Drops everything.
pub(super) const NOTHING: &[FilterInstruction] = &[NONE];
/// The header of UDP, without what is in the datagram.
const UDP_HEADER: FilterInstruction = pass(8);

/// Passes packets from one address.
pub(super) fn from(source: IpAddr) -> Vec<FilterInstruction> {
    let mut program = Vec::new();
    compare_source(source, 1, &mut program);
    program.extend([ALL, NONE]);
    program
}

/// Passes UDP datagrams from one address and port. Those of strangers arrive empty: that somebody speaks
/// is news to some tools, such as dig; what is said is not for them.
pub(super) fn from_port(source: SocketAddr) -> Vec<FilterInstruction> {
    use libc::{BPF_ABS, BPF_H, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD};
    let mut program = Vec::new();
    compare_source(source.ip(), 3, &mut program);
    program.extend([
        step(BPF_LD | BPF_H | BPF_ABS, 0, 0, 0),
        step(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, source.port().into()),
        ALL,
        UDP_HEADER,
    ]);
    program
}

/// Compares the source in the network layer's header (SKF_NET_OFF), which IPv6 and UDP sockets do not
/// see otherwise. On a mismatch it jumps over as many instructions as follow.
fn compare_source(source: IpAddr, following: u8, program: &mut Vec<FilterInstruction>) {
    use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_W};
    let net = libc::SKF_NET_OFF.cast_unsigned();
    let (offset, words) = match source {
        IpAddr::V4(address) => (12, vec![address.to_bits()]),
        IpAddr::V6(address) => (
            8,
            address
                .octets()
                .as_chunks::<4>()
                .0
                .iter()
                .map(|word| u32::from_be_bytes(*word))
                .collect(),
        ),
    };
    let last = words.len();
    for (index, word) in words.into_iter().enumerate() {
        let at = net.wrapping_add(offset + 4 * index as u32);
        let rest = 2 * (last - 1 - index) as u8 + following;
        program.push(step(BPF_LD | BPF_W | BPF_ABS, 0, 0, at));
        program.push(step(BPF_JMP | BPF_JEQ | BPF_K, 0, rest, word));
    }
}

/// Passes echo replies with this identifier: a raw socket sees every echo reply of the machine. IPv4
/// packets begin with their IP header, IPv6 ones do not.
pub(super) fn replies(identifier: u16, ipv6: bool) -> Vec<FilterInstruction> {
    use libc::{BPF_ABS, BPF_B, BPF_H, BPF_IND, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_LDX, BPF_MSH};
    let reply = if ipv6 { 129 } else { 0 };
    let (start, mode) = if ipv6 {
        (None, BPF_ABS)
    } else {
        (Some(step(BPF_LDX | BPF_B | BPF_MSH, 0, 0, 0)), BPF_IND)
    };
    start
        .into_iter()
        .chain([
            step(BPF_LD | BPF_B | mode, 0, 0, 0),
            step(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, reply),
            step(BPF_LD | BPF_H | mode, 0, 0, 4),
            step(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, identifier.into()),
            ALL,
            NONE,
        ])
        .collect()
}

/// What is asked of a packet whose source is among those that may be received from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then {
    /// Nothing.
    All,
    /// That it is an echo reply with this identifier.
    Replies(u16),
    /// That it is a UDP datagram from one of their ports. Others arrive empty, see `from_port`.
    Ports,
}

/// So many ranges of addresses, or of ports, are told apart here; where there are more, the room does so alone.
const MOST_RANGES: usize = 64;

/// Passes packets from these senders.
pub(super) fn among(ipv6: bool, senders: &Senders, then: Then) -> Vec<FilterInstruction> {
    use libc::{BPF_ABS, BPF_H, BPF_LD, BPF_W};
    let mut end = match then {
        Then::All => ANYTHING.to_vec(),
        Then::Replies(identifier) => replies(identifier, ipv6),
        Then::Ports if senders.ports.len() <= MOST_RANGES => {
            let mut program = vec![step(BPF_LD | BPF_H | BPF_ABS, 0, 0, 0)];
            let ports = senders.ports.iter();
            within(
                ports.map(|(from, to)| (u32::from(*from), u32::from(*to))),
                &mut program,
            );
            program.push(UDP_HEADER);
            let mut program = landed(program);
            program.push(ALL);
            program
        }
        Then::Ports => ANYTHING.to_vec(),
    };
    let mut blocks: Vec<(u128, u32, u32)> = Vec::new();
    for (from, to) in &senders.ranges {
        // A range meets two blocks of 2^32 addresses at most.
        let (low, high) = (from >> 32, to >> 32);
        if low == high {
            blocks.push((low, *from as u32, *to as u32));
        } else {
            blocks.extend([(low, *from as u32, u32::MAX), (high, 0, *to as u32)]);
        }
    }
    if blocks.len() > MOST_RANGES {
        return end;
    }
    let net = libc::SKF_NET_OFF.cast_unsigned();
    let load = |offset: u32| step(BPF_LD | BPF_W | BPF_ABS, 0, 0, net.wrapping_add(offset));
    let mut program = Vec::new();
    if ipv6 {
        for (block, from, to) in blocks {
            let words = [(block >> 64) as u32, (block >> 32) as u32, block as u32];
            for (index, word) in words.into_iter().enumerate() {
                let left = 2 * (2 - index) as u8;
                program.push(load(8 + 4 * index as u32));
                // Over the other words, the last one's load and the three steps of a range.
                let equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
                program.push(step(equal, 0, left + 4, word));
            }
            program.push(load(20));
            within([(from, to)].into_iter(), &mut program);
        }
    } else {
        program.push(load(12));
        let ranges = blocks.into_iter().map(|(_, from, to)| (from, to));
        within(ranges, &mut program);
    }
    program.push(match then {
        Then::Ports => UDP_HEADER,
        _ => NONE,
    });
    let mut program = landed(program);
    program.append(&mut end);
    program
}

/// Jumps to the end of the program where what was loaded is in one of these ranges; falls through elsewhere.
fn within(ranges: impl Iterator<Item = (u32, u32)>, program: &mut Vec<FilterInstruction>) {
    use libc::{BPF_JGE, BPF_JGT, BPF_JMP, BPF_K};
    for (from, to) in ranges {
        program.push(step(BPF_JMP | BPF_JGE | BPF_K, 0, 2, from));
        program.push(step(BPF_JMP | BPF_JGT | BPF_K, 1, 0, to));
        program.push(AHEAD);
    }
}

/// A jump whose length is not known yet.
const AHEAD: FilterInstruction = step(libc::BPF_JMP | libc::BPF_JA, 0, 0, u32::MAX);

/// The program with its jumps ahead leading behind its last instruction.
fn landed(mut program: Vec<FilterInstruction>) -> Vec<FilterInstruction> {
    let length = program.len();
    for (index, instruction) in program.iter_mut().enumerate() {
        if *instruction == AHEAD {
            instruction.operand = (length - 1 - index) as u32;
        }
    }
    program
}

/// Passes netlink messages of these types, and the ends and errors of conversations.
pub(super) fn netlink(kinds: &[u16]) -> Vec<FilterInstruction> {
    use libc::{BPF_ABS, BPF_H, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD};
    /// NLMSG_NOOP to NLMSG_OVERRUN of linux/netlink.h.
    const CONTROL: [u16; 4] = [1, 2, 3, 4];
    /// Where the type is in struct nlmsghdr.
    const TYPE: u32 = 4;
    let mut program = vec![step(BPF_LD | BPF_H | BPF_ABS, 0, 0, TYPE)];
    let count = CONTROL.len() + kinds.len();
    for (index, kind) in CONTROL.iter().chain(kinds).enumerate() {
        // Filters read big-endian, netlink is in the machine's order.
        let kind = u16::from_be_bytes(kind.to_ne_bytes());
        let rest = (count - index) as u8;
        program.push(step(BPF_JMP | BPF_JEQ | BPF_K, rest, 0, kind.into()));
    }
    program.extend([NONE, ALL]);
    program
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_accepts_only_after_every_word_matched() {
        for address in ["192.0.2.1", "2001:db8::1"] {
            for program in [
                from(address.parse().expect("an address")),
                from_port((address.parse::<IpAddr>().expect("an address"), 53).into()),
            ] {
                let reject = program.len() - 1;
                for (index, step) in program.iter().enumerate() {
                    if step.jump_false > 0 {
                        assert_eq!(index + 1 + usize::from(step.jump_false), reject);
                    }
                }
                assert!(program[reject].operand <= 8);
            }
        }
        for ipv6 in [false, true] {
            let program = replies(0x1234, ipv6);
            assert_eq!(program[program.len() - 1], NONE);
        }
    }
}
