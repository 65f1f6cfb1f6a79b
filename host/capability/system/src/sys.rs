//! The system calls uname(2), getpid(2) and clock_gettime(2), and files that say which system this is.

use std::io;

use super::SystemRead;
use crate::bindings::nethost::cap::system::{ReleaseFile, UnameFacts};
use nethost_gate::Permit;

/// What the runner may read for these facts; in the order in which `release_files` tells them, then the others.
pub(super) const READS: &[&str] = &[
    "/etc/SuSE-release",
    "/etc/almalinux-release",
    "/etc/alpine-release",
    "/etc/arch-release",
    "/etc/centos-release",
    "/etc/fedora-release",
    "/etc/gentoo-release",
    "/etc/initrd-release",
    "/etc/lsb-release",
    "/etc/oracle-release",
    "/etc/os-release",
    "/etc/redhat-release",
    "/etc/rocky-release",
    "/etc/suse-release",
    "/etc/system-release",
    "/usr/lib/os-release",
    "/lib/modules",
    "/proc/version",
];

/// The files of /etc that name the distribution, and are there.
pub(super) fn release_files(_permit: &Permit<SystemRead>) -> Vec<ReleaseFile> {
    let files = READS.iter().filter(|path| path.starts_with("/etc/"));
    files
        .filter_map(|path| {
            let text = nethost_core::regular::text(path, nethost_core::regular::SOME).ok()?;
            Some(ReleaseFile {
                path: (*path).into(),
                text,
            })
        })
        .collect()
}

/// /proc/version.
pub(super) fn kernel_version(_permit: &Permit<SystemRead>) -> io::Result<String> {
    nethost_core::regular::text("/proc/version", nethost_core::regular::SOME)
}

pub(super) fn uname(_permit: &Permit<SystemRead>) -> UnameFacts {
    let facts = rustix::system::uname();
    let text = |field: &std::ffi::CStr| field.to_string_lossy().into_owned();
    UnameFacts {
        sysname: text(facts.sysname()),
        nodename: text(facts.nodename()),
        release: text(facts.release()),
        version: text(facts.version()),
        machine: text(facts.machine()),
        domainname: text(facts.domainname()),
    }
}

pub(super) fn os_release(_permit: &Permit<SystemRead>) -> io::Result<String> {
    // os-release(5): the first file is the administrator's, the second the vendor's.
    nethost_core::regular::text("/etc/os-release", nethost_core::regular::SOME).or_else(|_| {
        nethost_core::regular::text("/usr/lib/os-release", nethost_core::regular::SOME)
    })
}

/// getpid(2).
pub(super) fn process(_permit: &Permit<SystemRead>) -> u32 {
    std::process::id()
}

pub(super) fn uptime(_permit: &Permit<SystemRead>) -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    now.tv_sec.cast_unsigned() * 1_000_000_000 + now.tv_nsec.cast_unsigned()
}

pub(super) fn installed_kernels(_permit: &Permit<SystemRead>) -> io::Result<Vec<String>> {
    let mut releases = Vec::new();
    for entry in std::fs::read_dir("/lib/modules")? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            releases.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(releases)
}
