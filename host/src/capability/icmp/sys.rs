//! Opening an echo socket: a ping socket where the kernel lets, a raw one otherwise.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;

use super::Echo;
use crate::broker::{Binding, Broker, Protocol, SocketSpec};
use crate::datagram::{DatagramSocket, FilterInstruction, Options, route_source};
use crate::gate::Permit;

/// An open socket, the permit that it was opened with, and the identifier of its requests.
pub(super) struct Opened {
    pub(super) socket: DatagramSocket,
    pub(super) permit: Permit<Echo>,
    pub(super) identifier: u16,
    pub(super) raw: bool,
}

/// Opens a socket for echoes to the permitted remote.
pub(super) fn open(
    permit: Permit<Echo>,
    broker: &Broker,
    remote: SocketAddr,
    binding: Binding,
    options: &Options,
) -> io::Result<Opened> {
    let ipv6 = remote.is_ipv6();
    let interface = binding.interface.clone();
    let opened = refuse_broadcast(remote, interface.as_deref(), options).and_then(|()| {
        let (fd, raw) = ping_or_raw(&permit, broker, ipv6, binding)?;
        let socket = DatagramSocket::new(fd, ipv6, options)?;
        let identifier = if raw {
            own_identifier(&socket, ipv6)?
        } else {
            socket.local_address()?.port()
        };
        Ok((socket, identifier, raw))
    });
    match opened {
        Ok((socket, identifier, raw)) => Ok(Opened {
            socket,
            permit,
            identifier,
            raw,
        }),
        Err(error) => {
            permit.failed(&error);
            Err(error)
        }
    }
}

/// Only the routing table knows which addresses are broadcast; it says so at connect(2). Whether there
/// is a route at all is for the first packet to find out.
fn refuse_broadcast(
    remote: SocketAddr,
    interface: Option<&str>,
    options: &Options,
) -> io::Result<()> {
    if remote.is_ipv6() || options.broadcast || remote.ip().is_multicast() {
        return Ok(());
    }
    match route_source(remote, interface, false) {
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => Err(error),
        _ => Ok(()),
    }
}

fn ping_or_raw(
    permit: &Permit<Echo>,
    broker: &Broker,
    ipv6: bool,
    binding: Binding,
) -> io::Result<(OwnedFd, bool)> {
    // Binding is what makes the kernel choose the identifier.
    let any = if ipv6 {
        IpAddr::from(Ipv6Addr::UNSPECIFIED)
    } else {
        Ipv4Addr::UNSPECIFIED.into()
    };
    let source = binding.source.unwrap_or_else(|| SocketAddr::new(any, 0));
    let ping = SocketSpec {
        ipv6,
        protocol: Protocol::PingIcmp,
        binding: Binding {
            source: Some(source),
            ..binding.clone()
        },
    };
    match broker.open_socket(permit, &ping) {
        Ok(fd) => Ok((fd, false)),
        Err(error)
            if matches!(
                error.raw_os_error(),
                Some(libc::EACCES | libc::EPERM | libc::EPROTONOSUPPORT)
            ) =>
        {
            let raw = SocketSpec {
                ipv6,
                protocol: Protocol::RawIcmp,
                binding,
            };
            broker.open_socket(permit, &raw).map(|fd| (fd, true))
        }
        Err(error) => Err(error),
    }
}

/// A raw socket sees every echo reply of the machine: choose an identifier, and let the kernel drop
/// replies that carry another one.
fn own_identifier(socket: &DatagramSocket, ipv6: bool) -> io::Result<u16> {
    let mut random = [0; 2];
    rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())?;
    let identifier = u16::from_ne_bytes(random);
    socket.attach_filter(&reply_filter(identifier, ipv6))?;
    Ok(identifier)
}

/// Passes echo replies with this identifier. IPv4 packets begin with their IP header, IPv6 ones do not.
pub(super) fn reply_filter(identifier: u16, ipv6: bool) -> Vec<FilterInstruction> {
    use libc::{
        BPF_ABS, BPF_B, BPF_H, BPF_IND, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_LDX, BPF_MSH, BPF_RET,
    };
    let step = |code: u32, jump_false: u8, operand: u32| FilterInstruction {
        code: code as u16,
        jump_true: 0,
        jump_false,
        operand,
    };
    let reply = if ipv6 { 129 } else { 0 };
    let (start, mode) = if ipv6 {
        (None, BPF_ABS)
    } else {
        (Some(step(BPF_LDX | BPF_B | BPF_MSH, 0, 0)), BPF_IND)
    };
    start
        .into_iter()
        .chain([
            step(BPF_LD | BPF_B | mode, 0, 0),
            step(BPF_JMP | BPF_JEQ | BPF_K, 3, reply),
            step(BPF_LD | BPF_H | mode, 0, 4),
            step(BPF_JMP | BPF_JEQ | BPF_K, 1, identifier.into()),
            step(BPF_RET | BPF_K, 0, u32::MAX),
            step(BPF_RET | BPF_K, 0, 0),
        ])
        .collect()
}
