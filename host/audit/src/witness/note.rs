//! Signed notes (c2sp.org/signed-note): a text, an empty line, and lines that each hold one signature. Notes
//! come from strangers: their length and the number of their signatures have limits.

use std::fmt;

use data_encoding::BASE64;

use super::vkey::is_key_name;
use nethost_core::text::is_plain;

/// No note of a witness is nearly so long: sixteen signatures of the longest kind are about 110 KB.
pub(crate) const LONGEST: usize = 256 << 10;
const MOST_SIGNATURES: usize = 64;

/// A note whose signatures nobody has checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    /// The lines that hold them, as they came, and what they say.
    signatures: Vec<Signature>,
}

/// One line of a note's signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature {
    /// The key's name.
    pub(super) name: String,
    /// The key's number.
    pub(super) id: u32,
    /// What the key's algorithm makes of it.
    pub(super) bytes: Vec<u8>,
}

/// A text that is no signed note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadNote {
    /// Longer than any note.
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
    /// Not text.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// A character that may reach a terminal.
    #[error("line {0} has a control character, or a mark that reorders text")]
    Control(usize),
    /// Nothing after the text.
    #[error("it has no empty line with signatures after it, so it is not a signed note")]
    NoSignatures,
    /// More than are looked at.
    #[error("it has more than {MOST_SIGNATURES} signatures")]
    TooMany,
    /// Not a signature.
    #[error("its signature line {0} is not `— NAME BASE64`")]
    Signature(usize),
}

impl Note {
    /// Takes a note apart.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadNote> {
        if bytes.len() > LONGEST {
            return Err(BadNote::TooLong);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| BadNote::NotUtf8)?;
        for (at, line) in whole.split('\n').enumerate() {
            if !is_printable(line) {
                return Err(BadNote::Control(at + 1));
            }
        }
        let end = whole.rfind("\n\n").ok_or(BadNote::NoSignatures)?;
        let (text, rest) = (&whole[..=end], &whole[end + 2..]);
        let mut note = Self::unsigned(text.to_owned());
        let lines = rest.strip_suffix('\n').ok_or(BadNote::NoSignatures)?;
        for (at, line) in lines.split('\n').enumerate() {
            if at >= MOST_SIGNATURES {
                return Err(BadNote::TooMany);
            }
            let signature = Signature::parse(line).ok_or(BadNote::Signature(at + 1))?;
            note.signatures.push(signature);
        }
        Ok(note)
    }

    /// A text, which ends in a newline, that nobody has signed yet.
    pub(super) fn unsigned(text: String) -> Self {
        let signatures = Vec::new();
        Self { text, signatures }
    }

    /// The text that is signed.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, by known and unknown keys alike.
    pub(super) fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature.
    pub(super) fn add(&mut self, signature: Signature) {
        self.signatures.push(signature);
    }
}

/// True for text that may reach a terminal as it is.
pub(super) fn is_printable(text: &str) -> bool {
    text.chars().all(is_plain)
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        let mut signatures = self.signatures.iter();
        signatures.try_for_each(|signature| signature.fmt(f))
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, base64) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = BASE64.decode(base64.as_bytes()).ok()?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        (is_key_name(name) && !bytes.is_empty()).then(|| Self {
            name: name.to_owned(),
            id: u32::from_be_bytes(*id),
            bytes: bytes.to_vec(),
        })
    }
}

/// A line with its newline, as a note ends in and as a witness answers with.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id.to_be_bytes(), self.bytes.as_slice()].concat();
        writeln!(f, "— {} {}", self.name, BASE64.encode(&bytes))
    }
}
