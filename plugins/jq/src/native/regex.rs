//! Regular expressions in the syntax of Oniguruma.

use std::cell::RefCell;
use std::rc::Rc;

use fancy_regex::{Regex, RegexBuilder};
use jaq_core::native::bome;
use jaq_core::ops::Math;
use jaq_core::{Native, ValX};

use super::table;
use crate::value::{Error, Map, Result, Val, calculate, fail, unfit};

table! {
    "_match" 3 find;
    "_spec" 1 specification;
    "_named" 0 named;
    "_cut" 1 cut;
    "_replace" rawvf Native::<crate::native::Filters>::new(|mut cv| {
        let ((f, context), edits) = (cv.0.pop_fun(), cv.0.pop_var());
        let (Val::Str(text), Val::Arr(edits)) = (&cv.1, &edits) else {
            return bome(unfit(&cv.1, "cannot be matched, as it is not a string"));
        };
        if edits.is_empty() {
            return bome(Ok(cv.1));
        }
        let places = Places::new(text);
        let mut results: Vec<Val> = Vec::new();
        let mut previous = 0;
        for edit in edits.iter() {
            let (offset, length) = extent(edit);
            let gap = Val::text(places.part(previous, offset));
            let names = match named(edit.clone()) {
                Ok(names) => names,
                Err(error) => return bome(Err(error)),
            };
            let inserts: ValX<'_, Vec<Val>, Val> = f.run((context.clone(), names)).collect();
            let inserts = match inserts {
                Ok(inserts) => inserts,
                Err(error) => return Box::new(std::iter::once(Err(error))),
            };
            for (at, insert) in inserts.into_iter().enumerate() {
                if at == results.len() {
                    results.push(Val::Null);
                }
                let before = std::mem::take(&mut results[at]);
                let added = calculate(gap.clone(), Math::Add, insert)
                    .and_then(|more| calculate(before, Math::Add, more));
                match added {
                    Ok(added) => results[at] = added,
                    Err(error) => return bome(Err(error)),
                }
            }
            previous = offset + length;
        }
        if results.is_empty() {
            return bome(Ok(cv.1));
        }
        let tail = Val::text(places.part(previous, usize::MAX));
        Box::new(results.into_iter().map(move |result| {
            Ok(calculate(result, Math::Add, tail.clone())?)
        }))
    });
}

/// Where the code points of a text begin.
struct Places<'a> {
    text: &'a str,
    /// Only needed if not every code point is one octet.
    starts: Option<Vec<usize>>,
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        let starts = match text.is_ascii() {
            true => None,
            false => Some(text.char_indices().map(|(at, _)| at).collect()),
        };
        Self { text, starts }
    }

    fn octet(&self, point: usize) -> usize {
        match &self.starts {
            None => point.min(self.text.len()),
            Some(starts) => starts.get(point).copied().unwrap_or(self.text.len()),
        }
    }

    fn point(&self, octet: usize) -> usize {
        match &self.starts {
            None => octet,
            Some(starts) => starts.partition_point(|start| *start < octet),
        }
    }

    fn part(&self, from: usize, upto: usize) -> &'a str {
        let (from, upto) = (self.octet(from), self.octet(upto));
        &self.text[from..upto.max(from)]
    }
}

fn extent(edit: &Val) -> (usize, usize) {
    let field = |name: &str| match edit {
        Val::Obj(entries) => entries.get(name).and_then(Val::number).unwrap_or(0.0) as usize,
        _ => 0,
    };
    (field("offset"), field("length"))
}

/// A regular expression alone, or an array of it and its flags.
fn specification(_: Val, spec: Val) -> Result {
    let pair = |regex: Val, flags: Val| Ok(Val::array(vec![regex, flags]));
    match &spec {
        Val::Str(_) => pair(spec, Val::Null),
        Val::Arr(parts) if parts.len() > 1 => pair(parts[0].clone(), parts[1].clone()),
        Val::Arr(parts) if parts.len() == 1 => pair(parts[0].clone(), Val::Null),
        _ => fail(format!("{} not a string or array", spec.kind())),
    }
}

/// The named captures of a match.
fn named(found: Val) -> Result {
    let mut names = Map::default();
    if let Val::Obj(found) = &found
        && let Some(Val::Arr(captures)) = found.get("captures")
    {
        for capture in captures.iter() {
            if let Val::Obj(capture) = capture
                && let Some(Val::Str(name)) = capture.get("name")
            {
                let text = capture.get("string").cloned().unwrap_or_default();
                names.insert(name.clone(), text);
            }
        }
    }
    Ok(Val::Obj(names.into()))
}

/// What lies between matches.
fn cut(value: Val, matches: Val) -> Result {
    let (Val::Str(text), Val::Arr(matches)) = (&value, &matches) else {
        return unfit(&value, "cannot be matched, as it is not a string");
    };
    let places = Places::new(text);
    let mut parts = Vec::with_capacity(matches.len() + 1);
    let mut previous = 0;
    for found in matches.iter() {
        let (offset, length) = extent(found);
        parts.push(Val::text(places.part(previous, offset)));
        previous = offset + length;
    }
    parts.push(Val::text(places.part(previous, usize::MAX)));
    Ok(Val::array(parts))
}

#[derive(Default)]
struct Flags {
    global: bool,
    ignore_case: bool,
    extended: bool,
    dot_all: bool,
    not_empty: bool,
}

fn flags(modifiers: &Val) -> Result<Flags> {
    let mut flags = Flags::default();
    let text = match modifiers {
        Val::Null => return Ok(flags),
        Val::Str(text) => text,
        other => return unfit(other, "is not a string"),
    };
    for c in text.chars() {
        match c {
            'g' => flags.global = true,
            'i' => flags.ignore_case = true,
            'x' => flags.extended = true,
            'm' | 'p' => flags.dot_all = true,
            's' => {}
            'l' => {}
            'n' => flags.not_empty = true,
            _ => return fail(format!("{text} is not a valid modifier string")),
        }
    }
    Ok(flags)
}

thread_local! {
    /// The expressions used last, with how they were asked for.
    static KNOWN: RefCell<Vec<(String, Rc<Regex>)>> = const { RefCell::new(Vec::new()) };
}

/// How many expressions are kept.
const KEPT: usize = 32;

fn regex(pattern: &str, flags: &Flags) -> Result<Rc<Regex>> {
    let key = format!(
        "{}{}{}{pattern}",
        flags.ignore_case, flags.extended, flags.dot_all
    );
    let known = KNOWN.with_borrow(|known| {
        let found = known.iter().find(|(other, _)| *other == key);
        found.map(|(_, regex)| regex.clone())
    });
    if let Some(known) = known {
        return Ok(known);
    }
    let mut builder = RegexBuilder::new(pattern);
    builder
        .case_insensitive(flags.ignore_case)
        .ignore_whitespace(flags.extended)
        .dot_matches_new_line(flags.dot_all)
        // In Oniguruma's Perl syntax `^` and `$` are at the ends of lines.
        .multi_line(false)
        .backtrack_limit(1_000_000);
    match builder.build() {
        Ok(regex) => {
            let regex = Rc::new(regex);
            KNOWN.with_borrow_mut(|known| {
                if known.len() >= KEPT {
                    known.remove(0);
                }
                known.push((key, regex.clone()));
            });
            Ok(regex)
        }
        Err(error) => fail(format!(
            "{pattern} (at offset 0) is not a valid regex: {error}"
        )),
    }
}

fn find(value: Val, [pattern, modifiers, test]: [Val; 3]) -> Result {
    let Val::Str(text) = &value else {
        return unfit(&value, "cannot be matched, as it is not a string");
    };
    let Val::Str(pattern) = &pattern else {
        return unfit(&pattern, "is not a string");
    };
    let flags = flags(&modifiers)?;
    let regex = regex(pattern, &flags)?;
    let failed =
        |error: fancy_regex::Error| Error::new(Val::text(format!("Regex failure: {error}")));
    if test.is_true() && !flags.not_empty {
        return Ok(Val::Bool(regex.is_match(&**text).map_err(failed)?));
    }
    let names: Vec<Option<Rc<str>>> = regex
        .capture_names()
        .map(|name| name.map(Into::into))
        .collect();
    let places = Places::new(text);
    let mut found = Vec::new();
    let mut start = 0;
    while start <= text.len() {
        let Some(captures) = regex.captures_from_pos(&**text, start).map_err(failed)? else {
            break;
        };
        let Some(whole) = captures.get(0) else {
            break;
        };
        let empty = whole.start() == whole.end();
        start = match empty {
            true => whole.end() + text[whole.end()..].chars().next().map_or(1, char::len_utf8),
            false => whole.end(),
        };
        if empty && flags.not_empty {
            continue;
        }
        if test.is_true() {
            return Ok(Val::Bool(true));
        }
        found.push(describe(
            &captures,
            whole.start()..whole.end(),
            &names,
            &places,
        ));
        if !flags.global {
            break;
        }
    }
    match test.is_true() {
        true => Ok(Val::Bool(false)),
        false => Ok(Val::array(found)),
    }
}

fn describe(
    captures: &fancy_regex::Captures<'_, str>,
    whole: std::ops::Range<usize>,
    names: &[Option<Rc<str>>],
    places: &Places<'_>,
) -> Val {
    let part = |range: std::ops::Range<usize>| {
        let from = places.point(range.start);
        let length = places.point(range.end) - from;
        (
            Val::Num(from as f64),
            Val::Num(length as f64),
            Val::text(&places.text[range]),
        )
    };
    let groups = names.iter().enumerate().skip(1).map(|(at, name)| {
        let (offset, length, string) = match captures.get(at) {
            Some(group) => part(group.start()..group.end()),
            None => (Val::Num(-1.0), Val::Num(0.0), Val::Null),
        };
        let name = name.clone().map_or(Val::Null, Val::Str);
        // The order is that of jq, which differs for what is empty.
        match length.number() == Some(0.0) {
            true => Val::object([
                ("offset", offset),
                ("string", string),
                ("length", length),
                ("name", name),
            ]),
            false => Val::object([
                ("offset", offset),
                ("length", length),
                ("string", string),
                ("name", name),
            ]),
        }
    });
    let groups = groups.collect();
    let (offset, length, string) = part(whole);
    Val::object([
        ("offset", offset),
        ("length", length),
        ("string", string),
        ("captures", groups),
    ])
}
