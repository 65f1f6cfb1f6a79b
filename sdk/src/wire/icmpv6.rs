//! ICMPv6 (RFC 4443), and the options of neighbour discovery (RFC 4861 section 4.6).

pub use etherparse::icmpv6::{
    CODE_DST_UNREACH_ADDR, CODE_DST_UNREACH_BEYOND_SCOPE, CODE_DST_UNREACH_NO_ROUTE,
    CODE_DST_UNREACH_PORT, CODE_DST_UNREACH_PROHIBITED, TYPE_DST_UNREACH, TYPE_ECHO_REPLY,
    TYPE_ECHO_REQUEST, TYPE_NEIGHBOR_ADVERTISEMENT, TYPE_NEIGHBOR_SOLICITATION,
    TYPE_PACKET_TOO_BIG, TYPE_PARAMETER_PROBLEM, TYPE_ROUTER_ADVERTISEMENT,
    TYPE_ROUTER_SOLICITATION, TYPE_TIME_EXCEEDED,
};
pub use etherparse::icmpv6::{
    NdpOptionSlice as NeighborOption, NdpOptionsIterator as NeighborOptions,
    RouterAdvertisementPayloadSlice as AdvertisementView,
};
pub use etherparse::{Icmpv6Header as Header, Icmpv6Slice as View, Icmpv6Type as Message};
