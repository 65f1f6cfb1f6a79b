//! What one run has open, on the broker's side.

use std::any::Any;
use std::cell::Cell;
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};

use super::launcher::Launcher;
use super::netlink::NetNamespace;
use super::operation::{Error, Permits, refused};
use super::peer::Peer;
use super::saved_terminal::SavedTerminal;
use super::scopes::{Journals, Scopes};
use super::sockets::Sockets;
use super::user_process::Rights;
use nethost_gate::Ticket;
use nethost_netlink::change::NetworkChange;

/// What is open.
#[derive(Default)]
pub struct State {
    pub(super) sockets: Sockets,
    pub(super) namespaces: Namespaces,
    /// Another user, whose rights apply to files.
    pub(super) peer: Option<Peer>,
    /// The operator's terminal, if there is one.
    pub(super) screen: Option<OwnedFd>,
    pub(super) terminal: Option<SavedTerminal>,
    /// The arguments of the run, as the operator typed them.
    pub(super) args: Vec<String>,
    /// The process that starts tools, if the plugin of this run may ask for any.
    pub(super) launcher: Option<Launcher>,
    pub(super) kept: KeptObjects,
    /// The changes that are undone unless the plugin commits them.
    pub(super) scopes: Scopes,
    /// Where these are noted.
    pub(super) journals: Option<Journals>,
    /// The last address that was found to belong to this machine.
    pub(super) local: Cell<Option<IpAddr>>,
}

/// State of an operation, for as long as its permit is in use.
pub(super) trait Kept: Any + Send {
    /// About how many bytes it takes in this process and in the kernel, beside [`LEAST_KEPT`].
    fn size(&self) -> usize {
        0
    }

    /// Gives back what others may still hold. False if they keep it.
    fn release(&mut self) -> bool {
        true
    }
}

/// The least that is counted for something that is kept: a socket with little in it.
const LEAST_KEPT: usize = 16 << 10;
/// So much may be kept for a run, and for one of a service, of which a user can have many.
const MOST_KEPT: usize = 256 << 20;
const MOST_OF_USER: usize = 64 << 20;

/// State of operations, by the handles of their permits, with the size of each.
#[derive(Default)]
pub(super) struct KeptObjects {
    objects: HashMap<u64, (usize, Box<dyn Kept>)>,
    size: usize,
}

impl State {
    /// Closes what was open under this permit.
    pub(super) fn close(&mut self, handle: u64) {
        self.namespaces.others.remove(&handle);
        self.sockets.close(handle);
        self.let_go(handle);
        if let Some(launcher) = &mut self.launcher {
            launcher.close(handle);
        }
    }

    /// Keeps something as long as the permit with this handle is in use, instead of what was kept under it. It ends
    /// when it is dropped.
    pub(super) fn keep<T: Kept>(&mut self, handle: u64, kept: T) -> Result<(), Error> {
        self.let_go(handle);
        let size = LEAST_KEPT.saturating_add(kept.size());
        if size > self.room() {
            return Err(refused("too much is open at once"));
        }
        self.kept.size += size;
        self.kept.objects.insert(handle, (size, Box::new(kept)));
        Ok(())
    }

    /// About how many bytes more can be kept.
    pub(super) fn room(&self) -> usize {
        let most = match self.peer {
            Some(_) => MOST_OF_USER,
            None => MOST_KEPT,
        };
        most.saturating_sub(self.kept.size)
    }

    /// What is kept under this handle, if it has this type.
    pub(super) fn kept<T: Kept>(&mut self, handle: u64) -> Option<&mut T> {
        let (_, kept) = self.kept.objects.get_mut(&handle)?;
        let kept: &mut dyn Any = &mut **kept;
        kept.downcast_mut()
    }

    /// Drops what is kept under this handle.
    pub(super) fn let_go(&mut self, handle: u64) {
        if let Some((size, mut kept)) = self.kept.objects.remove(&handle)
            && kept.release()
        {
            self.kept.size -= size;
        }
    }

    /// Makes a permitted change of the network, which is undone unless its scope is committed.
    pub(super) fn change_in_scope(
        &mut self,
        scope: u64,
        change: &NetworkChange,
        permit: &Ticket,
        permits: &dyn Permits,
    ) -> Result<Vec<u8>, Error> {
        let namespace = self.namespaces.of(permit, permits)?;
        let rights = Rights::of(self.peer.as_ref());
        let journals = self.journals.as_ref();
        self.scopes
            .change(scope, change, permit, namespace, rights, journals)
    }

    /// The rights with which files are opened.
    pub(super) fn rights(&self) -> Rights<'_> {
        Rights::of(self.peer.as_ref())
    }

    /// Whether an address belongs to this machine.
    pub(super) fn is_local(&self, address: IpAddr) -> bool {
        let known = self.local.get() == Some(address);
        let local = known || self.namespaces.own.is_local(address).unwrap_or(false);
        if local {
            self.local.set(Some(address));
        }
        local
    }

    /// A user other than that of this process.
    pub(super) fn user(&self) -> Option<u32> {
        self.peer.as_ref().map(|peer| peer.uid)
    }

    pub(super) fn keep_terminal(&mut self, window: bool) -> io::Result<()> {
        let screen = self.screen.as_ref();
        let screen = screen.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOTTY))?;
        let screen = screen.as_fd().try_clone_to_owned()?;
        // The settings that were saved first are the ones to restore.
        if self.terminal.is_none() {
            self.terminal = Some(SavedTerminal::note(screen, window)?);
        }
        Ok(())
    }

    /// The terminal has been restored.
    pub(super) fn release_terminal(&mut self) {
        if let Some(saved) = self.terminal.take() {
            saved.forget();
        }
    }
}

/// The maximum number of other namespaces that a run has open.
const MOST_NAMESPACES: usize = 1 << 12;

/// The network namespaces of a run: its own, and those that were opened under a permit, each as long as its permit is
/// in use.
#[derive(Default)]
pub(super) struct Namespaces {
    own: NetNamespace,
    /// By the handles of their permits, with their names.
    others: HashMap<u64, (String, NetNamespace)>,
}

impl Namespaces {
    pub(super) fn open(&mut self, handle: u64, name: &str, rights: Rights<'_>) -> io::Result<()> {
        if self.others.len() >= MOST_NAMESPACES {
            return Err(io::Error::from_raw_os_error(libc::ENOBUFS));
        }
        let namespace = NetNamespace::named(name, rights)?;
        self.others.insert(handle, (name.into(), namespace));
        Ok(())
    }

    /// The namespace of a permit. If it is not the run's own, its permit must be valid, too.
    pub(super) fn of(&self, permit: &Ticket, permits: &dyn Permits) -> io::Result<&NetNamespace> {
        self.named(permit.request().namespace.as_deref(), permits)
    }

    /// The namespace with this name; without a name, the run's own.
    pub(super) fn named(
        &self,
        name: Option<&str>,
        permits: &dyn Permits,
    ) -> io::Result<&NetNamespace> {
        let Some(name) = name else {
            return Ok(&self.own);
        };
        let mut opened = self.others.iter();
        opened
            .find(|(handle, (opened, _))| opened == name && permits.lasts(**handle))
            .map(|(_, (_, namespace))| namespace)
            .ok_or_else(|| io::Error::from_raw_os_error(libc::EACCES))
    }
}
