//! The bill of materials: every crate that is in an executable or a plugin, as CycloneDX 1.5, from what cargo resolves
//! and what Cargo.lock says of each.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{EXECUTABLES, STEP, VERSION};
use crate::setup;
use crate::step::{self, Failure};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    manifest_path: std::path::PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// None for what is linked, `build` and `dev` for the rest.
    kind: Option<String>,
}

/// The document, as text.
pub(super) fn text(root: &Path) -> Result<String, Failure> {
    let mut cargo = step::cargo(root);
    cargo.args(["metadata", "--locked", "--format-version", "1"]);
    // Not what other systems would link.
    let targets: BTreeSet<&str> = EXECUTABLES.iter().map(|(_, _, target)| *target).collect();
    for target in targets.into_iter().chain([setup::WASM]) {
        cargo.args(["--filter-platform", target]);
    }
    let metadata = step::output(STEP, &mut cargo, "")?;
    let metadata: Metadata =
        serde_json::from_str(&metadata).map_err(|error| Failure::new(STEP, error, ""))?;
    let lock = step::read(STEP, &root.join("Cargo.lock"))?;
    let document = document(&metadata, &checksums(&lock), root);
    let text = serde_json::to_string_pretty(&document);
    text.map_err(|error| Failure::new(STEP, error, ""))
        .map(|text| text + "\n")
}

/// Whether a package is one that a release is made of: an executable, or a plugin.
fn is_shipped(package: &Package, root: &Path) -> bool {
    let is_executable = EXECUTABLES
        .iter()
        .any(|(name, ..)| package.source.is_none() && *name == package.name);
    let folder = package.manifest_path.parent().unwrap_or(root);
    let is_plugin =
        folder.parent() == Some(&*root.join("plugins")) && folder.join("plugin.toml").is_file();
    is_executable || is_plugin
}

fn document(
    metadata: &Metadata,
    checksums: &BTreeMap<(String, String), String>,
    root: &Path,
) -> Value {
    let linked = linked(metadata, root);
    let mut packages: Vec<&Package> = metadata
        .packages
        .iter()
        .filter(|package| linked.contains(package.id.as_str()))
        .collect();
    packages.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    let components: Vec<Value> = packages
        .iter()
        .map(|package| component(package, checksums))
        .collect();
    let references: BTreeMap<&str, String> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), purl(package)))
        .collect();
    let mut nodes: Vec<Value> = Vec::new();
    for package in &packages {
        let Some(node) = metadata
            .resolve
            .nodes
            .iter()
            .find(|node| node.id == package.id)
        else {
            continue;
        };
        let below: BTreeSet<&String> = node
            .deps
            .iter()
            .filter(|dependency| is_linked(dependency))
            .filter_map(|dependency| references.get(dependency.pkg.as_str()))
            .collect();
        nodes.push(json!({ "ref": purl(package), "dependsOn": below }));
    }
    // One release has one number, whenever it is made.
    let digest = Sha256::digest(serde_json::to_vec(&components).unwrap_or_default());
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": format!("urn:uuid:{}", uuid(&digest)),
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": format!("nethost@{VERSION}"),
                "name": "nethost",
                "version": VERSION,
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
            },
        },
        "components": components,
        "dependencies": nodes,
    })
}

/// The packages that are linked into what is shipped.
fn linked<'a>(metadata: &'a Metadata, root: &Path) -> BTreeSet<&'a str> {
    let edges: BTreeMap<&str, &Node> = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node))
        .collect();
    let shipped = metadata
        .packages
        .iter()
        .filter(|package| is_shipped(package, root));
    let mut next: VecDeque<&str> = shipped.map(|package| package.id.as_str()).collect();
    let mut found = BTreeSet::new();
    while let Some(id) = next.pop_front() {
        if !found.insert(id) {
            continue;
        }
        let below = edges.get(id).into_iter().flat_map(|node| &node.deps);
        let below = below.filter(|dependency| is_linked(dependency));
        next.extend(below.map(|dependency| dependency.pkg.as_str()));
    }
    found
}

fn is_linked(dependency: &Dependency) -> bool {
    dependency.dep_kinds.iter().any(|kind| kind.kind.is_none())
}

fn component(package: &Package, checksums: &BTreeMap<(String, String), String>) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(package),
        "name": package.name,
        "version": package.version,
        "purl": purl(package),
    });
    if let Some(license) = &package.license {
        // The older form of an expression.
        let parts: Vec<&str> = license.split('/').map(str::trim).collect();
        let expression = parts.join(" OR ");
        component["licenses"] = json!([{ "expression": expression }]);
    }
    let key = (package.name.clone(), package.version.clone());
    if let Some(checksum) = checksums.get(&key) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    component
}

/// The name of a package among those of all languages.
fn purl(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

/// The checksum of each package of the registry, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let mut sums = BTreeMap::new();
    for block in lock.split("[[package]]") {
        let value = |key: &str| {
            let mut lines = block.lines();
            lines.find_map(|line| {
                let value = line.strip_prefix(key)?.strip_prefix(" = \"")?;
                value.strip_suffix('"').map(str::to_owned)
            })
        };
        if let (Some(name), Some(version), Some(sum)) =
            (value("name"), value("version"), value("checksum"))
        {
            sums.insert((name, version), sum);
        }
    }
    sums
}

/// A UUID of version 8 (RFC 9562) from a digest.
fn uuid(digest: &[u8]) -> String {
    let mut bytes: Vec<u8> = digest.iter().copied().take(16).collect();
    bytes.resize(16, 0);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::root;

    #[test]
    fn it_names_what_is_linked_and_nothing_else() {
        let text = text(&root()).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["bomFormat"], "CycloneDX");
        let components = document["components"].as_array().unwrap();
        let find = |name: &str| components.iter().find(|one| one["name"] == name);
        for name in [
            "wasmtime",
            "rustix",
            "ping",
            "nethost-sdk",
            "cranelift-codegen",
        ] {
            assert!(find(name).is_some(), "no {name}");
        }
        for name in [
            "xtask",
            "nethost-tests",
            "libtest-mimic",
            "proptest",
            "windows-sys",
        ] {
            assert!(find(name).is_none(), "{name} is not in a release");
        }
        let wasmtime = find("wasmtime").unwrap();
        assert_eq!(wasmtime["hashes"][0]["content"].as_str().unwrap().len(), 64);
        assert!(wasmtime["licenses"][0]["expression"].is_string());
        let references: BTreeSet<&str> = components
            .iter()
            .filter_map(|one| one["bom-ref"].as_str())
            .collect();
        assert_eq!(
            references.len(),
            components.len(),
            "two components share a reference"
        );
        for node in document["dependencies"].as_array().unwrap() {
            for below in node["dependsOn"].as_array().unwrap() {
                assert!(references.contains(below.as_str().unwrap()), "{node}");
            }
        }
        assert_eq!(text, super::text(&root()).unwrap());
    }

    #[test]
    fn a_number_is_a_uuid() {
        let text = uuid(&[0xff; 32]);
        assert_eq!(text, "ffffffff-ffff-8fff-bfff-ffffffffffff");
    }
}
