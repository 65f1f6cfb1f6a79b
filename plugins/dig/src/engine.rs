//! The logic of one lookup: which server to ask, how often, and what each message means. It does no I/O: it gets
//! events and returns the next step. Output goes into the report.

mod check;
mod events;

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use nethost_sdk::Timestamp;

use crate::edns::Cookie;
use crate::lookup::{Lookup, Transport};
use crate::name::{self, Name};
use crate::query::{self, Parts};
use crate::reply::Reply;
use crate::report::{Ignored, Report, Server, Shown};
use crate::search::Search;
use crate::signing::Signer;
use crate::signing::tsig::Chain;
use crate::transfer::Transfer;

const NXDOMAIN: u16 = 3;
const FORMERR: u16 = 1;
const SERVFAIL: u16 = 2;
const NOTIMP: u16 = 4;
const BADVERS: u16 = 16;
const BADCOOKIE: u16 = 23;
/// The maximum number of requests for one lookup, against loops.
const MOST_REQUESTS: u32 = 64;
/// Larger queries go over TCP.
const LARGEST_DATAGRAM: usize = 512;

/// No reply from any server.
pub(crate) const NO_REPLY: u8 = 9;
/// dig's "internal error", such as for an invalid name.
pub(crate) const INTERNAL: u8 = 10;

/// An event of the pending request.
pub(crate) enum Event<'a> {
    /// A message was received.
    Message(&'a [u8], Arrival),
    /// A timeout or an error on the way, in BIND's words.
    Failed(&'a str),
    /// There is no connection, or no socket.
    NoConnection(String),
    /// The certificate of the server is not trusted. Nothing was sent.
    Untrusted(String),
    /// Datagrams from other senders were received.
    Strangers(u32),
}

/// When and how a message was received.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Arrival {
    pub(crate) sent: Option<Timestamp>,
    pub(crate) received: Option<Timestamp>,
    pub(crate) local: Option<SocketAddr>,
    /// Seconds since 1970, for signatures.
    pub(crate) now: u64,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send [`Engine::request`].
    Ask,
    /// Go on listening.
    Wait,
    Done,
}

/// A request to send.
pub(crate) struct Request<'a> {
    pub(crate) server: &'a Server,
    pub(crate) transport: Transport,
    pub(crate) message: &'a [u8],
    pub(crate) timeout: Duration,
}

/// The start of a lookup.
pub(crate) struct Start {
    pub(crate) lookup: Lookup,
    pub(crate) servers: Vec<Server>,
    pub(crate) search: Search,
    pub(crate) tries: u32,
    /// Seconds. None for the default of the transport.
    pub(crate) timeout: Option<u32>,
    pub(crate) signer: Option<Rc<Signer>>,
    pub(crate) client_cookie: [u8; 8],
}

/// A lookup in progress.
pub(crate) struct Engine {
    start: Start,
    name: Name,
    server: usize,
    tries: u32,
    transport: Transport,
    edns: Option<u8>,
    /// The server refused EDNS, so it is omitted.
    plain: bool,
    cookie: Vec<u8>,
    cookie_known: bool,
    seen_bad_cookie: bool,
    requests: u32,
    id: u16,
    message: Vec<u8>,
    chain: Option<Chain>,
    transfer: Option<Transfer>,
    ignored: Ignored,
    /// dig's exit code for this lookup.
    pub(crate) code: u8,
    /// The message that ended it.
    pub(crate) last: Option<Vec<u8>>,
}

impl Engine {
    /// Prepares a lookup. None if its name is invalid, which the report then states.
    pub(crate) fn new(mut start: Start, report: &mut Report) -> Result<Self, u8> {
        let name = loop {
            match start.search.name(&start.lookup) {
                Ok(name) => break name,
                // A domain that makes the name too long is skipped.
                Err(name::NameError::LongName)
                    if start.search.has_origin() && start.search.next(&start.lookup.name) => {}
                Err(error) => {
                    let typed = nethost_sdk::text::printable(&start.lookup.name).into_owned();
                    let (kind, remedy, code) = match error {
                        name::NameError::International => ("IDNA2008 name", ", use +noidnin", 1),
                        _ => ("name", "", INTERNAL),
                    };
                    report.err.push_str(&format!(
                        "dig: '{typed}' is not a legal {kind} ({error}){remedy}\n"
                    ));
                    return Err(code);
                }
            }
        };
        let cookie = start.lookup.cookie.clone();
        Ok(Self {
            name,
            server: 0,
            tries: start.lookup.tries.unwrap_or(start.tries),
            transport: start.lookup.transport(),
            edns: start.lookup.edns,
            plain: false,
            cookie_known: cookie.is_some(),
            cookie: cookie.unwrap_or_else(|| start.client_cookie.to_vec()),
            seen_bad_cookie: false,
            requests: 0,
            id: 0,
            message: Vec::new(),
            chain: None,
            transfer: start
                .lookup
                .is_transfer()
                .then(|| Transfer::new(&start.lookup)),
            ignored: Ignored::default(),
            code: 0,
            last: None,
            start,
        })
    }

    /// Builds the first request.
    pub(crate) fn begin(&mut self, report: &mut Report, random: u16, now: u64) -> Step {
        if self.start.servers.is_empty() {
            return self.give_up(report);
        }
        report.trying(&self.start.lookup, &self.name);
        self.prepare(random, now);
        self.ask(report)
    }

    /// The request to send now.
    pub(crate) fn request(&self) -> Option<Request<'_>> {
        Some(Request {
            server: self.start.servers.get(self.server)?,
            transport: self.transport,
            message: &self.message,
            timeout: self.timeout(),
        })
    }

    /// The required identifier of the answer.
    pub(crate) fn id(&self) -> u16 {
        self.id
    }

    /// The lookup.
    pub(crate) fn lookup(&self) -> &Lookup {
        &self.start.lookup
    }

    /// The requested name, as completed by the search list.
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// The current server.
    pub(crate) fn server(&self) -> Option<&Server> {
        self.start.servers.get(self.server)
    }

    fn timeout(&self) -> Duration {
        let own = match self.transport {
            Transport::Udp => 5,
            _ => 10,
        };
        Duration::from_secs(self.start.timeout.map_or(own, u64::from))
    }

    /// Builds the query again, with what is known by now.
    fn prepare(&mut self, random: u16, now: u64) {
        let lookup = &self.start.lookup;
        self.id = lookup.id.unwrap_or(random);
        let signer = self.start.signer.as_deref();
        self.message = query::build(
            lookup,
            &Parts {
                name: &self.name,
                rtype: lookup.rtype,
                id: self.id,
                edns: self.edns,
                plain: self.plain,
                cookie: &self.cookie,
                recurse: lookup.recurse,
                signature: signer.map_or(0, Signer::overhead),
            },
        );
        self.chain = signer.and_then(|signer| signer.sign(&mut self.message, now));
        if self.message.len() > LARGEST_DATAGRAM && self.transport == Transport::Udp {
            self.transport = Transport::Tcp;
        }
        self.transfer = self
            .transfer
            .is_some()
            .then(|| Transfer::new(&self.start.lookup));
    }

    fn ask(&mut self, report: &mut Report) -> Step {
        self.requests += 1;
        if self.requests > MOST_REQUESTS {
            report.err.push_str("dig: too many lookups\n");
            self.code = 1;
            return Step::Done;
        }
        Step::Ask
    }

    /// The sent query, for `+qr`.
    pub(crate) fn show_query(&self, report: &mut Report, arrival: Arrival) {
        let lookup = &self.start.lookup;
        if !lookup.show_query {
            return;
        }
        let Ok(message) = Reply::parse(&self.message, true) else {
            return;
        };
        if let Some(shown) = self.shown(&message, arrival, true, None) {
            report.message(&shown);
        }
        report.query_size(lookup, self.message.len());
    }

    fn shown<'a>(
        &'a self,
        message: &'a Reply<'a>,
        arrival: Arrival,
        is_query: bool,
        cookie: Option<Cookie>,
    ) -> Option<Shown<'a>> {
        Some(Shown {
            lookup: &self.start.lookup,
            server: self.start.servers.get(self.server)?,
            transport: self.transport,
            message,
            is_query,
            sent: arrival.sent,
            received: arrival.received,
            local: arrival.local,
            cookie,
            number: self.transfer.as_ref().map_or(0, |t| t.transferred.messages),
            edns: self.edns.is_some() && !self.plain,
            ignored: self.ignored,
            signature: None,
        })
    }
}
