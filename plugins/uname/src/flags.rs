//! The command line: coreutils' options and one of ours.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Syntax};
use nethost_sdk::output::Format;
use nethost_sdk::text::printable;

type Flag = args::Flag<Effect<Options>>;

/// A fact, in the order in which they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    KernelName,
    Nodename,
    KernelRelease,
    KernelVersion,
    Machine,
    Processor,
    HardwarePlatform,
    OperatingSystem,
}

const ALL: [Fact; 8] = [
    Fact::KernelName,
    Fact::Nodename,
    Fact::KernelRelease,
    Fact::KernelVersion,
    Fact::Machine,
    Fact::Processor,
    Fact::HardwarePlatform,
    Fact::OperatingSystem,
];

/// The options given.
#[derive(Debug, Default)]
pub(crate) struct Options {
    all: bool,
    wanted: Vec<Fact>,
    pub(crate) format: Format,
}

impl Options {
    /// What is to be printed. -a leaves out what is unknown.
    pub(crate) fn wanted(&self) -> Vec<Fact> {
        let unknown = [Fact::Processor, Fact::HardwarePlatform];
        let is_wanted = |fact: &Fact| match self.all {
            true => !unknown.contains(fact),
            false => self.wanted.contains(fact),
        };
        match !self.all && self.wanted.is_empty() {
            true => vec![Fact::KernelName],
            false => ALL.into_iter().filter(is_wanted).collect(),
        }
    }
}

/// What the command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |_, operand| {
        let operand = printable(&operand.value);
        Err(misused(format!("extra operand \u{2018}{operand}\u{2019}")))
    },
    refuse: |error| misused(error.to_string()),
    syntax: Syntax::GETOPT_LONG,
};

fn misused(what: String) -> Exit {
    Exit::failed(
        1,
        format!("uname: {what}\nTry 'uname --help' for more information."),
    )
}

static FLAGS: &[Flag] = &[
    Flag::switch(
        'a',
        "print all information, in the following order,\nexcept omit -p and -i if unknown:",
        |options| options.all = true,
    )
    .long("all"),
    Flag::switch('s', "print the kernel name", |options| {
        options.wanted.push(Fact::KernelName);
    })
    .long("kernel-name"),
    Flag::switch('n', "print the network node hostname", |options| {
        options.wanted.push(Fact::Nodename);
    })
    .long("nodename"),
    Flag::switch('r', "print the kernel release", |options| {
        options.wanted.push(Fact::KernelRelease);
    })
    .long("kernel-release"),
    // An older name of -r, which coreutils still takes.
    Flag::long_switch("release", "", |options| {
        options.wanted.push(Fact::KernelRelease);
    }),
    Flag::switch('v', "print the kernel version", |options| {
        options.wanted.push(Fact::KernelVersion);
    })
    .long("kernel-version"),
    // An older name of -s.
    Flag::long_switch("sysname", "", |options| {
        options.wanted.push(Fact::KernelName);
    }),
    Flag::switch('m', "print the machine hardware name", |options| {
        options.wanted.push(Fact::Machine);
    })
    .long("machine"),
    Flag::switch('p', "print the processor type (non-portable)", |options| {
        options.wanted.push(Fact::Processor);
    })
    .long("processor"),
    Flag::switch(
        'i',
        "print the hardware platform (non-portable)",
        |options| options.wanted.push(Fact::HardwarePlatform),
    )
    .long("hardware-platform"),
    Flag::switch('o', "print the operating system", |options| {
        options.wanted.push(Fact::OperatingSystem);
    })
    .long("operating-system"),
    Flag::long_switch("json", "print all information as JSON", |options| {
        options.format = Format::Json;
    }),
    Flag::long_ending("help", "display this help and exit", || Exit::done(help())),
    Flag::long_ending("version", "output version information and exit", || {
        Exit::done(concat!(
            "uname from nethost ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))
    }),
];

/// In the layout of coreutils.
fn help() -> String {
    let mut text = String::from(
        "Usage: uname [OPTION]...\nPrint certain system information.  With no OPTION, same as -s.\n\n",
    );
    for flag in FLAGS.iter().filter(|flag| !flag.help.is_empty()) {
        let long = flag.long.unwrap_or_default();
        let (names, column) = match flag.short {
            Some(short) => (format!("  -{short}, --{long}"), 27),
            None if long == "json" => (format!("      --{long}"), 27),
            None => (format!("      --{long}"), 18),
        };
        let mut lines = flag.help.lines();
        let first = lines.next().unwrap_or_default();
        text.push_str(&format!("{names:<column$}{first}\n"));
        for line in lines {
            text.push_str(&format!("{:column$}  {line}\n", ""));
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, Exit> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut options = Options::default();
        COMMAND_LINE.parse(&args, &mut options)?;
        Ok(options)
    }

    #[test]
    fn facts_come_in_one_order_and_once() {
        assert_eq!(read("").unwrap().wanted(), [Fact::KernelName]);
        assert_eq!(
            read("-mrr -s").unwrap().wanted(),
            [Fact::KernelName, Fact::KernelRelease, Fact::Machine]
        );
        assert_eq!(read("-ap").unwrap().wanted().len(), 6);
        assert_eq!(read("-p").unwrap().wanted(), [Fact::Processor]);
    }

    /// Seen from coreutils 9.1.
    #[test]
    fn refusals_are_those_of_coreutils() {
        for (line, words) in [
            ("-x", "uname: invalid option -- 'x'"),
            ("--nope", "uname: unrecognized option '--nope'"),
            ("foo", "uname: extra operand \u{2018}foo\u{2019}"),
        ] {
            let exit = read(line).unwrap_err();
            let expected = format!("{words}\nTry 'uname --help' for more information.");
            assert_eq!((exit.code, exit.stderr), (1, expected), "{line}");
        }
    }
}
