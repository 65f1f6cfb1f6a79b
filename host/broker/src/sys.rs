//! fork(2) and what a forked process must do itself, ioctl(2) on links and /dev/net/tun, and the mounts of named
//! network namespaces.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::facts::UnixCredentials;

/// The two processes after a fork.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// With the child's process ID.
    Parent(i32),
    Child,
}

/// Forks this process. Only for a process with a single thread, or whose other threads wait for this one.
pub(super) fn fork() -> io::Result<Side> {
    // SAFETY: called where there is one thread, or the others wait, so that no lock is held by one that is not copied.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Side::Child),
        child => Ok(Side::Parent(child)),
    }
}

/// Resets signals that the parent may have blocked, and SIGCHLD that it may have ignored.
pub(super) fn reset_signals() -> io::Result<()> {
    // SAFETY: SIG_DFL runs no code of ours; the set is emptied before it is used, and outlives the calls.
    let done = unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut())
    };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Takes the descriptor with this number, and closes all others except the standard streams. Only for a process that
/// has opened none yet.
pub(super) fn only_inherited(number: RawFd) -> io::Result<OwnedFd> {
    const STANDARD: RawFd = 2;
    if number <= STANDARD || !is_open(number) {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    let (first, kept) = (STANDARD.cast_unsigned() + 1, number.cast_unsigned());
    if kept > first {
        close_range(first, kept - 1)?;
    }
    close_range(kept + 1, u32::MAX)?;
    rustix::io::fcntl_setfd(
        // SAFETY: it is open, as was seen above, and borrowed for this call.
        unsafe { BorrowedFd::borrow_raw(number) },
        rustix::io::FdFlags::CLOEXEC,
    )?;
    // SAFETY: it is open, and nothing in this process owns it: it has opened none.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

fn close_range(first: u32, last: u32) -> io::Result<()> {
    // SAFETY: what owns one of these is not used any more in this process, as those who call this promise.
    if unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        // Before Linux 5.9, and where an old container engine does not know the call.
        Some(libc::ENOSYS | libc::EPERM) => close_each(first, last),
        _ => Err(error),
    }
}

/// The same, one by one.
fn close_each(first: u32, last: u32) -> io::Result<()> {
    let numbers = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|number| (first..=last).contains(number))
        .collect::<Vec<_>>();
    for number in numbers {
        // SAFETY: as above. The folder that was read is among them, and closed already.
        unsafe { libc::close(number.cast_signed()) };
    }
    Ok(())
}

/// Signals that are for the plugin.
const FOR_THE_PLUGIN: [i32; 5] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    // So that the terminal can be restored even if another process is in the foreground (termios(3)).
    libc::SIGTTOU,
];

/// Ignores signals that are for the plugin.
pub(super) fn ignore_signals() {
    for signal in FOR_THE_PLUGIN {
        // SAFETY: SIG_IGN runs no code of ours.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// Makes a program start with the signals that this process ignores, and end when this process does (prctl(2),
/// PR_SET_PDEATHSIG).
pub(super) fn end_with_us(program: &mut Command) {
    let parent = rustix::process::getpid();
    let prepare = move || {
        for signal in FOR_THE_PLUGIN {
            // SAFETY: SIG_DFL runs no code of ours.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        // It may have ended before that.
        match rustix::process::getppid() == Some(parent) {
            true => Ok(()),
            false => Err(io::Error::from_raw_os_error(libc::ESRCH)),
        }
    };
    // SAFETY: these are system calls; nothing is allocated, and no lock is taken.
    unsafe { program.pre_exec(prepare) };
}

/// Ends this process without the actions that the other process performs when it ends.
pub(super) fn leave() -> ! {
    leave_with(0)
}

/// The same, with this exit status.
pub(super) fn leave_with(status: i32) -> ! {
    // SAFETY: _exit(2) runs nothing of this process any more.
    unsafe { libc::_exit(status) }
}

/// A request with an integer, such as TUNSETPERSIST.
pub(super) fn ioctl_number(file: impl AsFd, request: u64, number: u32) -> io::Result<()> {
    // SAFETY: the requests of linux/if_tun.h that this is called with take an integer, no pointer.
    let done = unsafe {
        libc::ioctl(
            file.as_fd().as_raw_fd(),
            request as _,
            libc::c_ulong::from(number),
        )
    };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// An ifreq that contains only this name.
fn named(name: &str) -> libc::ifreq {
    // SAFETY: an ifreq of zeros is a valid one.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request
        .ifr_name
        .iter_mut()
        .zip(name.bytes().take(libc::IFNAMSIZ - 1))
    {
        *to = from as libc::c_char;
    }
    request
}

/// SIOCADDMULTI, SIOCDELMULTI.
pub(super) fn change_multicast(
    socket: impl AsFd,
    name: &str,
    octets: [u8; 6],
    add: bool,
) -> io::Result<()> {
    const SIOCADDMULTI: u64 = 0x8931;
    const SIOCDELMULTI: u64 = 0x8932;
    let mut request = named(name);
    let mut address = libc::sockaddr {
        sa_family: libc::AF_UNSPEC as libc::sa_family_t,
        sa_data: [0; 14],
    };
    for (to, from) in address.sa_data.iter_mut().zip(octets) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_hwaddr = address;
    let act = if add { SIOCADDMULTI } else { SIOCDELMULTI };
    // SAFETY: both read one ifreq, which outlives the call.
    let done = unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), act as _, &mut request) };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Moves only the calling thread into a new network namespace.
pub(super) fn enter_new_namespace() -> io::Result<()> {
    // SAFETY: a new network namespace invalidates no memory and no descriptor.
    if unsafe { libc::unshare(libc::CLONE_NEWNET) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// mount(2), of a place upon a place.
pub(super) fn mount(from: &Path, to: &Path, flags: libc::c_ulong) -> io::Result<()> {
    let (from, to) = (path(from)?, path(to)?);
    // SAFETY: the paths end in NUL and outlive the call; there are no type and no data.
    let done = unsafe {
        libc::mount(
            from.as_ptr(),
            to.as_ptr(),
            std::ptr::null(),
            flags,
            std::ptr::null(),
        )
    };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// umount2(2), detached at once even if it is in use.
pub(super) fn unmount(from: &Path) -> io::Result<()> {
    let from = path(from)?;
    // SAFETY: the path ends in NUL and outlives the call.
    let done = unsafe { libc::umount2(from.as_ptr(), libc::MNT_DETACH | libc::UMOUNT_NOFOLLOW) };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn path(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}

/// TUNSETIFF.
pub(super) fn set_interface(file: impl AsFd, name: &str, flags: i16) -> io::Result<()> {
    const TUNSETIFF: u64 = 0x4004_54ca;
    let mut request = named(name);
    request.ifr_ifru.ifru_flags = flags;
    // SAFETY: TUNSETIFF reads and writes one ifreq, which outlives the call.
    let done = unsafe { libc::ioctl(file.as_fd().as_raw_fd(), TUNSETIFF as _, &mut request) };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// A descriptor that becomes readable when a child has ended.
pub(super) fn children_that_end() -> io::Result<OwnedFd> {
    let (read, write) = rustix::pipe::pipe_with(
        rustix::pipe::PipeFlags::CLOEXEC | rustix::pipe::PipeFlags::NONBLOCK,
    )?;
    signal_hook::low_level::pipe::register(libc::SIGCHLD, write)?;
    Ok(read)
}

/// SO_PEERGROUPS.
pub(super) fn peer_groups(socket: BorrowedFd<'_>) -> io::Result<Vec<u32>> {
    // NGROUPS_MAX.
    let mut groups = vec![0_u32; 65_536];
    let mut length = (groups.len() * size_of::<u32>()) as u32;
    // SAFETY: pointer and length describe `groups`; the kernel writes at most that much.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERGROUPS,
            groups.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    groups.truncate(length as usize / size_of::<u32>());
    Ok(groups)
}

/// SO_PEERCRED of a socket of unix(7), including a process that has no number here.
pub(super) fn peer_credentials(socket: BorrowedFd<'_>) -> io::Result<UnixCredentials> {
    let mut found = libc::ucred {
        pid: 0,
        uid: 0,
        gid: 0,
    };
    let mut length = size_of::<libc::ucred>() as u32;
    // SAFETY: pointer and length describe `found`; the kernel writes at most that much.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut found).cast(),
            &raw mut length,
        )
    };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(UnixCredentials {
        process: u32::try_from(found.pid).unwrap_or(0),
        user: found.uid,
        group: found.gid,
    })
}

/// SO_NETNS_COOKIE: a number of the network namespace of a socket that no other one gets until the machine starts again.
pub(super) fn namespace_cookie(socket: impl AsFd) -> Option<u64> {
    const SO_NETNS_COOKIE: i32 = 71;
    let mut cookie = 0_u64;
    let mut length = size_of::<u64>() as u32;
    // SAFETY: pointer and length describe `cookie`; the kernel writes at most that much.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            SO_NETNS_COOKIE,
            (&raw mut cookie).cast(),
            &raw mut length,
        )
    };
    (result == 0).then_some(cookie)
}

/// Blocks all signals that can be blocked.
pub(super) fn block_signals() -> io::Result<()> {
    // SAFETY: the set is filled before it is used, and outlives the calls.
    let done = unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const all, std::ptr::null_mut())
    };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Changes all IDs to those of this user permanently, without supplementary groups, and so drops all capabilities
/// (capabilities(7)).
pub(super) fn become_user(user: u32, group: u32) -> io::Result<()> {
    // SAFETY: these take integers, and a null pointer for an empty list.
    let done = unsafe {
        libc::setgroups(0, std::ptr::null()) == 0
            && libc::setresgid(group, group, group) == 0
            && libc::setresuid(user, user, user) == 0
    };
    if done {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Closes every descriptor of this process except these. Only for a process that uses no other afterwards.
pub(super) fn close_others(kept: &[BorrowedFd<'_>]) -> io::Result<()> {
    let number = |fd: &BorrowedFd<'_>| fd.as_raw_fd().cast_unsigned();
    let mut kept: Vec<_> = kept.iter().map(number).collect();
    kept.sort_unstable();
    let mut first = 0;
    for kept in kept {
        if first < kept {
            close_range(first, kept - 1)?;
        }
        first = kept + 1;
    }
    close_range(first, u32::MAX)
}

/// Whether a descriptor with this number is open.
pub(super) fn is_open(descriptor: RawFd) -> bool {
    // SAFETY: F_GETFD takes a number, whatever that is.
    unsafe { libc::fcntl(descriptor, libc::F_GETFD) >= 0 }
}

/// Prevents all users except root from inspecting or tracing this process (prctl(2), PR_SET_DUMPABLE).
pub(super) fn conceal() -> io::Result<()> {
    Ok(rustix::process::set_dumpable_behavior(
        rustix::process::DumpableBehavior::NotDumpable,
    )?)
}

/// The number of sockets that a service manager passed (sd_listen_fds(3)), and the first of them.
pub(super) fn passed_sockets() -> (usize, Option<OwnedFd>) {
    const FIRST: RawFd = 3;
    let number = |name| std::env::var(name).ok()?.parse::<usize>().ok();
    let for_us = number("LISTEN_PID") == Some(std::process::id() as usize);
    let count = number("LISTEN_FDS").filter(|_| for_us).unwrap_or(0);
    if count == 0 {
        return (0, None);
    }
    // SAFETY: the manager's word, given to this process, is that the descriptor is open and nobody else's.
    let socket = unsafe { OwnedFd::from_raw_fd(FIRST) };
    let close_on_exec = rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC);
    (count, close_on_exec.ok().map(|()| socket))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs::File;

    #[test]
    fn descriptors_are_closed_without_close_range_too() {
        // A number that no other test of this process is likely to get.
        const FAR: RawFd = 700;
        let file = File::open("/dev/null").unwrap();
        // SAFETY: nothing is at that number.
        unsafe { libc::dup2(file.as_raw_fd(), FAR) };
        assert!(is_open(FAR));
        close_each(FAR.cast_unsigned(), FAR.cast_unsigned()).unwrap();
        assert!(!is_open(FAR));
        assert!(is_open(file.as_raw_fd()));
    }
}
