//! The runner's side of the broker: requests operations under permits, and inquiries without a permit.

use std::borrow::Cow;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::inquiry::{self, Inquiry, InquiryReply};
use super::link::Link;
use super::operation::{self, Context, Operation};
use super::state::State;
use nethost_core::{AbsolutePath, Capability, Interface, InterfaceBy};
use nethost_gate::{Permit, Ticket};
use nethost_netlink::change::NetworkChange;

/// Requests operations for capabilities that hold a permit.
pub enum Broker {
    /// This process performs the operations itself, as in the tests of the capabilities.
    InProcess(Box<Mutex<State>>),
    /// The broker is another process.
    Remote(Arc<Link>),
}

/// A network namespace to act in, by its name; none for the namespace of this process.
pub type NamespaceName = Option<String>;

impl Broker {
    /// A broker in this process.
    pub fn in_process() -> Self {
        Self::InProcess(Box::default())
    }

    /// Requests an operation under a permit, which can use these other permits, too.
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
                    // The capability counts under the same permits.
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

    /// The same for an operation that returns a descriptor.
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
    ) -> io::Result<(InquiryReply<'static>, Option<OwnedFd>)> {
        match self {
            Self::Remote(link) => link.inquire(inquiry),
            Self::InProcess(state) => {
                let none: &[&Ticket] = &[];
                inquiry::answer(&inquiry, &mut locked(state), &none, |_, _| true)
            }
        }
    }

    /// Access to the system's name servers, as long as a permit lasts.
    pub fn servers<C: Capability>(&self, permit: &Permit<C>) -> ServerAccess {
        ServerAccess(match self {
            Self::Remote(link) => Some((Arc::clone(link), permit.handle())),
            Self::InProcess(_) => None,
        })
    }

    /// Reports that the terminal has been restored.
    pub fn release_terminal(&self) {
        if let Self::Remote(link) = self {
            link.release_terminal();
        }
    }

    /// The name of a network interface. It is not secret, so no permit is required.
    pub fn interface_name(&self, namespace: &NamespaceName, index: u32) -> io::Result<String> {
        let namespace = namespace.as_deref().map(Into::into);
        match self.inquire(Inquiry::InterfaceName { namespace, index })? {
            (InquiryReply::Name(name), _) => Ok(name.into_owned()),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }

    /// A network interface, by any of its names. It is not secret either.
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
            (InquiryReply::Interface(interface), _) => Ok(interface),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }

    /// The only network interface that a change of the network configuration is about, if there is one. Neither is that
    /// secret.
    pub fn interface_of_change(
        &self,
        namespace: &NamespaceName,
        change: &NetworkChange,
    ) -> Option<Interface> {
        let inquiry = Inquiry::InterfaceOfChange {
            namespace: namespace.as_deref().map(Into::into),
            change: Box::new(Cow::Borrowed(change)),
        };
        match self.inquire(inquiry).ok()? {
            (InquiryReply::Interface(interface), _) => Some(interface),
            _ => None,
        }
    }

    /// The real path of a file that a plugin names. If the policy does not allow the file, the path is returned as it
    /// is written, which reveals nothing about the file system.
    pub fn real_path(&self, capability: &str, path: &Path) -> io::Result<AbsolutePath> {
        let inquiry = Inquiry::RealPath {
            capability: capability.into(),
            path: path.as_os_str().as_bytes().into(),
        };
        match self.inquire(inquiry)? {
            (InquiryReply::Path(path), _) => Ok(path),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }

    /// The index of a network interface.
    pub fn interface_index(&self, name: &str) -> io::Result<u32> {
        match self.inquire(Inquiry::InterfaceIndex { name: name.into() })? {
            (InquiryReply::Index(index), _) => Ok(index),
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
