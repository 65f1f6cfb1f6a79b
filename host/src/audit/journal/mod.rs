//! The one writer of a log's files. Any number of processes may have one for the same log: each record is
//! appended under a lock on the file, after the log's head was read, so that the chain has no fork.

mod recover;
mod rotate;

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

use super::chain::{self, Hash, Seal, Signature};
use super::event::of_log;
use super::head::{Head, HeadFile};
use super::key::{KeyFile, PublicKey, SecretKey};
use super::place::{self, Opened};
use super::position::{self, Position};
use super::record::{Keys, Kind, Policy, Record};
use super::settings::{Settings, SyncMode};
use super::verify::Trust;
use super::{Error, Run, text};

pub(super) use rotate::{complete_files, file_name};

/// After so many records without a signature, a checkpoint signs.
pub const CHECKPOINT_EVERY: u64 = 256;

/// A lock is held for microseconds. Who holds it for so long is stopped, or not ours.
const PATIENCE: Duration = Duration::from_secs(5);

/// Appends to a log.
pub(super) struct Journal {
    settings: Settings,
    writer: Arc<Run>,
    file: File,
    /// The end of this file was compared with the head: nobody has put another one in its place.
    compared: bool,
    head: HeadFile,
    keys: KeyFile,
    secret: Option<SecretKey>,
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
            let head = HeadFile::open(&settings.state).map_err(step("open its head"))?;
            Ok(Destination::Journal(Box::new(Self {
                settings: settings.clone(),
                writer: Arc::clone(writer),
                file,
                compared: false,
                head,
                keys: KeyFile::of(&settings.state),
                secret: None,
            })))
        };
        open().map_err(|step| failed(settings, step))
    }

    /// Appends a record. When this returns, the record survives the end of this process.
    pub(super) fn append(&mut self, record: Record<'_>) -> std::result::Result<(), Error> {
        let appended = self.locked(|journal| {
            journal.put(record)?;
            journal.settle()
        });
        appended.map_err(|step| failed(&self.settings, step))
    }

    /// The site's policy is this one by now.
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
        // Closing the file would end the lock too; nothing is to be done about a failure.
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
        result
    }

    /// Locks the log's current file and makes sure that it ends with a record that the head knows.
    fn ready(&mut self) -> Result<()> {
        loop {
            let size = self.lock()?;
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
                    if !head.position.closed {
                        break;
                    }
                    self.move_away()?;
                }
                None if size == 0 => {
                    self.begin()?;
                    break;
                }
                // What it leaves behind is looked at again.
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
            // It was rotated, or somebody has put another one there.
            self.compared = false;
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
        let head = self.head.head().map(|head| &head.position);
        head.ok_or_else(|| step("read its head")(io::Error::other("it is gone")))
    }

    /// Starts a new log.
    fn begin(&mut self) -> Result<()> {
        let mut id = [0; 16];
        rustix::rand::getrandom(&mut id, rustix::rand::GetRandomFlags::empty())
            .map_err(step("getrandom"))?;
        let id = format!("{:032x}", u128::from_ne_bytes(id));
        self.open_file(&id, 0, b"", None)
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
        let Some(head) = self.head.head() else {
            return Ok(());
        };
        let signed = head.position.signed.as_ref().map_or(0, |signed| signed.seq);
        if head.offset >= self.settings.rotate {
            return self.close_file();
        }
        if head.position.key.is_some() && head.position.seq - signed >= CHECKPOINT_EVERY {
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
        self.head.sync().map_err(step("sync its head"))
    }

    /// Appends a record with the signature of the key in force.
    fn put_signed(&mut self, mut record: Record<'_>) -> Result<()> {
        self.find_key()?;
        record.key = self.secret.as_ref().map(|secret| Keys {
            signer: secret.public(),
            next: None,
            lost: None,
        });
        self.put(record)
    }

    /// Makes sure that `secret` is the key in force. A key that is gone is replaced, which the log says.
    fn find_key(&mut self) -> Result<()> {
        let wanted = self.position()?.key;
        if let (Some(secret), Some(wanted)) = (&self.secret, &wanted)
            && secret.public() == *wanted
        {
            return Ok(());
        }
        self.secret = match &wanted {
            Some(wanted) => self.load_key(wanted)?,
            None => None,
        };
        if self.secret.is_none() {
            let key = self.keys.prepare().map_err(step("make its key"))?;
            let writer = Arc::clone(&self.writer);
            let mut record = of_log(&writer, Kind::Key);
            record.key = Some(Keys {
                signer: key.public(),
                next: Some(key.public()),
                lost: wanted,
            });
            self.secret = Some(key);
            self.put(record)?;
            self.install_key()?;
        }
        Ok(())
    }

    fn load_key(&self, wanted: &PublicKey) -> Result<Option<SecretKey>> {
        let from = self.position()?.seq + 1;
        // Its writer was killed before it could note it, so nothing is signed with it yet.
        let late = || Trust::note(&self.settings.state, *wanted, from);
        self.keys.load(wanted, late).map_err(step("read its key"))
    }

    /// The key that the last record announced is the one in force.
    fn install_key(&mut self) -> Result<()> {
        let position = self.position()?;
        let Some(key) = position.key else {
            return Ok(());
        };
        let signer = position.signed.as_ref().map(|signed| signed.signer);
        // The key before has signed the record that announces this one.
        let from = position.seq + u64::from(signer != Some(key));
        Trust::note(&self.settings.state, key, from).map_err(step("note its key"))?;
        self.keys.install().map_err(step("replace its key"))
    }

    /// Seals and writes one record after the last one, and moves the head.
    fn put(&mut self, record: Record<'_>) -> Result<()> {
        let head = self.head.head();
        let (before, offset) = (
            head.map(|head| head.position.clone()),
            head.map_or(0, |head| head.offset),
        );
        self.put_after(before, offset, b"", record)
    }

    /// Writes a record after this position, and `lead` before it.
    fn put_after(
        &mut self,
        before: Option<Position>,
        offset: u64,
        lead: &[u8],
        mut record: Record<'_>,
    ) -> Result<()> {
        if let Some(before) = &before {
            (record.seq, record.prev) = (before.seq + 1, before.hash);
        }
        let secret = self.secret.as_ref().filter(|_| record.key.is_some());
        let (line, seal) = seal(&mut record, |hash| secret.map(|secret| secret.sign(hash)));
        let text = if lead.is_empty() {
            line
        } else {
            [lead, &line].concat()
        };
        if let Err(error) = (&self.file).write_all(&text) {
            // Nobody was told that it is there, so no half of it shall be.
            let _ = self.file.set_len(offset);
            return Err(step("write")(error));
        }
        let position = position::follow(before.as_ref(), &record, &seal)
            .map_err(|fault| step("write")(io::Error::other(fault)))?;
        if self.settings.sync == SyncMode::Always {
            self.file.sync_data().map_err(step("sync"))?;
        }
        let head = Head {
            position,
            offset: offset + text.len() as u64,
        };
        self.head.write(head).map_err(step("write its head"))
    }
}

/// Makes a record's line, and notes its seal in it.
pub(super) fn seal(
    record: &mut Record<'_>,
    sign: impl FnOnce(&Hash) -> Option<Signature>,
) -> (Vec<u8>, Seal) {
    record.ts = Timestamp::now();
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    record.mono = now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs();
    // Nothing in a record can fail to serialize: no maps with odd keys, no floats.
    let object = text::escape(serde_json::to_vec(record).unwrap_or_default());
    let mut signature = None;
    let (line, hash) = chain::seal(object, |hash| {
        signature = sign(hash);
        signature
    });
    record.hash = hash;
    record.sig = signature.map(|signature| HEXLOWER.encode(&signature));
    let seal = Seal {
        claimed: hash,
        hash,
        signature,
    };
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
mod kill_tests;
#[cfg(test)]
mod recover_tests;
