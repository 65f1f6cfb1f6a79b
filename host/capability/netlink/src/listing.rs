//! A dump that is passed on as the kernel sends it: at most one kernel buffer is in memory.

use std::io;
use std::os::fd::OwnedFd;

use super::{
    RouteRead, address, address_label, l2tp, link, namespace_number, neighbour, neighbour_table,
    route, rule, sys, tcp_metrics, xfrm,
};
use crate::bindings::nethost::cap::netlink as wit;
use nethost_gate::Permit;
use nethost_netlink::message::{KernelError, Message, Messages};

/// The maximum that the kernel sends at once, since Linux 4.6.
const BUFFER: usize = 32 << 10;

/// The answers to a query, as they come.
pub(super) struct Reader {
    socket: OwnedFd,
    permit: Permit<RouteRead>,
    /// A dump ends with an end message; a single answer does not.
    dump: bool,
    buffer: Vec<u8>,
    /// How much of the buffer has been passed on.
    at: usize,
    /// The message of each object, if the messages are wanted.
    messages: Option<Vec<Vec<u8>>>,
    pub(super) over: bool,
}

/// An active listing.
pub struct Listing {
    reader: Reader,
    of: Objects,
}

/// The kind of objects that are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objects {
    Links,
    Addresses,
    Routes,
    Rules,
    Neighbours,
    AddressLabels,
    NeighbourTables,
    NamespaceNumbers,
    /// The type of the messages, which is the number of their generic netlink family.
    TcpMetrics(u16),
    SecurityAssociations,
    SecurityPolicies,
    /// The type of the messages, as for TCP metrics.
    L2tp(u16),
}

impl Listing {
    pub(super) fn new(socket: OwnedFd, permit: Permit<RouteRead>, of: Objects, dump: bool) -> Self {
        let reader = Reader::new(socket, permit, dump);
        Self { reader, of }
    }

    pub(super) fn next(&mut self, max: u32) -> Result<wit::Batch, KernelError> {
        let mut interrupted = false;
        let seen = &mut interrupted;
        let objects =
            match self.of {
                Objects::Links => {
                    wit::Objects::Links(self.reader.take(max, link::NEW, link::decode, seen)?)
                }
                Objects::Addresses => wit::Objects::Addresses(self.reader.take(
                    max,
                    address::NEW,
                    address::decode,
                    seen,
                )?),
                Objects::Routes => {
                    wit::Objects::Routes(self.reader.take(max, route::NEW, route::decode, seen)?)
                }
                Objects::Rules => {
                    wit::Objects::Rules(self.reader.take(max, rule::NEW, rule::decode, seen)?)
                }
                Objects::Neighbours => wit::Objects::Neighbours(self.reader.take(
                    max,
                    neighbour::NEW,
                    neighbour::decode,
                    seen,
                )?),
                Objects::AddressLabels => wit::Objects::AddressLabels(self.reader.take(
                    max,
                    address_label::NEW,
                    address_label::decode,
                    seen,
                )?),
                Objects::NeighbourTables => wit::Objects::NeighbourTables(self.reader.take(
                    max,
                    neighbour_table::NEW,
                    neighbour_table::decode,
                    seen,
                )?),
                Objects::NamespaceNumbers => wit::Objects::NamespaceNumbers(self.reader.take(
                    max,
                    namespace_number::NEW,
                    namespace_number::decode,
                    seen,
                )?),
                Objects::TcpMetrics(family) => wit::Objects::TcpMetrics(self.reader.take(
                    max,
                    family,
                    tcp_metrics::decode,
                    seen,
                )?),
                Objects::SecurityAssociations => wit::Objects::SecurityAssociations(
                    self.reader
                        .take(max, xfrm::NEW_ASSOCIATION, xfrm::decode_association, seen)?,
                ),
                Objects::SecurityPolicies => wit::Objects::SecurityPolicies(self.reader.take(
                    max,
                    xfrm::NEW_POLICY,
                    xfrm::decode_policy,
                    seen,
                )?),
                Objects::L2tp(family) => {
                    wit::Objects::L2tp(self.reader.take(max, family, l2tp::decode, seen)?)
                }
            };
        Ok(wit::Batch {
            objects,
            interrupted,
            last: self.reader.over,
        })
    }

    pub(super) fn next_messages(
        &mut self,
        max: u32,
    ) -> Result<(wit::Batch, Vec<Vec<u8>>), KernelError> {
        self.reader.messages = Some(Vec::new());
        let batch = self.next(max);
        let messages = self.reader.messages.take().unwrap_or_default();
        Ok((batch?, messages))
    }
}

impl Reader {
    pub(super) fn new(socket: OwnedFd, permit: Permit<RouteRead>, dump: bool) -> Self {
        Self {
            socket,
            permit,
            dump,
            buffer: Vec::with_capacity(BUFFER),
            at: 0,
            messages: None,
            over: false,
        }
    }

    pub(super) fn take<T>(
        &mut self,
        max: u32,
        wanted: u16,
        decode: impl Fn(&[u8]) -> Option<T>,
        interrupted: &mut bool,
    ) -> Result<Vec<T>, KernelError> {
        let mut objects = Vec::new();
        while !self.over && objects.len() < max as usize {
            if self.at >= self.buffer.len() {
                sys::receive(&self.permit, &self.socket, &mut self.buffer)
                    .map_err(|error| self.failed(error))?;
                self.at = 0;
            }
            let unread = &self.buffer[self.at..];
            let mut messages = Messages::new(unread);
            while objects.len() < max as usize {
                let begin = unread.len() - messages.rest();
                let Some(message) = messages.next() else {
                    break;
                };
                match message {
                    Message::Object { kind, payload } if kind == wanted => {
                        let object = decode(payload);
                        if let (Some(kept), Some(_)) = (&mut self.messages, &object) {
                            kept.push(unread[begin..unread.len() - messages.rest()].to_vec());
                        }
                        objects.extend(object);
                        self.over |= !self.dump;
                    }
                    Message::Object { .. } => {}
                    Message::Done { .. } => self.over = true,
                    Message::Error(error) => {
                        self.over = true;
                        self.permit
                            .failed(&io::Error::from_raw_os_error(error.errno));
                        return Err(error);
                    }
                }
            }
            *interrupted |= messages.interrupted;
            let rest = messages.rest();
            // A malformed message ends the buffer, not the listing.
            self.at = if objects.len() < max as usize {
                self.buffer.len()
            } else {
                self.buffer.len() - rest
            };
        }
        Ok(objects)
    }

    fn failed(&self, error: io::Error) -> KernelError {
        self.permit.failed(&error);
        error.into()
    }
}
