//! pcapng: blocks, several interfaces, each with its own link and unit of time.

use std::io::Read;

use super::stream::Stream;
use super::{Error, LARGEST, Record};

/// How a file begins.
pub(crate) const MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// The longest block that is read.
const LONGEST: u32 = 16 * 1024 * 1024;
/// The longest first block.
const LARGEST_SECTION: u32 = 1024 * 1024;
/// Interfaces of a section at most.
const MOST: usize = 65_536;

/// What is known of an interface.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Interface {
    pub(crate) link: u32,
    pub(crate) snapshot: u32,
    /// Time units in a second.
    units: u64,
    /// Seconds to add.
    offset: i64,
}

/// What is known of the section at hand.
#[derive(Debug)]
pub(crate) struct Section {
    big: bool,
    interfaces: Vec<Interface>,
}

/// A block: its kind, where its body lies and how long that is.
struct Block {
    kind: u32,
    place: usize,
    length: usize,
}

impl Section {
    /// Reads up to the first interface.
    pub(crate) fn read<R: Read>(stream: &mut Stream<R>) -> Result<Self, Error> {
        let mut section = Self {
            big: false,
            interfaces: Vec::new(),
        };
        let mut is_first = true;
        while section.interfaces.is_empty() {
            let is_first = std::mem::take(&mut is_first);
            let Some(block) = section.block(stream, is_first)? else {
                return Err(Error::Malformed(
                    "the capture file has no Interface Description Blocks".into(),
                ));
            };
            match block.kind {
                0x0a0d_0d0a => {}
                1 => section.interface(stream, &block)?,
                2 | 3 | 6 => {
                    return Err(Error::Malformed(
                        "the capture file has a packet block before any Interface Description Blocks".into(),
                    ));
                }
                _ => {}
            }
        }
        Ok(section)
    }

    /// The first interface.
    pub(crate) fn first(&self) -> Interface {
        self.interfaces.first().copied().unwrap_or_default()
    }

    fn two(&self, b: &[u8], at: usize) -> u16 {
        let octets = b
            .get(at..at + 2)
            .and_then(|octets| octets.try_into().ok())
            .unwrap_or_default();
        if self.big {
            u16::from_be_bytes(octets)
        } else {
            u16::from_le_bytes(octets)
        }
    }

    fn four(&self, b: &[u8], at: usize) -> u32 {
        let octets = b
            .get(at..at + 4)
            .and_then(|octets| octets.try_into().ok())
            .unwrap_or_default();
        if self.big {
            u32::from_be_bytes(octets)
        } else {
            u32::from_le_bytes(octets)
        }
    }

    /// Reads a block. That of a new section tells the order of octets, and forgets the interfaces.
    fn block<R: Read>(
        &mut self,
        stream: &mut Stream<R>,
        is_first: bool,
    ) -> Result<Option<Block>, Error> {
        let Some(head) = stream.peek::<8>()? else {
            return match stream.available() {
                0 => Ok(None),
                got => Err(Error::Short(format!(
                    "truncated pcapng dump file; tried to read 8 bytes, only got {got}"
                ))),
            };
        };
        let is_section = head.starts_with(&MAGIC);
        if is_section {
            let order = stream.peek::<12>()?.map(|[.., a, b, c, d]| [a, b, c, d]);
            self.big = match order {
                Some([0x1a, 0x2b, 0x3c, 0x4d]) => true,
                Some([0x4d, 0x3c, 0x2b, 0x1a]) => false,
                _ if is_first => return Err(Error::Unknown),
                _ => {
                    return Err(Error::Malformed(
                        "the file has a section with a byte order magic field that is not valid"
                            .into(),
                    ));
                }
            };
            self.interfaces.clear();
        }
        let kind = self.four(&head, 0);
        let total = self.four(&head, 4);
        if is_first && !(28..=LARGEST_SECTION).contains(&total) {
            return Err(Error::Malformed(format!(
                "Section Header Block in pcapng dump file has invalid length 28 < _{total}_ < {LARGEST_SECTION} (BT_SHB_INSANE_MAX)"
            )));
        }
        if total < 12 {
            return Err(Error::Malformed(format!(
                "block in pcapng dump file has a length of {total} < 12"
            )));
        }
        if !total.is_multiple_of(4) {
            return Err(Error::Malformed(format!(
                "block in pcapng dump file has a length of {total} that is not a multiple of 4"
            )));
        }
        if total > LONGEST {
            return Err(Error::Malformed(format!(
                "pcapng block size {total} > maximum {LONGEST}"
            )));
        }
        if !stream.fill(total as usize)? {
            // What was read before: the head, and of the first block the order of octets too.
            let before = if is_first { 12 } else { 8 };
            let got = stream.available() - before as usize;
            let rest = total - before;
            return Err(Error::Short(format!(
                "truncated pcapng dump file; tried to read {rest} bytes, only got {got}"
            )));
        }
        let place = stream.position() + 8;
        let length = total as usize - 12;
        let trailer = self.four(stream.slice(place + length, 4), 0);
        if trailer != total {
            return Err(Error::Malformed(
                "block total length in header and trailer don't match".into(),
            ));
        }
        stream.skip(total as usize);
        Ok(Some(Block {
            kind,
            place,
            length,
        }))
    }

    fn interface<R: Read>(&mut self, stream: &Stream<R>, block: &Block) -> Result<(), Error> {
        if self.interfaces.len() >= MOST {
            return Err(Error::Malformed(
                "too many interfaces in a pcapng section".into(),
            ));
        }
        let b = stream.slice(block.place, block.length);
        let snapshot = match self.four(b, 4) {
            0 | 0x8000_0000.. => LARGEST,
            snapshot => snapshot,
        };
        let mut interface = Interface {
            link: self.two(b, 0).into(),
            snapshot,
            units: 1_000_000,
            offset: 0,
        };
        let mut at = 8;
        while at + 4 <= b.len() {
            let (code, size) = (self.two(b, at), usize::from(self.two(b, at + 2)));
            let value = b.get(at + 4..at + 4 + size).unwrap_or_default();
            match (code, value) {
                (0, _) => break,
                (9, [resolution]) => interface.units = units(*resolution)?,
                (14, value) if value.len() == 8 => {
                    let (first, second) = (self.four(value, 0), self.four(value, 4));
                    let (high, low) = if self.big {
                        (first, second)
                    } else {
                        (second, first)
                    };
                    interface.offset = (u64::from(high) << 32 | u64::from(low)).cast_signed();
                }
                _ => {}
            }
            at += 4 + size.next_multiple_of(4);
        }
        self.interfaces.push(interface);
        Ok(())
    }

    /// Reads up to the next packet, and where its octets lie.
    pub(crate) fn next<R: Read>(
        &mut self,
        stream: &mut Stream<R>,
        nano: bool,
    ) -> Result<Option<super::Found>, Error> {
        loop {
            let Some(block) = self.block(stream, false)? else {
                return Ok(None);
            };
            let b = stream.slice(block.place, block.length);
            let (number, time, captured, length, at) = match block.kind {
                1 => {
                    self.interface(stream, &block)?;
                    continue;
                }
                6 => (
                    self.four(b, 0),
                    (self.four(b, 4), self.four(b, 8)),
                    self.four(b, 12),
                    self.four(b, 16),
                    20,
                ),
                2 => {
                    let number = self.two(b, 0).into();
                    (
                        number,
                        (self.four(b, 4), self.four(b, 8)),
                        self.four(b, 12),
                        self.four(b, 16),
                        20,
                    )
                }
                3 => {
                    let length = self.four(b, 0);
                    let captured = length.min(self.first().snapshot);
                    (0, (0, 0), captured, length, 4)
                }
                _ => continue,
            };
            let Some(interface) = self.interfaces.get(number as usize) else {
                return Err(Error::Malformed(format!(
                    "a packet arrived on interface {number}, but there's no Interface Description Block for that interface"
                )));
            };
            if captured > LARGEST {
                return Err(Error::Malformed(format!(
                    "invalid packet capture length {captured}, bigger than snaplen of {}",
                    interface.snapshot
                )));
            }
            if block.length < at || captured as usize > block.length - at {
                return Err(short(block.kind));
            }
            let ticks = u64::from(time.0) << 32 | u64::from(time.1);
            let seconds = (ticks / interface.units)
                .cast_signed()
                .wrapping_add(interface.offset);
            let wanted = if nano { 1_000_000_000 } else { 1_000_000 };
            let parts = u128::from(ticks % interface.units) * wanted / u128::from(interface.units);
            let record = Record {
                seconds,
                fraction: parts as u32,
                length,
                link: interface.link,
                interface: number,
            };
            return Ok(Some((record, (block.place + at, captured as usize))));
        }
    }
}

/// A block that has less than it says.
fn short(kind: u32) -> Error {
    Error::Malformed(format!(
        "block of type {kind} in pcapng dump file is too short"
    ))
}

/// Time units in a second: a power of ten, or of two when the highest bit is set.
fn units(resolution: u8) -> Result<u64, Error> {
    let exponent = u32::from(resolution & 0x7f);
    let units = match resolution & 0x80 {
        0 => 10u64.checked_pow(exponent),
        _ => 2u64.checked_pow(exponent),
    };
    let base = if resolution & 0x80 == 0 { 10 } else { 2 };
    units.ok_or_else(|| {
        Error::Malformed(format!(
            "Interface Description Block if_tsresol option resolution {base}^-{exponent} is too high"
        ))
    })
}
