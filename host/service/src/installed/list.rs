//! The text of the list. Its first line has the digest of the rest, so a change by hand, or a copy that was cut, is
//! noticed. That is no protection from who can write the folder: they can run `nethost install`, too.

use serde::{Deserialize, Serialize};

use super::Plugin;
use nethost_core::digest;

/// The maximum size of the list.
pub(super) const LONGEST: u64 = 4 << 20;
const HEAD: &str = "# Installed plugins of nethost, written by it alone. ";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    #[serde(default)]
    plugin: Vec<Plugin>,
}

/// A text that is not the list as nethost wrote it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(
        "it was changed by hand or damaged, so no installed plugin runs; restore it, or remove it and install the plugins again"
    )]
    Changed,
    #[error("version {0} is not known; this nethost reads version {VERSION}")]
    Version(u32),
    #[error("{0}")]
    Syntax(String),
}

pub(super) fn parse(text: &str) -> Result<Vec<Plugin>, Error> {
    let (head, body) = text.split_once('\n').ok_or(Error::Changed)?;
    if head.strip_prefix(HEAD) != Some(&digest(body.as_bytes())[..]) {
        return Err(Error::Changed);
    }
    let document: Document =
        toml::from_str(body).map_err(|error| Error::Syntax(error.message().replace('\n', " ")))?;
    if document.version != VERSION {
        return Err(Error::Version(document.version));
    }
    Ok(document.plugin)
}

pub(super) fn print(mut plugin: Vec<Plugin>) -> Result<String, toml::ser::Error> {
    plugin.sort_by(|a, b| a.name.cmp(&b.name));
    let version = VERSION;
    let body = toml::to_string(&Document { version, plugin })?;
    Ok(format!("{HEAD}{}\n{body}", digest(body.as_bytes())))
}
