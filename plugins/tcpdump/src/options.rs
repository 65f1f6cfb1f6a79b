//! What the command line says.

use crate::filter::LARGEST;
use crate::print::{Settings, Time};

/// How the run ends for what the native tool ends with 1 for.
pub(crate) const FAILED: u8 = 1;

/// Which packets are wanted (-Q).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Direction {
    #[default]
    Both,
    In,
    Out,
}

/// The options of a run.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Options {
    /// -i
    pub(crate) interface: Option<String>,
    /// -D
    pub(crate) list_interfaces: bool,
    /// -L
    pub(crate) list_links: bool,
    /// -J
    pub(crate) list_stamps: bool,
    /// -j
    pub(crate) stamp_type: Option<String>,
    /// -y
    pub(crate) link: Option<u32>,
    /// -Q
    pub(crate) direction: Direction,
    /// -B, in KiB; 0 for the usual size.
    pub(crate) buffer: u32,
    /// -p
    pub(crate) not_promiscuous: bool,
    /// -I
    pub(crate) monitor: bool,
    /// --immediate-mode
    pub(crate) immediate: bool,
    /// -s
    pub(crate) snapshot: u32,
    /// -O: the program as it is, without libpcap's optimizer.
    pub(crate) plain: bool,
    /// How often -d.
    pub(crate) listing: u8,
    /// -r
    pub(crate) read: Option<String>,
    /// -V: a list of files to read.
    pub(crate) read_list: Option<String>,
    /// -w
    pub(crate) write: Option<String>,
    /// --pcapng
    pub(crate) pcapng: bool,
    /// -C, in octets.
    pub(crate) file_size: Option<u64>,
    /// -G
    pub(crate) file_seconds: Option<i64>,
    /// -W
    pub(crate) files: Option<u64>,
    /// -U
    pub(crate) packet_buffered: bool,
    /// --print: text too, although packets are written.
    pub(crate) print_too: bool,
    /// -c
    pub(crate) count: Option<u64>,
    /// --skip
    pub(crate) skip: u64,
    /// --count: how many there are, and no text.
    pub(crate) only_count: bool,
    /// --json
    pub(crate) json: bool,
    /// --flows
    pub(crate) flows: bool,
    /// -l
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

impl Default for Options {
    fn default() -> Self {
        Self {
            interface: None,
            list_interfaces: false,
            list_links: false,
            list_stamps: false,
            stamp_type: None,
            link: None,
            direction: Direction::Both,
            buffer: 0,
            not_promiscuous: false,
            monitor: false,
            immediate: false,
            snapshot: LARGEST,
            plain: false,
            listing: 0,
            read: None,
            read_list: None,
            write: None,
            pcapng: false,
            file_size: None,
            file_seconds: None,
            files: None,
            packet_buffered: false,
            print_too: false,
            count: None,
            skip: 0,
            only_count: false,
            json: false,
            flows: false,
            line_buffered: false,
            times: 0,
            set: Settings::default(),
            expression: Vec::new(),
            expression_file: None,
        }
    }
}

impl Options {
    /// Whether there is text of packets.
    pub(crate) fn prints(&self) -> bool {
        !self.only_count && !self.flows && (self.write.is_none() || self.print_too)
    }

    /// The settings, with the times that -t says, in the zone of the operator.
    pub(crate) fn settings(&self) -> Settings {
        let time = match self.times {
            // An object has its own.
            _ if self.json => Time::None,
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
