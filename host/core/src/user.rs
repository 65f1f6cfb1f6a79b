//! The user of a run, and the users that a rule is about.

use std::fmt;
use std::str::FromStr;

use crate::regular;

/// The user of a run, as the kernel reports it: real IDs, which no environment variable changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// Real user id.
    pub uid: u32,
    /// The name, if the password file has one.
    pub name: Option<String>,
    /// The groups, each with its name if the group file has one.
    pub groups: Vec<(u32, Option<String>)>,
}

/// The entries of a user in the password and group files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// The password file has an entry.
    pub known: bool,
    groups: Vec<u32>,
}

impl Listed {
    fn among(uid: u32, passwd: &str, group: &str) -> Self {
        let known = name_of(passwd, uid).is_some();
        let user = User::among(&uid.to_string(), passwd, group).unwrap_or_default();
        Self {
            known,
            groups: user.groups.into_iter().map(|(gid, _)| gid).collect(),
        }
    }
}

impl User {
    /// The user of this process.
    pub fn current() -> Self {
        let supplementary = rustix::process::getgroups().into_iter().flatten();
        let groups = supplementary.chain([rustix::process::getgid()]);
        Self::of(
            rustix::process::getuid().as_raw(),
            groups.map(|gid| gid.as_raw()),
        )
    }

    /// A user of whom only the IDs are known.
    pub fn of(uid: u32, groups: impl Iterator<Item = u32>) -> Self {
        let passwd = regular::text("/etc/passwd", regular::SOME).unwrap_or_default();
        let group = regular::text("/etc/group", regular::SOME).unwrap_or_default();
        let mut gids: Vec<_> = groups.collect();
        gids.sort_unstable();
        gids.dedup();
        Self {
            uid,
            name: name_of(&passwd, uid),
            groups: gids
                .into_iter()
                .map(|gid| (gid, name_of(&group, gid)))
                .collect(),
        }
    }

    /// The current entries of a user in the password and group files.
    pub fn listed(uid: u32) -> Listed {
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let group = std::fs::read_to_string("/etc/group").unwrap_or_default();
        Listed::among(uid, &passwd, &group)
    }

    /// The same user without the groups that the files have removed since then. A process keeps the groups that it
    /// was started with.
    #[must_use]
    pub fn without_lost(mut self, before: &Listed, now: &Listed) -> Self {
        self.groups
            .retain(|(gid, _)| !before.groups.contains(gid) || now.groups.contains(gid));
        self
    }

    /// The home of a user in the password file.
    pub fn home(uid: u32) -> Option<String> {
        home_of(&regular::text("/etc/passwd", regular::SOME).ok()?, uid)
    }

    /// The ID of a group by its name or number.
    pub fn group_id(name: &str) -> Option<u32> {
        if let Ok(id) = name.parse() {
            return Some(id);
        }
        let group = regular::text("/etc/group", regular::SOME).ok()?;
        group.lines().find_map(|line| {
            let mut fields = line.split(':');
            let found = fields.next() == Some(name);
            fields.nth(1).filter(|_| found)?.parse().ok()
        })
    }

    /// Whether this is the private group of a user: the primary group in the password file, without other members.
    pub fn has_private_group(uid: u32, gid: u32) -> bool {
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let group = std::fs::read_to_string("/etc/group").unwrap_or_default();
        is_private_group(uid, gid, &passwd, &group)
    }

    /// The user with this name or ID in the password and group files. An ID may be unknown there.
    pub fn known(text: &str) -> Option<Self> {
        let passwd = regular::text("/etc/passwd", regular::SOME).unwrap_or_default();
        let group = regular::text("/etc/group", regular::SOME).unwrap_or_default();
        Self::among(text, &passwd, &group)
    }

    fn among(text: &str, passwd: &str, group: &str) -> Option<Self> {
        let entry = passwd
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .find(|fields| fields.first() == Some(&text) || fields.get(2) == Some(&text));
        let Some(fields) = entry else {
            let uid = text.parse().ok()?;
            return Some(Self {
                uid,
                ..Self::default()
            });
        };
        let (name, uid) = (*fields.first()?, fields.get(2)?.parse().ok()?);
        let primary: Option<u32> = fields.get(3)?.parse().ok();
        let groups = group.lines().filter_map(|line| {
            let fields: Vec<_> = line.split(':').collect();
            let gid = fields.get(2)?.parse().ok()?;
            let member = fields.get(3)?.split(',').any(|member| member == name);
            (member || primary == Some(gid))
                .then(|| (gid, fields.first().map(|name| (*name).into())))
        });
        Some(Self {
            uid,
            name: Some(name.into()),
            groups: groups.collect(),
        })
    }
}

/// The name of an ID in passwd(5) or group(5). Their first and third fields are alike.
fn name_of(database: &str, id: u32) -> Option<String> {
    database.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let matches = fields.nth(1)?.parse() == Ok(id);
        matches.then(|| name.to_owned())
    })
}

fn home_of(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let fields: Vec<_> = line.split(':').collect();
        let matches = fields.get(2)?.parse() == Ok(uid);
        matches.then(|| fields.get(5).map(|home| (*home).to_owned()))?
    })
}

fn is_private_group(uid: u32, gid: u32, passwd: &str, group: &str) -> bool {
    let number = |field: Option<&&str>| field.and_then(|text| text.parse::<u32>().ok());
    let mut owner = None;
    for line in passwd.lines() {
        let fields: Vec<_> = line.split(':').collect();
        if number(fields.get(3)) != Some(gid) {
            continue;
        }
        if number(fields.get(2)) != Some(uid) {
            return false;
        }
        owner = fields.first().copied();
    }
    let Some(owner) = owner else { return false };
    let mut entries = group.lines().filter_map(|line| {
        let fields: Vec<_> = line.split(':').collect();
        (number(fields.get(2)) == Some(gid)).then(|| fields.get(3).copied().unwrap_or_default())
    });
    // A group that is not in the file may have members that are listed elsewhere.
    let Some(members) = entries.next() else {
        return false;
    };
    entries.next().is_none()
        && members
            .split(',')
            .all(|member| member.is_empty() || member == owner)
}

/// One entry of `users` in a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserPattern {
    /// A user's name.
    Name(String),
    /// A user's id.
    Id(u32),
    /// Members of a group, by its name: `@netops`.
    GroupName(String),
    /// Members of a group, by its ID: `@1000`.
    GroupId(u32),
}

impl FromStr for UserPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (group, name) = match text.strip_prefix('@') {
            Some(name) => (true, name),
            None => (false, text),
        };
        if let Ok(id) = name.parse() {
            return Ok(if group {
                Self::GroupId(id)
            } else {
                Self::Id(id)
            });
        }
        // useradd(8): the characters of a name. A number with a typing error is not a name.
        let mut characters = name.chars();
        let starts = characters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        let rest = characters.all(|other| other.is_ascii_alphanumeric() || "_-.$".contains(other));
        if !starts || !rest {
            return Err(format!(
                "`{text}` is no user: write a name, a user id, or a group as \"@name\" or \"@id\""
            ));
        }
        let name = name.to_owned();
        Ok(if group {
            Self::GroupName(name)
        } else {
            Self::Name(name)
        })
    }
}

impl fmt::Display for UserPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Id(id) => write!(f, "{id}"),
            Self::GroupName(name) => write!(f, "@{name}"),
            Self::GroupId(id) => write!(f, "@{id}"),
        }
    }
}

impl UserPattern {
    /// Whether the rule applies to this user. None if that is unknown, because the user or one of their groups has no
    /// name on this machine.
    pub fn matches(&self, user: &User) -> Option<bool> {
        match self {
            Self::Id(id) => Some(*id == user.uid),
            Self::GroupId(id) => Some(user.groups.iter().any(|(gid, _)| gid == id)),
            Self::Name(name) => user.name.as_ref().map(|known| known == name),
            Self::GroupName(name) => {
                let named =
                    |group: &(u32, Option<String>)| group.1.as_ref().map(|known| known == name);
                if user.groups.iter().any(|group| named(group) == Some(true)) {
                    Some(true)
                } else {
                    let all_known = user.groups.iter().all(|group| named(group).is_some());
                    all_known.then_some(false)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn alice() -> User {
        User {
            uid: 1000,
            name: Some("alice".into()),
            groups: vec![(100, Some("users".into())), (7, None)],
        }
    }

    #[test]
    fn names_ids_and_groups_match() {
        let matches = |text: &str| text.parse::<UserPattern>().unwrap().matches(&alice());
        for text in ["alice", "1000", "@users", "@100", "@7"] {
            assert_eq!(matches(text), Some(true), "{text}");
        }
        for text in ["bob", "1001", "@101"] {
            assert_eq!(matches(text), Some(false), "{text}");
        }
        // Group 7 has no name here, so it might be the named group.
        assert_eq!(matches("@netops"), None);
    }

    #[test]
    fn a_group_is_private_when_nobody_else_is_in_it() {
        let passwd =
            "root:x:0:0::/:\nalice:x:1000:1000::/:\nbob:x:1001:100::/:\ncarol:x:1002:100::/:\n";
        let group = "alice:x:1000:alice\nusers:x:100:\nroot:x:0:\n";
        assert!(is_private_group(1000, 1000, passwd, group));
        for (uid, gid, group) in [
            (1001, 100, group),
            (1000, 100, group),
            (1001, 1000, group),
            (1000, 1000, "alice:x:1000:bob\n"),
            (1000, 1000, "alice:x:1000:\nother:x:1000:bob\n"),
            (1000, 1000, ""),
            (7, 7, group),
        ] {
            assert!(!is_private_group(uid, gid, passwd, group), "{uid} {gid}");
        }
    }

    #[test]
    fn a_group_that_somebody_was_taken_out_of_is_lost() {
        let passwd = "alice:x:1000:1000::/:\n";
        let before = Listed::among(1000, passwd, "alice:x:1000:\nnetops:x:7:alice\n");
        let after = Listed::among(1000, passwd, "alice:x:1000:\nnetops:x:7:bob\n");
        // The group comes from newgrp(1), or from another source than the files.
        let user = User {
            uid: 1000,
            name: Some("alice".into()),
            groups: vec![(7, None), (8, None), (1000, None)],
        };
        let groups = |user: User| user.groups.iter().map(|(gid, _)| *gid).collect::<Vec<_>>();
        assert_eq!(
            groups(user.clone().without_lost(&before, &after)),
            [8, 1000]
        );
        assert_eq!(groups(user.without_lost(&after, &before)), [7, 8, 1000]);
        assert!(before.known && !Listed::among(1000, "", "").known);
    }

    #[test]
    fn what_is_no_user_is_refused() {
        for text in ["", "@", "al ice", "-1", "99999999999", "@a b", "a/b"] {
            assert!(text.parse::<UserPattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_databases_are_read_by_id() {
        let passwd = "root:x:0:0::/root:/bin/sh\nbroken\nalice:x:1000:1000::/:/bin/sh\n";
        assert_eq!(name_of(passwd, 1000).as_deref(), Some("alice"));
        assert_eq!(name_of(passwd, 7), None);
        assert_eq!(home_of(passwd, 0).as_deref(), Some("/root"));
        assert_eq!(home_of(passwd, 7), None);
        let group = "users:x:1000:\nnetops:x:7:bob,alice\nother:x:8:bob\n";
        let known = User::among("alice", passwd, group).unwrap();
        let groups: Vec<_> = known.groups.iter().map(|(gid, _)| *gid).collect();
        assert_eq!((known.uid, groups), (1000, vec![1000, 7]));
        assert_eq!(User::among("1000", passwd, group).unwrap(), known);
        assert_eq!(User::among("9", passwd, group).unwrap().uid, 9);
        assert_eq!(User::among("nobody-here", passwd, group), None);
        assert_eq!(User::current().uid, rustix::process::getuid().as_raw());
    }
}
