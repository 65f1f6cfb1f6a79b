//! What the command line says.

use crate::print::{Settings, Time};

/// How the run ends for what the native tool ends with 1 for.
pub(crate) const FAILED: u8 = 1;

/// The options of a run.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Options {
    /// -r
    pub(crate) read: Option<String>,
    /// -V: a list of files to read.
    pub(crate) read_list: Option<String>,
    /// -w
    pub(crate) write: Option<String>,
    /// --print: text too, although packets are written.
    pub(crate) print_too: bool,
    /// -c
    pub(crate) count: Option<u64>,
    /// --skip
    pub(crate) skip: u64,
    /// --count: how many there are, and no text.
    pub(crate) only_count: bool,
    /// -l and -U
    pub(crate) line_buffered: bool,
    /// How often -t.
    pub(crate) times: u8,
    /// The text of packets.
    pub(crate) set: Settings,
    /// Words of the expression.
    pub(crate) expression: Vec<String>,
    /// -F: the file with the expression.
    pub(crate) expression_file: Option<String>,
}

impl Options {
    /// The settings, with the times that -t says, in the zone of the operator.
    pub(crate) fn settings(&self) -> Settings {
        let time = match self.times {
            0 => Time::Clock,
            1 => Time::None,
            2 => Time::Unix,
            3 => Time::SincePrevious,
            4 => Time::Date,
            _ => Time::SinceFirst,
        };
        Settings {
            time,
            ..self.set.clone()
        }
    }
}
