//! What a filter judges a socket by, and what every socket has.

/// A socket, whatever its family.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Socket<'a> {
    /// AF_….
    pub(crate) family: u8,
    /// SOCK_… or the protocol of IP.
    pub(crate) kind: u32,
    pub(crate) state: u8,
    pub(crate) local: [u8; 16],
    pub(crate) remote: [u8; 16],
    /// A port, an inode, an interface, a process.
    pub(crate) local_port: i32,
    pub(crate) remote_port: i32,
    pub(crate) receive_queue: u32,
    pub(crate) send_queue: u32,
    pub(crate) inode: u32,
    pub(crate) user: u32,
    pub(crate) interface: u32,
    pub(crate) cookie: u64,
    pub(crate) mark: u32,
    pub(crate) cgroup: u64,
    /// Of a UNIX domain socket.
    pub(crate) name: Option<&'a str>,
    pub(crate) peer_name: Option<&'a str>,
}

/// TCP_….
pub(crate) const ESTABLISHED: u8 = 1;
pub(crate) const CLOSE: u8 = 7;
pub(crate) const LISTEN: u8 = 10;

/// What ss calls a state.
pub(crate) fn state_name(state: u8) -> &'static str {
    const NAMES: [&str; 12] = [
        "UNKNOWN",
        "ESTAB",
        "SYN-SENT",
        "SYN-RECV",
        "FIN-WAIT-1",
        "FIN-WAIT-2",
        "TIME-WAIT",
        "UNCONN",
        "CLOSE-WAIT",
        "LAST-ACK",
        "LISTEN",
        "CLOSING",
    ];
    NAMES.get(usize::from(state)).copied().unwrap_or("UNKNOWN")
}

impl Socket<'_> {
    /// What ss calls its kind.
    pub(crate) fn netid(&self) -> &'static str {
        use crate::filter::{INET, INET6, NETLINK, PACKET, TIPC, UNIX, VSOCK, XDP};
        const STREAM: u32 = 1;
        const DATAGRAM: u32 = 2;
        match (self.family, self.kind) {
            (UNIX, STREAM) => "u_str",
            (UNIX, 5) => "u_seq",
            (UNIX, _) => "u_dgr",
            (INET | INET6, 0) => "raw",
            (INET | INET6, 6) => "tcp",
            (INET | INET6, 17) => "udp",
            (INET | INET6, 33) => "dccp",
            (INET | INET6, 58) => "icmp6",
            (INET | INET6, 132) => "sctp",
            (INET | INET6, 262) => "mptcp",
            (PACKET, 3) => "p_raw",
            (PACKET, _) => "p_dgr",
            (NETLINK, _) => "nl",
            (TIPC, STREAM) => "ti_st",
            (TIPC, DATAGRAM) => "ti_dg",
            (TIPC, 4) => "ti_rd",
            (TIPC, 5) => "ti_sq",
            (VSOCK, STREAM) => "v_str",
            (VSOCK, DATAGRAM) => "v_dgr",
            (XDP, _) => "xdp",
            (INET | INET6 | TIPC | VSOCK, _) => "???",
            _ => "unknown",
        }
    }
}
