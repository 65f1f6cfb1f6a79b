//! `--traceroute`: the way to a host, by probes with growing hop limits to a port that answers, or by echo requests.

use std::net::IpAddr;
use std::time::Duration;

use nethost_sdk::names::Names;
use nethost_sdk::scan::Protocol as Wire;
use nethost_sdk::{Exit, Timestamp, clock};

use crate::model::{Hop, Host, Route};
use crate::options::Options;
use crate::packet::{Form, Kind, Outgoing, SYN, build};
use crate::scan::open;
use crate::services::Protocol;
use crate::state::Reason;

/// The most hops.
const MOST: u8 = 30;
/// Hops that are asked at once.
const AT_ONCE: u8 = 6;
const PATIENCE: Duration = Duration::from_millis(1000);

/// Traces the way to a host. None for this machine itself.
pub(crate) async fn trace(
    host: &Host,
    options: &Options,
    names: &mut Names,
) -> Result<Option<Route>, Exit> {
    if host.presence.reason == Reason::Localhost {
        return Ok(None);
    }
    let answering = host.ports.iter().find(|port| {
        port.protocol == Protocol::Tcp && matches!(port.reason, Reason::SynAck | Reason::Reset)
    });
    let address = host.target.address;
    let attached = matches!(
        host.presence.reason,
        Reason::ArpResponse | Reason::NdResponse
    );
    let (using, wire, port) = match answering {
        Some(port) => (
            format!(" (using port {}/tcp)", port.number),
            Wire::Tcp,
            port.number,
        ),
        None if options.ipv6 => (" (using proto 58/ipv6-icmp)".to_owned(), Wire::Icmp, 0),
        None => (" (using proto 1/icmp)".to_owned(), Wire::Icmp, 0),
    };
    // One hop is no way.
    let using = if attached { String::new() } else { using };
    let ports = if wire == Wire::Tcp {
        vec![port]
    } else {
        Vec::new()
    };
    // The hop limits of the way are its own.
    let plain = Options {
        decoys: Vec::new(),
        spoofed: None,
        fragment: None,
        ..options.clone()
    };
    let mut channel = open(&[address], wire, &ports, &plain)?;
    let Some(Some(from)) = channel
        .sources(&[address])
        .ok()
        .and_then(|s| s.first().copied())
    else {
        return Ok(None);
    };
    let kind = if wire == Wire::Tcp {
        Kind::Tcp(SYN)
    } else {
        Kind::Echo
    };
    let form = Form::default();
    let mut answers: Vec<Option<(IpAddr, f64)>> = vec![None; usize::from(MOST) + 1];
    let mut last = MOST;
    let mut sent: Vec<Option<Timestamp>> = vec![None; usize::from(MOST) + 1];
    let mut next = 1;
    while next <= last {
        let end = (next + AT_ONCE - 1).min(last);
        for ttl in next..=end {
            let probe = Outgoing {
                kind,
                from,
                to: address,
                local: channel.local,
                port,
                // The number of the hop, which an error quotes and an answer acknowledges.
                cookie: u32::from(ttl) << 8,
                payload: &[],
            };
            let probe = Outgoing {
                cookie: if wire == Wire::Tcp {
                    probe.cookie
                } else {
                    ttl.into()
                },
                ..probe
            };
            let write =
                |from, bytes: &mut Vec<u8>| build(&Outgoing { from, ..probe }, &form, bytes);
            channel.push(address, port, from, Some(ttl), write);
        }
        let Ok(stamps) = channel.send() else {
            break;
        };
        channel.clear();
        for (ttl, stamp) in (next..=end).zip(&stamps) {
            if let Some(place) = sent.get_mut(usize::from(ttl)) {
                *place = Some(*stamp);
            }
        }
        let until = clock::now().plus(PATIENCE);
        while answers
            .iter()
            .take(usize::from(end.min(last)) + 1)
            .skip(usize::from(next))
            .any(Option::is_none)
        {
            let left = until.since(clock::now());
            if left.is_zero() {
                break;
            }
            let Ok(received) = channel.receive(64, left).await else {
                break;
            };
            let Some(received) = received.first() else {
                break;
            };
            let mut note = |ttl: u8, who: IpAddr, at: Timestamp| {
                let took = sent
                    .get(usize::from(ttl))
                    .copied()
                    .flatten()
                    .and_then(|sent| at.since(sent));
                if let (Some(place @ None), Some(took)) = (answers.get_mut(usize::from(ttl)), took)
                {
                    *place = Some((who, took.as_secs_f64() * 1e3));
                }
            };
            for error in received.errors() {
                let ttl = match wire {
                    Wire::Tcp => error.quoted.get(6).copied(),
                    _ => error.quoted.get(7).copied(),
                };
                if let (Some(ttl), Some(who)) = (ttl, error.offender) {
                    note(ttl, who.ip(), error.timestamp);
                    if who.ip() == address {
                        last = last.min(ttl);
                    }
                }
            }
            for datagram in received.datagrams() {
                let transport = crate::packet::transport(datagram.payload, address.is_ipv6());
                let ttl = match wire {
                    Wire::Tcp => transport.get(10).copied(),
                    _ => transport.get(7).copied(),
                };
                if let Some(ttl) = ttl.filter(|ttl| (1..=MOST).contains(ttl)) {
                    note(ttl, address, datagram.timestamp);
                    last = last.min(ttl);
                }
            }
        }
        next = end + 1;
    }
    let mut hops = Vec::new();
    for ttl in 1..=last {
        let answer = match answers.get(usize::from(ttl)).copied().flatten() {
            Some((who, ms)) => Some((who, ms, names.find(who).await)),
            None => None,
        };
        hops.push(Hop { ttl, answer });
    }
    // Silence after the last answer tells nothing.
    while hops.last().is_some_and(|hop| hop.answer.is_none()) {
        hops.pop();
    }
    Ok((!hops.is_empty()).then_some(Route { using, hops }))
}
