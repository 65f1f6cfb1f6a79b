//! Many queries over one UDP socket per family. Each exchange waits for messages with its identifier from its server.
//! Sending is batched, and one timer serves all exchanges.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use nethost_sdk::clock::{self, Mark};
use nethost_sdk::socket::{Batch, Received, Remote, SocketOptions};
use nethost_sdk::udp::Socket;
use nethost_sdk::{Error, Timestamp};

use super::words;

/// The maximum number of messages in one call.
const BATCH: u32 = 64;
/// The buffer for the answers to all pending queries.
const BUFFER: u32 = 4 << 20;
const FOREVER: Duration = Duration::from_secs(86_400);

/// An event of an exchange.
pub(crate) enum SocketEvent {
    /// A message from the server.
    Message(Vec<u8>, Timestamp),
    /// An ICMP error about the query.
    Failed(&'static str),
    /// It could not be sent.
    NotSent(Error),
    /// Datagrams from other senders were received.
    Strangers(u32),
    TimedOut,
}

/// The sockets, and the exchanges that wait on them.
pub(crate) struct Sockets {
    source: Option<SocketAddr>,
    /// Several concurrent exchanges need larger buffers.
    many: bool,
    families: RefCell<Vec<PerFamily>>,
    random: RefCell<Random>,
}

struct PerFamily {
    ipv6: bool,
    socket: Rc<Socket>,
    remotes: HashMap<SocketAddr, Remote>,
    batch: Batch,
    /// The exchanges whose datagrams are in the batch.
    senders: Vec<Shared>,
    waiting: HashMap<(SocketAddr, u16), Shared>,
    ids: HashSet<u16>,
    receiving: bool,
}

type Shared = Rc<RefCell<Waiter>>;

#[derive(Default)]
struct Waiter {
    events: VecDeque<SocketEvent>,
    waker: Option<Waker>,
    deadline: Option<Mark>,
    sent: Option<Timestamp>,
}

impl Waiter {
    fn tell(&mut self, event: SocketEvent) {
        self.events.push_back(event);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Sockets {
    /// Sockets are opened when they are needed.
    pub(crate) fn new(source: Option<SocketAddr>, many: bool) -> Self {
        Self {
            source,
            many,
            families: RefCell::default(),
            random: RefCell::default(),
        }
    }

    /// An identifier that no pending exchange has.
    pub(crate) fn fresh_id(&self) -> u16 {
        let families = self.families.borrow();
        let mut random = self.random.borrow_mut();
        // There are far fewer exchanges than identifiers, so the loop ends soon.
        loop {
            let id = random.next();
            if !families.iter().any(|family| family.ids.contains(&id)) {
                return id;
            }
        }
    }

    /// Sends a query and waits for messages with its identifier.
    pub(crate) fn ask(
        &self,
        server: SocketAddr,
        id: u16,
        message: &[u8],
        timeout: Duration,
    ) -> Result<Exchange<'_>, Error> {
        let mut families = self.families.borrow_mut();
        let ipv6 = server.is_ipv6();
        let place = match families.iter().position(|family| family.ipv6 == ipv6) {
            Some(place) => place,
            None => {
                families.push(self.open(server)?);
                families.len() - 1
            }
        };
        let Some(family) = families.get_mut(place) else {
            return Err(Error::InvalidState);
        };
        let remote = match family.remotes.get(&server) {
            Some(remote) => *remote,
            None => {
                let remote = family.socket.add_remote(server)?;
                family.remotes.insert(server, remote);
                remote
            }
        };
        let waiter: Shared = Rc::default();
        waiter.borrow_mut().deadline = Some(clock::now().plus(timeout));
        family.batch.push(remote, message);
        family.senders.push(Rc::clone(&waiter));
        family.waiting.insert((server, id), Rc::clone(&waiter));
        family.ids.insert(id);
        Ok(Exchange {
            sockets: self,
            place,
            key: (server, id),
            waiter,
        })
    }

    fn open(&self, server: SocketAddr) -> Result<PerFamily, Error> {
        let options = SocketOptions {
            source: self
                .source
                .filter(|source| source.is_ipv6() == server.is_ipv6()),
            buffer_size: self.many.then_some(BUFFER),
            ..SocketOptions::default()
        };
        Ok(PerFamily {
            ipv6: server.is_ipv6(),
            socket: Rc::new(Socket::open(server, &options)?),
            remotes: HashMap::from([(server, Remote::FIRST)]),
            batch: Batch::new(),
            senders: Vec::new(),
            waiting: HashMap::new(),
            ids: HashSet::new(),
            receiving: false,
        })
    }

    /// Sends the queries since the last call. False if one could not be sent; its exchange gets an event.
    fn flush(&self) -> bool {
        let mut all_sent = true;
        for family in self.families.borrow_mut().iter_mut() {
            while !family.batch.is_empty() {
                match family.socket.send(&family.batch) {
                    Ok(stamps) if !stamps.is_empty() => {
                        for (waiter, stamp) in family.senders.drain(..stamps.len()).zip(&stamps) {
                            waiter.borrow_mut().sent = Some(*stamp);
                        }
                        family.batch.discard(stamps.len());
                    }
                    outcome => {
                        let error = outcome.err().unwrap_or(Error::InvalidState);
                        family.batch.discard(1);
                        all_sent = false;
                        if let Some(waiter) = family.senders.drain(..1).next() {
                            waiter.borrow_mut().tell(SocketEvent::NotSent(error));
                        }
                    }
                }
            }
            family.batch.clear();
        }
        all_sent
    }

    /// The earliest deadline of an exchange.
    fn deadline(&self) -> Option<Mark> {
        let families = self.families.borrow();
        let waiters = families.iter().flat_map(|family| family.waiting.values());
        waiters.filter_map(|waiter| waiter.borrow().deadline).min()
    }

    fn expire(&self) {
        let now = clock::now();
        for family in self.families.borrow().iter() {
            for waiter in family.waiting.values() {
                let mut waiter = waiter.borrow_mut();
                if waiter.deadline.is_some_and(|deadline| deadline <= now) {
                    waiter.deadline = None;
                    waiter.tell(SocketEvent::TimedOut);
                }
            }
        }
    }

    /// Passes each message to its exchange. A message with another identifier is passed to an exchange with that
    /// server, which reports it.
    fn distribute(&self, place: usize, received: &Received) {
        let families = self.families.borrow();
        let Some(family) = families.get(place) else {
            return;
        };
        let find = |server: SocketAddr, bytes: &[u8]| {
            let id = bytes.get(..2).map_or(0, |id| {
                id.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte))
            });
            family.waiting.get(&(server, id)).or_else(|| {
                let same = family
                    .waiting
                    .iter()
                    .find(|((other, _), _)| *other == server);
                same.map(|(_, waiter)| waiter)
            })
        };
        for datagram in received.datagrams() {
            if let Some(waiter) = find(datagram.source, datagram.payload) {
                let event = SocketEvent::Message(datagram.payload.to_vec(), datagram.timestamp);
                waiter.borrow_mut().tell(event);
            }
        }
        for error in received.errors() {
            if let Some(waiter) = find(error.remote, error.quoted) {
                waiter
                    .borrow_mut()
                    .tell(SocketEvent::Failed(words(&error.code)));
            }
        }
        if received.withheld() > 0
            && let Some(waiter) = family.waiting.values().next()
        {
            waiter
                .borrow_mut()
                .tell(SocketEvent::Strangers(received.withheld()));
        }
    }
}

/// A pending query.
pub(crate) struct Exchange<'h> {
    sockets: &'h Sockets,
    place: usize,
    key: (SocketAddr, u16),
    waiter: Shared,
}

impl Exchange<'_> {
    /// The next event. After the deadline, it is always a timeout.
    pub(crate) async fn next(&mut self) -> SocketEvent {
        poll_fn(|context| {
            let mut waiter = self.waiter.borrow_mut();
            if let Some(event) = waiter.events.pop_front() {
                return Poll::Ready(event);
            }
            if waiter.deadline.is_none() {
                return Poll::Ready(SocketEvent::TimedOut);
            }
            waiter.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// When the query was sent.
    pub(crate) fn sent(&self) -> Option<Timestamp> {
        self.waiter.borrow().sent
    }

    /// The source address of the query.
    pub(crate) fn local(&self) -> Option<SocketAddr> {
        let families = self.sockets.families.borrow();
        families.get(self.place)?.socket.local_endpoint().ok()
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        if let Some(family) = self.sockets.families.borrow_mut().get_mut(self.place) {
            family.waiting.remove(&self.key);
            family.ids.remove(&self.key.1);
        }
    }
}

type Receiving<'h> = Pin<Box<dyn Future<Output = (usize, Result<Received, Error>)> + 'h>>;
type Timer<'h> = Pin<Box<dyn Future<Output = ()> + 'h>>;

/// Moves datagrams while lookups run.
pub(crate) struct Pump<'h> {
    sockets: &'h Sockets,
    receiving: FuturesUnordered<Receiving<'h>>,
    timer: Option<(Mark, Timer<'h>)>,
}

impl<'h> Pump<'h> {
    pub(crate) fn new(sockets: &'h Sockets) -> Self {
        Self {
            sockets,
            receiving: FuturesUnordered::new(),
            timer: None,
        }
    }

    /// Sends pending queries, waits for a message or a timeout, and passes events to the exchanges.
    pub(crate) async fn turn(&mut self) {
        poll_fn(|context| self.poll_turn(context)).await;
    }

    /// Reads the state of the sockets each time, because lookups send while this waits.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !self.sockets.flush() {
            return Poll::Ready(());
        }
        for (place, family) in self.sockets.families.borrow_mut().iter_mut().enumerate() {
            if !family.waiting.is_empty() && !std::mem::replace(&mut family.receiving, true) {
                let socket = Rc::clone(&family.socket);
                self.receiving.push(Box::pin(async move {
                    (place, socket.receive(BATCH, FOREVER).await)
                }));
            }
        }
        if let Some(deadline) = self.sockets.deadline()
            && self
                .timer
                .as_ref()
                .is_none_or(|(armed, _)| *armed > deadline)
        {
            self.timer = Some((deadline, Box::pin(clock::wait_until(deadline))));
        }
        if let Poll::Ready(Some((place, outcome))) = self.receiving.poll_next_unpin(context) {
            if let Some(family) = self.sockets.families.borrow_mut().get_mut(place) {
                family.receiving = false;
            }
            if let Ok(received) = outcome {
                self.sockets.distribute(place, &received);
            }
            return Poll::Ready(());
        }
        if let Some((_, timer)) = &mut self.timer
            && timer.as_mut().poll(context).is_ready()
        {
            self.timer = None;
            self.sockets.expire();
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

/// Random numbers, fetched from the system in blocks.
pub(crate) struct Random {
    block: [u8; 256],
    at: usize,
}

impl Default for Random {
    fn default() -> Self {
        Self {
            block: [0; 256],
            at: 256,
        }
    }
}

impl Random {
    /// 16 bits.
    pub(crate) fn next(&mut self) -> u16 {
        if self.at >= self.block.len() {
            // Without random numbers, identifiers still differ from each other.
            if getrandom::fill(&mut self.block).is_err() {
                for (place, byte) in (0u8..=255).zip(self.block.iter_mut()) {
                    *byte = byte.wrapping_add(place);
                }
            }
            self.at = 0;
        }
        let pair = self.block.get(self.at..self.at + 2).unwrap_or_default();
        self.at += 2;
        pair.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte))
    }
}
