//! `ip xfrm state`: IPsec's security associations.

use std::net::IpAddr;

use nethost_sdk::netlink::{AttributeValue, How, SecurityAssociation, ip as address_of};

use super::super::link::show::value;
use super::{Object, named, show, state};
use crate::ip::Ip;
use crate::value::{Address, Shown};
use crate::words::{Done, Words, address, number, wrong};

/// XFRM_STATE_….
const FLAGS: &[(u8, &str)] = &[
    (1, "noecn"),
    (2, "decap-dscp"),
    (4, "nopmtudisc"),
    (8, "wildrecv"),
    (16, "icmp"),
    (32, "af-unspec"),
    (64, "align4"),
    (128, "esn"),
];

/// XFRMA_ALG_….
const ALGORITHMS: &[(u32, &str)] = &[
    (1, "auth"),
    (20, "auth-trunc"),
    (18, "aead"),
    (2, "enc"),
    (3, "comp"),
];

/// What `ip xfrm state` knows.
pub(super) const OBJECT: Object = Object {
    name: "state",
    commands: &[
        ("add", |ip, words| {
            state::put(ip, words, state::ADD, How::CREATE | How::EXCLUSIVE)
        }),
        ("update", |ip, words| {
            state::put(ip, words, state::UPDATE, How::REPLACE)
        }),
        ("allocspi", state::allocate),
        ("delete", named::delete),
        ("deleteall", delete_all),
        ("delall", delete_all),
        ("get", named::get),
        ("flush", named::flush),
    ],
    list,
    count,
};

/// Which associations.
#[derive(Default)]
struct Filter {
    source: Option<IpAddr>,
    destination: Option<IpAddr>,
    protocol: Option<u8>,
    index: Option<u32>,
    request: Option<u32>,
    mode: Option<String>,
}

impl Filter {
    fn parse(words: &mut Words, family: u8) -> Done<Self> {
        let mut filter = Self::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                // Those never get here.
                "nokeys" => {}
                "src" => filter.source = Some(address(&words.need()?, family)?),
                "dst" => filter.destination = Some(address(&words.need()?, family)?),
                "proto" => {
                    let name = words.need()?;
                    let known = show::PROTOCOLS.iter().find(|(_, known)| *known == name);
                    let (number, _) =
                        known.ok_or_else(|| wrong(&name, "XFRM-PROTO value is invalid"))?;
                    filter.protocol = Some(*number);
                }
                "spi" => filter.index = Some(number(&words.need()?, "SPI value is invalid")?),
                "reqid" => filter.request = Some(number(&words.need()?, "REQID value is invalid")?),
                "mode" => filter.mode = Some(words.need()?),
                other => return Err(wrong(other, "unknown")),
            }
        }
        Ok(filter)
    }

    fn lets_through(&self, found: &SecurityAssociation) -> bool {
        let is = |wanted: Option<IpAddr>, address| wanted.is_none_or(|wanted| wanted == address);
        is(self.source, address_of(found.source))
            && is(self.destination, address_of(found.destination))
            && self.protocol.is_none_or(|wanted| wanted == found.protocol)
            && self.index.is_none_or(|wanted| wanted == found.index)
            && self.request.is_none_or(|wanted| wanted == found.request)
            && self
                .mode
                .as_ref()
                .is_none_or(|wanted| *wanted == show::mode(found.mode))
    }
}

fn filtered(ip: &mut Ip, words: &mut Words) -> Done<Vec<SecurityAssociation>> {
    let family = ip.options.family;
    let filter = Filter::parse(words, family)?;
    let mut associations = super::all(ip.kernel()?.security_associations())?;
    associations
        .retain(|found| (family == 0 || family == found.family) && filter.lets_through(found));
    Ok(associations)
}

fn delete_all(ip: &mut Ip, words: &mut Words) -> Done {
    let found = filtered(ip, words)?;
    named::delete_all(ip, &found)
}

fn list(ip: &mut Ip, words: &mut Words) -> Done {
    let found = filtered(ip, words)?;
    show(ip, &found)
}

/// Shows these.
pub(super) fn show(ip: &mut Ip, associations: &[SecurityAssociation]) -> Done {
    ip.out.begin(ip.options.json, ip.options.pretty);
    for found in associations {
        ip.out.open_object();
        one(ip, found)?;
        if ip.options.one_line {
            ip.out.text(format_args!("\n"));
        }
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}

fn one(ip: &mut Ip, found: &SecurityAssociation) -> Done {
    let all = ip.options.statistics > 0;
    head(ip, found, all);
    show::mark(ip, &found.attributes);
    algorithms(ip, found, all);
    details(ip, found);
    if all {
        show::lifetime(ip, &found.limits, &found.usage);
        let (outside, repeated, damaged) = found.errors;
        ip.out.text(format_args!("\tstats:"));
        ip.out.line();
        ip.out.any(
            "replay_window_errors",
            outside,
            format_args!("\t  replay-window {outside} "),
        );
        ip.out
            .any("replays", repeated, format_args!("replay {repeated} "));
        ip.out
            .any("failed", damaged, format_args!("failed {damaged}"));
        ip.out.line();
    }
    ip.out.open_object_at("sel");
    ip.out.text(format_args!("\tsel "));
    show::selector(ip, &found.selector)?;
    ip.out.close_object();
    show::interface(ip, &found.attributes);
    Ok(())
}

fn head(ip: &mut Ip, found: &SecurityAssociation, all: bool) {
    let (source, destination) = (
        Address(address_of(found.source)),
        Address(address_of(found.destination)),
    );
    ip.out
        .any("src", Shown(source), format_args!("src {source} "));
    ip.out
        .any("dst", Shown(destination), format_args!("dst {destination}"));
    ip.out.line();
    let protocol = show::protocol(found.protocol);
    ip.out
        .any("proto", &protocol, format_args!("\tproto {protocol} "));
    let (index, request) = (found.index, found.request);
    ip.out.any("spi", index, format_args!("spi {index:#010x}"));
    if all {
        ip.out.text(format_args!("({index})"));
    }
    ip.out
        .any("reqid", request, format_args!(" reqid {request}"));
    if all {
        ip.out.text(format_args!("({request:#010x})"));
    }
    let mode = show::mode(found.mode);
    ip.out.any("mode", &mode, format_args!(" mode {mode}"));
    ip.out.line();
    let window = found.replay_window;
    ip.out.any(
        "replay-window",
        window,
        format_args!("\treplay-window {window} "),
    );
    if all {
        let sequence = found.sequence;
        ip.out
            .any("seq", sequence, format_args!("seq {sequence:#010x} "));
    }
    if all || found.flags != 0 {
        let names = show::flags(FLAGS, found.flags);
        ip.out.any("flag", &names, format_args!("flag {names} "));
    }
    if all {
        ip.out.text(format_args!("(0x{:08b})", found.flags));
    }
    ip.out.line();
}

fn algorithms(ip: &mut Ip, found: &SecurityAssociation, all: bool) {
    ip.out.open_array("algorithms");
    for (id, word) in ALGORITHMS {
        let Some(algorithm) = found.algorithms.iter().find(|found| found.id == *id) else {
            continue;
        };
        let name = nethost_sdk::text::printable(&algorithm.name);
        ip.out.open_object();
        ip.out.json("type", *word);
        ip.out.json("name", &*name);
        ip.out.json("key_bits", algorithm.key_bits);
        ip.out.text(format_args!("\t{word} {name} <<Keys hidden>>"));
        if all {
            ip.out.text(format_args!(" ({} bits)", algorithm.key_bits));
        }
        if let Some(bits) = algorithm.check_bits {
            ip.out.any("check_bits", bits, format_args!(" {bits}"));
        }
        ip.out.line();
        ip.out.close_object();
    }
    ip.out.close_array();
}

fn details(ip: &mut Ip, found: &SecurityAssociation) {
    // struct xfrm_encap_tmpl: type, two ports, and the original address.
    if let Some(AttributeValue::Bytes(bytes)) = value(&found.attributes, 4)
        && let [a, b, c, d, e, f, ..] = bytes[..]
    {
        let kind = match u16::from_ne_bytes([a, b]) {
            1 => "espinudp-nonike".to_owned(),
            2 => "espinudp".to_owned(),
            7 => "espintcp".to_owned(),
            other => other.to_string(),
        };
        let [from, to] = [u16::from_be_bytes([c, d]), u16::from_be_bytes([e, f])];
        ip.out
            .any("encap", &kind, format_args!("\tencap type {kind} "));
        ip.out.any("sport", from, format_args!("sport {from} "));
        ip.out.any("dport", to, format_args!("dport {to} "));
        ip.out.line();
    }
    // struct xfrm_replay_state.
    if let Some(AttributeValue::Bytes(bytes)) = value(&found.attributes, 10) {
        let [sent, received, bitmap] = [0, 1, 2].map(|place| show::word(bytes, place));
        ip.out
            .text(format_args!("\tanti-replay context: seq {received:#x}, "));
        ip.out
            .text(format_args!("oseq {sent:#x}, bitmap {bitmap:#010x}"));
        ip.out.json("oseq", sent);
        ip.out.json("seq", received);
        ip.out.line();
    }
    if let Some(AttributeValue::Number(at)) = value(&found.attributes, 15) {
        let shown = show::moment(*at);
        ip.out
            .any("lastused", *at, format_args!("\tlastused {shown}"));
        ip.out.line();
    }
}

fn count(ip: &mut Ip) -> Done {
    let count = super::all(ip.kernel()?.security_associations())?.len();
    ip.out.begin(ip.options.json, ip.options.pretty);
    ip.out.open_object();
    ip.out
        .any("count", count, format_args!("\t SAD count {count}\n"));
    ip.out.close_object();
    ip.out.end();
    Ok(())
}
