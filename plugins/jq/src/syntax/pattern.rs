//! The patterns that values are taken apart with.

use super::ast::{Ast, Pattern};
use super::lex::Token;
use super::parse::{Parsed, Parser};
use super::term::text;

impl Parser<'_> {
    /// Patterns with `?//` between them.
    pub(super) fn patterns(&mut self) -> Parsed<Vec<Pattern>> {
        let mut patterns = vec![self.pattern()?];
        while self.take("?//") {
            patterns.push(self.pattern()?);
        }
        Ok(patterns)
    }

    fn pattern(&mut self) -> Parsed<Pattern> {
        self.nested(|parser| match parser.peek().clone() {
            Token::Binding(name) => {
                parser.advance();
                Ok(Pattern::Variable(name))
            }
            Token::Operator("[") => {
                parser.advance();
                let mut parts = vec![parser.pattern()?];
                while parser.take(",") {
                    parts.push(parser.pattern()?);
                }
                parser.expect("]")?;
                Ok(Pattern::Array(parts))
            }
            Token::Operator("{") => {
                parser.advance();
                let mut parts = Vec::new();
                loop {
                    parser.part(&mut parts)?;
                    if !parser.take(",") {
                        break;
                    }
                }
                parser.expect("}")?;
                Ok(Pattern::Object(parts))
            }
            _ => Err(parser.unexpected("BINDING or '[' or '{'")),
        })
    }

    fn part(&mut self, parts: &mut Vec<(Ast, Pattern)>) -> Parsed<()> {
        let key = match self.peek().clone() {
            Token::Binding(name) => {
                self.advance();
                let key = text(name[1..].to_owned());
                parts.push((key.clone(), Pattern::Variable(name)));
                if !self.is(":") {
                    return Ok(());
                }
                key
            }
            Token::Word(word) => {
                self.advance();
                text(word)
            }
            Token::StringStart => self.string(None)?,
            Token::Operator("(") => {
                self.advance();
                let start = self.span().start;
                let key = self.query()?;
                let span = self.since(start);
                self.expect(")")?;
                self.check_key(&key, span);
                key
            }
            _ => return Err(self.unexpected("")),
        };
        self.expect(":")?;
        let pattern = self.pattern()?;
        parts.push((key, pattern));
        Ok(())
    }
}
