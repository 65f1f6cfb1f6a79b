//! Which processes have sockets open: the inodes of all that are shown are gathered first, then their owners are asked for
//! at once.

use std::collections::HashMap;
use std::fmt::Write as _;

use nethost_sdk::Error;
use nethost_sdk::procfs::{self, Extent, Owner, OwningProcess, SocketOwner};

/// The owners of sockets.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    /// Inodes, while they are gathered.
    gathered: Option<Vec<u64>>,
    /// By inode, and of one inode the latest first.
    owners: Vec<SocketOwner>,
    processes: Vec<OwningProcess>,
    commands: HashMap<u32, usize>,
    /// Threads are told apart.
    threads: bool,
    /// Why only the user's own processes were looked into.
    pub(crate) denied: Option<Error>,
}

impl Owners {
    /// Those of processes, or of each of their threads.
    pub(crate) fn of(threads: bool) -> Self {
        Self {
            threads,
            ..Self::default()
        }
    }

    /// From now on sockets are not shown, but their inodes are gathered.
    pub(crate) fn gather(&mut self) {
        self.gathered = Some(Vec::new());
    }

    pub(crate) fn is_collecting(&self) -> bool {
        self.gathered.is_some()
    }

    pub(crate) fn collect(&mut self, inode: u32) {
        if let Some(gathered) = &mut self.gathered
            && inode != 0
        {
            gathered.push(inode.into());
        }
    }

    /// Finds the owners of what was gathered, among the user's own processes where the policy has no others; where some
    /// have none, how many processes may not be looked into.
    pub(crate) fn find(&mut self) -> Result<u32, Error> {
        let mut inodes = self.gathered.take().unwrap_or_default();
        self.owners.clear();
        self.processes.clear();
        inodes.sort_unstable();
        inodes.dedup();
        // What comes behind is found in another pass.
        let mut unreadable = 0;
        let mut missing = false;
        for some in inodes.chunks(1 << 20) {
            let found = self.ask(some)?;
            let begin = self.processes.len() as u32;
            let owners = found.owners.into_iter().map(|owner| SocketOwner {
                owner: owner.owner + begin,
                ..owner
            });
            self.owners.extend(owners);
            let mut owned: Vec<u64> = self.owners.iter().map(|owner| owner.inode).collect();
            owned.sort_unstable();
            missing |= some.iter().any(|inode| owned.binary_search(inode).is_err());
            self.processes.extend(found.processes);
            unreadable = unreadable.max(found.unreadable);
        }
        let processes = &self.processes;
        let number = |owner: &SocketOwner| {
            let process = processes.get(owner.owner as usize);
            process.map_or((0, 0), |process| (process.process, process.thread))
        };
        self.owners.sort_unstable_by(|one, other| {
            let order = one.inode.cmp(&other.inode);
            let later = || (number(other), other.descriptor).cmp(&(number(one), one.descriptor));
            order.then_with(later)
        });
        let numbered = self.processes.iter().enumerate();
        self.commands = numbered
            .map(|(place, process)| (process.process, place))
            .collect();
        Ok(if missing { unreadable } else { 0 })
    }

    fn ask(&mut self, inodes: &[u64]) -> Result<procfs::SocketOwners, Error> {
        let extent = match self.threads {
            true => Extent::Threads,
            false => Extent::Every,
        };
        let ask = |of| procfs::socket_owners(of, inodes, extent);
        if self.denied.is_some() {
            return ask(Owner::Own);
        }
        match ask(Owner::All) {
            Err(denied @ Error::Denied(_)) => {
                let Ok(own) = ask(Owner::Own) else {
                    return Err(denied);
                };
                self.denied = Some(denied);
                Ok(own)
            }
            found => found,
        }
    }

    /// The owners of a socket, the latest first.
    pub(crate) fn all(&self, inode: u32) -> impl Iterator<Item = (&OwningProcess, u32)> {
        let inode = u64::from(inode);
        let begin = self.owners.partition_point(|owner| owner.inode < inode);
        let of_it = self.owners[begin..]
            .iter()
            .take_while(move |owner| owner.inode == inode && inode != 0);
        of_it.filter_map(|owner| {
            let process = self.processes.get(owner.owner as usize)?;
            Some((process, owner.descriptor))
        })
    }

    /// What ss writes of the owners of a socket.
    pub(crate) fn text(&self, inode: u32) -> Option<String> {
        let mut text = String::new();
        for (process, descriptor) in self.all(inode) {
            let comma = if text.is_empty() { "" } else { "," };
            let command = nethost_sdk::text::printable(&process.command);
            let number = process.process;
            let thread = match self.threads {
                true => format!(",tid={}", process.thread),
                false => String::new(),
            };
            let _ = write!(
                text,
                "{comma}(\"{command}\",pid={number}{thread},fd={descriptor})"
            );
        }
        (!text.is_empty()).then_some(text)
    }

    /// The name of a process that has one of the sockets.
    pub(crate) fn command(&self, process: i32) -> Option<&str> {
        let place = self.commands.get(&u32::try_from(process).ok()?)?;
        Some(&self.processes.get(*place)?.command)
    }
}
