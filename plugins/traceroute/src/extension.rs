//! ICMP extension objects (RFC 4884 section 7) as the facts that reports show.

use nethost_sdk::wire::icmp::{ExtensionObject, extensions};

use crate::probe::Extension;

/// Reads an extension structure, whose checksum the kernel has verified. What is malformed ends it.
pub(crate) fn parse(structure: &[u8]) -> Vec<Extension> {
    let fact = |object: ExtensionObject<'_>| match object.label_stack() {
        Some(labels) => Extension::Mpls(labels.collect()),
        None => Extension::Other {
            class: object.class,
            kind: object.kind,
            words: object.words().collect(),
        },
    };
    extensions(structure).map(fact).collect()
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
}
