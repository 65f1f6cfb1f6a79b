//! XML in the form of nmap's nmap.dtd 1.05, which other programs read.

use std::fmt::Write;

use jiff::Timestamp;

use super::{Summary, hardware, ignored};
use crate::help::FOLLOWED;
use crate::model::{Host, Port, Script, Service};
use crate::options::Options;
use crate::ports::{PortLists, shown};
use crate::services::{Protocol, Services};

/// Text in an attribute or an element. Characters that XML does not allow are left out.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '-' if out.ends_with('-') => out.push_str("&#45;"),
            '\n' => out.push_str("&#xa;"),
            '\r' => out.push_str("&#xd;"),
            '\t' => out.push_str("&#x9;"),
            c if c < ' '
                || ('\u{7f}'..='\u{9f}').contains(&c)
                || c == '\u{fffe}'
                || c == '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

/// The head of the document.
pub(crate) fn begin(options: &Options, lists: &PortLists, began: Timestamp) -> String {
    let when = crate::time::asctime(began);
    let command = escaped(&options.command);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nmaprun>\n");
    if let Some(sheet) = &options.stylesheet {
        let sheet = escaped(sheet);
        let _ = writeln!(
            text,
            "<?xml-stylesheet href=\"{sheet}\" type=\"text/xsl\"?>"
        );
    }
    let _ = writeln!(
        text,
        "<!-- Nmap {FOLLOWED} scan initiated {when} as: {command} -->"
    );
    let _ = writeln!(
        text,
        "<nmaprun scanner=\"nmap\" args=\"{command}\" start=\"{}\" startstr=\"{when}\" version=\"{FOLLOWED}\" xmloutputversion=\"1.05\">",
        began.as_second()
    );
    for scan in &options.scans {
        let protocol = scan.protocol();
        let ports = lists.of(protocol);
        let _ = writeln!(
            text,
            "<scaninfo type=\"{}\" protocol=\"{}\" numservices=\"{}\" services=\"{}\"/>",
            scan.word(),
            protocol.name(),
            ports.len(),
            shown(ports)
        );
    }
    let _ = writeln!(text, "<verbose level=\"{}\"/>", options.verbose);
    let _ = writeln!(text, "<debugging level=\"{}\"/>", options.debug);
    text
}

/// A host.
pub(crate) fn host(host: &Host, options: &Options, services: &Services) -> String {
    if !host.presence.up && options.verbose == 0 && !options.list {
        return String::new();
    }
    let mut text = String::from("<host");
    if !options.list && host.presence.up {
        let (began, ended) = (host.began.as_second(), host.ended.as_second());
        if !options.no_ports {
            let _ = write!(text, " starttime=\"{began}\" endtime=\"{ended}\"");
        }
    }
    if host.timed_out {
        text.push_str(" timedout=\"true\"");
    }
    let (state, reason, ttl) = match options.list {
        true => ("unknown", "user-set", 0),
        false if host.presence.up => ("up", host.presence.reason.name(), host.presence.ttl),
        false => ("down", host.presence.reason.name(), host.presence.ttl),
    };
    let _ = writeln!(
        text,
        "><status state=\"{state}\" reason=\"{reason}\" reason_ttl=\"{ttl}\"/>"
    );
    text.push_str(&who(host));
    if host.presence.up && !host.timed_out && !host.ports.is_empty() {
        text.push_str(&ports(host, options, services));
    }
    rest(host, text)
}

/// A host that is going to be scanned.
pub(crate) fn hint(host: &Host) -> String {
    use crate::state::Reason::{ArpResponse, Localhost, NdResponse, UserSet};
    // As nmap has it, the reason is known later in the other cases.
    let reason = match host.presence.reason {
        reason @ (ArpResponse | NdResponse | Localhost | UserSet) => reason.name(),
        _ => "unknown-response",
    };
    format!(
        "<hosthint><status state=\"up\" reason=\"{reason}\" reason_ttl=\"0\"/>\n{}</hosthint>\n",
        who(host)
    )
}

/// Addresses and names.
fn who(host: &Host) -> String {
    let mut text = String::new();
    let family = if host.target.address.is_ipv6() {
        "ipv6"
    } else {
        "ipv4"
    };
    let _ = writeln!(
        text,
        "<address addr=\"{}\" addrtype=\"{family}\"/>",
        host.target.address
    );
    if let Some(address) = host.hardware {
        let _ = writeln!(
            text,
            "<address addr=\"{}\" addrtype=\"mac\"/>",
            hardware(address)
        );
    }
    if !host.presence.up && host.target.typed.is_none() && host.name.is_none() {
        return text;
    }
    text.push_str("<hostnames>\n");
    if let Some(typed) = &host.target.typed {
        let _ = writeln!(
            text,
            "<hostname name=\"{}\" type=\"user\"/>",
            escaped(typed)
        );
    }
    if let Some(name) = &host.name {
        let _ = writeln!(text, "<hostname name=\"{}\" type=\"PTR\"/>", escaped(name));
    }
    text + "</hostnames>\n"
}

/// What follows the ports.
fn rest(host: &Host, mut text: String) -> String {
    if let Some(system) = &host.system {
        text.push_str("<os>");
        for (name, accuracy) in &system.guesses {
            let name = escaped(name);
            let _ = write!(
                text,
                "<osmatch name=\"{name}\" accuracy=\"{accuracy}\" line=\"0\">\n</osmatch>\n"
            );
        }
        text.push_str("</os>\n");
    }
    if !host.scripts.is_empty() {
        text.push_str("<hostscript>");
        host.scripts
            .iter()
            .for_each(|found| text.push_str(&script(found)));
        text.push_str("</hostscript>");
    }
    if let Some(route) = &host.hops {
        text.push_str("<trace>\n");
        for hop in &route.hops {
            let Some((address, ms, name)) = &hop.answer else {
                continue;
            };
            let name = name
                .as_ref()
                .map(|name| format!(" host=\"{}\"", escaped(name)));
            let _ = writeln!(
                text,
                "<hop ttl=\"{}\" ipaddr=\"{address}\" rtt=\"{ms:.2}\"{}/>",
                hop.ttl,
                name.unwrap_or_default()
            );
        }
        text.push_str("</trace>\n");
    }
    if let Some(rtt) = host.rtt
        && host.presence.up
    {
        let _ = writeln!(
            text,
            "<times srtt=\"{:.0}\" rttvar=\"{:.0}\" to=\"{}\"/>",
            rtt.smoothed.unwrap_or(-1.0),
            rtt.variation,
            rtt.timeout.as_micros()
        );
    }
    text + "</host>\n"
}

fn ports(host: &Host, options: &Options, services: &Services) -> String {
    let mut text = String::from("<ports>");
    let states = ignored::states(&host.ports, options);
    let groups = ignored::groups(&host.ports, &states);
    for state in &states {
        let of_state: Vec<_> = groups
            .iter()
            .filter(|group| group.state == *state)
            .collect();
        let count: usize = of_state.iter().map(|group| group.ports.len()).sum();
        let _ = writeln!(
            text,
            "<extraports state=\"{}\" count=\"{count}\">",
            state.name()
        );
        for group in of_state {
            let _ = writeln!(
                text,
                "<extrareasons reason=\"{}\" count=\"{}\" proto=\"{}\" ports=\"{}\"/>",
                group.reason.name(),
                group.ports.len(),
                group.protocol.name(),
                shown(&group.ports)
            );
        }
        text.push_str("</extraports>\n");
    }
    for port in host
        .ports
        .iter()
        .filter(|port| !states.contains(&port.state))
    {
        let _ = write!(
            text,
            "<port protocol=\"{}\" portid=\"{}\"><state state=\"{}\" reason=\"{}\" reason_ttl=\"{}\"/>",
            port.protocol.name(),
            port.number,
            port.state.name(),
            port.reason.name(),
            port.ttl
        );
        if port.protocol == Protocol::Ip {
            text.push('\n');
        }
        text.push_str(&service(port, services));
        port.scripts
            .iter()
            .for_each(|found| text.push_str(&script(found)));
        text.push_str("</port>\n");
    }
    text + "</ports>\n"
}

fn service(port: &Port, services: &Services) -> String {
    let known = services.name(port.protocol, port.number);
    let Some(Service {
        name,
        tls,
        product,
        version,
        info,
        hostname,
        system,
        device,
        names,
        wrapped,
        ..
    }) = port.service.as_deref()
    else {
        return match known {
            Some(name) => format!(
                "<service name=\"{}\" {}/>",
                escaped(name),
                match port.protocol {
                    Protocol::Ip => "conf=\"8\" method=\"table\"",
                    _ => "method=\"table\" conf=\"3\"",
                }
            ),
            None => String::new(),
        };
    };
    let shown = match (wrapped, name.is_empty()) {
        (true, _) => "tcpwrapped",
        (false, true) => known.unwrap_or("unknown"),
        (false, false) => name,
    };
    let mut text = format!("<service name=\"{}\"", escaped(shown));
    for (attribute, value) in [
        ("product", product),
        ("version", version),
        ("extrainfo", info),
        ("hostname", hostname),
        ("ostype", system),
        ("devicetype", device),
    ] {
        if let Some(value) = value {
            let _ = write!(text, " {attribute}=\"{}\"", escaped(value));
        }
    }
    if *tls {
        text.push_str(" tunnel=\"ssl\"");
    }
    let sure = *wrapped || !name.is_empty();
    text.push_str(match (wrapped, sure) {
        (true, _) => " method=\"probed\" conf=\"8\"",
        (_, true) => " method=\"probed\" conf=\"10\"",
        (_, false) => " method=\"table\" conf=\"3\"",
    });
    if names.is_empty() {
        return text + "/>";
    }
    text.push('>');
    for name in names {
        let _ = write!(text, "<cpe>{}</cpe>", escaped(name));
    }
    text + "</service>"
}

fn script(script: &Script) -> String {
    format!(
        "<script id=\"{}\" output=\"{}\"/>",
        script.name,
        escaped(&script.output)
    )
}

/// The end of the document.
pub(crate) fn end(summary: &Summary) -> String {
    let when = crate::time::asctime(summary.ended);
    let addresses = summary.text();
    let down = summary.total - summary.up;
    format!(
        "<runstats><finished time=\"{}\" timestr=\"{when}\" summary=\"Nmap done at {when}; {addresses}\" elapsed=\"{:.2}\" exit=\"success\"/><hosts up=\"{}\" down=\"{down}\" total=\"{}\"/>\n</runstats>\n</nmaprun>\n",
        summary.ended.as_second(),
        summary.took.as_secs_f64(),
        summary.up,
        summary.total
    )
}
