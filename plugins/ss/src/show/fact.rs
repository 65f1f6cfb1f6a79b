//! A socket as an object of JSON: every fact that the kernel told.

use std::io::Write;

use nethost_sdk::Exit;
use nethost_sdk::output::{Format, Output};
use nethost_sdk::sock_diag::{Attributes, INET6, Inet, u8_at, u16_at, u32_at, u64_at};
use serde::Serialize;

use super::Show;
use super::inet::{self, attribute};
use super::tcp_info::TcpInfo;
use crate::socket::{Socket, state_name};

/// A socket.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Fact {
    netid: &'static str,
    state: &'static str,
    recv_q: u32,
    send_q: u32,
    local: End,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<End>,
    inode: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookie: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cgroup: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timer: Option<Timer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    v6only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shutdown: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tos: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traffic_class: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class_id: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<Memory>,
    #[serde(skip_serializing_if = "Option::is_none")]
    congestion_control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp_info: Option<Info>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pending: Vec<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    processes: Vec<Process>,
}

#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct End {
    address: String,
    port: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Timer {
    name: &'static str,
    expires_ms: u32,
    retransmits: u8,
}

/// SK_MEMINFO_….
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Memory {
    rmem_alloc: u32,
    rcvbuf: u32,
    wmem_alloc: u32,
    sndbuf: u32,
    fwd_alloc: u32,
    wmem_queued: u32,
    optmem: u32,
    backlog: u32,
    drops: u32,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct File {
    inode: u32,
    major: u32,
    minor: u32,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Process {
    pid: u32,
    /// With -T.
    #[serde(skip_serializing_if = "Option::is_none")]
    tid: Option<u32>,
    command: String,
    fd: u32,
}

macro_rules! info {
    ($($name:ident: $type:ident $at:literal,)*) => {
        /// struct tcp_info, with its names; times in microseconds as there.
        #[derive(Debug, Serialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        struct Info { $($name: $type,)* }

        impl Info {
            fn of(info: TcpInfo<'_>) -> Self {
                Self { $($name: info.$type($at),)* }
            }
        }
    };
}

info! {
    ca_state: u8 1, retransmits: u8 2, probes: u8 3, backoff: u8 4, options: u8 5, wscale: u8 6, app_limited: u8 7,
    rto: u32 8, ato: u32 12, snd_mss: u32 16, rcv_mss: u32 20, unacked: u32 24, sacked: u32 28, lost: u32 32,
    retrans: u32 36, fackets: u32 40, last_data_sent: u32 44, last_ack_sent: u32 48, last_data_recv: u32 52,
    last_ack_recv: u32 56, pmtu: u32 60, rcv_ssthresh: u32 64, rtt: u32 68, rttvar: u32 72, snd_ssthresh: u32 76,
    snd_cwnd: u32 80, advmss: u32 84, reordering: u32 88, rcv_rtt: u32 92, rcv_space: u32 96, total_retrans: u32 100,
    pacing_rate: u64 104, max_pacing_rate: u64 112, bytes_acked: u64 120, bytes_received: u64 128, segs_out: u32 136,
    segs_in: u32 140, notsent_bytes: u32 144, min_rtt: u32 148, data_segs_in: u32 152, data_segs_out: u32 156,
    delivery_rate: u64 160, busy_time: u64 168, rwnd_limited: u64 176, sndbuf_limited: u64 184, delivered: u32 192,
    delivered_ce: u32 196, bytes_sent: u64 200, bytes_retrans: u64 208, dsack_dups: u32 216, reord_seen: u32 220,
    rcv_ooopack: u32 224, snd_wnd: u32 228, rcv_wnd: u32 232, rehash: u32 236,
}

/// Writes one.
pub(super) fn print(fact: &Fact) -> Result<(), Exit> {
    Output::stdout(Format::Json).json(fact)
}

fn memory(facts: &[u8]) -> Memory {
    let at = |index: usize| u32_at(facts, index * 4);
    Memory {
        rmem_alloc: at(0),
        rcvbuf: at(1),
        wmem_alloc: at(2),
        sndbuf: at(3),
        fwd_alloc: at(4),
        wmem_queued: at(5),
        optmem: at(6),
        backlog: at(7),
        drops: at(8),
    }
}

fn text(octets: &[u8]) -> String {
    let end = octets.iter().position(|octet| *octet == 0);
    String::from_utf8_lossy(&octets[..end.unwrap_or(octets.len())]).into_owned()
}

impl Fact {
    fn of<W: Write>(show: &mut Show<W>, socket: &Socket<'_>) -> Self {
        let owners = show.owners.all(socket.inode).map(|(process, fd)| Process {
            pid: process.process,
            tid: show.options.threads.then_some(process.thread),
            command: process.command.clone(),
            fd,
        });
        Self {
            netid: socket.netid(),
            state: state_name(socket.state),
            recv_q: socket.receive_queue,
            send_q: socket.send_queue,
            inode: socket.inode,
            processes: owners.collect(),
            ..Self::default()
        }
    }

    /// A socket of IP.
    pub(super) fn of_inet<W: Write>(
        show: &mut Show<W>,
        socket: &Socket<'_>,
        message: Inet<'_>,
        attributes: &inet::Attributes<'_>,
    ) -> Self {
        const TIMERS: [&str; 5] = ["off", "on", "keepalive", "timewait", "persist"];
        let end = |address: std::net::SocketAddr| End {
            address: address.ip().to_string(),
            port: address.port().to_string(),
        };
        let octet = |id| attributes.get(id).map(|value| u8_at(value, 0));
        let timer = (message.timer() != 0).then(|| Timer {
            name: TIMERS
                .get(usize::from(message.timer()))
                .copied()
                .unwrap_or("unknown"),
            expires_ms: message.expires(),
            retransmits: message.retransmits(),
        });
        let interface = (socket.interface != 0).then(|| show.interface(socket.interface));
        let options = attributes.get(attribute::OPTIONS);
        let info = attributes.get(attribute::INFO);
        Self {
            local: end(message.local()),
            peer: Some(end(message.remote())),
            uid: Some(socket.user),
            cookie: Some(format!("{:x}", socket.cookie)),
            interface,
            mark: (socket.mark != 0).then_some(socket.mark),
            cgroup: attributes.get(attribute::CGROUP).map(|id| u64_at(id, 0)),
            timer,
            v6only: octet(attribute::V6_ONLY)
                .filter(|_| message.family() == INET6)
                .map(|only| only != 0),
            shutdown: octet(attribute::SHUTDOWN),
            tos: octet(attribute::TOS),
            traffic_class: octet(attribute::TRAFFIC_CLASS),
            class_id: attributes.get(attribute::CLASS).map(|id| u32_at(id, 0)),
            options: options
                .map(|bits| inet::socket_options(u16_at(bits, 0)).collect())
                .unwrap_or_default(),
            memory: attributes.get(attribute::SOCKET_MEMORY).map(memory),
            congestion_control: attributes.get(attribute::CONGESTION).map(text),
            tcp_info: info
                .filter(|_| socket.kind == 6)
                .map(|info| Info::of(TcpInfo(info))),
            ..Self::of(show, socket)
        }
    }

    /// A UNIX domain socket.
    pub(super) fn of_unix<W: Write>(
        show: &mut Show<W>,
        socket: &Socket<'_>,
        attributes: Attributes<'_>,
    ) -> Self {
        let pending = attributes.find(3).unwrap_or_default();
        Self {
            local: End {
                address: socket.name.unwrap_or_default().to_owned(),
                port: socket.local_port.cast_unsigned().to_string(),
            },
            peer: attributes.find(2).map(|peer| End {
                address: String::new(),
                port: u32_at(peer, 0).to_string(),
            }),
            shutdown: attributes.find(6).map(|mask| u8_at(mask, 0)),
            memory: attributes.find(5).map(memory),
            file: attributes.find(1).map(|file| {
                let (major, minor) = super::unix::device_numbers(u32_at(file, 4));
                File {
                    inode: u32_at(file, 0),
                    major,
                    minor,
                }
            }),
            pending: pending
                .chunks_exact(4)
                .map(|peer| u32_at(peer, 0))
                .collect(),
            ..Self::of(show, socket)
        }
    }

    /// Any other socket.
    pub(super) fn of_other<W: Write>(
        show: &mut Show<W>,
        socket: &Socket<'_>,
        address: &str,
        port: &str,
    ) -> Self {
        Self {
            local: End {
                address: address.to_owned(),
                port: port.to_owned(),
            },
            uid: Some(socket.user),
            cookie: (socket.cookie != 0).then(|| format!("{:x}", socket.cookie)),
            ..Self::of(show, socket)
        }
    }
}
