//! Addresses of a host from a server of DNS over HTTPS (RFC 8484). The server's own name is looked up as usual.

use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, join, select};
use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use nethost_sdk::clock;
use nethost_sdk::http::header::{self, HeaderValue};
use nethost_sdk::http::{Client, Error, Method, Request, Uri};
use nethost_sdk::tls::Trust;

use super::secure;
use crate::failure::{Failure, Result};
use crate::settings::Family;
use crate::transfer::Context;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/dns-message");
/// No DNS message is longer.
const LONGEST: usize = 65_535;

/// What the server at this URL says; IPv4 first.
pub(super) async fn addresses(
    context: &Context<'_>,
    url: &str,
    host: &str,
    patience: Duration,
) -> Result<Vec<IpAddr>> {
    let op = context.op;
    let unresolved = |cause: Option<nethost_sdk::Error>| Failure {
        code: 6,
        text: "Couldn't resolve host name".into(),
        cause,
    };
    let server: Uri = match url.parse() {
        Ok(server) => server,
        Err(_) => return Err(unresolved(None)),
    };
    // As curl has it: whoever is on the way must not answer.
    if server.scheme_str() != Some("https") {
        context.trace.text("DoH: the URL is not one of https");
        return Err(unresolved(None));
    }
    let client = Client {
        trust: match op.doh_insecure {
            true => Trust::Unverified,
            false => secure::believed(op)?,
        },
        patience,
        limit: LONGEST,
        ..Client::default()
    };
    let ask = |kind, wanted: bool| {
        let (client, server) = (&client, &server);
        async move {
            match wanted {
                true => answer(client, server, host, kind).await,
                false => Ok(Vec::new()),
            }
        }
    };
    let (v4, v6) = join(
        ask(RecordType::A, op.family != Family::V6),
        ask(RecordType::AAAA, op.family != Family::V4),
    )
    .await;
    context.trace.text(format_args!("DoH Host name: {host}"));
    let mut found = Vec::new();
    let mut cause = None;
    for (kind, answered) in [("A", v4), ("AAAA", v6)] {
        match answered {
            Ok(addresses) => found.extend(addresses),
            Err(Error::Connection(denied @ nethost_sdk::Error::Denied(_))) => {
                return Err(Failure::new(6, denied.to_string()));
            }
            Err(error) => {
                context
                    .trace
                    .text(format_args!("DoH: {error} type {kind} for {host}"));
                if let Error::Connection(error) = error {
                    cause = Some(error);
                }
            }
        }
    }
    for address in &found {
        let kind = if address.is_ipv4() { "A" } else { "AAAA" };
        context.trace.text(format_args!("DoH {kind}: {address}"));
    }
    match found.is_empty() {
        true => Err(unresolved(cause)),
        false => Ok(found),
    }
}

async fn answer(
    client: &Client,
    server: &Uri,
    host: &str,
    kind: RecordType,
) -> std::result::Result<Vec<IpAddr>, Error> {
    let question = question(host, kind)?;
    let asking = pin!(async {
        let mut connection = client.connect(server).await?;
        let mut request = Request::new(question);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = server.clone();
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, MEDIA_TYPE);
        headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
        connection.send(request, LONGEST).await
    });
    let response = match select(asking, pin!(clock::wait_for(client.patience))).await {
        Either::Left((response, _)) => response?,
        Either::Right(_) => return Err(nethost_sdk::Error::Timeout.into()),
    };
    if !response.status().is_success() {
        return Err(Error::Protocol(format!("status {}", response.status())));
    }
    read(response.body(), kind).map_err(Error::Protocol)
}

/// The identifier is 0, so that caches on the way can answer.
fn question(host: &str, kind: RecordType) -> std::result::Result<Vec<u8>, Error> {
    let no_name = || nethost_sdk::Error::InvalidArgument(host.to_owned());
    let mut name = Name::from_ascii(host).map_err(|_| no_name())?;
    name.set_fqdn(true);
    let mut message = Message::query();
    message.metadata.id = 0;
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(name, kind));
    Ok(message.to_vec().map_err(|_| no_name())?)
}

/// The addresses in an answer; a chain of aliases is the server's to follow.
fn read(body: &[u8], kind: RecordType) -> std::result::Result<Vec<IpAddr>, String> {
    let message = Message::from_vec(body).map_err(|_| "no DNS message".to_owned())?;
    match message.metadata.response_code {
        ResponseCode::NoError => {}
        code => return Err(format!("the server answers {code}")),
    }
    let addresses = message
        .answers
        .iter()
        .filter_map(|record| match record.data {
            RData::A(address) if kind == RecordType::A => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) if kind == RecordType::AAAA => Some(IpAddr::V6(address.0)),
            _ => None,
        });
    Ok(addresses.collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_no_identifier_and_asks_for_recursion() {
        let asked = question("a.example", RecordType::AAAA).unwrap();
        assert_eq!(&asked[..4], [0, 0, 1, 0]);
        assert!(asked.ends_with(b"\x01a\x07example\0\0\x1c\0\x01"));
        assert!(question("a..b", RecordType::A).is_err());
    }

    #[test]
    fn what_is_no_answer_gives_no_address() {
        assert!(read(b"", RecordType::A).is_err());
        assert!(read(b"<html>", RecordType::A).is_err());
        let mut refused = question("a.example", RecordType::A).unwrap();
        refused[3] = 5;
        assert!(
            read(&refused, RecordType::A)
                .unwrap_err()
                .contains("answers")
        );
    }
}
