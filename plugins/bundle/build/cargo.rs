//! The nested cargo that builds the plugins.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::manifest::Plugin;

const TARGET: &str = "wasm32-wasip2";
const PROFILE: &str = "plugin";

/// What the outer cargo, clippy or a user's shell sets for the host's build and which would be wrong,
/// or make everything stale each time, in a build for another target.
const UNSET: &[&str] = &[
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "RUSTDOCFLAGS",
    "CARGO_ENCODED_RUSTDOCFLAGS",
    "RUSTC",
    "RUSTDOC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_LINKER",
    "CLIPPY_ARGS",
    "CLIPPY_CONF_DIR",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_BUILD_DIR",
    "TARGET",
    "HOST",
    "PROFILE",
    "OPT_LEVEL",
    "DEBUG",
    "OUT_DIR",
    "NUM_JOBS",
    "CARGO_PRIMARY_PACKAGE",
];
const UNSET_PREFIXES: &[&str] = &[
    "CARGO_PKG_",
    "CARGO_CFG_",
    "CARGO_FEATURE_",
    "CARGO_MANIFEST_",
    "CARGO_PROFILE_",
    "DEP_",
];

/// A built plugin.
pub(crate) struct Component {
    pub(crate) wasm: PathBuf,
    /// Every file of this repository that went into it.
    pub(crate) sources: Vec<PathBuf>,
}

/// Builds the plugins and returns their components in the same order.
pub(crate) fn build(
    root: &Path,
    target_dir: &Path,
    plugins: &[Plugin],
) -> Result<Vec<Component>, String> {
    if plugins.is_empty() {
        return Ok(Vec::new());
    }
    check_target_installed(root)?;

    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root)
        .args(["build", "--profile", PROFILE, "--target", TARGET]);
    // The outer cargo has brought Cargo.lock up to date; a nested one must not touch it.
    cargo.arg("--locked").arg("--target-dir").arg(target_dir);
    for plugin in plugins {
        cargo.args(["-p", &plugin.name]);
    }
    clean_environment(&mut cargo);
    // Standard output is for the outer cargo.
    let output = cargo
        .output()
        .map_err(|error| format!("could not start cargo: {error}"))?;
    if !output.status.success() {
        let log = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "{log}\nbuilding the plugins for {TARGET} failed ({})",
            output.status
        ));
    }
    plugins
        .iter()
        .map(|plugin| component(&target_dir.join(TARGET).join(PROFILE), plugin))
        .collect()
}

fn component(dir: &Path, plugin: &Plugin) -> Result<Component, String> {
    // A cdylib's file has the crate's name, a binary's the package's.
    let names = [plugin.name.replace('-', "_"), plugin.name.clone()];
    let wasm = names
        .iter()
        .map(|name| dir.join(format!("{name}.wasm")))
        .find(|path| path.is_file());
    let Some(wasm) = wasm else {
        return Err(format!(
            "plugins/{} built no component: its Cargo.toml needs `[lib] crate-type = [\"cdylib\"]`",
            plugin.name
        ));
    };
    let rule = wasm.with_extension("d");
    let text =
        std::fs::read_to_string(&rule).map_err(|error| format!("{}: {error}", rule.display()))?;
    Ok(Component {
        wasm,
        sources: prerequisites(&text),
    })
}

/// The right side of cargo's one-line make rule; a backslash escapes a space in a path.
fn prerequisites(rule: &str) -> Vec<PathBuf> {
    let files = rule
        .split_once(": ")
        .map_or("", |(_, files)| files)
        .trim_end();
    let marked = files.replace("\\ ", "\0");
    marked
        .split(' ')
        .filter(|file| !file.is_empty())
        .map(|file| PathBuf::from(file.replace('\0', " ")))
        .collect()
}

fn check_target_installed(root: &Path) -> Result<(), String> {
    let mut rustc = Command::new("rustc");
    rustc
        .current_dir(root)
        .args(["--print", "target-libdir", "--target", TARGET]);
    clean_environment(&mut rustc);
    let output = rustc
        .output()
        .map_err(|error| format!("could not start rustc: {error}"))?;
    let dir = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let installed = output.status.success()
        && dir.read_dir().is_ok_and(|mut files| {
            files.any(|file| {
                file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
            })
        });
    if installed {
        return Ok(());
    }
    Err(format!(
        "the plugins are built for {TARGET}, which this toolchain lacks.\n\
         Add it with:  rustup target add {TARGET}\n\
         or let this do it:  cargo xtask setup"
    ))
}

fn clean_environment(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        // CARGO_MAKEFLAGS stays: it shares the outer cargo's job slots.
        let target_flags = name.starts_with("CARGO_TARGET_") && !name.contains("WASM32");
        if target_flags
            || UNSET.contains(&name)
            || UNSET_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        {
            command.env_remove(name);
        }
    }
}
