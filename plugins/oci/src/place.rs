//! A place in a registry: `[oci://]HOST[:PORT]/REPOSITORY[:TAG][@DIGEST]`. Only characters of the specification are
//! accepted, so a place is a part of a URL as it is.

use std::net::IpAddr;

/// A place in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// `HOST` or `HOST:PORT`.
    pub(crate) registry: String,
    pub(crate) repository: String,
    pub(crate) tag: Option<String>,
    pub(crate) digest: Option<String>,
}

impl Place {
    /// Reads a place. The error is the end of a sentence about the text.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.strip_prefix("oci://").unwrap_or(text);
        let (registry, rest) = text
            .split_once('/')
            .filter(|(registry, _)| !registry.is_empty())
            .ok_or("names no registry: write HOST/REPOSITORY:TAG")?;
        let is_of_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        if !registry.chars().all(is_of_host) {
            return Err(
                "has another character in its host than letters, digits, dots, hyphens and a colon",
            );
        }
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) if crate::digest::is_digest(digest) => (rest, Some(digest)),
            Some(_) => return Err("has a digest that is not sha256: and 64 hexadecimal digits"),
            None => (rest, None),
        };
        let (repository, tag) = match rest.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (rest, None),
        };
        if !is_repository(repository) {
            return Err(
                "has no repository as registries have them: lower-case letters, digits, and one of . _ - / between them",
            );
        }
        if !tag.is_none_or(is_tag) {
            return Err(
                "has no tag as registries have them: letters, digits, and . _ - behind the first",
            );
        }
        Ok(Self {
            registry: registry.to_owned(),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// What names a manifest of the repository.
    pub(crate) fn reference(&self) -> &str {
        let named = self.digest.as_deref().or(self.tag.as_deref());
        named.unwrap_or("latest")
    }

    /// Whether the registry is on this machine.
    pub(crate) fn is_here(&self) -> bool {
        let host = match self.registry.rsplit_once(':') {
            Some((host, _)) => host,
            None => &self.registry,
        };
        let address = host.parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

/// Parts of letters and digits, with a separator between two.
fn is_repository(text: &str) -> bool {
    let is_part = |part: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        part.starts_with(plain)
            && part.ends_with(plain)
            && !part.contains("..")
            && part
                .chars()
                .all(|c| plain(c) || matches!(c, '.' | '_' | '-'))
    };
    text.len() <= 255 && text.split('/').all(is_part)
}

fn is_tag(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128
        && text.starts_with(is_word)
        && text.chars().all(|c| is_word(c) || matches!(c, '.' | '-'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_parts() {
        let place = Place::parse("oci://registry.example:5000/tools/hello:1.0").unwrap();
        assert_eq!(place.registry, "registry.example:5000");
        assert_eq!(place.repository, "tools/hello");
        assert_eq!(place.reference(), "1.0");
        let digest = format!("sha256:{}", "a".repeat(64));
        let place = Place::parse(&format!("localhost/hello:1@{digest}")).unwrap();
        assert_eq!(place.reference(), digest);
        assert!(place.is_here());
        assert_eq!(
            Place::parse("r.example/hello").unwrap().reference(),
            "latest"
        );
        for (registry, here) in [
            ("127.0.0.1:5000", true),
            ("localhost:5000", true),
            ("127.0.0.1.example", false),
            ("192.0.2.1", false),
        ] {
            let place = Place::parse(&format!("{registry}/x")).unwrap();
            assert_eq!(place.is_here(), here, "{registry}");
        }
    }

    #[test]
    fn nothing_else_gets_into_a_url() {
        for text in [
            "hello",
            "/hello",
            "r.example/",
            "r.example/../x",
            "r.example/a..b",
            "r.example/a//b",
            "r.example/A",
            "r.example/a?x",
            "r.example/a#x",
            "r.example/a%2e",
            "r.example/a:",
            "r.example/a:b c",
            "r.example/a:../x",
            "user@r.example/a",
            "r.example/a\r\nX: y",
            "r.example/a@sha256:00",
            "r.example/a@md5:00",
        ] {
            assert!(Place::parse(text).is_err(), "{text}");
        }
    }
}
