//! `ip ila`: identifier-locator addressing.

use nethost_sdk::netlink::{AttributeValue as Value, EntityKind, Field};

use crate::color;
use crate::entity::{self, entity, field, number as counted, unsigned};
use crate::ip::Ip;
use crate::words::{Done, Words, matches, usage};

/// ILA_CMD_….
const ADD: u16 = 1;
const DELETE: u16 = 2;
const GET: u16 = 3;
/// ILA_ATTR_….
const LOCATOR: u16 = 1;
const MATCH: u16 = 3;
const LINK: u16 = 4;
const CHECKSUM: u16 = 7;
const IDENTIFIER: u16 = 8;

/// ILA_CSUM_….
pub(super) const CHECKSUMS: &[(u64, &str)] = &[
    (0, "adj-transport"),
    (1, "neutral-map"),
    (2, "no-action"),
    (3, "neutral-map-auto"),
];
/// ILA_ATYPE_…; of these, two can be set.
pub(super) const IDENTIFIERS: &[(u64, &str)] = &[
    (0, "iid"),
    (1, "luid"),
    (2, "virt-v4"),
    (3, "virt-uni-v6"),
    (4, "virt-multi-v6"),
    (5, "nonlocal-addr"),
    (32, "use-format"),
];

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let Some(command) = words.next() else {
        return Err(crate::help::of("ila"));
    };
    let is = |keyword| matches(&command, keyword);
    if is("help") {
        return Err(crate::help::of("ila"));
    }
    if is("add") {
        return change(ip, words, ADD);
    }
    if is("delete") {
        return change(ip, words, DELETE);
    }
    if is("list") {
        return list(ip, words);
    }
    Err(super::unknown(&command, "ila"))
}

/// `2001:db8:0:1`: four groups of 16 bits.
pub(super) fn locator(text: &str) -> Option<u64> {
    let groups: Option<Vec<u16>> = text
        .split(':')
        .map(|group| {
            (1..=4)
                .contains(&group.len())
                .then(|| u16::from_str_radix(group, 16).ok())
                .flatten()
        })
        .collect();
    let [a, b, c, d] = <[u16; 4]>::try_from(groups?).ok()?;
    Some(
        [a, b, c, d]
            .iter()
            .fold(0, |all, group| all << 16 | u64::from(*group)),
    )
}

/// The same the other way round.
pub(super) fn shown(locator: u64) -> String {
    let groups = [48, 32, 16, 0].map(|shift| format!("{:x}", locator >> shift & 0xffff));
    groups.join(":")
}

/// The number of a checksum mode or of a type of identifiers that can be set.
pub(super) fn known(table: &[(u64, &str)], name: &str) -> Option<u64> {
    let found = table.iter().find(|(_, known)| *known == name);
    let (number, _) = found?;
    let is_settable = table.len() != IDENTIFIERS.len() || matches!(number, 1 | 32);
    is_settable.then_some(*number)
}

fn change(ip: &mut Ip, words: &mut Words, command: u16) -> Done {
    let mut fields: Vec<Field> = Vec::new();
    let mut has = (false, false);
    while let Some(word) = words.next() {
        let is = |keyword| matches(&word, keyword);
        let bad = |what: &str, text: &str| {
            let text = nethost_sdk::text::printable(text);
            usage(format!("{what}: {text}"))
        };
        if is("loc") || is("loc_match") {
            let text = words.need()?;
            let is_match = !is("loc");
            let what = if is_match {
                "Bad locator to match"
            } else {
                "Bad locator"
            };
            let locator = locator(&text).ok_or_else(|| bad(what, &text))?;
            let id = if is_match { MATCH } else { LOCATOR };
            if is_match {
                has.1 = true;
            } else {
                has.0 = true;
            }
            fields.push(counted(id, locator));
        } else if is("csum-mode") {
            let text = words.need()?;
            let mode = known(CHECKSUMS, &text).ok_or_else(|| bad("Bad csum-mode", &text))?;
            fields.push(counted(CHECKSUM, mode));
        } else if is("ident-type") {
            let text = words.need()?;
            let kind = known(IDENTIFIERS, &text).ok_or_else(|| bad("Bad ident-type", &text))?;
            fields.push(counted(IDENTIFIER, kind));
        } else if is("dev") {
            let name = words.need()?;
            let index = ip.link_index(&name);
            let index = index.map_err(|_| bad("No such interface", &name))?;
            fields.push(field(LINK, Value::Signed(index.into())));
        } else {
            return Err(crate::help::of("ila"));
        }
    }
    if command == ADD && !has.0 {
        return Err(usage("ila: missing locator"));
    }
    if command == ADD && !has.1 {
        return Err(usage("ila: missing locator0match"));
    }
    let mut change = entity(EntityKind::IdentifierLocators, command, &[]);
    change.fields = fields;
    ip.change_of_family(&change, GET)
}

fn list(ip: &mut Ip, words: &mut Words) -> Done {
    if !words.is_empty() {
        return Err(usage("\"ip ila show\" does not take any arguments."));
    }
    let query = entity(EntityKind::IdentifierLocators, GET, &[]);
    let found = ip.of_family(&query)?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for one in &found {
        ip.out.open_object();
        mapping(ip, &one.fields)?;
        ip.out.line();
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}

fn mapping(ip: &mut Ip, fields: &[Field]) -> Done {
    for (id, key) in [(MATCH, "locator_match"), (LOCATOR, "locator")] {
        let shown = unsigned(fields, id).map_or_else(|| "-".to_owned(), shown);
        ip.out.any(key, &shown, format_args!("{shown:<20}"));
    }
    match entity::value(fields, LINK) {
        Some(Value::Signed(index)) => {
            let name = ip.link_name(u32::try_from(*index).unwrap_or_default())?;
            ip.out.any_in(
                color::INTERFACE,
                "interface",
                &name,
                format_args!("{name:<16}"),
            );
        }
        _ => ip.out.text(format_args!("{:<10} ", "-")),
    }
    let name = |table: &[(u64, &'static str)], number: u64| {
        let found = table.iter().find(|(known, _)| *known == number);
        found.map_or("unknown", |(_, name)| name)
    };
    match unsigned(fields, CHECKSUM) {
        Some(mode) => {
            let name = name(CHECKSUMS, mode);
            ip.out.any("csum_mode", name, format_args!("{name}"));
        }
        None => ip.out.text(format_args!("{:<10} ", "-")),
    }
    match unsigned(fields, IDENTIFIER) {
        Some(kind) => {
            let name = name(IDENTIFIERS, kind);
            ip.out.any("ident_type", name, format_args!("{name}"));
        }
        None => ip.out.text(format_args!("-")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{locator, shown};

    #[test]
    fn locators_have_four_groups() {
        assert_eq!(locator("2001:db8:0:1"), Some(0x2001_0db8_0000_0001));
        assert_eq!(shown(0x2001_0db8_0000_0001), "2001:db8:0:1");
        for text in [
            "2001:db8::1",
            "1:2:3",
            "1:2:3:4:5",
            "1:2:3:g",
            "12345:2:3:4",
        ] {
            assert_eq!(locator(text), None, "{text}");
        }
    }
}
