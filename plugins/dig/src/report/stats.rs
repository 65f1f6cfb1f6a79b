//! Who answered, when, how fast and how much.

use std::fmt::Write as _;

use super::{Shown, Transferred};
use crate::lookup::{Lookup, Transport};

pub(super) fn write(out: &mut String, shown: &Shown<'_>, transferred: Option<Transferred>) {
    let lookup = shown.lookup;
    let (socket, name) = (shown.server.socket(), &shown.server.name);
    let took = shown.microseconds();
    if !lookup.stats {
        if lookup.identify {
            let bytes = transferred.map_or(shown.message.bytes.len() as u64, |all| all.bytes);
            let took = if lookup.microseconds {
                format!("{took} us")
            } else {
                format!("{} ms", took / 1000)
            };
            let _ = writeln!(
                out,
                ";; Received {bytes} bytes from {socket}({name}) in {took}\n"
            );
        }
        return;
    }
    if lookup.microseconds {
        let _ = writeln!(out, ";; Query time: {took} usec");
    } else {
        let _ = writeln!(out, ";; Query time: {} msec", took / 1000);
    }
    let _ = writeln!(
        out,
        ";; SERVER: {socket}({name}) ({})",
        protocol(lookup, shown.transport)
    );
    let now = crate::clock::local_time();
    let _ = writeln!(out, ";; WHEN: {now}");
    match transferred {
        Some(all) => {
            let _ = writeln!(
                out,
                ";; XFR size: {} records (messages {}, bytes {})",
                all.records, all.messages, all.bytes
            );
        }
        None => {
            let _ = writeln!(out, ";; MSG SIZE  rcvd: {}", shown.message.bytes.len());
        }
    }
    if shown.signature == Some(false) {
        out.push_str(";; WARNING -- Some TSIG could not be validated\n");
    }
    if shown.signature.is_none() && lookup.globals.key.is_some() {
        out.push_str(";; WARNING -- TSIG key was not used.\n");
    }
    out.push('\n');
}

/// The transport's name.
pub(super) fn protocol(lookup: &Lookup, transport: Transport) -> &'static str {
    let get = lookup.https.as_ref().is_some_and(|http| http.get);
    match (transport, get) {
        (Transport::Udp, _) => "UDP",
        (Transport::Tcp, _) => "TCP",
        (Transport::Tls, _) => "TLS",
        (Transport::Https, false) => "HTTPS",
        (Transport::Https, true) => "HTTPS-GET",
        (Transport::HttpPlain, false) => "HTTP",
        (Transport::HttpPlain, true) => "HTTP-GET",
    }
}
