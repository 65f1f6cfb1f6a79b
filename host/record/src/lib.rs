//! The record of a run: everything that a plugin got from the host, in the order in which it got it, in one file. With it,
//! the plugin runs again without the network, and does the same.
//!
//! A record is text: one JSON object a line. The first line is the [`Header`], the last an [`Event::End`], and the lines
//! between them are what happened. docs/record.md describes the format.

mod bytes;
mod difference;
mod event;
mod header;
mod list;
mod player;
mod reader;
mod recorder;
mod redact;

pub use bytes::Bytes;
pub use difference::Difference;
pub use event::{Answer, Call, End, Event, Moved, Wasi};
pub use header::{Header, Plugin, Terminals};
pub use list::list;
pub use player::{Player, Turn};
pub use reader::{Error, LARGEST, Record};
pub use recorder::Recorder;
pub use redact::Redactor;
