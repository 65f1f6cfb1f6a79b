//! tcpdump's filters beside the native one's: what they choose, and which are refused in which words.

use crate::case::cases;
use crate::tcpdump::{compare, folder, packets};
use nethost_tests::topology::Topology;

cases! {
    first round;
    [Netns, OtherUser, Program("tcpdump")] => {
        filters_choose_the_same,
        filters_of_other_links,
        expressions_of_files,
    }
}

/// Good ones and bad ones.
#[rustfmt::skip]
const EXPRESSIONS: &[&str] = &[
    "tcp",
    "udp",
    "icmp",
    "arp",
    "rarp",
    "ip",
    "ip6",
    "icmp6",
    "sctp",
    "igmp",
    "ah",
    "esp",
    "pim",
    "vrrp",
    "carp",
    "atalk",
    "decnet",
    "iso",
    "stp",
    "ipx",
    "netbeui",
    "host 10.9.0.1",
    "src host 10.9.0.1",
    "dst host 10.9.0.2",
    "src or dst host 10.9.0.2",
    "src and dst host 10.9.0.2",
    "host 10.9.0.1 and host 10.9.0.2",
    "host 127.0.0.1",
    "net 10",
    "net 10.9",
    "net 10.9.0",
    "net 10.9.0.0 mask 255.255.255.0",
    "net 10.9.0.0/24",
    "net 127",
    "net ::/0",
    "ip6 net fe80::/10",
    "port 99",
    "src port 99",
    "dst port 99",
    "tcp port 80",
    "udp portrange 90-100",
    "portrange 0-65535",
    "port 99 or port 80",
    "not icmp",
    "!icmp",
    "icmp and not src 10.9.0.2",
    "icmp[icmptype] = icmp-echo",
    "icmp[icmptype] == icmp-echoreply",
    "icmp[0] = 8 or icmp[0] = 0",
    "icmp[icmpcode] = 0",
    "ip[8] < 70",
    "ip[6:2] & 0x1fff = 0",
    "ip[6] & 0x40 != 0",
    "ip[0] >> 4 = 4",
    "ip[2:2] - 20 > 40",
    "ip[2:2] * 2 > 100",
    "ip[2:2] / 4 = 21",
    "ip[2:2] % 7 = 0",
    "ip[9] ^ 1 = 0",
    "ip[9] | 16 = 17",
    "len >= 60",
    "less 60",
    "greater 98",
    "len - 14 > 84",
    "multicast",
    "broadcast",
    "ip multicast",
    "ip broadcast",
    "ip6 multicast",
    "ether broadcast",
    "ether multicast",
    "ether host 2:0:0:0:0:1",
    "ether src 2:0:0:0:0:1",
    "ether dst 2:0:0:0:0:2",
    "ether proto 0x800",
    "ether proto \\ip",
    "ether proto \\arp",
    "ether[0] & 1 = 0",
    "ether[12:2] = 0x806",
    "link[0] = 2",
    "arp host 192.0.2.1",
    "arp[6:2] = 1",
    "ip proto 1",
    "ip proto \\icmp",
    "ip proto \\tcp or ip proto \\udp",
    "ip6 proto 17",
    "proto 17",
    "ip protochain 1",
    "ip6 protochain 17",
    "vlan",
    "vlan 5",
    "vlan 6 and ip",
    "vlan and icmp",
    "vlan 5 or vlan 6",
    "(vlan 5 or vlan 6) and icmp",
    "not vlan and ip",
    "mpls",
    "mpls 5",
    "pppoes",
    "pppoed",
    "geneve",
    "inbound",
    "outbound",
    "ifindex 1",
    "ifindex 2",
    "ifname lo",
    "gateway foo",
    "tcp[tcpflags] & tcp-syn != 0",
    "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn",
    "tcp[13] = 20",
    "tcp-syn",
    "tcp[0:2] = 80",
    "udp[4:2] > 8",
    "udp[8:4] = 0x68690a00",
    "udp[8] = 0x68",
    "icmp6[0] = 133",
    "ip6[6] = 58",
    "ip6[40] = 133",
    "ip and (icmp or udp) and not (port 99 and dst 10.9.0.1)",
    "(icmp",
    "icmp)",
    "icmp and",
    "and icmp",
    "icmp or or udp",
    "icmp udp",
    "host",
    "host 300.1.1.1",
    "host 1.2.3",
    "net 1.2.3.4.5",
    "net 10.9.0.1/24",
    "net 10.9.0.1 mask 255.255.255.0",
    "port 70000",
    "port -1",
    "port foo",
    "portrange 5",
    "portrange 9-5",
    "len >",
    "ip[",
    "ip[0",
    "ip[0:3]",
    "ip[0:0]",
    "ip[99999999999]",
    "ip[x]",
    "proto foo",
    "proto 300",
    "ip proto 256",
    "ether proto 0x10000",
    "vlan 4096",
    "vlan -1",
    "type mgt",
    "wlan addr1 1:2:3:4:5:6",
    "1 = 1",
    "1 = 2",
    "0x10 = 020",
    "len = len",
    "5 > 3 and icmp",
    "icmp or 1 = 2",
    "ip[0] = ip[0]",
    "1/0 = 1",
    "ip[0]/0 = 1",
    "len % 0 = 1",
    "1 << 33 = 0",
    "src",
    "dst",
    "src net 10.9.0 and icmp",
    "dst net 127.0.0.0/8",
    "src host 10.9.0.1 or 10.9.0.2",
    "host 10.9.0.1 or 127.0.0.1 and icmp",
    "icmp && ip",
    "icmp || udp",
    "not not icmp",
    "not (not icmp)",
    "icmp and (not (src 10.9.0.1))",
    "ip host 10.9.0.1",
    "ip6 host ::1",
    "ip host ::1",
    "ip6 host 10.9.0.1",
    "tcp src port 80",
    "tcp dst port 80",
    "udp host 10.9.0.1",
    "port http",
    "port domain",
    "tcp port domain",
    "udp port http",
    "src port ftp-data",
    "dst 10.9.0.1 and udp",
    "byte 0 > 3",
    "link proto 0x800",
    "ether proto 34525",
    "sll",
    "llc",
    "llc u",
    "lat",
    "aarp",
    "clnp",
    "isis",
    "es-is",
    "l1",
    "fddi host 1:2:3:4:5:6",
    "wlan host 1:2:3:4:5:6",
    "radio[0] = 1",
    "rset 1",
    "on lo",
    "action pass",
    "hopcount 1",
    "dir nods",
];

/// The packets as another link has them: without the head of Ethernet, behind another one.
fn write(path: &std::path::Path, link: u32, head: impl Fn(&[u8]) -> Vec<u8>) {
    let mut file = Vec::new();
    for number in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, link] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    for packet in packets() {
        let packet = [&head(&packet[12..14]), &packet[14..]].concat();
        let length = packet.len() as u32;
        for number in [1_700_000_000, 0, length, length] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        file.extend(packet);
    }
    std::fs::write(path, file).unwrap();
}

fn filters_choose_the_same() {
    let (net, folder) = (Topology::alone(), folder());
    for expression in EXPRESSIONS {
        compare(
            net.client(),
            folder.path(),
            &["--count", "-r", "a.pcap", expression],
        );
    }
}

fn filters_of_other_links() {
    let (net, folder) = (Topology::alone(), folder());
    write(&folder.path().join("cooked"), 113, |kind| {
        [&[0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0], kind].concat()
    });
    write(&folder.path().join("cooked2"), 276, |kind| {
        [
            kind,
            &[0, 0, 0, 0, 0, 1, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0],
        ]
        .concat()
    });
    write(&folder.path().join("raw"), 101, |_| Vec::new());
    for file in ["cooked", "cooked2", "raw"] {
        for expression in EXPRESSIONS.iter().step_by(2) {
            compare(
                net.client(),
                folder.path(),
                &["--count", "-r", file, expression],
            );
        }
    }
}

fn expressions_of_files() {
    let (net, folder) = (Topology::alone(), folder());
    let file = folder.path().join("expression");
    std::fs::write(file, "tcp # all of it\nand port 80\n").unwrap();
    for args in [
        ["-nr", "a.pcap", "-F", "expression"],
        ["-nr", "a.pcap", "-F", "nosuch"],
        // Options behind the expression.
        ["-r", "a.pcap", "tcp", "-n"],
    ] {
        compare(net.client(), folder.path(), &args);
    }
}
