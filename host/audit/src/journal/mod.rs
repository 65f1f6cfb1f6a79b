//! The only writer of a log's files. Several processes can write to the same log: each record is appended under a
//! lock on the file, after the head of the log was read, so that the chain has no fork.

mod recover;
mod rotate;
mod sign;

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use rustix::fs::FlockOperation;
use rustix::io::Errno;

use super::chain::{self, Hash, Mac, Seal, Signature};
use super::event::of_log;
use super::head::{self, Head};
use super::place::{self, Opened};
use super::position::{self, Position};
use super::record::{Kind, LAST_NUMBER, Policy, Record};
use super::secrets::{self, Secrets};
use super::settings::Settings;
use super::slot::Slot;
use super::trust::Trust;
use super::{Error, Run, text};
use nethost_core::SyncMode;
use sign::{Signer, Signing};

pub(super) use rotate::{complete_files, file_name};

/// After this many records without a signature, a checkpoint signs. The end of a run is signed, too.
pub const CHECKPOINT_EVERY: u64 = 256;

/// A lock is held for microseconds. A process that holds it for this long is stopped, or not one of ours.
const PATIENCE: Duration = Duration::from_secs(5);

/// Appends to a log.
pub(super) struct Journal {
    settings: Settings,
    writer: Arc<Run>,
    file: File,
    /// The end of this file was compared with the head, so it is the right file.
    compared: bool,
    head: Slot<Head>,
    secrets: Slot<Secrets>,
    /// The key for the next signature, loaded when needed.
    signer: Option<Signer>,
}

/// A record that is about to be written, and its position.
struct Entry<'a> {
    /// What it follows.
    before: Option<Position>,
    /// Where it begins in the file, with `lead` before it.
    offset: u64,
    lead: &'a [u8],
    record: Record<'a>,
    signing: Option<Signing>,
    /// Number of the first record that is kept from here on.
    kept: Option<u64>,
}

/// What `Journal::open` finds at the log's path.
pub(super) enum Destination {
    /// A log.
    Journal(Box<Journal>),
    /// A device that keeps nothing.
    Device(PathBuf, File),
}

type Result<T, E = Step> = std::result::Result<T, E>;

/// What failed.
pub(super) struct Step {
    operation: &'static str,
    source: io::Error,
}

fn step<E: Into<io::Error>>(operation: &'static str) -> impl FnOnce(E) -> Step {
    move |source| Step {
        operation,
        source: source.into(),
    }
}

impl Journal {
    pub(super) fn open(
        settings: &Settings,
        writer: &Arc<Run>,
    ) -> std::result::Result<Destination, Error> {
        let open = || {
            let file = match place::open_log(&settings.path).map_err(step("open"))? {
                Opened::File(file) => file,
                Opened::Device(_) if settings.must_last => {
                    let why = "it is a device, which keeps nothing, and the policy requires a log; name a file";
                    return Err(step("open")(io::Error::other(why)));
                }
                Opened::Device(file) => {
                    return Ok(Destination::Device(settings.path.clone(), file));
                }
            };
            let head = head::open(&settings.state).map_err(step("open its head"))?;
            let secrets = secrets::open(&settings.state).map_err(step("open its seal"))?;
            Ok(Destination::Journal(Box::new(Self {
                settings: settings.clone(),
                writer: Arc::clone(writer),
                file,
                compared: false,
                head,
                secrets,
                signer: None,
            })))
        };
        open().map_err(|step| failed(settings, step))
    }

    /// Appends a record. When this returns, the record survives the end of this process.
    pub(super) fn append(&mut self, record: Record<'_>) -> std::result::Result<(), Error> {
        // A record that explains a gap is believed only if it is signed. A run is signed when it has ended, and a change
        // of a plugin has no run around it.
        let ends = matches!(record.event, Kind::RunEnd | Kind::PluginChange);
        let signed = ends || record.lost.is_some();
        let appended = self.locked(|journal| {
            if signed {
                journal.put_signed(record)?;
            } else {
                journal.put(record)?;
            }
            journal.settle()
        });
        appended.map_err(|step| failed(&self.settings, step))
    }

    /// The digest of the site's policy from now on.
    pub(super) fn policy_changed(&mut self, digest: Option<String>) {
        self.settings.site_policy = digest;
    }

    /// Signs now what was not signed yet.
    pub(super) fn checkpoint(&mut self) -> std::result::Result<(), Error> {
        let signed = self.locked(Self::sign_now);
        signed.map_err(|step| failed(&self.settings, step))
    }

    /// Ends the current file of the log, and with it the use of its key.
    pub(super) fn rotate(&mut self) -> std::result::Result<(), Error> {
        let rotated = self
            .locked(Self::close_file)
            .and_then(|()| self.locked(|_| Ok(())));
        rotated.map_err(|step| failed(&self.settings, step))
    }

    fn locked(&mut self, act: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let result = self.ready().and_then(|()| act(self));
        // Closing the file would release the lock, too, so a failure is ignored.
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
        result
    }

    /// Locks the log's current file and makes sure that it ends with a record that the head knows.
    fn ready(&mut self) -> Result<()> {
        loop {
            let size = self.lock()?;
            self.secrets.read().map_err(step("read its seal"))?;
            let head = self.head.read().map_err(step("read its head"))?;
            if let Some(head) = head.filter(|head| head.offset == size && !self.compared) {
                self.compared = recover::ends_at(&self.file, head).map_err(step("read"))?;
            }
            match head {
                Some(head) if head.position.closed && size == 0 => {
                    self.next_file()?;
                    break;
                }
                Some(head) if head.offset == size && self.compared => {
                    if head.position.closing {
                        self.end_file()?;
                    } else if head.position.closed {
                        self.move_away()?;
                    } else {
                        break;
                    }
                }
                None if size == 0 => {
                    self.begin()?;
                    break;
                }
                // What it leaves behind is checked again.
                _ => {
                    self.recover(size)?;
                    self.compared = true;
                }
            }
        }
        self.note_policy()
    }

    /// Locks the file that is at the log's path now; returns its length.
    fn lock(&mut self) -> Result<u64> {
        loop {
            lock(&self.file).map_err(step("lock"))?;
            let own = self.file.metadata().map_err(step("stat"))?;
            match std::fs::symlink_metadata(&self.settings.path) {
                Ok(there) if (there.dev(), there.ino()) == (own.dev(), own.ino()) => {
                    return Ok(there.len());
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(step("stat")(error));
                }
                _ => {}
            }
            // It was rotated, or recreated with its state, or replaced by someone.
            self.compared = false;
            let state = &self.settings.state;
            self.head = head::open(state).map_err(step("open its head"))?;
            self.secrets = secrets::open(state).map_err(step("open its seal"))?;
            self.file = match place::open_log(&self.settings.path).map_err(step("open"))? {
                Opened::File(file) => file,
                Opened::Device(_) => {
                    return Err(step("open")(io::Error::other("it has become a device")));
                }
            };
        }
    }

    /// Where the log stands. Only once there is a head.
    fn position(&self) -> Result<&Position> {
        let head = self.head.value().map(|head| &head.position);
        head.ok_or_else(|| step("read its head")(io::Error::other("it is gone")))
    }

    /// Starts a new log.
    fn begin(&mut self) -> Result<()> {
        // On a full disk, nothing is started that could not be finished.
        self.head.reserve().map_err(step("make its head"))?;
        self.secrets.reserve().map_err(step("make its seal"))?;
        self.open_file(None, 0, b"", None, None)
    }

    fn note_policy(&mut self) -> Result<()> {
        let was = &self.position()?.policy;
        if *was == self.settings.site_policy {
            return Ok(());
        }
        let was = was.clone();
        let writer = Arc::clone(&self.writer);
        let mut record = of_log(&writer, Kind::PolicyChange);
        record.policy = Some(Policy {
            digest: self.settings.site_policy.clone().map(Into::into),
            rule: None,
            was: was.map(Into::into),
        });
        self.put(record)
    }

    /// Signs, when enough has come since the last signature, and ends a file that is long enough.
    fn settle(&mut self) -> Result<()> {
        let Some(head) = self.head.value() else {
            return Ok(());
        };
        let signed = head.position.signed.as_ref().map_or(0, |signed| signed.seq);
        if head.offset >= self.settings.rotate {
            return self.close_file();
        }
        if head.position.key.is_some()
            && head.position.seq.saturating_sub(signed) >= CHECKPOINT_EVERY
        {
            self.sign_now()?;
        }
        Ok(())
    }

    fn sign_now(&mut self) -> Result<()> {
        let writer = Arc::clone(&self.writer);
        self.put_signed(of_log(&writer, Kind::Checkpoint))?;
        if self.settings.sync >= SyncMode::Checkpoint {
            self.sync()?;
        }
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(step("sync"))?;
        self.head.sync().map_err(step("sync its head"))?;
        self.secrets.sync().map_err(step("sync its seal"))
    }

    /// Appends a record after the last one.
    fn put(&mut self, record: Record<'_>) -> Result<()> {
        self.put_last(record, None)
    }

    /// Appends a record with the signature of the key in force.
    fn put_signed(&mut self, record: Record<'_>) -> Result<()> {
        let signing = self.signing()?;
        self.put_last(record, Some(signing))
    }

    fn put_last(&mut self, record: Record<'_>, signing: Option<Signing>) -> Result<()> {
        let head = self.head.value();
        self.write(Entry {
            before: head.map(|head| head.position.clone()),
            offset: head.map_or(0, |head| head.offset),
            lead: b"",
            record,
            signing,
            kept: head.and_then(|head| head.kept),
        })
    }

    /// Seals and writes a record, and then updates head and seal. If a writer is killed in between, it leaves a
    /// record that was not acknowledged. The next writer recognizes it as one of its own by the seal.
    fn write(&mut self, entry: Entry<'_>) -> Result<()> {
        let Entry {
            before,
            offset,
            lead,
            mut record,
            signing,
            kept,
        } = entry;
        if let Some(before) = &before {
            (record.seq, record.prev) = (before.seq.saturating_add(1), before.hash);
        }
        // Reached only for a log whose state was lost, by a record that someone else put there.
        if record.seq > LAST_NUMBER {
            let why = "there is no number left for a record after its last; move it away, and a new one begins";
            return Err(step("write")(io::Error::other(why)));
        }
        let mut secrets = self.secrets_for(before.as_ref())?;
        record.key = signing.as_ref().map(|signing| signing.keys.clone());
        let (line, seal) = seal(
            &mut record,
            |body| Some(secrets.seal.mac(body)),
            |hash| signing.as_ref().map(|signing| signing.signer.sign(hash)),
        );
        let position = position::place(before.as_ref(), &record, &seal)
            .map_err(|fault| step("write")(io::Error::other(fault)))?;
        let text = if lead.is_empty() {
            line
        } else {
            [lead, &line].concat()
        };
        if let Err(error) = (&self.file).write_all(&text) {
            // It was not acknowledged, so a part of it must not remain.
            let _ = self.file.set_len(offset);
            return Err(step("write")(error));
        }
        if self.settings.sync == SyncMode::Always {
            self.file.sync_data().map_err(step("sync"))?;
        }
        secrets.seal = secrets.seal.next();
        secrets.prev = seal.hash;
        if let Some(signing) = signing {
            self.note_keys(&signing.keys, record.seq, signing.noted, signing.ends)
                .map_err(step("note its key"))?;
            secrets.sign = signing.next.seed;
            secrets.next = None;
            self.signer = Some(signing.next);
        }
        let head = Head {
            position,
            offset: offset + text.len() as u64,
            kept,
        };
        let every = record.seq % CHECKPOINT_EVERY == 0;
        self.head.write(head).map_err(step("write its head"))?;
        self.secrets
            .write(secrets)
            .map_err(step("write its seal"))?;
        if every && self.settings.sync == SyncMode::Checkpoint {
            self.sync()?;
        }
        Ok(())
    }
}

/// Makes a record's line, and notes its seal in it.
pub(super) fn seal(
    record: &mut Record<'_>,
    mac: impl FnOnce(&Hash) -> Option<Mac>,
    sign: impl FnOnce(&Hash) -> Option<Signature>,
) -> (Vec<u8>, Seal) {
    record.ts = Timestamp::now();
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    record.mono = now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs();
    // Nothing in a record can fail to serialize: no maps with odd keys, no floats.
    let object = text::escape(serde_json::to_vec(record).unwrap_or_default());
    let (line, seal) = chain::seal(object, mac, sign);
    record.mac = seal.mac.map(|mac| HEXLOWER.encode(&mac).into());
    record.hash = seal.hash;
    record.sig = seal.signature.map(|signature| HEXLOWER.encode(&signature));
    (line, seal)
}

/// Waits for the lock, but not for ever.
fn lock(file: &File) -> io::Result<()> {
    let mut pause = Duration::from_micros(20);
    let give_up = Instant::now() + PATIENCE;
    loop {
        match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(Errno::WOULDBLOCK) if Instant::now() < give_up => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(1));
            }
            Err(Errno::WOULDBLOCK) => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!(
                        "another process has held the lock for {} seconds",
                        PATIENCE.as_secs()
                    ),
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn failed(settings: &Settings, step: Step) -> Error {
    Error::new(&settings.path, step.operation, step.source)
}

#[cfg(test)]
mod cost_tests;
#[cfg(test)]
mod kill_tests;
#[cfg(test)]
mod recover_tests;
