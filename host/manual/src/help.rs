//! What a help text consists of. The texts are as different as the native tools; what they have in common is that an
//! option begins an indented line, and that its description is in a column of its own or on lines that are indented
//! further.

/// A part of a help text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Above the options of a kind; without its colon.
    Heading(String),
    /// An option and its description.
    Option(Entry),
    /// Other lines, as they are.
    Text(Vec<String>),
}

/// An option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its names and values, as the text has them, such as `-c, --count <count>`.
    pub left: String,
    /// Its description, in one line.
    pub text: String,
    indent: usize,
}

/// Descriptions begin at least so far from the left, or further than their option.
const COLUMN: usize = 8;
/// Options are not further from the left.
const FURTHEST: usize = 16;

/// The words that a tool takes first, such as the objects of ip(8).
pub fn objects(text: &str) -> Vec<&str> {
    const MARK: &str = "OBJECT:";
    let mut lines = text.lines().skip_while(|line| !line.starts_with(MARK));
    let first = lines.next().and_then(|line| line.strip_prefix(MARK));
    let rest = lines.take_while(|line| line.starts_with(' ') && !line.trim().starts_with("or "));
    let lines = first.into_iter().chain(rest);
    lines.flat_map(str::split_whitespace).collect()
}

/// The parts of a text.
pub fn parse(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    // Whether the last line was empty.
    let mut apart = true;
    for line in text.lines() {
        let line = line.replace('\t', "        ");
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        if content.is_empty() {
            if let Some(Block::Text(lines)) = blocks.last_mut() {
                lines.push(String::new());
            }
            apart = true;
            continue;
        }
        let was_apart = std::mem::replace(&mut apart, false);
        if indent > 0 && indent <= FURTHEST && is_option(content) {
            blocks.push(Block::Option(entry(content, indent)));
            continue;
        }
        // The options of ip(8) begin behind their heading.
        if let Some((words, rest)) = content.split_once(":  ")
            && indent == 0
            && is_option(rest.trim_start())
        {
            blocks.push(Block::Heading(words.to_owned()));
            blocks.push(Block::Option(entry(rest.trim_start(), FURTHEST)));
            continue;
        }
        match blocks.last_mut() {
            Some(Block::Option(option)) if !was_apart && indent > option.indent.max(COLUMN - 1) => {
                if !option.text.is_empty() {
                    option.text.push(' ');
                }
                option.text.push_str(content);
            }
            _ if indent == 0 && is_heading(content) => {
                blocks.push(Block::Heading(content.trim_end_matches(':').to_owned()));
            }
            Some(Block::Text(lines)) => lines.push(line.trim_end().to_owned()),
            _ => blocks.push(Block::Text(vec![line.trim_end().to_owned()])),
        }
    }
    for block in &mut blocks {
        if let Block::Text(lines) = block {
            while lines.last().is_some_and(String::is_empty) {
                lines.pop();
            }
        }
    }
    blocks
}

fn is_heading(line: &str) -> bool {
    let words = line.strip_suffix(':').unwrap_or_default();
    let plain = !words.is_empty() && words.len() < 60 && !words.contains("  ");
    plain || matches!(line, "Usage" | "Options")
}

/// `-x`, `--long`, `+[no]word`; not a dash that stands for itself. Also `<destination>` with a description.
fn is_option(content: &str) -> bool {
    if let Some((_, after)) = content
        .strip_prefix('<')
        .and_then(|rest| rest.split_once('>'))
    {
        return after.starts_with("  ");
    }
    let mut characters = content.chars();
    let sign = characters.next();
    let next = characters.next();
    matches!(sign, Some('-' | '+')) && next.is_some_and(|next| !next.is_whitespace())
}

/// Two spaces or more are between the names and the description; also between two names, where the next one begins
/// with its sign.
fn entry(content: &str, indent: usize) -> Entry {
    let mut at = 0;
    while let Some(gap) = content.get(at..).and_then(|rest| rest.find("  ")) {
        let gap = at + gap;
        let rest = content.get(gap..).unwrap_or_default().trim_start();
        if !is_option(rest) {
            return Entry {
                left: squeezed(content.get(..gap).unwrap_or_default()),
                text: rest.to_owned(),
                indent,
            };
        }
        at = content.len() - rest.len();
    }
    Entry {
        left: squeezed(content),
        text: String::new(),
        indent,
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Entry {
    /// The names as somebody types them, each with whether it takes a value. `+[no]word` has two.
    pub fn names(&self) -> Vec<(String, bool)> {
        // The sign of the first one is that of all: `+[no]all, [no]question`.
        if let Some(rest) = self.left.strip_prefix('+') {
            let words = rest.split(", ").map(|word| word.trim_start_matches('+'));
            return words
                .flat_map(|word| names_in(&format!("+{word}")))
                .collect();
        }
        names_in(&self.left)
    }
}

fn names_in(left: &str) -> Vec<(String, bool)> {
    let mut names = Vec::new();
    let takes_value = |after: &str| {
        let after = after.trim_start_matches(',').trim_start();
        after.starts_with(['<', '=', '[']) || after.starts_with(|c: char| c.is_alphanumeric())
    };
    let mut rest = left;
    while let Some(start) = rest.find(['-', '+']) {
        let word = rest.get(start..).unwrap_or_default();
        let inside = start > 0 && !rest[..start].ends_with([' ', ',', '(', '|', '/']);
        let sign = word.chars().next().unwrap_or('-');
        let skip = if word.starts_with("+[no]") { 5 } else { 1 };
        let body = word.get(skip..).unwrap_or_default();
        let dashes = body.len() - body.trim_start_matches('-').len();
        let length = body
            .get(dashes..)
            .unwrap_or_default()
            .find(|c: char| !(c.is_ascii_alphanumeric() || "-_.?".contains(c)))
            .unwrap_or(body.len() - dashes);
        let (name, mut after) = body.split_at(dashes + length);
        // `-s[tatistics]` is a letter and a word.
        let mut whole = None;
        if dashes == 0
            && sign == '-'
            && let Some((end, beyond)) = rest_of_word(after)
        {
            whole = Some(format!("{sign}{name}{end}"));
            after = beyond;
        }
        if !inside && length > 0 && dashes < 2 {
            let value = takes_value(after);
            names.push((format!("{sign}{name}"), value));
            names.extend(whole.map(|whole| (whole, value)));
            if skip == 5 {
                names.push((format!("{sign}no{name}"), false));
            }
        }
        rest = after;
    }
    names
}

/// The letters in brackets, and what is behind.
fn rest_of_word(after: &str) -> Option<(&str, &str)> {
    let (end, beyond) = after.strip_prefix('[')?.split_once(']')?;
    let is_word = end.starts_with(|c: char| c.is_ascii_lowercase())
        && end.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    is_word.then_some((end, beyond))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(text: &str) -> Vec<(String, String)> {
        let option = |block| match block {
            Block::Option(entry) => Some((entry.left, entry.text)),
            _ => None,
        };
        parse(text).into_iter().filter_map(option).collect()
    }

    #[test]
    fn columns_of_each_form_are_read() {
        let text = "Usage: x\n\n  -c <count>             stop\n  -f first_ttl  --first=first_ttl\n                              \
                    Start from\n                              there\n   -h, --help          this message\n";
        let expected = [
            ("-c <count>", "stop"),
            ("-f first_ttl --first=first_ttl", "Start from there"),
            ("-h, --help", "this message"),
        ];
        let expected = expected.map(|(left, text)| (left.to_owned(), text.to_owned()));
        assert_eq!(options(text), expected);
    }

    #[test]
    fn what_is_below_an_option_belongs_to_it_only_if_it_is_indented() {
        let text = "Options:\n  +[no]qr\n        show the query\n\nMore:\n  a - b\n";
        let blocks = parse(text);
        assert_eq!(blocks.len(), 4, "{blocks:#?}");
        assert_eq!(blocks[0], Block::Heading("Options".into()));
        assert_eq!(options(text)[0].1, "show the query");
        assert_eq!(blocks[3], Block::Text(vec!["  a - b".into()]));
    }

    #[test]
    fn objects_are_the_words_behind_their_mark() {
        let text = "Usage: ip\nOBJECT:   address link\n          route\n          or the beginning\nOPTIONS:  -4 -6\n          -s[tatistics]\n";
        assert_eq!(objects(text), ["address", "link", "route"]);
        assert_eq!(objects("Usage: x\n"), [""; 0]);
        assert_eq!(options(text).len(), 2);
    }

    #[test]
    fn names_are_those_that_are_typed() {
        let names = |left: &str| {
            let entry = entry(left, 2);
            entry.names()
        };
        let named = |name: &str, value| (name.to_owned(), value);
        assert_eq!(
            names("-c, --count <count>"),
            [named("-c", false), named("--count", true)]
        );
        assert_eq!(names("-s <KIND>"), [named("-s", true)]);
        assert_eq!(
            names("+[no]dns64prefix"),
            [named("+dns64prefix", false), named("+nodns64prefix", false)]
        );
        assert_eq!(names("+[no]cmd, [no]stats, split=N").len(), 5);
        assert_eq!(names("+bufsize=B"), [named("+bufsize", true)]);
        assert_eq!(
            names("-sL -sn (-sP)"),
            [
                named("-sL", false),
                named("-sn", false),
                named("-sP", false)
            ]
        );
        assert_eq!(
            names("-?, --help"),
            [named("-?", false), named("--help", false)]
        );
        assert_eq!(names("-w MAX,HERE-NEAR"), [named("-w", true)]);
        assert_eq!(
            names("-s[tatistics] -n[etns] NAME"),
            [
                named("-s", false),
                named("-statistics", false),
                named("-n", true),
                named("-netns", true)
            ]
        );
        assert_eq!(names("--dont-fragment"), [named("--dont-fragment", false)]);
    }
}
