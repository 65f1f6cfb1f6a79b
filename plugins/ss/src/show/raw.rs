//! Sockets of raw(7) from /proc/net/raw and raw6, for kernels without raw_diag.

use std::fmt::Write as _;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nethost_sdk::sock_diag::{Protocol, Table};
use nethost_sdk::{Error, Exit};

use super::inet::octets;
use super::{Fact, Show, out};
use crate::filter::{INET, INET6};
use crate::services::Transport;
use crate::socket::Socket;

impl<W: Write> Show<W> {
    /// Lists them.
    pub(crate) async fn raw(&mut self) -> Result<bool, Exit> {
        if self.internet(Protocol::Raw, Some(Transport::Raw)).await? {
            return Ok(true);
        }
        for (family, table) in [(INET, Table::Raw), (INET6, Table::Raw6)] {
            if !self.options.has_family(family) {
                continue;
            }
            let text = match self.namespace.table(table) {
                Ok(text) => text,
                Err(Error::NotFound) => continue,
                Err(error) => return Err(Exit::failed(1, format!("ss: {error}"))),
            };
            let text = String::from_utf8_lossy(&text).into_owned();
            let lines: Vec<Line> = text
                .lines()
                .skip(1)
                .filter_map(|line| Line::parse(line, family))
                .collect();
            if self.names.is_some() {
                let each = lines.iter().flat_map(|line| [line.local.0, line.remote.0]);
                self.learn(each.collect::<Vec<_>>()).await;
            }
            for line in &lines {
                self.raw_one(line, family)?;
            }
        }
        Ok(true)
    }

    fn raw_one(&mut self, line: &Line, family: u8) -> Result<(), Exit> {
        let socket = Socket {
            family,
            kind: 0,
            state: line.state,
            local: octets(line.local.0),
            remote: octets(line.remote.0),
            local_port: line.local.1.into(),
            remote_port: line.remote.1.into(),
            receive_queue: line.receive_queue,
            send_queue: line.send_queue,
            inode: line.inode,
            user: line.user,
            ..Socket::default()
        };
        if self.options.states >> line.state & 1 == 0 || !self.takes(&socket) {
            return Ok(());
        }
        if self.owners.is_collecting() {
            self.owners.collect(socket.inode);
            return Ok(());
        }
        if self.options.json {
            let port = self.port(line.local.1);
            let fact = Fact::of_other(self, &socket, &line.local.0.to_string(), &port);
            return super::fact::print(&fact);
        }
        self.begin(&socket)?;
        self.endpoint(line.local.0, line.local.1, 0, false)?;
        self.endpoint(line.remote.0, line.remote.1, 0, false)?;
        self.owners(socket.inode);
        if self.options.details && !line.rest.is_empty() {
            out!(self, " opt:\"{}\"", line.rest);
        }
        Ok(())
    }
}

/// One line.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    local: (IpAddr, u16),
    remote: (IpAddr, u16),
    state: u8,
    send_queue: u32,
    receive_queue: u32,
    user: u32,
    inode: u32,
    /// What is behind the fields that are known.
    rest: String,
}

impl Line {
    /// `sl: local remote st tx:rx tr:when retrnsmt uid timeout inode ref pointer drops`.
    fn parse(line: &str, family: u8) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let hexadecimal = |text: &str| u32::from_str_radix(text, 16).ok();
        let (send, receive) = words.get(4)?.split_once(':')?;
        Some(Self {
            local: endpoint(words.get(1)?, family)?,
            remote: endpoint(words.get(2)?, family)?,
            state: u8::from_str_radix(words.get(3)?, 16).ok()?.min(15),
            send_queue: hexadecimal(send)?,
            receive_queue: hexadecimal(receive)?,
            user: words.get(7)?.parse().ok()?,
            inode: words.get(9)?.parse().ok()?,
            rest: String::new(),
        })
    }
}

/// An address as words of 32 bits in the machine's order, and a port.
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
    fn a_line_is_read() {
        let line = "   1: 0100007F:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 33412345 2 0000000000000000 0";
        let line = Line::parse(line, INET).unwrap();
        assert_eq!(line.local, ("127.0.0.1".parse().unwrap(), 1));
        assert_eq!((line.state, line.inode), (7, 33_412_345));
        assert_eq!(Line::parse("  1: x", INET), None);
        assert_eq!(
            endpoint("00000000000000000000000001000000:003A", INET6),
            Some(("::1".parse().unwrap(), 58))
        );
    }
}
