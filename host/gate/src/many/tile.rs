//! A part of an account: 65,536 adjacent members. Few of them are a list, more are a bitmap, and a full tile needs no
//! memory.

/// A tile has 2^16 members.
pub(super) const TILE: u32 = 16;
const WORDS: usize = (1 << TILE) / 64;
/// The maximum length of a list. A bitmap takes little more space, and is faster.
const FEW: usize = 1024;
/// The approximate size of an entry of the account without its list or bitmap, in bytes.
pub(super) const ENTRY: usize = 64;
/// The maximum size of a tile.
pub(super) const LARGEST: usize = ENTRY + WORDS * size_of::<u64>();

/// The used members of a tile, numbered row by row.
#[derive(Debug)]
pub(super) enum Tile {
    /// All.
    Whole,
    /// Not all.
    Part(Part),
}

/// Some members of a tile.
#[derive(Debug)]
pub(super) struct Part {
    /// Which.
    pub(super) bits: Bits,
    /// The number of unused members.
    left: u32,
    shape: Shape,
}

/// The properties that decide the length of a tile's text.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Shape {
    /// Runs of columns, in all rows.
    pub(super) runs: u32,
    /// Rows that are not empty.
    pub(super) rows: u32,
    /// Members whose neighbour in the previous or next row was not used, once for each neighbour.
    pub(super) edges: u32,
}

/// Numbers below 2^16.
#[derive(Debug)]
pub(super) enum Bits {
    /// In order.
    Few(Vec<u16>),
    /// A bit for each.
    Many(Box<[u64; WORDS]>),
}

/// The columns of a row that belong together, as powers of two, and where such a row is cut.
pub(super) struct Line<'a> {
    /// The number of bits that say where in the row a member is.
    pub(super) bits: u32,
    /// Whether a column does not continue the one before it.
    pub(super) is_cut: &'a dyn Fn(u32) -> bool,
}

/// The effect of a new member on its tile.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// The additional bytes.
    pub(super) bytes: isize,
    /// Its shape before and after.
    pub(super) before: Shape,
    pub(super) after: Shape,
    /// It is full now.
    pub(super) whole: bool,
}

impl Tile {
    /// An empty tile with this many members.
    pub(super) fn new(members: u32) -> Self {
        Self::Part(Part {
            bits: Bits::Few(Vec::new()),
            left: members,
            shape: Shape::default(),
        })
    }

    /// Notes a member. None if it was noted already.
    #[inline]
    pub(super) fn note(&mut self, number: u16, line: &Line<'_>) -> Option<Noted> {
        let Self::Part(part) = self else {
            return None;
        };
        let size = part.bits.bytes();
        let around = part.bits.insert(number, line.bits)?;
        let column = u32::from(number) & ((1 << line.bits) - 1);
        let joins = u32::from(around.left && !(line.is_cut)(column))
            + u32::from(around.right && !(line.is_cut)(column + 1));
        let before = part.shape;
        let shape = &mut part.shape;
        // A row with many runs may be one run later.
        shape.runs = (shape.runs + 1).saturating_sub(joins);
        shape.rows += u32::from(!around.row);
        let covers = u32::from(around.above) + u32::from(around.below);
        shape.edges = (shape.edges + 2).saturating_sub(2 * covers);
        let after = *shape;
        part.left -= 1;
        let mut bytes = part.bits.bytes() as isize - size as isize;
        let whole = part.left == 0;
        if whole {
            bytes -= part.bits.bytes() as isize;
            *self = Self::Whole;
        }
        Some(Noted {
            bytes,
            before,
            after,
            whole,
        })
    }
}

/// The neighbours that existed before a number was added.
struct Around {
    /// The previous number in its row.
    left: bool,
    /// The next number in its row.
    right: bool,
    /// The number in the previous row.
    above: bool,
    /// The number in the next row.
    below: bool,
    /// Any in its row.
    row: bool,
}

impl Bits {
    fn bytes(&self) -> usize {
        match self {
            Self::Few(list) => list.capacity() * size_of::<u16>(),
            Self::Many(_) => WORDS * size_of::<u64>(),
        }
    }

    /// None if the number exists already.
    fn insert(&mut self, number: u16, line: u32) -> Option<Around> {
        let row = u32::from(number) >> line;
        let is_in_row = |other: &u16| u32::from(*other) >> line == row;
        match self {
            Self::Few(list) => {
                let at = list.binary_search(&number).err()?;
                let before = at.checked_sub(1).and_then(|at| list.get(at));
                let (before, after) = (
                    before.filter(|other| is_in_row(other)),
                    list.get(at).filter(|other| is_in_row(other)),
                );
                let (above, below) = across(number, line);
                let has = |other: Option<u16>| {
                    other.is_some_and(|other| list.binary_search(&other).is_ok())
                };
                let around = Around {
                    left: before.is_some_and(|before| before + 1 == number),
                    right: after.is_some_and(|after| after - 1 == number),
                    above: has(above),
                    below: has(below),
                    row: before.is_some() || after.is_some(),
                };
                if list.len() < FEW {
                    list.insert(at, number);
                } else {
                    let mut words = Box::new([0; WORDS]);
                    for number in list.iter().chain([&number]) {
                        if let Some(word) = words.get_mut(usize::from(*number) / 64) {
                            *word |= 1 << (number % 64);
                        }
                    }
                    *self = Self::Many(words);
                }
                Some(around)
            }
            Self::Many(words) => {
                let has = |other: u16| words[usize::from(other) / 64] >> (other % 64) & 1 == 1;
                if has(number) {
                    return None;
                }
                let beside = |other: Option<u16>| other.filter(is_in_row).is_some_and(has);
                let (left, right) = (beside(number.checked_sub(1)), beside(number.checked_add(1)));
                let (above, below) = across(number, line);
                let around = Around {
                    left,
                    right,
                    above: above.is_some_and(has),
                    below: below.is_some_and(has),
                    row: left || right || any(&words[..], row << line, line),
                };
                words[usize::from(number) / 64] |= 1 << (number % 64);
                Some(around)
            }
        }
    }

    /// The first and last number of each run among these numbers of one row.
    pub(super) fn runs(&self, first: u32, line: u32, mut each: impl FnMut(u32, u32)) {
        let end = first + (1 << line);
        match self {
            Self::Few(list) => {
                let from = list.partition_point(|number| u32::from(*number) < first);
                let rest = list.get(from..).unwrap_or_default();
                let row = rest.iter().map(|number| u32::from(*number));
                each_run(row.take_while(|number| *number < end), each);
            }
            Self::Many(words) => {
                let mut at = first;
                while at < end {
                    // From this bit on within its word.
                    let rest = words[at as usize / 64] >> (at % 64);
                    if rest == 0 {
                        at += 64 - at % 64;
                        continue;
                    }
                    at += rest.trailing_zeros();
                    let begin = at;
                    while at < end {
                        let rest = words[at as usize / 64] >> (at % 64);
                        let ones = rest.trailing_ones().min(64 - at % 64);
                        at += ones;
                        if ones == 0 || !at.is_multiple_of(64) {
                            break;
                        }
                    }
                    if begin < end {
                        each(begin, at.min(end) - 1);
                    }
                }
            }
        }
    }
}

/// The numbers in the same column of the previous and next row.
fn across(number: u16, line: u32) -> (Option<u16>, Option<u16>) {
    let row = 1_u16.checked_shl(line);
    row.map_or((None, None), |row| {
        (number.checked_sub(row), number.checked_add(row))
    })
}

/// Whether a bitmap contains one of the numbers of a row. If the tile is one row, it does.
fn any(words: &[u64], first: u32, line: u32) -> bool {
    let at = first as usize / 64;
    match line {
        0..6 => words[at] >> (first % 64) & ((1 << (1 << line)) - 1) != 0,
        TILE => true,
        _ => words
            .get(at..at + (1 << (line - 6)))
            .is_some_and(|row| row.iter().any(|word| *word != 0)),
    }
}

/// Runs of ascending numbers.
pub(super) fn each_run(numbers: impl Iterator<Item = u32>, mut each: impl FnMut(u32, u32)) {
    let mut run: Option<(u32, u32)> = None;
    for number in numbers {
        run = match run {
            Some((first, last)) if last + 1 == number => Some((first, number)),
            Some((first, last)) => {
                each(first, last);
                Some((number, number))
            }
            None => Some((number, number)),
        };
    }
    if let Some((first, last)) = run {
        each(first, last);
    }
}
