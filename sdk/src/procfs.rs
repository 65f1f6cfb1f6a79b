//! Processes and counters of this machine (proc(5)). Requests at the gate: `process.read` with whose processes,
//! `counters.read` with a name such as `net.snmp`.

use crate::Error;
use crate::bindings::nethost::cap::procfs as wit;

pub use wit::{ControlGroup, Extent, OwningProcess, SocketOwner, SocketOwners};

/// Whose processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Those of the user who runs the tool.
    Own,
    /// Everyone's.
    All,
    /// Those of the user with this id.
    User(u32),
}

impl From<Owner> for wit::Owner {
    fn from(owner: Owner) -> Self {
        match owner {
            Owner::Own => Self::Own,
            Owner::All => Self::All,
            Owner::User(user) => Self::User(user),
        }
    }
}

/// Which processes have these sockets open: every one, or one of each socket.
///
/// ```no_run
/// use nethost_sdk::procfs::{Extent, Owner, socket_owners};
/// let found = socket_owners(Owner::All, &[12345], Extent::Every)?;
/// for owner in &found.owners {
///     let process = &found.processes[owner.owner as usize];
///     println!("{} {} {}", process.command, process.process, owner.descriptor);
/// }
/// # Ok::<(), nethost_sdk::Error>(())
/// ```
///
/// # Errors
/// `Denied`; `InvalidArgument` (more than 1,048,576 inodes); `Timeout`.
pub fn socket_owners(of: Owner, inodes: &[u64], extent: Extent) -> Result<SocketOwners, Error> {
    Ok(wit::find_socket_owners(of.into(), inodes, extent)?)
}

/// A file of counters, a setting, or a fact about an interface, to be read again and again.
///
/// ```no_run
/// let snmp = nethost_sdk::procfs::CounterFile::open("net.snmp")?;
/// println!("{}", snmp.text()?);
/// # Ok::<(), nethost_sdk::Error>(())
/// ```
#[derive(Debug)]
pub struct CounterFile(wit::CounterFile);

impl CounterFile {
    /// Opens one by its name; wit/procfs.wit lists the names.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument` (no such name); `NotFound` (this kernel has none); `AccessDenied`.
    pub fn open(name: &str) -> Result<Self, Error> {
        Ok(Self(wit::CounterFile::open(name)?))
    }

    /// The same of the network namespace that has this name.
    ///
    /// # Errors
    /// The same; `NotFound`: there is no such namespace.
    pub fn open_in(namespace: &str, name: &str) -> Result<Self, Error> {
        Ok(Self(wit::CounterFile::open_in(namespace, name)?))
    }

    /// All that it says now.
    ///
    /// # Errors
    /// `Denied` when the policy has changed; `TooLarge`; `InvalidArgument` for an interface that has no such fact now.
    pub fn read(&self) -> Result<Vec<u8>, Error> {
        Ok(self.0.read()?)
    }

    /// The same as text. What is not UTF-8 is replaced.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn text(&self) -> Result<String, Error> {
        let bytes = self.read()?;
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }
}

/// What a file of counters says now.
///
/// # Errors
/// As [`CounterFile::open`] and [`CounterFile::read`].
pub fn counters(name: &str) -> Result<String, Error> {
    CounterFile::open(name)?.text()
}

/// The control groups of version 2, and the folder where they are mounted.
///
/// # Errors
/// `Denied`; `NotFound`: none are mounted.
pub fn control_groups() -> Result<(String, Vec<ControlGroup>), Error> {
    Ok(wit::control_groups()?)
}

/// A process, a file of it, and which files are told.
pub use wit::{
    FileKinds, FilePlace, FileStatus, KernelObject, Process, ProcessEntry, ProcessFile, Thread,
};

/// Processes in ascending order, with files of them.
///
/// ```no_run
/// use nethost_sdk::procfs::{FileKinds, Owner, processes};
/// for entry in processes(Owner::Own, &[], FileKinds::empty())? {
///     let entry = entry?;
///     println!("{} {}", entry.facts.process, entry.facts.command);
/// }
/// # Ok::<(), nethost_sdk::Error>(())
/// ```
///
/// # Errors
/// `Denied`; `InvalidArgument` (more than 65,536 processes); `Timeout`; `TooLarge`.
pub fn processes(of: Owner, numbers: &[u32], files: FileKinds) -> Result<Processes, Error> {
    Ok(Processes {
        listing: wit::ProcessListing::open(of.into(), numbers, files)?,
        batch: Vec::new().into_iter(),
    })
}

/// A listing of processes. It ends after an error.
#[derive(Debug)]
pub struct Processes {
    listing: wit::ProcessListing,
    batch: std::vec::IntoIter<ProcessEntry>,
}

/// So many are handed over at once.
const AT_ONCE: u32 = 256;

impl Iterator for Processes {
    type Item = Result<ProcessEntry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.batch.len() == 0 {
            match self.listing.next(AT_ONCE) {
                Ok(batch) => self.batch = batch.into_iter(),
                Err(error) => return Some(Err(error.into())),
            }
        }
        self.batch.next().map(Ok)
    }
}
