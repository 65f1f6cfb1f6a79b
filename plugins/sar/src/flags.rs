//! The command line: the options of sar that are about what happens now, and one of ours.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax};
use nethost_sdk::output::Format;
use nethost_sdk::text::printable;

use crate::activity::{self, Activity};
use crate::network;
use crate::rates::Wanted;

type Flag = args::Flag<Effect<Options>>;

/// The options given.
#[derive(Debug)]
pub(crate) struct Options {
    chosen: Vec<&'static str>,
    pub(crate) wanted: Wanted,
    pub(crate) pretty: bool,
    pub(crate) human: bool,
    pub(crate) decimals: usize,
    pub(crate) format: Format,
    pub(crate) interval: Option<u64>,
    pub(crate) count: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            chosen: Vec::new(),
            wanted: Wanted::default(),
            pretty: false,
            human: false,
            decimals: 2,
            format: Format::Text,
            interval: None,
            count: None,
        }
    }
}

impl Options {
    /// What is shown, in order. Processors, when nothing is chosen.
    pub(crate) fn activities(&self) -> Vec<&'static Activity> {
        if self.chosen.is_empty() {
            return vec![&crate::machine::CPU];
        }
        activity::all()
            .filter(|activity| self.chosen.contains(&activity.name))
            .collect()
    }
}

/// What the command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        let number = operand.value.parse::<u64>().ok();
        let number = number.filter(|number| *number <= u64::from(u32::MAX));
        match (number, options.interval, options.count) {
            (Some(interval), None, _) => options.interval = Some(interval),
            (Some(count), Some(_), None) if count > 0 => options.count = Some(count),
            _ => return Err(misused()),
        }
        Ok(())
    },
    refuse: |_| misused(),
    syntax: Syntax::GETOPT_LONG,
};

fn misused() -> Exit {
    Exit::misused(1, "")
}

fn not_built(_: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    Err(Exit::failed(
        1,
        format!("sar: not supported by nethost: {}", given.spelled),
    ))
}

static FLAGS: &[Flag] = &[
    Flag::value('n', "<keyword>", "network statistics", |options, given| {
        for word in given.value.split(',') {
            if word == "ALL" {
                options
                    .chosen
                    .extend(network::ALL.iter().map(|one| one.name));
                continue;
            }
            let known = network::ALL.iter().find(|one| one.name == word);
            options.chosen.push(known.ok_or_else(misused)?.name);
        }
        Ok(())
    }),
    Flag::switch('u', "CPU utilization", |options| options.chosen.push("CPU")),
    Flag::switch('r', "memory utilization", |options| {
        options.chosen.push("MEMORY");
    }),
    Flag::switch('q', "queue length and load averages", |options| {
        options.chosen.push("QUEUE");
    }),
    Flag::value('P', "<cpu_list>", "processors", |options, given| {
        let processors = &mut options.wanted.processors;
        processors.given = true;
        for word in given.value.split(',') {
            if word == "ALL" {
                processors.all = true;
                continue;
            }
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            match (first.parse::<u32>(), last.parse::<u32>()) {
                (Ok(first), Ok(last)) if first <= last && last < 8192 => {
                    processors
                        .chosen
                        .extend((first..=last).map(|one| one.to_string()));
                }
                _ if word == "all" => processors.chosen.push("all".into()),
                _ => return Err(misused()),
            }
        }
        Ok(())
    }),
    Flag::long_value("iface", "<iface_list>", "interfaces", |options, given| {
        let names = given.value.split(',').map(str::to_owned);
        options.wanted.interfaces.extend(names);
        Ok(())
    }),
    Flag::long_value(
        "dec",
        "<digits>",
        "digits after the point",
        |options, given| {
            options.decimals = match given.value {
                "0" => 0,
                "1" => 1,
                "2" => 2,
                _ => return Err(misused()),
            };
            Ok(())
        },
    ),
    Flag::switch('z', "leave out what is idle", |options| {
        options.wanted.active = true;
    }),
    Flag::switch('h', "the same as --human --pretty", |options| {
        options.human = true;
        options.pretty = true;
    }),
    Flag::long_switch("human", "sizes with units", |options| options.human = true),
    Flag::long_switch("pretty", "items at the end of the line", |options| {
        options.pretty = true;
    }),
    Flag::switch('p', "the same as --pretty", |options| options.pretty = true),
    Flag::switch('t', "times of the place where a file was made", |_| {}),
    Flag::value('i', "<interval>", "interval of a file", |options, given| {
        let interval = given.value.parse().map_err(|_| misused())?;
        options.interval = Some(interval);
        Ok(())
    }),
    Flag::long_switch("json", "one JSON object for each interval", |options| {
        options.format = Format::Json;
    }),
    Flag::long_ending("help", "print this help", || Exit::done(usage())),
    Flag::ending('V', "print version", || {
        Exit::done(concat!(
            "sar from nethost ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))
    }),
    Flag::checked('A', "all of sysstat's", not_built),
    Flag::checked('B', "paging", not_built),
    Flag::checked('b', "input and output", not_built),
    Flag::checked('C', "comments of a file", not_built),
    Flag::checked('D', "names of files", not_built),
    Flag::checked('d', "block devices", not_built),
    Flag::checked('F', "file systems", not_built),
    Flag::checked('H', "huge pages", not_built),
    Flag::checked('S', "swap space", not_built),
    Flag::checked('v', "kernel tables", not_built),
    Flag::checked('W', "swapping", not_built),
    Flag::checked('w', "task creation", not_built),
    Flag::checked('y', "terminals", not_built),
    Flag::value('I', "<list>", "interrupts", not_built),
    Flag::value('m', "<keyword>", "power management", not_built),
    Flag::value('j', "<kind>", "names of devices", not_built),
    Flag::value('f', "<file>", "a file", not_built),
    Flag::value('o', "<file>", "a file to write", not_built),
    Flag::value('s', "<time>", "start in a file", not_built),
    Flag::value('e', "<time>", "end in a file", not_built),
];

/// What a mistake prints.
pub(crate) fn usage() -> String {
    "\
Usage: sar [ options ] [ <interval> [ <count> ] ]
Options are:
[ -h ] [ -p ] [ -q ] [ -r ] [ -t ] [ -u ] [ -V ] [ -z ]
[ -P { <cpu_list> | ALL } ]
[ -n { <keyword> [,...] | ALL } ]
[ --iface=<iface_list> ]
[ --dec={ 0 | 1 | 2 } ] [ --help ] [ --human ] [ --json ] [ --pretty ]
[ -i <interval> ]
"
    .into()
}

/// Without an interval sar reads files, of which there are none here.
pub(crate) fn no_file() -> Exit {
    Exit::failed(
        2,
        format!(
            "sar: no file is kept or read; give an interval, as in `sar {} 1`",
            printable("-n DEV")
        ),
    )
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
    fn activities_come_in_one_order() {
        let names = |line| -> Vec<_> {
            let options = read(line).unwrap();
            options.activities().iter().map(|one| one.name).collect()
        };
        assert_eq!(names("1"), ["CPU"]);
        assert_eq!(names("-n TCP,DEV -u 1 2"), ["CPU", "DEV", "TCP"]);
        assert_eq!(names("-n ALL -n DEV 1").len(), 19);
        assert_eq!(names("-qr 1"), ["MEMORY", "QUEUE"]);
    }

    #[test]
    fn mistakes_show_the_usage() {
        for line in [
            "-n FOO 1",
            "a",
            "1 0",
            "1 2 3",
            "-Z",
            "--dec=3 1",
            "-P x 1",
            "-n dev",
        ] {
            let exit = read(line).unwrap_err();
            assert!(exit.code == 1 && exit.usage, "{line}");
        }
        assert_eq!(
            read("-d 1").unwrap_err().stderr,
            "sar: not supported by nethost: -d"
        );
    }
}
