//! A plugin as an artifact in a registry, in the layout of the CNCF for WebAssembly, which `wkg` writes and reads, too:
//! an OCI image manifest, a config of type `application/vnd.wasm.config.v0+json`, and the component as the only layer.
//! There is no archive in it, so nothing is unpacked. The signature is an annotation of the manifest: a further layer
//! would not be in the layout.

use std::collections::BTreeMap;

use oci_spec::image::{Descriptor, ImageManifest, MediaType, SCHEMA_VERSION};
use serde::Serialize;

use nethost_core::digest;

/// The type of the config.
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// The type of the layer.
const LAYER: &str = "application/wasm";
/// The annotation with the text of the signature's file.
const SIGNATURE: &str = "io.github.nethost.signature";
/// The maximum size of a manifest. The layout needs less than one kilobyte.
pub const LONGEST_MANIFEST: u64 = 256 << 10;

/// What a manifest in a registry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The digest of the component.
    pub component: String,
    /// Its length.
    pub size: u64,
    /// Its signature.
    pub signature: Option<String>,
}

/// What is written to a registry beside the component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The manifest.
    pub manifest: Vec<u8>,
    /// The config.
    pub config: Vec<u8>,
}

/// What the layout says about a component.
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// When it was built, in the form of RFC 3339.
    pub created: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its summary.
    pub summary: &'a str,
    /// Its version.
    pub version: Option<&'a str>,
    /// The names of its imports.
    pub imports: Vec<&'a str>,
    /// The names of its exports.
    pub exports: Vec<&'a str>,
    /// The text of its signature.
    pub signature: Option<&'a str>,
}

/// A manifest that is not about a plugin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not JSON, or has other fields.
    #[error("it is not an OCI manifest: {0}")]
    Syntax(#[from] serde_json::Error),
    /// It is an index, or something else.
    #[error("it is {0}, not the manifest of one component")]
    OtherKind(String),
    /// It has other contents, such as a container image.
    #[error("it is no WebAssembly component: its {what} is of type {found}, not {wanted}")]
    OtherContents {
        /// Which.
        what: &'static str,
        /// Its type.
        found: String,
        /// The type in the layout.
        wanted: &'static str,
    },
    /// A component is one layer.
    #[error("it has {0} layers; a component is one")]
    Layers(usize),
    /// Its digest is of another kind.
    #[error("the digest of its component is no SHA-256")]
    OtherDigest,
}

/// The config, as the layout has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    created: &'a str,
    architecture: &'static str,
    os: &'static str,
    layer_digests: [&'a str; 1],
    component: Component<'a>,
}

#[derive(Serialize)]
struct Component<'a> {
    exports: &'a [&'a str],
    imports: &'a [&'a str],
    target: Option<&'a str>,
}

impl Artifact {
    /// Reads a manifest.
    pub fn parse(manifest: &[u8]) -> Result<Self, Error> {
        let manifest: ImageManifest = serde_json::from_slice(manifest)?;
        let kind = manifest.media_type().as_ref();
        if let Some(other) = kind.filter(|kind| **kind != MediaType::ImageManifest) {
            return Err(Error::OtherKind(other.to_string()));
        }
        is_of("config", manifest.config(), CONFIG)?;
        let [layer] = manifest.layers().as_slice() else {
            return Err(Error::Layers(manifest.layers().len()));
        };
        is_of("layer", layer, LAYER)?;
        let digits = layer.as_digest_sha256().ok_or(Error::OtherDigest)?;
        let annotations = manifest.annotations().as_ref();
        Ok(Self {
            component: format!("sha256:{digits}"),
            size: layer.size(),
            signature: annotations.and_then(|all| all.get(SIGNATURE)).cloned(),
        })
    }

    /// What is written for a component. The same input makes the same output.
    pub fn write(component: &[u8], about: &About<'_>) -> Result<Written, Error> {
        let layer = digest(component);
        let config = serde_json::to_vec(&Config {
            created: about.created,
            architecture: "wasm",
            os: "wasip2",
            layer_digests: [&layer],
            component: Component {
                exports: &about.exports,
                imports: &about.imports,
                target: None,
            },
        })?;
        let annotations: BTreeMap<&str, &str> = [
            ("org.opencontainers.image.created", Some(about.created)),
            ("org.opencontainers.image.description", Some(about.summary)),
            ("org.opencontainers.image.title", Some(about.name)),
            ("org.opencontainers.image.version", about.version),
            (SIGNATURE, about.signature),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect();
        let manifest = serde_json::json!({
            "schemaVersion": SCHEMA_VERSION,
            "mediaType": MediaType::ImageManifest,
            "config": descriptor(CONFIG, &config)?,
            "layers": [descriptor(LAYER, component)?],
            "annotations": annotations,
        });
        let manifest = serde_json::to_vec(&manifest)?;
        Ok(Written { manifest, config })
    }
}

fn is_of(what: &'static str, found: &Descriptor, wanted: &'static str) -> Result<(), Error> {
    let kind = found.media_type().to_string();
    match kind == wanted {
        true => Ok(()),
        false => Err(Error::OtherContents {
            what,
            found: kind,
            wanted,
        }),
    }
}

fn descriptor(kind: &str, bytes: &[u8]) -> Result<Descriptor, Error> {
    let digest = digest(bytes).parse::<oci_spec::image::Digest>();
    let digest = digest.map_err(|_| Error::OtherDigest)?;
    Ok(Descriptor::new(kind.into(), bytes.len() as u64, digest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn written() -> Written {
        let about = About {
            created: "2026-01-01T00:00:00Z",
            name: "hello",
            summary: "Say hello",
            version: Some("1.0.0"),
            imports: vec!["nethost:cap/icmp@0.1.0"],
            exports: vec!["run"],
            signature: Some("nethost-signature 1\n"),
        };
        Artifact::write(b"component", &about).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let written = written();
        assert_eq!(written, self::written());
        let artifact = Artifact::parse(&written.manifest).unwrap();
        assert_eq!(artifact.component, digest(b"component"));
        assert_eq!(artifact.size, 9);
        assert_eq!(artifact.signature.as_deref(), Some("nethost-signature 1\n"));
        // As oci-wasm has the fields of the config.
        let config: serde_json::Value = serde_json::from_slice(&written.config).unwrap();
        assert_eq!(config["layerDigests"][0], digest(b"component"));
        assert_eq!(config["os"], "wasip2");
        assert_eq!(config["component"]["imports"][0], "nethost:cap/icmp@0.1.0");
    }

    #[test]
    fn what_is_no_component_is_refused() {
        let text = String::from_utf8(written().manifest).unwrap();
        let layer = text.split_once("\"layers\":[").unwrap().1;
        let layer = layer.split_once(']').unwrap().0;
        let unknown = text.replace(
            &digest(b"component"),
            &format!("sha512:{}", "0".repeat(128)),
        );
        for (manifest, said) in [
            ("{}".to_owned(), "not an OCI manifest"),
            ("\u{1b}[2J".to_owned(), "not an OCI manifest"),
            (text.replace("image.manifest", "image.index"), "image.index"),
            (
                text.replace(CONFIG, "application/vnd.oci.image.config.v1+json"),
                "its config is of",
            ),
            (
                text.replace(LAYER, "application/vnd.oci.image.layer.v1.tar+gzip"),
                "its layer is of",
            ),
            (text.replace(layer, ""), "0 layers"),
            (text.replace(layer, &format!("{layer},{layer}")), "2 layers"),
            (text.replace("sha256:", "sha256:../"), "not an OCI manifest"),
            (unknown, "no SHA-256"),
        ] {
            let error = Artifact::parse(manifest.as_bytes())
                .unwrap_err()
                .to_string();
            assert!(error.contains(said), "{said}: {error}");
        }
    }
}
