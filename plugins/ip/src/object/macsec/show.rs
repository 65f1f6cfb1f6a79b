//! `ip macsec show`.

use nethost_sdk::netlink::{EntityKind, Field};

use super::{CIPHERS, OFFLOADS, VALIDATIONS};
use crate::color;
use crate::entity::{children, entity, octets, unsigned};
use crate::ip::Ip;
use crate::value::Shown;
use crate::words::{Done, Words};

/// MACSEC_ATTR_….
const LINK: u16 = 1;
const SECY: u16 = 4;
const SENT: u16 = 5;
const RECEIVERS: u16 = 6;
const SENDER_STATISTICS: u16 = 7;
const SECY_STATISTICS: u16 = 8;
const OFFLOAD: u16 = 9;

/// What is on or off, by MACSEC_SECY_ATTR_…. The numbers of `sc` and `sa` are those of other attributes; there they are on.
const SWITCHES: &[(u16, &str)] = &[
    (2, "sc"),
    (2, "sa"),
    (10, "encrypt"),
    (11, "send_sci"),
    (12, "end_station"),
    (13, "scb"),
    (7, "replay"),
];

const SECY_COUNTERS: &[(u16, &str)] = &[
    (1, "OutPktsUntagged"),
    (2, "InPktsUntagged"),
    (3, "OutPktsTooLong"),
    (4, "InPktsNoTag"),
    (5, "InPktsBadTag"),
    (6, "InPktsUnknownSCI"),
    (7, "InPktsNoSCI"),
    (8, "InPktsOverrun"),
];
const SENDER_COUNTERS: &[(u16, &str)] = &[
    (1, "OutPktsProtected"),
    (2, "OutPktsEncrypted"),
    (3, "OutOctetsProtected"),
    (4, "OutOctetsEncrypted"),
];
const SENT_COUNTERS: &[(u16, &str)] = &[(6, "OutPktsProtected"), (7, "OutPktsEncrypted")];
const RECEIVED_COUNTERS: &[(u16, &str)] = &[
    (1, "InPktsOK"),
    (2, "InPktsInvalid"),
    (3, "InPktsNotValid"),
    (4, "InPktsNotUsingSA"),
    (5, "InPktsUnusedSA"),
];
const RECEIVER_COUNTERS: &[(u16, &str)] = &[
    (1, "InOctetsValidated"),
    (2, "InOctetsDecrypted"),
    (3, "InPktsUnchecked"),
    (4, "InPktsDelayed"),
    (5, "InPktsOK"),
    (6, "InPktsInvalid"),
    (7, "InPktsLate"),
    (8, "InPktsNotValid"),
    (9, "InPktsNotUsingSA"),
    (10, "InPktsUnusedSA"),
];

const INDENT: &str = "    ";

pub(super) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let wanted = match words.is_empty() {
        true => None,
        false => Some(super::link(ip, words)?),
    };
    if !words.is_empty() {
        return Err(crate::help::of("macsec"));
    }
    let found = ip.of_family(&entity(EntityKind::Macsec, 0, &[]))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for one in &found {
        let index = unsigned(&one.fields, LINK).unwrap_or_default();
        if wanted.is_none_or(|wanted| u64::from(wanted) == index) {
            link(ip, index as u32, &one.fields)?;
        }
    }
    ip.out.end();
    Ok(())
}

fn link(ip: &mut Ip, index: u32, fields: &[Field]) -> Done {
    let name = ip.link_name(index)?;
    ip.out.open_object();
    ip.out.any("ifindex", index, format_args!("{index}: "));
    ip.out
        .any_in(color::INTERFACE, "ifname", &name, format_args!("{name}: "));
    let secy = children(fields, SECY);
    attributes(ip, &secy);
    let cipher = unsigned(&secy, 4).unwrap_or_default();
    let extended = CIPHERS
        .iter()
        .any(|(known, name)| *known == cipher && name.contains("XPN"));
    let sci = unsigned(&secy, 1).unwrap_or_default();
    let encoding = unsigned(&secy, 2).unwrap_or_default();
    channel(ip, "TXSC", sci);
    ip.out
        .any("encoding_sa", encoding, format_args!(" on SA {encoding}\n"));
    counters(ip, SECY_COUNTERS, &children(fields, SECY_STATISTICS));
    counters(ip, SENDER_COUNTERS, &children(fields, SENDER_STATISTICS));
    associations(ip, &children(fields, SENT), extended, SENT_COUNTERS);
    ip.out.open_array("rx_sc");
    for receiver in entries(&children(fields, RECEIVERS)) {
        ip.out.open_object();
        channel(ip, "RXSC", unsigned(&receiver, 1).unwrap_or_default());
        let active = unsigned(&receiver, 2).is_some_and(|active| active != 0);
        let state = on_off(active);
        ip.out
            .any("active", active, format_args!(", state {state}\n"));
        counters(ip, RECEIVER_COUNTERS, &children(&receiver, 4));
        associations(ip, &children(&receiver, 3), extended, RECEIVED_COUNTERS);
        ip.out.close_object();
    }
    ip.out.close_array();
    if let Some(offload) = unsigned(&children(fields, OFFLOAD), 1) {
        let name = OFFLOADS.get(offload as usize).unwrap_or(&"(unknown)");
        ip.out
            .any("offload", *name, format_args!("{INDENT}offload: {name} "));
        ip.out.line();
    }
    ip.out.close_object();
    Ok(())
}

/// The nested lists, one for each place.
fn entries(list: &[Field]) -> Vec<Vec<Field>> {
    let places = list.iter().filter(|field| field.depth == 0);
    places.map(|field| children(list, field.id)).collect()
}

fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn switch(ip: &mut Ip, secy: &[Field], id: u16, name: &str) {
    if let Some(on) = unsigned(secy, id).map(|on| on != 0) {
        let word = on_off(on);
        ip.out.any(name, on, format_args!("{name} {word} "));
    }
}

fn attributes(ip: &mut Ip, secy: &[Field]) {
    switch(ip, secy, 6, "protect");
    if let Some(validation) = unsigned(secy, 9) {
        let name = VALIDATIONS.get(validation as usize).unwrap_or(&"(unknown)");
        ip.out
            .any("validate", *name, format_args!("validate {name} "));
    }
    for (id, name) in SWITCHES {
        switch(ip, secy, *id, name);
    }
    if let Some(window) = unsigned(secy, 3) {
        ip.out
            .any("window", window, format_args!("window {window} "));
    }
    if let Some(cipher) = unsigned(secy, 4) {
        let name = cipher_name(cipher);
        ip.out.line();
        ip.out.any(
            "cipher_suite",
            name,
            format_args!("{INDENT}cipher suite: {name},"),
        );
    }
    if let Some(length) = unsigned(secy, 5) {
        ip.out.any(
            "icv_length",
            length,
            format_args!(" using ICV length {length}\n"),
        );
    }
}

/// The name of a cipher suite.
pub(in super::super) fn cipher_name(cipher: u64) -> &'static str {
    match CIPHERS.iter().find(|(known, _)| *known == cipher) {
        Some((_, "default")) => "GCM-AES-128",
        Some((_, name)) => name,
        None => "(unknown)",
    }
}

fn channel(ip: &mut Ip, name: &str, sci: u64) {
    let sci = u64::from_be_bytes(sci.to_ne_bytes());
    ip.out.any(
        "sci",
        Shown(format_args!("{sci:#x}")),
        format_args!("{INDENT}{name}: {sci:016x}"),
    );
}

fn associations(ip: &mut Ip, list: &[Field], extended: bool, counted: &[(u16, &str)]) {
    ip.out.open_array("sa_list");
    for association in entries(list) {
        ip.out.open_object();
        let number = unsigned(&association, 1).unwrap_or_default();
        ip.out
            .any("an", number, format_args!("{INDENT}{INDENT}{number}:"));
        let packet = match octets(&association, 3) {
            Some(bytes) => packet(bytes),
            None => 0,
        };
        // Of an extended number, iproute2 shows the lower half.
        let packet = packet & 0xffff_ffff;
        ip.out.any("pn", packet, format_args!(" PN {packet},"));
        if extended {
            let ssci = unsigned(&association, 8).unwrap_or_default() as u32;
            let ssci = u32::from_be_bytes(ssci.to_ne_bytes());
            ip.out.any(
                "ssci",
                Shown(format_args!("{ssci:#x}")),
                format_args!("SSCI {ssci:08x}"),
            );
        }
        let active = unsigned(&association, 2).is_some_and(|active| active != 0);
        let state = on_off(active);
        ip.out
            .any("active", active, format_args!(" state {state},"));
        if let Some(key) = octets(&association, 5) {
            let shown: String = key.iter().map(|octet| format!("{octet:02x}")).collect();
            ip.out.any("key", &shown, format_args!(" key {shown}\n"));
        }
        counters(ip, counted, &children(&association, 6));
        ip.out.close_object();
    }
    ip.out.close_array();
}

fn packet(bytes: &[u8]) -> u64 {
    match *bytes {
        [a, b, c, d] => u32::from_ne_bytes([a, b, c, d]).into(),
        [a, b, c, d, e, f, g, h] => u64::from_ne_bytes([a, b, c, d, e, f, g, h]),
        _ => 0,
    }
}

/// -s: names in one line, numbers below them.
fn counters(ip: &mut Ip, names: &[(u16, &str)], counted: &[Field]) {
    if ip.options.statistics == 0 || counted.is_empty() {
        return;
    }
    ip.out.text(format_args!("{INDENT}stats:"));
    for (_, name) in names {
        ip.out.text(format_args!(" {name}"));
    }
    ip.out.text(format_args!("\n{INDENT}      "));
    for (id, name) in names {
        let width = name.len() + 1;
        match unsigned(counted, *id) {
            Some(number) => ip.out.any(name, number, format_args!("{number:>width$}")),
            None => ip.out.text(format_args!("{:>width$}", "-")),
        }
    }
    ip.out.text(format_args!("\n"));
}
