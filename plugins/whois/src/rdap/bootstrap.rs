//! Which server is responsible: IANA's files (RFC 9224, RFC 8521) and the paths of queries (RFC 9082).

use std::fmt::Write;

use ipnet::IpNet;
use serde_json::Value;

use crate::object::Object;

/// The file that knows the object's registry.
pub(super) fn file(object: &Object) -> Option<&'static str> {
    Some(match object {
        Object::Address(address) if address.is_ipv4() => "ipv4.json",
        Object::Address(_) => "ipv6.json",
        Object::Network(IpNet::V4(_)) => "ipv4.json",
        Object::Network(IpNet::V6(_)) => "ipv6.json",
        Object::System(_) => "asn.json",
        Object::Domain(_) => "dns.json",
        // A handle ends with its registry's tag.
        Object::Word(word) if word.contains('-') => "object-tags.json",
        Object::Word(_) => "dns.json",
        Object::Phrase(_) => return None,
    })
}

/// The server with the longest match, by HTTPS where it can be (RFC 9224 section 4).
pub(super) fn server(file: &Value, object: &Object) -> Option<String> {
    let services = file.get("services")?.as_array()?;
    let (_, urls) = services
        .iter()
        .filter_map(|service| {
            // Object tags have a list of contacts in front.
            let [.., entries, urls] = service.as_array()?.as_slice() else {
                return None;
            };
            let entries = entries.as_array()?.iter().filter_map(Value::as_str);
            let longest = entries.filter_map(|entry| length(entry, object)).max()?;
            Some((longest, urls.as_array()?))
        })
        .max_by_key(|(length, _)| *length)?;
    let urls = || urls.iter().filter_map(Value::as_str);
    urls()
        .find(|url| url.starts_with("https://"))
        .or_else(|| urls().next())
        .map(ToOwned::to_owned)
}

/// How much of the object an entry covers, if it does.
fn length(entry: &str, object: &Object) -> Option<u64> {
    match object {
        Object::Address(address) => {
            let network: IpNet = entry.parse().ok()?;
            network
                .contains(address)
                .then(|| network.prefix_len().into())
        }
        Object::Network(wanted) => {
            let network: IpNet = entry.parse().ok()?;
            network
                .contains(wanted)
                .then(|| network.prefix_len().into())
        }
        Object::System(number) => {
            let (first, last) = entry.split_once('-').unwrap_or((entry, entry));
            let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
            (first..=last)
                .contains(number)
                .then(|| u64::from(u32::MAX - (last - first)))
        }
        Object::Word(word) if word.contains('-') => {
            let (_, tag) = word.rsplit_once('-')?;
            tag.eq_ignore_ascii_case(entry).then_some(1)
        }
        Object::Domain(name) | Object::Word(name) => {
            let name = name.to_ascii_lowercase();
            let rest = name.strip_suffix(&entry.to_ascii_lowercase())?;
            (rest.is_empty() || rest.ends_with('.')).then_some(entry.len() as u64)
        }
        Object::Phrase(_) => None,
    }
}

/// The URL of the question.
pub(super) fn url(base: &str, object: &Object) -> String {
    let path = match object {
        Object::Address(address) => format!("ip/{address}"),
        Object::Network(network) => format!("ip/{}", network.trunc()),
        Object::System(number) => format!("autnum/{number}"),
        Object::Word(word) if word.contains('-') => format!("entity/{}", escaped(word)),
        Object::Domain(name) | Object::Word(name) => format!("domain/{}", escaped(name)),
        Object::Phrase(name) => format!("entity/{}", escaped(name)),
    };
    format!("{}/{path}", base.trim_end_matches('/'))
}

/// Percent-encoding of whatever has a meaning in a path (RFC 3986).
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(byte.into());
        } else {
            let _ = write!(path, "%{byte:02X}");
        }
        path
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn found(file: &str, object: &str) -> Option<String> {
        server(&serde_json::from_str(file).unwrap(), &Object::parse(object))
    }

    #[test]
    fn the_longest_match_wins() {
        let file = r#"{"services": [
            [["10.0.0.0/8"], ["http://plain.example/", "https://wide.example/"]],
            [["10.1.0.0/16", "192.0.2.0/24"], ["https://narrow.example/"]]]}"#;
        assert_eq!(found(file, "10.1.2.3").unwrap(), "https://narrow.example/");
        assert_eq!(found(file, "10.2.0.0/16").unwrap(), "https://wide.example/");
        assert_eq!(found(file, "11.0.0.1"), None);
        let file = r#"{"services": [[["uk"], ["https://uk.example/"]], [["co.uk"], ["https://co.example/"]]]}"#;
        assert_eq!(found(file, "a.CO.uk").unwrap(), "https://co.example/");
        assert_eq!(found(file, "a.uk").unwrap(), "https://uk.example/");
        assert_eq!(found(file, "a.notuk"), None);
        let file = r#"{"services": [[["64496-64511"], ["https://as.example/"]]]}"#;
        assert_eq!(found(file, "AS64500").unwrap(), "https://as.example/");
        assert_eq!(found(file, "AS1"), None);
        let file = r#"{"services": [[["a@b.example"], ["TAG"], ["https://tag.example/"]]]}"#;
        assert_eq!(found(file, "ME-tag").unwrap(), "https://tag.example/");
    }

    #[test]
    fn nonsense_finds_nobody() {
        for file in [
            "{}",
            "[]",
            r#"{"services": [[]]}"#,
            r#"{"services": [[["com"]], 7, [[1], [2]]]}"#,
        ] {
            assert_eq!(found(file, "a.com"), None, "{file}");
        }
    }

    #[test]
    fn questions_are_paths() {
        let path = |object: &str| url("https://r.example/v1/", &Object::parse(object));
        assert_eq!(path("a.com"), "https://r.example/v1/domain/a.com");
        assert_eq!(path("10.1.2.3/8"), "https://r.example/v1/ip/10.0.0.0/8");
        assert_eq!(path("as7"), "https://r.example/v1/autnum/7");
        assert_eq!(
            path("../../x-Y?"),
            "https://r.example/v1/entity/..%2F..%2Fx-Y%3F"
        );
    }
}
