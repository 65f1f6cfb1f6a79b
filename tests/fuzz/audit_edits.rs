//! What somebody can do to a log whose folder they can write: edits that bytes choose. The fuzz target
//! `audit_edits` and a property test of the library make the same ones, and hold verification to the same rule.

use super::audit::Hash;
use super::audit::verify::Verdict;

/// A log's files, oldest first.
pub(crate) type Files = Vec<Vec<u8>>;

/// Makes the edits that these bytes choose, three bytes each.
pub(crate) fn edited(whole: &Files, choices: &[u8]) -> Files {
    let mut files = whole.clone();
    for choice in choices.chunks_exact(3).take(8) {
        if let [what, a, b] = *choice {
            edit(&mut files, what, usize::from(a), usize::from(b));
        }
    }
    files
}

/// What verification may say of a log that was edited, on the machine that writes it.
pub(crate) fn holds(whole: &Files, files: &Files, verdict: Verdict) -> bool {
    if whole == files {
        return verdict == Verdict::Intact;
    }
    // What has no end is a write that was cut: nobody was told of it.
    let only_more = files.concat().starts_with(&whole.concat()) && files.len() == whole.len();
    match verdict {
        Verdict::Truncated | Verdict::Tampered => true,
        Verdict::Unsigned => only_more,
        _ => false,
    }
}

fn edit(files: &mut Files, what: u8, a: usize, b: usize) {
    let count = files.len();
    let Some(at) = a.checked_rem(count) else {
        return;
    };
    if what % 13 == 10 {
        files.swap(at, b % count);
        return;
    }
    if what % 13 == 11 {
        files.remove(at);
        return;
    }
    let Some(file) = files.get_mut(at) else {
        return;
    };
    let mut lines: Vec<Vec<u8>> = file
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let Some(at) = b.checked_rem(lines.len()) else {
        return;
    };
    let other = (a / 7 + b / 3) % lines.len();
    match what % 13 {
        0 => drop(lines.remove(at)),
        1 => {
            let line = lines[at].clone();
            lines.insert(other, line);
        }
        2 => lines.swap(at, other),
        3 => {
            let line = &mut lines[at];
            let place = (a * 31 + b) % line.len();
            line[place] ^= 1 << (a % 8);
        }
        4 => {
            let length = lines[at].len();
            lines[at].truncate((a * 31 + b) % length);
            lines.truncate(at + 1);
        }
        5 => lines.insert(at, b"not a record\n".to_vec()),
        6 => lines.push(b"{\"v\":1,\"se".to_vec()),
        7 => {
            lines[at] = replaced(&lines[at], b"\"uid\":1", b"\"uid\":2");
            chain(&mut lines, at);
        }
        8 => {
            lines.remove(at);
            chain(&mut lines, at);
        }
        // Of another version, by itself or with all that follows it.
        12 => {
            let other = format!("{{\"v\":{},", a % 4);
            lines[at] = replaced(&lines[at], b"{\"v\":1,", other.as_bytes());
            if b % 2 == 1 {
                chain(&mut lines, at);
            }
        }
        _ => {
            lines.truncate(at + 1);
            let lost = forged(&lines[at], a % 4, (b + 40) as u64);
            lines.push(lost);
            chain(&mut lines, at + 1);
        }
    }
    *file = lines.concat();
}

fn replaced(line: &[u8], what: &[u8], by: &[u8]) -> Vec<u8> {
    let at = line.windows(what.len()).position(|window| window == what);
    match at {
        Some(at) => [&line[..at], by, &line[at + what.len()..]].concat(),
        None => line.to_vec(),
    }
}

/// A record that explains what is missing before it, as nobody signed it.
fn forged(before: &[u8], cause: usize, last: u64) -> Vec<u8> {
    let cause = ["torn", "cut", "altered", "unwritten"][cause];
    let seq = number(before) + 1;
    let text = format!(
        "{{\"v\":1,\"seq\":{},\"ts\":\"2026-01-01T00:00:00Z\",\"mono\":1,\"event\":\"records-lost\",\"host\":\"h\",\
         \"boot\":\"b\",\"run\":\"r1\",\"actor\":{{\"uid\":1,\"user\":null,\"session\":null}},\
         \"lost\":{{\"cause\":\"{cause}\",\"first\":{seq},\"last\":{last}}},\"prev\":\"{}\",\"hash\":\"{}\"}}\n",
        last + 1,
        "0".repeat(64),
        "0".repeat(64)
    );
    text.into_bytes()
}

fn number(line: &[u8]) -> u64 {
    let record: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
    record["seq"].as_u64().unwrap_or(0)
}

/// Makes each line from this one on follow the one before, as anybody can who signs nothing.
fn chain(lines: &mut [Vec<u8>], from: usize) {
    for at in from.max(1)..lines.len() {
        let before = hash_in(&lines[at - 1]);
        let line = &mut lines[at];
        let (Some(before), Some(prev)) = (before, place(line, b",\"prev\":\"")) else {
            continue;
        };
        line[prev..prev + 64].copy_from_slice(before.to_string().as_bytes());
        if let Some(hash) = place(line, b",\"hash\":\"") {
            let own = Hash::of(&line[..hash - b",\"hash\":\"".len()]);
            line[hash..hash + 64].copy_from_slice(own.to_string().as_bytes());
        }
    }
}

fn hash_in(line: &[u8]) -> Option<Hash> {
    let at = place(line, b",\"hash\":\"")?;
    std::str::from_utf8(&line[at..at + 64]).ok()?.parse().ok()
}

/// Where the value after this label begins, with room for 64 digits.
fn place(line: &[u8], label: &[u8]) -> Option<usize> {
    let at = line
        .windows(label.len())
        .rposition(|window| window == label)?
        + label.len();
    (at + 64 <= line.len()).then_some(at)
}
