//! The syntax of dhclient.conf(5) and dhclient.leases(5): statements of words, some with a block of statements.

use crate::v4::value::Word;

/// Blocks within blocks; files have two.
const DEEPEST: usize = 8;
/// The longest file.
const LONGEST: usize = 4 << 20;

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The line that it begins on.
    pub line: usize,
    /// Its words, without commas.
    pub words: Vec<Word>,
    /// The statements in braces, if it has any.
    pub block: Option<Vec<Statement>>,
}

impl Statement {
    /// The plain words at its beginning, up to the first quoted text.
    pub fn plain(&self) -> Vec<&str> {
        let words = self.words.iter().map_while(|word| match word {
            Word::Plain(text) => Some(text.as_str()),
            Word::Quoted(_) => None,
        });
        words.collect()
    }

    /// The word at this place as text.
    pub fn text(&self, at: usize) -> Option<String> {
        self.words.get(at).map(|word| match word {
            Word::Plain(text) => text.clone(),
            Word::Quoted(text) => String::from_utf8_lossy(text).into_owned(),
        })
    }
}

/// A mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line.
    pub line: usize,
    /// What is wrong.
    pub what: &'static str,
}

/// Reads a file.
///
/// # Errors
/// The first mistake.
pub fn parse(text: &[u8]) -> Result<Vec<Statement>, Mistake> {
    if text.len() > LONGEST {
        return Err(Mistake {
            line: 0,
            what: "longer than 4 MiB",
        });
    }
    let mut reader = Reader {
        rest: text,
        line: 1,
    };
    reader.statements(0)
}

struct Reader<'a> {
    rest: &'a [u8],
    line: usize,
}

enum Token {
    Word(Word),
    Semicolon,
    Open,
    Close,
    End,
}

impl Reader<'_> {
    fn statements(&mut self, depth: usize) -> Result<Vec<Statement>, Mistake> {
        let (mut all, mut words, mut line) = (Vec::new(), Vec::new(), self.line);
        loop {
            let token = self.token()?;
            if words.is_empty() {
                line = self.line;
            }
            match token {
                Token::Word(word) => words.push(word),
                Token::Semicolon => {
                    let words = std::mem::take(&mut words);
                    if !words.is_empty() {
                        all.push(Statement {
                            line,
                            words,
                            block: None,
                        });
                    }
                }
                Token::Open if depth < DEEPEST => {
                    let block = Some(self.statements(depth + 1)?);
                    let words = std::mem::take(&mut words);
                    all.push(Statement { line, words, block });
                }
                Token::Open => return Err(self.mistake("too many blocks within blocks")),
                Token::Close if depth > 0 && words.is_empty() => return Ok(all),
                Token::Close if depth > 0 => return Err(self.mistake("semicolon expected.")),
                Token::Close => return Err(self.mistake("unexpected right brace.")),
                Token::End if depth == 0 && words.is_empty() => return Ok(all),
                Token::End => return Err(self.mistake("unexpected end of file")),
            }
        }
    }

    fn mistake(&self, what: &'static str) -> Mistake {
        Mistake {
            line: self.line,
            what,
        }
    }

    fn token(&mut self) -> Result<Token, Mistake> {
        loop {
            let Some((first, rest)) = self.rest.split_first() else {
                return Ok(Token::End);
            };
            match first {
                b'\n' => {
                    self.line += 1;
                    self.rest = rest;
                }
                b' ' | b'\t' | b'\r' | b',' => self.rest = rest,
                b'#' => {
                    let end = rest.iter().position(|octet| *octet == b'\n');
                    self.rest = rest.get(end.unwrap_or(rest.len())..).unwrap_or_default();
                }
                b';' => {
                    self.rest = rest;
                    return Ok(Token::Semicolon);
                }
                b'{' => {
                    self.rest = rest;
                    return Ok(Token::Open);
                }
                b'}' => {
                    self.rest = rest;
                    return Ok(Token::Close);
                }
                b'=' => {
                    self.rest = rest;
                    return Ok(Token::Word(Word::Plain("=".into())));
                }
                b'"' => return self.quoted(rest),
                _ => {
                    let ends = |octet: &u8| b" \t\r\n,;{}=\"#".contains(octet);
                    let end = self.rest.iter().position(ends).unwrap_or(self.rest.len());
                    let (word, rest) = self.rest.split_at(end);
                    self.rest = rest;
                    let text = String::from_utf8_lossy(word).into_owned();
                    return Ok(Token::Word(Word::Plain(text)));
                }
            }
        }
    }

    fn quoted(&mut self, mut rest: &[u8]) -> Result<Token, Mistake> {
        let mut text = Vec::new();
        loop {
            let (octet, next) = match rest {
                [] | [b'\n', ..] => return Err(self.mistake("the text in quotes has no end")),
                [b'"', next @ ..] => {
                    // The lifetime of what is left is that of the file.
                    let left = next.len();
                    self.rest = self.rest.get(self.rest.len() - left..).unwrap_or_default();
                    return Ok(Token::Word(Word::Quoted(text)));
                }
                [
                    b'\\',
                    a @ b'0'..=b'3',
                    b @ b'0'..=b'7',
                    c @ b'0'..=b'7',
                    next @ ..,
                ] => {
                    let digit = |digit: &u8| digit - b'0';
                    (digit(a) << 6 | digit(b) << 3 | digit(c), next)
                }
                [b'\\', b'n', next @ ..] => (b'\n', next),
                [b'\\', b't', next @ ..] => (b'\t', next),
                [b'\\', octet, next @ ..] | [octet, next @ ..] => (*octet, next),
            };
            text.push(octet);
            rest = next;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn statements_have_words_and_blocks() {
        let file = b"# first\nsend host-name = gethostname();\nrequest a, b,c;\n\
                     lease {\n  option x \"q\\\"\\101;\"; }\n;";
        let all = parse(file).unwrap();
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].plain(), ["send", "host-name", "=", "gethostname()"]);
        assert_eq!((all[0].line, all[1].line, all[2].line), (2, 3, 4));
        assert_eq!(all[1].plain(), ["request", "a", "b", "c"]);
        let inner = &all[2].block.as_ref().unwrap()[0];
        assert_eq!(inner.plain(), ["option", "x"]);
        assert_eq!(inner.text(2).unwrap(), "q\"A;");
    }

    #[test]
    fn mistakes_have_their_line() {
        for (file, line) in [
            ("a;\nb", 2),
            ("a }", 1),
            ("a {\nb }", 2),
            ("a \"b\nc\";", 1),
            ("a {", 1),
        ] {
            assert_eq!(parse(file.as_bytes()).unwrap_err().line, line, "{file}");
        }
        let deep = "a {".repeat(100_000);
        assert!(parse(deep.as_bytes()).is_err());
    }
}
