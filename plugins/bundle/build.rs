//! Builds every plugin of this repository for wasm32-wasip2 and embeds the components.
//!
//! A plugin is a folder `plugins/NAME` with a `plugin.toml`. All of them are built by one nested cargo
//! with its own target directory, `target/wasm`, so that it never waits for the lock that the outer
//! cargo holds, and so that a change in one plugin rebuilds that plugin only.

#[path = "build/cargo.rs"]
mod cargo;
#[path = "build/embed.rs"]
mod embed;
#[path = "build/manifest.rs"]
mod manifest;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let bundle = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let plugins_dir = bundle.parent().ok_or("plugins/bundle has no parent")?;
    let root = plugins_dir.parent().ok_or("plugins/ has no parent")?;

    // Before anything can fail: what makes a second try worthwhile.
    for path in [
        "Cargo.toml",
        "Cargo.lock",
        "rust-toolchain.toml",
        "sdk/Cargo.toml",
        "wit",
    ] {
        watch(&root.join(path));
    }
    watch(&bundle.join("build.rs"));
    watch(&bundle.join("build"));

    let plugins = discover(plugins_dir)?;
    let components = cargo::build(root, &target_dir(&out), &plugins)?;
    for source in components.iter().flat_map(|component| &component.sources) {
        watch(source);
    }
    embed::write(&out, &plugins, &components)
}

/// The plugins, in the order of their names.
fn discover(plugins_dir: &Path) -> Result<Vec<manifest::Plugin>, String> {
    let entries = plugins_dir
        .read_dir()
        .map_err(|error| format!("{}: {error}", plugins_dir.display()))?;
    let mut folders: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    folders.sort();
    let mut plugins = Vec::new();
    for folder in folders {
        let toml = folder.join("plugin.toml");
        if toml.is_file() {
            watch(&toml);
            watch(&folder.join("Cargo.toml"));
            plugins.push(manifest::Plugin::read(&folder, &toml)?);
        } else if folder.is_dir() && !folder.ends_with("bundle") {
            // Not a plugin yet; whatever is added to it may make it one.
            watch(&folder);
        }
    }
    manifest::check_names(&plugins)?;
    Ok(plugins)
}

/// `target/wasm` of whichever target directory the outer cargo uses: it marks its own with a
/// CACHEDIR.TAG. Stable over profiles and features, unlike OUT_DIR.
fn target_dir(out: &Path) -> PathBuf {
    let top = out
        .ancestors()
        .find(|dir| dir.join("CACHEDIR.TAG").is_file());
    top.unwrap_or(out).join("wasm")
}

fn watch(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|error| format!("{name}: {error}"))
}
