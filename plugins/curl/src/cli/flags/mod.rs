//! The options: for each its names, what it takes, its line in the help, and what it does.

mod absent;
mod absent_proxy;
mod auth;
mod connection;
mod ftp;
mod http;
mod output;
mod tls;

use super::{Parser, Problem};

/// For an option that has no letter.
const NO_LETTER: char = '\0';

/// An option.
pub(crate) struct Flag {
    pub(crate) letter: char,
    pub(crate) long: &'static str,
    /// What it takes, as the help shows it; empty for a switch.
    pub(crate) takes: &'static str,
    pub(crate) help: &'static str,
    /// The categories of the help.
    pub(crate) topics: &'static str,
    pub(crate) effect: Effect,
}

/// What an option does.
pub(crate) enum Effect {
    Set(fn(&mut Parser, bool)),
    Check(fn(&mut Parser, bool) -> Result<(), Problem>),
    Value(fn(&mut Parser, &str) -> Result<(), Problem>),
    Text(fn(&mut Parser, String)),
    /// Help, version.
    Ending,
    /// It is not built.
    Absent,
}

type Name = &'static str;

impl Flag {
    const fn new(
        (letter, long, takes, help, topics): (char, Name, Name, Name, Name),
        effect: Effect,
    ) -> Self {
        Self {
            letter,
            long,
            takes,
            help,
            topics,
            effect,
        }
    }

    const fn set(l: char, n: Name, t: Name, h: Name, c: Name, f: fn(&mut Parser, bool)) -> Self {
        Self::new((l, n, t, h, c), Effect::Set(f))
    }

    const fn check(
        l: char,
        n: Name,
        t: Name,
        h: Name,
        c: Name,
        f: fn(&mut Parser, bool) -> Result<(), Problem>,
    ) -> Self {
        Self::new((l, n, t, h, c), Effect::Check(f))
    }

    const fn value(
        l: char,
        n: Name,
        t: Name,
        h: Name,
        c: Name,
        f: fn(&mut Parser, &str) -> Result<(), Problem>,
    ) -> Self {
        Self::new((l, n, t, h, c), Effect::Value(f))
    }

    const fn text(l: char, n: Name, t: Name, h: Name, c: Name, f: fn(&mut Parser, String)) -> Self {
        Self::new((l, n, t, h, c), Effect::Text(f))
    }

    const fn ending(l: char, n: Name, t: Name, h: Name, c: Name) -> Self {
        Self::new((l, n, t, h, c), Effect::Ending)
    }

    const fn absent(l: char, n: Name, t: Name, h: Name, c: Name) -> Self {
        Self::new((l, n, t, h, c), Effect::Absent)
    }

    /// Whether it can be undone with `--no-` in front.
    fn is_switch(&self) -> bool {
        matches!(self.effect, Effect::Set(_) | Effect::Check(_))
    }

    /// The name without `no-`, for one whose help shows it with that.
    fn base(&self) -> &'static str {
        match self.long.strip_prefix("no-") {
            Some(base) if self.takes.is_empty() => base,
            _ => self.long,
        }
    }
}

static ALL: &[&[Flag]] = &[
    absent::FLAGS,
    absent_proxy::FLAGS,
    auth::FLAGS,
    connection::FLAGS,
    ftp::FLAGS,
    http::FLAGS,
    output::FLAGS,
    tls::FLAGS,
];

/// All of them, by their names.
pub(crate) fn all() -> Vec<&'static Flag> {
    let mut all: Vec<_> = ALL.iter().copied().flatten().collect();
    all.sort_by_key(|flag| flag.long);
    all
}

/// The one of a letter.
pub(crate) fn of_letter(letter: char) -> Option<&'static Flag> {
    ALL.iter()
        .copied()
        .flatten()
        .find(|flag| flag.letter == letter && letter != NO_LETTER)
}

/// The one of a long name, which may be cut where no other begins so, and whether it is on.
pub(crate) fn of_name(name: &str) -> Result<(&'static Flag, bool), Problem> {
    let name = match name {
        // Older and later names of these.
        "ftp-ssl" => "ssl",
        "show-headers" => "include",
        "ftp-ssl-reqd" => "ssl-reqd",
        name => name,
    };
    let named = |base: &str| {
        let mut flags = ALL.iter().copied().flatten();
        flags.find(|flag| flag.base() == base)
    };
    if let Some(flag) = named(name) {
        return Ok((flag, true));
    }
    if let Some(flag) = name.strip_prefix("no-").and_then(named) {
        if flag.is_switch() || matches!(flag.effect, Effect::Absent) {
            return Ok((flag, false));
        }
        return Err(Problem::NoSwitch);
    }
    let (cut, on) = match name.strip_prefix("no-") {
        Some(cut) => (cut, false),
        None => (name, true),
    };
    let begins = |flag: &&Flag| flag.base().starts_with(cut) && (on || flag.is_switch());
    let mut found = ALL.iter().copied().flatten().filter(begins);
    match (found.next(), found.next()) {
        (Some(flag), None) => Ok((flag, on)),
        (Some(_), Some(_)) => Err(Problem::Ambiguous),
        _ => Err(Problem::Unknown),
    }
}
