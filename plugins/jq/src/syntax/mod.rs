//! The language of jq 1.8: tokens, the tree, and what both say about a program that is wrong.

pub(crate) mod ast;
pub(crate) mod lex;
pub(crate) mod parse;
mod pattern;
mod term;

use std::ops::Range;

/// Where something is in the text of a program.
pub(crate) type Span = Range<usize>;

/// What is wrong with a program.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    pub(crate) message: String,
    pub(crate) span: Span,
}

impl Wrong {
    pub(crate) fn new(message: impl Into<String>, span: Span) -> Self {
        let message = message.into();
        Self { message, span }
    }

    /// The lines that tell it: the message, the place, and the line of the program.
    pub(crate) fn tell(&self, file: &str, text: &str) -> String {
        let start = floor(text, self.span.start.min(text.len()));
        let end = floor(text, self.span.end.clamp(start, text.len()));
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line = text[..start].matches('\n').count() + 1;
        let column = start - begin + 1;
        let rest = text[begin..].find('\n').map_or(text.len(), |at| begin + at);
        let shown = &text[begin..rest];
        let under = "^".repeat(end.min(rest).saturating_sub(start).max(1));
        let indent = " ".repeat(column - 1);
        let message = &self.message;
        format!(
            "jq: error: {message} at {file}, line {line}, column {column}:\n    {shown}\n    {indent}{under}"
        )
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
