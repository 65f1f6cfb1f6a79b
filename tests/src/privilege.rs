//! As whom the tests run nethost: the ways to install it (docs/privilege.md), each under the same tests.
//! `NETHOST_TEST_AS` names one; each command of a test is changed to that mode when it starts.

mod alone;
mod service;

use crate::command::{Command, copy_program};
use crate::host::{executable, own_directory, target_directory};
use crate::need::{OTHER_USER, Requirement};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use std::ffi::OsStr;
use std::os::unix::fs::{PermissionsExt, chown, lchown};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub use alone::run_alone;
pub(crate) use service::Services;

/// How nethost is installed, and so where it has its privilege from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstallMode {
    /// As root.
    Root,
    /// As a user without privilege, whose broker is an executable with file capabilities.
    Capabilities,
    /// As a user without privilege, who has it from a service of root's.
    Service,
    /// As root of a user namespace that has one user, whom the machine knows as nobody in particular.
    Namespace,
}

impl InstallMode {
    /// What the tests require to run in this mode.
    #[must_use]
    pub fn needs(self) -> &'static [Requirement] {
        match self {
            Self::Root => &[],
            Self::Capabilities => &[Requirement::OtherUser, Requirement::Program("setcap")],
            Self::Service => &[Requirement::OtherUser],
            Self::Namespace => &[
                Requirement::OtherUser,
                Requirement::Program("unshare"),
                Requirement::Program("ip"),
            ],
        }
    }
}

/// Why the tests cannot run in the mode that was named. None if they can, or if none was named.
#[must_use]
pub fn unmet() -> Option<String> {
    std::env::var_os(VARIABLE)?;
    install_mode()
        .needs()
        .iter()
        .copied()
        .find_map(Requirement::unmet)
}

/// Names the mode. Without it, the tests use the mode that they find.
const VARIABLE: &str = "NETHOST_TEST_AS";
/// Which executable has them.
const BROKER: &str = "nethost-broker";
/// What the tools need of capabilities(7), and no more.
const FILE_CAPABILITIES: &str = "cap_net_raw,cap_net_admin+ep";
/// Where others find the target directory: a checkout may lie where they cannot enter.
const SEEN: &str = "/mnt";

/// The mode that the tests run in.
///
/// # Panics
/// When `NETHOST_TEST_AS` names none.
#[must_use]
pub fn install_mode() -> InstallMode {
    static NAMED: OnceLock<InstallMode> = OnceLock::new();
    *NAMED.get_or_init(|| match std::env::var(VARIABLE).as_deref() {
        Ok("capabilities") => InstallMode::Capabilities,
        Ok("service") => InstallMode::Service,
        Ok("namespace") => InstallMode::Namespace,
        Ok("root") | Err(_) if is_alone() => InstallMode::Namespace,
        Ok("root") | Err(_) => InstallMode::Root,
        Ok(other) => panic!("{VARIABLE}={other}: root, capabilities, service or namespace"),
    })
}

/// Whom the tests run nethost as.
#[must_use]
pub fn user() -> u32 {
    match install_mode() {
        InstallMode::Root | InstallMode::Namespace => 0,
        InstallMode::Capabilities | InstallMode::Service => OTHER_USER,
    }
}

/// True in a user namespace as `unshare -Ur` makes it (user_namespaces(7)).
#[must_use]
pub fn is_alone() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.split_whitespace().nth(2) == Some("1")
}

/// The same command in the mode that the tests run in. `attended`: somebody sits at its terminal.
pub(crate) fn applied(command: Command, attended: bool) -> Command {
    match install_mode() {
        InstallMode::Root | InstallMode::Namespace => command,
        InstallMode::Capabilities => as_other_user(command),
        InstallMode::Service => match service::of(command.surroundings()) {
            Some(service) => {
                let home = home_of(&command);
                as_other_user(service.serves(command, attended, &home))
            }
            None => as_other_user(command),
        },
    }
}

/// Where a command that logs to its `own` file is recorded in the mode that the tests run in, and how much is in there
/// already.
///
/// # Panics
/// When the service does not start.
#[must_use]
pub fn log_of(command: &Command, own: &Path) -> (PathBuf, u64) {
    let service = match install_mode() {
        InstallMode::Service => service::of(command.surroundings()),
        _ => None,
    };
    let log = service.map_or_else(|| own.to_owned(), |service| service.log());
    let length = std::fs::metadata(&log).map_or(0, |facts| facts.len());
    (log, length)
}

/// As a user whose own is nothing but a home and the files that the test names.
fn as_other_user(command: Command) -> Command {
    let theirs = Theirs::of_this_run();
    let arguments = command.arguments();
    arguments.iter().for_each(|text| give(text));
    command.given_values().for_each(give);
    let program = match command.program() {
        program if program == executable() => theirs.program.as_os_str(),
        other => other,
    };
    let (program, home) = (program.to_owned(), home_of(&command));
    command
        .saying(&program, &arguments)
        .seen_by_everyone(target_directory(), SEEN)
        .overlay(theirs.tun.clone(), "/dev/net/tun")
        .env("NETHOST_CACHE_DIR", seen(&theirs.cache))
        .env("NETHOST_STATE_DIR", seen(&theirs.home.join("state")))
        .env("HOME", home)
        .user(OTHER_USER)
}

/// The home that the test gives them, or the one that they have.
fn home_of(command: &Command) -> PathBuf {
    let given = command.given("HOME").map(PathBuf::from);
    given.unwrap_or_else(|| seen(&Theirs::of_this_run().home))
}

/// What the other user has in the target directory.
struct Theirs {
    program: PathBuf,
    tun: PathBuf,
    home: PathBuf,
    cache: PathBuf,
}

impl Theirs {
    fn of_this_run() -> &'static Self {
        static MADE: OnceLock<Theirs> = OnceLock::new();
        MADE.get_or_init(|| {
            let (programs, home) = (own_directory().join("bin"), own_directory().join("home"));
            // Compiled forms stay from one run of the tests to the next.
            let cache = target_directory().join(format!("tmp/nethost-cache-{OTHER_USER}"));
            for folder in [&programs, &home, &cache] {
                std::fs::create_dir_all(folder).expect("a directory");
            }
            for folder in [&home, &cache] {
                chown(folder, Some(OTHER_USER), Some(OTHER_USER))
                    .expect("the right to give it away");
            }
            for name in ["nethost", "nethost-capture", "nethost-compile", BROKER] {
                let beside = executable().with_file_name(name);
                copy_program(&beside, &programs.join(name));
            }
            let (program, tun) = (programs.join("nethost"), tun_for_all());
            if install_mode() == InstallMode::Capabilities {
                let setcap = Command::new("setcap").arg(FILE_CAPABILITIES);
                setcap.arg(programs.join(BROKER)).succeed();
            }
            Self {
                program,
                tun,
                home,
                cache,
            }
        })
    }
}

/// A TUN device as udev has it, for everyone to open, whatever this machine does.
fn tun_for_all() -> PathBuf {
    let path = own_directory().join("tun");
    let (major, minor) = (10, 200);
    mknod(&path, SFlag::S_IFCHR, Mode::empty(), makedev(major, minor)).expect("a device");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).expect("its mode");
    path
}

/// Where the other user finds it.
fn seen(path: &Path) -> PathBuf {
    let rest = path.strip_prefix(target_directory());
    rest.map_or_else(|_| path.to_owned(), |rest| Path::new(SEEN).join(rest))
}

/// Files of a test's that are named in this text become the other user's, and so do their folders.
fn give(text: &OsStr) {
    let (text, common) = (text.to_string_lossy(), std::env::temp_dir());
    for (at, _) in text.match_indices(&*common.to_string_lossy()) {
        let end = |c: char| c.is_whitespace() || ",:;".contains(c);
        let path = Path::new(text[at..].split(end).next().unwrap_or_default());
        for path in path.ancestors().filter(|path| is_below(path, &common)) {
            // It may be one that is not there.
            let _ = lchown(path, Some(OTHER_USER), Some(OTHER_USER));
        }
    }
}

/// Whether a path leads to something in this folder and nowhere else, whatever dots and links are on the way.
fn is_below(path: &Path, folder: &Path) -> bool {
    let named = path.file_name().and(path.parent());
    let parent = named.and_then(|parent| parent.canonicalize().ok());
    let folder = folder.canonicalize();
    folder.is_ok_and(|folder| parent.is_some_and(|parent| parent.starts_with(folder)))
}

/// A folder that everyone may enter.
///
/// # Panics
/// When there is no room for it.
#[must_use]
pub fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a directory");
    let open = PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).expect("its mode");
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_the_folder_is_given() {
        let folder = open_folder();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).expect("a directory");
        std::os::unix::fs::symlink("/etc", inner.join("link")).expect("a link");
        for below in ["inner", "inner/file", "inner/link", "inner/../inner"] {
            assert!(
                is_below(&folder.path().join(below), folder.path()),
                "{below}"
            );
        }
        for other in [
            "",
            "inner/..",
            "..",
            "inner/../..",
            "inner/link/passwd",
            "../x",
        ] {
            assert!(
                !is_below(&folder.path().join(other), folder.path()),
                "{other}"
            );
        }
        assert!(!is_below(Path::new("/"), folder.path()));
    }
}
