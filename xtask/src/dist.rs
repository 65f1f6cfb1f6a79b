//! The release: static executables that run on any Linux of this architecture, and their archive.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::step::{self, Failure};
use crate::{build, setup};

const STEP: &str = "dist";
/// The folder of compiled plugins, beside the executables.
const COMPILED: &str = "compiled";
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
/// The broker as a service.
const UNITS: [&str; 2] = [
    "systemd/nethost-broker.socket",
    "systemd/nethost-broker.service",
];
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

/// Compiles the bundled plugins, so that their first start needs no compiler.
fn precompile(out: &Path) -> Result<(), Failure> {
    step::announce("dist: compiled plugins");
    let folder = out.join(COMPILED);
    // What another version left there.
    let _ = std::fs::remove_dir_all(&folder);
    let mut fill = Command::new(out.join("nethost"));
    fill.args(["cache", "fill", "--portable"])
        .env("NETHOST_CACHE_DIR", &folder);
    step::run(STEP, &mut fill, "the compiler says why above")?;
    // Everybody may read them; only the packer may write.
    let open = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
            .map_err(|error| Failure::new(STEP, format_args!("{}: {error}", path.display()), ""))
    };
    open(&folder, 0o755)?;
    let listing = std::fs::read_dir(&folder)
        .map_err(|error| Failure::new(STEP, format_args!("{}: {error}", folder.display()), ""))?;
    for entry in listing {
        let entry = entry.map_err(|error| Failure::new(STEP, error, ""))?;
        open(&entry.path(), 0o644)?;
    }
    Ok(())
}

/// Builds the executables and packs them with the licenses and checksums.
pub(crate) fn archive(root: &Path) -> Result<(), Failure> {
    let out = executables(root)?;
    let name = format!("nethost-{}-x86_64-linux", env!("CARGO_PKG_VERSION"));
    let failed = |file: &str, error| Failure::new(STEP, format_args!("{file}: {error}"), "");
    precompile(&out)?;
    std::fs::create_dir_all(out.join("systemd")).map_err(|error| failed("systemd", error))?;
    for file in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md"] {
        std::fs::copy(root.join(file), out.join(file)).map_err(|error| failed(file, error))?;
    }
    for file in UNITS {
        std::fs::copy(root.join("dist").join(file), out.join(file))
            .map_err(|error| failed(file, error))?;
    }
    let archive = format!("{name}.tar.gz");
    step::announce(&format!("dist: {archive}"));
    let mut tar = Command::new("tar");
    // The same bytes for the same input: owner, order and times say nothing about who packed it.
    tar.current_dir(&out).args([
        "--create",
        "--gzip",
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
    ]);
    tar.args([
        // Compiled forms keep theirs, which is a seal and long ago.
        "--mtime=2020-01-01",
        "--clamp-mtime",
        &format!("--transform=s,^,{name}/,"),
        "--file",
        &archive,
    ]);
    tar.args([
        "nethost",
        "nethost-capture",
        "nethost-compile",
        "nethost-broker",
        COMPILED,
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "README.md",
        "CHANGELOG.md",
    ]);
    tar.args(UNITS);
    step::run(STEP, &mut tar, "dist needs GNU tar")?;

    let mut sums = String::new();
    for file in [
        "nethost",
        "nethost-capture",
        "nethost-compile",
        "nethost-broker",
        archive.as_str(),
    ] {
        let path = out.join(file);
        let bytes = std::fs::read(&path)
            .map_err(|error| Failure::new(STEP, format_args!("{}: {error}", path.display()), ""))?;
        let hex: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        // The format of sha256sum(1), for `sha256sum --check`.
        sums.push_str(&format!("{hex}  {file}\n"));
    }
    step::write(STEP, &out.join("SHA256SUMS"), &sums)?;
    eprint!("{sums}");
    eprintln!("in {}", out.display());
    Ok(())
}
