//! `--write-out`: what is told of a transfer when it is over.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use serde_json::Value;

use crate::attempt::Task;
use crate::failure::Failure;
use crate::info::Info;
use crate::progress::Times;
use crate::trace::Stderr;
use crate::url::{Url, default_port};

/// A transfer that is over.
pub(crate) struct Over<'a> {
    pub(crate) info: &'a Info,
    pub(crate) times: Times,
    pub(crate) url: &'a str,
    pub(crate) effective: Option<&'a Url>,
    pub(crate) method: &'a str,
    pub(crate) down: u64,
    pub(crate) up: u64,
    /// What was written, decoded.
    pub(crate) delivered: u64,
    pub(crate) referer: Option<&'a str>,
    pub(crate) code: u8,
    pub(crate) error: &'a str,
    pub(crate) number: u64,
    pub(crate) verified: bool,
    pub(crate) retries: u64,
    /// Whether there was a connection.
    pub(crate) connected: bool,
}

/// A value.
enum Fact {
    Text(Option<String>),
    Number(u64),
    Code(u16),
    Time(Duration),
}

const NAMES: &[&str] = &[
    "certs",
    "content_type",
    "conn_id",
    "errormsg",
    "exitcode",
    "filename_effective",
    "ftp_entry_path",
    "http_code",
    "http_connect",
    "http_version",
    "local_ip",
    "local_port",
    "method",
    "num_certs",
    "num_connects",
    "num_headers",
    "num_redirects",
    "num_retries",
    "proxy_ssl_verify_result",
    "redirect_url",
    "referer",
    "remote_ip",
    "remote_port",
    "response_code",
    "scheme",
    "size_delivered",
    "size_download",
    "size_header",
    "size_request",
    "size_upload",
    "speed_download",
    "speed_upload",
    "ssl_verify_result",
    "time_appconnect",
    "time_connect",
    "time_namelookup",
    "time_pretransfer",
    "time_redirect",
    "time_starttransfer",
    "time_total",
    "url",
    "url_effective",
    "urlnum",
    "xfer_id",
];

/// Those that `%{json}` has.
const IN_JSON: &[&str] = &[
    "certs",
    "content_type",
    "errormsg",
    "exitcode",
    "filename_effective",
    "ftp_entry_path",
    "http_code",
    "http_connect",
    "http_version",
    "local_ip",
    "local_port",
    "method",
    "num_certs",
    "num_connects",
    "num_headers",
    "num_redirects",
    "proxy_ssl_verify_result",
    "redirect_url",
    "referer",
    "remote_ip",
    "remote_port",
    "response_code",
    "scheme",
    "size_download",
    "size_header",
    "size_request",
    "size_upload",
    "speed_download",
    "speed_upload",
    "ssl_verify_result",
    "time_appconnect",
    "time_connect",
    "time_namelookup",
    "time_pretransfer",
    "time_redirect",
    "time_starttransfer",
    "time_total",
    "url",
    "url_effective",
    "urlnum",
];

impl<'a> Over<'a> {
    /// A transfer that has not even begun.
    pub(crate) fn nothing(task: &'a Task<'_>, info: &'a Info, failure: &'a Failure) -> Self {
        Self {
            info,
            times: Times::default(),
            url: &task.url,
            effective: None,
            method: "GET",
            down: 0,
            up: 0,
            delivered: 0,
            referer: None,
            code: failure.code,
            error: &failure.text,
            number: task.number,
            verified: true,
            retries: 0,
            connected: false,
        }
    }
}

impl Over<'_> {
    fn fact(&self, name: &str) -> Option<Fact> {
        let info = self.info;
        let times = &self.times;
        let speed = |bytes: u64| {
            let micros = times.total.as_micros().max(1);
            u64::try_from(u128::from(bytes) * 1_000_000 / micros).unwrap_or(u64::MAX)
        };
        let text = |text: Option<String>| Fact::Text(text);
        Some(match name {
            "content_type" => text(info.content_type.clone()),
            "conn_id" => Fact::Number(info.conn_number),
            "xfer_id" => Fact::Number(self.number),
            "errormsg" => text((self.code != 0).then(|| first_line(self.error))),
            "exitcode" => Fact::Number(self.code.into()),
            "filename_effective" => text(info.file.clone()),
            "ftp_entry_path" => text(info.ftp_entry.clone()),
            "http_code" | "response_code" => Fact::Code(info.status),
            "http_connect" => Fact::Code(info.connect_status),
            "http_version" => text(Some(match info.version.as_str() {
                "" => "0".into(),
                version => version.to_owned(),
            })),
            "local_ip" => text(Some(
                info.local
                    .map(|local| local.ip().to_string())
                    .unwrap_or_default(),
            )),
            "local_port" => Fact::Number(info.local.map_or(0, |local| local.port().into())),
            "remote_ip" => text(Some(
                info.remote
                    .map(|remote| remote.ip().to_string())
                    .unwrap_or_default(),
            )),
            "remote_port" => Fact::Number(info.remote.map_or(0, |remote| remote.port().into())),
            "method" => text(Some(self.method.to_owned())),
            "num_certs" => Fact::Number(
                info.facts
                    .as_ref()
                    .map_or(0, |facts| facts.certificates.len() as u64),
            ),
            "num_connects" => Fact::Number(info.connects),
            "num_headers" => Fact::Number(info.seen_fields as u64),
            "num_redirects" => Fact::Number(info.redirects),
            "num_retries" => Fact::Number(self.retries),
            "proxy_ssl_verify_result" => Fact::Number(0),
            "ssl_verify_result" => Fact::Number(if self.verified { 0 } else { 20 }),
            "redirect_url" => text(info.redirect.clone()),
            "referer" => text(self.referer.map(str::to_owned)),
            "scheme" => text(
                self.effective
                    .filter(|_| self.connected)
                    .map(|url| url.scheme.to_ascii_uppercase()),
            ),
            "size_delivered" => Fact::Number(self.delivered),
            "size_download" => Fact::Number(self.down),
            "size_header" => Fact::Number(info.head_size),
            "size_request" => Fact::Number(info.request_size),
            "size_upload" => Fact::Number(self.up),
            "speed_download" => Fact::Number(speed(self.down)),
            "speed_upload" => Fact::Number(speed(self.up)),
            "time_appconnect" => Fact::Time(times.secured),
            "time_connect" => Fact::Time(times.connected),
            "time_namelookup" => Fact::Time(times.name),
            "time_pretransfer" => Fact::Time(times.requesting),
            "time_redirect" => Fact::Time(times.redirects),
            "time_starttransfer" => Fact::Time(times.first_byte),
            "time_total" => Fact::Time(times.total),
            "certs" => text(Some(certs(info))),
            "url" => text(Some(self.url.to_owned())),
            "url_effective" => text(Some(match self.effective {
                Some(url) => url.bare(),
                None => self.url.to_owned(),
            })),
            "urlnum" => Fact::Number(self.number),
            name => return self.part(name),
        })
    }

    /// `%{url.host}` and the like.
    fn part(&self, name: &str) -> Option<Fact> {
        let (whole, part) = name.split_once('.')?;
        let parsed;
        let url = match whole {
            "url" => {
                parsed = Url::parse(self.url, Default::default());
                parsed.as_ref()
            }
            "urle" => self.effective,
            _ => return None,
        };
        let value = url.and_then(|url| match part {
            "scheme" => Some(url.scheme.clone()),
            "user" => url.user.clone(),
            "password" => url.password.clone(),
            "host" => Some(url.host_text()),
            "port" => url
                .port
                .or(default_port(&url.scheme))
                .map(|port| port.to_string()),
            "path" => Some(url.path.clone()),
            "query" => url.query.clone(),
            "fragment" => url.fragment.clone(),
            "zoneid" => url.zone.clone(),
            _ => None,
        });
        let known = [
            "scheme", "user", "password", "options", "host", "port", "path", "query", "fragment",
            "zoneid",
        ];
        known.contains(&part).then_some(Fact::Text(value))
    }

    fn json(&self) -> String {
        let mut text = String::from("{");
        for name in IN_JSON {
            let value = match self.fact(name) {
                Some(Fact::Text(text)) => text.map_or(Value::Null, Value::String).to_string(),
                Some(Fact::Number(number)) => number.to_string(),
                Some(Fact::Code(code)) => code.to_string(),
                Some(Fact::Time(time)) => seconds(time),
                None => continue,
            };
            let _ = write!(text, "\"{name}\":{value},");
        }
        text + &format!(
            "\"curl_version\":\"libcurl/{}\"}}",
            crate::cli::help::VERSION
        )
    }

    /// All fields of the response, names in lower case.
    fn header_json(&self) -> String {
        let mut object: Vec<(String, Vec<&str>)> = Vec::new();
        for (name, value) in &self.info.fields {
            let lower = name.to_ascii_lowercase();
            match object.iter_mut().find(|(own, _)| *own == lower) {
                Some((_, values)) => values.push(value),
                None => object.push((lower, vec![value])),
            }
        }
        let mut text = String::from("{");
        for (index, (name, values)) in object.iter().enumerate() {
            let comma = if index > 0 { ",\n" } else { "" };
            let quoted = |text: &str| Value::from(text).to_string();
            let values: Vec<_> = values.iter().map(|value| quoted(value)).collect();
            let _ = write!(text, "{comma}{}:[{}]", quoted(name), values.join(","));
        }
        text + "\n}"
    }
}

fn seconds(time: Duration) -> String {
    format!("{}.{:06}", time.as_secs(), time.subsec_micros())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn certs(info: &Info) -> String {
    let mut text = String::new();
    for der in info.facts.iter().flat_map(|facts| &facts.certificates) {
        text += "-----BEGIN CERTIFICATE-----\n";
        let encoded = data_encoding::BASE64.encode(der);
        for line in encoded.as_bytes().chunks(64) {
            text += &String::from_utf8_lossy(line);
            text.push('\n');
        }
        text += "-----END CERTIFICATE-----\n";
    }
    text
}

/// What is written, and where.
enum To {
    Stdout,
    Stderr,
    File(nethost_sdk::files::Writer),
}

/// Writes as the format says.
pub(crate) fn write(format: &str, over: &Over<'_>, stderr: &Stderr) {
    let mut to = To::Stdout;
    let mut pending = Vec::new();
    let mut rest = format;
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        match letter {
            '%' if after.starts_with('%') => {
                pending.push(b'%');
                rest = &after[1..];
            }
            '%' => {
                if let Some((name, tail)) = braced(after, "{", "}") {
                    rest = tail;
                    match name {
                        "stdout" => turn(&mut to, &mut pending, To::Stdout, stderr),
                        "stderr" => turn(&mut to, &mut pending, To::Stderr, stderr),
                        "onerror" if over.code == 0 => break,
                        "onerror" => {}
                        "json" => pending.extend_from_slice(over.json().as_bytes()),
                        "header_json" => pending.extend_from_slice(over.header_json().as_bytes()),
                        name => one(name, over, &mut pending),
                    }
                } else if let Some((name, tail)) = header_name(after) {
                    rest = tail;
                    header(name, over, &mut pending);
                } else if let Some((path, tail)) = braced(after, "output{", "}") {
                    rest = tail;
                    let opened = match path.strip_prefix(">>") {
                        Some(path) => nethost_sdk::files::Writer::open(
                            path,
                            nethost_sdk::files::WriteMode::Append,
                            None,
                        ),
                        None => crate::sink::open(path, None),
                    };
                    match opened {
                        Ok(writer) => turn(&mut to, &mut pending, To::File(writer), stderr),
                        Err(error) => {
                            crate::cli::warning(&format!("Failed to open {path}: {error}"))
                        }
                    }
                } else {
                    pending.push(b'%');
                    rest = after;
                }
            }
            '\\' => {
                let mut letters = after.chars();
                let escaped = letters.next();
                match escaped {
                    Some('n') => pending.push(b'\n'),
                    Some('r') => pending.push(b'\r'),
                    Some('t') => pending.push(b'\t'),
                    Some(other) => {
                        pending.push(b'\\');
                        pending.extend_from_slice(other.to_string().as_bytes());
                    }
                    None => pending.push(b'\\'),
                }
                rest = letters.as_str();
            }
            other => {
                pending.extend_from_slice(other.to_string().as_bytes());
                rest = after;
            }
        }
    }
    turn(&mut to, &mut pending, To::Stdout, stderr);
}

fn braced<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    text.strip_prefix(open)?.split_once(close)
}

/// `header{NAME}`; in `header{NAME:all:SEPARATOR}` a backslash protects a brace.
fn header_name(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("header{")?;
    let mut escaped = false;
    let end = inner.find(|letter| {
        let ends = letter == '}' && !escaped;
        escaped = letter == '\\' && !escaped;
        ends
    })?;
    Some((&inner[..end], &inner[end + 1..]))
}

/// The first value of a field, or all of them, those of redirects too.
fn header(name: &str, over: &Over<'_>, pending: &mut Vec<u8>) {
    let (name, separator) = match name.split_once(":all:") {
        Some((name, separator)) => (name, Some(separator.replace("\\}", "}"))),
        None => (name, None),
    };
    let named = |(own, _): &&(String, String)| own.eq_ignore_ascii_case(name);
    let Some(separator) = separator else {
        if let Some((_, value)) = over.info.fields.iter().find(named) {
            pending.extend_from_slice(value.as_bytes());
        }
        return;
    };
    let all = over.info.all_fields.iter().filter(named);
    let values: Vec<&str> = all.map(|(_, value)| value.as_str()).collect();
    pending.extend_from_slice(values.join(&separator).as_bytes());
}

fn turn(to: &mut To, pending: &mut Vec<u8>, next: To, stderr: &Stderr) {
    match to {
        To::Stdout => {
            // A reader that has left is told of when the output is closed.
            let mut stdout = std::io::stdout();
            let _ = stdout.write_all(pending).and_then(|()| stdout.flush());
        }
        To::Stderr => stderr.write(&*pending),
        To::File(writer) => {
            let _ = writer.write(pending);
        }
    }
    pending.clear();
    *to = next;
}

fn one(name: &str, over: &Over<'_>, pending: &mut Vec<u8>) {
    let text = match over.fact(name) {
        Some(Fact::Text(text)) => text.unwrap_or_default(),
        Some(Fact::Number(number)) => number.to_string(),
        Some(Fact::Code(code)) => format!("{code:03}"),
        Some(Fact::Time(time)) => seconds(time),
        None => {
            let known = NAMES.contains(&name);
            if !known {
                nethost_sdk::output::complain(format_args!(
                    "curl: unknown --write-out variable: '{name}'"
                ));
            }
            return;
        }
    };
    pending.extend_from_slice(text.as_bytes());
}
