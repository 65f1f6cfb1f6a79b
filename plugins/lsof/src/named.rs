//! The files that are named: on the command line, and those of +d and +D. They are found by device and inode, whatever they
//! are called where they are open; file systems by device; UNIX domain sockets by the name that they are bound to.

use std::collections::{HashMap, HashSet};

use nethost_sdk::files::{self, FileIdentity, Walk};
use nethost_sdk::output::complain;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit};

use crate::errno;
use crate::help::misused;
use crate::mounts::Mount;
use crate::options::{Folder, Names, Options};
use crate::row::Row;

/// A file that is looked for.
#[derive(Debug)]
struct Named {
    /// As it was typed, or as it is listed in a folder.
    typed: String,
    /// As it is shown where it is found.
    shown: String,
    is_file_system: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct NamedFiles {
    all: Vec<Named>,
    by_identity: HashMap<((u32, u32), u64), usize>,
    by_device: HashMap<(u32, u32), usize>,
    by_name: HashMap<String, usize>,
    found: HashSet<usize>,
    /// Something that was named is not there.
    pub(crate) failed: bool,
}

impl NamedFiles {
    /// Looks at what the command line names. An exit where nothing of it is there.
    pub(crate) fn of(options: &Options, mounts: &[Mount]) -> Result<Self, Exit> {
        let mut files = Self::default();
        for folder in &options.folders {
            files.add_folder(folder, options)?;
        }
        let before = files.all.len();
        for name in &options.names {
            files.add_name(name, options, mounts)?;
        }
        // As lsof: of names that are all wrong it lists nothing.
        if !options.names.is_empty() && files.all.len() == before {
            return Err(Exit::silent(u8::from(files.failed)));
        }
        Ok(files)
    }

    fn add(&mut self, typed: &str, identity: &FileIdentity) {
        let typed = trimmed(typed).to_owned();
        let plain = without_detours(&typed);
        let is_direct = match plain.starts_with('/') {
            true => plain == identity.path,
            false => identity.path.ends_with(&format!("/{plain}")),
        };
        let place = self.all.len();
        self.all.push(Named {
            shown: match is_direct {
                true => typed.clone(),
                false => identity.path.clone(),
            },
            is_file_system: false,
            typed: typed.clone(),
        });
        // The last of two names is the one that is shown.
        self.by_identity
            .insert((identity.device, identity.inode), place);
        self.by_name.insert(typed, place);
    }

    fn add_name(&mut self, name: &str, options: &Options, mounts: &[Mount]) -> Result<(), Exit> {
        let shown = printable(name);
        let found = files::identify(name, Walk::empty());
        let identity = match found.as_deref() {
            Ok([identity, ..]) => identity,
            Ok([]) => return Ok(()),
            Err(error @ Error::Denied(_)) => return Err(Exit::failed(1, format!("lsof: {error}"))),
            Err(_) if options.allow_failure => return Ok(()),
            Err(error) => {
                self.failed = true;
                match options.names_are {
                    Names::FileSystems => {
                        complain(format_args!("lsof: not a file system: {shown}"))
                    }
                    _ => {
                        let why = errno::of(error);
                        complain(format_args!("lsof: status error on {shown}: {why}"));
                    }
                }
                return Ok(());
            }
        };
        let device = match options.names_are {
            Names::Files => None,
            Names::Either | Names::FileSystems => {
                let mounted = mounts.iter().find(|mount| mount.folder == identity.path);
                let of_device = || {
                    let source = |mount: &&Mount| mount.source == identity.path;
                    let mount = mounts.iter().find(source)?;
                    identity.special.map(|_| mount.device)
                };
                mounted.map(|_| identity.device).or_else(of_device)
            }
        };
        match (device, options.names_are) {
            (Some(device), _) => {
                self.by_device.insert(device, self.all.len());
                self.all.push(Named {
                    typed: trimmed(name).to_owned(),
                    shown: identity.path.clone(),
                    is_file_system: true,
                });
            }
            (None, Names::FileSystems) => {
                self.failed = true;
                complain(format_args!("lsof: not a file system: {shown}"));
            }
            (None, _) => self.add(name, identity),
        }
        Ok(())
    }

    fn add_folder(&mut self, folder: &Folder, options: &Options) -> Result<(), Exit> {
        let shown = printable(&folder.path);
        let mut walk = Walk::ENTRIES;
        for (wanted, flag) in [
            (folder.whole_tree, Walk::TREE),
            (options.crosses.file_systems, Walk::FILE_SYSTEMS),
            (options.crosses.links, Walk::LINKS),
        ] {
            walk = walk | if wanted { flag } else { Walk::empty() };
        }
        let found = match files::identify(&folder.path, walk) {
            Ok(found) => found,
            Err(error @ Error::Denied(_)) => return Err(Exit::failed(1, format!("lsof: {error}"))),
            Err(error) => {
                let why = errno::of(&error);
                return Err(misused(format_args!("WARNING: can't stat({shown}): {why}")));
            }
        };
        let Some((first, _)) = found.split_first() else {
            return Ok(());
        };
        if !first.folder {
            return Err(misused(format_args!("WARNING: not a directory: {shown}")));
        }
        let typed = trimmed(&folder.path);
        for identity in &found {
            let below = identity
                .path
                .strip_prefix(first.path.as_str())
                .unwrap_or_default();
            let name = match (typed, below) {
                ("/", below) => below.to_owned(),
                (typed, below) if typed.starts_with('/') => format!("{}{below}", first.path),
                (typed, below) => format!("{typed}{below}"),
            };
            if let (Some(errno), true) = (identity.problem, options.warns) {
                let (path, why) = (printable(&name), errno::words(errno));
                complain(format_args!("lsof: WARNING: can't opendir({path}): {why}"));
            }
            self.add(if name.is_empty() { "/" } else { &name }, identity);
        }
        Ok(())
    }

    /// Whether a file is one of them. It gets the name by which it was looked for.
    pub(crate) fn take(&mut self, row: &mut Row) -> bool {
        if row.is_unix {
            let place = row.path.as_ref().and_then(|path| self.by_name.get(path));
            self.found.extend(place);
            return place.is_some();
        }
        let (Some(device), Some(inode)) = (row.device_numbers, row.inode) else {
            return false;
        };
        let place = self.by_identity.get(&(device, inode));
        let Some(place) = place.or_else(|| self.by_device.get(&device)).copied() else {
            return false;
        };
        self.found.insert(place);
        if let Some(named) = self.all.get(place).filter(|named| !named.is_file_system) {
            row.name = crate::row::printable_name(&named.shown);
        }
        true
    }

    /// What was not found, in lsof's words and order.
    pub(crate) fn missing(&self) -> impl Iterator<Item = String> {
        let all = self.all.iter().enumerate().rev();
        let missing = all.filter(|(place, _)| !self.found.contains(place));
        missing.map(|(_, named)| {
            let what = if named.is_file_system { " system" } else { "" };
            format!("no file{what} use located: {}", printable(&named.typed))
        })
    }
}

/// Without empty parts, and those that lead nowhere.
fn without_detours(path: &str) -> String {
    let parts = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    let parts: Vec<&str> = parts.collect();
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

fn trimmed(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_no_empty_parts() {
        for (path, plain) in [
            ("/a//b/./c/", "/a/b/c"),
            ("./a", "a"),
            ("/", "/"),
            ("a", "a"),
        ] {
            assert_eq!(without_detours(path), plain);
        }
    }
}
