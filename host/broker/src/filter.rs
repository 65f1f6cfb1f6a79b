//! Packet filters that decide what a socket receives (socket(7), linux/filter.h).

use std::net::{IpAddr, SocketAddr};

use nethost_net::datagram::FilterInstruction;

pub(super) const fn step(
    code: u32,
    jump_true: u8,
    jump_false: u8,
    operand: u32,
) -> FilterInstruction {
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

pub(super) const ALL: FilterInstruction = pass(u32::MAX);
pub(super) const NONE: FilterInstruction = pass(0);

/// Passes everything.
pub(super) const ANYTHING: &[FilterInstruction] = &[ALL];
/// Drops everything.
pub(super) const NOTHING: &[FilterInstruction] = &[NONE];
/// The header of UDP, without the payload.
pub(super) const UDP_HEADER: FilterInstruction = pass(8);

/// Passes packets from these addresses.
pub(super) fn from_any(sources: impl Iterator<Item = IpAddr>) -> Vec<FilterInstruction> {
    let mut program = Vec::new();
    for source in sources {
        compare_source(source, 1, &mut program);
        program.push(ALL);
    }
    program.push(NONE);
    program
}

/// Passes UDP datagrams from these addresses and ports; an unspecified address matches any. Datagrams from other
/// senders pass without their payload: tools such as dig report that there was one.
pub(super) fn from_senders(senders: impl Iterator<Item = SocketAddr>) -> Vec<FilterInstruction> {
    use libc::{BPF_ABS, BPF_H, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_W};
    let mut program = Vec::new();
    for sender in senders {
        let specified = !sender.ip().is_unspecified();
        if let SocketAddr::V6(sender) = sender
            && sender.scope_id() != 0
        {
            let rest = if specified { 11 } else { 3 };
            let interface = (libc::SKF_AD_OFF + libc::SKF_AD_IFINDEX).cast_unsigned();
            program.extend([
                step(BPF_LD | BPF_W | BPF_ABS, 0, 0, interface),
                step(BPF_JMP | BPF_JEQ | BPF_K, 0, rest, sender.scope_id()),
            ]);
        }
        if specified {
            compare_source(sender.ip(), 3, &mut program);
        }
        program.extend([
            step(BPF_LD | BPF_H | BPF_ABS, 0, 0, 0),
            step(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, sender.port().into()),
            ALL,
        ]);
    }
    program.push(UDP_HEADER);
    program
}

/// Compares the source in the header of the network layer (SKF_NET_OFF), which IPv6 and UDP sockets do not see
/// otherwise. On a mismatch, it jumps over this many following instructions.
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

/// Passes netlink messages of these types, and messages that end or fail a request.
pub(super) fn netlink(kinds: &[u16]) -> Vec<FilterInstruction> {
    use libc::{BPF_ABS, BPF_H, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD};
    /// NLMSG_NOOP to NLMSG_OVERRUN of linux/netlink.h.
    const CONTROL: [u16; 4] = [1, 2, 3, 4];
    /// The offset of the type in struct nlmsghdr.
    const TYPE: u32 = 4;
    let mut program = vec![step(BPF_LD | BPF_H | BPF_ABS, 0, 0, TYPE)];
    let count = CONTROL.len() + kinds.len();
    for (index, kind) in CONTROL.iter().chain(kinds).enumerate() {
        // Filters load big-endian values; netlink uses the byte order of the machine.
        let kind = u16::from_be_bytes(kind.to_ne_bytes());
        let rest = (count - index) as u8;
        program.push(step(BPF_JMP | BPF_JEQ | BPF_K, rest, 0, kind.into()));
    }
    program.extend([NONE, ALL]);
    program
}

#[cfg(test)]
#[allow(clippy::expect_used)]
pub(super) mod tests {
    use super::*;

    /// What a filter does with a packet: how many bytes of it pass. The header of the network layer is at
    /// SKF_NET_OFF.
    pub(crate) fn passed(program: &[FilterInstruction], network: &[u8], transport: &[u8]) -> u32 {
        use libc::{
            BPF_ABS, BPF_ADD, BPF_ALU, BPF_AND, BPF_B, BPF_H, BPF_IND, BPF_JA, BPF_JEQ, BPF_JGE,
            BPF_JGT, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_LDX, BPF_LSH, BPF_MISC, BPF_MSH,
            BPF_RET, BPF_TAX, BPF_W, BPF_X,
        };
        let (mut at, mut accumulator, mut index) = (0, 0_u32, 0_u32);
        loop {
            let step = program[at];
            at += 1;
            let (base, offset) = match step.operand.checked_sub(libc::SKF_NET_OFF.cast_unsigned()) {
                Some(offset) => (network, offset as usize),
                None => (transport, step.operand as usize),
            };
            match u32::from(step.code) {
                code if code == BPF_LD | BPF_W | BPF_ABS => {
                    let word = base[offset..offset + 4].try_into().expect("a word");
                    accumulator = u32::from_be_bytes(word);
                }
                code if code == BPF_LD | BPF_H | BPF_ABS => {
                    let half = base[offset..offset + 2].try_into().expect("half a word");
                    accumulator = u16::from_be_bytes(half).into();
                }
                // The kernel drops a packet that ends before what is loaded.
                code if code == BPF_LD | BPF_B | BPF_ABS => {
                    let Some(byte) = base.get(offset) else {
                        return 0;
                    };
                    accumulator = (*byte).into();
                }
                code if code == BPF_LD | BPF_B | BPF_IND => {
                    let Some(byte) = base.get(offset + index as usize) else {
                        return 0;
                    };
                    accumulator = (*byte).into();
                }
                code if code == BPF_LD | BPF_H | BPF_IND => {
                    let offset = offset + index as usize;
                    let Some(half) = base.get(offset..offset + 2) else {
                        return 0;
                    };
                    accumulator = u16::from_be_bytes(half.try_into().expect("half a word")).into();
                }
                code if code == BPF_LDX | BPF_B | BPF_MSH => {
                    index = u32::from(base[offset] & 0xf) * 4;
                }
                code if code == BPF_ALU | BPF_AND | BPF_K => accumulator &= step.operand,
                code if code == BPF_ALU | BPF_LSH | BPF_K => accumulator <<= step.operand,
                code if code == BPF_ALU | BPF_ADD | BPF_X => accumulator += index,
                code if code == BPF_MISC | BPF_TAX => index = accumulator,
                code if code == BPF_JMP | BPF_JA => at += step.operand as usize,
                code if [BPF_JEQ, BPF_JGE, BPF_JGT, BPF_JSET]
                    .contains(&(code & !(BPF_JMP | BPF_K))) =>
                {
                    let holds = match code & !(BPF_JMP | BPF_K) {
                        BPF_JEQ => accumulator == step.operand,
                        BPF_JGE => accumulator >= step.operand,
                        BPF_JSET => accumulator & step.operand != 0,
                        _ => accumulator > step.operand,
                    };
                    at += usize::from(if holds {
                        step.jump_true
                    } else {
                        step.jump_false
                    });
                }
                code if code == BPF_RET | BPF_K => return step.operand,
                code => panic!("no such instruction: {code:#x}"),
            }
        }
    }

    pub(crate) fn header(source: IpAddr) -> Vec<u8> {
        match source {
            IpAddr::V4(address) => [&[0; 12][..], &address.octets(), &[0; 4]].concat(),
            IpAddr::V6(address) => [&[0; 8][..], &address.octets(), &[0; 16]].concat(),
        }
    }

    #[test]
    fn a_filter_passes_what_its_senders_send_and_nothing_else() {
        let all: Vec<SocketAddr> = [
            "192.0.2.1:53",
            "192.0.2.2:5353",
            "[2001:db8::1]:53",
            "[2001:db8::1:0:0:1]:53",
        ]
        .iter()
        .map(|text| text.parse().expect("an address"))
        .collect();
        for chosen in 0..1_usize << all.len() {
            for ipv6 in [false, true] {
                let is_in = |index: usize, sender: &SocketAddr| {
                    chosen >> index & 1 == 1 && sender.is_ipv6() == ipv6
                };
                let listed = || {
                    all.iter()
                        .enumerate()
                        .filter(|(index, sender)| is_in(*index, sender))
                        .map(|(_, sender)| *sender)
                };
                let (udp, raw) = (
                    from_senders(listed()),
                    from_any(listed().map(|sender| sender.ip())),
                );
                for (index, sender) in all.iter().enumerate() {
                    if sender.is_ipv6() != ipv6 {
                        continue;
                    }
                    let network = header(sender.ip());
                    for port in [sender.port(), 9] {
                        let whole = is_in(index, sender) && port == sender.port();
                        let passes = passed(&udp, &network, &port.to_be_bytes());
                        assert_eq!(passes, if whole { u32::MAX } else { 8 }, "{sender} {port}");
                    }
                    let of_address = listed().any(|listed| listed.ip() == sender.ip());
                    let passes = passed(&raw, &network, &[]);
                    assert_eq!(passes, if of_address { u32::MAX } else { 0 }, "{sender}");
                }
            }
        }
        let group = from_senders(["0.0.0.0:5353".parse().expect("any")].into_iter());
        let network = header([192, 0, 2, 9].into());
        assert_eq!(passed(&group, &network, &5353_u16.to_be_bytes()), u32::MAX);
        assert_eq!(passed(&group, &network, &53_u16.to_be_bytes()), 8);
    }
}
