//! BGP: names of its numbers.

use super::printer::Table;

pub(crate) const MESSAGES: &Table = &[
    (1, "Open"),
    (2, "Update"),
    (3, "Notification"),
    (4, "Keepalive"),
    (5, "Route Refresh"),
];
pub(crate) const FILTER_REFRESH: &Table = &[(1, "Immediate"), (2, "Defer")];
pub(crate) const FILTERS: &Table = &[(64, "Address Prefix ORF"), (65, "CP-ORF")];
pub(crate) const REFRESH: &Table = &[
    (0, "Normal route refresh request"),
    (1, "Demarcation of the beginning of a route refresh"),
    (2, "Demarcation of the ending of a route refresh"),
];
pub(crate) const ATTRIBUTES: &Table = &[
    (1, "Origin"),
    (2, "AS Path"),
    (17, "AS4 Path"),
    (3, "Next Hop"),
    (4, "Multi Exit Discriminator"),
    (5, "Local Preference"),
    (6, "Atomic Aggregate"),
    (7, "Aggregator"),
    (18, "Aggregator4"),
    (8, "Community"),
    (9, "Originator ID"),
    (10, "Cluster List"),
    (14, "Multi-Protocol Reach NLRI"),
    (15, "Multi-Protocol Unreach NLRI"),
    (16, "Extended Community"),
    (22, "PMSI Tunnel"),
    (23, "Tunnel Encapsulation"),
    (24, "Traffic Engineering"),
    (25, "IPv6 Extended Community"),
    (26, "Accumulated IGP Metric"),
    (27, "PE Distinguisher Label"),
    (28, "Entropy Label"),
    (32, "Large Community"),
    (33, "BGPsec Path"),
    (35, "Only to Customer (OTC)"),
    (128, "Attribute Set"),
    (255, "Reserved for development"),
];
pub(crate) const PATH_OPEN: &Table = &[(2, ""), (1, "{ "), (3, "( "), (4, "({ ")];
pub(crate) const PATH_CLOSE: &Table = &[(2, ""), (1, "}"), (3, ")"), (4, "})")];
pub(crate) const OPTIONS: &Table = &[
    (1, "Authentication Information"),
    (2, "Capabilities Advertisement"),
];
pub(crate) const CAPABILITIES: &Table = &[
    (1, "Multiprotocol Extensions"),
    (2, "Route Refresh"),
    (3, "Cooperative Route Filtering"),
    (4, "Multiple Routes to a Destination"),
    (5, "Extended Next Hop Encoding"),
    (6, "BGP Extended Message"),
    (7, "BGPsec"),
    (8, "Multiple Labels"),
    (64, "Graceful Restart"),
    (65, "32-Bit AS Number"),
    (67, "Dynamic Capability"),
    (68, "Multisession BGP"),
    (69, "Multiple Paths"),
    (70, "Enhanced Route Refresh"),
    (71, "Long-lived Graceful Restart"),
    (128, "Route Refresh (Cisco)"),
    (9, "Role Capability"),
];
pub(crate) const ERRORS: &Table = &[
    (1, "Message Header Error"),
    (2, "OPEN Message Error"),
    (3, "UPDATE Message Error"),
    (4, "Hold Timer Expired"),
    (5, "Finite State Machine Error"),
    (6, "Cease"),
    (7, "ROUTE-REFRESH Message Error"),
    (8, "Send Hold Timer Expired"),
];
pub(crate) const CEASE: &Table = &[
    (1, "Maximum Number of Prefixes Reached"),
    (2, "Administrative Shutdown"),
    (3, "Peer Unconfigured"),
    (4, "Administrative Reset"),
    (5, "Connection Rejected"),
    (6, "Other Configuration Change"),
    (7, "Connection Collision Resolution"),
    (8, "Out of Resources"),
    (9, "Hard Reset"),
    (10, "BFD Down"),
];
pub(crate) const MESSAGE_ERRORS: &Table = &[
    (1, "Connection Not Synchronized"),
    (2, "Bad Message Length"),
    (3, "Bad Message Type"),
];
pub(crate) const OPEN_ERRORS: &Table = &[
    (1, "Unsupported Version Number"),
    (2, "Bad Peer AS"),
    (3, "Bad BGP Identifier"),
    (4, "Unsupported Optional Parameter"),
    (5, "Authentication Failure"),
    (6, "Unacceptable Hold Time"),
    (7, "Capability Message Error"),
];
pub(crate) const UPDATE_ERRORS: &Table = &[
    (1, "Malformed Attribute List"),
    (2, "Unrecognized Well-known Attribute"),
    (3, "Missing Well-known Attribute"),
    (4, "Attribute Flags Error"),
    (5, "Attribute Length Error"),
    (6, "Invalid ORIGIN Attribute"),
    (7, "AS Routing Loop"),
    (8, "Invalid NEXT_HOP Attribute"),
    (9, "Optional Attribute Error"),
    (10, "Invalid Network Field"),
    (11, "Malformed AS_PATH"),
];
pub(crate) const STATE_ERRORS: &Table = &[
    (0, "Unspecified Error"),
    (1, "In OpenSent State"),
    (2, "In OpenConfirm State"),
    (3, "In Established State"),
];
pub(crate) const REFRESH_ERRORS: &Table = &[(1, "Invalid Message Length")];
pub(crate) const ORIGINS: &Table = &[(0, "IGP"), (1, "EGP"), (2, "Incomplete")];
pub(crate) const TUNNELS: &Table = &[
    (1, "RSVP-TE P2MP LSP"),
    (2, "LDP P2MP LSP"),
    (3, "PIM-SSM Tree"),
    (4, "PIM-SM Tree"),
    (5, "PIM-Bidir Tree"),
    (6, "Ingress Replication"),
    (7, "LDP MP2MP LSP"),
];
pub(crate) const TUNNEL_FLAGS: &Table = &[(1, "Leaf Information required")];
pub(crate) const METRICS: &Table = &[(1, "AIGP")];
pub(crate) const ROLES: &Table = &[
    (0, "Provider"),
    (1, "RS"),
    (2, "RS-Client"),
    (3, "Customer"),
    (4, "Peer"),
];
pub(crate) const SUBSEQUENT: &Table = &[
    (0, "Reserved"),
    (1, "Unicast"),
    (2, "Multicast"),
    (3, "Unicast+Multicast"),
    (4, "labeled Unicast"),
    (64, "Tunnel"),
    (65, "VPLS"),
    (66, "MDT"),
    (70, "EVPN"),
    (128, "labeled VPN Unicast"),
    (129, "labeled VPN Multicast"),
    (130, "labeled VPN Unicast+Multicast"),
    (132, "Route Target Routing Information"),
    (5, "Multicast VPN"),
];
pub(crate) const RESTART_FLAGS: &Table = &[(8, "R"), (4, "N")];
pub(crate) const COMMUNITY_FLAGS: &Table = &[(32768, "vendor-specific"), (16384, "non-transitive")];
pub(crate) const VALIDATION: &Table = &[(0, "valid"), (1, "not found"), (2, "invalid")];
pub(crate) const COMMUNITIES: &Table = &[
    (2, "target"),
    (258, "target"),
    (514, "target"),
    (3, "origin"),
    (259, "origin"),
    (515, "origin"),
    (16388, "link-BW"),
    (17152, "origin-validation-state"),
    (5, "ospf-domain"),
    (261, "ospf-domain"),
    (517, "ospf-domain"),
    (32773, "ospf-domain"),
    (774, "ospf-route-type"),
    (32768, "ospf-route-type"),
    (780, "encapsulation"),
    (263, "ospf-router-id"),
    (32769, "ospf-router-id"),
    (32778, "layer2-info"),
    (34816, "eigrp-general-route (flag, tag)"),
    (34817, "eigrp-route-metric (AS, delay)"),
    (
        34818,
        "eigrp-route-metric (reliability, nexthop, bandwidth)",
    ),
    (34819, "eigrp-route-metric (load, MTU)"),
    (34820, "eigrp-external-route (remote-AS, remote-ID)"),
    (34821, "eigrp-external-route (remote-proto, remote-metric)"),
    (9, "source-AS"),
    (267, "vrf-route-import"),
    (10, "l2vpn-id"),
    (61706, "l2vpn-id"),
];
pub(crate) const ENCAPSULATIONS: &Table = &[
    (1, "L2TPv3 over IP"),
    (2, "GRE"),
    (3, "Transmit Tunnel"),
    (4, "IPsec"),
    (5, "IP in IP with IPsec"),
    (6, "MPLS in IP with IPsec"),
    (7, "IP in IP"),
    (8, "VXLAN"),
    (9, "NVGRE"),
    (10, "MPLS"),
    (11, "MPLS in GRE"),
    (12, "VXLAN GPE"),
    (13, "MPLS in UDP"),
    (14, "IPv6"),
    (15, "SR TE"),
    (16, "Bare"),
    (17, "SR"),
];
pub(crate) const OSPF_ROUTES: &Table = &[
    (1, "Router"),
    (2, "Network"),
    (3, "Summary"),
    (5, "External"),
    (7, "NSSA External"),
    (129, "MPLS-VPN Sham"),
];
pub(crate) const ADD_PATH: &Table = &[(1, "Receive"), (2, "Send"), (3, "Both")];
pub(crate) const SECURE_FLAGS: &Table = &[
    (1, "MBZ-0"),
    (2, "MBZ-1"),
    (4, "MBZ-2"),
    (8, "MBZ-3"),
    (16, "MBZ-4"),
    (32, "MBZ-5"),
    (64, "MBZ-6"),
    (128, "C"),
];
pub(crate) const MULTICAST_ROUTES: &Table = &[
    (1, "Intra-AS I-PMSI"),
    (2, "Inter-AS I-PMSI"),
    (3, "S-PMSI"),
    (4, "Intra-AS Segment-Leaf"),
    (5, "Source-Active"),
    (6, "Shared Tree Join"),
    (7, "Source Tree Join"),
];
pub(crate) const FLAGS: &Table = &[(128, "O"), (64, "T"), (32, "P"), (16, "E")];
