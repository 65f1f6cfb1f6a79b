//! Reads a command line by its table.

use super::{Effect, Flag, Given, UsageError, Value, clean};
use crate::Exit;

/// How a tool writes its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// A long name may be abbreviated to any beginning that no other has.
    pub abbreviations: bool,
    /// Long names stand behind one hyphen too, as nmap's `-oX`: getopt_long_only(3). What is no long name is
    /// a cluster of short ones.
    pub single_hyphen: bool,
    /// The first operand ends the options, as for tools that take a command: `+` in getopt(3).
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
    /// Long names in full.
    pub const FULL_NAMES: Self = Self {
        abbreviations: false,
        ..Self::GETOPT_LONG
    };
}

/// A word that is no option and no option's value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operand {
    /// The word.
    pub value: String,
    /// Which word of the command line it is, from 1.
    pub position: usize,
}

/// What a tool's command line may say, and what the tool does with it. See [`crate::args`].
#[derive(Debug)]
pub struct CommandLine<T: 'static> {
    /// The options, in as many tables as the help has parts.
    pub flags: &'static [&'static [Flag<Effect<T>>]],
    /// What an operand does.
    pub operand: fn(&mut T, Operand) -> Result<(), Exit>,
    /// How the run ends when the command line is not understood.
    pub refuse: fn(&UsageError) -> Exit,
    /// How options are written.
    pub syntax: Syntax,
}

impl<T> CommandLine<T> {
    /// Reads a command line; each option and operand takes effect in its turn.
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

    /// Whether what stands behind a single hyphen is meant as a long name, as getopt_long_only(3) decides it: a letter
    /// alone is a short option if there is such a one, and so is the beginning of what is no long name.
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

    /// The options that a long name may mean: the one of this very name, or all that begin so.
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

    /// `name` or `name=value`, behind its hyphens.
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

    /// Finds the value that an option still lacks, and lets it take effect.
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

/// The words, and how far they are read.
struct Reader<'a> {
    words: &'a [String],
    /// Words that were read, and so the position of the last one.
    next: usize,
    /// What is left of a cluster of short options.
    cluster: &'a str,
}

impl<'a> Reader<'a> {
    fn word(&mut self) -> Option<&'a str> {
        let word = self.words.get(self.next)?;
        self.next += 1;
        Some(word)
    }
}
