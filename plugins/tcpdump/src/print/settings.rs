//! What the command line says about the text of packets.

/// How the time of a packet is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Time {
    /// The time of day.
    #[default]
    Clock,
    /// Not at all (-t).
    None,
    /// Seconds since 1970 (-tt).
    Unix,
    /// Since the packet before (-ttt).
    SincePrevious,
    /// Day and time (-tttt).
    Date,
    /// Since the first packet (-ttttt).
    SinceFirst,
}

/// What the payload is taken for, whatever its port (-T).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(crate) enum Payload {
    Aodv,
    Carp,
    Cnfp,
    Domain,
    Lmp,
    Pgm,
    PgmZmtp1,
    Ptp,
    Quic,
    Radius,
    Resp,
    Rpc,
    Rtcp,
    Rtp,
    Snmp,
    Someip,
    Tftp,
    Vat,
    Vxlan,
    Wb,
    Zmtp1,
}

impl Payload {
    /// By its name after -T.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        let all = [
            ("aodv", Self::Aodv),
            ("carp", Self::Carp),
            ("cnfp", Self::Cnfp),
            ("domain", Self::Domain),
            ("lmp", Self::Lmp),
            ("pgm", Self::Pgm),
            ("pgm_zmtp1", Self::PgmZmtp1),
            ("ptp", Self::Ptp),
            ("quic", Self::Quic),
            ("radius", Self::Radius),
            ("resp", Self::Resp),
            ("rpc", Self::Rpc),
            ("rtcp", Self::Rtcp),
            ("rtp", Self::Rtp),
            ("snmp", Self::Snmp),
            ("someip", Self::Someip),
            ("tftp", Self::Tftp),
            ("vat", Self::Vat),
            ("vxlan", Self::Vxlan),
            ("wb", Self::Wb),
            ("zmtp1", Self::Zmtp1),
        ];
        let found = all
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, payload)| payload)
    }
}

/// The options of the text.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Settings {
    /// How often -v.
    pub(crate) verbose: u8,
    /// How often -q.
    pub(crate) quiet: u8,
    /// -e: the header of the link.
    pub(crate) link: bool,
    /// How often -X.
    pub(crate) hex_ascii: u8,
    /// How often -x.
    pub(crate) hex: u8,
    /// How often -A.
    pub(crate) ascii: u8,
    /// -S: absolute numbers of sequence.
    pub(crate) absolute: bool,
    /// -t.
    pub(crate) time: Time,
    /// Nine digits behind the point.
    pub(crate) nano: bool,
    /// -#: the number of each packet.
    pub(crate) number: bool,
    /// --lengths.
    pub(crate) lengths: bool,
    /// -K: no checksums are looked at.
    pub(crate) trust_checksums: bool,
    /// -n: no names of hosts; twice: no names at all.
    pub(crate) numeric: u8,
    /// -N: no domain behind a name.
    pub(crate) short_names: bool,
    /// -u: undecoded handles of NFS.
    pub(crate) raw_handles: bool,
    /// -H: the draft of mesh networks.
    pub(crate) mesh: bool,
    /// -g: no line break after the header of IP.
    pub(crate) one_line: bool,
    /// -b: AS numbers with a point.
    pub(crate) as_dot: bool,
    /// -f: foreign addresses by number.
    pub(crate) foreign_numeric: bool,
    /// -T.
    pub(crate) payload: Option<Payload>,
    /// Minutes east of Greenwich.
    pub(crate) zone: i32,
    /// --skip and --print-sampling: only each so manieth packet.
    pub(crate) sampling: u32,
}

impl Settings {
    /// Whether a packet's bytes are written anyway, so that unknown ones need not be.
    #[must_use]
    pub(crate) fn dumps(&self) -> bool {
        self.hex > 0 || self.hex_ascii > 0 || self.ascii > 0 || self.quiet > 0
    }
}
