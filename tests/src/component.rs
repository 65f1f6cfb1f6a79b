//! Components made or changed by hand, to be what no honest tool makes.

use std::path::PathBuf;
use tempfile::TempDir;

/// The first bytes of a component (component-model `design/mvp/Binary.md`).
pub const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// A file of this name with these bytes; it vanishes with what is returned.
pub struct File {
    folder: TempDir,
    name: String,
}

impl File {
    /// Writes it.
    ///
    /// # Panics
    /// When there is no room for it.
    #[must_use]
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        std::fs::write(folder.path().join(name), bytes).expect("a file");
        Self {
            folder,
            name: name.into(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }
}

/// A component of tests/hostile that is written as text.
///
/// # Panics
/// When there is none of that name, or it is not WebAssembly.
#[must_use]
pub fn hostile(name: &str) -> File {
    let text = crate::host::sources().join(format!("hostile/{name}.wat"));
    let bytes = wat::parse_file(text).expect("WebAssembly");
    File::new(&format!("{name}.wasm"), &bytes)
}

/// A component with a manifest added to it.
#[must_use]
pub fn with_manifest(component: &[u8], text: &str) -> Vec<u8> {
    [component, &custom("nethost:manifest", text.as_bytes())].concat()
}

/// A custom section.
#[must_use]
pub fn custom(name: &str, data: &[u8]) -> Vec<u8> {
    section(
        0,
        &[&length(name.len())[..], name.as_bytes(), data].concat(),
    )
}

/// A section of a component.
#[must_use]
pub fn section(id: u8, body: &[u8]) -> Vec<u8> {
    [&[id], &length(body.len())[..], body].concat()
}

/// A length or a count, as LEB128.
#[must_use]
pub fn length(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
