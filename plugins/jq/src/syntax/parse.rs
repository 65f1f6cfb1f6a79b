//! Tokens become a tree: the file, queries and operators.

use super::ast::{Ast, Compare, Definition, File, Import, Math, Operator, Piece};
use super::lex::{self, Token};
use super::{Span, Wrong};

/// Expressions nested deeper are refused.
const DEEPEST: usize = 1000;

/// What is found or what is wrong.
pub(super) type Parsed<T> = Result<T, Wrong>;

/// Goes through the tokens.
pub(crate) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
    /// What is wrong, but no obstacle to what follows.
    pub(super) wrong: Vec<Wrong>,
}

/// The tree of a program or a module.
pub(crate) fn parse(text: &str) -> Result<File, Vec<Wrong>> {
    let (tokens, wrong) = lex::lex(text);
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        depth: 0,
        wrong,
    };
    match parser.file() {
        Ok(file) if parser.wrong.is_empty() => Ok(file),
        Ok(_) => Err(parser.wrong),
        Err(wrong) => {
            parser.wrong.push(wrong);
            Err(parser.wrong)
        }
    }
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    pub(super) fn ahead(&self, count: usize) -> &Token {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + count).min(last)].0
    }

    pub(super) fn span(&self) -> Span {
        self.tokens[self.at].1.clone()
    }

    /// From `start` to the token before this one.
    pub(super) fn since(&self, start: usize) -> Span {
        let end = self
            .at
            .checked_sub(1)
            .map_or(start, |at| self.tokens[at].1.end);
        start..end.max(start)
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.tokens[self.at].0.clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    pub(super) fn is(&self, operator: &str) -> bool {
        matches!(self.peek(), Token::Operator(found) if *found == operator)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found == word)
    }

    pub(super) fn take(&mut self, operator: &str) -> bool {
        let found = self.is(operator);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect(&mut self, operator: &str) -> Parsed<()> {
        match self.take(operator) {
            true => Ok(()),
            false => Err(self.unexpected("")),
        }
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Parsed<()> {
        match self.take_word(word) {
            true => Ok(()),
            false => Err(self.unexpected("")),
        }
    }

    pub(super) fn line(&self) -> usize {
        self.text[..self.span().start].matches('\n').count() + 1
    }

    pub(super) fn unexpected(&self, expecting: &str) -> Wrong {
        let name = lex::name(self.peek());
        let message = match expecting {
            "" => format!("syntax error, unexpected {name}"),
            _ => format!("syntax error, unexpected {name}, expecting {expecting}"),
        };
        let mut span = self.span();
        if *self.peek() == Token::End && self.at > 0 {
            span = self.tokens[self.at - 1].1.clone();
        }
        Wrong::new(message, span)
    }

    fn file(&mut self) -> Parsed<File> {
        let mut file = File::default();
        if self.take_word("module") {
            let start = self.span().start;
            let meta = self.query()?;
            let span = self.since(start);
            self.expect(";")?;
            self.check_meta(&meta, span);
            file.meta = Some(meta);
        }
        while self.is_word("import") || self.is_word("include") {
            file.imports.push(self.import()?);
        }
        while self.is_word("def") {
            file.definitions.push(self.definition()?);
        }
        match self.peek() {
            Token::End => {}
            // A file may end where nothing but an end could follow its definitions.
            Token::Invalid | Token::Operator("%" | ")" | "]" | "}") => {
                return Err(self.unexpected("end of file"));
            }
            _ => file.main = Some(self.query()?),
        }
        match self.peek() {
            Token::End => Ok(file),
            _ => Err(self.unexpected("end of file")),
        }
    }

    fn check_meta(&mut self, meta: &Ast, span: Span) {
        if !is_constant(meta) {
            let message = "Module metadata must be constant";
            self.wrong.push(Wrong::new(message, span));
        } else if !matches!(meta, Ast::Object(_)) {
            let message = "Module metadata must be an object";
            self.wrong.push(Wrong::new(message, span));
        }
    }

    fn import(&mut self) -> Parsed<Import> {
        let is_import = self.is_word("import");
        self.advance();
        let start = self.span().start;
        if *self.peek() != Token::StringStart {
            return Err(self.unexpected(""));
        }
        let path = match self.string(None)? {
            Ast::Text(None, pieces) if pieces.iter().all(|p| matches!(p, Piece::Text(_))) => {
                let text = |piece: &Piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Filter(_) => String::new(),
                };
                pieces.iter().map(text).collect()
            }
            _ => {
                let span = self.since(start);
                self.wrong
                    .push(Wrong::new("Import path must be constant", span));
                String::new()
            }
        };
        let mut name = None;
        if is_import {
            self.expect_word("as")?;
            name = match self.advance() {
                Token::Word(name) | Token::Binding(name) => Some(name),
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected("IDENT or BINDING"));
                }
            };
        }
        let mut meta = None;
        if !self.is(";") {
            let start = self.span().start;
            let found = self.query()?;
            let span = self.since(start);
            self.check_meta(&found, span);
            meta = Some(found);
        }
        self.expect(";")?;
        Ok(Import { path, name, meta })
    }

    pub(super) fn definition(&mut self) -> Parsed<Definition> {
        self.expect_word("def")?;
        let Token::Word(name) = self.peek().clone() else {
            return Err(self.unexpected("IDENT"));
        };
        if lex::is_keyword(&name) {
            return Err(self.unexpected("IDENT"));
        }
        self.advance();
        let mut parameters = Vec::new();
        if self.take("(") {
            loop {
                match self.peek().clone() {
                    Token::Binding(name) => parameters.push(name),
                    Token::Word(name) if !lex::is_keyword(&name) => parameters.push(name),
                    _ => return Err(self.unexpected("IDENT or BINDING")),
                }
                self.advance();
                if !self.take(";") {
                    break;
                }
            }
            self.expect(")")?;
        }
        self.expect(":")?;
        let body = self.query()?;
        self.expect(";")?;
        Ok(Definition {
            name,
            parameters,
            body,
        })
    }

    /// Counts how deep the text is nested.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEEPEST {
            return Err(Wrong::new("memory exhausted", self.span()));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    pub(super) fn query(&mut self) -> Parsed<Ast> {
        self.nested(|parser| {
            let mut parts = vec![parser.alternatives()?];
            while parser.take("|") {
                parts.push(parser.alternatives()?);
            }
            Ok(single(parts, Ast::Pipe))
        })
    }

    fn alternatives(&mut self) -> Parsed<Ast> {
        let mut parts = vec![self.item()?];
        while self.take(",") {
            parts.push(self.item()?);
        }
        Ok(single(parts, Ast::Comma))
    }

    fn item(&mut self) -> Parsed<Ast> {
        if self.is_word("def") {
            let definition = self.definition()?;
            let rest = self.query()?;
            return Ok(Ast::Define(definition.into(), rest.into()));
        }
        if self.is_word("label") {
            self.advance();
            let Token::Binding(name) = self.peek().clone() else {
                return Err(self.unexpected("BINDING"));
            };
            self.advance();
            self.expect("|")?;
            return Ok(Ast::Label(name, self.query()?.into()));
        }
        let expression = self.expression(0)?;
        if self.take_word("as") {
            let patterns = self.patterns()?;
            self.expect("|")?;
            let body = self.query()?;
            return Ok(Ast::Bind(expression.into(), patterns, body.into()));
        }
        Ok(expression)
    }

    /// An operator, how tightly it binds, and the least tightness to its right.
    fn operator(&self) -> Option<(Operator, u8, u8)> {
        use Operator as O;
        Some(match self.peek() {
            Token::Word(word) if word == "or" => (O::Or, 3, 4),
            Token::Word(word) if word == "and" => (O::And, 4, 5),
            Token::Operator(operator) => match *operator {
                "//" => (O::Alternative, 1, 1),
                "=" => (O::Assign, 2, 3),
                "|=" => (O::Modify, 2, 3),
                "+=" => (O::ModifyMath(Math::Add), 2, 3),
                "-=" => (O::ModifyMath(Math::Sub), 2, 3),
                "*=" => (O::ModifyMath(Math::Mul), 2, 3),
                "/=" => (O::ModifyMath(Math::Div), 2, 3),
                "%=" => (O::ModifyMath(Math::Rem), 2, 3),
                "//=" => (O::ModifyAlternative, 2, 3),
                "==" => (O::Compare(Compare::Equal), 5, 6),
                "!=" => (O::Compare(Compare::Unequal), 5, 6),
                "<" => (O::Compare(Compare::Less), 5, 6),
                ">" => (O::Compare(Compare::Greater), 5, 6),
                "<=" => (O::Compare(Compare::AtMost), 5, 6),
                ">=" => (O::Compare(Compare::AtLeast), 5, 6),
                "+" => (O::Math(Math::Add), 6, 7),
                "-" => (O::Math(Math::Sub), 6, 7),
                "*" => (O::Math(Math::Mul), 7, 8),
                "/" => (O::Math(Math::Div), 7, 8),
                "%" => (O::Math(Math::Rem), 7, 8),
                _ => return None,
            },
            _ => return None,
        })
    }

    pub(super) fn expression(&mut self, least: u8) -> Parsed<Ast> {
        self.nested(|parser| {
            let mut left = parser.term()?;
            let mut chained = None;
            while let Some((operator, tightness, right)) = parser.operator() {
                if tightness < least {
                    break;
                }
                if chained == Some(tightness) {
                    return Err(parser.unexpected(""));
                }
                parser.advance();
                let other = parser.expression(right)?;
                left = Ast::Binary(operator, left.into(), other.into());
                chained = matches!(tightness, 2 | 5).then_some(tightness);
            }
            Ok(left)
        })
    }
}

fn single(mut parts: Vec<Ast>, several: fn(Vec<Ast>) -> Ast) -> Ast {
    match parts.len() {
        1 => parts.remove(0),
        _ => several(parts),
    }
}

/// Whether a value is written out.
pub(crate) fn is_constant(ast: &Ast) -> bool {
    match ast {
        Ast::Number(_) => true,
        Ast::Text(None, pieces) => pieces.iter().all(|piece| matches!(piece, Piece::Text(_))),
        Ast::Array(None) => true,
        Ast::Array(Some(elements)) => match &**elements {
            Ast::Comma(elements) => elements.iter().all(is_constant),
            element => is_constant(element),
        },
        Ast::Object(entries) => entries
            .iter()
            .all(|(name, value)| is_constant(name) && is_constant(value)),
        Ast::Call(name, arguments, _) => {
            arguments.is_empty() && matches!(name.as_str(), "null" | "true" | "false")
        }
        _ => false,
    }
}
