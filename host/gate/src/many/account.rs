//! The exact account of the used members of a set, in bounded memory.
//!
//! Members are noted in tiles of 65,536. A tile is created when it is first needed and released when it is full. It
//! is a short list while few of its members are used, and a bitmap later. With ports, a tile is, for example, 256
//! addresses by 256 ports. So a scan by host and a scan by port both have at most 256 incomplete bitmaps (2 MiB) at
//! any time for a /16 with 65,535 ports. Use in random order needs more memory: then the account is written to its
//! own records and starts again. The size of these records is known at any time, so it can be paid for in advance.

use std::collections::HashMap;
use std::sync::Arc;

use nethost_core::TargetSet;

use super::tile::{ENTRY, LARGEST, Line, Shape, TILE, Tile};

/// The maximum size of an account in bytes.
const MOST_BYTES: usize = 384 * LARGEST;
/// The approximate size of the records of one access. Each such size of the account counts as one more access.
pub(super) const ACCESS: u64 = 2 << 10;
/// The minimum size of a record with a part of the account, unless it is the last.
const SHORTEST_RECORD: u64 = 16 << 10;
/// The size of a record without its contents.
const REST_OF_RECORD: u64 = 1 << 10;

/// The used members.
#[derive(Debug)]
pub(crate) struct Account {
    pub(super) set: Arc<TargetSet>,
    /// The number of ports and addresses of a tile, as powers of two.
    pub(super) wide: u32,
    pub(super) high: u32,
    /// Tiles side by side.
    pub(super) across: u32,
    /// Columns that begin a range, if there are several ranges of ports.
    cuts: Box<[u64]>,
    pub(super) tiles: HashMap<u32, Tile>,
    bytes: usize,
    /// The maximum size of its text.
    longest: u64,
    text: Text,
    /// The number of accesses that were counted for it.
    paid: u64,
}

/// The maximum size of the text of the account.
#[derive(Debug)]
struct Text {
    of_run: u64,
    /// The text of consecutive addresses with the same columns.
    of_block: u64,
    /// The maximum number of runs of a row without a neighbouring tile.
    runs_of_row: Option<u64>,
    /// The cuts at the ranges of the set.
    of_cuts: u64,
    /// The ranges of the set, which each record contains twice.
    of_set: u64,
}

impl Text {
    fn of_account(set: &TargetSet) -> Self {
        let address = if set.is_ipv6() { 40 } else { 16 };
        let (of_run, of_block, cuts) = match set.width() > 1 {
            // A block may be a separate part, so its names, brackets and count are included.
            true => (12, 65 + 2 * address, 0),
            false => (2 * address + 1, 0, set.ranges().len() as u64),
        };
        Self {
            of_run,
            of_block,
            runs_of_row: (set.width() <= 1 << wide(set)).then(|| set.width().into()),
            of_cuts: cuts * of_run,
            of_set: set.to_string().len() as u64,
        }
    }

    /// Of a tile.
    fn of(&self, shape: &Shape) -> u64 {
        let Shape { runs, rows, edges } = *shape;
        // A row like the previous one is written with that one.
        let blocks = u64::from(rows.min(edges));
        self.of_blocks(blocks, runs.into())
    }

    /// A full tile, in which all rows are alike. Its neighbours may still be written row by row.
    fn of_whole(&self, shape: &Shape) -> u64 {
        self.of_blocks(1, shape.runs.into())
    }

    fn of_blocks(&self, blocks: u64, runs: u64) -> u64 {
        let runs = match self.runs_of_row {
            Some(of_row) if self.of_block > 0 => runs.min(blocks * of_row),
            _ => runs,
        };
        blocks * self.of_block + runs * self.of_run
    }
}

/// Members that were used: each of these addresses with each of these ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// Ranges, in the notation of a set.
    pub addresses: String,
    /// Ranges of ports. None if the protocol has no ports.
    pub ports: Option<String>,
    /// The number of these members.
    pub count: u64,
}

impl Used {
    /// Its size in a record.
    pub(crate) fn room(&self) -> usize {
        self.addresses.len() + self.ports.as_ref().map_or(0, String::len) + 64
    }
}

impl Account {
    /// The maximum size of the account of a set, in bytes.
    pub(crate) fn room(set: &TargetSet) -> usize {
        let wide = wide(set);
        let rows = set.addresses().div_ceil(1 << (TILE - wide));
        let tiles = rows.saturating_mul(set.width().div_ceil(1 << wide).into());
        let tiles = usize::try_from(tiles).unwrap_or(usize::MAX);
        tiles.saturating_mul(LARGEST).min(MOST_BYTES) + set.width() as usize / 8
    }

    pub(super) fn new(set: &Arc<TargetSet>) -> Self {
        let wide = wide(set);
        Self {
            set: Arc::clone(set),
            wide,
            high: TILE - wide,
            across: set.width().div_ceil(1 << wide),
            cuts: cuts(set),
            tiles: HashMap::new(),
            bytes: 0,
            longest: 0,
            text: Text::of_account(set),
            paid: 0,
        }
    }

    /// Notes a member.
    #[inline]
    pub(super) fn note(&mut self, member: u32) {
        let width = self.set.width();
        let (place, column) = match width {
            1 => (member, 0),
            width => (member / width, member % width),
        };
        let key = (place >> self.high) * self.across + (column >> self.wide);
        let low = |number: u32, bits: u32| number & ((1 << bits) - 1);
        let number = (low(place, self.high) << self.wide) | low(column, self.wide);
        let (set, bytes) = (&self.set, &mut self.bytes);
        let (wide, high, across) = (self.wide, self.high, self.across);
        let first_column = (key % across) << wide;
        let tile = self.tiles.entry(key).or_insert_with(|| {
            *bytes += ENTRY;
            let rows = (set.addresses() - (u64::from(key / across) << high)).min(1 << high);
            let columns = (width - first_column).min(1 << wide);
            Tile::new(rows as u32 * columns)
        });
        let cuts = &self.cuts;
        let is_cut = |column: u32| {
            let column = first_column + column;
            let word = cuts.get(column as usize / 64);
            word.is_some_and(|word| word >> (column % 64) & 1 == 1)
        };
        let line = Line {
            // Without ports, the addresses of a tile are its columns.
            bits: if width == 1 { TILE } else { wide },
            is_cut: &is_cut,
        };
        let Some(noted) = tile.note(number as u16, &line) else {
            return;
        };
        self.bytes = self.bytes.saturating_add_signed(noted.bytes);
        let text = &self.text;
        let before = text.of(&noted.before);
        let after = match noted.whole {
            true => text.of_whole(&noted.after),
            false => text.of(&noted.after),
        };
        self.longest = (self.longest + after).saturating_sub(before);
    }

    /// True if it is full.
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= MOST_BYTES
    }

    /// The number of accesses that its records count as and that were not counted yet. They count as counted from now
    /// on.
    pub(super) fn due(&mut self) -> u64 {
        let due = self.accesses().saturating_sub(self.paid);
        self.paid += due;
        due
    }

    /// One access for each size of a record. What fits into the `close` record is part of the access itself.
    fn accesses(&self) -> u64 {
        let text = self.longest_text();
        let records = text / SHORTEST_RECORD;
        (text + records * (2 * self.text.of_set + REST_OF_RECORD)) / ACCESS
    }

    /// The text is not longer than that.
    pub(super) fn longest_text(&self) -> u64 {
        match self.longest {
            0 => 0,
            longest => longest + self.text.of_cuts,
        }
    }

    /// Removes all notes.
    pub(super) fn take(&mut self) -> HashMap<u32, Tile> {
        (self.bytes, self.longest, self.paid) = (0, 0, 0);
        std::mem::take(&mut self.tiles)
    }

    /// The number of tiles that need a bitmap.
    #[cfg(test)]
    pub(super) fn bitmaps(&self) -> usize {
        let tiles = self.tiles.values();
        let is_bitmap = |tile: &&Tile| {
            matches!(
                tile,
                Tile::Part(super::tile::Part {
                    bits: super::tile::Bits::Many(_),
                    ..
                })
            )
        };
        tiles.filter(is_bitmap).count()
    }
}

/// The number of ports of a tile, as a power of two.
fn wide(set: &TargetSet) -> u32 {
    let all = set.width().next_power_of_two().trailing_zeros();
    all.min(TILE / 2)
}

/// The columns that begin a range.
fn cuts(set: &TargetSet) -> Box<[u64]> {
    let mut cuts = match set.ports().len() {
        0 | 1 => return Box::default(),
        _ => vec![0_u64; set.width().div_ceil(64) as usize],
    };
    let mut column = 0;
    for (from, to) in set.ports() {
        if let Some(word) = cuts.get_mut(column / 64) {
            *word |= 1 << (column % 64);
        }
        column += usize::from(to - from) + 1;
    }
    cuts.into()
}

#[cfg(test)]
#[path = "account_tests.rs"]
mod tests;
