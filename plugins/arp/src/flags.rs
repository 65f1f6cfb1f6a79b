//! What the command line says.

use nethost_sdk::args::{Argument, Flag, UsageError, parse};

/// The options, as net-tools has them.
pub(crate) static FLAGS: &[Flag] = &[
    Flag::switch('a', "display (all) hosts in alternative (BSD) style"),
    Flag::switch('e', "display (all) hosts in default (Linux) style"),
    Flag::switch('s', "set a new ARP entry: HOST HWADDR [temp] [pub]").long("set"),
    Flag::switch('d', "delete a specified entry: HOST [pub]").long("delete"),
    Flag::switch('v', "be verbose").long("verbose"),
    Flag::switch('n', "don't resolve names").long("numeric"),
    Flag::value('i', "<interface>", "specify network interface (e.g. eth0)").long("device"),
    Flag::switch('D', "read HWADDR from given device").long("use-device"),
    Flag::value('A', "<family>", "specify protocol family: inet").long("protocol"),
    Flag::value('p', "<family>", "the same"),
    Flag::value('H', "<type>", "specify hardware address type: ether").long("hw-type"),
    Flag::value('t', "<type>", "the same"),
    Flag::switch('J', "one JSON object a line")
        .long("json")
        .only_long(),
    Flag::switch('V', "display program version").long("version"),
    Flag::switch('h', "print this help").long("help"),
];

/// What is to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Show,
    Set,
    Delete,
    Version,
    Help,
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
    pub(crate) json: bool,
    /// A family or a kind of link that is not there.
    pub(crate) refused: Option<String>,
    pub(crate) operands: Vec<String>,
}

/// Reads the command line.
pub(crate) fn options(args: Vec<String>) -> Result<Options, UsageError> {
    let mut options = Options::default();
    for argument in parse(FLAGS, args)? {
        let (flag, value) = match argument {
            Argument::Operand(operand) => {
                options.operands.push(operand);
                continue;
            }
            Argument::Option(flag, value) => (flag, value),
        };
        match flag.short {
            Some('a') => options.bsd = true,
            Some('e') => options.bsd = false,
            Some('s') => options.mode = Mode::Set,
            Some('d') => options.mode = Mode::Delete,
            Some('v') => options.verbose = true,
            Some('n') => options.numeric = true,
            Some('i') => options.interface = Some(value),
            Some('D') => options.use_device = true,
            Some('V') => options.mode = Mode::Version,
            Some('h') => options.mode = Mode::Help,
            None => options.json = true,
            // ARP is between Ethernet and IPv4 here.
            Some('A' | 'p') if value != "inet" => {
                options.refused = Some(format!("arp: {value}: unknown address family."));
            }
            Some('H' | 't') if value != "ether" => {
                options.refused = Some(format!("arp: {value}: unknown hardware type."));
            }
            _ => {}
        }
    }
    Ok(options)
}
