//! What a test needs of the machine, and why it is not to be had.

use crate::namespace::Namespace;
use crate::tun;
use std::path::Path;
use std::sync::OnceLock;

/// Something a test cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Requirement {
    /// Network namespaces of its own, with nft(8) to put rules into them.
    Netns,
    /// A TUN device inside one.
    Tun,
    /// The right to become another user.
    OtherUser,
    /// A program on the search path.
    Program(&'static str),
}

/// The user that tests become when they want to be nobody in particular: `nobody` on every Linux.
pub const OTHER_USER: u32 = 65_534;

/// What passwd(5) calls a user.
///
/// # Panics
/// When it has no name for them.
pub(crate) fn name_of(user: u32) -> String {
    let found = nix::unistd::User::from_uid(user.into()).expect("passwd");
    found.expect("a name").name
}

impl Requirement {
    /// Why it is not met, or none when it is.
    #[must_use]
    pub fn unmet(self) -> Option<String> {
        match self {
            Self::Netns => {
                static WHY: OnceLock<Option<String>> = OnceLock::new();
                WHY.get_or_init(no_namespaces).clone()
            }
            Self::Tun => {
                static WHY: OnceLock<Option<String>> = OnceLock::new();
                WHY.get_or_init(no_tun).clone()
            }
            Self::OtherUser => {
                static WHY: OnceLock<Option<String>> = OnceLock::new();
                WHY.get_or_init(no_other_user).clone()
            }
            Self::Program(name) => missing(name),
        }
    }
}

fn missing(program: &str) -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain([Path::new("/usr/sbin").into(), Path::new("/sbin").into()])
        .any(|directory| directory.join(program).is_file());
    (!found).then(|| format!("{program} is not installed"))
}

fn no_namespaces() -> Option<String> {
    match Namespace::try_new("attempt") {
        Ok(_) => missing("nft"),
        Err(error) => Some(format!(
            "cannot make a network namespace ({error}): run as root, or under `unshare -Urn`"
        )),
    }
}

fn no_tun() -> Option<String> {
    if let Some(why) = no_namespaces() {
        return Some(why);
    }
    let node = Namespace::try_new("attempt").ok()?;
    node.inside(|| tun::open("attempt0"))
        .err()
        .map(|error| format!("cannot make a TUN device: {error}"))
}

fn no_other_user() -> Option<String> {
    let mut id = std::process::Command::new("true");
    std::os::unix::process::CommandExt::uid(&mut id, OTHER_USER);
    id.status()
        .err()
        .map(|error| format!("cannot become user {OTHER_USER} ({error}): run as root"))
}
