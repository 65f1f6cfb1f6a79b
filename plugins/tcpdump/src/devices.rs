//! The interfaces of this machine as libpcap lists them: -D, the meaning of -i, the links of -L.

use std::collections::HashMap;
use std::rc::Rc;

use nethost_sdk::Exit;
use nethost_sdk::netlink::{AddressQuery, Link, LinkQuery, Namespace, ip};
use nethost_sdk::text::printable;

use crate::{failed, links};

/// The name that stands for all interfaces.
pub(crate) const ANY: &str = "any";
/// LINKTYPE_ETHERNET, _RAW, _DOCSIS, _LINUX_SLL and _LINUX_SLL2
const ETHERNET: u32 = 1;
const RAW: u32 = 101;
const DOCSIS: u32 = 143;
pub(crate) const COOKED: u32 = 113;
pub(crate) const COOKED_2: u32 = 276;
/// netdevice(7)
const UP: u32 = 0x1;
const LOOPBACK: u32 = 0x8;
const RUNNING: u32 = 0x40;
const LOWER_UP: u32 = 0x1_0000;

/// An interface, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) name: String,
    /// 0 for all.
    pub(crate) index: u32,
    flags: u32,
    /// ARPHRD_
    hardware: u16,
}

/// What is listed, in the order of -D.
pub(crate) fn all() -> Result<Vec<Device>, Exit> {
    let query = LinkQuery {
        index: None,
        name: None,
        master: None,
        kind: None,
        family: 0,
        statistics: false,
    };
    let namespace = Namespace::open(None).map_err(failed)?;
    let listing = namespace.links(query).map_err(failed)?;
    let links = listing.all().map_err(failed)?;
    let mut devices: Vec<Device> = links.iter().map(Device::of).collect();
    devices.push(Device {
        name: ANY.into(),
        index: 0,
        flags: UP | RUNNING,
        hardware: 0,
    });
    devices.sort_by_key(Device::merit);
    Ok(devices)
}

/// The names of all interfaces, by index.
pub(crate) fn names_of_interfaces() -> Result<HashMap<u32, Rc<str>>, Exit> {
    let devices = all()?.into_iter();
    Ok(devices
        .map(|device| (device.index, printable(&device.name).to_string().into()))
        .collect())
}

/// The mask of the first IPv4 address of an interface; 0 without one.
pub(crate) fn netmask(device: &Device) -> u32 {
    let query = AddressQuery {
        family: 2,
        index: Some(device.index),
    };
    let addresses = Namespace::open(None)
        .ok()
        .and_then(|namespace| namespace.addresses(query).ok())
        .and_then(|listing| listing.all().ok())
        .unwrap_or_default();
    let mut of_device = addresses
        .iter()
        .filter(|address| address.index == device.index)
        .filter(|address| {
            address
                .local
                .or(address.peer)
                .is_some_and(|a| ip(a).is_ipv4())
        });
    of_device.next().map_or(0, |address| {
        u32::MAX
            .checked_shl(32_u32.saturating_sub(address.prefix_length.into()))
            .unwrap_or(0)
    })
}

/// The device of -i: by its name, or by its number in the list of -D. Without -i, the first one.
pub(crate) fn chosen(named: Option<&str>) -> Result<Device, Exit> {
    let devices = all()?;
    let Some(named) = named else {
        let first = devices.into_iter().next();
        return first.ok_or_else(|| failed("no suitable device found"));
    };
    if let Some(found) = devices.iter().find(|device| device.name == named) {
        return Ok(found.clone());
    }
    if !named.is_empty() && named.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: usize = named.parse().unwrap_or(0);
        if number == 0 {
            return Err(failed("Invalid adapter index"));
        }
        let found = devices.into_iter().nth(number - 1);
        return found.ok_or_else(|| failed("Invalid adapter index"));
    }
    let named = printable(named);
    Err(failed(format_args!(
        "{named}: No such device exists\n(No such device exists)"
    )))
}

/// The text of -D.
pub(crate) fn list() -> Result<String, Exit> {
    let devices = all()?;
    let lines = devices.iter().enumerate().map(|(place, device)| {
        let description = match device.is_any() {
            true => " (Pseudo-device that captures on all interfaces)",
            false => "",
        };
        let name = printable(&device.name);
        format!("{}.{name}{description}{}\n", place + 1, device.state())
    });
    Ok(lines.collect())
}

impl Device {
    fn of(link: &Link) -> Self {
        Self {
            name: link.name.clone(),
            index: link.index,
            flags: link.flags,
            hardware: link.link_type,
        }
    }

    pub(crate) fn is_any(&self) -> bool {
        self.index == 0
    }

    pub(crate) fn is_up(&self) -> bool {
        self.flags & UP != 0
    }

    /// The smaller it is, the more likely somebody wants to capture on it.
    fn merit(&self) -> u32 {
        let mut merit = 0;
        let mut when = |holds: bool, bit: u32| merit |= if holds { bit } else { 0 };
        when(self.flags & RUNNING == 0, 1 << 31);
        when(!self.is_up(), 1 << 30);
        when(self.is_disconnected(), 1 << 29);
        when(self.flags & LOOPBACK != 0, 1 << 28);
        when(self.is_any(), 1 << 27);
        merit
    }

    fn is_disconnected(&self) -> bool {
        !self.is_any() && self.flags & LOOPBACK == 0 && self.is_up() && self.flags & LOWER_UP == 0
    }

    /// The words in brackets.
    fn state(&self) -> String {
        let bits = [(UP, "Up"), (RUNNING, "Running"), (LOOPBACK, "Loopback")];
        let set = bits.iter().filter(|(bit, _)| self.flags & bit != 0);
        let mut words: Vec<&str> = set.map(|(_, word)| *word).collect();
        if words.is_empty() {
            words.push("none");
        }
        if !self.is_any() && self.flags & LOOPBACK == 0 {
            words.push(match (self.is_up(), self.flags & LOWER_UP != 0) {
                (false, _) => "Connection status unknown",
                (true, true) => "Connected",
                (true, false) => "Disconnected",
            });
        }
        format!(" [{}]", words.join(", "))
    }

    /// The links that it can be captured with, the usual one first.
    fn links(&self) -> Vec<u32> {
        if self.is_any() {
            return vec![COOKED, COOKED_2];
        }
        match self.hardware {
            // ARPHRD_ETHER, _METRICOM
            1 | 23 => vec![ETHERNET, DOCSIS],
            // ARPHRD_LOOPBACK
            772 => vec![ETHERNET],
            801 => vec![105],
            802 => vec![119],
            803 => vec![127],
            513 => vec![104],
            15 | 256..=259 | 264 | 518 | 519 | 768 | 776 | 0xfffe => vec![RAW],
            _ => vec![COOKED],
        }
    }

    /// The link to capture with: that of -y, or the usual one.
    pub(crate) fn link(&self, wanted: Option<u32>) -> Result<u32, Exit> {
        let links = self.links();
        match wanted {
            None => Ok(links.first().copied().unwrap_or(COOKED)),
            Some(link) if links.contains(&link) => Ok(link),
            Some(link) => Err(failed(format_args!(
                "{} is not one of the DLTs supported by this device",
                links::named(link)
            ))),
        }
    }

    /// The text of -L.
    pub(crate) fn list_links(&self) -> String {
        let mut links = self.links();
        links.sort_unstable();
        let mut text = format!(
            "Data link types for {} (use option -y to set):\n",
            printable(&self.name)
        );
        for link in links {
            let unprinted = match link {
                DOCSIS => " (printing not supported)",
                _ => "",
            };
            text += &format!("  {}{unprinted}\n", links::described(link));
        }
        text
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn device(name: &str, index: u32, flags: u32, hardware: u16) -> Device {
        Device {
            name: name.into(),
            index,
            flags,
            hardware,
        }
    }

    #[test]
    fn what_is_likely_wanted_comes_first() {
        let mut devices = [
            device("lo", 1, UP | RUNNING | LOOPBACK | LOWER_UP, 772),
            device(ANY, 0, UP | RUNNING, 0),
            device("down", 3, 0, 1),
            device("eth0", 2, UP | RUNNING | LOWER_UP, 1),
        ];
        devices.sort_by_key(Device::merit);
        let names = devices.each_ref().map(|device| device.name.as_str());
        assert_eq!(names, ["eth0", ANY, "lo", "down"]);
        assert_eq!(devices[0].state(), " [Up, Running, Connected]");
        assert_eq!(devices[2].state(), " [Up, Running, Loopback]");
    }

    #[test]
    fn links_of_devices() {
        let any = device(ANY, 0, UP, 0);
        assert_eq!(any.link(None).unwrap(), COOKED);
        assert_eq!(any.link(Some(COOKED_2)).unwrap(), COOKED_2);
        let refused = device("lo", 1, UP, 772).link(Some(DOCSIS)).unwrap_err();
        assert_eq!(
            refused.stderr,
            "tcpdump: DOCSIS is not one of the DLTs supported by this device"
        );
    }
}
