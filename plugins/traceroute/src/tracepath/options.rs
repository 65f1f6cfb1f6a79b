//! The command line of iputils' tracepath, and `--json`.

use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax};
use nethost_sdk::text::printable;
use nethost_sdk::{Exit, Family};

type Flag = args::Flag<Effect<Options>>;

pub(super) const USAGE: &str = concat!(
    "\nUsage\n",
    "  tracepath [options] <destination>\n",
    "\nOptions:\n",
    "  -4             use IPv4\n",
    "  -6             use IPv6\n",
    "  -b             print both name and ip\n",
    "  -l <length>    use packet <length>\n",
    "  -m <hops>      use maximum <hops>\n",
    "  -n             no dns name resolution\n",
    "  -p <port>      use destination <port>\n",
    "  -V             print version and exit\n",
    "  <destination>  dns name or ip address\n",
    "\nFor more details see tracepath(8).\n",
);

/// Of iputils: what a wrong command line ends with.
const MISUSED: u8 = 255;
const MOST_HOPS: i64 = 255;

/// What the command line says.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) family: Option<Family>,
    pub(super) numeric: bool,
    pub(super) both: bool,
    /// 0 for the largest there is.
    pub(super) length: i32,
    pub(super) hops: u8,
    pub(super) port: u16,
    pub(super) json: bool,
    pub(super) host: String,
    operands: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            family: None,
            numeric: false,
            both: false,
            length: 0,
            hops: 30,
            port: 0,
            json: false,
            host: String::new(),
            operands: Vec::new(),
        }
    }
}

static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        options.operands.push(operand.value);
        Ok(())
    },
    refuse: |error| Exit::misused(MISUSED, format!("tracepath: {error}")),
    syntax: Syntax::GETOPT_LONG,
};

static FLAGS: &[Flag] = &[
    Flag::checked('4', "use IPv4", |options, _| family(options, Family::V4)),
    Flag::checked('6', "use IPv6", |options, _| family(options, Family::V6)),
    Flag::switch('n', "no dns name resolution", |options| {
        options.numeric = true
    }),
    Flag::switch('b', "print both name and ip", |options| options.both = true),
    Flag::value('l', "<length>", "use packet <length>", |options, given| {
        options.length = number(given, i32::MAX.into())? as i32;
        Ok(())
    }),
    Flag::value('m', "<hops>", "use maximum <hops>", |options, given| {
        options.hops = number(given, MOST_HOPS)? as u8;
        Ok(())
    }),
    Flag::value('p', "<port>", "use destination <port>", |options, given| {
        options.port = number(given, u16::MAX.into())? as u16;
        Ok(())
    }),
    Flag::long_switch("json", "one JSON object a line", |options| {
        options.json = true
    }),
    Flag::ending('V', "print version and exit", || {
        let version = concat!("tracepath from nethost ", env!("CARGO_PKG_VERSION"), "\n");
        Exit::done(version)
    }),
    Flag::ending('h', "help", || Exit::misused(MISUSED, "")),
    Flag::ending('?', "help", || Exit::misused(MISUSED, "")),
];

fn family(options: &mut Options, family: Family) -> Result<(), Exit> {
    if options.family.is_some_and(|other| other != family) {
        let what = "tracepath: Only one -4 or -6 option may be specified";
        return Err(Exit::failed(2, what));
    }
    options.family = Some(family);
    Ok(())
}

fn number(given: &Given<'_>, most: i64) -> Result<i64, Exit> {
    ranged(given.value, most)
}

/// A number as strtol(3) reads it with base 10, within its bounds.
fn ranged(text: &str, most: i64) -> Result<i64, Exit> {
    let wrong = |more: &str| {
        let text = printable(text);
        Exit::failed(1, format!("tracepath: invalid argument: '{text}'{more}"))
    };
    let digits = text.trim_start();
    let is_number = digits
        .strip_prefix(['-', '+'])
        .unwrap_or(digits)
        .bytes()
        .all(|c| c.is_ascii_digit());
    match digits.parse::<i64>() {
        Ok(number) if (0..=most).contains(&number) => Ok(number),
        Ok(_) => Err(wrong(&format!(": out of range: 0 <= value <= {most}"))),
        Err(_) if is_number && !digits.is_empty() => Err(wrong(": Numerical result out of range")),
        Err(_) => Err(wrong("")),
    }
}

/// The port unless another is typed.
const PORT: u16 = 44444;

pub(super) fn parse(args: &[String]) -> Result<Options, Exit> {
    let mut options = Options::default();
    COMMAND_LINE.parse(args, &mut options)?;
    let [host] = options.operands.as_slice() else {
        return Err(Exit::misused(MISUSED, ""));
    };
    options.host.clone_from(host);
    if options.port == 0 {
        options.port = PORT;
        if let Some((name, port)) = host.split_once('/') {
            options.port = ranged(port, u16::MAX.into())? as u16;
            options.host = name.to_owned();
        }
    }
    Ok(options)
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
    fn options_mean_what_iputils_means() {
        let options = read("-nb -m 3 -l 1000 192.0.2.1/5000").unwrap();
        assert!(options.numeric && options.both);
        assert_eq!(
            (options.hops, options.length, options.port),
            (3, 1000, 5000)
        );
        assert_eq!(options.host, "192.0.2.1");
        assert_eq!(read("h").unwrap().port, 44444);
    }

    #[test]
    fn refusals_are_those_of_iputils() {
        for (line, code, text) in [
            (
                "-m 300 h",
                1,
                "tracepath: invalid argument: '300': out of range: 0 <= value <= 255",
            ),
            ("-m x h", 1, "tracepath: invalid argument: 'x'"),
            (
                "-4 -6 h",
                2,
                "tracepath: Only one -4 or -6 option may be specified",
            ),
            ("-x h", 255, "tracepath: invalid option -- 'x'"),
            ("a b", 255, ""),
            ("", 255, ""),
        ] {
            let exit = read(line).unwrap_err();
            assert_eq!((exit.code, exit.stderr.as_str()), (code, text), "{line}");
            assert_eq!(exit.usage, code == 255, "{line}");
        }
    }
}
