//! ICMP extension objects (RFC 4884 section 7) as the facts that reports show.

use crate::probe::{Extension, Label};

const HEADER: usize = 4;
const OBJECT_HEADER: usize = 4;
const MPLS: (u8, u8) = (1, 1);

/// Reads an extension structure, whose checksum the kernel has verified. What is malformed ends it.
pub(crate) fn parse(structure: &[u8]) -> Vec<Extension> {
    let mut objects = Vec::new();
    let mut rest = match structure.split_at_checked(HEADER) {
        Some((header, rest)) if header[0] >> 4 == 2 => rest,
        _ => return objects,
    };
    while let Some(header) = rest.first_chunk::<OBJECT_HEADER>() {
        let length = usize::from(u16::from_be_bytes([header[0], header[1]]));
        let Some(object) = rest.get(OBJECT_HEADER..length) else {
            break;
        };
        let words: Vec<u32> = object
            .as_chunks::<4>()
            .0
            .iter()
            .map(|word| u32::from_be_bytes(*word))
            .collect();
        objects.push(match (header[2], header[3]) {
            MPLS if !words.is_empty() => Extension::Mpls(words.into_iter().map(label).collect()),
            (class, kind) => Extension::Other { class, kind, words },
        });
        rest = &rest[length..];
    }
    objects
}

/// A label stack entry (RFC 3032 section 2.1).
fn label(word: u32) -> Label {
    Label {
        label: word >> 12,
        experimental: (word >> 9 & 7) as u8,
        bottom: word >> 8 & 1 == 1,
        ttl: word as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(structure: &[u8]) -> Vec<String> {
        parse(structure).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn label_stacks_and_unknown_objects_are_shown_as_traceroute_does() {
        let structure = [
            0x20, 0, 0, 0, // version 2
            0, 12, 1, 1, 0x03, 0xe8, 0x0a, 0xff, 0x00, 0x01, 0x01, 0x01, // two labels
            0, 8, 3, 2, 0xde, 0xad, 0xbe, 0xef,
        ];
        assert_eq!(
            shown(&structure),
            [
                "MPLS:L=16000,E=5,S=0,T=255/L=16,E=0,S=1,T=1",
                "3/2:deadbeef"
            ]
        );
    }

    #[test]
    fn nothing_malformed_is_read() {
        assert!(shown(&[]).is_empty());
        assert!(shown(&[0x10, 0, 0, 0, 0, 8, 1, 1, 0, 0, 0, 0]).is_empty());
        assert!(shown(&[0x20, 0, 0, 0, 0, 0, 1, 1]).is_empty());
        assert!(shown(&[0x20, 0, 0, 0, 0, 3, 1, 1, 9]).is_empty());
        assert!(shown(&[0x20, 0, 0, 0, 0, 200, 1, 1, 0]).is_empty());
    }
}
