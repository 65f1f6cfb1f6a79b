//! Finds out which services are behind open ports, by what they say and by how they answer.

mod pattern;
mod probes;
mod stream;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use nethost_sdk::socket::{Batch, Remote, SocketOptions};
use nethost_sdk::{Exit, clock, files, udp};

use crate::model::{Host, Service};
use crate::quit;
use crate::services::Protocol;
use crate::state::{Reason, State};
use probes::Match;
pub(crate) use probes::Probes;
pub(crate) use stream::Stream;

/// Ports that are asked at once.
const AT_ONCE: usize = 24;
/// How long a service may take before it speaks first, if another probe is likely to make it speak.
const SHORT: Duration = Duration::from_millis(400);
/// The same if nothing is known of the port.
const LONG: Duration = Duration::from_millis(3000);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_millis(5000);
pub(crate) const CONNECT: Duration = Duration::from_secs(5);

/// How services are asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    pub(crate) probes: &'a Probes,
    pub(crate) intensity: u8,
    pub(crate) trace: bool,
    /// No port is left out.
    pub(crate) all_ports: bool,
}

impl Probes {
    /// The built-in probes, or those of a file.
    pub(crate) fn load(file: Option<&str>) -> Result<Self, Exit> {
        let Some(file) = file else {
            return Ok(Self::read(include_str!("../../data/probes.txt")));
        };
        let bytes = files::read(file)
            .map_err(|error| quit(format!("Failed to open {file} for reading: {error}")))?;
        // The file has escapes for octets, so that it is text.
        Ok(Self::read(&String::from_utf8_lossy(&bytes)))
    }
}

/// Reads a file, and matches an answer with each of its probes.
pub(crate) fn try_probes(file: &str, answer: &[u8]) {
    let probes = Probes::read(file);
    for at in 0..probes.list.len().min(16) {
        let _ = probes.find(at, answer);
    }
    for port in [22, 53, 80, 443] {
        let _ = probes.order(Protocol::Tcp, port, port == 443, 9);
    }
}

/// What came of asking a port.
struct Asked {
    index: usize,
    service: Option<Service>,
    /// A UDP port answered, of which it was not known whether it is open.
    answered: bool,
}

/// Asks the open ports of a host.
pub(crate) async fn find(host: &mut Host, asking: Asking<'_>) {
    let address = host.target.address;
    let mut wanted: Vec<(usize, Protocol, u16)> = host
        .ports
        .iter()
        .enumerate()
        .filter(|(_, port)| match port.protocol {
            Protocol::Tcp => port.state == State::Open,
            Protocol::Udp => matches!(port.state, State::Open | State::OpenFiltered),
            Protocol::Sctp | Protocol::Ip => false,
        })
        .filter(|(_, port)| asking.all_ports || !asking.probes.excludes(port.protocol, port.number))
        .map(|(at, port)| (at, port.protocol, port.number))
        .collect();
    wanted.reverse();
    let mut under_way = FuturesUnordered::new();
    loop {
        while under_way.len() < AT_ONCE
            && let Some((index, protocol, port)) = wanted.pop()
        {
            under_way.push(ask(index, address, protocol, port, asking));
        }
        let Some(Asked {
            index,
            service,
            answered,
        }) = under_way.next().await
        else {
            return;
        };
        if let Some(port) = host.ports.get_mut(index) {
            port.service = service.map(Box::new);
            if answered && port.state == State::OpenFiltered {
                port.state = State::Open;
                port.reason = Reason::UdpResponse;
            }
        }
    }
}

async fn ask(
    index: usize,
    address: IpAddr,
    protocol: Protocol,
    port: u16,
    asking: Asking<'_>,
) -> Asked {
    let to = SocketAddr::new(address, port);
    let (service, answered) = match protocol {
        Protocol::Tcp => (ask_tcp(to, asking).await, false),
        Protocol::Udp => ask_udp(to, asking).await,
        Protocol::Sctp | Protocol::Ip => (None, false),
    };
    Asked {
        index,
        service,
        answered,
    }
}

/// Asks a TCP port, plainly and, where TLS is likely or nothing else was found, over TLS.
async fn ask_tcp(to: SocketAddr, asking: Asking<'_>) -> Option<Service> {
    let tls_first = !asking
        .probes
        .order(Protocol::Tcp, to.port(), true, 0)
        .is_empty()
        && asking
            .probes
            .order(Protocol::Tcp, to.port(), false, 0)
            .is_empty()
        || to.port() == 443
        || to.port() == 8443;
    let mut best = None;
    for tls in [tls_first, !tls_first] {
        match over(to, tls, asking).await {
            Some(service) if !service.unknown || service.wrapped => return Some(service),
            // It answered something over this, so it does not speak the other.
            Some(service) if tls => return Some(service),
            Some(service) => best = best.or(Some(service)),
            None => {}
        }
    }
    best
}

/// Asks a port with one probe after the other.
async fn over(to: SocketAddr, tls: bool, asking: Asking<'_>) -> Option<Service> {
    let probes = asking.probes;
    let null = probes
        .list
        .iter()
        .position(|p| p.protocol == Protocol::Tcp && p.bytes.is_empty());
    let order = probes.order(Protocol::Tcp, to.port(), tls, asking.intensity);
    let likely = !probes.order(Protocol::Tcp, to.port(), tls, 0).is_empty();
    let mut stream = Stream::open(to, tls).await.ok()?;
    let first_wait = if likely || tls { SHORT } else { LONG };
    let mut soft: Option<String> = None;
    let mut any = false;
    let begun = clock::now();
    let wait = null
        .and_then(|at| probes.list.get(at))
        .map_or(first_wait, |probe| {
            first_wait.min(Duration::from_millis(probe.total_wait))
        });
    let said = listen(&mut stream, null, wait, asking).await;
    match said.found {
        Some(Match::Hard(service)) => return Some(finished(service, tls)),
        Some(Match::Soft(name)) => soft = Some(name),
        None => {}
    }
    any |= !said.bytes.is_empty();
    let wrapped = null
        .and_then(|at| probes.list.get(at))
        .map_or(3000, |probe| probe.wrapped_wait);
    if said.closed && !any && !tls && clock::now().since(begun) < Duration::from_millis(wrapped) {
        return Some(Service {
            wrapped: true,
            ..Service::default()
        });
    }
    let mut fresh = !said.closed;
    for at in order {
        let Some(probe) = probes.list.get(at) else {
            continue;
        };
        if !fresh {
            stream = match Stream::open(to, tls).await {
                Ok(stream) => stream,
                Err(_) => break,
            };
        }
        fresh = false;
        if asking.trace {
            nethost_sdk::output::complain(format_args!(
                "Service scan sending probe {} to {to} (tcp)",
                probe.name
            ));
        }
        if stream.write(&probe.bytes).await.is_err() {
            continue;
        }
        let wait = ANSWER.min(Duration::from_millis(probe.total_wait));
        let said = listen(&mut stream, Some(at), wait, asking).await;
        any |= !said.bytes.is_empty();
        match said.found {
            Some(Match::Hard(service)) => return Some(finished(service, tls)),
            Some(Match::Soft(name)) => soft = soft.or(Some(name)),
            None => {}
        }
    }
    match (soft, any || tls) {
        (Some(name), _) => Some(Service {
            name,
            tls,
            ..Service::default()
        }),
        (None, true) => Some(Service {
            tls,
            unknown: true,
            ..Service::default()
        }),
        (None, false) => None,
    }
}

fn finished(service: Service, tls: bool) -> Service {
    Service {
        tls: tls || service.tls,
        ..service
    }
}

/// What a service said.
struct Said {
    bytes: Vec<u8>,
    found: Option<Match>,
    closed: bool,
}

/// The longest answer that is looked at.
const LONGEST: usize = 64 << 10;

/// Listens until what was said is recognized, the service ends, or time is over.
async fn listen(
    stream: &mut Stream,
    probe: Option<usize>,
    wait: Duration,
    asking: Asking<'_>,
) -> Said {
    let until = clock::now().plus(wait);
    let mut said = Said {
        bytes: Vec::new(),
        found: None,
        closed: false,
    };
    while said.bytes.len() < LONGEST {
        match stream.read(until).await {
            Ok(Some(bytes)) if !bytes.is_empty() => said.bytes.extend(bytes),
            Ok(Some(_)) => {
                said.closed = true;
                break;
            }
            Ok(None) => break,
            Err(_) => {
                said.closed = true;
                break;
            }
        }
        said.found = probe.and_then(|at| asking.probes.find(at, &said.bytes));
        if let Some(Match::Hard(_)) = said.found {
            break;
        }
    }
    if asking.trace && !said.bytes.is_empty() {
        nethost_sdk::output::complain(format_args!(
            "Service scan read {} bytes: {}",
            said.bytes.len(),
            nethost_sdk::text::printable(&String::from_utf8_lossy(
                said.bytes
                    .get(..said.bytes.len().min(120))
                    .unwrap_or_default()
            ))
        ));
    }
    said
}

/// Asks a UDP port. Also whether it answered.
async fn ask_udp(to: SocketAddr, asking: Asking<'_>) -> (Option<Service>, bool) {
    let probes = asking.probes;
    let mut answered = false;
    let mut soft = None;
    for at in probes.order(Protocol::Udp, to.port(), false, asking.intensity) {
        let Some(probe) = probes.list.get(at) else {
            continue;
        };
        let Ok(socket) = udp::Socket::open(to, &SocketOptions::default()) else {
            return (None, false);
        };
        let mut batch = Batch::new();
        batch.push(Remote::FIRST, &probe.bytes);
        if socket.send(&batch).is_err() {
            continue;
        }
        let Ok(received) = socket.receive(4, Duration::from_millis(1500)).await else {
            continue;
        };
        for datagram in received.datagrams() {
            answered = true;
            match probes.find(at, datagram.payload) {
                Some(Match::Hard(service)) => return (Some(service), true),
                Some(Match::Soft(name)) => soft = soft.or(Some(name)),
                None => {}
            }
        }
    }
    let service = soft.map(|name| Service {
        name,
        ..Service::default()
    });
    (service, answered)
}
