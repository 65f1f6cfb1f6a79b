//! Persistent TUN and TAP devices: the ioctl arguments, and the fields for the record.

use crate::message_builder::Changes;
use crate::{Error, TunDevice, invalid};

/// IFF_… of TUNSETIFF (linux/if_tun.h).
const TUN: i16 = 1;
const TAP: i16 = 2;
const NO_INFORMATION: i16 = 0x1000;
const VNET_HEADER: i16 = 0x4000;
const MULTI_QUEUE: i16 = 0x100;
const EXCLUSIVE: i16 = i16::MIN;

/// The flags for TUNSETIFF. A device to create must be new.
pub fn flags(device: &TunDevice, put: bool) -> i16 {
    let flag = |is: bool, flag: i16| if is { flag } else { 0 };
    flag(device.tap, TAP)
        | flag(!device.tap, TUN)
        | flag(!device.packet_information, NO_INFORMATION)
        | flag(device.vnet_header, VNET_HEADER)
        | flag(device.multi_queue, MULTI_QUEUE)
        | flag(put, EXCLUSIVE)
}

/// The fields for the record.
pub(crate) fn changes(device: &TunDevice, put: bool) -> Result<Changes, Error> {
    let name = &device.name;
    if name.len() >= libc::IFNAMSIZ || name.contains(['\0', '/']) || (name.is_empty() && !put) {
        return Err(invalid(format!("{name:?} is not a name for a device")));
    }
    let mut changes = vec![
        ("name", name.clone()),
        ("mode", if device.tap { "tap" } else { "tun" }.to_owned()),
        ("persist", put.to_string()),
        ("flags", format!("{:#x}", flags(device, put))),
    ];
    changes.extend(device.user.map(|user| ("user", user.to_string())));
    changes.extend(device.group.map(|group| ("group", group.to_string())));
    Ok(changes)
}
