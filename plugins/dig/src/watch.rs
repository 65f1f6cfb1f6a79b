//! `--watch`: the same question again and again. Shows how times to live run down, and marks what comes and
//! goes: on the whole window where there is one, as lines otherwise.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use nethost_sdk::terminal::{Key, Screen, Span, StandardStream, Style, is_terminal};
use nethost_sdk::{Exit, Signal, clock, interrupted};
use serde::Serialize;

use crate::compare;
use crate::lookup::{Form, Lookup, Purpose};
use crate::mnemonic;
use crate::reply::{Reply, Section};
use crate::report::{Report, Server};
use crate::session::Session;

/// One look at the answer.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Look {
    event: &'static str,
    time: String,
    status: String,
    /// Records and their times to live.
    records: BTreeMap<String, u32>,
    added: Vec<String>,
    removed: Vec<String>,
}

/// Watches until the operator interrupts; the last exit code.
pub(crate) async fn run(
    session: &Session,
    lookup: Lookup,
    servers: Vec<Server>,
    every: u32,
    report: &mut Report,
) -> Result<u8, Exit> {
    let on_terminal = is_terminal(StandardStream::Output) && is_terminal(StandardStream::Input);
    let screen = match report.form {
        Form::Text if on_terminal => Screen::open().ok(),
        _ => None,
    };
    let every = Duration::from_secs(every.into());
    let mut before: Option<BTreeMap<String, u32>> = None;
    let mut stop = pin!(stopped());
    loop {
        let outcome = {
            let looking = pin!(look(session, &lookup, servers.clone(), before.as_ref()));
            match select(looking, stop.as_mut()).await {
                Either::Left((outcome, _)) => Some(outcome),
                Either::Right(_) => None,
            }
        };
        let Some(outcome) = outcome else {
            return Ok(0);
        };
        let (look, code) = outcome?;
        match &screen {
            Some(screen) => {
                let _ = screen.draw(&lines(&lookup, &look));
            }
            None => {
                report.fact(&look, &text(&look));
                session.emit(report)?;
            }
        }
        before = Some(look.records);
        let pause = pin!(pause(screen.as_ref(), every));
        match select(pause, stop.as_mut()).await {
            Either::Left((false, _)) => {}
            _ => return Ok(code),
        }
    }
}

async fn stopped() {
    while interrupted().await != Signal::Interrupt {}
}

/// Waits; true when the operator pressed `q`.
async fn pause(screen: Option<&Screen>, every: Duration) -> bool {
    let until = clock::now().plus(every);
    let Some(screen) = screen else {
        clock::wait_until(until).await;
        return false;
    };
    loop {
        let left = until.since(clock::now());
        match screen.next_key(left).await {
            Ok(Some(Key::Character('q' | 'Q'))) | Err(_) => return true,
            Ok(Some(_)) if clock::now() < until => {}
            Ok(_) => return false,
        }
    }
}

async fn look(
    session: &Session,
    lookup: &Lookup,
    servers: Vec<Server>,
    before: Option<&BTreeMap<String, u32>>,
) -> Result<(Look, u8), Exit> {
    let mut silent = Report::new(Form::Text);
    let question = Lookup {
        purpose: Purpose::Compare,
        ..lookup.clone()
    };
    let mut records = BTreeMap::new();
    let mut status = "no answer".to_owned();
    let mut code = crate::engine::INTERNAL;
    if let Ok(mut engine) = session.engine(question, servers, &mut silent) {
        session.drive_quietly(&mut engine, &mut silent).await?;
        code = engine.code;
        if let Some(bytes) = engine.last.take()
            && let Ok(reply) = Reply::parse(&bytes, true)
        {
            status = mnemonic::rcode(reply.rcode);
            let answers = reply.section(Section::Answer).iter();
            records = answers.map(|r| (compare::line(r), r.ttl)).collect();
        }
    }
    let missing = |from: &BTreeMap<String, u32>, other: &BTreeMap<String, u32>| {
        from.keys()
            .filter(|record| !other.contains_key(*record))
            .cloned()
            .collect::<Vec<_>>()
    };
    let (added, removed) = match before {
        Some(before) => (missing(&records, before), missing(before, &records)),
        None => (Vec::new(), Vec::new()),
    };
    let look = Look {
        event: "look",
        time: crate::clock::local_time(),
        status,
        records,
        added,
        removed,
    };
    Ok((look, code))
}

/// A record's line: its mark, its time to live, the rest.
fn row(look: &Look, record: &str, ttl: u32) -> (char, String) {
    let mark = if look.added.iter().any(|added| added == record) {
        '+'
    } else {
        ' '
    };
    (mark, format!("{mark} {ttl:>7} {record}"))
}

fn text(look: &Look) -> String {
    let mut out = format!(";; {} {}\n", look.time, look.status);
    for (record, ttl) in &look.records {
        out.push_str(&row(look, record, *ttl).1);
        out.push('\n');
    }
    for record in &look.removed {
        out.push_str(&format!("- {:>7} {record}\n", ""));
    }
    out
}

fn lines(lookup: &Lookup, look: &Look) -> Vec<Vec<Span>> {
    let mut lines = vec![
        vec![Span::new(format!("dig {}", lookup.name), Style::Bold)],
        vec![Span::plain(format!("{}  {}", look.time, look.status))],
        vec![Span::new("Keys: q quit", Style::Dim)],
        Vec::new(),
    ];
    for (record, ttl) in &look.records {
        let (mark, text) = row(look, record, *ttl);
        let style = if mark == '+' {
            Style::Green
        } else {
            Style::Plain
        };
        lines.push(vec![Span::new(text, style)]);
    }
    for record in &look.removed {
        lines.push(vec![Span::new(format!("- {:>7} {record}", ""), Style::Red)]);
    }
    lines
}
