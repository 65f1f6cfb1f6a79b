//! The words behind an interface: each is a change, made in its turn. A change that fails is reported, and the next
//! one is tried.

mod flag;
mod further;

use std::net::Ipv4Addr;

use nethost_sdk::Exit;
use nethost_sdk::interface_block::{UP, hardware, mask};
use nethost_sdk::netlink::{
    Attribute, AttributeValue as Value, Change, Failure, How, Link, LinkChange, link_address,
};
use nethost_sdk::output::complain;
use nethost_sdk::text::printable;

use crate::edit::Edit;
use crate::kernel::{Kernel, report};
use crate::{resolve, usage};
use flag::{FLAGS, NOARP, NOTRAILERS};

/// IFLA_….
const ADDRESS: u32 = 1;
const MTU: u32 = 4;
const QUEUE_LENGTH: u32 = 13;

const NO_DEVICE: &str = "No such device";

/// The changes of one interface.
struct Changes<'a> {
    kernel: &'a Kernel,
    name: &'a str,
    words: std::slice::Iter<'a, String>,
    /// The change of the address that the next words may go on with, and the requests that make it up.
    edit: Option<Edit>,
    requests: Vec<&'static str>,
    up_after: bool,
    has_mask: bool,
    /// 255 if a flag could not be set, 1 if something else could not be done.
    code: u8,
}

/// Makes the changes. The code is that of net-tools.
pub(crate) async fn run(
    kernel: &Kernel,
    name: &str,
    words: &[String],
    verbose: bool,
) -> Result<u8, Exit> {
    let mut changes = Changes {
        kernel,
        name,
        words: words.iter(),
        edit: None,
        requests: Vec::new(),
        up_after: false,
        has_mask: false,
        code: 0,
    };
    let family = changes.family()?;
    let mut slash = None;
    while let Some(word) = changes.words.next() {
        if !matches!(
            word.as_str(),
            "netmask" | "broadcast" | "dstaddr" | "pointopoint" | "pointtopoint"
        ) {
            changes.flush()?;
        }
        if let Err(exit) = changes.one(word, family, &mut slash).await {
            // What was said before it holds.
            changes.flush()?;
            return Err(exit);
        }
    }
    if let Some(netmask) = slash {
        changes.edit(|edit| edit.netmask(netmask), "SIOCSIFNETMASK")?;
    }
    changes.flush()?;
    if verbose && changes.code != 0 {
        let code = if changes.code == 255 { -1 } else { 1 };
        complain(format_args!(
            "WARNING: at least one error occured. ({code})"
        ));
    }
    Ok(changes.code)
}

/// The family that the first word may name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Inet,
    /// Whose addresses are only set with `add`.
    Inet6,
}

impl<'a> Changes<'a> {
    fn family(&mut self) -> Result<Family, Exit> {
        let word = self.words.as_slice().first().map(String::as_str);
        let family = match word {
            Some("inet") => Family::Inet,
            Some("inet6") => Family::Inet6,
            Some(
                name @ ("unix" | "ax25" | "netrom" | "rose" | "ipx" | "ddp" | "ec" | "ash" | "x25"),
            ) => {
                let what = format!(
                    "ifconfig: the address family `{name}' is not supported; inet and inet6 are"
                );
                return Err(Exit::failed(1, what));
            }
            _ => return Ok(Family::Inet),
        };
        self.words.next();
        Ok(family)
    }

    fn fail(&mut self, code: u8) {
        self.code |= code;
    }

    /// The word behind another.
    fn need(&mut self) -> Result<&'a str, Exit> {
        self.words
            .next()
            .map(String::as_str)
            .ok_or_else(usage::wrong)
    }

    /// The name without the label of an address.
    fn base(&self) -> &'a str {
        self.name.split(':').next().unwrap_or(self.name)
    }

    fn link(&self) -> Result<Option<Link>, Exit> {
        self.kernel.link(self.base())
    }

    /// One word.
    async fn one(
        &mut self,
        word: &'a str,
        family: Family,
        slash: &mut Option<Ipv4Addr>,
    ) -> Result<(), Exit> {
        match word {
            "arp" => self.set_flags(0, NOARP),
            "trailers" => self.set_flags(0, NOTRAILERS),
            "down" => self.set_flags(0, UP),
            "broadcast" => {
                if let Some(word) = self.words.next()
                    && let Some(address) = self.resolve(word).await?
                {
                    self.edit(|edit| edit.broadcast(address), "SIOCSIFBRDADDR")?;
                }
                self.check()
            }
            "pointopoint" | "pointtopoint" => {
                if let Some(word) = self.words.next()
                    && let Some(address) = self.resolve(word).await?
                {
                    self.edit(|edit| edit.destination(address), "SIOCSIFDSTADDR")?;
                }
                self.check()
            }
            "-pointtopoint" => self.clear("pointopoint"),
            "dstaddr" => {
                let word = self.need()?;
                if let Some(address) = self.resolve(word).await? {
                    self.edit(|edit| edit.destination(address), "SIOCSIFDSTADDR")?;
                }
                Ok(())
            }
            "netmask" => {
                let word = self.need()?;
                if std::mem::replace(&mut self.has_mask, true) {
                    return Err(usage::wrong());
                }
                if let Some(address) = self.resolve(word).await? {
                    self.edit(|edit| edit.netmask(address), "SIOCSIFNETMASK")?;
                }
                Ok(())
            }
            "mtu" => {
                let number = number(self.need()?);
                self.attribute(MTU, Value::Number(number.into()), "SIOCSIFMTU")
            }
            "txqueuelen" => {
                let word = self.need()?;
                // The kernel takes no more than an int.
                let number = unsigned(word).filter(|number| *number <= i32::MAX as u32);
                match number {
                    Some(number) => {
                        self.attribute(QUEUE_LENGTH, Value::Number(number.into()), "SIOCSIFTXQLEN")
                    }
                    None => self.refuse("SIOCSIFTXQLEN", "Invalid argument"),
                }
            }
            "name" => {
                let new: String = self.need()?.chars().take(crate::LONGEST).collect();
                let Some(link) = self.link()? else {
                    return self.refuse("SIOCSIFNAME", NO_DEVICE);
                };
                let change = LinkChange {
                    index: link.index,
                    name: Some(new),
                    ..LinkChange::default()
                };
                let done = self.kernel.put(&Change::Link(change), How::empty());
                self.done("SIOCSIFNAME", done)
            }
            "hw" => self.hardware(),
            "keepalive" => self.unsupported("SIOCSKEEPALIVE"),
            "outfill" => self.unsupported("SIOCSOUTFILL"),
            "mem_start" => self.unsupported("mem_start: SIOCSIFMAP"),
            "io_addr" => self.unsupported("io_addr: SIOCSIFMAP"),
            "irq" => self.unsupported("irq: SIOCSIFMAP"),
            "media" | "port" => self.media(),
            "add" | "del" => self.further(word == "add").await,
            "tunnel" => self.tunnel(),
            _ if let Some((_, flag, _)) = FLAGS.iter().find(|(name, ..)| *name == word) => {
                self.set_flags(*flag, *flag)
            }
            _ if let Some(name) = word.strip_prefix('-')
                && FLAGS.iter().any(|(known, ..)| *known == name) =>
            {
                self.clear(name)
            }
            _ => self.address(word, family, slash).await,
        }
    }

    async fn resolve(&mut self, word: &str) -> Result<Option<Ipv4Addr>, Exit> {
        match resolve::inet(word).await {
            Ok(address) => Ok(Some(address)),
            Err(message) => {
                complain(message);
                self.fail(1);
                Ok(None)
            }
        }
    }

    fn refuse(&mut self, what: &str, why: &str) -> Result<(), Exit> {
        complain(format_args!("{what}: {why}"));
        self.fail(1);
        Ok(())
    }

    fn unsupported(&mut self, what: &str) -> Result<(), Exit> {
        self.need()?;
        match self.link()? {
            Some(_) => self.refuse(what, "Operation not supported"),
            None => self.refuse(&what.replace("SIOCSIFMAP", "SIOCGIFMAP"), NO_DEVICE),
        }
    }

    fn done(&mut self, what: &str, done: Result<(), Failure>) -> Result<(), Exit> {
        if let Err(failure) = done {
            self.fail(1);
            report(what, &failure)?;
        }
        Ok(())
    }

    fn attribute(&mut self, id: u32, value: Value, what: &str) -> Result<(), Exit> {
        let Some(link) = self.link()? else {
            return self.refuse(what, NO_DEVICE);
        };
        let change = LinkChange {
            index: link.index,
            attributes: vec![Attribute { id, value }],
            ..LinkChange::default()
        };
        let done = self.kernel.put(&Change::Link(change), How::empty());
        self.done(what, done)
    }

    fn hardware(&mut self) -> Result<(), Exit> {
        let kind = hardware::by_name(self.need()?).ok_or_else(usage::wrong)?;
        if !kind.settable {
            complain(format_args!(
                "hw address type `{}' has no handler to set address. failed.",
                kind.name
            ));
            self.words.next();
            self.fail(1);
            return Ok(());
        }
        let word = self.need()?;
        let Some(octets) = hardware::read(word) else {
            complain(format_args!(
                "{}: invalid {} address.",
                printable(word),
                kind.name
            ));
            self.fail(1);
            return Ok(());
        };
        let value = Value::LinkAddress(link_address(&octets));
        let Some(link) = self.link()? else {
            return self.refuse("SIOCSIFHWADDR", NO_DEVICE);
        };
        let change = LinkChange {
            index: link.index,
            attributes: vec![Attribute { id: ADDRESS, value }],
            ..LinkChange::default()
        };
        match self.kernel.put(&Change::Link(change), How::empty()) {
            Err(Failure::Kernel {
                text, errno: 16, ..
            }) => {
                let why = format!("{text} - you may need to down the interface");
                self.refuse("SIOCSIFHWADDR", &why)
            }
            done => self.done("SIOCSIFHWADDR", done),
        }
    }

    fn media(&mut self) -> Result<(), Exit> {
        const KNOWN: [&str; 8] = [
            "auto",
            "10base2",
            "10baseT",
            "AUI",
            "100baseT",
            "100baseTX",
            "100baseFX",
            "unknown",
        ];
        let word = self.need()?;
        let is_known = KNOWN.iter().any(|known| known.eq_ignore_ascii_case(word));
        if !is_known && word.parse::<i64>().is_err() {
            complain("Unknown media type.");
            self.fail(1);
            return Ok(());
        }
        self.refuse("port: SIOCSIFMAP", "Operation not supported")
    }

    /// Goes on with the change of the address, or begins one.
    fn edit(
        &mut self,
        change: impl FnOnce(&mut Edit) -> Result<(), &'static str>,
        what: &'static str,
    ) -> Result<(), Exit> {
        let mut edit = match self.edit.take() {
            Some(edit) => edit,
            None => {
                let Some(link) = self.link()? else {
                    return self.refuse(what, NO_DEVICE);
                };
                Edit::of(&link, self.name, &self.kernel.addresses()?)
            }
        };
        match change(&mut edit) {
            Ok(()) => self.requests.push(what),
            Err(why) => self.refuse(what, why)?,
        }
        self.edit = Some(edit);
        Ok(())
    }

    /// Makes the change of the address that is under way.
    fn flush(&mut self) -> Result<(), Exit> {
        let Some(edit) = self.edit.take() else {
            return Ok(());
        };
        let requests = std::mem::take(&mut self.requests);
        let done = edit.apply(self.kernel);
        let brings_up = std::mem::take(&mut self.up_after);
        let mut requests = requests.into_iter();
        if let Err(failure) = &done {
            self.fail(1);
            if let Some(first) = requests.next() {
                report(first, failure)?;
            }
        }
        if brings_up {
            self.set_flags(UP, UP)?;
        }
        if let Err(failure) = &done {
            for what in requests {
                report(what, failure)?;
            }
        }
        Ok(())
    }

    /// The address itself.
    async fn address(
        &mut self,
        word: &str,
        family: Family,
        slash: &mut Option<Ipv4Addr>,
    ) -> Result<(), Exit> {
        let host = match (family, word.split_once('/')) {
            (Family::Inet, Some((host, length))) => {
                let length = unsigned(length).ok_or_else(usage::wrong)?;
                if self.has_mask {
                    return Err(usage::wrong());
                }
                // As C shifts on this processor.
                *slash = Some(mask((length % 32) as u8));
                if length == 32 {
                    *slash = Some(Ipv4Addr::BROADCAST);
                }
                host
            }
            _ => word,
        };
        if family == Family::Inet6 {
            complain("Don't know how to set addresses for family 10.");
            return Err(Exit::silent(1));
        }
        let address = match resolve::inet(host).await {
            Ok(address) => address,
            Err(message) => {
                complain(message);
                let what = "ifconfig: `--help' gives usage information.";
                return Err(Exit::failed(1, what));
            }
        };
        self.edit(|edit| edit.address(address), "SIOCSIFADDR")?;
        // The kernel takes 0.0.0.0 for the end of an alias, which is not brought up then.
        let is_alias = self.name.contains(':');
        if !(is_alias && (self.name.ends_with('-') || address.is_unspecified())) {
            match self.edit {
                Some(_) => self.up_after = true,
                None => self.set_flags(UP, UP)?,
            }
        }
        Ok(())
    }
}

/// A number as atoi(3) reads it.
fn number(word: &str) -> u32 {
    let word = word.trim_start();
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, word.strip_prefix('+').unwrap_or(word)),
    };
    let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
    let number: i64 = digits.parse().unwrap_or_default();
    (sign * number) as u32
}

/// A number as strtoul(3) reads it with base 0; none if it is not all a number.
fn unsigned(word: &str) -> Option<u32> {
    let (digits, radix) = match word.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (&word[2..], 16),
        [b'0', _, ..] => (&word[1..], 8),
        _ => (word, 10),
    };
    u32::from_str_radix(digits, radix).ok()
}
