//! UNIX domain sockets, from /proc/net/unix: the number of their users is told nowhere else.

use std::collections::HashSet;

use nethost_sdk::output::complain;
use nethost_sdk::sock_diag::{Namespace, Protocol, Query, Table};
use nethost_sdk::{Error, Exit};
use serde::Serialize;

use crate::failed;
use crate::flags::Options;
use crate::programs::Programs;

/// A socket.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Socket {
    proto: &'static str,
    users: u32,
    #[serde(skip)]
    flags: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    state: &'static str,
    pub(crate) inode: u32,
    path: String,
}

/// SO_ACCEPTCON and its kin, as net-tools names them.
const LISTENS: u32 = 1 << 16;

impl Socket {
    /// `Num: RefCount Protocol Flags Type St Inode Path`.
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let mut hexadecimal = || {
            let word = words.next()?.trim_end_matches(':');
            u64::from_str_radix(word, 16).ok()
        };
        hexadecimal()?;
        let (users, protocol, flags) = (hexadecimal()?, hexadecimal()?, hexadecimal()? as u32);
        let (kind, state) = (hexadecimal()?, hexadecimal()?);
        let inode = words.next()?.parse().ok()?;
        let path = words.next().unwrap_or_default();
        Some(Self {
            proto: if protocol == 0 { "unix" } else { "??" },
            users: users as u32,
            flags,
            kind: match kind {
                1 => "STREAM",
                2 => "DGRAM",
                3 => "RAW",
                4 => "RDM",
                5 => "SEQPACKET",
                _ => "UNKNOWN",
            },
            state: match state {
                0 => "FREE",
                1 if flags & LISTENS != 0 => "LISTENING",
                1 => "",
                2 => "CONNECTING",
                3 => "CONNECTED",
                4 => "DISCONNECTING",
                _ => "UNKNOWN",
            },
            inode,
            path: nethost_sdk::text::printable(path).into_owned(),
        })
    }

    fn is_shown(&self, options: &Options) -> bool {
        options.all || (self.state == "LISTENING") == options.listening
    }

    /// A line.
    pub(crate) fn line(&self, options: &Options, programs: &Programs) -> String {
        let mut flags = "[ ".to_owned();
        for (bit, name) in [(LISTENS, "ACC "), (1 << 17, "W "), (1 << 18, "N ")] {
            if self.flags & bit != 0 {
                flags += name;
            }
        }
        flags.push(']');
        let program = match options.programs {
            true => format!(" {:<20}", programs.of(self.inode).unwrap_or("-")),
            false => String::new(),
        };
        format!(
            "{:<5} {:<6} {flags:<11} {:<10} {:<13} {:<8}{program} {}",
            self.proto, self.users, self.kind, self.state, self.inode, self.path
        )
    }
}

/// The inodes of all but those that nethost itself needs, which the table does not tell apart. What waits to be accepted
/// has none. None: the kernel cannot tell of them otherwise.
fn others(namespace: &Namespace) -> Result<Option<HashSet<u32>>, Exit> {
    let query = Query {
        protocol: Protocol::Unix,
        family: 0,
        states: 0xfff,
        show: 4,
        filter: Vec::new(),
    };
    let mut all = HashSet::new();
    let listing = match namespace.list(&query) {
        Ok(listing) => listing,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    loop {
        match listing.next() {
            Ok(batch) => {
                all.extend(batch.sockets().map(|socket| socket.u32(4)));
                if batch.is_last() {
                    return Ok(Some(all));
                }
            }
            Err(Error::NotFound) => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
    }
}

/// The sockets that are shown. None: the kernel has no such table.
pub(crate) fn all(options: &Options, namespace: &Namespace) -> Result<Option<Vec<Socket>>, Exit> {
    let others = others(namespace)?;
    let text = match namespace.table(Table::Unix) {
        Ok(text) => text,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let text = String::from_utf8_lossy(&text);
    let mut all = Vec::new();
    for line in text.split('\n').skip(1).filter(|line| !line.is_empty()) {
        match Socket::parse(line) {
            Some(socket)
                if socket.is_shown(options)
                    && others
                        .as_ref()
                        .is_none_or(|all| socket.inode == 0 || all.contains(&socket.inode)) =>
            {
                all.push(socket);
            }
            Some(_) => {}
            None => complain("warning, got bogus unix line."),
        }
    }
    Ok(Some(all))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_that_of_net_tools() {
        let line = "0000000000000000: 00000002 00000000 00010000 0001 01 33399421 /tmp/ng/ng.sock";
        let socket = Socket::parse(line).unwrap();
        assert_eq!(
            socket.line(&Options::default(), &Programs::default()),
            "unix  2      [ ACC ]     STREAM     LISTENING     33399421 /tmp/ng/ng.sock"
        );
        assert_eq!(Socket::parse("0: x"), None);
    }
}
