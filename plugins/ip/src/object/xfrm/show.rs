//! What associations and policies have in common.

use nethost_sdk::netlink::{
    Attribute, AttributeValue, SecurityLimits, SecurityUsage, TrafficSelector, ip as address_of,
};

use super::super::link::show::value;
use crate::ip::Ip;
use crate::value::{Address, Shown};
use crate::words::Done;

/// XFRM_MODE_….
const MODES: &[&str] = &["transport", "tunnel", "ro", "in_trigger", "beet"];

pub(super) fn mode(number: u8) -> String {
    let known = MODES.get(usize::from(number));
    known.map_or_else(|| number.to_string(), |name| (*name).to_owned())
}

/// XFRM_SHARE_….
pub(super) fn share(number: u8) -> String {
    let known = ["any", "session", "user", "unique"].get(usize::from(number));
    known.map_or_else(|| number.to_string(), |name| (*name).to_owned())
}

/// Protocols of IPsec.
pub(super) const PROTOCOLS: &[(u8, &str)] = &[
    (50, "esp"),
    (51, "ah"),
    (108, "comp"),
    (43, "route2"),
    (60, "hao"),
];

pub(super) fn protocol(number: u8) -> String {
    let known = PROTOCOLS.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned())
}

/// `src 10.0.0.0/8 dst 10.1.0.0/16 proto tcp dport 80`.
pub(super) fn selector(ip: &mut Ip, selector: &TrafficSelector) -> Done {
    for (key, address, length) in [
        ("src", selector.source, selector.source_length),
        ("dst", selector.destination, selector.destination_length),
    ] {
        let address = Address(address_of(address));
        ip.out.any(
            key,
            Shown(format_args!("{address}/{length}")),
            format_args!("{key} {address}/{length} "),
        );
    }
    if selector.index != 0 {
        let name = ip.link_name(selector.index)?;
        ip.out.any("dev", &name, format_args!("dev {name} "));
    }
    if selector.protocol != 0 {
        upper(ip, selector);
    }
    if ip.options.statistics > 0 {
        let user = selector.user;
        ip.out.any("uid", user, format_args!("uid {user}"));
    }
    ip.out.line();
    Ok(())
}

/// What stands for ports depends on the protocol.
fn upper(ip: &mut Ip, selector: &TrafficSelector) {
    const ICMP: [u8; 3] = [1, 58, 135];
    const GRE: u8 = 47;
    let name = ip.names.ip_protocol(selector.protocol);
    ip.out.any("proto", &name, format_args!("proto {name} "));
    let ports = (selector.source_port, selector.destination_port);
    let masks = (selector.source_port_mask, selector.destination_port_mask);
    let words = match selector.protocol {
        GRE => {
            if masks != (0, 0) {
                let key = u32::from(ports.0) << 16 | u32::from(ports.1);
                ip.out.any("key", key, format_args!("key {key} "));
            }
            return;
        }
        protocol if ICMP.contains(&protocol) => ["type", "code"],
        _ => ["sport", "dport"],
    };
    for (word, port, mask) in [(words[0], ports.0, masks.0), (words[1], ports.1, masks.1)] {
        if mask != 0 {
            ip.out.any(word, port, format_args!("{word} {port} "));
        }
    }
}

/// -s: how long, and how much so far.
pub(super) fn lifetime(ip: &mut Ip, limits: &SecurityLimits, usage: &SecurityUsage) {
    ip.out.text(format_args!("\tlifetime config:"));
    ip.out.line();
    for (unit, soft, hard) in [
        ("bytes", limits.soft_bytes, limits.hard_bytes),
        ("packets", limits.soft_packets, limits.hard_packets),
    ] {
        ip.out.text(format_args!(
            "\t  limit: soft {}({unit}), hard {}({unit})",
            limit(soft),
            limit(hard)
        ));
        ip.out.line();
    }
    for (since, soft, hard) in [
        ("add", limits.soft_seconds, limits.hard_seconds),
        ("use", limits.soft_use_seconds, limits.hard_use_seconds),
    ] {
        ip.out.text(format_args!(
            "\t  expire {since}: soft {soft}(sec), hard {hard}(sec)"
        ));
        ip.out.line();
    }
    ip.out.text(format_args!("\tlifetime current:"));
    ip.out.line();
    let (bytes, packets) = (usage.bytes, usage.packets);
    ip.out
        .any("bytes", bytes, format_args!("\t  {bytes}(bytes), "));
    ip.out
        .any("packets", packets, format_args!("{packets}(packets)"));
    ip.out.line();
    ip.out.text(format_args!(
        "\t  add {} use {}",
        moment(usage.added),
        moment(usage.used)
    ));
    ip.out.json("added", usage.added);
    ip.out.json("used", usage.used);
    ip.out.line();
}

fn limit(number: u64) -> String {
    match number {
        u64::MAX => "(INF)".to_owned(),
        number => number.to_string(),
    }
}

/// A time of the operator's clock, from seconds since 1970.
pub(super) fn moment(seconds: u64) -> String {
    if seconds == 0 {
        return "-".to_owned();
    }
    let at = crate::clock::local_at(std::time::Duration::from_secs(seconds));
    format!(
        "{}-{:02}-{:02} {:02}:{:02}:{:02}",
        at.year, at.month, at.day, at.hour, at.minute, at.second
    )
}

/// XFRMA_MARK: `0x1/0xff`.
pub(super) fn mark(ip: &mut Ip, attributes: &[Attribute]) {
    let Some(AttributeValue::Bytes(bytes)) = value(attributes, 21) else {
        return;
    };
    let [mark, mask] = [word(bytes, 0), word(bytes, 1)];
    ip.out.any(
        "mark",
        Shown(format_args!("{mark:#x}/{mask:#x}")),
        format_args!("\tmark {mark:#x}/{mask:#x} "),
    );
    ip.out.line();
}

/// XFRMA_IF_ID.
pub(super) fn interface(ip: &mut Ip, attributes: &[Attribute]) {
    if let Some(AttributeValue::Number(id)) = value(attributes, 31) {
        ip.out.any(
            "if_id",
            Shown(format_args!("{id:#x}")),
            format_args!("\tif_id {id:#x}"),
        );
        ip.out.line();
    }
}

/// One of the numbers that a structure is made of.
pub(in super::super) fn word(bytes: &[u8], place: usize) -> u32 {
    let word = bytes.get(4 * place..).and_then(<[u8]>::first_chunk);
    word.map_or(0, |word| u32::from_ne_bytes(*word))
}

/// The names of the flags that are set; what has no name, in hexadecimal.
pub(super) fn flags(names: &[(u8, &str)], flags: u8) -> String {
    let mut left = flags;
    let mut shown = Vec::new();
    for (flag, name) in names {
        if left & flag != 0 {
            left &= !flag;
            shown.push((*name).to_owned());
        }
    }
    if left != 0 {
        shown.push(format!("{left:x}"));
    }
    shown.join(" ")
}
