//! Conversations (--flows): who spoke with whom, how much, how far away, how much of it again.

mod order;
pub(crate) mod view;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::IpAddr;

use serde::Serialize;

use crate::decode::{Ip, Layer, Tcp, layers};
use crate::print::Packet;
use order::Order;

/// Conversations that are told apart. What comes later is counted together.
const MOST: usize = 65_536;

/// One end. Protocols without ports have port 0.
type End = (IpAddr, u16);

/// What one end has sent.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Sent {
    packets: u64,
    bytes: u64,
    /// Packets of TCP with octets that were sent before.
    retransmitted: u64,
    /// The sequence number behind what was sent.
    #[serde(skip)]
    next: Option<u32>,
}

/// A conversation, from the end that began.
#[derive(Clone, Copy, Debug, Default)]
struct Flow {
    forward: Sent,
    backward: Sent,
    first: i128,
    last: i128,
    /// When a SYN was sent, and how long its answer took.
    asked: Option<i128>,
    round_trip: Option<i128>,
}

/// All conversations.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    flows: HashMap<(u8, End, End), Flow>,
    others: Sent,
    /// Time units in a second.
    unit: i128,
}

/// A conversation as an object.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Line {
    protocol: String,
    source: String,
    destination: String,
    sent: Sent,
    received: Sent,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    round_trip_ms: Option<f64>,
}

impl Flows {
    pub(crate) fn new(nano: bool) -> Self {
        Self {
            unit: if nano { 1_000_000_000 } else { 1_000_000 },
            ..Self::default()
        }
    }

    /// Counts a packet of IP.
    pub(crate) fn packet(&mut self, packet: &Packet<'_>) {
        let layers = layers(packet.link, packet.octets);
        let ip = layers.iter().find_map(|layer| match layer {
            Layer::Ipv4(ip) | Layer::Ipv6(ip) => Some(*ip),
            _ => None,
        });
        let Some(Ip {
            source,
            destination,
            next,
            ..
        }) = ip
        else {
            return;
        };
        let (ports, tcp) = match layers.last() {
            Some(Layer::Tcp(tcp)) => ((tcp.source_port, tcp.destination_port), Some(tcp)),
            Some(Layer::Udp(udp)) => ((udp.source_port, udp.destination_port), None),
            _ => ((0, 0), None),
        };
        let (from, to) = ((source, ports.0), (destination, ports.1));
        let time = i128::from(packet.seconds) * self.unit + i128::from(packet.fraction);
        let known = [(next, from, to), (next, to, from)];
        let found = known.iter().position(|key| self.flows.contains_key(key));
        let is_full = self.flows.len() >= MOST;
        let (Some(key), is_forward) = (known.get(found.unwrap_or(0)), found != Some(1)) else {
            return;
        };
        if found.is_none() && is_full {
            self.others.packets += 1;
            self.others.bytes += packet.length as u64;
            return;
        }
        let flow = self.flows.entry(*key).or_insert_with(|| Flow {
            first: time,
            ..Flow::default()
        });
        flow.last = time;
        flow.count(is_forward, packet.length as u64, tcp, time);
    }

    /// The conversations in an order; those that are equal in it by their ends.
    fn sorted(&self, order: Order) -> Vec<(&(u8, End, End), &Flow)> {
        let mut all: Vec<_> = self.flows.iter().collect();
        all.sort_by(|(a, one), (b, other)| {
            order.of(other).cmp(&order.of(one)).then_with(|| a.cmp(b))
        });
        all
    }

    /// The heading of the table.
    fn heading() -> String {
        format!(
            "{:<6} {:<45} {:>17} {:>23} {:>9} {:>10} {:>6}",
            "proto", "between", "packets", "bytes", "seconds", "rtt", "again"
        )
    }

    /// A line of the table.
    fn line(&self, (protocol, from, to): &(u8, End, End), flow: &Flow) -> String {
        let pair = |a: u64, b: u64| format!("{a} / {b}");
        format!(
            "{:<6} {:<45} {:>17} {:>23} {:>9.3} {:>10} {:>6}",
            named(*protocol),
            format!("{} <-> {}", shown(from), shown(to)),
            pair(flow.forward.packets, flow.backward.packets),
            pair(flow.forward.bytes, flow.backward.bytes),
            self.seconds(flow),
            self.milliseconds(flow)
                .map_or_else(|| "-".into(), |time| format!("{time:.3} ms")),
            flow.forward.retransmitted + flow.backward.retransmitted
        )
    }

    fn seconds(&self, flow: &Flow) -> f64 {
        (flow.last - flow.first) as f64 / self.unit as f64
    }

    fn milliseconds(&self, flow: &Flow) -> Option<f64> {
        let time = flow.round_trip?;
        Some(time as f64 * 1000.0 / self.unit as f64)
    }

    /// The table, or its objects.
    pub(crate) fn text(&self, json: bool) -> String {
        let mut text = String::new();
        if !json {
            let _ = writeln!(text, "{}", Self::heading());
        }
        for (key, flow) in self.sorted(Order::Bytes) {
            if !json {
                let _ = writeln!(text, "{}", self.line(key, flow));
                continue;
            }
            let (protocol, from, to) = key;
            let line = Line {
                protocol: named(*protocol),
                source: shown(from),
                destination: shown(to),
                sent: flow.forward,
                received: flow.backward,
                seconds: self.seconds(flow),
                round_trip_ms: self.milliseconds(flow),
            };
            text += &serde_json::to_string(&line).unwrap_or_default();
            text.push('\n');
        }
        if self.others.packets > 0 && !json {
            let _ = writeln!(
                text,
                "and {} packets of further conversations, {} bytes",
                self.others.packets, self.others.bytes
            );
        }
        text
    }
}

impl Flow {
    fn count(&mut self, is_forward: bool, bytes: u64, tcp: Option<&Tcp>, time: i128) {
        let sent = match is_forward {
            true => &mut self.forward,
            false => &mut self.backward,
        };
        sent.packets += 1;
        sent.bytes += bytes;
        let Some(tcp) = tcp else {
            return;
        };
        let has = |flag: &str| tcp.flags.contains(&flag);
        let length = tcp.payload as u32 + u32::from(has("syn")) + u32::from(has("fin"));
        let end = tcp.sequence.wrapping_add(length);
        let is_new = sent
            .next
            .is_none_or(|next| end.wrapping_sub(next).cast_signed() > 0);
        match is_new {
            true => sent.next = Some(end),
            false if length > 0 => sent.retransmitted += 1,
            false => {}
        }
        match (has("syn"), has("ack")) {
            (true, false) => self.asked = Some(time),
            (true, true) if !is_forward && self.round_trip.is_none() => {
                self.round_trip = self.asked.map(|asked| time - asked);
            }
            _ => {}
        }
    }
}

fn named(protocol: u8) -> String {
    match protocol {
        1 => "icmp".into(),
        6 => "tcp".into(),
        17 => "udp".into(),
        58 => "icmp6".into(),
        132 => "sctp".into(),
        number => number.to_string(),
    }
}

fn shown((address, port): &End) -> String {
    match port {
        0 => address.to_string(),
        port => format!("{address}.{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(source: u16, destination: u16, sequence: u32, flags: u8, payload: usize) -> Vec<u8> {
        let total = (40 + payload) as u8;
        let (from, to) = if source > destination { (1, 2) } else { (2, 1) };
        let mut packet = vec![0x45, 0, 0, total, 0, 1, 0, 0, 64, 6, 0, 0];
        packet.extend_from_slice(&[192, 0, 2, from, 192, 0, 2, to]);
        packet.extend_from_slice(&source.to_be_bytes());
        packet.extend_from_slice(&destination.to_be_bytes());
        packet.extend_from_slice(&sequence.to_be_bytes());
        packet.extend_from_slice(&[0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]);
        packet.resize(packet.len() + payload, 0);
        packet
    }

    #[test]
    fn both_directions_are_one_conversation() {
        let mut flows = Flows::new(false);
        let packets = [
            segment(1000, 80, 1, 2, 0),
            segment(80, 1000, 7, 0x12, 0),
            segment(1000, 80, 2, 0x18, 10),
            segment(1000, 80, 2, 0x18, 10),
        ];
        for (number, octets) in packets.iter().enumerate() {
            flows.packet(&Packet {
                seconds: 1,
                fraction: number as u32 * 500,
                length: octets.len(),
                link: 101,
                octets,
            });
        }
        let lines = view::table(&flows, Order::Packets, 1);
        assert!(lines.len() == 2 && lines[1].contains("3 / 1"), "{lines:?}");
        let text = flows.text(false);
        assert!(text.contains("192.0.2.1.1000 <-> 192.0.2.2.80"), "{text}");
        assert!(text.contains("3 / 1"), "{text}");
        assert!(text.contains("0.500 ms      1\n"), "{text}");
        assert!(flows.text(true).contains("\"retransmitted\":1"));
    }
}
