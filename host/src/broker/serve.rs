//! The broker: the only process with privileges. It decides each request anew, records it, acts, and
//! hands over descriptors. Whoever is at the other end of the channel is not trusted.

mod many;
mod plain;
mod sockets;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::channel::Channel;
use super::peer::Peer;
use super::places::Places;
use super::terminal::Kept;
use super::wire::{Answer, Asked, Message, Target};
use super::{NamedNamespace, Sockets, file, fit, namespace_process, netlink, resolver, socket};
use crate::audit::Event;
use crate::capability;
use crate::gate::{self, Gate, Request, Ticket};

/// No run holds more permits at once.
const PERMITS: usize = 1 << 20;
/// No run tells of more names.
const NAMES: usize = 1 << 16;
/// No name in the code is longer, and there are fewer.
const LONGEST_WORD: usize = 64;
const WORDS: usize = 1024;
/// So many go into one answer.
const PROCESSES_AT_ONCE: usize = 8192;

/// What the broker decides and records with, for one run.
pub struct Session {
    /// The gate.
    pub gate: Arc<Gate>,
    /// The plugin's arguments.
    pub args: Vec<String>,
}

/// Serves until the other end has said its last or is closed.
pub(super) fn run<E: std::fmt::Display>(
    mut channel: Channel,
    peer: Option<&Peer>,
    open: impl FnOnce() -> Result<Session, E>,
) {
    let opened = open();
    let screen = match channel.receive() {
        Ok(Some((Message::Begin, screen))) => screen,
        _ => return,
    };
    let session = opened
        .map_err(|error| error.to_string())
        .and_then(|session| {
            let start = Event::RunStart {
                args: &session.args,
            };
            let recorded = session.gate.log().write(&start);
            recorded
                .map(|()| session)
                .map_err(|error| error.to_string())
        });
    let session = match session {
        Ok(session) => session,
        Err(why) => {
            // Should nobody be there to hear it, the run is over as well.
            let _ = channel.send(&Answer::Refused(why.into()), None);
            return;
        }
    };
    let gate = Arc::clone(&session.gate);
    let mut desk = Desk {
        gate: session.gate,
        peer,
        tickets: HashMap::new(),
        words: Words::default(),
        names: 0,
        screen,
        terminal: None,
        places: Places::default(),
        sockets: Sockets::default(),
    };
    if channel.send(&Answer::Done, None).is_err() || !desk.serve(&mut channel) {
        desk.terminal = None;
        desk.tickets.clear();
        let gone = Event::RunEnd {
            // As a shell reports a process that was killed.
            exit: 137,
            stopped: Some("the process that ran it is gone"),
        };
        if let Err(error) = gate.log().write(&gone) {
            gate.log().complain(&error);
        }
    }
}

/// What was permitted and is not over.
struct Desk<'a> {
    gate: Arc<Gate>,
    /// Another user, whose rights to files count.
    peer: Option<&'a Peer>,
    tickets: HashMap<u64, Ticket>,
    words: Words,
    names: usize,
    /// What the operator looks at, if it is a terminal.
    screen: Option<OwnedFd>,
    terminal: Option<Kept>,
    places: Places,
    sockets: Sockets,
}

/// What becomes of a message.
enum Reply {
    /// Nothing to say.
    Silence,
    /// An answer.
    Answer(Answer<'static>, Option<OwnedFd>),
    /// The last answer.
    Last(Answer<'static>),
}

impl Desk<'_> {
    /// True when the run ended as it should.
    fn serve(&mut self, channel: &mut Channel) -> bool {
        loop {
            let reply = match channel.receive() {
                // Nothing that comes with a message is wanted any more.
                Ok(Some((message, _))) => self.reply(message),
                Ok(None) | Err(_) => return false,
            };
            let sent = match &reply {
                Reply::Silence => Ok(()),
                Reply::Answer(answer, descriptor) => {
                    channel.send(answer, descriptor.as_ref().map(AsFd::as_fd))
                }
                Reply::Last(answer) => channel.send(answer, None),
            };
            match reply {
                Reply::Last(_) => return true,
                _ if sent.is_err() => return false,
                _ => {}
            }
        }
    }

    fn reply(&mut self, message: Message<'_>) -> Reply {
        match message {
            // Once is enough.
            Message::Begin => refused("the run has begun"),
            Message::Open { handle, request } => self.open(handle, request),
            Message::Denied { request, rule } => {
                if let Some((capability, request)) = self.words.request(request) {
                    self.gate.note_denial(capability, &request, &rule);
                }
                Reply::Silence
            }
            Message::Close { handle, totals } => {
                self.places.close(handle);
                self.sockets.close(handle);
                if let Some(ticket) = self.tickets.remove(&handle) {
                    ticket.settle(&totals.into());
                }
                Reply::Silence
            }
            Message::Resolved {
                handle,
                name,
                addresses,
            } => {
                self.resolved(handle, &name, &addresses);
                Reply::Silence
            }
            Message::OpenSocket {
                handle,
                receive,
                spec,
            } => self.open_socket(handle, receive, &spec),
            Message::ConnectSocket { socket } => self.connect_socket(socket),
            Message::AddRemote {
                socket,
                handle,
                receive,
            } => self.add_remote(socket, handle, receive),
            Message::Send {
                socket,
                packets,
                bytes,
            } => self.send(socket, &packets, &bytes),
            Message::OpenToServer {
                handle,
                server,
                stream,
            } => match self.tickets.get(&handle) {
                Some(ticket)
                    if fit::lookup(ticket.capability()) && resolver::is_name_server(server) =>
                {
                    handed(socket::open_to_server(server, stream))
                }
                _ => refused("no permit for this name server"),
            },
            Message::RouteSource {
                handle,
                remote,
                interface,
                broadcast,
            } => match self.tickets.get(&handle) {
                Some(ticket)
                    if fit::route(ticket.capability(), ticket.request(), remote)
                        || ticket.is_member(remote.ip()) =>
                {
                    told(
                        socket::route_source(remote, interface.as_deref(), broadcast),
                        Answer::Address,
                    )
                }
                _ => refused("no permit for this remote"),
            },
            Message::OpenFile { handle, path } => {
                let path = Path::new(OsStr::from_bytes(&path));
                match self.tickets.get(&handle) {
                    Some(ticket) if fit::file(ticket.request(), path) => {
                        let opened = self.with_rights(|| file::open(path));
                        handed(opened.map(OwnedFd::from))
                    }
                    _ => refused("no permit for this file"),
                }
            }
            Message::OpenNamespace { handle, name } => match self.tickets.get(&handle) {
                Some(ticket) => told(self.places.open(ticket, handle, &name), |()| Answer::Done),
                None => refused("no permit for this namespace"),
            },
            Message::OpenNetlink {
                handle,
                namespace,
                groups,
            } => match self.tickets.get(&handle) {
                Some(ticket) => handed(self.places.listener(ticket, namespace, &groups)),
                None => refused("no permit to read the network's configuration"),
            },
            Message::OpenTcpMetrics { handle, namespace } => match self.tickets.get(&handle) {
                Some(ticket) => match self.places.tcp_metrics(ticket, namespace) {
                    Ok((socket, family)) => {
                        Reply::Answer(Answer::Index(family.into()), Some(socket))
                    }
                    Err(error) => failed(&error),
                },
                None => refused("no permit to read TCP metrics"),
            },
            Message::ListNetwork { handle, namespace } => match self.tickets.get(&handle) {
                Some(ticket) => match self.places.dump(ticket, namespace) {
                    Ok((socket, kind)) => Reply::Answer(Answer::Index(kind.into()), Some(socket)),
                    Err(error) => failed(&error),
                },
                None => refused("no permit to list this"),
            },
            Message::NamespaceNames { handle, process } => match self.tickets.get(&handle) {
                Some(ticket) if fit::namespace_names(ticket.capability(), ticket.request()) => {
                    let names = self.with_rights(|| {
                        namespace_process::names_of(Path::new(netlink::NAMED), process)
                    });
                    let named = |name| NamedNamespace { name, id: None };
                    told(names, |names| {
                        Answer::Namespaces(names.into_iter().map(named).collect())
                    })
                }
                _ => refused("no permit to look at processes"),
            },
            Message::NamespaceProcesses {
                handle,
                name,
                after,
            } => match self.tickets.get(&handle) {
                Some(ticket) if fit::namespace(ticket.capability(), ticket.request(), &name) => {
                    let path = Path::new(netlink::NAMED).join(&*name);
                    let found = self.with_rights(|| {
                        namespace_process::processes(&path, after, PROCESSES_AT_ONCE)
                    });
                    told(found, Answer::Processes)
                }
                _ => refused("no permit for the processes in this namespace"),
            },
            Message::LookUpRoute {
                handle,
                namespace,
                mut lookup,
            } => match self.tickets.get(&handle) {
                Some(ticket) => {
                    // Rules may be about whose packets they are: not this process's.
                    if lookup.user.is_none() && lookup.input_interface.is_none() {
                        lookup.user = self.peer.map(|peer| peer.uid);
                    }
                    let answer = self.places.look_up(ticket, namespace, &lookup);
                    told(answer, |words| Answer::Words(words.into()))
                }
                None => refused("no permit to look up a route"),
            },
            Message::ChangeNetwork {
                handle,
                namespace,
                change,
            } => match self.tickets.get(&handle) {
                Some(ticket) => told(self.places.change(ticket, namespace, &change), |words| {
                    Answer::Words(words.into())
                }),
                None => refused("no permit to change the network's configuration"),
            },
            Message::OpenNetworkTable {
                handle,
                namespace,
                name,
            } => match self.tickets.get(&handle) {
                Some(ticket) => handed(
                    self.places
                        .table(ticket, namespace, &name)
                        .map(OwnedFd::from),
                ),
                None => refused("no permit for this table"),
            },
            Message::NamedNamespaces {
                handle,
                namespace,
                skip,
            } => match self.tickets.get(&handle) {
                Some(ticket) => told(
                    self.places.named(ticket, namespace, skip),
                    Answer::Namespaces,
                ),
                None => refused("no permit to list namespaces"),
            },
            Message::MakeSocket {
                socket,
                stream,
                ipv6,
            } => handed(self.sockets.plain.make(socket, stream, ipv6)),
            Message::Step { socket, step } => self.step(socket, step),
            Message::CloseSocket { socket } => {
                self.sockets.plain.close(socket);
                Reply::Silence
            }
            Message::Many(act) => self.many(act),
            Message::InterfaceName { namespace, index } => {
                told(self.places.interface_name(namespace, index), |name| {
                    Answer::Name(name.into())
                })
            }
            Message::InterfaceIndex { name } => {
                told(self.places.interface_index(&name), Answer::Index)
            }
            Message::KeepTerminal { handle } => match self.tickets.get(&handle) {
                Some(ticket) if fit::terminal(ticket.capability()) => {
                    told(self.keep_terminal(), |()| Answer::Done)
                }
                _ => refused("no permit for the terminal"),
            },
            Message::ReleaseTerminal => {
                if let Some(kept) = self.terminal.take() {
                    kept.forget();
                }
                Reply::Silence
            }
            Message::End {
                exit,
                stopped,
                unrecorded_denials,
            } => {
                self.tickets.clear();
                self.gate.log().count_unrecorded_denials(unrecorded_denials);
                let end = Event::RunEnd {
                    exit,
                    stopped: stopped.as_deref(),
                };
                Reply::Last(match self.gate.log().write(&end) {
                    Ok(()) => Answer::Done,
                    Err(error) => Answer::Refused(error.to_string().into()),
                })
            }
        }
    }

    /// Does something with no more rights to files than whoever runs the plugin has.
    fn with_rights<T>(&self, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.peer {
            Some(peer) => peer.files(act),
            None => act(),
        }
    }

    fn keep_terminal(&mut self) -> io::Result<()> {
        let screen = self.screen.as_ref();
        let screen = screen.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOTTY))?;
        self.terminal = Some(Kept::note(screen.try_clone()?)?);
        Ok(())
    }

    fn open(&mut self, handle: u64, request: Asked<'_>) -> Reply {
        if self.tickets.len() >= PERMITS || self.tickets.contains_key(&handle) {
            return refused("too many permits, or one handle twice");
        }
        let Some((capability, request)) = self.words.request(request) else {
            return refused("there is no such request");
        };
        match self.gate.decide(capability, request) {
            Ok(ticket) => {
                self.tickets.insert(handle, ticket);
                Reply::Answer(Answer::Done, None)
            }
            Err(denial) => Reply::Answer(Answer::Refused(denial.rule.into()), None),
        }
    }

    fn resolved(&mut self, handle: u64, name: &str, addresses: &[IpAddr]) {
        let permitted = self
            .tickets
            .get(&handle)
            .is_some_and(|ticket| fit::resolution(ticket.capability(), ticket.request(), name));
        self.names += usize::from(permitted);
        if permitted && self.names <= NAMES {
            self.gate.note_name(name, addresses);
        }
    }
}

fn refused(why: &'static str) -> Reply {
    Reply::Answer(Answer::Refused(why.into()), None)
}

fn handed(opened: io::Result<OwnedFd>) -> Reply {
    match opened {
        Ok(descriptor) => Reply::Answer(Answer::Done, Some(descriptor)),
        Err(error) => failed(&error),
    }
}

fn told<T>(done: io::Result<T>, answer: impl FnOnce(T) -> Answer<'static>) -> Reply {
    match done {
        Ok(fact) => Reply::Answer(answer(fact), None),
        Err(error) => failed(&error),
    }
}

fn failed(error: &io::Error) -> Reply {
    Reply::Answer(Answer::Failed(error.raw_os_error().unwrap_or(0)), None)
}

/// Names that are constants in the code, such as `echo-socket.open`, come over the channel as text. Each
/// is kept once and for good; there is a bound on how many.
#[derive(Default)]
struct Words(Vec<&'static str>);

impl Words {
    fn word(&mut self, text: &str) -> Option<&'static str> {
        if let Some(known) = self.0.iter().find(|known| **known == text) {
            return Some(known);
        }
        if text.len() > LONGEST_WORD || self.0.len() >= WORDS {
            return None;
        }
        let word: &'static str = Box::leak(text.into());
        self.0.push(word);
        Some(word)
    }

    /// The request, and the name of its capability. None when there is no such capability.
    fn request(&mut self, asked: Asked<'_>) -> Option<(&'static str, Request)> {
        let capability = capability::request_names()
            .into_iter()
            .find(|name| *name == asked.capability)?;
        let target = match asked.target {
            Target::Address { address, port } => gate::Target::Address { address, port },
            Target::Network(network) => gate::Target::Network(network),
            Target::Set {
                ipv6,
                ranges,
                ports,
            } => {
                let address = |number| gate::address_of(ipv6, number);
                let ranges: Vec<_> = ranges
                    .into_iter()
                    .map(|(first, last)| (address(first), address(last)))
                    .collect();
                gate::Target::Set(Arc::new(gate::TargetSet::new(&ranges, &ports).ok()?))
            }
            Target::Name(name) => gate::Target::Name(name.into_owned()),
            Target::Path(path) => {
                gate::Target::Path(PathBuf::from(OsStr::from_bytes(&path).to_owned()))
            }
            Target::Local(fact) => gate::Target::Local(self.word(&fact)?),
        };
        let mut changes = Vec::new();
        for (field, value) in asked.changes {
            changes.push((self.word(&field)?, value.into_owned()));
        }
        let request = Request::new(self.word(&asked.op)?, target)
            .on_interface(asked.interface.as_deref())
            .changing(changes);
        Some((capability, request))
    }
}
