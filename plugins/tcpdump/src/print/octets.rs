//! Checked reading of a packet in place: what was not captured is [`Cut`], which ends the printing of a packet in `[|protocol]`.

/// The captured part of a packet ended before its text was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut;

/// What a part of the printing ends with.
pub(crate) type Done<T = ()> = Result<T, Cut>;

/// Reads fields at offsets. No method panics, however the offset was computed.
pub(crate) trait Octets {
    /// So many octets from an offset.
    ///
    /// # Errors
    /// [`Cut`] when they were not all captured.
    fn octets(&self, at: usize, count: usize) -> Done<&[u8]>;
    /// What follows an offset; empty when nothing does.
    fn tail(&self, at: usize) -> &[u8];
    /// At most so many octets from the beginning.
    fn upto(&self, count: usize) -> &[u8];

    /// Whether so many octets were captured.
    fn has(&self, count: usize) -> bool {
        self.octets(0, count).is_ok()
    }
    /// An array at an offset.
    ///
    /// # Errors
    /// [`Cut`]
    fn array<const N: usize>(&self, at: usize) -> Done<[u8; N]> {
        self.octets(at, N)?.try_into().map_err(|_| Cut)
    }
    /// One octet.
    ///
    /// # Errors
    /// [`Cut`]
    fn u8(&self, at: usize) -> Done<u8> {
        Ok(self.array::<1>(at)?[0])
    }
    /// Two octets, the highest first.
    ///
    /// # Errors
    /// [`Cut`]
    fn be16(&self, at: usize) -> Done<u16> {
        Ok(u16::from_be_bytes(self.array(at)?))
    }
    /// Three octets, the highest first.
    ///
    /// # Errors
    /// [`Cut`]
    fn be24(&self, at: usize) -> Done<u32> {
        let [a, b, c] = self.array(at)?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }
    /// Four octets, the highest first.
    ///
    /// # Errors
    /// [`Cut`]
    fn be32(&self, at: usize) -> Done<u32> {
        Ok(u32::from_be_bytes(self.array(at)?))
    }
    /// Eight octets, the highest first.
    ///
    /// # Errors
    /// [`Cut`]
    fn be64(&self, at: usize) -> Done<u64> {
        Ok(u64::from_be_bytes(self.array(at)?))
    }
    /// Two octets, the lowest first.
    ///
    /// # Errors
    /// [`Cut`]
    fn le16(&self, at: usize) -> Done<u16> {
        Ok(u16::from_le_bytes(self.array(at)?))
    }
    /// Four octets, the lowest first.
    ///
    /// # Errors
    /// [`Cut`]
    fn le32(&self, at: usize) -> Done<u32> {
        Ok(u32::from_le_bytes(self.array(at)?))
    }
    /// Eight octets, the lowest first.
    ///
    /// # Errors
    /// [`Cut`]
    fn le64(&self, at: usize) -> Done<u64> {
        Ok(u64::from_le_bytes(self.array(at)?))
    }
}

impl Octets for [u8] {
    #[inline]
    fn octets(&self, at: usize, count: usize) -> Done<&[u8]> {
        let end = at.checked_add(count).ok_or(Cut)?;
        self.get(at..end).ok_or(Cut)
    }

    #[inline]
    fn tail(&self, at: usize) -> &[u8] {
        self.get(at..).unwrap_or_default()
    }

    #[inline]
    fn upto(&self, count: usize) -> &[u8] {
        self.get(..count).unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_behind_the_end() {
        let packet = [1, 2, 3, 4];
        assert_eq!(packet.be16(2), Ok(0x0304));
        assert_eq!(packet.le16(2), Ok(0x0403));
        assert_eq!(packet.be24(1), Ok(0x0002_0304));
        assert_eq!(packet.be16(3), Err(Cut));
        assert_eq!(packet.be16(usize::MAX), Err(Cut));
        assert_eq!(packet.tail(9), b"");
        assert_eq!(packet.upto(9), packet);
        assert!(packet.has(4) && !packet.has(5));
    }
}
