//! Bindings in the language of the author.

use std::path::Path;

use wit_bindgen_core::{AsyncFilterSet, Files};

use crate::{Error, line, world};

/// A language that has bindings here. Others bring their own generator: the Rust SDK, componentize-py, componentize-qjs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// C: a header, a source file, and an object file with the world, which the source file refers to.
    C,
    /// Go: a module with a package for each interface.
    Go,
}

/// A generated file: its path below the output folder, and its content.
pub type File = (String, Vec<u8>);

/// The bindings of a world in the WIT files of `wit`.
pub fn generate(language: Language, wit: &Path, world: Option<&str>) -> Result<Vec<File>, Error> {
    let (mut resolve, world) = world::read(wit, world)?;
    let mut synchronous = AsyncFilterSet::default();
    synchronous.push("all");
    let mut generator = match language {
        Language::C => wit_bindgen_c::Opts {
            async_: synchronous,
            ..Default::default()
        }
        .build(),
        Language::Go => wit_bindgen_go::Opts {
            async_: synchronous,
            ..Default::default()
        }
        .build(),
    };
    let mut files = Files::default();
    generator
        .generate(&mut resolve, world, &mut files)
        .map_err(|error| Error::Bindings(line(&error)))?;
    let files = files.iter();
    Ok(files
        .map(|(name, text)| (name.to_owned(), text.to_vec()))
        .collect())
}
