//! BIND's other programs over the same lookups: host and nslookup have command lines and words of their own.

mod host;
mod nslookup;

use std::pin::pin;

use futures::future::{Either, select};
use nethost_sdk::Exit;

use crate::kind::{self, rtype};
use crate::lookup::{Form, Lookup, Purpose};
use crate::name::{self, Name};
use crate::reply::{Record, Reply, Section};
use crate::report::{Report, Shown, Transferred};
use crate::session::servers::NoServer;
use crate::session::{Session, write_err};
use crate::transport::udp::Pump;
use crate::{engine, ns_search};

/// In which program's words answers are printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Front {
    #[default]
    Dig,
    Host(host::show::View),
    Nslookup(nslookup::show::View),
}

/// What front ends remember from one answer to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The server that was typed has been named.
    pub(crate) server_named: bool,
    /// An answer was printed, and whether one was an error.
    pub(crate) answered: bool,
    pub(crate) failed: bool,
    /// There was no address of IPv4.
    pub(crate) no_address: bool,
}

/// How a front end prints.
pub(crate) trait View {
    fn message(&self, out: &mut String, shown: &Shown<'_>, heard: &mut Heard);

    fn trying(&self, _: &mut String, _: &Name) {}

    fn received(&self, _: &mut String, _: &Shown<'_>, _: Option<Transferred>) {}
}

/// The front end of a lookup, unless it is dig's own.
pub(crate) fn view(lookup: &Lookup) -> Option<&dyn View> {
    match &lookup.globals.front {
        Front::Dig => None,
        Front::Host(view) => Some(view),
        Front::Nslookup(view) => Some(view),
    }
}

/// A program other than dig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Host,
    Nslookup,
}

/// The program that the first word of the command line chooses, and the words behind it.
pub(crate) fn program(args: &[String]) -> Option<(Program, &[String])> {
    match args.split_first()? {
        (first, rest) if first == "--host" => Some((Program::Host, rest)),
        (first, rest) if first == "--nslookup" => Some((Program::Nslookup, rest)),
        _ => None,
    }
}

impl Program {
    fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Nslookup => "nslookup",
        }
    }

    /// The text for a wrong command line.
    pub(crate) fn usage(self) -> String {
        match self {
            Self::Host => host::USAGE.to_owned(),
            Self::Nslookup => nslookup::USAGE.to_owned(),
        }
    }

    pub(crate) async fn run(self, args: &[String]) -> Result<u8, Exit> {
        let cleaned = nethost_sdk::args::clean(args)
            .map_err(|error| Exit::failed(1, format!("{}: {error}", self.name())))?;
        let form = match cleaned.iter().any(|word| word == "--json") {
            true => Form::Json,
            false => Form::Text,
        };
        let args: Vec<String> = cleaned
            .into_iter()
            .filter(|word| word != "--json")
            .collect();
        let run = async {
            match self {
                Self::Host => host::run(&args, form).await,
                Self::Nslookup => nslookup::run(&args, form).await,
            }
        };
        // A signal ends it as it ends BIND's.
        let ended = nethost_sdk::until_end(run).await.unwrap_or(Ok(0));
        ended.map_err(|exit| Exit {
            stderr: self.own(&exit.stderr),
            ..exit
        })
    }

    /// Messages of what is shared begin with the name of this program.
    fn own(self, text: &str) -> String {
        match text.strip_prefix("dig: ") {
            Some(rest) => format!("{}: {rest}", self.name()),
            None => text.to_owned(),
        }
    }

    /// Asks one question and prints the answer, which is returned. None for a question that is none.
    async fn ask(
        self,
        session: &Session,
        lookup: Lookup,
        report: &mut Report,
    ) -> Result<Outcome, Exit> {
        let servers = match session.servers(&lookup).await {
            Ok(servers) => servers.usable,
            Err(why) => {
                let code = match why {
                    NoServer::Denied(_) => engine::INTERNAL,
                    NoServer::Unknown(_) => 1,
                };
                return Err(Exit::failed(code, format!("dig: {why}")));
            }
        };
        if lookup.purpose == Purpose::NsSearch {
            let searching = ns_search::run(session, lookup, servers, report);
            let code = pumped(session, searching).await?;
            session.emit(report)?;
            return Ok(Outcome::Searched(code));
        }
        let mut engine = match session.engine(lookup, servers, report) {
            Ok(engine) => engine,
            Err(code) => {
                report.err = self.own(&report.err);
                write_err(&mut report.err);
                return Ok(Outcome::NoName(code));
            }
        };
        pumped(session, session.drive(&mut engine, report)).await?;
        session.emit(report)?;
        Ok(match engine.last.take() {
            Some(bytes) => Outcome::Answer(engine.name().clone(), bytes),
            None => Outcome::Silence,
        })
    }
}

/// Runs a lookup, and carries its datagrams meanwhile.
async fn pumped<T>(session: &Session, lookup: impl Future<Output = T>) -> T {
    let mut pump = Pump::new(&session.sockets);
    let mut lookup = pin!(lookup);
    loop {
        let turn = pin!(pump.turn());
        if let Either::Left((done, _)) = select(lookup.as_mut(), turn).await {
            return done;
        }
    }
}

/// What became of a question.
enum Outcome {
    /// The name that was asked for, completed by the search list, and the answer.
    Answer(Name, Vec<u8>),
    Silence,
    /// The name is none; dig's exit code for it.
    NoName(u8),
    Searched(u8),
}

/// Where the aliases of an answer lead.
fn chase(name: &Name, reply: &Reply<'_>) -> Name {
    let mut name = name.clone();
    let answer = reply.section(Section::Answer);
    for _ in 0..answer.len() {
        let alias = answer
            .iter()
            .find(|record| record.rtype == rtype::CNAME && record.owner == name);
        match alias.and_then(|record| record.data.cursor().name().ok()) {
            Some(target) => name = target,
            None => break,
        }
    }
    name
}

/// The question about a numerical address; its text has a dot at its end for IPv4 alone, as BIND's has.
fn reverse(word: &str) -> Option<String> {
    let address: std::net::IpAddr = word.parse().ok()?;
    let text = name::reverse(word);
    Some(match address {
        std::net::IpAddr::V4(_) => text,
        std::net::IpAddr::V6(_) => text.trim_end_matches('.').to_owned(),
    })
}

/// A name without the dot at its end.
fn bare(name: &Name) -> String {
    let mut text = name::text(name);
    if text.len() > 1 {
        text.pop();
    }
    text
}

/// The data of a record.
fn data(record: &Record<'_>) -> String {
    let mut out = String::new();
    let style = crate::rdata::Style::default();
    // Data with a problem was told about when the message was read.
    let _ = crate::rdata::present(&mut out, &style, record.rtype, record.class, record.data);
    out
}

fn type_text(code: u16) -> String {
    let mut out = String::new();
    kind::write_type(&mut out, code);
    out
}

/// The name of a response code, of those that these programs know.
fn rcode(code: u16) -> String {
    match code {
        ..=10 | 16 => crate::mnemonic::rcode(code),
        11..=15 => format!("RESERVED{code}"),
        _ => format!("?{code}"),
    }
}

/// A lookup as these programs ask: without EDNS.
fn plain() -> Lookup {
    Lookup {
        edns: None,
        send_cookie: false,
        ad: false,
        best_effort: false,
        servfail_stops: false,
        purpose: Purpose::Follow,
        ..Lookup::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_are_those_of_bind() {
        assert_eq!(
            reverse("10.0.0.7").as_deref(),
            Some("7.0.0.10.in-addr.arpa.")
        );
        assert!(reverse("::1").is_some_and(|name| name.ends_with(".ip6.arpa")));
        assert!(reverse("10.0.0").is_none());
        assert_eq!(bare(&Name::root()), ".");
        assert_eq!(rcode(3), "NXDOMAIN");
        assert_eq!(rcode(12), "RESERVED12");
        assert_eq!(rcode(23), "?23");
    }
}
