//! Which crate may depend on which: what the architecture promises, from the manifests.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::STEP;
use crate::step::{self, Failure};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    path: Option<PathBuf>,
    kind: Option<String>,
}

/// The layers below the command line, each with those of the host that it may depend on. What is not here may depend
/// on all of them.
const LAYERS: &[(&str, &[&str])] = &[
    ("host/core", &[]),
    ("host/net", &[]),
    ("host/netlink", &["host/core"]),
    ("host/policy", &["host/core", "plugins/manifest"]),
    ("host/audit", &["host/core"]),
    ("host/gate", &["host/core", "host/policy"]),
    ("host/rejudge", &["host/audit", "host/core", "host/policy"]),
    ("host/registry", &["host/core"]),
    ("host/report", &["host/core"]),
    ("host/record", &["host/core"]),
    ("host/record_derive", &[]),
    ("host/incident", &["host/core"]),
    ("host/package", &["host/core", "plugins/manifest"]),
    (
        "host/broker",
        &[
            "host/core",
            "host/gate",
            "host/net",
            "host/netlink",
            "host/policy",
        ],
    ),
    (
        "host/service",
        &[
            "host/audit",
            "host/broker",
            "host/core",
            "host/gate",
            "host/package",
            "host/policy",
            "plugins/bundle",
            "plugins/manifest",
        ],
    ),
];
/// What runs a plugin, each with those of the host that it may depend on: a capability never on another.
const KIT: &str = "host/kit";
const CAPABILITIES: &str = "host/capability";
const RUNNER: &str = "host/runner";
const BELOW_A_CAPABILITY: &[&str] = &[
    "host/broker",
    "host/core",
    "host/gate",
    "host/net",
    "host/netlink",
    "host/policy",
    "host/record",
    "host/record_derive",
];
/// What decides and records runs no plugin.
const ENGINE: &[&str] = &["wasmtime", "wasmtime-wasi", "wasmtime-wasi-io"];
/// Only the command line reads one.
const COMMAND_LINE: &str = "clap";

/// Dependencies point one way: plugins → sdk, host → its layers, tests → everything.
pub(super) fn breaches(root: &Path) -> Result<Vec<String>, Failure> {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root)
        .args(["metadata", "--no-deps", "--format-version", "1"]);
    let json = step::output(STEP, &mut cargo, "")?;
    let metadata: Metadata =
        serde_json::from_str(&json).map_err(|error| Failure::new(STEP, error, ""))?;
    let mut breaches = Vec::new();
    for package in &metadata.packages {
        let from = package.manifest_path.parent().unwrap_or(root);
        let from = from.strip_prefix(root).unwrap_or(from);
        let of_product = package.dependencies.iter();
        for dependency in of_product.filter(|dependency| dependency.kind.is_none()) {
            let to = dependency.path.as_deref();
            let to = to.map(|path| path.strip_prefix(root).unwrap_or(path));
            if !may_depend(from, to, &dependency.name) {
                breaches.push(format!("{}: depends on {}", package.name, dependency.name));
            }
        }
    }
    Ok(breaches)
}

/// Whether the crate of one folder may depend on that of another, or on one from elsewhere by its name.
fn may_depend(from: &Path, to: Option<&Path>, name: &str) -> bool {
    let layer = LAYERS.iter().find(|(layer, _)| from == Path::new(layer));
    let is_capability = from.starts_with(CAPABILITIES);
    let runs_plugins = is_capability || from == Path::new(KIT) || from == Path::new(RUNNER);
    let Some(to) = to else {
        let engine = layer.is_some() && ENGINE.contains(&name);
        return !(engine || (name == COMMAND_LINE && (layer.is_some() || runs_plugins)));
    };
    if let Some((_, below)) = layer {
        return below.iter().any(|below| to == Path::new(below));
    }
    if is_capability || from == Path::new(KIT) {
        return (is_capability && to == Path::new(KIT))
            || BELOW_A_CAPABILITY
                .iter()
                .any(|below| to == Path::new(below));
    }
    if from == Path::new(RUNNER) && to == Path::new("host") {
        return false;
    }
    let is_plugin = from.starts_with("plugins") && !from.starts_with("plugins/bundle");
    !((is_plugin && !to.starts_with("sdk"))
        || (from.starts_with("sdk") && !to.starts_with("sdk"))
        || (from.starts_with("host") && to.starts_with("sdk")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_point_one_way() {
        let may = |from: &str, to: &str| may_depend(from.as_ref(), Some(to.as_ref()), "");
        for (from, to) in [
            ("plugins/ping", "sdk"),
            ("host", "host/gate"),
            ("host/runner", "host/capability/icmp"),
            ("host/capability/icmp", "host/kit"),
            ("host/capability/icmp", "host/gate"),
            ("host/kit", "host/broker"),
            ("host/gate", "host/policy"),
            ("host/broker", "host/netlink"),
            ("tests", "host"),
        ] {
            assert!(may(from, to), "{from} {to}");
        }
        for (from, to) in [
            ("plugins/ping", "host/core"),
            ("plugins/ping", "plugins/ip"),
            ("sdk", "host/core"),
            ("host", "sdk"),
            ("host/policy", "host/gate"),
            ("host/audit", "host/policy"),
            ("host/core", "host/net"),
            ("host/gate", "host"),
            ("host/broker", "host/audit"),
            ("host/broker", "host/engine"),
            ("host/broker", "host/kit"),
            ("host/capability/icmp", "host/capability/udp"),
            ("host/capability/icmp", "host/audit"),
            ("host/capability/icmp", "host/runner"),
            ("host/kit", "host/capability/icmp"),
            ("host/runner", "host"),
        ] {
            assert!(!may(from, to), "{from} {to}");
        }
    }

    #[test]
    fn a_layer_has_no_engine_and_only_the_command_line_reads_one() {
        let may = |from: &str, name: &str| may_depend(from.as_ref(), None, name);
        assert!(may("host/audit", "ring"));
        assert!(may("host", "wasmtime") && may("host", "clap"));
        assert!(may("host/capability/icmp", "wasmtime"));
        for layer in ["host/audit", "host/broker", "host/netlink"] {
            for name in ENGINE {
                assert!(!may(layer, name), "{layer} {name}");
            }
        }
        for below in ["host/audit", "host/kit", "host/capability/icmp", RUNNER] {
            assert!(!may(below, COMMAND_LINE), "{below}");
        }
    }
}
