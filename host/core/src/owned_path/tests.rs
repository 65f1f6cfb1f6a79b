//! Every kind of component that a path may have, for whoever it may be trusted.
#![allow(clippy::unwrap_used)]
use super::*;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};

/// Nobody in particular, who is not the user of this test.
const OTHER: u32 = 65_533;

/// `a/b/c/file`, all this user's.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b/c")).unwrap();
        fs::write(folder.path().join("a/b/c/file"), "").unwrap();
        for below in ["", "a", "a/b", "a/b/c"] {
            let mode = Permissions::from_mode(0o755);
            fs::set_permissions(folder.path().join(below), mode).unwrap();
        }
        let mode = Permissions::from_mode(0o644);
        fs::set_permissions(folder.path().join("a/b/c/file"), mode).unwrap();
        Self(folder)
    }

    fn at(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn mode(&self, below: &str, mode: u32) {
        fs::set_permissions(self.at(below), Permissions::from_mode(mode)).unwrap();
    }

    fn judge(&self, owner: Owner) -> Result<(), String> {
        judge(&self.at("a/b/c/file"), owner).map_err(|error| error.to_string())
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root() && unmapped().is_none()
}

#[test]
fn each_component_that_others_can_write_to_is_named() {
    for below in ["a", "a/b", "a/b/c", "a/b/c/file"] {
        for mode in [0o777, 0o757, 0o722] {
            let place = Place::new();
            assert_eq!(place.judge(Owner::RootOrSelf), Ok(()));
            place.mode(below, mode);
            for owner in [Owner::RootOrSelf, Owner::WhoseItIs] {
                let why = place.judge(owner).unwrap_err();
                let named = format!("write to {} (user", place.at(below).display());
                assert!(why.contains(&named) && why.contains("chmod go-w"), "{why}");
                assert!(!why.contains('\n'), "{why}");
            }
            place.mode(
                below,
                if below.ends_with("file") {
                    0o644
                } else {
                    0o1777
                },
            );
            assert_eq!(place.judge(Owner::RootOrSelf), Ok(()), "sticky");
        }
    }
}

#[test]
fn each_component_that_another_owns_is_named() {
    if !is_root() {
        return;
    }
    for below in ["a", "a/b", "a/b/c", "a/b/c/file"] {
        for sticky in [false, true] {
            let place = Place::new();
            if let (true, Some((above, _))) = (sticky, below.rsplit_once('/')) {
                place.mode(above, 0o1777);
            }
            chown(place.at(below), Some(OTHER), None).unwrap();
            for owner in [Owner::Root, Owner::RootOrSelf] {
                let why = place.judge(owner).unwrap_err();
                let named = format!("{} belongs to user {OTHER}", place.at(below).display());
                assert!(why.starts_with(&named) && why.contains("chown"), "{why}");
            }
            // Whoever names a file of another user's trusts that user, and no third.
            let theirs = below.ends_with("file");
            assert_eq!(place.judge(Owner::WhoseItIs).is_ok(), theirs, "{below}");
        }
    }
    let place = Place::new();
    for below in ["a/b", "a/b/c", "a/b/c/file"] {
        chown(place.at(below), Some(OTHER), None).unwrap();
    }
    assert_eq!(place.judge(Owner::WhoseItIs), Ok(()));
}

#[test]
fn links_are_judged_and_so_is_what_they_lead_to() {
    let place = Place::new();
    let through = |name: &str| judge(&place.at(name).join("c/file"), Owner::RootOrSelf);
    symlink(place.at("a/b"), place.at("absolute")).unwrap();
    symlink("a/../a/b", place.at("relative")).unwrap();
    symlink("relative", place.at("twice")).unwrap();
    symlink("loop", place.at("loop")).unwrap();
    symlink("gone", place.at("dangling")).unwrap();
    for name in ["absolute", "relative", "twice", "dangling"] {
        assert!(through(name).is_ok(), "{name}");
    }
    assert!(through("loop").unwrap_err().to_string().contains("loop: "));
    place.mode("a", 0o777);
    for name in ["absolute", "relative", "twice"] {
        assert!(through(name).is_err(), "{name}");
    }
    place.mode("a", 0o755);
    if is_root() {
        std::os::unix::fs::lchown(place.at("relative"), Some(OTHER), None).unwrap();
        assert!(through("absolute").is_ok());
        for name in ["relative", "twice"] {
            let why = through(name).unwrap_err().to_string();
            assert!(why.contains("relative belongs to user"), "{why}");
        }
    }
}

#[test]
fn what_is_not_there_is_not_judged_but_what_is_above_it() {
    let place = Place::new();
    let missing = place.at("a/b/new/file");
    assert!(judge(&missing, Owner::RootOrSelf).is_ok());
    place.mode("a/b", 0o777);
    assert!(judge(&missing, Owner::RootOrSelf).is_err());
    // An ACL that lets one more user write; its mask shows in the mode.
    place.mode("a/b", 0o755);
    let set = std::process::Command::new("setfacl")
        .args(["-m", "u:65533:rwx"])
        .arg(place.at("a/b"))
        .status();
    if set.is_ok_and(|status| status.success()) {
        assert!(judge(&missing, Owner::RootOrSelf).is_err());
    }
}
