//! What is told beside the data: lines on standard error with -v, JSON with --json.

use std::net::SocketAddr;

use nethost_sdk::output::complain;
use nethost_sdk::text::printable;
use serde::Serialize;

use crate::names;
use crate::options::Options;

/// One thing that happened. Members that do not apply are left out.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Fact<'a> {
    pub(crate) event: &'a str,
    pub(crate) protocol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<&'a str>,
}

impl Fact<'_> {
    /// A line of JSON: on standard output where no data goes there, otherwise on standard error.
    pub(crate) fn tell(&self, options: &Options) {
        if !options.json {
            return;
        }
        let Ok(line) = serde_json::to_string(self) else {
            return;
        };
        match options.scan {
            true => {
                // A reader that has left ends the run by itself.
                let _ = nethost_sdk::output::show(format_args!("{line}\n"));
            }
            false => complain(line),
        }
    }
}

/// A line for -v.
pub(crate) fn say(options: &Options, text: impl std::fmt::Display) {
    if options.verbose && !options.json {
        complain(text);
    }
}

/// Where it listens, or who has come.
pub(crate) async fn socket(options: &Options, what: &str, event: &str, address: SocketAddr) {
    if options.verbose && !options.json {
        let name = names::name(address.ip(), options).await;
        complain(format_args!(
            "{what} on {} {}",
            printable(&name),
            address.port()
        ));
    }
    Fact {
        event,
        protocol: options.protocol(),
        address: Some(address.ip().to_string()),
        port: Some(address.port()),
        ..Fact::default()
    }
    .tell(options);
}

/// The same for a path.
pub(crate) fn path(options: &Options, what: &str, event: &str, path: &str) {
    say(options, format_args!("{what} on {}", printable(path)));
    Fact {
        event,
        protocol: "unix",
        path: Some(path),
        ..Fact::default()
    }
    .tell(options);
}
