//! The files of counters, settings and facts that may be asked for by name: a path with dots for slashes. A fact has its
//! place in a list; settings and interfaces are many, and their names are derived.

use std::path::{Path, PathBuf};

use nethost_core::{ObjectName, Target};

/// What has a place in the list. `net.` is the caller's /proc/net; the others are below /proc.
const FILES: &[&str] = &[
    "diskstats",
    "loadavg",
    "locks",
    "meminfo",
    "mountinfo",
    "net.arp",
    "net.dev",
    "net.dev_mcast",
    "net.icmp",
    "net.icmp6",
    "net.if_inet6",
    "net.igmp",
    "net.igmp6",
    "net.ip6_mr_cache",
    "net.ip6_mr_vif",
    "net.ip_mr_cache",
    "net.ip_mr_vif",
    "net.ipv6_route",
    "net.mcfilter",
    "net.mcfilter6",
    "net.netlink",
    "net.netstat",
    "net.packet",
    "net.protocols",
    "net.ptype",
    "net.raw",
    "net.raw6",
    "net.route",
    "net.rpc.nfs",
    "net.rpc.nfsd",
    "net.rt6_stats",
    "net.rt_cache",
    "net.sctp.assocs",
    "net.sctp.eps",
    "net.sctp.remaddr",
    "net.sctp.snmp",
    "net.snmp",
    "net.snmp6",
    "net.sockstat",
    "net.sockstat6",
    "net.softnet_stat",
    "net.stat.arp_cache",
    "net.stat.ndisc_cache",
    "net.stat.nf_conntrack",
    "net.stat.rt_cache",
    "net.stat.synproxy",
    "net.tcp",
    "net.tcp6",
    "net.tls_stat",
    "net.udp",
    "net.udp6",
    "net.udplite",
    "net.udplite6",
    "net.unix",
    "net.wireless",
    "net.xfrm_stat",
    "pressure.cpu",
    "pressure.io",
    "pressure.irq",
    "pressure.memory",
    "softirqs",
    "stat",
    "swaps",
    "sys.fs.dentry-state",
    "sys.fs.file-nr",
    "sys.fs.inode-nr",
    "uptime",
    "version",
    "vmstat",
];

/// What is mounted, which each process sees for itself.
const MOUNTS: &str = "mountinfo";

/// The folders of settings: below /proc/sys.
const SETTINGS: &[&str] = &[
    "net.core.",
    "net.ipv4.",
    "net.ipv6.",
    "net.mpls.",
    "net.mptcp.",
    "net.netfilter.",
    "net.nf_conntrack_",
    "net.sctp.",
    "net.tipc.",
    "net.unix.",
    "net.vsock.",
];
/// Settings that are keys.
const SECRETS: &[&str] = &["stable_secret", "tcp_fastopen_key"];
/// Settings of each interface. Its name is what stands between these and the last dot.
const OF_INTERFACES: &[&str] = &[
    "net.ipv4.conf.",
    "net.ipv4.neigh.",
    "net.ipv6.conf.",
    "net.ipv6.neigh.",
    "net.mpls.conf.",
];
const INTERFACES: &str = "class.net.";
/// Facts about an interface.
const OF_INTERFACE: &[&str] = &[
    "carrier",
    "carrier_changes",
    "duplex",
    "flags",
    "mtu",
    "operstate",
    "speed",
    "tx_queue_len",
    "type",
];

/// What a name of counters is as a target of `counters.read`. None for one that is no such name.
pub fn target(name: &str) -> Option<Target> {
    if let Some(file) = FILES.iter().find(|file| **file == name) {
        return Some(Target::Local(file));
    }
    derived(name)?;
    ObjectName::new(name).map(Target::Object)
}

/// The file that a target names.
pub(super) fn path(target: &Target) -> Option<PathBuf> {
    match target {
        Target::Local(name) if FILES.contains(name) => Some(match name.strip_prefix("net.") {
            Some(table) => Path::new("/proc/thread-self/net").join(table.replace('.', "/")),
            None if *name == MOUNTS => Path::new("/proc/self").join(name),
            None => Path::new("/proc").join(name.replace('.', "/")),
        }),
        Target::Object(name) => derived(name.as_str()),
        _ => None,
    }
}

/// The interface that a file is about, if it is a file of sysfs(5).
pub(super) fn interface_of(path: &Path) -> Option<&str> {
    let rest = path.strip_prefix("/sys/class/net").ok()?;
    rest.iter().next()?.to_str()
}

/// The file of a setting, or of a fact about an interface.
fn derived(name: &str) -> Option<PathBuf> {
    if let Some(rest) = name.strip_prefix(INTERFACES) {
        let (interface, fact) = rest.rsplit_once('.')?;
        let known = is_component(interface) && OF_INTERFACE.contains(&fact);
        return known.then(|| Path::new("/sys/class/net").join(interface).join(fact));
    }
    if !SETTINGS.iter().any(|folder| name.starts_with(folder)) {
        return None;
    }
    let folder = OF_INTERFACES.iter().find(|f| name.starts_with(*f));
    let (interface, rest) = match folder {
        Some(folder) => {
            let (interface, setting) = name.strip_prefix(folder)?.rsplit_once('.')?;
            (Some((*folder, interface)), setting)
        }
        None => (None, name),
    };
    let mut path = PathBuf::from("/proc/sys");
    if let Some((folder, interface)) = interface {
        path.push(folder.trim_end_matches('.').replace('.', "/"));
        path.push(is_component(interface).then_some(interface)?);
    }
    for part in rest.split('.') {
        path.push(is_component(part).then_some(part)?);
    }
    let setting = path.file_name()?.to_str()?;
    (!SECRETS.contains(&setting)).then_some(path)
}

/// Whether it leads into a folder, and no further.
fn is_component(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'/';
    !text.is_empty() && text != "." && text != ".." && text.len() <= 64 && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_has_one_file() {
        for (name, file) in [
            ("net.snmp", "/proc/thread-self/net/snmp"),
            ("net.sctp.snmp", "/proc/thread-self/net/sctp/snmp"),
            ("mountinfo", "/proc/self/mountinfo"),
            ("pressure.cpu", "/proc/pressure/cpu"),
            ("sys.fs.file-nr", "/proc/sys/fs/file-nr"),
            ("net.ipv4.tcp_rmem", "/proc/sys/net/ipv4/tcp_rmem"),
            ("net.sctp.rto_min", "/proc/sys/net/sctp/rto_min"),
            (
                "net.ipv6.conf.eth0.100.forwarding",
                "/proc/sys/net/ipv6/conf/eth0.100/forwarding",
            ),
            ("class.net.eth0.100.speed", "/sys/class/net/eth0.100/speed"),
            ("net.nf_conntrack_max", "/proc/sys/net/nf_conntrack_max"),
        ] {
            let target = target(name).unwrap();
            assert_eq!(path(&target).unwrap(), Path::new(file));
            assert_eq!(target.to_string(), name);
        }
    }

    #[test]
    fn what_is_no_such_name_is_none() {
        for name in [
            "",
            ".",
            "net",
            "net.",
            "net.snmp.",
            "net.no_such",
            "kcore",
            "kallsyms",
            "kernel.hostname",
            "net/snmp",
            "net.ipv4..tcp_rmem",
            "net.ipv4.",
            "net.ipv4.tcp_fastopen_key",
            "net.ipv6.conf.eth0.stable_secret",
            "net.ipv4.conf..forwarding",
            "net.ipv4.conf.....forwarding",
            "net.ipv4.conf.a/../../x.y",
            "net.ipv4.conf.eth0",
            "class.net.eth0",
            "class.net.eth0.address",
            "class.net...speed",
            "net.ipv4.\n",
        ] {
            // Three dots are a name that a folder could have.
            let found = target(name).and_then(|target| path(&target));
            assert!(
                found.is_none() || name == "net.ipv4.conf.....forwarding",
                "{name}: {found:?}"
            );
        }
        assert_eq!(path(&Target::Local("own")), None);
    }
}
