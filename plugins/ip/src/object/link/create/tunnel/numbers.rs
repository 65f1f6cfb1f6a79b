//! The numbers of what a tunnel is told.

/// Which numbers the attributes have, and which words there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Form {
    /// IFLA_GRE_… over IPv4 or IPv6.
    Gre { six: bool, erspan: bool },
    /// IFLA_IPTUN_… over IPv4 or IPv6.
    Ip { six: bool, sit: bool },
}

/// The form of a kind, if it is such a tunnel.
pub(in super::super) fn form(kind: &str) -> Option<Form> {
    Some(match kind {
        "gre" | "gretap" => Form::Gre {
            six: false,
            erspan: false,
        },
        "erspan" => Form::Gre {
            six: false,
            erspan: true,
        },
        "ip6gre" | "ip6gretap" | "ip6erspan" => Form::Gre {
            six: true,
            erspan: true,
        },
        "ipip" | "sit" => Form::Ip {
            six: false,
            sit: kind == "sit",
        },
        "ip6tnl" => Form::Ip {
            six: true,
            sit: false,
        },
        _ => return None,
    })
}

/// The numbers of attributes that both forms have.
pub(super) struct Ids {
    pub(super) link: u32,
    pub(super) local: u32,
    pub(super) remote: u32,
    pub(super) ttl: u32,
    pub(super) tos: u32,
    pub(super) discovery: u32,
    pub(super) limit: u32,
    pub(super) flow: u32,
    pub(super) flags: u32,
    /// Type, flags and two ports.
    pub(super) encapsulation: u32,
    pub(super) external: u32,
    pub(super) mark: u32,
}

pub(super) const GRE: Ids = Ids {
    link: 1,
    local: 6,
    remote: 7,
    ttl: 8,
    tos: 9,
    discovery: 10,
    limit: 11,
    flow: 12,
    flags: 13,
    encapsulation: 14,
    external: 18,
    mark: 20,
};
pub(super) const IP: Ids = Ids {
    link: 1,
    local: 2,
    remote: 3,
    ttl: 4,
    tos: 5,
    discovery: 10,
    limit: 6,
    flow: 7,
    flags: 8,
    encapsulation: 15,
    external: 19,
    mark: 20,
};

/// IFLA_GRE_IFLAGS, OFLAGS, IKEY, OKEY, IGNORE_DF and ERSPAN_….
pub(super) const IN_FLAGS: u32 = 2;
pub(super) const OUT_FLAGS: u32 = 3;
pub(super) const IN_KEY: u32 = 4;
pub(super) const OUT_KEY: u32 = 5;
pub(super) const IGNORE_DF: u32 = 19;
pub(super) const ERSPAN_INDEX: u32 = 21;
pub(super) const ERSPAN_VERSION: u32 = 22;
pub(super) const ERSPAN_DIRECTION: u32 = 23;
pub(super) const ERSPAN_HARDWARE: u32 = 24;
/// GRE_CSUM, GRE_KEY and GRE_SEQ.
pub(super) const CHECKSUM: u64 = 0x8000;
pub(super) const KEY: u64 = 0x2000;
pub(super) const SEQUENCE: u64 = 0x1000;
/// IFLA_IPTUN_PROTO and 6RD_….
pub(super) const PROTOCOL: u32 = 9;
pub(super) const SIX_RD: u32 = 11;
/// IP6_TNL_F_….
pub(super) const NO_LIMIT: u64 = 1;
pub(super) const SAME_CLASS: u64 = 2;
pub(super) const SAME_LABEL: u64 = 4;
pub(super) const COPY_DSCP: u64 = 0x10;
pub(super) const SAME_MARK: u64 = 0x20;
pub(super) const LOCAL_REMOTE: u64 = 0x40;
/// SIT_ISATAP.
pub(super) const ISATAP: u64 = 1;
