//! A plugin that could be installed: its bytes, read once, and what they say.

use std::fmt::Display;
use std::io;
use std::path::Path;

use nethost_inspect::{Facts, Stated};
use nethost_manifest::Manifest;

use super::super::Options;
use super::registry::{self, Registry};
use super::source::{self, Files, Source};
use nethost_runner::plugin::inspect;
use nethost_runner::plugin::load::Found;
use nethost_service::grants::Version;
use nethost_service::installed::Release;

/// A plugin that could be installed.
pub(super) struct Candidate {
    pub(super) found: Found,
    pub(super) facts: Facts,
    pub(super) manifest: Manifest,
    pub(super) version: Version,
    pub(super) signer: Option<String>,
    pub(super) source: Source,
    /// The digest of the manifest in the registry.
    pub(super) pinned: Option<String>,
}

/// Reads a plugin. What it says of itself is not believed yet, but it is complete and does not contradict itself.
pub(super) fn read(
    options: &Options,
    registry: &Registry,
    source: &Source,
) -> io::Result<Candidate> {
    let told = |why: &dyn Display| io::Error::other(format!("{source}: {why}"));
    let (files, pinned) = match source {
        Source::File(path) => (source::file(Path::new(path))?, None),
        Source::Folder(path) => (source::folder(Path::new(path))?, None),
        Source::Registry(place) => {
            let pulled = registry::pull(options, registry, place)?;
            (pulled.files, Some(pulled.manifest))
        }
    };
    let Files {
        component,
        signature,
        manifest: beside,
    } = files;
    let mut found = Found::of_bytes(source.to_string(), component, signature);
    let facts = found.facts().map_err(io::Error::other)?;
    let manifest = match &facts.manifest {
        Stated::Manifest(manifest) => manifest.clone(),
        Stated::Unusable(problem) => {
            return Err(told(&format_args!(
                "its manifest cannot be used: {problem}"
            )));
        }
        Stated::Absent => {
            let why = "it has no manifest, so it says neither its name nor what it asks for; `nethost pack` puts plugin.toml into it";
            return Err(told(&why));
        }
    };
    if let Some(text) = beside {
        let beside = Manifest::parse(&text);
        let beside = beside.map_err(|error| told(&format_args!("plugin.toml: {error}")))?;
        if beside != manifest {
            let why = "plugin.toml says something else than the manifest in the component; `nethost pack` puts it into it";
            return Err(told(&why));
        }
    }
    let signer = found
        .signer()
        .map_err(|refusal| told(&format_args!("its signature: {refusal}")))?;
    found.name.clone_from(&manifest.name);
    let version = inspect::version(&found.digest, found.size(), &facts);
    Ok(Candidate {
        found,
        facts,
        manifest,
        version,
        signer,
        source: source.clone(),
        pinned,
    })
}

impl Candidate {
    /// As it is put on the list.
    pub(super) fn release(&self) -> Release {
        let now = jiff::Timestamp::now().round(jiff::Unit::Second);
        Release {
            summary: self.manifest.summary.clone(),
            source: self.source.to_string(),
            version: self.manifest.version.clone(),
            signer: self.signer.clone(),
            manifest: self.pinned.clone(),
            installed: now.unwrap_or_default().to_string(),
            alias: self.manifest.alias.clone(),
            component: self.version.clone(),
        }
    }
}
