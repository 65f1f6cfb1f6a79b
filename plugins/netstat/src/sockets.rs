//! Sockets of IP.

use std::fmt::Write as _;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nethost_sdk::output::{Format, Output};
use nethost_sdk::sock_diag::{INET, INET6, Inet, Namespace, Protocol, Query, Table};
use nethost_sdk::{Error, Exit};
use serde::Serialize;

use crate::failed;
use crate::flags::Options;
use crate::names::Words;
use crate::programs::Programs;
use crate::services::Transport;

/// A socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Socket {
    pub(crate) protocol: &'static str,
    pub(crate) receive_queue: u32,
    pub(crate) send_queue: u32,
    pub(crate) local: (IpAddr, u16),
    pub(crate) remote: (IpAddr, u16),
    pub(crate) state: u8,
    pub(crate) user: u32,
    pub(crate) inode: u32,
    timer: u8,
    /// In 1/100 s.
    expires: u32,
    retransmits: u32,
    probes: u32,
}

const STATES: [&str; 12] = [
    "",
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT1",
    "FIN_WAIT2",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
];
const LISTEN: u8 = 10;

impl Socket {
    fn of(protocol: &'static str, message: Inet<'_>) -> Self {
        let (local, remote) = (message.local(), message.remote());
        let count = message.retransmits().into();
        // The kernel tells one of two counts, by the timer that is on.
        let is_retransmission = message.timer() < 2;
        let is_tcp = protocol.starts_with("tcp");
        Self {
            protocol,
            receive_queue: message.receive_queue(),
            send_queue: match message.state() {
                // There it is how many may wait.
                LISTEN if is_tcp => 0,
                _ => message.send_queue(),
            },
            local: (local.ip(), local.port()),
            remote: (remote.ip(), remote.port()),
            state: message.state(),
            user: message.user(),
            inode: message.inode(),
            timer: message.timer(),
            expires: message.expires() / 10,
            retransmits: if is_retransmission { count } else { 0 },
            probes: if is_retransmission { 0 } else { count },
        }
    }

    fn is_tcp(&self) -> bool {
        self.protocol.starts_with("tcp")
    }

    fn transport(&self) -> Transport {
        match self.protocol {
            "tcp" | "tcp6" => Transport::Tcp,
            "raw" | "raw6" => Transport::Raw,
            _ => Transport::Udp,
        }
    }

    /// Whether it is shown: servers, or all but those, unless all are.
    pub(crate) fn is_shown(&self, options: &Options) -> bool {
        let is_server = match self.is_tcp() {
            true => self.remote.1 == 0,
            false => self.remote.0.is_unspecified(),
        };
        options.all || is_server == options.listening
    }

    fn state(&self) -> String {
        match (self.transport(), self.state) {
            (Transport::Tcp, state) => STATES
                .get(usize::from(state))
                .map_or_else(String::new, |name| (*name).to_owned()),
            (Transport::Raw, state) => state.to_string(),
            (_, 1) => "ESTABLISHED".to_owned(),
            (_, 7) => String::new(),
            _ => "UNKNOWN".to_owned(),
        }
    }

    fn timer(&self) -> String {
        let name = match (self.is_tcp(), self.timer) {
            (_, 0) => return format!("off (0.00/{}/{})", self.retransmits, self.probes),
            (true, 1) => "on".to_owned(),
            (true, 2) => "keepalive".to_owned(),
            (true, 3) => "timewait".to_owned(),
            (true, 4) => "probe".to_owned(),
            (false, timer @ (1 | 2)) => format!("on{timer}"),
            (_, timer) => format!("unkn-{timer}"),
        };
        let seconds = f64::from(self.expires) / 100.0;
        format!("{name} ({seconds:.2}/{}/{})", self.retransmits, self.probes)
    }

    /// A line.
    pub(crate) fn line(
        &self,
        options: &Options,
        words: &mut Words,
        programs: &Programs,
        line: &mut String,
    ) {
        let transport = self.transport();
        let local = words.endpoint(self.local.0, self.local.1, transport);
        let remote = words.endpoint(self.remote.0, self.remote.1, transport);
        let width = match transport {
            Transport::Udp => 5,
            _ => 4,
        };
        let gap = if width == 4 { " " } else { "" };
        let (protocol, receive, send) = (self.protocol, self.receive_queue, self.send_queue);
        let state = self.state();
        let _ = write!(
            line,
            "{protocol:<width$}{gap} {receive:>6} {send:>6} {local:<23} {remote:<23} {state:<11}"
        );
        if options.extended > 0 {
            let user = words.user(self.user);
            let _ = write!(line, " {user:<10} {:<10}", self.inode);
        }
        if options.programs {
            let program = programs.of(self.inode).unwrap_or("-");
            let _ = write!(line, " {program:<20}");
        }
        if options.timers {
            let _ = write!(line, " {}", self.timer());
        }
        line.push('\n');
    }

    fn fact(&self, programs: &Programs) -> Fact {
        let timer = (self.timer != 0).then(|| Timer {
            kind: self.timer(),
            seconds: f64::from(self.expires) / 100.0,
        });
        Fact {
            proto: self.protocol,
            recv_q: self.receive_queue,
            send_q: self.send_queue,
            local_address: self.local.0,
            local_port: self.local.1,
            foreign_address: self.remote.0,
            foreign_port: self.remote.1,
            state: self.state(),
            user: self.user,
            inode: self.inode,
            program: programs.of(self.inode).map(str::to_owned),
            timer,
        }
    }
}

/// A socket as JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Fact {
    proto: &'static str,
    recv_q: u32,
    send_q: u32,
    local_address: IpAddr,
    local_port: u16,
    foreign_address: IpAddr,
    foreign_port: u16,
    state: String,
    user: u32,
    inode: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timer: Option<Timer>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Timer {
    kind: String,
    seconds: f64,
}

/// What is done with the sockets.
pub(crate) enum Purpose<'a> {
    /// Their inodes are gathered.
    Gather(&'a mut Vec<u32>),
    /// They are shown.
    Show(&'a mut Words, &'a Programs),
}

/// Lists the sockets of a protocol. False: the kernel has none of that protocol.
pub(crate) async fn each<W: Write>(
    options: &Options,
    namespace: &Namespace,
    protocol: Protocol,
    purpose: &mut Purpose<'_>,
    output: &mut Output<W>,
) -> Result<bool, Exit> {
    let is_any = !options.chosen();
    for (family, is_wanted) in [
        (INET, is_any || options.inet),
        (INET6, is_any || options.inet6),
    ] {
        if !is_wanted {
            continue;
        }
        let name = match (protocol, family) {
            (Protocol::Tcp, INET) => "tcp",
            (Protocol::Tcp, _) => "tcp6",
            (Protocol::Udp, INET) => "udp",
            (Protocol::Udp, _) => "udp6",
            (Protocol::Udplite, INET) => "udpl",
            (Protocol::Udplite, _) => "udpl6",
            (_, INET) => "raw",
            _ => "raw6",
        };
        if protocol == Protocol::Raw {
            let table = if family == INET {
                Table::Raw
            } else {
                Table::Raw6
            };
            let text = match namespace.table(table) {
                Ok(text) => text,
                Err(Error::NotFound) if family == INET => return Ok(false),
                Err(Error::NotFound) => continue,
                Err(error) => return Err(failed(error)),
            };
            let text = String::from_utf8_lossy(&text);
            let lines = text.lines().skip(1);
            let sockets = lines
                .filter_map(|line| from_line(line, name, family))
                .collect();
            some(options, sockets, purpose, output).await?;
            continue;
        }
        let query = Query {
            protocol,
            family,
            states: 0xfff,
            show: 0,
            filter: Vec::new(),
        };
        let listing = match namespace.list(&query) {
            Ok(listing) => listing,
            Err(Error::NotFound) => return Ok(false),
            Err(error) => return Err(failed(error)),
        };
        loop {
            let batch = match listing.next() {
                Ok(batch) => batch,
                Err(Error::NotFound) => return Ok(false),
                Err(error) => return Err(failed(error)),
            };
            let sockets = batch.sockets().filter_map(|socket| socket.inet());
            let sockets = sockets.map(|socket| Socket::of(name, socket)).collect();
            some(options, sockets, purpose, output).await?;
            if batch.is_last() {
                break;
            }
        }
    }
    Ok(true)
}

async fn some<W: Write>(
    options: &Options,
    mut sockets: Vec<Socket>,
    purpose: &mut Purpose<'_>,
    output: &mut Output<W>,
) -> Result<(), Exit> {
    sockets.retain(|socket| socket.is_shown(options));
    match purpose {
        Purpose::Gather(inodes) => inodes.extend(sockets.iter().map(|socket| socket.inode)),
        Purpose::Show(words, programs) if options.format == Format::Text => {
            let ends = sockets
                .iter()
                .flat_map(|socket| [socket.local.0, socket.remote.0]);
            words.learn(ends.collect::<Vec<_>>()).await;
            let mut text = String::new();
            for socket in &sockets {
                socket.line(options, words, programs, &mut text);
            }
            output.octets(text.as_bytes())?;
        }
        Purpose::Show(_, programs) => {
            for socket in &sockets {
                output.json(&socket.fact(programs))?;
            }
        }
    }
    Ok(())
}

/// A line of /proc/net/raw: `sl: local remote st tx:rx tr:when retrnsmt uid timeout inode …`.
fn from_line(line: &str, protocol: &'static str, family: u8) -> Option<Socket> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let hexadecimal = |text: &str| u32::from_str_radix(text, 16).ok();
    let (send, receive) = words.get(4)?.split_once(':')?;
    Some(Socket {
        protocol,
        receive_queue: hexadecimal(receive)?,
        send_queue: hexadecimal(send)?,
        local: endpoint(words.get(1)?, family)?,
        remote: endpoint(words.get(2)?, family)?,
        state: u8::from_str_radix(words.get(3)?, 16).ok()?,
        user: words.get(7)?.parse().ok()?,
        inode: words.get(9)?.parse().ok()?,
        timer: 0,
        expires: 0,
        retransmits: 0,
        probes: 0,
    })
}

fn endpoint(text: &str, family: u8) -> Option<(IpAddr, u16)> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| {
        let digits = address.get(at * 8..at * 8 + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    let address = match family {
        INET => Ipv4Addr::from(word(0)?).into(),
        _ => {
            let mut octets = [0; 16];
            for index in 0..4 {
                octets[index * 4..index * 4 + 4].copy_from_slice(&word(index)?);
            }
            Ipv6Addr::from(octets).into()
        }
    };
    Some((address, port))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_that_of_net_tools() {
        let line = "   1: 0100007F:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 3341 2 0000000000000000 0";
        let socket = from_line(line, "raw", INET).unwrap();
        let options = Options {
            numeric: true,
            timers: true,
            ..Options::default()
        };
        let mut text = String::new();
        let mut words = Words::new(&options);
        socket.line(&options, &mut words, &Programs::default(), &mut text);
        assert_eq!(
            text,
            "raw        0      0 127.0.0.1:1             0.0.0.0:*               7           off (0.00/0/0)\n"
        );
    }
}
