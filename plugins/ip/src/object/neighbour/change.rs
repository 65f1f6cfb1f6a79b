//! `ip neighbour add`, `del`, `change`, `replace`, `flush`.

use nethost_sdk::netlink::{Change, How, Neighbour, link_address, to_wit};

use super::super::flush::Flushed;
use super::{Filter, show};
use crate::ip::{Ip, answer, dump_answer};
use crate::words::{
    self, Done, Words, address, duplicate, family_of, matches, second, trimmed, unsigned, usage,
    wrong,
};

/// NUD_PERMANENT and NTF_….
const PERMANENT: u16 = 0x80;
const USE: u32 = 0x1;
const PROXY: u32 = 0x8;
const EXTERNAL: u32 = 0x10;
const ROUTER: u32 = 0x80;
const MANAGED: u32 = 0x100;

/// What is done with a neighbour, by the word for it, or none.
pub(super) fn verb(word: &str) -> Option<Option<How>> {
    if matches(word, "add") {
        Some(Some(How::CREATE | How::EXCLUSIVE))
    } else if matches(word, "change") || word == "chg" {
        Some(Some(How::REPLACE))
    } else if matches(word, "replace") {
        Some(Some(How::CREATE | How::REPLACE))
    } else if matches(word, "delete") {
        Some(None)
    } else {
        None
    }
}

pub(super) fn change(ip: &mut Ip, words: &mut Words, how: Option<How>) -> Done {
    let neighbour = parse(ip, words)?;
    match how {
        Some(how) => ip.put(&Change::Neighbour(neighbour), how),
        None => ip.remove(&Change::Neighbour(neighbour)),
    }
}

fn parse(ip: &mut Ip, words: &mut Words) -> Done<Neighbour> {
    let mut neighbour = Neighbour {
        family: ip.options.family,
        state: PERMANENT,
        ..Neighbour::default()
    };
    let (mut device, mut said_lladdr) = (None, false);
    while let Some(word) = words.next() {
        match word.as_str() {
            "lladdr" => {
                let text = words.need()?;
                if said_lladdr {
                    return Err(duplicate("lladdr", &text));
                }
                said_lladdr = true;
                neighbour.link_address = match text.as_str() {
                    "null" => None,
                    text => Some(link_address(&words::link_address(text)?)),
                };
            }
            "nud" => {
                let name = words.need()?;
                neighbour.state = show::state(&name)
                    .filter(|state| *state < 0x100)
                    .ok_or_else(|| trimmed(wrong(&name, "nud state is bad\n")))?;
            }
            "proxy" => {
                let text = words.need()?;
                target(&mut neighbour, &text)?;
                neighbour.flags |= PROXY;
            }
            "router" => neighbour.flags |= ROUTER,
            "extern_learn" => neighbour.flags |= EXTERNAL,
            "use" => neighbour.flags |= USE,
            "managed" => {
                neighbour.flags |= MANAGED;
                neighbour.state = 0;
            }
            "dev" => device = Some(words.need()?),
            _ if word == "protocol" || word == "proto" => {
                let name = words.need()?;
                let number = ip
                    .names
                    .protocols
                    .number(&name)
                    .map(u64::from)
                    .or_else(|| unsigned(&name));
                let number = number.filter(|number| *number < 256);
                neighbour.protocol = Some(
                    number
                        .ok_or_else(|| trimmed(wrong(&name, "\"protocol\" value is invalid\n")))?
                        as u8,
                );
            }
            _ => {
                let word = if word == "to" { words.need()? } else { word };
                target(&mut neighbour, &word)?;
            }
        }
    }
    let Some(device) = device.filter(|_| neighbour.destination.is_some()) else {
        return Err(usage("Device and destination are required arguments."));
    };
    neighbour.index = ip.link_index(&device)?;
    Ok(neighbour)
}

fn target(neighbour: &mut Neighbour, text: &str) -> Done {
    if neighbour.destination.is_some() {
        return Err(second("to", text));
    }
    let destination = address(text, neighbour.family)?;
    neighbour.family = family_of(destination);
    neighbour.destination = Some(to_wit(destination));
    Ok(())
}

pub(super) fn flush(ip: &mut Ip, words: &mut Words) -> Done {
    if words.is_empty() {
        return Err(words::failed(1, "Flush requires arguments."));
    }
    let mut filter = Filter::parse(ip, words)?;
    // Permanent entries stay unless asked for, and those that have failed are gone already.
    let states = filter
        .states
        .get_or_insert(0xff & !(PERMANENT | 0x40 | 0x20));
    *states &= 0x1ff;
    let flushed = Flushed {
        plural: "entries",
        gone: &["No such file or directory"],
    };
    flushed.flush(ip, |ip| {
        let mut listing = ip
            .kernel()?
            .neighbours(filter.query)
            .map_err(|error| answer(&error))?;
        let mut found = Vec::new();
        while let Some(batch) = listing.next().map_err(|error| dump_answer(&error))? {
            let batch = batch.into_iter().filter(|one| filter.lets_through(one));
            found.extend(batch.map(Change::Neighbour));
        }
        Ok(found)
    })
}
