//! The command line: the options of net-tools' arp and one of nethost, each with its effect.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax, help};
use nethost_sdk::output::Format;
use nethost_sdk::text::printable;

type Flag = args::Flag<Effect<Options>>;

/// What is to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Show,
    Set,
    Delete,
    /// Set what a file lists.
    File,
}

/// The options given.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) mode: Mode,
    pub(crate) bsd: bool,
    pub(crate) verbose: bool,
    pub(crate) numeric: bool,
    pub(crate) interface: Option<String>,
    pub(crate) use_device: bool,
    pub(crate) format: Format,
    pub(crate) operands: Vec<String>,
}

/// The syntax of the command line.
pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        options.operands.push(operand.value);
        Ok(())
    },
    refuse: |error| Exit::misused(3, format!("arp: {error}")),
    syntax: Syntax::GETOPT_LONG,
};

/// In the order of the help text.
static FLAGS: &[Flag] = &[
    Flag::switch(
        'a',
        "display (all) hosts in alternative (BSD) style",
        |options| options.bsd = true,
    ),
    Flag::switch(
        'e',
        "display (all) hosts in default (Linux) style",
        |options| options.bsd = false,
    ),
    Flag::switch(
        's',
        "set a new ARP entry: HOST HWADDR [temp] [pub]",
        |options| options.mode = Mode::Set,
    )
    .long("set"),
    Flag::switch('d', "delete a specified entry: HOST [pub]", |options| {
        options.mode = Mode::Delete;
    })
    .long("delete"),
    Flag::switch(
        'f',
        "set the entries that a file lists, /etc/ethers unless named: HOST HWADDR [temp] [pub]",
        |options| options.mode = Mode::File,
    )
    .long("file"),
    Flag::switch('v', "be verbose", |options| options.verbose = true).long("verbose"),
    Flag::switch('n', "don't resolve names", |options| options.numeric = true).long("numeric"),
    Flag::value(
        'i',
        "<interface>",
        "specify network interface (e.g. eth0)",
        |options, given| {
            options.interface = Some(given.value.to_owned());
            Ok(())
        },
    )
    .long("device"),
    Flag::switch('D', "read HWADDR from given device", |options| {
        options.use_device = true;
    })
    .long("use-device"),
    Flag::value(
        'A',
        "<family>",
        "specify protocol family: inet",
        protocol_family,
    )
    .long("protocol"),
    Flag::value('p', "<family>", "the same", protocol_family),
    Flag::value(
        'H',
        "<type>",
        "specify hardware address type: ether",
        hardware_type,
    )
    .long("hw-type"),
    Flag::value('t', "<type>", "the same", hardware_type),
    Flag::long_switch("json", "one JSON object a line", |options| {
        options.format = Format::Json;
    }),
    Flag::ending('V', "display program version", || {
        Exit::done(concat!(
            "arp from nethost ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))
    })
    .long("version"),
    Flag::ending('h', "print this help", || Exit::done(usage())).long("help"),
];

/// The text for `-h` and for errors.
pub(crate) fn usage() -> String {
    format!(
        "Usage: arp [-vn] [-i IF] [-a] [HOST]\n       arp [-v] [-i IF] -d HOST [pub]\n       \
         arp [-v] [-i IF] -s HOST HWADDR [temp] [pub]\n       arp [-v] [-i IF] -Ds HOST IF pub\n       arp [-vnD] [-i IF] -f [FILE]\n{}",
        help(FLAGS)
    )
}

// ARP is between Ethernet and IPv4 here.

fn protocol_family(_: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    only("inet", "address family", given.value)
}

fn hardware_type(_: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    only("ether", "hardware type", given.value)
}

fn only(known: &str, what: &str, value: &str) -> Result<(), Exit> {
    match value == known {
        true => Ok(()),
        false => Err(Exit::failed(
            255,
            format!("arp: {}: unknown {what}.", printable(value)),
        )),
    }
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
        let options = read("-vDs 10.0.0.8 eth0 --num pub --devi eth1").unwrap();
        assert!(options.verbose && options.use_device && options.numeric);
        assert_eq!(options.mode, Mode::Set);
        assert_eq!(options.operands, ["10.0.0.8", "eth0", "pub"]);
        assert_eq!(options.interface.as_deref(), Some("eth1"));
        assert!(!read("-a -e -A inet -H ether").unwrap().bsd);
    }

    /// Seen from net-tools 2.10.
    #[test]
    fn refusals_are_those_of_net_tools() {
        for (line, code, words) in [
            ("-n=1", 3, "arp: invalid option -- '='"),
            ("--nope=4", 3, "arp: unrecognized option '--nope=4'"),
            (
                "--de",
                3,
                "arp: option '--de' is ambiguous; possibilities: '--delete' '--device'",
            ),
            ("--device", 3, "arp: option '--device' requires an argument"),
            ("-A foo -Z", 255, "arp: foo: unknown address family."),
            ("-H foo", 255, "arp: foo: unknown hardware type."),
            ("-V -Z", 0, ""),
        ] {
            let exit = read(line).unwrap_err();
            assert_eq!((exit.code, exit.stderr.as_str()), (code, words), "{line}");
            assert_eq!(exit.usage, code == 3, "{line}");
        }
    }
}
