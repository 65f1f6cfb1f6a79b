//! `ip address`: the addresses of links.

mod change;
pub(crate) mod show;

use nethost_sdk::netlink::{Address, AddressQuery, Link, Object};

use super::{link, saved};
use crate::ip::{Ip, answer, dump_answer, warn_interrupted};
use crate::options::LINK;
use crate::words::{Done, Prefix, Words, failed, matches, prefix, trimmed, unsigned, usage, wrong};

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
    if is("save") {
        return save(ip, words);
    }
    if is("restore") {
        return saved::restore(ip, saved::ADDRESSES);
    }
    if is("showdump") {
        return show_saved(ip);
    }
    if is("help") {
        return Err(crate::help::of("address"));
    }
    Err(usage(format!(
        "Command \"{}\" is unknown, try \"ip address help\".",
        nethost_sdk::text::printable(&command)
    )))
}

/// Which addresses are shown, and of which links.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) links: link::Filter,
    pub(crate) family: u8,
    pub(crate) scope: Option<u8>,
    pub(crate) to: Option<Prefix>,
    pub(crate) label: Option<String>,
    /// IFA_F_… that must be as in `flags`.
    pub(crate) mask: u32,
    pub(crate) flags: u32,
}

impl Filter {
    pub(crate) fn parse(ip: &mut Ip, words: &mut Words) -> Done<Self> {
        let mut filter = Self {
            family: ip.options.family,
            ..Self::default()
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "to" => {
                    let to = prefix(&words.need()?, filter.family)?;
                    if filter.family == 0 {
                        filter.family = to.family();
                    }
                    filter.to = Some(to);
                }
                "scope" => filter.scope = scope(ip, &words.need()?)?,
                "label" => filter.label = Some(words.need()?),
                other => {
                    if let Some((flag, set)) = show::flag(other) {
                        filter.mask |= flag;
                        if set {
                            filter.flags |= flag;
                        }
                    } else if !filter.links.take(ip, other, words)? {
                        filter.links.device(other)?;
                    }
                }
            }
        }
        Ok(filter)
    }

    fn lets_through(&self, link: &Link, address: &Address) -> bool {
        let local = address.local.or(address.peer).map(nethost_sdk::netlink::ip);
        (self.family == 0 || self.family == address.family)
            && self.scope.is_none_or(|scope| scope == address.scope)
            && (address.flags ^ self.flags) & self.mask == 0
            && self
                .to
                .is_none_or(|to| local.is_some_and(|local| super::route::within(local, &to)))
            && self
                .label
                .as_ref()
                .is_none_or(|pattern| like(pattern, address.label.as_deref().unwrap_or(&link.name)))
    }
}

/// fnmatch(3)'s `*` and `?`.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=text.len()).any(|skip| {
            like(
                std::str::from_utf8(rest).unwrap_or_default(),
                std::str::from_utf8(&text[skip..]).unwrap_or_default(),
            )
        }),
        (Some((wanted, pattern)), Some((is, text))) => {
            (*wanted == b'?' || wanted == is)
                && like(
                    std::str::from_utf8(pattern).unwrap_or_default(),
                    std::str::from_utf8(text).unwrap_or_default(),
                )
        }
        _ => false,
    }
}

/// A scope by name or number; `all` is any.
pub(crate) fn scope(ip: &mut Ip, word: &str) -> Done<Option<u8>> {
    if word == "all" {
        return Ok(None);
    }
    let number = ip
        .names
        .scopes
        .number(word)
        .map(u64::from)
        .or_else(|| unsigned(word));
    let number = number.and_then(|number| u8::try_from(number).ok());
    number
        .map(Some)
        .ok_or_else(|| trimmed(wrong(word, "invalid \"scope\"\n")))
}

/// The addresses of the links that are asked for, of one link or all.
pub(crate) fn addresses(ip: &mut Ip, filter: &Filter, index: Option<u32>) -> Done<Vec<Address>> {
    let query = AddressQuery {
        family: filter.family,
        index,
    };
    let mut listing = ip
        .kernel()?
        .addresses(query)
        .map_err(|error| answer(&error))?;
    let mut addresses = Vec::new();
    while let Some(batch) = listing.next().map_err(|error| dump_answer(&error))? {
        addresses.extend(batch);
    }
    warn_interrupted(listing.was_interrupted());
    Ok(addresses)
}

fn save(ip: &mut Ip, words: &mut Words) -> Done {
    let filter = Filter::parse(ip, words)?;
    saved::check_output()?;
    let links = filter.links.links(ip, false)?;
    let query = AddressQuery {
        family: filter.family,
        index: None,
    };
    let listing = ip
        .kernel()?
        .addresses(query)
        .map_err(|error| answer(&error))?;
    saved::save(saved::ADDRESSES, listing, |address| {
        let link = links.iter().find(|link| link.index == address.index);
        link.is_some_and(|link| filter.lets_through(link, address))
    })
}

fn show_saved(ip: &mut Ip) -> Done {
    ip.out.begin(ip.options.json, ip.options.pretty);
    for object in saved::read(saved::ADDRESSES)? {
        if let Object::Address(address) = object {
            ip.out.text(format_args!("if{}:\n", address.index));
            let name = ip.link_name(address.index)?;
            ip.out.open_object();
            show::address(ip, &name, &address, false);
            ip.out.close_object();
        }
    }
    ip.out.end();
    Ok(())
}

fn list(ip: &mut Ip, words: &mut Words) -> Done {
    let mut filter = Filter::parse(ip, words)?;
    if filter.family == LINK {
        filter.family = 0;
        return Err(failed(1, ""));
    }
    // As iproute2 does: the family of what is asked for decides how much of a link is shown.
    ip.options.family = filter.family;
    let links = filter.links.links(ip, ip.options.statistics > 0)?;
    let index = filter
        .links
        .device
        .is_some()
        .then(|| links.first().map(|link| link.index));
    let addresses = addresses(ip, &filter, index.flatten())?;
    let view = super::link::show::View::Address {
        one: filter.links.device.is_some(),
    };
    let view = filter.label.is_none().then_some(view);
    ip.out.begin(ip.options.json, ip.options.pretty);
    for link in &links {
        let own: Vec<&Address> = addresses.iter().filter(|a| a.index == link.index).collect();
        let of_family = || {
            own.iter()
                .any(|a| filter.family == 0 || a.family == filter.family)
        };
        let shown: Vec<&Address> = own
            .iter()
            .copied()
            .filter(|a| filter.lets_through(link, a))
            .collect();
        // A link without addresses stays unless a family is asked for.
        if shown.is_empty() && (filter.family != 0 || of_family()) {
            continue;
        }
        show::link(ip, link, &shown, view)?;
    }
    ip.out.end();
    Ok(())
}
