//! One table of flags feeds parsing and help. Parsing itself is lexopt's; this adds where on the
//! command line each thing stood, which traceroute(8) tells in its errors.

use std::ffi::OsString;

use lexopt::Arg;

/// A flag that the tool knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag<K> {
    pub(crate) key: K,
    pub(crate) short: Option<char>,
    pub(crate) long: Option<&'static str>,
    /// Name of its value; none when it takes none.
    pub(crate) value: Option<&'static str>,
    pub(crate) help: &'static str,
}

/// A flag that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given<K> {
    pub(crate) key: K,
    /// As it was typed, such as `-q` or `--queries`.
    pub(crate) spelled: String,
    pub(crate) value: String,
    /// Which word of the command line, from 1.
    pub(crate) position: usize,
}

/// A word that is no flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operand {
    pub(crate) value: String,
    pub(crate) position: usize,
}

/// A command line taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parsed<K> {
    pub(crate) flags: Vec<Given<K>>,
    pub(crate) operands: Vec<Operand>,
}

/// Why a command line could not be taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Misuse {
    UnknownFlag {
        spelled: String,
        value: Option<String>,
        position: usize,
    },
    MissingValue {
        spelled: String,
        value: &'static str,
        position: usize,
    },
    UnexpectedValue {
        spelled: String,
        value: String,
        position: usize,
    },
    NotText {
        position: usize,
    },
}

/// Takes a command line apart by a table.
pub(crate) fn parse<K: Copy>(table: &[Flag<K>], args: &[String]) -> Result<Parsed<K>, Misuse> {
    let total = args.len();
    let mut plain = false;
    let mut parser = lexopt::Parser::from_args(args.iter().map(|argument| {
        let argument = if plain {
            argument.clone()
        } else {
            nethost_sdk::args::with_hyphens(argument)
        };
        plain |= argument == "--";
        OsString::from(argument)
    }));
    let mut parsed = Parsed {
        flags: Vec::new(),
        operands: Vec::new(),
    };
    let mut position = 0;
    loop {
        if let Some(rest) = parser.try_raw_args() {
            position = total - rest.as_slice().len() + 1;
        }
        let not_text = |_| Misuse::NotText { position };
        let (flag, spelled) = match parser.next() {
            Ok(None) => return Ok(parsed),
            Ok(Some(Arg::Value(value))) => {
                let value = value.into_string().map_err(not_text)?;
                parsed.operands.push(Operand { value, position });
                continue;
            }
            Ok(Some(Arg::Short(short))) => (
                table.iter().find(|flag| flag.short == Some(short)),
                format!("-{short}"),
            ),
            Ok(Some(Arg::Long(long))) => (
                table.iter().find(|flag| flag.long == Some(long)),
                format!("--{long}"),
            ),
            Err(lexopt::Error::UnexpectedValue { option, value }) => {
                let value = value.into_string().map_err(not_text)?;
                return Err(Misuse::UnexpectedValue {
                    spelled: option,
                    value,
                    position,
                });
            }
            Err(_) => return Err(Misuse::NotText { position }),
        };
        let Some(flag) = flag else {
            let value = parser
                .optional_value()
                .and_then(|value| value.into_string().ok());
            return Err(Misuse::UnknownFlag {
                spelled,
                value,
                position,
            });
        };
        let value = match flag.value {
            None => String::new(),
            Some(name) => match parser.value() {
                Ok(value) => value.into_string().map_err(not_text)?,
                Err(_) => {
                    return Err(Misuse::MissingValue {
                        spelled,
                        value: name,
                        position,
                    });
                }
            },
        };
        parsed.flags.push(Given {
            key: flag.key,
            spelled,
            value,
            position,
        });
    }
}

/// The table as help: short, long, value, then the text from column 30 on, wrapped at 79.
pub(crate) fn help<K>(table: &[Flag<K>]) -> String {
    const COLUMN: usize = 30;
    const WIDTH: usize = 79;
    let mut text = String::new();
    for flag in table {
        let value = flag.value;
        let short = flag
            .short
            .map(|short| value.map_or(format!("-{short}"), |value| format!("-{short} {value}")));
        let long = flag
            .long
            .map(|long| value.map_or(format!("--{long}"), |value| format!("--{long}={value}")));
        let spelled: Vec<String> = [short, long].into_iter().flatten().collect();
        let mut line = format!("  {}", spelled.join("  "));
        if line.len() >= COLUMN {
            text.push_str(&line);
            text.push('\n');
            line.clear();
        }
        line = format!("{line:COLUMN$}");
        for word in flag.help.split_whitespace() {
            if line.len() > COLUMN && line.len() + 1 + word.len() > WIDTH {
                text.push_str(&line);
                text.push('\n');
                line = " ".repeat(COLUMN);
            }
            if line.len() > COLUMN {
                line.push(' ');
            }
            line.push_str(word);
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TABLE: &[Flag<char>] = &[
        Flag {
            key: 'n',
            short: Some('n'),
            long: None,
            value: None,
            help: "no names",
        },
        Flag {
            key: 'q',
            short: Some('q'),
            long: Some("queries"),
            value: Some("nqueries"),
            help: "how many",
        },
    ];

    fn parsed(line: &str) -> Result<Parsed<char>, Misuse> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(TABLE, &args)
    }

    #[test]
    fn places_are_told() {
        let found = parsed("-n -q 3 host --queries=4 40").unwrap();
        let flags: Vec<(char, &str, usize)> = found
            .flags
            .iter()
            .map(|given| (given.key, given.value.as_str(), given.position))
            .collect();
        assert_eq!(flags, [('n', "", 1), ('q', "3", 2), ('q', "4", 5)]);
        let operands: Vec<usize> = found
            .operands
            .iter()
            .map(|operand| operand.position)
            .collect();
        assert_eq!(operands, [4, 6]);
    }

    #[test]
    fn flags_may_be_joined() {
        let found = parsed("-nq1 host").unwrap();
        assert_eq!(found.flags.len(), 2);
        assert_eq!(found.flags[1].value, "1");
        assert_eq!(found.flags[1].position, 1);
    }

    #[test]
    fn pasted_dashes_count() {
        for line in [
            "\u{2013}nq4 h",
            "\u{2212}n \u{2013}\u{2013}queries=4 h",
            "-n -q4 h",
        ] {
            let found = parsed(line).unwrap();
            assert_eq!(found.flags.len(), 2, "{line}");
            assert_eq!(found.flags[1].value, "4", "{line}");
            assert_eq!(found.operands[0].value, "h", "{line}");
        }
        let plain = parsed("-- \u{2013}n").unwrap();
        assert_eq!(plain.operands[0].value, "\u{2013}n");
    }

    #[test]
    fn misuse_names_the_flag() {
        let unknown = Misuse::UnknownFlag {
            spelled: "-Z".into(),
            value: None,
            position: 2,
        };
        assert_eq!(parsed("-n -Z host"), Err(unknown));
        let missing = Misuse::MissingValue {
            spelled: "-q".into(),
            value: "nqueries",
            position: 2,
        };
        assert_eq!(parsed("host -q"), Err(missing));
        assert!(matches!(
            parsed("--foo=3"),
            Err(Misuse::UnknownFlag {
                value: Some(_),
                position: 1,
                ..
            })
        ));
    }

    #[test]
    fn help_is_wrapped() {
        assert_eq!(
            help(TABLE).lines().next(),
            Some("  -n                          no names")
        );
        assert!(help(TABLE).lines().all(|line| line.len() < 80));
    }
}
