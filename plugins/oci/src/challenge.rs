//! What a registry asks of a client that has not said who it is: the WWW-Authenticate field of a 401 answer (RFC 9110,
//! RFC 6750), and the place of the tokens that it names.

use form_urlencoded::Serializer;
use http_auth::{ChallengeRef, parse_challenges};
use nethost_sdk::http::Uri;

/// How the client can say who it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// With the name and the secret themselves.
    Basic,
    /// With a token that this URL hands out.
    Bearer(Uri),
}

/// The first challenge that this client can answer. A token comes from where the connection is as safe as that to the
/// registry: over HTTPS, or without TLS from the registry itself.
pub(crate) fn read(field: &str, registry: &Uri) -> Result<Challenge, String> {
    let challenges =
        parse_challenges(field).map_err(|error| format!("its challenge is malformed: {error}"))?;
    for challenge in &challenges {
        if challenge.scheme.eq_ignore_ascii_case("Basic") {
            return Ok(Challenge::Basic);
        }
        if challenge.scheme.eq_ignore_ascii_case("Bearer") {
            return bearer(challenge, registry).map(Challenge::Bearer);
        }
    }
    Err("it knows no kind of credentials that is known here".into())
}

fn bearer(challenge: &ChallengeRef<'_>, registry: &Uri) -> Result<Uri, String> {
    let value = |name: &str| {
        let mut params = challenge.params.iter();
        let found = params.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_unescaped())
    };
    let realm = value("realm").ok_or("it does not say where tokens are")?;
    let mut query = Serializer::new(String::new());
    for name in ["service", "scope"] {
        if let Some(value) = value(name) {
            query.append_pair(name, &value);
        }
    }
    let separator = if realm.contains('?') { '&' } else { '?' };
    let url = format!("{realm}{separator}{}", query.finish());
    let url: Uri = url
        .parse()
        .map_err(|_| format!("it has tokens at {realm}, which is no URL"))?;
    let own = registry.scheme() == url.scheme() && registry.authority() == url.authority();
    match own || url.scheme_str() == Some("https") {
        true => Ok(url),
        false => Err(format!("it has tokens at {realm}, which is not HTTPS")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn asked(field: &str, registry: &str) -> Result<Challenge, String> {
        read(field, &registry.parse().unwrap())
    }

    #[test]
    fn a_challenge_leads_to_a_token() {
        let field = "Bearer realm=\"https://auth.example/token\",service=\"r.example\",scope=\"repository:a/b:pull\"";
        let Challenge::Bearer(url) = asked(field, "https://r.example/").unwrap() else {
            panic!("no token");
        };
        assert_eq!(
            url.to_string(),
            "https://auth.example/token?service=r.example&scope=repository%3Aa%2Fb%3Apull"
        );
        assert_eq!(
            asked("Basic realm=\"x\"", "https://r.example/"),
            Ok(Challenge::Basic)
        );
    }

    #[test]
    fn credentials_are_sent_to_no_unsafe_place() {
        for field in [
            "Bearer realm=\"http://auth.example/token\"",
            "Bearer realm=\"http://r.example:81/token\"",
            "Bearer realm=\"file:///etc/passwd\"",
            "Bearer service=\"x\"",
            "Negotiate",
            "\u{1b}[2J",
        ] {
            assert!(asked(field, "https://r.example/").is_err(), "{field}");
            assert!(asked(field, "http://r.example:80/").is_err(), "{field}");
        }
        let own = "Bearer realm=\"http://127.0.0.1:5000/token\"";
        assert!(asked(own, "http://127.0.0.1:5000/").is_ok());
    }
}
