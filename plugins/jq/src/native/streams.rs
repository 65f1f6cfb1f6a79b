//! Functions that go through the outputs of others, or give many of their own.

use jaq_core::native::bome;
use jaq_core::{Exn, Native};

use super::table;
use crate::value::{Error, Val, fail};

table! {
    "empty" raw0 Native::new(|_| Box::new(std::iter::empty()))
        .with_paths(|_| Box::new(std::iter::empty()));
    "error" raw0 Native::<crate::native::Filters>::new(|cv| bome(Err(Error::new(cv.1))))
        .with_paths(|cv| Box::new(std::iter::once(Err(Exn::from(Error::new(cv.1.0))))));
    "first" rawf Native::<crate::native::Filters>::new(|mut cv| {
            let (f, context) = cv.0.pop_fun();
            Box::new(f.run((context, cv.1)).next().into_iter())
        })
        .with_paths(|mut cv| {
            let (f, context) = cv.0.pop_fun();
            Box::new(f.paths((context, cv.1)).next().into_iter())
        });
    "last" rawf Native::<crate::native::Filters>::new(|mut cv| {
            let (f, context) = cv.0.pop_fun();
            let last = f.run((context, cv.1)).try_fold(None, |_, output| output.map(Some));
            Box::new(last.transpose().into_iter())
        })
        .with_paths(|mut cv| {
            let (f, context) = cv.0.pop_fun();
            let last = f.paths((context, cv.1)).try_fold(None, |_, output| output.map(Some));
            Box::new(last.transpose().into_iter())
        });
    "_last_or_null" rawf Native::<crate::native::Filters>::new(|mut cv| {
            let (f, context) = cv.0.pop_fun();
            let last = f.run((context, cv.1)).try_fold(None, |_, output| output.map(Some));
            Box::new(std::iter::once(last.map(Option::unwrap_or_default)))
        })
        .with_paths(|mut cv| {
            let (f, context) = cv.0.pop_fun();
            let last = f.paths((context, cv.1)).try_fold(None, |_, output| output.map(Some));
            Box::new(last.transpose().into_iter())
        });
    "_limit" rawvf Native::<crate::native::Filters>::new(|mut cv| {
            let ((f, context), count) = (cv.0.pop_fun(), times(&cv.0.pop_var()));
            match count {
                0 => Box::new(std::iter::empty()),
                _ => Box::new(f.run((context, cv.1)).take(count)),
            }
        })
        .with_paths(|mut cv| {
            let ((f, context), count) = (cv.0.pop_fun(), times(&cv.0.pop_var()));
            match count {
                0 => Box::new(std::iter::empty()),
                _ => Box::new(f.paths((context, cv.1)).take(count)),
            }
        });
    "_skip" rawvf Native::<crate::native::Filters>::new(|mut cv| {
            let ((f, context), count) = (cv.0.pop_fun(), times(&cv.0.pop_var()));
            let mut left = count;
            Box::new(f.run((context, cv.1)).filter(move |output| {
                let passed = output.is_err() || left == 0;
                left = left.saturating_sub(1);
                passed
            }))
        })
        .with_paths(|mut cv| {
            let ((f, context), count) = (cv.0.pop_fun(), times(&cv.0.pop_var()));
            let mut left = count;
            Box::new(f.paths((context, cv.1)).filter(move |output| {
                let passed = output.is_err() || left == 0;
                left = left.saturating_sub(1);
                passed
            }))
        });
    "range" raw2 Native::<crate::native::Filters>::new(|mut cv| {
            let upto = cv.0.pop_var();
            let from = cv.0.pop_var();
            let (Some(from), Some(upto)) = (from.number(), upto.number()) else {
                return bome(fail("Range bounds must be numeric"));
            };
            let mut next = from;
            Box::new(std::iter::from_fn(move || {
                (next < upto).then(|| {
                    let this = next;
                    next += 1.0;
                    Ok(Val::Num(this))
                })
            }))
        });
}

/// A count; a part of one counts as one.
fn times(count: &Val) -> usize {
    match count.number() {
        Some(count) => count.ceil().max(0.0) as usize,
        // What is no number is greater than every number, or less.
        None => match count {
            Val::Null | Val::Off | Val::Bool(_) => 0,
            _ => usize::MAX,
        },
    }
}
