//! Names and addresses as pseudonyms: the same one for the same name or address wherever it stands in a report, so that
//! what belongs together can still be seen. Numbers are given in the order of appearance and say nothing of the text.

use std::collections::HashMap;
use std::net::IpAddr;

use serde_json::{Map, Value};

use crate::Input;

/// Fields whose value is a name as a whole, also one without a dot.
const NAMES: &[&str] = &[
    "host",
    "name",
    "target",
    "address",
    "asked",
    "server",
    "server_name",
    "src",
    "dst",
    "source",
    "destination",
    "nodename",
    "hostname",
    "local_address",
    "foreign_address",
    "gateway",
    "ifalias",
    "remote",
    "peer",
    "owner",
    "hwaddress",
    "hardware_address",
    "local_host",
    "answer_name",
    "canonical",
    "contact",
    "organisation",
    "email",
];
/// Fields whose value is the name of a user.
const USERS: &[&str] = &["user", "users", "username", "login"];
/// Words in such fields that are no names.
const WORDS: &[&str] = &[
    "*", "-", "default", "any", "none", "unknown", "???", "all", "unix",
];
/// A longer text without a blank is one thing.
const LONGEST_TOKEN: usize = 256;
/// Below these, `name` is that of a protocol, a field or a device.
const NOT_OF_HOSTS: &[&str] = &["ports", "layers", "options", "fields", "CPU"];

/// What has a pseudonym so far.
#[derive(Debug, Default)]
pub struct Redaction {
    known: HashMap<String, String>,
    counts: HashMap<&'static str, usize>,
}

impl Redaction {
    /// Takes note of the names in fields that hold names, so that they are found in other texts too.
    pub fn learn(&mut self, input: &Input) {
        for value in &input.values {
            self.learn_value(value, "", true);
        }
    }

    fn learn_value(&mut self, value: &Value, field: &str, of_hosts: bool) {
        match value {
            Value::String(text) => {
                let is_name = NAMES.contains(&field) && (of_hosts || field != "name");
                if is_name
                    && !WORDS.contains(&text.as_str())
                    && is_word(text)
                    && kind(text).is_none()
                {
                    self.pseudonym(text, "name");
                }
                if USERS.contains(&field) && is_word(text) && text.parse::<u32>().is_err() {
                    self.pseudonym(text, "user");
                }
            }
            Value::Array(all) => all
                .iter()
                .for_each(|one| self.learn_value(one, field, of_hosts)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let below = of_hosts && !NOT_OF_HOSTS.contains(&name.as_str());
                    self.learn_value(value, name, below);
                }
            }
            _ => {}
        }
    }

    /// Replaces them in all texts of an input.
    pub fn apply(&mut self, input: &mut Input) {
        // A file may be called as a host is.
        input.name = self.pseudonym(&format!("file {}", input.name), "file");
        for value in &mut input.values {
            self.apply_value(value);
        }
    }

    fn apply_value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(all) => all.iter_mut().for_each(|one| self.apply_value(one)),
            Value::Object(fields) => {
                let all = std::mem::take(fields);
                let renamed: Map<String, Value> = all
                    .into_iter()
                    .map(|(name, mut value)| {
                        self.apply_value(&mut value);
                        match kind(&name) {
                            Some(_) => (self.text(&name), value),
                            None => (name, value),
                        }
                    })
                    .collect();
                *fields = renamed;
            }
            _ => {}
        }
    }

    /// A text with pseudonyms.
    pub fn text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(begin) = rest.find(is_part) {
            out.push_str(&rest[..begin]);
            let after = &rest[begin..];
            let end = after.find(|c| !is_part(c)).unwrap_or(after.len());
            self.token(&after[..end], &mut out);
            rest = &after[end..];
        }
        out.push_str(rest);
        out
    }

    /// A token: as a whole, without what ends a sentence, or part by part.
    fn token(&mut self, token: &str, out: &mut String) {
        if let Some(known) = self.known.get(token) {
            out.push_str(known);
            return;
        }
        // No name is as long, and what is hidden in it is not looked for.
        if token.len() > LONGEST_TOKEN {
            let shown = self.pseudonym(token, "text");
            out.push_str(&shown);
            return;
        }
        if let Some(kind) = kind(token) {
            let shown = self.pseudonym(token, kind);
            out.push_str(&shown);
            return;
        }
        // tcpdump(8) writes a port behind a dot: a number, or the name of a service.
        if let Some((host, port)) = token.rsplit_once('.')
            && (self.known.contains_key(host) || kind(host).is_some())
        {
            self.token(host, out);
            out.push('.');
            out.push_str(port);
            return;
        }
        for end in [':', '.', '/'] {
            if let Some(rest) = token.strip_suffix(end).filter(|rest| !rest.is_empty()) {
                self.token(rest, out);
                out.push(end);
                return;
            }
        }
        // `ip4:192.0.2.0` and `ip6:2001:db8::1`.
        let colons = token
            .match_indices(':')
            .map(|(at, _)| token.split_at(at + 1));
        if let Some((before, _)) = colons.into_iter().find(|(_, rest)| is_ipv6(rest))
            && !is_ipv6(token)
        {
            let (before, after) = token.split_at(before.len());
            self.token(before, out);
            self.token(after, out);
            return;
        }
        for between in ['@', '/', '=', '%', '#', ':'] {
            if let Some((one, other)) = token.rsplit_once(between) {
                // An address of mail.
                match between == '@' && !one.contains(['/', ':']) && is_word(one) {
                    true => {
                        let user = self.pseudonym(one, "user");
                        out.push_str(&user);
                    }
                    false => self.token_or_nothing(one, out),
                }
                out.push(between);
                self.token_or_nothing(other, out);
                return;
            }
        }
        out.push_str(token);
    }

    fn token_or_nothing(&mut self, token: &str, out: &mut String) {
        if !token.is_empty() {
            self.token(token, out);
        }
    }

    fn pseudonym(&mut self, text: &str, kind: &'static str) -> String {
        // One name in two spellings is one name.
        let one_form = text.trim_end_matches('.').to_ascii_lowercase();
        if let Some(known) = self.known.get(text).or_else(|| self.known.get(&one_form)) {
            return known.clone();
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let shown = format!("{kind}-{count}");
        self.known.insert(text.to_owned(), shown.clone());
        self.known.insert(one_form, shown.clone());
        shown
    }
}

/// A character of names, addresses, and of what stands between them without a blank.
fn is_part(character: char) -> bool {
    character.is_alphanumeric() || "._:%/@-=#*".contains(character)
}

/// A text without blanks.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| is_part(c) && !"/=#*".contains(c))
}

/// An address of IPv6, with what may stand behind one.
fn is_ipv6(text: &str) -> bool {
    let end = text
        .find(['%', '/', '#', '.', '@', '='])
        .unwrap_or(text.len());
    kind(text.trim_end_matches(':')) == Some("ipv6") || kind(&text[..end]) == Some("ipv6")
}

/// What kind of thing a token is as a whole.
fn kind(token: &str) -> Option<&'static str> {
    if let Ok(address) = token.parse::<IpAddr>() {
        return Some(if address.is_ipv4() { "ipv4" } else { "ipv6" });
    }
    let parts: Vec<&str> = token.split([':', '-']).collect();
    let is_octet =
        |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if matches!(parts.len(), 6 | 8 | 20) && parts.iter().all(is_octet) {
        return Some("mac");
    }
    let name = token.strip_suffix('.').unwrap_or(token);
    let labels: Vec<&str> = name.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty()
            && label
                .chars()
                .all(|c| c.is_alphanumeric() || c == '-' || c == '_' || c == '*')
    };
    let last = labels.last()?;
    let is_top = last.chars().count() >= 2
        && last
            .chars()
            .all(|c| c.is_alphabetic() || c == '-' || !c.is_ascii())
        || last.starts_with("xn--");
    (labels.len() >= 2 && is_top && labels.iter().all(is_label)).then_some("name")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn redacted(text: &str) -> String {
        let mut input = Input::read("in.jsonl", text.as_bytes()).unwrap();
        let mut redaction = Redaction::default();
        redaction.learn(&input);
        redaction.apply(&mut input);
        input
            .values
            .iter()
            .map(|value| format!("{value}\n"))
            .collect()
    }

    #[test]
    fn names_and_addresses_become_pseudonyms_and_stay_the_same() {
        for (text, expected) in [
            (
                r#"{"host":"gate","source":"192.0.2.1","message":"From gate (192.0.2.1): unreachable"}"#,
                r#"{"host":"name-1","message":"From name-1 (ipv4-1): unreachable","source":"ipv4-1"}"#,
            ),
            (
                r#"{"text":"IP a.example.org.443 > 10.0.0.1.3333: Flags [S], 2001:db8::1.53, fe80::1%eth0"}"#,
                r#"{"text":"IP name-1.443 > ipv4-1.3333: Flags [S], ipv6-1.53, ipv6-2%eth0"}"#,
            ),
            (
                r#"{"a":"http://web.example:8080/x","b":"bob@Web.Example.","c":"192.0.2.0/24","d":"02:00:5e:00:53:01","e":"[2001:db8::1]:53"}"#,
                r#"{"a":"http://name-1:8080/x","b":"user-1@name-1.","c":"ipv4-1/24","d":"mac-1","e":"[ipv6-1]:53"}"#,
            ),
            (
                r#"{"user":"alice","netid":"tcp","state":"LISTEN","local":{"address":"127.0.0.1","port":"22"},"rtt_ms":0.5,"what":"1.5"}"#,
                r#"{"local":{"address":"ipv4-1","port":"22"},"netid":"tcp","rtt_ms":0.5,"state":"LISTEN","user":"user-1","what":"1.5"}"#,
            ),
            (
                r#"{"event":"host","ports":[{"name":"http","port":80}],"spf":"v=spf1 ip4:192.0.2.0/24 -all"}"#,
                r#"{"event":"host","ports":[{"name":"http","port":80}],"spf":"v=spf1 ip4:ipv4-1/24 -all"}"#,
            ),
        ] {
            let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(value(&redacted(text)), value(expected));
        }
    }

    #[test]
    fn nothing_of_an_address_is_left_in_any_text_around_it() {
        for around in [
            "{}", "x {} y", "({})", "{}.", "{}:", "<{}>", "{}/32", "a={}", "{},{}", "ip4:{}",
            "{}#53", "\"{}\"",
        ] {
            for address in [
                "192.0.2.77",
                "2001:db8::77",
                "host77.example.org",
                "xn--77-x.example",
                "a-77.b.test.",
            ] {
                let text = around.replace("{}", address);
                let mut redaction = Redaction::default();
                let shown = redaction.text(&text);
                assert!(!shown.contains("77"), "{text} {shown}");
            }
        }
    }
}
