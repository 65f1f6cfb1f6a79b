//! The fields of a line: in JSON each value that holds no other, with the way to it; in any other text each word.

use std::collections::BTreeMap;
use std::ops::Range;

/// Values nested deeper are taken as text.
const DEEPEST: usize = 64;

/// Where each field is in its line, by its way: a JSON pointer (RFC 6901), or the number of the word.
pub(crate) type Fields = BTreeMap<String, Range<usize>>;

/// The fields of a line of JSON; none if it is not JSON.
pub(crate) fn of_json(line: &str) -> Option<Fields> {
    let mut scanner = Scanner {
        line,
        at: 0,
        fields: Fields::new(),
    };
    if !matches!(scanner.peek(), Some(b'{' | b'[')) {
        return None;
    }
    scanner.value(&mut String::new(), 0)?;
    scanner.peek().is_none().then_some(scanner.fields)
}

/// The words of a line.
pub(crate) fn of_words(line: &str) -> Fields {
    let mut at = 0;
    let mut fields = Fields::new();
    for word in line.split_inclusive(char::is_whitespace) {
        let text = word.trim_end();
        if !text.is_empty() {
            fields.insert(format!("{:06}", fields.len()), at..at + text.len());
        }
        at += word.len();
    }
    fields
}

struct Scanner<'l> {
    line: &'l str,
    at: usize,
    fields: Fields,
}

impl Scanner<'_> {
    /// The next character that is not white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.line.as_bytes()[self.at..];
        let blank = |octet: &u8| octet.is_ascii_whitespace();
        self.at += rest.iter().take_while(|octet| blank(octet)).count();
        self.line.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, expected: u8) -> Option<()> {
        (self.peek()? == expected).then(|| self.at += 1)
    }

    fn value(&mut self, way: &mut String, depth: usize) -> Option<()> {
        let start = self.peek().map(|_| self.at)?;
        let is_object = match self.line.as_bytes()[start] {
            b'{' if depth < DEEPEST => true,
            b'[' if depth < DEEPEST => false,
            b'{' | b'[' => return None,
            b'"' => {
                self.string()?;
                return self.leaf(way, start);
            }
            _ => {
                self.bare()?;
                return self.leaf(way, start);
            }
        };
        self.at += 1;
        let end = if is_object { b'}' } else { b']' };
        if self.peek()? == end {
            self.at += 1;
            return self.leaf(way, start);
        }
        let length = way.len();
        for number in 0_usize.. {
            way.push('/');
            if is_object {
                self.peek()?;
                let name = self.string()?;
                way.push_str(&name.replace('~', "~0").replace('/', "~1"));
                self.take(b':')?;
            } else {
                way.push_str(&number.to_string());
            }
            self.value(way, depth + 1)?;
            way.truncate(length);
            if self.peek()? == end {
                self.at += 1;
                return Some(());
            }
            self.take(b',')?;
        }
        None
    }

    fn leaf(&mut self, way: &str, start: usize) -> Option<()> {
        self.fields.insert(way.to_owned(), start..self.at);
        Some(())
    }

    /// A string with its escapes as they are, without its quotes.
    fn string(&mut self) -> Option<String> {
        let octets = self.line.as_bytes();
        if octets.get(self.at) != Some(&b'"') {
            return None;
        }
        let start = self.at + 1;
        let mut at = start;
        loop {
            match octets.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        self.line.get(start..at).map(str::to_owned)
    }

    /// A number, true, false or null.
    fn bare(&mut self) -> Option<()> {
        let rest = &self.line.as_bytes()[self.at..];
        let is_part = |octet: &u8| octet.is_ascii_alphanumeric() || b"+-.".contains(octet);
        let length = rest.iter().take_while(|octet| is_part(octet)).count();
        self.at += length;
        (length > 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(line: &str, fields: &Fields) -> String {
        let one =
            |(way, range): (&String, &Range<usize>)| format!("{way}={}", &line[range.clone()]);
        fields.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn values_have_their_ways() {
        for (line, expected) in [
            (
                r#"{"a":1,"b":{"c":"x y","d":[]}}"#,
                r#"/a=1 /b/c="x y" /b/d=[]"#,
            ),
            (
                r#" [ true , {"a/b~":"\"é"} ] "#,
                r#"/0=true /1/a~1b~0="\"é""#,
            ),
            ("{}", "={}"),
        ] {
            let fields = of_json(line).unwrap_or_default();
            assert_eq!(listed(line, &fields), expected, "{line}");
        }
        let deep = "[".repeat(70) + &"]".repeat(70);
        for line in [
            "", "1", "[1", "{\"a\"}", "[1,]", "[1] x", "{a:1}", "[\"é\\", &deep,
        ] {
            assert!(of_json(line).is_none(), "{line}");
        }
        let words = "time=1 ms\tto  x";
        let expected = "000000=time=1 000001=ms 000002=to 000003=x";
        assert_eq!(listed(words, &of_words(words)), expected);
    }
}
