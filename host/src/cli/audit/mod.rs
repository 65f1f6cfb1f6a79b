//! `nethost audit`: verifies the log, and shows its records.

mod choice;
mod export;
mod follow;
mod show;
mod verify;
mod witness;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};

use super::Options;
use choice::Choice;
use nethost_audit as audit;
use nethost_audit::verify::Trust;
use nethost_audit::{Log, Settings, head};
use nethost_core::User;
use nethost_core::output;
use nethost_policy as policy;
use nethost_policy::{Names, Policies, SYSTEM_FILE};
use nethost_runner::capabilities;
use nethost_service::log;

/// What to do with the log.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Verify that the log is unchanged. Exit code 0: intact, 1: tampered, 2: error, 3: truncated, 4: unverifiable, or
    /// intact with later records unknown, 5: the last records are not signed
    Verify(verify::Options),
    /// Show records
    Show {
        /// The log file; by default the log of this user
        file: Option<PathBuf>,
        #[command(flatten)]
        choice: Choice,
        /// Print JSON lines
        #[arg(long)]
        json: bool,
    },
    /// Show records as they are written
    Follow {
        /// The log file; by default the log of this user
        file: Option<PathBuf>,
        #[command(flatten)]
        choice: Choice,
        /// Print JSON lines
        #[arg(long)]
        json: bool,
    },
    /// Write records in a format for other systems
    Export {
        /// The log file; by default the log of this user
        file: Option<PathBuf>,
        #[command(flatten)]
        choice: Choice,
        /// The format
        #[arg(long, value_enum)]
        format: Format,
        /// The socket of the journal
        #[arg(long, value_name = "PATH", default_value = audit::export::SOCKET)]
        socket: PathBuf,
    },
    /// Print the head of the log; keep it where the writer of the log cannot change it
    Head {
        /// The log file; by default the log of this user
        file: Option<PathBuf>,
    },
    /// Print the public keys that signed the log; keep them in the same way
    Keys {
        /// The log file; by default the log of this user
        file: Option<PathBuf>,
        /// Print the key that signs checkpoints for witnesses, in the C2SP signed-note format; it is created at its
        /// first use
        #[arg(long)]
        note: bool,
        /// The name of the log for witnesses; it can never change
        #[arg(long, value_name = "NAME", requires = "note")]
        origin: Option<String>,
    },
    /// Sign the records that are not signed yet, and print the head
    Checkpoint {
        /// The log file; by default the log of this user
        file: Option<PathBuf>,
        /// Print a checkpoint for witnesses instead: a signed note over the Merkle tree of all records
        #[arg(long)]
        note: bool,
    },
    /// Print the request for a witness: a checkpoint, and the proof that it continues an older one
    Proof(witness::Proof),
    /// Cosign checkpoints of the logs of other machines
    #[command(subcommand)]
    Witness(witness::Action),
    /// Continue in a new file, with a new key
    Rotate {
        /// The log file; by default the log of this user
        file: Option<PathBuf>,
    },
    /// Print the key that seals the records from here on. It is a secret: with it, records that no signature covers yet
    /// can be verified elsewhere, and forged
    SealKey {
        /// The log file; by default the log of this user
        file: Option<PathBuf>,
    },
    /// Put a tampered log aside unchanged, and begin a new one, which says so
    Renew {
        /// The log file; by default the log of this user
        file: Option<PathBuf>,
    },
    /// Print the JSON schema of a record
    Schema,
}

/// The formats for SIEMs.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// OCSF 1.6, JSON lines
    Ocsf,
    /// ArcSight CEF, lines
    Cef,
    /// RFC 5424, lines
    Syslog,
    /// To systemd's journal, with its native protocol
    Journald,
}

/// Runs the action.
pub(super) fn audit(options: &Options, action: Action) -> io::Result<u8> {
    let log = |file: Option<PathBuf>| {
        if let Some(file) = file {
            return Ok(file);
        }
        let policies = policies(options).map_err(io::Error::other)?;
        let path = log::path(options.audit.as_deref(), &policies).map_err(io::Error::other)?;
        path.ok_or_else(|| {
            io::Error::other("there is no HOME to look for a log in; name the log's file")
        })
    };
    match action {
        Action::Verify(verify) => {
            let path = log(verify.file.clone())?;
            verify::verify(&path, &verify)
        }
        Action::Show { file, choice, json } => show::show(&log(file)?, &choice.filter()?, json),
        Action::Follow { file, choice, json } => {
            follow::follow(&log(file)?, &choice.filter()?, json)
        }
        Action::Export {
            file,
            choice,
            format,
            socket,
        } => export::export(&log(file)?, &choice.filter()?, format, &socket),
        Action::Head { file } => print_head(&log(file)?),
        Action::Keys {
            file,
            note: true,
            origin,
        } => witness::key(&log(file)?, origin.as_deref()),
        Action::Keys { file, .. } => {
            let path = log(file)?;
            let trust = Trust::of_state(&audit::state_of(&path)?)?;
            let mut output = output::output();
            for line in trust.lines() {
                writeln!(output, "{line}")?;
            }
            if trust.is_empty() {
                Err(never_written(&path))
            } else {
                Ok(0)
            }
        }
        Action::Checkpoint { file, note } => {
            let path = log(file)?;
            open(options, &path)?
                .checkpoint()
                .map_err(io::Error::other)?;
            if note {
                return witness::sign(&path);
            }
            print_head(&path)
        }
        Action::Proof(proof) => {
            let path = log(proof.file.clone())?;
            witness::prove(&path, &proof)
        }
        Action::Witness(action) => witness::witness(action),
        Action::Rotate { file } => {
            let path = log(file)?;
            open(options, &path)?.rotate().map_err(io::Error::other)?;
            print_head(&path)
        }
        Action::SealKey { file } => {
            let path = log(file)?;
            let key = audit::seal_key(&audit::state_of(&path)?)?;
            let key = key.ok_or_else(|| never_written(&path))?;
            writeln!(output::output(), "{}", serde_json::to_string(&key)?)?;
            Ok(0)
        }
        Action::Renew { file } => renew(options, &log(file)?),
        Action::Schema => {
            output::output().write_all(include_bytes!("../../../../docs/audit.schema.json"))?;
            Ok(0)
        }
    }
}

/// An intact log is not put aside: rotate it to continue in another file.
fn renew(options: &Options, path: &Path) -> io::Result<u8> {
    let settings = own_settings(options, path)?;
    let run = log::this_run(None, &User::current())?;
    let Some(put_aside) = audit::renew(&settings, run).map_err(io::Error::other)? else {
        let why = format!(
            "{}: nothing is wrong with it; `nethost audit rotate` goes on in a new file",
            path.display()
        );
        return Err(io::Error::other(why));
    };
    let mut output = output::output();
    writeln!(
        output,
        "{}: was {}; its files are in {}",
        audit::text::plain(&path.display().to_string()),
        put_aside.verdict.name(),
        audit::text::plain(&put_aside.evidence.display().to_string())
    )?;
    writeln!(
        output,
        "a new log begins; take its keys (`nethost audit keys`) to where you keep them"
    )?;
    Ok(0)
}

/// The policies that say how the log is kept, for actions on the log itself.
fn policies(options: &Options) -> Result<Policies, policy::Error> {
    let capabilities = capabilities::request_names();
    let names = Names {
        capabilities: &capabilities,
        plugins: &[],
    };
    let system = Path::new(SYSTEM_FILE);
    Policies::load(Some(system), options.policy.as_deref(), names)
}

fn own_settings(options: &Options, path: &Path) -> io::Result<Settings> {
    let policies = policies(options).map_err(io::Error::other)?;
    log::settings(options.audit.as_deref(), &policies, path.to_owned()).map_err(io::Error::other)
}

fn print_head(path: &Path) -> io::Result<u8> {
    let head = head::read(&audit::state_of(path)?)?.ok_or_else(|| never_written(path))?;
    writeln!(output::output(), "{}", serde_json::to_string(&head)?)?;
    Ok(0)
}

fn never_written(path: &Path) -> io::Error {
    let why = format!("{}: this user has written no log there", path.display());
    io::Error::new(io::ErrorKind::NotFound, why)
}

/// Opens the log, for actions on the log itself. It must exist.
fn open(options: &Options, path: &Path) -> io::Result<Log> {
    let settings = own_settings(options, path)?;
    if head::read(&settings.state)?.is_none() {
        return Err(never_written(path));
    }
    let settings = Settings {
        required: true,
        ..settings
    };
    Log::open(&settings, log::this_run(None, &User::current())?).map_err(io::Error::other)
}
