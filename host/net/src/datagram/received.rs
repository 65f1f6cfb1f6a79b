//! Received data: datagrams, and messages of the error queue (ip(7), IP_RECVERR).

use std::net::SocketAddr;

use super::sys::{Notes, realtime};

/// linux/errqueue.h: the extension structure has a wrong checksum or was truncated.
const SO_EE_RFC4884_FLAG_INVALID: u8 = 1;

/// A datagram, in its receive buffer.
#[derive(Debug)]
pub struct Datagram<'a> {
    /// Its payload.
    pub bytes: &'a [u8],
    /// The sender.
    pub source: SocketAddr,
    /// When the kernel received it, in nanoseconds since 1970.
    pub timestamp: u64,
    /// TTL or hop limit.
    pub hop_limit: Option<u8>,
    /// It was longer than the buffer.
    pub truncated: bool,
}

/// The origin of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorOrigin {
    /// This machine.
    Local,
    /// An ICMP message.
    Icmp,
    /// An ICMPv6 message.
    Icmp6,
}

/// A message of the error queue: struct sock_extended_err of ip(7), and the data that belongs to it.
#[derive(Debug)]
pub struct QueuedError<'a> {
    /// The origin.
    pub origin: ErrorOrigin,
    /// The errno that the kernel derived.
    pub errno: i32,
    /// ICMP type.
    pub icmp_type: u8,
    /// ICMP code.
    pub icmp_code: u8,
    /// MTU or pointer.
    pub info: u32,
    /// The sender of the ICMP message.
    pub offender: Option<SocketAddr>,
    /// The destination of the packet.
    pub remote: SocketAddr,
    /// When the kernel received the message, in nanoseconds since 1970.
    pub timestamp: u64,
    /// TTL or hop limit of the message.
    pub hop_limit: Option<u8>,
    /// The quoted part of the packet.
    pub quoted: &'a [u8],
    /// RFC 4884 extension structure.
    pub extensions: &'a [u8],
}

impl<'a> QueuedError<'a> {
    pub(super) fn of(bytes: &'a [u8], remote: Option<SocketAddr>, notes: &Notes) -> Option<Self> {
        let (remote, (error, offender)) = (remote?, notes.error?);
        let origin = match error.ee_origin {
            libc::SO_EE_ORIGIN_LOCAL => ErrorOrigin::Local,
            libc::SO_EE_ORIGIN_ICMP => ErrorOrigin::Icmp,
            libc::SO_EE_ORIGIN_ICMP6 => ErrorOrigin::Icmp6,
            _ => return None,
        };
        // ee_data contains struct sock_ee_data_rfc4884 { __u16 len; __u8 flags; __u8 reserved; }.
        let [low, high, flags, _] = error.ee_data.to_ne_bytes();
        let split = usize::from(u16::from_ne_bytes([low, high]));
        let extended = split > 0 && split < bytes.len() && flags & SO_EE_RFC4884_FLAG_INVALID == 0;
        let (quoted, extensions) = if extended {
            bytes.split_at(split)
        } else {
            (bytes, &[][..])
        };
        Some(Self {
            origin,
            errno: error.ee_errno.cast_signed(),
            icmp_type: error.ee_type,
            icmp_code: error.ee_code,
            info: error.ee_info,
            offender,
            remote,
            timestamp: notes.timestamp.unwrap_or_else(realtime),
            hop_limit: notes.hop_limit,
            quoted,
            extensions,
        })
    }
}

/// A message of the error queue that outlives its receive buffer.
pub(super) struct Kept {
    facts: QueuedError<'static>,
    quoted: Vec<u8>,
    extensions: Vec<u8>,
}

impl Kept {
    pub(super) fn of(error: QueuedError<'_>) -> Self {
        Self {
            quoted: error.quoted.to_vec(),
            extensions: error.extensions.to_vec(),
            facts: QueuedError {
                quoted: &[],
                extensions: &[],
                ..error
            },
        }
    }

    pub(super) fn error(&self) -> QueuedError<'_> {
        QueuedError {
            quoted: &self.quoted,
            extensions: &self.extensions,
            ..self.facts
        }
    }
}
