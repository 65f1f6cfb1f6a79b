//! Command lines in the syntax of the classic tools (getopt(3)), on lexopt: clustered short options,
//! attached values, `--long=value`, unique prefixes of long options, options behind operands.
//! One table of flags feeds the parser and the help text.

use std::fmt;
use std::ops::RangeInclusive;

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag {
    /// `-c`.
    pub short: Option<char>,
    /// `--count`.
    pub long: Option<&'static str>,
    /// What the help calls its value, such as `<count>`; none for a switch.
    pub value: Option<&'static str>,
    /// One line of help.
    pub help: &'static str,
}

impl Flag {
    /// An option with a value.
    pub const fn value(short: char, value: &'static str, help: &'static str) -> Self {
        Self {
            short: Some(short),
            long: None,
            value: Some(value),
            help,
        }
    }

    /// An option without one.
    pub const fn switch(short: char, help: &'static str) -> Self {
        Self {
            short: Some(short),
            long: None,
            value: None,
            help,
        }
    }

    /// The same with a long name too.
    pub const fn long(self, long: &'static str) -> Self {
        Self {
            long: Some(long),
            ..self
        }
    }

    /// The same without its short name.
    pub const fn only_long(self) -> Self {
        Self {
            short: None,
            ..self
        }
    }
}

/// A part of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// An option, by its place in the table, and its value.
    Option(&'static Flag, String),
    /// Anything else.
    Operand(String),
}

/// Why a command line was not understood, in getopt's words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UsageError {
    UnknownShort(char),
    UnknownLong(String),
    Ambiguous(String),
    MissingShort(char),
    MissingLong(String),
    UnexpectedValue(String),
    /// A quotation mark that a text processor made out of `"` or `'`.
    CurlyQuote(char, String),
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownShort(c) => write!(f, "invalid option -- '{c}'"),
            Self::UnknownLong(name) => write!(f, "unrecognized option '--{name}'"),
            Self::Ambiguous(name) => write!(f, "option '--{name}' is ambiguous"),
            Self::MissingShort(c) => write!(f, "option requires an argument -- '{c}'"),
            Self::MissingLong(name) => write!(f, "option '--{name}' requires an argument"),
            Self::UnexpectedValue(name) => write!(f, "option '--{name}' doesn't allow an argument"),
            Self::CurlyQuote(quote, argument) => write!(
                f,
                "{argument}: contains the curly quote {quote} (U+{:04X}), as slides have it; type ' or \" instead",
                u32::from(*quote)
            ),
        }
    }
}

impl std::error::Error for UsageError {}

/// Splits a command line. A leading en dash (U+2013) or minus sign (U+2212) counts as `-`, because
/// people paste from slides.
///
/// ```
/// use nethost_sdk::args::{Argument, Flag, parse};
/// static FLAGS: &[Flag] = &[Flag::value('c', "<count>", "stop after <count> replies")];
/// let parsed = parse(FLAGS, vec!["–c3".into(), "localhost".into()]).unwrap();
/// assert_eq!(parsed[0], Argument::Option(&FLAGS[0], "3".into()));
/// ```
///
/// # Errors
/// [`UsageError`].
pub fn parse(flags: &'static [Flag], args: Vec<String>) -> Result<Vec<Argument>, UsageError> {
    let mut plain = false;
    let mut cleaned = Vec::with_capacity(args.len());
    for argument in args {
        if let Some(quote) = argument
            .chars()
            .find(|c| ('\u{2018}'..='\u{201f}').contains(c))
        {
            return Err(UsageError::CurlyQuote(
                quote,
                crate::text::printable(&argument).into_owned(),
            ));
        }
        let argument = if plain {
            argument
        } else {
            with_hyphens(&argument)
        };
        plain |= argument == "--";
        cleaned.push(argument);
    }
    let mut parser = lexopt::Parser::from_args(cleaned);
    let mut parsed = Vec::new();
    loop {
        let flag = match parser.next() {
            Ok(None) => return Ok(parsed),
            Ok(Some(lexopt::Arg::Value(operand))) => {
                parsed.push(Argument::Operand(operand.to_string_lossy().into_owned()));
                continue;
            }
            Ok(Some(lexopt::Arg::Short(c))) => flags
                .iter()
                .find(|f| f.short == Some(c))
                .ok_or(UsageError::UnknownShort(c))?,
            Ok(Some(lexopt::Arg::Long(name))) => long(flags, name)?,
            Err(lexopt::Error::UnexpectedValue { option, .. }) => {
                return Err(UsageError::UnexpectedValue(
                    option.trim_start_matches('-').to_owned(),
                ));
            }
            Err(other) => return Err(UsageError::UnknownLong(other.to_string())),
        };
        let value = if flag.value.is_some() {
            let value = parser.value().map_err(|_| match (flag.short, flag.long) {
                (Some(c), _) => UsageError::MissingShort(c),
                (None, name) => UsageError::MissingLong(name.unwrap_or_default().to_owned()),
            })?;
            value.to_string_lossy().into_owned()
        } else {
            String::new()
        };
        parsed.push(Argument::Option(flag, value));
    }
}

/// A long option by its name or by a prefix that no other has.
fn long(flags: &'static [Flag], name: &str) -> Result<&'static Flag, UsageError> {
    if let Some(flag) = flags.iter().find(|f| f.long == Some(name)) {
        return Ok(flag);
    }
    let mut like = flags
        .iter()
        .filter(|f| f.long.is_some_and(|long| long.starts_with(name)));
    match (like.next(), like.next()) {
        (Some(flag), None) => Ok(flag),
        (Some(_), Some(_)) => Err(UsageError::Ambiguous(name.to_owned())),
        (None, _) => Err(UsageError::UnknownLong(name.to_owned())),
    }
}

/// A leading en dash (U+2013) or minus sign (U+2212), one or two, as the hyphens they were before a slide
/// or a word processor had them.
pub fn with_hyphens(argument: &str) -> String {
    let is_dash = |c: char| matches!(c, '-' | '\u{2013}' | '\u{2212}');
    let dashes = argument.chars().take(2).take_while(|c| is_dash(*c)).count();
    let rest: String = argument.chars().skip(dashes).collect();
    format!("{}{rest}", &"--"[..dashes])
}

/// The table as help text: one line an option, the help starting at the same column.
pub fn help(flags: &[Flag]) -> String {
    let mut lines = String::new();
    for flag in flags {
        let short = flag.short.map(|c| format!("-{c}"));
        let long = flag.long.map(|name| format!("--{name}"));
        let names = [short, long]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ");
        let left = match flag.value {
            Some(value) => format!("{names} {value}"),
            None => names,
        };
        lines.push_str(&format!("  {left:<22} {}\n", flag.help));
    }
    lines
}

/// A decimal integer within bounds, with the classic tools' messages.
///
/// # Errors
/// `invalid argument: 'x'`, with the bounds when it is a number outside of them.
pub fn integer(text: &str, bounds: RangeInclusive<i64>) -> Result<i64, String> {
    match text.trim_start().parse::<i64>() {
        Ok(number) if bounds.contains(&number) => Ok(number),
        Ok(_) => Err(format!(
            "invalid argument: '{text}': out of range: {} <= value <= {}",
            bounds.start(),
            bounds.end()
        )),
        Err(error) => {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let why = match error.kind() {
                PosOverflow | NegOverflow => ": Numerical result out of range",
                _ => "",
            };
            Err(format!(
                "invalid argument: '{}'{why}",
                crate::text::printable(text)
            ))
        }
    }
}

/// Seconds with a decimal point, as `-i 0.2`.
///
/// # Errors
/// `option argument contains garbage: x` or `NAME: VALUE`.
pub fn seconds(text: &str, name: &str) -> Result<f64, String> {
    let text = crate::text::printable(text);
    let number: f64 = text
        .parse()
        .map_err(|_| format!("option argument contains garbage: {text}"))?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(format!("{name}: {text}"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    static FLAGS: &[Flag] = &[
        Flag::value('c', "<count>", "stop after <count> replies").long("count"),
        Flag::switch('q', "quiet output"),
        Flag::switch('n', "no dns name resolution"),
        Flag::switch('J', "JSON lines").long("json").only_long(),
    ];

    fn parsed(args: &[&str]) -> Result<Vec<Argument>, UsageError> {
        parse(FLAGS, args.iter().map(|&a| a.to_owned()).collect())
    }

    #[test]
    fn clusters_values_and_operands_mix() {
        let expected = vec![
            Argument::Option(&FLAGS[1], String::new()),
            Argument::Option(&FLAGS[2], String::new()),
            Argument::Option(&FLAGS[0], "3".into()),
            Argument::Operand("host".into()),
            Argument::Option(&FLAGS[3], String::new()),
        ];
        assert_eq!(parsed(&["-qnc3", "host", "--json"]).unwrap(), expected);
        assert_eq!(parsed(&["–qnc", "3", "host", "−−js"]).unwrap(), expected);
        assert_eq!(
            parsed(&["-q", "-n", "--count=3", "host", "––json"]).unwrap(),
            expected
        );
    }

    #[test]
    fn values_may_begin_with_a_hyphen_and_operands_follow_two() {
        assert_eq!(
            parsed(&["-c", "-1"]).unwrap(),
            [Argument::Option(&FLAGS[0], "-1".into())]
        );
        assert_eq!(
            parsed(&["--", "–x"]).unwrap(),
            [Argument::Operand("–x".into())]
        );
    }

    #[test]
    fn errors_speak_as_getopt_does() {
        let error = |args: &[&str]| parsed(args).unwrap_err().to_string();
        assert_eq!(error(&["-Z"]), "invalid option -- 'Z'");
        assert_eq!(error(&["-c"]), "option requires an argument -- 'c'");
        assert_eq!(error(&["--nope"]), "unrecognized option '--nope'");
        assert_eq!(
            error(&["--json=1"]),
            "option '--json' doesn't allow an argument"
        );
        assert!(error(&["“host”"]).contains("U+201C"));
    }

    #[test]
    fn numbers_complain_as_iputils_does() {
        assert_eq!(integer("7", 1..=9), Ok(7));
        assert_eq!(integer("a", 1..=9).unwrap_err(), "invalid argument: 'a'");
        assert_eq!(
            integer("0", 1..=9).unwrap_err(),
            "invalid argument: '0': out of range: 1 <= value <= 9"
        );
        assert_eq!(
            integer("99999999999999999999", 1..=9).unwrap_err(),
            "invalid argument: '99999999999999999999': Numerical result out of range"
        );
        assert!(seconds("1,5", "bad timing interval").is_err());
        assert!(seconds("inf", "bad timing interval").is_err());
    }

    #[test]
    fn help_is_the_table() {
        assert_eq!(
            help(&FLAGS[..2]),
            "  -c, --count <count>    stop after <count> replies\n  -q                     quiet output\n"
        );
    }
}
