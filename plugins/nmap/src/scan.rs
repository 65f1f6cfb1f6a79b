//! Port scans of a group of hosts.

use std::net::IpAddr;

use nethost_sdk::scan::Protocol as Wire;
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::{Error, Exit};

use crate::engine::{Channel, Column, Craft, Engine, Goal, Host as Probed, Rtt, Watch};
use crate::model::Scanned;
use crate::options::{Options, Scan};
use crate::packet::{Form, Kind, SCTP_PORT, TCP_PORT, UDP_PORT};
use crate::services::Protocol;
use crate::{decide, failed, quit};

/// The options of sockets that send probes.
pub(crate) fn socket_options(options: &Options) -> SocketOptions {
    let port = options.source_port;
    let any: IpAddr = match options.ipv6 {
        true => std::net::Ipv6Addr::UNSPECIFIED.into(),
        false => std::net::Ipv4Addr::UNSPECIFIED.into(),
    };
    let source = match (options.source, port) {
        (None, 0) => None,
        (source, port) => Some((source.unwrap_or(any), port).into()),
    };
    SocketOptions {
        interface: options.interface.clone(),
        source,
        hop_limit: options.ttl,
        ..SocketOptions::default()
    }
}

/// Raw packets are not allowed.
pub(crate) fn needs_root() -> Exit {
    quit("You requested a scan type which requires root privileges.".into())
}

/// Opens a channel, or says why that is not possible.
pub(crate) fn open(
    hosts: &[IpAddr],
    protocol: Wire,
    ports: &[u16],
    options: &Options,
) -> Result<Channel, Exit> {
    let mut socket = socket_options(options);
    if let (Wire::Icmp, Some(source)) = (protocol, &mut socket.source) {
        // It has no ports.
        source.set_port(0);
    }
    let craft = craft(options);
    let opened = Channel::open(hosts, protocol, ports, &socket, craft.as_ref());
    opened.map_err(|error| not_opened(error, options))
}

/// Opens a channel for packets of an IP protocol.
pub(crate) fn open_protocol(
    hosts: &[IpAddr],
    number: u8,
    options: &Options,
) -> Result<Channel, Exit> {
    let port = match number {
        1 if !options.ipv6 => return open(hosts, Wire::Icmp, &[], options),
        58 if options.ipv6 => return open(hosts, Wire::Icmp, &[], options),
        6 => return open(hosts, Wire::Tcp, &[TCP_PORT], options),
        17 => return open(hosts, Wire::Udp, &[UDP_PORT], options),
        132 => return open(hosts, Wire::Sctp, &[SCTP_PORT], options),
        _ => 0,
    };
    let mut socket = socket_options(options);
    if let Some(source) = &mut socket.source {
        source.set_port(port);
    }
    let opened = Channel::open_raw(hosts, number, &socket, craft(options).as_ref());
    opened.map_err(|error| not_opened(error, options))
}

/// A column that asks for an IP protocol.
pub(crate) fn protocol_column(channel: usize, number: u8) -> Column {
    Column {
        channel,
        kind: Kind::Protocol(number),
        port: match number {
            6 => TCP_PORT,
            17 => UDP_PORT,
            132 => SCTP_PORT,
            _ => 0,
        },
    }
}

/// How packets differ from those that the kernel would send; none if they do not.
fn craft(options: &Options) -> Option<Craft> {
    let plain =
        options.decoys.is_empty() && options.spoofed.is_none() && options.fragment.is_none();
    (!plain).then(|| Craft {
        sources: match (options.decoys.as_slice(), options.spoofed) {
            ([], spoofed) => vec![spoofed],
            (decoys, spoofed) => decoys.iter().map(|decoy| decoy.or(spoofed)).collect(),
        },
        fragment: options.fragment,
        hop_limit: options.ttl.unwrap_or(64),
    })
}

fn not_opened(error: Error, options: &Options) -> Exit {
    match error {
        Error::AccessDenied => needs_root(),
        Error::AddressInUse => quit(format!(
            "Source port {} is in use on this machine; its answers would go to another program.",
            options.source_port
        )),
        Error::NoSuchDevice => quit(format!(
            "I cannot figure out what source address to use for device {}, does it even exist?",
            options.interface.as_deref().unwrap_or_default()
        )),
        error => failed(&error),
    }
}

/// Scans the ports of hosts that are up.
pub(crate) async fn ports(
    scan: Scan,
    hosts: &[(IpAddr, Option<Rtt>)],
    ports: &[u16],
    options: &Options,
    watch: &mut Watch<'_>,
) -> Result<(Scanned, Vec<(Option<Rtt>, bool)>), Exit> {
    let limits = options.timing.limits();
    let addresses: Vec<IpAddr> = hosts.iter().map(|(address, _)| *address).collect();
    let (channels, columns) = match scan {
        Scan::Protocols => protocols(&addresses, ports, options)?,
        scan => {
            let wire = match scan.protocol() {
                Protocol::Udp => Wire::Udp,
                Protocol::Sctp => Wire::Sctp,
                _ => Wire::Tcp,
            };
            let kind = decide::kind(scan, options.scanflags);
            let column = |port: &u16| Column {
                channel: 0,
                kind,
                port: *port,
            };
            let columns: Vec<Column> = ports.iter().map(column).collect();
            (vec![open(&addresses, wire, ports, options)?], columns)
        }
    };
    complain_of_denials(&channels);
    let rows = hosts
        .iter()
        .map(|(address, rtt)| Probed::new(*address, *rtt, columns.len() as u32, &limits))
        .collect();
    let form = form(options);
    let mut engine = Engine::new(
        Goal::Ports(scan),
        rows,
        columns,
        channels,
        &form,
        limits,
        options.in_order,
    )?;
    engine.run(watch).await?;
    let learned = engine.hosts.iter().map(|host| {
        let rtt = host.rtt.smoothed.is_some().then_some(host.rtt);
        (rtt, host.timed_out)
    });
    let learned = learned.collect();
    let scanned = Scanned {
        scan,
        ports: ports.to_vec(),
        cells: std::mem::take(&mut engine.cells),
    };
    Ok((scanned, learned))
}

/// Channels and columns for IP protocols. The first channel knows the sources of packets.
fn protocols(
    hosts: &[IpAddr],
    numbers: &[u16],
    options: &Options,
) -> Result<(Vec<Channel>, Vec<Column>), Exit> {
    let mut channels = vec![open(hosts, Wire::Icmp, &[], options)?];
    let icmp = if options.ipv6 { 58 } else { 1 };
    let mut columns = Vec::new();
    for number in numbers
        .iter()
        .filter_map(|number| u8::try_from(*number).ok())
    {
        if number == icmp {
            columns.push(protocol_column(0, number));
            continue;
        }
        columns.push(protocol_column(channels.len(), number));
        channels.push(open_protocol(hosts, number, options)?);
    }
    Ok((channels, columns))
}

/// Tells what was denied, each reason once.
pub(crate) fn complain_of_denials(channels: &[Channel]) {
    let mut told: Vec<Error> = Vec::new();
    for denial in channels.iter().flat_map(Channel::denials) {
        if !told.contains(&denial) {
            nethost_sdk::output::complain(format_args!("nmap: {denial}"));
            told.push(denial);
        }
    }
}

/// What is the same in all probes.
pub(crate) fn form(options: &Options) -> Form {
    Form {
        data: options.data.clone(),
        badsum: options.badsum,
        adler: options.adler,
    }
}
