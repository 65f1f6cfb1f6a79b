//! The types of a change of the network configuration. Where a field is a number without names here, it is the kernel's
//! number (linux/rtnetlink.h, linux/if_link.h, linux/fib_rules.h, linux/neighbour.h).
//!
//! These are the types of wit/netlink.wit, with the same order and layout, but not generated from it: they are sent
//! over the channel to the broker, which has no WebAssembly engine.

use serde::{Deserialize, Serialize};

use crate::entity::Entity;
use crate::value::{Attribute, AttributeValue, IpAddress, LinkAddress};

/// A link to create or to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkChange {
    /// 0: the link is selected by its name, or is new.
    pub index: u32,
    /// AF_UNSPEC, or AF_BRIDGE.
    pub family: u8,
    /// Its name; its new name if there is an index.
    pub name: Option<String>,
    /// The values of the flags (IFF_…) in `flags_mask`.
    pub flags: u32,
    /// The flags that change.
    pub flags_mask: u32,
    /// IFLA_….
    pub attributes: Vec<Attribute>,
    /// IFLA_INFO_KIND, such as `veth`.
    pub kind: Option<String>,
    /// The attributes of its kind.
    pub kind_data: Vec<Attribute>,
    /// IFLA_INFO_SLAVE_KIND.
    pub port_kind: Option<String>,
    /// The attributes of a port of that kind.
    pub port_data: Vec<Attribute>,
    /// The other end of a veth pair.
    pub peer: Option<LinkPeer>,
    /// The network namespace to move it to: a name of ip-netns(8), or a process id.
    pub namespace: Option<String>,
}

/// The other end of a new veth pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPeer {
    /// Its name.
    pub name: Option<String>,
    /// IFLA_….
    pub attributes: Vec<Attribute>,
    /// The network namespace in which it is created.
    pub namespace: Option<String>,
}

/// An address of an interface: RTM_NEWADDR.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// AF_INET or AF_INET6.
    pub family: u8,
    /// The interface.
    pub index: u32,
    /// The prefix length.
    pub prefix_length: u8,
    /// IFA_F_….
    pub flags: u32,
    /// RT_SCOPE_….
    pub scope: u8,
    /// IFA_LOCAL.
    pub local: Option<IpAddress>,
    /// IFA_ADDRESS: the other end of a point-to-point link; otherwise the address itself.
    pub peer: Option<IpAddress>,
    /// IFA_BROADCAST.
    pub broadcast: Option<IpAddress>,
    /// IFA_ANYCAST.
    pub anycast: Option<IpAddress>,
    /// IFA_LABEL.
    pub label: Option<String>,
    /// IFA_RT_PRIORITY.
    pub metric: Option<u32>,
    /// IFA_PROTO.
    pub protocol: Option<u8>,
    /// struct ifa_cacheinfo.
    pub lifetime: Option<Lifetime>,
}

/// How long an address stays preferred and valid, in seconds; 4294967295 means forever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifetime {
    /// How long it stays preferred.
    pub preferred: u32,
    /// How long it stays valid.
    pub valid: u32,
}

/// struct rta_cacheinfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteCache {
    /// The number of users.
    pub users: u32,
    /// The time of the last use.
    pub last_use: u32,
    /// In 1/100 s.
    pub expires: i32,
    /// An errno.
    pub error: u32,
    /// The number of uses.
    pub used: u32,
}

/// Counters of a multicast route: struct rta_mfc_stats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forwarded {
    /// Packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
    /// Packets that arrived on another interface.
    pub wrong_interface: u64,
    /// Time since the last packet, in 1/100 s.
    pub idle: Option<u64>,
}

/// One of the next hops of a multipath route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextHop {
    /// RTNH_F_….
    pub flags: u8,
    /// Its weight minus one.
    pub hops: u8,
    /// The output interface.
    pub output_interface: u32,
    /// RTA_GATEWAY or RTA_VIA.
    pub gateway: Option<IpAddress>,
    /// RTA_FLOW.
    pub realms: Option<u32>,
    /// RTA_ENCAP_TYPE.
    pub encapsulation: Option<u16>,
}

/// A route: RTM_NEWROUTE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// AF_INET, AF_INET6, AF_MPLS; 128 and 129 for multicast routes.
    pub family: u8,
    /// RTA_DST.
    pub destination: Option<IpAddress>,
    /// The prefix length of the destination.
    pub destination_length: u8,
    /// RTA_SRC.
    pub source: Option<IpAddress>,
    /// The prefix length of the source.
    pub source_length: u8,
    /// The type of service.
    pub tos: u8,
    /// RTA_TABLE.
    pub table: u32,
    /// RTPROT_…: who created the route.
    pub protocol: u8,
    /// RT_SCOPE_….
    pub scope: u8,
    /// RTN_…, such as 1 for unicast.
    pub kind: u8,
    /// RTM_F_… and RTNH_F_….
    pub flags: u32,
    /// RTA_IIF.
    pub input_interface: Option<u32>,
    /// RTA_OIF.
    pub output_interface: Option<u32>,
    /// The gateway; RTA_VIA if its family is not that of the route.
    pub gateway: Option<IpAddress>,
    /// RTA_PREFSRC.
    pub preferred_source: Option<IpAddress>,
    /// RTA_PRIORITY.
    pub metric: Option<u32>,
    /// RTA_FLOW.
    pub realms: Option<u32>,
    /// RTA_PREF (RFC 4191).
    pub preference: Option<u8>,
    /// RTA_MARK.
    pub mark: Option<u32>,
    /// RTA_UID.
    pub user: Option<u32>,
    /// RTA_NH_ID.
    pub next_hop_id: Option<u32>,
    /// Seconds until the route expires.
    pub expires: Option<u32>,
    /// RTA_ENCAP_TYPE.
    pub encapsulation: Option<u16>,
    /// RTA_CACHEINFO.
    pub cache: Option<RouteCache>,
    /// RTAX_… and its value; the text RTAX_CC_ALGO is in `congestion_control` instead.
    pub metrics: Option<Vec<(u8, u32)>>,
    /// RTAX_CC_ALGO.
    pub congestion_control: Option<String>,
    /// RTA_MULTIPATH.
    pub next_hops: Option<Vec<NextHop>>,
    /// For a multicast route.
    pub forwarded: Option<Forwarded>,
}

/// A range of ports or users, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first number.
    pub first: u32,
    /// The last number.
    pub last: u32,
}

/// A policy routing rule: RTM_NEWRULE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// AF_INET, AF_INET6; 128 and 129 for multicast routing.
    pub family: u8,
    /// FIB_RULE_….
    pub flags: u32,
    /// FR_ACT_….
    pub action: u8,
    /// None in a new rule: the kernel chooses a priority before all other rules except the first.
    pub priority: Option<u32>,
    /// FRA_TABLE.
    pub table: u32,
    /// FRA_SRC.
    pub source: Option<IpAddress>,
    /// The prefix length of the source.
    pub source_length: u8,
    /// FRA_DST.
    pub destination: Option<IpAddress>,
    /// The prefix length of the destination.
    pub destination_length: u8,
    /// The type of service.
    pub tos: u8,
    /// FRA_IIFNAME.
    pub input_interface: Option<String>,
    /// FRA_OIFNAME.
    pub output_interface: Option<String>,
    /// FRA_FWMARK.
    pub mark: Option<u32>,
    /// FRA_FWMASK.
    pub mark_mask: Option<u32>,
    /// FRA_FLOW.
    pub realms: Option<u32>,
    /// The priority to go to.
    pub goto_priority: Option<u32>,
    /// FRA_SUPPRESS_PREFIXLEN.
    pub suppress_prefix_length: Option<u32>,
    /// FRA_SUPPRESS_IFGROUP.
    pub suppress_group: Option<u32>,
    /// FRA_PROTOCOL: who created the rule.
    pub protocol: Option<u8>,
    /// FRA_IP_PROTO.
    pub ip_protocol: Option<u8>,
    /// FRA_SPORT_RANGE.
    pub source_ports: Option<Range>,
    /// FRA_DPORT_RANGE.
    pub destination_ports: Option<Range>,
    /// FRA_UID_RANGE.
    pub users: Option<Range>,
    /// FRA_L3MDEV.
    pub through_vrf: bool,
    /// FRA_TUN_ID.
    pub tunnel_id: Option<u64>,
}

/// struct nda_cacheinfo; times in 1/100 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeighbourCache {
    /// Time since it was confirmed.
    pub confirmed: u32,
    /// Time since it was used.
    pub used: u32,
    /// Time since it was updated.
    pub updated: u32,
    /// The number of users.
    pub users: u32,
}

/// An entry of the ARP or neighbour discovery table: RTM_NEWNEIGH.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// AF_INET, AF_INET6; AF_BRIDGE for the forwarding table of a bridge.
    pub family: u8,
    /// The interface.
    pub index: u32,
    /// NUD_….
    pub state: u16,
    /// NTF_…, with NTF_EXT_… above bit 8.
    pub flags: u32,
    /// RTN_….
    pub kind: u8,
    /// NDA_DST.
    pub destination: Option<IpAddress>,
    /// NDA_LLADDR.
    pub link_address: Option<LinkAddress>,
    /// NDA_PROBES.
    pub probes: Option<u32>,
    /// NDA_PROTOCOL: who created the entry.
    pub protocol: Option<u8>,
    /// NDA_CACHEINFO.
    pub cache: Option<NeighbourCache>,
}

/// A label for the selection of source addresses (RFC 6724): RTM_NEWADDRLABEL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressLabel {
    /// IFAL_ADDRESS.
    pub prefix: IpAddress,
    /// The prefix length.
    pub prefix_length: u8,
    /// The interface; 0 for any.
    pub index: u32,
    /// IFAL_LABEL.
    pub label: u32,
}

/// A multicast address that a link receives: /proc/net/dev_mcast, igmp, igmp6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MulticastAddress {
    /// The index of the link.
    pub index: u32,
    /// The name of the link.
    pub name: String,
    /// The address: a link-layer address, or an IP multicast group.
    pub address: AttributeValue,
    /// The number of users.
    pub users: u32,
    /// Added manually.
    pub permanent: bool,
}

/// The parameters of a neighbour table, for a family or for one link: RTM_NEWNEIGHTBL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeighbourTable {
    /// AF_INET or AF_INET6.
    pub family: u8,
    /// Such as `arp_cache`.
    pub name: String,
    /// NDTA_…; NDTA_PARMS contains the parameters of one link or of all links (NDTPA_…).
    pub attributes: Vec<Attribute>,
}

/// The name of a network namespace, as ip-netns(8) assigns it: a mount below /run/netns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceName {
    /// The name.
    pub name: String,
    /// A process in the namespace that gets the name. Without a process, a new namespace is created.
    pub process: Option<u32>,
}

/// Assigns a number (nsid) to the namespace that has this name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceNumbering {
    /// The name of the namespace.
    pub name: String,
    /// None: the kernel chooses the number.
    pub id: Option<u32>,
}

/// A TUN or TAP device that persists without a program (TUNSETIFF, TUNSETPERSIST).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TunDevice {
    /// Its name.
    pub name: String,
    /// A TAP device, which carries Ethernet frames.
    pub tap: bool,
    /// The user who may open it.
    pub user: Option<u32>,
    /// The group that may open it.
    pub group: Option<u32>,
    /// Without IFF_NO_PI.
    pub packet_information: bool,
    /// IFF_VNET_HDR.
    pub vnet_header: bool,
    /// IFF_MULTI_QUEUE.
    pub multi_queue: bool,
}

/// Alternative names for a link: RTM_NEWLINKPROP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkNames {
    /// The link.
    pub index: u32,
    /// The names.
    pub names: Vec<String>,
}

/// The object of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// A link.
    Link(LinkChange),
    /// An address of a link.
    Address(Address),
    /// A route.
    Route(Route),
    /// A policy routing rule.
    Rule(Rule),
    /// A neighbour.
    Neighbour(Neighbour),
    /// A label for the selection of source addresses.
    AddressLabel(AddressLabel),
    /// A TUN or TAP device.
    TunDevice(TunDevice),
    /// The parameters of a neighbour table.
    NeighbourTable(NeighbourTable),
    /// An additional link-layer multicast address of a link: SIOCADDMULTI, SIOCDELMULTI.
    MulticastAddress(MulticastAddress),
    /// The name of a network namespace.
    NamespaceName(NamespaceName),
    /// The number of a network namespace.
    NamespaceNumbering(NamespaceNumbering),
    /// Can only be removed: the metrics of this address, or of all addresses.
    TcpMetrics(Option<IpAddress>),
    /// Alternative names of a link.
    LinkNames(LinkNames),
    /// An object without a record of its own. Of the variants, this one is not in wit/netlink.wit.
    Entity(Entity),
}

/// How a packet would be routed: RTM_GETROUTE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteLookup {
    /// RTA_DST.
    pub destination: IpAddress,
    /// The prefix length of the destination.
    pub destination_length: u8,
    /// RTA_SRC.
    pub source: Option<IpAddress>,
    /// The prefix length of the source.
    pub source_length: u8,
    /// RTA_IIF.
    pub input_interface: Option<u32>,
    /// RTA_OIF.
    pub output_interface: Option<u32>,
    /// The type of service.
    pub tos: u8,
    /// RTA_MARK.
    pub mark: Option<u32>,
    /// RTA_UID.
    pub user: Option<u32>,
    /// RTA_IP_PROTO.
    pub ip_protocol: Option<u8>,
    /// RTA_SPORT.
    pub source_port: Option<u16>,
    /// RTA_DPORT.
    pub destination_port: Option<u16>,
    /// RTM_F_FIB_MATCH: return the matching route, not the result of the lookup for this packet.
    pub fib_match: bool,
}
