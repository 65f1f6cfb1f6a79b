//! GRE, ERSPAN, and tunnels of IP in IP. A change repeats what is not said, so the words are applied to what is there.

mod numbers;
mod values;

use std::collections::BTreeMap;

use nethost_sdk::netlink::{Attribute, AttributeValue as Value, LinkQuery, Listing, to_wit};

use super::super::change::Said;
use super::{service, unknown};
use crate::ip::Ip;
use crate::words::{
    Done, INET, INET6, Words, address, failed, matches, number, prefix, usage, wrong,
};
use numbers::{
    CHECKSUM, COPY_DSCP, ERSPAN_DIRECTION, ERSPAN_HARDWARE, ERSPAN_INDEX, ERSPAN_VERSION, GRE,
    IGNORE_DF, IN_FLAGS, IN_KEY, IP, ISATAP, Ids, KEY, LOCAL_REMOTE, NO_LIMIT, OUT_FLAGS, OUT_KEY,
    PROTOCOL, SAME_CLASS, SAME_LABEL, SAME_MARK, SEQUENCE, SIX_RD,
};
use values::{hexadecimal, little, parse_key, protocol};

pub(super) use numbers::{Form, form};
pub(super) use values::{both_keys, key};

/// What is known of the tunnel so far.
struct Tunnel {
    form: Form,
    data: BTreeMap<u32, Value>,
}

/// The words behind `type KIND`.
pub(super) fn options(
    ip: &mut Ip,
    words: &mut Words,
    said: &Said,
    kind: &str,
    form: Form,
) -> Done<Vec<Attribute>> {
    let mut tunnel = Tunnel::new(form);
    if said.is_there {
        let name = said.device.as_deref().unwrap_or_default();
        tunnel.start_with(existing(ip, name)?);
    }
    while let Some(word) = words.next() {
        if !tunnel.take(ip, words, &word)? {
            return Err(unknown(kind, &word));
        }
    }
    tunnel.check()?;
    Ok(tunnel.attributes())
}

fn existing(ip: &mut Ip, name: &str) -> Done<Vec<Attribute>> {
    let query = LinkQuery {
        name: Some(name.to_owned()),
        ..LinkQuery::default()
    };
    let found = ip.kernel()?.links(query).and_then(Listing::all);
    let link = found.ok().and_then(|links| links.into_iter().next());
    let data = link.and_then(|link| link.kind_data);
    data.ok_or_else(|| failed(1, "Failed to get existing tunnel info."))
}

impl Tunnel {
    fn new(form: Form) -> Self {
        let mut tunnel = Self {
            form,
            data: BTreeMap::new(),
        };
        let ids = tunnel.ids();
        let six = tunnel.is_six();
        // IPV6_DEFAULT_TNL_ENCAP_LIMIT, 64 hops, and checksums of UDP over IPv6.
        const CHECKSUM_OF_IPV6: u64 = 2;
        tunnel.set(ids.ttl, if six { 64 } else { 0 });
        tunnel.set(ids.mark, 0);
        for offset in 0..4 {
            tunnel.set(ids.encapsulation + offset, 0);
        }
        if six {
            tunnel.set(ids.encapsulation + 1, CHECKSUM_OF_IPV6);
            tunnel.set(ids.limit, 4);
            tunnel.set(ids.flow, 0);
            tunnel.set(ids.flags, 0);
        } else {
            tunnel.set(ids.discovery, 1);
            tunnel.set(ids.tos, 0);
        }
        match form {
            Form::Gre { erspan, .. } => {
                for id in [IN_FLAGS, OUT_FLAGS, IN_KEY, OUT_KEY] {
                    tunnel.set(id, 0);
                }
                if erspan {
                    tunnel.set(ERSPAN_VERSION, 1);
                }
            }
            Form::Ip { sit, .. } => {
                tunnel.set(PROTOCOL, 0);
                tunnel.set(ids.link, 0);
                if sit {
                    tunnel.set(ids.flags, 0);
                }
            }
        }
        tunnel
    }

    fn ids(&self) -> &'static Ids {
        match self.form {
            Form::Gre { .. } => &GRE,
            Form::Ip { .. } => &IP,
        }
    }

    fn is_six(&self) -> bool {
        match self.form {
            Form::Gre { six, .. } | Form::Ip { six, .. } => six,
        }
    }

    fn set(&mut self, id: u32, number: u64) {
        self.data.insert(id, Value::Number(number));
    }

    fn get(&self, id: u32) -> u64 {
        match self.data.get(&id) {
            Some(Value::Number(number)) => *number,
            _ => 0,
        }
    }

    fn bits(&mut self, id: u32, bits: u64, on: bool) {
        let number = self.get(id);
        self.set(id, if on { number | bits } else { number & !bits });
    }

    /// What is there stays, unless it is the same as nothing.
    fn start_with(&mut self, there: Vec<Attribute>) {
        let flags = self.ids().flags;
        for Attribute { id, value } in there {
            let value = match (id == flags, value) {
                (true, Value::Bytes(bytes)) => Value::Number(little(&bytes)),
                (_, value) => value,
            };
            self.data.insert(id, value);
        }
    }

    fn take(&mut self, ip: &mut Ip, words: &mut Words, word: &str) -> Done<bool> {
        Ok(self.ends(ip, words, word)?
            || self.life(ip, words, word)?
            || self.encapsulation(words, word)?
            || match self.form {
                Form::Gre { erspan, .. } => {
                    self.keys(words, word)? || (erspan && self.erspan(words, word)?)
                }
                Form::Ip { sit, .. } => self.mode(words, word, sit)?,
            })
    }

    fn ends(&mut self, ip: &mut Ip, words: &mut Words, word: &str) -> Done<bool> {
        let ids = self.ids();
        // Only GRE takes the beginnings of its words.
        let is_gre = matches!(self.form, Form::Gre { .. });
        let is = |keyword| word == keyword || is_gre && word.len() > 1 && matches(word, keyword);
        match word {
            _ if is("remote") || is("local") => {
                let family = if self.is_six() { INET6 } else { INET };
                let id = if is("remote") { ids.remote } else { ids.local };
                let text = words.need()?;
                if text == "any" {
                    self.data.remove(&id);
                    return Ok(true);
                }
                let end = address(&text, family)?;
                if end.is_unspecified() {
                    self.data.remove(&id);
                } else {
                    self.data.insert(id, Value::Address(to_wit(end)));
                }
            }
            _ if matches(word, "dev") => {
                let index = ip.link_index(&words.need()?)?;
                self.set(ids.link, index.into());
            }
            "external" => {
                self.data.insert(ids.external, Value::Flag);
            }
            "fwmark" => {
                let text = words.need()?;
                let inherits = self.is_six() && text == "inherit";
                let mark: u32 = if inherits {
                    0
                } else {
                    number(&text, "invalid fwmark")?
                };
                if self.is_six() {
                    self.bits(ids.flags, SAME_MARK, inherits);
                }
                self.set(ids.mark, mark.into());
            }
            "allow-localremote" | "noallow-localremote" if self.is_six() => {
                self.bits(ids.flags, LOCAL_REMOTE, word == "allow-localremote");
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn life(&mut self, ip: &mut Ip, words: &mut Words, word: &str) -> Done<bool> {
        let ids = self.ids();
        match word {
            "ttl" | "hoplimit" | "hlim" => {
                let text = words.need()?;
                let why = if self.is_six() {
                    "invalid HLIM"
                } else {
                    "invalid TTL"
                };
                let ttl: u8 = match text.as_str() {
                    "inherit" => 0,
                    text => number(text, why)?,
                };
                self.set(ids.ttl, ttl.into());
            }
            "tos" | "tclass" | "tc" | "dsfield" if self.is_six() => {
                let text = words.need()?;
                let inherits = text == "inherit";
                let class = if inherits {
                    0
                } else {
                    hexadecimal(&text, 8).ok_or_else(|| wrong(&text, "invalid TClass"))?
                };
                self.bits(ids.flags, SAME_CLASS, inherits);
                let label = self.get(ids.flow) & 0xf_ffff;
                self.set(ids.flow, label | class << 20);
            }
            "tos" | "tclass" | "tc" | "dsfield" => {
                let text = words.need()?;
                let tos = service(ip, &text)?;
                self.set(ids.tos, tos.into());
            }
            "flowlabel" | "fl" if self.is_six() => {
                let text = words.need()?;
                let inherits = text == "inherit";
                let label = if inherits {
                    0
                } else {
                    hexadecimal(&text, 20).ok_or_else(|| wrong(&text, "invalid Flowlabel"))?
                };
                self.bits(ids.flags, SAME_LABEL, inherits);
                let class = self.get(ids.flow) & !0xf_ffff;
                self.set(ids.flow, class | label);
            }
            "dscp" if self.is_six() => {
                let text = words.need()?;
                if text != "inherit" {
                    return Err(wrong(&text, "not inherit"));
                }
                self.bits(ids.flags, COPY_DSCP, true);
            }
            "encaplimit" if self.is_six() => {
                let text = words.need()?;
                let none = text == "none";
                if !none {
                    let limit: u8 = number(&text, "invalid ELIM")?;
                    self.set(ids.limit, limit.into());
                }
                self.bits(ids.flags, NO_LIMIT, none);
            }
            "pmtudisc" | "nopmtudisc" if !self.is_six() => {
                self.set(ids.discovery, (word == "pmtudisc").into());
            }
            "ignore-df" | "noignore-df" if matches!(self.form, Form::Gre { six: false, .. }) => {
                self.set(IGNORE_DF, (word == "ignore-df").into());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn encapsulation(&mut self, words: &mut Words, word: &str) -> Done<bool> {
        let [kind, flags, from, to] = [0, 1, 2, 3].map(|place| self.ids().encapsulation + place);
        let (no, name) = match word.strip_prefix("no") {
            Some(name) => (true, name),
            None => (false, word),
        };
        let flag = match name {
            "encap-csum" => 1,
            "encap-udp6-csum" => 2,
            "encap-remcsum" => 4,
            _ => 0,
        };
        match word {
            _ if flag != 0 => self.bits(flags, flag, !no),
            "noencap" => self.set(kind, 0),
            "encap" => {
                let text = words.need()?;
                let number = match text.as_str() {
                    "none" => 0,
                    "fou" => 1,
                    "gue" => 2,
                    _ => return Err(wrong(&text, "Invalid encap type.")),
                };
                self.set(kind, number);
            }
            "encap-sport" => {
                let text = words.need()?;
                let port: u16 = match text.as_str() {
                    "auto" => 0,
                    text => number(text, "Invalid source port.")?,
                };
                self.set(from, port.into());
            }
            "encap-dport" => {
                let port: u16 = number(&words.need()?, "Invalid destination port.")?;
                self.set(to, port.into());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn keys(&mut self, words: &mut Words, word: &str) -> Done<bool> {
        let (no, name) = match word.strip_prefix("no") {
            Some(name) => (true, name),
            None => (false, word),
        };
        let (bit, name) = match name {
            "key" | "ikey" | "okey" => (KEY, &name[..name.len() - 3]),
            "seq" | "iseq" | "oseq" => (SEQUENCE, &name[..name.len() - 3]),
            "csum" | "icsum" | "ocsum" => (CHECKSUM, &name[..name.len() - 4]),
            _ => return Ok(false),
        };
        let key = match (bit, no) {
            (KEY, false) => Some(parse_key(word, &words.need()?)?),
            (KEY, true) => Some(0),
            _ => None,
        };
        for (side, flags, id) in [("i", IN_FLAGS, IN_KEY), ("o", OUT_FLAGS, OUT_KEY)] {
            if name.is_empty() || name == side {
                self.bits(flags, bit, !no);
                if let Some(key) = key {
                    self.set(id, key.into());
                }
            }
        }
        Ok(true)
    }

    fn erspan(&mut self, words: &mut Words, word: &str) -> Done<bool> {
        match word {
            "erspan" => {
                let text = words.need()?;
                let index: u32 = number(&text, "invalid erspan index")?;
                if index == 0 || index >> 20 != 0 {
                    return Err(wrong(&text, "erspan index must be > 0 and <= 20-bit"));
                }
                self.set(ERSPAN_INDEX, index.into());
            }
            "erspan_ver" => {
                let text = words.need()?;
                let version: u8 = number(&text, "invalid erspan version")?;
                if version > 2 {
                    return Err(wrong(&text, "erspan version must be 0/1/2"));
                }
                self.set(ERSPAN_VERSION, version.into());
            }
            "erspan_dir" => {
                let text = words.need()?;
                let direction = if matches(&text, "ingress") {
                    0
                } else if matches(&text, "egress") {
                    1
                } else {
                    return Err(wrong(&text, "Invalid erspan direction."));
                };
                self.set(ERSPAN_DIRECTION, direction);
            }
            "erspan_hwid" => {
                let id: u16 = number(&words.need()?, "invalid erspan hwid")?;
                self.set(ERSPAN_HARDWARE, id.into());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn mode(&mut self, words: &mut Words, word: &str, sit: bool) -> Done<bool> {
        match word {
            "mode" => {
                let text = words.need()?;
                let number = protocol(&text, self.is_six(), sit);
                let number = number.ok_or_else(|| wrong(&text, "Cannot guess tunnel mode."))?;
                self.set(PROTOCOL, number);
            }
            "isatap" if sit => self.bits(self.ids().flags, ISATAP, true),
            "6rd-prefix" | "6rd-reset" if sit => {
                let text = match word {
                    "6rd-reset" => "2002::/16".to_owned(),
                    _ => words.need()?,
                };
                let six = prefix(&text, INET6)?;
                let address = six
                    .address
                    .ok_or_else(|| wrong(&text, "invalid 6rd_prefix"))?;
                self.data.insert(SIX_RD, Value::Address(to_wit(address)));
                self.set(SIX_RD + 2, six.length.into());
                if word == "6rd-reset" {
                    self.set(SIX_RD + 1, 0);
                    self.set(SIX_RD + 3, 0);
                }
            }
            "6rd-relay_prefix" if sit => {
                let text = words.need()?;
                let relay = prefix(&text, INET)?;
                let Some(std::net::IpAddr::V4(address)) = relay.address else {
                    return Err(wrong(&text, "invalid 6rd-relay_prefix"));
                };
                self.set(SIX_RD + 1, u32::from(address).into());
                self.set(SIX_RD + 3, relay.length.into());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What cannot be together, and what a multicast tunnel has.
    fn check(&mut self) -> Done {
        let ids = self.ids();
        match self.form {
            Form::Gre { six: false, .. } => {
                let remote = match self.data.get(&ids.remote) {
                    Some(Value::Address(remote)) => nethost_sdk::netlink::ip(*remote),
                    _ => return Ok(()),
                };
                let std::net::IpAddr::V4(remote) = remote else {
                    return Ok(());
                };
                if !remote.is_multicast() {
                    return Ok(());
                }
                for (flags, key) in [(IN_FLAGS, IN_KEY), (OUT_FLAGS, OUT_KEY)] {
                    if self.get(key) == 0 {
                        self.set(key, u32::from(remote).into());
                        self.bits(flags, KEY, true);
                    }
                }
                if !self.data.contains_key(&ids.local) {
                    return Err(failed(1, "A broadcast tunnel requires a source address."));
                }
                Ok(())
            }
            Form::Ip { six: false, .. }
                if self.get(ids.ttl) != 0 && self.get(ids.discovery) == 0 =>
            {
                Err(usage("ttl != 0 and nopmtudisc are incompatible"))
            }
            _ => Ok(()),
        }
    }

    /// In their order, which the kernel does not care about.
    fn attributes(self) -> Vec<Attribute> {
        let ids = self.ids();
        let is_external = self.data.contains_key(&ids.external);
        let version = self.get(ERSPAN_VERSION);
        let form = self.form;
        let is_wanted = |id: u32, value: &Value| {
            let is_zero = matches!(value, Value::Number(0));
            match (form, id) {
                _ if is_external => {
                    id == ids.external || (matches!(form, Form::Ip { .. }) && id == PROTOCOL)
                }
                (Form::Gre { .. }, id) if id == ids.link => !is_zero,
                (Form::Gre { .. }, ERSPAN_INDEX) => version == 1 && !is_zero,
                (Form::Gre { .. }, ERSPAN_DIRECTION | ERSPAN_HARDWARE) => version == 2,
                _ => true,
            }
        };
        let kept = self.data.into_iter();
        kept.filter(|(id, value)| is_wanted(*id, value))
            .map(|(id, value)| Attribute {
                id,
                value: match (form, id, value) {
                    // A structure of 16 or 32 bits, by the kind.
                    (Form::Ip { six, .. }, 8, Value::Number(flags)) => Value::Bytes(if six {
                        (flags as u32).to_ne_bytes().to_vec()
                    } else {
                        (flags as u16).to_ne_bytes().to_vec()
                    }),
                    (_, _, value) => value,
                },
            })
            .collect()
    }
}
