//! AMT, bare UDP, GTP, HSR, InfiniBand, MACsec and rmnet.

use nethost_sdk::netlink::Attribute;

use super::super::show::{number, value};
use super::field::Form::{Link, Number, Plain, Word};
use super::field::{Field, field, on_off};
use crate::ip::Ip;
use crate::object::macsec::show::cipher_name;
use crate::words::Done;

const AMT: &[Field] = &[
    field(3, "gateway_port", "gateway_port", Number),
    field(2, "relay_port", "relay_port", Number),
    field(5, "local", "local", Plain),
    field(6, "remote", "remote", Plain),
    field(7, "discovery", "discovery", Plain),
    field(4, "link", "dev", Link),
    field(8, "max_tunnels", "max_tunnels", Number),
];

/// IFLA_AMT_…; the word of the mode stands alone.
pub(super) fn amt(ip: &mut Ip, data: &[Attribute]) -> Done {
    if let Some(mode) = number(data, 1) {
        let mode = if mode == 0 { "gateway" } else { "relay" };
        ip.out.any("mode", mode, format_args!("{mode} "));
    }
    super::field::show(ip, AMT, data)
}

/// IFLA_GTP_….
pub(super) const GTP: &[Field] = &[
    field(4, "role", "role", Word(&[(0, "ggsn"), (1, "sgsn")])),
    field(3, "hsize", "hsize", Number),
    field(6, "restart_count", "restart_count", Number),
];

/// IFLA_RMNET_MUX_ID.
pub(super) const RMNET: &[Field] = &[field(1, "mux_id", "mux_id", Number)];

const HSR: &[Field] = &[
    field(5, "seq_nr", "sequence", Number),
    field(4, "supervision_addr", "supervision", Plain),
    field(7, "proto", "proto", Number),
];

/// IFLA_HSR_….
pub(super) fn hsr(ip: &mut Ip, data: &[Attribute]) -> Done {
    for (id, name) in [(1, "slave1"), (2, "slave2")] {
        match number(data, id) {
            Some(link) => {
                let link = ip.link_name(link as u32)?;
                ip.out.any(name, &link, format_args!("{name} {link} "));
            }
            None => ip.out.any(name, (), format_args!("{name} <none> ")),
        }
    }
    super::field::show(ip, HSR, data)
}

/// IFLA_BAREUDP_….
pub(super) fn bareudp(ip: &mut Ip, data: &[Attribute]) {
    if let Some(port) = number(data, 1) {
        ip.out.any("dstport", port, format_args!("dstport {port} "));
    }
    if let Some(protocol) = number(data, 2) {
        let name = match protocol {
            0x800 => "ip".to_owned(),
            0x86dd => "ipv6".to_owned(),
            0x8847 => "mpls_uc".to_owned(),
            0x8848 => "mpls_mc".to_owned(),
            _ => format!("[{protocol}]"),
        };
        ip.out
            .any("ethertype", &name, format_args!("ethertype {name} "));
    }
    if let Some(port) = number(data, 3) {
        ip.out
            .any("srcportmin", port, format_args!("srcportmin {port} "));
    }
    let several = value(data, 4).is_some();
    let no = if several { "" } else { "no" };
    ip.out
        .any("multiproto", several, format_args!("{no}multiproto "));
}

/// IFLA_IPOIB_….
pub(super) fn ipoib(ip: &mut Ip, data: &[Attribute]) {
    let Some(key) = number(data, 1) else {
        return;
    };
    let key = format!("{key:#06x}");
    ip.out.any("key", &key, format_args!("pkey {key} "));
    let Some(mode) = number(data, 2) else {
        return;
    };
    let mode = match mode {
        0 => "datagram",
        1 => "connected",
        _ => "unknown",
    };
    ip.out.any("mode", mode, format_args!("mode {mode} "));
    if let Some(multicast) = number(data, 3) {
        let shown = format!("{multicast:04x}");
        ip.out
            .any("umcast", &shown, format_args!("umcast {shown} "));
    }
}

/// How much is checked, and who does the work.
const VALIDATION: &[(u64, &str)] = &[(0, "disabled"), (1, "check"), (2, "strict")];
const OFFLOAD: &[(u64, &str)] = &[(0, "off"), (1, "phy"), (2, "mac")];

const MACSEC: &[Field] = &[
    field(3, "icv_len", "icvlen", Number),
    field(6, "encoding_sa", "encodingsa", Number),
    field(13, "validation", "validate", Word(VALIDATION)),
    field(15, "offload", "offload", Word(OFFLOAD)),
];

/// IFLA_MACSEC_….
pub(super) fn macsec(ip: &mut Ip, data: &[Attribute]) -> Done {
    if let Some(channel) = number(data, 1) {
        let channel = u64::from_be_bytes(channel.to_ne_bytes());
        let shown = format!("{channel:016x}");
        ip.out.any("sci", &shown, format_args!("sci {shown} "));
    }
    flag(ip, data, 8, ["protect"; 2]);
    if let Some(cipher) = number(data, 4) {
        let name = cipher_name(cipher);
        ip.out
            .any("cipher_suite", name, format_args!("cipher {name} "));
    }
    super::field::show(ip, MACSEC, data)?;
    flag(ip, data, 7, ["encrypt"; 2]);
    flag(ip, data, 9, ["inc_sci", "send_sci"]);
    flag(ip, data, 10, ["es", "end_station"]);
    flag(ip, data, 11, ["scb"; 2]);
    flag(ip, data, 12, ["replay_protect", "replay"]);
    if let Some(window) = number(data, 5) {
        ip.out
            .any("window", window, format_args!("window {window} "));
    }
    Ok(())
}

fn flag(ip: &mut Ip, data: &[Attribute], id: u32, [key, text]: [&str; 2]) {
    if let Some(on) = number(data, id) {
        ip.out
            .any(key, on != 0, format_args!("{text} {} ", on_off(on)));
    }
}
