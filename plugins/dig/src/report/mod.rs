//! dig's output: one account of the events, as text, YAML or JSON lines.

mod json;
mod short;
mod stats;
mod text;
mod yaml;

pub(crate) use text::flags;

use std::net::SocketAddr;

use nethost_sdk::Timestamp;

use crate::edns::Cookie;
use crate::front::{self, Heard};
use crate::lookup::{Form, Lookup, Transport};
use crate::reply::Reply;

/// A server: its name as requested, and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// The name from the operator or a delegation.
    pub(crate) name: String,
}

impl Server {
    /// `address#port`, as BIND writes it.
    pub(crate) fn socket(&self) -> String {
        socket(self.address)
    }
}

/// `address#port`, with the zone's number where there is one.
pub(crate) fn socket(endpoint: SocketAddr) -> String {
    match endpoint {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => {
            format!("{}%{}#{}", v6.ip(), v6.scope_id(), v6.port())
        }
        other => format!("{}#{}", other.ip(), other.port()),
    }
}

/// Messages that were not the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Ignored {
    pub(crate) wrong_id: u32,
    pub(crate) wrong_source: u32,
    pub(crate) wrong_question: u32,
}

/// A message and its circumstances.
pub(crate) struct Shown<'a> {
    pub(crate) lookup: &'a Lookup,
    pub(crate) server: &'a Server,
    pub(crate) transport: Transport,
    pub(crate) message: &'a Reply<'a>,
    /// It is the sent query.
    pub(crate) is_query: bool,
    pub(crate) sent: Option<Timestamp>,
    pub(crate) received: Option<Timestamp>,
    pub(crate) local: Option<SocketAddr>,
    pub(crate) cookie: Option<Cookie>,
    /// The number of earlier messages of this zone transfer.
    pub(crate) number: u32,
    /// Whether EDNS was asked for.
    pub(crate) edns: bool,
    pub(crate) ignored: Ignored,
    /// The requested TSIG, and whether it was valid.
    pub(crate) signature: Option<bool>,
}

impl Shown<'_> {
    /// From send stamp to receive stamp.
    pub(crate) fn microseconds(&self) -> u64 {
        match (self.received, self.sent) {
            (Some(received), Some(sent)) => received.since(sent).map_or(0, |time| {
                u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
            }),
            _ => 0,
        }
    }
}

/// How large a zone transfer was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transferred {
    pub(crate) records: u32,
    pub(crate) messages: u32,
    pub(crate) bytes: u64,
}

/// Collects the output.
pub(crate) struct Report {
    pub(crate) form: Form,
    /// For standard output.
    pub(crate) out: String,
    /// For standard error.
    pub(crate) err: String,
    /// The echo of the command line, until it is printed.
    greeting: Option<String>,
    /// A name could not be printed, which ends the run.
    pub(crate) stopped: bool,
    /// What front ends remember.
    pub(crate) heard: Heard,
}

impl Report {
    pub(crate) fn new(form: Form) -> Self {
        Self {
            form,
            out: String::new(),
            err: String::new(),
            greeting: None,
            stopped: false,
            heard: Heard::default(),
        }
    }

    /// Sets the echo that comes before the next answer.
    pub(crate) fn greet(&mut self, lookup: &Lookup, addresses: usize) {
        self.greeting = lookup
            .greeting
            .as_ref()
            .filter(|_| self.form == Form::Text)
            .map(|greeting| text::greeting(greeting, addresses));
    }

    /// Prints a message.
    pub(crate) fn message(&mut self, shown: &Shown<'_>) {
        if let Some(greeting) = self.greeting.take() {
            let globals = &shown.lookup.globals;
            if globals.command && !globals.short && !shown.lookup.dns64_prefix {
                self.out.push_str(&greeting);
            }
        }
        match self.form {
            Form::Json => json::message(&mut self.out, shown),
            Form::Yaml => yaml::message(&mut self.out, shown),
            Form::Text if shown.lookup.dns64_prefix => short::prefixes(&mut self.out, shown),
            Form::Text if let Some(view) = front::view(shown.lookup) => {
                view.message(&mut self.out, shown, &mut self.heard);
            }
            Form::Text if shown.lookup.globals.short => short::answer(&mut self.out, shown),
            Form::Text => {
                if let Err(why) = text::message(&mut self.out, shown) {
                    self.err.push_str(&format!("dig: {why}\n"));
                    self.stopped = true;
                }
            }
        }
    }

    /// A front end may say which name is asked for.
    pub(crate) fn trying(&mut self, lookup: &Lookup, name: &crate::name::Name) {
        if self.form == Form::Text
            && let Some(view) = front::view(lookup)
        {
            view.trying(&mut self.out, name);
        }
    }

    /// Prints what follows an answer.
    pub(crate) fn received(&mut self, shown: &Shown<'_>, transferred: Option<Transferred>) {
        match self.form {
            Form::Json => {
                if let Some(transferred) = transferred {
                    json::transferred(&mut self.out, shown, transferred);
                }
            }
            Form::Text if let Some(view) = front::view(shown.lookup) => {
                view.received(&mut self.out, shown, transferred);
            }
            Form::Text if !shown.lookup.globals.short => {
                stats::write(&mut self.out, shown, transferred);
            }
            _ => {}
        }
    }

    /// After the sent query.
    pub(crate) fn query_size(&mut self, lookup: &Lookup, size: usize) {
        if self.form == Form::Text && lookup.stats {
            self.out.push_str(&format!(";; QUERY SIZE: {size}\n\n"));
        }
    }

    /// A note for readers of the text format.
    pub(crate) fn warning(&mut self, words: &str) {
        match self.form {
            Form::Text => self.line(words),
            Form::Yaml => {}
            Form::Json => json::note(&mut self.out, "warning", words),
        }
    }

    /// The same if comments are enabled.
    pub(crate) fn comment(&mut self, lookup: &Lookup, words: &str) {
        if lookup.comments || self.form == Form::Json {
            self.warning(words);
        }
    }

    /// Why there is no answer.
    pub(crate) fn error(&mut self, words: &str) {
        match self.form {
            Form::Text => self.line(words),
            Form::Yaml => {
                self.out
                    .push_str(&format!("- type: DIG_ERROR\n  message: |\n    {words}\n"));
            }
            Form::Json => json::note(&mut self.out, "error", words),
        }
    }

    /// The echo of the command line comes before the last error.
    pub(crate) fn give_up(&mut self, words: &str) {
        if let Some(greeting) = self.greeting.take() {
            self.out.push_str(&greeting);
        }
        self.error(words);
    }

    /// A line that is not a comment, in the text format only.
    pub(crate) fn plain(&mut self, words: &str) {
        match self.form {
            Form::Text => {
                self.out.push_str(words);
                self.out.push('\n');
            }
            Form::Yaml => {}
            Form::Json => json::note(&mut self.out, "warning", words.trim_start_matches("; ")),
        }
    }

    /// Between the answers of one trace.
    pub(crate) fn blank_line(&mut self) {
        if self.form == Form::Text {
            self.out.push('\n');
        }
    }

    /// A fact with text and JSON forms. JSON is also valid YAML.
    pub(crate) fn fact(&mut self, fact: &impl serde::Serialize, words: &str) {
        match self.form {
            Form::Json => json::line(&mut self.out, fact),
            // A fact without a text form is printed in addition to dig's output.
            Form::Yaml if !words.is_empty() => {
                self.out.push_str("- ");
                json::line(&mut self.out, fact);
            }
            Form::Yaml | Form::Text => self.out.push_str(words),
        }
    }

    /// The message's bytes, for one that cannot be read.
    pub(crate) fn bad_packet(&mut self, problem: &str, bytes: &[u8]) {
        match self.form {
            Form::Text => {
                self.line(&format!("Got bad packet: {problem}"));
                text::dump(&mut self.out, bytes);
            }
            Form::Yaml => {}
            Form::Json => {
                json::note(
                    &mut self.out,
                    "error",
                    &format!("malformed message: {problem}"),
                );
            }
        }
    }

    fn line(&mut self, words: &str) {
        self.out.push_str(";; ");
        self.out.push_str(words);
        self.out.push('\n');
    }
}
