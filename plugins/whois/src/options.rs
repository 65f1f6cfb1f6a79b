//! What the command line means, validated.

use std::time::Duration;

use nethost_sdk::args::{Argument, parse};
use nethost_sdk::text::printable;

use crate::flags::{RIPE, all};

/// How long a server may take, as the native tool has it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Version,
    Ask(Options),
}

/// What to ask, whom, and how.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Asked instead of the one that is found.
    pub(crate) server: Option<String>,
    pub(crate) port: Option<String>,
    /// IANA's answer is shown too.
    pub(crate) iana: bool,
    pub(crate) hide_legal: bool,
    pub(crate) verbose: bool,
    pub(crate) recursion: bool,
    /// How long one server may take.
    pub(crate) patience: Duration,
    /// What servers of RIPE's kind are told about who asks.
    pub(crate) client: Option<String>,
    /// Options for the server, each followed by a blank.
    pub(crate) passed_on: String,
    pub(crate) object: String,
    pub(crate) rdap: bool,
    pub(crate) json: bool,
    pub(crate) bootstrap: Option<String>,
    pub(crate) authority: Option<String>,
}

impl Options {
    /// An empty message means that the usage says it all.
    pub(crate) fn parse(args: Vec<String>) -> Result<Command, String> {
        let mut options = Self {
            recursion: true,
            patience: PATIENCE,
            ..Self::default()
        };
        let mut objects = Vec::new();
        let mut complete = false;
        for argument in parse(all(), args).map_err(|error| error.to_string())? {
            let (flag, value) = match argument {
                Argument::Operand(object) => {
                    objects.push(object);
                    continue;
                }
                Argument::Option(flag, value) => (flag, value),
            };
            match (flag.short, flag.long) {
                (_, Some("help")) => return Ok(Command::Help),
                (_, Some("version")) => return Ok(Command::Version),
                (_, Some("host")) => options.server = Some(value),
                (_, Some("port")) => options.port = Some(value),
                (_, Some("verbose")) => options.verbose = true,
                (_, Some("no-recursion")) => options.recursion = false,
                (_, Some("timeout")) => options.patience = seconds(&value)?,
                (_, Some("rdap")) => options.rdap = true,
                (_, Some("json")) => options.json = true,
                (_, Some("bootstrap")) => options.bootstrap = Some(value),
                (_, Some("ca")) => options.authority = Some(value),
                (Some('I'), _) => options.iana = true,
                (Some('H'), _) => options.hide_legal = true,
                (Some('V'), _) => options.client = Some(value),
                (Some(short), _) if RIPE.contains(flag) => {
                    complete |= "tvq".contains(short);
                    options.passed_on += &format!("-{short} ");
                    if flag.value.is_some() {
                        options.passed_on += &format!("{value} ");
                    }
                }
                _ => {}
            }
        }
        if objects.is_empty() && !complete {
            return Err(String::new());
        }
        // A question about the server has no object.
        if !complete {
            options.object = objects.join(" ");
        }
        // One line is one query (RFC 3912): a line end would smuggle in a second.
        let client = options.client.as_deref().unwrap_or_default();
        if [client, &options.passed_on, &options.object]
            .concat()
            .contains(['\r', '\n', '\0'])
        {
            return Err("a query is one line".into());
        }
        if options.rdap && !options.passed_on.is_empty() {
            return Err("RIPE's options are for whois, not for --rdap".into());
        }
        Ok(Command::Ask(options))
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds) if (1..=86_400).contains(&seconds) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!(
            "--timeout is a number of seconds from 1 to 86400, not '{}'",
            printable(text)
        )),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn ask(line: &str) -> Options {
        match Options::parse(line.split(' ').map(Into::into).collect()) {
            Ok(Command::Ask(options)) => options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_for_the_server_are_passed_on_in_order() {
        let options = ask("-h whois.ripe.net -rT person foo bar");
        assert_eq!(options.passed_on, "-r -T person ");
        assert_eq!(options.object, "foo bar");
        assert_eq!(ask("-q sources").passed_on, "-q sources ");
        assert!(!ask("--no-rec -H x").recursion);
    }

    #[test]
    fn misuse_is_told() {
        let error = |args: &[&str]| Options::parse(args.iter().map(|&a| a.into()).collect());
        assert_eq!(error(&[]).unwrap_err(), "");
        assert_eq!(error(&["-r"]).unwrap_err(), "");
        assert_eq!(error(&["-Z"]).unwrap_err(), "invalid option -- 'Z'");
        assert!(error(&["x\r\nsecond"]).unwrap_err().contains("one line"));
        assert!(
            error(&["-V", "a\nb", "x"])
                .unwrap_err()
                .contains("one line")
        );
        assert!(error(&["--rdap", "-r", "x"]).is_err());
        for wrong in ["0", "", "x", "86401", "-1"] {
            assert!(
                error(&["--timeout", wrong, "x"])
                    .unwrap_err()
                    .contains("seconds")
            );
        }
    }
}
