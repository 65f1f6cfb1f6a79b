//! `add`, `del` and `tunnel`: further addresses of an interface.

use std::net::{IpAddr, Ipv6Addr};

use nethost_sdk::Exit;
use nethost_sdk::interface_block::{UP, labelled, mask};
use nethost_sdk::netlink::{Address, Change, How, ip, to_wit};
use nethost_sdk::output::complain;
use nethost_sdk::text::printable;

use super::{Changes, NO_DEVICE, number};
use crate::edit::{Edit, NOT_AVAILABLE};
use crate::usage;

const INET6: u8 = 10;

impl Changes<'_> {
    /// `add` and `del`: further addresses. Those of IPv4 get labels.
    pub(super) async fn further(&mut self, adds: bool) -> Result<(), Exit> {
        let word = self.need()?;
        if word.contains(':') {
            return self.further6(word, adds);
        }
        let Some(address) = self.resolve(word).await? else {
            return Ok(());
        };
        let (Some(link), addresses) = (self.link()?, self.kernel.addresses()?) else {
            complain(format_args!(
                "{}: error fetching interface information: Device not found",
                printable(self.name)
            ));
            self.fail(1);
            return Ok(());
        };
        let prefix = format!("{}:", self.name);
        let local = Some(ip(to_wit(IpAddr::V4(address))));
        let alias = |entry: &&Address| {
            let label = entry.label.as_deref().unwrap_or_default();
            entry.index == link.index && label.starts_with(&prefix)
        };
        let found = addresses
            .iter()
            .filter(alias)
            .find(|entry| entry.local.map(ip) == local);
        if !adds {
            let Some(found) = found else {
                return self.refuse("SIOCDIFADDR", NOT_AVAILABLE);
            };
            let done = self.kernel.remove(&Change::Address(found.clone()));
            return self.done("SIOCDIFADDR", done);
        }
        if found.is_some() {
            return self.set_flags(UP, UP);
        }
        let is_taken = |number: &u32| {
            let label = format!("{prefix}{number}");
            labelled(&addresses, link.index, &label).is_some()
        };
        let Some(number) = (0..256).find(|number| !is_taken(number)) else {
            self.fail(1);
            return Ok(());
        };
        // It gets the mask and the broadcast address of the first one.
        let label = format!("{prefix}{number}");
        let first = labelled(&addresses, link.index, self.name);
        let mut edit = Edit::of(&link, &label, &addresses);
        let mut made = edit.address(address);
        if let Some(first) = first {
            made = made.and_then(|()| edit.netmask(mask(first.prefix_length)));
            if let Some(IpAddr::V4(broadcast)) = first.broadcast.map(ip) {
                made = made.and_then(|()| edit.broadcast(broadcast));
            }
        }
        // net-tools says nothing of what fails here, and its code is 0; ours says it.
        match made {
            Ok(()) => {
                let done = edit.apply(self.kernel);
                self.done("SIOCSIFADDR", done)
            }
            Err(why) => self.refuse("SIOCSIFADDR", why),
        }
    }

    pub(super) fn further6(&mut self, word: &str, adds: bool) -> Result<(), Exit> {
        let Some((address, length)) = self.inet6(word)? else {
            return Ok(());
        };
        let Some(link) = self.link()? else {
            return self.refuse("SIOGIFINDEX", NO_DEVICE);
        };
        let local = Some(to_wit(IpAddr::V6(address)));
        let change = Change::Address(Address {
            family: INET6,
            index: link.index,
            prefix_length: length,
            local,
            peer: local,
            ..Address::default()
        });
        match adds {
            true => {
                let done = self.kernel.put(&change, How::CREATE | How::EXCLUSIVE);
                self.done("SIOCSIFADDR", done)
            }
            false => {
                let done = self.kernel.remove(&change);
                self.done("SIOCDIFADDR", done)
            }
        }
    }

    /// `ADDRESS/LENGTH`.
    pub(super) fn inet6(&mut self, word: &str) -> Result<Option<(Ipv6Addr, u8)>, Exit> {
        let (host, length) = match word.split_once('/') {
            Some((host, length)) => {
                let length = u8::try_from(number(length)).ok();
                (
                    host,
                    length
                        .filter(|length| *length <= 128)
                        .ok_or_else(usage::wrong)?,
                )
            }
            None => (word, 128),
        };
        if let Ok(address) = host.parse() {
            return Ok(Some((address, length)));
        }
        complain(format_args!(
            "{}: Resolver Error 0 (no error)",
            printable(host)
        ));
        self.fail(1);
        Ok(None)
    }

    pub(super) fn tunnel(&mut self) -> Result<(), Exit> {
        let word = self.need()?;
        if self.inet6(word)?.is_none() {
            return Ok(());
        }
        match self.link()? {
            None => self.refuse("SIOGIFINDEX", NO_DEVICE),
            // The kernel makes tunnels at sit0 alone, and only from addresses with IPv4 in them.
            Some(_) => self.refuse("SIOCSIFDSTADDR", NO_DEVICE),
        }
    }
}
