//! Names of protocols: those of packet sockets (linux/if_ether.h) and of netlink sockets (linux/netlink.h), as iproute2 has
//! them.

use crate::number::any_base;

/// The first name of a number counts.
const LINK: &[(u16, &str)] = &[
    (0x0060, "loop"),
    (0x0200, "pup"),
    (0x0201, "pupat"),
    (0x0800, "ip"),
    (0x0805, "x25"),
    (0x0806, "arp"),
    (0x08ff, "bpq"),
    (0x0a00, "ieeepup"),
    (0x0a01, "ieeepupat"),
    (0x6000, "dec"),
    (0x6001, "dna_dl"),
    (0x6002, "dna_rc"),
    (0x6003, "dna_rt"),
    (0x6004, "lat"),
    (0x6005, "diag"),
    (0x6006, "cust"),
    (0x6007, "sca"),
    (0x8035, "rarp"),
    (0x809b, "atalk"),
    (0x80f3, "aarp"),
    (0x8137, "ipx"),
    (0x86dd, "ipv6"),
    (0x8863, "ppp_disc"),
    (0x8864, "ppp_ses"),
    (0x884c, "atmmpoa"),
    (0x8884, "atmfate"),
    (0x0001, "802_3"),
    (0x0002, "ax25"),
    (0x0003, "all"),
    (0x0004, "802_2"),
    (0x0005, "snap"),
    (0x0006, "ddcmp"),
    (0x0007, "wan_ppp"),
    (0x0008, "ppp_mp"),
    (0x0009, "localtalk"),
    (0x000c, "can"),
    (0x0010, "ppptalk"),
    (0x0011, "tr_802_2"),
    (0x0015, "mobitex"),
    (0x0016, "control"),
    (0x0017, "irda"),
    (0x0018, "econet"),
    (0x88ca, "tipc"),
    (0x8892, "profinet"),
    (0x88a2, "aoe"),
    (0x88a4, "ethercat"),
    (0x8100, "802.1Q"),
    (0x88a8, "802.1ad"),
    (0x8847, "mpls_uc"),
    (0x8848, "mpls_mc"),
    (0x6558, "teb"),
    (0x8100, "802.1Q"),
    (0x88cc, "LLDP"),
    (0x0800, "ipv4"),
];

const NETLINK: &[(u32, &str)] = &[
    (0, "rtnl"),
    (1, "unused"),
    (2, "usersock"),
    (3, "fw"),
    (4, "tcpdiag"),
    (5, "nflog"),
    (6, "xfrm"),
    (7, "selinux"),
    (8, "iscsi"),
    (9, "audit"),
    (10, "fiblookup"),
    (11, "connector"),
    (12, "nft"),
    (13, "ip6fw"),
    (14, "dec-rt"),
    (15, "uevent"),
    (16, "genl"),
    (18, "scsi-trans"),
    (19, "ecryptfs"),
    (20, "rdma"),
    (21, "crypto"),
];

/// The protocol of a packet socket.
pub(crate) fn name(number: u16, numeric: bool) -> String {
    match LINK.iter().find(|(known, _)| *known == number) {
        Some((_, name)) if !numeric => (*name).to_owned(),
        _ => format!("[{number}]"),
    }
}

/// The number of such a name, or a number.
pub(crate) fn number(name: &str) -> Option<u16> {
    let known = LINK
        .iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(name));
    match known {
        Some((number, _)) => Some(*number),
        None => any_base(name).and_then(|number| u16::try_from(number).ok()),
    }
}

/// The protocol of a netlink socket.
pub(crate) fn netlink_name(number: u32, numeric: bool) -> String {
    match NETLINK.iter().find(|(known, _)| *known == number) {
        Some((_, name)) if !numeric => (*name).to_owned(),
        _ => number.to_string(),
    }
}

/// The number of such a name, or a number.
pub(crate) fn netlink_number(name: &str) -> Option<u32> {
    match NETLINK.iter().find(|(_, known)| *known == name) {
        Some((number, _)) => Some(*number),
        None => any_base(name).and_then(|number| u32::try_from(number).ok()),
    }
}
