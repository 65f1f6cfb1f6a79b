//! `type KIND …`: what each kind takes, and `type KIND_slave …` for ports.

mod checks;
mod macsec;
mod mapping;
mod tables;
mod tunnel;

use nethost_sdk::netlink::{Attribute, AttributeValue as Value, to_wit};

use super::change::{Said, on_off, peer};
use crate::ip::Ip;
use crate::words::{
    Done, Words, address, failed, link_address, matches, number, one_of, usage, wrong,
};

pub(super) use checks::complete;

/// A word of a kind, and the attribute it sets.
struct Setting {
    word: &'static str,
    id: u32,
    of: Of,
}

/// A word with a form of its own.
type Own = fn(&mut Taken<'_>, &Setting) -> Done;

/// What follows the word.
#[derive(Clone, Copy)]
enum Of {
    /// A number of so many bits.
    Number(u32),
    Signed,
    /// `on` or `off`, as 1 or 0.
    Switch,
    /// Nothing: the word is 1.
    Yes,
    /// Nothing: the word is 0.
    No,
    /// Nothing: the word is this number.
    Is(u64),
    /// Nothing: the attribute is there.
    Flag,
    /// Nothing: the attribute is not there.
    Without,
    Link,
    /// IPv4 under this number, IPv6 under the other.
    AddressOr(u32),
    Mac,
    Text,
    Word(&'static [(&'static str, u64)]),
    /// The same, as the table that shows it has it.
    Named(&'static [(u64, &'static str)]),
    /// A time to live, `auto`, or `inherit`, which is the other attribute.
    LifeOr(u32),
    /// DSCP and ECN bits; 1 for `inherit`.
    Service,
    Own(Own),
}

const fn option(word: &'static str, id: u32, of: Of) -> Setting {
    Setting { word, id, of }
}

/// What has been taken, and where from.
struct Taken<'a> {
    ip: &'a mut Ip,
    words: &'a mut Words,
    kind: &'a str,
    attributes: Vec<Attribute>,
}

impl Taken<'_> {
    /// Sets an attribute, instead of what it was before.
    fn set(&mut self, id: u32, value: Value) {
        self.attributes.retain(|attribute| attribute.id != id);
        self.add(id, value);
    }

    /// Adds one of several.
    fn add(&mut self, id: u32, value: Value) {
        self.attributes.push(Attribute { id, value });
    }
}

/// The words behind `type KIND`.
pub(super) fn kind(ip: &mut Ip, words: &mut Words, said: &mut Said, kind: &str) -> Done {
    if let Some(of) = kind.strip_suffix("_slave") {
        said.change.port_kind = Some(of.to_owned());
        said.change.port_data = match tables::of(kind) {
            Some(table) => options(ip, words, kind, table)?,
            None if words.is_empty() => Vec::new(),
            None => {
                return Err(failed(
                    1,
                    format!("Garbage instead of arguments \"{kind} ...\". Try \"ip link help\"."),
                ));
            }
        };
        return Ok(());
    }
    said.change.kind = Some(kind.to_owned());
    said.has_words = !words.is_empty();
    if matches!(kind, "veth" | "vxcan") {
        if words.peek() == Some("peer") {
            words.next();
            said.change.peer = Some(peer(ip, words)?);
        }
        return rest(words, kind);
    }
    if let Some(form) = tunnel::form(kind) {
        said.change.kind_data = tunnel::options(ip, words, said, kind, form)?;
        return Ok(());
    }
    if kind == "macsec" {
        said.change.kind_data = macsec::options(words)?;
        return Ok(());
    }
    match tables::of(kind) {
        Some(table) => said.change.kind_data = options(ip, words, kind, table)?,
        None => rest(words, kind)?,
    }
    Ok(())
}

/// Kinds without words of their own.
fn rest(words: &mut Words, kind: &str) -> Done {
    match words.next() {
        None => Ok(()),
        Some(word) => Err(usage(format!(
            "Garbage instead of arguments \"{} ...\". Try \"ip link help\" ({kind}).",
            nethost_sdk::text::printable(&word)
        ))),
    }
}

/// A word that the kind does not have.
fn unknown(kind: &str, word: &str) -> nethost_sdk::Exit {
    let word = nethost_sdk::text::printable(word);
    let what = match kind {
        "hsr" => return failed(1, format!("hsr: what is \"{word}\"?")),
        kind if kind.ends_with("_slave") || kind.starts_with("macv") => "option",
        _ => "command",
    };
    failed(1, format!("{kind}: unknown {what} \"{word}\"?"))
}

fn options(ip: &mut Ip, words: &mut Words, kind: &str, table: &[Setting]) -> Done<Vec<Attribute>> {
    let mut taken = Taken {
        ip,
        words,
        kind,
        attributes: Vec::new(),
    };
    while let Some(word) = taken.words.next() {
        if word == "help" {
            return Err(crate::help::of("link"));
        }
        let exact = table.iter().find(|option| option.word == word);
        let found = exact.or_else(|| table.iter().find(|option| matches(&word, option.word)));
        let found = found.ok_or_else(|| unknown(kind, &word))?;
        take(&mut taken, found)?;
    }
    Ok(taken.attributes)
}

fn take(taken: &mut Taken<'_>, option: &Setting) -> Done {
    let (mut id, word) = (option.id, option.word);
    let value = match option.of {
        Of::Yes => Value::Number(1),
        Of::No => Value::Number(0),
        Of::Is(number) => Value::Number(number),
        Of::Flag => Value::Flag,
        Of::Without => {
            taken.attributes.retain(|attribute| attribute.id != id);
            return Ok(());
        }
        Of::Switch => Value::Number(on_off(word, &taken.words.need()?)?.into()),
        Of::Number(bits) => {
            let text = taken.words.need()?;
            Value::Number(sized(&text, bits, &invalid(taken.kind, word))?)
        }
        Of::Signed => {
            let text = taken.words.need()?;
            let number = text.parse::<i32>();
            let number = number.map_err(|_| wrong(&text, &format!("{word} is invalid")))?;
            Value::Signed(number.into())
        }
        Of::Link => {
            let name = taken.words.need()?;
            Value::Number(taken.ip.link_index(&name)?.into())
        }
        Of::AddressOr(other) => {
            let family = if taken.kind == "vti6" { 10 } else { 0 };
            let address = address(&taken.words.need()?, family)?;
            id = if address.is_ipv4() { id } else { other };
            Value::Address(to_wit(address))
        }
        Of::Mac => {
            let octets = link_address(&taken.words.need()?)?;
            Value::LinkAddress(nethost_sdk::netlink::link_address(&octets))
        }
        Of::Text => Value::Text(taken.words.need()?),
        Of::Word(known) => {
            let name = taken.words.need()?;
            let found = known.iter().find(|(word, _)| *word == name);
            let (_, number) = found.ok_or_else(|| {
                let names: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
                one_of(word, &names, &name)
            })?;
            Value::Number(*number)
        }
        Of::Named(known) => {
            let name = taken.words.need()?;
            let found = known.iter().find(|(_, word)| *word == name);
            let (number, _) = found.ok_or_else(|| wrong(&name, &invalid(taken.kind, word)))?;
            Value::Number(*number)
        }
        Of::LifeOr(other) => {
            let text = taken.words.need()?;
            match text.as_str() {
                "inherit" => {
                    let value = if taken.kind == "vxlan" {
                        Value::Flag
                    } else {
                        Value::Number(1)
                    };
                    taken.set(other, value);
                    return Ok(());
                }
                "auto" => Value::Number(0),
                text => {
                    let ttl: u32 = number(text, "invalid TTL")?;
                    if ttl > 255 {
                        return Err(wrong(text, "TTL must be <= 255"));
                    }
                    Value::Number(ttl.into())
                }
            }
        }
        Of::Service => {
            let text = taken.words.need()?;
            Value::Number(service(taken.ip, &text)?.into())
        }
        Of::Own(own) => return own(taken, option),
    };
    taken.set(id, value);
    Ok(())
}

/// DSCP and ECN bits; 1 for `inherit`.
fn service(ip: &mut Ip, text: &str) -> Done<u8> {
    if text == "inherit" {
        return Ok(1);
    }
    let tos = super::super::route::named::tos(ip, text);
    tos.map_err(|_| wrong(text, "bad TOS value"))
}

/// A number of so many bits.
fn sized(text: &str, bits: u32, why: &str) -> Done<u64> {
    let number = crate::words::unsigned(text);
    let number = number.filter(|number| bits >= 64 || number >> bits == 0);
    number.ok_or_else(|| wrong(text, why))
}

/// How iproute2 calls a bad value of a word.
fn invalid(kind: &str, word: &str) -> String {
    match kind {
        "vlan" | "bond_slave" | "hsr" => format!("{word} is invalid"),
        "gtp" => match word {
            "role" => "invalid role, use sgsn or ggsn".to_owned(),
            "hsize" => "PDP hash size too big".to_owned(),
            word => format!("invalid {word}"),
        },
        "bareudp" => word.to_owned(),
        "xfrm" => format!("{word} value is invalid"),
        _ => format!("invalid {word}"),
    }
}
