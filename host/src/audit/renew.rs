//! What to do with a log that is not what was written: its files and what its head knew of it are put aside
//! as they are, and a new log begins, whose first record says so.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, RenameFlags};

use super::place::{self, Opened};
use super::record::Renewed;
use super::verify::Report;
use super::{Error, Log, Run, Settings, head, read};

/// In the state: what the next log that begins is to say.
const PENDING: &str = "renewed";
/// What belongs to the log that is put aside.
const STATE: [&str; 2] = ["head", "keys"];
/// What could only be used to forge it.
const SECRETS: [&str; 3] = ["seal", "key", "key.next"];

/// Puts a log aside, with what verification found, and begins a new one. Returns the folder of its files.
pub fn renew(settings: &Settings, run: Run, found: &Report) -> Result<PathBuf, Error> {
    let evidence = put_aside(settings, found)
        .map_err(|(operation, source)| Error::new(&settings.path, operation, source))?;
    let settings = Settings {
        required: true,
        ..settings.clone()
    };
    Log::open(&settings, run)?.checkpoint()?;
    Ok(evidence)
}

fn put_aside(settings: &Settings, found: &Report) -> Result<PathBuf, (&'static str, io::Error)> {
    let at = |operation: &'static str| move |error| (operation, error);
    let (log, state) = (&settings.path, &settings.state);
    // Writers wait for the lock, and look again at what is there once they have it.
    let lock = match place::open_log(log).map_err(at("open"))? {
        Opened::File(file) => file,
        Opened::Device(_) => return Err(("open", io::Error::other("a device keeps nothing"))),
    };
    place::flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(at("lock"))?;
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ").to_string();
    let mut name = log.as_os_str().to_owned();
    name.push(format!(".evidence-{now}"));
    let evidence = PathBuf::from(name);
    let of_state = state.join(format!("evidence-{now}"));
    for folder in [&evidence, &of_state] {
        let made = DirBuilder::new().mode(0o700).create(folder);
        made.map_err(at("make a folder for its files"))?;
    }
    let head = head::read(state).map_err(at("read its head"))?;
    let renewed = Renewed {
        log: head.as_ref().map(|head| head.position.log.clone()),
        seq: head.as_ref().map(|head| head.position.seq),
        hash: head.as_ref().map(|head| head.position.hash),
        verdict: found.verdict.name().to_owned(),
        evidence: evidence.display().to_string(),
    };
    let text =
        serde_json::to_vec(&renewed).map_err(|error| ("note what is renewed", error.into()))?;
    write(&state.join(PENDING), &text).map_err(at("note what is renewed"))?;
    let report =
        serde_json::to_vec_pretty(found).map_err(|error| ("keep the report", error.into()))?;
    write(&of_state.join("report.json"), &report).map_err(at("keep the report"))?;
    let files = read::files(log).map_err(at("list its files"))?;
    let (current, complete): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file == log);
    let take_file = |file: &Path| match file.file_name() {
        Some(name) => take(file, &evidence.join(name)).map_err(at("put a file aside")),
        None => Ok(()),
    };
    for file in &complete {
        take_file(file)?;
    }
    for name in STATE {
        take(&state.join(name), &of_state.join(name)).map_err(at("put its state aside"))?;
    }
    for name in SECRETS {
        match std::fs::remove_file(state.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(("remove its seal", error));
            }
            _ => {}
        }
    }
    // Who waits for the lock is let in last.
    for file in &current {
        take_file(file)?;
    }
    Ok(evidence)
}

/// Moves a file; nothing there is written over.
fn take(from: &Path, to: &Path) -> io::Result<()> {
    let cwd = rustix::fs::CWD;
    match rustix::fs::renameat_with(cwd, from, cwd, to, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::NOENT) => Ok(()),
        moved => Ok(moved?),
    }
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = place::open_own(path, &mut options)?;
    file.write_all(text)?;
    file.sync_data()
}

/// The log that the one that is about to begin takes the place of.
pub(super) fn pending(state: &Path) -> io::Result<Option<Renewed>> {
    let mut text = String::new();
    match place::open_own(&state.join(PENDING), OpenOptions::new().read(true)) {
        Ok(file) => file.take(64 << 10).read_to_string(&mut text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(serde_json::from_str(&text).ok())
}

/// The new log says it.
pub(super) fn done(state: &Path) -> io::Result<()> {
    match std::fs::remove_file(state.join(PENDING)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
