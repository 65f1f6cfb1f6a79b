//! Sockets with many remotes: each part of those is a set under a permit of its own, and packets are checked against
//! it here, where they are sent. The plugin's process names a member by its number and brings no address.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use socket2::Socket;

use super::socket::{self, OpenedSocket, Protocol, SocketSpec};
use super::wire::owned;
use super::{filter, fit};
use crate::datagram::{self, Departure};
use crate::gate::{Denial, Member, Ticket};
use crate::policy::Exception;

/// What the process with the plugin asks of sockets with many remotes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Act<'a> {
    /// Open a socket under a permit for a set, or two. Answered, with the socket.
    Open {
        handle: u64,
        receive: Option<u64>,
        spec: SocketSpec,
    },
    /// Give a socket, known by the handle that it was opened under, one more set. Answered, with the number of its
    /// first member.
    Join {
        socket: u64,
        handle: u64,
        receive: Option<u64>,
    },
    /// Send packets: their heads, and their bytes one after the other. Answered.
    Send {
        socket: u64,
        #[serde(serialize_with = "serde_bytes::serialize", deserialize_with = "owned")]
        heads: Cow<'a, [u8]>,
        #[serde(serialize_with = "serde_bytes::serialize", deserialize_with = "owned")]
        bytes: Cow<'a, [u8]>,
    },
    /// Tell what of a permitted set is denied, but for so many. Answered, with some of it.
    Exceptions { handle: u64, skip: u32 },
}

/// What goes in front of a packet: the member it is for, its length, and its hop limit where it has one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) member: u32,
    pub(crate) length: u16,
    pub(crate) hop_limit: Option<u8>,
}

/// So many octets it takes.
pub(crate) const HEAD: usize = 8;
/// So many exceptions go into one answer.
pub(super) const EXCEPTIONS_AT_ONCE: usize = 256;
/// Several processes count the same packets; see `gate/permit.rs`.
const LATE: Duration = Duration::from_millis(10);
/// In front of what an echo carries, which is what is counted of it.
const ECHO_HEADER: usize = 8;

impl Head {
    pub(crate) fn to_bytes(self) -> [u8; HEAD] {
        let [a, b, c, d] = self.member.to_le_bytes();
        let [e, f] = self.length.to_le_bytes();
        let (own, hops) = self.hop_limit.map_or((0, 0), |hops| (1, hops));
        [a, b, c, d, e, f, own, hops]
    }

    fn from_bytes([a, b, c, d, e, f, own, hops]: [u8; HEAD]) -> Self {
        Self {
            member: u32::from_le_bytes([a, b, c, d]),
            length: u16::from_le_bytes([e, f]),
            hop_limit: (own != 0).then_some(hops),
        }
    }
}

/// One denied part of a set, as it travels.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Narrowing {
    pub(super) ranges: Vec<(u128, u128)>,
    pub(super) ports: Vec<(u16, u16)>,
    pub(super) rule: String,
}

impl From<Narrowing> for (Exception, String) {
    fn from(narrowing: Narrowing) -> Self {
        let exception = Exception {
            ranges: narrowing.ranges,
            ports: narrowing.ports,
            refusal: 0,
        };
        (exception, narrowing.rule)
    }
}

/// Sockets with many remotes, by the handles that they were opened under.
#[derive(Debug, Default)]
pub(super) struct ManySockets(HashMap<u64, ManySocket>);

#[derive(Debug)]
pub(super) struct ManySocket {
    socket: Socket,
    spec: SocketSpec,
    raw: bool,
    parts: Vec<Part>,
    next: u64,
}

/// A set among a socket's remotes.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// The number of its first member.
    first: u32,
    handle: u64,
    receive: Option<u64>,
}

/// Why a batch was not sent at all.
#[derive(Debug)]
pub(super) enum Unsent {
    /// It is not what the channel carries.
    Malformed,
    /// The first packet has no permit.
    Denied(Box<Denial>),
    /// The system refused the first packet.
    Failed(io::Error),
}

/// Whom a socket may receive from: ranges of addresses and of ports.
#[derive(Debug, Default)]
pub struct Senders {
    pub(super) ranges: Vec<(u128, u128)>,
    pub(super) ports: Vec<(u16, u16)>,
}

impl FromIterator<Senders> for Senders {
    fn from_iter<I: IntoIterator<Item = Senders>>(all: I) -> Self {
        let mut senders = Self::default();
        for more in all {
            senders.ranges.extend(more.ranges);
            senders.ports.extend(more.ports);
        }
        senders
    }
}

impl Senders {
    /// Those of these permits.
    pub(crate) fn of<'a>(tickets: impl Iterator<Item = &'a Ticket>) -> Self {
        let mut senders = Self::default();
        for ticket in tickets {
            senders.ranges.extend(ticket.allowed_ranges());
            if let Some(set) = ticket.set() {
                senders.ports.extend(set.ports());
            }
        }
        senders
    }
}

impl ManySockets {
    /// Opens a socket for a set.
    pub(super) fn open(
        &mut self,
        handle: u64,
        receive: Option<u64>,
        members: u32,
        spec: &SocketSpec,
        senders: &Senders,
    ) -> io::Result<OpenedSocket> {
        let opened = socket::open_with(spec, |raw| entrance(spec, raw, senders))?;
        let part = Part {
            first: 0,
            handle,
            receive,
        };
        let many = ManySocket {
            socket: opened.fd.try_clone()?.into(),
            spec: spec.clone(),
            raw: opened.raw,
            parts: vec![part],
            next: members.into(),
        };
        self.0.insert(handle, many);
        Ok(opened)
    }

    pub(super) fn get(&self, handle: u64) -> Option<&ManySocket> {
        self.0.get(&handle)
    }

    /// What was opened under this handle is over.
    pub(super) fn close(&mut self, handle: u64) {
        self.0.remove(&handle);
    }

    /// Gives a socket one more set, and returns the number of its first member.
    pub(super) fn join(
        &mut self,
        socket: u64,
        handle: u64,
        receive: Option<u64>,
        members: u32,
        senders: impl FnOnce(&mut dyn Iterator<Item = u64>) -> Senders,
    ) -> io::Result<u32> {
        let errno = |errno| io::Error::from_raw_os_error(errno);
        let many = self.0.get_mut(&socket).ok_or_else(|| errno(libc::EBADF))?;
        let first = u32::try_from(many.next).map_err(|_| errno(libc::E2BIG))?;
        let next = many.next + u64::from(members);
        if next > u64::from(u32::MAX) {
            return Err(errno(libc::E2BIG));
        }
        let part = Part {
            first,
            handle,
            receive,
        };
        many.parts.push(part);
        let mut whose = many
            .parts
            .iter()
            .map(|part| part.receive.unwrap_or(part.handle));
        let senders = senders(&mut whose);
        if let Some((program, _)) = entrance(&many.spec, many.raw, &senders)
            && let Err(error) = datagram::attach_filter(many.socket.as_fd(), &program)
        {
            many.parts.pop();
            return Err(error);
        }
        many.next = next;
        Ok(first)
    }
}

impl ManySocket {
    pub(super) fn spec(&self) -> &SocketSpec {
        &self.spec
    }

    /// The handle of the set that a member is of, and its number there.
    fn part(&self, member: u32) -> Option<(u64, u32)> {
        let part = match &self.parts[..] {
            [part] => part,
            parts => {
                let after = parts.partition_point(|part| part.first <= member);
                parts.get(after.checked_sub(1)?)?
            }
        };
        Some((part.handle, member - part.first))
    }

    /// Sends packets until one fails, each if `may` says so of it: by the handle of its set, its number there and how
    /// much it carries. Returns their moments; those that left are told to `count`, by the handle.
    fn send(
        &self,
        heads: &[u8],
        mut bytes: &[u8],
        mut may: impl FnMut(u64, u32, usize) -> Result<Member, Box<Denial>>,
        mut count: impl FnMut(u64, &[(Member, usize)]),
    ) -> Result<Vec<u64>, Unsent> {
        let (heads, []) = heads.as_chunks::<HEAD>() else {
            return Err(Unsent::Malformed);
        };
        let mut moments = Vec::with_capacity(heads.len());
        let mut heads = heads.iter().map(|head| Head::from_bytes(*head)).peekable();
        let mut departures: Vec<Departure<'_>> = Vec::with_capacity(datagram::AT_ONCE);
        let mut members: Vec<(Member, usize)> = Vec::with_capacity(datagram::AT_ONCE);
        while heads.peek().is_some() {
            departures.clear();
            members.clear();
            let (mut handle, mut refused) = (None, None);
            while departures.len() < datagram::AT_ONCE
                && let Some(head) = heads.peek()
            {
                let (Some((packet, rest)), Some((set, number))) = (
                    bytes.split_at_checked(head.length.into()),
                    self.part(head.member),
                ) else {
                    refused = Some(Unsent::Malformed);
                    break;
                };
                // One permit counts all that leave at once.
                if *handle.get_or_insert(set) != set {
                    break;
                }
                let carried = match self.spec.protocol {
                    Protocol::Echo(_) => packet.len().saturating_sub(ECHO_HEADER),
                    _ => packet.len(),
                };
                let member = match may(set, number, carried) {
                    Ok(member) if fit::header(&self.spec, member.at, packet) => member,
                    Ok(_) => {
                        refused = Some(Unsent::Malformed);
                        break;
                    }
                    Err(denial) => {
                        refused = Some(Unsent::Denied(denial));
                        break;
                    }
                };
                departures.push(Departure {
                    to: member.at,
                    hop_limit: head.hop_limit,
                    bytes: packet,
                });
                members.push((member, carried));
                bytes = rest;
                heads.next();
                // Whether one more may leave depends on this one.
                if member.is_metered {
                    break;
                }
            }
            let mut left = 0;
            let mut failed = false;
            // An error that an earlier packet met ends a call early, and is gone with the next one.
            while left < departures.len() && !failed {
                let rest = departures.get(left..).unwrap_or_default();
                match datagram::send_each_to(self.socket.as_fd(), rest) {
                    Ok((moment, more)) => {
                        moments.extend(std::iter::repeat_n(moment, more));
                        left += more;
                        failed = more == 0;
                    }
                    Err(error) if moments.is_empty() => return Err(Unsent::Failed(error)),
                    Err(_) => failed = true,
                }
            }
            if let Some(handle) = handle {
                count(handle, members.get(..left).unwrap_or_default());
            }
            if failed {
                break;
            }
            match refused {
                Some(refused) if moments.is_empty() => return Err(refused),
                Some(_) => break,
                None => {}
            }
        }
        Ok(moments)
    }

    /// The same, checked against the permits and counted on them.
    pub(super) fn send_batch(
        &self,
        tickets: &HashMap<u64, Ticket>,
        heads: &[u8],
        bytes: &[u8],
    ) -> Result<Vec<u64>, Unsent> {
        let may = |handle, number, carried| {
            let ticket: &Ticket = tickets.get(&handle).ok_or_else(|| Box::new(over()))?;
            ticket
                .may_send_member(number, carried, LATE)
                .map_err(Box::new)
        };
        let count = |handle, sent: &[(Member, usize)]| {
            if let Some(ticket) = tickets.get(&handle) {
                ticket.count_sent_members(sent.iter().copied());
            }
        };
        self.send(heads, bytes, may, count)
    }

    /// The same where the caller has checked and counts.
    pub(super) fn send_checked(
        &self,
        heads: &[u8],
        bytes: &[u8],
        member: impl Fn(u64, u32) -> Option<Member>,
    ) -> Result<Vec<u64>, Unsent> {
        let may = |handle, number, _| member(handle, number).ok_or_else(|| Box::new(over()));
        self.send(heads, bytes, may, |_, _| {})
    }
}

fn over() -> Denial {
    Denial {
        capability: String::new(),
        target: String::new(),
        rule: "no permit for this set".into(),
        remedy: String::new(),
    }
}

/// The filter of a socket for these: by identifier where the kernel does not do that, and by address and port where
/// they are few; else the room looks at each packet.
fn entrance(
    spec: &SocketSpec,
    raw: bool,
    senders: &Senders,
) -> Option<(Vec<datagram::FilterInstruction>, bool)> {
    let ipv6 = spec.remote.is_ipv6();
    let program = match spec.protocol {
        Protocol::Echo(identifier) if raw => {
            filter::among(ipv6, senders, filter::Then::Replies(identifier))
        }
        Protocol::Echo(_) => filter::among(ipv6, senders, filter::Then::All),
        Protocol::Udp => filter::among(ipv6, senders, filter::Then::Ports),
        Protocol::Raw { receive: true, .. } => filter::among(ipv6, senders, filter::Then::All),
        _ => filter::NOTHING.to_vec(),
    };
    Some((program, false))
}
