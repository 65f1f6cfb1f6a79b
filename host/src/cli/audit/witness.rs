//! `nethost audit witness`, and the actions of the log's machine for its witnesses. Requests and answers are text on
//! standard input and output: a site transfers them in its own way.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;

use nethost_audit as audit;
use nethost_audit::head;
use nethost_audit::text::plain;
use nethost_audit::witness::{
    self, Checkpoint, LONGEST_NOTE, LONGEST_POLICY, LONGEST_REQUEST, Origin, Policy, Refusal,
    Request, Start, Witness, Witnessed,
};
use nethost_core::output;

/// The actions of a witness.
#[derive(Subcommand)]
pub(in crate::cli) enum Action {
    /// Make this user a witness, and print its key, which policies refer to
    Init {
        /// The name of the witness, such as w1.example.org/nethost
        name: String,
    },
    /// Add a log
    Add {
        /// The key of the log, as `nethost audit keys --note` prints it on the machine of the log
        key: String,
    },
    /// Cosign a checkpoint if records were only added to its log since the last one; print the line to append to the
    /// checkpoint. Exit code 1: the log was rewritten, 2: error, 3: the proof continues another checkpoint than the
    /// last one, whose size is printed
    Cosign {
        /// The output of `nethost audit proof`; by default standard input
        request: Option<PathBuf>,
    },
    /// Show the key of this witness, the logs that it knows, and their last checkpoints
    List,
    /// Print the last cosigned checkpoint of a log
    Checkpoint {
        /// The name of the log
        origin: String,
    },
}

/// What to prove.
#[derive(Args)]
pub(in crate::cli) struct Proof {
    /// The log file; by default the log of this user
    pub(super) file: Option<PathBuf>,
    /// The size of the tree that the witness knows, 0 for none, or a file with that checkpoint
    #[arg(long, value_name = "SIZE|NOTE")]
    from: String,
    /// The output of `nethost audit checkpoint --note`; by default standard input
    #[arg(long, value_name = "NOTE")]
    checkpoint: Option<PathBuf>,
}

fn named(path: Option<&Path>, error: impl std::fmt::Display) -> io::Error {
    let name = path.map_or("standard input".into(), |path| path.display().to_string());
    io::Error::new(io::ErrorKind::InvalidInput, format!("{name}: {error}"))
}

/// Reads a checkpoint.
pub(super) fn checkpoint(path: Option<&Path>) -> io::Result<Checkpoint> {
    let bytes = witness::given(path, LONGEST_NOTE)?;
    Checkpoint::parse(&bytes).map_err(|error| named(path, error))
}

/// Reads a witness policy.
pub(super) fn policy(path: &Path) -> io::Result<Policy> {
    let bytes = witness::given(Some(path), LONGEST_POLICY)?;
    Policy::parse(&bytes).map_err(|error| named(Some(path), error))
}

/// The state folder and the identifier of a log that this user writes.
pub(super) fn known(log: &Path) -> Option<(PathBuf, String)> {
    let state = audit::state_of(log).ok()?;
    let head = head::read(&state).ok()??;
    Some((state, head.position.log))
}

fn origin(log: &Path, name: Option<&str>) -> io::Result<Origin> {
    let (state, id) = known(log).ok_or_else(|| super::never_written(log))?;
    Origin::open(log, &state, &id, name).map_err(|error| of_log(log, error))
}

fn of_log(log: &Path, error: witness::Error) -> io::Error {
    io::Error::other(format!("{}: {error}", log.display()))
}

/// Prints the key of the log.
pub(super) fn key(log: &Path, name: Option<&str>) -> io::Result<u8> {
    let origin = origin(log, name)?;
    writeln!(output::output(), "{}", origin.verifier_key())?;
    Ok(0)
}

/// Prints a checkpoint of all records.
pub(super) fn sign(log: &Path) -> io::Result<u8> {
    let signed = origin(log, None)?.checkpoint();
    let signed = signed.map_err(|error| of_log(log, error))?;
    write!(output::output(), "{signed}")?;
    Ok(0)
}

/// Prints a request.
pub(super) fn prove(log: &Path, options: &Proof) -> io::Result<u8> {
    let start = match options.from.parse() {
        Ok(size) => Start::Size(size),
        Err(_) => {
            let path = Path::new(&options.from);
            Start::Checkpoint(Box::new(checkpoint(Some(path))?))
        }
    };
    let newer = checkpoint(options.checkpoint.as_deref())?;
    let known = known(log);
    let known = known
        .as_ref()
        .map(|(state, id)| (state.as_path(), id.as_str()));
    let request = witness::request(log, known, &start, newer);
    let request = request.map_err(|error| of_log(log, error))?;
    write!(output::output(), "{}", request.text())?;
    Ok(0)
}

/// Runs an action of a witness.
pub(super) fn witness(action: Action) -> io::Result<u8> {
    let folder = audit::state_folder()?.join("witness");
    let mut output = output::output();
    match action {
        Action::Init { name } => {
            let witness = Witness::init(&folder, &name).map_err(io::Error::other)?;
            writeln!(output, "{}", witness.verifier_key())?;
        }
        Action::Add { key } => {
            let witness = Witness::open(&folder).map_err(io::Error::other)?;
            witness.add(&key).map_err(io::Error::other)?;
        }
        Action::Cosign { request } => {
            let witness = Witness::open(&folder).map_err(io::Error::other)?;
            let bytes = witness::given(request.as_deref(), LONGEST_REQUEST)?;
            let parsed = Request::parse(&bytes);
            let parsed = parsed.map_err(|error| named(request.as_deref(), error))?;
            return match witness.cosign(&parsed) {
                Ok(line) => {
                    output.write_all(line.as_bytes())?;
                    output.flush()?;
                    Ok(0)
                }
                Err(refusal) => refuse(&mut output, &refusal),
            };
        }
        Action::List => {
            let witness = Witness::open(&folder).map_err(io::Error::other)?;
            writeln!(output, "{}", witness.verifier_key())?;
            for log in witness.logs()? {
                let state = match log.cosigned() {
                    Some((size, time)) => format!("{size} lines, cosigned {}", at(time)),
                    None => "nothing cosigned".to_owned(),
                };
                writeln!(output, "  {}: {state}", plain(log.key()))?;
            }
        }
        Action::Checkpoint { origin } => {
            let witness = Witness::open(&folder).map_err(io::Error::other)?;
            let note = witness.last(&origin).map_err(io::Error::other)?;
            output.write_all(note.as_bytes())?;
        }
    }
    Ok(0)
}

fn refuse(output: &mut impl Write, refusal: &Refusal) -> io::Result<u8> {
    output::say("nethost", &refusal.to_string());
    match refusal {
        Refusal::Conflict { size, .. } => {
            writeln!(output, "{size}")?;
            Ok(3)
        }
        Refusal::Fork(..) | Refusal::Inconsistent { .. } => Ok(1),
        _ => Ok(2),
    }
}

fn at(time: u64) -> Timestamp {
    Timestamp::from_second(time.cast_signed()).unwrap_or(Timestamp::MAX)
}

/// Prints what the witnesses confirm.
pub(super) fn print(output: &mut impl Write, witnessed: &Witnessed) -> io::Result<()> {
    let by: Vec<String> = witnessed
        .by
        .iter()
        .map(|one| format!("{} ({})", one.witness, one.time))
        .collect();
    let by = match by.is_empty() {
        true => "nobody".to_owned(),
        false => by.join(", "),
    };
    let seq = witnessed
        .seq
        .map_or(String::new(), |seq| format!(", up to record {seq}"));
    let line = format!(
        "  witnessed: the first {} lines{seq}, by {by}; the {} after them are not",
        witnessed.lines, witnessed.after
    );
    writeln!(output, "{}", plain(&line))
}
