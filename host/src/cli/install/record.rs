//! Changes of installed plugins in the audit log: what is done, to which component, and why it was refused.

use std::io;

use super::super::{Options, run};
use super::candidate::Candidate;
use nethost_audit::Plugin;
use nethost_core::{Event, Recorder, system_error};
use nethost_policy::Policies;
use nethost_service::installed::Release;
use nethost_service::log;

/// What one command puts on record.
pub(super) struct Record<'a> {
    pub(super) options: &'a Options,
    pub(super) policies: Policies,
    words: &'a [String],
}

impl<'a> Record<'a> {
    /// For a command with these words.
    pub(super) fn new(options: &'a Options, words: &'a [String]) -> io::Result<Self> {
        let policies = run::policies_of(options).map_err(io::Error::other)?;
        Ok(Self {
            options,
            policies,
            words,
        })
    }

    fn write(&self, plugin: Option<Plugin>, refused: Option<&str>) -> io::Result<()> {
        let named = self.options.audit.as_deref();
        let log = log::open_about(named, &self.policies, plugin).map_err(io::Error::other)?;
        let words = self.words;
        log.record(&Event::PluginChange { words, refused })
            .map_err(io::Error::other)
    }

    /// Before the change.
    pub(super) fn allowed(&self, plugin: Plugin) -> io::Result<()> {
        self.write(Some(plugin), None)
    }

    /// The change is refused: the error that says so.
    pub(super) fn refused(&self, plugin: Plugin, why: &str) -> io::Result<io::Error> {
        self.write(Some(plugin), Some(why))?;
        Ok(io::Error::other(why.to_owned()))
    }

    /// There is nothing that could be installed.
    pub(super) fn unread<T>(&self, plugin: Option<Plugin>, error: io::Error) -> io::Result<T> {
        self.write(plugin, Some(&system_error::words(&error)))?;
        Err(error)
    }
}

/// A candidate, for the log.
pub(super) fn of_candidate(candidate: &Candidate) -> Plugin {
    Plugin {
        name: candidate.manifest.name.clone(),
        version: candidate.manifest.version.clone(),
        digest: candidate.found.digest.clone(),
        signer: candidate.signer.clone(),
    }
}

/// An installed version of a plugin, for the log.
pub(super) fn of_release(name: &str, release: &Release) -> Plugin {
    Plugin {
        name: name.to_owned(),
        version: release.version.clone(),
        digest: release.component.digest.clone(),
        signer: release.signer.clone(),
    }
}
