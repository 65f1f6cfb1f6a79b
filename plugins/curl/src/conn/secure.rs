//! TLS over a connection: whom to trust, what to show, and what came of it.

use data_encoding::BASE64;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::tls::{Identity, Limits, Options, TlsStream, Trust, Version};
use sha2::{Digest as _, Sha256};

use super::dial::Host;
use crate::certificate;
use crate::failure::{Failure, Result};
use crate::settings::{HttpVersion, Operation};
use crate::transfer::Context;

/// What tells sessions with different options apart.
pub(crate) fn name(op: &Operation) -> String {
    format!(
        "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        op.insecure, op.cacert, op.capath, op.cert, op.key, op.least_tls, op.most_tls, op.ciphers
    )
}

/// Application protocols to offer.
pub(crate) fn protocols(op: &Operation, scheme: &str) -> Vec<String> {
    if op.no_alpn || scheme != "https" {
        return Vec::new();
    }
    match op.version {
        HttpVersion::V1_0 => vec!["http/1.0".into()],
        HttpVersion::V1_1 => vec!["http/1.1".into()],
        HttpVersion::V2PriorKnowledge => vec!["h2".into()],
        HttpVersion::Any | HttpVersion::V2 => vec!["h2".into(), "http/1.1".into()],
    }
}

/// Shakes hands.
pub(crate) async fn session(
    context: &Context<'_>,
    stream: TcpStream,
    host: &Host,
    scheme: &str,
) -> Result<TlsStream> {
    let op = context.op;
    let trace = &context.trace;
    let offered = protocols(op, scheme);
    let mut options = Options {
        trust: trust(op)?,
        protocols: offered.clone(),
        identity: identity(op)?,
        ..Options::for_server(host.name.clone())
    };
    if op.least_tls.is_some_and(|least| least >= 3) {
        options.least_version = Version::Tls13;
    }
    if op.most_tls.is_some_and(|most| most < 2) {
        return Err(Failure::new(
            35,
            "TLS 1.2 is the oldest version that is spoken here",
        ));
    }
    if !offered.is_empty() {
        trace.text(format_args!("ALPN: offers {}", offered.join(",")));
    }
    let limits = limits(op)?;
    let patience = op
        .connect_timeout
        .unwrap_or(std::time::Duration::from_secs(300));
    let opened = match &limits {
        None => TlsStream::client(stream, &options, patience).await,
        Some(limits) => TlsStream::limited_client(stream, &options, limits, patience).await,
    };
    let session = match opened {
        Ok(session) => session,
        Err(failure) => {
            let failure = match (&failure, &op.cert) {
                (
                    nethost_sdk::tls::Failure::Connection(nethost_sdk::Error::InvalidArgument(
                        text,
                    )),
                    _,
                ) => argument(op, text),
                _ => Failure::tls(failure),
            };
            trace.text(failure.line());
            return Err(failure);
        }
    };
    context.progress.note(|times, now| times.secured = now);
    let facts = session.facts();
    let version = match facts.version {
        Version::Tls12 => "TLSv1.2",
        Version::Tls13 => "TLSv1.3",
    };
    trace.text(format_args!(
        "SSL connection using {version} / {}",
        certificate::openssl_name(&facts.cipher_suite)
    ));
    if !offered.is_empty() {
        match &facts.protocol {
            Some(protocol) => trace.text(format_args!("ALPN: server accepted {protocol}")),
            None => trace.text("ALPN: server did not agree on a protocol. Uses default."),
        }
    }
    if trace.is_on()
        && let Some(found) = facts
            .certificates
            .first()
            .and_then(|der| certificate::Certificate::read(der))
    {
        trace.text("Server certificate:");
        trace.text(format_args!(" subject: {}", found.subject));
        trace.text(format_args!(" start date: {}", found.begins));
        trace.text(format_args!(" expire date: {}", found.ends));
        if facts.verified
            && let Some(matched) = found.matched(&host.name)
        {
            trace.text(format_args!(
                " subjectAltName: host \"{}\" matched cert's {matched}",
                host.name
            ));
        }
        trace.text(format_args!(" issuer: {}", found.issuer));
        match facts.verified {
            true => trace.text(" SSL certificate verify ok."),
            false => trace.text(" SSL certificate verify result: not verified, continuing anyway."),
        }
    }
    if let Some(pins) = &op.pinned {
        check_pins(pins, &facts.public_key)?;
    }
    Ok(session)
}

fn argument(op: &Operation, text: &str) -> Failure {
    if text.contains("cipher suite") {
        return Failure::new(59, format!("failed setting cipher list: {text}"));
    }
    if text.contains("client's certificate") || text.contains("the key") {
        let path = op.cert.as_deref().unwrap_or_default();
        return Failure::new(
            58,
            format!("could not load the client certificate {path}: {text}"),
        );
    }
    match &op.cacert {
        Some(path) => Failure::new(
            77,
            format!("error setting certificate verify locations:  CAfile: {path} CApath: none"),
        ),
        None => Failure::new(35, text),
    }
}

fn trust(op: &Operation) -> Result<Trust> {
    match op.insecure {
        true => Ok(Trust::Unverified),
        false => believed(op),
    }
}

/// Whose certificates are believed where they are checked.
pub(super) fn believed(op: &Operation) -> Result<Trust> {
    let bad = |path: &str, error: nethost_sdk::Error| match error {
        nethost_sdk::Error::Denied(_) => Failure::new(77, error.to_string()),
        _ => Failure::new(
            77,
            format!("error setting certificate verify locations:  CAfile: {path} CApath: none"),
        ),
    };
    if let Some(path) = &op.cacert {
        let pem = nethost_sdk::files::read(path).map_err(|error| bad(path, error))?;
        return Ok(Trust::Certificates(pem));
    }
    if let Some(folder) = &op.capath {
        let mut pem = Vec::new();
        let names = nethost_sdk::files::names(folder).map_err(|error| bad(folder, error))?;
        for name in names {
            if let Ok(bytes) = nethost_sdk::files::read(&format!("{folder}/{name}")) {
                pem.extend_from_slice(&bytes);
                pem.push(b'\n');
            }
        }
        return Ok(Trust::Certificates(pem));
    }
    Ok(Trust::System)
}

fn identity(op: &Operation) -> Result<Option<Identity>> {
    let Some(cert) = &op.cert else {
        return Ok(None);
    };
    // A password may stand behind the path.
    let path = match cert.rsplit_once(':') {
        Some((path, _)) if !path.is_empty() && nethost_sdk::files::facts(cert).is_err() => path,
        _ => cert,
    };
    let read = |path: &str| {
        nethost_sdk::files::read(path).map_err(|error| match error {
            nethost_sdk::Error::Denied(_) => Failure::new(58, error.to_string()),
            _ => Failure::new(
                58,
                format!("could not load PEM client certificate from {path}"),
            ),
        })
    };
    let certificates = read(path)?;
    let key = match &op.key {
        Some(path) => read(path)?,
        None => certificates.clone(),
    };
    Ok(Some(Identity { certificates, key }))
}

fn limits(op: &Operation) -> Result<Option<Limits>> {
    let most_version = match op.most_tls {
        Some(2) => Version::Tls12,
        _ => Version::Tls13,
    };
    let mut cipher_suites = Vec::new();
    for list in [&op.ciphers, &op.ciphers13].into_iter().flatten() {
        for name in list.split([':', ',', ' ']).filter(|name| !name.is_empty()) {
            match certificate::iana_name(name) {
                Some(name) => cipher_suites.push(name),
                None => {
                    return Err(Failure::new(
                        59,
                        format!("failed setting cipher list: {list}"),
                    ));
                }
            }
        }
    }
    // What one of the lists does not name keeps its own suites.
    if !cipher_suites.is_empty() {
        let others = match (&op.ciphers, &op.ciphers13) {
            (Some(_), None) => certificate::TLS13,
            (None, Some(_)) => certificate::TLS12,
            _ => &[],
        };
        cipher_suites.extend(others.iter().map(|(_, name)| (*name).to_owned()));
    }
    if op.most_tls.is_none_or(|most| most >= 3) && cipher_suites.is_empty() {
        return Ok(None);
    }
    Ok(Some(Limits {
        most_version,
        cipher_suites,
        sends_name: true,
    }))
}

/// `sha256//HASH` in a list, or a file with the key.
fn check_pins(pins: &str, key: &[u8]) -> Result<()> {
    let mismatch = || Failure::new(90, "SSL: public key does not match pinned public key");
    if pins.starts_with("sha256//") {
        let own = BASE64.encode(&Sha256::digest(key));
        let mut pins = pins
            .split(';')
            .filter_map(|pin| pin.strip_prefix("sha256//"));
        return match pins.any(|pin| pin == own) {
            true => Ok(()),
            false => Err(mismatch()),
        };
    }
    let bytes = nethost_sdk::files::read(pins).map_err(|error| match error {
        nethost_sdk::Error::Denied(_) => Failure::new(90, error.to_string()),
        _ => mismatch(),
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let der = match text.split_once("-----BEGIN PUBLIC KEY-----") {
        Some((_, rest)) => {
            let body = rest.split("-----END").next().unwrap_or_default();
            let body: String = body
                .chars()
                .filter(|letter| !letter.is_whitespace())
                .collect();
            BASE64.decode(body.as_bytes()).unwrap_or_default()
        }
        None => bytes,
    };
    match der == key {
        true => Ok(()),
        false => Err(mismatch()),
    }
}
