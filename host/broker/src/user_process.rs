//! Performs an act with the rights of a user and no others, in a process that belongs to that user.
//!
//! A root process that takes on the IDs of a user for file access (setfsuid(2)) keeps CAP_SYS_ADMIN, CAP_SYSLOG and
//! CAP_SYS_PTRACE, and some files require these when they are opened or read: /proc/kallsyms, /dev/kmsg,
//! /proc/PID/maps. So the act happens in a child that has all IDs of the user, and no capability.
//!
//! Other processes of the same user can send signals to the child or change its limits, and so make an act for that
//! user fail. They cannot inspect it. It has no descriptor except the one on which it answers, and the one that it
//! acts on, if there is one.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities, set_no_new_privs, set_thread_groups,
    set_thread_res_gid, set_thread_res_uid,
};
use rustix::{io::Errno, process};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::peer::Peer;
use super::sys;

/// How long an act may take. Its file may be on a file system of the user, which may never answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The rights with which a run's files are opened.
#[derive(Clone, Copy)]
pub(super) struct Rights<'a> {
    peer: Option<&'a Peer>,
}

/// The answer of the child.
#[derive(Serialize, Deserialize)]
enum ChildResult<T> {
    Done(T),
    /// With this errno.
    Failed(i32),
}

/// All IDs of a user.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    user: u32,
    group: u32,
    groups: Vec<u32>,
}

impl<'a> Rights<'a> {
    /// The rights of the peer of the socket. Without one, those of the user who started this process.
    pub(super) fn of(peer: Option<&'a Peer>) -> Self {
        Self { peer }
    }

    /// Opens a file.
    pub(super) fn open<F: Into<OwnedFd>>(
        self,
        open: impl FnOnce() -> io::Result<F>,
    ) -> io::Result<OwnedFd> {
        let ((), opened) = self.act(None, || Ok(((), Some(open()?.into()))))?;
        opened.ok_or_else(|| Errno::PROTO.into())
    }

    /// Determines a fact.
    pub(super) fn learn<T: Serialize + DeserializeOwned>(
        self,
        learn: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        self.act(None, || Ok((learn()?, None)))
            .map(|(fact, _)| fact)
    }

    /// Performs an act, optionally on an open descriptor, and returns its result.
    pub(super) fn act<T: Serialize + DeserializeOwned>(
        self,
        with: Option<BorrowedFd<'_>>,
        act: impl FnOnce() -> io::Result<(T, Option<OwnedFd>)>,
    ) -> io::Result<(T, Option<OwnedFd>)> {
        match self.other()? {
            None => act(),
            Some(user) => act_as(&user, with, act),
        }
    }

    /// The same in a process of its own in any case: an act that may wait for a file system without end, or that takes
    /// much memory.
    pub(super) fn act_apart<T: Serialize + DeserializeOwned>(
        self,
        act: impl FnOnce() -> io::Result<(T, Option<OwnedFd>)>,
    ) -> io::Result<(T, Option<OwnedFd>)> {
        match self.other()? {
            // What this process has open is not the child's, as an observer of /proc sees it.
            None => act_in_child(None, sys::close_others, act),
            Some(user) => act_as(&user, None, act),
        }
    }

    /// A process of another user, if this process acts for that user.
    pub(super) fn process(self) -> Option<i32> {
        self.peer.map(|peer| peer.pid)
    }

    /// The user, unless this process has exactly the same rights. Root's rights are complete.
    fn other(self) -> io::Result<Option<Identity>> {
        let own = (process::getuid().as_raw(), process::geteuid().as_raw());
        let user = match self.peer {
            Some(peer) => Identity {
                user: peer.uid,
                group: peer.gid,
                groups: peer.groups.clone(),
            },
            None => Identity {
                user: own.0,
                group: process::getgid().as_raw(),
                groups: own_groups()?,
            },
        };
        if own.1 == 0 && user.user == 0 {
            return Ok(None);
        }
        let is_own = own == (user.user, user.user)
            && process::getgid().as_raw() == user.group
            && process::getegid().as_raw() == user.group
            && has_groups(&user.groups)?
            && capabilities(None)?.permitted.is_empty();
        Ok((!is_own).then_some(user))
    }
}

fn own_groups() -> io::Result<Vec<u32>> {
    let groups = process::getgroups()?;
    Ok(groups.into_iter().map(process::Gid::as_raw).collect())
}

fn has_groups(groups: &[u32]) -> io::Result<bool> {
    let sorted = |groups: &[u32]| {
        let mut groups = groups.to_vec();
        groups.sort_unstable();
        groups.dedup();
        groups
    };
    Ok(sorted(&own_groups()?) == sorted(groups))
}

/// Lets a child change to this user, act, and return the result. If it cannot change, nothing is done. Only for a
/// process whose other threads wait for this one.
fn act_as<T: Serialize + DeserializeOwned>(
    user: &Identity,
    with: Option<BorrowedFd<'_>>,
    act: impl FnOnce() -> io::Result<(T, Option<OwnedFd>)>,
) -> io::Result<(T, Option<OwnedFd>)> {
    act_in_child(with, |kept| become_user(user, kept), act)
}

/// Lets a child prepare itself, act, and return the result. Only for a process whose other threads wait for this one.
fn act_in_child<T: Serialize + DeserializeOwned>(
    with: Option<BorrowedFd<'_>>,
    prepare: impl FnOnce(&[BorrowedFd<'_>]) -> io::Result<()>,
    act: impl FnOnce() -> io::Result<(T, Option<OwnedFd>)>,
) -> io::Result<(T, Option<OwnedFd>)> {
    let (mut ours, mut theirs) = Channel::pair()?;
    let child = match sys::fork()? {
        sys::Side::Child => {
            let kept: Vec<_> = [Some(theirs.as_fd()), with].into_iter().flatten().collect();
            let done = prepare(&kept).and_then(|()| act());
            let (result, descriptor) = match done {
                Ok((fact, descriptor)) => (ChildResult::Done(fact), descriptor),
                Err(error) => (
                    ChildResult::Failed(error.raw_os_error().unwrap_or(libc::EIO)),
                    None,
                ),
            };
            // If this fails, the other end is closed without an answer, which is a refusal, too.
            let _ = theirs.send(&result, descriptor.as_ref().map(AsFd::as_fd));
            sys::leave()
        }
        sys::Side::Parent(child) => child,
    };
    drop(theirs);
    let result = ours.within(PATIENCE).and_then(|()| ours.receive());
    // It has ended, was stopped, or waits for a file system of the user.
    if let Some(child) = Pid::from_raw(child) {
        let _ = kill_process(child, Signal::KILL);
        let _ = waitpid(Some(child), WaitOptions::empty());
    }
    match result? {
        Some((ChildResult::Done(fact), descriptor)) => Ok((fact, descriptor)),
        Some((ChildResult::Failed(errno), _)) => Err(io::Error::from_raw_os_error(errno)),
        None => Err(Errno::ACCESS.into()),
    }
}

/// Turns this process into a process of the user. It keeps only its memory, which the user cannot inspect.
fn become_user(user: &Identity, kept: &[BorrowedFd<'_>]) -> io::Result<()> {
    // No signal of the user can make it dump its memory.
    sys::block_signals()?;
    sys::close_others(kept)?;
    set_no_new_privs(true)?;
    // The limits of what a program could gain. It executes none.
    for number in 0..64 {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        if remove_capability_from_bounding_set(capability).is_err() {
            break;
        }
    }
    clear_ambient_capability_set()?;
    let groups = &user.groups;
    if !has_groups(groups)? {
        let groups: Vec<_> = groups
            .iter()
            .map(|id| process::Gid::from_raw(*id))
            .collect();
        set_thread_groups(&groups)?;
    }
    let group = process::Gid::from_raw(user.group);
    set_thread_res_gid(group, group, group)?;
    let id = process::Uid::from_raw(user.user);
    set_thread_res_uid(id, id, id)?;
    let none = CapabilitySet::empty();
    set_capabilities(
        None,
        CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )?;
    // After a change of IDs, fs.suid_dumpable applies.
    sys::conceal()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn somebody() -> Peer {
        Peer {
            pid: 1,
            uid: 65_533,
            gid: 65_532,
            groups: vec![65_531],
        }
    }

    fn status(rights: Rights<'_>) -> String {
        let read = || std::fs::read_to_string("/proc/thread-self/status");
        rights.learn(read).unwrap()
    }

    #[test]
    fn it_is_the_user_in_every_id_and_holds_no_capability() {
        if !process::geteuid().is_root() {
            return;
        }
        let status = status(Rights::of(Some(&somebody())));
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(field("Uid:"), "65533 65533 65533 65533");
        assert_eq!(field("Gid:"), "65532 65532 65532 65532");
        assert_eq!(field("Groups:"), "65531");
        for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
            assert_eq!(field(set), "0000000000000000", "{set}");
        }
        assert_eq!(field("NoNewPrivs:"), "1");
        assert_eq!(field("SigBlk:"), "fffffffe7ffbfeff");
    }

    #[test]
    fn it_cannot_be_looked_into_and_holds_one_descriptor() {
        if !process::geteuid().is_root() {
            return;
        }
        let peer = somebody();
        let dumpable = Rights::of(Some(&peer)).learn(|| {
            let environment = std::fs::read_to_string("/proc/self/environ");
            let is_concealed =
                process::dumpable_behavior()? == process::DumpableBehavior::NotDumpable;
            Ok((is_concealed, environment.is_err()))
        });
        assert_eq!(dumpable.unwrap(), (true, true));
        let open = Rights::of(Some(&peer)).learn(|| {
            let is_open = |fd: &i32| sys::is_open(*fd);
            Ok((0..1024).filter(is_open).count())
        });
        assert_eq!(open.unwrap(), 1);
        let (ours, _theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        let open = Rights::of(Some(&peer)).act(Some(ours.as_fd()), || {
            let is_open = |fd: &i32| sys::is_open(*fd);
            let is_there = rustix::net::getpeername(&ours).is_ok();
            Ok((((0..1024).filter(is_open).count(), is_there), None))
        });
        assert_eq!(open.unwrap().0, (2, true));
    }

    #[test]
    fn what_asks_for_a_privilege_when_it_is_opened_or_read_is_the_kernel_s_to_refuse() {
        if !process::geteuid().is_root() {
            return;
        }
        let peer = somebody();
        let rights = Rights::of(Some(&peer));
        let open = |path: &'static str| rights.open(|| std::fs::File::open(path));
        for path in [
            "/proc/1/maps",
            "/proc/1/environ",
            "/proc/1/ns/net",
            "/proc/1/fd/0",
            "/proc/kcore",
            "/etc/shadow",
        ] {
            assert!(open(path).is_err(), "{path}");
        }
        let restricted = std::fs::read_to_string("/proc/sys/kernel/dmesg_restrict");
        if restricted.is_ok_and(|text| text.trim() == "1") {
            assert!(open("/dev/kmsg").is_err());
        }
        if let Ok(symbols) = open("/proc/kallsyms") {
            use std::io::{BufRead, BufReader};
            let lines = BufReader::new(std::fs::File::from(symbols)).lines();
            for line in lines.take(100) {
                let line = line.unwrap();
                assert!(line.starts_with("0000000000000000 "), "{line}");
            }
        }
        // Readable by a group whose only member is the user.
        let file = tempfile::NamedTempFile::new().unwrap();
        use std::os::unix::fs::{PermissionsExt, chown};
        chown(file.path(), Some(0), Some(65_531)).unwrap();
        for (mode, opens) in [(0o640, true), (0o600, false), (0o604, false)] {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(file.path(), mode).unwrap();
            let opened = rights.open(|| std::fs::File::open(file.path()));
            assert_eq!(opened.is_ok(), opens, "{opened:?}");
        }
    }

    #[test]
    fn an_error_and_a_sudden_end_are_refusals() {
        if !process::geteuid().is_root() {
            return;
        }
        let peer = somebody();
        let rights = Rights::of(Some(&peer));
        let missing = rights.open(|| std::fs::File::open("/no/such/file"));
        assert_eq!(missing.unwrap_err().raw_os_error(), Some(libc::ENOENT));
        let ended = rights.learn::<u8>(|| sys::leave());
        assert_eq!(ended.unwrap_err().raw_os_error(), Some(libc::EACCES));
    }

    #[test]
    fn an_act_apart_is_given_up() {
        let here = std::process::id();
        let own = Rights::of(None).act_apart(|| Ok((std::process::id(), None)));
        assert_ne!(own.unwrap().0, here);
        let begin = std::time::Instant::now();
        let endless = Rights::of(None).act_apart(|| {
            std::thread::sleep(Duration::from_secs(600));
            Ok(((), None))
        });
        assert_eq!(endless.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(begin.elapsed() < 2 * PATIENCE);
    }

    #[test]
    fn who_has_these_rights_acts_at_once() {
        let here = std::process::id();
        if process::geteuid().is_root() {
            let own = Rights::of(None).learn(|| Ok(std::process::id()));
            assert_eq!(own.unwrap(), here);
        }
    }
}
