//! Where the output appears: on the whole window, or line by line where there is no terminal.

use std::borrow::Cow;

use nethost_sdk::output::{Format, Output};
use nethost_sdk::terminal::{Screen, Span, StandardStream, is_terminal, window_size};
use nethost_sdk::tools::Finished;
use nethost_sdk::{Error, Exit, Timestamp, clock, console, system};
use serde::Serialize;

use crate::flags::{Differences, Options};
use crate::grid::Grid;
use crate::header;

/// The width where there is no window.
const USUAL_WIDTH: usize = 80;
const FAILED: &str = "command exit with a non-zero status, press a key to exit";
const CUT: &str = "(output cut after 1 MiB)\n";

/// Whether the output has changed since the run before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// There was none before.
    First,
    Same,
    Changed,
}

/// The place, and what is in it.
pub(crate) struct View {
    /// None where there is no terminal.
    screen: Option<Screen>,
    host: String,
    /// Columns and rows, when the run began.
    size: (usize, usize),
    /// The time at which the run began.
    began: jiff::civil::DateTime,
    grid: Option<Grid>,
    /// Without a window, all that the last run printed.
    printed: Option<Vec<u8>>,
}

/// One run, for --json.
#[derive(Serialize)]
struct Run<'a> {
    command: String,
    host: &'a str,
    time: String,
    exit: u8,
    changed: bool,
    truncated: bool,
    output: Cow<'a, str>,
}

impl View {
    pub(crate) fn open(options: &Options) -> Result<Self, Exit> {
        let screen = match options.json {
            true => None,
            false => screen()?,
        };
        if screen.is_none() && options.differences != Differences::None {
            let why = match options.json {
                true => "watch: -d marks changes on a window; --json tells `changed` of each run",
                false => "watch: -d marks changes on a window, and there is no terminal",
            };
            return Err(Exit::failed(1, why));
        }
        Ok(Self {
            screen,
            host: system::uname().map_or_else(|_| "localhost".into(), |facts| facts.nodename),
            size: (0, 0),
            began: local_time(),
            grid: None,
            printed: None,
        })
    }

    pub(crate) fn screen(&self) -> Option<&Screen> {
        self.screen.as_ref()
    }

    /// A run begins. In a window of another size, nothing is compared.
    pub(crate) fn begin(&mut self) {
        self.began = local_time();
        let size = window_size().filter(|_| self.screen.is_some());
        let size = size.map_or((USUAL_WIDTH, 0), |size| {
            (size.columns.into(), size.rows.into())
        });
        if size != self.size {
            self.size = size;
            self.grid = None;
        }
    }

    /// Shows the output of a run.
    pub(crate) fn show(
        &mut self,
        options: &Options,
        finished: &Finished,
        froze: bool,
    ) -> Result<Change, Exit> {
        match self.screen {
            Some(_) => self.draw(options, finished, froze),
            None => self.print(options, finished, froze),
        }
    }

    fn draw(
        &mut self,
        options: &Options,
        finished: &Finished,
        froze: bool,
    ) -> Result<Change, Exit> {
        let (columns, rows) = self.size;
        let title_rows = if options.no_title { 0 } else { header::ROWS };
        let text = String::from_utf8_lossy(&finished.output);
        let mut grid = Grid::of(&text, columns, rows.saturating_sub(title_rows), options);
        let change = match &self.grid {
            None => Change::First,
            Some(before) if grid.compare(before, options.differences) => Change::Changed,
            Some(_) => Change::Same,
        };
        let below = match (froze, finished.truncated) {
            (true, _) => Some(FAILED),
            (false, true) => Some(CUT.trim_end()),
            (false, false) => None,
        };
        let mut lines = match options.no_title {
            true => Vec::new(),
            false => vec![vec![Span::plain(self.title(options))], Vec::new()],
        };
        match below {
            None => lines.extend(grid.lines()),
            Some(below) => {
                // Beside what is compared next time.
                let mut shown = grid.clone();
                shown.write_below(below);
                lines.extend(shown.lines());
            }
        }
        self.grid = Some(grid);
        let drawn = self.screen.as_ref().map(|screen| screen.draw(&lines));
        drawn.transpose().map_err(|error| failed(&error))?;
        Ok(change)
    }

    fn print(
        &mut self,
        options: &Options,
        finished: &Finished,
        froze: bool,
    ) -> Result<Change, Exit> {
        let change = match &self.printed {
            None => Change::First,
            Some(before) if *before != finished.output => Change::Changed,
            Some(_) => Change::Same,
        };
        let format = if options.json {
            Format::Json
        } else {
            Format::Text
        };
        let mut output = Output::stdout(format);
        if options.json {
            output.json(&Run {
                command: options.command(),
                host: &self.host,
                time: self.began.to_string(),
                exit: finished.exit,
                changed: change == Change::Changed,
                truncated: finished.truncated,
                output: String::from_utf8_lossy(&finished.output),
            })?;
        } else {
            if !options.no_title {
                output.line(self.title(options))?;
                output.line("")?;
            }
            output.octets(&finished.output)?;
            if finished.truncated {
                output.text(CUT)?;
            }
            if froze {
                // No key is waited for, where there is no terminal to press it on.
                output.line("command exit with a non-zero status")?;
            }
        }
        output.flush()?;
        self.printed = Some(finished.output.clone());
        Ok(change)
    }

    fn title(&self, options: &Options) -> String {
        let (command, time) = (options.command(), header::time(self.began));
        header::title(self.size.0, options.seconds(), &command, &self.host, &time)
    }

    /// Beeps. In a pipe, as the octet that it is.
    pub(crate) fn beep(&self) -> Result<(), Exit> {
        if is_terminal(StandardStream::Output) {
            return console::bell().map_err(|error| failed(&error));
        }
        if self.screen.is_none() {
            let mut output = Output::stdout(Format::Text);
            output.octets(b"\x07")?;
            output.flush()?;
        }
        Ok(())
    }
}

/// The whole window, if there is a terminal to show it and to press keys on.
fn screen() -> Result<Option<Screen>, Exit> {
    match Screen::open() {
        Ok(screen) => Ok(Some(screen)),
        Err(Error::NotSupported) => Ok(None),
        Err(error) => Err(failed(&error)),
    }
}

fn failed(error: &Error) -> Exit {
    Exit::failed(1, format!("watch: {error}"))
}

fn local_time() -> jiff::civil::DateTime {
    let now = jiff::Timestamp::now();
    let nanos = u64::try_from(now.as_nanosecond()).unwrap_or(0);
    let zone = clock::local_zone(Timestamp::from_nanos(nanos));
    let offset = jiff::tz::Offset::from_seconds(zone.seconds_east);
    let offset = offset.unwrap_or(jiff::tz::Offset::UTC);
    offset.to_datetime(now)
}
