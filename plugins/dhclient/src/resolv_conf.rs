//! resolv.conf(5): written where that is granted. What was there before is kept in the file itself, in comments, so that
//! this run or a later one can put it back.

use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, files};

use crate::arguments::Options;
use crate::v4::lease::Lease;
use crate::{configure, failed};

/// The first line, up to the name of the interface.
const OURS: &str = "# Written by nethost dhclient for ";
const HINT: &str = ". `dhclient -r` puts back what was here before: it is below, after `#was:`.";
/// Before each line of the earlier file.
const WAS: &str = "#was:";
/// In place of these, where there was no file.
const NOTHING: &str = "#was-no-file";

/// Writes what the lease says about name servers. False if there is nothing to write, or it is not granted.
pub(crate) fn write(options: &Options, interface: &str, lease: &Lease) -> Result<bool, Exit> {
    let lines = configure::resolver(lease);
    if lines.is_empty() {
        return Ok(true);
    }
    let path = &options.resolver;
    let wrong =
        |error: &dyn std::fmt::Display| failed(1, format_args!("{}: {error}", printable(path)));
    let old = match files::read(path) {
        Ok(bytes) => Some(String::from_utf8(bytes).map_err(|_| wrong(&"it is not a text"))?),
        Err(Error::NotFound) => None,
        Err(Error::Denied(_)) => return Ok(false),
        Err(error) => return Err(wrong(&error)),
    };
    let text = text(old.as_deref(), interface, &lines);
    if old.as_deref() == Some(&*text) {
        return Ok(true);
    }
    match files::replace(path, text.as_bytes()) {
        Ok(()) => {}
        Err(Error::Denied(_)) => return Ok(false),
        Err(error) => return Err(wrong(&error)),
    }
    for line in &lines {
        let (interface, path) = (printable(interface), printable(path));
        options.say(format_args!("{interface}: written to {path}: {line}"));
    }
    Ok(true)
}

/// The same for a prolonged lease, where the file was written before: servers may have changed.
pub(crate) fn renew(options: &Options, interface: &str, lease: &Lease) -> Result<(), Exit> {
    match files::read(&options.resolver) {
        Ok(bytes) if before(&String::from_utf8_lossy(&bytes), interface).is_some() => {
            write(options, interface, lease).map(drop)
        }
        _ => Ok(()),
    }
}

/// Puts back what was there before, if the file still is the one that was written for this interface.
pub(crate) fn put_back(options: &Options, interface: &str) {
    let path = &options.resolver;
    let text = files::read(path).ok().map(String::from_utf8);
    let Some(old) = text.and_then(|text| before(&text.ok()?, interface)) else {
        return;
    };
    let done = match old {
        Some(old) => files::replace(path, old.as_bytes()),
        None => files::remove(path),
    };
    let (interface, path) = (printable(interface), printable(path));
    match done {
        Ok(()) => options.say(format_args!("{interface}: put back {path}")),
        Err(error) => {
            nethost_sdk::output::complain(format_args!(
                "{interface}: {path}: not put back: {error}"
            ));
        }
    }
}

/// The new file.
fn text(old: Option<&str>, interface: &str, lines: &[String]) -> String {
    let old = match old.map(|old| (old, before(old, interface))) {
        // The file before this client's own.
        Some((_, Some(before))) => before,
        Some((old, None)) => Some(old.to_owned()),
        None => None,
    };
    let mut text = format!("{OURS}{}{HINT}\n", printable(interface));
    for line in lines {
        text.push_str(&printable(line));
        text.push('\n');
    }
    match old {
        Some(old) => old.split('\n').for_each(|line| {
            text.push_str(WAS);
            text.push_str(line);
            text.push('\n');
        }),
        None => {
            text.push_str(NOTHING);
            text.push('\n');
        }
    }
    text
}

/// What was there before a file that was written for this interface; inside, None if there was no file. None if the file is
/// of somebody else.
fn before(text: &str, interface: &str) -> Option<Option<String>> {
    let mut lines = text.lines();
    let first = lines.next()?;
    if first != format!("{OURS}{}{HINT}", printable(interface)) {
        return None;
    }
    let mut kept = Vec::new();
    for line in text.split('\n') {
        if line == NOTHING {
            return Some(None);
        }
        kept.extend(line.strip_prefix(WAS));
    }
    (!kept.is_empty()).then(|| Some(kept.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(old: Option<&str>, interface: &str) -> String {
        text(old, interface, &["nameserver 10.0.0.2".to_owned()])
    }

    #[test]
    fn what_was_there_comes_back_exactly() {
        for old in [
            "",
            "nameserver 192.0.2.1\n",
            "no end of line",
            "\n\n# a\n\n",
            "#was:x\n#was-no-file-2\n",
            "a\r\nb\r\n",
        ] {
            let ours = new(Some(old), "v0");
            assert!(ours.contains("\nnameserver 10.0.0.2\n"), "{ours}");
            assert_eq!(before(&ours, "v0"), Some(Some(old.to_owned())), "{old:?}");
            // A file that is written again keeps the first one.
            assert_eq!(new(Some(&ours), "v0"), ours);
            // One for another interface keeps the whole file.
            let other = new(Some(&ours), "v1");
            assert_eq!(before(&other, "v0"), None);
            assert_eq!(before(&other, "v1"), Some(Some(ours)));
        }
        assert_eq!(before(&new(None, "v0"), "v0"), Some(None));
    }

    #[test]
    fn a_file_of_somebody_else_is_left() {
        for text in ["", "nameserver 192.0.2.1\n", "#was:x\n"] {
            assert_eq!(before(text, "v0"), None, "{text:?}");
        }
        let cut = new(None, "v0").replace(NOTHING, "");
        assert_eq!(before(&cut, "v0"), None);
    }
}
