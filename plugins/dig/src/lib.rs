//! dig: asks name servers and shows what they answer, as BIND's dig does; and compares and watches.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod clock;
mod compare;
mod dnssec;
mod edns;
mod engine;
mod front;
mod idn;
mod kind;
mod lookup;
mod master;
mod mnemonic;
mod name;
mod ns_search;
mod plus;
mod query;
mod rdata;
mod refusal;
mod reply;
mod report;
mod resolv_conf;
mod run;
mod search;
mod session;
mod signing;
mod trace;
mod transfer;
mod transport;
mod usage;
mod watch;
mod wire;

#[cfg(test)]
mod schema_tests;

use std::collections::VecDeque;
use std::io::Read;

use nethost_sdk::terminal::{StandardStream, is_terminal};
use nethost_sdk::{Error, Exit, Tool, exit_code, files, until_end};

use crate::arguments::Parser;
use crate::refusal::fatal;
use crate::session::{Session, write_err};

/// dig's exit code when the batch file cannot be read.
const NO_BATCH: u8 = 8;

/// The user's own options for all lookups.
const RC_FILE: &str = "~/.digrc";

struct Dig;

impl Tool for Dig {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        if let Some((program, args)) = front::program(&args) {
            return Ok(exit_code(program.run(args).await, || program.usage()));
        }
        let mut parser = Parser::new(is_terminal(StandardStream::Output));
        let run = dig(&mut parser, &args).await;
        write_err(&mut parser.take_warnings());
        Ok(exit_code(run, || usage::SHORT.to_owned()))
    }
}

async fn dig(parser: &mut Parser, args: &[String]) -> Result<u8, Exit> {
    let words = parser.prepare(args)?;
    if !parser.without_rc
        // It need not be there, nor be allowed.
        && let Ok(bytes) = files::read(RC_FILE)
    {
        for line in String::from_utf8_lossy(&bytes).lines() {
            parser.rc_line(line)?;
        }
    }
    let mut lookups = VecDeque::from(parser.command_line(&words)?);
    let batch = match parser.batch.clone() {
        Some(path) => Some(read_batch(&path)?),
        None => None,
    };
    let mut lines = batch.as_deref().unwrap_or_default().lines();
    write_err(&mut parser.take_warnings());
    let session = Session::new(&parser.globals, batch.is_some())?;
    let next = || loop {
        if let Some(lookup) = lookups.pop_front() {
            return Ok(Some(lookup));
        }
        let Some(line) = lines.next() else {
            return Ok(None);
        };
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let read = parser.batch_line(line);
        write_err(&mut parser.take_warnings());
        lookups = read?.into();
    };
    // A signal ends it as it ends BIND's: at once, without a word, and with success.
    match until_end(run::run(&session, next)).await {
        Ok(code) => code,
        Err(_) => Ok(0),
    }
}

/// The batch file's text, or standard input's.
fn read_batch(path: &str) -> Result<String, Exit> {
    let shown = nethost_sdk::text::printable(path);
    let bytes = if path == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())
            .map(|_| bytes)
    } else {
        files::read(path).map_err(|error| match error {
            denied @ Error::Denied(_) => denied.to_string(),
            other => format!("couldn't open batch file '{shown}': {other}"),
        })
    };
    let bytes = bytes.map_err(|why| fatal(why, NO_BATCH))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads a message as every answer is read and presents it in all forms; none of it may fail on any bytes.
/// This is what fuzzing calls.
pub fn read_reply(bytes: &[u8]) {
    use crate::lookup::{Form, Lookup, Transport};
    for form in [Form::Text, Form::Yaml, Form::Json] {
        let mut report = report::Report::new(form);
        let lookup = Lookup {
            multiline: form == Form::Text,
            ..Lookup::default()
        };
        match reply::Reply::parse(bytes, true) {
            Ok(message) => {
                dnssec::read(&message);
                report.message(&report::Shown {
                    lookup: &lookup,
                    server: &report::Server {
                        address: ([127, 0, 0, 1], 53).into(),
                        name: String::new(),
                    },
                    transport: Transport::Udp,
                    message: &message,
                    is_query: false,
                    sent: None,
                    received: None,
                    local: None,
                    cookie: None,
                    number: 0,
                    edns: true,
                    ignored: report::Ignored::default(),
                    signature: None,
                });
            }
            Err(problem) => report.bad_packet(&problem.to_string(), bytes),
        }
        std::hint::black_box(&report.out);
    }
}

nethost_sdk::tool!(Dig, "plugin.toml");
