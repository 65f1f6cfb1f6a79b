//! What /proc/PID/fdinfo says of a descriptor: position, flags, and what it stands for.

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, openat};
use serde::{Deserialize, Serialize};

/// So many descriptors of an epoll(7) are told.
const MOST_WATCHED: usize = 1024;
/// What is known of any descriptor stands in its first lines.
const USUAL: usize = 256;
/// The lines of an epoll(7) are about 60 octets each.
const LONGEST: usize = 64 << 10;

/// What a descriptor stands for, where that has no name in a file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum KernelObject {
    /// An eventfd(2), by its number.
    Counter(u32),
    /// An epoll(7), by the descriptors that it watches.
    Watch(Vec<u32>),
    /// A pidfd, by its process, or -1.
    Process(i32),
    /// The master of a pseudoterminal, by its number.
    Terminal(u32),
}

/// All of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Details {
    pub(super) position: Option<u64>,
    pub(super) flags: Option<u32>,
    pub(super) object: Option<KernelObject>,
}

/// Reads it, for a descriptor whose link says this.
pub(super) fn details(folder: &OwnedFd, name: &std::ffi::CStr, link: &str) -> Details {
    let watches = link == "anon_inode:[eventpoll]";
    let mut buffer = vec![0; if watches { LONGEST } else { USUAL }];
    let mut filled = 0;
    if let Ok(file) = openat(
        folder,
        name,
        OFlags::RDONLY | OFlags::CLOEXEC,
        Mode::empty(),
    ) {
        while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
            match rustix::io::read(&file, room) {
                Ok(0) | Err(_) => break,
                Ok(length) => filled += length,
            }
            if !watches {
                break;
            }
        }
    }
    let text = String::from_utf8_lossy(&buffer[..filled]);
    let mut details = parse(&text);
    if watches && details.object.is_none() {
        details.object = Some(KernelObject::Watch(Vec::new()));
    }
    details
}

/// The flags are octal.
fn parse(text: &str) -> Details {
    let mut details = Details::default();
    let mut watched = Vec::new();
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.split_ascii_whitespace().next().unwrap_or_default();
        let number = || value.parse().ok();
        match name {
            "pos" => details.position = value.parse().ok(),
            "flags" => details.flags = u32::from_str_radix(value, 8).ok(),
            "eventfd-id" => details.object = number().map(KernelObject::Counter),
            "tty-index" => details.object = number().map(KernelObject::Terminal),
            "Pid" => details.object = value.parse().ok().map(KernelObject::Process),
            "tfd" if watched.len() < MOST_WATCHED => watched.extend(number()),
            _ => {}
        }
    }
    if !watched.is_empty() {
        details.object = Some(KernelObject::Watch(watched));
    }
    details
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_line() {
        let head = "pos:\t7\nflags:\t02000002\nmnt_id:\t17\nino:\t1038\n";
        for (rest, object) in [
            ("", None),
            (
                "eventfd-count:                0\neventfd-id: 2\neventfd-semaphore: 0\n",
                Some(KernelObject::Counter(2)),
            ),
            (
                "tfd:        9 events:       1f data:  3  pos:0 ino:54f9 sdev:f\ntfd:        3 events: 1\n",
                Some(KernelObject::Watch(vec![9, 3])),
            ),
            ("Pid:\t-1\nNSpid:\t-1\n", Some(KernelObject::Process(-1))),
            ("tty-index:\t1\n", Some(KernelObject::Terminal(1))),
            ("tty-index:\tx\n:\nnonsense\n", None),
        ] {
            let details = parse(&format!("{head}{rest}"));
            assert_eq!(details.object, object, "{rest}");
            assert_eq!(
                (details.position, details.flags),
                (Some(7), Some(0o2_000_002))
            );
        }
    }
}
