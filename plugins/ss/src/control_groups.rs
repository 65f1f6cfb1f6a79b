//! Control groups by their numbers, which sockets have, and by their paths.

use std::collections::HashMap;

use nethost_sdk::procfs;

/// Those that can be seen; they are asked for when the first one is needed.
#[derive(Debug, Default)]
pub(crate) struct ControlGroups(Option<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Where they are mounted.
    folder: String,
    paths: HashMap<u64, String>,
    ids: HashMap<String, u64>,
}

impl Known {
    fn of(folder: String, groups: impl IntoIterator<Item = (u64, String)>) -> Self {
        let mut known = Self {
            folder,
            ..Self::default()
        };
        for (id, path) in groups {
            known.ids.insert(path.clone(), id);
            known.paths.insert(id, path);
        }
        known
    }

    /// By a path below the folder, or from it on.
    fn id(&self, path: &str) -> Option<u64> {
        let below = match path.strip_prefix(&self.folder) {
            Some(rest) if !self.folder.is_empty() && (rest.is_empty() || rest.starts_with('/')) => {
                rest
            }
            _ => path,
        };
        let below = format!("/{}", below.trim_matches('/'));
        self.ids.get(&below).copied()
    }
}

impl ControlGroups {
    #[cfg(test)]
    pub(crate) fn known(folder: &str, groups: &[(u64, &str)]) -> Self {
        let groups = groups.iter().map(|(id, path)| (*id, (*path).to_owned()));
        Self(Some(Known::of(folder.to_owned(), groups)))
    }

    fn read(&mut self) -> &Known {
        self.0.get_or_insert_with(|| {
            // Without the right to, and where none are mounted, they have numbers alone.
            let (folder, groups) = procfs::control_groups().unwrap_or_default();
            Known::of(
                folder,
                groups.into_iter().map(|group| (group.id, group.path)),
            )
        })
    }

    /// The path of one, as ss shows it.
    pub(crate) fn path(&mut self, id: u64) -> String {
        let path = self.read().paths.get(&id).cloned();
        path.unwrap_or_else(|| format!("unreachable:{id:x}"))
    }

    /// The number of one.
    pub(crate) fn id(&mut self, path: &str) -> Option<u64> {
        self.read().id(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_has_a_path_and_a_number() {
        let all = [(1, "/"), (20, "/system.slice"), (21, "/system.slice/a b")];
        let mut groups = ControlGroups::known("/sys/fs/cgroup", &all);
        assert_eq!(groups.path(21), "/system.slice/a b");
        assert_eq!(groups.path(0x2a), "unreachable:2a");
        for (path, id) in [
            ("/", Some(1)),
            ("/sys/fs/cgroup", Some(1)),
            ("/sys/fs/cgroup/system.slice", Some(20)),
            ("system.slice/", Some(20)),
            ("/system.slice/a b", Some(21)),
            ("/sys/fs/cgroups", None),
            ("/nosuch", None),
        ] {
            assert_eq!(groups.id(path), id, "{path}");
        }
    }
}
