//! The list in columns, each as wide as its widest field.

use std::fmt::Write as _;

use crate::databases::Users;
use crate::flags;
use crate::options::{Options, SizeOrOffset};
use crate::row::{Row, Rows};

/// lsof shows so much of a user's name.
const USER: usize = 8;
const COMMAND: usize = 9;

/// The lines.
pub(crate) fn lines(all: &[Rows], options: &Options, users: &mut Users) -> String {
    let has_threads = all.iter().any(|one| one.thread.is_some());
    let cells: Vec<Cells> = all
        .iter()
        .flat_map(|one| one.rows.iter().map(move |row| (one, row)))
        .map(|(one, row)| Cells::of(one, row, has_threads, options, users))
        .collect();
    let Some(heads) = (!cells.is_empty()).then(|| Cells::heads(has_threads, options)) else {
        return String::new();
    };
    let mut widths = [0; CELLS];
    for cells in std::iter::once(&heads).chain(&cells) {
        for (width, cell) in widths.iter_mut().zip(&cells.cells) {
            *width = (*width).max(cell.as_ref().map_or(0, |cell| cell.chars().count()));
        }
    }
    let mut text = String::new();
    for cells in std::iter::once(&heads).chain(&cells) {
        cells.write(&mut text, &widths);
    }
    text
}

const CELLS: usize = 14;
const COMMAND_CELL: usize = 0;
const TASK_CELL: usize = 3;
const DESCRIPTOR: usize = 7;

/// COMMAND PID TID TASKCMD PPID PGID USER FD TYPE FILE-FLAG DEVICE SIZE/OFF NLINK NODE, and then NAME. None for a column that is not there.
struct Cells {
    cells: [Option<String>; CELLS],
    marks: [char; 2],
    name: String,
}

impl Cells {
    fn heads(has_threads: bool, options: &Options) -> Self {
        let size = match options.size_or_offset {
            SizeOrOffset::Both => "SIZE/OFF",
            SizeOrOffset::Size => "SIZE",
            SizeOrOffset::Offset => "OFFSET",
        };
        let of = |text: &str| Some(text.to_owned());
        Self {
            cells: [
                of("COMMAND"),
                of("PID"),
                has_threads.then(|| "TID".into()),
                has_threads.then(|| "TASKCMD".into()),
                options.show_parent.then(|| "PPID".into()),
                options.show_group.then(|| "PGID".into()),
                // Numbers of users stand in a column as wide as any name.
                Some(match options.numeric_users {
                    true => format!("{:>USER$}", "USER"),
                    false => "USER".into(),
                }),
                of("  FD"),
                of("TYPE"),
                options.flags.map(|_| "FILE-FLAG".into()),
                of("DEVICE"),
                of(size),
                options.show_links.then(|| "NLINK".into()),
                of("NODE"),
            ],
            marks: [' '; 2],
            name: "NAME".into(),
        }
    }

    fn of(one: &Rows, row: &Row, has_threads: bool, options: &Options, users: &mut Users) -> Self {
        let process = &one.process;
        let command = shortened(&process.command, options);
        let thread = one.thread.as_ref();
        let user = match options.numeric_users {
            true => None,
            false => users.name(process.user),
        };
        let user = user.map_or_else(
            || process.user.to_string(),
            |name| name.chars().take(USER).collect(),
        );
        let node = row.protocol.clone();
        let node = node.or_else(|| row.inode.map(|inode| inode.to_string()));
        Self {
            cells: [
                Some(command),
                Some(process.process.to_string()),
                has_threads
                    .then(|| thread.map_or_else(String::new, |thread| thread.thread.to_string())),
                has_threads.then(|| {
                    thread.map_or_else(String::new, |thread| shortened(&thread.name, options))
                }),
                options.show_parent.then(|| process.parent.to_string()),
                options.show_group.then(|| process.group.to_string()),
                Some(user),
                Some(descriptor(row)),
                Some(row.kind.clone()),
                options.flags.map(|form| {
                    row.flags
                        .map_or_else(String::new, |flags| flags::text(flags, form))
                }),
                Some(row.device.clone().unwrap_or_default()),
                Some(size_or_offset(row, options)),
                options.show_links.then(|| {
                    row.links
                        .map_or_else(String::new, |links| links.to_string())
                }),
                Some(node.unwrap_or_default()),
            ],
            marks: [row.access, row.lock],
            name: row.full_name(),
        }
    }

    fn write(&self, text: &mut String, widths: &[usize; CELLS]) {
        for (place, cell) in self.cells.iter().enumerate() {
            let Some(cell) = cell else { continue };
            let width = widths[place];
            // Writing to a String does not fail.
            let _ = match place {
                COMMAND_CELL => write!(text, "{cell:<width$}"),
                TASK_CELL => write!(text, " {cell:<width$}"),
                _ => write!(text, " {cell:>width$}"),
            };
            if place == DESCRIPTOR {
                text.extend(self.marks);
            }
        }
        text.push(' ');
        text.push_str(&self.name);
        text.push('\n');
    }
}

/// So much of a command is shown.
pub(crate) fn command_width(options: &Options) -> usize {
    match options.command_width {
        Some(0) => usize::MAX,
        // No column is narrower than its heading.
        Some(width) => width.max("COMMAND".len()),
        None => COMMAND,
    }
}

/// The name of a command or a thread. A blank in it would make another column.
fn shortened(name: &str, options: &Options) -> String {
    let name = name.replace(' ', "\\x20");
    name.chars().take(command_width(options)).collect()
}

/// In four columns; of what is longer, the last three digits.
fn descriptor(row: &Row) -> String {
    match row.number {
        Some(number) if number > 9999 => format!("*{:03}", number % 1000),
        Some(number) => format!("{number:>4}"),
        None => format!("{:>4}", row.descriptor),
    }
}

/// Whether its offset is shown, and not its size.
pub(crate) fn shows_offset(row: &Row, options: &Options) -> bool {
    options.size_or_offset == SizeOrOffset::Offset || row.size.is_none()
}

pub(crate) fn offset(offset: u64, digits: usize) -> String {
    let decimal = offset.to_string();
    match digits != 0 && decimal.len() > digits {
        true => format!("0x{offset:x}"),
        false => format!("0t{decimal}"),
    }
}

fn size_or_offset(row: &Row, options: &Options) -> String {
    let size = row.size.map(|size| size.to_string());
    let at = row.offset.map(|at| offset(at, options.offset_digits));
    match options.size_or_offset {
        SizeOrOffset::Both => size.or(at),
        SizeOrOffset::Size => size,
        SizeOrOffset::Offset => at,
    }
    .unwrap_or_default()
}
