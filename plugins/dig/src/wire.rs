//! Reading a message octet by octet. Names are the library's matter, and with them compression.

use std::fmt;

use hickory_proto::rr::Name;
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder, DecodeError};

/// What is wrong with a message or a record's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It ends too early.
    Short,
    /// There is more than the type has.
    Extra,
    /// A value that cannot be.
    Malformed,
    /// A compression pointer that does not point back.
    Pointer,
    /// A name beyond 255 octets.
    LongName,
    /// A label of a type that does not exist.
    LabelType,
    /// A version or a kind that has no presentation format.
    NotImplemented,
    /// An EDNS option that cannot be.
    Option,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "unexpected end of input",
            Self::Option => "malformed OPT option",
            Self::Extra => "extra input data",
            Self::Malformed | Self::NotImplemented => "FORMERR",
            Self::Pointer => "bad compression pointer",
            Self::LongName => "name too long",
            Self::LabelType => "bad label type",
        })
    }
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::InsufficientBytes => Self::Short,
            DecodeError::PointerNotPriorToLabel { .. }
            | DecodeError::LabelOverlapsWithOther { .. } => Self::Pointer,
            DecodeError::DomainNameTooLong(_) => Self::LongName,
            DecodeError::UnrecognizedLabelCode(_) | DecodeError::LabelBytesTooLong(_) => {
                Self::LabelType
            }
            _ => Self::Malformed,
        }
    }
}

/// A place in a message. Nothing is read behind its end; names may point to what is before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'m> {
    /// The message up to the end.
    bytes: &'m [u8],
    at: usize,
}

impl<'m> Cursor<'m> {
    /// At the start.
    pub(crate) fn new(bytes: &'m [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// At `start`, with nothing to read from `end` on.
    pub(crate) fn between(message: &'m [u8], start: usize, end: usize) -> Self {
        Self {
            bytes: message.get(..end).unwrap_or(message),
            at: start,
        }
    }

    /// Where it is.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// How much is left.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// So much must be left, so that what belongs together is read or not read as a whole.
    pub(crate) fn expect(&self, length: usize) -> Result<(), Problem> {
        (self.left() >= length).then_some(()).ok_or(Problem::Short)
    }

    /// Back to where it was before.
    pub(crate) fn back_to(&mut self, at: usize) {
        self.at = self.at.min(at);
    }

    /// All that is left, without moving.
    pub(crate) fn peek(&self) -> &'m [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next octets.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'m [u8], Problem> {
        let end = self.at.checked_add(length).ok_or(Problem::Short)?;
        let taken = self.bytes.get(self.at..end).ok_or(Problem::Short)?;
        self.at = end;
        Ok(taken)
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> &'m [u8] {
        let rest = self.peek();
        self.at += rest.len();
        rest
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        self.take(N)?.try_into().map_err(|_| Problem::Short)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Problem> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Problem> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Problem> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u128(&mut self) -> Result<u128, Problem> {
        self.array().map(u128::from_be_bytes)
    }

    /// A character string (RFC 1035 section 3.3).
    pub(crate) fn text(&mut self) -> Result<&'m [u8], Problem> {
        let length = usize::from(self.u8()?);
        self.take(length)
    }

    /// A name, compressed or not.
    pub(crate) fn name(&mut self) -> Result<Name, Problem> {
        let at = u16::try_from(self.at).map_err(|_| Problem::Malformed)?;
        if self.at >= self.bytes.len() {
            return Err(Problem::Short);
        }
        let mut decoder = BinDecoder::new(self.bytes).clone(at);
        let name = Name::read(&mut decoder)?;
        self.at = decoder.index();
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_loops_end() {
        let problem = |bytes: &[u8]| Cursor::new(bytes).name().err();
        assert_eq!(problem(b"\xc0\x00"), Some(Problem::Pointer));
        assert_eq!(problem(b"\x01a\xc0\x00"), Some(Problem::Pointer));
        assert_eq!(problem(b"\x01a\xc0\x7f"), Some(Problem::Pointer));
        assert_eq!(problem(b"\x01a"), Some(Problem::Short));
        assert_eq!(problem(b"\x05a"), Some(Problem::Short));
        assert_eq!(problem(b""), Some(Problem::Short));
        assert_eq!(problem(b"\x40a"), Some(Problem::LabelType));
        let long = [b"\x3f".as_slice(), &[b'a'; 63]].concat().repeat(4);
        assert_eq!(
            problem(&[&long, b"\0".as_slice()].concat()),
            Some(Problem::LongName)
        );
    }

    #[test]
    fn a_cursor_stays_within_its_bounds() {
        let mut cursor = Cursor::between(b"abcdef", 2, 4);
        assert_eq!(cursor.u16(), Ok(0x6364));
        assert_eq!(cursor.u8(), Err(Problem::Short));
        assert_eq!((cursor.left(), cursor.rest()), (0, b"".as_slice()));
        assert_eq!(Cursor::between(b"ab", 5, 9).u8(), Err(Problem::Short));
    }
}
