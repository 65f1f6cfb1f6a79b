//! What to do with a log that is not what was written: its files and what its head knew of it are put aside
//! as they are, and a new log begins, whose first record says so.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;
use rustix::fs::{FlockOperation, RenameFlags};

use super::place::{self, Opened};
use super::record::Renewed;
use super::verify::{self, Report, Verdict};
use super::{Error, Log, Run, Settings, head, read, snapshot};

/// In the state: what the next log that begins is to say.
const PENDING: &str = "renewed";
/// What belongs to the log that is put aside.
const STATE: [&str; 2] = ["head", "keys"];
/// What could only be used to forge it.
const SECRETS: [&str; 3] = ["seal", "key", "key.next"];

/// What was put aside.
#[derive(Debug)]
pub struct PutAside {
    /// What the log was found to be.
    pub verdict: Verdict,
    /// The folder of its files.
    pub evidence: PathBuf,
}

/// Puts a log aside, with what verification finds, and begins a new one. None when nothing is wrong with it.
pub fn renew(settings: &Settings, run: Run) -> Result<Option<PutAside>, Error> {
    let put_aside = put_aside(settings)
        .map_err(|(operation, source)| Error::new(&settings.path, operation, source))?;
    if put_aside.is_some() {
        let settings = Settings {
            required: true,
            ..settings.clone()
        };
        Log::open(&settings, run)?.checkpoint()?;
    }
    Ok(put_aside)
}

type Result<T, E = (&'static str, io::Error)> = std::result::Result<T, E>;

fn at(operation: &'static str) -> impl FnOnce(io::Error) -> (&'static str, io::Error) {
    move |error| (operation, error)
}

fn is_wrong(found: &Report) -> bool {
    match found.verdict {
        Verdict::Intact | Verdict::LaterUnknown | Verdict::Unsigned => false,
        // One that has not begun, perhaps because another was just put aside.
        Verdict::Unverifiable => found.bytes > 0,
        Verdict::Truncated | Verdict::Tampered => true,
    }
}

fn put_aside(settings: &Settings) -> Result<Option<PutAside>> {
    let (log, state) = (&settings.path, &settings.state);
    // Nobody waits for the verification of a log that is as it should be.
    let expected = || verify::expected_here(state);
    let found = verify::verify_with(log, expected, None).map_err(at("verify"))?;
    if !is_wrong(&found) {
        return Ok(None);
    }
    // Writers wait for the lock, and look again at what is there once they have it. So what is put aside is
    // what was found: another may have renewed it meanwhile.
    let _lock = lock(log)?;
    let found = verify::verify_locked(log, state).map_err(at("verify"))?;
    if !is_wrong(&found) {
        return Ok(None);
    }
    let evidence = take_all(settings, &found)?;
    Ok(Some(PutAside {
        verdict: found.verdict,
        evidence,
    }))
}

/// The log's current file, with everybody else kept out.
fn lock(log: &Path) -> Result<File> {
    let give_up = Instant::now() + place::PATIENCE;
    while Instant::now() < give_up {
        let file = match place::open_log(log).map_err(at("open"))? {
            Opened::File(file) => file,
            Opened::Device(_) => return Err(("open", io::Error::other("a device keeps nothing"))),
        };
        place::flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(at("lock"))?;
        // It may be complete by now.
        if snapshot::stands_at(log, Some(&file)) {
            return Ok(file);
        }
    }
    Err(("lock", io::Error::from(io::ErrorKind::TimedOut)))
}

/// For whoever holds the log's lock.
fn take_all(settings: &Settings, found: &Report) -> Result<PathBuf> {
    let (log, state) = (&settings.path, &settings.state);
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
