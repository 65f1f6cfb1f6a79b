//! The words behind `encap`.

use nethost_sdk::netlink::{AttributeValue as Value, Field, to_wit};

use super::super::super::ila;
use super::{
    BPF, Encapsulation, ILA, IOAM6, IP, IP6, MPLS, RPL, SEG6, SEG6_LOCAL, TYPES, XFRM, segments,
    trace,
};
use crate::entity::{field, nest, nested, number as counted};
use crate::ip::Ip;
use crate::words::{
    Done, INET, INET6, Words, address, failed, second, trimmed, unsigned, usage, wrong,
};

/// `TYPE …`. Stops at the first word that is not its own.
pub(in super::super::super) fn parse(ip: &mut Ip, words: &mut Words) -> Done<Encapsulation> {
    let name = words.need()?;
    let known = TYPES.iter().find(|(_, known)| *known == name);
    let Some((kind, _)) = known else {
        if name == "help" {
            return Err(crate::help::of("route encap"));
        }
        return Err(trimmed(wrong(&name, "\"encap type\" value is invalid\n")));
    };
    // Each has something behind its type.
    if words.is_empty() {
        words.need()?;
    }
    let fields = match *kind {
        MPLS => mpls(words)?,
        IP => tunnel(ip, words, INET)?,
        IP6 => tunnel(ip, words, INET6)?,
        ILA => identifier(words)?,
        SEG6 => segments::source(words)?,
        SEG6_LOCAL => segments::action(ip, words)?,
        RPL => segments::loose(words)?,
        IOAM6 => trace::parse(words)?,
        XFRM => security(ip, words)?,
        BPF => {
            return Err(failed(
                255,
                "ip: encap bpf loads a BPF program, which no plugin can",
            ));
        }
        _ => Vec::new(),
    };
    Ok(Encapsulation {
        kind: *kind,
        fields,
    })
}

/// Words that may each be said once.
pub(super) struct Once(Vec<String>);

impl Once {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Takes the word and its value.
    pub(super) fn take(&mut self, words: &mut Words, word: &str) -> Done<String> {
        words.next();
        let text = words.need()?;
        self.note(word, &text)?;
        Ok(text)
    }

    pub(super) fn note(&mut self, word: &str, text: &str) -> Done {
        if self.0.iter().any(|known| known == word) {
            return Err(second(word, text));
        }
        self.0.push(word.to_owned());
        Ok(())
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.0.iter().any(|known| known == word)
    }
}

/// `"x" value is invalid`, as here.
fn invalid(word: &str, text: &str) -> nethost_sdk::Exit {
    wrong(text, &format!("\"{word}\" value is invalid"))
}

fn octet(word: &str, text: &str) -> Done<u8> {
    let number = unsigned(text).and_then(|number| number.try_into().ok());
    number.ok_or_else(|| invalid(word, text))
}

/// Labels of MPLS with slashes between them, as the kernel has them on the wire: the last has the bit for the bottom.
pub(in super::super::super) fn labels(text: &str) -> Option<Vec<u8>> {
    const BOTTOM: u32 = 1 << 8;
    const MOST: usize = 16;
    let mut labels: Vec<u32> = text
        .split('/')
        .map(|label| {
            let label = u32::try_from(unsigned(label)?).ok()?;
            (label < 1 << 20).then_some(label << 12)
        })
        .collect::<Option<_>>()?;
    if labels.len() > MOST {
        return None;
    }
    *labels.last_mut()? |= BOTTOM;
    Some(
        labels
            .iter()
            .flat_map(|label| label.to_be_bytes())
            .collect(),
    )
}

fn mpls(words: &mut Words) -> Done<Vec<Field>> {
    let text = words.need()?;
    let stack = labels(&text).ok_or_else(|| {
        let text = nethost_sdk::text::printable(&text);
        failed(
            1,
            format!("Error: mpls address is expected rather than \"{text}\"."),
        )
    })?;
    let mut fields = vec![field(1, Value::Bytes(stack))];
    let mut once = Once::new();
    while words.peek() == Some("ttl") {
        let text = once.take(words, "ttl")?;
        fields.push(counted(2, octet("ttl", &text)?));
    }
    Ok(fields)
}

/// LWTUNNEL_IP_… and LWTUNNEL_IP6_…, which differ by their words.
fn tunnel(ip: &mut Ip, words: &mut Words, family: u8) -> Done<Vec<Field>> {
    // TUNNEL_CSUM, TUNNEL_KEY and TUNNEL_SEQ.
    const FLAGS: [(&str, u16); 3] = [("csum", 1), ("key", 4), ("seq", 8)];
    let (mut fields, mut flags, mut once) = (Vec::new(), 0_u16, Once::new());
    while let Some(word) = words.peek().map(str::to_owned) {
        if let Some((name, flag)) = FLAGS.iter().find(|(name, _)| *name == word) {
            words.next();
            once.note(name, name)?;
            flags |= flag;
            continue;
        }
        match (word.as_str(), family) {
            ("id", _) => {
                let text = once.take(words, "id")?;
                let id = unsigned(&text).ok_or_else(|| invalid("id", &text))?;
                fields.push(counted(1, id));
            }
            ("dst" | "src", _) => {
                let text = once.take(words, &word)?;
                let end = address(&text, family)?;
                let id = if word == "dst" { 2 } else { 3 };
                fields.push(field(id, Value::Address(to_wit(end))));
            }
            ("ttl", INET) | ("hoplimit", INET6) => {
                let text = once.take(words, &word)?;
                fields.push(counted(4, octet(&word, &text)?));
            }
            ("tos", INET) | ("tc", INET6) => {
                let text = once.take(words, &word)?;
                let tos = super::super::named::tos(ip, &text);
                fields.push(counted(5, tos.map_err(|_| invalid(&word, &text))?));
            }
            ("vxlan_opts" | "erspan_opts", _) => {
                words.next();
                let text = words.need()?;
                once.note("opts", &text)?;
                let options = match word.as_str() {
                    "vxlan_opts" => group_policy(&text),
                    _ => erspan(&text),
                };
                fields.push(nest(0, 8));
                fields.extend(options.ok_or_else(|| invalid(&word, &text))?);
            }
            ("geneve_opts", _) => {
                return Err(failed(255, "ip: geneve_opts is not supported"));
            }
            _ => break,
        }
    }
    if flags != 0 {
        fields.push(counted(6, flags));
    }
    Ok(fields)
}

/// LWTUNNEL_IP_OPTS_VXLAN.
fn group_policy(text: &str) -> Option<Vec<Field>> {
    let policy = u32::try_from(unsigned(text)?).ok()?;
    Some(vec![nest(1, 2), nested(2, 1, Value::Number(policy.into()))])
}

/// LWTUNNEL_IP_OPTS_ERSPAN: `VERSION:INDEX:DIRECTION:HWID`.
fn erspan(text: &str) -> Option<Vec<Field>> {
    let mut fields = vec![nest(1, 3)];
    for (id, text) in (1_u16..).zip(text.split(':')) {
        if id > 4 {
            return None;
        }
        if !text.is_empty() {
            fields.push(nested(2, id, Value::Number(unsigned(text)?)));
        }
    }
    Some(fields)
}

fn identifier(words: &mut Words) -> Done<Vec<Field>> {
    let text = words.need()?;
    let locator = ila::locator(&text).ok_or_else(|| {
        let text = nethost_sdk::text::printable(&text);
        failed(1, format!("Bad locator: {text}"))
    })?;
    let mut fields = vec![counted(1, locator)];
    while let Some(word) = words.peek().map(str::to_owned) {
        let (id, table): (u16, &[(u64, &str)]) = match word.as_str() {
            "csum-mode" => (7, ila::CHECKSUMS),
            "ident-type" => (8, ila::IDENTIFIERS),
            "hook-type" => (9, HOOKS),
            _ => break,
        };
        words.next();
        let text = words.need()?;
        let number = ila::known(table, &text).ok_or_else(|| invalid(&word, &text))?;
        fields.push(counted(id, number));
    }
    Ok(fields)
}

/// ILA_HOOK_….
pub(super) const HOOKS: &[(u64, &str)] = &[(0, "output"), (1, "input")];

fn security(ip: &mut Ip, words: &mut Words) -> Done<Vec<Field>> {
    let (mut fields, mut once) = (Vec::new(), Once::new());
    while let Some(word) = words.peek().map(str::to_owned) {
        match word.as_str() {
            "if_id" => {
                let text = once.take(words, "if_id")?;
                let id: Option<u32> = unsigned(&text).and_then(|id| id.try_into().ok());
                let id = id.filter(|id| *id != 0);
                fields.push(counted(1, id.ok_or_else(|| invalid("if_id", &text))?));
            }
            "link_dev" => {
                let name = once.take(words, "link_dev")?;
                let index = ip.link_index(&name)?;
                fields.push(counted(2, index));
            }
            _ => break,
        }
    }
    if !once.has("if_id") {
        return Err(usage(
            "Usage: ip route ... encap xfrm if_id IF_ID [ link_dev LINK ]",
        ));
    }
    Ok(fields)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{erspan, labels};

    #[test]
    fn the_last_label_is_at_the_bottom() {
        assert_eq!(labels("100").unwrap(), [0, 6, 0x41, 0]);
        assert_eq!(labels("16/17").unwrap(), [0, 1, 0, 0, 0, 1, 0x11, 0]);
        for text in ["", "x", "1048576", "1/", "1/x"] {
            assert_eq!(labels(text), None, "{text}");
        }
    }

    #[test]
    fn parts_that_are_left_out_are_not_there() {
        assert_eq!(erspan("2::1:4").unwrap().len(), 4);
        assert!(erspan("1:2:3:4:5").is_none());
    }
}
