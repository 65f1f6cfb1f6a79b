//! The payload of an echo request, and differences in replies.

use serde::Serialize;

/// The payload: the repeated pattern, or 0, 1, 2, … as in iputils.
pub(crate) fn fill(size: usize, pattern: &[u8]) -> Vec<u8> {
    if pattern.is_empty() {
        (0..size).map(|place| place as u8).collect()
    } else {
        pattern.iter().copied().cycle().take(size).collect()
    }
}

/// The first byte that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WrongByte {
    pub(crate) offset: usize,
    pub(crate) expected: u8,
    pub(crate) was: u8,
}

/// Octets at the beginning that iputils does not look at: it keeps its clock there.
const CLOCK: usize = 16;

/// Compares the common length.
pub(crate) fn compare(sent: &[u8], came: &[u8]) -> Option<WrongByte> {
    if came.starts_with(sent) {
        return None;
    }
    let pairs = sent.iter().zip(came).enumerate().skip(CLOCK);
    let mut wrong = pairs.filter(|(_, (expected, was))| expected != was);
    wrong.next().map(|(offset, (&expected, &was))| WrongByte {
        offset,
        expected,
        was,
    })
}

/// iputils' dump of a corrupted payload.
pub(crate) fn dump(wrong: &WrongByte, came: &[u8]) -> String {
    let WrongByte {
        offset,
        expected,
        was,
    } = wrong;
    let mut text =
        format!("\nwrong data byte #{offset} should be 0x{expected:x} but was 0x{was:x}");
    for (place, byte) in came.iter().enumerate().skip(CLOCK) {
        if place % 32 == CLOCK {
            text.push_str(&format!("\n#{place}\t"));
        }
        text.push_str(&format!("{byte:x} "));
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_byte_is_found_and_shown() {
        let sent = fill(40, &[]);
        let mut came = sent.clone();
        assert_eq!(compare(&sent, &came), None);
        assert_eq!(
            compare(&sent, &came[..30]),
            None,
            "truncation is told apart"
        );
        came[17] = 0xff;
        let wrong = compare(&sent, &came).unwrap();
        assert_eq!(
            wrong,
            WrongByte {
                offset: 17,
                expected: 17,
                was: 255
            }
        );
        assert!(
            dump(&wrong, &came)
                .starts_with("\nwrong data byte #17 should be 0x11 but was 0xff\n#16\t10 ff 12 ")
        );
        let mut clock = sent.clone();
        clock[3] = 0xff;
        assert_eq!(compare(&sent, &clock), None, "iputils has a time there");
        assert_eq!(fill(5, &[0xab, 0x0c]), [0xab, 0x0c, 0xab, 0x0c, 0xab]);
    }
}
