//! What is mounted: /proc/self/mountinfo (proc(5)).

use nethost_sdk::procfs;

/// A mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) device: (u32, u32),
    pub(crate) folder: String,
    kind: String,
    pub(crate) source: String,
}

impl Mount {
    /// It is another machine's.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self.kind.as_str(), "nfs" | "nfs3" | "nfs4")
    }

    /// It has the message queues of mq_overview(7).
    pub(crate) fn has_queues(&self) -> bool {
        self.kind == "mqueue"
    }
}

impl std::fmt::Display for Mount {
    /// The line of +m.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (major, minor) = self.device;
        let number = crate::fields::device_number(major, minor);
        write!(
            f,
            "{} 0x{number:x}",
            crate::row::printable_name(&self.folder)
        )
    }
}

/// All of them; none where they may not be read.
pub(crate) fn read() -> Vec<Mount> {
    let text = procfs::counters("mountinfo").unwrap_or_default();
    text.lines().filter_map(parse).collect()
}

/// `ID PARENT MAJOR:MINOR ROOT FOLDER OPTIONS … - KIND SOURCE OPTIONS`.
fn parse(line: &str) -> Option<Mount> {
    let (place, what) = line.split_once(" - ")?;
    let mut place = place.split(' ').skip(2);
    let (major, minor) = place.next()?.split_once(':')?;
    let folder = place.nth(1)?;
    let mut what = what.split(' ');
    Some(Mount {
        device: (major.parse().ok()?, minor.parse().ok()?),
        folder: plain(folder),
        kind: what.next()?.to_owned(),
        source: plain(what.next()?),
    })
}

/// Blanks and backslashes are written as three octal digits.
fn plain(text: &str) -> String {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let digits = others
            .get(..3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        rest = match (*first, escaped) {
            (b'\\', Some(octet)) => {
                octets.push(octet);
                &others[3..]
            }
            (octet, _) => {
                octets.push(octet);
                others
            }
        };
    }
    String::from_utf8_lossy(&octets).into_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_mount() {
        let line = "36 35 0:98 /mnt1 /mnt\\0402 rw,noatime master:1 - nfs4 server:/a\\134b rw,errors=continue";
        let mount = parse(line).unwrap();
        assert_eq!((mount.device, mount.folder.as_str()), ((0, 98), "/mnt 2"));
        assert_eq!(mount.source, "server:/a\\b");
        assert!(mount.is_remote() && !mount.has_queues());
        for line in ["", "36 35 98 / / rw - ext4 x", "36 35 0:1 / /"] {
            assert_eq!(parse(line), None);
        }
    }
}
