//! The end of the channel that the process with the plugin holds. It can ask for nothing that the
//! policy does not grant, whatever it says.

use std::fs::File;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustix::net::RecvFlags;
use tokio::io::Interest;

use super::SocketSpec;
use super::channel::Channel;
use super::wire::{Answer, Asked, Message};
use crate::audit::Event;

/// What the operator hears when the broker was killed.
pub const GONE: &str = "the process that holds nethost's privileges is gone";

/// Asks the broker.
#[derive(Debug)]
pub struct Link {
    channel: Mutex<Channel>,
}

/// What the broker said to a request that was not done, or why it could not be asked.
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

impl Link {
    pub(super) fn new(channel: Channel) -> Self {
        Self {
            channel: Mutex::new(channel),
        }
    }

    /// Has an event decided and recorded.
    pub(crate) fn record(&self, event: &Event<'_>, unrecorded_denials: u64) -> Result<(), Failure> {
        match event {
            Event::RunStart { .. } => self.ask(&Message::Begin).map(drop),
            Event::Open(access) => self
                .ask(&Message::Open {
                    handle: access.handle,
                    request: Asked::of(access),
                })
                .map(drop),
            Event::Denied(access) => self.tell(&Message::Denied {
                request: Asked::of(access),
                rule: access.rule.into(),
            }),
            Event::Close(access, totals) => self.tell(&Message::Close {
                handle: access.handle,
                totals: (*totals).into(),
            }),
            Event::RunEnd { exit, stopped } => self
                .ask(&Message::End {
                    exit: *exit,
                    stopped: stopped.map(Into::into),
                    unrecorded_denials,
                })
                .map(drop),
        }
    }

    /// Tells of the addresses that a name stands for.
    pub(crate) fn resolved(&self, name: &str, addresses: &[IpAddr]) -> Result<(), Failure> {
        self.tell(&Message::Resolved {
            name: name.into(),
            addresses: addresses.to_vec(),
        })
    }

    pub(super) fn open_socket(&self, handle: u64, spec: &SocketSpec) -> io::Result<OwnedFd> {
        let spec = spec.clone();
        self.obtain(&Message::OpenSocket { handle, spec })
    }

    pub(super) fn open_file(&self, handle: u64, path: &Path) -> io::Result<File> {
        let path = path.as_os_str().as_bytes().into();
        self.obtain(&Message::OpenFile { handle, path })
            .map(File::from)
    }

    pub(super) fn keep_terminal(&self, handle: u64) -> io::Result<()> {
        self.done(&Message::KeepTerminal { handle }).map(drop)
    }

    pub(super) fn release_terminal(&self) {
        // A broker that is gone keeps nothing.
        let _ = self.tell(&Message::ReleaseTerminal);
    }

    /// Resolves when the broker is gone, within a runtime.
    pub(crate) async fn gone(&self) -> io::Result<()> {
        let fd = self.channel().as_fd().try_clone_to_owned()?;
        let watched = crate::sys::register(fd, Interest::READABLE)?;
        loop {
            let mut ready = watched.ready(Interest::READABLE).await?;
            // Answers are waited for where they were asked for; only the end is looked for here.
            let peek = RecvFlags::PEEK | RecvFlags::DONTWAIT;
            match rustix::net::recv(watched.get_ref(), &mut [0_u8; 1], peek) {
                Err(rustix::io::Errno::AGAIN) => ready.clear_ready(),
                Ok((0, _)) | Err(_) => return Ok(()),
                Ok(_) => ready.clear_ready(),
            }
        }
    }

    fn obtain(&self, message: &Message<'_>) -> io::Result<OwnedFd> {
        self.done(message)?
            .ok_or_else(|| io::Error::from_raw_os_error(libc::EPROTO))
    }

    fn done(&self, message: &Message<'_>) -> io::Result<Option<OwnedFd>> {
        self.ask(message).map_err(|failure| match failure {
            Failure::System(error) | Failure::Gone(error) => error,
            Failure::Refused(_) => io::Error::from_raw_os_error(libc::EACCES),
        })
    }

    fn tell(&self, message: &Message<'_>) -> Result<(), Failure> {
        self.channel().send(message, None).map_err(Failure::Gone)
    }

    fn ask(&self, message: &Message<'_>) -> Result<Option<OwnedFd>, Failure> {
        let mut channel = self.channel();
        channel.send(message, None).map_err(Failure::Gone)?;
        match channel.receive().map_err(Failure::Gone)? {
            Some((Answer::Done, descriptor)) => Ok(descriptor),
            Some((Answer::Refused(why), _)) => Err(Failure::Refused(why.into_owned())),
            Some((Answer::Failed(errno), _)) => {
                Err(Failure::System(io::Error::from_raw_os_error(errno)))
            }
            None => Err(Failure::Gone(io::Error::from_raw_os_error(libc::EPIPE))),
        }
    }

    fn channel(&self) -> std::sync::MutexGuard<'_, Channel> {
        self.channel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
