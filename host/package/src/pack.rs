//! Makes the file that an author gives away: the component with its manifest, and without what only a debugger needs.
//! The same input makes the same output.

use nethost_manifest::{Manifest, SECTION};

use crate::component::{self, Malformed};

/// A plugin that cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is no component.
    #[error(transparent)]
    Component(#[from] Malformed),
    /// The manifest is wrong.
    #[error("plugin.toml: {0}")]
    Manifest(#[from] nethost_manifest::Error),
}

/// Whether a custom section is for debuggers and profilers only.
fn is_debugging(name: &str) -> bool {
    name.starts_with(".debug")
        || name.starts_with("reloc.")
        || matches!(
            name,
            "name" | "component-name" | "linking" | "sourceMappingURL" | "external_debug_info"
        )
}

/// Packs a component with this manifest. One that was in it before, at any depth, is replaced.
pub fn pack(component: &[u8], manifest: &str, keep_names: bool) -> Result<Vec<u8>, Error> {
    Manifest::parse(manifest)?;
    let keep = |name: &str, _: bool| name != SECTION && (keep_names || !is_debugging(name));
    let mut packed = component::without(component, &keep)?;
    component::custom(&mut packed, SECTION, manifest.as_bytes());
    Ok(packed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MANIFEST: &str = "name = \"a\"\nsummary = \"Do it\"\n";

    #[test]
    fn packing_again_changes_nothing() {
        let mut component = b"\0asm\x0d\0\x01\0".to_vec();
        component::custom(&mut component, "name", b"secret");
        component::custom(&mut component, "producers", b"kept");
        let packed = pack(&component, MANIFEST, false).unwrap();
        assert_eq!(pack(&packed, MANIFEST, false).unwrap(), packed);
        let shown = String::from_utf8_lossy(&packed);
        assert!(shown.contains("Do it") && shown.contains("kept") && !shown.contains("secret"));
        let named = pack(&component, MANIFEST, true).unwrap();
        assert!(String::from_utf8_lossy(&named).contains("secret"));
        let other = pack(&packed, "name = \"b\"\nsummary = \"Else\"\n", false).unwrap();
        assert!(!String::from_utf8_lossy(&other).contains("Do it"));
    }

    #[test]
    fn a_wrong_manifest_is_not_packed() {
        let component = b"\0asm\x0d\0\x01\0";
        let error = pack(component, "name = 1", false).unwrap_err().to_string();
        assert!(error.starts_with("plugin.toml: line 1"), "{error}");
    }
}
