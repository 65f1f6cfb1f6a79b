//! `+nssearch`: the SOA record of each of a zone's name servers, all asked at the same time.

use futures::future::join_all;

use nethost_sdk::Exit;

use crate::engine::NO_REPLY;
use crate::kind::rtype;
use crate::lookup::{Lookup, Purpose};
use crate::name;
use crate::reply::{Reply, Section};
use crate::report::{Report, Server};
use crate::session::Session;

/// Searches; the exit code.
pub(crate) async fn run(
    session: &Session,
    lookup: Lookup,
    servers: Vec<Server>,
    report: &mut Report,
) -> Result<u8, Exit> {
    let question = Lookup {
        rtype: rtype::NS,
        ..lookup.clone()
    };
    let form = report.form;
    let mut silent = Report::new(form);
    let mut engine = match session.engine(question, servers, report) {
        Ok(engine) => engine,
        Err(code) => return Ok(code),
    };
    session.drive_quietly(&mut engine, &mut silent).await?;
    let Some(bytes) = engine.last.take() else {
        report.out.push_str(&silent.out);
        return Ok(engine.code);
    };
    let Ok(reply) = Reply::parse(&bytes, true) else {
        return Ok(engine.code);
    };
    let (mut asked, mut named) = (Vec::new(), false);
    let both = [Section::Answer, Section::Authority].map(|section| reply.section(section));
    for record in both.into_iter().flatten() {
        if record.rtype != rtype::NS {
            continue;
        }
        let Ok(target) = record.data.cursor().name() else {
            continue;
        };
        named = true;
        let text = name::text(&target);
        match session.resolve(&text, &lookup.globals, lookup.port()).await {
            Ok(addresses) => {
                for address in addresses {
                    let server = Server {
                        address,
                        name: text.clone(),
                    };
                    asked.push((name::text(&record.owner), server));
                }
            }
            Err(why) => report.plain(&why.to_string()),
        }
    }
    let searches = asked
        .into_iter()
        .map(|(zone, server)| ask(session, &lookup, zone, server, form));
    let mut any = false;
    for outcome in join_all(searches).await {
        let (its, answered) = outcome?;
        any |= answered;
        report.heard.answered |= its.heard.answered;
        report.heard.failed |= its.heard.failed;
        report.out.push_str(&its.out);
    }
    // A name that is no zone's has none, and dig says nothing either.
    if named && !any {
        report.error("NS servers could not be reached");
        return Ok(NO_REPLY);
    }
    Ok(0)
}

/// Asks one server once.
async fn ask(
    session: &Session,
    lookup: &Lookup,
    zone: String,
    server: Server,
    form: crate::lookup::Form,
) -> Result<(Report, bool), Exit> {
    let mut report = Report::new(form);
    let question = Lookup {
        name: zone,
        rtype: rtype::SOA,
        recurse: false,
        tries: Some(1),
        purpose: Purpose::NsSearch,
        ..lookup.clone()
    };
    let mut answered = false;
    if let Ok(mut engine) = session.engine(question, vec![server], &mut report) {
        session.drive_quietly(&mut engine, &mut report).await?;
        answered = engine.last.is_some();
    }
    Ok((report, answered))
}
