//! What a raw echo socket lets in, as a packet filter: replies to its own requests, and ICMP errors about them.
//!
//! A raw socket sees the ICMP messages of the whole machine. An error quotes the packet that it is about, so the
//! identifier tells whose it is. IPv4 packets begin with their IP header, IPv6 ones with the ICMPv6 message.

use libc::{
    BPF_ABS, BPF_ADD, BPF_ALU, BPF_AND, BPF_B, BPF_H, BPF_IND, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K,
    BPF_LD, BPF_LDX, BPF_LSH, BPF_MISC, BPF_MSH, BPF_TAX, BPF_X,
};

use super::filter::{ALL, NONE, step};
use nethost_net::datagram::FilterInstruction;

/// Where the identifier is in an echo message.
const IDENTIFIER: u32 = 4;
/// The header of an ICMP error; the quoted packet follows it.
const ERROR_HEADER: u32 = 8;
/// A fixed IPv6 header.
const IPV6_HEADER: u32 = 40;

/// Passes replies with this identifier.
pub(super) fn replies(identifier: u16, ipv6: bool) -> Vec<FilterInstruction> {
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
            step(BPF_LD | BPF_H | mode, 0, 0, IDENTIFIER),
            step(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, identifier.into()),
            ALL,
            NONE,
        ])
        .collect()
}

/// Passes errors about requests with this identifier and drops other errors. `rest` decides about replies.
pub(super) fn errors_or(
    identifier: u16,
    ipv6: bool,
    rest: Vec<FilterInstruction>,
) -> Vec<FilterInstruction> {
    let equal = |value, otherwise| step(BPF_JMP | BPF_JEQ | BPF_K, 0, otherwise, value);
    let mut program = if ipv6 {
        let quoted = ERROR_HEADER + IPV6_HEADER;
        let next_header = ERROR_HEADER + 6;
        vec![
            step(BPF_LD | BPF_B | BPF_ABS, 0, 0, 0),
            // Messages that are no errors have the types from 128 (RFC 4443 section 2.1).
            step(BPF_JMP | BPF_JGE | BPF_K, 8, 0, 128),
            step(BPF_LD | BPF_B | BPF_ABS, 0, 0, next_header),
            equal(libc::IPPROTO_ICMPV6.cast_unsigned(), 5),
            step(BPF_LD | BPF_B | BPF_ABS, 0, 0, quoted),
            equal(128, 3),
            step(BPF_LD | BPF_H | BPF_ABS, 0, 0, quoted + IDENTIFIER),
            equal(identifier.into(), 1),
        ]
    } else {
        vec![
            step(BPF_LDX | BPF_B | BPF_MSH, 0, 0, 0),
            step(BPF_LD | BPF_B | BPF_IND, 0, 0, 0),
            step(BPF_JMP | BPF_JEQ | BPF_K, 13, 0, 0),
            step(BPF_LD | BPF_B | BPF_IND, 0, 0, ERROR_HEADER + 9),
            equal(libc::IPPROTO_ICMP.cast_unsigned(), 10),
            // The length of the quoted IP header is added to the offset.
            step(BPF_LD | BPF_B | BPF_IND, 0, 0, ERROR_HEADER),
            step(BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xf),
            step(BPF_ALU | BPF_LSH | BPF_K, 0, 0, 2),
            step(BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0),
            step(BPF_MISC | BPF_TAX, 0, 0, 0),
            step(BPF_LD | BPF_B | BPF_IND, 0, 0, ERROR_HEADER),
            equal(8, 3),
            step(BPF_LD | BPF_H | BPF_IND, 0, 0, ERROR_HEADER + IDENTIFIER),
            equal(identifier.into(), 1),
        ]
    };
    program.extend([ALL, NONE]);
    program.extend(rest);
    program
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::tests::passed;

    const OWN: u16 = 0x1234;

    /// An IPv4 header with as many words of options, and this protocol.
    fn ipv4(options: u8, protocol: u8) -> Vec<u8> {
        let mut header = vec![0; 20 + 4 * usize::from(options)];
        header[0] = 0x40 | (5 + options);
        header[9] = protocol;
        header
    }

    fn echo(kind: u8, identifier: u16) -> Vec<u8> {
        [&[kind, 0, 0, 0][..], &identifier.to_be_bytes(), &[0, 1]].concat()
    }

    fn error(kind: u8, quoted: &[u8]) -> Vec<u8> {
        [&[kind, 1, 0, 0, 0, 0, 0, 0][..], quoted].concat()
    }

    #[test]
    fn ipv4_errors_pass_that_quote_an_own_request() {
        let program = errors_or(OWN, false, replies(OWN, false));
        let passes = |options, message: &[u8]| {
            let packet = [&ipv4(options, 1)[..], message].concat();
            passed(&program, &[], &packet) == u32::MAX
        };
        for options in [0, 3, 10] {
            assert!(passes(options, &echo(0, OWN)));
            assert!(!passes(options, &echo(0, OWN + 1)));
            assert!(!passes(options, &echo(8, OWN)));
            for inner in [0, 1, 10] {
                let quote = |protocol, message: Vec<u8>| {
                    error(3, &[ipv4(inner, protocol), message].concat())
                };
                assert!(passes(options, &quote(1, echo(8, OWN))));
                assert!(!passes(options, &quote(1, echo(8, OWN + 1))));
                assert!(!passes(options, &quote(1, echo(0, OWN))));
                assert!(!passes(options, &quote(17, echo(8, OWN))));
                assert!(!passes(options, &quote(1, vec![8, 0, 0, 0])));
            }
            assert!(!passes(options, &error(11, &[])));
        }
    }

    #[test]
    fn ipv6_errors_pass_that_quote_an_own_request() {
        let program = errors_or(OWN, true, replies(OWN, true));
        let passes = |message: &[u8]| passed(&program, &[], message) == u32::MAX;
        let quote = |next_header, message: Vec<u8>| {
            let mut header = vec![0; 40];
            header[6] = next_header;
            error(1, &[header, message].concat())
        };
        assert!(passes(&echo(129, OWN)));
        assert!(!passes(&echo(129, OWN + 1)));
        assert!(!passes(&echo(128, OWN)));
        assert!(passes(&quote(58, echo(128, OWN))));
        assert!(!passes(&quote(58, echo(128, OWN + 1))));
        assert!(!passes(&quote(58, echo(129, OWN))));
        assert!(!passes(&quote(17, echo(128, OWN))));
    }
}
