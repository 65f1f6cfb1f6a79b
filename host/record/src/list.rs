//! A record as lines for a reader.

use std::net::{Ipv4Addr, Ipv6Addr};

use nethost_core::text;
use serde_json::{Map, Value};

use crate::{Answer, Bytes, Call, Event, Moved, Record, Wasi};

/// How many elements of a list, and characters of a line, are shown.
const ELEMENTS: usize = 8;
const CHARACTERS: usize = 400;

/// Each event as one line.
pub fn list(record: &Record) -> impl Iterator<Item = String> {
    let events = record.events.iter().map(|event| shown(Some(event)));
    events.chain([end(record.end.as_ref())])
}

/// An event, or that there is none.
pub(crate) fn shown(event: Option<&Event>) -> String {
    let line = match event {
        None => String::from("nothing more"),
        Some(Event::Call(call)) => called(call),
        Some(Event::Answer {
            call,
            answer: given,
            ..
        }) => format!("{call}: {}", answer(given)),
        Some(Event::Stream { number, moved, .. }) => match moved {
            Moved::Received(bytes) => format!("stream {number}: received {}", count(&bytes.0)),
            Moved::Sent(bytes) => format!("stream {number}: sent {}", count(&bytes.0)),
            Moved::GivenUp => format!("stream {number}: gave up waiting"),
            Moved::Closed => format!("stream {number}: closed"),
        },
        Some(Event::Result { number, value, .. }) => {
            format!("result {number}: {}", self::value(value))
        }
        Some(Event::Wasi(wasi)) => format!("wasi: {}", given(wasi)),
        Some(Event::End(told)) => end(Some(told)),
    };
    cut(line)
}

fn called(call: &Call) -> String {
    let asked = function(&call.name, &call.args);
    match &call.answer {
        Some(given) => format!("{}: {asked} -> {}", call.number, answer(given)),
        None => format!("{}: {asked}", call.number),
    }
}

/// A call as it would be written.
pub(crate) fn function(name: &str, args: &[Value]) -> String {
    let args: Vec<_> = args.iter().map(value).collect();
    cut(format!("{}({})", text::line(name), args.join(", ")))
}

fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Returned(returned) => value(returned),
        Answer::Trapped(why) => format!("stopped: {}", text::line(why)),
    }
}

fn given(wasi: &Wasi) -> String {
    match wasi {
        Wasi::Wall(seconds, nanoseconds) => format!("wall clock {seconds}.{nanoseconds:09}"),
        Wasi::Monotonic(time) => format!("monotonic clock {time}"),
        Wasi::Random(bytes) => format!("random {}", count(&bytes.0)),
        Wasi::Insecure(bytes) => format!("insecure random {}", count(&bytes.0)),
        Wasi::Input(Some(bytes)) => format!("standard input {}", count(&bytes.0)),
        Wasi::Input(None) => String::from("standard input has ended"),
        Wasi::Poll(ready) => format!("ready {ready:?}"),
    }
}

/// The end of a run.
pub(crate) fn end(end: Option<&crate::End>) -> String {
    let Some(end) = end else {
        return String::from("the record was cut off here");
    };
    match &end.stopped {
        Some(why) => format!("end: exit code {}, stopped: {}", end.exit, text::line(why)),
        None => format!("end: exit code {}", end.exit),
    }
}

fn count(bytes: &[u8]) -> String {
    match bytes.len() {
        1 => String::from("1 byte"),
        count => format!("{count} bytes"),
    }
}

/// A value, in the words of the contract.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Null => String::from("none"),
        Value::String(string) => format!("\"{}\"", text::line(string)),
        Value::Array(elements) => {
            let mut shown: Vec<_> = elements.iter().take(ELEMENTS).map(self::value).collect();
            if elements.len() > ELEMENTS {
                shown.push(format!("{} more", elements.len() - ELEMENTS));
            }
            format!("[{}]", shown.join(", "))
        }
        Value::Object(members) => object(members),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn object(members: &Map<String, Value>) -> String {
    let only = members.iter().next().filter(|_| members.len() == 1);
    match only {
        Some((name, Value::Null)) => text::line(name),
        Some((name, inner)) => special(name, inner)
            .unwrap_or_else(|| format!("{}({})", text::line(name), value(inner))),
        None => {
            let set = members.iter().filter(|(_, inner)| !inner.is_null());
            let shown: Vec<_> = set
                .map(|(name, inner)| format!("{}: {}", text::line(name), value(inner)))
                .collect();
            format!("{{{}}}", shown.join(", "))
        }
    }
}

/// Bytes, handles and addresses in their own form.
fn special(name: &str, inner: &Value) -> Option<String> {
    match name {
        "bytes" => Some(count(&Bytes::decode(inner.as_str()?)?)),
        "handle" => Some(format!("#{}", inner.as_u64()?)),
        "stream" => Some(format!("stream {}", inner.as_u64()?)),
        "result" => Some(format!("result {}", inner.as_u64()?)),
        "ipv4" => Some(Ipv4Addr::from(numbers::<u8, 4>(inner)?).to_string()),
        "ipv6" => Some(Ipv6Addr::from(numbers::<u16, 8>(inner)?).to_string()),
        _ => None,
    }
}

/// A list of exactly so many numbers.
pub(crate) fn numbers<N: TryFrom<u64>, const COUNT: usize>(value: &Value) -> Option<[N; COUNT]> {
    let each = value.as_array()?.iter();
    let numbers = each.map(|one| one.as_u64().and_then(|number| N::try_from(number).ok()));
    numbers.collect::<Option<Vec<_>>>()?.try_into().ok()
}

fn cut(line: String) -> String {
    match line.char_indices().nth(CHARACTERS) {
        Some((at, _)) => format!("{} …", line.get(..at).unwrap_or_default()),
        None => line,
    }
}
