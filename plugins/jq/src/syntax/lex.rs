//! The tokens of a program.

use super::{Span, Wrong};

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A keyword or a name, which may have `::` in it.
    Word(String),
    /// `.name`
    Field(String),
    /// `$name`
    Binding(String),
    /// `@name`
    Format(String),
    Number(String),
    Operator(&'static str),
    StringStart,
    StringText(String),
    StringEnd,
    InterpolationStart,
    InterpolationEnd,
    Invalid,
    End,
}

const OPERATORS: &[&str] = &[
    "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "<=", ">=", "==", "!=", "//", "..", ".", "?",
    "=", ";", ",", ":", "|", "+", "-", "*", "/", "%", "$", "<", ">", "[", "]", "{", "}", "(", ")",
];

const KEYWORDS: &[&str] = &[
    "as", "import", "include", "module", "def", "if", "then", "else", "elif", "and", "or", "end",
    "reduce", "foreach", "try", "catch", "label", "break", "__loc__",
];

/// Whether a word has a meaning of its own.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// The token's name in a message about it.
pub(crate) fn name(token: &Token) -> String {
    match token {
        Token::Word(word) if is_keyword(word) => word.clone(),
        Token::Word(_) => "IDENT".into(),
        Token::Field(_) => "FIELD".into(),
        Token::Binding(name) if name == "$__loc__" => "$__loc__".into(),
        Token::Binding(_) => "BINDING".into(),
        Token::Format(_) => "FORMAT".into(),
        Token::Number(_) => "LITERAL".into(),
        Token::Operator(text) if text.len() == 1 => format!("'{text}'"),
        Token::Operator(text) => (*text).into(),
        Token::StringStart => "QQSTRING_START".into(),
        Token::StringText(_) => "QQSTRING_TEXT".into(),
        Token::StringEnd => "QQSTRING_END".into(),
        Token::InterpolationStart => "QQSTRING_INTERP_START".into(),
        Token::InterpolationEnd => "QQSTRING_INTERP_END".into(),
        Token::Invalid => "INVALID_CHARACTER".into(),
        Token::End => "end of file".into(),
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<(Token, Span)>,
    wrong: Vec<Wrong>,
    /// What closes what is open: a bracket, or `"` inside a string's interpolation.
    open: Vec<u8>,
}

/// The tokens, the last of which is the end, and what is wrong with strings in them.
pub(crate) fn lex(text: &str) -> (Vec<(Token, Span)>, Vec<Wrong>) {
    let mut lexer = Lexer {
        text,
        at: 0,
        tokens: Vec::new(),
        wrong: Vec::new(),
        open: Vec::new(),
    };
    lexer.run();
    let end = text.len();
    lexer.tokens.push((Token::End, end..end));
    (lexer.tokens, lexer.wrong)
}

fn is_name_start(octet: u8) -> bool {
    octet.is_ascii_alphabetic() || octet == b'_'
}

fn is_name(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'_'
}

impl Lexer<'_> {
    fn octet(&self, ahead: usize) -> u8 {
        let octets = self.text.as_bytes();
        octets.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, token: Token, length: usize) {
        self.tokens.push((token, self.at..self.at + length));
        self.at += length;
    }

    /// How long a name is that begins `ahead`, with its namespaces.
    fn name_length(&self, ahead: usize, namespaces: bool) -> usize {
        let mut length = 0;
        loop {
            if !is_name_start(self.octet(ahead + length)) {
                return length.saturating_sub(2);
            }
            while is_name(self.octet(ahead + length)) {
                length += 1;
            }
            let next = ahead + length;
            let more = namespaces && self.octet(next) == b':' && self.octet(next + 1) == b':';
            if !more || !is_name_start(self.octet(next + 2)) {
                return length;
            }
            length += 2;
        }
    }

    fn slice(&self, from: usize, length: usize) -> String {
        self.text[self.at + from..self.at + from + length].to_owned()
    }

    fn run(&mut self) {
        while self.at < self.text.len() {
            let octet = self.octet(0);
            match octet {
                b' ' | b'\r' | b'\n' | b'\t' => self.at += 1,
                b'#' => self.comment(),
                b'"' => {
                    self.push(Token::StringStart, 1);
                    self.string();
                }
                b'.' if is_name_start(self.octet(1)) => {
                    let length = self.name_length(1, false);
                    self.push(Token::Field(self.slice(1, length)), length + 1);
                }
                b'$' if is_name_start(self.octet(1)) => {
                    let length = self.name_length(1, true);
                    self.push(Token::Binding(self.slice(0, length + 1)), length + 1);
                }
                b'@' if is_name(self.octet(1)) => {
                    let mut length = 1;
                    while is_name(self.octet(length)) {
                        length += 1;
                    }
                    self.push(Token::Format(self.slice(0, length)), length);
                }
                b'0'..=b'9' => self.number(),
                b'.' if self.octet(1).is_ascii_digit() => self.number(),
                _ if is_name_start(octet) => {
                    let length = self.name_length(0, true);
                    self.push(Token::Word(self.slice(0, length)), length);
                }
                _ => self.operator(octet),
            }
        }
    }

    fn comment(&mut self) {
        let mut escaped = false;
        while self.at < self.text.len() {
            match self.octet(0) {
                b'\n' if !escaped => return,
                b'\\' => escaped = !escaped,
                b'\r' if escaped && self.octet(1) == b'\n' => {}
                _ => escaped = false,
            }
            self.at += 1;
        }
    }

    fn number(&mut self) {
        let mut length = 0;
        let mut point = false;
        loop {
            match self.octet(length) {
                b'0'..=b'9' => {}
                b'.' if !point => point = true,
                _ => break,
            }
            length += 1;
        }
        if matches!(self.octet(length), b'e' | b'E') {
            let sign = usize::from(matches!(self.octet(length + 1), b'+' | b'-'));
            if self.octet(length + 1 + sign).is_ascii_digit() {
                length += 1 + sign;
                while self.octet(length).is_ascii_digit() {
                    length += 1;
                }
            }
        }
        self.push(Token::Number(self.slice(0, length)), length);
    }

    fn operator(&mut self, octet: u8) {
        let rest = &self.text[self.at..];
        let Some(operator) = OPERATORS
            .iter()
            .find(|operator| rest.starts_with(**operator))
        else {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            self.push(Token::Invalid, length);
            return;
        };
        match octet {
            b'[' => self.open.push(b']'),
            b'{' => self.open.push(b'}'),
            b'(' => self.open.push(b')'),
            b']' | b'}' | b')' => match self.open.pop() {
                Some(b'"') if octet == b')' => {
                    self.push(Token::InterpolationEnd, 1);
                    self.string();
                    return;
                }
                Some(closing) if closing == octet => {}
                _ => {
                    self.push(Token::Invalid, 1);
                    return;
                }
            },
            _ => {}
        }
        self.push(Token::Operator(operator), operator.len());
    }

    /// The rest of a string, up to its end or an interpolation.
    fn string(&mut self) {
        loop {
            let start = self.at;
            let octets = self.text.as_bytes();
            match octets.get(self.at) {
                None => return,
                Some(b'"') => {
                    self.push(Token::StringEnd, 1);
                    return;
                }
                Some(b'\\') if self.octet(1) == b'(' => {
                    self.push(Token::InterpolationStart, 2);
                    self.open.push(b'"');
                    return;
                }
                Some(b'\\') => {
                    while self.octet(0) == b'\\' && self.octet(1) != b'(' {
                        self.escape();
                    }
                    self.escapes(start);
                }
                Some(_) => {
                    while !matches!(octets.get(self.at), None | Some(b'"' | b'\\')) {
                        self.at += 1;
                    }
                    let text = self.text[start..self.at].to_owned();
                    self.tokens.push((Token::StringText(text), start..self.at));
                }
            }
        }
    }

    fn escape(&mut self) {
        self.at += 1;
        let Some(c) = self.text[self.at..].chars().next() else {
            return;
        };
        self.at += c.len_utf8();
        if c == 'u' {
            let digits = self.text[self.at..].bytes().take(4);
            self.at += digits.take_while(u8::is_ascii_alphanumeric).count();
        }
    }

    fn escapes(&mut self, start: usize) {
        let span = start..self.at;
        let quoted = format!("\"{}\"", &self.text[span.clone()]);
        match crate::read::parse(&quoted) {
            Ok(crate::value::Val::Str(text)) => {
                self.tokens
                    .push((Token::StringText(text.to_string()), span));
            }
            Ok(_) => {}
            Err(message) => {
                self.tokens
                    .push((Token::StringText(String::new()), span.clone()));
                self.wrong.push(Wrong::new(message, span));
            }
        }
    }
}
