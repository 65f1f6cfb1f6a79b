//! The events of `--stream`: a leaf with its path as soon as it is known, so that memory does not grow with the text.

use super::Wrong;
use crate::value::{Map, Val};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Nothing,
    OpenArray,
    OpenObject,
    Colon,
    Comma,
    Value,
}

/// Where in the text the reader is.
#[derive(Default)]
pub(super) struct Events {
    /// A number in an array; a name in an object, or null before it.
    path: Vec<Val>,
    next: Option<Val>,
    output: Option<Val>,
    /// A container has ended: its event follows.
    closing: Option<Val>,
    last: Last,
}

impl Events {
    pub(super) fn path(&self) -> &[Val] {
        &self.path
    }

    pub(super) fn is_open(&self) -> bool {
        !self.path.is_empty()
    }

    pub(super) fn is_number(&self) -> bool {
        let number = self.next.as_ref().and_then(Val::number);
        self.path.is_empty() && number.is_some()
    }

    fn event(&self, value: Val) -> Val {
        Val::array(vec![Val::array(self.path.clone()), value])
    }

    pub(super) fn done(&mut self) -> Option<Val> {
        if self.path.is_empty()
            && let Some(value) = self.next.take()
        {
            return Some(self.event(value));
        }
        self.output.take().or_else(|| self.closing.take())
    }

    pub(super) fn value(&mut self, value: Val) -> Result<(), Wrong> {
        if self.next.is_some() || self.last == Last::Value {
            return Err("Expected separator between values");
        }
        self.last = match self.path.is_empty() {
            true => Last::Nothing,
            false => Last::Value,
        };
        self.next = Some(value);
        Ok(())
    }

    fn in_array(&self) -> bool {
        matches!(self.path.last(), Some(Val::Num(_)))
    }

    pub(super) fn token(&mut self, token: u8) -> Result<(), Wrong> {
        match token {
            b'[' => self.open_array(),
            b'{' => self.open_object(),
            b':' => self.colon(),
            b',' => self.comma(),
            b']' => self.end_array(),
            _ => self.end_object(),
        }
    }

    fn check_depth(&self) -> Result<(), Wrong> {
        match self.path.len() >= crate::value::MAX_DEPTH {
            true => Err("Exceeds depth limit for parsing"),
            false => Ok(()),
        }
    }

    fn open_array(&mut self) -> Result<(), Wrong> {
        self.check_depth()?;
        if self.next.is_some() {
            return Err("Expected a separator between values");
        }
        if self.last == Last::OpenObject {
            return Err("Expected string key after '{', not '['");
        }
        if self.last == Last::Comma && !self.in_array() {
            return Err("Expected string key after ',' in object, not '['");
        }
        self.path.push(Val::Num(0.0));
        self.last = Last::OpenArray;
        Ok(())
    }

    fn open_object(&mut self) -> Result<(), Wrong> {
        self.check_depth()?;
        if self.last == Last::Value {
            return Err("Expected a separator between values");
        }
        if self.last == Last::OpenObject {
            return Err("Expected string key after '{', not '{'");
        }
        if self.last == Last::Comma && !self.in_array() {
            return Err("Expected string key after ',' in object, not '{'");
        }
        self.path.push(Val::Null);
        self.last = Last::OpenObject;
        Ok(())
    }

    fn colon(&mut self) -> Result<(), Wrong> {
        if self.path.is_empty() || self.in_array() {
            return Err("':' not as part of an object");
        }
        if self.next.is_none() || self.last == Last::Nothing {
            return Err("Expected string key before ':'");
        }
        if !matches!(self.next, Some(Val::Str(_))) {
            return Err("Object keys must be strings");
        }
        if self.last != Last::Value || !matches!(self.path.last(), Some(Val::Null)) {
            return Err("':' should follow a key");
        }
        self.last = Last::Colon;
        if let (Some(slot), Some(name)) = (self.path.last_mut(), self.next.take()) {
            *slot = name;
        }
        Ok(())
    }

    fn comma(&mut self) -> Result<(), Wrong> {
        if self.last != Last::Value {
            return Err("Expected value before ','");
        }
        let following = match self.path.last() {
            None => return Err("',' not as part of an object or array"),
            Some(Val::Num(at)) => Val::Num(at + 1.0),
            Some(Val::Str(_)) => Val::Null,
            Some(_) => return Err("Objects must consist of key:value pairs"),
        };
        if let Some(value) = self.next.take() {
            self.output = Some(self.event(value));
        }
        if let Some(slot) = self.path.last_mut() {
            *slot = following;
        }
        self.last = Last::Comma;
        Ok(())
    }

    fn end_array(&mut self) -> Result<(), Wrong> {
        if self.path.is_empty() {
            return Err("Unmatched ']' at the top-level");
        }
        if self.last == Last::Comma {
            return Err("Expected another array element");
        }
        if !self.in_array() {
            return Err("Unmatched ']' in the middle of an object");
        }
        let empty = self.last == Last::OpenArray;
        self.end(empty.then(|| Val::array(Vec::new())));
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), Wrong> {
        if self.path.is_empty() {
            return Err("Unmatched '}' at the top-level");
        }
        if self.last == Last::Comma {
            return Err("Expected another key:value pair");
        }
        if self.in_array() {
            return Err("Unmatched '}' in the middle of an array");
        }
        if self.next.is_some() && !matches!(self.path.last(), Some(Val::Str(_))) {
            return Err("Objects must consist of key:value pairs");
        }
        if self.last == Last::Colon {
            return Err("Missing value in key:value pair");
        }
        let empty = self.last == Last::OpenObject;
        self.end(empty.then(|| Val::Obj(Map::default().into())));
        Ok(())
    }

    /// A container ends, which is a leaf itself if it is empty.
    fn end(&mut self, empty: Option<Val>) {
        match (self.next.take(), &empty) {
            (Some(value), _) => {
                self.output = Some(self.event(value));
                self.closing = Some(Val::array(vec![Val::array(self.path.clone())]));
            }
            (None, None) => {
                self.closing = Some(Val::array(vec![Val::array(self.path.clone())]));
            }
            (None, Some(_)) => {}
        }
        self.path.pop();
        if let Some(empty) = empty {
            self.output = Some(self.event(empty));
        }
        self.last = match self.path.is_empty() {
            true => Last::Nothing,
            false => Last::Value,
        };
    }
}
