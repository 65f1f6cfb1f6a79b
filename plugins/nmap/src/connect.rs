//! Connect scans: the kernel makes the connections, so no raw packet is sent or received.

use std::net::IpAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use nethost_sdk::tcp::{Connector, Outcome};
use nethost_sdk::{Error, Exit};

use crate::discovery::Found;
use crate::engine::{Cell, Presence, Rtt, Watch};
use crate::model::Scanned;
use crate::options::{Options, Scan};
use crate::random::Random;
use crate::scan::socket_options;
use crate::state::{Reason, State, icmp_reason};
use crate::timing::Limits;

/// What came of one attempt.
struct Attempted {
    cell: usize,
    tried: u8,
    /// State, reason, and the round trip in microseconds; none if nothing came.
    found: Result<Option<(State, Reason, Option<f64>)>, Error>,
}

/// Connections that are tried at once at most.
const AT_ONCE: usize = 200;

async fn attempt(
    cell: usize,
    tried: u8,
    to: (IpAddr, u16),
    options: Options,
    patience: Duration,
) -> Attempted {
    let socket = nethost_sdk::socket::SocketOptions {
        hop_limit: None,
        ..socket_options(&options)
    };
    let found = async {
        let connector = Connector::open(to.into(), &socket)?;
        let attempt = connector.attempt(options.ttl, patience).await?;
        let took = attempt.ended().since(attempt.sent()).unwrap_or_default();
        let took = took.as_nanos() as f64 / 1e3;
        Ok(match attempt.outcome() {
            Outcome::Established => Some((State::Open, Reason::SynAck, Some(took))),
            Outcome::Refused => Some((State::Closed, Reason::ConnRefused, Some(took))),
            Outcome::Unanswered => None,
            Outcome::Failed(error) => {
                // What connect(2) says, as nmap has it: it does not see the message.
                let (state, reason) = match error.code {
                    Error::ConnectionRefused => (State::Closed, Reason::ConnRefused),
                    Error::RemoteUnreachable => (State::Filtered, Reason::HostUnreach),
                    Error::NetworkUnreachable => (State::Filtered, Reason::NetUnreach),
                    Error::AccessDenied => (State::Filtered, Reason::AdminProhibited),
                    _ => icmp(to.0.is_ipv6(), error.icmp_type, error.icmp_code),
                };
                Some((state, reason, None))
            }
        })
    };
    let found = match found.await {
        Err(Error::RemoteUnreachable) => Ok(Some((State::Filtered, Reason::HostUnreach, None))),
        Err(Error::NetworkUnreachable) => Ok(Some((State::Filtered, Reason::NetUnreach, None))),
        Err(Error::AccessDenied) => Ok(Some((State::Filtered, Reason::AdminProhibited, None))),
        found => found,
    };
    Attempted { cell, tried, found }
}

/// Finds out which hosts are up by connections to two ports, where no raw packet may be sent.
pub(crate) async fn ping(hosts: &[IpAddr], options: &Options) -> Result<Vec<Found>, Exit> {
    let limits = options.timing.limits();
    let absent = Presence {
        up: false,
        reason: Reason::NoResponse,
        ttl: 0,
    };
    let mut found: Vec<Found> = vec![(absent, None); hosts.len()];
    let mut fresh = hosts
        .iter()
        .enumerate()
        .flat_map(|(at, host)| [80, 443].map(|port| (at, *host, port)));
    let mut under_way = FuturesUnordered::new();
    loop {
        while under_way.len() < AT_ONCE
            && let Some((at, host, port)) = fresh.next()
        {
            let patience = limits.initial_rtt;
            under_way.push(attempt(at, 0, (host, port), options.clone(), patience));
        }
        let Some(Attempted {
            cell,
            found: result,
            ..
        }) = under_way.next().await
        else {
            return Ok(found);
        };
        let Some((presence, rtt)) = found.get_mut(cell) else {
            continue;
        };
        match result {
            Ok(Some((State::Open | State::Closed, reason, took))) if !presence.up => {
                *presence = Presence {
                    up: true,
                    reason,
                    ttl: 0,
                };
                if let Some(took) = took {
                    let mut observed = Rtt::new(&limits);
                    observed.observe(took, &limits);
                    *rtt = Some(observed);
                }
            }
            Err(error @ Error::Denied(_)) => {
                nethost_sdk::output::complain(format_args!("nmap: {error}"));
                if !presence.up {
                    presence.reason = Reason::Denied;
                }
            }
            _ => {}
        }
    }
}

/// Scans the ports of hosts that are up.
pub(crate) async fn ports(
    hosts: &[(IpAddr, Option<Rtt>)],
    ports: &[u16],
    options: &Options,
    watch: &mut Watch<'_>,
) -> Result<(Scanned, Vec<(Option<Rtt>, bool)>), Exit> {
    let limits = options.timing.limits();
    let mut rtts: Vec<Rtt> = hosts
        .iter()
        .map(|(_, rtt)| rtt.unwrap_or_else(|| Rtt::new(&limits)))
        .collect();
    let mut cells = vec![Cell::default(); hosts.len() * ports.len()];
    let mut order: Vec<usize> = (0..ports.len()).collect();
    if !options.in_order {
        Random::new().shuffle(&mut order);
    }
    // Port by port, so that no host gets all of its connections at once.
    let mut fresh = order
        .iter()
        .flat_map(|column| (0..hosts.len()).map(move |row| row * ports.len() + column));
    let mut again: Vec<(usize, u8)> = Vec::new();
    let mut under_way = FuturesUnordered::new();
    let small = Options {
        targets: Vec::new(),
        outputs: Vec::new(),
        command: String::new(),
        ..options.clone()
    };
    let most = (limits.max_parallel as usize).clamp(1, AT_ONCE);
    let mut denied = false;
    let mut made = 0_usize;
    loop {
        while under_way.len() < most {
            let Some((cell, tried)) = again.pop().or_else(|| fresh.next().map(|cell| (cell, 0)))
            else {
                break;
            };
            let (row, column) = (cell / ports.len(), cell % ports.len());
            let (Some((address, _)), Some(port)) = (hosts.get(row), ports.get(column)) else {
                continue;
            };
            let patience = patience(rtts.get(row), &limits);
            watch.connected(*address, *port, "Operation now in progress")?;
            under_way.push(attempt(
                cell,
                tried,
                (*address, *port),
                small.clone(),
                patience,
            ));
            if !limits.scan_delay.is_zero() {
                nethost_sdk::clock::wait_for(limits.scan_delay).await;
                break;
            }
        }
        if watch.stats.is_some() {
            let done = (made as f64 / cells.len().max(1) as f64).min(1.0);
            watch.progress(done)?;
        }
        let Some(Attempted { cell, tried, found }) = under_way.next().await else {
            break;
        };
        made += 1;
        let (row, column) = (cell / ports.len(), cell % ports.len());
        let Some(place) = cells.get_mut(cell) else {
            continue;
        };
        if let (Ok(Some((_, reason, _))), Some((address, _)), Some(port)) =
            (&found, hosts.get(row), ports.get(column))
        {
            watch.connected(*address, *port, said(*reason))?;
        }
        match found {
            Ok(Some((state, reason, took))) => {
                place.know(state, reason, 0);
                if let (Some(took), Some(rtt)) = (took, rtts.get_mut(row)) {
                    rtt.observe(took, &limits);
                }
                if let (State::Open, Some((address, _)), Some(port)) =
                    (state, hosts.get(row), ports.get(column))
                {
                    watch.open(Scan::Connect, *address, *port)?;
                }
            }
            Ok(None) if tried < limits.max_retries.min(1) => again.push((cell, tried + 1)),
            Ok(None) => {}
            Err(error @ Error::Denied(_)) => {
                if !denied {
                    nethost_sdk::output::complain(format_args!("nmap: {error}"));
                }
                denied = true;
                place.know(State::Filtered, Reason::Denied, 0);
            }
            // Too many sockets, or no free port: later.
            Err(_) if tried < 3 => again.insert(0, (cell, tried + 1)),
            Err(_) => {}
        }
    }
    let learned = rtts
        .into_iter()
        .map(|rtt| (rtt.smoothed.is_some().then_some(rtt), false));
    let learned = learned.collect();
    drop(under_way);
    let scanned = Scanned {
        scan: Scan::Connect,
        ports: ports.to_vec(),
        cells,
    };
    Ok((scanned, learned))
}

fn icmp(ipv6: bool, kind: u8, code: u8) -> (State, Reason) {
    (State::Filtered, icmp_reason(ipv6, kind, code))
}

/// What connect(2) says.
fn said(reason: Reason) -> &'static str {
    match reason {
        Reason::SynAck => "Connected",
        Reason::ConnRefused => "Connection refused",
        Reason::HostUnreach => "No route to host",
        Reason::NetUnreach => "Network is unreachable",
        Reason::AdminProhibited => "Permission denied",
        _ => "Unknown error",
    }
}

/// How long an attempt may take: a SYN that is lost is not sent again.
fn patience(rtt: Option<&Rtt>, limits: &Limits) -> Duration {
    rtt.map_or(limits.initial_rtt, |rtt| rtt.timeout)
}
