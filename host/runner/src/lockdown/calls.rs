//! The list of allowed system calls (seccomp(2)): those that the engine, the runtime and the capabilities make.
//! docs/system-calls.md is generated from it.

// The texts for the documentation are read only by the test that writes it.
#![cfg_attr(not(test), allow(dead_code))]

use libc as c;

/// Calls with the same purpose.
pub(super) struct Group {
    pub(super) purpose: &'static str,
    pub(super) calls: &'static [Call],
}

/// A call, and the arguments that are allowed.
pub(super) struct Call {
    /// The name in the C library, with SYS_ in front.
    pub(super) name: &'static str,
    pub(super) number: c::c_long,
    pub(super) when: When,
}

/// Which arguments of a call are allowed.
pub(super) enum When {
    Always,
    Never,
    /// Arguments that pass all of these tests; and a description.
    If(&'static [Test], &'static str),
    /// A socket option of this list; and a description.
    Option(&'static [(c::c_int, c::c_int)], &'static str),
}

/// A test of one argument. The kernel passes 64 bits, even if the call uses fewer. So the upper half is always compared
/// too, and must be zero.
pub(super) enum Test {
    /// The argument is one of these.
    OneOf(u8, &'static [u32]),
    /// The bits of the argument in the mask are one of these.
    Masked(u8, u32, &'static [u32]),
    /// The argument is the id of this process.
    OwnProcess(u8),
}

macro_rules! call {
    ($name:ident) => {
        call!($name, When::Always)
    };
    ($name:ident, $when:expr) => {
        Call {
            name: stringify!($name),
            number: c::$name,
            when: $when,
        }
    };
}

macro_rules! calls {
    ($($name:ident)*) => {
        &[$(call!($name)),*]
    };
}

/// No flag of the mask.
const NONE: &[u32] = &[0];

/// The calls for every plugin.
pub(super) const GROUPS: &[Group] = &[
    Group {
        purpose: "use open descriptors",
        calls: calls![
            SYS_read SYS_readv SYS_pread64 SYS_write SYS_writev SYS_lseek SYS_close SYS_dup SYS_dup3
            SYS_fstat SYS_newfstatat SYS_statx SYS_readlinkat SYS_getdents64
        ],
    },
    Group {
        purpose: "wait",
        calls: calls![
            SYS_ppoll SYS_epoll_create1 SYS_epoll_ctl SYS_epoll_pwait SYS_eventfd2
            SYS_timerfd_create SYS_timerfd_settime SYS_nanosleep SYS_clock_nanosleep
            SYS_sched_yield SYS_restart_syscall
        ],
    },
    Group {
        purpose: "send and receive on sockets that the broker opened",
        calls: calls![
            SYS_shutdown SYS_getsockname SYS_getpeername SYS_recvfrom SYS_recvmsg SYS_recvmmsg
        ],
    },
    Group {
        purpose: "memory; none of it executable after the plugin's code is mapped",
        calls: calls![SYS_brk SYS_mmap SYS_mprotect SYS_munmap SYS_mremap],
    },
    Group {
        purpose: "its own signals and threads",
        calls: calls![
            SYS_rt_sigaction SYS_rt_sigprocmask SYS_rt_sigreturn SYS_sigaltstack
            SYS_set_robust_list SYS_rseq SYS_sched_getaffinity SYS_gettid SYS_getpid SYS_exit
            SYS_exit_group
        ],
    },
    Group {
        purpose: "facts",
        calls: calls![
            SYS_clock_gettime SYS_clock_getres SYS_gettimeofday SYS_getrandom SYS_getuid SYS_geteuid
            SYS_getgid SYS_getegid SYS_uname SYS_sysinfo SYS_getcwd
        ],
    },
    Group {
        purpose: "only with some arguments",
        calls: &[
            call!(
                SYS_ioctl,
                When::If(
                    &[Test::OneOf(1, IOCTLS)],
                    "terminal settings and size, FIONREAD, FIONBIO, FIOCLEX"
                )
            ),
            call!(
                SYS_fcntl,
                When::If(
                    &[Test::OneOf(1, FCNTLS)],
                    "duplicates, close-on-exec, reading the flags"
                )
            ),
            call!(
                SYS_openat,
                When::If(
                    &[Test::Masked(2, BEYOND_READING, NONE)],
                    "reading; Landlock limits the files"
                )
            ),
            call!(
                SYS_madvise,
                When::If(
                    &[Test::OneOf(2, ADVICE)],
                    "freeing, huge pages, guard pages"
                )
            ),
            call!(
                SYS_membarrier,
                When::If(&[Test::OneOf(0, BARRIERS)], "of this process")
            ),
            call!(
                SYS_futex,
                When::If(
                    &[Test::Masked(1, !FUTEX_FLAGS, FUTEXES)],
                    "wait, wake, requeue"
                )
            ),
            call!(
                SYS_clone,
                When::If(&[Test::OneOf(0, THREADS)], "threads, not processes")
            ),
            call!(
                SYS_pipe2,
                When::If(
                    &[Test::Masked(1, !PIPE_FLAGS, NONE)],
                    "O_CLOEXEC, O_NONBLOCK"
                )
            ),
            call!(
                SYS_socketpair,
                When::If(
                    &[Test::OneOf(0, &[c::AF_UNIX as u32]), Test::OneOf(2, NONE)],
                    "AF_UNIX"
                )
            ),
            call!(
                SYS_sendto,
                When::If(
                    &[Test::OneOf(4, NONE), Test::Masked(3, !SEND_FLAGS, NONE)],
                    "to the peer of a connected socket"
                )
            ),
            call!(
                SYS_setsockopt,
                When::Option(
                    OPTIONS,
                    "hop limit and traffic class of unicast packets, least hop limit of received ones, transmit timestamps, \
                     buffer sizes, keep-alive"
                )
            ),
            call!(
                SYS_getsockopt,
                When::Option(OPTIONS_READ, "the same; errors, socket type, TCP_INFO")
            ),
            call!(
                SYS_tgkill,
                When::If(&[Test::OwnProcess(0)], "of this process")
            ),
            call!(
                SYS_seccomp,
                When::If(
                    &[
                        Test::OneOf(0, &[c::SECCOMP_SET_MODE_FILTER]),
                        Test::OneOf(1, NONE)
                    ],
                    "one more filter, before the plugin's code is mapped"
                )
            ),
            call!(
                SYS_prctl,
                When::If(
                    &[Test::OneOf(
                        0,
                        &[c::PR_SET_NAME as u32, c::PR_SET_NO_NEW_PRIVS as u32]
                    )],
                    "PR_SET_NAME, PR_SET_NO_NEW_PRIVS"
                )
            ),
            call!(
                SYS_setitimer,
                When::If(&[Test::OneOf(0, &[c::ITIMER_PROF as u32])], "ITIMER_PROF")
            ),
        ],
    },
    OLDER,
];

/// The calls that are refused in addition after the code of the plugin is mapped: making other memory executable, and
/// further filters.
pub(super) const CODE: &[Call] = &[
    call!(SYS_seccomp, When::Never),
    call!(
        SYS_mmap,
        When::If(
            &[Test::Masked(2, c::PROT_EXEC as u32, NONE)],
            "without PROT_EXEC"
        )
    ),
    call!(
        SYS_mprotect,
        When::If(
            &[Test::Masked(2, c::PROT_EXEC as u32, NONE)],
            "without PROT_EXEC"
        )
    ),
];

/// Older calls that exist only on this architecture.
#[cfg(target_arch = "x86_64")]
const OLDER: Group = Group {
    purpose: "older calls of the same kind, on x86-64",
    calls: &[
        call!(
            SYS_open,
            When::If(&[Test::Masked(1, BEYOND_READING, NONE)], "reading")
        ),
        call!(SYS_poll),
        call!(SYS_epoll_wait),
        call!(SYS_dup2),
        call!(SYS_stat),
        call!(SYS_lstat),
        call!(SYS_readlink),
        call!(SYS_access),
        call!(SYS_getdents),
        call!(SYS_time),
    ],
};
#[cfg(not(target_arch = "x86_64"))]
const OLDER: Group = Group {
    purpose: "",
    calls: &[],
};

/// The flags of open(2) that do more than reading. O_PATH is among them, because it passes Landlock.
const BEYOND_READING: u32 =
    (c::O_ACCMODE | c::O_CREAT | c::O_TRUNC | c::O_PATH | c::O_ASYNC) as u32;

/// Without F_SETFL, F_SETOWN, F_SETSIG, F_NOTIFY and F_SETLEASE, which make the kernel send signals, also to other
/// processes. Without locks, on which other processes may wait.
const FCNTLS: &[u32] = &[
    c::F_DUPFD as u32,
    c::F_GETFD as u32,
    c::F_SETFD as u32,
    c::F_GETFL as u32,
    c::F_DUPFD_CLOEXEC as u32,
];

/// linux/mman.h: MADV_GUARD_INSTALL and MADV_GUARD_REMOVE, which newer C libraries use to guard stacks.
const ADVICE: &[u32] = &[
    c::MADV_DONTNEED as u32,
    c::MADV_FREE as u32,
    c::MADV_HUGEPAGE as u32,
    c::MADV_NOHUGEPAGE as u32,
    102,
    103,
];

/// linux/membarrier.h: the query; barriers of this process only, and the registration for them.
const BARRIERS: &[u32] = &[0, 1 << 3, 1 << 4, 1 << 5, 1 << 6];

/// Without priority-inheritance locks.
const FUTEXES: &[u32] = &[
    c::FUTEX_WAIT as u32,
    c::FUTEX_WAKE as u32,
    c::FUTEX_REQUEUE as u32,
    c::FUTEX_CMP_REQUEUE as u32,
    c::FUTEX_WAKE_OP as u32,
    c::FUTEX_WAIT_BITSET as u32,
    c::FUTEX_WAKE_BITSET as u32,
];
const FUTEX_FLAGS: u32 = (c::FUTEX_PRIVATE_FLAG | c::FUTEX_CLOCK_REALTIME) as u32;

/// The flags of pthread_create(3) in glibc; musl adds CLONE_DETACHED, which has no effect.
const THREADS: &[u32] = &[THREAD, THREAD | c::CLONE_DETACHED as u32];
const THREAD: u32 = (c::CLONE_VM
    | c::CLONE_FS
    | c::CLONE_FILES
    | c::CLONE_SYSVSEM
    | c::CLONE_SIGHAND
    | c::CLONE_THREAD
    | c::CLONE_SETTLS
    | c::CLONE_PARENT_SETTID
    | c::CLONE_CHILD_CLEARTID) as u32;

/// Without O_NOTIFICATION_PIPE.
const PIPE_FLAGS: u32 = (c::O_CLOEXEC | c::O_NONBLOCK) as u32;

/// Without MSG_FASTOPEN, MSG_PROXY and MSG_ZEROCOPY.
const SEND_FLAGS: u32 = (c::MSG_NOSIGNAL | c::MSG_DONTWAIT | c::MSG_MORE) as u32;

/// linux/in6.h.
const IPV6_MINHOPCOUNT: c::c_int = 73;

/// Level and name.
const OPTIONS: &[(c::c_int, c::c_int)] = &[
    (c::IPPROTO_IP, c::IP_TTL),
    (c::IPPROTO_IP, c::IP_TOS),
    (c::IPPROTO_IP, c::IP_MINTTL),
    (c::IPPROTO_IPV6, c::IPV6_UNICAST_HOPS),
    (c::IPPROTO_IPV6, c::IPV6_TCLASS),
    (c::IPPROTO_IPV6, IPV6_MINHOPCOUNT),
    (c::SOL_SOCKET, c::SO_TIMESTAMPING),
    (c::SOL_SOCKET, c::SO_RCVBUF),
    (c::SOL_SOCKET, c::SO_SNDBUF),
    (c::SOL_SOCKET, c::SO_KEEPALIVE),
    (c::IPPROTO_TCP, c::TCP_KEEPIDLE),
    (c::IPPROTO_TCP, c::TCP_KEEPINTVL),
    (c::IPPROTO_TCP, c::TCP_KEEPCNT),
];

/// Level and name. Without SO_PEERPIDFD, which opens a descriptor.
const OPTIONS_READ: &[(c::c_int, c::c_int)] = &[
    (c::IPPROTO_IP, c::IP_TTL),
    (c::IPPROTO_IPV6, c::IPV6_UNICAST_HOPS),
    (c::SOL_SOCKET, c::SO_ERROR),
    (c::SOL_SOCKET, c::SO_TYPE),
    (c::SOL_SOCKET, c::SO_DOMAIN),
    (c::SOL_SOCKET, c::SO_PROTOCOL),
    (c::SOL_SOCKET, c::SO_ACCEPTCONN),
    (c::SOL_SOCKET, c::SO_TIMESTAMPING),
    (c::SOL_SOCKET, c::SO_RCVBUF),
    (c::SOL_SOCKET, c::SO_SNDBUF),
    (c::SOL_SOCKET, c::SO_KEEPALIVE),
    (c::IPPROTO_TCP, c::TCP_INFO),
    (c::IPPROTO_TCP, c::TCP_KEEPIDLE),
    (c::IPPROTO_TCP, c::TCP_KEEPINTVL),
    (c::IPPROTO_TCP, c::TCP_KEEPCNT),
];

/// Without TIOCSTI, which simulates input of the operator. The type of the constants differs in musl.
#[allow(clippy::unnecessary_cast)]
const IOCTLS: &[u32] = &[
    c::TCGETS as u32,
    c::TCSETS as u32,
    c::TCSETSW as u32,
    c::TCSETSF as u32,
    c::TCGETS2 as u32,
    c::TCSETS2 as u32,
    c::TCSETSW2 as u32,
    c::TCSETSF2 as u32,
    c::TIOCGWINSZ as u32,
    c::FIONREAD as u32,
    c::FIONBIO as u32,
    c::FIOCLEX as u32,
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fmt::Write as _;

    fn table(groups: &[Group], text: &mut String) {
        text.push_str("\n| purpose | calls |\n|---|---|\n");
        for group in groups {
            let call = |call: &Call| {
                let name = call.name.trim_start_matches("SYS_");
                match call.when {
                    When::Always | When::Never => format!("`{name}`"),
                    When::If(_, words) | When::Option(_, words) => format!("`{name}` ({words})"),
                }
            };
            let calls: Vec<_> = group.calls.iter().map(call).collect();
            writeln!(text, "| {} | {} |", group.purpose, calls.join(", ")).unwrap();
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_table_is_up_to_date() {
        let mut text = String::from(
            "# System calls of the runner\n\nGenerated by `cargo xtask gen`. The runner can make these calls. \
             Any other call fails with ENOSYS, as if it did not exist. All 64 bits of an argument are compared.\n",
        );
        table(GROUPS, &mut text);
        text.push_str(
            "\nAfter the plugin's code is mapped, and before its first instruction, `seccomp` is removed too, and so \
             are `mmap` and `mprotect` with PROT_EXEC.\n",
        );
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/system-calls.md");
        if std::env::var_os("NETHOST_GEN").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "docs/system-calls.md is stale: cargo xtask gen"
        );
    }
}
