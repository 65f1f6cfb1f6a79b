//! Where the output appears: on the whole window, or line by line where there is no terminal.

use std::borrow::Cow;

use nethost_sdk::output::{Format, Output};
use nethost_sdk::terminal::{Key, Screen, StandardStream, is_terminal};
use nethost_sdk::tools::Finished;
use nethost_sdk::{Error, Exit, Timestamp, clock, console, system};
use serde::Serialize;

use crate::flags::{Differences, Options};
use crate::header;
use crate::record::{Record, Seen};
use crate::window::Window;

/// The width where there is no window.
const USUAL_WIDTH: usize = 80;
pub(crate) const CUT: &str = "(output cut after 1 MiB)\n";

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
    window: Option<Window>,
    record: Option<Record>,
    host: String,
    /// The time at which the run began.
    began: jiff::Zoned,
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
        let record = options.record.as_deref().map(Record::open).transpose()?;
        let window = match options.json {
            true => None,
            false => Window::open(options)?,
        };
        if window.is_none() && options.differences != Differences::None {
            let why = match options.json {
                true => "watch: -d marks changes on a window; --json tells `changed` of each run",
                false => "watch: -d marks changes on a window, and there is no terminal",
            };
            return Err(Exit::failed(1, why));
        }
        Ok(Self {
            window,
            record,
            host: system::uname().map_or_else(|_| "localhost".into(), |facts| facts.nodename),
            began: local_time(),
            printed: None,
        })
    }

    pub(crate) fn screen(&self) -> Option<&Screen> {
        self.window.as_ref().map(Window::screen)
    }

    /// A run begins.
    pub(crate) fn begin(&mut self) {
        self.began = local_time();
        if let Some(window) = &mut self.window {
            window.measure();
        }
    }

    /// Shows the output of a run.
    pub(crate) fn show(
        &mut self,
        options: &Options,
        finished: &Finished,
        froze: bool,
    ) -> Result<Change, Exit> {
        if let Some(record) = &mut self.record {
            record.keep(Seen {
                time: self.began.timestamp().to_string(),
                command: &options.command(),
                exit: finished.exit,
                truncated: finished.truncated,
                output: &String::from_utf8_lossy(&finished.output),
            })?;
        }
        match &mut self.window {
            Some(window) => {
                window.show(options, &self.host, self.began.datetime(), finished, froze)
            }
            None => self.print(options, finished, froze),
        }
    }

    /// A key that shows something else.
    pub(crate) fn press(&mut self, key: Key, options: &Options) -> Result<(), Exit> {
        match &mut self.window {
            Some(window) => window.press(key, options, &self.host),
            None => Ok(()),
        }
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
                time: self.began.datetime().to_string(),
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
        let (command, time) = (options.command(), header::time(self.began.datetime()));
        header::title(USUAL_WIDTH, options.seconds(), &command, &self.host, &time)
    }

    /// Beeps. In a pipe, as the octet that it is.
    pub(crate) fn beep(&self) -> Result<(), Exit> {
        if is_terminal(StandardStream::Output) {
            return console::bell().map_err(|error| failed(&error));
        }
        if self.window.is_none() {
            let mut output = Output::stdout(Format::Text);
            output.octets(b"\x07")?;
            output.flush()?;
        }
        Ok(())
    }
}

pub(crate) fn failed(error: &Error) -> Exit {
    Exit::failed(1, format!("watch: {error}"))
}

fn local_time() -> jiff::Zoned {
    let now = jiff::Timestamp::now();
    let nanos = u64::try_from(now.as_nanosecond()).unwrap_or(0);
    let zone = clock::local_zone(Timestamp::from_nanos(nanos));
    let offset = jiff::tz::Offset::from_seconds(zone.seconds_east);
    let offset = offset.unwrap_or(jiff::tz::Offset::UTC);
    now.to_zoned(jiff::tz::TimeZone::fixed(offset))
}
