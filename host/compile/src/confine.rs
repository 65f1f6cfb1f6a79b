//! The sandbox of the compiler: it can read its input, compute on its own threads and write its output. It has no file
//! (landlock(7)), no signal to others, no socket, no program, and nothing executable (seccomp(2)).

use std::collections::BTreeMap;

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, Scope};
use libc as c;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: TargetArch = TargetArch::aarch64;

const ALWAYS: &[c::c_long] = &[
    c::SYS_read,
    c::SYS_readv,
    c::SYS_write,
    c::SYS_writev,
    c::SYS_close,
    c::SYS_fstat,
    c::SYS_lseek,
    c::SYS_ppoll,
    #[cfg(target_arch = "x86_64")]
    c::SYS_poll,
    c::SYS_brk,
    c::SYS_munmap,
    c::SYS_mremap,
    c::SYS_madvise,
    c::SYS_futex,
    c::SYS_set_robust_list,
    c::SYS_rseq,
    c::SYS_sched_yield,
    c::SYS_sched_getaffinity,
    c::SYS_rt_sigaction,
    c::SYS_rt_sigprocmask,
    c::SYS_rt_sigreturn,
    c::SYS_sigaltstack,
    c::SYS_gettid,
    c::SYS_getpid,
    c::SYS_getrandom,
    c::SYS_clock_gettime,
    c::SYS_nanosleep,
    c::SYS_clock_nanosleep,
    c::SYS_restart_syscall,
    c::SYS_exit,
    c::SYS_exit_group,
];

/// Calls with an argument whose masked bits, out of all 64, must have a value.
const MASKED: &[(c::c_long, u8, u64, u64)] = &[
    (c::SYS_mmap, 2, !(READ_WRITE as u64), 0),
    (c::SYS_mprotect, 2, !(READ_WRITE as u64), 0),
    (c::SYS_clone, 0, THREAD, THREAD),
    (c::SYS_prctl, 0, u64::MAX, c::PR_SET_NAME as u64),
];
const READ_WRITE: c::c_int = c::PROT_READ | c::PROT_WRITE;
const THREAD: u64 = c::CLONE_THREAD as u64;

/// Confines this process permanently. The process must have a single thread.
pub(crate) fn confine() -> Result<(), String> {
    files().map_err(|error| format!("giving up files: {error}"))?;
    calls().map_err(|error| format!("giving up system calls: {error}"))
}

fn files() -> Result<(), landlock::RulesetError> {
    let known = ABI::V6;
    // As far as this kernel supports it; in addition, system calls that open anything are refused.
    Ruleset::default()
        .handle_access(AccessFs::from_all(known))?
        .handle_access(AccessNet::from_all(known))?
        .scope(Scope::from_all(known))?
        .create()?
        .restrict_self()
        .map(drop)
}

fn calls() -> Result<(), Box<dyn std::error::Error>> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALWAYS.iter().map(|call| (*call, Vec::new())).collect();
    let mut when =
        |call: c::c_long, argument, mask, value| -> Result<(), seccompiler::BackendError> {
            let equal = SeccompCmpOp::MaskedEq(mask);
            let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Qword, equal, value)?;
            rules.insert(call, vec![SeccompRule::new(vec![condition])?]);
            Ok(())
        };
    for (call, argument, mask, value) in MASKED {
        when(*call, *argument, *mask, *value)?;
    }
    // abort(3) sends a signal to this process.
    when(c::SYS_tgkill, 0, u64::MAX, std::process::id().into())?;
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Errno(c::ENOSYS as u32),
        SeccompAction::Allow,
        ARCHITECTURE,
    )?;
    let program: BpfProgram = filter.try_into()?;
    Ok(seccompiler::apply_filter(&program)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io;

    #[test]
    fn what_a_taken_over_compiler_may_do() {
        let own = std::process::id();
        let thread = std::thread::spawn(move || {
            confine().unwrap();
            let is_absent = |error: io::Error| error.raw_os_error() == Some(c::ENOSYS);
            let refused = |done: io::Result<std::fs::File>| is_absent(done.unwrap_err());
            assert!(refused(std::fs::File::open("/etc/passwd")));
            assert!(refused(std::fs::File::create(
                "/tmp/nethost-compile-was-here"
            )));
            assert!(is_absent(
                std::net::UdpSocket::bind("127.0.0.1:0").unwrap_err()
            ));
            assert!(is_absent(
                std::os::unix::net::UnixDatagram::unbound().unwrap_err()
            ));
            // A signal to another process, and one to this process.
            let kill = |pid| rustix::process::test_kill_process(pid).unwrap_err();
            let init = rustix::process::Pid::INIT;
            assert_eq!(kill(init), rustix::io::Errno::NOSYS);
            let this = rustix::process::Pid::from_raw(own.cast_signed()).unwrap();
            assert_eq!(kill(this), rustix::io::Errno::NOSYS);
            // What the compiler needs.
            std::thread::spawn(|| vec![1_u8; 10 << 20]).join().unwrap();
        });
        thread.join().unwrap();
    }
}
