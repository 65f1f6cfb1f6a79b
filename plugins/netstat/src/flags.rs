//! The command line: the options of net-tools' netstat and one of ours, each with its meaning.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax};
use nethost_sdk::output::Format;

use crate::usage::{FAMILIES, USAGE, usage};

type Flag = args::Flag<Effect<Options>>;

/// The options given.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Options {
    pub(crate) routes: bool,
    pub(crate) interfaces: bool,
    pub(crate) groups: bool,
    pub(crate) statistics: bool,
    pub(crate) masquerade: bool,
    pub(crate) all: bool,
    pub(crate) listening: bool,
    pub(crate) continuous: bool,
    pub(crate) verbose: bool,
    pub(crate) wide: bool,
    pub(crate) numeric: bool,
    pub(crate) numeric_hosts: bool,
    pub(crate) numeric_ports: bool,
    pub(crate) numeric_users: bool,
    /// How often -e was given.
    pub(crate) extended: u32,
    pub(crate) programs: bool,
    pub(crate) timers: bool,
    pub(crate) cache: bool,
    pub(crate) tcp: bool,
    pub(crate) udp: bool,
    pub(crate) udplite: bool,
    pub(crate) sctp: bool,
    pub(crate) raw: bool,
    pub(crate) unix: bool,
    pub(crate) inet: bool,
    pub(crate) inet6: bool,
    pub(crate) bluetooth: bool,
    /// Families that this system does not have.
    pub(crate) absent: Vec<&'static str>,
    /// How often -i, -r, -M and -s were given, which exclude each other and themselves.
    pub(crate) modes: u32,
    /// No protocol was chosen by itself.
    pub(crate) no_protocol: bool,
    pub(crate) families: Vec<&'static str>,
    pub(crate) format: Format,
}

impl Options {
    /// Whether anything was chosen.
    pub(crate) fn chosen(&self) -> bool {
        self.internet_chosen()
            || self.unix
            || self.groups
            || !self.absent.is_empty()
            || self.bluetooth
    }

    /// Whether a protocol of IP was chosen.
    pub(crate) fn internet_chosen(&self) -> bool {
        self.tcp || self.udp || self.udplite || self.sctp || self.raw
    }

    /// The family of -r and -s.
    pub(crate) fn family(&self) -> String {
        match self.families.is_empty() {
            true => "inet".to_owned(),
            false => self.families.join(","),
        }
    }

    pub(crate) fn hosts_are_numbers(&self) -> bool {
        self.numeric || self.numeric_hosts
    }

    pub(crate) fn ports_are_numbers(&self) -> bool {
        self.numeric || self.numeric_ports
    }

    pub(crate) fn users_are_numbers(&self) -> bool {
        self.numeric || self.numeric_users
    }

    /// Fills in what was not said.
    pub(crate) fn complete(&mut self) -> Result<(), Exit> {
        if self.modes > 1 {
            return Err(Exit::failed(3, usage().trim_end_matches('\n')));
        }
        if (self.inet || self.inet6 || self.statistics) && !self.internet_chosen() {
            self.no_protocol = true;
            self.tcp = true;
            self.sctp = true;
            self.udp = true;
            self.udplite = true;
            self.raw = true;
        }
        if (self.internet_chosen() || self.groups) && !(self.inet || self.inet6) {
            self.inet = true;
            self.inet6 = true;
        }
        Ok(())
    }

    fn add_family(&mut self, list: &str) -> Result<(), Exit> {
        for name in list.split(',') {
            let family = match name {
                "ip" | "inet" | "tcpip" => {
                    self.inet = true;
                    "inet"
                }
                "ip6" | "inet6" => {
                    self.inet6 = true;
                    "inet6"
                }
                "unix" => {
                    self.unix = true;
                    "unix"
                }
                "bluetooth" => {
                    self.bluetooth = true;
                    "bluetooth"
                }
                other => {
                    let absent = ABSENT.iter().find(|(alias, ..)| *alias == other);
                    let Some((_, family, words)) = absent else {
                        let name = nethost_sdk::text::printable(name);
                        return Err(Exit::failed(1, format!("Unknown address family `{name}'.")));
                    };
                    self.absent.extend(words);
                    family
                }
            };
            self.families.push(family);
        }
        Ok(())
    }
}

/// Families that Linux has no more, or only in modules that are not asked: alias, family, and what it is called.
const ABSENT: &[(&str, &str, Option<&str>)] = &[
    ("ax25", "ax25", Some("AF AX25")),
    ("ipx", "ipx", Some("AF IPX")),
    ("rose", "rose", Some("AF ROSE")),
    ("netrom", "netrom", Some("AF NETROM")),
    ("x25", "x25", Some("AF X25")),
    ("appletalk", "ddp", None),
    ("ddp", "ddp", None),
    ("econet", "ec", None),
    ("ash", "ash", None),
];

/// What the command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |_, _| Ok(()),
    refuse: |error| Exit::misused(3, format!("netstat: {error}")),
    syntax: Syntax::GETOPT_LONG,
};

macro_rules! families {
    ($($name:literal),*) => {
        [$(Flag::new(None, Some($name), args::Value::None, "", Effect::Read(|options: &mut Options, _| options.add_family($name)))),*]
    };
}

static BY_NAME: [Flag; 13] = families![
    "ax25",
    "x25",
    "ip",
    "ipx",
    "appletalk",
    "netrom",
    "inet",
    "inet6",
    "ddp",
    "rose",
    "unix",
    "bluetooth",
    "tcpip"
];

/// With the names of families, as `--inet`.
pub(crate) fn parse(args: &[String]) -> Result<Options, Exit> {
    static WITH_FAMILIES: CommandLine<Options> = CommandLine {
        flags: &[FLAGS, &BY_NAME],
        ..COMMAND_LINE
    };
    let mut options = Options::default();
    WITH_FAMILIES.parse(args, &mut options)?;
    options.complete()?;
    Ok(options)
}

static FLAGS: &[Flag] = &[
    Flag::ending('V', "", || {
        Exit::done(concat!(
            "netstat from nethost ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))
    })
    .long("version"),
    Flag::ending('h', "", || Exit {
        stderr: FAMILIES.to_owned(),
        ..Exit::done(USAGE)
    })
    .long("help"),
    Flag::switch('i', "", |options| {
        options.interfaces = true;
        options.modes += 1;
    })
    .long("interfaces"),
    Flag::switch('r', "", |options| {
        options.routes = true;
        options.modes += 1;
    })
    .long("route"),
    Flag::switch('M', "", |options| {
        options.masquerade = true;
        options.modes += 1;
    })
    .long("masquerade"),
    Flag::value('A', "<af>", "", family).long("protocol"),
    Flag::switch('t', "", |options| options.tcp = true).long("tcp"),
    Flag::switch('S', "", |options| options.sctp = true).long("sctp"),
    Flag::switch('u', "", |options| options.udp = true).long("udp"),
    Flag::switch('U', "", |options| options.udplite = true).long("udplite"),
    Flag::switch('w', "", |options| options.raw = true).long("raw"),
    Flag::checked('x', "", |options, _| options.add_family("unix")),
    Flag::checked('4', "", |options, _| options.add_family("inet")),
    Flag::checked('6', "", |options, _| options.add_family("inet6")),
    Flag::switch('2', "", |options| options.bluetooth = true).long("l2cap"),
    Flag::switch('f', "", |options| options.bluetooth = true).long("rfcomm"),
    Flag::switch('l', "", |options| options.listening = true).long("listening"),
    Flag::switch('a', "", |options| options.all = true).long("all"),
    Flag::switch('o', "", |options| options.timers = true).long("timers"),
    Flag::switch('c', "", |options| options.continuous = true).long("continuous"),
    Flag::switch('d', "", |_| {}),
    Flag::switch('e', "", |options| options.extended += 1).long("extend"),
    Flag::switch('p', "", |options| options.programs = true).long("programs"),
    Flag::switch('v', "", |options| options.verbose = true).long("verbose"),
    Flag::switch('s', "", |options| {
        options.statistics = true;
        options.modes += 1;
    })
    .long("statistics"),
    Flag::ending('?', "", || Exit::failed(3, usage().trim_end_matches('\n'))),
    Flag::switch('W', "", |options| options.wide = true).long("wide"),
    Flag::switch('n', "", |options| options.numeric = true).long("numeric"),
    Flag::long_switch("numeric-hosts", "", |options| options.numeric_hosts = true),
    Flag::long_switch("numeric-ports", "", |options| options.numeric_ports = true),
    Flag::long_switch("numeric-users", "", |options| options.numeric_users = true),
    // Names of hardware addresses, of which no table here has any.
    Flag::switch('N', "", |_| {}).long("symbolic"),
    Flag::switch('C', "", |options| options.cache = true).long("cache"),
    // The default.
    Flag::switch('F', "", |_| {}).long("fib"),
    Flag::switch('g', "", |options| options.groups = true).long("groups"),
    Flag::ending('Z', "", || {
        Exit::failed(1, "SELinux is not enabled on this machine.")
    })
    .long("context"),
    Flag::long_switch("json", "", |options| options.format = Format::Json),
];

fn family(options: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    options.add_family(given.value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, Exit> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&args)
    }

    #[test]
    fn options_choose_as_netstat_does() {
        let one = read("-ltupn").unwrap();
        assert!(one.tcp && one.udp && !one.raw && one.inet && one.inet6);
        assert!(!read("-a").unwrap().chosen());
        let four = read("-4").unwrap();
        assert!(four.tcp && four.raw && four.no_protocol && !four.inet6);
        assert_eq!(read("-s6").unwrap().family(), "inet6");
        assert_eq!(read("--inet6 -r").unwrap().family(), "inet6");
        assert!(read("-A unix").unwrap().unix);
        assert_eq!(
            read("-A foo").unwrap_err().stderr,
            "Unknown address family `foo'."
        );
        for twice in ["-ir", "-ss", "-ii"] {
            assert_eq!(read(twice).unwrap_err().code, 3);
        }
        assert_eq!(read("--ipx").unwrap().absent, ["AF IPX"]);
    }
}
