//! `nethost audit show`: a table for people, lines for programs.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use nethost_audit::record::{Decision, Outcome, Record};
use nethost_audit::text::{escape, plain};
use nethost_audit::{Entry, Filter, ReadError, Reader};
use nethost_core::output;

/// Shows the selected records.
pub(super) fn show(log: &Path, filter: &Filter, json: bool) -> io::Result<u8> {
    let reader = Reader::open(log)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", log.display())))?;
    let mut table = Table::new(BufWriter::new(output::output()), json);
    for entry in reader {
        table.entry(filter, entry)?;
    }
    table.finish()?;
    Ok(0)
}

/// Prints records, one per line.
pub(super) struct Table<W: Write> {
    output: W,
    json: bool,
    begun: bool,
    next: Option<u64>,
    gaps: bool,
}

impl<W: Write> Table<W> {
    pub(super) fn new(output: W, json: bool) -> Self {
        Self {
            output,
            json,
            begun: false,
            next: None,
            gaps: false,
        }
    }

    /// Prints a record, or a line that is not a record: every line of a log is mentioned.
    pub(super) fn entry(
        &mut self,
        filter: &Filter,
        entry: Result<Entry, ReadError>,
    ) -> io::Result<()> {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error @ ReadError::Line { .. }) => {
                self.mention(&error.to_string())?;
                return Ok(());
            }
            Err(ReadError::File { file, source }) => {
                let problem = format!("{}: {source}", file.display());
                return Err(io::Error::new(source.kind(), problem));
            }
        };
        let record = &entry.record;
        if let Some(next) = self.next
            && record.seq != next
        {
            self.mention(&format!(
                "record {} follows record {}",
                record.seq,
                next.saturating_sub(1)
            ))?;
        }
        self.next = Some(record.seq.saturating_add(1));
        if !filter.fits(record) {
            return Ok(());
        }
        if self.json {
            self.output.write_all(&escape(entry.text))?;
            return self.output.write_all(b"\n");
        }
        if !self.begun {
            self.begun = true;
            writeln!(
                self.output,
                "{:<23}  {:>7}  {:<13}  {:<8}  {:<12}  {:<14}  {:<28}  RESULT",
                "TIME (UTC)", "SEQ", "EVENT", "USER", "PLUGIN", "REQUEST", "TARGET"
            )?;
        }
        writeln!(self.output, "{}", row(record))
    }

    fn mention(&mut self, problem: &str) -> io::Result<()> {
        self.output.flush()?;
        self.gaps = true;
        output::say("nethost", &format!("warning: {problem}"));
        Ok(())
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    fn finish(mut self) -> io::Result<()> {
        self.output.flush()?;
        if self.gaps {
            output::say("nethost", "`nethost audit verify` tells what that means");
        }
        Ok(())
    }
}

fn row(record: &Record<'_>) -> String {
    let user = match &record.actor.user {
        Some(name) => name.clone(),
        None => record.actor.uid.to_string(),
    };
    let plugin = record.plugin.as_deref().map_or("-", |plugin| &plugin.name);
    let target = record.target.as_ref().map_or_else(
        || "-".to_owned(),
        |target| match target.asked == target.resolved {
            true => target.resolved.to_string(),
            false => format!("{} ({})", target.resolved, target.asked),
        },
    );
    let row = format!(
        "{}  {:>7}  {:<13}  {:<8}  {:<12}  {:<14}  {:<28}  {}",
        record.ts.strftime("%Y-%m-%d %H:%M:%S.%3f"),
        record.seq,
        record.event.name(),
        user,
        plugin,
        record.cap.as_deref().unwrap_or("-"),
        target,
        result(record)
    );
    plain(row.trim_end())
}

fn result(record: &Record<'_>) -> String {
    let mut words = Vec::new();
    match record.decision {
        Some(Decision::Allowed) => words.push("allowed".to_owned()),
        Some(Decision::Denied) => words.push("denied".to_owned()),
        None => {}
    }
    if let Some(rule) = record
        .policy
        .as_ref()
        .and_then(|policy| policy.rule.as_ref())
    {
        words.push(format!("by {rule}"));
    }
    for reported in &record.report {
        let part = match (&reported.addresses, &reported.ports, reported.count) {
            (Some(addresses), Some(ports), _) => format!("{addresses} port {ports} "),
            (Some(addresses), None, _) => format!("{addresses} "),
            (None, _, Some(count)) => format!("{count} members "),
            (None, _, None) => String::new(),
        };
        words.push(format!("{part}would be denied by {}", reported.rule));
    }
    match record.outcome {
        Some(Outcome::Ok) => words.push("ok".to_owned()),
        Some(Outcome::Errno(errno)) => {
            words.push(io::Error::from_raw_os_error(errno).to_string());
        }
        None => {}
    }
    if let Some(counters) = &record.counters {
        words.push(format!(
            "sent {}/{} B, received {}/{} B, {} ms",
            counters.packets_sent,
            counters.bytes_sent,
            counters.packets_received,
            counters.bytes_received,
            counters.ms
        ));
    }
    if let Some(args) = &record.args {
        words.push(args.join(" "));
    }
    if let Some(exit) = record.exit {
        words.push(format!("exit {exit}"));
    }
    words.extend(record.stopped.as_ref().map(|why| format!("stopped: {why}")));
    if let Some(denials) = record.unrecorded_denials {
        words.push(format!("and {denials} denials more"));
    }
    if let Some(lost) = &record.lost {
        words.push(match (lost.first, lost.last, lost.count) {
            (Some(first), Some(last), _) => format!("records {first} to {last} are missing"),
            (_, _, Some(count)) => format!("{count} records could not be written"),
            _ => "a write was cut, or the head was gone".to_owned(),
        });
    }
    for (field, value) in &record.changes {
        words.push(format!("{field}={value}"));
    }
    words.join(", ")
}
