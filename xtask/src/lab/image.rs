//! The initramfs: busybox, iproute2, our executables with the plugins compiled, and the modules of the network.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::kernel::Kernel;
use super::{STEP, failed};
use crate::build;
use crate::step::{self, Failure};

/// What the guest runs first.
const INIT: &str = include_str!("init.sh");
/// The modules that network devices and their encryption can need.
const MODULES: &[&str] = &["net", "drivers/net", "crypto", "lib", "arch/x86/crypto"];

/// Writes the initramfs and returns its path.
pub(super) fn packed(folder: &Path, kernel: &Kernel, commands: &str) -> Result<PathBuf, Failure> {
    let root = folder.join("root");
    let _ = std::fs::remove_dir_all(&root);
    let profile = build::profile_dir()?;
    executable(&root, &which("busybox")?, "bin/busybox")?;
    executable(&root, &which("ip")?, "lab/ip")?;
    for name in ["nethost", "nethost-broker", "nethost-compile"] {
        executable(&root, &profile.join(name), &format!("lab/{name}"))?;
    }
    compiled(folder, &profile, &root)?;
    modules(kernel, &root)?;
    copy(Path::new("/etc/iproute2"), &root.join("etc"))?;
    step::write(STEP, &root.join("commands"), commands)?;
    step::write(STEP, &root.join("init"), INIT)?;
    command(Command::new("chmod").arg("755").arg(root.join("init")))?;
    archive(folder, &root)
}

/// Compiles the plugins as they are now, for any processor: qemu's has not all that this one has.
fn compiled(folder: &Path, profile: &Path, root: &Path) -> Result<(), Failure> {
    let cache = folder.join("compiled");
    let mut fill = Command::new(profile.join("nethost"));
    fill.args(["cache", "fill", "--portable"])
        .env("NETHOST_CACHE_DIR", &cache)
        .stdout(Stdio::null());
    step::run(STEP, &mut fill, "the compiler says why above")?;
    copy(&cache, &root.join("lab"))
}

fn modules(kernel: &Kernel, root: &Path) -> Result<(), Failure> {
    let version = kernel.modules.file_name().unwrap_or_default();
    let to = root.join("lib/modules").join(version);
    for part in MODULES {
        let from = kernel.modules.join("kernel").join(part);
        let to = to.join("kernel").join(part);
        copy(&from, to.parent().unwrap_or(&to))?;
    }
    for index in ["modules.dep", "modules.alias", "modules.symbols"] {
        copy(&kernel.modules.join(index), &to)?;
    }
    Ok(())
}

/// An executable, with the libraries that it is linked with.
fn executable(root: &Path, from: &Path, to: &str) -> Result<(), Failure> {
    let to = root.join(to);
    make(to.parent().unwrap_or(root))?;
    std::fs::copy(from, &to).map_err(|error| failed(from, &error))?;
    // A static executable is none for ldd, which then fails.
    let told = Command::new("ldd").arg(from).output();
    let told = told.map_err(|error| failed(Path::new("ldd"), &error))?;
    for library in libraries(&String::from_utf8_lossy(&told.stdout)) {
        let to = root.join(library.trim_start_matches('/'));
        make(to.parent().unwrap_or(root))?;
        std::fs::copy(library, &to).map_err(|error| failed(Path::new(library), &error))?;
    }
    Ok(())
}

/// The paths in the output of ldd(1).
fn libraries(told: &str) -> Vec<&str> {
    let words = told
        .lines()
        .map(|line| line.split_whitespace().find(|word| word.starts_with('/')));
    words.flatten().collect()
}

fn which(program: &str) -> Result<PathBuf, Failure> {
    let folders = ["/bin", "/sbin", "/usr/bin", "/usr/sbin"];
    let mut paths = folders.iter().map(|folder| Path::new(folder).join(program));
    let found = paths.find(|path| path.is_file());
    found.ok_or_else(|| Failure::new(STEP, format_args!("no {program}"), "cargo xtask setup"))
}

fn make(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))
}

/// Copies a file or a folder into a folder.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    make(to)?;
    command(Command::new("cp").arg("-a").arg(from).arg(to))
}

fn command(command: &mut Command) -> Result<(), Failure> {
    step::run(STEP, command, "")
}

/// Packs the folder, with root as the owner of everything.
fn archive(folder: &Path, root: &Path) -> Result<PathBuf, Failure> {
    let to = folder.join("initramfs");
    let mut pack = Command::new("sh");
    pack.current_dir(root)
        .args(["-c", "find . | cpio --quiet -o -H newc -R 0:0 > \"$0\""])
        .arg(&to);
    command(&mut pack)?;
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::libraries;

    #[test]
    fn libraries_are_found_in_what_ldd_prints() {
        let told =
            "\tlinux-vdso.so.1 (0x1)\n\tlibc.so.6 => /lib/libc.so.6 (0x2)\n\t/lib64/ld.so (0x3)\n";
        assert_eq!(libraries(told), ["/lib/libc.so.6", "/lib64/ld.so"]);
        assert!(libraries("\tstatically linked\n").is_empty());
    }
}
