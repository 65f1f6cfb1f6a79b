//! The exact account of which members of a set were used, in bounded memory.
//!
//! Members are noted in bitmaps of 65,536, each allocated when it is first needed and given up when it is full. With
//! ports a bitmap is a tile of, for example, 256 addresses by 256 ports: so a scan may go host by host or port by
//! port, and either way a /16 by 65,535 ports has at most 256 bitmaps (2 MiB) in part at any time. Use without any
//! order needs more: then what was noted so far goes into records of its own, and the account begins anew.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use nethost_core::TargetSet;
use nethost_core::set::{shown_ports, shown_range};

/// So many bitmaps in part, of 8 KiB each.
const MOST_BITMAPS: usize = 384;
/// So many ranges are put together before they are told.
const MOST_RUNS: usize = 1 << 18;
/// The texts of addresses and of ports in one line of the account are no longer.
const LONGEST_TEXT: usize = 4 << 10;

/// Which members were used.
#[derive(Debug)]
pub(crate) struct Account {
    set: Arc<TargetSet>,
    /// Ports and addresses of a tile, as powers of two.
    wide: u32,
    high: u32,
    /// Tiles side by side.
    across: u32,
    tiles: HashMap<u32, Tile>,
    bitmaps: usize,
}

#[derive(Debug)]
enum Tile {
    Whole,
    Part { bits: Box<[u64; WORDS]>, left: u32 },
}

/// A tile has 2^16 members.
const TILE: u32 = 16;
const WORDS: usize = (1 << TILE) / 64;

/// Members that were used: each of these addresses with each of these ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// Ranges, as a set shows them.
    pub addresses: String,
    /// Ranges of ports; none where the protocol has none.
    pub ports: Option<String>,
    /// How many members that are.
    pub count: u64,
}

impl Used {
    /// How much room it takes in a record.
    pub(crate) fn room(&self) -> usize {
        self.addresses.len() + self.ports.as_ref().map_or(0, String::len) + 64
    }
}

impl Account {
    /// So many bytes the account of a set may take.
    pub(crate) fn room(set: &TargetSet) -> usize {
        let wide = set
            .width()
            .next_power_of_two()
            .trailing_zeros()
            .min(TILE / 2);
        let rows = set.addresses().div_ceil(1 << (TILE - wide));
        let tiles = rows.saturating_mul(set.width().div_ceil(1 << wide).into());
        let tiles = usize::try_from(tiles).unwrap_or(MOST_BITMAPS);
        tiles.min(MOST_BITMAPS) * (WORDS * size_of::<u64>())
    }

    pub(super) fn new(set: &Arc<TargetSet>) -> Self {
        let wide = set
            .width()
            .next_power_of_two()
            .trailing_zeros()
            .min(TILE / 2);
        Self {
            set: Arc::clone(set),
            wide,
            high: TILE - wide,
            across: set.width().div_ceil(1 << wide),
            tiles: HashMap::new(),
            bitmaps: 0,
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
        let bit =
            ((place & ((1 << self.high) - 1)) << self.wide) | (column & ((1 << self.wide) - 1));
        let (set, bitmaps) = (&self.set, &mut self.bitmaps);
        let (wide, high, across) = (self.wide, self.high, self.across);
        let tile = self.tiles.entry(key).or_insert_with(|| {
            *bitmaps += 1;
            let rows = (set.addresses() - (u64::from(key / across) << high)).min(1 << high);
            let columns = (width - ((key % across) << wide)).min(1 << wide);
            Tile::Part {
                bits: Box::new([0; WORDS]),
                left: rows as u32 * columns,
            }
        });
        let Tile::Part { bits, left } = tile else {
            return;
        };
        let Some(word) = bits.get_mut(bit as usize / 64) else {
            return;
        };
        let mask = 1 << (bit % 64);
        if *word & mask == 0 {
            *word |= mask;
            *left -= 1;
            if *left == 0 {
                *tile = Tile::Whole;
                self.bitmaps -= 1;
            }
        }
    }

    /// True when it holds as much as it may.
    pub(super) fn is_full(&self) -> bool {
        self.bitmaps >= MOST_BITMAPS
    }

    /// Tells all that was used since it was last told.
    pub(super) fn drain(&mut self, mut each: impl FnMut(Used)) {
        let mut rows: BTreeMap<u32, Vec<(u32, Tile)>> = BTreeMap::new();
        for (key, tile) in self.tiles.drain() {
            let row = rows.entry(key / self.across).or_default();
            row.push((key % self.across, tile));
        }
        self.bitmaps = 0;
        let mut groups = Groups::default();
        for (row, mut tiles) in rows {
            tiles.sort_unstable_by_key(|(column, _)| *column);
            let first = row << self.high;
            let end = (self.set.addresses()).min((u64::from(row) + 1) << self.high) as u32;
            let whole = tiles.iter().all(|(_, tile)| matches!(tile, Tile::Whole));
            if whole {
                groups.add(self.columns(&tiles, 0), first, end - 1);
            } else {
                for place in first..end {
                    let columns = self.columns(&tiles, place - first);
                    if !columns.is_empty() {
                        groups.add(columns, place, place);
                    }
                }
            }
            if groups.runs > MOST_RUNS {
                std::mem::take(&mut groups).tell(&self.set, &mut each);
            }
        }
        groups.tell(&self.set, &mut each);
    }

    /// Runs of columns that were used in one row of some tiles.
    fn columns(&self, tiles: &[(u32, Tile)], row: u32) -> Vec<(u32, u32)> {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        let mut run = |first: u32, last: u32| match runs.last_mut() {
            Some((_, end)) if *end + 1 == first => *end = last,
            _ => runs.push((first, last)),
        };
        let width = self.set.width();
        for (column, tile) in tiles {
            let start = column << self.wide;
            match tile {
                Tile::Whole => run(start, width.min(start + (1 << self.wide)) - 1),
                Tile::Part { bits, .. } => {
                    let base = row << self.wide;
                    let mut bit = 0;
                    while bit < 1 << self.wide {
                        let at = base + bit;
                        // From this bit on within its word.
                        let rest = bits[at as usize / 64] >> (at % 64);
                        if rest == 0 {
                            bit += 64 - at % 64;
                            continue;
                        }
                        bit += rest.trailing_zeros();
                        if bit >= 1 << self.wide {
                            break;
                        }
                        run(start + bit, start + bit);
                        bit += 1;
                    }
                }
            }
        }
        runs
    }
}

/// The first and the last of places or columns.
type Run = (u32, u32);

/// Places, by the columns that they were used with.
#[derive(Default)]
struct Groups {
    by_columns: HashMap<Vec<Run>, Vec<Run>>,
    runs: usize,
}

impl Groups {
    fn add(&mut self, columns: Vec<(u32, u32)>, first: u32, last: u32) {
        let new = columns.len();
        let places = self.by_columns.entry(columns).or_insert_with(|| {
            self.runs += new;
            Vec::new()
        });
        match places.last_mut() {
            Some((_, end)) if *end + 1 == first => *end = last,
            _ => {
                self.runs += 1;
                places.push((first, last));
            }
        }
    }

    /// In the order of the addresses.
    fn tell(self, set: &TargetSet, each: &mut impl FnMut(Used)) {
        let mut groups: Vec<_> = self.by_columns.into_iter().collect();
        groups.sort_unstable_by(|(_, one), (_, other)| one.cmp(other));
        for (columns, places) in groups {
            let ports = ports_of(set, &columns);
            let addresses = addresses_of(set, &places);
            let port_texts = match set.has_ports() {
                true => chunks(
                    &ports,
                    |range| shown_ports(&[*range]),
                    |(first, last)| u64::from(last - first) + 1,
                ),
                false => vec![(String::new(), 1)],
            };
            let show = |(first, last): &(u128, u128)| shown_range(set.is_ipv6(), *first, *last);
            let address_texts = chunks(&addresses, show, |(first, last)| (last - first) as u64 + 1);
            for (ports, wide) in &port_texts {
                for (addresses, high) in &address_texts {
                    each(Used {
                        addresses: addresses.clone(),
                        ports: set.has_ports().then(|| ports.clone()),
                        count: wide * high,
                    });
                }
            }
        }
    }
}

/// Ranges as texts that are not too long, with how many are in each.
fn chunks<R>(
    ranges: &[R],
    show: impl Fn(&R) -> String,
    count: impl Fn(&R) -> u64,
) -> Vec<(String, u64)> {
    let mut chunks: Vec<(String, u64)> = Vec::new();
    for range in ranges {
        let (shown, more) = (show(range), count(range));
        match chunks.last_mut() {
            Some((text, all)) if text.len() + shown.len() < LONGEST_TEXT => {
                text.push(',');
                text.push_str(&shown);
                *all += more;
            }
            _ => chunks.push((shown, more)),
        }
    }
    chunks
}

/// The addresses of runs of places, as ranges of the set.
fn addresses_of(set: &TargetSet, places: &[(u32, u32)]) -> Vec<(u128, u128)> {
    let mut found = Vec::new();
    for (first, last) in places {
        let mut before: u64 = 0;
        for (from, to) in set.ranges() {
            let size = (to - from) as u64 + 1;
            let start = u64::from(*first).max(before);
            let end = u64::from(*last).min(before + size - 1);
            if start <= end {
                let at = |place: u64| from + u128::from(place - before);
                found.push((at(start), at(end)));
            }
            before += size;
            if before > u64::from(*last) {
                break;
            }
        }
    }
    found
}

/// The ports of runs of columns.
fn ports_of(set: &TargetSet, columns: &[(u32, u32)]) -> Vec<(u16, u16)> {
    let mut found = Vec::new();
    for (first, last) in columns {
        let mut before: u32 = 0;
        for (from, to) in set.ports() {
            let size = u32::from(to - from) + 1;
            let (start, end) = ((*first).max(before), (*last).min(before + size - 1));
            if start <= end {
                let at = |column: u32| from + (column - before) as u16;
                found.push((at(start), at(end)));
            }
            before += size;
        }
    }
    found
}

#[cfg(test)]
#[path = "account_tests.rs"]
mod tests;
