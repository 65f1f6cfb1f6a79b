//! `nethost install`, `update`, `rollback`, `uninstall` and `publish`: plugins that are not part of this build, under a
//! name of their own.
//!
//! What is asked about is what is installed, and what is installed is what runs: the component is read once into the
//! memory of this process, judged, shown, and written from there, and its digest is pinned. A registry is asked by the
//! bundled plugin `oci`, under the same policy and with the same log as any run. Each change, and each refusal of one, is
//! on record before it has an effect.

mod candidate;
mod change;
mod names;
mod publish;
mod record;
mod registry;
mod remove;
mod show;
mod source;
mod update;

use std::io;

use clap::Args;

use super::Options;
use registry::Registry;
use source::Source;

pub(super) use publish::publish;
pub(super) use remove::{rollback, uninstall};
pub(super) use update::update;

/// What `nethost install` is called with.
#[derive(Args)]
pub(super) struct Install {
    /// A .wasm file, a folder with one, or oci://HOST/REPOSITORY[:TAG][@sha256:DIGEST]
    #[arg(value_name = "FILE|DIR|oci://…")]
    source: String,
    /// Install without a question, and grant nothing
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    registry: Registry,
}

/// What `nethost update` is called with.
#[derive(Args)]
pub(super) struct Update {
    /// The plugin; by default all
    name: Option<String>,
    /// Update without a question, and grant nothing
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    registry: Registry,
}

/// What `nethost rollback` and `nethost uninstall` are called with.
#[derive(Args)]
pub(super) struct Named {
    /// The plugin
    name: String,
}

/// What `nethost publish` is called with.
#[derive(Args)]
pub(super) struct Publish {
    /// The packed component; its signature is beside it
    #[arg(value_name = "FILE")]
    component: String,
    /// oci://HOST/REPOSITORY[:TAG]; by default, the tag is the version of the plugin
    #[arg(value_name = "oci://…")]
    place: String,
    /// Replace another component under this tag
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    registry: Registry,
}

/// Installs a plugin.
pub(super) fn install(options: &Options, install: &Install) -> io::Result<u8> {
    let source = Source::parse(&install.source)?;
    let words = ["install".to_owned(), source.to_string()];
    let record = record::Record::new(options, &words)?;
    let candidate = match candidate::read(options, &install.registry, &source) {
        Ok(candidate) => candidate,
        Err(error) => return record.unread(None, error),
    };
    change::change(&record, candidate, None, install.yes)?;
    Ok(0)
}
