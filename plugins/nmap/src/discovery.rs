//! Finds out which hosts of a group are up.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use nethost_sdk::scan::Protocol as Wire;
use nethost_sdk::{Exit, clock};

use crate::arp;
use crate::connect;
use crate::engine::{Column, Engine, Goal, Host as Probed, Presence, Rtt, Watch};
use crate::link::{Attachment, Links, Neighbour};
use crate::options::{Options, Ping};
use crate::packet::{ACK, Kind, SYN};
use crate::scan::{complain_of_denials, form, open, open_protocol, protocol_column};
use crate::state::Reason;
use crate::targets::Target;
use crate::timing::Limits;

/// What is known of a host after discovery.
pub(crate) type Found = (Presence, Option<Rtt>);

/// How long a neighbour may take to answer.
const NEIGHBOUR: Duration = Duration::from_millis(1200);
/// The kernel waits five seconds before it asks a neighbour in doubt again, and then asks three times.
const DOUBT: Duration = Duration::from_millis(8500);

/// The kinds of discovery: those that were asked for, or nmap's own choice.
pub(crate) fn pings(options: &Options) -> Vec<Ping> {
    match options.pings.as_slice() {
        // As connections.
        [] if options.privileged == Some(false) => vec![Ping::Syn(vec![80, 443])],
        [] if options.ipv6 => vec![Ping::Echo, Ping::Syn(vec![443]), Ping::Ack(vec![80])],
        [] => vec![
            Ping::Echo,
            Ping::Syn(vec![443]),
            Ping::Ack(vec![80]),
            Ping::Timestamp,
        ],
        chosen => chosen.to_vec(),
    }
}

/// How the hosts of a group are divided.
#[derive(Debug, Default)]
pub(crate) struct Division {
    /// Taken to be up.
    pub(crate) known: Vec<(usize, Presence)>,
    /// On a link of this machine.
    pub(crate) attached: Vec<usize>,
    /// Elsewhere.
    pub(crate) remote: Vec<usize>,
}

/// Divides the hosts of a group.
pub(crate) fn divide(targets: &[Target], options: &Options, links: &Links) -> Division {
    let mut division = Division::default();
    for (at, target) in targets.iter().enumerate() {
        let address = target.address;
        let up = |reason| Presence {
            up: true,
            reason,
            ttl: 0,
        };
        if links.is_own(address) && options.privileged != Some(false) {
            division.known.push((at, up(Reason::Localhost)));
        } else if options.arp && options.privileged != Some(false) && links.is_attached(address) {
            division.attached.push(at);
        } else if options.no_ping {
            division.known.push((at, up(Reason::UserSet)));
        } else {
            division.remote.push(at);
        }
    }
    division
}

/// Asks hosts elsewhere.
pub(crate) async fn remote(
    hosts: &[IpAddr],
    options: &Options,
    watch: &mut Watch<'_>,
) -> Result<Vec<Found>, Exit> {
    probe(
        hosts,
        &pings(options),
        options,
        options.timing.limits(),
        watch,
    )
    .await
}

/// Asks hosts on a link for their hardware addresses: by ARP, or as the kernel does it.
pub(crate) async fn attached(
    hosts: &[IpAddr],
    options: &Options,
    links: &mut Links,
    watch: &mut Watch<'_>,
) -> Result<Vec<Found>, Exit> {
    if let Some(answers) = by_arp(hosts, options, links, watch).await? {
        let limits = options.timing.limits();
        let found = hosts.iter().map(|host| {
            let answer = answers.get(host);
            let rtt = answer.map(|(_, took)| {
                let mut rtt = Rtt::new(&limits);
                rtt.observe(*took, &limits);
                rtt
            });
            let presence = Presence {
                up: answer.is_some(),
                reason: answer.map_or(Reason::NoResponse, |_| Reason::ArpResponse),
                ttl: 0,
            };
            (presence, rtt)
        });
        let found = found.collect();
        let told = answers
            .into_iter()
            .map(|(host, (hardware, _))| (host, hardware));
        links.told.extend(told);
        return Ok(found);
    }
    by_kernel(hosts, options, links, watch).await
}

/// None if some host is not IPv4, or if the packets are not allowed.
async fn by_arp(
    hosts: &[IpAddr],
    options: &Options,
    links: &Links,
    watch: &mut Watch<'_>,
) -> Result<Option<arp::Answers>, Exit> {
    let mut by_link: BTreeMap<Attachment, Vec<Ipv4Addr>> = BTreeMap::new();
    for host in hosts {
        let IpAddr::V4(host) = *host else {
            return Ok(None);
        };
        let Some(link) = links.attachment(host) else {
            return Ok(None);
        };
        by_link.entry(link).or_default().push(host);
    }
    let limits = options.timing.limits();
    let mut all = HashMap::new();
    for (link, hosts) in by_link {
        let Some(answers) = arp::ask(&hosts, &link, &limits, watch).await? else {
            return Ok(None);
        };
        all.extend(answers);
    }
    Ok(Some(all))
}

/// What the kernel asks hosts before it sends an echo request, they must answer.
async fn by_kernel(
    hosts: &[IpAddr],
    options: &Options,
    links: &Links,
    watch: &mut Watch<'_>,
) -> Result<Vec<Found>, Exit> {
    let began = clock::now();
    let limits = Limits {
        initial_rtt: Duration::from_millis(300),
        max_retries: 1,
        ..options.timing.limits()
    };
    // What neighbours must answer is sent by the kernel; the echo request is not what was asked for.
    let plain = Options {
        badsum: false,
        decoys: Vec::new(),
        spoofed: None,
        fragment: None,
        ..options.clone()
    };
    let mut found = probe(hosts, &[Ping::Echo], &plain, limits, watch).await?;
    let response = match options.ipv6 {
        true => Reason::NdResponse,
        false => Reason::ArpResponse,
    };
    let answered: Vec<bool> = found.iter().map(|(presence, _)| presence.up).collect();
    loop {
        let neighbours = links.neighbours();
        let mut wait = false;
        for ((address, (presence, _)), answered) in hosts.iter().zip(&mut found).zip(&answered) {
            let state = neighbours.get(address).map(|(state, _)| *state);
            let up = *answered || state == Some(Neighbour::Confirmed);
            let passed = clock::now().since(began);
            wait |= !up
                && match state {
                    Some(Neighbour::InDoubt) => passed < DOUBT,
                    _ => passed < NEIGHBOUR,
                };
            *presence = Presence {
                up,
                reason: if up { response } else { Reason::NoResponse },
                ttl: 0,
            };
        }
        if !wait {
            return Ok(found);
        }
        clock::wait_for(Duration::from_millis(100)).await;
    }
}

/// The hardware addresses of neighbours.
pub(crate) fn hardware(links: &Links) -> HashMap<IpAddr, [u8; 6]> {
    let neighbours = links.neighbours().into_iter();
    let known = neighbours.filter_map(|(address, (_, hardware))| Some((address, hardware?)));
    let mut known: HashMap<_, _> = known.collect();
    known.extend(&links.told);
    known
}

async fn probe(
    hosts: &[IpAddr],
    pings: &[Ping],
    options: &Options,
    limits: Limits,
    watch: &mut Watch<'_>,
) -> Result<Vec<Found>, Exit> {
    if hosts.is_empty() {
        return Ok(Vec::new());
    }
    if options.privileged == Some(false) {
        return connect::ping(hosts, options).await;
    }
    let mut columns: Vec<(Wire, Kind, u16)> = Vec::new();
    let mut protocols: Vec<u16> = Vec::new();
    for ping in pings {
        let mut add = |wire, kind, ports: &[u16]| {
            columns.extend(ports.iter().map(|port| (wire, kind, *port)));
        };
        match ping {
            Ping::Echo => add(Wire::Icmp, Kind::Echo, &[0]),
            Ping::Timestamp => add(Wire::Icmp, Kind::Timestamp, &[0]),
            Ping::Mask => add(Wire::Icmp, Kind::Mask, &[0]),
            Ping::Syn(ports) => add(Wire::Tcp, Kind::Tcp(SYN), ports),
            Ping::Ack(ports) => add(Wire::Tcp, Kind::Tcp(ACK), ports),
            Ping::Udp(ports) => add(Wire::Udp, Kind::Udp, ports),
            Ping::Sctp(ports) => add(Wire::Sctp, Kind::SctpInit, ports),
            Ping::Protocols(numbers) => protocols.extend_from_slice(numbers),
        }
    }
    let mut channels = Vec::new();
    let mut shaped = Vec::new();
    for wire in [Wire::Icmp, Wire::Tcp, Wire::Udp, Wire::Sctp] {
        let of_wire = columns.iter().filter(|(other, ..)| *other == wire);
        let mut ports: Vec<u16> = of_wire.clone().map(|(_, _, port)| *port).collect();
        if ports.is_empty() {
            continue;
        }
        ports.sort_unstable();
        ports.dedup();
        let ports = if wire == Wire::Icmp {
            Vec::new()
        } else {
            ports
        };
        shaped.extend(of_wire.map(|(_, kind, port)| Column {
            channel: channels.len(),
            kind: *kind,
            port: *port,
        }));
        channels.push(open(hosts, wire, &ports, options)?);
    }
    if channels.is_empty() && !protocols.is_empty() {
        // It knows the sources of packets.
        channels.push(open(hosts, Wire::Icmp, &[], options)?);
    }
    for number in protocols
        .iter()
        .filter_map(|number| u8::try_from(*number).ok())
    {
        shaped.push(protocol_column(channels.len(), number));
        channels.push(open_protocol(hosts, number, options)?);
    }
    complain_of_denials(&channels);
    let rows = hosts
        .iter()
        .map(|address| Probed::new(*address, None, shaped.len() as u32, &limits))
        .collect();
    let goal = Goal::Hosts {
        ignore_rst: options.ignore_rst,
    };
    let form = form(options);
    let mut engine = Engine::new(goal, rows, shaped, channels, &form, limits, true)?;
    engine.run(watch).await?;
    let absent = Presence {
        up: false,
        reason: Reason::NoResponse,
        ttl: 0,
    };
    let found = engine
        .presence
        .iter()
        .zip(&engine.hosts)
        .map(|(presence, host)| {
            let rtt = host.rtt.smoothed.is_some().then_some(host.rtt);
            (presence.unwrap_or(absent), rtt)
        });
    Ok(found.collect())
}
