//! What one run has open, on the broker's side.

use std::any::Any;
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use super::launcher::Launcher;
use super::netlink::NetNamespace;
use super::operation::Permits;
use super::peer::Peer;
use super::saved_terminal::SavedTerminal;
use super::sockets::Sockets;
use super::user_process::Rights;
use nethost_gate::Ticket;

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
    /// State of operations, by the handles of their permits.
    pub(super) kept: HashMap<u64, Box<dyn Any + Send>>,
}

impl State {
    /// Closes what was open under this permit.
    pub(super) fn close(&mut self, handle: u64) {
        self.namespaces.others.remove(&handle);
        self.sockets.close(handle);
        self.kept.remove(&handle);
        if let Some(launcher) = &mut self.launcher {
            launcher.close(handle);
        }
    }

    /// Keeps something as long as the permit with this handle is in use. It ends when it is dropped.
    pub(super) fn keep<T: Send + 'static>(&mut self, handle: u64, kept: T) {
        self.kept.insert(handle, Box::new(kept));
    }

    /// What is kept under this handle, if it has this type.
    pub(super) fn kept<T: 'static>(&mut self, handle: u64) -> Option<&mut T> {
        self.kept.get_mut(&handle)?.downcast_mut()
    }

    /// The rights with which files are opened.
    pub(super) fn rights(&self) -> Rights<'_> {
        Rights::of(self.peer.as_ref())
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
