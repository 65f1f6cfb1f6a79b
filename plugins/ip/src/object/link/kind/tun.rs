//! TUN and TAP devices.

use nethost_sdk::files;
use nethost_sdk::netlink::Attribute;

use super::super::show::number;
use super::field::on_off;
use crate::ip::Ip;
use crate::words::Done;

pub(super) fn show(ip: &mut Ip, data: &[Attribute]) -> Done {
    if let Some(of) = number(data, 3) {
        let name = match of {
            1 => "tun",
            2 => "tap",
            _ => "UNKNOWN",
        };
        ip.out.any("type", name, format_args!("type {name} "));
    }
    for (id, key) in [(4, "pi"), (5, "vnet_hdr")] {
        if let Some(is) = number(data, id) {
            ip.out
                .any(key, is != 0, format_args!("{key} {} ", on_off(is)));
        }
    }
    if let Some(many) = number(data, 7) {
        ip.out.json("multi_queue", many != 0);
        if many != 0 {
            ip.out.text(format_args!("multi_queue on "));
        }
        for (id, key, text) in [
            (8, "numqueues", "numqueues"),
            (9, "numdisabled", "numdisabled"),
        ] {
            if let Some(count) = number(data, id) {
                ip.out.any(key, count, format_args!("{text} {count} "));
            }
        }
    }
    if let Some(is) = number(data, 6) {
        ip.out
            .any("persist", is != 0, format_args!("persist {} ", on_off(is)));
    }
    for (id, key, path) in [(1, "user", "/etc/passwd"), (2, "group", "/etc/group")] {
        if let Some(owner) = number(data, id) {
            match account(path, owner) {
                Some(name) => ip.out.any(key, &name, format_args!("{key} {name} ")),
                None => ip.out.any(key, owner, format_args!("{key} {owner} ")),
            }
        }
    }
    Ok(())
}

/// The name of a user or group.
fn account(path: &str, id: u64) -> Option<String> {
    let text = files::read(path).ok()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let fields =
        lines.find(|fields| fields.get(2).and_then(|field| field.parse().ok()) == Some(id))?;
    fields.first().map(|name| (*name).to_owned())
}
