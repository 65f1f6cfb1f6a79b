//! The system calls uname(2) and clock_gettime(2), and two places in the file system.

use std::io;

use super::SystemRead;
use crate::bindings::nethost::cap::system::UnameFacts;
use nethost_gate::Permit;

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
