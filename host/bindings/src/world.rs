//! The world of a plugin, read from its WIT files.

use std::path::Path;

use wit_parser::{Resolve, WorldId};

use crate::{Error, line};

/// The world with this name of the package in `wit`, or its only world.
pub(crate) fn read(wit: &Path, world: Option<&str>) -> Result<(Resolve, WorldId), Error> {
    let wrong = |error| Error::World(line(&error));
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit).map_err(wrong)?;
    let world = resolve.select_world(&[package], world).map_err(wrong)?;
    Ok((resolve, world))
}
