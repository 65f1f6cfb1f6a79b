//! Questions that require no permit, because they reach nobody, change nothing and reveal no secret: names of
//! interfaces, and sockets that cannot send or receive yet.

use std::borrow::Cow;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use super::file;
use super::operation::Permits;
use super::state::State;
use nethost_core::{AbsolutePath, Interface, InterfaceBy};
use nethost_core::{Request, Target};
use nethost_netlink::change::NetworkChange;

/// A question.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Inquiry<'a> {
    /// The name of a network interface, in the namespace of this name.
    InterfaceName {
        namespace: Option<Cow<'a, str>>,
        index: u32,
    },
    /// A network interface by any of its names, in the namespace of this name.
    Interface {
        namespace: Option<Cow<'a, str>>,
        by: InterfaceBy<'a>,
    },
    /// The only network interface that a change is about, in the namespace of this name.
    InterfaceOfChange {
        namespace: Option<Cow<'a, str>>,
        change: Box<Cow<'a, NetworkChange>>,
    },
    /// The index of an interface.
    InterfaceIndex { name: Cow<'a, str> },
    /// The real path of a file, if a request for it would be allowed. Otherwise the path as it is written, which
    /// reveals nothing about the file system.
    RealPath {
        capability: Cow<'a, str>,
        path: Cow<'a, [u8]>,
    },
    /// Creates an incremental socket with this number.
    MakeSocket {
        socket: u64,
        stream: bool,
        ipv6: bool,
    },
    /// Binds it to any address and a port that the kernel chooses.
    BindAnywhere { socket: u64 },
    /// Disconnects a datagram socket.
    Disconnect { socket: u64 },
}

/// The reply to an inquiry.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum InquiryReply<'a> {
    Done,
    Name(Cow<'a, str>),
    Index(u32),
    Interface(Interface),
    Path(AbsolutePath),
}

/// Answers one.
pub(super) fn answer(
    inquiry: &Inquiry<'_>,
    state: &mut State,
    permits: &dyn Permits,
    allows: impl Fn(&str, &Request) -> bool,
) -> io::Result<(InquiryReply<'static>, Option<OwnedFd>)> {
    let sockets = &mut state.sockets.incremental;
    Ok(match inquiry {
        Inquiry::InterfaceName { namespace, index } => {
            let namespace = state.namespaces.named(namespace.as_deref(), permits)?;
            (
                InquiryReply::Name(namespace.interface_name(*index)?.into()),
                None,
            )
        }
        Inquiry::Interface { namespace, by } => {
            let namespace = state.namespaces.named(namespace.as_deref(), permits)?;
            (InquiryReply::Interface(namespace.interface(by)?), None)
        }
        Inquiry::InterfaceOfChange { namespace, change } => {
            let namespace = state.namespaces.named(namespace.as_deref(), permits)?;
            let interface = namespace.interface_of(change);
            let interface = interface.ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV));
            (InquiryReply::Interface(interface?), None)
        }
        Inquiry::RealPath { capability, path } => {
            let meant = file::meant(path)?;
            let real = state.rights().learn(|| Ok(file::resolve(&meant)))?;
            let allowed = allows(capability, &Request::new("", Target::Path(real.clone())));
            (InquiryReply::Path(if allowed { real } else { meant }), None)
        }
        Inquiry::InterfaceIndex { name } => {
            let namespace = state.namespaces.named(None, permits)?;
            (InquiryReply::Index(namespace.interface_index(name)?), None)
        }
        Inquiry::MakeSocket {
            socket,
            stream,
            ipv6,
        } => (
            InquiryReply::Done,
            Some(sockets.make(*socket, *stream, *ipv6)?),
        ),
        Inquiry::BindAnywhere { socket } => {
            let any: SocketAddr = match sockets.get(*socket)?.is_ipv6() {
                true => (Ipv6Addr::UNSPECIFIED, 0).into(),
                false => (Ipv4Addr::UNSPECIFIED, 0).into(),
            };
            sockets.bind(*socket, any, false)?;
            (InquiryReply::Done, None)
        }
        Inquiry::Disconnect { socket } => {
            sockets.datagrams(*socket)?;
            sockets.disconnect(*socket)?;
            (InquiryReply::Done, None)
        }
    })
}
