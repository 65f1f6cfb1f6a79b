//! Values put together from tokens.

use std::rc::Rc;

use super::Wrong;
use crate::value::{MAX_DEPTH, Map, Val};

enum Open {
    Array(Vec<Val>),
    Object(Map, Option<Rc<str>>),
}

/// What is being put together.
#[derive(Default)]
pub(super) struct Build {
    open: Vec<Open>,
    next: Option<Val>,
    /// The open containers, and one more for each name that waits for its value.
    depth: usize,
}

impl Build {
    pub(super) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    pub(super) fn is_number(&self) -> bool {
        let number = self.next.as_ref().and_then(Val::number);
        self.open.is_empty() && number.is_some()
    }

    pub(super) fn wants_name(&self) -> bool {
        matches!(self.open.last(), Some(Open::Object(_, None)))
    }

    pub(super) fn done(&mut self) -> Option<Val> {
        match self.open.is_empty() {
            true => self.next.take(),
            false => None,
        }
    }

    pub(super) fn value(&mut self, value: Val) -> Result<(), Wrong> {
        if self.next.is_some() {
            return Err("Expected separator between values");
        }
        self.next = Some(value);
        Ok(())
    }

    fn begin(&mut self, open: Open) -> Result<(), Wrong> {
        if self.depth >= MAX_DEPTH {
            return Err("Exceeds depth limit for parsing");
        }
        if self.next.is_some() {
            return Err("Expected separator between values");
        }
        self.depth += 1;
        self.open.push(open);
        Ok(())
    }

    pub(super) fn token(&mut self, token: u8) -> Result<(), Wrong> {
        match token {
            b'[' => self.begin(Open::Array(Vec::new())),
            b'{' => self.begin(Open::Object(Map::default(), None)),
            b':' => self.colon(),
            b',' => self.comma(),
            b']' => self.end_array(),
            _ => self.end_object(),
        }
    }

    fn colon(&mut self) -> Result<(), Wrong> {
        let Some(name) = self.next.take() else {
            return Err("Expected string key before ':'");
        };
        let Some(Open::Object(_, slot @ None)) = self.open.last_mut() else {
            return Err("':' not as part of an object");
        };
        let Val::Str(name) = name else {
            return Err("Object keys must be strings");
        };
        *slot = Some(name);
        self.depth += 1;
        Ok(())
    }

    fn comma(&mut self) -> Result<(), Wrong> {
        let Some(value) = self.next.take() else {
            return Err("Expected value before ','");
        };
        match self.open.last_mut() {
            None => Err("',' not as part of an object or array"),
            Some(Open::Array(elements)) => {
                elements.push(value);
                Ok(())
            }
            Some(Open::Object(entries, name)) => match name.take() {
                Some(name) => {
                    entries.insert(name, value);
                    self.depth -= 1;
                    Ok(())
                }
                None => Err("Objects must consist of key:value pairs"),
            },
        }
    }

    fn end_array(&mut self) -> Result<(), Wrong> {
        let Some(Open::Array(elements)) = self.open.last_mut() else {
            return Err("Unmatched ']'");
        };
        match self.next.take() {
            Some(value) => elements.push(value),
            None if elements.is_empty() => {}
            None => return Err("Expected another array element"),
        }
        let mut elements = std::mem::take(elements);
        elements.shrink_to_fit();
        self.end(Val::array(elements))
    }

    fn end_object(&mut self) -> Result<(), Wrong> {
        let (entries, name) = match self.open.last_mut() {
            None => return Err("Unmatched '}'"),
            Some(Open::Array(_)) if self.next.is_some() => {
                return Err("Objects must consist of key:value pairs");
            }
            Some(Open::Array(_)) => return Err("Unmatched '}'"),
            Some(Open::Object(entries, name)) => (entries, name),
        };
        match (self.next.take(), name.take()) {
            (Some(value), Some(name)) => {
                entries.insert(name, value);
                self.depth -= 1;
            }
            (Some(_), None) => return Err("Objects must consist of key:value pairs"),
            (None, Some(_)) => return Err("Unmatched '}'"),
            (None, None) if entries.is_empty() => {}
            (None, None) => return Err("Expected another key-value pair"),
        }
        let entries = std::mem::take(entries);
        self.end(Val::Obj(entries.into()))
    }

    fn end(&mut self, value: Val) -> Result<(), Wrong> {
        self.open.pop();
        self.depth -= 1;
        self.next = Some(value);
        Ok(())
    }
}
