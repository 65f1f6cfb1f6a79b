//! The runner's side of the broker: has operations performed under permits, and asks what takes no permit.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::inquiry::{self, Inquiry, Told};
use super::link::Link;
use super::operation::{self, Context, Operation};
use super::state::State;
use nethost_core::{AbsolutePath, Capability, Interface, InterfaceBy};
use nethost_gate::{Permit, Ticket};

/// Performs privileged acts for rooms that hold a permit.
pub enum Broker {
    /// This process acts itself, as in the rooms' own tests.
    InProcess(Box<Mutex<State>>),
    /// The broker has a process of its own.
    Remote(Arc<Link>),
}

/// A network namespace to act in, by the name that it was opened by; none for the own one.
pub type NamespaceName = Option<String>;

impl Broker {
    /// One in this process.
    pub fn in_process() -> Self {
        Self::InProcess(Box::default())
    }

    /// Has an operation done under a permit. It may use these others too.
    pub(crate) fn perform<O: Operation, C: Capability>(
        &self,
        permit: &Permit<C>,
        others: &[&Ticket],
        args: O::Args,
    ) -> io::Result<(O::Reply, Option<OwnedFd>)> {
        match self {
            Self::Remote(link) => link.perform::<O>(permit.handle(), &args),
            Self::InProcess(state) => {
                let mut context = Context {
                    handle: permit.handle(),
                    permits: &others,
                    state: &mut locked(state),
                    // The room counts under the same permits.
                    accounts: false,
                };
                Ok(operation::perform::<O>(
                    permit.ticket(),
                    args,
                    &mut context,
                )?)
            }
        }
    }

    /// The same of one that a descriptor comes along with.
    pub(crate) fn obtain<O: Operation, C: Capability>(
        &self,
        permit: &Permit<C>,
        args: O::Args,
    ) -> io::Result<(O::Reply, OwnedFd)> {
        let (reply, descriptor) = self.perform::<O, C>(permit, &[], args)?;
        let missing = || io::Error::from_raw_os_error(libc::EPROTO);
        Ok((reply, descriptor.ok_or_else(missing)?))
    }

    pub(crate) fn inquire(
        &self,
        inquiry: Inquiry<'_>,
    ) -> io::Result<(Told<'static>, Option<OwnedFd>)> {
        match self {
            Self::Remote(link) => link.inquire(inquiry),
            Self::InProcess(state) => {
                let none: &[&Ticket] = &[];
                inquiry::answer(&inquiry, &mut locked(state), &none, |_, _| true)
            }
        }
    }

    /// The way to the system's name servers, for as long as a permit lasts.
    pub fn servers<C: Capability>(&self, permit: &Permit<C>) -> ServerAccess {
        ServerAccess(match self {
            Self::Remote(link) => Some((Arc::clone(link), permit.handle())),
            Self::InProcess(_) => None,
        })
    }

    /// The terminal was put back.
    pub fn release_terminal(&self) {
        if let Self::Remote(link) = self {
            link.release_terminal();
        }
    }

    /// The name of a network interface. It is no secret, so this takes no permit.
    pub fn interface_name(&self, namespace: &NamespaceName, index: u32) -> io::Result<String> {
        let namespace = namespace.as_deref().map(Into::into);
        match self.inquire(Inquiry::InterfaceName { namespace, index })? {
            (Told::Name(name), _) => Ok(name.into_owned()),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }

    /// A network interface, whatever it is called by. It is no secret either.
    pub fn interface(
        &self,
        namespace: &NamespaceName,
        by: &InterfaceBy<'_>,
    ) -> io::Result<Interface> {
        let inquiry = Inquiry::Interface {
            namespace: namespace.as_deref().map(Into::into),
            by: by.clone(),
        };
        match self.inquire(inquiry)? {
            (Told::Interface(interface), _) => Ok(interface),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }

    /// The real path of a file that a plugin names. Where the policy does not allow it that file, the path stays what
    /// its text says: that tells nothing about the file system.
    pub fn real_path(&self, capability: &str, path: &Path) -> io::Result<AbsolutePath> {
        let inquiry = Inquiry::RealPath {
            capability: capability.into(),
            path: path.as_os_str().as_bytes().into(),
        };
        match self.inquire(inquiry)? {
            (Told::Path(path), _) => Ok(path),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }

    /// The index of a network interface.
    pub fn interface_index(&self, name: &str) -> io::Result<u32> {
        match self.inquire(Inquiry::InterfaceIndex { name: name.into() })? {
            (Told::Index(index), _) => Ok(index),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }
}

pub(crate) fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens sockets to the system's name servers.
#[derive(Clone)]
pub struct ServerAccess(pub(crate) Option<(Arc<Link>, u64)>);
