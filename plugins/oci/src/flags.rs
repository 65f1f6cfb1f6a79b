//! The command line.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Syntax, help};
use nethost_sdk::text::printable;

use crate::MISUSED;
use crate::place::Place;

type Flag = args::Flag<Effect<Line>>;

/// What to do, and how.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) command: Command,
    pub(crate) plain_http: bool,
    pub(crate) authority: Option<String>,
    pub(crate) authfile: Option<String>,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Print a manifest.
    Manifest(Place),
    /// Print the blob with this digest.
    Blob(Place, String),
    /// Write a manifest and its blobs.
    Push(Push),
}

/// What to write.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Push {
    pub(crate) place: Place,
    /// The file of the manifest.
    pub(crate) manifest: String,
    /// The files of its blobs.
    pub(crate) blobs: Vec<String>,
    /// A tag that leads to another manifest stays.
    pub(crate) new: bool,
}

/// A command line while it is read.
#[derive(Debug, Default)]
pub(crate) struct Line {
    words: Vec<String>,
    plain_http: bool,
    authority: Option<String>,
    authfile: Option<String>,
    new: bool,
}

static COMMAND_LINE: CommandLine<Line> = CommandLine {
    flags: &[FLAGS],
    operand: |line, operand| {
        line.words.push(operand.value);
        Ok(())
    },
    refuse: |error| misused(&error.to_string()),
    syntax: Syntax::GETOPT_LONG,
};

static FLAGS: &[Flag] = &[
    Flag::long_switch(
        "plain-http",
        "speak HTTP without TLS; without it, only with a registry on this machine",
        |line| line.plain_http = true,
    ),
    Flag::long_value(
        "ca",
        "FILE",
        "trust the certificates of FILE (PEM), and no others",
        |line, given| {
            line.authority = Some(given.value.to_owned());
            Ok(())
        },
    ),
    Flag::long_value(
        "authfile",
        "FILE",
        "take the credentials from FILE, not from ~/.docker/config.json",
        |line, given| {
            line.authfile = Some(given.value.to_owned());
            Ok(())
        },
    ),
    Flag::long_switch(
        "new",
        "push: leave a tag as it is that leads to another manifest",
        |line| line.new = true,
    ),
    Flag::long_ending("help", "display this help and exit", || Exit::done(usage())),
    Flag::long_ending("version", "output version information and exit", || {
        Exit::done(concat!(
            "oci from nethost ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))
    }),
];

impl Options {
    /// Reads a command line.
    pub(crate) fn parse(args: &[String]) -> Result<Self, Exit> {
        let mut line = Line::default();
        COMMAND_LINE.parse(args, &mut line)?;
        let mut words = line.words.into_iter();
        let (Some(command), Some(place)) = (words.next(), words.next()) else {
            return Err(misused(""));
        };
        let shown = printable(&place).into_owned();
        let place = Place::parse(&place).map_err(|why| misused(&format!("{shown} {why}")))?;
        let mut rest = words.collect::<Vec<_>>().into_iter();
        let command = match command.as_str() {
            "manifest" => Command::Manifest(place),
            "blob" => match place.digest.clone() {
                Some(digest) => Command::Blob(place, digest),
                None => {
                    return Err(misused(&format!(
                        "{shown} names no blob: write @sha256:DIGEST"
                    )));
                }
            },
            "push" => {
                let Some(manifest) = rest.next() else {
                    return Err(misused("push: which manifest?"));
                };
                Command::Push(Push {
                    place,
                    manifest,
                    blobs: rest.by_ref().collect(),
                    new: line.new,
                })
            }
            other => {
                return Err(misused(&format!(
                    "there is no command {}",
                    printable(other)
                )));
            }
        };
        if let Some(more) = rest.next() {
            return Err(misused(&format!("{} is too much", printable(&more))));
        }
        Ok(Self {
            command,
            plain_http: line.plain_http,
            authority: line.authority,
            authfile: line.authfile,
        })
    }
}

/// Without a message the usage says it all.
fn misused(message: &str) -> Exit {
    match message {
        "" => Exit::misused(MISUSED, ""),
        _ => Exit::misused(MISUSED, format!("oci: {message}")),
    }
}

/// The help text.
pub(crate) fn usage() -> String {
    format!(
        "Usage: oci [OPTION]... COMMAND HOST[:PORT]/REPOSITORY[:TAG][@DIGEST] [FILE]...\n\n\
         Commands:\n\
         \x20 manifest    print the manifest that a tag or a digest leads to\n\
         \x20 blob        print the blob with this digest\n\
         \x20 push        write the manifest of the first FILE, and before it the blobs of the others\n\n\
         Options:\n{}",
        help(FLAGS)
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, Exit> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&args)
    }

    #[test]
    fn commands_have_what_they_need() {
        let options = read("--plain-http push --new r.example/a:1 m.json a b").unwrap();
        assert!(options.plain_http);
        let Command::Push(push) = options.command else {
            panic!("not a push");
        };
        assert_eq!(
            (&push.manifest[..], push.blobs),
            ("m.json", vec!["a".into(), "b".into()])
        );
        assert!(push.new);
        for (line, said) in [
            ("", ""),
            ("manifest", ""),
            ("manifest r.example", "oci: r.example names no registry"),
            ("blob r.example/a:1", "names no blob"),
            ("push r.example/a:1", "which manifest"),
            ("pull r.example/a:1", "there is no command pull"),
            ("manifest r.example/a b", "b is too much"),
            ("--frob", "frob"),
        ] {
            let exit = read(line).unwrap_err();
            assert_eq!(exit.code, MISUSED, "{line}");
            assert!(exit.usage && exit.stderr.contains(said), "{line}: {exit:?}");
        }
    }
}
