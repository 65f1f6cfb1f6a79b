//! Writes a record while the plugin runs.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::{End, Event, Header, LARGEST, Redactor};

/// The record of a run that goes on.
pub struct Recorder(Mutex<Inner>);

struct Inner {
    file: File,
    size: u64,
    calls: u64,
    /// The plugin had nothing left to do since the last event.
    idle: bool,
    /// Replaces what must not be in the record.
    redactor: Option<Redactor>,
    /// Why the record is not complete.
    failed: Option<io::Error>,
}

impl Recorder {
    /// Begins a record in this file. With a redactor, no payload, name or address reaches the file.
    pub fn begin(
        file: File,
        mut header: Header,
        mut redactor: Option<Redactor>,
    ) -> io::Result<Self> {
        if let Some(redactor) = &mut redactor {
            redactor.header(&mut header);
        }
        let mut inner = Inner {
            file,
            size: 0,
            calls: 0,
            idle: false,
            redactor,
            failed: None,
        };
        inner.line(&header)?;
        Ok(Self(Mutex::new(inner)))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the next call.
    pub fn next_call(&self) -> u64 {
        let mut inner = self.inner();
        inner.calls += 1;
        inner.calls
    }

    /// The plugin has nothing left to do. What comes next, comes in a replay when it has nothing left to do either.
    pub fn is_idle(&self) {
        self.inner().idle = true;
    }

    /// Appends an event. After a failure nothing more is written: a record has no gaps.
    pub fn note(&self, mut event: Event) {
        let mut inner = self.inner();
        if inner.failed.is_some() {
            return;
        }
        if !matches!(event, Event::Wasi(_)) {
            let was_idle = std::mem::take(&mut inner.idle);
            match &mut event {
                Event::Answer { idle, .. }
                | Event::Stream {
                    idle, waited: true, ..
                }
                | Event::Result {
                    idle, waited: true, ..
                } => *idle = was_idle,
                _ => {}
            }
        }
        if let Some(redactor) = &mut inner.redactor {
            redactor.event(&mut event);
        }
        inner.failed = inner.line(&event).err();
    }

    /// Ends the record. Returns why it is not complete, if it is not.
    pub fn end(&self, end: End) -> io::Result<()> {
        self.note(Event::End(end));
        match self.inner().failed.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

impl Inner {
    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.size += text.len() as u64;
        if self.size > LARGEST {
            return Err(io::Error::other(format!(
                "a record has at most {} MiB",
                LARGEST >> 20
            )));
        }
        self.file.write_all(&text)
    }
}
