//! The probes of tests/probes, built for wasm32-wasip2 when the first test needs one. They have a target
//! directory of their own, so that no build waits for another.

use crate::host::{sources, target_directory};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The component of a probe.
///
/// # Panics
/// When the probes do not build, or there is none of that name.
#[must_use]
pub fn component(name: &str) -> PathBuf {
    let path = directory().join(format!("{name}.wasm"));
    assert!(path.is_file(), "there is no probe {name}");
    path
}

/// Builds all probes, once, and says where they are.
///
/// # Panics
/// When they do not build.
pub fn directory() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = target_directory().join("probes");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args([
                "build",
                "--quiet",
                "--package",
                "nethost-probes",
                "--examples",
            ])
            .args([
                "--profile",
                "plugin",
                "--target",
                "wasm32-wasip2",
                "--target-dir",
            ])
            .arg(&target)
            .current_dir(sources())
            .status()
            .expect("cargo");
        assert!(status.success(), "the probes do not build");
        target.join("wasm32-wasip2/plugin/examples")
    })
}
