//! A part of an account: 65,536 members side by side, of which few are a list, more a bitmap, and all nothing at all.

/// A tile has 2^16 members.
pub(super) const TILE: u32 = 16;
const WORDS: usize = (1 << TILE) / 64;
/// A list is no longer: a bitmap takes little more room, and is faster.
const FEW: usize = 1024;
/// About how many bytes an entry of the account takes beside its list or bitmap.
pub(super) const ENTRY: usize = 64;
/// The most that a tile takes.
pub(super) const LARGEST: usize = ENTRY + WORDS * size_of::<u64>();

/// Which members of a tile were used. Their numbers go row by row.
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
    /// How many are left.
    left: u32,
    shape: Shape,
}

/// What decides how long the text of a tile is.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Shape {
    /// Runs of columns, in all rows.
    pub(super) runs: u32,
    /// Rows that have any.
    pub(super) rows: u32,
    /// Members whose neighbour in the row before or after was not used, once for each.
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
    /// How many bits of a number say where in the row it is.
    pub(super) bits: u32,
    /// Whether a column is apart from the one before it.
    pub(super) is_cut: &'a dyn Fn(u32) -> bool,
}

/// What a new member made of its tile.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// So many more bytes.
    pub(super) bytes: isize,
    /// Its shape before and after.
    pub(super) before: Shape,
    pub(super) after: Shape,
    /// It is whole now.
    pub(super) whole: bool,
}

impl Tile {
    /// One with so many members, of which none was used.
    pub(super) fn new(members: u32) -> Self {
        Self::Part(Part {
            bits: Bits::Few(Vec::new()),
            left: members,
            shape: Shape::default(),
        })
    }

    /// Notes a member; none where it was noted before.
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

/// What was there before a number came.
struct Around {
    /// The number before it in its row.
    left: bool,
    /// The one after it.
    right: bool,
    /// The one in the row before.
    above: bool,
    /// The one in the row after.
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

    /// None where it is there already.
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

    /// The first and last of each run among these numbers, which are a row.
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

/// The numbers in the same column of the rows before and after.
fn across(number: u16, line: u32) -> (Option<u16>, Option<u16>) {
    let row = 1_u16.checked_shl(line);
    row.map_or((None, None), |row| {
        (number.checked_sub(row), number.checked_add(row))
    })
}

/// Whether one of the numbers of a row is in a bitmap. Where all of it is one row, there is.
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

/// Runs of numbers that ascend.
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
