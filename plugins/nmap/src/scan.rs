//! Port scans of a group of hosts.

use std::net::IpAddr;

use nethost_sdk::scan::Protocol as Wire;
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::{Error, Exit};

use crate::engine::{Channel, Column, Engine, Goal, Host as Probed, Rtt, Watch};
use crate::model::Scanned;
use crate::options::{Options, Scan};
use crate::packet::Form;
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
    Channel::open(hosts, protocol, ports, &socket).map_err(|error| match error {
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
    })
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
    let wire = match scan {
        Scan::Udp => Wire::Udp,
        Scan::SctpInit => Wire::Sctp,
        _ => Wire::Tcp,
    };
    let channel = open(&addresses, wire, ports, options)?;
    for refused in &channel.granted().refused {
        nethost_sdk::output::complain(format_args!(
            "nmap: {}",
            Error::Denied(Box::new(refused.denial.clone()))
        ));
    }
    let kind = decide::kind(scan, options.scanflags);
    let columns: Vec<Column> = ports
        .iter()
        .map(|port| Column {
            channel: 0,
            kind,
            port: *port,
        })
        .collect();
    let rows = hosts
        .iter()
        .map(|(address, rtt)| Probed::new(*address, *rtt, columns.len() as u32, &limits))
        .collect();
    let form = form(options);
    let mut engine = Engine::new(
        Goal::Ports(scan),
        rows,
        columns,
        vec![channel],
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

/// What is the same in all probes.
pub(crate) fn form(options: &Options) -> Form {
    Form {
        data: options.data.clone(),
        badsum: options.badsum,
    }
}
