//! System calls (seccomp(2)): those that the engine, the runtime and the rooms make. docs/system-calls.md
//! is made of this list.

// What is for the documentation alone is read by the test that writes it.
#![cfg_attr(not(test), allow(dead_code))]

use libc as c;

/// Calls that are made for one reason.
pub(super) struct Group {
    pub(super) purpose: &'static str,
    pub(super) calls: &'static [Call],
}

/// A call, and with which arguments.
pub(super) struct Call {
    /// As the C library has it, SYS_ in front.
    pub(super) name: &'static str,
    pub(super) number: c::c_long,
    pub(super) when: When,
}

/// With which arguments a call is made.
pub(super) enum When {
    Always,
    /// This argument is one of these; and in words.
    Equal(u8, &'static [u64], &'static str),
    /// Of this argument, the bits of the mask have this value.
    Masked(u8, c::c_int, c::c_int, &'static str),
    /// This argument is this process.
    OwnProcess(u8),
    /// This argument points nowhere; and in words.
    Null(u8, &'static str),
    /// A socket option that is one of these; and in words.
    Option(&'static [(c::c_int, c::c_int)], &'static str),
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

/// Flags of open(2) that are about more than reading.
const WRITING: c::c_int = c::O_ACCMODE | c::O_CREAT | c::O_TRUNC;

/// For every plugin.
pub(super) const GROUPS: &[Group] = &[
    Group {
        purpose: "use what is open",
        calls: calls![
            SYS_read SYS_readv SYS_pread64 SYS_write SYS_writev SYS_lseek SYS_close SYS_dup SYS_dup3
            SYS_fcntl SYS_fstat SYS_newfstatat SYS_statx SYS_readlinkat SYS_getdents64
        ],
    },
    Group {
        purpose: "wait",
        calls: calls![
            SYS_ppoll SYS_epoll_create1 SYS_epoll_ctl SYS_epoll_pwait SYS_eventfd2 SYS_pipe2
            SYS_timerfd_create SYS_timerfd_settime SYS_nanosleep SYS_clock_nanosleep SYS_futex
            SYS_sched_yield SYS_restart_syscall
        ],
    },
    Group {
        purpose: "send and receive on sockets that the broker opened",
        calls: calls![
            SYS_shutdown SYS_getsockname SYS_getpeername SYS_getsockopt SYS_recvfrom SYS_recvmsg
            SYS_recvmmsg
        ],
    },
    Group {
        purpose: "memory, none of it executable",
        calls: calls![SYS_brk SYS_munmap SYS_mremap SYS_madvise SYS_membarrier],
    },
    Group {
        purpose: "signals and threads of its own",
        calls: calls![
            SYS_rt_sigaction SYS_rt_sigprocmask SYS_rt_sigreturn SYS_sigaltstack SYS_setitimer
            SYS_set_robust_list SYS_rseq SYS_sched_getaffinity SYS_gettid SYS_getpid SYS_exit
            SYS_exit_group
        ],
    },
    Group {
        purpose: "facts",
        calls: calls![
            SYS_clock_gettime SYS_clock_getres SYS_gettimeofday SYS_getrandom SYS_getuid SYS_geteuid
            SYS_getgid SYS_getegid SYS_uname SYS_sysinfo SYS_getrlimit SYS_getcwd
        ],
    },
    Group {
        purpose: "with some arguments alone",
        calls: &[
            call!(
                SYS_ioctl,
                When::Equal(
                    1,
                    IOCTLS,
                    "terminal settings and size, FIONREAD, FIONBIO, FIOCLEX"
                )
            ),
            call!(
                SYS_openat,
                When::Masked(
                    2,
                    WRITING,
                    c::O_RDONLY,
                    "to read; Landlock says which files"
                )
            ),
            call!(
                SYS_mmap,
                When::Masked(2, c::PROT_EXEC, 0, "without PROT_EXEC")
            ),
            call!(
                SYS_mprotect,
                When::Masked(2, c::PROT_EXEC, 0, "without PROT_EXEC")
            ),
            call!(
                SYS_clone,
                When::Masked(0, c::CLONE_THREAD, c::CLONE_THREAD, "threads, no processes")
            ),
            call!(
                SYS_socketpair,
                When::Equal(0, &[c::AF_UNIX as u64], "AF_UNIX")
            ),
            call!(
                SYS_sendto,
                When::Null(4, "to where the socket is connected")
            ),
            call!(
                SYS_setsockopt,
                When::Option(
                    OPTIONS,
                    "hop limit of unicast packets, notes of departures, sizes of buffers, keep-alive"
                )
            ),
            call!(SYS_tgkill, When::OwnProcess(0)),
            call!(
                SYS_prctl,
                When::Equal(0, &[c::PR_SET_NAME as u64], "PR_SET_NAME")
            ),
            call!(SYS_prlimit64, When::Equal(2, &[0], "to read")),
        ],
    },
    OLDER,
];

/// Older forms that only this architecture has.
#[cfg(target_arch = "x86_64")]
const OLDER: Group = Group {
    purpose: "older forms of these, on x86-64",
    calls: &[
        call!(SYS_open, When::Masked(1, WRITING, c::O_RDONLY, "to read")),
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

/// Level and name.
const OPTIONS: &[(c::c_int, c::c_int)] = &[
    (c::IPPROTO_IP, c::IP_TTL),
    (c::IPPROTO_IPV6, c::IPV6_UNICAST_HOPS),
    (c::SOL_SOCKET, c::SO_TIMESTAMPING),
    (c::SOL_SOCKET, c::SO_RCVBUF),
    (c::SOL_SOCKET, c::SO_SNDBUF),
    (c::SOL_SOCKET, c::SO_KEEPALIVE),
    (c::IPPROTO_TCP, c::TCP_KEEPIDLE),
    (c::IPPROTO_TCP, c::TCP_KEEPINTVL),
    (c::IPPROTO_TCP, c::TCP_KEEPCNT),
];

/// Not TIOCSTI, which types for the operator. Of another type in musl.
#[allow(clippy::unnecessary_cast)]
const IOCTLS: &[u64] = &[
    c::TCGETS as u64,
    c::TCSETS as u64,
    c::TCSETSW as u64,
    c::TCSETSF as u64,
    c::TCGETS2 as u64,
    c::TCSETS2 as u64,
    c::TCSETSW2 as u64,
    c::TCSETSF2 as u64,
    c::TIOCGWINSZ as u64,
    c::FIONREAD as u64,
    c::FIONBIO as u64,
    c::FIOCLEX as u64,
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fmt::Write as _;

    fn table(groups: &[Group], text: &mut String) {
        text.push_str("\n| to | calls |\n|---|---|\n");
        for group in groups {
            let call = |call: &Call| {
                let name = call.name.trim_start_matches("SYS_");
                match call.when {
                    When::Always => format!("`{name}`"),
                    When::Equal(_, _, words)
                    | When::Masked(_, _, _, words)
                    | When::Null(_, words)
                    | When::Option(_, words) => {
                        format!("`{name}` ({words})")
                    }
                    When::OwnProcess(_) => format!("`{name}` (of itself)"),
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
            "# System calls of the process that runs a plugin\n\nGenerated by `cargo xtask gen`. A call that is not \
             here does not exist for that process: it fails with ENOSYS.\n",
        );
        table(GROUPS, &mut text);
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/system-calls.md");
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
