//! The settings of a UDP socket.

use super::Socket;
use crate::interface::Interface;
use crate::options;

pub(super) fn add_to(udp: &mut Interface<'_>) -> wasmtime::Result<()> {
    udp.ask("[method]udp-socket.address-family", Socket::family)?;
    udp.ask(
        "[method]udp-socket.unicast-hop-limit",
        |socket: &mut Socket| options::hop_limit(socket.fd(), socket.is_ipv6()),
    )?;
    udp.tell(
        "[method]udp-socket.set-unicast-hop-limit",
        |socket: &mut Socket, hops| options::set_hop_limit(socket.fd(), socket.is_ipv6(), hops),
    )?;
    udp.ask(
        "[method]udp-socket.receive-buffer-size",
        |socket: &mut Socket| options::receive_buffer(socket.fd()),
    )?;
    udp.tell(
        "[method]udp-socket.set-receive-buffer-size",
        |socket: &mut Socket, size| options::set_receive_buffer(socket.fd(), size),
    )?;
    udp.ask(
        "[method]udp-socket.send-buffer-size",
        |socket: &mut Socket| options::send_buffer(socket.fd()),
    )?;
    udp.tell(
        "[method]udp-socket.set-send-buffer-size",
        |socket: &mut Socket, size| options::set_send_buffer(socket.fd(), size),
    )
}
