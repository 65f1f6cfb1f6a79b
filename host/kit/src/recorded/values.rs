//! Values of the contract in a record. The types of the contract derive [`Recorded`](super::Recorded); here are those
//! that the contract takes from WIT.
//!
//! `list<u8>` is `{"bytes": Base64}`, a handle `{"handle": number}`, a stream `{"stream": number}`, its result
//! `{"result": number}`.

use nethost_record::Bytes;
use serde_json::{Map, Value, json};
use wasmtime::component::{FutureReader, Resource, StreamReader};

use super::{Streams, Tape};
use crate::types::ErrorCode;

/// A value that can be written into a record.
pub trait ToRecord: Sized {
    /// The value as it is in a record.
    fn to_record(&self, tape: &Tape) -> Value;

    /// A list of such values.
    fn list_to_record(list: &[Self], tape: &Tape) -> Value {
        list.iter().map(|one| one.to_record(tape)).collect()
    }

    /// Uses up an argument of a call that is answered from a record.
    fn settle(
        self,
        _recorded: &Value,
        _accepted: bool,
        _streams: &mut dyn Streams,
    ) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// A value that can be read from a record.
pub trait FromRecord: Sized {
    /// The value that is in a record.
    fn from_record(value: &Value, streams: &mut dyn Streams) -> Result<Self, Malformed>;

    /// A list of such values.
    fn list_from_record(value: &Value, streams: &mut dyn Streams) -> Result<Vec<Self>, Malformed> {
        let list = value.as_array().ok_or(Malformed::expected("a list"))?;
        list.iter()
            .map(|one| Self::from_record(one, streams))
            .collect()
    }
}

/// A value in a record that is not of the type that the contract says.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(String);

impl Malformed {
    /// Something else was expected.
    pub fn expected(what: &str) -> Self {
        Self(format!("expected {what}"))
    }

    /// The engine refuses.
    pub(super) fn engine(error: &wasmtime::Error) -> Self {
        Self(error.to_string())
    }
}

/// A record of the contract.
pub fn record<const COUNT: usize>(fields: [(&str, Value); COUNT]) -> Value {
    let fields = fields.into_iter();
    Value::Object(
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// A field of a record of the contract.
pub fn field<'v>(value: &'v Value, name: &str) -> Result<&'v Value, Malformed> {
    value
        .get(name)
        .ok_or_else(|| Malformed(format!("expected the field {name}")))
}

/// A case of a variant or an enum.
pub fn case(name: &str, payload: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), payload)]))
}

/// The name and the payload of a case.
pub fn named(value: &Value) -> Result<(&str, &Value), Malformed> {
    let mut members = value.as_object().into_iter().flatten();
    match (members.next(), members.next()) {
        (Some((name, payload)), None) => Ok((name, payload)),
        _ => Err(Malformed::expected("one case of a variant")),
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl ToRecord for $number {
            fn to_record(&self, _: &Tape) -> Value {
                json!(self)
            }
        }

        impl FromRecord for $number {
            fn from_record(value: &Value, _: &mut dyn Streams) -> Result<Self, Malformed> {
                let unsigned = value.as_u64().and_then(|number| Self::try_from(number).ok());
                let signed = || value.as_i64().and_then(|number| Self::try_from(number).ok());
                let number = unsigned.or_else(signed);
                number.ok_or_else(|| Malformed::expected(concat!("a number (", stringify!($number), ")")))
            }
        }
    )*};
}

numbers!(u16 u32 u64 i8 i16 i32 i64);

impl ToRecord for u8 {
    fn to_record(&self, _: &Tape) -> Value {
        json!(self)
    }

    fn list_to_record(list: &[Self], _: &Tape) -> Value {
        case("bytes", Value::String(Bytes::encode(list)))
    }
}

impl FromRecord for u8 {
    fn from_record(value: &Value, _: &mut dyn Streams) -> Result<Self, Malformed> {
        let number = value
            .as_u64()
            .and_then(|number| Self::try_from(number).ok());
        number.ok_or_else(|| Malformed::expected("a number (u8)"))
    }

    fn list_from_record(value: &Value, _: &mut dyn Streams) -> Result<Vec<Self>, Malformed> {
        let text = value.get("bytes").and_then(Value::as_str);
        let bytes = text.and_then(Bytes::decode);
        bytes.ok_or_else(|| Malformed::expected("bytes in Base64"))
    }
}

impl ToRecord for bool {
    fn to_record(&self, _: &Tape) -> Value {
        json!(self)
    }
}

impl FromRecord for bool {
    fn from_record(value: &Value, _: &mut dyn Streams) -> Result<Self, Malformed> {
        value
            .as_bool()
            .ok_or_else(|| Malformed::expected("true or false"))
    }
}

impl ToRecord for char {
    fn to_record(&self, _: &Tape) -> Value {
        json!(self)
    }
}

impl FromRecord for char {
    fn from_record(value: &Value, _: &mut dyn Streams) -> Result<Self, Malformed> {
        let text = value.as_str().and_then(|text| text.parse().ok());
        text.ok_or_else(|| Malformed::expected("a character"))
    }
}

impl ToRecord for String {
    fn to_record(&self, _: &Tape) -> Value {
        json!(self)
    }
}

impl FromRecord for String {
    fn from_record(value: &Value, _: &mut dyn Streams) -> Result<Self, Malformed> {
        let text = value.as_str().map(str::to_owned);
        text.ok_or_else(|| Malformed::expected("a text"))
    }
}

impl<T: ToRecord> ToRecord for Vec<T> {
    fn to_record(&self, tape: &Tape) -> Value {
        T::list_to_record(self, tape)
    }
}

impl<T: FromRecord> FromRecord for Vec<T> {
    fn from_record(value: &Value, streams: &mut dyn Streams) -> Result<Self, Malformed> {
        T::list_from_record(value, streams)
    }
}

impl<T: ToRecord> ToRecord for Option<T> {
    fn to_record(&self, tape: &Tape) -> Value {
        self.as_ref()
            .map_or(Value::Null, |some| some.to_record(tape))
    }
}

impl<T: FromRecord> FromRecord for Option<T> {
    fn from_record(value: &Value, streams: &mut dyn Streams) -> Result<Self, Malformed> {
        match value {
            Value::Null => Ok(None),
            some => T::from_record(some, streams).map(Some),
        }
    }
}

impl<T: ToRecord, E: ToRecord> ToRecord for Result<T, E> {
    fn to_record(&self, tape: &Tape) -> Value {
        match self {
            Ok(value) => case("ok", value.to_record(tape)),
            Err(error) => case("err", error.to_record(tape)),
        }
    }
}

impl<T: FromRecord, E: FromRecord> FromRecord for Result<T, E> {
    fn from_record(value: &Value, streams: &mut dyn Streams) -> Result<Self, Malformed> {
        match named(value)? {
            ("ok", value) => T::from_record(value, streams).map(Ok),
            ("err", error) => E::from_record(error, streams).map(Err),
            _ => Err(Malformed::expected("ok or err")),
        }
    }
}

impl ToRecord for () {
    fn to_record(&self, _: &Tape) -> Value {
        Value::Null
    }
}

impl FromRecord for () {
    fn from_record(_: &Value, _: &mut dyn Streams) -> Result<Self, Malformed> {
        Ok(())
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt)*))*) => {$(
        impl<$($name: ToRecord),*> ToRecord for ($($name,)*) {
            fn to_record(&self, tape: &Tape) -> Value {
                Value::Array(vec![$(self.$index.to_record(tape)),*])
            }

            fn settle(
                self,
                recorded: &Value,
                accepted: bool,
                streams: &mut dyn Streams,
            ) -> wasmtime::Result<()> {
                $(
                    let each = recorded.get($index).unwrap_or(&Value::Null);
                    self.$index.settle(each, accepted, streams)?;
                )*
                Ok(())
            }
        }

        impl<$($name: FromRecord),*> FromRecord for ($($name,)*) {
            fn from_record(value: &Value, streams: &mut dyn Streams) -> Result<Self, Malformed> {
                let each = |index: usize| {
                    value.get(index).ok_or_else(|| Malformed::expected("a longer tuple"))
                };
                Ok(($($name::from_record(each($index)?, streams)?,)*))
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0 B 1)
    (A 0 B 1 C 2)
    (A 0 B 1 C 2 D 3)
    (A 0 B 1 C 2 D 3 E 4)
    (A 0 B 1 C 2 D 3 E 4 F 5)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7)
}

impl<R: 'static> ToRecord for Resource<R> {
    fn to_record(&self, _: &Tape) -> Value {
        case("handle", json!(self.rep()))
    }
}

impl<R: 'static> FromRecord for Resource<R> {
    fn from_record(value: &Value, streams: &mut dyn Streams) -> Result<Self, Malformed> {
        // The number means nothing to the host: no call on it reaches a capability.
        u32::from_record(field(value, "handle")?, streams).map(Self::new_own)
    }
}

impl ToRecord for StreamReader<u8> {
    fn to_record(&self, tape: &Tape) -> Value {
        let number = match tape.answers() {
            true => tape.made_stream(),
            false => tape.passes_stream(),
        };
        case("stream", json!(number))
    }

    fn settle(
        self,
        recorded: &Value,
        accepted: bool,
        streams: &mut dyn Streams,
    ) -> wasmtime::Result<()> {
        let number = recorded.get("stream").and_then(Value::as_u64);
        streams.send(self, number.unwrap_or_default(), accepted)
    }
}

impl FromRecord for StreamReader<u8> {
    fn from_record(value: &Value, streams: &mut dyn Streams) -> Result<Self, Malformed> {
        let number = u64::from_record(field(value, "stream")?, streams)?;
        streams.receive(number)
    }
}

impl ToRecord for FutureReader<Result<(), ErrorCode>> {
    fn to_record(&self, tape: &Tape) -> Value {
        case("result", json!(tape.made_result()))
    }
}

impl FromRecord for FutureReader<Result<(), ErrorCode>> {
    fn from_record(value: &Value, streams: &mut dyn Streams) -> Result<Self, Malformed> {
        let number = u64::from_record(field(value, "result")?, streams)?;
        streams.result(number)
    }
}

/// Flags are only ever passed to a function.
#[macro_export]
macro_rules! recorded_flags {
    ($($flags:ty),*) => {$(
        impl $crate::recorded::ToRecord for $flags {
            fn to_record(&self, tape: &$crate::recorded::Tape) -> $crate::recorded::Value {
                $crate::recorded::ToRecord::to_record(&self.as_array().to_vec(), tape)
            }
        }
    )*};
}
