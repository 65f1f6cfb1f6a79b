//! Arrays and what is made of them: sorted, grouped, joined.

use jaq_core::native::bome;
use jaq_core::ops::Math;
use jaq_core::{Cv, Native, ValX, ValXs};

use super::{Filters, table};
use crate::value::{Arr, Result, Val, calculate, compare, equal, fail, sort_values, unfit};

table! {
    "length" 0 length;
    "add" 0 add;
    "sort" 0 |value| {
        let mut elements = sortable(value)?.into_vec();
        sort_values(&mut elements, |value| value)?;
        Ok(Val::array(elements))
    };
    "unique" 0 |value| {
        let mut elements = sortable(value)?.into_vec();
        sort_values(&mut elements, |value| value)?;
        let mut kept: Vec<Val> = Vec::new();
        for value in elements {
            if kept.last().map(|last| equal(last, &value)).transpose()? != Some(true) {
                kept.push(value);
            }
        }
        Ok(Val::array(kept))
    };
    "min" 0 |value| extreme(pair(iterable(value)?), false);
    "max" 0 |value| extreme(pair(iterable(value)?), true);
    "_sort_by" rawf Native::<crate::native::Filters>::new(|cv| by(cv, |mut pairs| {
        sort_values(&mut pairs, |(key, _)| key)?;
        Ok(pairs.into_iter().map(|(_, value)| value).collect())
    }));
    "_group_by" rawf Native::<crate::native::Filters>::new(|cv| by(cv, |pairs| {
        Ok(groups(pairs)?.into_iter().map(Val::array).collect())
    }));
    "_unique_by" rawf Native::<crate::native::Filters>::new(|cv| by(cv, |pairs| {
        Ok(groups(pairs)?.into_iter().filter_map(|group| group.into_iter().next()).collect())
    }));
    "_min_by" rawf Native::<crate::native::Filters>::new(|cv| by(cv, |pairs| extreme(pairs, false)));
    "_max_by" rawf Native::<crate::native::Filters>::new(|cv| by(cv, |pairs| extreme(pairs, true)));
    "reverse" 0 reverse;
    "_flatten" 1 |value, depth| {
        let mut flat = Vec::new();
        flatten(&value, depth.number().unwrap_or(0.0), &mut flat)?;
        Ok(Val::array(flat))
    };
    "join" 1 join;
    "bsearch" 1 search;
    "builtins" 0 |_| {
        let all = crate::builtins::names().chain(super::listed());
        Ok(all.map(|(name, arity)| Val::text(format!("{name}/{arity}"))).collect())
    };
}

fn length(value: Val) -> Result {
    Ok(Val::Num(match &value {
        Val::Null | Val::Off => 0.0,
        Val::Bool(_) => return unfit(&value, "has no length"),
        Val::Num(number) => number.abs(),
        Val::Literal(literal) => {
            return Ok(match literal.negative {
                true => Val::Literal(literal.negated().into()),
                false => value,
            });
        }
        Val::Str(text) => text.chars().count() as f64,
        Val::Arr(elements) => elements.len() as f64,
        Val::Obj(entries) => entries.len() as f64,
    }))
}

fn iterable(value: Val) -> Result<Arr> {
    match value {
        Val::Arr(elements) => Ok(elements),
        Val::Obj(entries) => Ok(entries.values().cloned().collect::<Vec<_>>().into()),
        other => fail(format!("Cannot iterate over {}", other.named())),
    }
}

fn sortable(value: Val) -> Result<Arr> {
    match value {
        Val::Arr(elements) => Ok(elements),
        other => unfit(&other, "cannot be sorted, as it is not an array"),
    }
}

fn add(value: Val) -> Result {
    let elements = iterable(value)?;
    // Strings are the one case in which each step would copy all that was before.
    if elements
        .iter()
        .all(|element| matches!(element, Val::Str(_)))
        && !elements.is_empty()
    {
        let mut whole = String::new();
        for element in elements.iter() {
            if let Val::Str(text) = element {
                whole.push_str(text);
            }
        }
        return Ok(Val::text(whole));
    }
    let mut sum = Val::Null;
    for element in elements.into_vec() {
        sum = calculate(sum, Math::Add, element)?;
    }
    Ok(sum)
}

fn reverse(value: Val) -> Result {
    match value {
        Val::Arr(elements) => {
            let mut elements = elements.into_vec();
            elements.reverse();
            Ok(Val::array(elements))
        }
        Val::Str(text) if text.is_empty() => Ok(Val::array(Vec::new())),
        Val::Str(text) => Ok(Val::text(text.chars().rev().collect::<String>())),
        Val::Null => Ok(Val::array(Vec::new())),
        other => fail(format!("Cannot reverse {}", other.named())),
    }
}

fn flatten(value: &Val, depth: f64, flat: &mut Vec<Val>) -> Result<()> {
    // A stack of its own, for the depth is that of the value.
    let mut rest = vec![(iterable(value.clone())?.into_vec().into_iter(), depth)];
    while let Some((elements, depth)) = rest.last_mut() {
        match elements.next() {
            None => {
                rest.pop();
            }
            Some(Val::Arr(inner)) if *depth != 0.0 => {
                let depth = *depth - 1.0;
                rest.push((inner.into_vec().into_iter(), depth));
            }
            Some(element) => flat.push(element),
        }
    }
    Ok(())
}

fn join(value: Val, separator: Val) -> Result {
    let elements = iterable(value)?;
    let plain = |element: &Val| !matches!(element, Val::Arr(_) | Val::Obj(_));
    if let Val::Str(separator) = &separator
        && elements.iter().all(plain)
    {
        let mut whole = String::new();
        for (at, element) in elements.iter().enumerate() {
            if at > 0 {
                whole.push_str(separator);
            }
            match element {
                Val::Null => {}
                Val::Str(text) => whole.push_str(text),
                other => whole.push_str(&crate::write::compact(other)),
            }
        }
        return Ok(Val::text(whole));
    }
    let mut whole = Val::Null;
    for element in elements.iter() {
        let before = match whole {
            Val::Null => Val::text(""),
            whole => calculate(whole, Math::Add, separator.clone())?,
        };
        let element = match element {
            Val::Null => Val::text(""),
            Val::Bool(_) | Val::Num(_) | Val::Literal(_) => {
                Val::text(crate::write::compact(element))
            }
            other => other.clone(),
        };
        whole = calculate(before, Math::Add, element)?;
    }
    Ok(match whole {
        Val::Null => Val::text(""),
        whole => whole,
    })
}

fn search(value: Val, target: Val) -> Result {
    let Val::Arr(elements) = &value else {
        return unfit(&value, "cannot be searched from");
    };
    let (mut start, mut end) = (0, elements.len());
    while start < end {
        let middle = start + (end - start) / 2;
        match compare(&target, &elements[middle])? {
            std::cmp::Ordering::Equal => return Ok(Val::Num(middle as f64)),
            std::cmp::Ordering::Less => end = middle,
            std::cmp::Ordering::Greater => start = middle + 1,
        }
    }
    Ok(Val::Num(-1.0 - start as f64))
}

type Pairs = Vec<(Val, Val)>;

fn pair(elements: Arr) -> Pairs {
    let elements = elements.into_vec().into_iter();
    elements.map(|value| (value.clone(), value)).collect()
}

/// The first of the least, or the last of the greatest.
fn extreme(pairs: Pairs, greatest: bool) -> Result {
    let mut best: Option<(Val, Val)> = None;
    for (key, value) in pairs {
        let better = match &best {
            None => true,
            Some((other, _)) => (compare(&key, other)?.is_ge()) == greatest,
        };
        if better {
            best = Some((key, value));
        }
    }
    Ok(best.map_or(Val::Null, |(_, value)| value))
}

fn groups(mut pairs: Pairs) -> Result<Vec<Vec<Val>>> {
    sort_values(&mut pairs, |(key, _)| key)?;
    let mut groups: Vec<Vec<Val>> = Vec::new();
    let mut last: Option<Val> = None;
    for (key, value) in pairs {
        let same = last.as_ref().map(|last| equal(last, &key)).transpose()? == Some(true);
        match groups.last_mut() {
            Some(group) if same => group.push(value),
            _ => groups.push(vec![value]),
        }
        last = Some(key);
    }
    Ok(groups)
}

/// Each element with the list of what a filter gives for it.
fn by<'a>(mut cv: Cv<'a, Filters>, act: fn(Pairs) -> Result) -> ValXs<'a, Val> {
    let (f, context) = cv.0.pop_fun();
    let elements = match cv.1 {
        Val::Arr(elements) => elements,
        other => {
            let found = match iterable(other.clone()) {
                Ok(_) => unfit(&other, "cannot be sorted, as it is not an array"),
                Err(error) => Err(error),
            };
            return bome(found);
        }
    };
    let keyed: ValX<'a, Pairs, Val> = elements
        .into_vec()
        .into_iter()
        .map(|value| {
            let keys = f.run((context.clone(), value.clone()));
            Ok((
                Val::array(keys.collect::<ValX<'a, Vec<Val>, Val>>()?),
                value,
            ))
        })
        .collect();
    Box::new(std::iter::once(keyed.and_then(|pairs| Ok(act(pairs)?))))
}
