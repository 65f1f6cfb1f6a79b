//! The normal report of a host.

use std::fmt::Write;

use nethost_sdk::text::printable;

use super::table::Table;
use super::{hardware, ignored, two_digits};
use crate::model::{Host, Port, Script, Service};
use crate::options::{Options, Scan};
use crate::services::Services;

/// The whole report.
pub(crate) fn host(host: &Host, options: &Options, services: &Services) -> String {
    let mut text = head(host, options);
    if !host.presence.up {
        return text;
    }
    if host.timed_out {
        let _ = writeln!(text, "Skipping host {} due to host timeout", host.title());
        text.push('\n');
        return text;
    }
    if !options.no_ports && !options.list {
        text.push_str(&ports(host, options, services));
    }
    if let Some(address) = host.hardware {
        let _ = writeln!(text, "MAC Address: {} (Unknown)", hardware(address));
    }
    if let Some(system) = &host.system {
        text.push_str(&system.text);
    }
    text.push_str(&service_info(host));
    if !host.scripts.is_empty() {
        text.push_str("\nHost script results:\n");
        for script in &host.scripts {
            text.push_str(&script_lines(script));
        }
    }
    if let Some(route) = &host.hops {
        let _ = write!(text, "\nTRACEROUTE{}\n", route.using);
        let mut table = Table::default();
        table.add(["HOP", "RTT", "ADDRESS"]);
        for hop in &route.hops {
            let (rtt, address) = match &hop.answer {
                None => ("...".to_owned(), String::new()),
                Some((address, ms, name)) => {
                    let shown = match name {
                        Some(name) => format!("{name} ({address})"),
                        None => address.to_string(),
                    };
                    (format!("{ms:.2} ms"), shown)
                }
            };
            table.add([hop.ttl.to_string(), rtt, address]);
        }
        text.push_str(&table.text());
    }
    if options.debug > 0
        && let Some(rtt) = host.rtt
    {
        let _ = writeln!(
            text,
            "Final times for host: srtt: {:.0} rttvar: {:.0}  to: {}",
            rtt.smoothed.unwrap_or(-1.0),
            rtt.variation,
            rtt.timeout.as_micros()
        );
    }
    if !options.no_ports && !options.list {
        text.push('\n');
    }
    text
}

/// Who it is, and whether it is up.
fn head(host: &Host, options: &Options) -> String {
    let mut text = format!("Nmap scan report for {}", host.title());
    if options.list {
        text.push('\n');
        return text + &others(host);
    }
    let reason = match (options.shows_reasons(), host.presence.ttl) {
        (false, _) => String::new(),
        (true, 0) => format!(", received {}", host.presence.reason.name()),
        (true, ttl) => format!(", received {} ttl {ttl}", host.presence.reason.name()),
    };
    if !host.presence.up {
        let _ = writeln!(text, " [host down{reason}]");
        return text;
    }
    text.push('\n');
    let latency = host.rtt.and_then(|rtt| rtt.smoothed);
    match latency {
        Some(micros) => {
            let _ = writeln!(
                text,
                "Host is up{reason} ({}s latency).",
                two_digits(micros / 1e6)
            );
        }
        None => {
            let _ = writeln!(text, "Host is up{reason}.");
        }
    }
    text.push_str(&others(host));
    if let (Some(typed), Some(name)) = (&host.target.typed, &host.name)
        && !typed.eq_ignore_ascii_case(name)
    {
        let _ = writeln!(text, "rDNS record for {}: {name}", host.target.address);
    }
    if options.verbose > 1 || options.debug > 0 {
        let began = crate::time::at(host.began)
            .strftime("%Y-%m-%d %H:%M:%S")
            .to_string();
        let zone = crate::time::zone_name(host.began);
        let took = host.ended.duration_since(host.began).as_secs();
        if !options.no_ports {
            let _ = writeln!(text, "Scanned at {began} {zone} for {took}s");
        }
    }
    text
}

fn others(host: &Host) -> String {
    match (&host.target.typed, host.target.others.as_slice()) {
        (Some(typed), others @ [_, ..]) => {
            let others: Vec<String> = others.iter().map(ToString::to_string).collect();
            format!(
                "Other addresses for {typed} (not scanned): {}\n",
                others.join(" ")
            )
        }
        _ => String::new(),
    }
}

/// The ports in a table, and how many are not shown.
fn ports(host: &Host, options: &Options, services: &Services) -> String {
    let mut text = String::new();
    let total = host.ports.len();
    if total == 0 {
        return text;
    }
    let states = ignored::states(&host.ports, options);
    let groups = ignored::groups(&host.ports, &states);
    let hidden: usize = groups.iter().map(|group| group.ports.len()).sum();
    let protocols = options.scans.contains(&Scan::Protocols);
    let noun = |count: usize| match (protocols, count) {
        (true, 1) => "protocol",
        (true, _) => "protocols",
        (false, 1) => "port",
        (false, _) => "ports",
    };
    if hidden == total {
        let (ports, are) = (noun(total), if total == 1 { "is" } else { "are" });
        let what = match total {
            1 => format!("The 1 scanned {ports}"),
            _ => format!("All {total} scanned {ports}"),
        };
        let states = if total == 1 {
            "an ignored state"
        } else {
            "ignored states"
        };
        let _ = writeln!(text, "{what} on {} {are} in {states}.", host.title());
    }
    for (at, group) in groups.iter().enumerate() {
        let _ = write!(
            text,
            "{}{} {} {} {} ({})",
            if at == 0 { "Not shown: " } else { ", " },
            group.ports.len(),
            group.state.name(),
            if protocols {
                "n/a"
            } else {
                group.protocol.name()
            },
            noun(group.ports.len()),
            group.reason.name()
        );
    }
    text.push('\n');
    let filtered = host
        .ports
        .iter()
        .any(|port| port.state == crate::state::State::Filtered);
    if options.open && filtered && options.scans.contains(&Scan::Syn) {
        text.push_str(
            "Some closed ports may be reported as filtered due to --defeat-rst-ratelimit\n",
        );
    }
    if hidden == total {
        return text;
    }
    let shown: Vec<&Port> = host
        .ports
        .iter()
        .filter(|port| !states.contains(&port.state))
        .collect();
    let with_version = options.version;
    let head = if protocols { "PROTOCOL" } else { "PORT" };
    let mut heads = vec![head, "STATE", "SERVICE"];
    if options.shows_reasons() {
        heads.push("REASON");
    }
    if with_version {
        heads.push("VERSION");
    }
    let mut table = Table::default();
    table.add(heads);
    for port in shown {
        let service = service_name(port, options, services);
        let mut cells = vec![
            match protocols {
                true => port.number.to_string(),
                false => format!("{}/{}", port.number, port.protocol.name()),
            },
            port.state.name().to_owned(),
            service,
        ];
        if options.shows_reasons() {
            cells.push(match port.ttl {
                0 => port.reason.name().to_owned(),
                ttl => format!("{} ttl {ttl}", port.reason.name()),
            });
        }
        if with_version {
            cells.push(port.service.as_deref().map(version).unwrap_or_default());
        }
        table.add(cells);
        for script in &port.scripts {
            table.whole(script_lines(script).trim_end_matches('\n'));
        }
    }
    text + &table.text()
}

/// The name in the column SERVICE.
pub(crate) fn service_name(port: &Port, options: &Options, services: &Services) -> String {
    let known = services.name(port.protocol, port.number);
    match port.service.as_deref() {
        Some(service) if service.wrapped => "tcpwrapped".into(),
        Some(service) if !service.name.is_empty() => {
            let name = printable(&service.name);
            if service.tls && name != "https" {
                format!("ssl/{name}")
            } else {
                name.into_owned()
            }
        }
        Some(service) if service.tls => format!("ssl/{}?", known.unwrap_or("unknown")),
        _ => {
            let doubt = options.version && port.state == crate::state::State::Open;
            match (known, doubt) {
                (Some(name), true) => format!("{name}?"),
                (Some(name), false) => name.to_owned(),
                (None, _) => "unknown".into(),
            }
        }
    }
}

/// Product, version and what else is known.
pub(crate) fn version(service: &Service) -> String {
    let mut text = String::new();
    for part in [&service.product, &service.version].into_iter().flatten() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&printable(part));
    }
    if let Some(info) = &service.info {
        let _ = write!(
            text,
            "{}({})",
            if text.is_empty() { "" } else { " " },
            printable(info)
        );
    }
    text
}

/// `Service Info: Host: h; OS: Linux; CPE: c`.
fn service_info(host: &Host) -> String {
    let services: Vec<&Service> = host
        .ports
        .iter()
        .filter_map(|port| port.service.as_deref())
        .collect();
    let collect = |part: fn(&Service) -> Vec<&String>| {
        let mut seen: Vec<String> = Vec::new();
        for value in services.iter().flat_map(|service| part(service)) {
            let value = printable(value).into_owned();
            if !seen.contains(&value) {
                seen.push(value);
            }
        }
        seen
    };
    let mut parts = Vec::new();
    let hosts = collect(|service| service.hostname.iter().collect());
    let systems = collect(|service| service.system.iter().collect());
    let devices = collect(|service| service.device.iter().collect());
    let names = collect(|service| {
        service
            .names
            .iter()
            .filter(|name| !name.starts_with("cpe:/a"))
            .collect()
    });
    for (title, many, values) in [
        ("Host", "Hosts", hosts),
        ("OS", "OSs", systems),
        ("Device", "Devices", devices),
        ("CPE", "CPE", names),
    ] {
        match values.as_slice() {
            [] => {}
            [one] => parts.push(format!("{title}: {one}")),
            several => parts.push(format!("{many}: {}", several.join(", "))),
        }
    }
    match parts.is_empty() {
        true => String::new(),
        false => format!("Service Info: {}\n", parts.join("; ")),
    }
}

/// `| name: output`, with more lines below.
fn script_lines(script: &Script) -> String {
    let whole = format!("{}: {}", script.name, script.output.trim_end());
    let lines: Vec<&str> = whole.split('\n').collect();
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let lead = if at + 1 == lines.len() { "|_" } else { "| " };
        let _ = writeln!(text, "{lead}{}", printable(line));
    }
    text
}
