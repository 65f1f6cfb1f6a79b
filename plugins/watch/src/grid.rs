//! The output of a tool in the window: which character is in which place, and which of them have changed.

use std::ops::Range;
use std::str::Chars;

use nethost_sdk::terminal::{Span, Style};
use unicode_width::UnicodeWidthChar;

use crate::ansi::Styles;
use crate::flags::{Differences, Options};

/// Larger windows are not used in full.
const MOST_COLUMNS: usize = 2000;
const MOST_ROWS: usize = 1000;
const TAB: usize = 8;

/// One place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    /// NUL: the second half of the wide character before it.
    character: char,
    /// What is printed over it.
    mark: Option<char>,
    style: Style,
    highlighted: bool,
}

const BLANK: Cell = Cell {
    character: ' ',
    mark: None,
    style: Style::Plain,
    highlighted: false,
};

/// All places of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    columns: usize,
    cells: Vec<Cell>,
    is_all: bool,
}

impl Grid {
    /// Fills a window with text from its row `top`, as far as it has room. What is in `marks`, ranges in order, is
    /// highlighted.
    pub(crate) fn of(
        text: &str,
        top: usize,
        (columns, rows): (usize, usize),
        options: &Options,
        marks: &[Range<usize>],
    ) -> Self {
        let (columns, rows) = (columns.clamp(1, MOST_COLUMNS), rows.min(MOST_ROWS));
        let mut grid = Self {
            columns,
            cells: vec![BLANK; columns * rows],
            is_all: true,
        };
        let mut filler = Filler {
            rest: text.chars(),
            length: text.len(),
            styles: Styles::default(),
            at_edge: false,
            marks,
        };
        let mut above = vec![BLANK; columns];
        for _ in 0..top {
            filler.row(&mut above, options);
        }
        for row in grid.cells.chunks_exact_mut(columns) {
            filler.row(row, options);
        }
        grid.is_all = filler.rest.as_str().is_empty();
        grid
    }

    /// Whether the text ends in the window.
    pub(crate) fn is_all(&self) -> bool {
        self.is_all
    }

    /// Compares with the window before, and notes which characters are to be highlighted. True if one has changed. With
    /// `None`, what is highlighted stays.
    pub(crate) fn compare(&mut self, before: &Self, differences: Differences) -> bool {
        let mut changed = false;
        for (cell, before) in self.cells.iter_mut().zip(&before.cells) {
            let differs = (cell.character, cell.mark) != (before.character, before.mark);
            changed |= differs;
            cell.highlighted = match differences {
                Differences::None => cell.highlighted,
                Differences::Last => differs,
                Differences::Permanent => differs || before.highlighted,
            };
        }
        changed
    }

    /// Writes a text into the last row.
    pub(crate) fn write_below(&mut self, text: &str) {
        let last = self.cells.len().saturating_sub(self.columns);
        for (cell, character) in self.cells.iter_mut().skip(last).zip(text.chars()) {
            *cell = Cell { character, ..BLANK };
        }
    }

    /// The rows for the screen, without the blank ends of lines.
    pub(crate) fn lines(&self) -> Vec<Vec<Span>> {
        self.cells.chunks_exact(self.columns).map(line).collect()
    }
}

/// Puts a text into rows, one after the other.
struct Filler<'t> {
    rest: Chars<'t>,
    length: usize,
    styles: Styles,
    /// A line that ends at the edge of the window takes no further row.
    at_edge: bool,
    /// The marks that are not behind.
    marks: &'t [Range<usize>],
}

impl Filler<'_> {
    fn row(&mut self, row: &mut [Cell], options: &Options) {
        let columns = row.len();
        let mut column = 0;
        while let Some(next) = self.rest.clone().next() {
            if next == '\n' {
                self.rest.next();
                if column == 0 && std::mem::take(&mut self.at_edge) {
                    continue;
                }
                break;
            }
            if next == '\x1b' && options.color {
                self.rest.next();
                self.styles.obey(&mut self.rest);
                continue;
            }
            let width = match next {
                '\t' => 1,
                _ if next.is_control() => 1,
                _ => next.width().unwrap_or(0),
            };
            if column + width > columns {
                self.at_edge = true;
                break;
            }
            self.at_edge = false;
            let highlighted = self.is_marked();
            self.rest.next();
            let cell = Cell {
                character: shown(next),
                style: self.styles.style(),
                highlighted,
                mark: None,
            };
            match (next, width) {
                ('\t', _) => column = (column / TAB + 1) * TAB,
                (_, 0) => {
                    if let Some(before) = column.checked_sub(1).and_then(|at| row.get_mut(at)) {
                        before.mark = Some(next);
                    }
                }
                _ => {
                    for (offset, place) in row.iter_mut().skip(column).take(width).enumerate() {
                        let character = if offset == 0 { cell.character } else { '\0' };
                        *place = Cell { character, ..cell };
                    }
                    column += width;
                }
            }
            column = column.min(columns);
        }
        if self.at_edge && options.no_wrap {
            self.at_edge = false;
            self.rest.by_ref().find(|next| *next == '\n');
        }
    }

    /// Whether the next character is in a mark.
    fn is_marked(&mut self) -> bool {
        let at = self.length - self.rest.as_str().len();
        while let [first, others @ ..] = self.marks
            && first.end <= at
        {
            self.marks = others;
        }
        self.marks.first().is_some_and(|range| range.start <= at)
    }
}

/// A control character is shown as a circumflex, of which the terminal has no opinion.
fn shown(character: char) -> char {
    match character {
        '\r' => ' ',
        _ if character.is_control() => '^',
        _ => character,
    }
}

fn line(row: &[Cell]) -> Vec<Span> {
    let is_blank =
        |cell: &&Cell| cell.character == ' ' && !cell.highlighted && cell.style != Style::Reverse;
    let blank = row.iter().rev().take_while(is_blank).count();
    let mut spans: Vec<Span> = Vec::new();
    for cell in row.iter().take(row.len() - blank) {
        if cell.character == '\0' {
            continue;
        }
        let style = match cell.highlighted {
            true => Style::Reverse,
            false => cell.style,
        };
        let text = [Some(cell.character), cell.mark].into_iter().flatten();
        match spans.last_mut() {
            Some(span) if span.style == style => span.text.extend(text),
            _ => spans.push(Span::new(text.collect::<String>(), style)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(grid: &Grid) -> Vec<String> {
        let joined = |line: Vec<Span>| line.into_iter().map(|span| span.text).collect();
        grid.lines().into_iter().map(joined).collect()
    }

    fn shown(of: &str, options: &Options) -> Vec<String> {
        text(&Grid::of(of, 0, (10, 4), options, &[]))
    }

    #[test]
    fn text_is_wrapped_or_cut_at_the_edge() {
        let wrapped = Options::default();
        let cut = Options {
            no_wrap: true,
            ..Options::default()
        };
        for (of, with_wrap, without) in [
            ("a\nb\n", ["a", "b", "", ""], ["a", "b", "", ""]),
            (
                "0123456789ab\nc\n",
                ["0123456789", "ab", "c", ""],
                ["0123456789", "c", "", ""],
            ),
            (
                "0123456789\nc\n",
                ["0123456789", "c", "", ""],
                ["0123456789", "c", "", ""],
            ),
            (
                "0123456789\n\nc\n",
                ["0123456789", "", "c", ""],
                ["0123456789", "", "c", ""],
            ),
            (
                "012345678日\nc\n",
                ["012345678", "日", "c", ""],
                ["012345678", "c", "", ""],
            ),
            (
                "a\tb\tc\n",
                ["a       b", "c", "", ""],
                ["a       b", "", "", ""],
            ),
            (
                "e\u{301}x\n",
                ["e\u{301}x", "", "", ""],
                ["e\u{301}x", "", "", ""],
            ),
            (
                "a\x1b[1mb\rc\x07\n",
                ["a^[1mb c^", "", "", ""],
                ["a^[1mb c^", "", "", ""],
            ),
            (
                "1\n2\n3\n4\n5\n",
                ["1", "2", "3", "4"],
                ["1", "2", "3", "4"],
            ),
        ] {
            assert_eq!(shown(of, &wrapped), with_wrap, "{of:?}");
            assert_eq!(shown(of, &cut), without, "{of:?} cut");
        }
    }

    #[test]
    fn styles_are_obeyed_with_c_alone() {
        let options = Options {
            color: true,
            ..Options::default()
        };
        let grid = Grid::of("a\x1b[31mb\x1b[0mc", 0, (10, 1), &options, &[]);
        let lines = grid.lines();
        let styles: Vec<_> = lines[0]
            .iter()
            .map(|span| (span.text.as_str(), span.style))
            .collect();
        assert_eq!(
            styles,
            [("a", Style::Plain), ("b", Style::Red), ("c", Style::Plain)]
        );
    }

    #[test]
    fn changes_are_highlighted_once_or_for_good() {
        let of = |text: &str| Grid::of(text, 0, (10, 2), &Options::default(), &[]);
        let highlighted = |grid: &Grid| -> String {
            let lines = grid.lines();
            let spans = lines
                .iter()
                .flatten()
                .filter(|span| span.style == Style::Reverse);
            spans.map(|span| span.text.as_str()).collect()
        };
        for (differences, last) in [
            (Differences::None, ""),
            (Differences::Last, ""),
            (Differences::Permanent, "2"),
        ] {
            let first = of("a1b");
            let mut second = of("a2b");
            assert!(second.compare(&first, differences));
            let marked = if differences == Differences::None {
                ""
            } else {
                "2"
            };
            assert_eq!(highlighted(&second), marked);
            let mut third = of("a2b");
            assert!(!third.compare(&second, differences));
            assert_eq!(highlighted(&third), last);
        }
        let mut shorter = of("a");
        assert!(shorter.compare(&of("ab"), Differences::Last));
        assert_eq!(highlighted(&shorter), " ");
    }

    #[test]
    fn a_window_begins_at_any_row_and_has_marks() {
        let options = Options::default();
        for (top, expected, is_all) in [
            (0, ["0123456789", "ab"], false),
            (1, ["ab", "é!c"], true),
            (2, ["é!c", ""], true),
            (9, ["", ""], true),
        ] {
            let grid = Grid::of("0123456789ab\né!c\n", top, (10, 2), &options, &[]);
            assert_eq!(
                (text(&grid), grid.is_all()),
                (expected.map(str::to_owned).into(), is_all)
            );
        }
        let marked = Grid::of("ab\né!c", 0, (10, 2), &options, &[1..2, 3..6]);
        let lines = marked.lines();
        let spans = lines
            .iter()
            .flatten()
            .filter(|span| span.style == Style::Reverse);
        let spans: Vec<&str> = spans.map(|span| span.text.as_str()).collect();
        assert_eq!(spans, ["b", "é!"]);
    }

    #[test]
    fn any_text_and_any_window_will_do() {
        let texts = [
            "",
            "\n",
            "日",
            "\u{301}",
            "\x1b",
            "\x1b[",
            "\x1b[38;5",
            "\t\t\t\t",
            "日\t日\n\n\n\n日日日日日日日",
        ];
        for text in texts {
            for (columns, rows) in [(0, 0), (1, 1), (1, 3), (2, 2), (9, 1), (5000, 1)] {
                for color in [false, true] {
                    let options = Options {
                        color,
                        ..Options::default()
                    };
                    let mut grid = Grid::of(text, 0, (columns, rows), &options, &[]);
                    grid.write_below("command exit");
                    assert_eq!(grid.lines().len(), rows);
                }
            }
        }
    }
}
