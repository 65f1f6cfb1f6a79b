//! Reads one field after the other: what a message says that it is long ends it as what was captured does.

use super::octets::{Cut, Done, Octets};

/// What is left of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    /// What was captured of it.
    pub(crate) b: &'a [u8],
    /// How long it says that it is.
    pub(crate) left: usize,
}

impl<'a> Fields<'a> {
    /// A message of this length.
    #[must_use]
    pub(crate) fn new(b: &'a [u8], length: usize) -> Self {
        Self {
            b: b.upto(length),
            left: length,
        }
    }

    /// Whether the message ends here.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// The next octets.
    ///
    /// # Errors
    /// [`Cut`]
    pub(crate) fn take(&mut self, count: usize) -> Done<&'a [u8]> {
        let b = self.b;
        let taken = b.octets(0, count)?;
        self.b = b.tail(count);
        self.left = self.left.checked_sub(count).ok_or(Cut)?;
        Ok(taken)
    }

    /// The next octets as a message of its own, which may not have been captured.
    ///
    /// # Errors
    /// [`Cut`] when the message is not that long.
    pub(crate) fn part(&mut self, length: usize) -> Done<Fields<'a>> {
        let left = self.left.checked_sub(length).ok_or(Cut)?;
        let b = self.b;
        let part = Fields::new(b, length);
        self.b = b.tail(length);
        self.left = left;
        Ok(part)
    }

    /// The next octet.
    ///
    /// # Errors
    /// [`Cut`]
    pub(crate) fn u8(&mut self) -> Done<u8> {
        self.take(1)?.u8(0)
    }

    /// The next two octets, the highest first.
    ///
    /// # Errors
    /// [`Cut`]
    pub(crate) fn be16(&mut self) -> Done<u16> {
        self.take(2)?.be16(0)
    }

    /// The next three octets, the highest first.
    ///
    /// # Errors
    /// [`Cut`]
    pub(crate) fn be24(&mut self) -> Done<u32> {
        self.take(3)?.be24(0)
    }

    /// The next four octets, the highest first.
    ///
    /// # Errors
    /// [`Cut`]
    pub(crate) fn be32(&mut self) -> Done<u32> {
        self.take(4)?.be32(0)
    }

    /// The next eight octets, the highest first.
    ///
    /// # Errors
    /// [`Cut`]
    pub(crate) fn be64(&mut self) -> Done<u64> {
        self.take(8)?.be64(0)
    }
}
