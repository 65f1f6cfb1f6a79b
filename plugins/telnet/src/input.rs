//! What is typed: the settings of the terminal, and the editing of a line where the server leaves that to this side.

use nethost_sdk::console;
use nethost_sdk::terminal::InputSettings;

/// Keys go to the server at once, or are edited here; signals are keys too where the server echoes.
pub(crate) const KEYS: InputSettings = InputSettings {
    lines: false,
    echo: false,
    signals: false,
    flow_control: false,
    return_is_line_end: false,
};

/// The same while lines are edited here: Ctrl-C ends telnet.
pub(crate) const LINES: InputSettings = InputSettings {
    signals: true,
    flow_control: true,
    return_is_line_end: true,
    ..KEYS
};

/// As a shell has it: for the prompt.
pub(crate) const PROMPT: InputSettings = InputSettings {
    lines: true,
    echo: true,
    ..LINES
};

/// What a line under construction says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// It goes on; this is shown.
    Shown(Vec<u8>),
    /// So many characters go.
    Erased(u32),
    /// It is complete.
    Line(Vec<u8>),
    /// The end of input.
    End,
}

/// A line that is being typed.
#[derive(Debug, Default)]
pub(crate) struct Editor(Vec<u8>);

impl Editor {
    /// One more key.
    pub(crate) fn key(&mut self, key: u8) -> Typed {
        match key {
            b'\n' => {
                let mut line = std::mem::take(&mut self.0);
                line.push(b'\n');
                Typed::Line(line)
            }
            0x08 | 0x7f => Typed::Erased(u32::from(self.0.pop().is_some())),
            0x15 => {
                let count = self.0.len();
                self.0.clear();
                Typed::Erased(u32::try_from(count).unwrap_or(u32::MAX))
            }
            0x04 if self.0.is_empty() => Typed::End,
            key => {
                self.0.push(key);
                Typed::Shown(vec![key])
            }
        }
    }
}

/// Takes characters back on the terminal.
pub(crate) fn erase(count: u32) {
    if count > 0 {
        // Without a terminal there is nothing to take back.
        let _ = console::erase(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited() {
        let mut editor = Editor::default();
        for key in *b"abx" {
            assert_eq!(editor.key(key), Typed::Shown(vec![key]));
        }
        assert_eq!(editor.key(0x7f), Typed::Erased(1));
        assert_eq!(editor.key(b'\n'), Typed::Line(b"ab\n".to_vec()));
        assert_eq!(editor.key(0x7f), Typed::Erased(0));
        assert_eq!(editor.key(0x04), Typed::End);
    }
}
