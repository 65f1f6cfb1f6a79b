//! Packets as they are on the wire: one file a protocol.
//!
//! The work is etherparse's, a crate without I/O that copies nothing when it reads. A protocol's file gives its types one
//! set of names, and adds what tools need beyond them:
//!
//! * `Header`: the fields by name, to be read, changed and emitted with `to_bytes`.
//! * `View`: a packet in place, checked once for its lengths by `from_slice`; all access after that is by field.
//! * constants of the protocol in the words of its RFC.
//!
//! Nothing here trusts a packet: what is malformed is an error or none, never a panic.
//!
//! ```
//! use nethost_sdk::wire::{ipv4, tcp};
//!
//! let mut header = tcp::Header::new(40_000, 443, 7, 64_240);
//! header.syn = true;
//! let (source, destination) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
//! let segment = tcp::emit(header, source, destination, &[]).unwrap();
//!
//! let view = tcp::View::from_slice(&segment).unwrap();
//! assert!(view.syn() && !view.ack());
//! assert_eq!(view.destination_port(), 443);
//! assert!(tcp::View::from_slice(&segment[..19]).is_err());
//! assert_eq!(ipv4::payload(&segment), None);
//! ```

pub mod arp;
pub mod checksum;
pub mod ethernet;
pub mod icmp;
pub mod icmpv6;
pub mod ipv4;
pub mod ipv6;
pub mod tcp;
pub mod udp;

pub use etherparse::IpNumber;
