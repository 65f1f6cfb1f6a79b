//! `ip netconf`: how links forward.

use nethost_sdk::netlink::{EntityKind, ForwardingSettings};

use super::told;
use crate::entity::{attributes, entity};
use crate::ip::{Ip, dump_answer};
use crate::words::{Done, Words, failed, matches};

/// RTM_GETNETCONF.
const GET: u16 = 82;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "show".to_owned());
    if super::means(&command, &["show", "list", "lst"]) {
        return show(ip, words);
    }
    if matches(&command, "help") {
        return Err(crate::help::of("netconf"));
    }
    Err(super::unknown(&command, "netconf"))
}

fn show(ip: &mut Ip, words: &mut Words) -> Done {
    let mut wanted = None;
    while let Some(word) = words.next() {
        if word != "dev" {
            continue;
        }
        let name = words.need()?;
        let shown = nethost_sdk::text::printable(&name);
        let index = ip.link_index(&name);
        wanted = Some(index.map_err(|_| failed(1, format!("Device \"{shown}\" does not exist.")))?);
    }
    let query = entity(
        EntityKind::ForwardingSettings,
        GET,
        &[ip.options.family, 0, 0, 0],
    );
    let found = ip
        .entities(&query, true)?
        .map_err(|error| dump_answer(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for entity in found {
        let settings = ForwardingSettings {
            family: entity.header.first().copied().unwrap_or_default(),
            attributes: attributes(&entity),
        };
        if wanted.is_none_or(|index| told::link_of(&settings) == Some(index.into())) {
            told::settings(ip, &settings)?;
        }
    }
    ip.out.end();
    Ok(())
}
