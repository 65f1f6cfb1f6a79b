//! The built-in script banner: what a service says to who only listens.

use std::fmt::Write;
use std::time::Duration;

use nethost_sdk::clock;

use super::Asked;
use crate::service::Stream;

/// The most octets that are read.
const LONGEST: usize = 1024;
const PATIENCE: Duration = Duration::from_secs(5);
/// A service that has said something has so long to go on.
const MORE: Duration = Duration::from_millis(200);
/// The widths of the first line and of the others.
const FIRST: usize = 63;
const LINE: usize = 71;
const CUT: &str = "...";

pub(super) async fn run(asked: Asked<'_>) -> Option<String> {
    let mut stream = Stream::open(asked.to, false).await.ok()?;
    let mut until = clock::now().plus(PATIENCE);
    let mut said = Vec::new();
    while said.len() < LONGEST {
        match stream.read(until).await {
            Ok(Some(bytes)) if !bytes.is_empty() => {
                said.extend(bytes);
                until = clock::now().plus(MORE);
            }
            _ => break,
        }
    }
    said.truncate(LONGEST);
    shown(&said, if asked.verbose > 0 { 3 } else { 2 })
}

/// In so many lines at most, without what a terminal would act on.
fn shown(said: &[u8], lines: usize) -> Option<String> {
    let said = said.trim_ascii();
    if said.is_empty() {
        return None;
    }
    let mut text = String::new();
    for byte in said {
        match byte {
            b' '..=b'~' => text.push(char::from(*byte)),
            other => {
                let _ = write!(text, "\\x{other:02X}");
            }
        }
    }
    let most = FIRST + LINE * (lines - 1);
    if text.len() > most {
        text.truncate(most - CUT.len());
        text.push_str(CUT);
    }
    let mut out = String::new();
    let (mut rest, mut width) = (text.as_str(), FIRST);
    while let Some((line, after)) = rest
        .split_at_checked(width)
        .filter(|(_, after)| !after.is_empty())
    {
        out.push_str(line);
        out.push('\n');
        (rest, width) = (after, LINE);
    }
    Some(out + rest)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_shown_in_few_clean_lines() {
        let of = |said: &[u8]| shown(said, 2);
        assert_eq!(of(b"220 ready\r\n").unwrap(), "220 ready");
        assert_eq!(of(b"a\x1b[31m\r\nb").unwrap(), "a\\x1B[31m\\x0D\\x0Ab");
        assert_eq!(of(b" \r\n"), None);
        let long = of(&[b'A'; 300]).unwrap();
        let lines: Vec<&str> = long.lines().collect();
        assert_eq!(lines, ["A".repeat(63), "A".repeat(68) + "..."]);
        assert_eq!(of(&[b'A'; 63]).unwrap().lines().count(), 1);
    }
}
