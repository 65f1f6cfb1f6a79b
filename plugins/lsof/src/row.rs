//! One open file, as it is shown.

use nethost_sdk::procfs::{FilePlace, FileStatus, KernelObject, Process, ProcessFile, Thread};

use crate::errno::words;
use crate::sockets::{Inet, Socket};

/// A file of a process.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// `cwd`, `3`, `NOFD`.
    pub(crate) descriptor: String,
    pub(crate) number: Option<u32>,
    pub(crate) access: char,
    pub(crate) lock: char,
    pub(crate) kind: String,
    pub(crate) device: Option<String>,
    /// As a number, for -F and where it is no inode.
    pub(crate) device_numbers: Option<(u32, u32)>,
    pub(crate) special: Option<(u32, u32)>,
    pub(crate) size: Option<u64>,
    pub(crate) offset: Option<u64>,
    pub(crate) links: Option<u64>,
    pub(crate) inode: Option<u64>,
    /// In the column NODE in place of the inode: a protocol.
    pub(crate) protocol: Option<String>,
    pub(crate) name: String,
    pub(crate) internet: Option<Inet>,
    pub(crate) is_unix: bool,
    pub(crate) state: Option<&'static str>,
    pub(crate) flags: Option<u32>,
    /// The path that it has in the file system.
    pub(crate) path: Option<String>,
    /// What the descriptor stands for.
    pub(crate) object: Option<KernelObject>,
    /// Who has its other end.
    pub(crate) additions: Vec<String>,
    /// What follows the name of an Internet socket.
    pub(crate) facts: String,
    pub(crate) is_listed: bool,
    /// It says only that something cannot be looked at.
    pub(crate) is_warning: bool,
}

/// A process, or a thread of it, with files of it.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) process: Process,
    pub(crate) thread: Option<Thread>,
    pub(crate) rows: Vec<Row>,
}

const FILE_TYPE: u32 = 0o170_000;

impl Row {
    fn new(descriptor: &str) -> Self {
        Self {
            descriptor: descriptor.into(),
            number: None,
            access: ' ',
            lock: ' ',
            kind: String::new(),
            device: None,
            device_numbers: None,
            special: None,
            size: None,
            offset: None,
            links: None,
            inode: None,
            protocol: None,
            name: String::new(),
            internet: None,
            is_unix: false,
            state: None,
            flags: None,
            path: None,
            object: None,
            additions: Vec::new(),
            facts: String::new(),
            is_listed: false,
            is_warning: false,
        }
    }

    /// The descriptors of a process that may not be listed.
    pub(crate) fn unlisted(process: u32, errno: u32) -> Self {
        Self {
            name: format!("/proc/{process}/fd (opendir: {})", words(errno)),
            is_warning: true,
            ..Self::new("NOFD")
        }
    }

    /// A file, with what the tables say of it if it is a socket.
    pub(crate) fn of(process: u32, user: u32, file: ProcessFile, socket: Option<&Socket>) -> Self {
        let (mut row, link) = match file.place {
            FilePlace::CurrentDirectory => (Self::new("cwd"), "cwd"),
            FilePlace::RootDirectory => (Self::new("rtd"), "root"),
            FilePlace::Text => (Self::new("txt"), "exe"),
            FilePlace::Mapped => (Self::new("mem"), "maps"),
            FilePlace::Descriptor(number) => (Self::new(&number.to_string()), "fd"),
        };
        if let FilePlace::Descriptor(number) = file.place {
            row.number = Some(number);
            row.access = match (file.readable, file.writable) {
                (true, true) => 'u',
                (true, false) => 'r',
                (false, true) => 'w',
                (false, false) => ' ',
            };
        }
        row.flags = file.open_flags;
        row.object.clone_from(&file.object);
        if let Some(socket) = socket {
            row.offset = Some(0);
            row.fill_from(file.socket, socket);
            return row;
        }
        if let (true, Some(errno)) = (file.name.is_empty(), file.problem) {
            row.kind = "unknown".into();
            row.access = ' ';
            row.is_warning = true;
            let link = match file.place {
                FilePlace::Descriptor(number) => format!("fd/{number}"),
                _ => link.to_owned(),
            };
            // A thread of the kernel, which is root's, has no program.
            let why = match (errno, user) {
                (2, 0) => String::new(),
                _ => format!(" (readlink: {})", words(errno)),
            };
            row.name = format!("/proc/{process}/{link}{why}");
            return row;
        }
        row.fill(file);
        row
    }

    fn fill(&mut self, file: ProcessFile) {
        let mapped = matches!(file.place, FilePlace::Mapped);
        let gone = mapped && file.problem.is_some();
        if gone {
            self.descriptor = "DEL".into();
        }
        let Some(status) = file.status else {
            self.kind = "unknown".into();
            let why = file
                .problem
                .map(|errno| format!(" (stat: {})", words(errno)));
            self.name = format!("{}{}", file.name, why.unwrap_or_default());
            return;
        };
        let is_anonymous = file.name.starts_with("anon_inode:");
        self.kind = kind(&status, mapped, is_anonymous);
        let is_device = ["CHR", "BLK"].contains(&&*self.kind);
        let shown = if is_device {
            status.special
        } else {
            status.device
        };
        self.device = Some(format!("{},{}", shown.0, shown.1));
        self.device_numbers = Some(status.device);
        self.special = is_device.then_some(status.special);
        self.inode = Some(status.inode);
        let sized = ["REG", "DIR", "LINK", "a_inode"].contains(&&*self.kind);
        if !gone {
            self.links = Some(status.links);
            self.size = sized.then_some(status.size);
            // The position of what has none is 0.
            self.offset = file.position.or((!sized).then_some(0));
        }
        match self.kind.as_str() {
            "FIFO" if file.name.starts_with("pipe:[") => self.name = "pipe".into(),
            "sock" => {
                self.name = match &file.protocol {
                    Some(protocol) => format!("protocol: {protocol}"),
                    None => "can't identify protocol".into(),
                };
            }
            "a_inode" => self.name = anonymous(&file.name, self.object.as_ref()),
            _ => {
                self.path = Some(file.name.clone());
                self.name = file.name;
            }
        }
        if self.kind == "sock" {
            (self.size, self.offset) = (None, Some(0));
        }
    }

    fn fill_from(&mut self, inode: Option<u64>, socket: &Socket) {
        match socket {
            Socket::Inet(inet) => {
                self.kind = if inet.ipv6 { "IPv6" } else { "IPv4" }.into();
                self.device = inode.map(|inode| inode.to_string());
                self.protocol = Some(inet.protocol.name().into());
                self.internet = Some(inet.clone());
            }
            Socket::Other(other) => {
                self.kind = other.kind.into();
                self.device.clone_from(&other.device);
                self.protocol.clone_from(&other.node);
                // What has a protocol in the column NODE has the inode in DEVICE.
                self.inode = inode.filter(|_| other.node.is_none());
                self.name.clone_from(&other.name);
                self.state = other.state;
                self.path.clone_from(&other.path);
                self.is_unix = other.kind == "unix";
            }
        }
    }

    /// The name, with who has the other end.
    pub(crate) fn long_name(&self) -> String {
        let mut name = self.name.clone();
        for addition in &self.additions {
            name.push(' ');
            name.push_str(addition);
        }
        name
    }

    /// The same with the state of the socket, as the last column has it.
    pub(crate) fn full_name(&self) -> String {
        let name = self.long_name();
        match self.state {
            Some(state) if self.internet.is_none() => format!("{name} ({state})"),
            _ => name + &self.facts,
        }
    }
}

/// What is behind `anon_inode:`, with its number or what it watches.
fn anonymous(link: &str, object: Option<&KernelObject>) -> String {
    let name = link.trim_start_matches("anon_inode:");
    let name = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    match (name, object) {
        ("eventfd", Some(KernelObject::Counter(number))) => format!("[eventfd:{number}]"),
        ("pidfd", Some(KernelObject::Process(process))) if *process >= 0 => {
            format!("[pidfd:{process}]")
        }
        ("eventpoll", Some(KernelObject::Watch(watched))) if !watched.is_empty() => {
            // As lsof: of the first ones, in order.
            const MOST: usize = 32;
            let mut some: Vec<u32> = watched.iter().take(MOST).copied().collect();
            some.sort_unstable();
            let some: Vec<String> = some.iter().map(u32::to_string).collect();
            let more = if some.len() == MOST { "..." } else { "" };
            format!("[eventpoll:{}{more}]", some.join(","))
        }
        (name, _) => format!("[{name}]"),
    }
}

fn kind(status: &FileStatus, mapped: bool, is_anonymous: bool) -> String {
    if is_anonymous {
        return "a_inode".into();
    }
    match status.mode & FILE_TYPE {
        0o010_000 => "FIFO".into(),
        0o020_000 => "CHR".into(),
        0o040_000 => "DIR".into(),
        0o060_000 => "BLK".into(),
        0o100_000 => "REG".into(),
        0o120_000 => "LINK".into(),
        0o140_000 => "sock".into(),
        0 if mapped => "REG".into(),
        0 => "0000".into(),
        other => format!("{:04o}", other >> 12),
    }
}

/// A name that the kernel tells as it is, in the form that process names have already.
pub(crate) fn printable_name(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '\u{8}' => shown.push_str("\\b"),
            '\t' => shown.push_str("\\t"),
            '\n' => shown.push_str("\\n"),
            '\u{c}' => shown.push_str("\\f"),
            '\r' => shown.push_str("\\r"),
            '\0'..='\u{1f}' => {
                shown.push('^');
                shown.push(char::from(character as u8 + 0x40));
            }
            other
                if other.is_control()
                    || nethost_sdk::text::printable(&other.to_string()) == "?" && other != '?' =>
            {
                let mut buffer = [0; 4];
                for byte in other.encode_utf8(&mut buffer).bytes() {
                    shown.push_str(&format!("\\x{byte:02x}"));
                }
            }
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_one_field() {
        assert_eq!(printable_name("a\nb\u{1b}[m c\u{7f}?"), "a\\nb^[[m c\\x7f?");
    }

    #[test]
    fn what_has_no_name_has_a_number() {
        let watched = |count: u32| KernelObject::Watch((0..count).rev().collect());
        for (link, object, name) in [
            (
                "anon_inode:[eventfd]",
                Some(KernelObject::Counter(2)),
                "[eventfd:2]",
            ),
            (
                "anon_inode:[pidfd]",
                Some(KernelObject::Process(-1)),
                "[pidfd]",
            ),
            ("anon_inode:inotify", None, "[inotify]"),
            ("anon_inode:[eventpoll]", Some(watched(0)), "[eventpoll]"),
            (
                "anon_inode:[eventpoll]",
                Some(watched(3)),
                "[eventpoll:0,1,2]",
            ),
        ] {
            assert_eq!(anonymous(link, object.as_ref()), name);
        }
        let many = anonymous("anon_inode:[eventpoll]", Some(&watched(40)));
        assert!(
            many.starts_with("[eventpoll:8,9,10,") && many.ends_with(",39...]"),
            "{many}"
        );
    }

    #[test]
    fn types_are_those_of_lsof() {
        let status = |mode| FileStatus {
            mode,
            device: (0, 1),
            inode: 1,
            links: 1,
            size: 0,
            special: (0, 0),
        };
        for (mode, name) in [(0o100_644, "REG"), (0o040_755, "DIR"), (0o010_600, "FIFO")] {
            assert_eq!(kind(&status(mode), false, false), name);
        }
        assert_eq!(kind(&status(0o600), false, true), "a_inode");
    }
}
