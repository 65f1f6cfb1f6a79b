//! `plugin.toml`: a plugin's name, and what it asks the policy for, each request with its reason.
//!
//! The same text is in the component, in the custom section [`SECTION`], where its digest covers it. It
//! is an author's claim, so reading it is strict and bounded: whatever passes here can be shown on a
//! terminal as it is. What the plugin can really do is in its imports.

mod scope;

use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthChar;

pub use scope::{Ports, interface};

/// The custom section of a component, or of a core module inside it, that holds the text.
pub const SECTION: &str = "nethost:manifest";

/// Bytes of the text.
pub const LARGEST: usize = 16 << 10;
/// Characters of a summary or a reason.
const LONGEST_LINE: usize = 160;
/// Characters of a name or a target.
const LONGEST_WORD: usize = 255;
/// Requests, aliases, and targets of one request.
const MOST: usize = 32;

/// What plugin.toml says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The command's name.
    pub name: String,
    /// Its version, as Semantic Versioning has them. Updates go forward only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// One line for lists.
    pub summary: String,
    /// The exit code if standard output cannot be written, because the disk is full or the like; 1 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwritten: Option<u8>,
    /// What kind of tool it is, for lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    /// Other names.
    #[serde(default)]
    pub alias: Vec<Alias>,
    /// What it asks the policy for.
    #[serde(default)]
    pub request: Vec<Wanted>,
}

/// Kinds of tools, in the order in which lists have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Whether hosts answer, and how packets get there.
    Reach,
    /// Names of hosts, and who owns what.
    Names,
    /// Links, addresses and routes of this machine.
    Network,
    /// Sockets of this machine.
    Sockets,
    /// Connections to other hosts.
    Transfer,
    /// Packets themselves.
    Packets,
    /// Facts about this machine.
    System,
    /// Data in files and pipes.
    Data,
}

impl Group {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Reach,
        Self::Names,
        Self::Network,
        Self::Sockets,
        Self::Transfer,
        Self::Packets,
        Self::System,
        Self::Data,
    ];

    /// What is above the tools of this kind.
    pub fn title(self) -> &'static str {
        match self {
            Self::Reach => "Reach hosts and trace routes",
            Self::Names => "Names and owners",
            Self::Network => "Links, addresses and routes",
            Self::Sockets => "Sockets of this machine",
            Self::Transfer => "Connections and transfers",
            Self::Packets => "Packets",
            Self::System => "This machine",
            Self::Data => "Data",
        }
    }
}

/// Another name of a plugin, with arguments that it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    /// The name.
    pub name: String,
    /// Arguments put before the operator's.
    #[serde(default)]
    pub args: Vec<String>,
}

/// A request that a plugin makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Name of the request.
    pub cap: String,
    /// Targets; none means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<String>>,
    /// Ports; none means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<Ports>>,
    /// Network interfaces; none means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interfaces: Option<Vec<String>>,
    /// What may be special about its sockets, such as `broadcast`; none means what needs no naming.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<String>>,
    /// Only where somebody is at the terminal: what a script wants must be allowed by a policy or a flag.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub attended: bool,
    /// Why, in the author's words.
    pub reason: String,
}

/// A manifest that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not TOML, or has other keys.
    #[error("line {line}: {problem}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// In the parser's words, on one line.
        problem: String,
    },
    /// One of its values is not allowed.
    #[error("{field}: {problem}")]
    Value {
        /// Which.
        field: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// More text than any manifest needs.
    #[error("larger than {} KiB", LARGEST >> 10)]
    TooLarge,
}

impl Manifest {
    /// Reads and checks a manifest.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > LARGEST {
            return Err(Error::TooLarge);
        }
        let manifest: Self = toml::from_str(text).map_err(|error| syntax(text, &error))?;
        manifest.check()?;
        Ok(manifest)
    }

    /// All names that it answers to.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let aliases = self.alias.iter().map(|alias| &alias.name[..]);
        std::iter::once(&self.name[..]).chain(aliases)
    }

    fn check(&self) -> Result<(), Error> {
        for name in self.names() {
            if !is_command_name(name) {
                return Err(value(
                    "name",
                    format!(
                        "{} cannot be a command's name: use at most {LONGEST_WORD} of a-z, 0-9, `-`, `_`",
                        quoted(name)
                    ),
                ));
            }
        }
        if let Some(version) = &self.version {
            word("version", version)?;
            semver::Version::parse(version).map_err(|error| {
                let shown = quoted(version);
                value(
                    "version",
                    format!("{shown} is not of the form 1.2.3: {error}"),
                )
            })?;
        }
        line("summary", &self.summary)?;
        at_most("alias", self.alias.len())?;
        at_most("request", self.request.len())?;
        for alias in &self.alias {
            at_most("alias.args", alias.args.len())?;
            alias
                .args
                .iter()
                .try_for_each(|arg| word("alias.args", arg))?;
        }
        for wanted in &self.request {
            if !is_capability_name(&wanted.cap) {
                return Err(value(
                    "request.cap",
                    format!("{} is not of the form `noun.verb`", quoted(&wanted.cap)),
                ));
            }
            line(&format!("reason of {}", wanted.cap), &wanted.reason)?;
            let field = |name| format!("{name} of {}", wanted.cap);
            items(&field("to"), wanted.to.as_deref(), |field, target| {
                word(field, target)
            })?;
            items(&field("ports"), wanted.ports.as_deref(), |_, _| Ok(()))?;
            items(
                &field("options"),
                wanted.options.as_deref(),
                |field, option| word(field, option),
            )?;
            let interfaces = wanted.interfaces.as_deref();
            items(&field("interfaces"), interfaces, |field, name| {
                word(field, name)?;
                interface(name).map_err(|problem| value(field, problem))
            })?;
        }
        Ok(())
    }
}

fn syntax(text: &str, error: &toml::de::Error) -> Error {
    let before = error.span().and_then(|span| text.get(..span.start));
    let problem: String = error.message().chars().take(LONGEST_LINE).collect();
    Error::Syntax {
        line: before.map_or(1, |before| before.matches('\n').count() + 1),
        problem: problem
            .chars()
            .map(|character| if is_plain(character) { character } else { '?' })
            .collect(),
    }
}

fn value(field: &str, problem: String) -> Error {
    Error::Value {
        field: field.into(),
        problem,
    }
}

/// A value for a message: escaped, and cut where it is too long to be meant.
fn quoted(text: &str) -> String {
    let shown: String = text
        .chars()
        .take(40)
        .flat_map(char::escape_default)
        .collect();
    format!("\"{shown}\"")
}

fn at_most(field: &str, count: usize) -> Result<(), Error> {
    if count <= MOST {
        return Ok(());
    }
    Err(value(field, format!("{count} of them, at most {MOST}")))
}

/// A list that is there has items, not too many, and each is fine.
fn items<T>(
    field: &str,
    list: Option<&[T]>,
    fine: impl Fn(&str, &T) -> Result<(), Error>,
) -> Result<(), Error> {
    let Some(list) = list else { return Ok(()) };
    if list.is_empty() {
        return Err(value(field, "empty; leave it out to mean any".into()));
    }
    at_most(field, list.len())?;
    list.iter().try_for_each(|item| fine(field, item))
}

fn line(field: &str, text: &str) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(value(field, "empty; say it in one line".into()));
    }
    plain(field, text, LONGEST_LINE)
}

fn word(field: &str, text: &str) -> Result<(), Error> {
    plain(field, text, LONGEST_WORD)
}

fn plain(field: &str, text: &str, longest: usize) -> Result<(), Error> {
    let count = text.chars().count();
    if count > longest {
        return Err(value(
            field,
            format!("{count} characters, at most {longest}"),
        ));
    }
    match text.chars().find(|character| !is_plain(*character)) {
        None => Ok(()),
        Some(odd) => Err(value(
            field,
            format!(
                "contains {}, which does not print as one character on one line",
                odd.escape_unicode()
            ),
        )),
    }
}

/// A character that takes its place on the line and does nothing else: no control character, no mark
/// that reorders, joins or overlays others.
fn is_plain(character: char) -> bool {
    !character.is_control() && character.width().is_some_and(|width| width > 0)
}

fn is_command_name(name: &str) -> bool {
    name.len() <= LONGEST_WORD
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
}

fn is_capability_name(name: &str) -> bool {
    let word =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    name.len() <= LONGEST_WORD
        && name
            .split_once('.')
            .is_some_and(|(noun, verb)| word(noun) && word(verb))
}

#[cfg(test)]
mod tests;
