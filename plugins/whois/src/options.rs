//! What the command line means, validated.

use std::time::Duration;

use nethost_sdk::Exit;

use crate::flags::{COMMAND_LINE, misused};

/// How long a server may take, as the native tool has it.
const PATIENCE: Duration = Duration::from_secs(60);

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

/// A command line while it is read.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) options: Options,
    pub(crate) objects: Vec<String>,
    /// The question is about the server.
    pub(crate) about_server: bool,
}

impl Options {
    /// Reads a command line.
    pub(crate) fn parse(args: &[String]) -> Result<Self, Exit> {
        let mut line = Line {
            options: Self {
                recursion: true,
                patience: PATIENCE,
                ..Self::default()
            },
            ..Line::default()
        };
        COMMAND_LINE.parse(args, &mut line)?;
        let Line {
            mut options,
            objects,
            about_server,
        } = line;
        if objects.is_empty() && !about_server {
            return Err(misused(""));
        }
        // A question about the server has no object.
        if !about_server {
            options.object = objects.join(" ");
        }
        // One line is one query (RFC 3912): a line end would smuggle in a second.
        let client = options.client.as_deref().unwrap_or_default();
        if [client, &options.passed_on, &options.object]
            .concat()
            .contains(['\r', '\n', '\0'])
        {
            return Err(misused("a query is one line"));
        }
        if options.rdap && !options.passed_on.is_empty() {
            return Err(misused("RIPE's options are for whois, not for --rdap"));
        }
        Ok(options)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ask(line: &str) -> Options {
        let args: Vec<String> = line.split(' ').map(Into::into).collect();
        Options::parse(&args).unwrap()
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
        let error = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(|&word| word.into()).collect();
            let exit = Options::parse(&args).unwrap_err();
            assert!(exit.usage && exit.code == 1);
            exit.stderr
        };
        assert_eq!(error(&[]), "");
        assert_eq!(error(&["-r"]), "");
        assert_eq!(error(&["-Z"]), "whois: invalid option -- 'Z'");
        assert!(error(&["x\r\nsecond"]).contains("one line"));
        assert!(error(&["-V", "a\nb", "x"]).contains("one line"));
        assert!(error(&["--rdap", "-r", "x"]).contains("--rdap"));
        for wrong in ["0", "", "x", "86401", "-1"] {
            assert!(error(&["--timeout", wrong, "x"]).contains("seconds"));
        }
    }
}
