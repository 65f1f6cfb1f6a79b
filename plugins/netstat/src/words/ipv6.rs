//! The counters of /proc/net/snmp6.

use super::{Entry, Kind};

pub(crate) const IP6: &[Entry] = &[
    ("Ip6FragCreates", "% fragments created", Kind::Positive),
    (
        "Ip6FragFails",
        "% outgoing packets failed fragmentation",
        Kind::Positive,
    ),
    (
        "Ip6FragOKs",
        "% outgoing packets fragmented ok",
        Kind::Positive,
    ),
    (
        "Ip6InAddrErrors",
        "% with invalid addresses",
        Kind::Positive,
    ),
    (
        "Ip6InDelivers",
        "% incoming packets delivered",
        Kind::Number,
    ),
    (
        "Ip6InDiscards",
        "% incoming packets discarded",
        Kind::Number,
    ),
    ("Ip6InHdrErrors", "% with invalid headers", Kind::Positive),
    (
        "Ip6InMcastPkts",
        "% incoming multicast packets",
        Kind::Positive,
    ),
    (
        "Ip6InNoRoutes",
        "% incoming packets with no route",
        Kind::Positive,
    ),
    ("Ip6InReceives", "% total packets received", Kind::Number),
    (
        "Ip6InTooBigErrors",
        "% with packets too big",
        Kind::Positive,
    ),
    (
        "Ip6InTruncatedPkts",
        "% with truncated packets",
        Kind::Positive,
    ),
    (
        "Ip6InUnknownProtos",
        "% with unknown protocol",
        Kind::Positive,
    ),
    (
        "Ip6OutDiscards",
        "% outgoing packets dropped",
        Kind::Positive,
    ),
    ("Ip6OutForwDatagrams", "% forwarded", Kind::Number),
    (
        "Ip6OutMcastPkts",
        "% outgoing multicast packets",
        Kind::Positive,
    ),
    (
        "Ip6OutNoRoutes",
        "% dropped because of missing route",
        Kind::Positive,
    ),
    ("Ip6OutRequests", "% requests sent out", Kind::Number),
    (
        "Ip6ReasmFails",
        "% packet reassemblies failed",
        Kind::Positive,
    ),
    ("Ip6ReasmOKs", "% packets reassembled ok", Kind::Positive),
    ("Ip6ReasmReqds", "% reassemblies required", Kind::Positive),
    (
        "Ip6ReasmTimeout",
        "% fragments dropped after timeout",
        Kind::Positive,
    ),
];

pub(crate) const ICMP6: &[Entry] = &[
    (
        "Icmp6InDestUnreachs",
        "destination unreachable: %",
        Kind::Incoming,
    ),
    ("Icmp6InEchoReplies", "echo replies: %", Kind::Incoming),
    ("Icmp6InEchos", "echo requests: %", Kind::Incoming),
    ("Icmp6InErrors", "% input ICMP message failed", Kind::Number),
    (
        "Icmp6InGroupMembQueries",
        "group member queries: %",
        Kind::Incoming,
    ),
    (
        "Icmp6InGroupMembReductions",
        "group member reductions: %",
        Kind::Incoming,
    ),
    (
        "Icmp6InGroupMembResponses",
        "group member responses: %",
        Kind::Incoming,
    ),
    ("Icmp6InMsgs", "% ICMP messages received", Kind::Number),
    (
        "Icmp6InNeighborAdvertisements",
        "neighbour advertisement: %",
        Kind::Incoming,
    ),
    (
        "Icmp6InNeighborSolicits",
        "neighbour solicits: %",
        Kind::Incoming,
    ),
    (
        "Icmp6InParmProblems",
        "parameter problem: %",
        Kind::Incoming,
    ),
    ("Icmp6InPktTooBigs", "packets too big: %", Kind::Incoming),
    ("Icmp6InRedirects", "redirects: %", Kind::Incoming),
    (
        "Icmp6InRouterAdvertisements",
        "router advertisement: %",
        Kind::Incoming,
    ),
    (
        "Icmp6InRouterSolicits",
        "router solicits: %",
        Kind::Incoming,
    ),
    (
        "Icmp6InTimeExcds",
        "received ICMPv6 time exceeded: %",
        Kind::Incoming,
    ),
    (
        "Icmp6OutDestUnreachs",
        "destination unreachable: %",
        Kind::Outgoing,
    ),
    ("Icmp6OutEchoReplies", "echo replies: %", Kind::Outgoing),
    ("Icmp6OutEchos", "echo requests: %", Kind::Outgoing),
    (
        "Icmp6OutGroupMembQueries",
        "group member queries: %",
        Kind::Outgoing,
    ),
    (
        "Icmp6OutGroupMembReductions",
        "group member reductions: %",
        Kind::Outgoing,
    ),
    (
        "Icmp6OutGroupMembResponses",
        "group member responses: %",
        Kind::Outgoing,
    ),
    ("Icmp6OutMsgs", "% ICMP messages sent", Kind::Number),
    (
        "Icmp6OutNeighborAdvertisements",
        "neighbor advertisements: %",
        Kind::Outgoing,
    ),
    (
        "Icmp6OutNeighborSolicits",
        "neighbor solicits: %",
        Kind::Outgoing,
    ),
    (
        "Icmp6OutParmProblems",
        "parameter problem: %",
        Kind::Outgoing,
    ),
    ("Icmp6OutPktTooBigs", "packets too big: %", Kind::Outgoing),
    ("Icmp6OutRedirects", "redirects: %", Kind::Outgoing),
    (
        "Icmp6OutRouterAdvertisements ",
        "router advertisement: %",
        Kind::Outgoing,
    ),
    (
        "Icmp6OutRouterSolicits",
        "router solicits: %",
        Kind::Outgoing,
    ),
    (
        "Icmp6OutTimeExcds",
        "sent ICMPv6 time exceeded: %",
        Kind::Outgoing,
    ),
];

pub(crate) const UDP6: &[Entry] = &[
    ("Udp6InDatagrams", "% packets received", Kind::Number),
    ("Udp6InErrors", "% packet receive errors", Kind::Number),
    (
        "Udp6NoPorts",
        "% packets to unknown port received",
        Kind::Number,
    ),
    ("Udp6OutDatagrams", "% packets sent", Kind::Number),
];
