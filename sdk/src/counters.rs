//! Figures out of the text of the kernel's counters, in the forms that proc(5) has. What is not there is none.

/// A figure after a word at the beginning of a line, as in `MemFree: 12 kB` or `Ip6InReceives 3`.
///
/// ```
/// assert_eq!(nethost_sdk::counters::field("A: 1 kB\nB 2\n", "A"), Some(1));
/// ```
#[must_use]
pub fn field(text: &str, name: &str) -> Option<i64> {
    let rest = text.lines().find_map(|line| {
        let (word, rest) = line.split_once([' ', '\t'])?;
        (word.trim_end_matches(':') == name).then_some(rest)
    })?;
    rest.split_whitespace().next()?.parse().ok()
}

/// A figure of a line such as `TCP: inuse 6 orphan 0`.
///
/// ```
/// assert_eq!(nethost_sdk::counters::pair("TCP: inuse 6 orphan 3\n", "TCP", "orphan"), Some(3));
/// ```
#[must_use]
pub fn pair(text: &str, line: &str, name: &str) -> Option<i64> {
    let words = text
        .lines()
        .find_map(|one| one.strip_prefix(line)?.strip_prefix(':'))?;
    let mut words = words.split_whitespace();
    while let (Some(word), Some(value)) = (words.next(), words.next()) {
        if word == name {
            return value.parse().ok();
        }
    }
    None
}

/// A figure of two lines such as `Ip: Forwarding InReceives` and `Ip: 1 2`.
///
/// ```
/// assert_eq!(nethost_sdk::counters::two_lines("Ip: A B\nIp: 1 2\n", "Ip", "B"), Some(2));
/// ```
#[must_use]
pub fn two_lines(text: &str, group: &str, name: &str) -> Option<i64> {
    let mut lines = text
        .lines()
        .filter_map(|line| line.strip_prefix(group)?.strip_prefix(':'));
    let (names, values) = (lines.next()?, lines.next()?);
    let mut both = names.split_whitespace().zip(values.split_whitespace());
    both.find(|(word, _)| *word == name)?.1.parse().ok()
}

/// The lines of net.dev: an interface and its sixteen counters. Received are bytes, packets, errs, drop, fifo, frame,
/// compressed and multicast; sent are bytes, packets, errs, drop, fifo, colls, carrier and compressed.
#[must_use]
pub fn devices(text: &str) -> Vec<(&str, [i64; 16])> {
    let lines = text.lines().skip(2);
    lines
        .filter_map(|line| {
            let (name, words) = line.rsplit_once(':')?;
            let mut counters = [0; 16];
            let mut words = words.split_whitespace();
            for counter in &mut counters {
                // Counters of 64 bits do not come near their end.
                *counter = words.next()?.parse::<u64>().ok()?.cast_signed();
            }
            Some((name.trim(), counters))
        })
        .collect()
}

/// The increase of a counter. One of 32 bits wraps; any other that is less than before has begun anew, as those of an
/// interface that was made again.
///
/// ```
/// use nethost_sdk::counters::increase;
/// assert_eq!((increase(5, 7), increase(4_294_967_295, 1), increase(100, 7)), (2, 2, 7));
/// ```
#[must_use]
pub fn increase(before: i64, after: i64) -> i64 {
    const HALF: i64 = 1 << 31;
    let increase = match after >= before {
        true => after.saturating_sub(before),
        false if before < 2 * HALF && before - after > HALF => after + 2 * HALF - before,
        false => after,
    };
    increase.max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_none() {
        for text in [
            "",
            "\n\n",
            "Ip:",
            "Ip: A\n",
            "Ip: A\nIp:\n",
            "Ip: A\nIp: x\n",
            "TCP: A",
        ] {
            assert_eq!(field(text, "Ip"), None, "{text:?}");
            assert_eq!(two_lines(text, "Ip", "A"), None, "{text:?}");
            assert_eq!(pair(text, "TCP", "A"), None, "{text:?}");
            assert!(devices(text).is_empty());
        }
        let dev = "a\nb\n eth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n lo: 1 2\n";
        let found = devices(dev);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0, found[0].1[15]), ("eth0:1", 16));
        assert_eq!(increase(-5, -9), 0);
        assert_eq!(increase(i64::MIN, i64::MAX), i64::MAX);
    }
}
