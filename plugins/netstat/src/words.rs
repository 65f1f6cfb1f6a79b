//! The sentences of net-tools for counters of the kernel, in its order, in which a counter is looked up by halves. Where
//! that order is not sorted, net-tools does not find some of them, and so it is here.

mod ipv6;
mod tcp_ext;

pub(crate) use ipv6::{ICMP6, IP6, UDP6};
pub(crate) use tcp_ext::TCPEXT;

/// How a counter is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Always.
    Number,
    /// Unless it is 0.
    Positive,
    /// Below the heading for what came in, or what went out.
    Incoming,
    Outgoing,
    /// 1 or 2, as a word.
    Forwarding,
    /// Not at all.
    Silent,
}

/// A counter, its sentence with `%` for the number, and how it is told.
pub(crate) type Entry = (&'static str, &'static str, Kind);

pub(crate) const IP: &[Entry] = &[
    ("DefaultTTL", "Default TTL is %", Kind::Silent),
    ("Forwarding", "Forwarding is %", Kind::Forwarding),
    ("ForwDatagrams", "% forwarded", Kind::Number),
    ("FragCreates", "% fragments created", Kind::Positive),
    (
        "FragFails",
        "% outgoing packets failed fragmentation",
        Kind::Positive,
    ),
    (
        "FragOKs",
        "% outgoing packets fragmented ok",
        Kind::Positive,
    ),
    ("InAddrErrors", "% with invalid addresses", Kind::Positive),
    ("InDelivers", "% incoming packets delivered", Kind::Number),
    ("InDiscards", "% incoming packets discarded", Kind::Number),
    ("InHdrErrors", "% with invalid headers", Kind::Positive),
    ("InReceives", "% total packets received", Kind::Number),
    ("InUnknownProtos", "% with unknown protocol", Kind::Positive),
    ("OutDiscards", "% outgoing packets dropped", Kind::Positive),
    (
        "OutNoRoutes",
        "% dropped because of missing route",
        Kind::Positive,
    ),
    ("OutRequests", "% requests sent out", Kind::Number),
    ("ReasmFails", "% packet reassemblies failed", Kind::Positive),
    ("ReasmOKs", "% packets reassembled ok", Kind::Positive),
    ("ReasmReqds", "% reassemblies required", Kind::Positive),
    (
        "ReasmTimeout",
        "% fragments dropped after timeout",
        Kind::Positive,
    ),
];

pub(crate) const ICMP: &[Entry] = &[
    ("InAddrMaskReps", "address mask replies: %", Kind::Incoming),
    ("InAddrMasks", "address mask request: %", Kind::Incoming),
    (
        "InDestUnreachs",
        "destination unreachable: %",
        Kind::Incoming,
    ),
    ("InEchoReps", "echo replies: %", Kind::Incoming),
    ("InEchos", "echo requests: %", Kind::Incoming),
    ("InErrors", "% input ICMP message failed", Kind::Number),
    ("InMsgs", "% ICMP messages received", Kind::Number),
    ("InParmProbs", "wrong parameters: %", Kind::Incoming),
    ("InRedirects", "redirects: %", Kind::Incoming),
    ("InSrcQuenchs", "source quenches: %", Kind::Incoming),
    ("InTimeExcds", "timeout in transit: %", Kind::Incoming),
    ("InTimestampReps", "timestamp reply: %", Kind::Incoming),
    ("InTimestamps", "timestamp request: %", Kind::Incoming),
    ("OutAddrMaskReps", "address mask replies: %", Kind::Outgoing),
    ("OutAddrMasks", "address mask requests: %", Kind::Outgoing),
    (
        "OutDestUnreachs",
        "destination unreachable: %",
        Kind::Outgoing,
    ),
    ("OutEchoReps", "echo replies: %", Kind::Outgoing),
    ("OutEchos", "echo requests: %", Kind::Outgoing),
    ("OutErrors", "% ICMP messages failed", Kind::Number),
    ("OutMsgs", "% ICMP messages sent", Kind::Number),
    ("OutParmProbs", "wrong parameters: %", Kind::Outgoing),
    ("OutRedirects", "redirect: %", Kind::Outgoing),
    ("OutSrcQuenchs", "source quench: %", Kind::Outgoing),
    ("OutTimeExcds", "time exceeded: %", Kind::Outgoing),
    ("OutTimestampReps", "timestamp replies: %", Kind::Outgoing),
    ("OutTimestamps", "timestamp requests: %", Kind::Outgoing),
];

pub(crate) const TCP: &[Entry] = &[
    ("ActiveOpens", "% active connection openings", Kind::Number),
    ("AttemptFails", "% failed connection attempts", Kind::Number),
    ("CurrEstab", "% connections established", Kind::Number),
    ("EstabResets", "% connection resets received", Kind::Number),
    ("InErrs", "% bad segments received", Kind::Number),
    ("InSegs", "% segments received", Kind::Number),
    ("MaxConn", "", Kind::Silent),
    ("OutRsts", "% resets sent", Kind::Number),
    ("OutSegs", "% segments sent out", Kind::Number),
    (
        "PassiveOpens",
        "% passive connection openings",
        Kind::Number,
    ),
    ("RetransSegs", "% segments retransmitted", Kind::Number),
    ("RtoAlgorithm", "RTO algorithm is %", Kind::Silent),
    ("RtoMax", "", Kind::Silent),
    ("RtoMin", "", Kind::Silent),
];

pub(crate) const UDP: &[Entry] = &[
    ("InDatagrams", "% packets received", Kind::Number),
    ("InErrors", "% packet receive errors", Kind::Number),
    (
        "NoPorts",
        "% packets to unknown port received",
        Kind::Number,
    ),
    ("OutDatagrams", "% packets sent", Kind::Number),
    ("RcvbufErrors", "% receive buffer errors", Kind::Number),
    ("SndbufErrors", "% send buffer errors", Kind::Number),
];

pub(crate) const SCTP: &[Entry] = &[
    ("SctpAborteds", "% Number of Aborteds ", Kind::Number),
    ("SctpActiveEstabs", "% Active Associations", Kind::Number),
    (
        "SctpChecksumErrors",
        "% Number of Packets with invalid Checksum",
        Kind::Number,
    ),
    ("SctpCurrEstab", "% Current Associations", Kind::Number),
    (
        "SctpFragUsrMsgs",
        "% Number of messages fragmented",
        Kind::Number,
    ),
    (
        "SctpInCtrlChunks",
        "% Number of control chunks received",
        Kind::Number,
    ),
    (
        "SctpInOrderChunks",
        "% Number of ordered chunks received",
        Kind::Number,
    ),
    (
        "SctpInSCTPPacks",
        "% Number of SCTP packets received",
        Kind::Number,
    ),
    (
        "SctpInUnorderChunks",
        "% Number of Unordered chunks received",
        Kind::Number,
    ),
    (
        "SctpOutCtrlChunks",
        "% Number of control chunks sent",
        Kind::Number,
    ),
    (
        "SctpOutOfBlues",
        "% Number of Out of Blue packets",
        Kind::Number,
    ),
    (
        "SctpOutOrderChunks",
        "% Number of ordered chunks sent",
        Kind::Number,
    ),
    (
        "SctpOutSCTPPacks",
        "% Number of SCTP packets sent",
        Kind::Number,
    ),
    (
        "SctpOutUnorderChunks",
        "% Number of Unordered chunks sent",
        Kind::Number,
    ),
    ("SctpPassiveEstabs", "% Passive Associations", Kind::Number),
    (
        "SctpReasmUsrMsgs",
        "% Number of messages reassembled ",
        Kind::Number,
    ),
    (
        "SctpShutdowns",
        "% Number of Graceful Terminations",
        Kind::Number,
    ),
];
