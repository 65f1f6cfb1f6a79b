//! A stream that is read ahead, so that a packet lies in one piece.

use std::io::{ErrorKind, Read};

use super::Error;

/// Octets that are read at once.
const CHUNK: usize = 256 * 1024;

/// Reads ahead.
#[derive(Debug)]
pub(crate) struct Stream<R> {
    source: R,
    buffer: Vec<u8>,
    /// What was used up.
    start: usize,
    ended: bool,
}

impl<R: Read> Stream<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            start: 0,
            ended: false,
        }
    }

    /// How much can be taken without reading.
    pub(crate) fn available(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// Where the next octet lies.
    pub(crate) fn position(&self) -> usize {
        self.start
    }

    /// Reads until so many octets are available; false when the stream ends before.
    ///
    /// # Errors
    /// The stream's.
    pub(crate) fn fill(&mut self, count: usize) -> Result<bool, Error> {
        while self.available() < count && !self.ended {
            if self.start >= CHUNK {
                self.buffer.drain(..self.start);
                self.start = 0;
            }
            let before = self.buffer.len();
            self.buffer
                .resize(before + CHUNK.max(count - self.available()), 0);
            let read = loop {
                match self
                    .source
                    .read(self.buffer.get_mut(before..).unwrap_or_default())
                {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            let read = read.map_err(|error| Error::Read(error.to_string()));
            self.buffer.truncate(before + *read.as_ref().unwrap_or(&0));
            self.ended = read? == 0;
        }
        Ok(self.available() >= count)
    }

    /// The next octets, left where they are; none when the stream ends before.
    ///
    /// # Errors
    /// The stream's.
    pub(crate) fn peek<const N: usize>(&mut self) -> Result<Option<[u8; N]>, Error> {
        self.fill(N)?;
        let next = self.buffer.get(self.start..self.start + N);
        Ok(next.and_then(|next| next.try_into().ok()))
    }

    /// Goes on behind what was read.
    pub(crate) fn skip(&mut self, count: usize) {
        self.start = self.buffer.len().min(self.start + count);
    }

    /// Goes on at a place, or stays where it is beyond that.
    pub(crate) fn drop_before(&mut self, place: usize) {
        self.start = self.start.max(place.min(self.buffer.len()));
    }

    /// Octets at a place.
    pub(crate) fn slice(&self, place: usize, length: usize) -> &[u8] {
        self.buffer.get(place..place + length).unwrap_or_default()
    }
}
