//! `ip link property`: more names for a link.

use nethost_sdk::netlink::{Change, How, LinkNames};

use crate::ip::Ip;
use crate::words::{Done, Words, matches, usage};

/// Does what the words say.
pub(super) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_default();
    if matches(&command, "add") {
        let names = names(ip, words)?;
        return ip.put(
            &Change::LinkNames(names),
            How::CREATE | How::EXCLUSIVE | How::APPEND,
        );
    }
    if matches(&command, "delete") {
        let names = names(ip, words)?;
        return ip.remove(&Change::LinkNames(names));
    }
    if matches(&command, "help") {
        return Err(crate::help::of("link"));
    }
    Err(usage("Operator required"))
}

fn names(ip: &mut Ip, words: &mut Words) -> Done<LinkNames> {
    let (mut device, mut names) = (None, Vec::new());
    while let Some(word) = words.next() {
        if matches(&word, "altname") {
            names.push(words.need()?);
        } else if matches(&word, "help") {
            return Err(crate::help::of("link"));
        } else {
            let name = if word == "dev" { words.need()? } else { word };
            if device.is_some() {
                return Err(crate::words::duplicate("dev", &name));
            }
            device = Some(name);
        }
    }
    let Some(device) = device else {
        return Err(usage(
            "Not enough of information: \"dev\" argument is required.",
        ));
    };
    Ok(LinkNames {
        index: ip.link_index(&device)?,
        names,
    })
}
