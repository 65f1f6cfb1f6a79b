//! tracepath: the hops to a host and the path MTU, hop by hop, as iputils' tracepath finds them: with datagrams as large
//! as may be, that routers may not fragment.

pub(crate) mod line;
mod options;

use std::net::SocketAddr;
use std::time::Duration;

use nethost_sdk::names::Names;
use nethost_sdk::output::{Format, Output};
use nethost_sdk::socket::{Batch, NetworkError, PathMtuDiscovery, Received, SocketOptions};
use nethost_sdk::udp::Socket;
use nethost_sdk::{Error, Exit, Timestamp};

use crate::target::Unresolved;
use crate::trace::name_settings;
use line::{Fact, Host, Origin, What};
use options::Options;

/// Datagrams that are remembered, and as many ports.
const REMEMBERED: usize = 64;
/// Tries to send one, and to get an answer at one hop.
const SENDS: u32 = 10;
const PROBES: u32 = 3;
const WAIT: Duration = Duration::from_secs(1);
/// The largest datagrams with their headers.
const LARGEST_V4: i32 = 65535;
const LARGEST_V6: i32 = 128_000;
/// More than the links of this machine take, and no more than the host sends.
const REFUSED: usize = 70_000;
/// Answers that are read at once.
const AT_ONCE: u32 = 64;
/// What iputils puts into a datagram: its hop, and when it was sent.
const MARK: usize = 24;

pub(crate) async fn run(args: &[String]) -> Result<u8, Exit> {
    let options = match options::parse(args) {
        Ok(options) => options,
        Err(exit) if exit.usage => {
            return Ok(exit.finish(|| options::USAGE.to_owned()));
        }
        Err(exit) => return Err(exit),
    };
    let found = match crate::target::all(&options.host, options.family).await {
        Ok(found) => found,
        Err(error) => return Err(failed(format_args!("{}: {error}", options.host))),
    };
    let mut to = found
        .first()
        .copied()
        .ok_or_else(|| failed(format_args!("{}: {}", options.host, nameless())))?;
    to.set_port(options.port);
    let overhead = if to.is_ipv4() { 28 } else { 48 };
    let mtu = match options.length {
        0 if to.is_ipv4() => LARGEST_V4,
        0 => LARGEST_V6,
        length if length <= overhead => {
            let most = i32::MAX;
            let what = format_args!("pktlen must be within: {overhead} < value <= {most}");
            return Err(failed(what));
        }
        length => length,
    };
    let socket_options = SocketOptions {
        path_mtu_discovery: Some(PathMtuDiscovery::Do),
        ..SocketOptions::default()
    };
    let socket = Socket::open(to, &socket_options).map_err(failed)?;
    let mut path = Path {
        output: Output::stdout(match options.json {
            true => Format::Json,
            false => Format::Text,
        }),
        names: match options.numeric && !options.both {
            true => Names::none(),
            false => Names::new(name_settings()),
        },
        socket,
        to,
        overhead,
        mtu,
        hop: 0,
        next: 0,
        sent: [None; REMEMBERED],
        hops_to: None,
        hops_back: None,
        options,
    };
    path.follow().await?;
    Ok(0)
}

fn failed(what: impl std::fmt::Display) -> Exit {
    Exit::failed(1, format!("tracepath: {what}"))
}

fn nameless() -> Unresolved {
    Unresolved::Resolver(Error::NameUnresolvable)
}

/// What one try at a hop came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tried {
    /// The destination, or somebody who lets nothing through: the end.
    End,
    /// An answer.
    Answer,
    Silence,
}

struct Path {
    options: Options,
    output: Output<std::io::Stdout>,
    names: Names,
    socket: Socket,
    to: SocketAddr,
    /// The headers of IP and UDP.
    overhead: i32,
    mtu: i32,
    hop: u8,
    /// The place of the next datagram among those that are remembered.
    next: usize,
    /// Hop and time of datagrams by their port.
    sent: [Option<(u8, Timestamp)>; REMEMBERED],
    hops_to: Option<u8>,
    hops_back: Option<i32>,
}

impl Path {
    async fn follow(&mut self) -> Result<(), Exit> {
        let mut ended = false;
        for hop in 1..=self.options.hops {
            self.hop = hop;
            if self.at_hop().await? == Tried::End {
                ended = true;
                break;
            }
        }
        self.output.fact(&Fact::Resume {
            too_many_hops: !ended,
            pmtu: self.mtu,
            hops: self.hops_to,
            back: self.hops_back,
        })?;
        self.output.flush()
    }

    async fn at_hop(&mut self) -> Result<Tried, Exit> {
        let mut tries = PROBES;
        while tries > 0 {
            let before = self.mtu;
            let tried = self.probe().await?;
            if self.mtu != before {
                tries = PROBES;
            } else if tried == Tried::Silence {
                tries -= 1;
            } else {
                return Ok(tried);
            }
        }
        self.output.fact(&Fact::NoReply { hop: self.hop })?;
        Ok(Tried::Silence)
    }

    /// Sends a datagram and waits for what is said about it.
    async fn probe(&mut self) -> Result<Tried, Exit> {
        let mut left = SENDS;
        while left > 0 {
            if self.send()? {
                self.next = (self.next + 1) % REMEMBERED;
                return self.wait().await;
            }
            // This machine's own stack may have said why.
            let received = self.socket.receive(AT_ONCE, Duration::ZERO).await;
            let tried = self.heard(&received.map_err(failed)?).await?;
            if let Some(slot) = self.sent.get_mut(self.next) {
                *slot = None;
            }
            match tried {
                Tried::End => return Ok(Tried::End),
                Tried::Answer => left = SENDS,
                Tried::Silence => left -= 1,
            }
        }
        self.output.fact(&Fact::NotSent { hop: self.hop })?;
        Ok(Tried::End)
    }

    /// Whether a datagram of the MTU left for the next port.
    fn send(&mut self) -> Result<bool, Exit> {
        let mut to = self.to;
        to.set_port(self.to.port().wrapping_add(self.next as u16));
        let remote = self.socket.add_remote(to).map_err(failed)?;
        let length = usize::try_from(self.mtu - self.overhead).unwrap_or_default();
        let now = Timestamp::from_nanos(wall());
        if let Some(slot) = self.sent.get_mut(self.next) {
            *slot = Some((self.hop, now));
        }
        // What is larger than any link takes is refused by this machine in the same way.
        let length = match self.to {
            SocketAddr::V4(_) if length > LARGEST_V4 as usize => return Ok(false),
            SocketAddr::V4(_) => length,
            SocketAddr::V6(_) => length.min(REFUSED),
        };
        let mut batch = Batch::new();
        let hop = self.hop;
        batch.push_with(remote, Some(hop), |bytes| {
            let begin = bytes.len();
            bytes.extend_from_slice(&u64::from(hop).to_le_bytes());
            bytes.extend_from_slice(&u128::from(now.as_nanos()).to_le_bytes());
            bytes.resize(begin + length, 0);
        });
        match self.socket.send(&batch) {
            Ok(stamps) => {
                if let (Some(slot), Some(stamp)) = (self.sent.get_mut(self.next), stamps.first()) {
                    *slot = Some((self.hop, *stamp));
                }
                Ok(!stamps.is_empty())
            }
            Err(denied @ Error::Denied(_)) => Err(failed(denied)),
            Err(_) => Ok(false),
        }
    }

    async fn wait(&mut self) -> Result<Tried, Exit> {
        let received = self.socket.receive(AT_ONCE, WAIT).await.map_err(failed)?;
        if received.datagrams().len() > 0 {
            self.output.fact(&Fact::Reply { hop: self.hop })?;
            return Ok(Tried::End);
        }
        self.heard(&received).await
    }

    /// Tells what routers and the destination said.
    async fn heard(&mut self, received: &Received) -> Result<Tried, Exit> {
        let mut tried = Tried::Silence;
        for error in received.errors() {
            if self.one(&error).await? {
                return Ok(Tried::End);
            }
            tried = Tried::Answer;
        }
        Ok(tried)
    }

    /// One message; whether it is the end.
    async fn one(&mut self, error: &NetworkError<'_>) -> Result<bool, Exit> {
        let place = usize::from(error.remote.port().wrapping_sub(self.to.port()));
        let mut sent = self.sent.get_mut(place).and_then(Option::take);
        let mut broken = false;
        if error.quoted.len() >= MARK {
            match error.quoted.first() {
                Some(0) | None => broken = true,
                Some(hop) => sent = sent.map(|(_, stamp)| (*hop, stamp)),
            }
        }
        let took = sent.and_then(|(_, stamp)| error.timestamp.since(stamp));
        let sent_hop = sent.map(|(hop, _)| hop);
        let host = match error.offender {
            Some(offender) if line::is_icmp(error) => Some(self.host(offender).await),
            _ => None,
        };
        let origin = match host {
            Some(host) => Origin::Host(host),
            None => Origin::Own,
        };
        let back = error.hop_limit.map(line::hops_back);
        let what = line::meaning(error);
        let asymmetric = match (what, back) {
            (What::Passed, Some(back)) => {
                let expected = sent_hop.unwrap_or(self.hop);
                (back != i32::from(expected)).then_some(back)
            }
            _ => None,
        };
        match what {
            What::Pmtu(mtu) => self.mtu = i32::try_from(mtu).unwrap_or(i32::MAX),
            What::Reached => {
                self.hops_to = Some(sent_hop.unwrap_or(self.hop));
                self.hops_back = back;
            }
            _ => {}
        }
        let own = matches!(origin, Origin::Own);
        self.output.fact(&Fact::Answer(line::Answer {
            hop: sent_hop.filter(|_| !own).unwrap_or(self.hop),
            is_certain: sent_hop.is_some() && !own,
            origin,
            took,
            broken,
            what,
            asymmetric,
            both: self.options.both,
        }))?;
        if what == What::Other {
            nethost_sdk::output::complain(format_args!("tracepath: NET ERROR: {}", error.code));
        }
        Ok(!matches!(
            what,
            What::Passed | What::Pmtu(_) | What::TimedOut
        ))
    }

    async fn host(&mut self, offender: SocketAddr) -> Host {
        let address = offender.ip();
        let name = self.names.find(address).await;
        let unknown = || (!self.names.is_nameless(address)).then(|| line::UNKNOWN.to_owned());
        let has_names = !self.options.numeric || self.options.both;
        Host {
            address,
            name: name.or_else(unknown).filter(|_| has_names),
            numeric: self.options.numeric,
        }
    }
}

/// The time of the kernel's stamps.
fn wall() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or_default())
}
