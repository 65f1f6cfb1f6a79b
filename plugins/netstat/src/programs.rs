//! `-p`: which process has a socket. The inodes are gathered first, and asked for at once.

use std::collections::{HashMap, HashSet};

use nethost_sdk::procfs::{self, Extent, Owner};
use nethost_sdk::{Error, Exit};

/// The width of the column.
const WIDTH: usize = 20;

/// Programs by the inodes of their sockets.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    by_inode: HashMap<u32, (u32, u32)>,
    commands: Vec<String>,
    /// A socket has no owner that was found, and not all processes may be looked into.
    pub(crate) incomplete: bool,
}

impl Programs {
    /// Finds the owners of these sockets: of each the first process.
    pub(crate) fn find(mut inodes: Vec<u32>) -> Result<Self, Exit> {
        inodes.retain(|inode| *inode != 0);
        inodes.sort_unstable();
        inodes.dedup();
        let inodes: Vec<u64> = inodes.into_iter().map(u64::from).collect();
        let mut programs = Self::default();
        for some in inodes.chunks(1 << 20) {
            let failed = |error: Error| Exit::failed(1, format!("netstat: {error}"));
            let found = match procfs::socket_owners(Owner::All, some, Extent::Every) {
                Err(denied @ Error::Denied(_)) => {
                    let own = procfs::socket_owners(Owner::Own, some, Extent::Every);
                    let own = own.map_err(|_| failed(denied))?;
                    programs.incomplete = true;
                    own
                }
                found => found.map_err(failed)?,
            };
            let owned: HashSet<u64> = found.owners.iter().map(|owner| owner.inode).collect();
            let is_missing = some.iter().any(|inode| !owned.contains(inode));
            programs.incomplete |= found.unreadable > 0 && is_missing;
            let begin = programs.commands.len() as u32;
            for process in &found.processes {
                let command = nethost_sdk::text::printable(&process.command);
                let shown = format!("{}/{command}", process.process);
                programs
                    .commands
                    .push(shown.chars().take(WIDTH - 1).collect());
            }
            for owner in found.owners {
                let process = found.processes.get(owner.owner as usize);
                let number = process.map_or(u32::MAX, |process| process.process);
                let place = (number, owner.owner + begin);
                let entry = programs.by_inode.entry(owner.inode as u32).or_insert(place);
                *entry = (*entry).min(place);
            }
        }
        Ok(programs)
    }

    /// The program that has a socket.
    pub(crate) fn of(&self, inode: u32) -> Option<&str> {
        let (_, place) = self.by_inode.get(&inode)?;
        self.commands.get(*place as usize).map(String::as_str)
    }
}
