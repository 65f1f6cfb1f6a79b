//! Strips secrets from kernel dumps before they are passed to the runner.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixDatagram;

use rustix::buffer::spare_capacity;
use rustix::net::RecvFlags;

use super::netlink::LARGEST;
use nethost_net::datagram;
use nethost_netlink::message::is_last;

/// The maximum size of a dump in octets, if the kernel allows this user such a buffer.
const LONGEST: libc::c_int = 16 << 20;

/// Reads what the kernel answers, a dump or a single message, and returns another socket that contains all of it, after
/// `blank` has overwritten the secrets. Fails with ENOBUFS if it does not fit: net.unix.max_dgram_qlen limits the number
/// of messages.
pub(super) fn without_secrets(
    kernel: BorrowedFd<'_>,
    is_dump: bool,
    blank: impl Fn(&mut [u8]),
) -> io::Result<OwnedFd> {
    let (ours, theirs) = UnixDatagram::pair()?;
    ours.set_nonblocking(true)?;
    // If this user may not have such a buffer, it is smaller.
    let _ = datagram::set_option(
        ours.as_fd(),
        libc::SOL_SOCKET,
        libc::SO_SNDBUFFORCE,
        LONGEST,
    );
    let mut answer = Vec::with_capacity(LARGEST);
    loop {
        answer.clear();
        rustix::net::recv(kernel, spare_capacity(&mut answer), RecvFlags::empty())?;
        let last = !is_dump || answer.is_empty() || is_last(&answer);
        blank(&mut answer);
        match ours.send(&answer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::Error::from_raw_os_error(libc::ENOBUFS));
            }
            sent => sent.map(drop)?,
        }
        if last {
            return Ok(theirs.into());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use nethost_netlink::xfrm::blank_keys;

    /// A netlink message: length, type, flags, and contents.
    fn message(kind: u16, payload: &[u8]) -> Vec<u8> {
        let length = 16 + payload.len() as u32;
        let mut message = length.to_ne_bytes().to_vec();
        message.extend(kind.to_ne_bytes());
        message.extend([2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        message.extend(payload);
        message
    }

    /// XFRM_MSG_NEWSA with XFRMA_ALG_AUTH, whose key is the last four octets.
    fn association() -> Vec<u8> {
        let mut payload = vec![0; 224];
        payload.extend(76_u16.to_ne_bytes());
        payload.extend(1_u16.to_ne_bytes());
        payload.extend([b'h'; 64]);
        payload.extend(32_u32.to_ne_bytes());
        payload.extend([0xde, 0xad, 0xbe, 0xef]);
        message(0x10, &payload)
    }

    const DONE: u16 = 3;

    #[test]
    fn a_list_arrives_whole_and_without_keys() {
        let (kernel, ours) = UnixDatagram::pair().unwrap();
        for part in [association(), association(), message(DONE, &[0; 4])] {
            kernel.send(&part).unwrap();
        }
        let relayed = UnixDatagram::from(without_secrets(ours.as_fd(), true, blank_keys).unwrap());
        let mut buffer = vec![0; LARGEST];
        for _ in 0..2 {
            let length = relayed.recv(&mut buffer).unwrap();
            let whole = association();
            let (head, key) = whole.split_at(whole.len() - 4);
            assert_eq!(buffer[..length - 4], *head);
            assert!(key.iter().all(|octet| *octet != 0));
            assert_eq!(buffer[length - 4..length], [0; 4]);
        }
        let length = relayed.recv(&mut buffer).unwrap();
        assert_eq!(buffer[..length], message(DONE, &[0; 4]));
    }

    #[test]
    fn one_that_is_too_long_is_refused() {
        let (kernel, ours) = UnixDatagram::pair().unwrap();
        let writer = std::thread::spawn(move || {
            // Longer than the queue of any socket. It ends when the reader is closed.
            while kernel.send(&association()).is_ok() {}
        });
        let error = without_secrets(ours.as_fd(), true, blank_keys).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOBUFS));
        drop(ours);
        writer.join().unwrap();
    }
}
