//! The words of the command line as lsof's own getopt takes them apart: options begin with `-` or `+`, several may share a
//! word, and a value that an option may have is the rest of its word, or the next one unless that begins an option.

use std::collections::VecDeque;

/// The words that are left.
#[derive(Debug)]
pub(crate) struct Arguments {
    words: VecDeque<String>,
    sign: char,
    cluster: Vec<char>,
    at: usize,
    /// What is left are operands.
    ended: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    /// With its sign.
    Option(char, char),
    Operand(String),
}

impl Arguments {
    pub(crate) fn new(words: &[String]) -> Self {
        Self {
            words: words.iter().cloned().collect(),
            sign: '-',
            cluster: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    pub(crate) fn next(&mut self) -> Option<Argument> {
        if let Some(letter) = self.cluster.get(self.at) {
            self.at += 1;
            return Some(Argument::Option(self.sign, *letter));
        }
        let word = self.words.pop_front()?;
        if self.ended {
            return Some(Argument::Operand(word));
        }
        // People paste from slides: en dash and minus sign.
        let sign = match word.chars().next() {
            Some('-' | '\u{2013}' | '\u{2212}') => '-',
            Some('+') => '+',
            // What follows a name is no option.
            _ => {
                self.ended = true;
                return Some(Argument::Operand(word));
            }
        };
        if word == "--" {
            self.ended = true;
            return self.next();
        }
        self.sign = sign;
        self.cluster = word.chars().skip(1).collect();
        self.at = 0;
        match self.cluster.is_empty() {
            true => Some(Argument::Operand(word)),
            false => self.next(),
        }
    }

    fn rest(&mut self) -> Option<String> {
        let rest: String = self.cluster.get(self.at..)?.iter().collect();
        self.at = self.cluster.len();
        (!rest.is_empty()).then_some(rest)
    }

    /// A value that the option must have.
    pub(crate) fn required(&mut self) -> Option<String> {
        self.rest().or_else(|| self.words.pop_front())
    }

    /// A value that it may have, if it looks like one.
    pub(crate) fn optional(&mut self, fits: impl Fn(&str) -> bool) -> Option<String> {
        let attached: String = self.cluster.get(self.at..)?.iter().collect();
        if !attached.is_empty() {
            return match fits(&attached) {
                true => self.rest(),
                false => None,
            };
        }
        let next = self.words.front()?;
        let value = !next.starts_with(['-', '+', '\u{2013}', '\u{2212}']) && fits(next);
        match value {
            true => self.words.pop_front(),
            false => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Arguments {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        Arguments::new(&words)
    }

    #[test]
    fn options_share_a_word_and_take_what_follows() {
        let mut read = words("-nPi :80 +L -p 1 -- -x y");
        assert_eq!(read.next(), Some(Argument::Option('-', 'n')));
        assert_eq!(read.next(), Some(Argument::Option('-', 'P')));
        assert_eq!(read.next(), Some(Argument::Option('-', 'i')));
        assert_eq!(read.optional(|_| true).as_deref(), Some(":80"));
        assert_eq!(read.next(), Some(Argument::Option('+', 'L')));
        assert_eq!(read.optional(|_| true), None);
        assert_eq!(read.next(), Some(Argument::Option('-', 'p')));
        assert_eq!(read.required().as_deref(), Some("1"));
        assert_eq!(read.next(), Some(Argument::Operand("-x".into())));
        assert_eq!(read.next(), Some(Argument::Operand("y".into())));
        assert_eq!(read.next(), None);
        let mut read = words("-n name -t");
        assert_eq!(read.next(), Some(Argument::Option('-', 'n')));
        assert_eq!(read.next(), Some(Argument::Operand("name".into())));
        assert_eq!(read.next(), Some(Argument::Operand("-t".into())));
    }
}
