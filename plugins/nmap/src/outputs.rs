//! Where reports go: standard output and files, each in its form.

use std::fmt;

use nethost_sdk::files::{WriteMode, Writer};
use nethost_sdk::output::{Format, Output};
use nethost_sdk::{Error, Exit};

use crate::options::Options;
use crate::quit;

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputKind {
    Normal,
    Xml,
    Grepable,
    Json,
    /// Nothing.
    None,
}

impl OutputKind {
    /// As messages call it.
    fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Xml => "XML",
            Self::Grepable => "machine",
            Self::Json => "JSON",
            Self::None => "no",
        }
    }
}

/// An output that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) kind: OutputKind,
    /// `-` for standard output.
    pub(crate) file: String,
}

/// A file that is written.
struct Sink {
    kind: OutputKind,
    writer: Option<Writer>,
    pending: String,
}

/// A file gets so much at once.
const PENDING: usize = 32 << 10;

/// All outputs.
pub(crate) struct Outputs {
    sinks: Vec<Sink>,
    /// What standard output gets.
    stdout: OutputKind,
    /// Standard output is what -oN writes to, so that it looks like a file.
    as_file: bool,
    screen: Output<std::io::Stdout>,
}

impl Outputs {
    pub(crate) fn open(options: &Options) -> Result<Self, Exit> {
        let mut stdout = match (options.json, options.quiet) {
            (true, _) => OutputKind::Json,
            (false, true) => OutputKind::None,
            (false, false) => OutputKind::Normal,
        };
        let mut sinks = Vec::new();
        let mut as_file = false;
        for output in &options.outputs {
            if output.file == "-" {
                stdout = output.kind;
                as_file = output.kind == OutputKind::Normal;
                continue;
            }
            let again = if options.append {
                WriteMode::Append
            } else {
                WriteMode::Replace
            };
            let failed = |error| {
                let file = &output.file;
                let kind = output.kind.name();
                let number = number(&error);
                Exit::failed(
                    1,
                    format!(
                        "Failed to open {kind} output file {file} for writing: {error}{number}"
                    ),
                )
            };
            let path = &output.file;
            // A file that is there needs another permission.
            let writer = match Writer::open(path, WriteMode::Create, None) {
                Err(nethost_sdk::Error::Other(_)) => Writer::open(path, again, None),
                opened => opened,
            };
            let writer = writer.map_err(failed)?;
            sinks.push(Sink {
                kind: output.kind,
                writer: Some(writer),
                pending: String::new(),
            });
        }
        Ok(Self {
            sinks,
            stdout,
            as_file,
            screen: Output::stdout(Format::Text),
        })
    }

    /// Whether anything has this form.
    pub(crate) fn wants(&self, kind: OutputKind) -> bool {
        self.stdout == kind || self.sinks.iter().any(|sink| sink.kind == kind)
    }

    /// Text of the normal report, for the screen and for files.
    pub(crate) fn normal(&mut self, text: fmt::Arguments<'_>) -> Result<(), Exit> {
        self.write(OutputKind::Normal, text)
    }

    /// Text for the screen alone, if that shows the normal report.
    pub(crate) fn screen(&mut self, text: fmt::Arguments<'_>) -> Result<(), Exit> {
        match self.stdout {
            OutputKind::Normal if !self.as_file => self.screen.text(text),
            _ => Ok(()),
        }
    }

    /// Text of a report in one form.
    pub(crate) fn write(&mut self, kind: OutputKind, text: fmt::Arguments<'_>) -> Result<(), Exit> {
        if self.stdout == kind {
            self.screen.text(text)?;
        }
        for sink in self.sinks.iter_mut().filter(|sink| sink.kind == kind) {
            let _ = fmt::Write::write_fmt(&mut sink.pending, text);
            if sink.pending.len() > PENDING {
                sink.flush()?;
            }
        }
        Ok(())
    }

    /// Text for files of one form alone.
    pub(crate) fn write_files(
        &mut self,
        kind: OutputKind,
        text: fmt::Arguments<'_>,
    ) -> Result<(), Exit> {
        if self.as_file && kind == OutputKind::Normal {
            self.screen.text(text)?;
        }
        for sink in self.sinks.iter_mut().filter(|sink| sink.kind == kind) {
            let _ = fmt::Write::write_fmt(&mut sink.pending, text);
        }
        Ok(())
    }

    /// A report of a host is complete.
    pub(crate) fn flush(&mut self) -> Result<(), Exit> {
        self.screen.flush()?;
        self.sinks.iter_mut().try_for_each(Sink::flush)
    }
}

impl Sink {
    fn flush(&mut self) -> Result<(), Exit> {
        if self.pending.is_empty() {
            return Ok(());
        }
        if let Some(writer) = &self.writer {
            let written = writer.write(self.pending.as_bytes());
            written.map_err(|error| quit(format!("write error: {error}")))?;
        }
        self.pending.clear();
        Ok(())
    }
}

/// The errno of a file that cannot be opened, as it follows its text.
pub(crate) fn number(error: &Error) -> &'static str {
    match error {
        Error::NotFound => " (2)",
        Error::AccessDenied => " (13)",
        _ => "",
    }
}

/// A file name with the date and time in place of `%D`, `%T` and the like.
pub(crate) fn file_name(name: &str) -> String {
    if !name.contains('%') {
        return name.to_owned();
    }
    let now = crate::time::now();
    let mut filled = String::new();
    let mut letters = name.chars();
    while let Some(letter) = letters.next() {
        let conversion = match letter {
            '%' => letters.next(),
            other => {
                filled.push(other);
                continue;
            }
        };
        match conversion {
            Some('D') => filled.push_str(&now.strftime("%m%d%y").to_string()),
            Some('T') => filled.push_str(&now.strftime("%H%M%S").to_string()),
            Some('R') => filled.push_str(&now.strftime("%H%M").to_string()),
            Some('F') => filled.push_str(&now.strftime("%Y-%m-%d").to_string()),
            Some(part @ ('H' | 'M' | 'S' | 'm' | 'd' | 'y' | 'Y')) => {
                filled.push_str(&now.strftime(&format!("%{part}")).to_string());
            }
            Some(other) => filled.push(other),
            None => {}
        }
    }
    filled
}
