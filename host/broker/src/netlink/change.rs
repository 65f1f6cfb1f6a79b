//! Changes: the broker builds the message of a change itself, and sends it only if that change was permitted.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

use netlink_sys::Socket;
use netlink_sys::protocols::NETLINK_XFRM;

use super::{LARGEST, NAMED, NetNamespace, exchange, malformed, open, refused};
use crate::user_process::Rights;
use crate::{namespace_name, sys};
use nethost_core::{Interface, InterfaceBy, Request};
use nethost_netlink::change::{Act, LookUp, NetworkChange, interface_of, prepare};
use nethost_netlink::displaced::Displaced;
use nethost_netlink::message::{Message, Messages, is_last};
use nethost_netlink::{NamespaceName, TunDevice, generic, tun};

/// Looks up what a change names.
struct Found<'a> {
    namespace: &'a NetNamespace,
    rights: Rights<'a>,
    /// Kept open until the kernel has processed the message.
    destinations: Vec<OwnedFd>,
}

impl LookUp for Found<'_> {
    fn link(&mut self, index: u32) -> Option<Interface> {
        let link = self.namespace.interface(&InterfaceBy::Index(index)).ok();
        link.map(Interface::without_index)
    }

    fn enter(&mut self, name: &str) -> Result<i32, nethost_netlink::Error> {
        let file = self.rights.open(|| open(name))?;
        let descriptor = file.as_raw_fd();
        self.destinations.push(file);
        Ok(descriptor)
    }
}

impl NetNamespace {
    /// Makes a change, if it is the permitted one. `before` is called when that is certain.
    pub(crate) fn change(
        &self,
        change: &NetworkChange,
        permitted: &Request,
        rights: Rights<'_>,
        before: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<Vec<u8>> {
        let mut found = Found {
            namespace: self,
            rights,
            destinations: Vec::new(),
        };
        let interface = self.interface_of(change);
        let (act, request) = prepare(change, interface, &mut found).map_err(|_| malformed())?;
        if request.in_namespace(permitted.namespace.as_deref()) != *permitted {
            return Err(refused());
        }
        before()?;
        match act {
            Act::Message(message) => return exchange(self.writer()?, &message),
            Act::Generic(family, mut message) => {
                let (socket, family) = self.generic_socket(family)?;
                generic::address(&mut message, family).ok_or_else(malformed)?;
                return exchange(&socket, &message);
            }
            Act::Security(message) => return outcome(&self.speaking(NETLINK_XFRM)?, &message),
            Act::TunDevice(device) => self.change_tun(device, change.put)?,
            Act::MulticastAddress { link, octets } => self.inside(|| {
                let any = (std::net::Ipv4Addr::UNSPECIFIED, 0);
                let socket = std::net::UdpSocket::bind(any)?;
                sys::change_multicast(&socket, link, octets, change.put)
            })?,
            Act::NamespaceName(NamespaceName { name, process }) => {
                let path = Path::new(NAMED).join(name);
                if change.put {
                    // A process that this user may inspect.
                    let namespace = |process| {
                        let file = format!("/proc/{process}/ns/net");
                        rights.open(|| File::open(file))
                    };
                    let of = process.map(namespace).transpose()?;
                    namespace_name::give(&path, of.as_ref().map(AsFd::as_fd))?;
                } else {
                    namespace_name::take(&path)?;
                }
            }
        }
        Ok(Vec::new())
    }

    /// The link of a change, by its own name: the only one whose configuration the change touches. If it does not exist,
    /// the kernel refuses the change with its own error.
    pub(crate) fn interface_of(&self, change: &NetworkChange) -> Option<Interface> {
        let interface = self.interface(&interface_of(change)?).ok()?;
        let touches_another = match Displaced::by(change) {
            // What cannot be asked is taken for another link's.
            Some(displaced) => self.finds_another_link(&displaced).unwrap_or(true),
            None => false,
        };
        (!touches_another).then(|| interface.without_index())
    }

    /// Whether one of the routes that a change displaces uses another link.
    fn finds_another_link(&self, displaced: &Displaced) -> io::Result<bool> {
        let socket = self.socket()?;
        socket.send(&displaced.question().ok_or_else(malformed)?, 0)?;
        let (mut answer, mut found) = (Vec::with_capacity(LARGEST), false);
        loop {
            answer.clear();
            socket.recv(&mut answer, 0)?;
            let (mut messages, mut is_last) = (Messages::new(&answer), answer.is_empty());
            for message in &mut messages {
                match message {
                    Message::Object { payload, .. } => {
                        found |= displaced.is_of_another_link(payload);
                    }
                    Message::Done { .. } => is_last = true,
                    // There is no such table yet.
                    Message::Error(error) if error.errno == libc::ENOENT => return Ok(false),
                    Message::Error(error) => {
                        return Err(io::Error::from_raw_os_error(error.errno));
                    }
                }
            }
            // A list that changed while it was read may lack the route.
            found |= messages.interrupted;
            if is_last || found {
                return Ok(found);
            }
        }
    }

    /// Makes a TUN/TAP device persistent, or removes one.
    fn change_tun(&self, device: &TunDevice, persist: bool) -> io::Result<()> {
        const TUNSETPERSIST: u64 = 0x4004_54cb;
        const TUNSETOWNER: u64 = 0x4004_54cc;
        const TUNSETGROUP: u64 = 0x4004_54ce;
        self.inside(|| {
            let file = File::options()
                .read(true)
                .write(true)
                .open("/dev/net/tun")?;
            sys::set_interface(&file, &device.name, tun::flags(device, persist))?;
            if persist {
                if let Some(user) = device.user {
                    sys::ioctl_number(&file, TUNSETOWNER, user)?;
                }
                if let Some(group) = device.group {
                    sys::ioctl_number(&file, TUNSETGROUP, group)?;
                }
            }
            // Last, because until then the device is removed when this descriptor is closed.
            sys::ioctl_number(&file, TUNSETPERSIST, persist.into())
        })
    }
}

/// The same for a change after which the kernel tells the object before it acknowledges.
fn outcome(socket: &Socket, message: &[u8]) -> io::Result<Vec<u8>> {
    let mut answer = exchange(socket, message)?;
    while !answer.is_empty() && !is_last(&answer) {
        answer.clear();
        socket.recv(&mut answer, 0)?;
    }
    Ok(answer)
}
