//! Terms: what operators stand between.

use super::Wrong;
use super::ast::{Ast, Piece, Step};
use super::lex::{self, Token};
use super::parse::{Parsed, Parser, is_constant};

impl Parser<'_> {
    /// A term with the steps behind it.
    pub(super) fn term(&mut self) -> Parsed<Ast> {
        self.nested(|parser| {
            if parser.take("-") {
                let term = parser.term()?;
                return Ok(Ast::Negate(term.into()));
            }
            let first = parser.primary()?;
            parser.steps(first)
        })
    }

    fn steps(&mut self, mut term: Ast) -> Parsed<Ast> {
        loop {
            let step = match self.peek().clone() {
                Token::Field(name) => {
                    self.advance();
                    Step::Index(text(name))
                }
                Token::Operator("[") => self.bracket()?,
                Token::Operator(".") => match self.ahead(1) {
                    Token::StringStart | Token::Format(_) => {
                        self.advance();
                        Step::Index(self.string_or_format()?)
                    }
                    Token::Operator("[") => {
                        self.advance();
                        self.bracket()?
                    }
                    _ => {
                        self.advance();
                        return Err(self.unexpected(""));
                    }
                },
                Token::Operator("?") => {
                    self.advance();
                    term = Ast::Try(term.into(), None);
                    continue;
                }
                _ => return Ok(term),
            };
            let optional = self.take("?");
            term = Ast::Step(term.into(), step.into(), optional);
        }
    }

    fn bracket(&mut self) -> Parsed<Step> {
        self.expect("[")?;
        if self.take("]") {
            return Ok(Step::Each);
        }
        if self.take(":") {
            let upto = self.query()?;
            self.expect("]")?;
            return Ok(Step::Slice(None, Some(upto)));
        }
        let from = self.query()?;
        if self.take(":") {
            if self.take("]") {
                return Ok(Step::Slice(Some(from), None));
            }
            let upto = self.query()?;
            self.expect("]")?;
            return Ok(Step::Slice(Some(from), Some(upto)));
        }
        self.expect("]")?;
        Ok(Step::Index(from))
    }

    fn primary(&mut self) -> Parsed<Ast> {
        let start = self.span().start;
        match self.peek().clone() {
            Token::Number(number) => {
                self.advance();
                Ok(Ast::Number(number))
            }
            Token::StringStart => self.string(None),
            Token::Format(_) => self.string_or_format(),
            Token::Field(name) => {
                self.advance();
                let optional = self.take("?");
                let step = Step::Index(text(name));
                Ok(Ast::Step(Ast::Identity.into(), step.into(), optional))
            }
            Token::Binding(name) if name == "$__loc__" => {
                let line = self.line();
                self.advance();
                Ok(Ast::Location(line))
            }
            Token::Binding(name) => {
                let span = self.span();
                self.advance();
                Ok(Ast::Variable(name, span))
            }
            Token::Word(word) => self.word(&word, start),
            Token::Operator("..") => {
                self.advance();
                Ok(Ast::Recurse)
            }
            Token::Operator(".") => {
                self.advance();
                match self.peek() {
                    Token::StringStart => {
                        let key = self.string(None)?;
                        let optional = self.take("?");
                        let step = Step::Index(key);
                        Ok(Ast::Step(Ast::Identity.into(), step.into(), optional))
                    }
                    _ => Ok(Ast::Identity),
                }
            }
            Token::Operator("(") => {
                self.advance();
                let inner = self.query()?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Operator("[") => {
                self.advance();
                if self.take("]") {
                    return Ok(Ast::Array(None));
                }
                let inner = self.query()?;
                self.expect("]")?;
                Ok(Ast::Array(Some(inner.into())))
            }
            Token::Operator("{") => self.object(),
            _ => Err(self.unexpected("")),
        }
    }

    fn word(&mut self, word: &str, start: usize) -> Parsed<Ast> {
        match word {
            "if" => {
                self.advance();
                self.condition()
            }
            "try" => {
                self.advance();
                let body = self.term()?;
                let catch = match self.take_word("catch") {
                    true => Some(Box::new(self.term()?)),
                    false => None,
                };
                Ok(Ast::Try(body.into(), catch))
            }
            "reduce" => {
                self.advance();
                let (source, patterns) = self.source()?;
                let first = self.query()?;
                self.expect(";")?;
                let update = self.query()?;
                self.expect(")")?;
                Ok(Ast::Reduce(source.into(), patterns, [first, update].into()))
            }
            "foreach" => {
                self.advance();
                let (source, patterns) = self.source()?;
                let first = self.query()?;
                self.expect(";")?;
                let update = self.query()?;
                let extract = match self.take(";") {
                    true => Some(Box::new(self.query()?)),
                    false => None,
                };
                self.expect(")")?;
                let parts = [first, update].into();
                Ok(Ast::Foreach(source.into(), patterns, parts, extract))
            }
            "break" => {
                self.advance();
                let Token::Binding(name) = self.peek().clone() else {
                    let message = "break requires a label to break to";
                    return Err(Wrong::new(message, self.since(start)));
                };
                self.advance();
                Ok(Ast::Break(name, self.since(start)))
            }
            "def" => {
                let definition = self.definition()?;
                let rest = self.query()?;
                Ok(Ast::Define(definition.into(), rest.into()))
            }
            _ if lex::is_keyword(word) => Err(self.unexpected("")),
            _ => {
                let name_span = self.span();
                self.advance();
                let mut arguments = Vec::new();
                if self.take("(") {
                    loop {
                        arguments.push(self.query()?);
                        if !self.take(";") {
                            break;
                        }
                    }
                    self.expect(")")?;
                }
                Ok(Ast::Call(word.to_owned(), arguments, name_span))
            }
        }
    }

    fn source(&mut self) -> Parsed<(Ast, Vec<super::ast::Pattern>)> {
        let source = self.expression(0)?;
        self.expect_word("as")?;
        let patterns = self.patterns()?;
        self.expect("(")?;
        Ok((source, patterns))
    }

    fn condition(&mut self) -> Parsed<Ast> {
        self.nested(|parser| {
            let condition = parser.query()?;
            parser.expect_word("then")?;
            let then = parser.query()?;
            let otherwise = match parser.peek().clone() {
                Token::Word(word) if word == "elif" => {
                    parser.advance();
                    Some(Box::new(parser.condition()?))
                }
                Token::Word(word) if word == "else" => {
                    parser.advance();
                    let otherwise = parser.query()?;
                    parser.expect_word("end")?;
                    Some(Box::new(otherwise))
                }
                _ => {
                    parser.expect_word("end")?;
                    None
                }
            };
            Ok(Ast::If(condition.into(), then.into(), otherwise))
        })
    }

    /// A format, or a string with one.
    fn string_or_format(&mut self) -> Parsed<Ast> {
        match self.peek().clone() {
            Token::Format(format) => {
                self.advance();
                match self.peek() {
                    Token::StringStart => self.string(Some(format)),
                    _ => Ok(Ast::Format(format)),
                }
            }
            _ => self.string(None),
        }
    }

    pub(super) fn string(&mut self, format: Option<String>) -> Parsed<Ast> {
        self.advance();
        let mut pieces = Vec::new();
        loop {
            match self.peek().clone() {
                Token::StringText(text) => {
                    self.advance();
                    match pieces.last_mut() {
                        Some(Piece::Text(before)) => before.push_str(&text),
                        _ => pieces.push(Piece::Text(text)),
                    }
                }
                Token::InterpolationStart => {
                    self.advance();
                    pieces.push(Piece::Filter(self.query()?));
                    match self.peek() {
                        Token::InterpolationEnd => self.advance(),
                        _ => return Err(self.unexpected("")),
                    };
                }
                Token::StringEnd => {
                    self.advance();
                    return Ok(Ast::Text(format, pieces));
                }
                _ => {
                    let expecting = "QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END";
                    return Err(self.unexpected(expecting));
                }
            }
        }
    }

    fn object(&mut self) -> Parsed<Ast> {
        self.advance();
        let mut entries = Vec::new();
        if self.take("}") {
            return Ok(Ast::Object(entries));
        }
        loop {
            entries.push(self.entry()?);
            if self.take("}") {
                return Ok(Ast::Object(entries));
            }
            if !self.take(",") {
                return Err(self.unexpected(""));
            }
        }
    }

    fn entry(&mut self) -> Parsed<(Ast, Ast)> {
        let field = |key: Ast| Ast::Step(Ast::Identity.into(), Step::Index(key).into(), false);
        let span = self.span();
        let key = match self.peek().clone() {
            Token::Word(word) => {
                self.advance();
                text(word)
            }
            Token::Number(number) => {
                self.advance();
                if !self.is(":") {
                    return Err(self.loose_key(span.start));
                }
                let message = format!("Cannot use number ({number}) as object key");
                self.wrong.push(Wrong::new(message, span.clone()));
                text(number)
            }
            Token::Binding(name) => {
                self.advance();
                let value = match name.as_str() {
                    "$__loc__" => Ast::Location(self.line()),
                    _ => Ast::Variable(name.clone(), span.clone()),
                };
                if self.take(":") {
                    return Ok((value, self.entry_value()?));
                }
                let name = name[1..].to_owned();
                return Ok((text(name), value));
            }
            Token::StringStart | Token::Format(_) => {
                let key = self.string_or_format()?;
                match self.is(":") {
                    true => key,
                    false => return Ok((key.clone(), field(key))),
                }
            }
            Token::Operator("(") => {
                self.advance();
                let start = self.span().start;
                let key = self.query()?;
                let span = self.since(start);
                self.expect(")")?;
                self.check_key(&key, span);
                self.expect(":")?;
                return Ok((key, self.entry_value()?));
            }
            _ => return Err(self.unexpected("")),
        };
        if self.take(":") {
            return Ok((key, self.entry_value()?));
        }
        if !self.is(",") && !self.is("}") {
            return Err(self.loose_key(span.start));
        }
        Ok((key.clone(), field(key)))
    }

    /// The error for a key like `1+2`.
    fn loose_key(&mut self, start: usize) -> Wrong {
        let unexpected = self.unexpected("");
        let mut depth = 0usize;
        loop {
            match self.peek() {
                Token::End => return unexpected,
                Token::Operator("(" | "[" | "{") => depth += 1,
                Token::Operator(")" | "]" | "}") if depth == 0 => return unexpected,
                Token::Operator(")" | "]" | "}") => depth -= 1,
                Token::Operator(":") if depth == 0 => {
                    let message = "May need parentheses around object key expression";
                    return Wrong::new(message, self.since(start));
                }
                _ => {}
            }
            self.advance();
        }
    }

    pub(super) fn check_key(&mut self, key: &Ast, span: super::Span) {
        let kind = match key {
            _ if !is_constant(key) => return,
            Ast::Text(..) => return,
            Ast::Number(number) => format!("number ({number})"),
            Ast::Call(name, _, _) if name == "null" => "null (null)".into(),
            Ast::Call(name, _, _) => format!("boolean ({name})"),
            Ast::Array(None) => "array ([])".into(),
            Ast::Array(_) => "array ([...])".into(),
            _ => "object ({...})".into(),
        };
        let message = format!("Cannot use {kind} as object key");
        self.wrong.push(Wrong::new(message, span));
    }

    fn entry_value(&mut self) -> Parsed<Ast> {
        let mut parts = vec![self.expression(0)?];
        while self.take("|") {
            parts.push(self.expression(0)?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Ast::Pipe(parts),
        })
    }
}

/// A string without interpolation.
pub(super) fn text(text: String) -> Ast {
    Ast::Text(None, vec![Piece::Text(text)])
}
