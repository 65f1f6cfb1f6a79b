//! The object of a query: its kind, and the query format of each server.

use std::net::IpAddr;

use ipnet::IpNet;

/// An object, by its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    Address(IpAddr),
    Network(IpNet),
    /// An autonomous system, as `AS64496`.
    System(u32),
    /// A domain, in ASCII and lower case, without its final dot.
    Domain(String),
    /// The name of a person or organisation, or a handle: a word without dots.
    Word(String),
    /// Several words, which the server interprets.
    Phrase(String),
}

impl Object {
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.trim();
        if let Ok(address) = text.parse() {
            return Self::Address(address);
        }
        if let Ok(network) = text.parse::<IpNet>() {
            return Self::Network(network);
        }
        let number = text
            .get(..2)
            .filter(|start| start.eq_ignore_ascii_case("as"))
            .and_then(|_| text.get(2..));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            return Self::System(number);
        }
        if text.contains(char::is_whitespace) {
            return Self::Phrase(text.into());
        }
        if !text.contains('.') && text.is_ascii() {
            return Self::Word(text.into());
        }
        match idna::domain_to_ascii(text.trim_end_matches('.')) {
            Ok(domain) if !domain.contains('/') => Self::Domain(domain),
            _ => Self::Word(text.into()),
        }
    }

    /// The query for a server without a special format. Whois does not distinguish upper and lower case.
    pub(crate) fn query(&self) -> String {
        match self {
            Self::Address(address) => address.to_string(),
            Self::Network(network) => network.to_string(),
            Self::System(number) => format!("as{number}"),
            Self::Domain(text) | Self::Word(text) | Self::Phrase(text) => text.to_lowercase(),
        }
    }

    /// The query for this server. A few servers have their own query language, in which a plain query finds too much,
    /// too little, or returns an answer in a script that few users can read.
    pub(crate) fn query_for(&self, server: &str) -> String {
        let plain = self.query();
        match (server.to_ascii_lowercase().as_str(), self) {
            ("whois.verisign-grs.com", Self::Domain(name)) => format!("domain {name}"),
            ("whois.denic.de", Self::Domain(name)) => format!("-T dn,ace {name}"),
            ("whois.arin.net", Self::Address(address)) => format!("n + {address}"),
            ("whois.arin.net", Self::Network(network)) => format!("r + = {network}"),
            ("whois.arin.net", Self::System(number)) => format!("a {number}"),
            ("whois.nic.ad.jp", Self::System(number)) => format!("AS {number}/e"),
            ("whois.jprs.jp" | "whois.nic.ad.jp", _) => format!("{plain}/e"),
            _ => plain,
        }
    }

    /// The top-level domain, which indicates the script of an answer.
    pub(crate) fn top_level(&self) -> Option<&str> {
        match self {
            Self::Domain(name) => name.rsplit('.').next(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_known_by_their_form() {
        let query = |text: &str| Object::parse(text).query();
        assert_eq!(query("12.107.136.0"), "12.107.136.0");
        assert_eq!(query("2001:DB8::1"), "2001:db8::1");
        assert_eq!(query("10.1.2.3/8"), "10.1.2.3/8");
        assert_eq!(query("AS64496"), "as64496");
        assert_eq!(query("EXAMPLE.com."), "example.com");
        assert_eq!(query("münchen.de"), "xn--mnchen-3ya.de");
        assert_eq!(query("http://example.com/x"), "http://example.com/x");
        assert_eq!(Object::parse("Microsoft"), Object::Word("Microsoft".into()));
        assert_eq!(Object::parse("98052"), Object::Word("98052".into()));
        assert_eq!(Object::parse("aspen"), Object::Word("aspen".into()));
        assert_eq!(Object::parse("a b"), Object::Phrase("a b".into()));
    }

    #[test]
    fn some_servers_have_a_language_of_their_own() {
        let object = Object::parse("example.com");
        assert_eq!(
            object.query_for("whois.verisign-grs.com"),
            "domain example.com"
        );
        assert_eq!(object.query_for("whois.example"), "example.com");
        assert_eq!(
            Object::parse("192.0.2.1").query_for("WHOIS.ARIN.NET"),
            "n + 192.0.2.1"
        );
    }
}
