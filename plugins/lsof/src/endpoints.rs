//! -E and +E: who has the other end of a pipe, a socket or a pseudoterminal, or the same eventfd(2) or message queue.

use std::collections::HashMap;
use std::net::IpAddr;

use nethost_sdk::Error;
use nethost_sdk::procfs::KernelObject;
use nethost_sdk::sock_diag::{Namespace, Protocol as Of, Query, u32_at};

use crate::options::Endpoints;
use crate::row::{Row, Rows};
use crate::sockets::Protocol;

/// What two descriptors have in common, or one of two ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum End {
    Pipe((u32, u32), u64),
    Counter(u32),
    Queue(u64),
    Master(u32),
    Slave(u32),
    Unix(u64),
    Internet {
        ipv6: bool,
        protocol: Protocol,
        local: (IpAddr, u16),
        remote: (IpAddr, u16),
    },
}

impl End {
    /// None for what has no other end.
    fn of(row: &Row, queues: Option<(u32, u32)>) -> Option<Self> {
        row.number?;
        if let Some(inet) = &row.internet {
            // As lsof: ends that are both connected.
            const ESTABLISHED: u8 = 1;
            if inet.state != ESTABLISHED {
                return None;
            }
            return Some(Self::Internet {
                ipv6: inet.ipv6,
                protocol: inet.protocol,
                local: inet.local,
                remote: inet.remote?,
            });
        }
        if row.is_unix {
            return row.inode.map(Self::Unix);
        }
        match (row.kind.as_str(), &row.object, row.special) {
            ("FIFO", ..) => Some(Self::Pipe(row.device_numbers?, row.inode?)),
            ("a_inode", Some(KernelObject::Counter(number)), _) => Some(Self::Counter(*number)),
            ("CHR", Some(KernelObject::Terminal(number)), Some((5, 2))) => {
                Some(Self::Master(*number))
            }
            ("CHR", _, Some((136..=143, number))) => Some(Self::Slave(number)),
            _ if row.device_numbers == queues && queues.is_some() => row.inode.map(Self::Queue),
            _ => None,
        }
    }
}

/// Whom a UNIX domain socket is connected to, and the first that waits to be accepted, by inode.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Peers {
    peer: Option<u64>,
    waiting: Option<u64>,
}

/// All UNIX domain sockets with their peers.
pub(crate) fn unix_peers() -> Result<HashMap<u64, Peers>, Error> {
    /// UDIAG_SHOW_PEER and UDIAG_SHOW_ICONS, and their attributes.
    const SHOW: u32 = 4 | 8;
    const PEER: u16 = 2;
    const WAITING: u16 = 3;
    /// struct unix_diag_msg.
    const FIXED: usize = 16;
    let listing = Namespace::open(None)?.list(&Query {
        protocol: Of::Unix,
        family: 0,
        states: u32::MAX,
        show: SHOW,
        filter: Vec::new(),
    })?;
    let mut all = HashMap::new();
    loop {
        let batch = listing.next()?;
        for message in batch.sockets() {
            let attributes = message.attributes(FIXED);
            let inode = |kind| {
                let value = attributes.find(kind)?;
                Some(u64::from(u32_at(value, 0))).filter(|inode| *inode != 0)
            };
            let peers = Peers {
                peer: inode(PEER),
                waiting: inode(WAITING),
            };
            all.insert(u64::from(message.u32(4)), peers);
        }
        if batch.is_last() {
            return Ok(all);
        }
    }
}

/// A file, by the places of its process and of itself.
type Place = (usize, usize);

/// Who has what.
struct Holders<'a> {
    by_end: HashMap<End, Vec<Place>>,
    /// As a process, its command and the descriptor are told.
    texts: HashMap<Place, String>,
    unix: &'a HashMap<u64, Peers>,
}

impl<'a> Holders<'a> {
    fn of(
        all: &[Rows],
        command_width: usize,
        queues: Option<(u32, u32)>,
        unix: &'a HashMap<u64, Peers>,
    ) -> Self {
        let mut holders = Self {
            by_end: HashMap::new(),
            texts: HashMap::new(),
            unix,
        };
        for (process, one) in all.iter().enumerate() {
            let command: String = one.process.command.chars().take(command_width).collect();
            for (file, row) in one.rows.iter().enumerate() {
                let Some(end) = End::of(row, queues) else {
                    continue;
                };
                let (pid, descriptor, access) = (one.process.process, &row.descriptor, row.access);
                let text = format!("{pid},{command},{descriptor}{access}");
                holders.texts.insert((process, file), text);
                holders.by_end.entry(end).or_default().push((process, file));
            }
        }
        holders
    }

    fn at(&self, end: &End) -> &[Place] {
        self.by_end.get(end).map_or(&[], Vec::as_slice)
    }

    fn text(&self, place: &Place) -> String {
        self.texts.get(place).cloned().unwrap_or_default()
    }

    /// What is told of the other end of a file, and where that is. `also_waiting`: of a UNIX domain socket that is
    /// connected, too, who waits to be accepted.
    fn other_ends(&self, end: &End, own: Place, also_waiting: bool) -> (Vec<String>, Vec<Place>) {
        let (mut told, mut places) = (Vec::new(), Vec::new());
        match end {
            End::Pipe(..) | End::Counter(_) | End::Queue(_) => {
                let others = self.at(end).iter().filter(|place| **place != own);
                places.extend(others.copied());
                told.extend(places.iter().map(|place| self.text(place)));
            }
            End::Master(number) => {
                places.extend(self.at(&End::Slave(*number)));
                told.extend(places.iter().map(|place| self.text(place)));
                if let Some(first) = told.first_mut() {
                    *first = format!("->/dev/pts/{number} {first}");
                }
            }
            End::Slave(number) => {
                places.extend(self.at(&End::Master(*number)));
                told.extend(places.iter().map(|place| self.text(place)));
            }
            End::Unix(inode) => {
                let Peers { peer, waiting } = self.unix.get(inode).copied().unwrap_or_default();
                // A peer that is not listed is one that was not accepted yet.
                let peer = peer.filter(|peer| self.unix.contains_key(peer));
                let waiting = waiting.filter(|_| also_waiting || peer.is_none());
                for inode in [peer, waiting].into_iter().flatten() {
                    told.push(format!("->INO={inode}"));
                    let holders = self.at(&End::Unix(inode)).iter().rev();
                    told.extend(holders.clone().map(|place| self.text(place)));
                    places.extend(holders);
                }
            }
            End::Internet {
                ipv6,
                protocol,
                local,
                remote,
            } => {
                let other = End::Internet {
                    ipv6: *ipv6,
                    protocol: *protocol,
                    local: *remote,
                    remote: *local,
                };
                places.extend(self.at(&other).iter().rev());
                told.extend(places.iter().map(|place| self.text(place)));
            }
        }
        (told, places)
    }
}

/// Tells of the files that are listed who has their other ends; lists those too if wanted.
pub(crate) fn tell(
    all: &mut [Rows],
    wanted: Endpoints,
    command_width: usize,
    queues: Option<(u32, u32)>,
    unix: &HashMap<u64, Peers>,
) {
    let holders = Holders::of(all, command_width, queues, unix);
    let mut others = Vec::new();
    let of = |all: &mut [Rows], (process, file): Place, is_first: bool| {
        let row = all.get_mut(process).and_then(|one| one.rows.get_mut(file));
        let Some(row) = row.filter(|row| row.is_listed == is_first) else {
            return Vec::new();
        };
        row.is_listed = true;
        let Some(end) = End::of(row, queues) else {
            return Vec::new();
        };
        let (told, places) = holders.other_ends(&end, (process, file), is_first);
        row.additions = told;
        places
    };
    for process in 0..all.len() {
        for file in 0..all.get(process).map_or(0, |one| one.rows.len()) {
            let is_listed = all[process].rows[file].is_listed;
            if is_listed {
                others.extend(of(all, (process, file), true));
            }
        }
    }
    if wanted == Endpoints::Listed {
        others.sort_unstable();
        others.dedup();
        for place in others {
            of(all, place, false);
        }
    }
}
