//! Decodes keys as a terminal sends them: characters, control characters and the sequences of the common function keys
//! (console_codes(4)).

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::bindings::nethost::cap::terminal::Key;

/// Reads keys from standard input, which must be a terminal that delivers each key immediately.
pub(super) struct Keys {
    input: AsyncFd<OwnedFd>,
    pressed: VecDeque<Key>,
}

impl Keys {
    pub(super) fn new() -> io::Result<Self> {
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        Ok(Self {
            input: nethost_net::register(input, Interest::READABLE)?,
            pressed: VecDeque::new(),
        })
    }

    /// Waits for the next key. Dropping the future loses no key.
    pub(super) async fn next(&mut self) -> io::Result<Key> {
        loop {
            if let Some(key) = self.pressed.pop_front() {
                return Ok(key);
            }
            let mut guard = self.input.readable().await?;
            // The descriptor is shared with the shell, so it stays blocking: poll it before each read.
            let mut fds = [PollFd::new(guard.get_inner(), PollFlags::IN)];
            let at_once = Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            if poll(&mut fds, Some(&at_once))? == 0 {
                guard.clear_ready();
                continue;
            }
            let mut bytes = [0; 64];
            let count = rustix::io::read(guard.get_inner(), &mut bytes)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.pressed.extend(decode(&bytes[..count]));
        }
    }
}

/// The pressed keys. A sequence arrives complete, because the terminal writes it at once.
pub(super) fn decode(mut bytes: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    while let Some(first) = bytes.first() {
        let (key, length) = match (first, bytes) {
            (b'\r' | b'\n', _) => (Key::Enter, 1),
            (0x7f | 0x08, _) => (Key::Backspace, 1),
            (0x1b, [_, b'[' | b'O', rest @ ..]) => {
                let last = rest.iter().position(|byte| (0x40..=0x7e).contains(byte));
                let length = last.map_or(rest.len(), |last| last + 1);
                (sequence(&rest[..length]), 2 + length)
            }
            (0x1b, _) => (Key::Escape, 1),
            (control, _) if control.is_ascii_control() => (Key::Other, 1),
            _ => character(bytes),
        };
        keys.push(key);
        bytes = &bytes[length..];
    }
    keys
}

fn sequence(parameters: &[u8]) -> Key {
    match parameters {
        b"A" => Key::Up,
        b"B" => Key::Down,
        b"C" => Key::Right,
        b"D" => Key::Left,
        b"5~" => Key::PageUp,
        b"6~" => Key::PageDown,
        _ => Key::Other,
    }
}

fn character(bytes: &[u8]) -> (Key, usize) {
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(character) => (Key::Character(character), character.len_utf8()),
        None => (Key::Other, 1),
    }
}
