//! `ip xfrm policy`: which packets IPsec is for, and what is to be done with them.

use nethost_sdk::netlink::{
    AttributeValue, How, SecurityPolicy, SecurityTemplate, TrafficSelector, ip as address_of,
};

use super::super::link::show::value;
use super::{Object, parse, policy_change as change, show};
use crate::ip::Ip;
use crate::value::{Address, Shown};
use crate::words::{Done, Prefix, Words, number, prefix, wrong};

const DIRECTIONS: &[&str] = &["in", "out", "fwd"];
/// XFRM_POLICY_LOCALOK and XFRM_POLICY_ICMP.
const FLAGS: &[(u8, &str)] = &[(1, "localok"), (2, "icmp")];

/// What `ip xfrm policy` knows.
pub(super) const OBJECT: Object = Object {
    name: "policy",
    commands: &[
        ("add", |ip, words| {
            change::put(ip, words, change::ADD, How::CREATE | How::EXCLUSIVE)
        }),
        ("update", |ip, words| {
            change::put(ip, words, change::UPDATE, How::REPLACE)
        }),
        ("delete", change::delete),
        ("deleteall", delete_all),
        ("delall", delete_all),
        ("get", change::get),
        ("flush", change::flush),
        ("set", change::set),
        ("setdefault", change::set_default),
        ("getdefault", |ip, _| change::get_default(ip)),
    ],
    list,
    count,
};

/// Which policies.
#[derive(Default)]
struct Filter {
    direction: Option<u8>,
    source: Option<Prefix>,
    destination: Option<Prefix>,
    index: Option<u32>,
    priority: Option<u32>,
}

impl Filter {
    fn parse(words: &mut Words, family: u8) -> Done<Self> {
        let mut filter = Self::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "dir" => {
                    let name = words.need()?;
                    let place = DIRECTIONS.iter().position(|known| *known == name);
                    let place = place.ok_or_else(|| wrong(&name, "DIR value is invalid"))?;
                    filter.direction = Some(place as u8);
                }
                "src" => filter.source = Some(prefix(&words.need()?, family)?),
                "dst" => filter.destination = Some(prefix(&words.need()?, family)?),
                "index" => filter.index = Some(number(&words.need()?, "INDEX value is invalid")?),
                "priority" => {
                    filter.priority = Some(number(&words.need()?, "PRIORITY value is invalid")?);
                }
                other => return Err(wrong(other, "unknown")),
            }
        }
        Ok(filter)
    }

    fn lets_through(&self, policy: &SecurityPolicy) -> bool {
        let selector = &policy.selector;
        let is = |wanted: Option<Prefix>, address, length: u8| {
            wanted.is_none_or(|wanted| {
                wanted.length <= length && super::super::route::within(address, &wanted)
            })
        };
        self.direction
            .is_none_or(|wanted| wanted == policy.direction)
            && self.index.is_none_or(|wanted| wanted == policy.index)
            && self.priority.is_none_or(|wanted| wanted == policy.priority)
            && is(
                self.source,
                address_of(selector.source),
                selector.source_length,
            )
            && is(
                self.destination,
                address_of(selector.destination),
                selector.destination_length,
            )
    }
}

fn filtered(ip: &mut Ip, words: &mut Words) -> Done<Vec<SecurityPolicy>> {
    let family = ip.options.family;
    let filter = Filter::parse(words, family)?;
    let mut policies = super::all(ip.kernel()?.security_policies())?;
    policies.retain(|policy| {
        let of = crate::words::family_of(address_of(policy.selector.source));
        (family == 0 || family == of) && filter.lets_through(policy)
    });
    Ok(policies)
}

fn delete_all(ip: &mut Ip, words: &mut Words) -> Done {
    let found = filtered(ip, words)?;
    change::delete_all(ip, &found)
}

/// struct xfrm_selector, as the kernel told it.
pub(super) fn selector_octets(selector: &TrafficSelector) -> Vec<u8> {
    let source = address_of(selector.source);
    let mut octets = parse::address(Some(address_of(selector.destination))).to_vec();
    octets.extend(parse::address(Some(source)));
    for number in [
        selector.destination_port,
        selector.destination_port_mask,
        selector.source_port,
        selector.source_port_mask,
    ] {
        octets.extend(number.to_be_bytes());
    }
    octets.extend(u16::from(crate::words::family_of(source)).to_ne_bytes());
    octets.extend([
        selector.destination_length,
        selector.source_length,
        selector.protocol,
        0,
        0,
        0,
    ]);
    octets.extend(selector.index.to_ne_bytes());
    octets.extend(selector.user.to_ne_bytes());
    octets
}

fn list(ip: &mut Ip, words: &mut Words) -> Done {
    let found = filtered(ip, words)?;
    show(ip, &found)
}

/// Shows these.
pub(super) fn show(ip: &mut Ip, policies: &[SecurityPolicy]) -> Done {
    ip.out.begin(ip.options.json, ip.options.pretty);
    for policy in policies {
        ip.out.open_object();
        one(ip, policy)?;
        if ip.options.one_line {
            ip.out.text(format_args!("\n"));
        }
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}

fn one(ip: &mut Ip, policy: &SecurityPolicy) -> Done {
    let all = ip.options.statistics > 0;
    show::selector(ip, &policy.selector)?;
    let direction = DIRECTIONS.get(usize::from(policy.direction));
    let direction = direction.map_or_else(|| policy.direction.to_string(), |d| (*d).to_owned());
    ip.out
        .any("dir", &direction, format_args!("\tdir {direction} "));
    let action = match policy.action {
        0 => "allow".to_owned(),
        1 => "block".to_owned(),
        other => other.to_string(),
    };
    if all || policy.action != 0 {
        ip.out
            .any("action", &action, format_args!("action {action} "));
    }
    if all {
        ip.out.any(
            "index",
            policy.index,
            format_args!("index {} ", policy.index),
        );
    }
    let priority = policy.priority;
    ip.out
        .any("priority", priority, format_args!("priority {priority} "));
    // struct xfrm_userpolicy_type.
    if let Some(AttributeValue::Bytes(kind)) = value(&policy.attributes, 16) {
        let kind = match kind.first() {
            Some(0) => "main".to_owned(),
            Some(1) => "sub".to_owned(),
            other => other.map_or_else(String::new, u8::to_string),
        };
        ip.out.any("ptype", &kind, format_args!("ptype {kind} "));
    }
    if all {
        let share = show::share(policy.share);
        ip.out.any("share", &share, format_args!("share {share} "));
    }
    if all || policy.flags != 0 {
        let names = show::flags(FLAGS, policy.flags);
        ip.out.any("flag", &names, format_args!("flag {names}"));
    }
    if all {
        ip.out.text(format_args!(" (0x{:08b})", policy.flags));
    }
    ip.out.line();
    if all {
        show::lifetime(ip, &policy.limits, &policy.usage);
    }
    show::mark(ip, &policy.attributes);
    if !policy.templates.is_empty() {
        ip.out.open_array("tmpl");
        for template in &policy.templates {
            ip.out.open_object();
            self::template(ip, template);
            ip.out.close_object();
        }
        ip.out.close_array();
    }
    show::interface(ip, &policy.attributes);
    Ok(())
}

fn template(ip: &mut Ip, template: &SecurityTemplate) {
    let all = ip.options.statistics > 0;
    let (source, destination) = (
        Address(address_of(template.source)),
        Address(address_of(template.destination)),
    );
    ip.out
        .any("src", Shown(source), format_args!("\ttmpl src {source} "));
    ip.out
        .any("dst", Shown(destination), format_args!("dst {destination}"));
    ip.out.line();
    let protocol = show::protocol(template.protocol);
    ip.out
        .any("proto", &protocol, format_args!("\t\tproto {protocol} "));
    let (index, request) = (template.index, template.request);
    if all || index != 0 {
        ip.out.any("spi", index, format_args!("spi {index:#010x}"));
        if all {
            ip.out.text(format_args!("({index})"));
        }
        ip.out.text(format_args!(" "));
    }
    ip.out
        .any("reqid", request, format_args!("reqid {request}"));
    if all {
        ip.out.text(format_args!("({request:#010x})"));
    }
    let mode = show::mode(template.mode);
    ip.out.any("mode", &mode, format_args!(" mode {mode}"));
    ip.out.line();
    let share = show::share(template.share);
    if all || template.optional || template.share != 0 {
        let level = if template.optional { "use" } else { "required" };
        ip.out.text(format_args!("\t\t"));
        if all || template.optional {
            ip.out.any("level", level, format_args!("level {level} "));
        }
        if all || template.share != 0 {
            ip.out.any("share", &share, format_args!("share {share} "));
        }
        ip.out.line();
    }
    if all {
        let (authentication, encryption, compression) = template.algorithms;
        ip.out.text(format_args!(
            "\t\tenc-mask {encryption:08x} auth-mask {authentication:08x} comp-mask {compression:08x}"
        ));
        ip.out.line();
    }
}

fn count(ip: &mut Ip) -> Done {
    let policies = super::all(ip.kernel()?.security_policies())?;
    let of = |direction| {
        let found = policies
            .iter()
            .filter(|policy| policy.direction == direction);
        found.count()
    };
    let [inward, outward, forward] = [of(0), of(1), of(2)];
    ip.out.begin(ip.options.json, ip.options.pretty);
    ip.out.open_object();
    ip.out
        .any("in", inward, format_args!("\t SPD IN  {inward}"));
    ip.out.any("out", outward, format_args!(" OUT {outward}"));
    ip.out.any("fwd", forward, format_args!(" FWD {forward}"));
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
    ip.out.end();
    Ok(())
}
