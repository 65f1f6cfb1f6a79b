//! pcap: one link for all packets.

use std::io::Read;

use super::stream::Stream;
use super::{Error, LARGEST, Record};

/// What the file's head says.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) link: u32,
    pub(crate) snapshot: u32,
    big: bool,
    nano: bool,
    /// Octets of the head of a packet.
    record: usize,
}

impl Head {
    /// Reads the head; none when the magic number is another's.
    pub(crate) fn read<R: Read>(
        stream: &mut Stream<R>,
        magic: [u8; 4],
    ) -> Result<Option<Self>, Error> {
        let (big, nano) = match magic {
            [0xa1, 0xb2, 0xc3, 0xd4] => (true, false),
            [0xa1, 0xb2, 0x3c, 0x4d] => (true, true),
            [0xd4, 0xc3, 0xb2, 0xa1] => (false, false),
            [0x4d, 0x3c, 0xb2, 0xa1] => (false, true),
            _ => return Ok(None),
        };
        let Some(head) = stream.peek::<24>()? else {
            // The magic number was read before.
            let got = stream.available() - 4;
            return Err(Error::Short(format!(
                "truncated dump file; tried to read 24 file header bytes, only got {got}"
            )));
        };
        let [
            _,
            _,
            _,
            _,
            a,
            b,
            c,
            d,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            e,
            f,
            g,
            h,
            i,
            j,
            k,
            l,
        ] = head;
        let two = |octets: [u8; 2]| {
            if big {
                u16::from_be_bytes(octets)
            } else {
                u16::from_le_bytes(octets)
            }
        };
        let version = (two([a, b]), two([c, d]));
        if version.0 < 2 {
            return Err(Error::Malformed("archaic pcap savefile format".into()));
        }
        if version.0 > 2 || version.1 > 4 {
            let (major, minor) = version;
            return Err(Error::Malformed(format!(
                "unsupported pcap savefile version {major}.{minor}"
            )));
        }
        let snapshot = match number(big, [e, f, g, h]) {
            0 | 0x8000_0000.. => LARGEST,
            snapshot => snapshot,
        };
        stream.skip(24);
        Ok(Some(Self {
            // The upper bits tell the length of a check sequence.
            link: number(big, [i, j, k, l]) & 0xffff,
            snapshot,
            big,
            nano,
            record: 16,
        }))
    }

    /// Reads the head of a packet, and where its octets lie.
    pub(crate) fn next<R: Read>(
        &mut self,
        stream: &mut Stream<R>,
        nano: bool,
    ) -> Result<Option<super::Found>, Error> {
        let Some(head) = stream.peek::<16>()? else {
            return match stream.available() {
                0 => Ok(None),
                got => Err(Error::Short(format!(
                    "truncated dump file; tried to read {} header bytes, only got {got}",
                    self.record
                ))),
            };
        };
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, q] = head;
        let seconds = number(self.big, [a, b, c, d]);
        let parts = number(self.big, [e, f, g, h]);
        let captured = number(self.big, [i, j, k, l]);
        let length = number(self.big, [m, n, o, q]);
        if captured > LARGEST {
            return Err(Error::Malformed(format!(
                "invalid packet capture length {captured}, bigger than snaplen of {}",
                self.snapshot
            )));
        }
        stream.skip(16);
        let held = captured as usize;
        if !stream.fill(held)? {
            let got = stream.available();
            return Err(Error::Short(format!(
                "truncated dump file; tried to read {held} captured bytes, only got {got}"
            )));
        }
        let place = stream.position();
        // The rest of a packet that is longer than the file says is passed over.
        stream.skip(held);
        let kept = held.min(self.snapshot as usize);
        let fraction = match (self.nano, nano) {
            (true, false) => parts / 1000,
            (false, true) => parts.wrapping_mul(1000),
            _ => parts,
        };
        let record = Record {
            seconds: i64::from(seconds),
            fraction,
            length,
            link: self.link,
            interface: 0,
        };
        Ok(Some((record, (place, kept))))
    }
}

fn number(big: bool, octets: [u8; 4]) -> u32 {
    if big {
        u32::from_be_bytes(octets)
    } else {
        u32::from_le_bytes(octets)
    }
}
