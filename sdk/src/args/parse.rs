//! Parses a command line by its table.

use super::{Effect, Flag, Given, UsageError, Value, clean};
use crate::Exit;

/// The syntax of a tool's options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// A long name can be abbreviated to a unique prefix.
    pub abbreviations: bool,
    /// Long names can follow a single hyphen, as in nmap's `-oX`: getopt_long_only(3). A word that is not a long name
    /// is a cluster of short options.
    pub single_hyphen: bool,
    /// The first operand ends the options, for tools with subcommands: `+` in getopt(3).
    pub operand_ends_options: bool,
}

impl Syntax {
    /// getopt_long(3), as most tools have it.
    pub const GETOPT_LONG: Self = Self {
        abbreviations: true,
        single_hyphen: false,
        operand_ends_options: false,
    };
    /// getopt_long_only(3).
    pub const GETOPT_LONG_ONLY: Self = Self {
        single_hyphen: true,
        ..Self::GETOPT_LONG
    };
    /// No abbreviated long names.
    pub const FULL_NAMES: Self = Self {
        abbreviations: false,
        ..Self::GETOPT_LONG
    };
}

/// A word that is neither an option nor the value of an option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operand {
    /// The word.
    pub value: String,
    /// The index of the word in the command line, from 1.
    pub position: usize,
}

/// The command line of a tool, and its effects. See [`crate::args`].
#[derive(Debug)]
pub struct CommandLine<T: 'static> {
    /// The options, in one table for each part of the help.
    pub flags: &'static [&'static [Flag<Effect<T>>]],
    /// The effect of an operand.
    pub operand: fn(&mut T, Operand) -> Result<(), Exit>,
    /// How the run ends if the command line has an error.
    pub refuse: fn(&UsageError) -> Exit,
    /// The syntax of the options.
    pub syntax: Syntax,
}

impl<T> CommandLine<T> {
    /// Parses a command line. Options and operands take effect in order.
    ///
    /// # Errors
    /// How the run ends instead: of the first option or operand that ends it, or of what is not understood.
    pub fn parse(&self, args: &[String], into: &mut T) -> Result<(), Exit> {
        let refuse = |error| (self.refuse)(&error);
        let words = clean(args).map_err(refuse)?;
        let mut reader = Reader {
            words: &words,
            next: 0,
            cluster: "",
        };
        let mut only_operands = false;
        loop {
            if !reader.cluster.is_empty() {
                self.short(&mut reader, into)?;
                continue;
            }
            let Some(word) = reader.word() else {
                return Ok(());
            };
            if only_operands || word.len() < 2 || !word.starts_with('-') {
                only_operands |= self.syntax.operand_ends_options;
                let operand = Operand {
                    value: word.to_owned(),
                    position: reader.next,
                };
                (self.operand)(into, operand)?;
            } else if word == "--" {
                only_operands = true;
            } else if let Some(long) = word.strip_prefix("--") {
                self.long(&mut reader, "--", long, into)?;
            } else {
                let cluster = &word[1..];
                if self.syntax.single_hyphen && self.is_long(cluster) {
                    self.long(&mut reader, "-", cluster, into)?;
                } else {
                    reader.cluster = cluster;
                }
            }
        }
    }

    fn flags(&self) -> impl Iterator<Item = &'static Flag<Effect<T>>> {
        self.flags.iter().copied().flatten()
    }

    /// Whether the text after a single hyphen is a long name, by the rules of getopt_long_only(3): a single letter is
    /// a short option if there is one, and so is the first letter of a text that is not a long name.
    fn is_long(&self, word: &str) -> bool {
        let mut letters = word.chars();
        let is_short = letters
            .next()
            .is_some_and(|letter| self.flags().any(|flag| flag.short == Some(letter)));
        if !is_short {
            return true;
        }
        let name = word.split_once('=').map_or(word, |(name, _)| name);
        letters.next().is_some() && !self.candidates(name).is_empty()
    }

    /// The options that a long name can mean: an exact match, or all with this prefix.
    fn candidates(&self, name: &str) -> Vec<&'static Flag<Effect<T>>> {
        if let Some(flag) = self.flags().find(|flag| flag.long == Some(name)) {
            return vec![flag];
        }
        let like = |flag: &&Flag<_>| flag.long.is_some_and(|long| long.starts_with(name));
        match self.syntax.abbreviations {
            true => self.flags().filter(like).collect(),
            false => Vec::new(),
        }
    }

    /// The next letter of a cluster.
    fn short(&self, reader: &mut Reader<'_>, into: &mut T) -> Result<(), Exit> {
        let position = reader.next;
        let mut letters = reader.cluster.chars();
        let Some(letter) = letters.next() else {
            return Ok(());
        };
        reader.cluster = letters.as_str();
        let spelled = format!("-{letter}");
        let Some(flag) = self.flags().find(|flag| flag.short == Some(letter)) else {
            return Err((self.refuse)(&UsageError::Unknown {
                spelled,
                value: None,
                position,
            }));
        };
        let attached = match flag.value {
            Value::None => None,
            _ => Some(std::mem::take(&mut reader.cluster)).filter(|rest| !rest.is_empty()),
        };
        self.act(flag, &spelled, attached, position, reader, into)
    }

    /// `name` or `name=value`, after its hyphens.
    fn long(
        &self,
        reader: &mut Reader<'_>,
        hyphens: &str,
        word: &str,
        into: &mut T,
    ) -> Result<(), Exit> {
        let position = reader.next;
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let spell = |name: &str| format!("{hyphens}{name}");
        let candidates = self.candidates(name);
        let flag = match candidates.as_slice() {
            [flag] => flag,
            [] => {
                return Err((self.refuse)(&UsageError::Unknown {
                    spelled: spell(name),
                    value: attached.map(str::to_owned),
                    position,
                }));
            }
            several => {
                let names = several.iter().filter_map(|flag| flag.long);
                return Err((self.refuse)(&UsageError::Ambiguous {
                    typed: spell(word),
                    candidates: names.map(spell).collect(),
                    position,
                }));
            }
        };
        let spelled = spell(flag.long.unwrap_or(name));
        if let (Value::None, Some(value)) = (flag.value, attached) {
            return Err((self.refuse)(&UsageError::UnexpectedValue {
                spelled,
                value: value.to_owned(),
                position,
            }));
        }
        self.act(flag, &spelled, attached, position, reader, into)
    }

    /// Finds the required value of an option, and applies the option.
    fn act(
        &self,
        flag: &Flag<Effect<T>>,
        spelled: &str,
        attached: Option<&str>,
        position: usize,
        reader: &mut Reader<'_>,
        into: &mut T,
    ) -> Result<(), Exit> {
        let value = match (flag.value, attached) {
            (Value::Required(name), None) => match reader.word() {
                Some(word) => Some(word),
                None => {
                    return Err((self.refuse)(&UsageError::MissingValue {
                        spelled: spelled.to_owned(),
                        value: name,
                        position,
                    }));
                }
            },
            (_, attached) => attached,
        };
        let given = Given {
            spelled,
            value: value.unwrap_or_default(),
            has_value: value.is_some(),
            position,
        };
        match flag.effect {
            Effect::Set(set) => {
                set(into);
                Ok(())
            }
            Effect::Read(read) => read(into, &given),
            Effect::End(end) => Err(end()),
        }
    }
}

/// The words, and the parser's position.
struct Reader<'a> {
    words: &'a [String],
    /// The number of parsed words, and so the index of the last one.
    next: usize,
    /// The rest of a cluster of short options.
    cluster: &'a str,
}

impl<'a> Reader<'a> {
    fn word(&mut self) -> Option<&'a str> {
        let word = self.words.get(self.next)?;
        self.next += 1;
        Some(word)
    }
}
