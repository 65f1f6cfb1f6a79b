//! The world of a plugin, read from its WIT files.

use std::io;
use std::path::Path;

use nethost_core::regular;
use wit_component::{StringEncoding, embed_component_metadata, metadata};
use wit_parser::{Resolve, WorldId};

use crate::{Error, line};

/// All files of a package and what it depends on are shorter together.
const LONGEST: u64 = 16 << 20;
/// The package, the folder of what it depends on, and the folder of one of those.
const DEPTH: usize = 3;
/// A core module without anything.
const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

/// The world with this name of the package in `wit`, or its only world.
pub(crate) fn read(wit: &Path, world: Option<&str>) -> Result<(Resolve, WorldId), Error> {
    let wrong = |error| Error::World(line(&error));
    let mut left = LONGEST;
    if wit.exists() {
        are_files(wit, DEPTH, &mut left).map_err(|error| Error::World(line(&error)))?;
    }
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit).map_err(wrong)?;
    let world = resolve.select_world(&[package], world).map_err(wrong)?;
    // Types that no component can have would take the generators of bindings without end, or past their numbers.
    let mut module = EMPTY.to_vec();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
        .and_then(|()| metadata::decode(&module).map(|_| ()))
        .map_err(wrong)?;
    Ok((resolve, world))
}

/// Refuses what would be waited for, or has no end: the parser opens whatever has the name of a WIT file.
fn are_files(path: &Path, depth: usize, left: &mut u64) -> io::Result<()> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    if path.is_dir() {
        if depth > 0 {
            for entry in path.read_dir().map_err(named)? {
                are_files(&entry.map_err(named)?.path(), depth - 1, left)?;
            }
        }
        return Ok(());
    }
    let is_read =
        |extension: &std::ffi::OsStr| ["wit", "wat", "wasm"].iter().any(|read| extension == *read);
    if path.extension().is_some_and(is_read) {
        let length = regular::open(path).and_then(|file| Ok(file.metadata()?.len()));
        let rest = left.checked_sub(length.map_err(named)?);
        *left = rest.ok_or_else(|| named(io::Error::other("the files are longer than 16 MiB")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fmt::Write;

    fn refused(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("world.wit"), text).unwrap();
        read(folder.path(), None).unwrap_err().to_string()
    }

    #[test]
    fn types_that_no_component_can_have_are_refused() {
        let mut doubled = "package a:b;\ninterface i {\ntype t0 = u64;\n".to_owned();
        let mut nested = "package a:b;\ninterface i {\ntype t0 = u64;\n".to_owned();
        for number in 1..64 {
            let before = number - 1;
            writeln!(
                doubled,
                "type t{number} = tuple<t{before}, t{before}, t{before}>;"
            )
            .unwrap();
        }
        for number in 1..3000 {
            writeln!(nested, "type t{number} = list<t{}>;", number - 1).unwrap();
        }
        for (mut text, said) in [(doubled, "type size"), (nested, "too deep")] {
            text += "}\nworld w { import i; }\n";
            let error = refused(&text);
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("deps/other")).unwrap();
        for place in ["world.wit", "deps/x.wasm", "deps/other/y.wit"] {
            let link = folder.path().join(place);
            std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
            let error = read(folder.path(), None).unwrap_err().to_string();
            assert!(
                error.contains(place) && error.contains("a device"),
                "{error}"
            );
            std::fs::remove_file(link).unwrap();
        }
    }
}
