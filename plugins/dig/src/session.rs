//! What lookups share: resolv.conf, keys, addresses, connections; and how an engine is driven by what servers
//! say.

pub(crate) mod servers;

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;

use nethost_sdk::output::{complain, show};
use nethost_sdk::{Error, Exit, clock, files};

pub(crate) use servers::wanted;

use crate::engine::{Arrival, Engine, Event, INTERNAL, Start, Step};
use crate::lookup::{Globals, Lookup, Transport};
use crate::refusal::fatal;
use crate::report::{Report, Server};
use crate::resolv_conf::ResolvConf;
use crate::search::Search;
use crate::signing::Signer;
use crate::transport::stream::{self, NoStream, Stream};
use crate::transport::udp::{Random, SocketEvent, Sockets};
use crate::transport::words;

const RESOLV_CONF: &str = "/etc/resolv.conf";
/// Tries for a query over UDP unless told otherwise.
const TRIES: u32 = 3;

/// What lookups share.
pub(crate) struct Session {
    pub(crate) sockets: Sockets,
    conf: ResolvConf,
    client_cookie: [u8; 8],
    signer: Option<Rc<Signer>>,
    /// `+keepopen`: the last connection.
    kept: RefCell<Option<Stream>>,
    addresses: RefCell<HashMap<String, Result<Vec<SocketAddr>, String>>>,
    /// Lookups write for themselves, because no other is under way.
    pub(crate) direct: bool,
}

impl Session {
    /// Reads resolv.conf and the key. A key that is none is told about, and not used.
    pub(crate) fn new(globals: &Globals, batch: bool) -> Result<Self, Exit> {
        let conf = match files::read(RESOLV_CONF) {
            Ok(bytes) => ResolvConf::parse(&String::from_utf8_lossy(&bytes)),
            Err(denied @ Error::Denied(_)) => return Err(fatal(denied, INTERNAL)),
            Err(_) => ResolvConf::default(),
        };
        let mut client_cookie = [0; 8];
        let mut random = Random::default();
        for pair in client_cookie.chunks_mut(2) {
            pair.copy_from_slice(&random.next().to_be_bytes());
        }
        Ok(Self {
            sockets: Sockets::new(globals.source, batch),
            conf,
            client_cookie,
            signer: Signer::of(globals)?.map(Rc::new),
            kept: RefCell::default(),
            addresses: RefCell::default(),
            direct: !batch,
        })
    }

    /// Hands over what a report holds, where nobody else writes.
    pub(crate) fn emit(&self, report: &mut Report) -> Result<(), Exit> {
        if self.direct {
            write_out(&mut report.out)?;
            write_err(&mut report.err);
        }
        Ok(())
    }

    /// What resolv.conf says.
    pub(crate) fn conf(&self) -> &ResolvConf {
        &self.conf
    }

    /// Seconds since 1970.
    fn now() -> u64 {
        u64::try_from(crate::rdata::encode::now()).unwrap_or_default()
    }

    /// An engine for a lookup.
    pub(crate) fn engine(
        &self,
        lookup: Lookup,
        servers: Vec<Server>,
        report: &mut Report,
    ) -> Result<Engine, u8> {
        let globals = Rc::clone(&lookup.globals);
        let list = match &globals.domain {
            Some(domain) => vec![domain.clone()],
            None => self.conf.search.clone(),
        };
        let wanted = globals.search || globals.domain.is_some();
        let ndots = globals.ndots.unwrap_or(self.conf.ndots);
        let search = Search::new(list, ndots, wanted, &lookup.name, lookup.idn_in);
        let start = Start {
            search,
            servers,
            tries: self.conf.attempts.unwrap_or(TRIES),
            timeout: globals.timeout.or(self.conf.timeout),
            signer: self.signer.clone(),
            client_cookie: self.client_cookie,
            lookup,
        };
        Engine::new(start, report)
    }

    /// Runs an engine to its end, and prints as it goes.
    pub(crate) async fn drive(&self, engine: &mut Engine, report: &mut Report) -> Result<(), Exit> {
        self.go(engine, report, self.direct).await
    }

    /// Runs an engine to its end; what it has to say stays in the report.
    pub(crate) async fn drive_quietly(
        &self,
        engine: &mut Engine,
        report: &mut Report,
    ) -> Result<(), Exit> {
        self.go(engine, report, false).await
    }

    async fn go(&self, engine: &mut Engine, report: &mut Report, print: bool) -> Result<(), Exit> {
        let mut step = engine.begin(report, self.sockets.fresh_id(), Self::now());
        while step == Step::Ask {
            let transport = engine.request().map(|request| request.transport);
            step = match transport {
                Some(Transport::Udp) => self.datagram(engine, report, print).await?,
                Some(_) => self.stream(engine, report, print).await?,
                None => Step::Done,
            };
            if print {
                self.emit(report)?;
            }
        }
        Ok(())
    }

    async fn datagram(
        &self,
        engine: &mut Engine,
        report: &mut Report,
        print: bool,
    ) -> Result<Step, Exit> {
        let Some(request) = engine.request() else {
            return Ok(Step::Done);
        };
        let (server, timeout) = (request.server.address, request.timeout);
        let mut exchange = match self
            .sockets
            .ask(server, engine.id(), request.message, timeout)
        {
            Ok(exchange) => exchange,
            Err(denied @ Error::Denied(_)) => return Err(fatal(denied, INTERNAL)),
            Err(error) => {
                let event = Event::NoConnection(words(&error).to_owned());
                return Ok(engine.event(event, report, self.sockets.fresh_id(), Self::now()));
            }
        };
        if engine.lookup().show_query {
            // It leaves with the next turn of the pump.
            let arrival = Arrival {
                sent: Some(stream::now()),
                local: exchange.local(),
                ..Arrival::default()
            };
            engine.show_query(report, arrival);
            if print {
                self.emit(report)?;
            }
        }
        loop {
            let event = exchange.next().await;
            let fresh = self.sockets.fresh_id();
            let step = match event {
                SocketEvent::Message(bytes, received) => {
                    let yaml = report.form == crate::lookup::Form::Yaml;
                    let arrival = Arrival {
                        sent: exchange.sent(),
                        received: Some(received),
                        local: if yaml { exchange.local() } else { None },
                        now: Self::now(),
                    };
                    let event = Event::Message(&bytes, arrival);
                    engine.event(event, report, fresh, arrival.now)
                }
                SocketEvent::Failed(why) => {
                    engine.event(Event::Failed(why), report, fresh, Self::now())
                }
                SocketEvent::TimedOut => {
                    engine.event(Event::Failed("timed out"), report, fresh, Self::now())
                }
                SocketEvent::Strangers(count) => {
                    engine.event(Event::Strangers(count), report, fresh, Self::now())
                }
                SocketEvent::NotSent(error) => {
                    let event = Event::NoConnection(words(&error).to_owned());
                    engine.event(event, report, fresh, Self::now())
                }
            };
            if step != Step::Wait {
                return Ok(step);
            }
            if print {
                self.emit(report)?;
            }
        }
    }

    async fn stream(
        &self,
        engine: &mut Engine,
        report: &mut Report,
        print: bool,
    ) -> Result<Step, Exit> {
        let Some(request) = engine.request() else {
            return Ok(Step::Done);
        };
        let (server, transport, timeout) = (request.server, request.transport, request.timeout);
        let kept = self.kept.borrow_mut().take();
        let kept = kept.filter(|kept| {
            kept.server == server.address && kept.transport == transport && kept.is_open()
        });
        let connected = match kept {
            Some(kept) => Ok(kept),
            None => Stream::connect(engine.lookup(), server, transport, timeout).await,
        };
        let mut stream = match connected {
            Ok(stream) => stream,
            Err(NoStream::Denied(denied)) => return Err(fatal(denied, INTERNAL)),
            Err(NoStream::NoFile(why)) => return Err(fatal(why, INTERNAL)),
            Err(NoStream::Failed(why)) => {
                let event = Event::NoConnection(why);
                return Ok(engine.event(event, report, self.sockets.fresh_id(), Self::now()));
            }
            Err(NoStream::Untrusted(why)) => {
                let event = Event::Untrusted(why);
                return Ok(engine.event(event, report, self.sockets.fresh_id(), Self::now()));
            }
        };
        let Some(request) = engine.request() else {
            return Ok(Step::Done);
        };
        let sent = stream.send(request.message).await;
        let mut arrival = Arrival {
            sent: sent.ok(),
            local: Some(stream.local),
            ..Arrival::default()
        };
        if engine.lookup().show_query {
            engine.show_query(report, arrival);
            if print {
                self.emit(report)?;
            }
        }
        let mut deadline = clock::now().plus(timeout);
        loop {
            // Each message of a transfer is progress; others that are not the answer are none.
            if engine.lookup().is_transfer() {
                deadline = clock::now().plus(timeout);
            }
            let read = match sent {
                Ok(_) => stream.receive(deadline).await,
                Err(why) => Err(why.into()),
            };
            let fresh = self.sockets.fresh_id();
            arrival.received = Some(stream::now());
            arrival.now = Self::now();
            let event = match &read {
                Ok(bytes) => Event::Message(bytes, arrival),
                Err(why) => Event::Failed(why),
            };
            let step = engine.event(event, report, fresh, arrival.now);
            if step != Step::Wait {
                if read.is_ok() && engine.lookup().globals.keep_open {
                    self.kept.borrow_mut().replace(stream);
                }
                return Ok(step);
            }
            if print {
                self.emit(report)?;
            }
        }
    }
}

/// Writes to standard output what has been collected.
pub(crate) fn write_out(text: &mut String) -> Result<(), Exit> {
    if !text.is_empty() {
        show(&text)?;
        text.clear();
    }
    Ok(())
}

/// Writes to standard error what has been collected.
pub(crate) fn write_err(text: &mut String) {
    if let Some(lines) = text.strip_suffix('\n') {
        complain(lines);
    } else if !text.is_empty() {
        complain(&text);
    }
    text.clear();
}
