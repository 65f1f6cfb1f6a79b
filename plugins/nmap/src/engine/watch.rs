//! What a scan tells while it runs: open ports, packets, and how many there were.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nethost_sdk::Exit;
use nethost_sdk::clock::{self, Mark};
use nethost_sdk::socket::NetworkError;

use super::{Column, Goal};
use crate::options::Scan;
use crate::outputs::Outputs;
use crate::packet::{self, Answer, Kind};

/// Packets and octets, with IP headers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) sent_octets: u64,
    pub(crate) received: u64,
    pub(crate) received_octets: u64,
}

/// Shows each packet, with the time since the start of the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trace {
    pub(crate) began: Mark,
    pub(crate) ttl: u8,
}

/// Tells now and then how far a scan is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stats {
    pub(crate) every: Duration,
    pub(crate) next: Mark,
    /// When the run began.
    pub(crate) began: Mark,
    /// When this scan began.
    pub(crate) since: Mark,
    pub(crate) title: &'static str,
    pub(crate) completed: u64,
    pub(crate) up: usize,
}

/// Takes note of what happens.
pub(crate) struct Watch<'a> {
    pub(crate) stats: Option<Stats>,
    pub(crate) counts: &'a mut Counts,
    pub(crate) outputs: &'a mut Outputs,
    pub(crate) trace: Option<Trace>,
    pub(crate) verbose: bool,
}

/// Letters of TCP flags, from the lowest.
const FLAGS: [(u8, char); 8] = [
    (packet::SYN, 'S'),
    (packet::FIN, 'F'),
    (packet::RST, 'R'),
    (packet::PSH, 'P'),
    (packet::ACK, 'A'),
    (packet::URG, 'U'),
    (64, 'E'),
    (128, 'C'),
];

fn letters(flags: u8) -> String {
    let set = FLAGS.iter().filter(|(flag, _)| flags & flag != 0);
    set.map(|(_, letter)| *letter).collect()
}

/// The option that says how large segments may be, if it is the first one.
fn segment_size(segment: &[u8]) -> String {
    match segment.get(20..24) {
        Some(&[2, 4, high, low]) => format!("<mss {}>", u16::from_be_bytes([high, low])),
        _ => String::new(),
    }
}

/// The times of a timestamp reply (RFC 792).
fn times(message: &[u8]) -> String {
    let word = |at: usize| {
        let word = message
            .get(at..at + 4)
            .and_then(|word| word.try_into().ok());
        word.map_or(0, u32::from_be_bytes)
    };
    format!(" orig={} recv={} trans={}", word(8), word(12), word(16))
}

/// What an ICMP error says, in words.
fn unreachable(ipv6: bool, protocol: u8, error: &NetworkError<'_>) -> String {
    let target = error.remote.ip();
    let port = error.quoted.get(2..4).and_then(|port| port.try_into().ok());
    match (ipv6, error.icmp_type, error.icmp_code) {
        (false, 3, 0) => format!("Network {target} unreachable"),
        (false, 3, 1) => format!("Host {target} unreachable"),
        (false, 3, 2) => format!("Protocol {protocol} unreachable"),
        (false, 3, 3) => match port.map(u16::from_be_bytes).filter(|_| protocol == 6) {
            Some(port) => format!("Port {port} unreachable"),
            None => "Port unreachable".to_owned(),
        },
        (false, 3, 9) => "Destination network administratively prohibited".to_owned(),
        (false, 3, 10) => "Destination host administratively prohibited".to_owned(),
        (false, 3, 13) => "Communication administratively prohibited by filtering".to_owned(),
        (false, 11, 0) => "TTL=0 during transit".to_owned(),
        (false, 11, _) => "TTL=0 during reassembly".to_owned(),
        (_, kind, code) => crate::state::icmp_reason(ipv6, kind, code)
            .name()
            .to_owned(),
    }
}

/// `0:01:30`.
fn hours(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours}:{minutes:02}:{:02}", seconds % 60)
}

impl Watch<'_> {
    pub(crate) fn sent(&mut self, octets: usize) {
        self.counts.sent += 1;
        self.counts.sent_octets += octets as u64;
    }

    pub(crate) fn received(&mut self, octets: usize) {
        self.counts.received += 1;
        self.counts.received_octets += octets as u64;
    }

    /// A port was found to be open.
    pub(crate) fn open(&mut self, scan: Scan, host: IpAddr, port: u16) -> Result<(), Exit> {
        if !self.verbose {
            return Ok(());
        }
        let protocol = scan.protocol().name();
        self.outputs.screen(format_args!(
            "Discovered open port {port}/{protocol} on {host}\n"
        ))
    }

    /// How far the scan is, if it is time to tell. Returns how long that may wait.
    pub(crate) fn progress(&mut self, done: f64) -> Result<Duration, Exit> {
        let now = clock::now();
        let Some(stats) = &mut self.stats else {
            return Ok(Duration::MAX);
        };
        if now < stats.next {
            return Ok(stats.next.since(now));
        }
        stats.next = now.plus(stats.every);
        let Stats {
            title,
            completed,
            up,
            ..
        } = *stats;
        let elapsed = now.since(stats.began).as_secs();
        let took = now.since(stats.since).as_secs_f64();
        let left = if done > 0.0 { took / done - took } else { 0.0 };
        let wait = stats.every;
        let etc = Timestamp::now() + SignedDuration::from_secs(left as i64);
        let etc = crate::time::at(etc).strftime("%H:%M").to_string();
        let (done, elapsed, left) = (done * 100.0, hours(elapsed), hours(left as u64));
        self.outputs.screen(format_args!(
            "Stats: {elapsed} elapsed; {completed} hosts completed ({up} up), {up} undergoing {title}\n{title} Timing: About {done:.2}% done; ETC: {etc} ({left} remaining)\n"
        ))?;
        self.outputs.flush()?;
        Ok(wait)
    }

    /// Probes of a host are not sent again, because the options forbid it.
    pub(super) fn capped(&mut self, host: IpAddr, most: u8, goal: Goal) -> Result<(), Exit> {
        match goal {
            Goal::Hosts { .. } => Ok(()),
            Goal::Ports(_) => self.outputs.normal(format_args!(
                "Warning: {host} giving up on port because retransmission cap hit ({most}).\n"
            )),
        }
    }

    /// What a connection came to.
    pub(crate) fn connected(&mut self, host: IpAddr, port: u16, result: &str) -> Result<(), Exit> {
        let Some(trace) = self.trace else {
            return Ok(());
        };
        let at = self.stamp(trace);
        self.outputs.normal(format_args!(
            "CONN ({at:.4}s) TCP localhost > {host}:{port} => {result}\n"
        ))
    }

    /// A request of ARP was sent.
    pub(crate) fn arp_sent(
        &mut self,
        asked: Ipv4Addr,
        own: Ipv4Addr,
        octets: usize,
    ) -> Result<(), Exit> {
        self.sent(octets);
        let Some(trace) = self.trace else {
            return Ok(());
        };
        let at = self.stamp(trace);
        self.outputs.normal(format_args!(
            "SENT ({at:.4}s) ARP who-has {asked} tell {own}\n"
        ))
    }

    /// An answer of ARP came.
    pub(crate) fn arp_received(
        &mut self,
        host: Ipv4Addr,
        hardware: [u8; 6],
        octets: usize,
    ) -> Result<(), Exit> {
        self.received(octets);
        let Some(trace) = self.trace else {
            return Ok(());
        };
        let (at, hardware) = (self.stamp(trace), crate::report::hardware(hardware));
        self.outputs.normal(format_args!(
            "RCVD ({at:.4}s) ARP reply {host} is-at {hardware}\n"
        ))
    }

    fn stamp(&self, trace: Trace) -> f64 {
        clock::now().since(trace.began).as_secs_f64()
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn trace_sent(
        &mut self,
        from: IpAddr,
        to: IpAddr,
        column: &Column,
        local: u16,
        sequence: u32,
        length: usize,
    ) -> Result<(), Exit> {
        let Some(trace) = self.trace else {
            return Ok(());
        };
        let at = self.stamp(trace);
        let (port, ttl) = (column.port, trace.ttl);
        let line = match column.kind {
            Kind::Tcp(flags) => {
                let sequence = if flags == packet::ACK { 0 } else { sequence };
                let options = match flags & packet::SYN {
                    0 => "",
                    _ if to.is_ipv6() => "<mss 1440>",
                    _ => "<mss 1460>",
                };
                format!(
                    "TCP {from}:{local} > {to}:{port} {} ttl={ttl} id=0 iplen={length}  seq={sequence} win=1024 {options}",
                    letters(flags)
                )
            }
            Kind::Udp => format!("UDP {from}:{local} > {to}:{port} ttl={ttl} id=0 iplen={length} "),
            Kind::SctpInit | Kind::SctpCookieEcho => {
                format!("SCTP {from}:{local} > {to}:{port} ttl={ttl} id=0 iplen={length}")
            }
            Kind::Protocol(number) => {
                let name = crate::services::protocol_name(number);
                format!("{name} ({number}) {from} > {to}: ttl={ttl} id=0 iplen={length} ")
            }
            Kind::Echo | Kind::Timestamp | Kind::Mask => {
                let (what, kind, rest) = match column.kind {
                    Kind::Echo if to.is_ipv6() => ("Echo request", 128, ""),
                    Kind::Echo => ("Echo request", 8, ""),
                    Kind::Timestamp => ("Timestamp request", 13, " orig=0 recv=0 trans=0"),
                    _ => ("Address mask request", 17, " mask=0.0.0.0"),
                };
                let family = if to.is_ipv6() { "ICMPv6" } else { "ICMP" };
                format!(
                    "{family} [{from} > {to} {what} (type={kind}/code=0) id={local} seq=0{rest}] IP [ttl={ttl} id=0 iplen={length} ]"
                )
            }
        };
        self.outputs
            .normal(format_args!("SENT ({at:.4}s) {line}\n"))
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn trace_received(
        &mut self,
        from: IpAddr,
        to: Option<IpAddr>,
        local: u16,
        protocol: u8,
        transport: &[u8],
        ttl: u8,
        length: usize,
    ) -> Result<(), Exit> {
        let (Some(trace), Some(answer)) = (self.trace, packet::read(protocol, transport)) else {
            return Ok(());
        };
        let at = self.stamp(trace);
        let to = to.map(|to| to.to_string()).unwrap_or_default();
        let line = match answer {
            Answer::Tcp {
                port,
                flags,
                sequence,
                window,
                ..
            } => format!(
                "TCP {from}:{port} > {to}:{local} {} ttl={ttl} id=0 iplen={length}  seq={sequence} win={window} {}",
                letters(flags),
                segment_size(transport)
            ),
            Answer::Udp { port, .. } => {
                format!("UDP {from}:{port} > {to}:{local} ttl={ttl} id=0 iplen={length} ")
            }
            Answer::SctpInitAck { port } | Answer::SctpAbort { port } => {
                format!("SCTP {from}:{port} > {to}:{local} ttl={ttl} id=0 iplen={length}")
            }
            Answer::Other => {
                let name = crate::services::protocol_name(protocol);
                format!("{name} ({protocol}) {from} > {to}: ttl={ttl} id=0 iplen={length} ")
            }
            Answer::Icmp { kind, .. } => {
                let (what, rest) = match kind {
                    0 | 129 => ("Echo reply", String::new()),
                    14 => ("Timestamp reply", times(transport)),
                    _ => ("Address mask reply", String::new()),
                };
                let family = if from.is_ipv6() { "ICMPv6" } else { "ICMP" };
                format!(
                    "{family} [{from} > {to} {what} (type={kind}/code=0) id={local} seq=0{rest}] IP [ttl={ttl} id=0 iplen={length} ]"
                )
            }
        };
        self.outputs
            .normal(format_args!("RCVD ({at:.4}s) {line}\n"))
    }

    pub(super) fn trace_error(
        &mut self,
        from: Option<IpAddr>,
        to: Option<IpAddr>,
        protocol: u8,
        error: &NetworkError<'_>,
        ttl: u8,
    ) -> Result<(), Exit> {
        let (Some(trace), Some(from)) = (self.trace, from) else {
            return Ok(());
        };
        let at = self.stamp(trace);
        let to = to.map(|to| to.to_string()).unwrap_or_default();
        let (kind, code) = (error.icmp_type, error.icmp_code);
        let ipv6 = from.is_ipv6();
        let reason = unreachable(ipv6, protocol, error);
        let family = if from.is_ipv6() { "ICMPv6" } else { "ICMP" };
        let length = error.quoted.len() + 48;
        self.outputs.normal(format_args!(
            "RCVD ({at:.4}s) {family} [{from} > {to} {reason} (type={kind}/code={code}) ] IP [ttl={ttl} id=0 iplen={length} ]\n"
        ))
    }
}
