//! The end of the channel that the process with the plugin holds. It can ask for nothing that the
//! policy does not grant, whatever it says.

mod many;
mod sockets;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{Mode, OFlags};
use rustix::net::RecvFlags;
use tokio::io::Interest;

use super::channel::Channel;
use super::listen;
use super::peer::Peer;
use super::wire::{Answer, Asked, Hello, Message};
use super::{NamedNamespace, NetworkChange};
use crate::audit::Event;
use crate::bindings::nethost::cap::netlink::RouteLookup;

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

/// Why there is no service to be had.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens, or not for this user.
    #[error("{shown}: {1}", shown = .0.display())]
    Socket(PathBuf, io::Error),
    /// It is another user's.
    #[error("{shown}: listened to by user {1}, who is neither root nor you", shown = .0.display())]
    Stranger(PathBuf, u32),
    /// The service's words.
    #[error("{shown}: {1}", shown = .0.display())]
    Refused(PathBuf, String),
}

impl Link {
    /// Comes to the service that listens at this path.
    pub fn connect(path: &Path, hello: &Hello<'_>) -> Result<Self, ConnectError> {
        let failed = |error| ConnectError::Socket(path.into(), error);
        let refused = |why: String| ConnectError::Refused(path.into(), why);
        let socket = listen::connect(path).map_err(failed)?;
        let service = Peer::of(socket.as_fd()).map_err(failed)?;
        if service.uid != 0 && service.uid != rustix::process::geteuid().as_raw() {
            return Err(ConnectError::Stranger(path.into(), service.uid));
        }
        let mut channel = Channel::over(socket);
        match channel.receive().map_err(failed)? {
            Some((Answer::Done, _)) => {}
            Some((Answer::Refused(why), _)) => return Err(refused(why.into_owned())),
            _ => return Err(refused("it does not speak as a service of nethost".into())),
        }
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
        }
    }

    /// The plugin is about to start. What the broker says to that is waited for when the start is to be on
    /// record: there is enough to do meanwhile.
    pub fn begin(&self) -> io::Result<()> {
        let output = io::stdout();
        let screen = output.is_terminal().then(|| output.as_fd());
        self.channel().send(&Message::Begin, screen)
    }

    /// Has an event decided and recorded; a start, after it was announced.
    pub(crate) fn record(&self, event: &Event<'_>, unrecorded_denials: u64) -> Result<(), Failure> {
        match event {
            Event::RunStart { .. } => self.answer(&mut self.channel()).map(drop),
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
            // What was used is recorded by whoever keeps the log.
            Event::Used(_) => Ok(()),
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
    pub(crate) fn resolved(
        &self,
        handle: u64,
        name: &str,
        addresses: &[IpAddr],
    ) -> Result<(), Failure> {
        self.tell(&Message::Resolved {
            handle,
            name: name.into(),
            addresses: addresses.to_vec(),
        })
    }

    pub(super) fn open_to_server(
        &self,
        handle: u64,
        server: SocketAddr,
        stream: bool,
    ) -> io::Result<OwnedFd> {
        self.obtain(&Message::OpenToServer {
            handle,
            server,
            stream,
        })
    }

    pub(super) fn route_source(
        &self,
        handle: u64,
        remote: SocketAddr,
        interface: Option<&str>,
        broadcast: bool,
    ) -> io::Result<IpAddr> {
        let message = Message::RouteSource {
            handle,
            remote,
            interface: interface.map(Into::into),
            broadcast,
        };
        self.told(&message, |answer| match answer {
            Answer::Address(address) => Some(address),
            _ => None,
        })
    }

    pub(super) fn open_file(&self, handle: u64, path: &Path) -> io::Result<File> {
        let path = path.as_os_str().as_bytes().into();
        self.obtain(&Message::OpenFile { handle, path })
            .map(File::from)
    }

    pub(super) fn open_namespace(&self, handle: u64, name: &str) -> io::Result<()> {
        let name = name.into();
        self.done(&Message::OpenNamespace { handle, name })
            .map(drop)
    }

    pub(super) fn open_netlink(
        &self,
        handle: u64,
        namespace: Option<u64>,
        groups: &[u32],
    ) -> io::Result<OwnedFd> {
        self.obtain(&Message::OpenNetlink {
            handle,
            namespace,
            groups: groups.into(),
        })
    }

    pub(super) fn open_tcp_metrics(
        &self,
        handle: u64,
        namespace: Option<u64>,
    ) -> io::Result<(OwnedFd, u16)> {
        self.numbered_socket(&Message::OpenTcpMetrics { handle, namespace })
    }

    fn numbered_socket(&self, message: &Message<'_>) -> io::Result<(OwnedFd, u16)> {
        match self.exchange(message).map_err(Failure::into_io)? {
            (Answer::Index(number), Some(fd)) => {
                Ok((fd, u16::try_from(number).map_err(|_| unexpected())?))
            }
            _ => Err(unexpected()),
        }
    }

    pub(super) fn look_up_route(
        &self,
        handle: u64,
        namespace: Option<u64>,
        lookup: &RouteLookup,
    ) -> io::Result<Vec<u8>> {
        self.words(&Message::LookUpRoute {
            handle,
            namespace,
            lookup: *lookup,
        })
    }

    pub(super) fn change_network(
        &self,
        handle: u64,
        namespace: Option<u64>,
        change: &NetworkChange<'_>,
    ) -> io::Result<Vec<u8>> {
        let change = NetworkChange {
            change: Cow::Borrowed(&change.change),
            ..*change
        };
        self.words(&Message::ChangeNetwork {
            handle,
            namespace,
            change,
        })
    }

    pub(super) fn open_network_table(
        &self,
        handle: u64,
        namespace: Option<u64>,
        name: &str,
    ) -> io::Result<File> {
        let message = Message::OpenNetworkTable {
            handle,
            namespace,
            name: name.into(),
        };
        self.obtain(&message).map(File::from)
    }

    pub(super) fn named_namespaces(
        &self,
        handle: u64,
        namespace: Option<u64>,
    ) -> io::Result<Vec<NamedNamespace>> {
        let mut all = Vec::new();
        loop {
            let message = Message::NamedNamespaces {
                handle,
                namespace,
                skip: all.len() as u32,
            };
            let some = self.told(&message, |answer| match answer {
                Answer::Namespaces(some) => Some(some),
                _ => None,
            })?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
        }
    }

    pub(super) fn list_network(
        &self,
        handle: u64,
        namespace: Option<u64>,
    ) -> io::Result<(OwnedFd, u16)> {
        self.numbered_socket(&Message::ListNetwork { handle, namespace })
    }

    pub(super) fn namespace_names(
        &self,
        handle: u64,
        process: Option<u32>,
    ) -> io::Result<Vec<String>> {
        let message = Message::NamespaceNames { handle, process };
        self.told(&message, |answer| match answer {
            Answer::Namespaces(found) => Some(found.into_iter().map(|found| found.name).collect()),
            _ => None,
        })
    }

    pub(super) fn namespace_processes(&self, handle: u64, name: &str) -> io::Result<Vec<u32>> {
        let mut all = Vec::new();
        loop {
            let message = Message::NamespaceProcesses {
                handle,
                name: name.into(),
                after: all.last().copied().unwrap_or_default(),
            };
            let some = self.told(&message, |answer| match answer {
                Answer::Processes(some) => Some(some),
                _ => None,
            })?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
        }
    }

    pub(super) fn interface_name(&self, namespace: Option<u64>, index: u32) -> io::Result<String> {
        self.told(
            &Message::InterfaceName { namespace, index },
            |answer| match answer {
                Answer::Name(name) => Some(name.into_owned()),
                _ => None,
            },
        )
    }

    pub(super) fn interface_index(&self, name: &str) -> io::Result<u32> {
        let name = name.into();
        self.told(&Message::InterfaceIndex { name }, |answer| match answer {
            Answer::Index(index) => Some(index),
            _ => None,
        })
    }

    pub(super) fn keep_terminal(&self, handle: u64) -> io::Result<()> {
        let message = Message::KeepTerminal { handle };
        self.done(&message).map(drop)
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
        self.done(message)?.ok_or_else(unexpected)
    }

    fn done(&self, message: &Message<'_>) -> io::Result<Option<OwnedFd>> {
        self.ask(message).map_err(Failure::into_io)
    }

    /// The kernel's.
    fn words(&self, message: &Message<'_>) -> io::Result<Vec<u8>> {
        self.told(message, |answer| match answer {
            Answer::Words(words) => Some(words.into_owned()),
            _ => None,
        })
    }

    fn told<T>(
        &self,
        message: &Message<'_>,
        take: impl FnOnce(Answer<'static>) -> Option<T>,
    ) -> io::Result<T> {
        let (answer, _) = self.exchange(message).map_err(Failure::into_io)?;
        take(answer).ok_or_else(unexpected)
    }

    fn tell(&self, message: &Message<'_>) -> Result<(), Failure> {
        self.channel().send(message, None).map_err(Failure::Gone)
    }

    fn ask(&self, message: &Message<'_>) -> Result<Option<OwnedFd>, Failure> {
        match self.exchange(message)? {
            (Answer::Done, descriptor) => Ok(descriptor),
            _ => Err(Failure::System(unexpected())),
        }
    }

    /// Sends a request and waits for the answer that is no refusal.
    fn exchange(
        &self,
        message: &Message<'_>,
    ) -> Result<(Answer<'static>, Option<OwnedFd>), Failure> {
        let mut channel = self.channel();
        channel.send(message, None).map_err(Failure::Gone)?;
        self.answer(&mut channel)
    }

    /// Waits for the answer, which is no refusal.
    fn answer(&self, channel: &mut Channel) -> Result<(Answer<'static>, Option<OwnedFd>), Failure> {
        match channel.receive().map_err(Failure::Gone)? {
            Some((Answer::Refused(why), _)) => Err(Failure::Refused(why.into_owned())),
            Some((Answer::Failed(errno), _)) => {
                Err(Failure::System(io::Error::from_raw_os_error(errno)))
            }
            Some((answer, descriptor)) => Ok((answer, descriptor)),
            None => Err(Failure::Gone(io::Error::from_raw_os_error(libc::EPIPE))),
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

/// An answer to another question.
fn unexpected() -> io::Error {
    io::Error::from_raw_os_error(libc::EPROTO)
}
