//! What the kernel's tables say of sockets, by inode: /proc/net/tcp and its like.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nethost_sdk::procfs;

/// A protocol that -i knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
    UdpLite,
}

impl Protocol {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "tcp" => Self::Tcp,
            "udp" => Self::Udp,
            "udplite" => Self::UdpLite,
            _ => return None,
        })
    }

    /// In the column NODE.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::UdpLite => "UDPLITE",
        }
    }

    /// In /etc/services.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp | Self::UdpLite => "udp",
        }
    }
}

/// An Internet socket.
#[derive(Clone, Debug)]
pub(crate) struct Inet {
    pub(crate) ipv6: bool,
    pub(crate) protocol: Protocol,
    pub(crate) local: (IpAddr, u16),
    pub(crate) remote: Option<(IpAddr, u16)>,
    pub(crate) state: u8,
    pub(crate) queues: (u64, u64),
}

/// A socket of another kind, ready to be shown.
#[derive(Clone, Debug)]
pub(crate) struct Other {
    pub(crate) kind: &'static str,
    pub(crate) device: Option<String>,
    /// In the column NODE, unless that has the inode.
    pub(crate) node: Option<String>,
    pub(crate) name: String,
    pub(crate) state: Option<&'static str>,
    /// A path in the file system that it is bound to.
    pub(crate) path: Option<String>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) enum Socket {
    Inet(Inet),
    Other(Other),
}

/// All that the tables have.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    pub(crate) by_inode: HashMap<u64, Socket>,
    /// Tables that may not be read, each with its denial.
    pub(crate) denied: Vec<String>,
}

impl Sockets {
    /// Reads the tables of Internet sockets, and if wanted the others.
    pub(crate) fn read(others: bool) -> Self {
        let mut sockets = Self::default();
        for (table, ipv6, protocol) in [
            ("net.tcp", false, Protocol::Tcp),
            ("net.tcp6", true, Protocol::Tcp),
            ("net.udp", false, Protocol::Udp),
            ("net.udp6", true, Protocol::Udp),
            ("net.udplite", false, Protocol::UdpLite),
            ("net.udplite6", true, Protocol::UdpLite),
        ] {
            sockets.each(table, |line| inet(line, ipv6, protocol));
        }
        if others {
            sockets.each("net.unix", unix);
            sockets.each("net.raw", |line| raw(line, "raw"));
            sockets.each("net.raw6", |line| raw(line, "raw6"));
            sockets.each("net.icmp", |line| raw(line, "icmp"));
            sockets.each("net.packet", packet);
            sockets.each("net.netlink", netlink);
        }
        sockets
    }

    fn each(&mut self, table: &str, read: impl Fn(&str) -> Option<(u64, Socket)>) {
        let text = match procfs::counters(table) {
            Ok(text) => text,
            Err(error @ nethost_sdk::Error::Denied(_)) => {
                self.denied.push(error.to_string());
                return;
            }
            // This kernel has none of them.
            Err(_) => return,
        };
        let found = text.lines().skip(1).filter_map(read);
        self.by_inode.extend(found.filter(|(inode, _)| *inode != 0));
    }
}

/// `0: 0100007F:2382 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 INODE …`
fn inet(line: &str, ipv6: bool, protocol: Protocol) -> Option<(u64, Socket)> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let local = end(words.next()?)?;
    let remote = end(words.next()?)?;
    let state = u8::from_str_radix(words.next()?, 16).ok()?;
    let (send, receive) = words.next()?.split_once(':')?;
    let inode = words.nth(4)?.parse().ok()?;
    let queue = |text| u64::from_str_radix(text, 16).ok();
    let is_connected = !remote.0.is_unspecified() || remote.1 != 0;
    Some((
        inode,
        Socket::Inet(Inet {
            ipv6,
            protocol,
            local,
            remote: is_connected.then_some(remote),
            state,
            queues: (queue(receive)?, queue(send)?),
        }),
    ))
}

/// An address and a port, in the byte order of the machine and of the network. An IPv4-mapped address is an IPv4 one.
fn end(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |part: &str| u32::from_str_radix(part, 16).ok().map(u32::to_le_bytes);
    let address = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(address)?)),
        32 => {
            let mut octets = [0; 16];
            for (place, octets) in octets.chunks_exact_mut(4).enumerate() {
                octets.copy_from_slice(&word(address.get(place * 8..place * 8 + 8)?)?);
            }
            IpAddr::V6(Ipv6Addr::from(octets)).to_canonical()
        }
        _ => return None,
    };
    Some((address, port))
}

/// `000000003324beb1: 00000003 00000000 00000000 0001 03 INODE PATH`
fn unix(line: &str) -> Option<(u64, Socket)> {
    let address = line.split_ascii_whitespace().next()?.strip_suffix(':')?;
    let mut fields_of = line.split_ascii_whitespace();
    let flags = u32::from_str_radix(fields_of.nth(3)?, 16).ok()?;
    let kind = match u32::from_str_radix(fields_of.next()?, 16).ok()? {
        1 => "STREAM",
        2 => "DGRAM",
        5 => "SEQPACKET",
        _ => "unknown",
    };
    // SO_ACCEPTCON.
    let listens = flags & 0x10000 != 0;
    let state = match fields_of.next()? {
        _ if listens => "LISTEN",
        "01" => "UNCONNECTED",
        "02" => "CONNECTING",
        "03" => "CONNECTED",
        "04" => "DISCONNECTING",
        _ => "UNKNOWN",
    };
    let inode_text = fields_of.next()?;
    let inode = inode_text.parse().ok()?;
    // The path may have spaces, at its beginning too.
    let begin = inode_text.as_ptr() as usize - line.as_ptr() as usize + inode_text.len();
    let path = line.get(begin + 1..).filter(|path| !path.is_empty());
    let shown = path.map(|path| format!("{} ", crate::row::printable_name(path)));
    Some((
        inode,
        Socket::Other(Other {
            kind: "unix",
            device: Some(format!("0x{address}")),
            node: None,
            name: format!("{}type={kind}", shown.unwrap_or_default()),
            state: Some(state),
            path: path.map(str::to_owned),
        }),
    ))
}

/// As the table of raw sockets has them: addresses in hexadecimal digits.
fn raw(line: &str, kind: &'static str) -> Option<(u64, Socket)> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let (local, remote, state) = (words.next()?, words.next()?, words.next()?);
    let inode = words.nth(5)?.parse().ok()?;
    Some((
        inode,
        Socket::Other(Other {
            kind,
            device: None,
            node: None,
            name: format!("{local}->{remote} st={state}"),
            state: None,
            path: None,
        }),
    ))
}

/// `sk RefCnt Type Proto Iface R Rmem User Inode`
fn packet(line: &str) -> Option<(u64, Socket)> {
    let words: Vec<_> = line.split_ascii_whitespace().collect();
    let kind = match *words.get(2)? {
        "2" => "SOCK_DGRAM",
        "3" => "SOCK_RAW",
        "10" => "SOCK_PACKET",
        _ => "unknown",
    };
    let protocol = u32::from_str_radix(words.get(3)?, 16).ok()?;
    let node = match protocol {
        3 => "ALL".into(),
        0x0800 => "IP".into(),
        0x0806 => "ARP".into(),
        0x86dd => "IPV6".into(),
        0x888e => "PAE".into(),
        0x88cc => "LLDP".into(),
        other => other.to_string(),
    };
    let inode: u64 = words.get(8)?.parse().ok()?;
    Some((
        inode,
        Socket::Other(Other {
            kind: "pack",
            device: Some(inode.to_string()),
            node: Some(node),
            name: format!("type={kind}"),
            state: None,
            path: None,
        }),
    ))
}

/// By number: netlink(7).
const NETLINK: [&str; 23] = [
    "ROUTE",
    "UNUSED",
    "USERSOCK",
    "FIREWALL",
    "INET_DIAG",
    "NFLOG",
    "XFRM",
    "SELINUX",
    "ISCSI",
    "AUDIT",
    "FIB_LOOKUP",
    "CONNECTOR",
    "NETFILTER",
    "IP6_FW",
    "DNRTMSG",
    "KOBJECT_UEVENT",
    "GENERIC",
    "DM",
    "SCSITRANSPORT",
    "ECRYPTFS",
    "RDMA",
    "CRYPTO",
    "SMC",
];

/// `sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode`
fn netlink(line: &str) -> Option<(u64, Socket)> {
    let words: Vec<_> = line.split_ascii_whitespace().collect();
    let protocol: usize = words.get(1)?.parse().ok()?;
    let name = NETLINK.get(protocol).map_or_else(
        || format!("unknown protocol: {protocol}"),
        |name| (*name).to_owned(),
    );
    Some((
        words.get(9)?.parse().ok()?,
        Socket::Other(Other {
            kind: "netlink",
            device: None,
            node: None,
            name,
            state: None,
            path: None,
        }),
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_each_table_is_read() {
        let line = "   0: 0100007F:2382 00000000:0000 0A 00000001:00000002 00:00000000 00000000     0        0 33430742 1 x";
        let (inode, socket) = inet(line, false, Protocol::Tcp).unwrap();
        let Socket::Inet(socket) = socket else {
            panic!("{socket:?}");
        };
        assert_eq!(inode, 33_430_742);
        assert_eq!(socket.local, ("127.0.0.1".parse().unwrap(), 9090));
        assert_eq!((socket.remote, socket.state), (None, 10));
        assert_eq!(socket.queues, (2, 1));
        let mapped = end("0000000000000000FFFF00000100007F:0050").unwrap();
        assert_eq!(mapped, ("127.0.0.1".parse().unwrap(), 80));
        let line = "000000003324beb1: 00000002 00000000 00010000 0001 01 33427741  /a b";
        let (_, Socket::Other(socket)) = unix(line).unwrap() else {
            panic!("no unix socket");
        };
        assert_eq!(socket.name, " /a b type=STREAM");
        assert_eq!(socket.state, Some("LISTEN"));
        for line in ["", "nonsense", "0: 1:2 3:4 zz", "a b c d e f g"] {
            assert!(inet(line, false, Protocol::Tcp).is_none());
            assert!(unix(line).is_none() && raw(line, "raw").is_none());
            assert!(packet(line).is_none() && netlink(line).is_none());
        }
    }
}
