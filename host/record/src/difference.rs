//! The first thing that a plugin did otherwise than is on record.

use std::fmt;

use serde_json::Value;

use crate::{End, Event, list};

/// How many differences within one call are told.
const MOST: usize = 6;

/// A difference between a record and a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    recorded: String,
    now: String,
    /// Where the arguments of the same function differ.
    parts: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "- {}", self.recorded)?;
        writeln!(f, "+ {}", self.now)?;
        for part in &self.parts {
            writeln!(f, "  {part}")?;
        }
        Ok(())
    }
}

impl Difference {
    fn new(recorded: String, now: String) -> Self {
        Self {
            recorded,
            now,
            parts: Vec::new(),
        }
    }

    /// Another call, or one with other arguments.
    pub(crate) fn call(
        next: Option<&Event>,
        end: Option<&End>,
        name: &str,
        args: &[Value],
    ) -> Option<Self> {
        let now = list::function(name, args);
        let Some(next) = next else {
            return Some(Self::new(list::end(end), now));
        };
        let Event::Call(call) = next else {
            return Some(Self::new(list::shown(Some(next)), now));
        };
        let recorded = format!(
            "{}: {}",
            call.number,
            list::function(&call.name, &call.args)
        );
        let mut difference = Self::new(recorded, format!("{}: {now}", call.number));
        if call.name == name {
            for (number, (recorded, now)) in (1..).zip(call.args.iter().zip(args)) {
                parts(
                    &mut difference.parts,
                    &format!("argument {number}"),
                    recorded,
                    now,
                );
            }
        }
        difference.parts.truncate(MOST);
        Some(difference)
    }

    /// Other bytes on a stream.
    pub(crate) fn bytes(stream: u64, recorded: &[u8], now: &[u8]) -> Self {
        let same = recorded.iter().zip(now).take_while(|(a, b)| a == b).count();
        let mut difference = Self::new(
            format!("stream {stream}: sent {}", excerpt(recorded, same)),
            format!("stream {stream}: sent {}", excerpt(now, same)),
        );
        difference
            .parts
            .push(format!("the first {same} bytes are the same"));
        difference
    }

    /// A read that has no room for what was received.
    pub(crate) fn room(stream: u64, recorded: usize, room: usize) -> Self {
        Self::new(
            format!("stream {stream}: received {recorded} bytes at once"),
            format!("stream {stream}: reads at most {room} bytes"),
        )
    }

    /// It waits, and nothing on record can happen before it calls.
    pub(crate) fn waits(next: Option<&Event>, end: Option<&End>) -> Option<Self> {
        let recorded = match next {
            Some(next) => list::shown(Some(next)),
            None => list::end(end),
        };
        Some(Self::new(
            recorded,
            "the plugin waits for something else".into(),
        ))
    }

    /// It ended before the record does.
    pub(crate) fn ended(next: &Event, exit: u8) -> Self {
        Self::new(
            list::shown(Some(next)),
            format!("the plugin ended with exit code {exit}"),
        )
    }
}

/// The bytes around a place.
fn excerpt(bytes: &[u8], at: usize) -> String {
    let part = bytes.get(at.saturating_sub(16)..).unwrap_or_default();
    let part = part.get(..64).unwrap_or(part);
    let text = nethost_core::text::line(&String::from_utf8_lossy(part));
    format!("{} bytes, there \"{text}\"", bytes.len())
}

/// The leaves in which two values differ, each with its place.
fn parts(told: &mut Vec<String>, place: &str, recorded: &Value, now: &Value) {
    if recorded == now || told.len() > MOST {
        return;
    }
    match (recorded, now) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (recorded, now)) in a.iter().zip(b).enumerate() {
                parts(told, &format!("{place}, element {index}"), recorded, now);
            }
        }
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) && a.len() > 1 => {
            for (name, recorded) in a {
                let now = b.get(name).unwrap_or(&Value::Null);
                parts(told, &format!("{place}, {name}"), recorded, now);
            }
        }
        _ => {
            let place = nethost_core::text::line(place);
            let (recorded, now) = (list::value(recorded), list::value(now));
            told.push(match recorded == now {
                true => format!("{place}: other bytes"),
                false => format!("{place}: {recorded} on record, now {now}"),
            });
        }
    }
}
