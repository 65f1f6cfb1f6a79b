//! What the tools find of the network: address families, netlink, TUN devices, and how names are resolved.

use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, StatVfsMountFlags, accessat, statvfs};
use rustix::net::{AddressFamily, Protocol, SocketType, netlink, socket};

use super::finding::Finding;
use nethost_core::regular;

const TUN: &str = "/dev/net/tun";
const RESOLVER: &str = "/etc/resolv.conf";

pub(super) fn findings() -> Vec<Finding> {
    vec![
        family("IPv4", AddressFamily::INET),
        family("IPv6", AddressFamily::INET6),
        of_netlink("netlink, routes", None, "ip, ifconfig, route and arp"),
        of_netlink(
            "netlink, sockets",
            Some(netlink::SOCK_DIAG),
            "ss, netstat and lsof",
        ),
        tun(),
        resolver(),
        root(),
    ]
}

fn family(name: &'static str, family: AddressFamily) -> Finding {
    match socket(family, SocketType::DGRAM, None) {
        Ok(_) => Finding::ok(name, "there are sockets"),
        Err(error) => Finding::note(
            name,
            format!("{error}: tools do without it"),
            "load it, or allow it where this process is confined (`ipv6.disable` at boot, RestrictAddressFamilies)",
        ),
    }
}

/// The protocol of routes has the number 0, which is none.
fn of_netlink(name: &'static str, protocol: Option<Protocol>, tools: &str) -> Finding {
    match socket(AddressFamily::NETLINK, SocketType::RAW, protocol) {
        Ok(_) => Finding::ok(name, "answers"),
        Err(error) => Finding::missing(
            name,
            format!("{error}: {tools} do not work"),
            "allow AF_NETLINK where this process is confined; a kernel with CONFIG_INET_DIAG",
        ),
    }
}

fn tun() -> Finding {
    const NAME: &str = "TUN devices";
    if !Path::new(TUN).exists() {
        return Finding::missing(
            NAME,
            format!("there is no {TUN}: `ip tuntap` does not work"),
            "`modprobe tun`; in a container, `--device /dev/net/tun`",
        );
    }
    let rights = Access::READ_OK | Access::WRITE_OK;
    match accessat(CWD, TUN, rights, AtFlags::EACCESS) {
        Ok(()) => Finding::ok(NAME, format!("this user may open {TUN}")),
        Err(error) => Finding::fact(NAME, format!("{TUN}: {error}, for this user")),
    }
}

fn resolver() -> Finding {
    const NAME: &str = "name servers";
    let text = match regular::text(RESOLVER, regular::SOME) {
        Ok(text) => text,
        Err(error) => {
            return Finding::note(
                NAME,
                format!(
                    "{RESOLVER}: {error}: the name server of this machine is asked, at 127.0.0.1"
                ),
                format!("write `nameserver ADDRESS` to {RESOLVER}"),
            );
        }
    };
    let servers: Vec<&str> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("nameserver")).then(|| words.next())?
        })
        .collect();
    if servers.is_empty() {
        return Finding::note(
            NAME,
            format!(
                "{RESOLVER} names none: the name server of this machine is asked, at 127.0.0.1"
            ),
            format!("write `nameserver ADDRESS` to {RESOLVER}"),
        );
    }
    Finding::ok(NAME, servers.join(", "))
}

fn root() -> Finding {
    const NAME: &str = "root file system";
    match statvfs("/") {
        Ok(facts) if facts.f_flag.contains(StatVfsMountFlags::RDONLY) => Finding::note(
            NAME,
            "read-only: the audit log, its state and the cache need folders that can be written to",
            "mount something at /var/log/nethost, /var/lib/nethost and /var/cache/nethost, or set NETHOST_STATE_DIR and NETHOST_CACHE_DIR",
        ),
        Ok(_) => Finding::ok(NAME, "can be written to"),
        Err(error) => Finding::fact(NAME, error.to_string()),
    }
}
