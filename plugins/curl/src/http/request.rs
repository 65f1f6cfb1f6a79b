//! The head of a request, its fields in curl's order.

use data_encoding::BASE64;

use super::auth;
use crate::body::{Body, Piece};
use crate::cli::help::VERSION;
use crate::failure::{Failure, Result};
use crate::form;
use crate::settings::{HttpVersion, Operation, Resume};
use crate::transfer::{Context, Job};
use crate::when;

/// A request that can be sent.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    /// Names and values. Values of the command line keep the blanks that they have.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Option<Body>,
    pub(crate) chunked: bool,
    pub(crate) expects: bool,
}

/// From this size on a server is asked before it gets the body.
const ASKS_FROM: u64 = 1 << 20;

/// The own fields of the command line: name, and value unless it is to be left out.
fn custom(line: &str) -> Option<(&str, Option<&str>)> {
    if let Some((name, value)) = line.split_once(':') {
        let value = value.trim_start();
        return Some((name, Some(value).filter(|value| !value.is_empty())));
    }
    let (name, rest) = line.split_once(';')?;
    rest.is_empty().then_some((name, Some("")))
}

/// Whether a field is among the own ones.
fn has(lines: &[String], name: &str) -> bool {
    let own = |line: &String| custom(line).is_some_and(|(own, _)| own.eq_ignore_ascii_case(name));
    lines.iter().any(own)
}

fn own<'a>(lines: &'a [String], name: &str) -> Option<Option<&'a str>> {
    let mut found = lines.iter().filter_map(|line| custom(line));
    found
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

impl Request {
    /// The next request of a job.
    pub(crate) fn new(
        context: &Context<'_>,
        job: &mut Job,
        via_proxy: bool,
        http2: bool,
    ) -> Result<Self> {
        let op = context.op;
        let url = job.url.clone();
        let mut lines = own_lines(op, job);
        for name in ["Content-Type", "Accept"] {
            if op.json && !has(&lines, name) {
                lines.push(format!("{name}: application/json"));
            }
        }
        let method = job.method(op);
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut add = |name: &str, value: String| fields.push((name.to_owned(), value));

        match own(&lines, "Host") {
            Some(None) => {}
            Some(Some(value)) => add("Host", value.to_owned()),
            // Of FTP's port a proxy for HTTP does not know that it is the usual one.
            None if url.scheme == "ftp" => {
                add("Host", format!("{}:{}", url.host_text(), url.port()));
            }
            None => add("Host", url.host_field()),
        }
        let target = match (&op.request_target, via_proxy) {
            (Some(target), _) => target.clone(),
            (None, true) => whole(job),
            (None, false) => url.target(),
        };
        // What Digest signs is the path, for a proxy too.
        let path = op.request_target.clone().unwrap_or_else(|| url.target());
        if via_proxy
            && let Some(proxy) = job.proxy.clone()
            && let Some(value) =
                auth::for_proxy(context, &mut job.proxy_auth, &proxy, &method, &path)
        {
            add("Proxy-Authorization", value);
        }
        if !has(&lines, "Authorization")
            && let Some(value) = auth::for_server(context, job, &method, &path)
        {
            add("Authorization", value);
        }
        let ranged = range(op, job);
        if let Some(value) = ranged.filter(|_| !has(&lines, "Range") && job.upload.is_none()) {
            add("Range", format!("bytes={value}"));
        }
        let mut body = body(context, job)?;
        let total = body.as_ref().and_then(|body| body.size);
        let resumes = job.resume > 0 || op.resume == Resume::Auto;
        if let Some(size) = total
            && job.upload.is_some()
            && resumes
            && !has(&lines, "Content-Range")
        {
            let total = job.resume + size;
            let last = total.saturating_sub(1);
            add(
                "Content-Range",
                format!("bytes {}-{last}/{total}", job.resume),
            );
        }
        if !has(&lines, "User-Agent") {
            match &op.user_agent {
                None => add("User-Agent", format!("curl/{VERSION}")),
                Some(agent) if agent.is_empty() => {}
                Some(agent) => add("User-Agent", agent.clone()),
            }
        }
        if !has(&lines, "Accept") {
            add("Accept", "*/*".into());
        }
        if op.tr_encoding {
            add("TE", "gzip".into());
            add("Connection", "TE".into());
        }
        if op.compressed && !has(&lines, "Accept-Encoding") {
            add("Accept-Encoding", "deflate, gzip, br, zstd".into());
        }
        if let Some(referer) = job.referer.as_ref().filter(|_| !has(&lines, "Referer")) {
            add("Referer", referer.clone());
        }
        if via_proxy
            && !has(&lines, "Proxy-Connection")
            && !has(&op.proxy_headers, "Proxy-Connection")
        {
            add("Proxy-Connection", "Keep-Alive".into());
        }

        if body.is_some() && auth::sends_nothing_yet(context, job) {
            body = Some(Body::new(Vec::new(), false)?);
        }
        let sized = body.as_ref().and_then(|body| body.size);
        let framing = own(&lines, "Transfer-Encoding");
        let declares = framing
            .flatten()
            .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
        let http10 = op.version == HttpVersion::V1_0 || job.ten;
        let unsized_ = framing.is_none() && sized.is_none();
        if body.is_some() && http10 && (declares || unsized_) {
            return Err(Failure::new(
                25,
                "Chunky upload is not supported by HTTP 1.0",
            ));
        }
        let chunked = body.is_some() && !http2 && (declares || unsized_);
        if chunked && !declares {
            add("Transfer-Encoding", "chunked".into());
        }

        let cookies = context.session.cookies.borrow().field(&job.cookie_url(op));
        let mut cookies: Vec<String> = cookies.into_iter().collect();
        if job.may_tell_secrets(op) {
            cookies.extend(op.cookies.iter().cloned());
        }
        if !cookies.is_empty() && !has(&lines, "Cookie") {
            add("Cookie", cookies.join("; "));
        }
        if let Some(condition) = time_condition(op)? {
            let (name, value) = condition;
            if !has(&lines, name) {
                add(name, value);
            }
        }
        if let Some(etag) = &job.etag {
            add("If-None-Match", etag.clone());
        }
        let form_kind = job
            .boundary
            .as_ref()
            .map(|boundary| format!("multipart/form-data; boundary={boundary}"));
        if via_proxy {
            lines.extend(op.proxy_headers.iter().cloned());
        }
        for line in &lines {
            let Some((name, Some(value))) = custom(line) else {
                continue;
            };
            let lower = name.to_ascii_lowercase();
            let skipped = match lower.as_str() {
                "host" => true,
                "content-type" => form_kind.is_some(),
                "expect" if job.no_expect => true,
                "content-length" => auth::sends_nothing_yet(context, job),
                _ => false,
            };
            if !skipped {
                add(name, value.to_owned());
            }
        }

        let posts = job.upload.is_none() && job.boundary.is_none();
        let mut expects = false;
        if let Some(body) = &body {
            let stated = has(&lines, "Content-Length") && !auth::sends_nothing_yet(context, job);
            if let Some(size) = sized.filter(|_| !chunked && !stated) {
                add("Content-Length", size.to_string());
            }
            if let Some(kind) = &form_kind {
                let own = own(&lines, "Content-Type").flatten();
                let boundary = job.boundary.as_deref().unwrap_or_default();
                add(
                    "Content-Type",
                    own.map_or(kind.clone(), |own| format!("{own}; boundary={boundary}")),
                );
            } else if posts && !has(&lines, "Content-Type") {
                add("Content-Type", "application/x-www-form-urlencoded".into());
            }
            let large = body.size.is_none_or(|size| size > ASKS_FROM);
            let expected = own(&lines, "Expect");
            let wanted = large && !body.is_empty();
            match expected {
                Some(Some(value)) => expects = value.eq_ignore_ascii_case("100-continue"),
                Some(None) => {}
                None if wanted && !http2 && !http10 && !job.no_expect => {
                    add("Expect", "100-continue".into());
                    expects = true;
                }
                None => {}
            }
        }
        Ok(Self {
            method,
            target,
            fields,
            body,
            chunked,
            expects,
        })
    }

    /// As it is sent over HTTP/1.
    pub(crate) fn head(&self, version: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/{version}\r\n", self.method, self.target);
        for (name, value) in &self.fields {
            head.push_str(name);
            head.push(':');
            if !value.is_empty() {
                head.push(' ');
                head.push_str(value);
            }
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// The own fields that this server may see.
fn own_lines(op: &Operation, job: &Job) -> Vec<String> {
    let secret = |line: &String| {
        let name = custom(line).map(|(name, _)| name.trim().to_ascii_lowercase());
        matches!(name.as_deref(), Some("authorization" | "cookie" | "host"))
    };
    op.headers
        .iter()
        .filter(|line| {
            let host = line.to_ascii_lowercase().starts_with("host:");
            match host {
                // Another server has another name.
                true => job.is_first_host(),
                false => !secret(line) || job.may_tell_secrets(op),
            }
        })
        .map(|line| line.replace(['\r', '\n'], ""))
        .collect()
}

/// The whole URL, for a proxy. One of FTP says who asks.
fn whole(job: &Job) -> String {
    let url = job.url.bare();
    let url = url.split('#').next().unwrap_or_default();
    match (url.strip_prefix("ftp://"), &job.login) {
        (Some(rest), Some((user, password))) => {
            let encoded = |text: &str| crate::cli::data::percent_encoded(text.as_bytes(), false);
            format!("ftp://{}:{}@{rest}", encoded(user), encoded(password))
        }
        _ => url.to_owned(),
    }
}

fn range(op: &Operation, job: &Job) -> Option<String> {
    match (&op.range, job.resume) {
        (Some(range), _) => Some(range.clone()),
        (None, from) if from > 0 => Some(format!("{from}-")),
        _ => match op.resume {
            Resume::At(from) if from > 0 => Some(format!("{from}-")),
            _ => None,
        },
    }
}

/// `--time-cond`: a date, or that of a file; `-` in front asks for what is older.
fn time_condition(op: &Operation) -> Result<Option<(&'static str, String)>> {
    let Some(text) = &op.time_cond else {
        return Ok(None);
    };
    let (name, text) = match text.split_at_checked(1) {
        Some(("-", rest)) => ("If-Unmodified-Since", rest),
        Some(("=", rest)) => ("Last-Modified", rest),
        Some(("+", rest)) => ("If-Modified-Since", rest),
        _ => ("If-Modified-Since", text.as_str()),
    };
    let when = match when::parse(text) {
        Some(when) => Some(when),
        None => match nethost_sdk::files::facts(text) {
            Ok(facts) => Some(facts.modified),
            Err(_) => {
                crate::cli::warning(
                    "Illegal date format for -z, --time-cond (and not a file name). Disabling time condition. See curl_getdate(3) for valid date syntax.",
                );
                None
            }
        },
    };
    Ok(when.map(|when| (name, when::http_date(when))))
}

/// The body, read anew each time that it is sent.
fn body(context: &Context<'_>, job: &mut Job) -> Result<Option<Body>> {
    let op = context.op;
    if job.without_body {
        return Ok(None);
    }
    if let Some(path) = &job.upload {
        let piece = match path.as_str() {
            "-" | "." => Piece::Stdin,
            path => Piece::File {
                path: path.to_owned(),
                offset: job.resume,
            },
        };
        return Body::new(vec![piece], op.crlf).map(Some);
    }
    if !op.form.is_empty() {
        let boundary = job.boundary.get_or_insert_with(form::new_boundary);
        let own = own(&op.headers, "Content-Type").flatten();
        let data =
            own.is_none_or(|own| own.to_ascii_lowercase().starts_with("multipart/form-data"));
        let pieces = form::pieces(&op.form, boundary, op.form_escape, data)?;
        return Body::new(pieces, false).map(Some);
    }
    match &op.data {
        Some(data) if !op.use_get && !op.head => {
            Body::new(vec![Piece::Bytes(data.clone())], false).map(Some)
        }
        _ => Ok(None),
    }
}

/// `Basic` and the login.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!(
        "Basic {}",
        BASE64.encode(format!("{user}:{password}").as_bytes())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_fields_are_set_emptied_or_left_out() {
        assert_eq!(custom("A: b"), Some(("A", Some("b"))));
        assert_eq!(custom("A:"), Some(("A", None)));
        assert_eq!(custom("A;"), Some(("A", Some(""))));
        assert_eq!(custom("A: b; "), Some(("A", Some("b; "))));
        assert_eq!(custom("A;  "), None);
        assert_eq!(custom("A"), None);
    }
}
