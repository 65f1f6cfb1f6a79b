//! `ip maddress`: the multicast addresses that links listen to.

use nethost_sdk::netlink::{
    AttributeValue, Change, How, MulticastAddress, ip as address_of,
    link_address as link_address_of,
};

use super::link::layer::link_address;
use crate::color;
use crate::ip::{Ip, answer};
use crate::options::LINK;
use crate::words::{Done, INET, INET6, Words, failed, matches, usage};

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "show".to_owned());
    let is = |keyword| matches(&command, keyword);
    if is("add") || is("delete") {
        return change(ip, words, is("add"));
    }
    if is("help") {
        return Err(crate::help::of("maddress"));
    }
    if !(is("show") || is("lst") || is("list")) {
        return Err(super::unknown(&command, "maddr"));
    }
    let mut device = None;
    while let Some(word) = words.next() {
        let word = if word == "dev" { words.need()? } else { word };
        if device.is_some() {
            return Err(crate::words::second("dev", &word));
        }
        device = Some(word);
    }
    let mut addresses = ip
        .kernel()?
        .multicast_addresses()
        .map_err(|error| answer(&error))?;
    let family = ip.options.family;
    addresses.retain(|address| {
        device.as_ref().is_none_or(|device| *device == address.name)
            && (family == 0 || family == family_of(address))
    });
    addresses.sort_by_key(|address| address.index);
    ip.out.begin(ip.options.json, ip.options.pretty);
    // With -o each address is a record of its own, behind the name of its link.
    let alone = ip.options.one_line;
    let end = if alone { "\\" } else { "\n" };
    for link in addresses.chunk_by(|a, b| a.index == b.index && !alone) {
        let Some(first) = link.first() else {
            continue;
        };
        ip.out.open_object();
        ip.out
            .any("ifindex", first.index, format_args!("{}:", first.index));
        ip.out.any_in(
            color::INTERFACE,
            "ifname",
            &first.name,
            format_args!("\t{}", first.name),
        );
        ip.out.text(format_args!("{end}"));
        ip.out.open_array("maddr");
        for address in link {
            ip.out.open_object();
            one(ip, address);
            ip.out.close_object();
        }
        ip.out.close_array();
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}

/// Only link addresses: groups are joined by programs.
fn change(ip: &mut Ip, words: &mut Words, add: bool) -> Done {
    let (mut device, mut address) = (None, None);
    while let Some(word) = words.next() {
        if word == "dev" {
            device = Some(words.need()?);
            continue;
        }
        let text = if matches(&word, "address") {
            words.need()?
        } else {
            word
        };
        if address.is_some() {
            return Err(crate::words::duplicate("address", &text));
        }
        let octets = crate::words::link_address(&text)?;
        if octets.len() != 6 {
            return Err(failed(
                1,
                format!(
                    "Error: Invalid address length {} - must be 6 bytes",
                    octets.len()
                ),
            ));
        }
        address = Some(octets);
    }
    let Some(name) = device else {
        return Err(usage("Not enough information: \"dev\" is required."));
    };
    let change = Change::MulticastAddress(MulticastAddress {
        index: 0,
        name,
        address: AttributeValue::LinkAddress(link_address_of(&address.unwrap_or_default())),
        users: 1,
        permanent: true,
    });
    let done = if add {
        ip.put(&change, How::CREATE)
    } else {
        ip.remove(&change)
    };
    // An ioctl(2) does this, so netlink answers nothing.
    done.map_err(
        |error| match error.stderr.strip_prefix("RTNETLINK answers: ") {
            Some(text) => failed(1, format!("ioctl: {text}")),
            None => error,
        },
    )
}

fn family_of(address: &MulticastAddress) -> u8 {
    match address.address {
        AttributeValue::Address(address) if address_of(address).is_ipv4() => INET,
        AttributeValue::Address(_) => INET6,
        _ => LINK,
    }
}

fn one(ip: &mut Ip, address: &MulticastAddress) {
    ip.out.text(format_args!("\t"));
    match &address.address {
        AttributeValue::LinkAddress(link) => {
            let shown = link_address(link, 1);
            ip.out.text(format_args!("link  "));
            ip.out
                .any_in(color::LINK_ADDRESS, "link", &shown, format_args!("{shown}"));
        }
        AttributeValue::Address(group) => {
            let group = address_of(*group);
            let family = if group.is_ipv4() { "inet" } else { "inet6" };
            ip.out.any("family", family, format_args!("{family:<5} "));
            ip.out.host(color::of(group), "address", group, ["", ""]);
        }
        _ => {}
    }
    if address.users != 1 {
        ip.out.any(
            "users",
            address.users,
            format_args!(" users {}", address.users),
        );
    }
    if address.permanent {
        ip.out.any("static", true, format_args!(" static"));
    }
    ip.out.text(format_args!("\n"));
}
