//! What a locked-down process, here a thread, can still do. The attempts would do no harm if they succeeded.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::io;

use libc as c;

use super::calls::{GROUPS, When};

/// Runs this on a new thread, which stays locked down.
fn locked_down(act: impl FnOnce() + Send + 'static) {
    let thread = std::thread::spawn(move || {
        super::enter(&super::Needs::default(), None).unwrap();
        super::complete().unwrap();
        act();
    });
    thread.join().unwrap();
}

/// The errno of a call, 0 if it succeeds.
fn call(number: c::c_long, arguments: [u64; 6]) -> i32 {
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: every pointer is null or points to something that outlives the call. Calls that could change something
    // refuse these arguments.
    match unsafe { c::syscall(number, a, b, c, d, e, f) } {
        -1 => io::Error::last_os_error().raw_os_error().unwrap(),
        _ => 0,
    }
}

#[test]
fn what_is_not_on_the_list_does_not_exist() {
    locked_down(|| {
        let mut listed: HashSet<_> = GROUPS
            .iter()
            .flat_map(|group| group.calls)
            .map(|call| call.number)
            .collect();
        // The last step of the lock-down removes it.
        listed.remove(&c::SYS_seccomp);
        let known = [
            c::SYS_socket,
            c::SYS_connect,
            c::SYS_bind,
            c::SYS_listen,
            c::SYS_accept,
            c::SYS_accept4,
            c::SYS_sendmsg,
            c::SYS_sendmmsg,
            c::SYS_execve,
            c::SYS_ptrace,
            c::SYS_kill,
            c::SYS_bpf,
            c::SYS_io_uring_setup,
            c::SYS_prlimit64,
            c::SYS_setrlimit,
            c::SYS_seccomp,
            c::SYS_memfd_create,
            c::SYS_process_vm_readv,
            c::SYS_process_vm_writev,
            c::SYS_pidfd_open,
            c::SYS_pidfd_getfd,
            c::SYS_pidfd_send_signal,
            c::SYS_rt_sigqueueinfo,
            c::SYS_rt_tgsigqueueinfo,
            c::SYS_kcmp,
            c::SYS_clone3,
            c::SYS_pkey_mprotect,
            c::SYS_openat2,
            c::SYS_ftruncate,
        ];
        assert!(known.iter().all(|number| !listed.contains(number)));
        // uretprobe(2) and uprobe(2) pass every filter, and raise SIGILL if no probe calls them.
        let probes = [335, 336];
        // Far beyond the newest call; with invalid arguments, in case one of them exists.
        let unlisted =
            (0..600).filter(|number| !listed.contains(number) && !probes.contains(number));
        for number in unlisted {
            assert_eq!(
                call(number, [u64::MAX; 6]),
                c::ENOSYS,
                "system call {number}"
            );
        }
    });
}

#[test]
fn what_is_listed_with_arguments_takes_no_others() {
    locked_down(|| {
        let path = c"/etc/passwd".as_ptr() as u64;
        let at = c::AT_FDCWD as u64;
        for flags in [c::O_WRONLY, c::O_RDWR, c::O_CREAT, c::O_TRUNC] {
            let opened = call(c::SYS_openat, [at, path, flags as u64, 0, 0, 0]);
            assert_eq!(opened, c::ENOSYS, "{flags:#o}");
        }
        // Reading is refused by Landlock.
        assert_eq!(call(c::SYS_openat, [at, path, 0, 0, 0, 0]), c::EACCES);
        let executable = (c::PROT_READ | c::PROT_EXEC) as u64;
        let private = (c::MAP_PRIVATE | c::MAP_ANONYMOUS) as u64;
        assert_eq!(
            call(c::SYS_mmap, [0, 4096, executable, private, u64::MAX, 0]),
            c::ENOSYS
        );
        assert_eq!(
            call(c::SYS_mprotect, [0, 4096, executable, 0, 0, 0]),
            c::ENOSYS
        );
        assert_eq!(
            call(c::SYS_clone, [c::SIGCHLD as u64, 0, 0, 0, 0, 0]),
            c::ENOSYS
        );
        assert_eq!(call(c::SYS_ioctl, [0, c::TIOCSTI, 0, 0, 0, 0]), c::ENOSYS);
        let init = 1;
        assert_eq!(call(c::SYS_tgkill, [init, init, 0, 0, 0, 0]), c::ENOSYS);
        assert_eq!(
            call(c::SYS_prctl, [c::PR_SET_DUMPABLE as u64, 1, 0, 0, 0, 0]),
            c::ENOSYS
        );
        // A null address with an invalid socket; an address with a null lower half; and an option that is not a mark.
        assert_eq!(call(c::SYS_sendto, [u64::MAX, 0, 0, 0, 0, 0]), c::EBADF);
        for address in [path, path << 32, path & 0xffff_ffff] {
            let sent = call(c::SYS_sendto, [u64::MAX, 0, 0, 0, address, 16]);
            assert_eq!(sent, c::ENOSYS, "{address:#x}");
        }
        let option = |level: i32, name: i32| {
            let arguments = [u64::MAX, level as u64, name as u64, path, 4, 0];
            call(c::SYS_setsockopt, arguments)
        };
        let calls = GROUPS.iter().flat_map(|group| group.calls);
        let options = calls.filter_map(|call| match call.when {
            When::Option(options, _) if call.number == c::SYS_setsockopt => Some(options),
            _ => None,
        });
        let options: Vec<_> = options.flatten().collect();
        assert!(options.contains(&&(c::IPPROTO_IP, c::IP_TTL)));
        for (level, name) in options {
            assert_eq!(option(*level, *name), c::EBADF, "{level} {name}");
        }
        assert_eq!(option(c::SOL_SOCKET, c::SO_MARK), c::ENOSYS);
        assert_eq!(option(c::SOL_SOCKET, c::SO_ATTACH_FILTER), c::ENOSYS);
        assert_eq!(option(c::IPPROTO_TCP, c::TCP_FASTOPEN_CONNECT), c::ENOSYS);
        assert_eq!(option(c::SOL_SOCKET, c::IP_TTL), c::ENOSYS);
        let internet = [c::AF_INET as u64, c::SOCK_STREAM as u64, 0, path, 0, 0];
        assert_eq!(call(c::SYS_socketpair, internet), c::ENOSYS);
        let fcntl = |command: c::c_int| call(c::SYS_fcntl, [u64::MAX, command as u64, 0, 0, 0, 0]);
        assert_eq!(fcntl(c::F_GETFD), c::EBADF);
        for command in [
            c::F_SETFL,
            c::F_SETOWN,
            F_SETSIG,
            F_SETOWN_EX,
            c::F_SETLEASE,
            c::F_NOTIFY,
            c::F_SETLKW,
            c::F_OFD_SETLKW,
            c::F_SETPIPE_SZ,
            c::F_ADD_SEALS,
        ] {
            assert_eq!(fcntl(command), c::ENOSYS, "{command}");
        }
    });
}

/// linux/fcntl.h
const F_SETSIG: c::c_int = 10;
const F_SETOWN_EX: c::c_int = 15;

/// Shows what the kernel would do if the filter compared only the lower half, with real calls: with a value in the
/// upper half every call is refused, with the lower half alone it is allowed as listed.
#[test]
fn a_high_half_does_not_get_a_call_through() {
    locked_down(|| {
        let own = u64::from(std::process::id());
        let nowhere = u64::MAX;
        let listed: [(c::c_long, [u64; 6], usize); 14] = [
            (c::SYS_ioctl, [nowhere, c::FIONREAD, 0, 0, 0, 0], 1),
            (c::SYS_fcntl, [nowhere, c::F_GETFD as u64, 0, 0, 0, 0], 1),
            (c::SYS_openat, [nowhere, 0, 0, 0, 0, 0], 2),
            (c::SYS_mmap, [0, 0, c::PROT_READ as u64, 0, nowhere, 0], 2),
            (c::SYS_mprotect, [1, 0, c::PROT_READ as u64, 0, 0, 0], 2),
            (c::SYS_madvise, [1, 0, c::MADV_DONTNEED as u64, 0, 0, 0], 2),
            (c::SYS_membarrier, [0, u64::MAX, 0, 0, 0, 0], 0),
            (c::SYS_futex, [0, c::FUTEX_WAKE as u64, 0, 0, 0, 0], 1),
            (c::SYS_pipe2, [0, 0, 0, 0, 0, 0], 1),
            (c::SYS_socketpair, [c::AF_UNIX as u64, 99, 0, 0, 0, 0], 0),
            (c::SYS_sendto, [nowhere, 0, 0, 0, 0, 0], 4),
            (
                c::SYS_setsockopt,
                [nowhere, 1, c::SO_RCVBUF as u64, 0, 0, 0],
                2,
            ),
            (
                c::SYS_getsockopt,
                [nowhere, 1, c::SO_ERROR as u64, 0, 0, 0],
                1,
            ),
            (c::SYS_tgkill, [own, own, 99, 0, 0, 0], 0),
        ];
        for (number, arguments, judged) in listed {
            assert_ne!(call(number, arguments), c::ENOSYS, "{number} is listed");
            for bit in [32, 40, 47, 63] {
                let mut high = arguments;
                high[judged] |= 1 << bit;
                assert_eq!(call(number, high), c::ENOSYS, "{number} {high:x?}");
            }
        }
    });
}

#[test]
fn code_is_mapped_until_the_last_step() {
    let thread = std::thread::spawn(|| {
        super::enter(&super::Needs::default(), None).unwrap();
        let executable = (c::PROT_READ | c::PROT_EXEC) as u64;
        let private = (c::MAP_PRIVATE | c::MAP_ANONYMOUS) as u64;
        let map = || call(c::SYS_mmap, [0, 4096, executable, private, u64::MAX, 0]);
        assert_eq!(map(), 0);
        super::complete().unwrap();
        assert_eq!(map(), c::ENOSYS);
        assert_eq!(call(c::SYS_mmap, [0, 4096, 1, private, u64::MAX, 0]), 0);
    });
    thread.join().unwrap();
}
