//! What the command line asks for.

use std::time::Duration;

use crate::address::Selector;
use crate::command::Command;
use crate::flags::FlagForm;

/// What stands in the column SIZE/OFF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SizeOrOffset {
    #[default]
    Both,
    Size,
    Offset,
}

/// How the list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    #[default]
    Columns,
    /// -F.
    Fields,
    /// -t.
    Terse,
    /// -J.
    Json,
    /// -j.
    JsonLines,
}

impl Form {
    /// Fields are chosen by -F.
    pub(crate) fn has_fields(self) -> bool {
        matches!(self, Self::Fields | Self::Json | Self::JsonLines)
    }
}

/// -K.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tasks {
    #[default]
    Unlisted,
    Listed,
    /// -K i.
    Ignored,
}

/// What the names on the command line are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Names {
    #[default]
    Either,
    /// -f.
    Files,
    /// +f.
    FileSystems,
}

/// -E and +E: what is at the other end of pipes, sockets and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoints {
    /// It is told.
    Told,
    /// It is listed too.
    Listed,
}

/// -x: what +d and +D follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Crosses {
    pub(crate) given: bool,
    pub(crate) file_systems: bool,
    pub(crate) links: bool,
}

/// Numbers or names that are selected, and those that are excluded.
#[derive(Clone, Debug)]
pub(crate) struct Set<T> {
    pub(crate) included: Vec<T>,
    pub(crate) excluded: Vec<T>,
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self {
            included: Vec::new(),
            excluded: Vec::new(),
        }
    }
}

impl<T> Set<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.included.is_empty() && self.excluded.is_empty()
    }

    pub(crate) fn push(&mut self, excluded: bool, item: T) {
        match excluded {
            true => self.excluded.push(item),
            false => self.included.push(item),
        }
    }
}

/// A descriptor of -d.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Descriptor {
    Name(String),
    Numbers(u32, u32),
}

/// A folder of +d or +D.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) path: String,
    pub(crate) whole_tree: bool,
}

/// -r.
#[derive(Clone, Debug)]
pub(crate) struct Repeat {
    pub(crate) interval: Duration,
    /// +r: until nothing is listed.
    pub(crate) until_none: bool,
    /// A format of strftime(3) for the line between two lists.
    pub(crate) marker: Option<String>,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) and: bool,
    pub(crate) commands: Set<Command>,
    pub(crate) command_width: Option<usize>,
    pub(crate) descriptors: Set<Descriptor>,
    pub(crate) endpoints: Option<Endpoints>,
    pub(crate) form: Form,
    pub(crate) fields: String,
    /// +f
    pub(crate) flags: Option<FlagForm>,
    pub(crate) groups: Set<u32>,
    pub(crate) show_group: bool,
    pub(crate) internet: Vec<Selector>,
    pub(crate) any_internet: bool,
    /// Only with folders.
    pub(crate) crosses: Crosses,
    pub(crate) numeric_users: bool,
    pub(crate) numeric_hosts: bool,
    pub(crate) numeric_ports: bool,
    pub(crate) network_files: bool,
    pub(crate) size_or_offset: SizeOrOffset,
    pub(crate) offset_digits: usize,
    pub(crate) pids: Set<u32>,
    pub(crate) allow_failure: bool,
    pub(crate) repeat: Option<Repeat>,
    pub(crate) show_parent: bool,
    /// States of TCP by number.
    pub(crate) states: Set<u8>,
    pub(crate) tcp_state: bool,
    /// -T was given.
    pub(crate) tcp_given: bool,
    pub(crate) tcp_queues: bool,
    pub(crate) users: Set<u32>,
    pub(crate) unix: bool,
    pub(crate) verbose: bool,
    pub(crate) skip_internet: bool,
    pub(crate) show_links: bool,
    pub(crate) links_below: Option<u64>,
    pub(crate) folders: Vec<Folder>,
    pub(crate) names: Vec<String>,
    pub(crate) names_are: Names,
    pub(crate) tasks: Tasks,
    /// +m
    pub(crate) lists_mounts: bool,
    /// -w leaves warnings out, and what cannot be looked at.
    pub(crate) warns: bool,
}

impl Options {
    pub(crate) fn selects_nothing(&self) -> bool {
        let selects = self.selects_internet()
            || self.unix
            || self.network_files
            || self.links_below.is_some()
            || self.tasks == Tasks::Listed
            || !self.names.is_empty()
            || !self.folders.is_empty()
            || !self.commands.is_empty()
            || !self.descriptors.is_empty()
            || !self.pids.is_empty()
            || !self.groups.is_empty()
            || !self.users.is_empty();
        !selects
    }

    /// Whether the queues of sockets are told: in fields, unless -T leaves them out.
    pub(crate) fn shows_queues(&self) -> bool {
        self.tcp_queues || !self.tcp_given
    }

    /// Whether Internet sockets are selected as such.
    pub(crate) fn selects_internet(&self) -> bool {
        self.any_internet || !self.internet.is_empty()
    }
}
