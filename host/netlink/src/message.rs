//! Netlink messages as bytes (netlink(7)): splits what the kernel sends into messages and attributes. Whatever the
//! length fields say, no byte outside the buffer is read.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// nlmsg_type of the control messages.
const NOOP: u16 = 1;
const ERROR: u16 = 2;
const DONE: u16 = 3;
const OVERRUN: u16 = 4;

/// NLM_F_DUMP_INTR: the dump is inconsistent.
const INTERRUPTED: u16 = 0x10;
/// NLM_F_ACK_TLVS: attributes follow the error.
const EXPLAINED: u16 = 0x200;
/// NLM_F_CAPPED: only the header of the failed request is repeated.
const CAPPED: u16 = 0x100;

/// struct nlmsghdr.
pub const HEADER: usize = 16;

/// An error of the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelError {
    /// The errno.
    pub errno: i32,
    /// NLMSGERR_ATTR_MSG: the kernel's own explanation.
    pub message: Option<String>,
}

impl From<io::Error> for KernelError {
    fn from(error: io::Error) -> Self {
        Self {
            errno: error.raw_os_error().unwrap_or(libc::EIO),
            message: None,
        }
    }
}

/// One message.
#[derive(Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// A message about an object: its type and what follows the netlink header.
    Object {
        /// nlmsg_type.
        kind: u16,
        /// The payload.
        payload: &'a [u8],
    },
    /// Success, perhaps with a warning: an acknowledgement, or the end of a dump.
    Done {
        /// NLMSGERR_ATTR_MSG.
        warning: Option<String>,
    },
    /// The kernel refused the request.
    Error(KernelError),
}

/// The messages of one recv(2).
pub struct Messages<'a> {
    rest: &'a [u8],
    /// One of the messages so far reported that the dump was interrupted.
    pub interrupted: bool,
}

impl<'a> Messages<'a> {
    /// The messages in these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            interrupted: false,
        }
    }

    /// The number of bytes that are not read yet.
    pub fn rest(&self) -> usize {
        self.rest.len()
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        loop {
            let length = u32_at(self.rest, 0)? as usize;
            let kind = u16_at(self.rest, 4)?;
            let flags = u16_at(self.rest, 6)?;
            let payload = self.rest.get(HEADER..length)?;
            self.rest = self.rest.get(aligned(length)..).unwrap_or_default();
            self.interrupted |= flags & INTERRUPTED != 0;
            return Some(match kind {
                NOOP => continue,
                ERROR => {
                    let mut skip = 4 + HEADER;
                    if flags & CAPPED == 0 {
                        // The failed request is repeated completely.
                        let request = u32_at(payload, 4).map_or(0, |length| length as usize);
                        skip = 4 + aligned(request.max(HEADER));
                    }
                    answer(payload, skip, flags)
                }
                DONE => answer(payload, 4, flags),
                OVERRUN => Message::Error(KernelError {
                    errno: libc::ENOBUFS,
                    message: None,
                }),
                kind => Message::Object { kind, payload },
            });
        }
    }
}

/// Whether the answer ends in these bytes of one recv(2).
pub fn is_last(bytes: &[u8]) -> bool {
    Messages::new(bytes).any(|message| !matches!(message, Message::Object { .. }))
}

/// NLMSGERR_ATTR_MSG.
const EXPLANATION: u16 = 1;

fn answer<'a>(payload: &[u8], skip: usize, flags: u16) -> Message<'a> {
    let errno = u32_at(payload, 0).map_or(0, |errno| errno.cast_signed().wrapping_neg());
    let explanation = (flags & EXPLAINED != 0)
        .then(|| payload.get(skip..))
        .flatten()
        .and_then(|rest| Attributes(rest).find(|(id, _)| *id == EXPLANATION))
        .map(|(_, value)| text(value));
    if errno == 0 {
        return Message::Done {
            warning: explanation,
        };
    }
    Message::Error(KernelError {
        errno,
        message: explanation,
    })
}

/// A sequence of attributes: the number, without the flags for nested and big-endian, and the value.
#[derive(Clone)]
pub struct Attributes<'a>(pub &'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let length = u16_at(self.0, 0)? as usize;
        let id = u16_at(self.0, 2)? & 0x3fff;
        let value = self.0.get(4..length)?;
        self.0 = self.0.get(aligned(length)..).unwrap_or_default();
        Some((id, value))
    }
}

/// Rounds up to a multiple of four: NLMSG_ALIGN, RTA_ALIGN.
#[inline]
pub fn aligned(length: usize) -> usize {
    length.saturating_add(3) & !3
}

/// The octet at this offset.
#[inline]
pub fn u8_at(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at).copied()
}

/// The 16-bit number at this offset.
#[inline]
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u16::from_ne_bytes)
}

/// The 32-bit number at this offset.
#[inline]
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u32::from_ne_bytes)
}

/// The 64-bit number at this offset.
#[inline]
pub fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u64::from_ne_bytes)
}

/// An address; its length determines the family.
#[inline]
pub fn ip(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(octets).into());
    }
    let octets = <[u8; 16]>::try_from(bytes).ok()?;
    Some(Ipv6Addr::from(octets).into())
}

/// A text that ends at its first NUL.
pub fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_brings_its_explanation() {
        let mut bytes = vec![0; 16 + 4 + 16];
        bytes[4] = 2;
        bytes[6..8].copy_from_slice(&0x300_u16.to_ne_bytes());
        bytes[16..20].copy_from_slice(&(-libc::EEXIST).to_ne_bytes());
        bytes.extend([9, 0, 1, 0]);
        bytes.extend(b"taken\0\0\0");
        let length = bytes.len() as u32;
        bytes[..4].copy_from_slice(&length.to_ne_bytes());
        let Some(Message::Error(error)) = Messages::new(&bytes).next() else {
            unreachable!("it is an error");
        };
        assert_eq!(error.errno, libc::EEXIST);
        assert_eq!(error.message.as_deref(), Some("taken"));
    }
}
