//! Follows referrals to the responsible server: from IANA to the registry, and from the registry to the registrar.
//! Each server is asked at most once, and only a few.

use std::io::Stdout;

use nethost_sdk::output::{Format, Output, complain};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit};

use crate::ask::{Answer, End, Failure, LONGEST, ask as ask_one};
use crate::object::Object;
use crate::options::Options;
use crate::referral::{self, Server};
use crate::{FAILED, UNKNOWN, charset, failed, legal};

/// The server that knows who is responsible for domains, addresses and numbers.
const IANA: &str = "whois.iana.org";
/// The only registry that can be searched for the names of people and organisations.
const ARIN: &str = "whois.arin.net";
/// RFC 3912.
const PORT: u16 = 43;
/// Root, registry, registrar, and one in reserve.
const SERVERS: usize = 4;
/// Registries whose servers understand RIPE's options.
const RIPE_LIKE: [&str; 6] = [
    "whois.ripe.net",
    "whois.apnic.net",
    "whois.afrinic.net",
    "rr.ntt.net",
    "rr.arin.net",
    "whois.ra.net",
];

/// A chase: the query, and the servers that were asked.
struct Chase<'a> {
    options: &'a Options,
    object: Object,
    asked: Vec<Server>,
    output: Output<Stdout>,
}

/// Queries and prints. Returns the exit code.
pub(crate) async fn ask(options: &Options) -> Result<u8, Exit> {
    let object = Object::parse(&options.object);
    let mut chase = Chase {
        options,
        object,
        asked: Vec::new(),
        output: Output::stdout(Format::Text),
    };
    match &options.server {
        Some(server) if !options.iana => chase.typed(server).await,
        _ => chase.find().await,
    }
}

impl Chase<'_> {
    /// Queries only the server that the operator named.
    async fn typed(&mut self, server: &str) -> Result<u8, Exit> {
        let server = Server::parse(server)
            .ok_or_else(|| failed(format_args!("{}: not a host", printable(server))))?;
        if !self.options.passed_on.is_empty() && !is_ripe_like(&server.host) {
            self.output
                .line("Warning: RIPE flags used with a traditional server.")?;
        }
        let answer = self.put(&server).await?;
        self.show(&server, &answer, None)?;
        Ok(code_of(&answer))
    }

    /// Asks IANA for the responsible server, and continues there.
    async fn find(&mut self) -> Result<u8, Exit> {
        let root = Server {
            host: IANA.into(),
            port: None,
        };
        if let Object::Phrase(_) = self.object {
            return self.follow(arin()).await;
        }
        let answer = self.put(&root).await?;
        let next = referral::find(&self.text(&answer));
        let found = next.is_some() || has_object(&self.text(&answer));
        let words = matches!(self.object, Object::Word(_));
        if self.options.iana || (found && next.is_none()) {
            self.show(&root, &answer, next.as_ref())?;
        }
        match next {
            Some(next) => self.follow(next).await,
            // A word can be a top-level domain or the name of a person.
            None if words => self.follow(arin()).await,
            None => {
                self.output.line(
                    "No whois server is known for this kind of object. Its registry may answer over RDAP: --rdap."
                )?;
                Ok(UNKNOWN)
            }
        }
    }

    /// Queries a server and follows its referrals.
    async fn follow(&mut self, first: Server) -> Result<u8, Exit> {
        let mut server = first;
        loop {
            let answer = self.put(&server).await?;
            let next = referral::find(&self.text(&answer));
            let next = next.filter(|next| self.options.recursion && !self.was_asked(next));
            self.show(&server, &answer, next.as_ref())?;
            match next {
                None => return Ok(code_of(&answer)),
                Some(next) if self.asked.len() >= SERVERS => {
                    let host = next.host;
                    return Err(failed(format_args!(
                        "{SERVERS} servers asked; {host} was not"
                    )));
                }
                Some(next) => server = next,
            }
        }
    }

    /// Sends the query to one server.
    async fn put(&mut self, server: &Server) -> Result<Answer, Exit> {
        let host = &server.host;
        self.asked.push(server.clone());
        let port = match (server.port, self.options.port.as_deref()) {
            (Some(port), _) => port,
            (None, Some(port)) if self.is_meant_by_port() => {
                port_number(port).ok_or_else(|| {
                    let why = "Servname not supported for ai_socktype";
                    Exit::failed(FAILED, format!("getaddrinfo({host}): {why}"))
                })?
            }
            (None, _) => PORT,
        };
        let query = self.query(host);
        if self.options.verbose {
            self.output.line(format_args!(
                "Using server {host}.\nQuery string: \"{query}\"\n"
            ))?;
        }
        ask_one(host, port, &query, self.options.patience)
            .await
            .map_err(|failure| Exit::failed(FAILED, failure_text(host, failure)))
    }

    /// A port on the command line applies to the named server, or to the first one that IANA names.
    fn is_meant_by_port(&self) -> bool {
        let named = self.options.server.is_some() && !self.options.iana;
        let by_iana = !named && self.asked.first().is_some_and(|first| first.host == IANA);
        self.asked.len() == if by_iana { 2 } else { 1 }
    }

    fn query(&self, host: &str) -> String {
        let client = match &self.options.client {
            Some(client) if is_ripe_like(host) => format!("-V {client} "),
            _ => String::new(),
        };
        let object = match self.options.passed_on.as_str() {
            "" => self.object.query_for(host),
            // Options cannot be combined with a server's own query language.
            _ => self.object.query(),
        };
        format!("{client}{}{object}", self.options.passed_on)
    }

    fn was_asked(&self, server: &Server) -> bool {
        let same = |other: &Server| {
            other.host == server.host && other.port.unwrap_or(PORT) == server.port.unwrap_or(PORT)
        };
        self.asked.iter().any(same)
    }

    fn text(&self, answer: &Answer) -> String {
        charset::decode(&answer.bytes, self.object.top_level())
    }

    fn show(
        &mut self,
        server: &Server,
        answer: &Answer,
        next: Option<&Server>,
    ) -> Result<(), Exit> {
        let mut text = self.text(answer);
        if self.options.hide_legal {
            text = legal::hide(&text);
        }
        if self.options.json {
            let fact = serde_json::json!({
                "server": server.host,
                "address": answer.from,
                "query": self.query(&server.host),
                "answer": text,
                "complete": answer.end == End::Closed,
                "referral": next.map(|next| &next.host),
            });
            self.output.json(&fact)?;
        } else {
            // A server from the command line is not announced.
            if self.options.server.is_none() || self.options.iana {
                self.output.line(format_args!("[{}]", server.host))?;
            }
            self.output.text(text)?;
            if let Some(next) = next {
                let host = &next.host;
                self.output
                    .line(format_args!("\nFound a referral to {host}.\n"))?;
            }
        }
        match answer.end {
            End::Closed => {}
            End::TooLong => complain(format_args!(
                "whois: {}: cut off after {LONGEST} bytes",
                server.host
            )),
            End::TooLate => {
                let seconds = self.options.patience.as_secs();
                complain(format_args!(
                    "whois: {}: cut off after {seconds} seconds",
                    server.host
                ));
            }
        }
        Ok(())
    }
}

fn is_ripe_like(host: &str) -> bool {
    RIPE_LIKE.contains(&host)
}

fn arin() -> Server {
    Server {
        host: ARIN.into(),
        port: None,
    }
}

/// Whether IANA knows the object itself.
fn has_object(answer: &str) -> bool {
    answer
        .lines()
        .any(|line| !line.starts_with('%') && line.contains(':'))
}

fn code_of(answer: &Answer) -> u8 {
    if answer.end == End::Closed { 0 } else { FAILED }
}

fn port_number(text: &str) -> Option<u16> {
    match text {
        "whois" | "nicname" => Some(PORT),
        number => number.parse().ok().filter(|port| *port > 0),
    }
}

/// In the native tool's words.
fn failure_text(host: &str, failure: Failure) -> String {
    match failure {
        Failure::Name(error @ Error::Denied(_)) | Failure::Connect(error @ Error::Denied(_)) => {
            format!("whois: {error}")
        }
        Failure::Name(error) => format!("getaddrinfo({host}): {error}"),
        Failure::Connect(Error::Timeout) | Failure::Timeout => "Timeout.".into(),
        Failure::Connect(error) => format!("connect: {error}"),
        Failure::Talk(error) => format!("read: {error}"),
    }
}
