//! What a release holds besides executables: compiled plugins, manual pages, completions, policies, units. The
//! executables themselves make the first three.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{Form, STEP};
use crate::step::{self, Failure};

/// The folder of compiled plugins, beside the executables.
pub(super) const COMPILED: &str = "compiled";
/// The folders of the rest.
pub(super) const MANUALS: &str = "man";
pub(super) const COMPLETIONS: &str = "completions";
pub(super) const POLICIES: &str = "policy";
pub(super) const UNITS: &str = "systemd";
/// Texts from the top of the repository.
pub(super) const TEXTS: [&str; 4] = ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md"];
/// Each shell, and the file that it looks for.
pub(super) const SHELLS: [(&str, &str); 3] = [
    ("bash", "nethost"),
    ("zsh", "_nethost"),
    ("fish", "nethost.fish"),
];

/// Puts all of it beside the executables.
pub(super) fn all(root: &Path, out: &Path, form: Form) -> Result<(), Failure> {
    // The development form of the compiler takes a minute.
    if form == Form::Release || !is_compiled(out)? {
        precompile(out)?;
    }
    step::announce("dist: manual pages, completions");
    let manuals = emptied(out, MANUALS)?;
    let mut man = Command::new(out.join("nethost"));
    step::run(STEP, man.args(["man", "--all"]).arg(&manuals), "")?;
    let completions = emptied(out, COMPLETIONS)?;
    for (shell, file) in SHELLS {
        let mut print = Command::new(out.join("nethost"));
        let script = step::output(STEP, print.args(["completions", shell]), "")?;
        step::write(STEP, &completions.join(file), script)?;
    }
    for folder in [POLICIES, UNITS] {
        let to = emptied(out, folder)?;
        for file in files(&root.join("dist").join(folder))? {
            copy(&file, &to.join(name(&file)), 0o644)?;
        }
    }
    for text in TEXTS {
        copy(&root.join(text), &out.join(text), 0o644)?;
    }
    Ok(())
}

/// Whether the folder has what these executables would compile, and nothing else.
fn is_compiled(out: &Path) -> Result<bool, Failure> {
    let ask = |words: &[&str]| {
        let mut nethost = Command::new(out.join("nethost"));
        nethost
            .args(words)
            .env("NETHOST_CACHE_DIR", out.join(COMPILED));
        let text = step::output(STEP, &mut nethost, "")?;
        serde_json::from_str::<Value>(&text).map_err(|error| Failure::new(STEP, error, ""))
    };
    let plugins = ask(&["list", "--json"])?;
    let cache = ask(&["cache", "--json"])?;
    let entries = cache["entries"].as_array().map_or(&[][..], Vec::as_slice);
    let is_good = |entry: &Value| entry["plugin"] != "-" && entry["current"] == true;
    Ok(Some(entries.len()) == plugins.as_array().map(Vec::len) && entries.iter().all(is_good))
}

/// Compiles the bundled plugins, so that their first start needs no compiler.
fn precompile(out: &Path) -> Result<(), Failure> {
    step::announce("dist: compiled plugins");
    // Without what another version left there.
    let folder = emptied(out, COMPILED)?;
    let mut fill = Command::new(out.join("nethost"));
    fill.args(["cache", "fill", "--portable"])
        .env("NETHOST_CACHE_DIR", &folder);
    step::run(STEP, &mut fill, "the compiler says why above")?;
    // Everybody may read them; only the packer may write.
    set_mode(&folder, 0o755)?;
    for file in files(&folder)? {
        set_mode(&file, 0o644)?;
    }
    Ok(())
}

/// An empty folder of this name.
pub(super) fn emptied(out: &Path, name: &str) -> Result<PathBuf, Failure> {
    let folder = out.join(name);
    let _ = std::fs::remove_dir_all(&folder);
    make(&folder)?;
    Ok(folder)
}

/// A folder, and those above it, which everybody may read.
pub(super) fn make(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    set_mode(folder, 0o755)
}

/// The files in a folder, by name.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| failed(folder, error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Copies a file, and sets its mode.
pub(super) fn copy(from: &Path, to: &Path, mode: u32) -> Result<(), Failure> {
    // Replaced, not overwritten: it may be running.
    let _ = std::fs::remove_file(to);
    std::fs::copy(from, to).map_err(|error| failed(from, error))?;
    set_mode(to, mode)
}

pub(super) fn set_mode(path: &Path, mode: u32) -> Result<(), Failure> {
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(path, permissions).map_err(|error| failed(path, error))
}

pub(super) fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

pub(super) fn failed(path: &Path, error: std::io::Error) -> Failure {
    Failure::new(STEP, format_args!("{}: {error}", path.display()), "")
}
