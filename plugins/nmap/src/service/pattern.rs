//! Patterns of answers: a regular expression, and fields that are filled with what it found.

use fancy_regex::{Captures, Regex, RegexBuilder};

use crate::model::Service;

/// The steps that one pattern may take on one answer.
const STEPS: usize = 200_000;

/// A pattern of an answer, and what it says of the service.
#[derive(Debug)]
pub(super) struct Pattern {
    service: String,
    pub(super) soft: bool,
    pub(super) source: String,
    flags: String,
    /// Fields such as `p/OpenSSH/`, by their letters.
    fields: Vec<(String, String)>,
}

impl Pattern {
    /// `ssh m|^SSH-([\d.]+)| p/OpenSSH/ v/$1/`.
    pub(super) fn read(rest: &str, soft: bool) -> Option<Self> {
        let (service, rest) = rest.split_once(' ')?;
        let rest = rest.trim_start().strip_prefix('m')?;
        let delimiter = rest.chars().next()?;
        let rest = rest.get(delimiter.len_utf8()..)?;
        let end = rest.find(delimiter)?;
        let source = rest.get(..end)?.to_owned();
        let mut rest = rest.get(end + delimiter.len_utf8()..)?;
        let flags_end = rest.find(' ').unwrap_or(rest.len());
        let flags = rest.get(..flags_end)?.to_owned();
        rest = rest.get(flags_end..)?.trim_start();
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let name_end = rest.find(|c: char| !c.is_ascii_lowercase())?;
            let mut name = rest.get(..name_end)?.to_owned();
            rest = rest.get(name_end..)?;
            if name == "cpe" {
                rest = rest.strip_prefix(':')?;
            }
            let delimiter = rest.chars().next()?;
            rest = rest.get(delimiter.len_utf8()..)?;
            let end = rest.find(delimiter)?;
            let value = rest.get(..end)?.to_owned();
            rest = rest.get(end + delimiter.len_utf8()..)?;
            // A flag of its own may follow a name of the platform.
            if name == "cpe" {
                rest = rest.trim_start_matches('a');
                name = "cpe".into();
            }
            fields.push((name, value));
            rest = rest.trim_start();
        }
        Some(Self {
            service: service.to_owned(),
            soft,
            source,
            flags,
            fields,
        })
    }

    pub(super) fn regex(&self) -> Option<Regex> {
        let mut source = String::from("(?");
        source.extend(self.flags.chars().filter(|flag| "is".contains(*flag)));
        source.push(')');
        if source == "(?)" {
            source.clear();
        }
        // In PCRE, \0 is the octet 0.
        let body = self.source.replace("\\0", "\\x00");
        source.push_str(&body);
        RegexBuilder::new(&source)
            .backtrack_limit(STEPS)
            .delegate_size_limit(1 << 20)
            .build()
            .ok()
    }

    pub(super) fn find(&self, text: &str) -> Option<Service> {
        // A pattern is used a few times in a run, and there are thousands: it is compiled if its beginning can match.
        if !may_match(&self.source, &self.flags, text) {
            return None;
        }
        let captures = self.regex()?.captures(text).ok()??;
        let mut service = Service {
            name: self.service.clone(),
            ..Service::default()
        };
        if let Some(name) = service.name.strip_prefix("ssl/") {
            service.name = name.to_owned();
            service.tls = true;
        }
        for (field, template) in &self.fields {
            let value = filled(template, &captures);
            if value.is_empty() {
                continue;
            }
            match field.as_str() {
                "p" => service.product = Some(value),
                "v" => service.version = Some(value),
                "i" => service.info = Some(value),
                "h" => service.hostname = Some(value),
                "o" => service.system = Some(value),
                "d" => service.device = Some(value),
                "cpe" => service
                    .names
                    .push(format!("cpe:/{}", value.to_ascii_lowercase())),
                _ => {}
            }
        }
        Some(service)
    }
}

/// Whether an anchored pattern begins with plain text that the answer begins with.
fn may_match(source: &str, flags: &str, text: &str) -> bool {
    let Some(rest) = source.strip_prefix('^') else {
        return true;
    };
    if source.contains('|') {
        return true;
    }
    let mut plain: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || " -/<:".contains(*c))
        .collect();
    // What follows may say that the last character is optional.
    if rest
        .get(plain.len()..)
        .is_some_and(|next| next.starts_with(['?', '*', '{', '+']))
    {
        plain.pop();
    }
    match flags.contains('i') {
        true => text
            .chars()
            .take(plain.len())
            .collect::<String>()
            .eq_ignore_ascii_case(&plain),
        false => text.starts_with(&plain),
    }
}

/// `$1`, `$P(1)` and `$SUBST(1,"_",".")` in a template.
pub(super) fn filled(template: &str, captures: &Captures<'_, str>) -> String {
    let group = |digits: &str| {
        let number: usize = digits.trim().parse().unwrap_or(0);
        captures
            .get(number)
            .map(|found| found.as_str())
            .unwrap_or_default()
    };
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + 1..).unwrap_or_default();
        if let Some(digit) = rest.chars().next().filter(char::is_ascii_digit) {
            out.push_str(group(&digit.to_string()));
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        // What does not end is left out.
        let function = rest.split_once('(');
        let Some((name, (inner, after))) =
            function.and_then(|(name, inner)| Some((name, inner.split_once(')')?)))
        else {
            rest = "";
            break;
        };
        match name {
            "P" => out.extend(
                group(inner)
                    .chars()
                    .filter(|c| c.is_ascii_graphic() || *c == ' '),
            ),
            "SUBST" => {
                let parts: Vec<&str> = inner
                    .split(',')
                    .map(|part| part.trim().trim_matches('"'))
                    .collect();
                if let [number, from, to] = parts[..] {
                    out.push_str(&group(number).replace(from, to));
                }
            }
            "I" => {
                let mut parts = inner.split(',');
                let bytes = group(parts.next().unwrap_or_default());
                let big = parts.next().is_some_and(|order| order.contains('>'));
                let mut octets: Vec<u8> = bytes
                    .chars()
                    .filter_map(|c| u8::try_from(u32::from(c)).ok())
                    .take(8)
                    .collect();
                if !big {
                    octets.reverse();
                }
                let number = octets
                    .iter()
                    .fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
                out.push_str(&number.to_string());
            }
            _ => {}
        }
        rest = after;
    }
    out.push_str(rest);
    out.trim().to_owned()
}
