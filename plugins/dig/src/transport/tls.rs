//! DNS over TLS (RFC 7858): whose word is taken for the server's certificate.

use std::time::Duration;

use data_encoding::BASE64;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::tls::{Failure, Identity, Options, TlsStream, Trust};
use nethost_sdk::{Error, files};
use sha2::{Digest, Sha256};

use super::stream::NoStream;
use crate::lookup::Lookup;
use crate::report::Server;

/// A session with a server.
pub(super) async fn open(
    tcp: TcpStream,
    lookup: &Lookup,
    server: &Server,
    protocols: &[&str],
    timeout: Duration,
) -> Result<TlsStream, NoStream> {
    let wanted = &lookup.tls;
    // dig checks a certificate only when told to (opportunistic privacy, RFC 8310 section 5).
    let trust = match (&wanted.ca_file, wanted.verify) {
        (Some(path), _) => Trust::Certificates(read(path)?),
        (None, true) => Trust::System,
        (None, false) => Trust::Unverified,
    };
    let identity = match (&wanted.certificate_file, &wanted.key_file) {
        (Some(certificates), Some(key)) => Some(Identity {
            certificates: read(certificates)?,
            key: read(key)?,
        }),
        (None, None) => None,
        _ => {
            let words =
                "both TLS client certificate and key file must be specified a the same time";
            return Err(NoStream::Failed(words.to_owned()));
        }
    };
    let options = Options {
        trust,
        protocols: protocols.iter().map(|name| (*name).to_owned()).collect(),
        identity,
        ..Options::for_server(wanted.hostname.as_deref().unwrap_or(&server.name))
    };
    let session = match TlsStream::client(tcp, &options, timeout).await {
        Ok(session) => session,
        Err(Failure::Connection(error)) => return Err(error.into()),
        Err(failure @ Failure::Certificate(..)) => {
            return Err(NoStream::Untrusted(failure.to_string()));
        }
        Err(failure @ Failure::Handshake(_)) => return Err(NoStream::Failed(failure.to_string())),
    };
    let pin = BASE64.encode(&Sha256::digest(&session.facts().public_key));
    if !wanted.pins.is_empty() && !wanted.pins.contains(&pin) {
        return Err(NoStream::Untrusted(format!(
            "its public key is {pin}, which is not pinned"
        )));
    }
    Ok(session)
}

fn read(path: &str) -> Result<Vec<u8>, NoStream> {
    files::read(path).map_err(|error| match error {
        denied @ Error::Denied(_) => NoStream::Denied(denied),
        other => NoStream::NoFile(format!("{}: {other}", nethost_sdk::text::printable(path))),
    })
}
