//! The counters `TcpExt` of /proc/net/netstat.

use super::{Entry, Kind};

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
