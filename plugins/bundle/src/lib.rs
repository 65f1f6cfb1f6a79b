//! The plugins of this repository inside the program, so that one file is the product.
//!
//! The build script builds them; this is the table of what it built. Nothing here is unpacked at
//! start-up: a cached plugin is found by `digest` and never needs `component`.

use std::io::{self, Read};

/// One embedded plugin.
#[derive(Debug)]
#[non_exhaustive]
pub struct Plugin {
    /// The command's name, and that of its folder under `plugins/`.
    pub name: &'static str,
    /// Its other names; the manifest says what they stand for.
    pub aliases: &'static [&'static str],
    /// `sha256:` and 64 hexadecimal digits, of the component as `component` returns it.
    pub digest: &'static str,
    /// The text of its `plugin.toml`, valid when this was built.
    pub manifest: &'static str,
    /// The component's length in bytes.
    pub size: usize,
    /// The component, compressed (DEFLATE, RFC 1951).
    packed: &'static [u8],
}

impl Plugin {
    /// Unpacks the component.
    ///
    /// Errors: `InvalidData` when the embedded bytes do not unpack to `size` bytes, which only a damaged
    /// executable can cause.
    pub fn component(&self) -> io::Result<Vec<u8>> {
        let mut component = Vec::with_capacity(self.size);
        flate2::read::DeflateDecoder::new(self.packed).read_to_end(&mut component)?;
        if component.len() == self.size {
            Ok(component)
        } else {
            Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the embedded plugin {} is damaged", self.name),
            ))
        }
    }
}

/// The embedded plugin of that name, or alias.
#[must_use]
pub fn find(name: &str) -> Option<&'static Plugin> {
    PLUGINS
        .iter()
        .find(|plugin| plugin.name == name || plugin.aliases.contains(&name))
}

include!(concat!(env!("OUT_DIR"), "/plugins.rs"));

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn every_plugin_unpacks_to_the_component_its_digest_names() {
        for plugin in PLUGINS {
            let component = plugin.component().unwrap();
            assert_eq!(component.len(), plugin.size, "{}", plugin.name);
            // A component, not a core module: component-model `design/mvp/Binary.md`.
            assert_eq!(component[..8], *b"\0asm\x0d\0\x01\0", "{}", plugin.name);
            let hex: String = Sha256::digest(&component)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(plugin.digest, format!("sha256:{hex}"), "{}", plugin.name);
            assert_eq!(find(plugin.name).unwrap().digest, plugin.digest);
        }
    }

    #[test]
    fn the_plugins_of_the_tree_are_all_here() {
        let plugins = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .unwrap();
        let mut folders: Vec<String> = plugins
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().join("plugin.toml").is_file())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        folders.sort();
        assert_eq!(
            PLUGINS.iter().map(|plugin| plugin.name).collect::<Vec<_>>(),
            folders
        );
    }

    #[test]
    fn damage_is_an_error() {
        let short = Plugin {
            name: "x",
            aliases: &[],
            digest: "sha256:",
            manifest: "",
            size: 9,
            packed: &[1, 0, 0, 255, 255],
        };
        assert_eq!(
            short.component().unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
        let broken = Plugin {
            packed: &[0xff; 4],
            ..short
        };
        assert!(broken.component().is_err());
    }
}
