//! `ip l2tp`: tunnels and sessions of L2TP, where the kernel has it.

mod change;

use nethost_sdk::netlink::{
    Attribute, AttributeValue as Value, Failure, L2tpObject, ip as address_of,
};

use super::link::show::{number, value};
use crate::ip::{Ip, answer, dump_answer, warn_interrupted};
use crate::value::Shown;
use crate::words::{Done, Words, failed, matches, usage};

/// L2TP_ATTR_….
const TUNNEL: u32 = 9;
const SESSION: u32 = 11;
/// ENOENT: no such family of generic netlink.
const NOT_THERE: u32 = 2;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let Some(command) = words.next() else {
        return Err(crate::help::of("l2tp"));
    };
    let is = |keyword| matches(&command, keyword);
    if is("add") {
        return change::add(ip, words);
    }
    if is("delete") {
        return change::delete(ip, words);
    }
    if is("show") || is("list") || is("lst") {
        return show(ip, words);
    }
    if is("help") {
        return Err(crate::help::of("l2tp"));
    }
    Err(super::unknown(&command, "l2tp"))
}

const NO_FAMILY: &str =
    "ip: this kernel has no L2TP (CONFIG_L2TP: no generic netlink family \"l2tp\")";

/// A change where the kernel has no L2TP, and which names nothing that could be missing.
fn missing(error: nethost_sdk::Exit) -> nethost_sdk::Exit {
    match error.stderr.as_str() {
        "ip: no generic netlink family" => failed(1, NO_FAMILY),
        _ => error,
    }
}

fn show(ip: &mut Ip, words: &mut Words) -> Done {
    let (mut sessions, mut tunnel, mut session) = (None, None, None);
    while let Some(word) = words.next() {
        let is = |keyword| matches(&word, keyword);
        if is("session") {
            sessions = Some(true);
        } else if is("tunnel") && sessions.is_none() {
            sessions = Some(false);
        } else if is("tunnel_id") {
            tunnel = Some(crate::words::number(&words.need()?, "invalid ID\n")?);
        } else if is("session_id") {
            session = Some(crate::words::number(&words.need()?, "invalid ID\n")?);
        } else {
            return Err(usage(format!(
                "Unknown command: {}",
                nethost_sdk::text::printable(&word)
            )));
        }
    }
    let Some(sessions) = sessions else {
        return Err(crate::help::of("l2tp"));
    };
    let kernel = ip.kernel()?;
    let listing = if sessions {
        kernel.l2tp_sessions()
    } else {
        kernel.l2tp_tunnels()
    };
    let mut listing = listing.map_err(|error| match error {
        Failure::Kernel {
            errno: NOT_THERE, ..
        } => failed(1, NO_FAMILY),
        error => answer(&error),
    })?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    while let Some(batch) = listing.next().map_err(|error| dump_answer(&error))? {
        let wanted = batch.iter().filter(|found| {
            let is = |wanted: Option<u64>, id| {
                wanted.is_none() || number(&found.attributes, id) == wanted
            };
            is(tunnel, TUNNEL) && is(session, SESSION)
        });
        for L2tpObject { attributes } in wanted {
            ip.out.open_object();
            if sessions {
                one_session(ip, attributes);
            } else {
                one_tunnel(ip, attributes);
            }
            ip.out.close_object();
        }
    }
    warn_interrupted(listing.was_interrupted());
    ip.out.end();
    Ok(())
}

fn one_tunnel(ip: &mut Ip, attributes: &[Attribute]) {
    let get = |id| number(attributes, id).unwrap_or_default();
    let (tunnel, peer) = (get(TUNNEL), get(10));
    let udp = get(2) == 0;
    let encapsulation = if udp { "UDP" } else { "IP" };
    ip.out
        .any("tunnel_id", tunnel, format_args!("Tunnel {tunnel},"));
    ip.out.any(
        "encap",
        encapsulation,
        format_args!(" encap {encapsulation}"),
    );
    ip.out.text(format_args!("\n  From "));
    for (key, ids, between) in [("local", [24, 31], " to "), ("remote", [25, 32], "\n")] {
        let address = ids.into_iter().find_map(|id| value(attributes, id));
        if let Some(Value::Address(address)) = address {
            let address = address_of(*address);
            ip.out
                .any(key, Shown(address), format_args!("{address}{between}"));
        }
    }
    ip.out
        .any("peer_tunnel", peer, format_args!("  Peer tunnel {peer}\n"));
    if udp {
        let (from, to) = (get(26), get(27));
        ip.out.any(
            "src_port",
            from,
            format_args!("  UDP source / dest ports: {from}"),
        );
        ip.out.any("dst_port", to, format_args!("/{to}\n"));
        if value(attributes, 24).is_some() {
            let on = get(13) != 0;
            let word = if on { "enabled" } else { "disabled" };
            ip.out
                .any("checksum", on, format_args!("  UDP checksum: {word}\n"));
        } else {
            let [sent, received] = [33, 34].map(|id| value(attributes, id).is_none());
            let word = |on| if on { "enabled" } else { "disabled" };
            ip.out.any(
                "checksum_tx",
                sent,
                format_args!("  UDP checksum tx: {}", word(sent)),
            );
            ip.out.any(
                "checksum_rx",
                received,
                format_args!(", rx: {}\n", word(received)),
            );
        }
    }
}

fn one_session(ip: &mut Ip, attributes: &[Attribute]) {
    let get = |id| number(attributes, id).unwrap_or_default();
    let (session, tunnel) = (get(SESSION), get(TUNNEL));
    let (peer, peer_tunnel) = (get(12), get(10));
    ip.out
        .any("session_id", session, format_args!("Session {session}"));
    ip.out
        .any("tunnel_id", tunnel, format_args!(" in tunnel {tunnel}\n"));
    ip.out.any(
        "peer_session_id",
        peer,
        format_args!("  Peer session {peer}"),
    );
    ip.out.any(
        "peer_tunnel_id",
        peer_tunnel,
        format_args!(", tunnel {peer_tunnel}\n"),
    );
    if let Some(Value::Text(name)) = value(attributes, 8) {
        ip.out.any(
            "interface",
            name,
            format_args!("  interface name: {name}\n"),
        );
    }
    let offset = get(3);
    ip.out
        .any("offset", offset, format_args!("  offset {offset}, "));
    ip.out
        .any("peer_offset", 0_u8, format_args!("peer offset 0\n"));
    for (key, text, id) in [("cookie", "cookie", 15), ("peer_cookie", "peer cookie", 16)] {
        if let Some(Value::Bytes(cookie)) = value(attributes, id) {
            let shown: String = cookie.iter().map(|octet| format!("{octet:02x}")).collect();
            ip.out.any(key, &shown, format_args!("  {text} {shown}\n"));
        }
    }
    let timeout = get(22);
    if timeout != 0 {
        ip.out.any(
            "reorder_timeout",
            timeout,
            format_args!("  reorder timeout: {timeout}\n"),
        );
    }
    let words: Vec<&str> = [(19, "send"), (18, "receive")]
        .into_iter()
        .filter(|(id, _)| get(*id) != 0)
        .map(|(_, word)| word)
        .collect();
    if !words.is_empty() {
        let words = words.join(" ");
        ip.out.any(
            "sequence",
            &words,
            format_args!("  sequence numbering: {words}\n"),
        );
    }
    ip.out.text(format_args!("\n"));
}
