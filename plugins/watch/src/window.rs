//! The whole window: the output of the last run, or what the operator has scrolled to.

use jiff::civil::DateTime;
use nethost_sdk::terminal::{Key, Screen, Span, Style, window_size};
use nethost_sdk::tools::Finished;
use nethost_sdk::{Error, Exit};

use crate::flags::{Differences, Options};
use crate::grid::Grid;
use crate::header;
use crate::history::{History, Shown};
use crate::marks::{self, Marks};
use crate::view::{CUT, Change, failed};

const FAILED: &str = "command exit with a non-zero status, press a key to exit";

pub(crate) struct Window {
    screen: Screen,
    /// Columns and rows, when the run began.
    size: (usize, usize),
    /// The beginning of the last output, with which the next one is compared.
    grid: Option<Grid>,
    /// Where changes are marked by field.
    marks: Option<Marks>,
    history: History,
    /// The row of the output that is on top.
    top: usize,
    /// Whether the output that is looked at ends in the window.
    is_all: bool,
    /// What stands in the last row.
    below: Option<&'static str>,
}

impl Window {
    /// Takes the window; none if there is no terminal to show it and to press keys on.
    pub(crate) fn open(options: &Options) -> Result<Option<Self>, Exit> {
        let screen = match Screen::open() {
            Ok(screen) => screen,
            Err(Error::NotSupported) => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        Ok(Some(Self {
            screen,
            size: (0, 0),
            grid: None,
            marks: marks::are_fields(options).then(Marks::default),
            history: History::default(),
            top: 0,
            is_all: true,
            below: None,
        }))
    }

    pub(crate) fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Asks for the size. In a window of another size, nothing is compared.
    pub(crate) fn measure(&mut self) {
        let size = window_size().map_or((80, 24), |size| (size.columns.into(), size.rows.into()));
        if size != self.size {
            self.size = size;
            self.grid = None;
        }
    }

    /// Shows a run that has ended.
    pub(crate) fn show(
        &mut self,
        options: &Options,
        host: &str,
        began: DateTime,
        finished: &Finished,
        froze: bool,
    ) -> Result<Change, Exit> {
        let text = String::from_utf8_lossy(&finished.output).into_owned();
        let differences = options.differences;
        let (marks, by_character) = match &mut self.marks {
            Some(marks) => (marks.next(&text, differences), Differences::None),
            None => (Vec::new(), differences),
        };
        let mut grid = Grid::of(&text, 0, self.room(options), options, &marks);
        let change = match &self.grid {
            None => Change::First,
            Some(before) if grid.compare(before, by_character) => Change::Changed,
            Some(_) => Change::Same,
        };
        self.grid = Some(grid);
        self.below = match (froze, finished.truncated) {
            (true, _) => Some(FAILED),
            (false, true) => Some(CUT.trim_end()),
            (false, false) => None,
        };
        self.history.add(Shown { began, text, marks });
        if froze {
            self.history.follow();
            self.top = 0;
        }
        self.draw(options, host)?;
        Ok(change)
    }

    /// Columns and rows of the output.
    fn room(&self, options: &Options) -> (usize, usize) {
        let title_rows = if options.no_title { 0 } else { header::ROWS };
        (self.size.0, self.size.1.saturating_sub(title_rows))
    }

    fn draw(&mut self, options: &Options, host: &str) -> Result<(), Exit> {
        let Some((shown, before)) = self.history.current() else {
            return Ok(());
        };
        let (room, back) = (self.room(options), self.history.back());
        let follows = back == 0 && self.top == 0;
        let mut grid = match self.grid.as_ref().filter(|_| follows) {
            Some(grid) => grid.clone(),
            None => {
                let mut grid = Grid::of(&shown.text, self.top, room, options, &shown.marks);
                if let Some(before) = before.filter(|_| self.marks.is_none()) {
                    let before = Grid::of(&before.text, self.top, room, options, &[]);
                    grid.compare(&before, options.differences);
                }
                grid
            }
        };
        self.is_all = grid.is_all();
        let mut lines = Vec::new();
        if !options.no_title {
            let (command, time) = (options.command(), header::time(shown.began));
            let title = header::title(self.size.0, options.seconds(), &command, host, &time);
            lines.push(vec![Span::plain(title)]);
            lines.push(match follows {
                true => Vec::new(),
                false => vec![Span::new(place(back, self.top), Style::Dim)],
            });
        }
        if let Some(below) = self.below.filter(|_| back == 0) {
            grid.write_below(below);
        }
        lines.extend(grid.lines());
        self.screen.draw(&lines).map_err(|error| failed(&error))
    }

    /// Scrolls, if the key is one that does.
    pub(crate) fn press(&mut self, key: Key, options: &Options, host: &str) -> Result<(), Exit> {
        let page = self.room(options).1.max(1);
        match key {
            Key::Up => self.top = self.top.saturating_sub(1),
            Key::PageUp => self.top = self.top.saturating_sub(page),
            Key::Down if !self.is_all => self.top += 1,
            Key::PageDown if !self.is_all => self.top += page,
            Key::Left => self.history.earlier(),
            Key::Right => self.history.later(),
            Key::Escape => {
                self.history.follow();
                self.top = 0;
            }
            _ => return Ok(()),
        }
        self.draw(options, host)
    }
}

/// Where the operator has scrolled to.
fn place(back: usize, top: usize) -> String {
    let run = match back {
        0 => "last output".into(),
        1 => "1 change back".into(),
        back => format!("{back} changes back"),
    };
    format!("{run}, from row {} (Esc: follow)", top + 1)
}
