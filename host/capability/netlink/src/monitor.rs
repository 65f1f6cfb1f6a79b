//! Events about objects, as the kernel reports them to every listener.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::{
    RouteRead, address, address_label, event, link, namespace_number, neighbour, route, rule, sys,
};
use crate::bindings::nethost::cap::netlink as wit;
use nethost_gate::Permit;
use nethost_kit::types::{ErrorCode, invalid};
use nethost_net::register;
use nethost_netlink::message::{KernelError, Message, Messages};

/// The group RTNLGRP_… of each subject (linux/rtnetlink.h).
pub(super) fn groups(subjects: wit::Subjects) -> Vec<u32> {
    let all: [(wit::Subjects, &[u32]); 10] = [
        (wit::Subjects::LINKS, &[1]),
        (wit::Subjects::ADDRESSES, &[5, 9]),
        (wit::Subjects::ROUTES, &[7, 11]),
        (wit::Subjects::RULES, &[8, 19]),
        (wit::Subjects::NEIGHBOURS, &[3]),
        (wit::Subjects::MULTICAST_ROUTES, &[6, 10]),
        (wit::Subjects::NAMESPACE_NUMBERS, &[28]),
        (wit::Subjects::FORWARDING_SETTINGS, &[24, 25]),
        (wit::Subjects::NEXT_HOPS, &[32]),
        (wit::Subjects::ANNOUNCED_PREFIXES, &[18]),
    ];
    let wanted = all
        .into_iter()
        .filter(|(subject, _)| subjects.contains(*subject));
    wanted.flat_map(|(_, groups)| groups).copied().collect()
}

/// A subscription to events.
pub struct Monitor {
    socket: AsyncFd<OwnedFd>,
    permit: Permit<RouteRead>,
}

/// The type in the table of a run; a waiting call holds it too.
pub type Watch = std::sync::Arc<Monitor>;

impl Monitor {
    pub(super) fn new(socket: OwnedFd, permit: Permit<RouteRead>) -> io::Result<Self> {
        Ok(Self {
            socket: register(socket, Interest::READABLE)?,
            permit,
        })
    }

    pub(super) async fn next(
        &self,
        max: u32,
        timeout: u64,
    ) -> Result<Vec<wit::Event>, KernelError> {
        let mut events = Vec::new();
        let timeout = Duration::from_nanos(timeout);
        match tokio::time::timeout(timeout, self.fill(max, &mut events)).await {
            Ok(done) => done.map(|()| events),
            Err(_) => Ok(events),
        }
    }

    async fn fill(&self, max: u32, events: &mut Vec<wit::Event>) -> Result<(), KernelError> {
        let mut buffer = Vec::with_capacity(64 << 10);
        while events.is_empty() {
            let mut ready = self.socket.readable().await?;
            loop {
                match sys::receive(&self.permit, ready.get_inner(), &mut buffer) {
                    Ok(()) => decode(&buffer, events),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        ready.clear_ready();
                        break;
                    }
                    Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                        events.push(wit::Event::Lost);
                    }
                    Err(error) => {
                        self.permit.failed(&error);
                        return Err(error.into());
                    }
                }
                if events.len() >= max as usize {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// The object in a message of this type, and whether it was removed.
fn object(kind: u16, payload: &[u8]) -> Option<(wit::Object, bool)> {
    use wit::Object;
    let object = match kind {
        link::NEW | link::DELETE => Object::Link(link::decode(payload)?),
        address::NEW | address::DELETE => Object::Address(address::decode(payload)?),
        route::NEW | route::DELETE => Object::Route(route::decode(payload)?),
        rule::NEW | rule::DELETE => Object::Rule(rule::decode(payload)?),
        neighbour::NEW | neighbour::DELETE => Object::Neighbour(neighbour::decode(payload)?),
        address_label::NEW | address_label::DELETE => {
            Object::AddressLabel(address_label::decode(payload)?)
        }
        namespace_number::NEW | namespace_number::DELETE => {
            Object::NamespaceNumber(namespace_number::decode(payload)?)
        }
        event::NEW_SETTINGS | event::DELETE_SETTINGS => {
            Object::ForwardingSettings(event::settings(payload)?)
        }
        event::NEW_HOP | event::DELETE_HOP => Object::NextHop(event::hop(payload)?),
        event::NEW_PREFIX => Object::AnnouncedPrefix(event::prefix(payload)?),
        _ => return None,
    };
    // RTM_NEW… are multiples of four; each RTM_DEL… is one higher.
    Some((object, kind % 4 == 1))
}

/// The object in a stored message.
pub(super) fn read_message(message: &[u8]) -> Result<wit::Object, ErrorCode> {
    let object = match Messages::new(message).next() {
        Some(Message::Object { kind, payload }) => object(kind, payload),
        _ => None,
    };
    let object = object.map(|(object, _)| object);
    object.ok_or_else(|| invalid("the message is not about an object"))
}

fn decode(buffer: &[u8], events: &mut Vec<wit::Event>) {
    for message in Messages::new(buffer) {
        let Message::Object { kind, payload } = message else {
            continue;
        };
        events.extend(object(kind, payload).map(|(object, removed)| {
            if removed {
                wit::Event::Removed(object)
            } else {
                wit::Event::Changed(object)
            }
        }));
    }
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Monitor({:?})", self.socket.get_ref().as_fd())
    }
}
