//! TCP (RFC 9293).

use std::net::IpAddr;

use super::{IpNumber, checksum};

pub use etherparse::{
    TcpHeader as Header, TcpOptionElement as Option, TcpOptions as Options, TcpSlice as View,
};

/// A segment with its checksum, for raw sockets and frames; none when the addresses are of two families.
pub fn emit(
    mut header: Header,
    source: IpAddr,
    destination: IpAddr,
    payload: &[u8],
) -> std::option::Option<Vec<u8>> {
    header.checksum = 0;
    let mut segment = [&header.to_bytes(), payload].concat();
    header.checksum = checksum::transport(source, destination, IpNumber::TCP, &segment)?;
    let emitted = header.to_bytes();
    segment[..emitted.len()].copy_from_slice(&emitted);
    Some(segment)
}

/// What a router quotes of a segment at least: RFC 792 promises eight octets of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Quoted {
    pub source_port: u16,
    pub destination_port: u16,
    pub sequence_number: u32,
}

/// Reads a quoted segment.
///
/// ```
/// use nethost_sdk::wire::tcp::quoted;
/// let ports = quoted(&[0x9c, 0x40, 0x01, 0xbb, 0, 0, 0, 7]).unwrap();
/// assert_eq!((ports.source_port, ports.destination_port, ports.sequence_number), (40_000, 443, 7));
/// assert_eq!(quoted(&[0; 7]), None);
/// ```
pub fn quoted(segment: &[u8]) -> std::option::Option<Quoted> {
    let [a, b, c, d, e, f, g, h] = *segment.first_chunk()?;
    Some(Quoted {
        source_port: u16::from_be_bytes([a, b]),
        destination_port: u16::from_be_bytes([c, d]),
        sequence_number: u32::from_be_bytes([e, f, g, h]),
    })
}
