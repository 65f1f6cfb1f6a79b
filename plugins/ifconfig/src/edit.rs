//! Changes of an address of IPv4, as ioctl(2) makes them: each is an address that goes and one that takes its place.
//! What several words say of one address is one change, so that `10.0.0.1 netmask 255.255.255.0` never has the mask of
//! its class in between.

use std::net::{IpAddr, Ipv4Addr};

use nethost_sdk::interface_block::{BROADCAST, POINT_TO_POINT, labelled, mask};
use nethost_sdk::netlink::{Address, Failure, How, Link, ip, to_wit};

use crate::kernel::Kernel;

const INET: u8 = 2;
/// RT_SCOPE_HOST.
const HOST: u8 = 254;

/// Why an address cannot be so, in the words of strerror(3).
pub(crate) const INVALID: &str = "Invalid argument";
pub(crate) const NOT_AVAILABLE: &str = "Cannot assign requested address";

/// The change of one address.
#[derive(Debug)]
pub(crate) struct Edit {
    label: String,
    index: u32,
    flags: u32,
    before: Option<Address>,
    after: Option<Address>,
}

/// The length of the prefix of an address's class, none for a group.
fn class(address: Ipv4Addr) -> Option<u8> {
    match address.octets()[0] {
        0 => Some(0),
        _ if address.is_broadcast() => Some(0),
        1..128 => Some(8),
        128..192 => Some(16),
        192..224 => Some(24),
        224..240 => None,
        240.. => Some(32),
    }
}

fn v4(address: &Address) -> u32 {
    match address.local.map(ip) {
        Some(IpAddr::V4(local)) => local.to_bits(),
        _ => 0,
    }
}

fn wit(bits: u32) -> Option<nethost_sdk::netlink::IpAddress> {
    Some(to_wit(IpAddr::V4(bits.into())))
}

/// All ones behind the prefix, where the interface has broadcasts and the prefix leaves room.
fn all_ones(local: u32, length: u8, flags: u32) -> Option<u32> {
    (flags & BROADCAST != 0 && length < 31).then_some(local | !mask(length).to_bits())
}

impl Edit {
    /// Of the first address with this label.
    pub(crate) fn of(link: &Link, label: &str, addresses: &[Address]) -> Self {
        let before = labelled(addresses, link.index, label).cloned();
        Self {
            label: label.to_owned(),
            index: link.index,
            flags: link.flags,
            after: before.clone(),
            before,
        }
    }

    /// SIOCSIFADDR: the address, with the mask of its class.
    pub(crate) fn address(&mut self, local: Ipv4Addr) -> Result<(), &'static str> {
        let length = class(local).ok_or(INVALID)?;
        if self
            .after
            .as_ref()
            .is_some_and(|now| v4(now) == local.to_bits())
        {
            return Ok(());
        }
        if local.is_unspecified() {
            self.after = None;
            return Ok(());
        }
        let length = match self.flags & POINT_TO_POINT {
            0 => length,
            _ => 32,
        };
        let bits = local.to_bits();
        let broadcast = match self.flags & POINT_TO_POINT {
            0 => all_ones(bits, length, self.flags),
            _ => None,
        };
        self.after = Some(Address {
            family: INET,
            index: self.index,
            prefix_length: length,
            scope: if local.is_loopback() { HOST } else { 0 },
            local: wit(bits),
            peer: wit(bits),
            broadcast: broadcast.and_then(wit),
            label: Some(self.label.clone()),
            ..Address::default()
        });
        Ok(())
    }

    fn now(&mut self) -> Result<&mut Address, &'static str> {
        self.after.as_mut().ok_or(NOT_AVAILABLE)
    }

    /// SIOCSIFNETMASK. A broadcast address that is that of the mask follows it.
    pub(crate) fn netmask(&mut self, new: Ipv4Addr) -> Result<(), &'static str> {
        let flags = self.flags;
        let now = self.now()?;
        let host = !new.to_bits();
        if host & host.wrapping_add(1) != 0 {
            return Err(INVALID);
        }
        let length = new.to_bits().leading_ones() as u8;
        let local = v4(now);
        let follows = now.broadcast.map(ip)
            == Some(IpAddr::V4(
                (local | !mask(now.prefix_length).to_bits()).into(),
            ));
        if flags & BROADCAST != 0 && length < 31 && follows {
            now.broadcast = wit(local | host);
        }
        now.prefix_length = length;
        Ok(())
    }

    /// SIOCSIFBRDADDR.
    pub(crate) fn broadcast(&mut self, new: Ipv4Addr) -> Result<(), &'static str> {
        self.now()?.broadcast = wit(new.to_bits());
        Ok(())
    }

    /// SIOCSIFDSTADDR.
    pub(crate) fn destination(&mut self, new: Ipv4Addr) -> Result<(), &'static str> {
        class(new).ok_or(INVALID)?;
        self.now()?.peer = wit(new.to_bits());
        Ok(())
    }

    /// Makes the change.
    pub(crate) fn apply(self, kernel: &Kernel) -> Result<(), Failure> {
        use nethost_sdk::netlink::Change;
        let form = |address: &Address| format!("{address:?}");
        if self.before.as_ref().map(form) == self.after.as_ref().map(form) {
            return Ok(());
        }
        let put = |address: Address| {
            let new = Address {
                flags: 0,
                lifetime: None,
                ..address
            };
            kernel.put(&Change::Address(new), How::CREATE | How::EXCLUSIVE)
        };
        if let Some(before) = &self.before {
            kernel.remove(&Change::Address(before.clone()))?;
        }
        let done = self.after.map_or(Ok(()), put);
        // What may not be there leaves what was there.
        if let (Err(_), Some(before)) = (&done, self.before) {
            put(before)?;
        }
        done
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn edit(flags: u32) -> Edit {
        Edit {
            label: "v0".into(),
            index: 2,
            flags,
            before: None,
            after: None,
        }
    }

    fn text(edit: &Edit) -> String {
        let now = edit.after.as_ref().unwrap();
        let broadcast = now.broadcast.map(ip);
        format!(
            "{}/{} {}",
            ip(now.local.unwrap()),
            now.prefix_length,
            broadcast.map_or("-".to_owned(), |address| address.to_string())
        )
    }

    #[test]
    fn masks_and_broadcasts_are_those_of_the_kernel() {
        let mut edit = edit(BROADCAST);
        assert_eq!(edit.netmask([255, 0, 0, 0].into()), Err(NOT_AVAILABLE));
        edit.address([10, 0, 0, 1].into()).unwrap();
        assert_eq!(text(&edit), "10.0.0.1/8 10.255.255.255");
        edit.netmask([255, 255, 255, 0].into()).unwrap();
        assert_eq!(text(&edit), "10.0.0.1/24 10.0.0.255");
        edit.broadcast([10, 0, 0, 9].into()).unwrap();
        edit.netmask([255, 255, 0, 0].into()).unwrap();
        assert_eq!(text(&edit), "10.0.0.1/16 10.0.0.9");
        assert_eq!(edit.netmask([255, 0, 255, 0].into()), Err(INVALID));
        assert_eq!(edit.address([224, 0, 0, 1].into()), Err(INVALID));
        edit.address([192, 0, 2, 1].into()).unwrap();
        assert_eq!(text(&edit), "192.0.2.1/24 192.0.2.255");
        edit.address([0, 0, 0, 0].into()).unwrap();
        assert!(edit.after.is_none());
    }

    #[test]
    fn a_line_between_two_has_no_broadcast() {
        let mut edit = edit(POINT_TO_POINT);
        edit.address([10, 0, 0, 1].into()).unwrap();
        assert_eq!(text(&edit), "10.0.0.1/32 -");
    }
}
