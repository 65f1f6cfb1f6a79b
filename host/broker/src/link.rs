//! The runner's end of the channel. Whatever it sends, it gets nothing that the policy does not grant.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::net::RecvFlags;
use tokio::io::Interest;

use super::channel::Channel;
use super::inquiry::{Inquiry, InquiryReply};
use super::listen;
use super::operation::Operation;
use super::scopes::UndoneChange;
use super::sys;
use super::wire::{Answer, Hello, Message, RequestFields};
use nethost_core::output::Stream;
use nethost_core::{Access, Authority, Event, Exception, HostName, RecordError, Recorder, Target};

/// How long a service that is only asked what it is can take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The message for the operator if the broker was killed.
pub const GONE: &str = "the process that holds nethost's privileges is gone";

/// Sends requests to the broker.
#[derive(Debug)]
pub struct Link {
    channel: Mutex<Channel>,
    /// Why the broker has ended the run.
    ended: OnceLock<String>,
}

/// The broker's answer to a request that was not performed, or why the request could not be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Its words.
    #[error("{0}")]
    Refused(String),
    /// The system's.
    #[error("{0}")]
    System(io::Error),
    /// No answer.
    #[error("{GONE} ({0})")]
    Gone(io::Error),
}

impl From<Failure> for RecordError {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure.to_string())
    }
}

/// Why no service is available.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No service listens, or it does not accept this user.
    #[error("{shown}: {1}", shown = .0.display())]
    Socket(PathBuf, io::Error),
    /// The service belongs to another user.
    #[error("{shown}: listened to by user {1}, who is neither root nor you", shown = .0.display())]
    Stranger(PathBuf, u32),
    /// The service's own message.
    #[error("{shown}: {1}", shown = .0.display())]
    Refused(PathBuf, String),
}

impl Link {
    /// Connects to the service that listens at this path.
    pub fn connect(path: &Path, hello: &Hello<'_>) -> Result<Self, ConnectError> {
        Self::greet(path, Self::reach(path)?, hello)
    }

    fn reach(path: &Path) -> Result<Channel, ConnectError> {
        let failed = |error| ConnectError::Socket(path.into(), error);
        let socket = listen::connect(path).map_err(failed)?;
        // It may be in another PID namespace, for a client in a container.
        let service = sys::peer_credentials(socket.as_fd()).map_err(failed)?;
        if service.user != 0 && service.user != rustix::process::geteuid().as_raw() {
            return Err(ConnectError::Stranger(path.into(), service.user));
        }
        Ok(Channel::over(socket))
    }

    fn greeting(path: &Path, channel: &mut Channel) -> Result<(), ConnectError> {
        let failed = |error| ConnectError::Socket(path.into(), error);
        let greeting = channel.receive::<Answer<'_>>().map_err(failed)?;
        let (greeting, _) = greeting.ok_or_else(|| failed(gone()))?;
        match greeting.refusal() {
            Some(why) => Err(ConnectError::Refused(path.into(), why)),
            None => Ok(()),
        }
    }

    /// Whether the service that listens at this path answers in time, as one of this build. Nothing is begun: the
    /// service says what it is before its client says anything.
    pub fn greeted(path: &Path) -> Result<(), ConnectError> {
        let failed = |error| ConnectError::Socket(path.into(), error);
        let mut channel = Self::reach(path)?;
        channel.within(PATIENCE).map_err(failed)?;
        Self::greeting(path, &mut channel)
    }

    /// Tells the broker, a service or a process started for this run, what is to be run.
    pub(super) fn greet(
        path: &Path,
        mut channel: Channel,
        hello: &Hello<'_>,
    ) -> Result<Self, ConnectError> {
        let failed = |error| ConnectError::Socket(path.into(), error);
        Self::greeting(path, &mut channel)?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::open(".", flags, Mode::empty());
        let directory = directory.map_err(|error| failed(error.into()))?;
        channel
            .send(hello, Some(directory.as_fd()))
            .map_err(failed)?;
        Ok(Self::new(channel))
    }

    pub(super) fn new(channel: Channel) -> Self {
        Self {
            channel: Mutex::new(channel),
            ended: OnceLock::new(),
        }
    }

    /// A message that ends the run in the records if this process can send nothing more, and where to send it.
    pub fn last_words(&self, exit: u8, stopped: &str) -> io::Result<(OwnedFd, Vec<u8>)> {
        let message = Message::End {
            exit,
            stopped: Some(stopped.into()),
            unrecorded_denials: 0,
        };
        let fd = self.channel().as_fd().try_clone_to_owned()?;
        let packet = postcard::to_allocvec(&message).map_err(io::Error::other)?;
        Ok((fd, packet))
    }

    /// Reports that the plugin is about to start. The answer is awaited when the start has to be recorded; there is
    /// work to do until then.
    pub fn begin(&self) -> io::Result<()> {
        let output = Stream::Output;
        let screen = output.is_terminal().then(|| output.as_fd());
        self.channel().send(&Message::Begin, screen)
    }

    /// Passes on the socket of the process that starts tools. From then on, only the broker can ask it.
    pub fn lend_launcher(&self, socket: OwnedFd) -> io::Result<()> {
        self.channel()
            .send(&Message::Launcher, Some(socket.as_fd()))
    }

    /// Requests an operation under a permit.
    pub(super) fn perform<O: Operation>(
        &self,
        handle: u64,
        args: &O::Args,
    ) -> io::Result<(O::Reply, Option<OwnedFd>)> {
        let message = Message::Operate {
            handle,
            name: O::NAME.into(),
        };
        let mut channel = self.channel();
        channel.send_with(&message, args, None)?;
        let (answer, following, descriptor) = channel.receive_with()?.ok_or_else(gone)?;
        match answer {
            Answer::Done => {
                let (reply, rest) =
                    postcard::take_from_bytes(following).map_err(|_| unexpected())?;
                match rest {
                    [] => Ok((reply, descriptor)),
                    _ => Err(unexpected()),
                }
            }
            other => Err(self.failure(other).into_io()),
        }
    }

    /// Sends an inquiry.
    pub(super) fn inquire(
        &self,
        inquiry: Inquiry<'_>,
    ) -> io::Result<(InquiryReply<'static>, Option<OwnedFd>)> {
        let mut channel = self.channel();
        channel.send(&Message::Inquire(inquiry), None)?;
        match channel.receive()?.ok_or_else(gone)? {
            (Answer::Inquiry(told), descriptor) => Ok((told, descriptor)),
            (other, _) => Err(self.failure(other).into_io()),
        }
    }

    pub(super) fn close_socket(&self, socket: u64) {
        // If the broker has ended, there is nothing to close.
        let _ = self.tell(&Message::CloseSocket { socket });
    }

    pub(super) fn commit_changes(&self, scope: u64) -> io::Result<()> {
        let committed = self.ask(&Message::CommitChanges { scope });
        committed.map_err(Failure::into_io)
    }

    pub(super) fn undo_changes(&self, scope: u64) -> io::Result<Vec<UndoneChange>> {
        let mut channel = self.channel();
        channel.send(&Message::UndoChanges { scope }, None)?;
        match channel.receive()?.ok_or_else(gone)? {
            (Answer::Undone(undone), _) => Ok(undone),
            (other, _) => Err(self.failure(other).into_io()),
        }
    }

    pub(super) fn release_terminal(&self) {
        // If the broker has ended, there is nothing to close.
        let _ = self.tell(&Message::ReleaseTerminal);
    }

    /// Whether the broker has ended. For a plugin that never waits. No message may be under way meanwhile.
    pub fn is_gone(&self) -> bool {
        let Ok(channel) = self.channel.try_lock() else {
            return false;
        };
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let mut end = [PollFd::from_borrowed_fd(
            channel.as_fd(),
            PollFlags::empty(),
        )];
        let looked = poll(&mut end, Some(&at_once));
        looked.is_ok() && end[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
    }

    /// Resolves when the broker has ended, within a runtime.
    pub async fn gone(&self) -> io::Result<()> {
        let fd = self.channel().as_fd().try_clone_to_owned()?;
        let watched = nethost_net::register(fd, Interest::READABLE)?;
        loop {
            let mut ready = watched.ready(Interest::READABLE).await?;
            // Answers are received where they are expected; here only the end is awaited.
            let peek = RecvFlags::PEEK | RecvFlags::DONTWAIT;
            match rustix::net::recv(watched.get_ref(), &mut [0_u8; 1], peek) {
                Err(rustix::io::Errno::AGAIN) => ready.clear_ready(),
                Ok((0, _)) | Err(_) => return Ok(()),
                Ok(_) => {
                    if self.hear_the_end() {
                        return Ok(());
                    }
                    ready.clear_ready();
                }
            }
        }
    }

    /// Why the broker has ended the run, if it has.
    pub fn ended(&self) -> Option<&str> {
        self.ended.get().map(String::as_str)
    }

    /// Receives unexpected messages. True if the broker has ended.
    fn hear_the_end(&self) -> bool {
        // Another thread waits for an answer and will receive the end instead.
        let Ok(mut channel) = self.channel.try_lock() else {
            return self.ended().is_some();
        };
        let peek = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        if rustix::net::recv(channel.as_fd(), &mut [0_u8; 1], peek).is_ok() {
            // Any other unexpected message ends the run.
            let _ = self.done(&mut channel);
            return true;
        }
        self.ended().is_some()
    }

    fn tell(&self, message: &Message<'_>) -> Result<(), Failure> {
        self.channel().send(message, None).map_err(Failure::Gone)
    }

    fn ask(&self, message: &Message<'_>) -> Result<(), Failure> {
        let mut channel = self.channel();
        channel.send(message, None).map_err(Failure::Gone)?;
        self.done(&mut channel)
    }

    /// Waits for the answer `Done`.
    fn done(&self, channel: &mut Channel) -> Result<(), Failure> {
        match channel.receive().map_err(Failure::Gone)? {
            Some((Answer::Done, _)) => Ok(()),
            Some((other, _)) => Err(self.failure(other)),
            None => Err(Failure::Gone(gone())),
        }
    }

    /// The error in an answer other than `Done`.
    fn failure(&self, answer: Answer<'_>) -> Failure {
        match answer {
            Answer::Refused(why) => Failure::Refused(why.into_owned()),
            Answer::Ended(why) => {
                let why = self.ended.get_or_init(|| why.into_owned());
                Failure::Refused(why.clone())
            }
            Answer::Failed(errno) => Failure::System(io::Error::from_raw_os_error(errno)),
            Answer::Done | Answer::Inquiry(_) | Answer::Undone(_) | Answer::Greeting { .. } => {
                Failure::System(unexpected())
            }
        }
    }

    fn channel(&self) -> std::sync::MutexGuard<'_, Channel> {
        self.channel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failure {
    fn into_io(self) -> io::Error {
        match self {
            Self::System(error) | Self::Gone(error) => error,
            Self::Refused(_) => io::Error::from_raw_os_error(libc::EACCES),
        }
    }
}

/// The other end is closed.
fn gone() -> io::Error {
    io::Error::from_raw_os_error(libc::EPIPE)
}

/// An answer to another question.
fn unexpected() -> io::Error {
    io::Error::from_raw_os_error(libc::EPROTO)
}

impl Authority for Link {
    fn authorize(&self, access: &Access<'_>) -> Result<Vec<(Exception, String)>, RecordError> {
        self.ask(&Message::Authorize {
            handle: access.handle,
            request: RequestFields::of(access),
        })?;
        match access.request.target {
            Target::Set(_) => Ok(self.exceptions(access.handle)?),
            _ => Ok(Vec::new()),
        }
    }

    fn resolved(
        &self,
        handle: u64,
        name: &HostName,
        addresses: &[IpAddr],
    ) -> Result<(), RecordError> {
        Ok(self.tell(&Message::Resolved {
            handle,
            name: name.clone(),
            addresses: addresses.to_vec(),
        })?)
    }
}

impl Recorder for Link {
    fn record(&self, event: &Event<'_>) -> Result<(), RecordError> {
        let recorded = match event {
            Event::RunStart { .. } => return Ok(self.done(&mut self.channel())?),
            // The access is recorded where it was authorized, and its use where it is counted. No run changes a plugin.
            Event::PluginChange { .. } | Event::Open(_) | Event::Except(_) | Event::Used(_) => {
                Ok(())
            }
            Event::Denied(access) => self.tell(&Message::Denied {
                request: RequestFields::of(access),
                rule: access.rule.into(),
            }),
            Event::Close(access, totals) => self.tell(&Message::Close {
                handle: access.handle,
                totals: (*totals).into(),
            }),
            Event::RunEnd {
                exit,
                stopped,
                unrecorded_denials,
                ..
            } => self.ask(&Message::End {
                exit: *exit,
                stopped: stopped.map(Into::into),
                unrecorded_denials: *unrecorded_denials,
            }),
        };
        match recorded {
            // The broker closes what is still open at this point and records that.
            Err(_) if self.ended().is_some() => Ok(()),
            recorded => Ok(recorded?),
        }
    }

    fn is_here(&self) -> bool {
        false
    }

    fn policy_changed(&self, _: Option<String>) {
        // The broker checks this itself.
    }
}
