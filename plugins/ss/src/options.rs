//! Which sockets are shown, and what of each: as the options and their order have it.

use nethost_sdk::Exit;

use crate::filter::{INET, INET6, NETLINK, PACKET, TIPC, UNIX, VSOCK, XDP};
use crate::socket::{CLOSE, ESTABLISHED, LISTEN};

/// Tables of sockets, each a bit.
pub(crate) mod table {
    pub(crate) const TCP: u32 = 1 << 0;
    pub(crate) const MPTCP: u32 = 1 << 1;
    pub(crate) const DCCP: u32 = 1 << 2;
    pub(crate) const UDP: u32 = 1 << 3;
    pub(crate) const RAW: u32 = 1 << 4;
    pub(crate) const UNIX_DATAGRAM: u32 = 1 << 5;
    pub(crate) const UNIX_STREAM: u32 = 1 << 6;
    pub(crate) const UNIX_SEQUENCED: u32 = 1 << 7;
    pub(crate) const PACKET_DATAGRAM: u32 = 1 << 8;
    pub(crate) const PACKET_RAW: u32 = 1 << 9;
    pub(crate) const NETLINK: u32 = 1 << 10;
    pub(crate) const SCTP: u32 = 1 << 11;
    pub(crate) const VSOCK_STREAM: u32 = 1 << 12;
    pub(crate) const VSOCK_DATAGRAM: u32 = 1 << 13;
    pub(crate) const TIPC: u32 = 1 << 14;
    pub(crate) const XDP: u32 = 1 << 15;
    pub(crate) const UNIX: u32 = UNIX_DATAGRAM | UNIX_STREAM | UNIX_SEQUENCED;
    pub(crate) const PACKET: u32 = PACKET_DATAGRAM | PACKET_RAW;
    pub(crate) const VSOCK: u32 = VSOCK_STREAM | VSOCK_DATAGRAM;
    pub(crate) const INET: u32 = TCP | MPTCP | DCCP | UDP | SCTP | RAW;
    /// TIPC has to be asked for.
    pub(crate) const ALL: u32 = INET | UNIX | PACKET | NETLINK | VSOCK | XDP;
}

/// All states, each a bit.
pub(crate) const ALL_STATES: u32 = (1 << 12) - 1;
const CONNECTED: u32 = ALL_STATES & !(1 << LISTEN | 1 << CLOSE | 1 << 6 | 1 << 3);
const CLOSED: u32 = 1 << CLOSE;
const OF_TIPC: u32 = 1 << ESTABLISHED | 1 << LISTEN | 1 << CLOSE;

/// The families of a table, and the states that are shown where no others are asked for.
fn of_table(table: u32) -> (&'static [u8], u32) {
    match table {
        table::TCP | table::MPTCP | table::DCCP | table::SCTP => (&[INET, INET6], CONNECTED),
        table::UDP | table::RAW => (&[INET, INET6], 1 << ESTABLISHED),
        table::UNIX_DATAGRAM => (&[UNIX], CLOSED),
        table::UNIX_STREAM | table::UNIX_SEQUENCED => (&[UNIX], CONNECTED),
        table::PACKET_DATAGRAM | table::PACKET_RAW => (&[PACKET], CLOSED),
        table::NETLINK => (&[NETLINK], CLOSED),
        table::VSOCK_STREAM | table::VSOCK_DATAGRAM => (&[VSOCK], CONNECTED),
        table::TIPC => (&[TIPC], OF_TIPC),
        _ => (&[XDP], CLOSED),
    }
}

/// The tables of a family, and the states.
fn of_family(family: u8) -> (u32, u32) {
    match family {
        INET | INET6 => (table::INET, CONNECTED),
        UNIX => (table::UNIX, CONNECTED),
        PACKET => (table::PACKET, CLOSED),
        NETLINK => (table::NETLINK, CLOSED),
        VSOCK => (table::VSOCK, CONNECTED),
        TIPC => (table::TIPC, OF_TIPC),
        _ => (table::XDP, CLOSED),
    }
}

/// What `-A` calls tables.
fn named(name: &str) -> Option<u32> {
    Some(match name {
        "all" => table::ALL,
        "inet" => table::INET,
        "udp" => table::UDP,
        "dccp" => table::DCCP,
        "tcp" => table::TCP,
        "mptcp" => table::MPTCP,
        "sctp" => table::SCTP,
        "raw" => table::RAW,
        "unix" => table::UNIX,
        "unix_stream" | "u_str" => table::UNIX_STREAM,
        "unix_dgram" | "u_dgr" => table::UNIX_DATAGRAM,
        "unix_seqpacket" | "u_seq" => table::UNIX_SEQUENCED,
        "packet" => table::PACKET,
        "packet_raw" | "p_raw" => table::PACKET_RAW,
        "packet_dgram" | "p_dgr" => table::PACKET_DATAGRAM,
        "netlink" => table::NETLINK,
        "tipc" => table::TIPC,
        "vsock" => table::VSOCK,
        "vsock_stream" | "v_str" => table::VSOCK_STREAM,
        "vsock_dgram" | "v_dgr" => table::VSOCK_DATAGRAM,
        "xdp" => table::XDP,
        _ => return None,
    })
}

/// What `-f` calls families.
pub(crate) fn family_named(name: &str) -> Option<u8> {
    Some(match name {
        "inet" => INET,
        "inet6" => INET6,
        "link" => PACKET,
        "unix" => UNIX,
        "netlink" => NETLINK,
        "tipc" => TIPC,
        "vsock" => VSOCK,
        "xdp" => XDP,
        _ => return None,
    })
}

/// The options given.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Options {
    pub(crate) tables: u32,
    pub(crate) states: u32,
    /// 1 << AF_….
    pub(crate) families: u64,
    /// The family that was asked for last.
    pub(crate) preferred: u8,
    /// Nothing was chosen yet.
    pub(crate) chosen: bool,
    queried: bool,
    /// What -a, -l and `state` say.
    pub(crate) wanted_states: u32,
    saw_states: bool,
    pub(crate) numeric: bool,
    pub(crate) resolve: bool,
    pub(crate) timers: bool,
    pub(crate) details: bool,
    pub(crate) memory: bool,
    pub(crate) info: bool,
    pub(crate) processes: bool,
    pub(crate) threads: bool,
    pub(crate) programs: bool,
    pub(crate) events: bool,
    pub(crate) tipc_info: bool,
    pub(crate) tos: bool,
    pub(crate) cgroup: bool,
    pub(crate) socket_options: bool,
    pub(crate) kill: bool,
    pub(crate) no_header: bool,
    pub(crate) one_line: bool,
    pub(crate) summary: bool,
    pub(crate) json: bool,
    /// Compare with what there is so many seconds later.
    pub(crate) diff: Option<f64>,
    /// Show connections by rate, with so many seconds between two pictures.
    pub(crate) top: Option<f64>,
    pub(crate) namespace: Option<String>,
    pub(crate) dump: Option<String>,
    pub(crate) filter_file: Option<String>,
    pub(crate) words: Vec<String>,
}

impl Options {
    /// Shows this table, or does not.
    pub(crate) fn set_tables(&mut self, tables: u32, enable: bool) {
        for table in (0..16).map(|bit| 1 << bit).filter(|bit| tables & bit != 0) {
            if enable {
                self.states |= of_table(table).1;
                self.tables |= table;
            } else {
                self.tables &= !table;
            }
        }
        self.chosen = true;
    }

    /// Shows this family.
    pub(crate) fn set_family(&mut self, family: u8) {
        self.states |= of_family(family).1;
        self.families |= 1 << family;
        self.chosen = true;
        self.preferred = family;
    }

    /// `-A`: a list of tables.
    pub(crate) fn query(&mut self, list: &str) -> Result<(), String> {
        if !self.queried {
            self.tables = 0;
            if self.wanted_states == 0 {
                self.wanted_states = CONNECTED;
            }
            self.queried = true;
            self.chosen = true;
        }
        for name in list.split(',') {
            let (bare, enable) = match name.strip_prefix('!') {
                Some(bare) => (bare, false),
                None => (name, true),
            };
            let tables = named(bare);
            let tables =
                tables.ok_or_else(|| format!("ss: \"{name}\" is illegal socket table id"))?;
            self.set_tables(tables, enable);
        }
        Ok(())
    }

    /// Takes `state NAME` and `exclude NAME` from the front of the words.
    pub(crate) fn take_states(&mut self) -> Result<(), Exit> {
        let words = std::mem::take(&mut self.words);
        let mut rest = words.as_slice();
        while let Some((word, others)) = rest.split_first() {
            let exclude = match word.as_str() {
                "state" => false,
                "exclude" | "excl" => true,
                _ => break,
            };
            let Some((name, others)) = others.split_first() else {
                return Err(Exit::failed(
                    255,
                    "Command line is not complete. Try option \"help\"",
                ));
            };
            let states = states_named(name).ok_or_else(|| {
                let name = nethost_sdk::text::printable(name);
                Exit::failed(255, format!("ss: wrong state name: {name}"))
            })?;
            if !self.saw_states {
                self.wanted_states = if exclude { ALL_STATES } else { 0 };
            }
            match exclude {
                true => self.wanted_states &= !states,
                false => self.wanted_states |= states,
            }
            self.saw_states = true;
            rest = others;
        }
        self.words = rest.to_vec();
        Ok(())
    }

    /// Fills in what was not said.
    pub(crate) fn complete(&mut self) -> Result<(), Exit> {
        if !self.chosen {
            if self.wanted_states == 0 {
                self.wanted_states = CONNECTED;
            }
            self.set_tables(table::ALL, true);
        }
        if self.wanted_states != 0 {
            self.states = self.wanted_states;
        }
        for table in (0..16).map(|bit| 1 << bit) {
            let families = of_table(table).0;
            let bits = families
                .iter()
                .fold(0, |bits, family| bits | 1_u64 << family);
            if self.tables & table != 0 && self.families & bits == 0 {
                self.families |= bits;
            }
        }
        for family in 0..64_u8 {
            let known = [UNIX, INET, INET6, NETLINK, PACKET, TIPC, VSOCK, XDP];
            if self.families >> family & 1 == 1 && known.contains(&family) {
                let tables = of_family(family).0;
                if tables & self.tables == 0 {
                    self.tables |= tables;
                }
            }
        }
        for (nothing, what) in [
            (self.tables == 0, "tables"),
            (self.families == 0, "families"),
            (self.states == 0, "states"),
        ] {
            if nothing {
                let what = match what {
                    "tables" => "no socket tables to show",
                    "families" => "no families to show",
                    _ => "no socket states to show",
                };
                return Err(Exit::failed(0, format!("ss: {what} with such filter.")));
            }
        }
        Ok(())
    }

    /// Whether sockets of this family are shown.
    pub(crate) fn has_family(&self, family: u8) -> bool {
        self.families >> family & 1 == 1
    }

    /// A condition of the filter has said a family by its prefix.
    pub(crate) fn narrow(&mut self, family: Option<u8>) {
        if let Some(family) = family {
            self.families = 1 << family;
            self.preferred = family;
        }
    }
}

/// Names of states and of groups of them.
fn states_named(name: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "unknown",
        "established",
        "syn-sent",
        "syn-recv",
        "fin-wait-1",
        "fin-wait-2",
        "time-wait",
        "unconnected",
        "close-wait",
        "last-ack",
        "listening",
        "closing",
    ];
    let name = name.to_ascii_lowercase();
    Some(match name.as_str() {
        "close" | "closed" => 1 << CLOSE,
        "syn-rcv" => 1 << 3,
        "all" => ALL_STATES,
        "connected" => ALL_STATES & !(1 << CLOSE | 1 << LISTEN),
        "synchronized" => ALL_STATES & !(1 << CLOSE | 1 << LISTEN | 1 << 2),
        "bucket" => 1 << 3 | 1 << 6,
        "big" => ALL_STATES & !(1 << 3 | 1 << 6),
        other => 1 << NAMES.iter().position(|known| *known == other)?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::flags::COMMAND_LINE;

    fn read(line: &str) -> Options {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut options = Options::default();
        COMMAND_LINE.parse(&args, &mut options).unwrap();
        options.take_states().unwrap();
        options.complete().unwrap();
        options
    }

    #[test]
    fn options_choose_as_ss_does() {
        let tcp = read("-t");
        assert_eq!((tcp.tables, tcp.states), (table::TCP, CONNECTED));
        assert_eq!(tcp.families, 1 << INET | 1 << INET6);
        let four = read("-t4");
        assert_eq!(four.families, 1 << INET);
        assert_eq!(four.tables, table::TCP);
        assert_eq!(read("-4").tables, table::INET);
        assert_eq!(read("-ltu").states, 1 << LISTEN | 1 << CLOSE);
        assert_eq!(read("").tables, table::ALL);
        assert_eq!(read("-t state established").states, 1 << ESTABLISHED);
        assert_eq!(read("-A inet,!tcp").tables, table::INET & !table::TCP);
        assert_eq!(
            read("-t exclude listening").states,
            ALL_STATES & !(1 << LISTEN)
        );
        assert_eq!(read("-x").tables, table::UNIX);
    }
}
