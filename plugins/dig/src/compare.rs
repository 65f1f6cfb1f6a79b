//! `+compare`: asks each server and shows where they differ. Order and times to live do not count, since
//! both change from one answer to the next.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use futures::future::join_all;
use serde::Serialize;

use nethost_sdk::Exit;

use crate::engine::NO_REPLY;
use crate::kind;
use crate::lookup::{Lookup, Purpose};
use crate::mnemonic;
use crate::name;
use crate::rdata::{self, Style};
use crate::reply::{Record, Reply, Section, flag};
use crate::report::{Report, Server};
use crate::session::Session;

/// The exit code when servers differ, as diff(1) has it.
const DIFFERENT: u8 = 1;

/// What one server says.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Answer {
    server: String,
    name: String,
    /// None when it does not answer.
    status: Option<String>,
    authoritative: bool,
    records: Vec<String>,
}

/// All of them beside each other.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Comparison {
    event: &'static str,
    question: String,
    same: bool,
    servers: Vec<Answer>,
    /// Records, and places in the list of servers, for those that not all have.
    differences: BTreeMap<String, Vec<usize>>,
}

/// Compares; the exit code.
pub(crate) async fn run(
    session: &Session,
    lookup: Lookup,
    servers: Vec<Server>,
    report: &mut Report,
) -> Result<u8, Exit> {
    let asked = servers
        .into_iter()
        .map(|server| ask(session, &lookup, server));
    let mut answers = Vec::new();
    for answer in join_all(asked).await {
        answers.push(answer?);
    }
    let mut differences: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, answer) in answers.iter().enumerate() {
        for record in &answer.records {
            differences.entry(record.clone()).or_default().push(place);
        }
    }
    let answering: Vec<usize> = (0..answers.len())
        .filter(|place| answers.get(*place).is_some_and(|a| a.status.is_some()))
        .collect();
    differences.retain(|_, places| *places != answering);
    let mut statuses = answers.iter().filter_map(|answer| answer.status.as_ref());
    let first = statuses.next().cloned();
    let same = differences.is_empty() && statuses.all(|status| Some(status) == first.as_ref());
    let mut question = format!("{} ", lookup.name);
    kind::write_class(&mut question, lookup.class);
    question.push(' ');
    kind::write_type(&mut question, lookup.rtype);
    let comparison = Comparison {
        event: "comparison",
        question,
        same: same && answering.len() == answers.len(),
        servers: answers,
        differences,
    };
    report.fact(&comparison, &text(&comparison));
    Ok(match (answering.is_empty(), comparison.same) {
        (true, _) => NO_REPLY,
        (_, true) => 0,
        (_, false) => DIFFERENT,
    })
}

async fn ask(session: &Session, lookup: &Lookup, server: Server) -> Result<Answer, Exit> {
    let mut silent = Report::new(crate::lookup::Form::Text);
    let mut answer = Answer {
        server: server.socket(),
        name: server.name.clone(),
        status: None,
        authoritative: false,
        records: Vec::new(),
    };
    let question = Lookup {
        purpose: Purpose::Compare,
        ..lookup.clone()
    };
    let Ok(mut engine) = session.engine(question, vec![server], &mut silent) else {
        return Ok(answer);
    };
    session.drive_quietly(&mut engine, &mut silent).await?;
    if let Some(bytes) = engine.last.take()
        && let Ok(reply) = Reply::parse(&bytes, true)
    {
        answer.status = Some(mnemonic::rcode(reply.rcode));
        answer.authoritative = reply.has(flag::AA);
        answer.records = reply.section(Section::Answer).iter().map(line).collect();
        answer.records.sort();
        answer.records.dedup();
    }
    Ok(answer)
}

/// A record without its time to live, its owner in lower case.
pub(crate) fn line(record: &Record<'_>) -> String {
    let mut out = name::text(&record.owner).to_ascii_lowercase();
    out.push(' ');
    kind::write_class(&mut out, record.class);
    out.push(' ');
    kind::write_type(&mut out, record.rtype);
    out.push(' ');
    let style = Style {
        width: None,
        ..Style::default()
    };
    let _ = rdata::present(&mut out, &style, record.rtype, record.class, record.data);
    out
}

fn text(comparison: &Comparison) -> String {
    let mut out = format!(";; COMPARISON: {}\n", comparison.question);
    for (place, answer) in comparison.servers.iter().enumerate() {
        let status = answer.status.as_deref().unwrap_or("no answer");
        let authoritative = if answer.authoritative { " aa" } else { "" };
        let _ = writeln!(
            out,
            ";; [{}] {}({}): {status}{authoritative}, {} records",
            place + 1,
            answer.server,
            answer.name,
            answer.records.len()
        );
    }
    if comparison.same {
        out.push_str(";; all the same\n\n");
        return out;
    }
    out.push_str(";; DIFFERENT:\n");
    for (record, places) in &comparison.differences {
        let places: Vec<String> = places.iter().map(|place| (place + 1).to_string()).collect();
        let _ = writeln!(out, "[{}]\t{record}", places.join(","));
    }
    out.push('\n');
    out
}
