//! Runs lookups, one by one or many at a time, and prints them in their order.

use std::future::Future;
use std::pin::{Pin, pin};

use futures::future::{Either, select};
use futures::stream::{FuturesOrdered, StreamExt};

use nethost_sdk::Exit;

use crate::engine::INTERNAL;
use crate::lookup::{Lookup, Purpose};
use crate::refusal::fatal;
use crate::report::Report;
use crate::session::servers::{NoServer, Servers};
use crate::session::{Session, write_err, write_out};
use crate::transport::udp::Pump;
use crate::{compare, dnssec, ns_search, trace, watch};

/// The maximum number of concurrent queries of a batch.
const WINDOW: usize = 100;
/// Bytes that are buffered before they are written.
const CHUNK: usize = 32 << 10;

/// dig's exit code where the server that was typed has no address.
const NO_SERVER: u8 = 1;

/// Runs one lookup; its exit code, unless a line of a batch was passed over.
async fn look_up(session: &Session, lookup: Lookup) -> Result<(Report, Option<u8>), Exit> {
    let mut report = Report::new(lookup.globals.form);
    let counted = match &lookup.greeting {
        Some(greeting) => match &greeting.counted {
            Some(server) => session
                .resolve(server, &lookup.globals, 0)
                .await
                .map_or(0, |found| found.len()),
            None => 0,
        },
        None => 0,
    };
    report.greet(&lookup, counted);
    let Servers { usable, mapped } = match session.servers(&lookup).await {
        Ok(servers) => servers,
        Err(NoServer::Unknown(why)) if !session.direct => {
            report.err = format!("{why}: skipping lookup\n");
            return Ok((report, None));
        }
        Err(denied @ NoServer::Denied(_)) => return Err(fatal(denied, INTERNAL)),
        Err(why) => return Err(fatal(why, NO_SERVER)),
    };
    for address in &mapped {
        report
            .out
            .push_str(&format!(";; Skipping mapped address '{address}'\n"));
    }
    if usable.is_empty() && !mapped.is_empty() {
        report.out.push_str(";; No acceptable nameservers\n");
        session.emit(&mut report)?;
        return Ok((report, Some(0)));
    }
    let servers = usable;
    let code = match (lookup.purpose, lookup.globals.watch) {
        (_, Some(every)) => watch::run(session, lookup, servers, every, &mut report).await?,
        (Purpose::Trace, _) => trace::run(session, lookup, servers, &mut report).await?,
        (Purpose::NsSearch, _) => ns_search::run(session, lookup, servers, &mut report).await?,
        (Purpose::Compare, _) => compare::run(session, lookup, servers, &mut report).await?,
        (Purpose::Validate, _) => dnssec::run(session, lookup, servers, &mut report).await?,
        (Purpose::Answer | Purpose::Follow, _) => {
            match session.engine(lookup, servers, &mut report) {
                Ok(mut engine) => {
                    session.drive(&mut engine, &mut report).await?;
                    engine.code
                }
                Err(code) => code,
            }
        }
    };
    session.emit(&mut report)?;
    Ok((report, Some(code)))
}

type Flight<'s> = Pin<Box<dyn Future<Output = Result<(Report, Option<u8>), Exit>> + 's>>;

/// Runs all lookups concurrently, within the window, and prints them in order. The exit code is that of the last one.
pub(crate) async fn run(
    session: &Session,
    mut next: impl FnMut() -> Result<Option<Lookup>, Exit>,
) -> Result<u8, Exit> {
    let window = if session.direct { 1 } else { WINDOW };
    let mut flights: FuturesOrdered<Flight<'_>> = FuturesOrdered::new();
    let mut pump = Pump::new(&session.sockets);
    let mut code = 0;
    let mut out = String::new();
    let mut ended = false;
    loop {
        while !ended && flights.len() < window {
            match next()? {
                Some(lookup) => flights.push_back(Box::pin(look_up(session, lookup))),
                None => ended = true,
            }
        }
        if flights.is_empty() {
            write_out(&mut out)?;
            return Ok(code);
        }
        let turn = pin!(pump.turn());
        match select(flights.next(), turn).await {
            Either::Left((Some(done), _)) => {
                let (mut report, its_code) = done?;
                code = its_code.unwrap_or(code);
                out.push_str(&report.out);
                if !report.err.is_empty() {
                    write_out(&mut out)?;
                    write_err(&mut report.err);
                }
                if out.len() > CHUNK || session.direct {
                    write_out(&mut out)?;
                }
                if its_code == Some(INTERNAL) || report.stopped {
                    write_out(&mut out)?;
                    return Ok(code);
                }
            }
            Either::Left((None, _)) | Either::Right(_) => {}
        }
    }
}
