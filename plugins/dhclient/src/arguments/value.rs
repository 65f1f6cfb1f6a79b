//! The values of options.

use std::net::{IpAddr, Ipv4Addr};

use nethost_sdk::Exit;
use nethost_sdk::text::printable;

use super::misused;

pub(super) fn port(text: &str) -> Result<u16, Exit> {
    let port = text.parse().ok().filter(|port| *port > 1);
    let shown = printable(text);
    port.ok_or_else(|| Exit::failed(1, format!("Invalid port number specification: {shown}")))
}

pub(super) fn address(text: &str) -> Result<Ipv4Addr, Exit> {
    let shown = printable(text);
    text.parse()
        .map_err(|_| Exit::failed(1, format!("{shown}: not an IPv4 address")))
}

/// Addresses of servers or routers, with commas between them.
pub(super) fn servers(text: &str) -> Result<Vec<IpAddr>, Exit> {
    let server = |text: &str| {
        let shown = printable(text);
        text.parse()
            .map_err(|_| Exit::failed(1, format!("--expect: {shown}: not an address")))
    };
    text.split(',').map(server).collect()
}

pub(super) fn seconds(option: &str, text: &str) -> Result<u64, Exit> {
    // ISC's dhclient counts in an int.
    let seconds = text.parse::<u64>().ok();
    seconds
        .filter(|seconds| *seconds <= 0x7fff_ffff)
        .ok_or_else(|| invalid(option, text))
}

/// The length of a prefix of IPv6.
pub(super) fn length(option: &str, text: &str) -> Result<u8, Exit> {
    let length = text.parse().ok().filter(|length| *length <= 128);
    length.ok_or_else(|| invalid(option, text))
}

fn invalid(option: &str, text: &str) -> Exit {
    let shown = printable(text);
    misused(format_args!("Invalid value for {option}: {shown}"))
}

/// Six octets in hexadecimal with colons between them, which are no group's.
pub(super) fn hardware(text: &str) -> Result<Vec<u8>, Exit> {
    let octets: Option<Vec<u8>> = text
        .split(':')
        .map(|part| match part.len() {
            1 | 2 => u8::from_str_radix(part, 16).ok(),
            _ => None,
        })
        .collect();
    let one = |octets: &Vec<u8>| octets.len() == 6 && octets[0] & 1 == 0;
    octets.filter(one).ok_or_else(|| invalid("--mac", text))
}

/// Hexadecimal octets with colons between them, or a text, which has the type 0 (RFC 2132 section 9.14).
pub(super) fn identifier(text: &str) -> Vec<u8> {
    let octets: Option<Vec<u8>> = text
        .split(':')
        .map(|part| u8::from_str_radix(part, 16).ok())
        .collect();
    match octets {
        Some(octets) if octets.len() > 1 => octets,
        _ => [&[0], text.as_bytes()].concat(),
    }
}

pub(super) fn request(text: &str) -> Result<Vec<u8>, Exit> {
    let code = |name: &str| {
        let code = crate::v4::option::named(name);
        let shown = printable(name).into_owned();
        code.ok_or_else(|| {
            let what = format!("--request-options: no option named {shown}");
            Exit::failed(1, what)
        })
    };
    text.split(',').map(code).collect()
}
