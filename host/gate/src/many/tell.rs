//! The text of an account: ranges of addresses, each with the ranges of ports that all of them were used with.

use std::collections::{BTreeMap, HashMap};

use super::account::{Account, Used};
use super::tile::{Bits, Part, Tile};
use nethost_core::TargetSet;
use nethost_core::set::{shown_ports, shown_range};

/// The number of ranges that are joined before they are written.
const MOST_RUNS: usize = 1 << 18;
/// The maximum length of the addresses and of the ports in one line of the account.
pub(super) const LONGEST_TEXT: usize = 4 << 10;

impl Account {
    /// Writes everything that was used since the last call.
    pub(super) fn drain(&mut self, mut each: impl FnMut(Used)) {
        let mut rows: BTreeMap<u32, Vec<(u32, Tile)>> = BTreeMap::new();
        for (key, tile) in self.take() {
            let row = rows.entry(key / self.across).or_default();
            row.push((key % self.across, tile));
        }
        let mut groups = Groups::default();
        for (row, mut tiles) in rows {
            tiles.sort_unstable_by_key(|(column, _)| *column);
            let first = row << self.high;
            let rows = (self.set.addresses() - u64::from(first)).min(1 << self.high) as u32;
            if self.set.width() == 1 {
                self.places(&tiles, first, rows, &mut groups);
            } else {
                self.rows(&tiles, first, rows, |columns, from, to| {
                    groups.add(columns, from, to);
                    if groups.runs > MOST_RUNS {
                        std::mem::take(&mut groups).tell(&self.set, &mut each);
                    }
                });
            }
            if groups.runs > MOST_RUNS {
                std::mem::take(&mut groups).tell(&self.set, &mut each);
            }
        }
        groups.tell(&self.set, &mut each);
    }

    /// Without ports, a tile is one row of addresses.
    fn places(&self, tiles: &[(u32, Tile)], first: u32, rows: u32, groups: &mut Groups) {
        for (_, tile) in tiles {
            match tile {
                Tile::Whole => groups.add(&[(0, 0)], first, first + (rows - 1)),
                Tile::Part(Part { bits, .. }) => bits.runs(0, self.high, |from, to| {
                    groups.add(&[(0, 0)], first + from, first + to);
                }),
            }
        }
    }

    /// The runs of columns of each used row, with the first and the last row that they apply to.
    fn rows(
        &self,
        tiles: &[(u32, Tile)],
        first: u32,
        rows: u32,
        mut each: impl FnMut(&[Run], u32, u32),
    ) {
        let mut columns: Vec<Run> = Vec::new();
        if tiles.iter().all(|(_, tile)| matches!(tile, Tile::Whole)) {
            for (column, _) in tiles {
                columns.push(self.whole(*column));
            }
            joined(&mut columns);
            each(&columns, first, first + (rows - 1));
            return;
        }
        // The lists of all tiles, row by row, so that an empty row costs nothing.
        let mut listed: Vec<(u32, u32)> = Vec::new();
        for (column, tile) in tiles {
            if let Tile::Part(Part {
                bits: Bits::Few(list),
                ..
            }) = tile
            {
                let at = |number: &u16| {
                    let number = u32::from(*number);
                    let (row, low) = (number >> self.wide, number & ((1 << self.wide) - 1));
                    (row, (column << self.wide) + low)
                };
                listed.extend(list.iter().map(at));
            }
        }
        listed.sort_unstable();
        let others: Vec<_> = tiles.iter().filter(|(_, tile)| !is_list(tile)).collect();
        let mut listed = &listed[..];
        let mut row = 0;
        while row < rows {
            if others.is_empty() {
                match listed.first() {
                    Some((next, _)) => row = *next,
                    None => break,
                }
            }
            let of_row = listed.partition_point(|(other, _)| *other <= row);
            let (here, rest) = listed.split_at(of_row);
            listed = rest;
            columns.clear();
            columns.extend(here.iter().map(|(_, column)| (*column, *column)));
            for (column, tile) in &others {
                match tile {
                    Tile::Whole => columns.push(self.whole(*column)),
                    Tile::Part(Part { bits, .. }) => {
                        bits.runs(row << self.wide, self.wide, |from, to| {
                            let at = |number: u32| {
                                (column << self.wide) + (number & ((1 << self.wide) - 1))
                            };
                            columns.push((at(from), at(to)));
                        })
                    }
                }
            }
            if !columns.is_empty() {
                columns.sort_unstable();
                joined(&mut columns);
                each(&columns, first + row, first + row);
            }
            row += 1;
        }
    }

    /// The columns of a full tile.
    fn whole(&self, column: u32) -> Run {
        let start = column << self.wide;
        (start, self.set.width().min(start + (1 << self.wide)) - 1)
    }
}

fn is_list(tile: &Tile) -> bool {
    matches!(
        tile,
        Tile::Part(Part {
            bits: Bits::Few(_),
            ..
        })
    )
}

/// The first and the last of places or columns.
type Run = (u32, u32);

/// Joins adjacent runs.
fn joined(runs: &mut Vec<Run>) {
    runs.dedup_by(|next, before| {
        let touch = before.1 + 1 == next.0;
        if touch {
            before.1 = next.1;
        }
        touch
    });
}

/// Places, by the columns that they were used with.
#[derive(Default)]
struct Groups {
    by_columns: HashMap<Vec<Run>, Vec<Run>>,
    runs: usize,
}

impl Groups {
    fn add(&mut self, columns: &[Run], first: u32, last: u32) {
        let Some(places) = self.by_columns.get_mut(columns) else {
            self.runs += columns.len() + 1;
            self.by_columns
                .insert(columns.to_vec(), vec![(first, last)]);
            return;
        };
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
        let starts: Vec<u32> = set
            .ports()
            .iter()
            .scan(0, |before, (from, to)| {
                let start = *before;
                *before += u32::from(to - from) + 1;
                Some(start)
            })
            .collect();
        for (columns, places) in groups {
            let ports = ports_of(set, &starts, &columns);
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

/// Ranges as texts of limited length, with the number of members in each.
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
fn addresses_of(set: &TargetSet, places: &[Run]) -> Vec<(u128, u128)> {
    let mut found = Vec::new();
    for (first, last) in places {
        let mut place = *first;
        while let Some((address, more)) = set.range_from(place) {
            let more = more.min(last - place);
            found.push((address, address + u128::from(more)));
            match place.checked_add(more).filter(|end| end < last) {
                Some(end) => place = end + 1,
                None => break,
            }
        }
    }
    found
}

/// The ports of runs of columns. Each range of ports begins at one of these columns.
fn ports_of(set: &TargetSet, starts: &[u32], columns: &[Run]) -> Vec<(u16, u16)> {
    let mut found = Vec::new();
    for (first, last) in columns {
        let from = starts
            .partition_point(|start| start <= first)
            .saturating_sub(1);
        for (start, (low, high)) in starts.iter().zip(set.ports()).skip(from) {
            if start > last {
                break;
            }
            let end = start + u32::from(high - low);
            let at = |column: u32| low + (column - start) as u16;
            found.push((at(*first.max(start)), at(*last.min(&end))));
        }
    }
    found
}
