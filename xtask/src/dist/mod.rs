//! The release: static executables that run on any Linux of this architecture, their archive, and their package.

mod deb;
mod sbom;
mod stage;
mod sums;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Failure};
use crate::{build, setup};

const STEP: &str = "dist";
/// The version of the release.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The package of each executable, its name, and the C library that is in it. What starts for every command is of musl: glibc asks the
/// processor dozens of questions about itself before main, each of which a virtual machine answers in
/// microseconds. What compiles, in many threads, has glibc's allocator.
pub(crate) const EXECUTABLES: [(&str, &str, &str); 4] = [
    ("nethost", "nethost", setup::MUSL),
    ("nethost-service", "nethost-broker", setup::MUSL),
    (
        "nethost-compile",
        "nethost-compile",
        "x86_64-unknown-linux-gnu",
    ),
    ("nethost-capture", LINKED, "x86_64-unknown-linux-gnu"),
];
/// Links the system's libpcap, and with it what the system's libpcap links; without it there are no filters.
const LINKED: &str = "nethost-capture";
/// Static and not position-independent: starting it takes no dynamic linker and no relocation, which is
/// half of the time that a short-lived tool takes.
const FLAGS: &str = r#"["-C","target-feature=+crt-static","-C","relocation-model=static"]"#;

/// Builds the release executables and returns their folder.
pub(crate) fn executables(root: &Path) -> Result<PathBuf, Failure> {
    setup::for_dist(root)?;
    let target_dir = build::target_dir()?;
    let out = target_dir.join("dist-out");
    std::fs::create_dir_all(&out)
        .map_err(|error| Failure::new(STEP, format_args!("{}: {error}", out.display()), ""))?;
    // One cargo each: built together, cargo would give the runner the compiler's features, and with them
    // Cranelift.
    for (package, executable, target) in EXECUTABLES {
        step::announce(&format!("dist: {executable}"));
        let mut cargo = step::cargo(root);
        cargo.args([
            "build",
            "--locked",
            "--profile",
            "dist",
            "--target",
            target,
            "-p",
            package,
            "--config",
        ]);
        let flags = if executable == LINKED { "[]" } else { FLAGS };
        cargo
            .arg(format!("target.{target}.rustflags={flags}"))
            .env_remove("RUSTFLAGS");
        if package == "nethost-compile" {
            // It runs once per plugin: whole-program optimization would cost minutes to save milliseconds.
            cargo.args(["--config", "profile.dist.lto=false"]);
            cargo.args(["--config", "profile.dist.codegen-units=16"]);
        }
        step::run(STEP, &mut cargo, "the first error above names the file")?;
        let built = target_dir.join(target).join("dist").join(executable);
        let to = out.join(executable);
        // Replaced, not overwritten: it may be running.
        let _ = std::fs::remove_file(&to);
        std::fs::copy(&built, &to).map_err(|error| {
            Failure::new(STEP, format_args!("{}: {error}", built.display()), "")
        })?;
    }
    Ok(out)
}

/// What is packed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Optimized and static, for others.
    Release,
    /// What `cargo xtask build` has built, to try the packages themselves.
    Development,
}

/// Builds the executables, or takes those that are built, and packs them: an archive for any Linux, and a package for
/// Debian and its like. Beside them are the bill of materials and the checksums.
pub(crate) fn archive(root: &Path, form: Form) -> Result<(), Failure> {
    let out = match form {
        Form::Release => executables(root)?,
        Form::Development => built()?,
    };
    stage::all(root, &out, form)?;
    let sbom = format!("nethost-{VERSION}.cdx.json");
    step::write(STEP, &out.join(&sbom), sbom::text(root)?)?;
    let archive = tar(&out, &sbom, form)?;
    let package = deb::build(&out, form)?;
    let mut files: Vec<&str> = EXECUTABLES.iter().map(|(_, name, _)| *name).collect();
    files.sort_unstable();
    files.extend([archive.as_str(), package.as_str(), sbom.as_str()]);
    sums::write(&out, &files)?;
    eprintln!("in {}", out.display());
    Ok(())
}

/// Copies of the development executables, in a folder of their own.
fn built() -> Result<PathBuf, Failure> {
    let out = build::target_dir()?.join("dist-dev");
    stage::make(&out)?;
    let from = build::profile_dir()?;
    for (_, executable, _) in EXECUTABLES {
        stage::copy(&from.join(executable), &out.join(executable), 0o755)?;
    }
    Ok(out)
}

fn tar(out: &Path, sbom: &str, form: Form) -> Result<String, Failure> {
    let name = format!("nethost-{VERSION}-{}-linux", std::env::consts::ARCH);
    let archive = format!("{name}.tar.gz");
    step::announce(&format!("dist: {archive}"));
    let mut tar = Command::new("tar");
    // The same bytes for the same input: owner, order and times say nothing about who packed it.
    tar.current_dir(out).args([
        "--create",
        match form {
            Form::Release => "--use-compress-program=gzip -n",
            // It is large and not kept.
            Form::Development => "--use-compress-program=gzip -n -1",
        },
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
    ]);
    tar.args([
        &format!("--mtime=@{}", deb::EPOCH),
        "--clamp-mtime",
        &format!("--transform=s,^,{name}/,"),
        "--file",
        &archive,
    ]);
    tar.args(EXECUTABLES.iter().map(|(_, name, _)| *name));
    tar.args([
        stage::COMPILED,
        stage::MANUALS,
        stage::COMPLETIONS,
        stage::POLICIES,
        stage::UNITS,
        sbom,
    ]);
    tar.args(stage::TEXTS);
    step::run(STEP, &mut tar, "dist needs GNU tar")?;
    Ok(archive)
}
