//! The broker: the only process with privileges. It decides each request again, records it, performs operations, and
//! passes descriptors to the runner. It does not trust the runner.

mod ending;

use std::collections::HashMap;
use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::channel::Channel;
use super::interner::Interner;
use super::launcher::{self, Launcher};
use super::operation::{Context, Error};
use super::operations::Entry;
use super::peer::Peer;
use super::saved_terminal::is_terminal;
use super::scopes::{GIVEN_UP, Journals};
use super::state::State;
use super::watched::Runner;
use super::wire::{Answer, Message, RequestFields};
use super::{file, inquiry, undo_recovery};
use ending::Ending;
use nethost_core::{
    self as core, Declared, HostName, Interface, InterfaceBy, RecordError, Request,
};
use nethost_gate::{Denial, Gate, Ticket};
use nethost_policy::{Change, PolicyWatch, WATCH_EVERY};

/// The request that permits name lookups.
const LOOKUP: &str = "dns.resolve";
/// The maximum number of permits of a run.
const PERMITS: usize = 1 << 20;
/// The maximum number of names of a run.
const NAMES: usize = 1 << 16;
/// The maximum size of the requests and names of a run, in bytes.
const BUDGET: usize = 64 << 20;

/// What the broker uses to decide and record, for one run.
pub struct Session {
    /// The gate.
    pub gate: Arc<Gate>,
    /// All capabilities.
    pub capabilities: Vec<Declared>,
    /// The plugin's arguments.
    pub args: Vec<String>,
    /// Checks whether the policy has changed, if it can.
    pub watch: Option<PolicyWatch>,
    /// Whether a run is refused if the kernel cannot confine the runner's access to files.
    pub confined: bool,
    /// Kinds of confinement that this kernel does not support.
    pub unconfined: Vec<&'static str>,
    /// Where it notes how changes are undone that a plugin has not completed. None if no place is safe: these changes are
    /// undone as long as the broker lives.
    pub journals: Option<Journals>,
}

/// Why a run does not start on such a kernel.
const UNCONFINED: &str = "this kernel cannot keep a plugin's process from files (Landlock is missing or off), and the \
policy says `required = true`; boot with `lsm=landlock` among the kernel's options";

/// Serves until the runner has sent its last message or has closed the channel.
pub(super) fn run<E: std::fmt::Display>(
    mut channel: Channel,
    peer: Option<&Peer>,
    runner: &Runner,
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
            let told = |error: RecordError| error.to_string();
            let Session {
                gate,
                args,
                unconfined,
                ..
            } = &session;
            gate.record_start(args, unconfined).map_err(told)?;
            if let Some(journals) = &session.journals {
                undo_recovery::recover(&journals.folder, gate);
            }
            if session.confined && unconfined.contains(&"files") {
                gate.record_end(2, Some(UNCONFINED)).map_err(told)?;
                return Err(UNCONFINED.into());
            }
            Ok(session)
        });
    let session = match session {
        Ok(session) => session,
        Err(why) => {
            // If nobody receives this, the run has ended as well.
            let _ = channel.send(&Answer::Refused(why.into()), None);
            return;
        }
    };
    let mut served = Served {
        gate: session.gate,
        capabilities: session.capabilities,
        permits: HashMap::new(),
        interner: Interner::default(),
        names: 0,
        kept: 0,
        watch: session.watch,
        looked: None,
        last: None,
        state: State {
            peer: peer.cloned(),
            // Whatever else a user passes could make each use of it take as long as that user wants.
            screen: screen.filter(is_terminal),
            args: session.args,
            journals: session.journals,
            ..State::default()
        },
        passed: false,
        is_new: true,
    };
    let ending = match channel.send(&Answer::Done, None) {
        Ok(()) => served.serve(&mut channel),
        Err(_) => Ending::Gone,
    };
    served.end(ending, &mut channel, runner, peer);
}

/// A plugin has this time to close what was revoked.
const GRACE: Duration = Duration::from_secs(10);

/// A run in the broker.
struct Served {
    gate: Arc<Gate>,
    /// Every capability that there is.
    capabilities: Vec<Declared>,
    /// The permits in use.
    permits: HashMap<u64, Ticket>,
    interner: Interner,
    names: usize,
    /// Bytes of requests and names.
    kept: usize,
    watch: Option<PolicyWatch>,
    /// When overdue permits were last checked.
    looked: Option<Instant>,
    /// The highest handle of a permit so far.
    last: Option<u64>,
    state: State,
    /// The runner has got a descriptor, of which it may have kept a copy.
    passed: bool,
    /// No message has come yet.
    is_new: bool,
}

/// The result of a message.
enum Reply {
    /// No answer.
    Silence,
    /// An answer, the bytes after it, and a descriptor.
    Answer(Answer<'static>, Vec<u8>, Option<OwnedFd>),
    /// The last answer.
    Last(Answer<'static>),
}

impl Served {
    fn serve(&mut self, channel: &mut Channel) -> Ending {
        loop {
            if let Some(why) = self.revoked() {
                return Ending::Revoked(why);
            }
            if self.watch.is_some() {
                // The policy is also checked while no message arrives.
                match channel.comes_before(Instant::now() + WATCH_EVERY) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(_) => return Ending::Gone,
                }
            }
            // A descriptor can come with the first message alone.
            let is_first = std::mem::take(&mut self.is_new);
            let accepts = match is_first {
                true => launcher::is_socket,
                false => |_: &OwnedFd| false,
            };
            let reply = match channel.receive_with_one(accepts) {
                Ok(Some((Message::Launcher, [], Some(socket)))) => {
                    self.state.launcher = Some(Launcher::over(socket));
                    continue;
                }
                Ok(Some((message, following, None))) => self.reply(message, following),
                Ok(Some(_) | None) | Err(_) => return Ending::Gone,
            };
            let (answer, following, descriptor, last) = match reply {
                Err(Malformed) => return Ending::Gone,
                Ok(Reply::Silence) => continue,
                Ok(Reply::Answer(answer, following, descriptor)) => {
                    (answer, following, descriptor, false)
                }
                Ok(Reply::Last(answer)) => (answer, Vec::new(), None, true),
            };
            match self.answer(channel, &answer, &following, descriptor) {
                _ if last => return Ending::Said,
                Some(ending) => return ending,
                None => {}
            }
        }
    }

    /// Sends an answer. The policy is also checked while the runner does not take it. Returns how the run has ended, if
    /// it has.
    fn answer(
        &mut self,
        channel: &mut Channel,
        answer: &Answer<'_>,
        following: &[u8],
        descriptor: Option<OwnedFd>,
    ) -> Option<Ending> {
        self.passed |= descriptor.is_some();
        let descriptor = descriptor.as_ref().map(AsFd::as_fd);
        let mut sent = channel.offer(answer, following, descriptor);
        loop {
            match sent {
                Ok(true) => return None,
                Ok(false) => {}
                Err(_) => return Some(Ending::Gone),
            }
            if let Some(why) = self.revoked() {
                return Some(Ending::Revoked(why));
            }
            sent = channel
                .takes_before(Instant::now() + WATCH_EVERY)
                .and_then(|_| channel.offer_again(descriptor));
        }
    }

    /// Why the run has ended: the policy has changed, or something was held beyond its time.
    fn revoked(&mut self) -> Option<String> {
        let change = self.watch.as_mut()?.look();
        self.changed(change).or_else(|| self.overdue())
    }

    /// Why the run has ended: something was held beyond its time. This is checked periodically.
    fn overdue(&mut self) -> Option<String> {
        if self.looked.is_some_and(|at| at.elapsed() < WATCH_EVERY) {
            return None;
        }
        self.looked = Some(Instant::now());
        self.state.sockets.sets.renew(&self.permits);
        let mut permits = self.permits.values();
        permits.find_map(|permit| permit.overdue(GRACE))
    }

    /// Applies a changed policy to open permits. Returns why the run has ended, if it has.
    fn changed(&mut self, change: Change) -> Option<String> {
        let mut ended = false;
        let revoked: Vec<&Denial> = match change {
            Change::None => return None,
            Change::Suspended(why) => {
                self.gate.suspend(&why);
                return None;
            }
            Change::Policies(policies, subject) => {
                self.gate.adopt(&policies, &subject);
                self.permits.values().filter_map(Ticket::recheck).collect()
            }
            Change::Ended(why) => {
                ended = true;
                self.gate.suspend(&why);
                let all = self.permits.values();
                all.map(|permit| permit.revoke(&why, "put that right".into()))
                    .collect()
            }
        };
        if let Some(first) = revoked.first() {
            return Some(format!(
                "{} {}: {}",
                first.capability, first.target, first.rule
            ));
        }
        // What is not committed is open as well.
        self.state.scopes.revoked(|capability, request| {
            let declared = declared(&self.capabilities, capability);
            let allows = |declared| self.gate.would_allow(declared, request);
            !ended && declared.is_some_and(allows)
        })
    }

    fn reply(&mut self, message: Message<'_>, following: &[u8]) -> Result<Reply, Malformed> {
        if !following.is_empty() && !matches!(message, Message::Operate { .. }) {
            return Err(Malformed);
        }
        Ok(match message {
            // Once is enough.
            Message::Begin => refused("the run has already begun"),
            Message::Authorize { handle, request } => self.authorize(handle, request),
            Message::Denied { request, rule } => {
                if let Some((declared, mut request)) =
                    self.interner.request(&self.capabilities, request)
                {
                    request.of_others = self.is_of_others(declared, &request);
                    let mut permits = self.permits.values().filter(|permit| {
                        permit.capability() == declared.name && *permit.request() == request
                    });
                    let end = permits.find_map(Ticket::end);
                    self.gate.note_denial(declared, &request, end, &rule);
                }
                Reply::Silence
            }
            Message::Close { handle, totals } => {
                self.state.close(handle);
                if let Some(permit) = self.permits.remove(&handle) {
                    self.kept -= permit.room();
                    permit.settle(&totals.into());
                }
                self.state.sockets.sets.remove_set(handle, &self.permits);
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
            Message::Operate { handle, name } => self.operate(handle, &name, following),
            Message::Inquire(inquiry) => {
                let allows = |capability: &str, request: &Request| {
                    let declared = declared(&self.capabilities, capability);
                    declared.is_some_and(|declared| self.gate.would_allow(declared, request))
                };
                match inquiry::answer(&inquiry, &mut self.state, &self.permits, allows) {
                    Ok((told, descriptor)) => {
                        Reply::Answer(Answer::Inquiry(told), Vec::new(), descriptor)
                    }
                    Err(error) => failed(error),
                }
            }
            Message::CloseSocket { socket } => {
                self.state.sockets.incremental.close(socket);
                Reply::Silence
            }
            Message::CommitChanges { scope } => match self.state.scopes.commit(scope) {
                Ok(()) => Reply::Answer(Answer::Done, Vec::new(), None),
                Err(error) => failed(error),
            },
            Message::UndoChanges { scope } => {
                let undone = self.state.scopes.undo(scope, GIVEN_UP);
                Reply::Answer(Answer::Undone(undone), Vec::new(), None)
            }
            Message::ReleaseTerminal => {
                self.state.release_terminal();
                Reply::Silence
            }
            // Taken where its descriptor arrives.
            Message::Launcher => return Err(Malformed),
            Message::End {
                exit,
                stopped,
                unrecorded_denials,
            } => {
                self.permits.clear();
                let scopes = &mut self.state.scopes;
                scopes.undo_all("the plugin has ended without committing it");
                let stopped = stopped.as_deref();
                let recorded = self
                    .gate
                    .record_claimed_end(exit, stopped, unrecorded_denials);
                Reply::Last(match recorded {
                    Ok(()) => Answer::Done,
                    Err(error) => Answer::Refused(error.to_string().into()),
                })
            }
        })
    }

    fn authorize(&mut self, handle: u64, request: RequestFields<'_>) -> Reply {
        // A reused handle would reach what the earlier permit opened.
        if self.permits.len() >= PERMITS || self.last.is_some_and(|last| handle <= last) {
            return refused("too many permits, or a handle that is not a new one");
        }
        let Some((declared, mut request)) = self.interner.request(&self.capabilities, request)
        else {
            return refused("there is no such request");
        };
        if let Some(interface) = &request.interface
            && !self.is_true(interface)
        {
            return refused("there is no such interface");
        }
        if let core::Target::Path(path) = &mut request.target {
            let judged = || Ok((file::is_closed(path), file::resolve(path)));
            match self.state.rights().learn(judged) {
                Ok((false, real)) => *path = real,
                // No rule can match it.
                _ => {
                    self.gate.note_refusal(declared, &request, file::CLOSED);
                    return refused(file::CLOSED);
                }
            }
        }
        request.of_others = self.is_of_others(declared, &request);
        let size = nethost_gate::room(&request);
        if self.kept + size > BUDGET {
            return refused("too much is open at once");
        }
        match self.gate.decide(declared, request) {
            // The decision about a set can be larger than the set.
            Ok(permit) if self.kept + permit.room() > BUDGET => refused("too much is open at once"),
            Ok(permit) => {
                self.kept += permit.room();
                self.last = Some(handle);
                self.permits.insert(handle, permit);
                Reply::Answer(Answer::Done, Vec::new(), None)
            }
            Err(denial) => Reply::Answer(Answer::Refused(denial.rule.into()), Vec::new(), None),
        }
    }

    fn operate(&mut self, handle: u64, name: &str, args: &[u8]) -> Reply {
        let Some(permit) = self.permits.get(&handle) else {
            return refused("no such permit");
        };
        let Some(operation) = Entry::named(name) else {
            return refused("no such operation");
        };
        let mut context = Context {
            handle,
            permits: &self.permits,
            state: &mut self.state,
            accounts: true,
        };
        match (operation.perform)(permit, args, &mut context) {
            Ok((reply, descriptor)) => Reply::Answer(Answer::Done, reply, descriptor),
            Err(error) => failed(error),
        }
    }

    /// Whether the run is for a user, and a request for what belongs to others.
    fn is_of_others(&self, declared: Declared, request: &Request) -> bool {
        let user = self.state.user();
        user.is_some_and(|user| (declared.is_of_others)(&request.target, user))
    }

    /// Whether an interface of this namespace matches its description. An interface without an index belongs to
    /// another namespace or does not exist yet. It is checked when it is used.
    fn is_true(&self, interface: &Interface) -> bool {
        interface.index().is_none_or(|index| {
            let own = self.state.namespaces.named(None, &self.permits);
            let found = own.and_then(|own| own.interface(&InterfaceBy::Index(index)));
            found.is_ok_and(|found| found == *interface)
        })
    }

    fn resolved(&mut self, handle: u64, name: &HostName, addresses: &[IpAddr]) {
        let permitted = self.permits.get(&handle);
        if !permitted.is_some_and(|permit| permit.capability() == LOOKUP && permit.is_about(name)) {
            return;
        }
        let size = name.as_str().len() + size_of_val(addresses);
        self.names += 1;
        if self.names <= NAMES && self.kept + size <= BUDGET {
            self.kept += size;
            self.gate.note_name(name, addresses);
        }
    }
}

/// The capability with this name.
pub(super) fn declared(capabilities: &[Declared], name: &str) -> Option<Declared> {
    let mut all = capabilities.iter();
    all.find(|declared| declared.name == name).copied()
}

/// A malformed message ends the run.
struct Malformed;

fn refused(why: &'static str) -> Reply {
    Reply::Answer(Answer::Refused(why.into()), Vec::new(), None)
}

fn failed(error: impl Into<Error>) -> Reply {
    let answer = match error.into() {
        Error::Refused(why) => Answer::Refused(why),
        Error::Ended(denial) => Answer::Refused(denial.rule.into()),
        Error::System(error) => Answer::Failed(error.raw_os_error().unwrap_or(0)),
    };
    Reply::Answer(answer, Vec::new(), None)
}
