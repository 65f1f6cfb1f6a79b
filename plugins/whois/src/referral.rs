//! Finds the server to which an answer refers.

/// A server to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

/// Fields that name a server with more data. IANA's come first, then those of registries.
const FIELDS: [&str; 5] = [
    "refer",
    "referralserver",
    "registrar whois server",
    "whois server",
    "whois",
];

impl Server {
    /// `HOST` or `HOST:PORT`, without other characters.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') => (host, Some(port.parse().ok()?)),
            _ => (text, None),
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let clean = |c: char| c.is_ascii_alphanumeric() || "-.:_".contains(c);
        let known = !host.is_empty() && host.len() <= 255 && host.chars().all(clean);
        known.then_some(Self { host, port })
    }
}

/// The first server that an answer refers to.
pub(crate) fn find(answer: &str) -> Option<Server> {
    FIELDS.iter().find_map(|wanted| {
        answer.lines().find_map(|line| {
            let (field, value) = line.split_once(':')?;
            if !field.trim().eq_ignore_ascii_case(wanted) {
                return None;
            }
            let value = value.trim();
            match value.split_once("://") {
                None => Server::parse(value),
                // Other schemes are other protocols.
                Some(("whois", rest)) => Server::parse(rest.trim_end_matches('/')),
                Some(_) => None,
            }
        })
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn found(answer: &str) -> Option<String> {
        find(answer).map(|server| match server.port {
            Some(port) => format!("{}:{port}", server.host),
            None => server.host,
        })
    }

    #[test]
    fn referrals_have_many_forms() {
        let iana = "% IANA\n\nrefer:        whois.verisign-grs.com\n\nwhois: other.example\n";
        assert_eq!(found(iana).unwrap(), "whois.verisign-grs.com");
        let registry =
            "   Domain Name: A.COM\n   Registrar WHOIS Server: Whois.Registrar.Example\n";
        assert_eq!(found(registry).unwrap(), "whois.registrar.example");
        let arin = "ReferralServer:  whois://whois.apnic.net:43/\n";
        assert_eq!(found(arin).unwrap(), "whois.apnic.net:43");
    }

    #[test]
    fn what_is_no_server_is_none() {
        for line in [
            "refer:",
            "refer: bad host",
            "refer: a/b",
            "refer: \u{1b}[2J",
            "refer: host:99999",
            "ReferralServer: rwhois://rwhois.example:4321",
            "see refer: host.example",
        ] {
            assert_eq!(found(line), None, "{line:?}");
        }
    }
}
