//! Steps, paths, and what is assigned to them.

use jaq_core::native::bome;
use jaq_core::{Exn, Native, ValT};

use super::table;
use crate::value::path;
use crate::value::{Error, Result, Val, fail};

fn once<'a, T: 'a>(
    output: Result<T>,
) -> Box<dyn Iterator<Item = std::result::Result<T, Exn<'a, Val>>> + 'a> {
    Box::new(std::iter::once(output.map_err(Exn::from)))
}

fn astray<T>(value: &Val, attempt: &str) -> Result<T> {
    fail(format!(
        "Invalid path expression near attempt to {attempt} {}",
        value.short()
    ))
}

/// The path of a list of steps, the last of which comes first.
fn collect<'a>(value: &Val, steps: impl Iterator<Item = &'a Val>) -> Result {
    let mut path: Vec<Val> = Vec::new();
    for step in steps {
        if matches!(step, Val::Off) {
            return fail(format!(
                "Invalid path expression with result {}",
                value.short()
            ));
        }
        path.push(step.clone());
    }
    path.reverse();
    Ok(Val::array(path))
}

fn slice_key(from: &Val, upto: &Val) -> Val {
    Val::object([("start", from.clone()), ("end", upto.clone())])
}

table! {
    "_value" rawf Native::<crate::native::Filters>::new(|mut cv| {
            let (f, context) = cv.0.pop_fun();
            f.run((context, cv.1))
        })
        .with_paths(|mut cv| {
            let (f, context) = cv.0.pop_fun();
            let path = cv.1.1;
            Box::new(f.run((context, cv.1.0)).map(move |output| {
                output.map(|value| (value, path.clone().cons(Val::Off)))
            }))
        });
    "_index" raw1 Native::<crate::native::Filters>::new(|mut cv| {
            let key = cv.0.pop_var();
            bome(path::index(&cv.1, &key))
        })
        .with_paths(|mut cv| {
            let key = cv.0.pop_var();
            let (value, steps) = cv.1;
            if matches!(steps.head(), Some(Val::Off)) {
                let attempt = format!("access element {} of", key.short());
                return once(astray(&value, &attempt));
            }
            once(path::index(&value, &key).map(|inner| (inner, steps.cons(key))))
        });
    "_slice" raw2 Native::<crate::native::Filters>::new(|mut cv| {
            let upto = cv.0.pop_var();
            let from = cv.0.pop_var();
            bome(path::slice(&cv.1, &from, &upto))
        })
        .with_paths(|mut cv| {
            let upto = cv.0.pop_var();
            let from = cv.0.pop_var();
            let (value, steps) = cv.1;
            let key = slice_key(&from, &upto);
            if matches!(steps.head(), Some(Val::Off)) {
                let attempt = format!("access element {} of", key.short());
                return once(astray(&value, &attempt));
            }
            once(path::slice(&value, &from, &upto).map(|inner| (inner, steps.cons(key))))
        });
    "_each" raw0 Native::<crate::native::Filters>::new(|cv| Box::new(cv.1.values().map(|value| value.map_err(Exn::from))))
        .with_paths(|cv| {
            let (value, steps) = cv.1;
            if matches!(steps.head(), Some(Val::Off)) {
                return once(astray(&value, "iterate through"));
            }
            Box::new(value.key_values().map(move |entry| {
                entry.map(|(key, value)| (value, steps.clone().cons(key))).map_err(Exn::from)
            }))
        });
    "_last" 0 |value| path::index(&value, &Val::Num(-1.0));
    "getpath" raw1 Native::<crate::native::Filters>::new(|mut cv| {
            let way = cv.0.pop_var();
            bome(path::get(&cv.1, &way))
        })
        .with_paths(|mut cv| {
            let way = cv.0.pop_var();
            let (value, steps) = cv.1;
            if matches!(steps.head(), Some(Val::Off)) {
                let attempt = format!("access element {} of", way.short());
                return once(astray(&value, &attempt));
            }
            let inner = match path::get(&value, &way) {
                Ok(inner) => inner,
                Err(error) => return once(Err(error)),
            };
            let more = match way {
                Val::Arr(more) => more.into_vec(),
                _ => Vec::new(),
            };
            once(Ok((inner, steps.extend(more))))
        });
    "setpath" 2 |value, [way, new]| path::set(value, &way, new);
    "delpaths" 1 |value, ways| path::delete(value, &ways);
    "path" rawf Native::<crate::native::Filters>::new(|mut cv| {
            let (f, context) = cv.0.pop_fun();
            Box::new(f.paths((context, (cv.1, Default::default()))).map(|output| {
                let (value, steps) = output?;
                Ok(collect(&value, steps.iter())?)
            }))
        });
    "_assign" rawvf Native::<crate::native::Filters>::new(|mut cv| {
            let ((f, context), new) = (cv.0.pop_fun(), cv.0.pop_var());
            let mut whole = cv.1.clone();
            for output in f.paths((context, (cv.1, Default::default()))) {
                let changed = output.and_then(|(value, steps)| {
                    let way = collect(&value, steps.iter())?;
                    Ok(path::set(std::mem::take(&mut whole), &way, new.clone())?)
                });
                match changed {
                    Ok(changed) => whole = changed,
                    Err(error) => return Box::new(std::iter::once(Err(error))),
                }
            }
            bome(Ok(whole))
        });
    "_modify" rawff Native::<crate::native::Filters>::new(|mut cv| {
            let update = cv.0.pop_fun();
            let (f, context) = cv.0.pop_fun();
            let mut whole = cv.1.clone();
            let mut doomed = Vec::new();
            // All paths are found before the first change, which then has the value for itself.
            let ways: Vec<_> = f
                .paths((context, (cv.1, Default::default())))
                .map(|output| {
                    let (value, steps) = output?;
                    Ok::<_, Exn<'_, Val>>(collect(&value, steps.iter())?)
                })
                .collect();
            for way in ways {
                let changed = way.and_then(|way| {
                    let old = path::get(&whole, &way)?;
                    let outputs = update.0.run((update.1.clone(), old));
                    match { outputs }.next().transpose()? {
                        Some(new) => Ok(path::set(std::mem::take(&mut whole), &way, new)?),
                        None => {
                            doomed.push(way);
                            Ok(std::mem::take(&mut whole))
                        }
                    }
                });
                match changed {
                    Ok(changed) => whole = changed,
                    Err(error) => return Box::new(std::iter::once(Err(error))),
                }
            }
            match doomed.is_empty() {
                true => bome(Ok(whole)),
                false => bome(path::delete(whole, &Val::array(doomed))),
            }
        });
    "has" 1 has;
    "keys" 0 keys;
    "keys_unsorted" 0 |value| match &value {
        Val::Obj(entries) => Ok(Val::array(entries.keys().cloned().map(Val::Str).collect())),
        _ => keys(value),
    };
    "toarray" 0 |value| Ok(match value {
        Val::Arr(_) => value,
        other => Val::array(vec![other]),
    });
    "tojson" 0 |value| Ok(Val::text(crate::write::compact(&value)));
    "fromjson" 0 |value| match &value {
        Val::Str(text) => crate::read::parse(text).map_err(|wrong| Error::new(Val::text(wrong))),
        _ => crate::value::unfit(&value, "only strings can be parsed"),
    };
}

fn has(value: Val, key: Val) -> Result {
    Ok(Val::Bool(match (&value, &key) {
        (Val::Obj(entries), Val::Str(name)) => entries.contains_key(name),
        (Val::Arr(elements), Val::Num(_) | Val::Literal(_)) => {
            let at = key.number().unwrap_or(f64::NAN);
            at.trunc() >= 0.0 && at.trunc() < elements.len() as f64
        }
        _ => {
            return fail(format!(
                "Cannot check whether {} has a {} key",
                value.kind(),
                key.kind()
            ));
        }
    }))
}

fn keys(value: Val) -> Result {
    match &value {
        Val::Obj(entries) => {
            let names = entries.sorted().into_iter();
            Ok(Val::array(
                names.map(|(name, _)| Val::Str(name.clone())).collect(),
            ))
        }
        Val::Arr(elements) => Ok((0..elements.len()).map(|at| Val::Num(at as f64)).collect()),
        _ => crate::value::unfit(&value, "has no keys"),
    }
}
