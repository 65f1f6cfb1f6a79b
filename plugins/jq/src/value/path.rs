//! What lies at a path: `.[key]`, `.[from:upto]`, `getpath`, `setpath`, `delpaths`.

use std::ops::Range;

use super::{MAX_DEPTH, Map, Result, Val, compare, fail, sort_values};

/// The longest array that an assignment may make.
const LARGEST_INDEX: f64 = 536_870_911.0;

/// `.[key]`.
pub(crate) fn index(value: &Val, key: &Val) -> Result {
    match (value, key) {
        (Val::Obj(entries), Val::Str(name)) => Ok(entries.get(name).cloned().unwrap_or(Val::Null)),
        (Val::Null, Val::Str(_) | Val::Num(_) | Val::Literal(_) | Val::Obj(_)) => Ok(Val::Null),
        (Val::Arr(elements), Val::Num(_) | Val::Literal(_)) => {
            let at = key.number().unwrap_or(f64::NAN);
            Ok(place(at, elements.len())
                .and_then(|at| elements.get(at))
                .cloned()
                .unwrap_or(Val::Null))
        }
        (Val::Arr(_) | Val::Str(_), Val::Obj(ends)) if is_slice(ends) => {
            let from = ends.get("start").unwrap_or(&Val::Null);
            let upto = ends.get("end").unwrap_or(&Val::Null);
            slice(value, from, upto)
        }
        (Val::Arr(elements), Val::Arr(part)) => positions(elements, part),
        _ => fail(format!(
            "Cannot index {} with {}",
            value.kind(),
            key.named()
        )),
    }
}

fn is_slice(ends: &Map) -> bool {
    ends.contains_key("start") || ends.contains_key("end")
}

/// Where an index points, counted from the end if it is negative.
fn place(at: f64, length: usize) -> Option<usize> {
    if at.is_nan() {
        return None;
    }
    let at = at.floor();
    let at = if at < 0.0 { at + length as f64 } else { at };
    (at >= 0.0).then_some(at as usize)
}

fn positions(elements: &[Val], part: &[Val]) -> Result {
    let mut found = Vec::new();
    if !part.is_empty() {
        'each: for (at, window) in elements.windows(part.len()).enumerate() {
            for (a, b) in window.iter().zip(part) {
                if !super::equal(a, b)? {
                    continue 'each;
                }
            }
            found.push(Val::Num(at as f64));
        }
    } else {
        return Ok(Val::Null);
    }
    Ok(Val::array(found))
}

/// `.[from:upto]`.
pub(crate) fn slice(value: &Val, from: &Val, upto: &Val) -> Result {
    match value {
        Val::Null | Val::Off => Ok(Val::Null),
        Val::Arr(elements) => {
            let range = bounds(from, upto, elements.len())?;
            Ok(Val::array(elements[range].to_vec()))
        }
        Val::Str(text) => {
            let range = bounds(from, upto, text.chars().count())?;
            let octet = |at: usize| {
                let mut starts = text.char_indices().map(|(start, _)| start);
                starts.nth(at).unwrap_or(text.len())
            };
            Ok(Val::text(&text[octet(range.start)..octet(range.end)]))
        }
        _ => fail(format!("Cannot index {} with object", value.kind())),
    }
}

fn bounds(from: &Val, upto: &Val, length: usize) -> Result<Range<usize>> {
    let end = |end: &Val, missing: f64| match end {
        Val::Null => Ok(missing),
        _ => match end.number() {
            Some(number) if number.is_nan() => Ok(missing),
            Some(number) if number < 0.0 => Ok(number + length as f64),
            Some(number) => Ok(number),
            None => fail("Array/string slice indices must be integers"),
        },
    };
    let (from, upto) = (end(from, 0.0)?, end(upto, length as f64)?);
    let from = (from.floor().max(0.0) as usize).min(length);
    let upto = (upto.ceil().max(0.0) as usize).min(length);
    Ok(from..upto.max(from))
}

/// The value at a path.
pub(crate) fn get(value: &Val, path: &Val) -> Result {
    let mut value = value.clone();
    for key in steps(path)? {
        if matches!(value, Val::Null) {
            return Ok(Val::Null);
        }
        value = index(&value, key)?;
    }
    Ok(value)
}

fn steps(path: &Val) -> Result<&[Val]> {
    match path {
        Val::Arr(steps) if steps.len() > MAX_DEPTH => fail("Path too deep"),
        Val::Arr(steps) => Ok(steps),
        _ => fail("Path must be specified as an array"),
    }
}

/// The value with another one at a path.
pub(crate) fn set(value: Val, path: &Val, new: Val) -> Result {
    let mut new = Some(new);
    update(value, steps(path)?, &mut |_| {
        Ok(new.take().unwrap_or_default())
    })
}

/// The value with what is at a path changed.
pub(crate) fn update(value: Val, path: &[Val], change: &mut dyn FnMut(Val) -> Result) -> Result {
    // Taken out, so that what nobody shares is changed in place.
    let mut outer = Vec::with_capacity(path.len());
    let mut value = value;
    for key in path {
        let (inner, rest) = take(value, key)?;
        outer.push((rest, key));
        value = inner;
    }
    let mut value = change(value)?;
    while let Some((rest, key)) = outer.pop() {
        value = put(rest, key, value)?;
    }
    Ok(value)
}

/// What is at a key, and the rest with null in its place.
fn take(mut value: Val, key: &Val) -> Result<(Val, Val)> {
    let taken = match (&mut value, key) {
        (Val::Obj(entries), Val::Str(name)) => match entries.contains_key(name) {
            true => entries.own().get_mut(name).map(std::mem::take),
            false => None,
        },
        (Val::Arr(elements), Val::Num(_) | Val::Literal(_)) => {
            let at = place(key.number().unwrap_or(f64::NAN), elements.len());
            at.filter(|at| *at < elements.len())
                .and_then(|at| elements.own().get_mut(at).map(std::mem::take))
        }
        _ => return Ok((index(&value, key)?, value)),
    };
    Ok((taken.unwrap_or(Val::Null), value))
}

/// `value` with `new` at a key.
fn put(value: Val, key: &Val, new: Val) -> Result {
    match (value, key) {
        (Val::Null, Val::Str(_)) => put(Val::Obj(Map::default().into()), key, new),
        (Val::Null, Val::Num(_) | Val::Literal(_)) => put(Val::array(Vec::new()), key, new),
        (Val::Null, Val::Obj(ends)) if is_slice(ends) => put(Val::array(Vec::new()), key, new),
        (Val::Obj(mut entries), Val::Str(name)) => {
            entries.own().insert(name.clone(), new);
            Ok(Val::Obj(entries))
        }
        (Val::Arr(mut elements), Val::Num(_) | Val::Literal(_)) => {
            let at = key.number().unwrap_or(f64::NAN);
            if at.is_nan() {
                return fail("Cannot set array element at NaN index");
            }
            let Some(place) = place(at, elements.len()) else {
                return fail("Out of bounds negative array index");
            };
            if at > LARGEST_INDEX {
                return fail("Array index too large");
            }
            let own = elements.own();
            if place >= own.len() {
                own.resize(place + 1, Val::Null);
            }
            own[place] = new;
            Ok(Val::Arr(elements))
        }
        (Val::Arr(mut elements), Val::Obj(ends)) if is_slice(ends) => {
            let from = ends.get("start").unwrap_or(&Val::Null);
            let upto = ends.get("end").unwrap_or(&Val::Null);
            let range = bounds(from, upto, elements.len())?;
            let Val::Arr(new) = new else {
                return fail("A slice of an array can only be assigned another array");
            };
            elements.own().splice(range, new.into_vec());
            Ok(Val::Arr(elements))
        }
        (Val::Str(_), Val::Obj(_)) => fail("Cannot update string slices"),
        (value @ (Val::Obj(_) | Val::Arr(_)), Val::Arr(_) | Val::Obj(_)) => fail(format!(
            "Cannot update field at {} index of {}",
            if matches!(key, Val::Arr(_)) {
                "array"
            } else {
                "object"
            },
            value.kind()
        )),
        (value, key) => fail(format!(
            "Cannot index {} with {}",
            value.kind(),
            key.named()
        )),
    }
}

/// The value without what is at the paths.
pub(crate) fn delete(value: Val, paths: &Val) -> Result {
    let Val::Arr(paths) = paths else {
        return fail("Paths must be specified as an array");
    };
    let mut sorted: Vec<&Val> = paths.iter().collect();
    sort_values(&mut sorted, |path| path)?;
    for path in &sorted {
        if !matches!(path, Val::Arr(_)) {
            return fail(format!(
                "Path must be specified as array, not {}",
                path.kind()
            ));
        }
        steps(path)?;
    }
    let sorted: Vec<&[Val]> = sorted.into_iter().filter_map(|p| steps(p).ok()).collect();
    delete_at(value, &sorted, 0)
}

/// Deletes sorted paths that agree in their first `depth` steps.
fn delete_at(mut value: Val, paths: &[&[Val]], depth: usize) -> Result {
    // Where one path leads to many steps without a branch, nothing is nested.
    if paths.first().is_some_and(|path| path.len() == depth) {
        return Ok(Val::Null);
    }
    if let [path] = paths
        && path.len() > depth + 1
    {
        let (last, way) = path[depth..].split_last().unwrap_or((&Val::Null, &[]));
        if matches!(get(&value, &Val::array(way.to_vec()))?, Val::Null) {
            return Ok(value);
        }
        let last = [last.clone()];
        return update(value, way, &mut |inner| delete_at(inner, &[&last[..]], 0));
    }
    let mut doomed: Vec<&Val> = Vec::new();
    let mut at = paths.len();
    // From the last path to the first, so that places stay what they are.
    while at > 0 {
        let key = &paths[at - 1][depth];
        let mut start = at - 1;
        while start > 0 && compare(&paths[start - 1][depth], key)?.is_eq() {
            start -= 1;
        }
        let group = &paths[start..at];
        if group[0].len() == depth + 1 {
            doomed.push(key);
        } else if !matches!(value, Val::Null) {
            let (inner, rest) = take(value, key)?;
            value = match inner {
                Val::Null => rest,
                inner => put(rest, key, delete_at(inner, group, depth + 1)?)?,
            };
        }
        at = start;
    }
    remove(value, &doomed)
}

/// The value without these keys.
fn remove(value: Val, keys: &[&Val]) -> Result {
    match value {
        _ if keys.is_empty() => Ok(value),
        Val::Null => Ok(value),
        Val::Obj(mut entries) => {
            for key in keys {
                let Val::Str(name) = key else {
                    return fail(format!("Cannot delete {} field of object", key.kind()));
                };
                if entries.contains_key(name) {
                    entries.own().shift_remove(name);
                }
            }
            Ok(Val::Obj(entries))
        }
        Val::Arr(elements) => {
            let length = elements.len();
            let mut gone = vec![false; length];
            for key in keys {
                match key {
                    Val::Num(_) | Val::Literal(_) => {
                        let at = place(key.number().unwrap_or(f64::NAN), length);
                        if let Some(gone) = at.and_then(|at| gone.get_mut(at)) {
                            *gone = true;
                        }
                    }
                    Val::Obj(ends) if is_slice(ends) => {
                        let from = ends.get("start").unwrap_or(&Val::Null);
                        let upto = ends.get("end").unwrap_or(&Val::Null);
                        gone[bounds(from, upto, length)?].fill(true);
                    }
                    _ => {
                        return fail(format!("Cannot delete {} element of array", key.kind()));
                    }
                }
            }
            let mut gone = gone.into_iter();
            let mut elements = elements.into_vec();
            elements.retain(|_| !gone.next().unwrap_or(false));
            Ok(Val::array(elements))
        }
        _ => fail(format!("Cannot delete fields from {}", value.kind())),
    }
}
