//! The network namespaces of a run: its own, and those that were opened under a permit, each for as long as
//! that is held.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use super::netlink::{NamedNamespace, NetworkChange, Place};
use super::{InterfaceBy, fit};
use crate::bindings::nethost::cap::netlink::RouteLookup;
use crate::core::Interface;
use crate::gate::Ticket;

/// So many namespaces go into one answer, whatever their names.
const AT_ONCE: usize = 256;

#[derive(Default)]
pub(super) struct Places {
    own: Place,
    others: HashMap<u64, Place>,
}

impl Places {
    pub(super) fn open(&mut self, ticket: &Ticket, handle: u64, name: &str) -> io::Result<()> {
        permitted(fit::namespace(ticket.capability(), ticket.request(), name))?;
        self.others.insert(handle, Place::named(name)?);
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
        self.place(namespace)?
            .listener(kinds.ok_or_else(refused)?, groups)
    }

    pub(super) fn tcp_metrics(
        &self,
        ticket: &Ticket,
        namespace: Option<u64>,
    ) -> io::Result<(OwnedFd, u16)> {
        permitted(fit::tcp_metrics(ticket.capability(), ticket.request()))?;
        self.place(namespace)?.tcp_metrics()
    }

    pub(super) fn dump(
        &self,
        ticket: &Ticket,
        namespace: Option<u64>,
    ) -> io::Result<(OwnedFd, u16)> {
        let dump = fit::dump(ticket.capability(), ticket.request());
        self.place(namespace)?.dump(dump.ok_or_else(refused)?)
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
    ) -> io::Result<Vec<u8>> {
        permitted(fit::network_change(ticket.capability()))?;
        self.place(namespace)?.change(change, ticket.request())
    }

    pub(super) fn table(
        &self,
        ticket: &Ticket,
        namespace: Option<u64>,
        name: &str,
    ) -> io::Result<File> {
        permitted(fit::network_table(ticket.capability(), ticket.request()))?;
        self.place(namespace)?.table(name)
    }

    pub(super) fn named(
        &self,
        ticket: &Ticket,
        namespace: Option<u64>,
        skip: u32,
    ) -> io::Result<Vec<NamedNamespace>> {
        permitted(fit::namespaces(ticket.capability(), ticket.request()))?;
        self.place(namespace)?.named_ones(skip as usize, AT_ONCE)
    }

    pub(super) fn interface_name(&self, namespace: Option<u64>, index: u32) -> io::Result<String> {
        self.place(namespace)?.interface_name(index)
    }

    pub(super) fn interface(
        &self,
        namespace: Option<u64>,
        by: &InterfaceBy<'_>,
    ) -> io::Result<Interface> {
        self.place(namespace)?.interface(by)
    }

    pub(super) fn interface_index(&self, name: &str) -> io::Result<u32> {
        self.own.interface_index(name)
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
