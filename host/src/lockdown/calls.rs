//! System calls (seccomp(2)): those that the engine, the runtime and the rooms make. Any other does not
//! exist for this process: it fails with ENOSYS.

use libc as c;
use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule,
};

/// Allowed whatever the arguments.
const ALLOWED: &[c::c_long] = &[
    // What is open already.
    c::SYS_read,
    c::SYS_readv,
    c::SYS_pread64,
    c::SYS_write,
    c::SYS_writev,
    c::SYS_lseek,
    c::SYS_close,
    c::SYS_dup,
    c::SYS_dup3,
    c::SYS_fcntl,
    c::SYS_fstat,
    c::SYS_newfstatat,
    c::SYS_statx,
    c::SYS_readlinkat,
    c::SYS_getdents64,
    // Waiting.
    c::SYS_ppoll,
    c::SYS_epoll_create1,
    c::SYS_epoll_ctl,
    c::SYS_epoll_pwait,
    c::SYS_eventfd2,
    c::SYS_pipe2,
    c::SYS_socketpair,
    c::SYS_timerfd_create,
    c::SYS_timerfd_settime,
    c::SYS_nanosleep,
    c::SYS_clock_nanosleep,
    c::SYS_futex,
    c::SYS_sched_yield,
    c::SYS_restart_syscall,
    // Packets.
    c::SYS_connect,
    c::SYS_bind,
    c::SYS_listen,
    c::SYS_accept4,
    c::SYS_shutdown,
    c::SYS_getsockname,
    c::SYS_getpeername,
    c::SYS_getsockopt,
    c::SYS_setsockopt,
    c::SYS_sendto,
    c::SYS_sendmsg,
    c::SYS_sendmmsg,
    c::SYS_recvfrom,
    c::SYS_recvmsg,
    c::SYS_recvmmsg,
    // Memory.
    c::SYS_brk,
    c::SYS_munmap,
    c::SYS_mremap,
    c::SYS_madvise,
    c::SYS_membarrier,
    // Signals and threads.
    c::SYS_rt_sigaction,
    c::SYS_rt_sigprocmask,
    c::SYS_rt_sigreturn,
    c::SYS_sigaltstack,
    c::SYS_setitimer,
    c::SYS_set_robust_list,
    c::SYS_rseq,
    c::SYS_sched_getaffinity,
    c::SYS_gettid,
    c::SYS_getpid,
    c::SYS_exit,
    c::SYS_exit_group,
    // Facts.
    c::SYS_clock_gettime,
    c::SYS_clock_getres,
    c::SYS_gettimeofday,
    c::SYS_getrandom,
    c::SYS_getuid,
    c::SYS_geteuid,
    c::SYS_getgid,
    c::SYS_getegid,
    c::SYS_uname,
    c::SYS_sysinfo,
    c::SYS_getrlimit,
    c::SYS_getcwd,
];

/// Older forms that only this architecture has.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c::c_long] = &[
    c::SYS_poll,
    c::SYS_epoll_wait,
    c::SYS_dup2,
    c::SYS_stat,
    c::SYS_lstat,
    c::SYS_readlink,
    c::SYS_access,
    c::SYS_getdents,
    c::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c::c_long] = &[];

/// Terminal settings and size, bytes waiting, names of interfaces. Not TIOCSTI, which types for the
/// operator.
const IOCTLS: &[u64] = &[
    c::TCGETS,
    c::TCSETS,
    c::TCSETSW,
    c::TCSETSF,
    c::TCGETS2,
    c::TCSETS2,
    c::TCSETSW2,
    c::TCSETSF2,
    c::TIOCGWINSZ,
    c::FIONREAD,
    c::FIONBIO,
    c::FIOCLEX,
    c::SIOCGIFNAME,
    c::SIOCGIFINDEX,
];

/// Restricts this process to them.
pub(super) fn restrict() -> Result<(), Error> {
    let always = ALLOWED.iter().chain(OLDER).map(|call| (*call, Vec::new()));
    let own_process = u64::from(std::process::id());
    let mut rules: std::collections::BTreeMap<c::c_long, Vec<SeccompRule>> = always.collect();
    let equal = |argument, values: &[u64]| {
        let rule = |value: &u64| when(argument, SeccompCmpOp::Eq, *value);
        values.iter().map(rule).collect::<Result<Vec<_>, _>>()
    };
    // Only a bit pattern: these bits are off, or on.
    let masked = |argument, mask: c::c_int, value: c::c_int| {
        let mask = u64::from(mask.cast_unsigned());
        Ok::<_, Error>(vec![when(
            argument,
            SeccompCmpOp::MaskedEq(mask),
            u64::from(value.cast_unsigned()),
        )?])
    };
    let conditional = [
        (c::SYS_ioctl, equal(1, IOCTLS)?),
        // Without privilege, packets of own making are out of reach.
        (
            c::SYS_socket,
            equal(
                0,
                &[c::AF_INET, c::AF_INET6, c::AF_UNIX].map(|family| family as u64),
            )?,
        ),
        (
            c::SYS_openat,
            masked(2, c::O_ACCMODE | c::O_CREAT | c::O_TRUNC, c::O_RDONLY)?,
        ),
        // No new code.
        (c::SYS_mmap, masked(2, c::PROT_EXEC, 0)?),
        (c::SYS_mprotect, masked(2, c::PROT_EXEC, 0)?),
        // Threads, and no other processes.
        (c::SYS_clone, masked(0, c::CLONE_THREAD, c::CLONE_THREAD)?),
        (c::SYS_tgkill, equal(0, &[own_process])?),
        (c::SYS_prctl, equal(0, &[c::PR_SET_NAME as u64])?),
        // Reading limits, not setting them.
        (c::SYS_prlimit64, equal(2, &[0])?),
    ];
    rules.extend(conditional);
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Errno(c::ENOSYS as u32),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into().map_err(Error::Backend)?,
    )
    .map_err(Error::Backend)?;
    let program: BpfProgram = filter.try_into().map_err(Error::Backend)?;
    seccompiler::apply_filter(&program)
}

fn when(argument: u8, comparison: SeccompCmpOp, value: u64) -> Result<SeccompRule, Error> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, comparison, value)
        .map_err(Error::Backend)?;
    SeccompRule::new(vec![condition]).map_err(Error::Backend)
}
