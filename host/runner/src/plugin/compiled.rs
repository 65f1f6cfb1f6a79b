//! A compiled form that is trusted and not mapped yet. Its needs are known, so that this process can give up its
//! privileges first.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};

use wasmtime::Engine;
use wasmtime::component::Component;

use super::sys::{self, Trusted, TrustedFile};

/// A compiled form.
#[derive(Debug)]
pub struct Compiled {
    source: Source,
    imports: Vec<String>,
}

#[derive(Debug)]
enum Source {
    /// An entry of the cache that has passed the checks.
    Kept(File),
    /// The output of the compiler, which could not be stored.
    Made(Vec<u8>),
}

impl Compiled {
    pub(super) fn kept(file: File, imports: Vec<String>) -> Self {
        Self {
            source: Source::Kept(file),
            imports,
        }
    }

    pub(super) fn made(bytes: Vec<u8>, imports: Vec<String>) -> Self {
        Self {
            source: Source::Made(bytes),
            imports,
        }
    }

    /// The imports of the component.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().map(String::as_str)
    }

    /// The file to map, if there is one.
    pub fn file(&self) -> Option<BorrowedFd<'_>> {
        match &self.source {
            Source::Kept(file) => Some(file.as_fd()),
            Source::Made(_) => None,
        }
    }

    /// Loads it as code. Call it after the process has given up its privileges.
    pub fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        match &self.source {
            Source::Kept(file) => sys::map(engine, &TrustedFile(file)),
            Source::Made(bytes) => sys::load(engine, &Trusted(bytes)),
        }
    }
}
