//! The filter language of ss: words, then what they mean.
//!
//! `and`, `or` and nothing at all between two conditions bind alike, from left to right; `not` binds the one behind it.

use nethost_sdk::{Exit, resolver};

use super::hosts::hosts;
use super::{Expression, Host};
use crate::control_groups::ControlGroups;
use crate::number::any_base;
use crate::services::Services;
use crate::usage;

/// What the meaning of a condition depends on, and what it changes.
pub(crate) struct Surroundings<'a> {
    pub(crate) services: &'a mut Services,
    pub(crate) control_groups: &'a mut ControlGroups,
    /// Which ports have names.
    pub(crate) tcp: bool,
    pub(crate) udp: bool,
    /// AF_UNSPEC, or the family that addresses are of.
    pub(crate) family: u8,
    /// The family that a condition says by its prefix, such as `unix:`.
    pub(crate) said: Option<u8>,
}

/// Deeper expressions are refused.
const DEEPEST: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Destination,
    Source,
    DestinationPort,
    SourcePort,
    Device,
    Mark,
    Cgroup,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Not,
    And,
    Or,
    Open,
    Close,
    Subject(Subject),
    AtLeast,
    AtMost,
    Unequal,
    Equal,
    Greater,
    Less,
    Autobound,
    /// Any of these.
    Hosts(Vec<Host>),
    Index(u32),
    Marked {
        mark: u32,
        mask: u32,
    },
    Group(u64),
}

/// What these words say. None: they say nothing.
pub(crate) async fn parse(
    words: &[String],
    surroundings: &mut Surroundings<'_>,
) -> Result<Option<Expression>, Exit> {
    let mut tokens = Vec::new();
    let mut subject = None;
    for word in words.iter().flat_map(|text| split(text)) {
        let token = match keyword(&word) {
            Some(token) => token,
            None => value(&word, subject, surroundings).await?,
        };
        if let Token::Subject(said) = token {
            subject = Some(said);
        }
        if token == Token::Autobound {
            subject = None;
        }
        tokens.push(token);
    }
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut rest = tokens.as_slice();
    match list(&mut rest, 0) {
        Some(expression) if rest.is_empty() => Ok(Some(expression)),
        _ => Err(Exit::failed(
            255,
            format!(
                "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\n{}",
                usage::USAGE.trim_end()
            ),
        )),
    }
}

/// Words between blanks; a backslash takes the next character as it is.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(characters.next()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

fn keyword(word: &str) -> Option<Token> {
    Some(match word {
        "!" | "not" => Token::Not,
        "&" | "&&" | "and" => Token::And,
        "|" | "||" | "or" => Token::Or,
        "(" => Token::Open,
        ")" => Token::Close,
        "dst" => Token::Subject(Subject::Destination),
        "src" => Token::Subject(Subject::Source),
        "dport" => Token::Subject(Subject::DestinationPort),
        "sport" => Token::Subject(Subject::SourcePort),
        "dev" => Token::Subject(Subject::Device),
        "fwmark" => Token::Subject(Subject::Mark),
        "cgroup" => Token::Subject(Subject::Cgroup),
        ">=" | "ge" | "geq" => Token::AtLeast,
        "<=" | "le" | "leq" => Token::AtMost,
        "!=" | "ne" | "neq" => Token::Unequal,
        "=" | "==" | "eq" => Token::Equal,
        ">" | "gt" => Token::Greater,
        "<" | "lt" => Token::Less,
        "autobound" => Token::Autobound,
        _ => return None,
    })
}

async fn value(
    word: &str,
    subject: Option<Subject>,
    surroundings: &mut Surroundings<'_>,
) -> Result<Token, Exit> {
    let refused = |what: String| Exit::failed(1, what);
    match subject {
        Some(Subject::Device) => match interface(word) {
            Some(index) => Ok(Token::Index(index)),
            None => Err(refused("Cannot parse device.".into())),
        },
        Some(Subject::Mark) => {
            let (mark, mask) = match word.split_once('/') {
                Some((mark, mask)) => (any_base(mark), any_base(mask)),
                None => (any_base(word), Some(-1)),
            };
            match (mark, mask) {
                (Some(mark), Some(mask)) => Ok(Token::Marked {
                    mark: mark as u32,
                    mask: mask as u32,
                }),
                _ => Err(refused(format!("Cannot parse mark {word}."))),
            }
        }
        Some(Subject::Cgroup) => match surroundings.control_groups.id(word) {
            Some(id) => Ok(Token::Group(id)),
            None => Err(refused(format!(
                "Failed to get cgroup2 ID: No such file or directory\nCannot parse cgroup {}.",
                nethost_sdk::text::printable(word)
            ))),
        },
        _ => {
            let is_port = matches!(
                subject,
                Some(Subject::SourcePort | Subject::DestinationPort)
            );
            Ok(Token::Hosts(hosts(word, is_port, surroundings).await?))
        }
    }
}

/// The index of an interface, by its name or by itself.
fn interface(name: &str) -> Option<u32> {
    let found = resolver::interface_index(name).ok();
    found.or_else(|| any_base(name).and_then(|index| u32::try_from(index).ok()))
}

fn list(rest: &mut &[Token], depth: usize) -> Option<Expression> {
    let mut expression = one(rest, depth)?;
    loop {
        let is_or = match rest.first() {
            None | Some(Token::Close) => return Some(expression),
            Some(Token::Or) => {
                *rest = &rest[1..];
                true
            }
            Some(Token::And) => {
                *rest = &rest[1..];
                false
            }
            Some(_) => false,
        };
        let (left, right) = (Box::new(expression), Box::new(one(rest, depth)?));
        expression = match is_or {
            true => Expression::Or(left, right),
            false => Expression::And(left, right),
        };
    }
}

fn take(rest: &mut &[Token]) -> Option<Token> {
    let (first, others) = rest.split_first()?;
    *rest = others;
    Some(first.clone())
}

fn one(rest: &mut &[Token], depth: usize) -> Option<Expression> {
    if depth > DEEPEST {
        return None;
    }
    match take(rest)? {
        Token::Open => {
            let inner = list(rest, depth + 1)?;
            (take(rest)? == Token::Close).then_some(inner)
        }
        Token::Not => Some(not(one(rest, depth + 1)?)),
        Token::Autobound => Some(Expression::Autobound),
        Token::Subject(subject) => condition(subject, rest),
        _ => None,
    }
}

fn not(expression: Expression) -> Expression {
    Expression::Not(Box::new(expression))
}

fn condition(subject: Subject, rest: &mut &[Token]) -> Option<Expression> {
    use Expression as E;
    let operator = match rest.first()? {
        token @ (Token::AtLeast
        | Token::AtMost
        | Token::Unequal
        | Token::Equal
        | Token::Greater
        | Token::Less) => {
            let token = token.clone();
            *rest = &rest[1..];
            token
        }
        _ => Token::Equal,
    };
    let value = take(rest)?;
    let is_port = matches!(subject, Subject::SourcePort | Subject::DestinationPort);
    let is_host = matches!(subject, Subject::Source | Subject::Destination);
    let equal = match value {
        Token::Hosts(hosts) if is_port || is_host => {
            let is_source = matches!(subject, Subject::Source | Subject::SourcePort);
            if is_port && !matches!(operator, Token::Equal | Token::Unequal) {
                let port = hosts.first().and_then(|host| host.port).unwrap_or(-1);
                let least = || match is_source {
                    true => E::SourcePortAtLeast(port),
                    false => E::DestinationPortAtLeast(port),
                };
                let most = || match is_source {
                    true => E::SourcePortAtMost(port),
                    false => E::DestinationPortAtMost(port),
                };
                return Some(match operator {
                    Token::AtLeast => least(),
                    Token::AtMost => most(),
                    Token::Greater => not(most()),
                    _ => not(least()),
                });
            }
            let mut each = hosts.into_iter().map(|host| match is_source {
                true => E::Source(host),
                false => E::Destination(host),
            });
            let first = each.next()?;
            each.fold(first, |one, other| E::Or(Box::new(one), Box::new(other)))
        }
        Token::Index(index) if subject == Subject::Device => E::Device(index),
        Token::Marked { mark, mask } if subject == Subject::Mark => E::Mark { mark, mask },
        Token::Group(id) if subject == Subject::Cgroup => E::Cgroup(id),
        _ => return None,
    };
    match operator {
        Token::Equal => Some(equal),
        Token::Unequal if !is_host => Some(not(equal)),
        _ => None,
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
