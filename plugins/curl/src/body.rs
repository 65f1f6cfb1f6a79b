//! What is sent as the body of a request, piece by piece.

use std::io::Read as _;

use nethost_sdk::files::{self, Reader};

use crate::failure::{Failure, Result};

/// A part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Bytes(Vec<u8>),
    File { path: String, offset: u64 },
    Stdin,
}

impl Piece {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Bytes(text.into().into_bytes())
    }
}

/// A body that is being sent.
#[derive(Debug)]
pub(crate) struct Body {
    pieces: std::vec::IntoIter<Piece>,
    open: Option<Reader>,
    reads_stdin: bool,
    /// None where nobody can tell before the end.
    pub(crate) size: Option<u64>,
    crlf: bool,
    after_cr: bool,
}

/// What is read at once.
const CHUNK: u32 = 64 << 10;

impl Body {
    /// A body of these pieces. Files are looked at.
    pub(crate) fn new(pieces: Vec<Piece>, crlf: bool) -> Result<Self> {
        let mut size = Some(0u64);
        for piece in &pieces {
            let own = match piece {
                Piece::Bytes(bytes) => Some(bytes.len() as u64),
                Piece::Stdin => None,
                Piece::File { path, .. } if path == "-" => None,
                Piece::File { path, offset } => {
                    let facts = files::facts(path).map_err(|error| unreadable(path, &error))?;
                    Some(facts.size.saturating_sub(*offset))
                }
            };
            size = size.zip(own).map(|(size, own)| size + own);
        }
        Ok(Self {
            pieces: pieces.into_iter(),
            open: None,
            reads_stdin: false,
            size: size.filter(|_| !crlf),
            crlf,
            after_cr: false,
        })
    }

    /// Whether there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        self.size == Some(0)
    }

    /// The next bytes; None at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let next = self.read()?;
        Ok(match next {
            Some(bytes) if self.crlf => Some(self.with_line_ends(&bytes)),
            next => next,
        })
    }

    fn read(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            if self.reads_stdin {
                let mut bytes = vec![0; CHUNK as usize];
                let count = std::io::stdin().read(&mut bytes);
                let count =
                    count.map_err(|error| Failure::new(26, format!("read error: {error}")))?;
                if count > 0 {
                    bytes.truncate(count);
                    return Ok(Some(bytes));
                }
                self.reads_stdin = false;
            }
            if let Some(reader) = &self.open {
                let bytes = reader.read(CHUNK);
                let bytes =
                    bytes.map_err(|error| Failure::new(26, format!("read error: {error}")))?;
                if !bytes.is_empty() {
                    return Ok(Some(bytes));
                }
                self.open = None;
            }
            match self.pieces.next() {
                None => return Ok(None),
                Some(Piece::Bytes(bytes)) if bytes.is_empty() => {}
                Some(Piece::Bytes(bytes)) => return Ok(Some(bytes)),
                Some(Piece::Stdin) => self.reads_stdin = true,
                Some(Piece::File { path, .. }) if path == "-" => self.reads_stdin = true,
                Some(Piece::File { path, offset }) => {
                    let opened = Reader::open(&path, offset);
                    self.open = Some(opened.map_err(|error| unreadable(&path, &error))?);
                }
            }
        }
    }

    fn with_line_ends(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut converted = Vec::with_capacity(bytes.len() + bytes.len() / 16);
        for byte in bytes {
            if *byte == b'\n' && !self.after_cr {
                converted.push(b'\r');
            }
            converted.push(*byte);
            self.after_cr = *byte == b'\r';
        }
        converted
    }
}

fn unreadable(path: &str, error: &nethost_sdk::Error) -> Failure {
    match error {
        nethost_sdk::Error::Denied(_) => Failure::new(26, error.to_string()),
        _ => {
            let _ = path;
            Failure::new(26, "Failed to open/read local data from file/application")
        }
    }
}
