//! `ip neighbour`: the ARP and neighbour discovery tables.

mod change;
pub(crate) mod show;

use nethost_sdk::netlink::{Neighbour, NeighbourLookup, NeighbourQuery, ip as address_of, to_wit};

use crate::ip::{Ip, answer, dump_answer, warn_interrupted};
use crate::words::{
    Done, Prefix, Words, address, failed, matches, prefix, trimmed, unsigned, usage, wrong,
};

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let Some(command) = words.next() else {
        return list(ip, words);
    };
    let is = |keyword| matches(&command, keyword);
    if is("show") || is("lst") || is("list") {
        return list(ip, words);
    }
    if let Some(how) = change::verb(&command) {
        return change::change(ip, words, how);
    }
    if is("flush") {
        return change::flush(ip, words);
    }
    if is("get") {
        return get(ip, words);
    }
    if is("help") {
        return Err(crate::help::of("neigh"));
    }
    Err(usage(format!(
        "Command \"{}\" is unknown, try \"ip neigh help\".",
        nethost_sdk::text::printable(&command)
    )))
}

/// NUD_NOARP: shown only with `nud noarp`, `nud all` or `unused`.
const NOARP: u16 = 0x40;

/// What NDA_MASTER says of links without a master.
const NO_MASTER: u32 = u32::MAX;

/// Which neighbours.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) query: NeighbourQuery,
    pub(crate) states: Option<u16>,
    pub(crate) to: Option<Prefix>,
    pub(crate) unused: bool,
    pub(crate) protocol: Option<u8>,
}

impl Filter {
    pub(crate) fn parse(ip: &mut Ip, words: &mut Words) -> Done<Self> {
        let mut filter = Self::default();
        filter.query.family = ip.options.family;
        while let Some(word) = words.next() {
            match word.as_str() {
                "dev" => filter.query.index = Some(ip.link_index(&words.need()?)?),
                "master" | "vrf" => {
                    let name = words.need()?;
                    let index = if word == "vrf" {
                        super::vrf::index(ip, &name, "Not a valid VRF name")?
                    } else {
                        let index = ip.link_index(&name);
                        index.map_err(|_| wrong(&name, "Device does not exist"))?
                    };
                    filter.query.master = Some(index);
                }
                "nomaster" => filter.query.master = Some(NO_MASTER),
                "unused" => filter.unused = true,
                "nud" => {
                    let name = words.need()?;
                    let states = show::state(&name)
                        .ok_or_else(|| trimmed(wrong(&name, "nud state is bad\n")))?;
                    let so_far = filter.states.unwrap_or_default();
                    filter.states = Some(so_far | if states == 0 { 0x100 } else { states });
                }
                "proxy" => filter.query.proxies = true,
                "protocol" | "proto" => {
                    let name = words.need()?;
                    let number = ip.names.protocols.number(&name).map(u64::from);
                    let number = number
                        .or_else(|| unsigned(&name))
                        .filter(|number| *number < 256);
                    filter.protocol =
                        Some(number.ok_or_else(|| {
                            trimmed(wrong(&name, "\"protocol\" value is invalid\n"))
                        })? as u8);
                }
                other => {
                    let word = if other == "to" { words.need()? } else { word };
                    if filter.to.is_some() {
                        return Err(crate::words::second("to", &word));
                    }
                    let to = prefix(&word, filter.query.family)?;
                    if filter.query.family == 0 {
                        filter.query.family = to.family();
                    }
                    filter.to = Some(to);
                }
            }
        }
        Ok(filter)
    }

    pub(crate) fn lets_through(&self, neighbour: &Neighbour) -> bool {
        /// NTF_PROXY and NTF_EXT_LEARNED, which are shown in every state.
        const ALWAYS: u32 = 0x18;
        let state = if neighbour.state == 0 {
            0x100
        } else {
            neighbour.state
        };
        (self.query.family == 0 || self.query.family == neighbour.family)
            && matches!(neighbour.family, crate::words::INET | crate::words::INET6)
            && self
                .query
                .index
                .is_none_or(|index| index == neighbour.index)
            && (self.query.proxies
                || neighbour.flags & ALWAYS != 0
                || match self.states {
                    Some(states) => state & states != 0,
                    None => state & !NOARP & 0xff != 0,
                })
            && self
                .protocol
                .is_none_or(|protocol| neighbour.protocol == Some(protocol))
            && self.to.is_none_or(|to| {
                let address = neighbour.destination.map(address_of);
                address.is_some_and(|address| super::route::within(address, &to))
            })
            && (!self.unused || neighbour.cache.is_none_or(|cache| cache.users == 0))
    }
}

fn get(ip: &mut Ip, words: &mut Words) -> Done {
    let (mut device, mut destination, mut proxy) = (None, None, false);
    while let Some(word) = words.next() {
        match word.as_str() {
            "dev" => device = Some(words.need()?),
            other => {
                proxy |= other == "proxy";
                let keyword = matches!(other, "to" | "proxy");
                let text = if keyword { words.need()? } else { word };
                if destination.is_some() {
                    return Err(crate::words::second("to", &text));
                }
                destination = Some(address(&text, ip.options.family)?);
            }
        }
    }
    let (Some(device), Some(destination)) = (device, destination) else {
        return Err(failed(1, "Device and address are required arguments."));
    };
    let lookup = NeighbourLookup {
        destination: to_wit(destination),
        index: ip.link_index(&device)?,
        proxy,
    };
    let found = ip.kernel()?.look_up_neighbour(lookup);
    let found = found.map_err(|error| answer(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    show::neighbour(ip, &found, false)?;
    ip.out.end();
    Ok(())
}

fn list(ip: &mut Ip, words: &mut Words) -> Done {
    let filter = Filter::parse(ip, words)?;
    let mut listing = ip
        .kernel()?
        .neighbours(filter.query)
        .map_err(|error| answer(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    while let Some(batch) = listing.next().map_err(|error| dump_answer(&error))? {
        for neighbour in batch
            .iter()
            .filter(|neighbour| filter.lets_through(neighbour))
        {
            show::neighbour(ip, neighbour, filter.query.index.is_some())?;
        }
    }
    warn_interrupted(listing.was_interrupted());
    ip.out.end();
    Ok(())
}
