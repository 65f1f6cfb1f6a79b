//! Builds everything, or what running needs, and runs it.
//!
//! Always with features for the whole workspace: cargo chooses them by what is selected together, and a build of one
//! package after a build of all would compile wasmtime a second time. Of what is selected, `run` builds the executables
//! alone, so nothing that only tests need.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::step::{self, Failure};
use crate::{dist, setup};

const STEP: &str = "build";

/// Builds host, compiler and plugins, and puts the components into target/plugins/.
pub(crate) fn all(root: &Path) -> Result<(), Failure> {
    compile(root)?;
    let plugins = target_dir()?.join("plugins");
    for (name, component) in components(root)? {
        let to = plugins.join(format!("{name}.wasm"));
        copy_if_newer(&component, &to)
            .map_err(|error| Failure::new(STEP, format_args!("{}: {error}", to.display()), ""))?;
    }
    Ok(())
}

/// Sets up, builds what running needs, and becomes `nethost ARGS…`.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<ExitCode, Failure> {
    setup::for_build(root)?;
    executables(root)?;
    let program = profile_dir()?.join("nethost");
    // Replaces this process: signals, terminal and exit code are the tool's own.
    let error = Command::new(&program).args(arguments).exec();
    Err(Failure::new(
        "run",
        format_args!("{}: {error}", program.display()),
        "cargo xtask build",
    ))
}

/// The executables with the plugins in them. Of the workspace's other parts nothing is built.
fn executables(root: &Path) -> Result<(), Failure> {
    let mut arguments = vec!["build", "--workspace"];
    for (_, executable, _) in dist::EXECUTABLES {
        arguments.extend(["--bin", executable]);
    }
    let start = Instant::now();
    let is_first = !profile_dir()?.join("nethost").is_file();
    if is_first {
        step::announce(
            "build: the host with its compiler, and all plugins (nethost-bundle): several minutes the first time; cargo counts the crates",
        );
    }
    cargo(root, &arguments)?;
    if is_first {
        let seconds = start.elapsed().as_secs();
        step::announce(&format!("build: done in {seconds} s; from now on, seconds"));
    }
    Ok(())
}

/// Builds the whole workspace.
fn compile(root: &Path) -> Result<(), Failure> {
    if !profile_dir()?.join("nethost").is_file() {
        step::announce("build: the first one compiles wasmtime, which takes several minutes");
    }
    cargo(root, &["build", "--workspace"])
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let mut cargo = step::cargo(root);
    cargo.args(arguments);
    step::run(
        STEP,
        &mut cargo,
        "the first error above names the file; after an update of Rust try `cargo clean`",
    )
}

/// The directory that cargo puts this profile's executables into: where xtask itself runs from.
pub(crate) fn profile_dir() -> Result<PathBuf, Failure> {
    let found = std::env::current_exe()
        .ok()
        .and_then(|exe| Some(exe.parent()?.to_owned()));
    found.ok_or_else(|| {
        Failure::new(
            STEP,
            "xtask does not know where it runs from",
            "start it with `cargo xtask`",
        )
    })
}

/// The target directory of the cargo that started this.
pub(crate) fn target_dir() -> Result<PathBuf, Failure> {
    let profile = profile_dir()?;
    let top = profile
        .ancestors()
        .find(|dir| dir.join("CACHEDIR.TAG").is_file());
    // cargo tags only a directory that it made itself.
    top.or(profile.parent()).map(Path::to_owned).ok_or_else(|| {
        Failure::new(
            STEP,
            "xtask does not run from a target directory",
            "start it with `cargo xtask`",
        )
    })
}

/// Every plugin's name and built component, as plugins/bundle built it.
fn components(root: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let built = target_dir()?.join("wasm/wasm32-wasip2/plugin");
    let mut components = Vec::new();
    for folder in plugin_folders(root)? {
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        // A library's file has the crate's name, a program's the package's.
        let files = [name.replace('-', "_"), name.clone()].map(|stem| built.join(stem + ".wasm"));
        let Some(file) = files.into_iter().find(|file| file.is_file()) else {
            let problem = format!("plugins/{name} built no component in {}", built.display());
            return Err(Failure::new(
                STEP,
                problem,
                "touch plugins/bundle/build.rs and build again",
            ));
        };
        components.push((name, file));
    }
    Ok(components)
}

/// The folders that are plugins: those with a plugin.toml, in the order of their names.
pub(crate) fn plugin_folders(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let plugins = root.join("plugins");
    let entries = plugins
        .read_dir()
        .map_err(|error| Failure::new(STEP, format_args!("{}: {error}", plugins.display()), ""))?;
    let mut folders: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| folder.join("plugin.toml").is_file())
        .collect();
    folders.sort();
    Ok(folders)
}

fn copy_if_newer(from: &Path, to: &Path) -> std::io::Result<()> {
    let current = to.metadata().and_then(|to| to.modified());
    if current.is_ok_and(|time| {
        from.metadata()
            .and_then(|from| from.modified())
            .is_ok_and(|from| from <= time)
    }) {
        return Ok(());
    }
    if let Some(dir) = to.parent() {
        std::fs::create_dir_all(dir)?;
    }
    std::fs::copy(from, to).map(drop)
}
