//! Socket options that need no privilege and that no policy names.

use std::io;
use std::os::fd::BorrowedFd;

use serde::{Deserialize, Serialize};

use super::sys::set;

/// Options of ip(7), ipv6(7) and socket(7); an option that is not set keeps the kernel's default.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Options {
    /// IP_TTL, IPV6_UNICAST_HOPS, and the same for multicast.
    pub hop_limit: Option<u8>,
    /// IP_TOS, IPV6_TCLASS.
    pub traffic_class: Option<u8>,
    /// IP_MTU_DISCOVER, IPV6_MTU_DISCOVER.
    pub path_mtu_discovery: Option<PathMtuDiscovery>,
    /// SO_SNDBUF and SO_RCVBUF.
    pub buffer_size: Option<u32>,
}

/// Values of IP_MTU_DISCOVER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(i32)]
pub enum PathMtuDiscovery {
    /// Always allow fragmentation.
    Dont = libc::IP_PMTUDISC_DONT,
    /// Fragment according to the known MTU of the route.
    Want = libc::IP_PMTUDISC_WANT,
    /// Never fragment.
    Do = libc::IP_PMTUDISC_DO,
    /// Never fragment, and ignore the known MTU of the route.
    Probe = libc::IP_PMTUDISC_PROBE,
}

impl Options {
    /// Sets these options. The kernel's constants for path MTU discovery are the same for IPv4 and IPv6.
    pub fn apply(&self, fd: BorrowedFd<'_>, ipv6: bool) -> io::Result<()> {
        use libc::{IPPROTO_IP, IPPROTO_IPV6, SOL_SOCKET};
        let ip = |v4: i32, v6: i32, value: i32| {
            if ipv6 {
                set(fd, IPPROTO_IPV6, v6, value)
            } else {
                set(fd, IPPROTO_IP, v4, value)
            }
        };
        if let Some(hops) = self.hop_limit {
            ip(libc::IP_TTL, libc::IPV6_UNICAST_HOPS, hops.into())?;
        }
        if let Some(class) = self.traffic_class {
            ip(libc::IP_TOS, libc::IPV6_TCLASS, class.into())?;
        }
        if let Some(discovery) = self.path_mtu_discovery {
            ip(
                libc::IP_MTU_DISCOVER,
                libc::IPV6_MTU_DISCOVER,
                discovery as i32,
            )?;
        }
        if let Some(size) = self.buffer_size {
            // The kernel doubles and limits the value itself (socket(7)).
            let size = i32::try_from(size).unwrap_or(i32::MAX);
            set(fd, SOL_SOCKET, libc::SO_SNDBUF, size)?;
            set(fd, SOL_SOCKET, libc::SO_RCVBUF, size)?;
        }
        Ok(())
    }

    /// Sets the option that only datagram sockets have: the hop limit for multicast.
    pub fn apply_to_groups(&self, fd: BorrowedFd<'_>, ipv6: bool) -> io::Result<()> {
        let Some(hops) = self.hop_limit else {
            return Ok(());
        };
        if ipv6 {
            set(
                fd,
                libc::IPPROTO_IPV6,
                libc::IPV6_MULTICAST_HOPS,
                hops.into(),
            )
        } else {
            set(fd, libc::IPPROTO_IP, libc::IP_MULTICAST_TTL, hops.into())
        }
    }
}
