//! The network namespaces of a run: its own, and those that were opened under a permit, each for as long as
//! that is held.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;

use super::fit;
use super::netlink::{NamedNamespace, NetworkChange, Place};
use super::user_process::Rights;
use crate::bindings::nethost::cap::netlink::RouteLookup;
use crate::gate::Ticket;

/// So many namespaces go into one answer, whatever their names.
const AT_ONCE: usize = 256;

#[derive(Default)]
pub(super) struct Places {
    own: Place,
    others: HashMap<u64, Place>,
}

impl Places {
    pub(super) fn open(
        &mut self,
        ticket: &Ticket,
        handle: u64,
        name: &str,
        rights: Rights<'_>,
    ) -> io::Result<()> {
        permitted(fit::namespace(ticket.capability(), ticket.request(), name))?;
        self.others.insert(handle, Place::named(name, rights)?);
        Ok(())
    }

    pub(super) fn close(&mut self, handle: u64) {
        self.others.remove(&handle);
    }

    pub(super) fn listener(
        &self,
        ticket: &Ticket,
        namespace: Option<u64>,
        groups: &[u32],
    ) -> io::Result<OwnedFd> {
        let kinds = fit::netlink(ticket.capability(), ticket.request());
        permitted(groups.is_empty() || fit::events(ticket.request()))?;
        self.read(ticket, namespace)?
            .listener(kinds.ok_or_else(refused)?, groups)
    }

    pub(super) fn tcp_metrics(
        &self,
        ticket: &Ticket,
        namespace: Option<u64>,
    ) -> io::Result<(OwnedFd, u16)> {
        permitted(fit::tcp_metrics(ticket.capability(), ticket.request()))?;
        self.read(ticket, namespace)?.tcp_metrics()
    }

    pub(super) fn dump(
        &self,
        ticket: &Ticket,
        namespace: Option<u64>,
    ) -> io::Result<(OwnedFd, u16)> {
        let dump = fit::dump(ticket.capability(), ticket.request());
        self.read(ticket, namespace)?
            .dump(dump.ok_or_else(refused)?)
    }

    pub(super) fn look_up(
        &self,
        ticket: &Ticket,
        namespace: Option<u64>,
        lookup: &RouteLookup,
    ) -> io::Result<Vec<u8>> {
        permitted(fit::network_reading(ticket.capability()))?;
        self.place(namespace)?.look_up(lookup, ticket.request())
    }

    pub(super) fn change(
        &self,
        ticket: &Ticket,
        namespace: Option<u64>,
        change: &NetworkChange<'_>,
        rights: Rights<'_>,
    ) -> io::Result<Vec<u8>> {
        permitted(fit::network_change(ticket.capability()))?;
        self.place(namespace)?
            .change(change, ticket.request(), rights)
    }

    pub(super) fn table(
        &self,
        ticket: &Ticket,
        namespace: Option<u64>,
        name: &str,
        rights: Rights<'_>,
    ) -> io::Result<OwnedFd> {
        permitted(fit::network_table(ticket.capability(), ticket.request()))?;
        self.read(ticket, namespace)?.table(name, rights)
    }

    pub(super) fn named(
        &self,
        ticket: &Ticket,
        namespace: Option<u64>,
        skip: u32,
        rights: Rights<'_>,
    ) -> io::Result<Vec<NamedNamespace>> {
        permitted(fit::namespaces(ticket.capability(), ticket.request()))?;
        self.read(ticket, namespace)?
            .named_ones(skip as usize, AT_ONCE, rights)
    }

    pub(super) fn interface_name(&self, namespace: Option<u64>, index: u32) -> io::Result<String> {
        self.place(namespace)?.interface_name(index)
    }

    pub(super) fn interface_index(&self, name: &str) -> io::Result<u32> {
        self.own.interface_index(name)
    }

    /// The namespace, if it is the one that may be read.
    fn read(&self, ticket: &Ticket, namespace: Option<u64>) -> io::Result<&Place> {
        let place = self.place(namespace)?;
        permitted(place.is_of(ticket.request())).map(|()| place)
    }

    fn place(&self, namespace: Option<u64>) -> io::Result<&Place> {
        match namespace {
            None => Ok(&self.own),
            Some(handle) => self.others.get(&handle).ok_or_else(refused),
        }
    }
}

fn permitted(fits: bool) -> io::Result<()> {
    if fits { Ok(()) } else { Err(refused()) }
}

fn refused() -> io::Error {
    io::Error::from_raw_os_error(libc::EACCES)
}
