//! The command line: the options of net-tools' route and one of nethost, each with its effect.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax};
use nethost_sdk::output::Format;
use nethost_sdk::text::printable;

type Flag = args::Flag<Effect<Options>>;

/// A family that has routes here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Inet,
    Inet6,
}

/// The options given.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Options {
    pub(crate) numeric: bool,
    pub(crate) verbose: bool,
    /// How often -e was given.
    pub(crate) extended: u8,
    pub(crate) cache: bool,
    pub(crate) fib: bool,
    pub(crate) help: bool,
    pub(crate) families: Vec<Family>,
    pub(crate) format: Format,
    pub(crate) operands: Vec<String>,
}

impl Options {
    /// Which columns are shown: net-tools counts the -e, begins with 1, and looks at two bits.
    pub(crate) fn columns(&self, inet6: bool) -> Option<u8> {
        match (1 + self.extended) & 3 {
            _ if inet6 => Some(1),
            1 => Some(1),
            2 => Some(0),
            3 => Some(2),
            _ => None,
        }
    }
}

pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        options.operands.push(operand.value);
        Ok(())
    },
    refuse: |error| {
        // The word is printed as it was typed; -? is no mistake.
        let text = error.to_string().replace('#', "-");
        match text.as_str() {
            "invalid option -- '?'" => crate::usage::help(),
            _ => Exit {
                stderr: format!(
                    "route: {text}\n{}",
                    crate::usage::FAMILIES.trim_end_matches('\n')
                ),
                stdout: crate::usage::GENERAL.to_owned(),
                ..Exit::default()
            },
        }
    },
    syntax: Syntax::GETOPT_LONG,
};

static FLAGS: &[Flag] = &[
    Flag::switch('v', "be verbose", |options| options.verbose = true).long("verbose"),
    Flag::switch('n', "don't resolve names", |options| options.numeric = true).long("numeric"),
    Flag::switch('N', "the same", |options| options.numeric = true).long("symbolic"),
    Flag::switch('e', "display other/more information", |options| {
        options.extended = options.extended.wrapping_add(1);
    })
    .long("extend"),
    Flag::switch(
        'F',
        "display Forwarding Information Base (default)",
        |options| options.fib = true,
    )
    .long("fib"),
    Flag::switch('C', "display routing cache instead of FIB", |options| {
        options.cache = true;
    })
    .long("cache"),
    Flag::value('A', "<af>", "the address family", |options, given| {
        families(options, given)
    })
    .long("protocol"),
    Flag::switch('4', "IPv4", |options| add(options, Family::Inet)),
    Flag::switch('6', "IPv6", |options| add(options, Family::Inet6)),
    Flag::long_switch("inet", "IPv4", |options| add(options, Family::Inet)),
    Flag::long_switch("ip", "IPv4", |options| add(options, Family::Inet)),
    Flag::long_switch("tcpip", "IPv4", |options| add(options, Family::Inet)),
    Flag::long_switch("inet6", "IPv6", |options| add(options, Family::Inet6)),
    Flag::long_switch("json", "one JSON object a line", |options| {
        options.format = Format::Json;
    }),
    Flag::ending('V', "display version", || {
        Exit::done(concat!(
            "route from nethost ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))
    })
    .long("version"),
    Flag::switch('h', "detailed usage", |options| options.help = true).long("help"),
];

fn add(options: &mut Options, family: Family) {
    if !options.families.contains(&family) {
        options.families.push(family);
    }
}

/// `-A LIST`.
fn families(options: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    const OTHERS: [(&str, &str); 12] = [
        ("ax25", "ax25"),
        ("ipx", "ipx"),
        ("rose", "rose"),
        ("appletalk", "ddp"),
        ("netrom", "netrom"),
        ("ddp", "ddp"),
        ("unix", "unix"),
        ("econet", "ec"),
        ("x25", "x25"),
        ("ash", "ash"),
        ("bluetooth", "bluetooth"),
        ("irda", "irda"),
    ];
    for name in given.value.split(',') {
        match name {
            "inet" | "ip" | "tcpip" => add(options, Family::Inet),
            "inet6" | "ip6" => add(options, Family::Inet6),
            name => {
                let known = OTHERS.iter().find(|(known, _)| *known == name);
                let what = match known {
                    Some((_, name)) => format!("No routing for address family `{name}'."),
                    None => format!("Unknown address family `{}'.", printable(name)),
                };
                return Err(Exit::failed(1, what));
            }
        }
    }
    Ok(())
}

/// A change, or its usage, is of one family.
pub(crate) fn several(families: &[Family]) -> Exit {
    let name = |family: &Family| match family {
        Family::Inet => "inet",
        Family::Inet6 => "inet6",
    };
    let names: Vec<_> = families.iter().map(name).collect();
    Exit::failed(
        1,
        format!(
            "Please don't supply more than one address family.\nAddress family `{}' not supported.",
            names.join(",")
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
    fn options_mean_what_net_tools_means() {
        let options = read("-nee add default gw 10.0.0.1 -6").unwrap();
        assert!(options.numeric);
        assert_eq!(options.columns(false), Some(2));
        assert_eq!(options.families, [Family::Inet6]);
        assert_eq!(options.operands, ["add", "default", "gw", "10.0.0.1"]);
        assert_eq!(read("-eee").unwrap().columns(false), None);
        assert_eq!(read("").unwrap().columns(false), Some(1));
        let families = read("-A inet6,ip").unwrap().families;
        assert_eq!(families, [Family::Inet6, Family::Inet]);
        assert_eq!(
            read("-A foo").unwrap_err().stderr,
            "Unknown address family `foo'."
        );
    }
}
