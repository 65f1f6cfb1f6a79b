//! `ip addrlabel`: labels that decide which source address is taken (RFC 6724).

use nethost_sdk::netlink::{AddressLabel, Change, How, ip as address_of, to_wit};

use crate::ip::{Ip, answer, dump_answer};
use crate::words::{Done, INET6, Words, failed, matches, number, prefix, usage};

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "show".to_owned());
    let is = |keyword| matches(&command, keyword);
    if is("list") || is("show") {
        return list(ip);
    }
    if is("add") {
        let label = parse(ip, words)?;
        return ip.put(&Change::AddressLabel(label), How::CREATE | How::EXCLUSIVE);
    }
    if is("delete") {
        let label = parse(ip, words)?;
        return ip.remove(&Change::AddressLabel(label));
    }
    if is("flush") {
        for label in labels(ip)? {
            ip.remove(&Change::AddressLabel(label))?;
        }
        return Ok(());
    }
    if is("help") {
        return Err(crate::help::of("addrlabel"));
    }
    Err(usage(format!(
        "Command \"{}\" is unknown, try \"ip addrlabel help\".",
        nethost_sdk::text::printable(&command)
    )))
}

fn labels(ip: &mut Ip) -> Done<Vec<AddressLabel>> {
    let mut listing = ip
        .kernel()?
        .address_labels()
        .map_err(|error| answer(&error))?;
    let mut labels = Vec::new();
    while let Some(batch) = listing.next().map_err(|error| dump_answer(&error))? {
        labels.extend(batch);
    }
    Ok(labels)
}

fn list(ip: &mut Ip) -> Done {
    let labels = labels(ip)?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for label in &labels {
        show(ip, label)?;
    }
    ip.out.end();
    Ok(())
}

/// One label.
pub(crate) fn show(ip: &mut Ip, label: &AddressLabel) -> Done {
    ip.out.open_object();
    ip.mark_deleted();
    let prefix = address_of(label.prefix);
    ip.out.text(format_args!("prefix "));
    ip.out
        .host(crate::color::of(prefix), "address", prefix, ["", ""]);
    ip.out.any(
        "prefixlen",
        label.prefix_length,
        format_args!("/{} ", label.prefix_length),
    );
    if label.index != 0 {
        let name = ip.link_name(label.index)?;
        ip.out.any("ifname", &name, format_args!("dev {name} "));
    }
    ip.out
        .any("label", label.label, format_args!("label {} ", label.label));
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
    Ok(())
}

fn parse(ip: &mut Ip, words: &mut Words) -> Done<AddressLabel> {
    let (mut found, mut index, mut label) = (None, 0, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "prefix" => found = Some(prefix(&words.need()?, INET6)?),
            "dev" => index = ip.link_index(&words.need()?)?,
            "label" => label = Some(number(&words.need()?, "label")?),
            _ => {}
        }
    }
    let Some(prefix) = found else {
        return Err(failed(
            1,
            "Not enough information: \"prefix\" argument is required.",
        ));
    };
    let Some(label) = label else {
        return Err(failed(
            1,
            "Not enough information: \"label\" argument is required.",
        ));
    };
    let any = std::net::Ipv6Addr::UNSPECIFIED.into();
    Ok(AddressLabel {
        prefix: to_wit(prefix.address.unwrap_or(any)),
        prefix_length: prefix.length,
        index,
        label,
    })
}
