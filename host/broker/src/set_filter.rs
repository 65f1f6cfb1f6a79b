//! A packet filter for sets: it passes packets from exactly the allowed members, by ranges.

use super::echo_filter::{errors_or, replies};
use super::filter::{ALL, NONE, UDP_HEADER, step};
use super::scan_filter;
use super::scan_socket::ScanProtocol;
use nethost_net::datagram::FilterInstruction;
use nethost_policy::SenderGroup;

/// The required form of a member's packet.
#[derive(Debug, Clone, Copy)]
pub(super) enum Packet {
    /// Anything.
    Any,
    /// An echo reply with this identifier, or an error, from anybody, about such a request.
    Replies(u16),
    /// A UDP datagram from one of the member's ports. Other datagrams pass without their payload, as in
    /// `filter::from_senders`.
    Udp,
    /// An answer to a probe of this protocol that has this local port or identifier.
    Answers(ScanProtocol, u16),
}

/// Passes packets from these senders.
pub(super) fn from_groups(
    ipv6: bool,
    senders: &[SenderGroup],
    packet: Packet,
) -> Vec<FilterInstruction> {
    let mut program = Program::default();
    let accept = program.label();
    for group in senders {
        let next = program.label();
        let by_port = matches!(packet, Packet::Udp);
        let hit = if by_port { program.label() } else { accept };
        if ipv6 {
            program.among_ipv6(&group.ranges, hit);
        } else {
            program.load_network(12);
            let ranges = group
                .ranges
                .iter()
                .map(|(from, to)| (*from as u32, *to as u32));
            program.among(ranges, hit);
        }
        if by_port {
            program.jump(next);
            program.land(hit);
            program.push(step(libc::BPF_LD | libc::BPF_H | libc::BPF_ABS, 0, 0, 0));
            let ports = group
                .ports
                .iter()
                .map(|(from, to)| (u32::from(*from), u32::from(*to)));
            program.among(ports, accept);
        }
        program.land(next);
    }
    program.push(match packet {
        Packet::Udp => UDP_HEADER,
        Packet::Any | Packet::Replies(_) | Packet::Answers(..) => NONE,
    });
    program.land(accept);
    match packet {
        Packet::Replies(identifier) => program.steps.extend(replies(identifier, ipv6)),
        Packet::Answers(protocol, identifier) => {
            let answers = scan_filter::answers(protocol, identifier, ipv6);
            program.steps.extend(answers);
        }
        Packet::Any | Packet::Udp => program.push(ALL),
    }
    let program = program.finish();
    match packet {
        Packet::Replies(identifier) => errors_or(identifier, ipv6, program),
        Packet::Any | Packet::Udp | Packet::Answers(..) => program,
    }
}

/// A program with jumps to labels that are not placed yet.
#[derive(Default)]
struct Program {
    steps: Vec<FilterInstruction>,
    jumps: Vec<(usize, usize)>,
    /// The position of each label.
    labels: Vec<usize>,
}

impl Program {
    fn label(&mut self) -> usize {
        self.labels.push(0);
        self.labels.len() - 1
    }

    fn land(&mut self, label: usize) {
        self.labels[label] = self.steps.len();
    }

    fn push(&mut self, instruction: FilterInstruction) {
        self.steps.push(instruction);
    }

    fn jump(&mut self, label: usize) {
        self.jumps.push((self.steps.len(), label));
        self.push(step(libc::BPF_JMP | libc::BPF_JA, 0, 0, 0));
    }

    /// Loads a word of the header of the network layer.
    fn load_network(&mut self, offset: u32) {
        let at = libc::SKF_NET_OFF.cast_unsigned().wrapping_add(offset);
        self.push(step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, at));
    }

    /// Jumps if the loaded value is in one of these ranges; otherwise falls through.
    fn among(&mut self, ranges: impl Iterator<Item = (u32, u32)>, label: usize) {
        use libc::{BPF_JEQ, BPF_JGE, BPF_JGT, BPF_JMP, BPF_K};
        for (from, to) in ranges {
            if from == to {
                self.push(step(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, from));
            } else {
                self.push(step(BPF_JMP | BPF_JGE | BPF_K, 0, 2, from));
                self.push(step(BPF_JMP | BPF_JGT | BPF_K, 1, 0, to));
            }
            self.jump(label);
        }
    }

    /// The same for IPv6 sources, in blocks of addresses that share the first three words.
    fn among_ipv6(&mut self, ranges: &[(u128, u128)], label: usize) {
        let mut parts: Vec<(u128, u32, u32)> = Vec::new();
        for (from, to) in ranges {
            // A set has fewer than 2^32 members, so a range touches at most two blocks.
            let (low, high) = (from >> 32, to >> 32);
            if low == high {
                parts.push((low, *from as u32, *to as u32));
            } else {
                parts.extend([(low, *from as u32, u32::MAX), (high, 0, *to as u32)]);
            }
        }
        for block in parts.chunk_by(|(one, ..), (other, ..)| one == other) {
            let next = self.label();
            let prefix = block.first().map_or(0, |(prefix, ..)| *prefix);
            let words = [(prefix >> 64) as u32, (prefix >> 32) as u32, prefix as u32];
            for (index, word) in words.into_iter().enumerate() {
                self.load_network(8 + 4 * index as u32);
                let equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
                self.push(step(equal, 1, 0, word));
                self.jump(next);
            }
            self.load_network(20);
            self.among(block.iter().map(|(_, from, to)| (*from, *to)), label);
            self.land(next);
        }
    }

    fn finish(mut self) -> Vec<FilterInstruction> {
        for (at, label) in self.jumps {
            self.steps[at].operand = (self.labels[label] - at - 1) as u32;
        }
        self.steps
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::net::IpAddr;

    use proptest::prelude::*;

    use super::*;
    use crate::filter::tests::{header, passed};
    use nethost_core::set::{address_of, number};

    fn group(ranges: &[(u128, u128)], ports: &[(u16, u16)]) -> SenderGroup {
        SenderGroup {
            ranges: ranges.into(),
            ports: ports.into(),
        }
    }

    fn udp(address: u128, ipv6: bool, port: u16, program: &[FilterInstruction]) -> u32 {
        let network = header(address_of(ipv6, address));
        passed(program, &network, &port.to_be_bytes())
    }

    #[test]
    fn nobody_is_heard_where_nobody_is_allowed() {
        for packet in [Packet::Any, Packet::Replies(7), Packet::Udp] {
            let program = from_groups(false, &[], packet);
            let passes = udp(0x7f00_0001, false, 9, &program);
            assert!(passes <= 8, "{packet:?}");
        }
    }

    #[test]
    fn only_replies_of_members_pass() {
        let at = |text: &str| number(text.parse::<IpAddr>().unwrap());
        let (first, last) = (at("2001:db8::ffff:fff0"), at("2001:db8:0:0:0:1:0:f"));
        for (packet, wanted, others) in [
            (Packet::Any, u32::MAX, 0),
            (Packet::Replies(7), u32::MAX, 0),
        ] {
            let program = from_groups(true, &[group(&[(first, last)], &[(0, 0)])], packet);
            let reply = [129, 0, 0, 0, 0, 7, 0, 1];
            for (value, passes) in [
                (first, wanted),
                (first - 1, others),
                (last, wanted),
                (last + 1, others),
                (at("2001:db8::1:0:0"), wanted),
                (at("2001:db9::ffff:fff0"), others),
            ] {
                let network = header(address_of(true, value));
                assert_eq!(
                    passed(&program, &network, &reply),
                    passes,
                    "{value:x} {packet:?}"
                );
            }
        }
        let program = from_groups(
            true,
            &[group(&[(first, last)], &[(0, 0)])],
            Packet::Replies(7),
        );
        let network = header(address_of(true, first));
        assert_eq!(passed(&program, &network, &[129, 0, 0, 0, 0, 8, 0, 1]), 0);
        assert_eq!(passed(&program, &network, &[128, 0, 0, 0, 0, 7, 0, 1]), 0);
    }

    fn groups(base: u128) -> impl Strategy<Value = Vec<SenderGroup>> {
        let ranges = prop::collection::vec((0..60_u128, 0..9_u128), 1..5);
        let ports = prop::collection::vec((1..40_u16, 0..5_u16), 1..4);
        let one = (ranges, ports).prop_map(move |(ranges, ports)| SenderGroup {
            ranges: ranges
                .iter()
                .map(|(at, more)| (base + at, base + at + more))
                .collect(),
            ports: ports.iter().map(|(at, more)| (*at, at + more)).collect(),
        });
        prop::collection::vec(one, 0..4)
    }

    proptest! {
        #[test]
        fn a_filter_passes_the_allowed_members_ports_and_no_others(
            v4 in groups(0x0a00_0000),
            v6 in groups((0x2001_0db8 << 96) + 0xffff_ffe0),
        ) {
            for (senders, base, ipv6) in [(v4, 0x0a00_0000, false), (v6, (0x2001_0db8 << 96) + 0xffff_ffe0, true)] {
                let program = from_groups(ipv6, &senders, Packet::Udp);
                for value in base..base + 70 {
                    for port in 0..50 {
                        let within = |group: &SenderGroup| {
                            group.ranges.iter().any(|(from, to)| (from..=to).contains(&&value))
                                && group.ports.iter().any(|(from, to)| (from..=to).contains(&&port))
                        };
                        let passes = if senders.iter().any(within) { u32::MAX } else { 8 };
                        prop_assert_eq!(udp(value, ipv6, port, &program), passes);
                    }
                }
            }
        }
    }
}
