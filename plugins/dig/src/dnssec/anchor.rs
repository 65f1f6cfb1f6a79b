//! Trust anchors: the root's keys as IANA publishes them, or what a file says, as named.conf or as a master file.

use data_encoding::{BASE64, HEXUPPER_PERMISSIVE};

use super::algorithm;
use super::record_set::Key;
use crate::kind::rtype;
use crate::name::{self, Name};

/// The root's key signing keys (IANA, root-anchors.xml): KSK-2017 and KSK-2024.
const ROOT: &str = "\
. DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
. DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16
";

/// What vouches for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Voucher {
    /// Its digest, as a DS record has it.
    Digest {
        tag: u16,
        algorithm: u8,
        kind: u8,
        digest: Vec<u8>,
    },
    /// The key itself, as a DNSKEY record has it.
    Key(Vec<u8>),
}

impl Voucher {
    /// A DS record's data.
    pub(super) fn from_digest(data: &[u8]) -> Option<Self> {
        match data {
            [high, low, algorithm, kind, digest @ ..] => Some(Self::Digest {
                tag: u16::from_be_bytes([*high, *low]),
                algorithm: *algorithm,
                kind: *kind,
                digest: digest.to_vec(),
            }),
            _ => None,
        }
    }

    /// The algorithm of the key that it vouches for.
    pub(super) fn algorithm(&self) -> Option<u8> {
        match self {
            Self::Key(data) => data.get(3).copied(),
            Self::Digest { algorithm, .. } => Some(*algorithm),
        }
    }

    /// Whether it is for this key of this zone.
    pub(super) fn is_for(&self, zone: &Name, key: &Key) -> bool {
        match self {
            Self::Key(data) => *data == key.data,
            Self::Digest {
                tag,
                algorithm,
                kind,
                digest,
            } => {
                (*tag, *algorithm) == (key.tag, key.algorithm)
                    && algorithm::digest(
                        *kind,
                        &[&name::canonical(zone), key.data.as_slice()].concat(),
                    )
                    .is_some_and(|ours| ours == *digest)
            }
        }
    }

    /// Whether it can be told here whether it is for a key.
    pub(super) fn is_usable(&self) -> bool {
        match self {
            Self::Key(data) => data
                .get(3)
                .is_some_and(|number| algorithm::is_supported(*number)),
            Self::Digest {
                algorithm, kind, ..
            } => algorithm::is_supported(*algorithm) && algorithm::digest(*kind, &[]).is_some(),
        }
    }
}

/// Anchors and the zones that they are for.
#[derive(Clone, Debug)]
pub(super) struct Anchors(Vec<(Name, Voucher)>);

impl Anchors {
    /// The root's.
    pub(super) fn root() -> Self {
        Self::parse(ROOT).unwrap_or(Self(Vec::new()))
    }

    /// Reads a file; on a mistake, what stands there.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let configuration = ["trust-anchors", "trusted-keys", "managed-keys"];
        let statements = match configuration.iter().any(|word| text.contains(word)) {
            true => statements(text),
            false => text.lines().map(record).collect(),
        };
        let mut anchors = Vec::new();
        for words in statements.iter().filter(|words| !words.is_empty()) {
            anchors.push(anchor(words).ok_or_else(|| words.join(" "))?);
        }
        match anchors.is_empty() {
            true => Err("no anchor in it".to_owned()),
            false => Ok(Self(anchors)),
        }
    }

    /// Only those of one zone, if there are any.
    pub(super) fn only(self, zone: &Name) -> Option<Self> {
        let own = self.0.into_iter().filter(|(name, _)| name == zone);
        let own: Vec<_> = own.collect();
        (!own.is_empty()).then_some(Self(own))
    }

    /// The zone closest to a name that has anchors. The DS record at a name is of the zone above, whatever anchors
    /// the name itself has.
    pub(super) fn closest(&self, name: &Name, rtype: u16) -> Option<Name> {
        let zones = self.0.iter().map(|(zone, _)| zone);
        let is_above = |zone: &&Name| rtype != rtype::DS || name.is_root() || *zone != name;
        zones
            .filter(|zone| zone.zone_of(name))
            .filter(is_above)
            .max_by_key(|zone| zone.iter().count())
            .cloned()
    }

    /// What vouches for a zone's keys.
    pub(super) fn of(&self, zone: &Name) -> Vec<Voucher> {
        let own = self.0.iter().filter(|(name, _)| name == zone);
        own.map(|(_, voucher)| voucher.clone()).collect()
    }
}

/// A line of a master file as words, without its comment and parentheses.
fn record(line: &str) -> Vec<String> {
    let line = line.split(';').next().unwrap_or_default();
    let words = line.split(|c: char| c.is_whitespace() || "()".contains(c));
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The statements between braces of a configuration, as words; what is in quotes is one.
fn statements(text: &str) -> Vec<Vec<String>> {
    let (mut statements, mut words, mut word) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut inside) = (false, false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek().copied();
        match c {
            '"' => quoted = !quoted,
            c if quoted => {
                if !c.is_whitespace() {
                    word.push(c);
                }
            }
            '#' => while characters.next_if(|c| *c != '\n').is_some() {},
            '/' if next == Some('/') => while characters.next_if(|c| *c != '\n').is_some() {},
            '/' if next == Some('*') => {
                let mut last = ' ';
                for c in characters.by_ref() {
                    if (last, c) == ('*', '/') {
                        break;
                    }
                    last = c;
                }
            }
            '{' | '}' | ';' => {
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
                let statement = std::mem::take(&mut words);
                if inside && c == ';' {
                    statements.push(statement);
                }
                inside = c != '}' && (inside || c == '{');
            }
            c if c.is_whitespace() => {
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            }
            c => word.push(c),
        }
    }
    statements
}

/// `name … TYPE number number number data…`.
fn anchor(words: &[String]) -> Option<(Name, Voucher)> {
    let (zone, rest) = words.split_first()?;
    let zone = name::parse(zone, None).ok()?.name;
    // The type may be missing (trusted-keys), and a time to live and a class may stand before it.
    let kind = rest.iter().position(|word| {
        let known = [
            "ds",
            "dnskey",
            "initial-ds",
            "static-ds",
            "initial-key",
            "static-key",
        ];
        known.iter().any(|known| word.eq_ignore_ascii_case(known))
    });
    let digest = kind
        .and_then(|place| rest.get(place))
        .is_some_and(|word| word.to_ascii_lowercase().ends_with("ds"));
    let fields = rest.get(kind.map_or(0, |place| place + 1)..)?;
    let (numbers, data) = fields.split_at_checked(3)?;
    let first: u16 = numbers.first()?.parse().ok()?;
    let mut bytes = first.to_be_bytes().to_vec();
    for number in numbers.get(1..)? {
        bytes.push(number.parse().ok()?);
    }
    let data = data.concat();
    let decoded = match digest {
        true => HEXUPPER_PERMISSIVE.decode(data.as_bytes()),
        false => BASE64.decode(data.as_bytes()),
    };
    bytes.extend(decoded.ok().filter(|decoded| !decoded.is_empty())?);
    let voucher = match digest {
        true => Voucher::from_digest(&bytes)?,
        false => Voucher::Key(bytes),
    };
    Some((zone, voucher))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_root_has_two_keys() {
        assert_eq!(Anchors::root().of(&Name::root()).len(), 2);
        let name = name::parse("www.example", None).unwrap().name;
        let root = Anchors::root();
        assert_eq!(root.closest(&name, rtype::DS), Some(Name::root()));
        assert_eq!(root.closest(&Name::root(), rtype::DS), Some(Name::root()));
    }

    #[test]
    fn files_of_both_kinds_say_the_same() {
        let named = "// comment\n/* another */ trust-anchors {\n\
                     . static-key 257 3 13 \"AAEC\n AwQ=\"; # third\n\
                     test. initial-ds 7 13 2 \"00ff\"; };\n";
        let master =
            ". 3600 IN DNSKEY 257 3 13 AAEC AwQ= ; comment\n\n; more\ntest. DS 7 13 2 00 FF\n";
        let (named, master) = (
            Anchors::parse(named).unwrap(),
            Anchors::parse(master).unwrap(),
        );
        assert_eq!(named.0, master.0);
        assert_eq!(named.0.len(), 2);
        assert_eq!(named.only(&Name::root()).unwrap().0.len(), 1);
        let other = name::parse("other", None).unwrap().name;
        assert!(master.only(&other).is_none());
        let trusted = "trusted-keys { \"test.\" 257 3 13 \"AAECAwQ=\"; };";
        assert_eq!(Anchors::parse(trusted).unwrap().0.len(), 1);
    }

    #[test]
    fn what_is_no_anchor_is_told() {
        assert_eq!(
            Anchors::parse("; nothing\n").err().unwrap(),
            "no anchor in it"
        );
        assert_eq!(
            Anchors::parse("test. DS 7 13\n").err().unwrap(),
            "test. DS 7 13"
        );
        assert!(Anchors::parse("trust-anchors { . static-key 257 3 13 \"?\"; };").is_err());
    }
}
