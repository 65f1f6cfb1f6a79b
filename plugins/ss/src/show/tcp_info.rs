//! What the kernel says of a connection's course: struct tcp_info (linux/tcp.h), in the words and the order of ss.

use std::fmt::Write as _;
use std::io::Write;

use nethost_sdk::sock_diag::{self, u8_at, u16_at, u32_at, u64_at};

use super::inet::{Attributes, attribute};
use super::{Show, out};
use crate::number::{general, rate};
use crate::socket::LISTEN;

/// struct tcp_info; what an older kernel does not have is 0.
#[derive(Clone, Copy)]
pub(super) struct TcpInfo<'a>(pub(super) &'a [u8]);

impl TcpInfo<'_> {
    pub(super) fn u8(self, at: usize) -> u8 {
        u8_at(self.0, at)
    }

    pub(super) fn u32(self, at: usize) -> u32 {
        u32_at(self.0, at)
    }

    pub(super) fn u64(self, at: usize) -> u64 {
        u64_at(self.0, at)
    }

    /// Microseconds, as milliseconds.
    fn milliseconds(self, at: usize) -> f64 {
        f64::from(self.u32(at)) / 1000.0
    }
}

/// TCPI_OPT_….
const OPTIONS: [(u8, &str); 5] = [
    (1, "ts"),
    (2, "sack"),
    (8, "ecn"),
    (16, "ecnseen"),
    (32, "fastopen"),
];
const WINDOW_SCALE: u8 = 4;

impl<W: Write> Show<W> {
    pub(super) fn tcp_info(&mut self, state: u8, attributes: &Attributes<'_>) {
        self.inet_memory(attributes);
        if let Some(info) = attributes.get(attribute::INFO) {
            self.course(TcpInfo(info), state, attributes);
        }
        if let Some(keys) = attributes.get(attribute::KEYS) {
            self.keys(keys);
        }
        if let Some(upper) = attributes.get(attribute::UPPER) {
            self.upper(sock_diag::Attributes(upper));
        }
    }

    fn inet_memory(&mut self, attributes: &Attributes<'_>) {
        match (
            attributes.get(attribute::SOCKET_MEMORY),
            attributes.get(attribute::MEMORY),
        ) {
            (Some(facts), _) => self.memory(facts),
            (None, Some(facts)) => {
                let at = |index: usize| u32_at(facts, index * 4);
                out!(self, " mem:(r{},w{},f{},t{})", at(0), at(1), at(2), at(3));
            }
            (None, None) => {}
        }
    }

    fn count(&mut self, name: &str, number: u64) {
        if number != 0 {
            out!(self, " {name}:{number}");
        }
    }

    fn time(&mut self, name: &str, milliseconds: f64) {
        if milliseconds != 0.0 {
            out!(self, " {name}:{}", general(milliseconds, 6));
        }
    }

    fn course(&mut self, info: TcpInfo<'_>, state: u8, attributes: &Attributes<'_>) {
        let of = |at| u64::from(info.u32(at));
        if self.options.timers {
            for (bit, name) in OPTIONS {
                if info.u8(5) & bit != 0 {
                    out!(self, " {name}");
                }
            }
        }
        if let Some(name) = attributes.get(attribute::CONGESTION) {
            let end = name.iter().position(|octet| *octet == 0);
            let name = &name[..end.unwrap_or(name.len()).min(15)];
            if !name.is_empty() {
                self.table.text(" ");
                self.table.strange(&String::from_utf8_lossy(name));
            }
        }
        if info.u8(5) & WINDOW_SCALE != 0 {
            let scales = info.u8(6);
            out!(self, " wscale:{},{}", scales & 15, scales >> 4);
        }
        if info.u32(8) != 3_000_000 {
            self.time("rto", info.milliseconds(8));
        }
        self.count("backoff", info.u8(4).into());
        if info.u32(68) != 0 {
            let (rtt, deviation) = (info.milliseconds(68), info.milliseconds(72));
            out!(self, " rtt:{}/{}", general(rtt, 6), general(deviation, 6));
        }
        self.time("ato", info.milliseconds(12));
        self.count("mss", of(16));
        self.count("pmtu", of(60));
        self.count("rcvmss", of(20));
        self.count("advmss", of(84));
        self.count("cwnd", of(80));
        if info.u32(76) < 0xffff {
            self.count("ssthresh", of(76));
        }
        self.count("bytes_sent", info.u64(200));
        self.count("bytes_retrans", info.u64(208));
        self.count("bytes_acked", info.u64(120));
        self.count("bytes_received", info.u64(128));
        self.count("segs_out", of(136));
        self.count("segs_in", of(140));
        self.count("data_segs_out", of(156));
        self.count("data_segs_in", of(152));
        self.congestion(attributes);
        self.rates(info, attributes);
        self.count("delivered", of(192));
        self.count("delivered_ce", of(196));
        if info.u8(7) & 1 != 0 {
            self.table.text(" app_limited");
        }
        self.busy(info);
        self.count("unacked", of(24));
        if info.u32(36) != 0 || info.u32(100) != 0 {
            out!(self, " retrans:{}/{}", info.u32(36), info.u32(100));
        }
        self.count("lost", of(32));
        if state != LISTEN {
            self.count("sacked", of(28));
        }
        self.count("dsack_dups", of(216));
        self.count("fackets", of(40));
        if info.u32(88) != 3 {
            out!(self, " reordering:{}", info.u32(88));
        }
        self.count("reord_seen", of(220));
        self.time("rcv_rtt", info.milliseconds(92));
        self.count("rcv_space", of(96));
        self.count("rcv_ssthresh", of(64));
        self.count("notsent", of(144));
        if info.u32(148) != u32::MAX {
            self.time("minrtt", info.milliseconds(148));
        }
        self.count("rcv_ooopack", of(224));
        self.count("snd_wnd", of(228));
    }

    /// What algorithms for congestion say of themselves.
    fn congestion(&mut self, attributes: &Attributes<'_>) {
        if let Some(facts) = attributes.get(attribute::DCTCP) {
            if u16_at(facts, 0) != 0 {
                out!(
                    self,
                    " dctcp:(ce_state:{},alpha:{},ab_ecn:{},ab_tot:{})",
                    u16_at(facts, 2),
                    u32_at(facts, 4),
                    u32_at(facts, 8),
                    u32_at(facts, 12)
                );
            } else {
                self.table.text(" dctcp:fallback_mode");
            }
        }
        if let Some(facts) = attributes.get(attribute::BBR) {
            let bandwidth = u64::from(u32_at(facts, 4)) << 32 | u64::from(u32_at(facts, 0));
            let bits = rate(bandwidth as f64 * 8.0, self.options.numeric);
            let rtt = general(f64::from(u32_at(facts, 8)) / 1000.0, 6);
            out!(self, " bbr:(bw:{bits}bps,mrtt:{rtt}");
            for (at, name) in [(12, "pacing_gain"), (16, "cwnd_gain")] {
                let gain = u32_at(facts, at);
                if gain != 0 {
                    out!(self, ",{name}:{}", general(f64::from(gain) / 256.0, 6));
                }
            }
            self.table.text(")");
        }
    }

    fn rates(&mut self, info: TcpInfo<'_>, attributes: &Attributes<'_>) {
        let numeric = self.options.numeric;
        let mut rtt = f64::from(info.u32(68));
        if let Some(vegas) = attributes.get(attribute::VEGAS) {
            let measured = u32_at(vegas, 8);
            if u32_at(vegas, 0) != 0 && measured != 0 && measured != 0x7fff_ffff {
                rtt = measured.into();
            }
        }
        let (segment, window) = (info.u32(16), info.u32(80));
        if rtt > 0.0 && segment != 0 && window != 0 {
            let bits = f64::from(window) * f64::from(segment) * 8_000_000.0 / rtt;
            out!(self, " send {}bps", rate(bits, numeric));
        }
        self.count("lastsnd", info.u32(44).into());
        self.count("lastrcv", info.u32(52).into());
        self.count("lastack", info.u32(56).into());
        let (pace, most) = (info.u64(104), info.u64(112));
        if ![0, u64::MAX].contains(&pace) {
            out!(self, " pacing_rate {}bps", rate(pace as f64 * 8.0, numeric));
            if ![0, u64::MAX].contains(&most) {
                out!(self, "/{}bps", rate(most as f64 * 8.0, numeric));
            }
        }
        let delivery = info.u64(160);
        if delivery != 0 {
            let bits = rate(delivery as f64 * 8.0, numeric);
            out!(self, " delivery_rate {bits}bps");
        }
    }

    fn busy(&mut self, info: TcpInfo<'_>) {
        let busy = info.u64(168);
        if busy == 0 {
            return;
        }
        out!(self, " busy:{}ms", busy / 1000);
        for (at, name) in [(176, "rwnd_limited"), (184, "sndbuf_limited")] {
            let limited = info.u64(at);
            if limited != 0 {
                let share = 100.0 * limited as f64 / busy as f64;
                out!(self, " {name}:{}ms({share:.1}%)", limited / 1000);
            }
        }
    }

    /// TCP-MD5: for whom there are keys. The keys themselves the host keeps back.
    fn keys(&mut self, records: &[u8]) {
        self.table.text(" md5keys:");
        for (index, record) in records.chunks(100).enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let address = record.get(4..20).unwrap_or(&[0; 16]);
            let address = match (u8_at(record, 0), <[u8; 16]>::try_from(address)) {
                (10, Ok(octets)) => super::ipv6(octets.into()),
                _ => format!(
                    "{}.{}.{}.{}",
                    address[0], address[1], address[2], address[3]
                ),
            };
            out!(self, "{comma}{address}/{}=(withheld)", u8_at(record, 1));
        }
    }

    /// A protocol above TCP: INET_ULP_INFO_….
    fn upper(&mut self, facts: sock_diag::Attributes<'_>) {
        if let Some(name) = facts.find(1) {
            let end = name.iter().position(|octet| *octet == 0);
            let name = String::from_utf8_lossy(&name[..end.unwrap_or(name.len())]).into_owned();
            self.table.text(" tcp-ulp-");
            self.table.strange(&name);
        }
        if let Some(tls) = facts.find(2) {
            self.tls(sock_diag::Attributes(tls));
        }
        if let Some(subflow) = facts.find(3) {
            self.subflow(sock_diag::Attributes(subflow));
        }
    }

    fn tls(&mut self, facts: sock_diag::Attributes<'_>) {
        let number = |id| facts.find(id).map(|value| u16_at(value, 0));
        match number(1) {
            Some(0x0303) => self.table.text(" version: 1.2"),
            Some(0x0304) => self.table.text(" version: 1.3"),
            Some(other) => {
                out!(self, " version: unknown({other})");
            }
            None => {}
        }
        match number(2) {
            Some(51) => self.table.text(" cipher: aes-gcm-128"),
            Some(52) => self.table.text(" cipher: aes-gcm-256"),
            _ => {}
        }
        for (id, name) in [(4, "rxconf"), (3, "txconf")] {
            match number(id) {
                Some(1) => {
                    out!(self, " {name}: none");
                }
                Some(2) => {
                    out!(self, " {name}: sw");
                }
                Some(3) => {
                    out!(self, " {name}: hw");
                }
                Some(4) => {
                    out!(self, " {name}: hw-record");
                }
                Some(other) => {
                    out!(self, " {name}: unknown({other})");
                }
                None => {}
            }
        }
        if facts.find(5).is_some() {
            self.table.text(" zc_ro_tx");
        }
    }

    fn subflow(&mut self, facts: sock_diag::Attributes<'_>) {
        let word = |id| facts.find(id).map(|value| u32_at(value, 0));
        if let Some(bits) = word(8).filter(|bits| *bits != 0) {
            let letters = "MmJjBbecv".chars().enumerate();
            let set: String = letters
                .filter_map(|(bit, letter)| (bits >> bit & 1 == 1).then_some(letter))
                .collect();
            out!(self, " flags:{set}");
        }
        if let (Some(remote), Some(local), Some(remote_id), Some(local_id)) =
            (word(1), word(2), facts.find(9), facts.find(10))
        {
            let (remote_id, local_id) = (u8_at(remote_id, 0), u8_at(local_id, 0));
            out!(
                self,
                " token:{remote:04x}(id:{remote_id})/{local:04x}(id:{local_id})"
            );
        }
        if let Some(sequence) = facts.find(4) {
            out!(self, " seq:{:x}", u64_at(sequence, 0));
        }
        for (id, name) in [(5, "sfseq"), (6, "ssnoff"), (7, "maplen")] {
            if let Some(number) = word(id) {
                out!(self, " {name}:{number:x}");
            }
        }
    }

    /// struct mptcp_info.
    pub(super) fn mptcp_info(&mut self, attributes: &Attributes<'_>) {
        self.inet_memory(attributes);
        let Some(info) = attributes.get(attribute::INFO) else {
            return;
        };
        let names = [
            "subflows",
            "add_addr_signal",
            "add_addr_accepted",
            "subflows_max",
            "add_addr_signal_max",
            "add_addr_accepted_max",
        ];
        for (at, name) in names.into_iter().enumerate() {
            self.count(name, u8_at(info, at).into());
        }
        let bits = u32_at(info, 8);
        if bits & 1 != 0 {
            self.table.text(" fallback");
        }
        if bits & 2 != 0 {
            self.table.text(" remote_key");
        }
        if u32_at(info, 12) != 0 {
            out!(self, " token:{:x}", u32_at(info, 12));
        }
        for (at, name) in [(16, "write_seq"), (24, "snd_una"), (32, "rcv_nxt")] {
            if u64_at(info, at) != 0 {
                out!(self, " {name}:{:x}", u64_at(info, at));
            }
        }
    }
}
