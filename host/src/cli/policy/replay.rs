//! `nethost policy replay`: what a policy would change of what audit logs have on record.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use nethost_audit::Reader;
use nethost_core::output;
use nethost_core::text;
use nethost_policy::{Names, Policies};
use nethost_rejudge::{Change, Replay, Times, Verdict};
use nethost_runner::capabilities;

/// The policy, and the logs.
#[derive(Args)]
pub(in crate::cli) struct Logs {
    /// The policy, as if it were the system's
    #[arg(id = "replayed", value_name = "POLICY")]
    policy: PathBuf,
    /// Audit logs; each includes its complete files
    #[arg(required = true, value_name = "AUDIT")]
    logs: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints what changes. Exit code 0: nothing, 1: something.
pub(super) fn replay(logs: &Logs) -> io::Result<u8> {
    let capabilities = capabilities::request_names();
    let names = Names {
        capabilities: &capabilities,
        plugins: &[],
    };
    let policies = Policies::of_candidate(&logs.policy, names).map_err(io::Error::other)?;
    let policy = policies.chosen.unwrap_or_default();
    let mut replay = Replay::new(&policy, capabilities::declared);
    for log in &logs.logs {
        read(&mut replay, log)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", log.display())))?;
    }
    let mut output = io::BufWriter::new(output::output());
    match logs.json {
        true => {
            serde_json::to_writer_pretty(&mut output, &report_json(&replay))?;
            writeln!(output)?;
        }
        false => report(&mut output, &replay)?,
    }
    output.flush()?;
    Ok(u8::from(!replay.changes.is_empty()))
}

fn read(replay: &mut Replay<'_>, log: &Path) -> io::Result<()> {
    let before = replay.totals.records;
    let no_records = replay.totals.no_records;
    let named = replay.totals.named.len();
    replay.read(Reader::open(log)?).map_err(io::Error::other)?;
    if replay.totals.records == before && replay.totals.no_records > no_records {
        let first = replay.totals.named.get(named);
        let first = first.map_or(String::new(), |line| format!(": {line}"));
        return Err(io::Error::other(format!("it is no audit log{first}")));
    }
    Ok(())
}

fn heading(change: &Change) -> String {
    let rule = match &*change.rule {
        "" => "other rules",
        rule => rule,
    };
    match (change.from, change.to) {
        (Verdict::Allowed | Verdict::Reported, Verdict::Denied) => {
            format!("allowed -> denied: {rule}")
        }
        (Verdict::Denied, Verdict::Allowed) => format!("denied -> allowed: {rule}"),
        (Verdict::Denied, _) => format!("denied -> allowed, would be denied: {rule}"),
        (_, Verdict::Reported) => format!("allowed -> allowed, would be denied: {rule}"),
        (_, _) => format!("would be denied -> allowed: {rule}"),
    }
}

fn report(output: &mut impl Write, replay: &Replay<'_>) -> io::Result<()> {
    let mut last = String::new();
    for (change, times) in replay.changes.sorted() {
        let heading = heading(change);
        if heading != last {
            writeln!(output, "{}", text::line(&heading))?;
            last = heading;
        }
        let target = match (&change.target, &change.asked) {
            (Some(target), Some(asked)) => format!("{target} ({asked})"),
            (Some(target), None) => target.clone(),
            (None, _) => "other targets".to_owned(),
        };
        let Change {
            plugin, user, cap, ..
        } = change;
        let line = format!("{:>8}  {plugin} of {user}: {cap} {target}", times.count);
        writeln!(output, "{}", text::line(&line))?;
    }
    let totals = &replay.totals;
    writeln!(
        output,
        "{} records, {} accesses judged, {} with another verdict",
        totals.records, totals.judged, totals.changed
    )?;
    for (why, count) in &totals.not_judged {
        writeln!(output, "{count} not judged: {why}")?;
    }
    if totals.unfinished > 0 {
        writeln!(output, "{} last lines are not finished", totals.unfinished)?;
    }
    if totals.no_records > 0 {
        writeln!(
            output,
            "{} lines are no records; `nethost audit verify` says more:",
            totals.no_records
        )?;
    }
    for named in &totals.named {
        writeln!(output, "  {}", text::line(named))?;
    }
    Ok(())
}

fn report_json(replay: &Replay<'_>) -> Value {
    let change = |(change, times): (&Change, Times)| {
        json!({
            "from": change.from.name(),
            "to": change.to.name(),
            "rule": change.rule,
            "plugin": change.plugin,
            "digest": change.digest,
            "user": change.user,
            "cap": change.cap,
            "target": change.target,
            "asked": change.asked,
            "count": times.count,
            "first": times.first,
        })
    };
    let totals = &replay.totals;
    json!({
        "changes": replay.changes.sorted().into_iter().map(change).collect::<Vec<_>>(),
        "records": totals.records,
        "judged": totals.judged,
        "changed": totals.changed,
        "not_judged": totals.not_judged,
        "unfinished": totals.unfinished,
        "no_records": { "count": totals.no_records, "first": totals.named },
    })
}
