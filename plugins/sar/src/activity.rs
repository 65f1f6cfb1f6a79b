//! What is shown together: a table with its columns, and where its figures come from.

use crate::sample::Sample;

/// How a figure becomes what is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum How {
    /// The increase in a second, divided by this.
    Rate(f64),
    /// The same, of kilobytes.
    RateOfKilobytes(f64),
    /// The figure itself, whole.
    Whole,
    /// The figure itself, in kilobytes.
    Kilobytes,
    /// The figure itself, in hundredths.
    Hundredths,
    /// The same, a share in per cent.
    Percent,
    /// The increase as a share of the increases of all shares.
    Share,
    /// Bytes received and sent against an interface's speed in Mbit/s; negative when half duplex.
    Utilisation,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) how: How,
}

/// The figures of one line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    /// An interface or a processor; empty where there is one line alone.
    pub(crate) item: String,
    /// One for each column. For [`How::Utilisation`], the speed; the first columns with kilobytes are the bytes.
    pub(crate) values: Vec<i64>,
}

/// Which lines of processors are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Processors {
    /// -P was given.
    pub(crate) given: bool,
    /// All of them, and the line for all.
    pub(crate) all: bool,
    /// By number, and `all`.
    pub(crate) chosen: Vec<String>,
}

impl Processors {
    /// Whether there can be several lines of them.
    pub(crate) fn are_several(&self) -> bool {
        self.given && (self.all || self.chosen.len() > 1)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        match self.given {
            false => name == "all",
            true => self.all || self.chosen.iter().any(|chosen| chosen == name),
        }
    }
}

/// A table.
#[derive(Debug)]
pub(crate) struct Activity {
    /// Its name in JSON, and the keyword of -n where it has one.
    pub(crate) name: &'static str,
    /// The heading of the items, and how wide it is.
    pub(crate) items: Option<(&'static str, usize)>,
    pub(crate) columns: &'static [Column],
    /// The files of counters that it needs.
    pub(crate) files: &'static [&'static str],
    pub(crate) figures: fn(&Sample) -> Vec<Figures>,
}

pub(crate) const fn rate(name: &'static str) -> Column {
    Column {
        name,
        how: How::Rate(1.0),
    }
}

pub(crate) const fn column(name: &'static str, how: How) -> Column {
    Column { name, how }
}

impl Activity {
    /// Whether items may stand at the end of the line. Processors keep their place.
    pub(crate) fn has_long_items(&self) -> bool {
        self.items.is_some_and(|(name, _)| name != "CPU")
    }
}

/// All of them, in the order in which they are shown.
pub(crate) fn all() -> impl Iterator<Item = &'static Activity> {
    let machine = [
        &crate::machine::CPU,
        &crate::machine::MEMORY,
        &crate::machine::QUEUE,
    ];
    machine
        .into_iter()
        .chain(crate::network::ALL.iter().copied())
}
