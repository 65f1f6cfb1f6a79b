//! The definition of an option.

use crate::Exit;

/// One option: its names, its help and what it does.
///
/// `E` is its effect. For a tool that uses [`super::CommandLine`], this is an [`Effect`]. A tool with its own syntax,
/// such as dig, has its own type of effect and shares the rest.
#[derive(Clone, Copy, Debug)]
pub struct Flag<E> {
    /// `c` for `-c`.
    pub short: Option<char>,
    /// `count` for `--count`.
    pub long: Option<&'static str>,
    /// Whether it has a value.
    pub value: Value,
    /// One line of help.
    pub help: &'static str,
    /// What it does.
    pub effect: E,
}

/// Whether an option has a value, with its name in the help, such as `<count>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// It is a switch.
    None,
    /// `-c 3`, `-c3`, `--count=3` or `--count 3`.
    Required(&'static str),
    /// `-c3` or `--count=3`, or none.
    Optional(&'static str),
}

impl Value {
    /// The name of the value in the help.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Required(name) | Self::Optional(name) => Some(name),
        }
    }
}

/// The effect of an option on the options `T` of its tool.
#[derive(Debug)]
pub enum Effect<T> {
    /// It sets something.
    Set(fn(&mut T)),
    /// Parses its value, and can refuse it.
    Read(fn(&mut T, &Given<'_>) -> Result<(), Exit>),
    /// It ends the run, as `-h` and `-V` do.
    End(fn() -> Exit),
}

impl<T> Clone for Effect<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Effect<T> {}

/// An option as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given<'a> {
    /// With its hyphens, such as `-q` or `--queries`.
    pub spelled: &'a str,
    /// Its value; empty if it has none.
    pub value: &'a str,
    /// Whether it has a value, for options with an optional value.
    pub has_value: bool,
    /// The index of the word in the command line, from 1.
    pub position: usize,
}

impl<T> Flag<Effect<T>> {
    /// An option without a value.
    pub const fn switch(short: char, help: &'static str, set: fn(&mut T)) -> Self {
        Self::new(Some(short), None, Value::None, help, Effect::Set(set))
    }

    /// The same with only a long name.
    pub const fn long_switch(long: &'static str, help: &'static str, set: fn(&mut T)) -> Self {
        Self::new(None, Some(long), Value::None, help, Effect::Set(set))
    }

    /// An option without a value that can be refused.
    pub const fn checked(
        short: char,
        help: &'static str,
        read: fn(&mut T, &Given<'_>) -> Result<(), Exit>,
    ) -> Self {
        Self::new(Some(short), None, Value::None, help, Effect::Read(read))
    }

    /// An option with a value.
    pub const fn value(
        short: char,
        value: &'static str,
        help: &'static str,
        read: fn(&mut T, &Given<'_>) -> Result<(), Exit>,
    ) -> Self {
        let value = Value::Required(value);
        Self::new(Some(short), None, value, help, Effect::Read(read))
    }

    /// The same with only a long name.
    pub const fn long_value(
        long: &'static str,
        value: &'static str,
        help: &'static str,
        read: fn(&mut T, &Given<'_>) -> Result<(), Exit>,
    ) -> Self {
        let value = Value::Required(value);
        Self::new(None, Some(long), value, help, Effect::Read(read))
    }

    /// An option that ends the run, such as help.
    pub const fn ending(short: char, help: &'static str, end: fn() -> Exit) -> Self {
        Self::new(Some(short), None, Value::None, help, Effect::End(end))
    }

    /// The same with only a long name.
    pub const fn long_ending(long: &'static str, help: &'static str, end: fn() -> Exit) -> Self {
        Self::new(None, Some(long), Value::None, help, Effect::End(end))
    }
}

impl<E: Copy> Flag<E> {
    /// An option with any effect.
    pub const fn new(
        short: Option<char>,
        long: Option<&'static str>,
        value: Value,
        help: &'static str,
        effect: E,
    ) -> Self {
        Self {
            short,
            long,
            value,
            help,
            effect,
        }
    }

    /// The same with a long name, too.
    #[must_use]
    pub const fn long(self, long: &'static str) -> Self {
        Self {
            long: Some(long),
            ..self
        }
    }

    /// The same with an optional value.
    #[must_use]
    pub const fn optional(self) -> Self {
        let value = match self.value {
            Value::Required(name) => Value::Optional(name),
            other => other,
        };
        Self { value, ..self }
    }
}
