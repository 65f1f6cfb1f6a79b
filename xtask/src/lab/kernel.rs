//! Debian's kernel, unpacked from its package and never installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{STEP, failed};
use crate::step::{self, Failure};

/// The package that depends on the newest kernel for virtual machines.
const NEWEST: &str = "linux-image-cloud-amd64";
const REMEDY: &str =
    "the lab needs a Debian machine whose package lists are up to date: apt-get update";

/// An unpacked kernel.
pub(super) struct Kernel {
    /// The kernel itself.
    pub(super) image: PathBuf,
    /// The folder of its modules, named for its version.
    pub(super) modules: PathBuf,
}

/// Fetches and unpacks the kernel, unless that one is there already.
pub(super) fn unpacked(folder: &Path) -> Result<Kernel, Failure> {
    let mut cache = Command::new("apt-cache");
    let told = step::output(STEP, cache.args(["depends", NEWEST]), REMEDY)?;
    let package = depends_on(&told)
        .ok_or_else(|| Failure::new(STEP, format_args!("no package {NEWEST}"), REMEDY))?;
    let version = package.trim_start_matches("linux-image-");
    let to = folder.join(package);
    let kernel = Kernel {
        image: to.join("boot").join(format!("vmlinuz-{version}")),
        modules: to.join("lib/modules").join(version),
    };
    if kernel.modules.join("modules.dep").is_file() {
        return Ok(kernel);
    }
    step::announce(&format!("lab: {package}"));
    let mut download = Command::new("apt-get");
    download
        .current_dir(folder)
        .args(["--quiet", "download", package]);
    step::run(STEP, &mut download, REMEDY)?;
    let mut unpack = Command::new("dpkg-deb");
    unpack
        .arg("--extract")
        .arg(archive(folder, package)?)
        .arg(&to);
    step::run(STEP, &mut unpack, "the lab needs dpkg-deb")?;
    let mut index = Command::new("busybox");
    index.arg("depmod").arg("-b").arg(&to).arg(version);
    step::run(STEP, &mut index, "")?;
    Ok(kernel)
}

fn depends_on(told: &str) -> Option<&str> {
    let mut depends = told
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "));
    depends.find(|package| package.starts_with("linux-image-"))
}

/// The file that was downloaded; its name ends in the version of the package.
fn archive(folder: &Path, package: &str) -> Result<PathBuf, Failure> {
    let entries = folder.read_dir().map_err(|error| failed(folder, &error))?;
    let prefix = format!("{package}_");
    let mut files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let found = files.find(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&prefix) && name.ends_with(".deb")
    });
    found.ok_or_else(|| Failure::new(STEP, format_args!("{package} was not downloaded"), REMEDY))
}

#[cfg(test)]
mod tests {
    use super::depends_on;

    #[test]
    fn the_newest_kernel_is_what_the_package_depends_on() {
        let told = "linux-image-cloud-amd64\n  Depends: linux-image-6.1.0-57-cloud-amd64\n";
        assert_eq!(depends_on(told), Some("linux-image-6.1.0-57-cloud-amd64"));
        assert_eq!(depends_on("x\n  Depends: y\n"), None);
    }
}
