//! The command line: the options of inetutils' telnet.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax, help};

/// What inetutils ends with when it is misused (sysexits.h, EX_USAGE).
const USAGE: u8 = 64;

type Flag = args::Flag<Effect<Options>>;

/// What to do.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) family: Option<u8>,
    pub(crate) binary: (bool, bool),
    pub(crate) source: Option<String>,
    pub(crate) escape: Option<u8>,
    pub(crate) user: Option<String>,
    pub(crate) login: bool,
    pub(crate) operands: Vec<String>,
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Result<Self, Exit> {
        let mut options = Self {
            family: None,
            binary: (false, false),
            source: None,
            escape: Some(0x1d),
            user: None,
            login: false,
            operands: Vec::new(),
        };
        COMMAND_LINE.parse(args, &mut options)?;
        if options.operands.len() > 2 {
            return Err(Exit::failed(1, "telnet: too many arguments"));
        }
        if options
            .user
            .as_ref()
            .is_some_and(|user| user.starts_with('-'))
        {
            return Err(Exit::failed(
                1,
                "telnet: a user's name does not begin with '-'",
            ));
        }
        if options.login && options.user.is_none() {
            return Err(Exit::failed(
                1,
                "telnet: -a sends the user's name, which is not known here; -l NAME says it",
            ));
        }
        Ok(options)
    }
}

fn misused(message: impl std::fmt::Display) -> Exit {
    Exit::failed(
        USAGE,
        format!("telnet: {message}\nTry 'telnet --help' or 'telnet --usage' for more information."),
    )
}

static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        options.operands.push(operand.value);
        Ok(())
    },
    refuse: |error| misused(error),
    syntax: Syntax::GETOPT_LONG,
};

fn absent(_: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    Err(Exit::failed(
        1,
        format!("telnet: {} is not supported", given.spelled),
    ))
}

static FLAGS: &[Flag] = &[
    Flag::switch('4', "use only IPv4", |options| options.family = Some(4)).long("ipv4"),
    Flag::switch('6', "use only IPv6", |options| options.family = Some(6)).long("ipv6"),
    Flag::switch('8', "use an 8-bit data transmission", |options| {
        options.binary = (true, true)
    })
    .long("binary"),
    Flag::switch(
        'a',
        "attempt automatic login, as the user of -l",
        |options| options.login = true,
    )
    .long("login"),
    Flag::value(
        'b',
        "ADDRESS",
        "bind to a local address",
        |options, given| {
            options.source = Some(given.value.into());
            Ok(())
        },
    )
    .long("bind"),
    Flag::switch('c', "do not read .telnetrc (it is never read)", |_| {}).long("no-rc"),
    Flag::checked('d', "debugging (not supported)", absent).long("debug"),
    Flag::value(
        'e',
        "CHAR",
        "use CHAR as the escape character",
        |options, given| {
            options.escape = escape(given.value);
            Ok(())
        },
    )
    .long("escape"),
    Flag::switch('E', "use no escape character", |options| {
        options.escape = None
    })
    .long("no-escape"),
    Flag::switch('K', "do not log in automatically", |options| {
        options.login = false;
        options.user = None;
    })
    .long("no-login"),
    Flag::value(
        'l',
        "USER",
        "attempt automatic login as USER",
        |options, given| {
            options.user = Some(given.value.into());
            Ok(())
        },
    )
    .long("user"),
    Flag::switch(
        'L',
        "use an 8-bit data transmission for output only",
        |options| {
            options.binary.1 = true;
        },
    )
    .long("binary-output"),
    Flag::value('n', "FILE", "trace (not supported)", absent).long("trace"),
    Flag::checked('r', "an interface like rlogin's (not supported)", absent).long("rlogin"),
    Flag::checked('x', "encryption (not supported)", absent).long("encrypt"),
    Flag::value('k', "REALM", "Kerberos (not supported)", absent).long("realm"),
    Flag::value(
        'X',
        "ATYPE",
        "a type of authentication that is not used: none is",
        |_, _| Ok(()),
    )
    .long("disable-auth"),
    Flag::ending('?', "give this help list", || Exit::done(usage())).long("help"),
    Flag::long_ending(
        "usage",
        "give a short usage message",
        || Exit::done(usage()),
    ),
    Flag::ending('V', "print program version", || {
        Exit::done(concat!(
            "telnet from nethost ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))
    })
    .long("version"),
];

/// `^X`, or the character itself; an empty one is none.
pub(crate) fn escape(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [b'^', b'?'] => Some(0x7f),
        [b'^', letter] => Some(letter & 0x1f),
        [first, ..] if text != "off" => Some(*first),
        _ => None,
    }
}

/// How it is shown.
pub(crate) fn shown(escape: Option<u8>) -> String {
    match escape {
        None => "off".into(),
        Some(0x7f) => "^?".into(),
        Some(control @ 0..=0x1f) => format!("^{}", char::from(control | 0x40)),
        Some(byte) => char::from(byte).to_string(),
    }
}

/// The help text.
pub(crate) fn usage() -> String {
    format!(
        "Usage: telnet [OPTION...] [HOST [PORT]]\nLogin to remote system HOST (optionally, on service port PORT)\n\n{}",
        help(FLAGS)
    )
}
