//! What the sockets of a scan let in, as packet filters: answers to the local port or with the identifier, and ICMP
//! errors that quote a probe. A raw socket sees the packets of the whole machine. IPv4 packets begin with their IP
//! header, IPv6 packets with what follows it.

use libc::{
    BPF_ABS, BPF_ADD, BPF_ALU, BPF_AND, BPF_B, BPF_H, BPF_IND, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K,
    BPF_LD, BPF_LDX, BPF_LSH, BPF_MISC, BPF_MSH, BPF_TAX, BPF_X,
};

use super::filter::{ALL, NONE, step};
use super::scan_socket::ScanProtocol;
use nethost_net::datagram::FilterInstruction;

/// Where the identifier is in a query of ICMP.
const IDENTIFIER: u32 = 4;
/// Where the destination port is, in every protocol with ports.
const TO_PORT: u32 = 2;
/// The header of an ICMP error; the quoted packet follows it.
const ERROR_HEADER: u32 = 8;
/// A fixed IPv6 header.
const IPV6_HEADER: u32 = 40;

/// The types of requests that are probes.
pub(super) fn requests(ipv6: bool) -> &'static [u32] {
    match ipv6 {
        true => &[128],
        false => &[8, 13, 17],
    }
}

/// The types of what answers them.
fn replies(ipv6: bool) -> &'static [u32] {
    match ipv6 {
        true => &[129],
        false => &[0, 14, 18],
    }
}

/// Jumps over this many instructions if the loaded value is another one.
const fn unless(value: u32, over: u8) -> FilterInstruction {
    step(BPF_JMP | BPF_JEQ | BPF_K, 0, over, value)
}

/// Passes answers.
pub(super) fn answers(
    protocol: ScanProtocol,
    identifier: u16,
    ipv6: bool,
) -> Vec<FilterInstruction> {
    let mut program = Vec::new();
    let mode = match ipv6 {
        true => BPF_ABS,
        false => {
            program.push(step(BPF_LDX | BPF_B | BPF_MSH, 0, 0, 0));
            BPF_IND
        }
    };
    let at = match protocol {
        ScanProtocol::Icmp => {
            program.push(step(BPF_LD | BPF_B | mode, 0, 0, 0));
            let kinds = replies(ipv6);
            for (index, kind) in kinds.iter().enumerate() {
                let rest = (kinds.len() - index) as u8;
                program.push(step(BPF_JMP | BPF_JEQ | BPF_K, rest, 0, *kind));
            }
            program.push(NONE);
            IDENTIFIER
        }
        _ => TO_PORT,
    };
    program.extend([
        step(BPF_LD | BPF_H | mode, 0, 0, at),
        unless(identifier.into(), 1),
        ALL,
        NONE,
    ]);
    program
}

/// Passes errors, whoever sent them, that quote a packet of this protocol from the local port or with the identifier.
/// The holder of the port is the only one who can have sent it.
pub(super) fn errors(
    protocol: ScanProtocol,
    identifier: u16,
    ipv6: bool,
) -> Vec<FilterInstruction> {
    let number = u32::from(protocol.number(ipv6));
    let at = match protocol {
        ScanProtocol::Icmp => IDENTIFIER,
        _ => 0,
    };
    if ipv6 {
        return vec![
            step(BPF_LD | BPF_B | BPF_ABS, 0, 0, 0),
            // Messages that are no errors have the types from 128 (RFC 4443 section 2.1).
            step(BPF_JMP | BPF_JGE | BPF_K, 5, 0, 128),
            step(BPF_LD | BPF_B | BPF_ABS, 0, 0, ERROR_HEADER + 6),
            unless(number, 3),
            step(
                BPF_LD | BPF_H | BPF_ABS,
                0,
                0,
                ERROR_HEADER + IPV6_HEADER + at,
            ),
            unless(identifier.into(), 1),
            ALL,
            NONE,
        ];
    }
    /// Destination unreachable, source quench, time exceeded, parameter problem.
    const ERRORS: [u32; 4] = [3, 4, 11, 12];
    let mut program = vec![
        step(BPF_LDX | BPF_B | BPF_MSH, 0, 0, 0),
        step(BPF_LD | BPF_B | BPF_IND, 0, 0, 0),
    ];
    for (index, kind) in ERRORS.iter().enumerate() {
        let rest = (ERRORS.len() - index) as u8;
        program.push(step(BPF_JMP | BPF_JEQ | BPF_K, rest, 0, *kind));
    }
    program.extend([
        NONE,
        step(BPF_LD | BPF_B | BPF_IND, 0, 0, ERROR_HEADER + 9),
        unless(number, 8),
        // The length of the quoted IP header is added to the offset.
        step(BPF_LD | BPF_B | BPF_IND, 0, 0, ERROR_HEADER),
        step(BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xf),
        step(BPF_ALU | BPF_LSH | BPF_K, 0, 0, 2),
        step(BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0),
        step(BPF_MISC | BPF_TAX, 0, 0, 0),
        step(BPF_LD | BPF_H | BPF_IND, 0, 0, ERROR_HEADER + at),
        unless(identifier.into(), 1),
        ALL,
        NONE,
    ]);
    program
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::tests::passed;

    const OWN: u16 = 0xc123;

    fn ipv4(options: u8, protocol: u8) -> Vec<u8> {
        let mut header = vec![0; 20 + 4 * usize::from(options)];
        header[0] = 0x40 | (5 + options);
        header[9] = protocol;
        header
    }

    fn ports(from: u16, to: u16) -> Vec<u8> {
        [&from.to_be_bytes()[..], &to.to_be_bytes(), &[0; 4]].concat()
    }

    #[test]
    fn answers_to_the_local_port_pass_and_no_others() {
        for protocol in [ScanProtocol::Tcp, ScanProtocol::Udp, ScanProtocol::Sctp] {
            let program = answers(protocol, OWN, false);
            for options in [0, 2, 10] {
                let packet = |from, to| [ipv4(options, 6), ports(from, to)].concat();
                assert_eq!(passed(&program, &[], &packet(80, OWN)), u32::MAX);
                assert_eq!(passed(&program, &[], &packet(OWN, 80)), 0);
            }
            let program = answers(protocol, OWN, true);
            assert_eq!(passed(&program, &[], &ports(80, OWN)), u32::MAX);
            assert_eq!(passed(&program, &[], &ports(80, OWN + 1)), 0);
        }
    }

    #[test]
    fn icmp_replies_with_the_identifier_pass() {
        let message = |kind, identifier: u16| {
            [&[kind, 0, 0, 0][..], &identifier.to_be_bytes(), &[0, 1]].concat()
        };
        let program = answers(ScanProtocol::Icmp, OWN, false);
        for (kind, passes) in [(0, true), (14, true), (18, true), (8, false), (13, false)] {
            let packet = |identifier| [ipv4(0, 1), message(kind, identifier)].concat();
            let expected = if passes { u32::MAX } else { 0 };
            assert_eq!(passed(&program, &[], &packet(OWN)), expected, "{kind}");
            assert_eq!(passed(&program, &[], &packet(OWN + 1)), 0, "{kind}");
        }
        let program = answers(ScanProtocol::Icmp, OWN, true);
        assert_eq!(passed(&program, &[], &message(129, OWN)), u32::MAX);
        assert_eq!(passed(&program, &[], &message(128, OWN)), 0);
    }

    #[test]
    fn errors_pass_that_quote_an_own_probe() {
        let error = |kind, quoted: Vec<u8>| [vec![kind, 1, 0, 0, 0, 0, 0, 0], quoted].concat();
        let program = errors(ScanProtocol::Tcp, OWN, false);
        let passes = |packet: Vec<u8>| passed(&program, &[], &packet) == u32::MAX;
        for outer in [0, 4] {
            for inner in [0, 10] {
                let quote = |kind, protocol, from| {
                    let quoted = [ipv4(inner, protocol), ports(from, 80)].concat();
                    [ipv4(outer, 1), error(kind, quoted)].concat()
                };
                for kind in [3, 11, 12, 4] {
                    assert!(passes(quote(kind, 6, OWN)), "{kind}");
                }
                assert!(!passes(quote(5, 6, OWN)));
                assert!(!passes(quote(0, 6, OWN)));
                assert!(!passes(quote(3, 17, OWN)));
                assert!(!passes(quote(3, 6, OWN + 1)));
            }
        }
        let program = errors(ScanProtocol::Udp, OWN, true);
        let quote = |kind, next_header, from| {
            let mut header = vec![0; 40];
            header[6] = next_header;
            error(kind, [header, ports(from, 53)].concat())
        };
        assert_eq!(passed(&program, &[], &quote(1, 17, OWN)), u32::MAX);
        assert_eq!(passed(&program, &[], &quote(1, 17, OWN + 1)), 0);
        assert_eq!(passed(&program, &[], &quote(1, 6, OWN)), 0);
        assert_eq!(passed(&program, &[], &quote(129, 17, OWN)), 0);
    }

    #[test]
    fn a_probe_has_the_ports_of_socket_and_member() {
        let mut probe = vec![0; 20];
        probe[..4].copy_from_slice(&ports(OWN, 80)[..4]);
        let tcp = ScanProtocol::Tcp;
        assert!(tcp.is_probe(&probe, OWN, 80, false));
        assert!(!tcp.is_probe(&probe, OWN, 81, false));
        assert!(!tcp.is_probe(&probe, OWN + 1, 80, false));
        assert!(!tcp.is_probe(&probe[..19], OWN, 80, false));
        let mut echo = vec![8, 0, 0, 0, 0xc1, 0x23, 0, 1];
        assert!(ScanProtocol::Icmp.is_probe(&echo, OWN, 0, false));
        assert!(!ScanProtocol::Icmp.is_probe(&echo, OWN, 0, true));
        echo[0] = 5;
        assert!(
            !ScanProtocol::Icmp.is_probe(&echo, OWN, 0, false),
            "a redirect"
        );
    }
}
