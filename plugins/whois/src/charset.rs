//! Converts untrusted bytes to printable text. A whois response does not name its character set (RFC 3912 section 4),
//! so it is guessed.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use nethost_sdk::text::printable;

/// The text, with lines that end in `\n` alone. A lone carriage return ends a line too, as some servers mean it.
pub(crate) fn decode(bytes: &[u8], top_level: Option<&str>) -> String {
    let text = match std::str::from_utf8(bytes) {
        // Escape sequences are ASCII, too: JPNIC answers in a character set that switches with them.
        Ok(text) if !bytes.contains(&0x1b) => text.into(),
        _ => {
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
            detector.feed(bytes, true);
            let hint = top_level.filter(|tld| tld.chars().all(|c| c.is_ascii_lowercase()));
            let guess = detector.guess(hint.map(str::as_bytes), Utf8Detection::Allow);
            guess.decode_without_bom_handling(bytes).0
        }
    };
    let mut clean = String::with_capacity(text.len());
    let lines = text
        .lines()
        .flat_map(|line| line.trim_end_matches('\r').split('\r'));
    for line in lines {
        for (place, part) in line.split('\t').enumerate() {
            if place > 0 {
                clean.push('\t');
            }
            clean.push_str(&printable(part));
        }
        clean.push('\n');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn character_sets_are_guessed() {
        let russian = "организация: Рога и Копыта, город Черноморск\n";
        for encoding in [
            encoding_rs::UTF_8,
            encoding_rs::KOI8_R,
            encoding_rs::WINDOWS_1251,
        ] {
            let (bytes, ..) = encoding.encode(russian);
            assert_eq!(decode(&bytes, Some("ru")), russian, "{}", encoding.name());
        }
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode("Straße: Königsallee, Düsseldorf\n");
        assert_eq!(
            decode(&bytes, Some("de")),
            "Straße: Königsallee, Düsseldorf\n"
        );
        let (bytes, ..) = encoding_rs::ISO_2022_JP.encode("[組織名] 日本\n");
        assert_eq!(decode(&bytes, Some("jp")), "[組織名] 日本\n");
    }

    #[test]
    fn nothing_acts_on_a_terminal() {
        assert_eq!(decode(b"a\r\nb\x1b[2Jc\td\x07\n", None), "a\nb?[2Jc\td?\n");
        assert_eq!(decode(b"", None), "");
        let old = b"domain: a\rstatus: b\r\r\n\rend\r";
        assert_eq!(decode(old, None), "domain: a\nstatus: b\n\nend\n");
    }
}
