//! What a raw socket lets in, as packet filters (socket(7), linux/filter.h).

use std::net::IpAddr;

use crate::datagram::FilterInstruction;

const fn step(code: u32, jump_true: u8, jump_false: u8, operand: u32) -> FilterInstruction {
    FilterInstruction {
        code: code as u16,
        jump_true,
        jump_false,
        operand,
    }
}

/// Drops everything.
pub(super) const NOTHING: &[FilterInstruction] = &[step(libc::BPF_RET | libc::BPF_K, 0, 0, 0)];

/// Passes packets from one address. An IPv6 raw socket sees no IP header, so there the filter reads the
/// source from the network layer's place (SKF_NET_OFF).
pub(super) fn from(source: IpAddr) -> Vec<FilterInstruction> {
    use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W};
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
    let mut program = Vec::new();
    let last = words.len();
    for (index, word) in words.into_iter().enumerate() {
        let index = index as u32;
        program.push(step(
            BPF_LD | BPF_W | BPF_ABS,
            0,
            0,
            net.wrapping_add(offset + 4 * index),
        ));
        // On a mismatch, jump over the remaining pairs and the accepting return.
        let rest = 2 * (last as u8 - 1 - index as u8) + 1;
        program.push(step(BPF_JMP | BPF_JEQ | BPF_K, 0, rest, word));
    }
    program.push(step(BPF_RET | BPF_K, 0, 0, u32::MAX));
    program.push(step(BPF_RET | BPF_K, 0, 0, 0));
    program
}
