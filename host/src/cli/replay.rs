//! `nethost replay`: a recorded run again, without network and without privilege.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use wasmtime::Engine;

use super::Options;
use nethost_core::{output, text};
use nethost_record::{Record, list};
use nethost_runner::execution::FAILURE;
use nethost_runner::linker;
use nethost_runner::lockdown::{self, Needs};
use nethost_runner::plugin::cache::Cache;
use nethost_runner::plugin::load::{self, Found};
use nethost_runner::replay::{self, Replayed};

/// The exit code if the plugin does something else than is on record.
const DIFFERS: u8 = 3;

/// What `nethost replay` is called with.
#[derive(Args)]
pub(super) struct Arguments {
    /// The record
    record: PathBuf,
    /// Another build of the plugin
    #[arg(value_name = "PLUGIN")]
    plugin: Option<String>,
    /// List what happened, and run nothing
    #[arg(long, conflicts_with = "plugin")]
    list: bool,
}

/// Replays a record, or lists it.
pub(super) fn replay(rules: &Options, arguments: &Arguments) -> io::Result<u8> {
    if rules.policy.is_some()
        || rules.audit.is_some()
        || !(rules.allow.is_empty() && rules.deny.is_empty())
    {
        return Err(io::Error::other(
            "--policy, --allow, --deny and --audit are not for `nethost replay`: it asks for nothing",
        ));
    }
    let record = Record::open(&arguments.record).map_err(io::Error::other)?;
    if arguments.list {
        return show(&record);
    }
    if record.header.redacted {
        return Err(io::Error::other(format!(
            "{}: the record is redacted, so it cannot be replayed; --list shows what happened",
            arguments.record.display()
        )));
    }
    let recorded = &record.header.plugin;
    let typed = arguments.plugin.as_deref().unwrap_or(&recorded.typed);
    let found = load::find(typed).map_err(|error| match arguments.plugin {
        Some(_) => io::Error::other(error),
        None => io::Error::other(format!(
            "{error}; name the plugin after the record if it is somewhere else"
        )),
    })?;
    let versions = (recorded.digest != found.digest)
        .then(|| format!("on record is {}, this is {}", recorded.digest, found.digest));
    let replayed = run(&found, record)?;
    match replayed {
        Replayed::Ended(ending) => {
            ending.tell(found.called());
            return Ok(ending.recorded().0);
        }
        Replayed::Differs(difference) => {
            let what = "the plugin does something else than is on record (-: on record, +: now)";
            output::say("nethost", what);
            let mut error = output::error();
            write!(error, "{difference}")?;
            if let Some(versions) = versions {
                writeln!(error, "  {versions}")?;
            }
            return Ok(DIFFERS);
        }
        Replayed::CutOff => {
            let what = format!(
                "{}: the record was cut off here: the run did not end, or was killed",
                arguments.record.display()
            );
            output::say("nethost", &what);
        }
        Replayed::Damaged(why) => {
            let what = format!("{}: {why}", arguments.record.display());
            output::say("nethost", &what);
        }
    }
    Ok(FAILURE)
}

fn run(found: &Found, record: Record) -> io::Result<Replayed> {
    let engine_failed = |error: wasmtime::Error| io::Error::other(format!("engine: {error:#}"));
    let compiled = found.compiled(&Cache::of_user());
    let compiled = compiled.map_err(io::Error::other)?;
    // A record may come from anybody, and the plugin may be any.
    lockdown::enter(&Needs::default(), compiled.file()).map_err(io::Error::other)?;
    let engine = Engine::new(&nethost_engine::config()).map_err(engine_failed)?;
    let component = found
        .component(&engine, &compiled)
        .map_err(io::Error::other)?;
    lockdown::complete().map_err(io::Error::other)?;
    nethost_kit::signals::watch(&engine)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let replayed = runtime.block_on(replay::replay(&component, found, record));
    replayed.map_err(|error: linker::Error| io::Error::other(format!("{}: {error}", found.typed)))
}

fn show(record: &Record) -> io::Result<u8> {
    let header = &record.header;
    let mut output = output::output();
    let words = header.args.iter().map(|word| text::line(word));
    let words: Vec<_> = words.collect();
    writeln!(
        output,
        "{} {}",
        text::line(&header.plugin.name),
        words.join(" ")
    )?;
    writeln!(
        output,
        "started {}, nethost {}, contract {}, {}",
        text::line(&header.started),
        text::line(&header.nethost),
        text::line(&header.contract),
        text::line(&header.plugin.digest),
    )?;
    for line in list(record) {
        writeln!(output, "{line}")?;
    }
    output.flush()?;
    Ok(0)
}
