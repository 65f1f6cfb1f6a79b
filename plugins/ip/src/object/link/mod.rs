//! `ip link`: network interfaces.

pub(crate) mod change;
mod create;
mod function;
mod group;
pub(crate) mod kind;
pub(crate) mod layer;
mod property;
pub(crate) mod show;
pub(crate) mod statistics;

use nethost_sdk::netlink::{How, Link, LinkQuery, Listing};

use crate::ip::{Ip, answer, dump_answer, warn_interrupted};
use crate::words::{Done, Words, failed, matches, trimmed, usage, wrong};

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let Some(command) = words.next() else {
        return list(ip, words);
    };
    let is = |keyword| matches(&command, keyword);
    if is("add") {
        return change::add(ip, words, How::CREATE | How::EXCLUSIVE);
    }
    if is("set") || is("change") {
        return change::set(ip, words);
    }
    if is("replace") {
        return change::add(ip, words, How::CREATE | How::REPLACE);
    }
    if is("delete") {
        return change::delete(ip, words);
    }
    if is("show") || is("lst") || is("list") {
        return list(ip, words);
    }
    if is("property") {
        return property::run(ip, words);
    }
    if is("xstats") {
        return super::stats::of_kind(ip, words);
    }
    if is("afstats") {
        return super::stats::of_families(ip, words);
    }
    if is("help") {
        return Err(crate::help::of("link"));
    }
    Err(usage(format!(
        "Command \"{}\" is unknown, try \"ip link help\".",
        nethost_sdk::text::printable(&command)
    )))
}

/// Which links are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) device: Option<String>,
    pub(crate) up: bool,
    pub(crate) master: Option<u32>,
    pub(crate) no_master: bool,
    pub(crate) kind: Option<String>,
    pub(crate) group: Option<u32>,
}

impl Filter {
    /// Takes the word if it is about links.
    pub(crate) fn take(&mut self, ip: &mut Ip, word: &str, words: &mut Words) -> Done<bool> {
        match word {
            "up" => self.up = true,
            "nomaster" => self.no_master = true,
            "master" => {
                let name = words.need()?;
                let master = ip.link_index(&name);
                self.master =
                    Some(master.map_err(|_| trimmed(wrong(&name, "Device does not exist\n")))?);
            }
            "vrf" => {
                let name = words.need()?;
                let master = super::vrf::index(ip, &name, "Not a valid VRF name")?;
                self.master = Some(master);
            }
            "group" => {
                let name = words.need()?;
                let number = ip.names.groups.number(&name);
                let number = number.or_else(|| crate::words::unsigned(&name).map(|n| n as u32));
                self.group =
                    Some(number.ok_or_else(|| trimmed(wrong(&name, "Invalid \"group\" value\n")))?);
            }
            "type" => self.kind = Some(words.need()?),
            "dev" => self.device(&words.need()?)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// A word that is no keyword names a device.
    pub(crate) fn device(&mut self, name: &str) -> Done {
        if self.device.is_some() {
            return Err(crate::words::second("dev", name));
        }
        self.device = Some(name.to_owned());
        Ok(())
    }

    /// The links that the filter lets through.
    pub(crate) fn links(&self, ip: &mut Ip, statistics: bool) -> Done<Vec<Link>> {
        // A port's kind is that of what it is a port of.
        let port_of = self
            .kind
            .as_deref()
            .and_then(|kind| kind.strip_suffix("_slave"));
        let query = LinkQuery {
            name: self.device.clone(),
            master: self.master,
            kind: self.kind.clone().filter(|_| port_of.is_none()),
            statistics,
            ..LinkQuery::default()
        };
        let one = self.device.is_some();
        let mut listing: Listing<Link> =
            ip.kernel()?.links(query).map_err(|error| answer(&error))?;
        let mut links = Vec::new();
        loop {
            match listing.next() {
                Ok(Some(batch)) => links.extend(batch),
                Ok(None) => break,
                Err(nethost_sdk::netlink::Failure::Kernel { errno: ENODEV, .. }) if one => {
                    let name = self.device.as_deref().unwrap_or_default();
                    if let Some(name) = crate::links::unlabelled(name) {
                        let plain = Self {
                            device: Some(name.to_owned()),
                            ..self.clone()
                        };
                        return plain.links(ip, statistics);
                    }
                    return Err(failed(1, format!("Device \"{name}\" does not exist.")));
                }
                Err(error) => return Err(dump_answer(&error)),
            }
        }
        warn_interrupted(listing.was_interrupted());
        if !one && self.master.is_none() && self.kind.is_none() {
            ip.links.learn(&links);
        }
        links.retain(|link| {
            (!self.up || link.flags & show::UP != 0)
                && (!self.no_master || link.master.is_none())
                && self.master.is_none_or(|master| link.master == Some(master))
                && self.group.is_none_or(|group| link.group == Some(group))
                && self.kind.as_deref().is_none_or(|kind| match port_of {
                    Some(kind) => link.port_kind.as_deref() == Some(kind),
                    None => link.kind.as_deref() == Some(kind),
                })
        });
        Ok(links)
    }
}

const ENODEV: u32 = 19;

fn list(ip: &mut Ip, words: &mut Words) -> Done {
    let mut filter = Filter::default();
    while let Some(word) = words.next() {
        if !filter.take(ip, &word, words)? {
            filter.device(&word)?;
        }
    }
    let links = filter.links(ip, ip.options.statistics > 0)?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for link in &links {
        ip.out.open_object();
        if ip.options.brief {
            let below_is_down = show::brief(ip, link)?;
            show::brief_flags(ip, link, below_is_down);
        } else {
            show::full(ip, link, show::View::Link)?;
        }
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}
