//! `nethost audit verify`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use nethost_audit as audit;
use nethost_audit::text::plain;
use nethost_audit::verify::{self, Claim, Expected, Report, Trust, Verdict};
use nethost_audit::witness::Witnesses;
use nethost_core::output;

/// What to verify, and what to compare it with.
#[derive(Args)]
pub(in crate::cli) struct Options {
    /// The log file; by default the log of this user
    pub(super) file: Option<PathBuf>,
    /// A key that may have signed the log, in hexadecimal, or a file that `nethost audit keys` wrote
    #[arg(long, value_name = "KEY|FILE")]
    key: Vec<String>,
    /// The hash of a record that the log must contain, or a file that `nethost audit head` wrote
    #[arg(long, value_name = "HASH|FILE")]
    head: Vec<String>,
    /// A file that `nethost audit seal-key` wrote: records from there on must have that seal
    #[arg(long, value_name = "FILE")]
    seal: Vec<PathBuf>,
    /// A C2SP tlog-policy file: the logs, the witnesses, and the quorum that must have cosigned the checkpoints of the
    /// log
    #[arg(long, value_name = "POLICY", requires = "checkpoint")]
    witnesses: Option<PathBuf>,
    /// A checkpoint of the log with the signatures of witnesses
    #[arg(long, value_name = "NOTE", requires = "witnesses")]
    checkpoint: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Verifies a log and prints the result.
pub(super) fn verify(log: &Path, options: &Options) -> io::Result<u8> {
    let given = given(options)?;
    let state = audit::state_of(log).ok();
    let policy = options.witnesses.as_deref().map(super::witness::policy);
    let policy = policy.transpose()?;
    let checkpoints = options.checkpoint.iter();
    let checkpoints = checkpoints.map(|path| super::witness::checkpoint(Some(path)));
    let checkpoints: Vec<_> = checkpoints.collect::<io::Result<_>>()?;
    let witnesses = policy.as_ref().map(|policy| Witnesses {
        policy,
        checkpoints: &checkpoints,
        state: state.as_deref(),
    });
    let expected = || Ok(of_state(state.as_deref())?.with(given.clone()));
    let report = verify::verify_with(log, expected, witnesses)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", log.display())))?;
    let mut output = output::output();
    if options.json {
        serde_json::to_writer_pretty(&mut output, &report)?;
        writeln!(output)?;
    } else {
        print(&mut output, log, &report)?;
    }
    Ok(report.verdict.exit_code())
}

/// What this machine knows about the log.
fn of_state(state: Option<&Path>) -> io::Result<Expected> {
    match state.map(verify::expected_here) {
        // The state of another user cannot be read, and proves nothing here.
        Some(Err(error)) if error.kind() == io::ErrorKind::PermissionDenied => {
            Ok(Expected::default())
        }
        known => Ok(known.transpose()?.unwrap_or_default()),
    }
}

/// What the command line says about the log.
fn given(options: &Options) -> io::Result<Expected> {
    let mut expected = Expected {
        keys_given: !options.key.is_empty(),
        ..Expected::default()
    };
    let named = |option: &str, text: &str, why: String| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{option} {text}: {why}"),
        )
    };
    for text in &options.key {
        let trust = match text.parse() {
            Ok(key) => Trust::only(key),
            Err(_) => {
                let keys = nethost_core::regular::text(text, nethost_core::regular::SOME)
                    .map_err(|error| named("--key", text, error.to_string()))?;
                Trust::parse(&keys).map_err(|error| named("--key", text, error.to_string()))?
            }
        };
        expected.trust.extend(trust);
    }
    for text in &options.head {
        let claim = match text.parse::<audit::Hash>() {
            Ok(hash) => Claim::Hash(hash),
            Err(_) => {
                let head = nethost_core::regular::text(text, nethost_core::regular::SOME)
                    .map_err(|error| named("--head", text, error.to_string()))?;
                head.parse()
                    .map_err(|error: verify::BadClaim| named("--head", text, error.to_string()))?
            }
        };
        expected.claims.push(claim);
    }
    for path in &options.seal {
        let key = seal(path);
        let name = path.display().to_string();
        expected
            .seals
            .push(key.map_err(|why| named("--seal", &name, why))?);
    }
    Ok(expected)
}

fn seal(path: &Path) -> Result<audit::SealKey, String> {
    let text = nethost_core::regular::text(path, nethost_core::regular::SOME)
        .map_err(|error| error.to_string())?;
    text.parse()
        .map_err(|error: audit::BadSealKey| error.to_string())
}

/// The verdict, as text.
fn verdict(report: &Report) -> String {
    match (&report.position, report.verdict) {
        (Some(position), Verdict::LaterUnknown) => {
            format!("intact up to record {}, later unknown", position.seq)
        }
        (_, verdict) => verdict.name().to_owned(),
    }
}

fn print(output: &mut impl Write, log: &Path, report: &Report) -> io::Result<()> {
    let name = plain(&log.display().to_string());
    let files = match report.files.len() {
        1 => String::new(),
        count => format!(" in {count} files"),
    };
    writeln!(
        output,
        "{name}: {}: {} records{files}",
        verdict(report),
        report.records
    )?;
    for finding in &report.findings {
        let mut place = String::new();
        if let Some(file) = &finding.file {
            place = format!("{}:", plain(&file.display().to_string()));
            if let Some(line) = finding.line {
                place += &format!("{line}:");
            }
            place.push(' ');
        }
        let seq = finding
            .seq
            .map_or(String::new(), |seq| format!("record {seq}: "));
        let why = plain(&finding.why);
        writeln!(output, "  {}: {place}{seq}{why}", finding.verdict.name())?;
    }
    if report.more_findings > 0 {
        writeln!(output, "  and {} more", report.more_findings)?;
    }
    for note in &report.notes {
        writeln!(output, "  note: {}", plain(note))?;
    }
    if report.more_notes > 0 {
        writeln!(output, "  and {} notes more", report.more_notes)?;
    }
    if let Some(witnessed) = &report.witnessed {
        super::witness::print(output, witnessed)?;
    }
    if let Some(position) = &report.position {
        writeln!(
            output,
            "  last: record {} with hash {}",
            position.seq, position.hash
        )?;
        if let Some(signed) = &position.signed
            && report.verdict != Verdict::Tampered
        {
            writeln!(
                output,
                "  signed: up to record {} by key {}; the {} after it are chained, not signed",
                signed.seq,
                signed.signer,
                position.seq.saturating_sub(signed.seq)
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_seal_is_read_from_nothing_but_a_file() {
        for path in ["/dev/zero", "/dev/null", "/"] {
            let refused = super::seal(path.as_ref()).err().unwrap_or_default();
            assert!(refused.ends_with("not a regular file"), "{path}: {refused}");
        }
    }
}
