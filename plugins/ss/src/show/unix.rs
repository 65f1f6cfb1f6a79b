//! UNIX domain sockets.

use std::fmt::Write as _;
use std::io::Write;

use nethost_sdk::sock_diag::{Message, Protocol, Query, u8_at, u32_at};
use nethost_sdk::{Error, Exit};

use super::{Fact, Show, out};
use crate::filter::UNIX;
use crate::options::{ALL_STATES, table};
use crate::socket::Socket;

/// struct unix_diag_msg.
const FIXED: usize = 16;

/// UDIAG_SHOW_….
const NAME: u32 = 1;
const VFS: u32 = 2;
const PEER: u32 = 4;
const PENDING: u32 = 8;
const QUEUES: u32 = 16;
const MEMORY: u32 = 32;

impl<W: Write> Show<W> {
    /// Lists them. False: the kernel cannot tell of them.
    pub(crate) fn unix(&mut self) -> Result<bool, Exit> {
        if !self.options.has_family(UNIX) {
            return Ok(true);
        }
        let mut show = NAME | PEER | QUEUES;
        if self.options.memory || self.options.json {
            show |= MEMORY;
        }
        if self.options.details || self.options.json {
            show |= VFS | PENDING;
        }
        let query = Query {
            protocol: Protocol::Unix,
            family: 0,
            states: self.options.states & ALL_STATES,
            show,
            filter: Vec::new(),
        };
        self.each(&query, Self::unix_one)
    }

    /// Lists the sockets that a query finds.
    pub(super) fn each(
        &mut self,
        query: &Query,
        show: fn(&mut Self, Message<'_>) -> Result<(), Exit>,
    ) -> Result<bool, Exit> {
        let failed = |error| match error {
            Error::NotFound | Error::NotSupported => Ok(false),
            error => Err(Exit::failed(1, format!("ss: {error}"))),
        };
        let listing = match self.namespace.list(query) {
            Ok(listing) => listing,
            Err(error) => return failed(error),
        };
        loop {
            let batch = match listing.next() {
                Ok(batch) => batch,
                Err(error) => return failed(error),
            };
            for message in batch.sockets() {
                show(self, message)?;
            }
            if batch.is_last() {
                return Ok(true);
            }
        }
    }

    fn unix_one(&mut self, message: Message<'_>) -> Result<(), Exit> {
        let kind = u32::from(message.u8(1));
        let shown = match kind {
            1 => table::UNIX_STREAM,
            2 => table::UNIX_DATAGRAM,
            5 => table::UNIX_SEQUENCED,
            _ => table::UNIX,
        };
        if self.options.tables & shown == 0 {
            return Ok(());
        }
        let attributes = message.attributes(FIXED);
        let name = attributes.find(0).map(name);
        let queues = attributes.find(4).unwrap_or_default();
        let inode = message.u32(4);
        let socket = Socket {
            family: UNIX,
            kind,
            state: message.u8(2),
            inode,
            local_port: inode.cast_signed(),
            remote_port: attributes
                .find(2)
                .map_or(0, |peer| u32_at(peer, 0).cast_signed()),
            receive_queue: u32_at(queues, 0),
            send_queue: u32_at(queues, 4),
            name: name.as_deref(),
            ..Socket::default()
        };
        if !self.takes(&socket) {
            return Ok(());
        }
        if self.owners.is_collecting() {
            self.owners.collect(inode);
            return Ok(());
        }
        if self.options.json {
            let fact = Fact::of_unix(self, &socket, attributes);
            return super::fact::print(&fact);
        }
        self.begin(&socket)?;
        self.pair(
            name.as_deref().unwrap_or("*"),
            " ",
            &socket.local_port.to_string(),
        )?;
        self.pair("*", " ", &socket.remote_port.to_string())?;
        self.owners(inode);
        if self.options.memory
            && let Some(facts) = attributes.find(5)
        {
            self.memory(facts);
        }
        if self.options.details {
            if let Some(mask) = attributes.find(6) {
                self.shutdown(u8_at(mask, 0));
            }
            if let Some(file) = attributes.find(1) {
                let (inode, device) = (u32_at(file, 0), u32_at(file, 4));
                let (major, minor) = device_numbers(device);
                out!(self, " ino:{inode} dev:{major}/{minor}");
            }
            if let Some(pending) = attributes.find(3) {
                self.table.text(" peers:");
                for peer in pending.chunks_exact(4) {
                    out!(self, " {}", u32_at(peer, 0));
                }
            }
        }
        Ok(())
    }
}

/// An abstract name begins with NUL, which is shown as `@`, as are others in it.
fn name(octets: &[u8]) -> String {
    match octets.first() {
        Some(0) => String::from_utf8_lossy(octets).replace('\0', "@"),
        _ => {
            let end = octets.iter().position(|octet| *octet == 0);
            String::from_utf8_lossy(&octets[..end.unwrap_or(octets.len())]).into_owned()
        }
    }
}

/// major(3) and minor(3) of what the kernel tells.
pub(super) fn device_numbers(device: u32) -> (u32, u32) {
    (device >> 8 & 0xfff, device & 0xff | device >> 12 & 0xfff00)
}
