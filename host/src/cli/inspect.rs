//! `nethost inspect`: shows what a plugin asks for, what it can reach, and how its requests would be decided, before
//! any of its code runs.

mod verdict;

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use nethost_inspect::{Facts, Stated};
use serde_json::{Value, json};

use super::Options;
use nethost_core::{output, text};
use nethost_runner::plugin::inspect::{self, Difference};
use nethost_runner::plugin::load::{self, Found};
use nethost_service::grants::Version;
use verdict::{Verdict, verdicts};

/// A plugin and the facts about it.
struct Report {
    found: Found,
    facts: Facts,
    version: Version,
    verdicts: Vec<Verdict>,
    against: Option<(Version, Difference)>,
}

/// Prints the report. Any component can be inspected; for a file that is not a component, the error says what it is.
pub(super) fn inspect(
    options: &Options,
    typed: &str,
    as_json: bool,
    against: Option<&str>,
) -> io::Result<u8> {
    let (found, facts, version) = look(typed)?;
    let against = against
        .map(|old| -> io::Result<_> {
            let (_, _, old) = look(old)?;
            let difference = Difference::between(&old, &version);
            Ok((old, difference))
        })
        .transpose()?;
    let report = Report {
        verdicts: verdicts(options, &found, &facts)?,
        found,
        facts,
        version,
        against,
    };
    let mut output = output::output();
    if as_json {
        serde_json::to_writer_pretty(&mut output, &report.json())?;
        return writeln!(output).map(|()| 0);
    }
    // The name of the file can contain anything; the facts from the file are plain text already.
    for row in report.to_string().lines() {
        writeln!(output, "{}", text::line(row))?;
    }
    Ok(0)
}

fn look(typed: &str) -> io::Result<(Found, Facts, Version)> {
    let found = load::find(typed).map_err(io::Error::other)?;
    let facts = found.facts().map_err(io::Error::other)?;
    let version = inspect::version(&found.digest, found.size(), &facts);
    Ok((found, facts, version))
}

impl Report {
    fn json(&self) -> Value {
        let manifest = self.facts.manifest.manifest();
        let requests: Vec<_> = inspect::asked(&self.facts)
            .iter()
            .zip(&self.verdicts)
            .map(|(wanted, verdict)| {
                let (word, rules) = verdict.parts();
                json!({
                    "cap": wanted.cap,
                    "to": wanted.to,
                    "ports": wanted.ports,
                    "interfaces": wanted.interfaces,
                    "reason": wanted.reason,
                    "verdict": { "decision": word, "rules": rules, "text": verdict.to_string() },
                })
            })
            .collect();
        let against = self.against.as_ref().map(|(old, difference)| {
            json!({ "digest": old.digest, "bytes": old.size, "difference": difference })
        });
        json!({
            "name": self.found.name,
            "digest": self.found.digest,
            "bytes": self.version.size,
            "bundled": self.found.bundled,
            "signer": self.found.signer().ok().flatten(),
            "contract": self.facts.contract(),
            "producers": self.facts.producers,
            "manifest": {
                "name": manifest.map(|manifest| &manifest.name),
                "summary": manifest.map(|manifest| &manifest.summary),
                "aliases": manifest.map(|manifest| &manifest.alias),
                "problem": match &self.facts.manifest {
                    Stated::Unusable(problem) => Some(problem),
                    Stated::Absent | Stated::Manifest(_) => None,
                },
            },
            "requests": requests,
            "imports": self.facts.imports,
            "exports": self.facts.exports,
            "reachable": inspect::reachable(&self.facts),
            "contradictions": inspect::contradictions(&self.facts),
            "against": against,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fact = |name: &str, value: &dyn fmt::Display| writeln!(f, "{name:<10} {value}");
        fact("name", &self.found.name)?;
        if let Some(manifest) = self.facts.manifest.manifest() {
            fact("summary", &manifest.summary)?;
            if manifest.names().count() > 1 {
                let others: Vec<_> = manifest.names().skip(1).collect();
                fact("aliases", &others.join(" "))?;
            }
        }
        fact("digest", &self.found.digest)?;
        fact("size", &format_args!("{} bytes", self.version.size))?;
        let origin = if self.found.bundled {
            "part of this nethost"
        } else {
            "not part of this nethost"
        };
        fact("origin", &origin)?;
        match self.found.signer() {
            Ok(None) => {}
            Ok(Some(signer)) => fact("signed by", &signer)?,
            Err(refusal) => fact("signature", &refusal)?,
        }
        let contract = self.facts.contract();
        fact(
            "contract",
            &contract.unwrap_or("none: it imports nothing of nethost"),
        )?;
        for producer in &self.facts.producers {
            fact(
                &producer.field,
                &format_args!("{} {}", producer.name, producer.version),
            )?;
        }
        self.requests(f)?;
        self.imports(f)?;
        section(f, "contradictions", &inspect::contradictions(&self.facts))?;
        let Some((old, difference)) = &self.against else {
            return Ok(());
        };
        writeln!(f, "\ncompared with {} ({} bytes)", old.digest, old.size)?;
        let lines = difference.lines();
        if lines.is_empty() {
            writeln!(f, "  the same requests and imports")?;
        }
        lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

impl Report {
    fn requests(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\nasks for, by its manifest\n")?;
        match &self.facts.manifest {
            Stated::Absent => f.write_str("  it has no manifest\n")?,
            Stated::Unusable(problem) => writeln!(f, "  its manifest cannot be used: {problem}")?,
            Stated::Manifest(manifest) if manifest.request.is_empty() => {
                f.write_str("  nothing\n")?;
            }
            Stated::Manifest(_) => {}
        }
        for (wanted, verdict) in inspect::asked(&self.facts).iter().zip(&self.verdicts) {
            writeln!(f, "  {}", inspect::request(wanted))?;
            writeln!(f, "      {}", wanted.reason)?;
            writeln!(f, "      {verdict}")?;
        }
        Ok(())
    }

    fn imports(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\nimports: it can reach nothing else\n")?;
        let reachable = inspect::reachable(&self.facts);
        for item in &self.facts.imports {
            let mut row = format!("  {}", item.name);
            let raised: Vec<_> = reachable
                .iter()
                .filter(|(_, interfaces)| interfaces.contains(&item.name.as_str()))
                .map(|(request, _)| *request)
                .collect();
            if !raised.is_empty() {
                write!(row, "  ({})", raised.join(", "))?;
            }
            writeln!(f, "{row}")?;
            for function in &item.functions {
                writeln!(f, "      {function}")?;
            }
        }
        Ok(())
    }
}

fn section(f: &mut fmt::Formatter<'_>, title: &str, lines: &[String]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}")?;
    lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
}
