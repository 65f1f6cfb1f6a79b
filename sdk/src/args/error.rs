//! Errors in a command line.

use std::fmt;

/// An error in a command line. `Display` has the text of getopt, without the name of the tool. A tool with its own
/// texts makes them from the fields.
///
/// `spelled` is the option with its hyphens, as it was typed or, if a long name was abbreviated, in full. `position`
/// is the index of the word in the command line, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UsageError {
    /// No option has this name. A long option may have had a value.
    Unknown {
        spelled: String,
        value: Option<String>,
        position: usize,
    },
    /// Several long options begin with this text.
    Ambiguous {
        typed: String,
        /// Those options, with their hyphens.
        candidates: Vec<String>,
        position: usize,
    },
    /// A required value is missing at the end of the command line.
    MissingValue {
        spelled: String,
        /// The name of the value in the help.
        value: &'static str,
        position: usize,
    },
    /// A value for an option that takes none.
    UnexpectedValue {
        spelled: String,
        value: String,
        position: usize,
    },
    /// A typographic quotation mark that a word processor made from `"` or `'`.
    CurlyQuote { quote: char, argument: String },
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { spelled, value, .. } => match (short(spelled), value) {
                (Some(letter), None) => write!(f, "invalid option -- '{letter}'"),
                (_, None) => write!(f, "unrecognized option '{spelled}'"),
                (_, Some(value)) => write!(f, "unrecognized option '{spelled}={value}'"),
            },
            Self::Ambiguous {
                typed, candidates, ..
            } => {
                write!(f, "option '{typed}' is ambiguous; possibilities:")?;
                candidates
                    .iter()
                    .try_for_each(|candidate| write!(f, " '{candidate}'"))
            }
            Self::MissingValue { spelled, .. } => match short(spelled) {
                Some(letter) => write!(f, "option requires an argument -- '{letter}'"),
                None => write!(f, "option '{spelled}' requires an argument"),
            },
            Self::UnexpectedValue { spelled, .. } => {
                write!(f, "option '{spelled}' doesn't allow an argument")
            }
            Self::CurlyQuote { quote, argument } => write!(
                f,
                "{argument}: contains the curly quote {quote} (U+{:04X}), as slides have it; type ' or \" instead",
                u32::from(*quote)
            ),
        }
    }
}

impl std::error::Error for UsageError {}

/// The letter of a short option.
fn short(spelled: &str) -> Option<char> {
    let mut letters = spelled.strip_prefix('-')?.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Some(letter),
        _ => None,
    }
}
