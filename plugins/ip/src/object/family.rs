//! Families beyond IPv4 and IPv6: the multicast routing tables speak of addresses of those.

use crate::words::{INET, INET6};

/// RTNL_FAMILY_IPMR and RTNL_FAMILY_IP6MR.
pub(crate) const MULTICAST: u8 = 128;
pub(crate) const MULTICAST6: u8 = 129;

/// The family of the addresses.
pub(crate) fn inner(family: u8) -> u8 {
    match family {
        MULTICAST => INET,
        MULTICAST6 => INET6,
        other => other,
    }
}

/// The family of multicast rules beside this one.
pub(crate) fn multicast(family: u8) -> u8 {
    if family == INET6 {
        MULTICAST6
    } else {
        MULTICAST
    }
}
