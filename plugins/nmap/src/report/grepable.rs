//! One line for each host, for grep and awk.

use std::fmt::Write;

use nethost_sdk::text::printable;

use super::{ignored, normal};
use crate::model::{Host, Port};
use crate::options::Options;
use crate::ports::{PortLists, shown};
use crate::services::{Protocol, Services};

/// `# Ports scanned: TCP(1;22) UDP(0;) SCTP(0;) PROTOCOLS(0;)`.
pub(crate) fn ports(lists: &PortLists) -> String {
    let part = |name: &str, ports: &[u16]| format!("{name}({};{})", ports.len(), shown(ports));
    format!(
        "# Ports scanned: {} {} {} {}\n",
        part("TCP", &lists.tcp),
        part("UDP", &lists.udp),
        part("SCTP", &lists.sctp),
        part("PROTOCOLS", &lists.ip)
    )
}

fn protocols(options: &Options) -> bool {
    options.scans.contains(&crate::options::Scan::Protocols)
}

/// The lines of a host.
pub(crate) fn host(host: &Host, options: &Options, services: &Services) -> String {
    let name = host.target.typed.as_ref().or(host.name.as_ref());
    let who = format!(
        "Host: {} ({})",
        host.target.address,
        name.map(String::as_str).unwrap_or_default()
    );
    if options.list {
        return format!("{who}\tStatus: Unknown\n");
    }
    if !host.presence.up {
        return match options.verbose {
            0 => String::new(),
            _ => format!("{who}\tStatus: Down\n"),
        };
    }
    if host.timed_out {
        return format!("{who}\tStatus: Timeout\n");
    }
    let mut text = format!("{who}\tStatus: Up\n");
    if options.no_ports || host.ports.is_empty() {
        return text;
    }
    let states = ignored::states(&host.ports, options);
    let listed: Vec<&Port> = host
        .ports
        .iter()
        .filter(|port| !states.contains(&port.state))
        .collect();
    text.push_str(&who);
    if !listed.is_empty() {
        text.push_str(match protocols(options) {
            true => "\tProtocols: ",
            false => "\tPorts: ",
        });
    } else {
        text.push_str("\tStatus: Up");
    }
    for (at, port) in listed.iter().enumerate() {
        let service = normal::service_name(port, options, services);
        let service = if service == "unknown" && port.service.is_none() {
            ""
        } else {
            &service
        };
        let version = port
            .service
            .as_deref()
            .map(normal::version)
            .unwrap_or_default();
        let comma = if at == 0 { "" } else { ", " };
        if port.protocol == Protocol::Ip {
            let (number, state) = (port.number, port.state.name());
            let _ = write!(text, "{comma}{number}/{state}/{service}/");
            continue;
        }
        let _ = write!(
            text,
            "{}{}/{}/{}//{}//{}/",
            comma,
            port.number,
            port.state.name(),
            port.protocol.name(),
            service.replace('/', "|"),
            printable(&version).replace('/', "|").replace(',', ";"),
        );
    }
    if let Some(state) = states.first() {
        let count = host
            .ports
            .iter()
            .filter(|port| port.state == *state)
            .count();
        let _ = write!(text, "\tIgnored State: {} ({count})", state.name());
    }
    text.push('\n');
    text
}
