//! States of ports and hosts, and the reasons for them, with the names that nmap gives them.

/// The state of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum State {
    Open,
    Closed,
    Filtered,
    Unfiltered,
    OpenFiltered,
    ClosedFiltered,
}

impl State {
    pub(crate) const ALL: [Self; 6] = [
        Self::Open,
        Self::Closed,
        Self::Filtered,
        Self::Unfiltered,
        Self::OpenFiltered,
        Self::ClosedFiltered,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Filtered => "filtered",
            Self::Unfiltered => "unfiltered",
            Self::OpenFiltered => "open|filtered",
            Self::ClosedFiltered => "closed|filtered",
        }
    }

    /// Whether `--open` shows it.
    pub(crate) fn may_be_open(self) -> bool {
        matches!(self, Self::Open | Self::OpenFiltered | Self::Unfiltered)
    }
}

macro_rules! reasons {
    ($($variant:ident $name:literal,)*) => {
        /// Why something is in its state.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Reason { $($variant,)* }

        impl Reason {
            /// As a column or an attribute has it.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

reasons! {
    NoResponse "no-response",
    Reset "reset",
    SynAck "syn-ack",
    Syn "split-handshake-syn",
    ConnRefused "conn-refused",
    UdpResponse "udp-response",
    ProtoResponse "proto-response",
    InitAck "init-ack",
    Abort "abort",
    EchoReply "echo-reply",
    TimestampReply "timestamp-reply",
    MaskReply "addressmask-reply",
    ArpResponse "arp-response",
    NdResponse "nd-response",
    NetUnreach "net-unreach",
    HostUnreach "host-unreach",
    ProtoUnreach "proto-unreach",
    PortUnreach "port-unreach",
    UnknownUnreach "dest-unreach",
    NetProhibited "net-prohibited",
    HostProhibited "host-prohibited",
    AdminProhibited "admin-prohibited",
    NoRoute "no-route",
    BeyondScope "beyond-scope",
    RejectRoute "reject-route",
    TimeExceeded "time-exceeded",
    SourceQuench "source-quench",
    ParamProblem "param-problem",
    Localhost "localhost-response",
    UserSet "user-set",
    Denied "denied",
}

/// What an ICMP error says.
pub(crate) fn icmp_reason(ipv6: bool, kind: u8, code: u8) -> Reason {
    match (ipv6, kind, code) {
        (false, 3, 0) => Reason::NetUnreach,
        (false, 3, 1) => Reason::HostUnreach,
        (false, 3, 2) => Reason::ProtoUnreach,
        (false, 3, 3) | (true, 1, 4) => Reason::PortUnreach,
        (false, 3, 9) => Reason::NetProhibited,
        (false, 3, 10) => Reason::HostProhibited,
        (false, 3, 13) | (true, 1, 1) => Reason::AdminProhibited,
        (false, 4, _) => Reason::SourceQuench,
        (false, 11, _) | (true, 3, _) => Reason::TimeExceeded,
        (false, 12, _) | (true, 4, _) => Reason::ParamProblem,
        (true, 1, 0) => Reason::NoRoute,
        (true, 1, 2) => Reason::BeyondScope,
        (true, 1, 3) => Reason::HostUnreach,
        (true, 1, 6) => Reason::RejectRoute,
        _ => Reason::UnknownUnreach,
    }
}
