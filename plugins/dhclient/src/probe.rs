//! `--probe`: what each server would hand out. Nothing is taken, and nothing is configured.

use std::io::Stdout;
use std::net::Ipv4Addr;
use std::time::Duration;

use nethost_sdk::clock;
use nethost_sdk::output::Output;
use nethost_sdk::{Exit, system};
use serde::Serialize;

use crate::arguments::Options;
use crate::offer::{Offer, differences};
use crate::v4::message::{Kind, Message};
use crate::wire::{Wire, is_host};
use crate::{failed, links, store};

/// Seconds to wait for offers: dnsmasq and dhcpd wait for up to three for an answer to their own ping.
const WAIT: u64 = 5;
/// The question is repeated once a second.
const AGAIN: Duration = Duration::from_secs(1);

/// The result of one interface, for JSON and for the last line.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename = "summary", rename_all = "kebab-case")]
pub(crate) struct Summary {
    interface: String,
    servers: Vec<Ipv4Addr>,
    not_expected: Vec<Ipv4Addr>,
    /// Servers of --expect that did not answer.
    missing: Vec<Ipv4Addr>,
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{}: {} server(s) answered",
            self.interface,
            self.servers.len()
        )?;
        for (servers, what) in [
            (&self.not_expected, "not expected"),
            (&self.missing, "missing"),
        ] {
            if !servers.is_empty() {
                let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
                writeln!(f, "{}: {what}: {}", self.interface, servers.join(" "))?;
            }
        }
        Ok(())
    }
}

/// Asks on each interface. The exit code is 1 if no server answers, 3 if the servers are not those of --expect.
pub(crate) async fn run(options: &Options) -> Result<u8, Exit> {
    let mut output = Output::stdout(options.format);
    let (mut answered, mut wrong) = (false, false);
    for interface in links::chosen(options)? {
        let offers = ask(&interface, options).await?;
        let summary = report(&interface, &offers, options, &mut output)?;
        answered |= !offers.is_empty();
        wrong |= !summary.not_expected.is_empty() || !summary.missing.is_empty();
    }
    output.flush()?;
    Ok(match (answered, wrong) {
        (_, true) => 3,
        (true, false) => 0,
        (false, false) => 1,
    })
}

fn report(
    interface: &str,
    offers: &[Offer],
    options: &Options,
    output: &mut Output<Stdout>,
) -> Result<Summary, Exit> {
    for offer in offers {
        output.fact(offer)?;
    }
    for difference in differences(offers) {
        output.fact(&difference)?;
    }
    let servers: Vec<Ipv4Addr> = offers.iter().map(|offer| offer.server).collect();
    let not_expected = offers.iter().filter(|offer| offer.expected == Some(false));
    let missing = options
        .expect
        .iter()
        .filter(|server| !servers.contains(server));
    let summary = Summary {
        interface: nethost_sdk::text::printable(interface).into_owned(),
        not_expected: not_expected.map(|offer| offer.server).collect(),
        missing: missing.copied().collect(),
        servers,
    };
    output.fact(&summary)?;
    Ok(summary)
}

/// The name of this machine, if the configuration sends it and it may be read.
pub(crate) fn host_name(wanted: bool) -> Option<String> {
    wanted
        .then(|| system::uname().ok().map(|uname| uname.nodename))
        .flatten()
}

/// The offers on an interface, one for each server.
pub(crate) async fn ask(interface: &str, options: &Options) -> Result<Vec<Offer>, Exit> {
    let conf = store::conf(options, interface)?;
    let wire = Wire::open(interface, options)?;
    let shown = nethost_sdk::text::printable(interface).into_owned();
    let xid = u32::try_from(crate::random() & u64::from(u32::MAX)).unwrap_or(1);
    let mut message = Message::of_client(Kind::DISCOVER, 1, &wire.link().address, xid);
    if let Some(name) = host_name(conf.send_host_name) {
        message.options.set(12, name.into_bytes());
    }
    // All that a server is willing to say, beside what the configuration asks for.
    let mut request = conf.request.clone();
    for code in [
        43, 51, 58, 59, 60, 66, 67, 93, 108, 114, 119, 120, 121, 138, 150, 252,
    ] {
        if !request.contains(&code) {
            request.push(code);
        }
    }
    message.options.set(55, request);
    for (code, value) in &conf.send {
        message.options.set(*code, value.clone());
    }
    let began = clock::now();
    let end = began.plus(Duration::from_secs(options.timeout.unwrap_or(WAIT)));
    let (mut again, mut offers) = (began, Vec::<Offer>::new());
    loop {
        let now = clock::now();
        if now >= end {
            return Ok(offers);
        }
        if now >= again {
            message.seconds = u16::try_from(now.since(began).as_secs()).unwrap_or(u16::MAX);
            wire.send(&message)
                .map_err(|error| failed(1, format_args!("{shown}: {error}")))?;
            again = now.plus(AGAIN);
        }
        let until = if again < end { again } else { end };
        for (from, answer) in wire.receive(until.since(clock::now())).await? {
            let ours = answer.operation == 2
                && answer.xid == xid
                && answer.hardware == message.hardware
                && answer.kind() == Some(Kind::OFFER);
            let server = answer.server().unwrap_or(from);
            let known = offers
                .iter()
                .any(|offer| offer.server == server && offer.source == from);
            if ours && !known && is_host(answer.yours.into()) && offers.len() < 256 {
                let ms = clock::now().since(began).as_secs_f64() * 1e3;
                offers.push(Offer::new(&shown, &answer, from, ms, &options.expect));
            }
        }
    }
}
