//! `--probe`: what the servers and routers of a network hand out, how they differ, and which of them were not expected.

use std::io::Stdout;
use std::net::IpAddr;

use futures::future::join;
use nethost_sdk::Exit;
use nethost_sdk::output::{Output, complain};
use nethost_sdk::text::printable;
use serde::Serialize;

use crate::arguments::{Family, Options};
use crate::ask;
use crate::ask6::{self, Said};
use crate::difference::differences;
use crate::links;
use crate::offer::Offer;

/// The result of one interface and protocol, for JSON and for the last lines.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename = "summary", rename_all = "kebab-case")]
pub(crate) struct Summary {
    interface: String,
    /// ipv4 or ipv6.
    family: &'static str,
    servers: Vec<IpAddr>,
    /// Over IPv6.
    routers: Vec<IpAddr>,
    not_expected: Vec<IpAddr>,
    /// Those of --expect that did not answer.
    missing: Vec<IpAddr>,
}

impl Summary {
    /// Of those who answered: servers, and routers.
    fn new(
        interface: &str,
        family: Family,
        (servers, routers): (Vec<IpAddr>, Vec<IpAddr>),
        options: &Options,
    ) -> Self {
        let expect = options.expected(family);
        let seen = || servers.iter().chain(&routers).copied();
        let mut not_expected: Vec<IpAddr> = match &expect {
            Some(expect) => seen().filter(|one| !expect.contains(one)).collect(),
            None => Vec::new(),
        };
        not_expected.sort_unstable();
        not_expected.dedup();
        let missing = expect.unwrap_or_default().into_iter();
        let missing = missing.filter(|one| seen().all(|seen| seen != *one));
        Self {
            interface: interface.to_owned(),
            family: match family {
                Family::Four => "ipv4",
                Family::Six => "ipv6",
            },
            not_expected,
            missing: missing.collect(),
            servers,
            routers,
        }
    }

    fn nobody(&self) -> bool {
        self.servers.is_empty() && self.routers.is_empty()
    }

    fn is_wrong(&self) -> bool {
        !self.not_expected.is_empty() || !self.missing.is_empty()
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (interface, servers) = (&self.interface, self.servers.len());
        match self.family {
            "ipv6" => writeln!(
                f,
                "{interface}: {} router(s) and {servers} server(s) of DHCPv6 answered",
                self.routers.len()
            )?,
            _ => writeln!(f, "{interface}: {servers} server(s) answered")?,
        }
        for (all, what) in [
            (&self.not_expected, "not expected"),
            (&self.missing, "missing"),
        ] {
            if !all.is_empty() {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                writeln!(f, "{interface}: {what}: {}", all.join(" "))?;
            }
        }
        Ok(())
    }
}

/// Asks on each interface, over both protocols unless one is chosen. The exit code is 1 if nobody answers, 3 if those who
/// do are not those of --expect.
pub(crate) async fn run(options: &Options) -> Result<u8, Exit> {
    let mut output = Output::stdout(options.format);
    let (mut answered, mut wrong) = (false, false);
    for interface in links::chosen(options)? {
        let shown = printable(&interface).into_owned();
        let four = async {
            match options.family {
                Some(Family::Six) => None,
                _ => Some(ask::ask(&interface, options).await),
            }
        };
        let six = async {
            match options.family {
                Some(Family::Four) => None,
                _ => Some(ask6::ask(&interface, options).await),
            }
        };
        let (four, six) = join(four, six).await;
        let mut summaries = Vec::new();
        if let Some(offers) = four {
            summaries.push(report(&shown, &offers?, options, &mut output)?);
        }
        match six {
            None => {}
            Some(Ok(said)) => summaries.push(report6(&shown, &said, options, &mut output)?),
            Some(Err(exit)) if options.ipv6() => return Err(exit),
            // Nobody asked for IPv6 alone, which an interface may not have.
            Some(Err(exit)) => complain(format_args!("IPv6: {}", exit.stderr)),
        }
        for summary in &summaries {
            answered |= !summary.nobody();
            wrong |= summary.is_wrong();
        }
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
    let compared: Vec<_> = offers.iter().map(Offer::compared).collect();
    for difference in differences(interface, "servers", &compared) {
        output.fact(&difference)?;
    }
    let servers = offers.iter().map(|offer| IpAddr::V4(offer.server));
    let seen = (servers.collect(), Vec::new());
    let summary = Summary::new(interface, Family::Four, seen, options);
    output.fact(&summary)?;
    Ok(summary)
}

fn report6(
    interface: &str,
    said: &Said,
    options: &Options,
    output: &mut Output<Stdout>,
) -> Result<Summary, Exit> {
    for note in &said.notes {
        complain(note);
    }
    for router in &said.routers {
        output.fact(router)?;
    }
    let compared: Vec<_> = said.routers.iter().map(|one| one.compared()).collect();
    for difference in differences(interface, "routers", &compared) {
        output.fact(&difference)?;
    }
    for offer in &said.offers {
        output.fact(offer)?;
    }
    let compared: Vec<_> = said.offers.iter().map(|one| one.compared()).collect();
    for difference in differences(interface, "servers", &compared) {
        output.fact(&difference)?;
    }
    let servers = said.offers.iter().map(|offer| IpAddr::V6(offer.source));
    let mut routers: Vec<IpAddr> = Vec::new();
    for router in &said.routers {
        let address = IpAddr::V6(router.said.router);
        if !routers.contains(&address) {
            routers.push(address);
        }
    }
    let seen = (servers.collect(), routers);
    let summary = Summary::new(interface, Family::Six, seen, options);
    output.fact(&summary)?;
    Ok(summary)
}
