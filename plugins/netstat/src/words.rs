//! The sentences of net-tools for counters of the kernel, in its order, in which a counter is looked up by halves. Where
//! that order is not sorted, net-tools does not find some of them, and so it is here.

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

pub(crate) const TCPEXT: &[Entry] = &[
    (
        "DelayedACKLocked",
        "% delayed acks further delayed because of locked socket",
        Kind::Positive,
    ),
    (
        "DelayedACKLost",
        "Quick ack mode was activated % times",
        Kind::Positive,
    ),
    ("DelayedACKs", "% delayed acks sent", Kind::Positive),
    (
        "EmbryonicRsts",
        "% resets received for embryonic SYN_RECV sockets",
        Kind::Positive,
    ),
    (
        "ListenDrops",
        "% SYNs to LISTEN sockets dropped",
        Kind::Positive,
    ),
    (
        "ListenOverflows",
        "% times the listen queue of a socket overflowed",
        Kind::Positive,
    ),
    (
        "LockDroppedIcmps",
        "% ICMP packets dropped because socket was locked",
        Kind::Positive,
    ),
    (
        "OfoPruned",
        "% packets dropped from out-of-order queue because of socket buffer overrun",
        Kind::Positive,
    ),
    (
        "OutOfWindowIcmps",
        "% ICMP packets dropped because they were out-of-window",
        Kind::Positive,
    ),
    (
        "PAWSActive",
        "% active connections rejected because of time stamp",
        Kind::Positive,
    ),
    (
        "PAWSEstab",
        "% packets rejected in established connections because of timestamp",
        Kind::Positive,
    ),
    (
        "PAWSPassive",
        "% passive connections rejected because of time stamp",
        Kind::Positive,
    ),
    (
        "PruneCalled",
        "% packets pruned from receive queue because of socket buffer overrun",
        Kind::Positive,
    ),
    (
        "RcvPruned",
        "% packets pruned from receive queue",
        Kind::Positive,
    ),
    (
        "SockMallocOOM",
        "Ran % times out of system memory during packet sending",
        Kind::Positive,
    ),
    (
        "SyncookiesFailed",
        "% invalid SYN cookies received",
        Kind::Positive,
    ),
    ("SyncookiesRecv", "% SYN cookies received", Kind::Positive),
    ("SyncookiesSent", "% SYN cookies sent", Kind::Positive),
    (
        "TCPAbortFailed",
        "% times unable to send RST due to no memory",
        Kind::Positive,
    ),
    (
        "TCPAbortOnClose",
        "% connections reset due to early user close",
        Kind::Positive,
    ),
    (
        "TCPAbortOnData",
        "% connections reset due to unexpected data",
        Kind::Positive,
    ),
    (
        "TCPAbortOnLinger",
        "% connections aborted after user close in linger timeout",
        Kind::Positive,
    ),
    (
        "TCPAbortOnMemory",
        "% connections aborted due to memory pressure",
        Kind::Positive,
    ),
    (
        "TCPAbortOnSyn",
        "% connections reset due to unexpected SYN",
        Kind::Positive,
    ),
    (
        "TCPAbortOnTimeout",
        "% connections aborted due to timeout",
        Kind::Positive,
    ),
    (
        "TCPDirectCopyFromBacklog",
        "% bytes directly in process context from backlog",
        Kind::Positive,
    ),
    (
        "TCPDirectCopyFromPrequeue",
        "% bytes directly received in process context from prequeue",
        Kind::Positive,
    ),
    (
        "TCPDSACKOfoRecv",
        "% DSACKs for out of order packets received",
        Kind::Positive,
    ),
    (
        "TCPDSACKOfoSent",
        "% DSACKs sent for out of order packets",
        Kind::Positive,
    ),
    (
        "TCPDSACKOldSent",
        "% DSACKs sent for old packets",
        Kind::Positive,
    ),
    ("TCPDSACKRecv", "% DSACKs received", Kind::Positive),
    (
        "TCPDSackUndo",
        "% congestion window recovered without slow start using DSACK",
        Kind::Positive,
    ),
    (
        "TCPDSACKUndo",
        "% congestion windows recovered without slow start by DSACK",
        Kind::Positive,
    ),
    (
        "TCPFACKReorder",
        "Detected reordering % times using FACK",
        Kind::Positive,
    ),
    ("TCPFastRetrans", "% fast retransmits", Kind::Positive),
    ("TCPForwardRetrans", "% forward retransmits", Kind::Positive),
    (
        "TCPFullUndo",
        "% congestion windows fully recovered without slow start",
        Kind::Positive,
    ),
    ("TCPHPAcks", "% predicted acknowledgments", Kind::Positive),
    ("TCPHPHits", "% packet headers predicted", Kind::Number),
    (
        "TCPHPHitsToUser",
        "% packet headers predicted and directly queued to user",
        Kind::Positive,
    ),
    (
        "TCPLossFailures",
        "% timeouts in loss state",
        Kind::Positive,
    ),
    ("TCPLoss", "% TCP data loss events", Kind::Positive),
    (
        "TCPLossUndo",
        "% congestion windows recovered without slow start after partial ack",
        Kind::Positive,
    ),
    ("TCPLostRetransmits", "% retransmits lost", Kind::Positive),
    (
        "TCPMemoryPressures",
        "TCP ran low on memory % times",
        Kind::Positive,
    ),
    (
        "TCPPartialUndo",
        "% congestion windows partially recovered using Hoe heuristic",
        Kind::Positive,
    ),
    (
        "TCPPrequeued",
        "% packets directly queued to recvmsg prequeue",
        Kind::Positive,
    ),
    (
        "TCPPrequeueDropped",
        "% packets dropped from prequeue",
        Kind::Positive,
    ),
    (
        "TCPPureAcks",
        "% acknowledgments not containing data payload received",
        Kind::Positive,
    ),
    (
        "TCPRcvCollapsed",
        "% packets collapsed in receive queue due to low socket buffer",
        Kind::Positive,
    ),
    (
        "TCPRenoFailures",
        "% timeouts after reno fast retransmit",
        Kind::Positive,
    ),
    (
        "TCPRenoRecoveryFailed",
        "% reno fast retransmits failed",
        Kind::Positive,
    ),
    (
        "TCPRenoRecoveryFail",
        "% classic Reno fast retransmits failed",
        Kind::Positive,
    ),
    (
        "TCPRenoRecovery",
        "% times recovered from packet loss due to fast retransmit",
        Kind::Positive,
    ),
    (
        "TCPRenoReorder",
        "Detected reordering % times using reno fast retransmit",
        Kind::Positive,
    ),
    (
        "TCPSackFailures",
        "% timeouts after SACK recovery",
        Kind::Positive,
    ),
    (
        "TCPSackRecoveryFail",
        "% SACK retransmits failed",
        Kind::Positive,
    ),
    (
        "TCPSackRecovery",
        "% times recovered from packet loss by selective acknowledgements",
        Kind::Positive,
    ),
    (
        "TCPSACKReneging",
        "% bad SACK blocks received",
        Kind::Positive,
    ),
    (
        "TCPSACKReorder",
        "Detected reordering % times using SACK",
        Kind::Positive,
    ),
    (
        "TCPSchedulerFailed",
        "% times receiver scheduled too late for direct processing",
        Kind::Positive,
    ),
    (
        "TCPSlowStartRetrans",
        "% retransmits in slow start",
        Kind::Positive,
    ),
    ("TCPTimeouts", "% other TCP timeouts", Kind::Positive),
    (
        "TCPTSReorder",
        "Detected reordering % times using time stamp",
        Kind::Positive,
    ),
    (
        "TWKilled",
        "% TCP sockets finished time wait in slow timer",
        Kind::Positive,
    ),
    (
        "TW",
        "% TCP sockets finished time wait in fast timer",
        Kind::Positive,
    ),
    (
        "TWRecycled",
        "% time wait sockets recycled by time stamp",
        Kind::Positive,
    ),
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
