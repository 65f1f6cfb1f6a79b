//! Grants: what the operator has allowed to plugins permanently. A file in the user's state folder has one entry for
//! each digest. It decides what a plugin may do, so it is used only if nobody but root or this user can have written
//! it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use nethost_core::owned_path::{self, Owner};
use nethost_core::regular;
use nethost_manifest::Wanted;

/// The maximum size of the file.
const LONGEST: u64 = 4 << 20;

/// The grants of one user.
#[derive(Debug, Clone)]
pub struct Grants {
    path: PathBuf,
}

/// What is compared between versions of a plugin: what it asks for and what it reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// SHA-256 of the component.
    pub digest: String,
    /// Its length in bytes.
    pub size: usize,
    /// What it asks for.
    pub requests: Vec<Wanted>,
    /// Its imports, one entry for each function.
    pub imports: Vec<String>,
}

/// The grant for one digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The plugin's name, as it was run.
    pub name: String,
    /// The time of the grant.
    pub granted: String,
    /// The requests of this version are granted. The rest is used to show the differences to another digest.
    #[serde(flatten)]
    pub version: Version,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    #[serde(default)]
    plugin: Vec<Granted>,
}

/// The grants cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("grants {}: {problem}", path.display())]
pub struct Error {
    path: PathBuf,
    problem: String,
}

impl Grants {
    /// The grants of root, or of another user in their state folder. None without a home directory.
    pub fn of_user() -> Option<Self> {
        nethost_audit::default_path().map(|log| {
            let folder = if rustix::process::geteuid().is_root() {
                Path::new("/var/lib/nethost")
            } else {
                log.parent().unwrap_or(&log)
            };
            Self {
                path: folder.join("grants.toml"),
            }
        })
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All grants, in the order in which they were made.
    pub fn all(&self) -> Result<Vec<Granted>, Error> {
        match self.read() {
            Ok(None) => Ok(Vec::new()),
            Ok(Some(text)) => {
                let document: Document = toml::from_str(&text)
                    .map_err(|error| self.error(&error.message().replace('\n', " ")))?;
                if document.version != 1 {
                    return Err(self.error(&format!(
                        "version {} is not known; this nethost reads version 1",
                        document.version
                    )));
                }
                Ok(document.plugin)
            }
            Err(error) => Err(self.error(&error.to_string())),
        }
    }

    /// Grants a version of a plugin what it asks for.
    pub fn add(&self, name: &str, version: Version) -> Result<(), Error> {
        let granted = Granted {
            name: name.into(),
            granted: Timestamp::now()
                .round(jiff::Unit::Second)
                .unwrap_or_default()
                .to_string(),
            version,
        };
        self.change(|all| {
            all.retain(|known| known.version.digest != granted.version.digest);
            all.push(granted.clone());
        })
        .map(|_| ())
    }

    /// Revokes the grants for a digest, or for all digests of a name. Returns the revoked grants.
    pub fn revoke(&self, which: &str) -> Result<Vec<Granted>, Error> {
        let meant = |known: &Granted| known.version.digest == which || known.name == which;
        let before = self.change(|all| all.retain(|known| !meant(known)))?;
        Ok(before.into_iter().filter(meant).collect())
    }

    /// Changes the list under a lock. Returns the old list.
    fn change(&self, change: impl FnOnce(&mut Vec<Granted>)) -> Result<Vec<Granted>, Error> {
        let failed = |error: io::Error| self.error(&error.to_string());
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let judge = || owned_path::judge(folder, Owner::RootOrSelf);
        judge().map_err(|error| self.error(&error.to_string()))?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed)?;
        let turn = File::open(folder).map_err(failed)?;
        judge().map_err(|error| self.error(&error.to_string()))?;
        turn.lock().map_err(failed)?;
        let before = self.all()?;
        let mut after = before.clone();
        change(&mut after);
        let document = Document {
            version: 1,
            plugin: after,
        };
        let text = toml::to_string(&document).map_err(|error| self.error(&error.to_string()))?;
        self.write(&text).map_err(failed)?;
        Ok(before)
    }

    fn read(&self) -> io::Result<Option<String>> {
        let file = match regular::open_with(&self.path, OFlags::NOFOLLOW) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        owned_path::judge(&self.path, Owner::RootOrSelf).map_err(|error| {
            io::Error::other(format!(
                "other users can write to it or replace it, so it grants nothing: {error}"
            ))
        })?;
        regular::rest_of(file, LONGEST).map(Some)
    }

    /// Written under another name first, so that a reader sees either the old list or the new one.
    fn write(&self, text: &str) -> io::Result<()> {
        let draft = self.path.with_extension("draft");
        // Left over by a process that was killed; this process holds the lock.
        let _ = fs::remove_file(&draft);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, &self.path)
    }

    fn error(&self, problem: &str) -> Error {
        Error {
            path: self.path.clone(),
            problem: problem.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// A folder for this test.
    struct Place(Grants);

    impl Place {
        fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("nethost-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            Self(Grants {
                path: folder.join("grants.toml"),
            })
        }

        fn folder(&self) -> &Path {
            self.0.path.parent().unwrap()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(self.folder());
        }
    }

    fn version(digest: &str) -> Version {
        Version {
            digest: digest.into(),
            size: 8,
            requests: vec![nethost_manifest::Wanted {
                attended: false,
                cap: "icmp.echo".into(),
                to: Some(vec!["$args".into()]),
                ports: Some(vec![nethost_manifest::Ports(1..=9)]),
                interfaces: None,
                options: None,
                reason: "says \"hello\"".into(),
            }],
            imports: vec!["nethost:cap/icmp@0.1.0 x".into()],
        }
    }

    #[test]
    fn what_is_granted_is_kept_and_taken_back() {
        let place = Place::new("kept");
        let grants = &place.0;
        assert_eq!(grants.all().unwrap(), []);
        for digest in ["sha256:a", "sha256:b", "sha256:a"] {
            grants.add("tool", version(digest)).unwrap();
        }
        let all = grants.all().unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].version, version("sha256:a"));
        let mode = fs::metadata(&grants.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(grants.revoke("sha256:b").unwrap().len(), 1);
        assert_eq!(grants.revoke("tool").unwrap().len(), 1);
        assert_eq!(grants.revoke("tool").unwrap(), []);
    }

    #[test]
    fn what_others_can_write_grants_nothing() {
        let place = Place::new("others");
        let grants = &place.0;
        grants.add("tool", version("sha256:a")).unwrap();
        let open = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        open(&grants.path, 0o622);
        assert!(grants.all().unwrap_err().to_string().contains("others"));
        open(&grants.path, 0o600);
        open(place.folder(), 0o777);
        assert!(grants.all().is_err() && grants.revoke("tool").is_err());
        open(place.folder(), 0o700);
        assert_eq!(grants.all().unwrap().len(), 1);
        // A symbolic link to a file of this user is not accepted as a file of this user.
        let real = place.folder().join("real");
        fs::rename(&grants.path, &real).unwrap();
        symlink(&real, &grants.path).unwrap();
        assert!(grants.all().is_err());
    }

    #[test]
    fn what_is_damaged_is_an_error() {
        let place = Place::new("damaged");
        fs::create_dir_all(place.folder()).unwrap();
        for text in ["version = 2", "version = 1\nplugins = 1", "\u{1b}[2J"] {
            fs::write(&place.0.path, text).unwrap();
            let error = place.0.all().unwrap_err().to_string();
            assert!(
                !error.contains('\n') && error.starts_with("grants /"),
                "{error}"
            );
        }
    }
}
