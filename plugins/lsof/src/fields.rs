//! -F: one field a line, each begun by the letter that says what it is.

use crate::columns;
use crate::databases::Users;
use crate::options::Options;
use crate::row::Rows;
use crate::state;

/// The fields of -F without letters.
const ALL: &str = "pKMgRcuLfaltGdDsoikPnTm";

/// The letters of the fields that are shown.
#[derive(Clone, Debug)]
pub(crate) struct Chosen(String);

impl Chosen {
    pub(crate) fn of(options: &Options) -> Self {
        let given: String = options.fields.chars().filter(|c| *c != '0').collect();
        Self(match given.is_empty() {
            true => ALL.to_owned(),
            // A process begins a set of fields.
            false => format!("{given}p"),
        })
    }

    pub(crate) fn has(&self, field: char) -> bool {
        self.0.contains(field)
    }
}

/// The text for these processes.
pub(crate) fn text(all: &[Rows], options: &Options, users: &mut Users) -> String {
    let mut writer = Writer {
        text: String::new(),
        end: if options.fields.contains('0') {
            '\0'
        } else {
            '\n'
        },
        chosen: Chosen::of(options),
    };
    for one in all {
        let process = &one.process;
        writer.put('p', process.process);
        if let Some(thread) = &one.thread {
            writer.put('K', thread.thread);
            writer.put('M', &thread.name);
        }
        if options.show_group || writer.has('g') {
            writer.put('g', process.group);
        }
        writer.put('R', process.parent);
        writer.put('c', &process.command);
        writer.put('u', process.user);
        if let Some(name) = users.name(process.user) {
            let name = name.to_owned();
            writer.put('L', name);
        }
        writer.end_set();
        for row in &one.rows {
            writer.put('f', &row.descriptor);
            writer.put('a', row.access);
            writer.put('l', row.lock);
            writer.put('t', if row.kind.is_empty() { "" } else { &row.kind });
            if let Some(flags) = row.flags {
                writer.put('G', format_args!("0x{flags:x};0x0"));
            }
            match (row.device_numbers, &row.device) {
                (Some((major, minor)), _) => {
                    let number = device_number(major, minor);
                    writer.put('D', format_args!("0x{number:x}"));
                }
                (None, Some(device)) => writer.put('d', device),
                (None, None) => {}
            }
            if let Some((major, minor)) = row.special {
                let number = device_number(major, minor);
                writer.put('r', format_args!("0x{number:x}"));
            }
            match (columns::shows_offset(row, options), row.size, row.offset) {
                (false, Some(size), _) => writer.put('s', size),
                (_, _, Some(at)) => {
                    writer.put('o', columns::offset(at, options.offset_digits));
                }
                _ => {}
            }
            if let Some(inode) = row.inode {
                writer.put('i', inode);
            }
            if let Some(links) = row.links {
                writer.put('k', links);
            }
            if let Some(protocol) = &row.protocol {
                writer.put('P', protocol);
            }
            writer.put('n', row.long_name());
            if let Some(inet) = &row.internet {
                if let (true, Some(name), "TCP") = (
                    options.tcp_state,
                    state::name(inet.state),
                    inet.protocol.name(),
                ) {
                    writer.put('T', format_args!("ST={name}"));
                }
                writer.put('T', format_args!("QR={}", inet.queues.0));
                writer.put('T', format_args!("QS={}", inet.queues.1));
            } else if let Some(state) = row.state {
                writer.put('T', format_args!("ST={state}"));
            }
            writer.end_set();
        }
    }
    writer.text
}

/// st_dev as Linux has it in one number.
pub(crate) fn device_number(major: u32, minor: u32) -> u64 {
    let (major, minor) = (u64::from(major), u64::from(minor));
    ((major & 0xfff) << 8) | (minor & 0xff) | ((minor & !0xff) << 12) | ((major & !0xfff) << 32)
}

struct Writer {
    text: String,
    end: char,
    chosen: Chosen,
}

impl Writer {
    fn has(&self, field: char) -> bool {
        self.chosen.has(field)
    }

    fn put(&mut self, field: char, value: impl std::fmt::Display) {
        if self.has(field) {
            use std::fmt::Write as _;
            // Writing to a String does not fail.
            let _ = write!(self.text, "{field}{value}{}", self.end);
        }
    }

    /// With NUL between the fields, a line ends a set of them.
    fn end_set(&mut self) {
        if self.end == '\0' {
            self.text.push('\n');
        }
    }
}
