//! URLs as curl reads them: paths are sent as they were typed, but for `.` and `..`; what has no scheme gets one.

use std::fmt;

use nethost_sdk::target::Hosts;

/// A URL in its parts. Names and passwords are decoded; path and query are as they are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) scheme: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    /// Without brackets, in ASCII.
    pub(crate) host: String,
    /// The zone of an IPv6 address.
    pub(crate) zone: Option<String>,
    /// Only what was written.
    pub(crate) port: Option<u16>,
    /// With the slash in front.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) fragment: Option<String>,
    /// Whether the scheme was guessed.
    pub(crate) guessed: bool,
}

/// How a URL is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reading<'a> {
    pub(crate) path_as_is: bool,
    pub(crate) default_scheme: Option<&'a str>,
}

/// The port of a scheme.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" => 80,
        "https" => 443,
        "ftp" => 21,
        "ftps" => 990,
        "telnet" => 23,
        "dict" => 2628,
        "gopher" => 70,
        "mqtt" => 1883,
        _ => return None,
    })
}

impl Url {
    /// None where it is no URL.
    pub(crate) fn parse(text: &str, reading: Reading<'_>) -> Option<Self> {
        if text.is_empty() || text.len() > 8_000_000 {
            return None;
        }
        if text.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return None;
        }
        let is_file = reading
            .default_scheme
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("file"));
        if is_file && scheme_of(text).is_none() {
            return Self::parse(&format!("file://{text}"), Reading::default());
        }
        let (scheme, rest) = match scheme_of(text) {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let mut url = Self {
            scheme: scheme.clone().unwrap_or_default(),
            ..Self::default()
        };
        let (rest, fragment) = match rest.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment.to_owned())),
            None => (rest, None),
        };
        url.fragment = fragment;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        url.query = query.map(encoded_high);
        url.path = match (path, reading.path_as_is) {
            ("", _) => "/".into(),
            (path, true) => encoded_high(path),
            (path, false) => without_dots(&encoded_high(path)),
        };
        if url.scheme == "file" {
            let here = ["", "localhost", "127.0.0.1"];
            return here.contains(&authority).then_some(url);
        }
        url.authority(authority)?;
        if scheme.is_none() {
            url.guessed = reading.default_scheme.is_none();
            url.scheme = match reading.default_scheme {
                Some(scheme) => scheme.to_ascii_lowercase(),
                None => guess(&url.host).into(),
            };
        }
        Some(url)
    }

    fn authority(&mut self, authority: &str) -> Option<()> {
        let host = match authority.split_once('@') {
            Some((login, host)) => {
                let (user, password) = match login.split_once(':') {
                    Some((user, password)) => (user, Some(password)),
                    None => (login, None),
                };
                self.user = Some(login_part(user));
                self.password = password.map(login_part);
                // Commands of FTP are lines.
                let control = |text: &Option<String>| {
                    text.as_ref()
                        .is_some_and(|text| text.contains(char::is_control))
                };
                if self.scheme.starts_with("ftp")
                    && (control(&self.user) || control(&self.password))
                {
                    return None;
                }
                host
            }
            None => authority,
        };
        let (host, port) = match host.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                let (address, zone) = match host.split_once('%') {
                    Some((address, zone)) => (address, Some(zone)),
                    None => (host, None),
                };
                let address: std::net::Ipv6Addr = address.parse().ok()?;
                self.zone = zone.map(|zone| zone.strip_prefix("25").unwrap_or(zone).to_owned());
                self.host = address.to_string();
                match rest {
                    "" => return Some(()),
                    rest => (None, Some(rest.strip_prefix(':')?)),
                }
            }
            None => match host.split_once(':') {
                Some((host, port)) => (Some(host), Some(port)),
                None => (Some(host), None),
            },
        };
        if let Some(host) = host {
            self.host = ascii_host(host)?;
        }
        self.port = match port {
            None | Some("") => None,
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(port.parse().ok()?)
            }
            Some(_) => return None,
        };
        Some(())
    }

    /// The port that is connected to.
    pub(crate) fn port(&self) -> u16 {
        self.port.or(default_port(&self.scheme)).unwrap_or(80)
    }

    /// The host as it stands in a URL or a field.
    pub(crate) fn host_text(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        }
    }

    /// Host and port as in a Host field: the port only where it is not the scheme's.
    pub(crate) fn host_field(&self) -> String {
        match self
            .port
            .filter(|port| Some(*port) != default_port(&self.scheme))
        {
            Some(port) => format!("{}:{port}", self.host_text()),
            None => self.host_text(),
        }
    }

    /// Path and query, as they are asked for.
    pub(crate) fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// Where a redirect leads from here.
    pub(crate) fn join(&self, location: &str, reading: Reading<'_>) -> Option<Self> {
        // A blank of a query is written as forms do it.
        let (path, query) = match location.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (location, None),
        };
        let mut location = path.replace(' ', "%20");
        if let Some(query) = query {
            location.push('?');
            location.push_str(&query.replace(' ', "+"));
        }
        let mut encoded = String::with_capacity(location.len());
        for byte in location.bytes() {
            match byte.is_ascii() {
                true => encoded.push(char::from(byte)),
                false => encoded.push_str(&format!("%{byte:02X}")),
            }
        }
        let location = encoded;
        let joined = if scheme_of(&location).is_some() {
            location
        } else if let Some(rest) = location.strip_prefix("//") {
            format!("{}://{rest}", self.scheme)
        } else {
            let base = format!("{}://{}", self.scheme, self.authority_text());
            if location.starts_with('/') {
                base + &location
            } else if location.starts_with('?') {
                format!("{base}{}{location}", self.path)
            } else if location.is_empty() || location.starts_with('#') {
                format!("{base}{}{location}", self.target())
            } else {
                let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
                format!("{base}{folder}/{location}")
            }
        };
        Self::parse(&joined, reading)
    }

    fn authority_text(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host_text()),
            None => self.host_text(),
        }
    }

    /// The last part of the path, for a file's name.
    pub(crate) fn file_name(&self) -> &str {
        let path = self.path.trim_end_matches(['/', '\\']);
        path.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    /// Adds to the query.
    pub(crate) fn add_query(&mut self, part: &str) {
        self.query = Some(match self.query.take() {
            Some(query) if !query.is_empty() => format!("{query}&{part}"),
            _ => part.to_owned(),
        });
    }

    /// Without what is secret.
    pub(crate) fn bare(&self) -> String {
        let fragment = match &self.fragment {
            Some(fragment) => format!("#{fragment}"),
            None => String::new(),
        };
        format!(
            "{}://{}{}{fragment}",
            self.scheme,
            self.authority_text(),
            self.target()
        )
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.bare())
    }
}

fn scheme_of(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let rest = rest.strip_prefix('/')?.trim_start_matches('/');
    let slashes = text.len() - scheme.len() - 1 - rest.len();
    let first = scheme.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if !first || !scheme.bytes().all(plain) || scheme.len() > 40 {
        return None;
    }
    let scheme = scheme.to_ascii_lowercase();
    if scheme == "file" {
        // The path keeps its slash.
        let path = &text[scheme.len() + 1..];
        let path = match path.strip_prefix("//") {
            Some(rest) => rest,
            None => path,
        };
        return Some((scheme, path));
    }
    (1..=3).contains(&slashes).then_some((scheme, rest))
}

fn guess(host: &str) -> &'static str {
    let lower = host.to_ascii_lowercase();
    let guesses = [
        ("ftp.", "ftp"),
        ("dict.", "dict"),
        ("ldap.", "ldap"),
        ("imap.", "imap"),
        ("smtp.", "smtp"),
        ("pop3.", "pop3"),
    ];
    let found = guesses.iter().find(|(start, _)| lower.starts_with(start));
    found.map_or("http", |(_, scheme)| scheme)
}

/// No host's name is longer.
const LONGEST_HOST: usize = 65_535;

fn ascii_host(host: &str) -> Option<String> {
    let host = decoded(host)?;
    if host.is_empty() || host.len() > LONGEST_HOST {
        return None;
    }
    let bad = |letter: char| letter <= ' ' || "/?#@\\^`{|}<>\"'()*+,;=:$&!%[]".contains(letter);
    if host.contains(bad) {
        return None;
    }
    if let Ok(Hosts::Address(address, _)) = Hosts::parse(&host) {
        return Some(address.to_string());
    }
    match host.is_ascii() {
        true => Some(host),
        false => {
            let ascii = idna::domain_to_ascii(&host).ok()?;
            ascii
                .split('.')
                .all(|label| label.len() <= 63)
                .then_some(ascii)
        }
    }
}

/// Octets above ASCII, percent-encoded.
fn encoded_high(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte.is_ascii() {
            true => encoded.push(char::from(byte)),
            false => {
                let _ = fmt::Write::write_fmt(&mut encoded, format_args!("%{byte:02x}"));
            }
        }
    }
    encoded
}

/// A name or a password may have any octet; what cannot be sent is refused where it would be.
fn login_part(text: &str) -> String {
    String::from_utf8_lossy(&decoded_bytes(text)).into_owned()
}

/// Percent-decoded; None where a control character comes of it.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let bytes = decoded_bytes(text);
    match bytes.iter().any(|byte| *byte < b' ') {
        true => None,
        false => Some(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// Percent-decoded.
pub(crate) fn decoded_bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digit = |at: usize| {
            let byte = after.get(at)?;
            char::from(*byte).to_digit(16)
        };
        if *first == b'%'
            && let (Some(high), Some(low)) = (digit(0), digit(1))
        {
            bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    bytes
}

/// RFC 3986 section 5.2.4.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let body = path.strip_prefix('/').unwrap_or(path);
    let mut parts = body.split('/').peekable();
    let mut folder = false;
    while let Some(part) = parts.next() {
        let lower = part.to_ascii_lowercase();
        folder = match lower.as_str() {
            "." | "%2e" => true,
            ".." | ".%2e" | "%2e." | "%2e%2e" => {
                kept.pop();
                true
            }
            _ => {
                kept.push(part);
                false
            }
        } && parts.peek().is_none();
    }
    let mut path = format!("/{}", kept.join("/"));
    if folder && !path.ends_with('/') {
        path.push('/');
    }
    path
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn url(text: &str) -> Option<Url> {
        Url::parse(text, Reading::default())
    }

    #[test]
    fn parts_are_found() {
        let full = url("HTTP://u:p%40@Host.example:8080/a/../b/./c?q=1#f").unwrap();
        assert_eq!(full.scheme, "http");
        assert_eq!(
            (full.user.as_deref(), full.password.as_deref()),
            (Some("u"), Some("p@"))
        );
        assert_eq!((full.host.as_str(), full.port()), ("Host.example", 8080));
        assert_eq!(full.target(), "/b/c?q=1");
        assert_eq!(url("ftp.example.com").unwrap().scheme, "ftp");
        assert_eq!(url("host/x").unwrap().to_string(), "http://host/x");
        let mail = url("mailto:a@b.c").unwrap();
        assert_eq!(
            (mail.host.as_str(), mail.user.as_deref()),
            ("b.c", Some("mailto"))
        );
        assert_eq!(url("http://[::1]:80/").unwrap().host, "::1");
        assert_eq!(url("file:///etc/x").unwrap().path, "/etc/x");
        assert_eq!(url("http://127.1/").unwrap().host, "127.0.0.1");
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "http://",
            "http://a b/",
            "http://x:99999/",
            "http://[::1/",
            "http://a:x/",
        ] {
            assert_eq!(url(text), None, "{text}");
        }
    }

    #[test]
    fn redirects_lead_from_where_they_stand() {
        let base = url("http://h:1/a/b?c").unwrap();
        let to = |location: &str| base.join(location, Reading::default()).unwrap().to_string();
        assert_eq!(to("x"), "http://h:1/a/x");
        assert_eq!(to("../x"), "http://h:1/x");
        assert_eq!(to("/x y"), "http://h:1/x%20y");
        assert_eq!(to("?z"), "http://h:1/a/b?z");
        assert_eq!(to("//o/"), "http://o/");
        assert_eq!(to("https://o/p"), "https://o/p");
    }
}
