//! Questions to the operator at a terminal.
//!
//! Each line of an author's text begins with a mark, so it cannot look like a line of this program, and the manifest
//! parser accepts plain characters only.

use std::io::{self, BufRead, IsTerminal, Write};

use nethost_core::output::{self, Stream};
use unicode_width::UnicodeWidthChar;

/// Whether somebody is at a terminal and sees the question.
pub(super) fn can_be_asked() -> bool {
    io::stdin().is_terminal() && Stream::Error.is_terminal()
}

/// The width of the window.
pub(super) fn columns() -> usize {
    Stream::Error.columns().unwrap_or(80).max(20)
}

/// Writes a line of the author's text, wrapped at the edge of the window, with the mark at the start of each row.
pub(super) fn marked(text: &mut String, line: &str, columns: usize) {
    const MARK: &str = "  | ";
    let room = columns - MARK.len() - 1;
    let mut used = 0;
    *text += MARK;
    for character in line.chars() {
        let width = character.width().unwrap_or(0);
        if used + width > room {
            *text += "\n";
            *text += MARK;
            used = 0;
        }
        text.push(character);
        used += width;
    }
    *text += "\n";
}

/// Shows the question and waits for one of the answers, each with its letter and its word. Input that was typed before
/// is discarded. An empty line, and the end of the input, is the last answer.
pub(super) fn ask<T: Copy>(
    question: &str,
    answers: &[(&str, &str, T)],
    otherwise: T,
) -> io::Result<T> {
    let mut shown = output::error();
    rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush)?;
    shown.write_all(question.as_bytes())?;
    shown.flush()?;
    loop {
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Ok(otherwise);
        }
        let typed = line.trim();
        let meant = answers
            .iter()
            .find(|(letter, word, _)| typed == *letter || typed == *word);
        match meant {
            Some((.., answer)) => return Ok(*answer),
            None if typed.is_empty() => return Ok(otherwise),
            None => {
                let letters: Vec<&str> = answers.iter().map(|(letter, ..)| *letter).collect();
                let (last, first) = letters.split_last().unwrap_or((&"", &[]));
                let again = format!("{} or {last}: ", first.join(", "));
                shown.write_all(again.as_bytes())?;
                shown.flush()?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_a_strangers_text_has_its_mark() {
        let mut text = String::new();
        marked(&mut text, &"nethost: Grant it all? 漢字 ".repeat(9), 30);
        assert!(text.lines().count() > 5);
        for row in text.lines() {
            assert!(row.starts_with("  | "), "{row:?}");
            assert!(unicode_width::UnicodeWidthStr::width(row) < 30, "{row:?}");
        }
    }
}
