//! `nethost incident`: a record and what belongs to it, in one file for whoever has to find out what happened.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Options;
use super::run;
use nethost_audit::text::escape;
use nethost_audit::{Entry, Kind, Reader};
use nethost_core::{output, regular, text};
use nethost_incident::{self as incident, Member};
use nethost_policy::{Policies, SYSTEM_FILE};
use nethost_record::{Header, LARGEST, Record, list};
use nethost_runner::linker::CONTRACT;
use nethost_runner::plugin::load;
use nethost_service::{catalog, log};

/// A run begins in the log at most this much before or after it begins in the record.
const SLACK: SignedDuration = SignedDuration::from_secs(60);
/// The members.
const RECORD: &str = "record.ndjson";
const AUDIT: &str = "audit.jsonl";
const PLUGIN: &str = "plugin.toml";
const POLICY: &str = "policy.json";
const VERSIONS: &str = "versions.json";

/// What to do with a bundle.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Make a bundle of a record: with the run's part of the audit log, the policy, and the versions
    Create(Create),
    /// Verify a bundle, and tell what is in it
    Verify {
        /// The bundle
        bundle: PathBuf,
    },
}

/// What goes into a bundle.
#[derive(Args)]
pub(super) struct Create {
    /// The record
    record: PathBuf,
    /// The bundle to write, a tar archive
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The run's identifier in the audit log, if it cannot be found by the record
    #[arg(long, value_name = "ID")]
    run: Option<String>,
}

/// Runs the action.
pub(super) fn incident(options: &Options, action: &Action) -> io::Result<u8> {
    match action {
        Action::Create(create) => make(options, create),
        Action::Verify { bundle } => verify(bundle),
    }
}

fn make(options: &Options, create: &Create) -> io::Result<u8> {
    let record = Record::open(&create.record).map_err(io::Error::other)?;
    let header = record.header;
    if header.redacted {
        return Err(io::Error::other(
            "the record is redacted, and the audit log is not: a bundle of both would tell what the record does not",
        ));
    }
    let found = load::find(&header.plugin.typed).ok();
    let found = found.filter(|found| found.digest == header.plugin.digest);
    let policies = match &found {
        Some(found) => run::policies(options, found).map_err(io::Error::other)?,
        None => Policies::default(),
    };
    let path = log::path(options.audit.as_deref(), &policies).map_err(io::Error::other)?;
    let path =
        path.ok_or_else(|| io::Error::other("there is no audit log; name one with --audit"))?;
    let slice = slice(&path, &header, create.run.as_deref())?;
    let mut members = vec![
        member(RECORD, bytes(&create.record)?),
        member(AUDIT, slice),
        member(POLICY, pretty(&policy(options, &policies)?)?),
        member(VERSIONS, pretty(&versions(&header, found.is_some()))?),
    ];
    let bundled = found.filter(|found| found.bundled);
    let entry = bundled.and_then(|found| catalog::find(&found.name));
    if let Some(entry) = entry {
        members.push(member(PLUGIN, entry.plugin.manifest.as_bytes().to_vec()));
    }
    let file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&create.output)
        .map_err(|error| named(&create.output, &error))?;
    let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
    let written = incident::write(BufWriter::new(&file), &members, now);
    if let Err(error) = written.and_then(|()| file.sync_all()) {
        let _ = std::fs::remove_file(&create.output);
        return Err(named(&create.output, &error));
    }
    Ok(0)
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn member(name: &str, bytes: Vec<u8>) -> Member {
    Member {
        name: name.into(),
        bytes,
    }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    regular::text(path, LARGEST)
        .map(String::into_bytes)
        .map_err(|error| named(path, &error))
}

fn pretty(value: &Value) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}

/// The records of the run, as they are in the log.
fn slice(log: &Path, header: &Header, run: Option<&str>) -> io::Result<Vec<u8>> {
    let entries = || {
        let reader = Reader::open(log).map_err(|error| named(log, &error))?;
        Ok::<_, io::Error>(reader.filter_map(Result::ok))
    };
    let run = match run {
        Some(run) => run.to_owned(),
        None => find(entries()?, header).ok_or_else(|| {
            io::Error::other(format!(
                "{}: no run with these arguments begins when the record does; name it with --run",
                log.display()
            ))
        })?,
    };
    let mut slice = Vec::new();
    for entry in entries()?.filter(|entry| entry.record.run == run.as_str()) {
        slice.extend(escape(entry.text));
        slice.push(b'\n');
        if slice.len() as u64 > LARGEST {
            return Err(io::Error::other(
                "the run has too many records for a bundle",
            ));
        }
    }
    match slice.is_empty() {
        true => Err(io::Error::other(format!("{}: no such run", log.display()))),
        false => Ok(slice),
    }
}

/// The run of this plugin with these arguments that begins closest to when the record does.
fn find(entries: impl Iterator<Item = Entry>, header: &Header) -> Option<String> {
    let started: Timestamp = header.started.parse().ok()?;
    let mut nearest = None;
    for Entry { record, .. } in entries {
        let plugin = record.plugin.as_ref();
        let args = record.args.iter().flatten().map(|arg| &**arg);
        let is_it = record.event == Kind::RunStart
            && plugin.is_some_and(|plugin| plugin.digest == header.plugin.digest)
            && args.eq(header.args.iter().map(String::as_str));
        let away = record.ts.duration_since(started).abs();
        if is_it && away < SLACK && nearest.as_ref().is_none_or(|(least, _)| away < *least) {
            nearest = Some((away, record.run.to_string()));
        }
    }
    nearest.map(|(_, run)| run)
}

/// The policy that is in force now: the texts of its files, and the rules of the command line.
fn policy(options: &Options, policies: &Policies) -> io::Result<Value> {
    let system = Path::new(SYSTEM_FILE);
    let file = |path: &Path| -> io::Result<Value> {
        let text = regular::text(path, regular::SOME).map_err(|error| named(path, &error))?;
        Ok(json!({ "file": path.display().to_string(), "text": text }))
    };
    let mut files = Vec::new();
    if policies.ceiling.is_some() {
        files.push(file(system)?);
    }
    if let Some(chosen) = &options.policy {
        files.push(file(chosen)?);
    }
    Ok(json!({
        "digest": policies.digest(),
        "files": files,
        "allow": options.allow,
        "deny": options.deny,
    }))
}

fn versions(header: &Header, same: bool) -> Value {
    let kernel = rustix::system::uname();
    let part = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
    json!({
        "nethost": env!("CARGO_PKG_VERSION"),
        "contract": CONTRACT,
        "kernel": format!("{} {}", part(kernel.sysname()), part(kernel.release())),
        "machine": part(kernel.machine()),
        "plugin": header.plugin.name,
        "digest": header.plugin.digest,
        "installed": same,
    })
}

fn verify(path: &Path) -> io::Result<u8> {
    let file = regular::open(path).map_err(|error| named(path, &error))?;
    let failed = |why: String| io::Error::other(format!("{}: {why}", path.display()));
    let members = incident::read(file).map_err(|error| failed(error.to_string()))?;
    let content = |name: &str| {
        let mut all = members.iter();
        let member = all.find(|member| member.name == name);
        member.ok_or_else(|| failed(format!("it has no {name}")))
    };
    let record = Record::parse(&*content(RECORD)?.bytes, RECORD.into())
        .map_err(|error| failed(error.to_string()))?;
    let versions: Value = serde_json::from_slice(&content(VERSIONS)?.bytes)
        .map_err(|error| failed(format!("{VERSIONS}: {error}")))?;
    if versions["digest"] != record.header.plugin.digest.as_str() {
        return Err(failed(format!(
            "{VERSIONS} is of another plugin than {RECORD}"
        )));
    }
    content(AUDIT)?;
    content(POLICY)?;
    let mut output = output::output();
    for member in &members {
        writeln!(output, "{}  {} bytes", member.name, member.bytes.len())?;
    }
    let header = &record.header;
    let words: Vec<_> = header.args.iter().map(|word| text::line(word)).collect();
    writeln!(
        output,
        "{} {}",
        text::line(&header.plugin.name),
        words.join(" ")
    )?;
    writeln!(output, "started {}", text::line(&header.started))?;
    if let Some(end) = list(&record).last() {
        writeln!(output, "{end}")?;
    }
    writeln!(
        output,
        "intact: every member is as it was when the bundle was made"
    )?;
    output.flush()?;
    Ok(0)
}
