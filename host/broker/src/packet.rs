//! Packet sockets: the socket that sends under a permit, and the filter that decides what another receives.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, OwnedFd};

use libc::{
    BPF_ABS, BPF_B, BPF_H, BPF_IND, BPF_JEQ, BPF_JGT, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_LDX,
    BPF_MSH, BPF_W,
};

use super::capabilities::packet::{ADVERTISEMENT, IPV4, IPV6, ether_type};
use super::filter::{ALL, NONE, step};
use super::operation::{Error, refused};
use super::packet_rule::{PacketRule, UDP};
use super::socket::lock_filter;
use super::state::Kept;
use nethost_core::{Request, Target};
use nethost_net::datagram::{FilterInstruction, attach_filter};
use nethost_net::packet::{self, Lane};
use nethost_netlink::link_facts::LinkFacts;

/// A socket that sends under one permit.
pub(super) struct PacketSender {
    socket: OwnedFd,
    lane: Lane,
    /// What it may send.
    pub(super) rule: PacketRule,
}

/// The index of the interface of a permit.
pub(super) fn interface(request: &Request) -> Result<u32, Error> {
    let interface = request.interface.as_ref();
    let index = interface.and_then(nethost_core::Interface::index);
    index.ok_or_else(|| refused("no permit for packets on an interface"))
}

impl Kept for PacketSender {}

impl PacketSender {
    /// Opens the socket of a permit. It receives nothing.
    pub(super) fn open(request: &Request, link: &LinkFacts) -> Result<Self, Error> {
        let rule = PacketRule::new(request, link);
        let rule = rule.ok_or_else(|| refused("no permit for such packets"))?;
        let lane = Lane {
            interface: interface(request)?,
            protocol: rule.ether_type(),
        };
        Ok(Self {
            socket: packet::open()?,
            lane,
            rule,
        })
    }

    /// Sends a packet that was checked.
    pub(super) fn send(&self, bytes: &[u8], to: &[u8]) -> io::Result<u64> {
        packet::send(self.socket.as_fd(), bytes, self.lane, to)
    }
}

/// Opens the socket of a permit to receive. It is bound to no interface, so that it cannot send: send(2) without an
/// address fails. The filter selects the interface, and is there before the socket receives.
pub(super) fn receiver(request: &Request) -> Result<OwnedFd, Error> {
    let none = || refused("no permit for such packets");
    let (protocol, choice) = match (&request.target, &request.socket) {
        (Target::Object(name), None) if name.as_str() == ADVERTISEMENT => {
            (IPV6, Choice::Advertisements)
        }
        (Target::Object(name), None) => (ether_type(name).ok_or_else(none)?, Choice::All),
        (
            Target::Listen {
                address,
                port: Some(port),
            },
            None,
        ) if address.ip() == Ipv4Addr::UNSPECIFIED && *port != 0 => (IPV4, Choice::Port(*port)),
        _ => return Err(none()),
    };
    let program = filter(interface(request)?, protocol, choice);
    let socket = packet::open()?;
    attach_filter(socket.as_fd(), &program)?;
    lock_filter(socket.as_fd())?;
    packet::pass_notes(socket.as_fd())?;
    let lane = Lane {
        interface: 0,
        protocol,
    };
    packet::bind(socket.as_fd(), lane)?;
    Ok(socket)
}

/// Which packets of a protocol are received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// All of them.
    All,
    /// Of IPv4, UDP datagrams to a port.
    Port(u16),
    /// Of IPv6, router advertisements.
    Advertisements,
}

/// The protocol number of ICMPv6, and its type of router advertisements (RFC 4861 section 4.2).
const ICMPV6: u8 = 58;
const ROUTER_ADVERTISEMENT: u8 = 134;

/// Passes packets to this machine that arrive on the interface, of the protocol, as far as they are chosen.
fn filter(interface: u32, protocol: u16, choice: Choice) -> Vec<FilterInstruction> {
    let load = |offset: i32| {
        let at = (libc::SKF_AD_OFF + offset).cast_unsigned();
        step(BPF_LD | BPF_W | BPF_ABS, 0, 0, at)
    };
    // The rest of the program is skipped by a jump to its last instruction, which is known when all is there.
    let mut program = vec![
        load(libc::SKF_AD_PKTTYPE),
        step(
            BPF_JMP | BPF_JGT | BPF_K,
            u8::MAX,
            0,
            u32::from(libc::PACKET_MULTICAST),
        ),
        load(libc::SKF_AD_IFINDEX),
        step(BPF_JMP | BPF_JEQ | BPF_K, 0, u8::MAX, interface),
        load(libc::SKF_AD_PROTOCOL),
        step(BPF_JMP | BPF_JEQ | BPF_K, 0, u8::MAX, protocol.into()),
    ];
    match choice {
        Choice::All => {}
        Choice::Port(port) => program.extend([
            step(BPF_LD | BPF_B | BPF_ABS, 0, 0, 9),
            step(BPF_JMP | BPF_JEQ | BPF_K, 0, u8::MAX, UDP.into()),
            step(BPF_LD | BPF_H | BPF_ABS, 0, 0, 6),
            step(BPF_JMP | BPF_JSET | BPF_K, u8::MAX, 0, 0x1fff),
            step(BPF_LDX | BPF_B | BPF_MSH, 0, 0, 0),
            step(BPF_LD | BPF_H | BPF_IND, 0, 0, 2),
            step(BPF_JMP | BPF_JEQ | BPF_K, 0, u8::MAX, port.into()),
        ]),
        // Next header, hop limit (one from beyond the link has a smaller one), and type.
        Choice::Advertisements => {
            for (at, value) in [(6, ICMPV6), (7, u8::MAX), (40, ROUTER_ADVERTISEMENT)] {
                program.push(step(BPF_LD | BPF_B | BPF_ABS, 0, 0, at));
                program.push(step(BPF_JMP | BPF_JEQ | BPF_K, 0, u8::MAX, value.into()));
            }
        }
    }
    program.extend([ALL, NONE]);
    let last = program.len() - 1;
    for (at, instruction) in program.iter_mut().enumerate() {
        let to_end = (last - at).saturating_sub(1) as u8;
        for jump in [&mut instruction.jump_true, &mut instruction.jump_false] {
            if *jump == u8::MAX {
                *jump = to_end;
            }
        }
    }
    program
}

#[cfg(test)]
mod tests;
