//! Whether the policy of a run that is going on is still what it was. Files are looked at a few times a second, and
//! read again when they are others: what was taken away is taken from what is open too.
//!
//! A policy that is gone or has a mistake allows nothing new, from the next look on. As editors write files in more
//! than one step, what is open has [`GRACE`] until it ends.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::{Policies, Subject};

/// Between two looks.
pub const EVERY: Duration = Duration::from_millis(200);
/// For so long what is open goes on under a policy that cannot be read any more.
const GRACE: Duration = Duration::from_secs(10);
/// A file that was written so recently may be written again within the same tick of its clock.
const RECENT: Duration = Duration::from_secs(1);

/// Reads everything again.
type Reload = Box<dyn Fn() -> Result<Reloaded, String> + Send>;

/// What was read again.
pub enum Reloaded {
    /// What is in force from now on, for whom.
    Policies(Box<Policies>, Box<Subject>),
    /// Nothing: the user is no more.
    Nobody(String),
}

/// What there is to do.
pub enum Change {
    /// Nothing.
    None,
    /// This is in force now.
    Policies(Box<Policies>, Box<Subject>),
    /// Nothing new is allowed any more.
    Suspended(String),
    /// Nothing is.
    Ended(String),
}

/// Looks at the files that a run's policy is from.
pub struct PolicyWatch {
    files: Vec<PathBuf>,
    reload: Reload,
    /// As they were read last, and whether they may have changed since without a sign of it. Not read yet: none.
    read: Option<(Vec<Option<Stamp>>, bool)>,
    looked: Instant,
    /// What was in force last.
    now: (Option<String>, Subject),
    broken: Option<(Instant, String)>,
}

/// Tells a file from what was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl PolicyWatch {
    /// Watches these files, which these policies are from, with what they are reached through.
    pub fn new(
        files: Vec<PathBuf>,
        policies: &Policies,
        subject: &Subject,
        reload: impl Fn() -> Result<Reloaded, String> + Send + 'static,
    ) -> Self {
        Self {
            files,
            reload: Box::new(reload),
            read: None,
            looked: Instant::now(),
            now: (policies.digest(), subject.clone()),
            broken: None,
        }
    }

    /// Looks, unless it did a moment ago.
    pub fn look(&mut self) -> Change {
        if self.looked.elapsed() < EVERY {
            return Change::None;
        }
        self.looked = Instant::now();
        let stamps: Vec<_> = self.files.iter().map(Stamp::of).collect();
        let same = self.read.as_ref();
        if same.is_some_and(|(read, recent)| *read == stamps && !recent) && self.broken.is_none() {
            return Change::None;
        }
        let recent = stamps.iter().flatten().any(Stamp::is_recent);
        self.read = Some((stamps, recent));
        match (self.reload)() {
            Ok(Reloaded::Policies(policies, subject)) => {
                let next = (policies.digest(), Subject::clone(&subject));
                let mended = self.broken.take().is_some();
                if self.now == next && !mended {
                    return Change::None;
                }
                self.now = next;
                Change::Policies(policies, subject)
            }
            Ok(Reloaded::Nobody(why)) => Change::Ended(why),
            Err(why) => {
                let since = self
                    .broken
                    .as_ref()
                    .map_or(self.looked, |(since, _)| *since);
                let first = self.broken.is_none();
                self.broken = Some((since, why.clone()));
                if since.elapsed() >= GRACE {
                    Change::Ended(why)
                } else if first {
                    Change::Suspended(why)
                } else {
                    Change::None
                }
            }
        }
    }
}

impl Stamp {
    /// None where there is no file, or none to be seen.
    fn of(path: &PathBuf) -> Option<Self> {
        std::fs::metadata(path).ok().map(|facts| Self::from(&facts))
    }

    fn is_recent(&self) -> bool {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |now| now.as_secs().cast_signed());
        // Also one of the future, by a clock that was set since.
        now - self.changed.0 <= RECENT.as_secs().cast_signed()
    }
}

impl From<&Metadata> for Stamp {
    fn from(facts: &Metadata) -> Self {
        Self {
            file: (facts.dev(), facts.ino()),
            length: facts.len(),
            modified: (facts.mtime(), facts.mtime_nsec()),
            changed: (facts.ctime(), facts.ctime_nsec()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;
    use std::sync::Mutex;

    /// A watch over one file that says what the policy is, and its next look without waiting for it.
    struct Bed {
        _folder: tempfile::TempDir,
        file: PathBuf,
        watch: PolicyWatch,
        reads: Arc<Mutex<u32>>,
    }

    impl Bed {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("policy.toml");
            std::fs::write(&file, "version = 1\n").unwrap();
            let reads = Arc::new(Mutex::new(0));
            let (path, count) = (file.clone(), Arc::clone(&reads));
            let names = super::super::Names {
                capabilities: &["icmp.echo"],
                plugins: &[],
            };
            let ceiling = move |text: &str| super::super::parse("p.toml", text, names);
            let policies = Policies {
                ceiling: Some(ceiling("version = 1\n").unwrap()),
                ..Policies::default()
            };
            let reload = move || {
                *count.lock().unwrap() += 1;
                let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
                if text == "nobody" {
                    return Ok(Reloaded::Nobody("no such user".into()));
                }
                let policies = Policies {
                    ceiling: Some(ceiling(&text).map_err(|error| error.to_string())?),
                    ..Policies::default()
                };
                Ok(Reloaded::Policies(Box::new(policies), Box::default()))
            };
            let watch =
                PolicyWatch::new(vec![file.clone()], &policies, &Subject::default(), reload);
            Self {
                _folder: folder,
                file,
                watch,
                reads,
            }
        }

        fn look(&mut self) -> Change {
            self.watch.looked = Instant::now().checked_sub(EVERY).unwrap();
            self.watch.look()
        }
    }

    #[test]
    fn what_changes_is_read_and_what_does_not_is_not() {
        let mut bed = Bed::new();
        assert!(matches!(bed.watch.look(), Change::None), "not yet");
        assert_eq!(*bed.reads.lock().unwrap(), 0);
        assert!(matches!(bed.look(), Change::None));
        assert_eq!(*bed.reads.lock().unwrap(), 1);
        std::fs::write(&bed.file, "version = 1 # \n").unwrap();
        assert!(matches!(bed.look(), Change::Policies(..)));
        // A change of the same length within one tick of the clock.
        std::fs::write(&bed.file, "version = 1 #a\n").unwrap();
        assert!(matches!(bed.look(), Change::Policies(..)));
        // Once it is old enough, looking is enough.
        std::thread::sleep(RECENT * 2 + EVERY);
        assert!(matches!(bed.look(), Change::None));
        let reads = *bed.reads.lock().unwrap();
        for _ in 0..10 {
            assert!(matches!(bed.look(), Change::None));
        }
        assert_eq!(*bed.reads.lock().unwrap(), reads);
    }

    #[test]
    fn what_cannot_be_read_allows_nothing_new_and_ends_what_is_open_later() {
        for broken in [Some("version = 2"), Some(""), Some("version = 1\n[x"), None] {
            let mut bed = Bed::new();
            match broken {
                Some(text) => std::fs::write(&bed.file, text).unwrap(),
                None => std::fs::remove_file(&bed.file).unwrap(),
            }
            assert!(matches!(bed.look(), Change::Suspended(..)), "{broken:?}");
            assert!(matches!(bed.look(), Change::None));
            let since = bed.watch.broken.as_mut().unwrap();
            since.0 = since.0.checked_sub(GRACE).unwrap();
            assert!(matches!(bed.look(), Change::Ended(..)), "{broken:?}");
            // What is mended is in force again, though it is what it was.
            std::fs::write(&bed.file, "version = 1\n").unwrap();
            assert!(matches!(bed.look(), Change::Policies(..)));
        }
    }

    #[test]
    fn who_is_no_more_has_nothing_more() {
        let mut bed = Bed::new();
        std::fs::write(&bed.file, "nobody").unwrap();
        assert!(matches!(bed.look(), Change::Ended(..)));
    }
}
