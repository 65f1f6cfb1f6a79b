//! Gives up every privilege, every file except those with the numbers of names, and the network.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access, AccessFs, AccessNet, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, Scope,
};
use rustix::io::Errno;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, geteuid, set_dumpable_behavior, setrlimit,
};
use rustix::thread::{
    CapabilitySet, CapabilitySets, Gid, Uid, clear_ambient_capability_set, set_capabilities,
    set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: TargetArch = TargetArch::aarch64;

/// `nobody` and `nogroup` on Debian, and by convention on other systems.
const NOBODY: u32 = 65534;
/// Where the C library finds the numbers of ports, protocols, networks and Ethernet addresses.
const NAMES: [&str; 5] = [
    "/etc/services",
    "/etc/protocols",
    "/etc/networks",
    "/etc/ethers",
    "/etc/nsswitch.conf",
];
/// No expression needs a hundredth of these.
const LIMITS: [(Resource, u64); 5] = [
    (Resource::As, 512 << 20),
    (Resource::Cpu, 20),
    (Resource::Fsize, 1 << 20),
    (Resource::Nofile, 16),
    (Resource::Core, 0),
];
/// Without these, nothing leaves this process except its output. Files are left to Landlock: the C library opens more
/// of them than it needs.
const REFUSED: &[libc::c_long] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_kill,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_io_uring_setup,
    libc::SYS_bpf,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
];

/// Confines this process permanently. It must have a single thread.
pub(crate) fn confine() -> Result<(), String> {
    set_no_new_privs(true).map_err(failed("no_new_privs"))?;
    files().map_err(|error| format!("giving up files: {error}"))?;
    identity()?;
    for (resource, limit) in LIMITS {
        let maximum = rustix::process::getrlimit(resource).maximum;
        let limit = Some(maximum.map_or(limit, |maximum| maximum.min(limit)));
        let limit = Rlimit {
            current: limit,
            maximum: limit,
        };
        setrlimit(resource, limit).map_err(failed("setrlimit"))?;
    }
    calls().map_err(|error| format!("giving up system calls: {error}"))
}

fn identity() -> Result<(), String> {
    if geteuid().is_root() {
        let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        // In a user namespace that maps only root there is no other identity, and root there is an ordinary user
        // outside.
        let change = set_thread_groups(&[])
            .and_then(|()| set_thread_res_gid(group, group, group))
            .and_then(|()| set_thread_res_uid(user, user, user));
        match change {
            Ok(()) | Err(Errno::INVAL | Errno::PERM) => {}
            Err(errno) => return Err(failed("setresuid")(errno)),
        }
    }
    match clear_ambient_capability_set() {
        Ok(()) | Err(Errno::INVAL) => {}
        Err(errno) => return Err(failed("clearing ambient capabilities")(errno)),
    }
    let none = CapabilitySet::empty();
    let sets = CapabilitySets {
        effective: none,
        permitted: none,
        inheritable: none,
    };
    set_capabilities(None, sets).map_err(failed("capset"))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed("PR_SET_DUMPABLE"))
}

fn files() -> Result<(), Box<dyn std::error::Error>> {
    let known = ABI::V6;
    let mut ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(known))?
        .handle_access(AccessNet::from_all(known))?
        .scope(Scope::from_all(known))?
        .create()?;
    for path in NAMES {
        if let Ok(file) = PathFd::new(path) {
            ruleset = ruleset.add_rule(PathBeneath::new(file, AccessFs::ReadFile))?;
        }
    }
    ruleset.restrict_self()?;
    Ok(())
}

fn calls() -> Result<(), Box<dyn std::error::Error>> {
    let rules: BTreeMap<i64, _> = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EACCES as u32),
        ARCHITECTURE,
    )?;
    let program: BpfProgram = filter.try_into()?;
    Ok(seccompiler::apply_filter(&program)?)
}

fn failed(operation: &'static str) -> impl Fn(Errno) -> String {
    move |errno| {
        format!(
            "giving up privilege: {operation}: {}",
            std::io::Error::from(errno)
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::ErrorKind;

    #[test]
    fn what_a_taken_over_compiler_may_do() {
        // The identity and the limits would be those of the whole test.
        let thread = std::thread::spawn(|| {
            set_no_new_privs(true).unwrap();
            files().unwrap();
            calls().unwrap();
            let is_refused = |error: std::io::Error| error.kind() == ErrorKind::PermissionDenied;
            assert!(is_refused(std::fs::File::open("/etc/passwd").unwrap_err()));
            assert!(is_refused(
                std::fs::File::create("/tmp/nethost-capture-was-here").unwrap_err()
            ));
            let socket = std::net::UdpSocket::bind("127.0.0.1:0");
            assert!(is_refused(socket.unwrap_err()));
            let socket = std::os::unix::net::UnixDatagram::unbound();
            assert!(is_refused(socket.unwrap_err()));
            let program = std::process::Command::new("/bin/true").status();
            assert!(is_refused(program.unwrap_err()));
            let kill = rustix::process::test_kill_process(rustix::process::Pid::INIT);
            assert_eq!(kill, Err(Errno::ACCESS));
            // What it needs.
            assert!(std::fs::read("/etc/services").is_ok_and(|text| !text.is_empty()));
        });
        thread.join().unwrap();
    }
}
