//! What the host uses of the kernel: each is tried, since a version says nothing about what a site or a container has
//! switched off.

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use rustix::process::{PidfdFlags, getpid, pidfd_open};

use super::finding::Finding;

pub(super) fn findings() -> Vec<Finding> {
    vec![
        release(),
        landlock(nethost_service::landlock_version()),
        seccomp(),
        openat2_works(),
        pidfd(),
        user_namespaces(),
        network_namespaces(),
    ]
}

fn release() -> Finding {
    let name = rustix::system::uname();
    let words = [name.sysname(), name.release(), name.machine()];
    let words = words.map(|word| word.to_string_lossy().into_owned());
    Finding::ok("release", words.join(" "))
}

/// The version that restricts everything that the runner gives up.
const COMPLETE: i32 = 6;

fn landlock(version: i32) -> Finding {
    const NAME: &str = "Landlock";
    let lacking = nethost_service::lacking().join(", ");
    match version {
        COMPLETE.. => Finding::ok(NAME, format!("version {version} of its ABI")),
        1.. => Finding::note(
            NAME,
            format!(
                "version {version} of its ABI, which does not cover: {lacking}; seccomp covers those"
            ),
            "a kernel from Linux 6.12 on covers all",
        ),
        _ => Finding::missing(
            NAME,
            "none: the runner can read what this user can read, and a policy with `required = true` lets nothing run",
            "a kernel from Linux 5.13 on, with `landlock` among the modules of the boot parameter `lsm=`",
        ),
    }
}

fn seccomp() -> Finding {
    const NAME: &str = "seccomp";
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let actions = std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail");
    if status.lines().any(|line| line.starts_with("Seccomp:")) {
        return Finding::ok(
            NAME,
            match actions {
                Ok(actions) => format!("filters with {}", actions.trim()),
                Err(_) => "filters".to_owned(),
            },
        );
    }
    Finding::wrong(
        NAME,
        "the kernel has none, and without it no plugin runs",
        "a kernel with CONFIG_SECCOMP_FILTER",
    )
}

fn openat2_works() -> Finding {
    const NAME: &str = "openat2";
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match openat2(CWD, "/", flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        Ok(_) => Finding::ok(NAME, "opens paths without following links"),
        Err(error) => Finding::wrong(
            NAME,
            format!("{error}: files and UNIX sockets that a policy grants cannot be opened"),
            match error {
                Errno::NOSYS => {
                    "a kernel from Linux 5.6 on; in a container, a newer container engine"
                }
                _ => "allow this system call where this process is confined",
            },
        ),
    }
}

fn pidfd() -> Finding {
    const NAME: &str = "pidfd_open";
    match pidfd_open(getpid(), PidfdFlags::empty()) {
        Ok(_) => Finding::ok(NAME, "names a process without a race"),
        Err(error) => Finding::note(
            NAME,
            format!(
                "{error}: a service cannot kill a runner whose policy has ended; it closes its channel"
            ),
            "a kernel from Linux 5.3 on; in a container, a newer container engine",
        ),
    }
}

fn user_namespaces() -> Finding {
    const NAME: &str = "user namespaces";
    let number = |path: &str| {
        let text = std::fs::read_to_string(path).ok()?;
        text.trim().parse::<u64>().ok()
    };
    let setting = |path, allowed: bool, name: &str| {
        let says = number(path).is_some_and(|value| (value != 0) != allowed);
        says.then(|| name.to_owned())
    };
    if !std::path::Path::new("/proc/self/ns/user").exists() {
        return Finding::fact(NAME, "the kernel has none: `unshare -Urn` does not work");
    }
    let refused = setting(
        "/proc/sys/user/max_user_namespaces",
        true,
        "user.max_user_namespaces",
    )
    .or_else(|| {
        setting(
            "/proc/sys/kernel/unprivileged_userns_clone",
            true,
            "kernel.unprivileged_userns_clone",
        )
    })
    .or_else(|| {
        setting(
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            false,
            "kernel.apparmor_restrict_unprivileged_userns",
        )
    });
    match refused {
        None => Finding::ok(
            NAME,
            "`unshare -Urn` gives any user a network to try things in",
        ),
        Some(setting) => Finding::fact(
            NAME,
            format!("not for users without privilege ({setting}); nethost itself needs none"),
        ),
    }
}

fn network_namespaces() -> Finding {
    const NAME: &str = "network namespaces";
    if std::path::Path::new("/proc/self/ns/net").exists() {
        return Finding::ok(NAME, "there are some");
    }
    Finding::missing(
        NAME,
        "the kernel has none: `ip netns` and tagged filter expressions do not work",
        "a kernel with CONFIG_NET_NS",
    )
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn each_version_of_landlock_has_its_state() {
        for (version, state) in [
            (-1, State::Missing),
            (0, State::Missing),
            (1, State::Note),
            (5, State::Note),
            (6, State::Ok),
            (9, State::Ok),
        ] {
            assert_eq!(landlock(version).state, state, "{version}");
        }
    }
}
