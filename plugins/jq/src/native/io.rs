//! What filters learn from outside, and what they tell: inputs, the environment, messages.

use std::cell::{Cell, RefCell};

use jaq_core::native::bome;
use jaq_core::{Exn, Native};

use super::table;
use crate::value::{Error, Result, Val, fail};

/// Where inputs come from.
pub(crate) trait Inputs {
    /// The next input; `None` at the end.
    fn next(&mut self) -> Option<std::result::Result<Val, String>>;

    /// The name of the file; null for standard input.
    fn file(&self) -> Val;

    /// How many line ends of it were read.
    fn lines(&self) -> usize;

    /// Where the input that was given last is, for a message.
    fn place(&self) -> String;
}

/// Says what is known of a module.
type Describe = dyn Fn(&str) -> std::result::Result<Val, String>;

/// What is outside of a program.
pub(crate) struct World {
    pub(crate) inputs: RefCell<Box<dyn Inputs>>,
    pub(crate) environment: Val,
    /// Takes what is for standard error.
    pub(crate) tell: fn(&[u8]),
    /// Whether the program has ended the run.
    pub(crate) halted: Cell<bool>,
    pub(crate) folders: Vec<String>,
    /// The metadata of a module.
    pub(crate) describe: Box<Describe>,
}

table! {
    "input" raw0 Native::<crate::native::Filters>::new(|cv| {
        let world = cv.0.data().world;
        let next = world.inputs.borrow_mut().next();
        bome(match next {
            Some(Ok(value)) => Ok(value),
            Some(Err(wrong)) => Err(Error::new(Val::text(wrong))),
            None => fail("break"),
        })
    });
    "_inputs" raw0 Native::<crate::native::Filters>::new(|cv| {
        let world = cv.0.data().world;
        Box::new(std::iter::from_fn(move || {
            let next = world.inputs.borrow_mut().next();
            next.map(|next| next.map_err(|wrong| Exn::from(Error::new(Val::text(wrong)))))
        }))
    });
    "input_filename" raw0 Native::<crate::native::Filters>::new(|cv| bome(Ok(cv.0.data().world.inputs.borrow().file())));
    "_line" raw0 Native::<crate::native::Filters>::new(|cv| {
        bome(Ok(Val::Num(cv.0.data().world.inputs.borrow().lines() as f64)))
    });
    "env" raw0 Native::<crate::native::Filters>::new(|cv| bome(Ok(cv.0.data().world.environment.clone())));
    "debug" raw0 Native::<crate::native::Filters>::new(|cv| {
        let mut line = b"[\"DEBUG:\",".to_vec();
        crate::write::write(&mut line, &cv.1, &crate::write::Style::default());
        line.extend_from_slice(b"]\n");
        (cv.0.data().world.tell)(&line);
        bome(Ok(cv.1))
    });
    "stderr" raw0 Native::<crate::native::Filters>::new(|cv| {
        let text = match &cv.1 {
            Val::Str(text) => text.to_string(),
            other => crate::write::compact(other),
        };
        (cv.0.data().world.tell)(text.as_bytes());
        bome(Ok(cv.1))
    });
    "halt" raw0 Native::<crate::native::Filters>::new(|cv| {
        cv.0.data().world.halted.set(true);
        Box::new(std::iter::once(Err(Exn::halt(0))))
    });
    "halt_error" raw1 Native::<crate::native::Filters>::new(|mut cv| {
        let code = cv.0.pop_var();
        let Some(code) = code.number() else {
            return bome(crate::value::unfit(&cv.1, "halt_error/1: number required"));
        };
        let world = cv.0.data().world;
        match &cv.1 {
            Val::Null => {}
            Val::Str(text) => (world.tell)(text.as_bytes()),
            other => {
                let mut line = crate::write::compact(other).into_bytes();
                line.push(b'\n');
                (world.tell)(&line);
            }
        }
        world.halted.set(true);
        Box::new(std::iter::once(Err(Exn::halt(code as i32))))
    });
    "_search_list" raw0 Native::<crate::native::Filters>::new(|cv| {
        let folders = cv.0.data().world.folders.iter();
        bome(Ok(folders.map(|folder| Val::text(folder.clone())).collect()))
    });
    "modulemeta" raw0 Native::<crate::native::Filters>::new(|cv| bome(module(cv.0.data().world, &cv.1)));
}

fn module(world: &World, name: &Val) -> Result {
    match name {
        Val::Str(name) => (world.describe)(name).map_err(|wrong| Error::new(Val::text(wrong))),
        _ => fail("modulemeta input module name must be a string"),
    }
}
