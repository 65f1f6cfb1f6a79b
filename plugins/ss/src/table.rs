//! Columns: fields are kept until their widths are known, then written with the spacing of ss.
//!
//! A page is as much as ss keeps (five buffers of one MiB), so that widths change where they change there.

use std::fmt;
use std::io::Write;

use nethost_sdk::Exit;

/// The columns that rows go to by name; the others follow these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Id {
    Netid,
    State,
    ReceiveQueue,
    SendQueue,
    Local,
}

const COUNT: usize = 10;

#[derive(Clone, Copy, Debug)]
struct Column {
    right: bool,
    header: &'static str,
    delimiter: &'static str,
    disabled: bool,
    width: usize,
    longest: usize,
}

const fn column(right: bool, header: &'static str, delimiter: &'static str) -> Column {
    Column {
        right,
        header,
        delimiter,
        disabled: false,
        width: 0,
        longest: 0,
    }
}

const COLUMNS: [Column; COUNT] = [
    column(false, "Netid", ""),
    column(false, "State", " "),
    column(false, "Recv-Q", " "),
    column(false, "Send-Q", " "),
    column(true, "Local Address:", " "),
    column(false, "Port", ""),
    column(true, "Peer Address:", " "),
    column(false, "Port", ""),
    column(false, "Process", ""),
    column(false, "", ""),
];

/// A buffer of ss, without its head.
const CHUNK: usize = (1 << 20) - 16;
/// So many buffers are kept.
const CHUNKS: usize = 5;
/// The longest field.
const LONGEST_FIELD: usize = 65_535;

/// The table that is being filled.
pub(crate) struct Table<W> {
    columns: [Column; COUNT],
    /// Which column is being filled.
    at: usize,
    text: Vec<u8>,
    /// Where each field of the page ends.
    ends: Vec<u32>,
    begin: usize,
    started: bool,
    /// How much ss would have used of its last buffer, and how many it would have.
    used: usize,
    chunks: usize,
    /// The width of the terminal.
    screen: Option<usize>,
    written: Vec<u8>,
    stream: W,
}

impl<W: Write> Table<W> {
    pub(crate) fn new(stream: W, screen: Option<usize>) -> Self {
        Self {
            columns: COLUMNS,
            at: 0,
            text: Vec::new(),
            ends: Vec::new(),
            begin: 0,
            started: false,
            used: 0,
            chunks: 0,
            screen,
            written: Vec::new(),
            stream,
        }
    }

    /// Leaves out a column.
    pub(crate) fn disable(&mut self, id: Id) {
        self.columns[id as usize].disabled = true;
    }

    /// Adds octets to the field, as they are.
    pub(crate) fn octets(&mut self, octets: &[u8]) {
        if self.columns[self.at].disabled {
            return;
        }
        self.start();
        let room = LONGEST_FIELD - (self.text.len() - self.begin).min(LONGEST_FIELD);
        let octets = &octets[..octets.len().min(room)];
        self.text.extend_from_slice(octets);
        if octets.len() < CHUNK.saturating_sub(self.used) {
            self.used += octets.len();
        } else {
            self.chunks += 1;
            self.used = 2 + self.text.len() - self.begin;
        }
    }

    fn start(&mut self) {
        if !self.started {
            self.started = true;
            self.chunks = 1;
            self.used = 2;
        }
    }

    /// Adds text to the field.
    pub(crate) fn text(&mut self, text: &str) {
        self.octets(text.as_bytes());
    }

    /// Adds a stranger's text: whatever a terminal could act on is a question mark, so it stays one field.
    pub(crate) fn strange(&mut self, text: &str) {
        self.text(&nethost_sdk::text::printable(text));
    }

    /// Adds a number to the field, at least this wide.
    pub(crate) fn number(&mut self, number: u32, width: usize) {
        let mut digits = [b' '; 16];
        let mut at = 10;
        let mut rest = number;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.octets(&digits[at..(at + width.min(6)).max(10)]);
    }

    /// Goes on to the next field.
    pub(crate) fn next(&mut self) -> Result<(), Exit> {
        if self.at == COUNT - 1 && self.chunks >= CHUNKS {
            return self.render();
        }
        self.flush();
        self.at = (self.at + 1) % COUNT;
        Ok(())
    }

    fn flush(&mut self) {
        let column = &mut self.columns[self.at];
        if column.disabled {
            return;
        }
        let length = self.text.len() - self.begin;
        column.longest = column.longest.max(length);
        self.start();
        self.ends.push(self.text.len() as u32);
        self.begin = self.text.len();
        let pad = length % 2;
        if CHUNK.saturating_sub(self.used + pad) < 2 {
            self.chunks += 1;
            self.used = 2;
        } else {
            self.used += pad + 2;
        }
    }

    /// Goes on to this field, in the next line where it is not in this one.
    pub(crate) fn go_to(&mut self, id: Id) -> Result<(), Exit> {
        while self.at != id as usize {
            self.next()?;
        }
        Ok(())
    }

    /// The names of the columns.
    pub(crate) fn header(&mut self) -> Result<(), Exit> {
        while self.at != COUNT - 1 {
            self.text(self.columns[self.at].header);
            self.next()?;
        }
        Ok(())
    }

    /// Writes the page.
    pub(crate) fn render(&mut self) -> Result<(), Exit> {
        if !self.started {
            return Ok(());
        }
        self.ends.push(self.text.len() as u32);
        self.widen();
        let mut at = self
            .columns
            .iter()
            .position(|column| column.width > 0)
            .unwrap_or_default();
        let mut line_started = false;
        let mut begin = 0;
        for end in &self.ends {
            let end = *end as usize;
            let field = &self.text[begin..end];
            begin = end;
            let column = &self.columns[at];
            let written = &mut self.written;
            let mut printed = 0;
            if line_started {
                written.extend_from_slice(column.delimiter.as_bytes());
                printed = column.delimiter.len();
            }
            line_started = true;
            let pad = |count: usize, written: &mut Vec<u8>| {
                let length = written.len();
                written.resize(length + column.width.saturating_sub(count), b' ');
            };
            if column.right {
                pad(printed + field.len(), written);
            }
            written.extend_from_slice(field);
            if !column.right {
                pad(printed + field.len(), written);
            }
            loop {
                if at == COUNT - 1 {
                    written.push(b'\n');
                    at = 0;
                    line_started = false;
                } else {
                    at += 1;
                }
                if !self.columns[at].disabled {
                    break;
                }
            }
            if written.len() > 64 << 10 {
                self.stream.write_all(written)?;
                written.clear();
            }
        }
        if line_started {
            self.written.push(b'\n');
        }
        self.stream.write_all(&self.written)?;
        self.stream.flush()?;
        self.written.clear();
        self.text.clear();
        self.ends.clear();
        self.begin = 0;
        self.started = false;
        self.at = 0;
        Ok(())
    }

    /// Finds the widths: what the longest fields take, and on a terminal the space that is left, evenly.
    fn widen(&mut self) {
        let screen = self.screen.unwrap_or(usize::MAX);
        let mut first = true;
        for column in &mut self.columns {
            if column.disabled {
                continue;
            }
            column.width = column.longest;
            if !first && column.longest > 0 {
                column.width += column.delimiter.len();
            }
            column.width = column.width.min(screen);
            first &= column.width == 0;
        }
        if self.screen.is_some() {
            self.spread(screen);
        }
    }

    fn spread(&mut self, screen: usize) {
        let (mut length, mut columns) = (0, 0);
        // The first column of the line.
        let mut begin = 0;
        let mut at = 0;
        while at < COUNT {
            if self.columns[at].width == 0 {
                at += 1;
                continue;
            }
            columns += 1;
            length += self.columns[at].width;
            let last = self.columns[at + 1..]
                .iter()
                .all(|column| column.width == 0);
            if !last && length < screen {
                at += 1;
                continue;
            }
            if length != screen {
                let mut end = at;
                if length > screen && columns > 1 {
                    length -= self.columns[at].width;
                    columns -= 1;
                    end = at.saturating_sub(1);
                }
                let left = screen.saturating_sub(length);
                let (each, mut more) = (left / columns, left % columns);
                for column in self.columns[begin..=end].iter_mut().rev() {
                    if column.width == 0 {
                        continue;
                    }
                    column.width += each;
                    if more > 0 {
                        column.width += 1;
                        more -= 1;
                    }
                }
                at = end;
            }
            begin = at + 1;
            (length, columns) = (0, 0);
            at += 1;
        }
    }
}

impl<W: Write> fmt::Write for Table<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text(text);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn listener(screen: Option<usize>) -> String {
        let mut out = Vec::new();
        let mut table = Table::new(&mut out, screen);
        table.disable(Id::Netid);
        table.header().unwrap();
        table.go_to(Id::State).unwrap();
        table.text("LISTEN");
        table.go_to(Id::ReceiveQueue).unwrap();
        table.number(0, 6);
        table.go_to(Id::SendQueue).unwrap();
        table.number(128, 6);
        table.go_to(Id::Local).unwrap();
        table.text("0.0.0.0:");
        table.next().unwrap();
        table.text("2024");
        table.next().unwrap();
        table.text("0.0.0.0:");
        table.next().unwrap();
        table.text("*");
        table.next().unwrap();
        table.render().unwrap();
        String::from_utf8(out).unwrap()
    }

    /// As ss writes it.
    #[test]
    fn columns_are_as_wide_as_their_fields() {
        assert_eq!(
            listener(None),
            "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n\
             LISTEN 0      128          0.0.0.0:2024      0.0.0.0:*          \n"
        );
    }

    #[test]
    fn a_wide_terminal_spreads_them() {
        let wide = listener(Some(100));
        for line in wide.lines() {
            assert_eq!(line.len(), 100, "{wide}");
        }
        // Nothing is lost on a narrow one.
        assert!(listener(Some(20)).contains("2024"));
    }
}
