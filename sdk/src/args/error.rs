//! Why a command line is not understood.

use std::fmt;

/// Why a command line is not understood. `Display` has getopt's words, without the name of the tool; a tool with words
/// of its own makes them from the fields.
///
/// `spelled` is the option with its hyphens, as it was typed or, where a long name was abbreviated, in full;
/// `position` says which word of the command line it is in, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UsageError {
    /// No option has this name. A long option may have brought a value.
    Unknown {
        spelled: String,
        value: Option<String>,
        position: usize,
    },
    /// More than one long option begins like this.
    Ambiguous {
        typed: String,
        /// Those that do, with their hyphens.
        candidates: Vec<String>,
        position: usize,
    },
    /// The command line ends where a value should follow.
    MissingValue {
        spelled: String,
        /// What the help calls the value.
        value: &'static str,
        position: usize,
    },
    /// A value for an option that takes none.
    UnexpectedValue {
        spelled: String,
        value: String,
        position: usize,
    },
    /// A quotation mark that a word processor made out of `"` or `'`.
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
