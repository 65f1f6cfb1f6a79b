//! Many URLs in one: `{one,two}`, `[1-9]`, `[a-z]`, `[1-10:2]`, and `#1` in the names of files.

/// A URL that may stand for many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Set(Vec<String>),
    Letters {
        first: u8,
        last: u8,
        step: u8,
    },
    Numbers {
        first: u64,
        last: u64,
        step: u64,
        width: usize,
    },
}

/// Why it is none, and at which octet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) why: &'static str,
    pub(crate) at: usize,
}

/// More URLs than this are not asked for by one pattern.
const MOST: u64 = 1 << 40;

impl Glob {
    /// A URL as it is.
    pub(crate) fn literal(url: &str) -> Self {
        Self {
            parts: vec![Part::Text(url.into())],
        }
    }

    /// Reads the pattern.
    pub(crate) fn parse(url: &str) -> Result<Self, Broken> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut at = 0;
        let mut many: u64 = 1;
        while let Some(letter) = url.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = &url[at..];
            let special = match letter {
                '{' => Some(set(url, at)?),
                '[' if rest.starts_with("[]") || is_address(rest) => None,
                '[' => Some(range(url, at)?),
                '}' | ']' => {
                    return Err(Broken {
                        why: "unmatched close brace/bracket",
                        at: at + 1,
                    });
                }
                '\\' if rest[1..].starts_with(['{', '}', '[', ']']) => {
                    text.push_str(&rest[1..2]);
                    at += 2;
                    continue;
                }
                _ => None,
            };
            match special {
                Some((part, end)) => {
                    many = many.saturating_mul(part.count());
                    if many > MOST {
                        return Err(Broken {
                            why: "range overflow",
                            at: at + 1,
                        });
                    }
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(part);
                    at = end;
                }
                None if letter == '[' => {
                    // An IPv6 address up to its bracket.
                    let end = rest.find(']').map_or(rest.len(), |end| end + 1);
                    text.push_str(&rest[..end]);
                    at += end;
                }
                None => {
                    text.push(letter);
                    at += letter.len_utf8();
                }
            }
        }
        parts.push(Part::Text(text));
        Ok(Self { parts })
    }

    /// How many URLs it stands for.
    pub(crate) fn count(&self) -> u64 {
        self.parts
            .iter()
            .fold(1, |many: u64, part| many.saturating_mul(part.count()))
    }

    /// One of the URLs, and what stands for each pattern in it.
    pub(crate) fn get(&self, index: u64) -> (String, Vec<String>) {
        let mut rest = index;
        let mut chosen = vec![0; self.parts.len()];
        for (place, part) in chosen.iter_mut().zip(&self.parts).rev() {
            let count = part.count().max(1);
            *place = rest % count;
            rest /= count;
        }
        let mut url = String::new();
        let mut values = Vec::new();
        for (part, index) in self.parts.iter().zip(chosen) {
            let value = part.get(index);
            url.push_str(&value);
            if !matches!(part, Part::Text(_)) {
                values.push(value);
            }
        }
        (url, values)
    }
}

/// A file's name, with `#1` and so on replaced by what stands for the patterns.
pub(crate) fn matched(name: &str, values: &[String]) -> String {
    let mut text = String::new();
    let mut rest = name;
    while let Some(at) = rest.find('#') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let digits = after
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(after.len());
        let number: usize = after[..digits].parse().unwrap_or_default();
        match number.checked_sub(1).and_then(|index| values.get(index)) {
            Some(value) => text.push_str(value),
            None => text.push_str(&rest[at..=at + digits]),
        }
        rest = &after[digits..];
    }
    text.push_str(rest);
    text
}

impl Part {
    fn count(&self) -> u64 {
        match self {
            Self::Text(_) => 1,
            Self::Set(values) => values.len() as u64,
            Self::Letters { first, last, step } => u64::from((last - first) / step) + 1,
            Self::Numbers {
                first, last, step, ..
            } => ((last - first) / step).saturating_add(1),
        }
    }

    fn get(&self, index: u64) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Set(values) => {
                let index = usize::try_from(index).unwrap_or_default();
                values.get(index).cloned().unwrap_or_default()
            }
            Self::Letters { first, step, .. } => {
                let index = u8::try_from(index).unwrap_or_default();
                char::from(first.saturating_add(step.saturating_mul(index))).to_string()
            }
            Self::Numbers {
                first, step, width, ..
            } => {
                let number = first.saturating_add(step.saturating_mul(index));
                format!("{number:0width$}")
            }
        }
    }
}

fn is_address(rest: &str) -> bool {
    let inner = rest[1..].split_once(']').map(|(inner, _)| inner);
    inner.is_some_and(|inner| {
        let address = inner.split_once('%').map_or(inner, |(address, _)| address);
        address.contains(':') && address.parse::<std::net::Ipv6Addr>().is_ok()
    })
}

fn set(url: &str, at: usize) -> Result<(Part, usize), Broken> {
    let broken = |why, at| Err(Broken { why, at });
    let mut values = Vec::new();
    let mut value = String::new();
    let mut letters = url[at + 1..].char_indices();
    while let Some((place, letter)) = letters.next() {
        let here = at + 1 + place;
        match letter {
            '{' | '[' => return broken("nested brace", here + 1),
            ']' => return broken("unexpected close bracket", here + 1),
            ',' => values.push(std::mem::take(&mut value)),
            '}' => {
                if here == at + 1 {
                    return broken("empty string within braces", here + 1);
                }
                values.push(value);
                return Ok((Part::Set(values), here + 1));
            }
            '\\' => match letters.next() {
                Some((_, escaped)) => value.push(escaped),
                None => break,
            },
            other => value.push(other),
        }
    }
    broken("unmatched brace", at + 1)
}

fn range(url: &str, at: usize) -> Result<(Part, usize), Broken> {
    let rest = &url[at + 1..];
    let begun = rest.chars().nth(1) == Some('-') || rest.starts_with(|c: char| c.is_ascii_digit());
    let end = rest.find(']').map_or(url.len(), |place| at + place + 2);
    let place = if begun { end + 1 } else { at + 2 };
    let bad = |why| Broken { why, at: place };
    let first_letter = url[at + 1..].chars().next().unwrap_or_default();
    let why = match first_letter.is_ascii_alphanumeric() {
        true => "bad range",
        false => "bad range specification",
    };
    let (inner, _) = url[at + 1..].split_once(']').ok_or(bad(why))?;
    let end = at + 1 + inner.len() + 1;
    let (first, rest) = inner.split_once('-').ok_or(bad(why))?;
    let (last, step) = match rest.split_once(':') {
        Some((last, step)) => (last, step.parse::<u64>().map_err(|_| bad("bad range"))?),
        None => (rest, 1),
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten()
    };
    if let (Some(from), Some(to)) = (number(first), number(last)) {
        let width = match first.starts_with('0') {
            true => first.len(),
            false => 0,
        };
        if from > to || step == 0 || (step > to - from && from != to) {
            return Err(bad("bad range"));
        }
        return Ok((
            Part::Numbers {
                first: from,
                last: to,
                step,
                width,
            },
            end,
        ));
    }
    if let ([from], [to]) = (first.as_bytes(), last.as_bytes())
        && from.is_ascii_alphabetic()
        && to.is_ascii_alphabetic()
    {
        let step = u8::try_from(step).map_err(|_| bad("bad range"))?;
        let same = from.is_ascii_lowercase() == to.is_ascii_lowercase();
        if from > to || step == 0 || !same || (step > to - from && from != to) {
            return Err(bad("bad range"));
        }
        return Ok((
            Part::Letters {
                first: *from,
                last: *to,
                step,
            },
            end,
        ));
    }
    Err(bad(why))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn all(url: &str) -> Vec<String> {
        let glob = Glob::parse(url).unwrap();
        (0..glob.count()).map(|index| glob.get(index).0).collect()
    }

    #[test]
    fn patterns_stand_for_many() {
        assert_eq!(all("x{a,b}[1-2]"), ["xa1", "xa2", "xb1", "xb2"]);
        assert_eq!(all("[001-003:2]"), ["001", "003"]);
        assert_eq!(all("[a-c]"), ["a", "b", "c"]);
        assert_eq!(all("http://[::1]/\\{x\\}"), ["http://[::1]/{x}"]);
        assert_eq!(all("{a,}"), ["a", ""]);
    }

    #[test]
    fn names_of_files_say_which() {
        let (_, values) = Glob::parse("h{a,b}/[1-2]").unwrap().get(3);
        assert_eq!(matched("f_#1_#2_#3", &values), "f_b_2_#3");
    }

    #[test]
    fn what_is_broken_is_told_with_its_place() {
        let broken = |url| Glob::parse(url).unwrap_err();
        assert_eq!(broken("{a").why, "unmatched brace");
        assert_eq!(
            broken("http://x/[1-"),
            Broken {
                why: "bad range",
                at: 13
            }
        );
        assert_eq!(broken("a}").why, "unmatched close brace/bracket");
        assert_eq!(broken("[2-1]").why, "bad range");
        assert_eq!(broken("{}").why, "empty string within braces");
    }
}
