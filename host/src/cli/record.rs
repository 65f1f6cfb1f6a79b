//! `nethost record`: a run whose calls and answers are written into a file, for `nethost replay`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;

use super::{Options, done, run};
use nethost_core::output;
use nethost_kit::recorded::Tape;
use nethost_record::{Event, Header, Plugin, Record, Recorder, Redactor, Terminals};
use nethost_runner::linker::CONTRACT;
use nethost_runner::plugin::load::Found;
use nethost_runner::sources::{self, Reel};

/// What `nethost record` is called with.
#[derive(Args)]
pub(super) struct Arguments {
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the file if there is one
    #[arg(long)]
    force: bool,
    /// Leave out payloads, and give names and addresses as pseudonyms; such a record can be listed, not replayed
    #[arg(long)]
    redact: bool,
    /// Redact this record, and run nothing
    #[arg(long, value_name = "RECORD", conflicts_with = "plugin")]
    from: Option<PathBuf>,
    /// The plugin, then its own options and arguments
    #[arg(
        required_unless_present = "from",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "PLUGIN [ARGS]"
    )]
    plugin: Vec<String>,
}

/// Where the record of a run goes.
#[derive(Clone)]
pub(super) struct Target {
    file: PathBuf,
    force: bool,
    redact: bool,
}

/// A file that will be a record. Unless the run begins, it is removed again.
pub(super) struct Draft {
    file: Option<File>,
    path: PathBuf,
    redact: bool,
}

/// Runs a plugin and records it, or redacts a record.
pub(super) fn record(options: &Options, arguments: Arguments) -> ExitCode {
    let target = Target {
        file: arguments.output,
        force: arguments.force,
        redact: arguments.redact,
    };
    if let Some(from) = &arguments.from {
        return done(redact(from, &target));
    }
    let options = Options {
        record: Some(target),
        ..options.clone()
    };
    super::named(&options, &arguments.plugin)
}

fn redact(from: &Path, target: &Target) -> io::Result<u8> {
    let Record {
        mut header,
        mut events,
        end,
    } = Record::open(from).map_err(io::Error::other)?;
    let mut redactor = Redactor::default();
    redactor.header(&mut header);
    events.extend(end.map(Event::End));
    let mut draft = target.create()?;
    if let Some(file) = &draft.file {
        let mut file = BufWriter::new(file);
        writeln!(file, "{}", serde_json::to_string(&header)?)?;
        for event in &mut events {
            redactor.event(event);
            writeln!(file, "{}", serde_json::to_string(event)?)?;
        }
        file.flush()?;
    }
    draft.file = None;
    Ok(0)
}

impl Target {
    /// The path, for messages.
    pub(super) fn shown(&self) -> String {
        self.file.display().to_string()
    }

    /// Makes the file, which only this user can read.
    pub(super) fn create(&self) -> io::Result<Draft> {
        let named = |error: io::Error| {
            let hint = match error.kind() {
                io::ErrorKind::AlreadyExists => "; --force replaces it",
                _ => "",
            };
            io::Error::new(error.kind(), format!("{}: {error}{hint}", self.shown()))
        };
        if self.force {
            match std::fs::remove_file(&self.file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(named(error)),
                _ => {}
            }
        }
        let file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.file)
            .map_err(named)?;
        Ok(Draft {
            file: Some(file),
            path: self.file.clone(),
            redact: self.redact,
        })
    }
}

impl Draft {
    /// Begins the record of a run.
    pub(super) fn begin(mut self, found: &Found, args: &[String]) -> io::Result<Reel> {
        let plugin = Plugin {
            name: found.name.clone(),
            typed: found.typed.clone(),
            digest: found.digest.clone(),
        };
        let started = Timestamp::now().to_string();
        let mut header = Header::new(CONTRACT, plugin, args.to_vec(), started);
        header.terminals = Terminals {
            input: std::io::IsTerminal::is_terminal(&io::stdin()),
            output: output::Stream::Output.is_terminal(),
            error: output::Stream::Error.is_terminal(),
        };
        let mut seed = [0; 16];
        sources::fill(&mut seed);
        header.seed = format!("{:x}", u128::from_ne_bytes(seed));
        let file = self.file.take().ok_or(io::ErrorKind::NotFound)?;
        let redactor = self.redact.then(Redactor::default);
        let recorder = Recorder::begin(file, header.clone(), redactor)?;
        Ok(Reel {
            tape: Tape::records(recorder),
            header,
        })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.file.is_some() {
            // If it cannot be removed, an empty file stays, which is no record.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Ends the record of a run, and says so if it is not complete.
pub(super) fn end(
    reel: &Reel,
    end: nethost_record::End,
    target: &Target,
) -> Result<(), run::Error> {
    let ended = reel.tape.recorder().map(|recorder| recorder.end(end));
    ended
        .transpose()
        .map(drop)
        .map_err(|source| run::Error::NotRecorded {
            file: target.shown(),
            source,
        })
}
