//! The channel between the runner and the broker: a socket that preserves message boundaries, with at most one
//! descriptor for each message (unix(7), SOCK_SEQPACKET and SCM_RIGHTS). Each end is notified when the other one is
//! closed.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use postcard::ser_flavors::Flavor;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, RecvMsg, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recv, recvmsg,
    send, sendmsg, socketpair,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::wire::MAX_MESSAGE;

/// How long to poll for a message before sleeping. The other process runs on another processor, and waking this
/// process would take longer than the answer, and might move both to one processor. As long as a start takes. On a
/// machine with one processor, this process yields instead.
const AWAKE: Duration = Duration::from_millis(1);

/// A message, the bytes after it, and its descriptor.
type WithRest<'a, M> = (M, &'a [u8], Option<OwnedFd>);

/// A message has at most so many descriptors (unix(7), SCM_MAX_FD).
const MOST_DESCRIPTORS: usize = 253;

/// The longest answer of a process that is not trusted.
const LONGEST_ANSWER: usize = 4096;

/// One end.
#[derive(Debug)]
pub(super) struct Channel {
    fd: OwnedFd,
    /// One message.
    packet: Vec<u8>,
}

impl Channel {
    /// Both ends.
    pub(super) fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        Ok((Self::over(one), Self::over(other)))
    }

    pub(super) fn over(fd: OwnedFd) -> Self {
        Self {
            fd,
            packet: Vec::new(),
        }
    }

    /// Sends one message.
    pub(super) fn send(
        &mut self,
        message: &impl Serialize,
        descriptor: Option<BorrowedFd<'_>>,
    ) -> io::Result<()> {
        self.send_with(message, &(), descriptor)
    }

    /// Sends one message and the bytes after it.
    pub(super) fn send_with(
        &mut self,
        message: &impl Serialize,
        following: &impl Serialize,
        descriptor: Option<BorrowedFd<'_>>,
    ) -> io::Result<()> {
        self.encode(&(message, following))?;
        self.transmit(descriptor, SendFlags::empty())
    }

    /// Sends one message and the bytes after it, which are already encoded, unless the other end has not taken earlier
    /// messages. Returns whether it was sent; [`Self::offer_again`] tries again.
    pub(super) fn offer(
        &mut self,
        message: &impl Serialize,
        following: &[u8],
        descriptor: Option<BorrowedFd<'_>>,
    ) -> io::Result<bool> {
        self.encode(message)?;
        if self.packet.len() + following.len() > MAX_MESSAGE {
            return Err(too_long());
        }
        self.packet.extend_from_slice(following);
        self.offer_again(descriptor)
    }

    /// Tries to send the message that was offered last. Nothing may be received in between.
    pub(super) fn offer_again(&self, descriptor: Option<BorrowedFd<'_>>) -> io::Result<bool> {
        match self.transmit(descriptor, SendFlags::DONTWAIT) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            sent => sent.map(|()| true),
        }
    }

    /// Waits until the other end takes messages again, at most until this moment.
    pub(super) fn takes_before(&self, end: Instant) -> io::Result<bool> {
        self.polled(PollFlags::OUT, end)
    }

    fn encode(&mut self, message: &impl Serialize) -> io::Result<()> {
        self.packet.clear();
        let packet = Packet(std::mem::take(&mut self.packet));
        self.packet = postcard::serialize_with_flavor(message, packet).map_err(|_| too_long())?;
        Ok(())
    }

    fn transmit(&self, descriptor: Option<BorrowedFd<'_>>, flags: SendFlags) -> io::Result<()> {
        let flags = flags | SendFlags::NOSIGNAL;
        let Some(descriptor) = descriptor else {
            // The runner's filter of system calls has no sendmsg(2).
            return again(|| send(&self.fd, &self.packet, flags));
        };
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let descriptors = [descriptor];
        control.push(SendAncillaryMessage::ScmRights(&descriptors));
        let packet = [IoSlice::new(&self.packet)];
        again(|| sendmsg(&self.fd, &packet, &mut control, flags))
    }

    /// Waits at most this long for something to receive.
    pub(super) fn within(&self, patience: Duration) -> io::Result<()> {
        let timeout = Timespec {
            tv_sec: patience.as_secs().cast_signed(),
            tv_nsec: 0,
        };
        let mut watched = [PollFd::new(&self.fd, PollFlags::IN)];
        loop {
            match poll(&mut watched, Some(&timeout)) {
                Err(Errno::INTR) => {}
                Ok(0) => return Err(Errno::TIMEDOUT.into()),
                polled => return Ok(polled.map(drop)?),
            }
        }
    }

    /// Waits for one message without bytes after it. None if the other end is closed. A malformed message is an
    /// error.
    pub(super) fn receive<M: DeserializeOwned>(
        &mut self,
    ) -> io::Result<Option<(M, Option<OwnedFd>)>> {
        match self.receive_with()? {
            Some((message, [], descriptor)) => Ok(Some((message, descriptor))),
            Some(_) => Err(malformed()),
            None => Ok(None),
        }
    }

    /// Waits for one message that must not have a descriptor, and the bytes after it. To close a descriptor can take as
    /// long as whoever passed it wants (SO_LINGER of socket(7), a file system of a user): those that come are left open,
    /// and the error must end this process soon.
    pub(super) fn receive_alone<M: DeserializeOwned>(&mut self) -> io::Result<Option<(M, &[u8])>> {
        let received = self.receive_with_one(|_| false)?;
        Ok(received.map(|(message, following, _)| (message, following)))
    }

    /// The same, but the message may have one descriptor that is accepted: one that is closed at once.
    pub(super) fn receive_with_one<M: DeserializeOwned>(
        &mut self,
        accepts: fn(&OwnedFd) -> bool,
    ) -> io::Result<Option<WithRest<'_, M>>> {
        match self.make_room()? {
            true => self.take_with_one(accepts, RecvFlags::empty()).map(Some),
            false => Ok(None),
        }
    }

    /// Sends a message and receives the answer, by this moment, whatever others do with the same socket.
    pub(super) fn ask_before<M: DeserializeOwned>(
        &mut self,
        end: Instant,
        message: &impl Serialize,
        accepts: fn(&OwnedFd) -> bool,
    ) -> io::Result<(M, Option<OwnedFd>)> {
        let late = || io::Error::from(Errno::TIMEDOUT);
        if !self.offer(message, &[], None)? || !self.comes_before(end)? {
            return Err(late());
        }
        self.packet.resize(LONGEST_ANSWER, 0);
        match self.take_with_one(accepts, RecvFlags::DONTWAIT)? {
            (answer, [], descriptor) => Ok((answer, descriptor)),
            _ => Err(malformed()),
        }
    }

    /// Takes the message for which there is room.
    fn take_with_one<M: DeserializeOwned>(
        &mut self,
        accepts: fn(&OwnedFd) -> bool,
        flags: RecvFlags,
    ) -> io::Result<WithRest<'_, M>> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let received = self.take(&mut control, flags)?;
        let mut refused = received.flags.contains(ReturnFlags::CTRUNC);
        let mut accepted = None;
        for message in control.drain() {
            let RecvAncillaryMessage::ScmRights(descriptors) = message else {
                refused = true;
                continue;
            };
            for descriptor in descriptors {
                if accepted.is_none() && accepts(&descriptor) {
                    accepted = Some(descriptor);
                } else {
                    refused = true;
                    std::mem::forget(descriptor);
                }
            }
        }
        if refused || received.flags.contains(ReturnFlags::TRUNC) {
            return Err(malformed());
        }
        let (message, following) =
            postcard::take_from_bytes(&self.packet[..received.bytes]).map_err(|_| malformed())?;
        Ok((message, following, accepted))
    }

    /// Waits for one message, and makes room for it. False if the other end is closed.
    fn make_room(&mut self) -> io::Result<bool> {
        let length = self.wait()?;
        if length > MAX_MESSAGE {
            return Err(malformed());
        }
        self.packet.resize(length, 0);
        Ok(length > 0)
    }

    /// Receives the message for which there is room.
    fn take(
        &mut self,
        control: &mut RecvAncillaryBuffer<'_>,
        flags: RecvFlags,
    ) -> io::Result<RecvMsg> {
        loop {
            let mut into = [IoSliceMut::new(&mut self.packet)];
            match recvmsg(
                &self.fd,
                &mut into,
                control,
                flags | RecvFlags::CMSG_CLOEXEC,
            ) {
                Err(Errno::INTR) => {}
                received => return Ok(received?),
            }
        }
    }

    /// Waits for one message and the bytes after it.
    pub(super) fn receive_with<M: DeserializeOwned>(
        &mut self,
    ) -> io::Result<Option<WithRest<'_, M>>> {
        if !self.make_room()? {
            return Ok(None);
        }
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let received = self.take(&mut control, RecvFlags::empty())?;
        let descriptor = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        // The descriptor was lost: this process has reached its limit.
        if received.flags.contains(ReturnFlags::CTRUNC) {
            return Err(Errno::MFILE.into());
        }
        if received.flags.contains(ReturnFlags::TRUNC) {
            return Err(malformed());
        }
        let (message, rest) =
            postcard::take_from_bytes(&self.packet[..received.bytes]).map_err(|_| malformed())?;
        Ok(Some((message, rest, descriptor)))
    }

    /// Waits for a message or the end, until this moment. Returns whether either came.
    pub(super) fn comes_before(&self, end: Instant) -> io::Result<bool> {
        let begin = Instant::now();
        let peek = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        loop {
            match recv(&self.fd, &mut [0_u8; 0], peek | RecvFlags::TRUNC) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) if begin.elapsed() < AWAKE => std::thread::yield_now(),
                Err(Errno::AGAIN) => break,
                _ => return Ok(true),
            }
        }
        self.polled(PollFlags::IN, end)
    }

    fn polled(&self, what: PollFlags, end: Instant) -> io::Result<bool> {
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).map_err(io::Error::other)?;
            let mut watched = [PollFd::new(&self.fd, what)];
            match poll(&mut watched, Some(&left)) {
                Err(Errno::INTR) => {}
                polled => return Ok(polled? > 0),
            }
        }
    }

    /// Waits for a message and returns its length: 0 if the other end is closed.
    fn wait(&self) -> io::Result<usize> {
        let begin = Instant::now();
        let mut flags = RecvFlags::PEEK | RecvFlags::TRUNC | RecvFlags::DONTWAIT;
        loop {
            match recv(&self.fd, &mut [0_u8; 0], flags) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) if begin.elapsed() < AWAKE => std::thread::yield_now(),
                Err(Errno::AGAIN) => flags.remove(RecvFlags::DONTWAIT),
                peeked => return Ok(peeked?.1),
            }
        }
    }
}

/// Longer than a message can be.
fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "a request of more than 96 KiB")
}

/// A malformed message.
fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a malformed message")
}

/// Repeated if a signal interrupts it.
fn again<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<()> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            done => return Ok(done.map(drop)?),
        }
    }
}

/// The buffer of a message. It grows with the message, up to the maximum size.
struct Packet(Vec<u8>);

impl Flavor for Packet {
    type Output = Vec<u8>;

    fn try_push(&mut self, octet: u8) -> postcard::Result<()> {
        self.try_extend(&[octet])
    }

    fn try_extend(&mut self, octets: &[u8]) -> postcard::Result<()> {
        if octets.len() > MAX_MESSAGE - self.0.len() {
            return Err(postcard::Error::SerializeBufferFull);
        }
        self.0.extend_from_slice(octets);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
