//! Records and questions as lines of a master file, in BIND's columns.

use std::fmt::Write as _;

use crate::kind;
use crate::name;
use crate::rdata::{self, Style, encode};
use crate::reply::{Question, Record};

const TAB: usize = 8;

/// What a record's line shows, and where.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    pub(crate) ttl: bool,
    pub(crate) ttl_units: bool,
    pub(crate) class: bool,
    ttl_column: usize,
    class_column: usize,
    type_column: usize,
    data_column: usize,
    pub(crate) style: Style,
}

impl Lines {
    /// Columns depend on what is shown. `split` is `+split`'s width: none for the default, 0 for no breaks.
    pub(crate) fn new(
        mut style: Style,
        ttl: bool,
        ttl_units: bool,
        class: bool,
        split: Option<usize>,
    ) -> Self {
        let (class_column, type_column, data_column) = match (ttl, class) {
            _ if style.multiline => (24, 24, 32),
            (false, false) => (24, 24, 32),
            (true, true) => (32, 40, 48),
            _ => (24, 32, 40),
        };
        if style.multiline {
            style.line_break = String::from("\n");
            indent(&mut style.line_break, &mut 0, data_column);
        }
        style.width = match split {
            None if style.multiline => Some(80 - data_column),
            None => Some(60),
            Some(0) => None,
            Some(width) => Some(width),
        };
        Self {
            ttl,
            ttl_units,
            class,
            ttl_column: 24,
            class_column,
            type_column,
            data_column,
            style,
        }
    }

    /// A record and its line's end.
    pub(crate) fn record(&self, out: &mut String, record: &Record<'_>) {
        let start = out.len();
        name::write(out, &record.owner, self.style.idn);
        let mut column = out.len() - start;
        if self.ttl {
            self.advance(out, &mut column, self.ttl_column);
            let start = out.len();
            if self.ttl_units {
                encode::push_ttl(out, record.ttl, false);
            } else {
                let _ = write!(out, "{}", record.ttl);
            }
            column += out.len() - start;
        }
        if self.class {
            self.class(out, &mut column, record.class);
        }
        self.rtype(out, &mut column, record.rtype);
        self.advance(out, &mut column, self.data_column);
        // Data with a problem was told about when the message was read.
        let _ = rdata::present(out, &self.style, record.rtype, record.class, record.data);
        out.push('\n');
    }

    /// A question, without the semicolon before it and the line's end.
    pub(crate) fn question(&self, out: &mut String, question: &Question) {
        let start = out.len();
        name::write(out, &question.name, self.style.idn);
        let mut column = out.len() - start;
        self.class(out, &mut column, question.class);
        self.rtype(out, &mut column, question.rtype);
    }

    fn class(&self, out: &mut String, column: &mut usize, class: u16) {
        self.advance(out, column, self.class_column);
        let start = out.len();
        if self.style.unknown_format {
            kind::push_numbered(out, "CLASS", class);
        } else {
            kind::write_class(out, class);
        }
        *column += out.len() - start;
    }

    fn rtype(&self, out: &mut String, column: &mut usize, rtype: u16) {
        self.advance(out, column, self.type_column);
        let start = out.len();
        if self.style.unknown_format {
            kind::push_numbered(out, "TYPE", rtype);
        } else {
            kind::write_type(out, rtype);
        }
        *column += out.len() - start;
    }

    /// To a column; in YAML one blank.
    fn advance(&self, out: &mut String, column: &mut usize, to: usize) {
        if self.style.yaml {
            out.push(' ');
        } else {
            indent(out, column, to);
        }
    }
}

/// Tabs and blanks to a column, at least one.
fn indent(out: &mut String, column: &mut usize, to: usize) {
    let to = to.max(*column + 1);
    let tabs = to / TAB - *column / TAB;
    for _ in 0..tabs {
        out.push('\t');
    }
    let from = if tabs > 0 { to / TAB * TAB } else { *column };
    for _ in from..to {
        out.push(' ');
    }
    *column = to;
}

#[cfg(test)]
mod tests {
    use super::indent;

    #[test]
    fn columns_are_reached_with_tabs_then_blanks() {
        let text = |from: usize, to: usize| {
            let (mut out, mut column) = (String::new(), from);
            indent(&mut out, &mut column, to);
            out
        };
        assert_eq!(text(12, 24), "\t\t");
        assert_eq!(text(24, 24), " ");
        assert_eq!(text(31, 24), "\t");
        assert_eq!(text(30, 24), " ");
        assert_eq!(text(0, 32), "\t\t\t\t");
    }
}
