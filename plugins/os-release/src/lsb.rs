//! lsb_release as Debian has it since release 12: what os-release(5) says, in the words of the Linux Standard Base.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Syntax};
use nethost_sdk::output::{Format, Output, complain};
use nethost_sdk::system;
use nethost_sdk::terminal::{StandardStream, is_terminal};
use nethost_sdk::text::printable;
use serde::Serialize;

type Flag = args::Flag<Effect<Options>>;

#[derive(Debug, Default)]
struct Options {
    help: bool,
    id: bool,
    description: bool,
    release: bool,
    codename: bool,
    short: bool,
    format: Format,
}

static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    // getopt(1) sorts them behind the options, and nothing reads them.
    operand: |_, _| Ok(()),
    refuse: |error| Exit::failed(2, format!("lsb_release: {error}")),
    syntax: Syntax::GETOPT_LONG,
};

static FLAGS: &[Flag] = &[
    Flag::switch('h', "show this help message and exit", |options| {
        options.help = true;
    })
    .long("help"),
    Flag::switch('v', "show LSB modules this system supports", |_| {}).long("version"),
    Flag::switch('i', "show distributor ID", |options| options.id = true).long("id"),
    Flag::switch('d', "show description of this distribution", |options| {
        options.description = true;
    })
    .long("description"),
    Flag::switch('r', "show release number of this distribution", |options| {
        options.release = true
    })
    .long("release"),
    Flag::switch('c', "show code name of this distribution", |options| {
        options.codename = true;
    })
    .long("codename"),
    Flag::switch('a', "show all of the above information", |options| {
        options.id = true;
        options.description = true;
        options.release = true;
        options.codename = true;
    })
    .long("all"),
    Flag::switch(
        's',
        "show requested information in short format",
        |options| options.short = true,
    )
    .long("short"),
    Flag::long_switch("json", "show all information as JSON", |options| {
        options.format = Format::Json;
    }),
];

fn help() -> String {
    let mut text = String::from("Usage: lsb_release [options]\n\nOptions:\n");
    for flag in FLAGS {
        let long = flag.long.unwrap_or_default();
        let names = match flag.short {
            Some(short) => format!("-{short}, --{long}"),
            None => format!("    --{long}"),
        };
        text.push_str(&format!("  {names:<19}{}\n", flag.help));
    }
    text
}

/// What is known of the distribution.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Distribution {
    id: String,
    description: String,
    release: String,
    codename: String,
}

impl Distribution {
    fn of(pairs: &[(String, String)]) -> Self {
        // A file that is read by a shell has the last of several.
        let value = |key: &str| {
            let found = pairs.iter().rev().find(|(known, _)| known == key);
            found.map(|(_, value)| value.as_str())
        };
        let or_none = |value: Option<&str>| {
            let value = value.filter(|value| !value.is_empty());
            value.unwrap_or("n/a").to_owned()
        };
        let id = capitalized(value("ID").unwrap_or_default());
        let name = value("NAME").filter(|name| name.eq_ignore_ascii_case(&id));
        Self {
            id: or_none(Some(name.unwrap_or(&id))),
            description: or_none(value("PRETTY_NAME")),
            release: or_none(value("VERSION_ID")),
            codename: or_none(value("VERSION_CODENAME")),
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

pub(super) fn run(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options::default();
    COMMAND_LINE.parse(args, &mut options)?;
    if options.help {
        return Err(Exit::done(help()));
    }
    let pairs = match system::os_release() {
        Ok(pairs) => pairs,
        Err(nethost_sdk::Error::NotFound) => Vec::new(),
        Err(error) => return Err(Exit::failed(1, format!("lsb_release: {error}"))),
    };
    let known = Distribution::of(&pairs);
    let mut output = Output::stdout(options.format);
    if options.format == Format::Json {
        output.json(&known)?;
        return Ok(0);
    }
    if is_terminal(StandardStream::Output) {
        complain("No LSB modules are available.");
    }
    for (wanted, label, value) in [
        (options.id, "Distributor ID", &known.id),
        (options.description, "Description", &known.description),
        (options.release, "Release", &known.release),
        (options.codename, "Codename", &known.codename),
    ] {
        let value = printable(value);
        match (wanted, options.short) {
            (false, _) => {}
            (true, true) => output.line(value)?,
            (true, false) => output.line(format_args!("{label}:\t{value}"))?,
        }
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(pairs: &[(&str, &str)]) -> Distribution {
        let owned = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Distribution::of(&owned.collect::<Vec<_>>())
    }

    #[test]
    fn the_id_is_capitalized_unless_the_name_is_the_same_word() {
        let debian = distribution(&[
            ("ID", "debian"),
            ("NAME", "Debian GNU/Linux"),
            ("VERSION_ID", "12"),
            ("VERSION_CODENAME", "bookworm"),
            ("PRETTY_NAME", "Debian GNU/Linux 12 (bookworm)"),
        ]);
        assert_eq!(debian.id, "Debian");
        assert_eq!(debian.codename, "bookworm");
        assert_eq!(distribution(&[("ID", "rhel"), ("NAME", "RHEL")]).id, "RHEL");
        let none = distribution(&[]);
        assert_eq!((&*none.id, &*none.release), ("n/a", "n/a"));
    }
}
