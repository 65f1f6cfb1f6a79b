//! `ip tunnel`: tunnels over IPv4 and IPv6 in their old form. They are links of kinds of their own, and that
//! is how they are read and changed here.

use nethost_sdk::console::Color;
use nethost_sdk::netlink::{
    Attribute, AttributeValue as Value, Change, How, Link, LinkChange, ip as address_of, to_wit,
};

use super::link;
use super::link::show::{number as numeric, value};
use crate::ip::Ip;
use crate::words::{Done, INET, INET6, Words, address, failed, number, unsigned, usage, wrong};

/// A kind of tunnel: its modes, what it carries, the device that stands for all of them, and its attributes.
struct Kind {
    name: &'static str,
    modes: &'static [&'static str],
    carries: &'static str,
    base: &'static str,
    family: u8,
    local: u32,
    remote: u32,
    /// None where packets keep their own.
    ttl: Option<u32>,
    key: Option<u32>,
}

const KINDS: &[Kind] = &[
    kind(
        "ipip",
        &["ipip", "ip/ip"],
        "ip",
        "tunl0",
        INET,
        [2, 3],
        Some(4),
        None,
    ),
    kind(
        "gre",
        &["gre", "gre/ip"],
        "gre",
        "gre0",
        INET,
        [6, 7],
        Some(8),
        Some(4),
    ),
    kind(
        "sit",
        &["sit", "ipv6/ip"],
        "ipv6",
        "sit0",
        INET,
        [2, 3],
        Some(4),
        None,
    ),
    kind(
        "vti",
        &["vti"],
        "ip",
        "ip_vti0",
        INET,
        [4, 5],
        None,
        Some(2),
    ),
    kind(
        "ip6tnl",
        &["ip6ip6", "ipv6/ipv6", "ipip6", "ip/ipv6", "any"],
        "ipv6",
        "ip6tnl0",
        INET6,
        [2, 3],
        Some(4),
        None,
    ),
    kind(
        "ip6gre",
        &["ip6gre", "gre/ipv6"],
        "gre",
        "ip6gre0",
        INET6,
        [6, 7],
        Some(8),
        Some(4),
    ),
];

#[allow(clippy::too_many_arguments, reason = "the columns of a table")]
const fn kind(
    name: &'static str,
    modes: &'static [&'static str],
    carries: &'static str,
    base: &'static str,
    family: u8,
    [local, remote]: [u32; 2],
    ttl: Option<u32>,
    key: Option<u32>,
) -> Kind {
    Kind {
        name,
        modes,
        carries,
        base,
        family,
        local,
        remote,
        ttl,
        key,
    }
}

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let family = if ip.options.family == INET6 {
        INET6
    } else {
        INET
    };
    let command = words.next().unwrap_or_else(|| "show".to_owned());
    match command.as_str() {
        word if super::means(word, &["add"]) => put(ip, words, family, "add"),
        word if super::means(word, &["change"]) => put(ip, words, family, "change"),
        word if super::means(word, &["delete"]) => delete(ip, words, family),
        word if super::means(word, &["show", "lst", "list"]) => list(ip, words, family),
        word if super::means(word, &["prl", "6rd"]) => Err(failed(
            1,
            format!("ip: tunnel {command} is not there: it is about SIT's own ioctl(2)"),
        )),
        word if super::means(word, &["help"]) => Err(crate::help::of("tunnel")),
        other => Err(super::unknown(other, "tunnel")),
    }
}

/// What the words say of a tunnel.
#[derive(Default)]
struct Said {
    name: Option<String>,
    kind: Option<&'static Kind>,
    remote: Option<std::net::IpAddr>,
    local: Option<std::net::IpAddr>,
    ttl: Option<u8>,
    key: Option<u32>,
    device: Option<u32>,
}

fn parse(ip: &mut Ip, words: &mut Words, family: u8) -> Done<Said> {
    let mut said = Said::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "mode" => {
                let mode = words.need()?;
                let found = KINDS
                    .iter()
                    .find(|kind| kind.family == family && kind.modes.contains(&mode.as_str()));
                said.kind = Some(found.ok_or_else(|| {
                    usage(format!(
                        "Unknown tunnel mode \"{}\"",
                        nethost_sdk::text::printable(&mode)
                    ))
                })?);
            }
            "remote" => said.remote = end(&words.need()?, family)?,
            "local" => said.local = end(&words.need()?, family)?,
            "ttl" | "hoplimit" | "hlim" => {
                let text = words.need()?;
                said.ttl = Some(match text.as_str() {
                    "inherit" => 0,
                    other => number(other, "invalid TTL")?,
                });
            }
            "key" => {
                let text = words.need()?;
                let dotted = text.parse::<std::net::Ipv4Addr>().map(u32::from).ok();
                let plain = || unsigned(&text).and_then(|number| number.try_into().ok());
                let key = dotted.or_else(plain);
                said.key = Some(key.ok_or_else(|| wrong(&text, "invalid value for \"key\""))?);
            }
            "dev" => said.device = Some(ip.link_index(&words.need()?)?),
            other => {
                let name = if other == "name" { words.need()? } else { word };
                if said.name.is_some() {
                    return Err(crate::words::second("name", &name));
                }
                said.name = Some(name);
            }
        }
    }
    Ok(said)
}

fn end(text: &str, family: u8) -> Done<Option<std::net::IpAddr>> {
    match text {
        "any" => Ok(None),
        text => address(text, family).map(Some),
    }
}

fn put(ip: &mut Ip, words: &mut Words, family: u8, verb: &str) -> Done {
    let said = parse(ip, words, family)?;
    let known = said.name.as_deref().map(|name| ip.link_index(name));
    let kind = match (said.kind, known) {
        (Some(kind), _) => kind,
        (None, Some(Err(_))) if verb == "change" => {
            let name = said.name.as_deref().unwrap_or_default();
            return Err(failed(
                1,
                format!("get tunnel \"{name}\" failed: No such device"),
            ));
        }
        _ if family == INET6 => &KINDS[4],
        _ => {
            return Err(failed(
                1,
                "cannot determine tunnel mode (ipip, gre, vti or sit)",
            ));
        }
    };
    let mut change = LinkChange {
        name: said.name,
        kind: Some(kind.name.to_owned()),
        ..LinkChange::default()
    };
    let mut set = |id: Option<u32>, value: Option<Value>| {
        if let (Some(id), Some(value)) = (id, value) {
            change.kind_data.push(Attribute { id, value });
        }
    };
    let number = |number: u32| Value::Number(number.into());
    set(Some(1), said.device.map(number));
    set(
        Some(kind.local),
        said.local.map(|to| Value::Address(to_wit(to))),
    );
    set(
        Some(kind.remote),
        said.remote.map(|to| Value::Address(to_wit(to))),
    );
    set(kind.ttl, said.ttl.map(|ttl| number(ttl.into())));
    if let (Some(id), Some(key)) = (kind.key, said.key) {
        // GRE_KEY of both directions, which VTI has no flags for.
        if kind.name != "vti" {
            set(Some(2), Some(number(0x2000)));
            set(Some(3), Some(number(0x2000)));
        }
        set(Some(id), Some(number(key)));
        set(Some(id + 1), Some(number(key)));
    }
    let how = if verb == "add" {
        How::CREATE | How::EXCLUSIVE
    } else {
        How::empty()
    };
    let done = ip.put(&Change::Link(change), how);
    ip.links.forget();
    done.map_err(|error| {
        if error.stderr.contains("Operation not supported")
            || error.stderr.contains("Unknown device")
        {
            let base = kind.base;
            return failed(
                1,
                format!("{verb} tunnel \"{base}\" failed: No such device"),
            );
        }
        error
    })
}

fn delete(ip: &mut Ip, words: &mut Words, family: u8) -> Done {
    let said = parse(ip, words, family)?;
    let name = said.name.unwrap_or_default();
    let links = tunnels(ip, family, Some(&name))?;
    let Some(found) = links.first() else {
        return Err(failed(
            1,
            format!("delete tunnel \"{name}\" failed: No such device"),
        ));
    };
    let change = LinkChange {
        index: found.index,
        ..LinkChange::default()
    };
    ip.links.forget();
    ip.remove(&Change::Link(change))
}

/// The kind of a link, if it is a tunnel of that family.
fn kind_of(link: &Link, family: u8) -> Option<&'static Kind> {
    let name = link.kind.as_deref()?;
    KINDS
        .iter()
        .find(|kind| kind.name == name && kind.family == family)
}

fn tunnels(ip: &mut Ip, family: u8, name: Option<&str>) -> Done<Vec<Link>> {
    let statistics = ip.options.statistics > 0;
    let mut links = link::Filter::default().links(ip, statistics)?;
    links.retain(|link| {
        kind_of(link, family).is_some() && name.is_none_or(|name| link.name == name)
    });
    Ok(links)
}

fn list(ip: &mut Ip, words: &mut Words, family: u8) -> Done {
    let said = parse(ip, words, family)?;
    let links = tunnels(ip, family, said.name.as_deref())?;
    if let Some(name) = said.name.filter(|_| links.is_empty()) {
        return Err(failed(
            1,
            format!("get tunnel \"{name}\" failed: No such device"),
        ));
    }
    ip.out.begin(ip.options.json, ip.options.pretty);
    for link in &links {
        if let Some(kind) = kind_of(link, family) {
            show(ip, link, kind)?;
        }
    }
    ip.out.end();
    Ok(())
}

fn show(ip: &mut Ip, link: &Link, kind: &Kind) -> Done {
    let data = link.kind_data.as_deref().unwrap_or_default();
    ip.out.open_object();
    ip.out
        .any("ifname", &link.name, format_args!("{}: ", link.name));
    let outer = if kind.family == INET6 { "ipv6" } else { "ip" };
    // IFLA_IPTUN_PROTO 0 carries IPv4 and MPLS.
    let carries_any = kind.name == "ipip" && numeric(data, 9) == Some(0);
    let carries = if carries_any { "any" } else { kind.carries };
    let mode = format!("{carries}/{outer}");
    ip.out.any("mode", &mode, format_args!("{mode}"));
    for (id, key) in [(kind.remote, "remote"), (kind.local, "local")] {
        ip.out.text(format_args!(" {key} "));
        match value(data, id) {
            Some(Value::Address(end)) if !address_of(*end).is_unspecified() => {
                ip.out.host(Color::Plain, key, address_of(*end), ["", ""]);
            }
            _ => ip.out.any(key, "any", format_args!("any")),
        }
    }
    if let Some(below) = numeric(data, 1).filter(|index| *index != 0) {
        let name = ip.link_name(below as u32)?;
        ip.out.any("dev", &name, format_args!(" dev {name}"));
    }
    match kind.ttl.and_then(|id| numeric(data, id)) {
        Some(0) => ip.out.any("ttl", "inherit", format_args!(" ttl inherit")),
        Some(ttl) => ip.out.any("ttl", ttl, format_args!(" ttl {ttl}")),
        None => {}
    }
    if kind.family == INET && kind.ttl.is_some() && numeric(data, 10) == Some(0) {
        ip.out.any("pmtudisc", false, format_args!(" nopmtudisc"));
    }
    if kind.name == "sit" {
        let keys = [
            "6rd-prefix",
            "6rd-prefixlen",
            "6rd-relay_prefix",
            "6rd-relay_prefixlen",
        ];
        link::kind::tunnel::six_rd(ip, data, [" ", ""], keys);
    }
    keys(ip, kind, data);
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
    Ok(())
}

/// One key for both directions, or one each.
fn keys(ip: &mut Ip, kind: &Kind, data: &[Attribute]) {
    let Some(id) = kind.key else {
        return;
    };
    let key = |id| numeric(data, id).filter(|key| *key != 0);
    let shown: &[_] = match (key(id), key(id + 1)) {
        (Some(input), Some(output)) if input == output => &[("key", Some(input))],
        (input, output) => &[("ikey", input), ("okey", output)],
    };
    for (name, key) in shown {
        if let Some(key) = key {
            ip.out.any(name, *key, format_args!(" {name} {key}"));
        }
    }
}
