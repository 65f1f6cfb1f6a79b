//! `ip tuntap`: TUN and TAP devices that stay without a program.

use nethost_sdk::files;
use nethost_sdk::netlink::{Change, How, Link, TunDevice};

use super::link::{self, show::number as attribute};
use crate::ip::Ip;
use crate::words::{Done, Words, failed, matches, unsigned, usage, wrong};

/// IFLA_TUN_….
const OWNER: u32 = 1;
const GROUP: u32 = 2;
const TYPE: u32 = 3;
const INFORMATION: u32 = 4;
const VNET_HEADER: u32 = 5;
const PERSIST: u32 = 6;
const MULTI_QUEUE: u32 = 7;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "show".to_owned());
    let is = |keyword| matches(&command, keyword);
    if is("add") || is("delete") {
        let device = parse(words)?;
        ip.links.forget();
        let change = Change::TunDevice(device);
        let done = if is("add") {
            ip.put(&change, How::CREATE | How::EXCLUSIVE)
        } else {
            ip.remove(&change)
        };
        // An ioctl(2) does this, so netlink answers nothing.
        return done.map_err(
            |error| match error.stderr.strip_prefix("RTNETLINK answers: ") {
                Some(text) => failed(1, format!("ioctl(TUNSETIFF): {text}")),
                None => error,
            },
        );
    }
    if is("show") || is("lst") || is("list") {
        return list(ip);
    }
    if matches(&command, "help") {
        return Err(crate::help::of("tuntap"));
    }
    Err(super::unknown(&command, "tuntap"))
}

fn parse(words: &mut Words) -> Done<TunDevice> {
    let mut device = TunDevice {
        name: String::new(),
        tap: false,
        user: None,
        group: None,
        packet_information: false,
        vnet_header: false,
        multi_queue: false,
    };
    let mut mode = false;
    while let Some(word) = words.next() {
        match word.as_str() {
            "mode" => {
                let name = words.need()?;
                device.tap = match name.as_str() {
                    name if matches(name, "tun") => false,
                    name if matches(name, "tap") => true,
                    other => {
                        return Err(usage(format!(
                            "Unknown mode \"{}\"",
                            nethost_sdk::text::printable(other)
                        )));
                    }
                };
                mode = true;
            }
            "user" => device.user = Some(account("/etc/passwd", &words.need()?, "user")?),
            "group" => device.group = Some(account("/etc/group", &words.need()?, "group")?),
            "pi" => device.packet_information = true,
            "one_queue" => {}
            "vnet_hdr" => device.vnet_header = true,
            "multi_queue" => device.multi_queue = true,
            _ => {
                device.name = if matches(&word, "name") || word == "dev" {
                    words.need()?
                } else {
                    word
                };
                link::change::check_name("dev", &device.name)?;
            }
        }
    }
    if !mode {
        return Err(failed(1, "You failed to specify a tunnel mode"));
    }
    Ok(device)
}

/// A user or group by name or number.
fn account(path: &str, name: &str, what: &str) -> Done<u32> {
    if let Some(id) = unsigned(name) {
        return u32::try_from(id).map_err(|_| wrong(name, &format!("invalid {what}")));
    }
    let text = files::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let fields = lines.find(|fields| fields.first() == Some(&name));
    let id = fields.and_then(|fields| fields.get(2).and_then(|id| id.parse().ok()));
    id.ok_or_else(|| {
        failed(
            1,
            format!("invalid {what} \"{}\"", nethost_sdk::text::printable(name)),
        )
    })
}

fn list(ip: &mut Ip) -> Done {
    let filter = link::Filter {
        kind: Some("tun".to_owned()),
        ..link::Filter::default()
    };
    let links = filter.links(ip, false)?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for link in &links {
        one(ip, link);
    }
    ip.out.end();
    Ok(())
}

fn one(ip: &mut Ip, link: &Link) {
    let data = link.kind_data.as_deref().unwrap_or_default();
    let is = |id| attribute(data, id).is_some_and(|is| is != 0);
    ip.out.open_object();
    ip.out
        .any("ifname", &link.name, format_args!("{}:", link.name));
    ip.out.open_array("flags");
    let kind = if attribute(data, TYPE) == Some(2) {
        "tap"
    } else {
        "tun"
    };
    ip.out.element(kind, format_args!(" {kind}"));
    for (shown, name) in [
        (is(INFORMATION), "pi"),
        (is(VNET_HEADER), "vnet_hdr"),
        (is(MULTI_QUEUE), "multi_queue"),
        (is(PERSIST), "persist"),
    ] {
        if shown {
            ip.out.element(name, format_args!(" {name}"));
        }
    }
    ip.out.close_array();
    for (id, name) in [(OWNER, "user"), (GROUP, "group")] {
        if let Some(owner) = attribute(data, id) {
            ip.out.any(name, owner, format_args!(" {name} {owner}"));
        }
    }
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
}
