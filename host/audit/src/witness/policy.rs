//! Which logs and witnesses a verifier trusts, and how many of them must have cosigned: a policy file as
//! c2sp.org/tlog-policy has it.
//!
//! ```text
//! log NAME+ID+KEY
//! witness w1 NAME+ID+KEY
//! witness w2 NAME+ID+KEY
//! witness w3 NAME+ID+KEY
//! group site 2 w1 w2 w3
//! quorum site
//! ```

use std::collections::BTreeMap;

use super::checkpoint::{Checkpoint, number};
use super::note::is_printable;
use super::vkey::{BadKey, BadSignature, Purpose, VerifierKey};

/// Longer than any policy of 32 logs, 32 witnesses and 32 groups.
pub(crate) const LONGEST: usize = 256 << 10;
const MOST: usize = 256;

/// Whom a verifier believes.
#[derive(Debug, Clone)]
pub struct Policy {
    logs: Vec<VerifierKey>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    /// None: no witness needs to have cosigned.
    quorum: Option<Member>,
}

#[derive(Debug, Clone)]
struct Witness {
    /// As the policy calls it.
    name: String,
    key: VerifierKey,
}

#[derive(Debug, Clone)]
struct Group {
    needed: usize,
    members: Vec<Member>,
}

#[derive(Debug, Clone, Copy)]
enum Member {
    Witness(usize),
    Group(usize),
}

/// A line that a policy must not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// Longer than any policy.
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
    /// No text.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// One line.
    #[error("line {0}: {1}")]
    Line(usize, Problem),
    /// None at all.
    #[error("it has no line `quorum NAME`, so it does not say how many witnesses must cosign")]
    NoQuorum,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// None of the four.
    #[error(
        "it is none of `log KEY`, `witness NAME KEY`, `group NAME COUNT NAME…` and `quorum NAME`"
    )]
    Form,
    /// May reach a terminal.
    #[error("it has a control character, or a mark that reorders text")]
    Control,
    /// Not a key.
    #[error(transparent)]
    Key(#[from] BadKey),
    /// The same key twice would count twice.
    #[error("its key is already in another line, so it would count twice")]
    SameKey,
    /// Already taken.
    #[error("the name {0} is taken")]
    Taken(String),
    /// Nothing before it has this name.
    #[error("no line before it defines {0}")]
    Unknown(String),
    /// A member of two groups would count twice.
    #[error("{0} is a member of a group already, so it would count twice")]
    Member(String),
    /// Not from 1 to the number of members.
    #[error("{0} is not a number from 1 to {1}, the number of its members")]
    Count(String, usize),
    /// Two of them.
    #[error("there is a quorum already")]
    SecondQuorum,
    /// Too many lines.
    #[error("there are more than {MOST} logs, witnesses and groups")]
    TooMany,
}

impl Policy {
    /// Reads a policy file.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadPolicy> {
        if bytes.len() > LONGEST {
            return Err(BadPolicy::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| BadPolicy::NotUtf8)?;
        let mut parser = Parser::default();
        for (at, line) in text.split('\n').enumerate() {
            let read = parser.line(line);
            read.map_err(|problem| BadPolicy::Line(at + 1, problem))?;
        }
        Ok(Self {
            quorum: parser.quorum.ok_or(BadPolicy::NoQuorum)?,
            logs: parser.logs,
            witnesses: parser.witnesses,
            groups: parser.groups,
        })
    }

    /// What a checkpoint's signatures are worth.
    pub(super) fn judge(&self, checkpoint: &Checkpoint) -> Result<Standing<'_>, BadSignature> {
        let mut standing = Standing {
            known: false,
            signed: false,
            by: Vec::new(),
            needed: self.needed(),
            quorum: false,
        };
        for log in &self.logs {
            // The key of one log says nothing of another.
            if log.name() == checkpoint.origin {
                standing.known = true;
                standing.signed |= log.signed(&checkpoint.note)?.is_some();
            }
        }
        let mut cosigned = vec![false; self.witnesses.len()];
        for (witness, cosigned) in self.witnesses.iter().zip(&mut cosigned) {
            if let Some(time) = witness.key.signed(&checkpoint.note)? {
                *cosigned = true;
                standing.by.push((&witness.name, time));
            }
        }
        let quorum = self.quorum.as_ref();
        standing.quorum = quorum.is_none_or(|member| self.holds(member, &cosigned));
        Ok(standing)
    }

    /// Groups hold only what was defined before them, so this ends.
    fn holds(&self, member: &Member, cosigned: &[bool]) -> bool {
        match member {
            Member::Witness(at) => cosigned.get(*at).copied().unwrap_or_default(),
            Member::Group(at) => self.groups.get(*at).is_some_and(|group| {
                let held = group.members.iter();
                held.filter(|member| self.holds(member, cosigned)).count() >= group.needed
            }),
        }
    }

    /// The quorum in words.
    fn needed(&self) -> String {
        match self.quorum.and_then(|member| match member {
            Member::Witness(_) => None,
            Member::Group(at) => self.groups.get(at),
        }) {
            Some(group) => format!("{} of {}", group.needed, group.members.len()),
            None if self.quorum.is_none() => "none".to_owned(),
            None => "one".to_owned(),
        }
    }
}

/// Who has signed a checkpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Standing<'a> {
    /// The policy has a key of this log.
    pub(super) known: bool,
    /// The log has signed it.
    pub(super) signed: bool,
    /// The witnesses that have, and when.
    pub(super) by: Vec<(&'a str, u64)>,
    /// How many must have.
    pub(super) needed: String,
    /// They are enough.
    pub(super) quorum: bool,
}

#[derive(Default)]
struct Parser {
    logs: Vec<VerifierKey>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    names: BTreeMap<String, Member>,
    /// Names that are a group's members.
    used: Vec<String>,
    quorum: Option<Option<Member>>,
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), Problem> {
        if !is_printable(&line.replace('\t', " ")) {
            return Err(Problem::Control);
        }
        let words: Vec<&str> = line
            .split([' ', '\t'])
            .filter(|word| !word.is_empty())
            .collect();
        if self.logs.len() + self.witnesses.len() + self.groups.len() > MOST {
            return Err(Problem::TooMany);
        }
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", key] | ["log", key, _] => {
                let key = self.key(key, Purpose::Log)?;
                self.logs.push(key);
                Ok(())
            }
            ["witness", name, key] | ["witness", name, key, _] => {
                let key = self.key(key, Purpose::Witness)?;
                self.define(name, Member::Witness(self.witnesses.len()))?;
                let name = (*name).to_owned();
                self.witnesses.push(Witness { name, key });
                Ok(())
            }
            ["group", name, count, members @ ..] if !members.is_empty() => {
                self.group(name, count, members)
            }
            ["quorum", name] => {
                if self.quorum.is_some() {
                    return Err(Problem::SecondQuorum);
                }
                let member = match *name {
                    "none" => None,
                    name => Some(self.named(name)?),
                };
                self.quorum = Some(member);
                Ok(())
            }
            _ => Err(Problem::Form),
        }
    }

    fn key(&self, text: &str, purpose: Purpose) -> Result<VerifierKey, Problem> {
        let key = text.parse::<VerifierKey>()?.of(purpose)?;
        let witnesses = self.witnesses.iter().map(|witness| &witness.key);
        // Nor does a log witness itself.
        match self
            .logs
            .iter()
            .chain(witnesses)
            .any(|known| known.key() == key.key())
        {
            true => Err(Problem::SameKey),
            false => Ok(key),
        }
    }

    fn group(&mut self, name: &str, count: &str, members: &[&str]) -> Result<(), Problem> {
        let needed = match count {
            "any" => 1,
            "all" => members.len(),
            count => number(count)
                .and_then(|needed| usize::try_from(needed).ok())
                .filter(|needed| (1..=members.len()).contains(needed))
                .ok_or_else(|| Problem::Count(count.to_owned(), members.len()))?,
        };
        let mut group = Group {
            needed,
            members: Vec::with_capacity(members.len()),
        };
        for member in members {
            group.members.push(self.named(member)?);
            if self.used.iter().any(|used| used == member) {
                return Err(Problem::Member((*member).to_owned()));
            }
            self.used.push((*member).to_owned());
        }
        self.define(name, Member::Group(self.groups.len()))?;
        self.groups.push(group);
        Ok(())
    }

    fn named(&self, name: &str) -> Result<Member, Problem> {
        let member = self.names.get(name).copied();
        member.ok_or_else(|| Problem::Unknown(name.to_owned()))
    }

    fn define(&mut self, name: &str, member: Member) -> Result<(), Problem> {
        if name == "none" || self.names.contains_key(name) {
            return Err(Problem::Taken(name.to_owned()));
        }
        self.names.insert(name.to_owned(), member);
        Ok(())
    }
}
