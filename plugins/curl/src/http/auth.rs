//! Who asks: Basic (RFC 7617), Bearer (RFC 6750) and Digest (RFC 7616).

use md5::Md5;
use sha2::{Digest as _, Sha256};

use super::request::basic;
use crate::conn::proxy::Proxy;
use crate::settings::Schemes;
use crate::transfer::{Context, Job};

/// What a server wants to be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Option<String>,
    /// It offers quality of protection `auth`.
    auth: bool,
    count: u32,
    pub(crate) stale: bool,
}

impl Challenge {
    /// Reads what stands behind `Digest`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut challenge = Self::default();
        for (key, value) in pairs(text) {
            match key.to_ascii_lowercase().as_str() {
                "realm" => challenge.realm = value,
                "nonce" => challenge.nonce = value,
                "opaque" => challenge.opaque = Some(value),
                "algorithm" => challenge.algorithm = Some(value),
                "qop" => challenge.auth = value.split(',').any(|qop| qop.trim() == "auth"),
                "stale" => challenge.stale = value.eq_ignore_ascii_case("true"),
                _ => {}
            }
        }
        let known = match challenge.algorithm.as_deref() {
            None => true,
            Some(name) => ["md5", "md5-sess", "sha-256", "sha-256-sess"]
                .contains(&name.to_ascii_lowercase().as_str()),
        };
        (known && !challenge.nonce.is_empty()).then_some(challenge)
    }

    fn hash(&self, text: &str) -> String {
        let name = self.algorithm.as_deref().unwrap_or_default();
        match name.to_ascii_lowercase().starts_with("sha-256") {
            true => data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes())),
            false => data_encoding::HEXLOWER.encode(&Md5::digest(text.as_bytes())),
        }
    }

    /// The answer to it.
    pub(crate) fn answer(
        &mut self,
        user: &str,
        password: &str,
        method: &str,
        target: &str,
    ) -> String {
        self.count += 1;
        let mut random = [0; 16];
        // A client's nonce that is not random still makes a valid answer.
        let _ = getrandom::fill(&mut random);
        let own = data_encoding::BASE64.encode(data_encoding::HEXLOWER.encode(&random).as_bytes());
        let mut secret = self.hash(&format!("{user}:{}:{password}", self.realm));
        let sess = self
            .algorithm
            .as_deref()
            .is_some_and(|name| name.to_ascii_lowercase().ends_with("-sess"));
        if sess {
            secret = self.hash(&format!("{secret}:{}:{own}", self.nonce));
        }
        let asked = self.hash(&format!("{method}:{target}"));
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let uri = quoted(target);
        let mut field = format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{uri}\"",
            quoted(user),
            quoted(&self.realm),
            self.nonce,
        );
        if self.auth {
            let count = format!("{:08x}", self.count);
            let response = self.hash(&format!(
                "{secret}:{}:{count}:{own}:auth:{asked}",
                self.nonce
            ));
            field += &format!(", cnonce=\"{own}\", nc={count}, qop=auth, response=\"{response}\"");
        } else {
            let response = self.hash(&format!("{secret}:{}:{asked}", self.nonce));
            field += &format!(", response=\"{response}\"");
        }
        if let Some(opaque) = &self.opaque {
            field += &format!(", opaque=\"{opaque}\"");
        }
        if let Some(algorithm) = &self.algorithm {
            field += &format!(", algorithm={algorithm}");
        }
        field
    }
}

/// `key=value` and `key="value"` between commas.
fn pairs(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let key = key.trim_matches([' ', ',', '\t']).to_owned();
        if let Some(inner) = after.trim_start().strip_prefix('"') {
            let mut value = String::new();
            let mut letters = inner.char_indices();
            let mut end = inner.len();
            while let Some((at, letter)) = letters.next() {
                match letter {
                    '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
                    '"' => {
                        end = at + 1;
                        break;
                    }
                    other => value.push(other),
                }
            }
            found.push((key, value));
            rest = inner.get(end..).unwrap_or_default();
        } else {
            let (value, after) = after.split_once(',').unwrap_or((after, ""));
            found.push((key, value.trim().to_owned()));
            rest = after;
        }
    }
    found
}

fn picks_digest(schemes: Schemes) -> bool {
    schemes.digest || schemes.any
}

/// For the server, if anything is to be said.
pub(crate) fn for_server(
    context: &Context<'_>,
    job: &mut Job,
    method: &str,
    target: &str,
) -> Option<String> {
    let op = context.op;
    let trusted = job.may_tell_secrets(op);
    if !trusted && !job.own_login {
        return None;
    }
    if let Some(token) = op.bearer.as_ref().filter(|_| trusted) {
        context.trace.text("Server auth using Bearer with user ''");
        return Some(format!("Bearer {token}"));
    }
    let (user, password) = job.login.clone()?;
    if let Some(challenge) = &mut job.digest {
        context
            .trace
            .text(format_args!("Server auth using Digest with user '{user}'"));
        return Some(challenge.answer(&user, &password, method, target));
    }
    let waits = picks_digest(op.schemes) && !job.picks_basic;
    if op.schemes.digest && !op.schemes.any {
        context
            .trace
            .text(format_args!("Server auth using Digest with user '{user}'"));
    }
    if waits || (op.schemes.digest && !op.schemes.basic) {
        return None;
    }
    context
        .trace
        .text(format_args!("Server auth using Basic with user '{user}'"));
    Some(basic(&user, &password))
}

/// For a proxy.
pub(crate) fn for_proxy(
    context: &Context<'_>,
    job: &mut JobProxy,
    proxy: &Proxy,
    method: &str,
    target: &str,
) -> Option<String> {
    let user = proxy.user.clone()?;
    let password = proxy.password.clone().unwrap_or_default();
    let schemes = context.op.proxy_schemes;
    if let Some(challenge) = &mut job.challenge {
        context
            .trace
            .text(format_args!("Proxy auth using Digest with user '{user}'"));
        return Some(challenge.answer(&user, &password, method, target));
    }
    if picks_digest(schemes) && !job.basic {
        return None;
    }
    context
        .trace
        .text(format_args!("Proxy auth using Basic with user '{user}'"));
    Some(basic(&user, &password))
}

/// What a proxy has asked for so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct JobProxy {
    pub(crate) challenge: Option<Challenge>,
    pub(crate) basic: bool,
}

/// Whether a request only asks for the challenge, without its body.
pub(crate) fn sends_nothing_yet(context: &Context<'_>, job: &Job) -> bool {
    let op = context.op;
    job.login.is_some()
        && op.bearer.is_none()
        && op.schemes.digest
        && !op.schemes.any
        && job.digest.is_none()
        && !job.picks_basic
        && !job.asks_nobody
}

/// What the challenges of a server come to: whether to ask again.
pub(crate) fn answers(
    schemes: Schemes,
    values: &[&str],
    digest: &mut Option<Challenge>,
    basic: &mut bool,
) -> bool {
    let named = |name: &str| {
        values.iter().find_map(|value| {
            let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
            scheme.eq_ignore_ascii_case(name).then_some(rest)
        })
    };
    if picks_digest(schemes)
        && let Some(challenge) = named("Digest").and_then(Challenge::parse)
    {
        if digest.is_some() && !challenge.stale {
            // It was answered, and the answer is not accepted.
            return false;
        }
        *digest = Some(challenge);
        return true;
    }
    if schemes.any && named("Basic").is_some() && !*basic {
        *basic = true;
        return true;
    }
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The example of RFC 7616 section 3.9.1, without quality of protection, by RFC 2069's formula.
    #[test]
    fn a_challenge_is_answered() {
        let mut challenge =
            Challenge::parse("realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"x\"").unwrap();
        let answer = challenge.answer("Mufasa", "Circle Of Life", "GET", "/dir/index.html");
        assert!(
            answer.contains("response=\"670fd8c2df070c60b045671b8b24ff02\""),
            "{answer}"
        );
        assert!(answer.contains("opaque=\"x\""));
    }

    #[test]
    fn values_may_be_quoted() {
        let found = pairs("a=\"x, \\\"y\\\"\", b=c");
        assert_eq!(
            found,
            [("a".into(), "x, \"y\"".into()), ("b".into(), "c".into())]
        );
    }
}
