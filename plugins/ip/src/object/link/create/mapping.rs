//! Words of kinds of links whose values are lists, pairs or bits.

use nethost_sdk::netlink::{AttributeValue as Value, link_address as to_link_address, to_wit};

use super::super::change::on_off;
use super::{Setting, Taken};
use crate::words::{Done, INET, INET6, address, link_address, number, unsigned, usage, wrong};

/// ETH_P_… by the names that iproute2 has for them.
const ETHERTYPES: &[(&str, u64)] = &[
    ("802.1Q", 0x8100),
    ("802.1q", 0x8100),
    ("802.1ad", 0x88a8),
    ("ip", 0x0800),
    ("ipv4", 0x0800),
    ("ipv6", 0x86dd),
    ("arp", 0x0806),
    ("mpls_uc", 0x8847),
    ("mpls_mc", 0x8848),
];

/// An Ethernet type, by its name or number.
pub(super) fn ethertype(taken: &mut Taken<'_>, option: &Setting) -> Done {
    let text = taken.words.need()?;
    let known = ETHERTYPES.iter().find(|(name, _)| *name == text);
    let number = known.map(|(_, number)| *number);
    let number = number.or_else(|| unsigned(&text).filter(|number| *number < 1 << 16));
    let number = number.ok_or_else(|| wrong(&text, &super::invalid(taken.kind, option.word)))?;
    taken.set(option.id, Value::Number(number));
    Ok(())
}

/// struct ifla_vlan_flags: one of its bits, `on` or `off`.
pub(super) fn flag(taken: &mut Taken<'_>, option: &Setting) -> Done {
    let bit = match option.word {
        "reorder_hdr" => 1,
        "gvrp" => 2,
        "loose_binding" => 4,
        "mvrp" => 8,
        _ => 16,
    };
    let on = on_off(option.word, &taken.words.need()?)?;
    bits(taken, option.id, bit, on);
    Ok(())
}

/// struct br_boolopt_multi: one of its bits, 0 or 1.
pub(super) fn boolean(taken: &mut Taken<'_>, option: &Setting) -> Done {
    let bit = if option.word == "no_linklocal_learn" {
        1
    } else {
        2
    };
    let text = taken.words.need()?;
    let on: u32 = number(&text, &format!("invalid {}", option.word))?;
    bits(taken, option.id, bit, on != 0);
    Ok(())
}

/// Two numbers: the values of bits, and which of them count.
fn bits(taken: &mut Taken<'_>, id: u32, bit: u32, on: bool) {
    let before = taken
        .attributes
        .iter()
        .find_map(|attribute| match &attribute.value {
            Value::Bytes(bytes) if attribute.id == id => <[u8; 8]>::try_from(bytes.as_slice()).ok(),
            _ => None,
        });
    let [a, b, c, d, e, f, g, h] = before.unwrap_or_default();
    let (mut values, mask) = (
        u32::from_ne_bytes([a, b, c, d]),
        u32::from_ne_bytes([e, f, g, h]) | bit,
    );
    values = if on { values | bit } else { values & !bit };
    let both = [values.to_ne_bytes(), mask.to_ne_bytes()].concat();
    taken.set(id, Value::Bytes(both));
}

/// `FROM:TO …`: struct ifla_vlan_qos_mapping each.
pub(super) fn priorities(taken: &mut Taken<'_>, option: &Setting) -> Done {
    let mut any = false;
    while let Some(text) = taken.words.peek().map(str::to_owned) {
        let Some((from, to)) = text.split_once(':') else {
            break;
        };
        let pair = unsigned(from).zip(unsigned(to));
        let pair = pair.and_then(|(from, to)| Some((from.try_into().ok()?, to.try_into().ok()?)));
        let why = format!("invalid {}", option.word);
        let (from, to): (u32, u32) = pair.ok_or_else(|| wrong(&text, &why))?;
        let mapping = [from.to_ne_bytes(), to.to_ne_bytes()].concat();
        taken.add(option.id << 16 | 1, Value::Bytes(mapping));
        taken.words.next();
        any = true;
    }
    if any || taken.words.is_empty() {
        return Ok(());
    }
    let word = taken.words.next().unwrap_or_default();
    Err(wrong(&word, &format!("invalid {}", option.word)))
}

/// The lowest and the highest port, in network byte order.
pub(super) fn ports(taken: &mut Taken<'_>, option: &Setting) -> Done {
    let low: u16 = number(&taken.words.need()?, "min port")?;
    let high: u16 = number(&taken.words.need()?, "max port")?;
    let range = [low.to_be_bytes(), high.to_be_bytes()].concat();
    taken.set(option.id, Value::Bytes(range));
    Ok(())
}

/// Addresses with commas between them, by their places.
pub(super) fn targets(taken: &mut Taken<'_>, option: &Setting) -> Done {
    const MOST: usize = 16;
    let text = taken.words.need()?;
    let family = if option.word == "ns_ip6_target" {
        INET6
    } else {
        INET
    };
    for (place, target) in text.split(',').take(MOST).enumerate() {
        let address = address(target, family)?;
        let id = option.id << 16 | place as u32;
        taken.add(id, Value::Address(to_wit(address)));
    }
    Ok(())
}

/// `{ add | del } LLADDR`, `set [ LLADDR … ]` or `flush`: IFLA_MACVLAN_MACADDR_MODE and the addresses.
pub(super) fn link_addresses(taken: &mut Taken<'_>, option: &Setting) -> Done {
    const ADDRESS: u32 = 4;
    const LIST: u32 = 5 << 16 | ADDRESS;
    let command = taken.words.need()?;
    let mode = match command.as_str() {
        "add" => 0,
        "del" => 1,
        "flush" => 2,
        "set" => 3,
        _ => {
            let mut help = crate::help::of("link");
            help.code = 1;
            return Err(help);
        }
    };
    taken.set(option.id, Value::Number(mode));
    let converted = |octets: &[u8]| Value::LinkAddress(to_link_address(octets));
    match command.as_str() {
        "add" | "del" => {
            let octets = link_address(&taken.words.need()?)?;
            if octets.len() != 6 {
                return Err(usage("a link address of macvlan has 6 octets"));
            }
            taken.set(ADDRESS, converted(&octets));
        }
        "set" => {
            while let Some(octets) = taken
                .words
                .peek()
                .and_then(|text| link_address(text).ok())
                .filter(|octets| octets.len() == 6)
            {
                taken.words.next();
                taken.add(LIST, converted(&octets));
            }
        }
        _ => {}
    }
    Ok(())
}
