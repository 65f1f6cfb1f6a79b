//! DNS over HTTPS (RFC 8484), and the same without TLS for a server behind a proxy.

use data_encoding::BASE64URL_NOPAD;
use nethost_sdk::http::header::{self, HeaderValue};
use nethost_sdk::http::{Connection, Error, Method, Protocol, Request};
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::tls::TlsStream;

use crate::lookup::{Http, Lookup};
use crate::report::Server;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/dns-message");
/// No DNS message is longer.
const LONGEST: usize = 65_535;

/// A connection to a server's resource.
pub(super) struct Https {
    connection: Connection,
    http: Http,
    /// Scheme, host and port.
    origin: String,
    question: Vec<u8>,
}

impl Https {
    /// Over a session, in the version that was agreed on.
    pub(super) async fn secure(
        session: TlsStream,
        lookup: &Lookup,
        server: &Server,
    ) -> Result<Self, Error> {
        let protocol = Protocol::agreed(&session);
        let connection = Connection::open(session, protocol).await?;
        Ok(Self::new(connection, "https", lookup, server))
    }

    /// In the clear; both sides know that it is HTTP/2 (RFC 9113 section 3.3), as dig has it.
    pub(super) async fn plain(
        tcp: TcpStream,
        lookup: &Lookup,
        server: &Server,
    ) -> Result<Self, Error> {
        let connection = Connection::open(tcp, Protocol::Http2).await?;
        Ok(Self::new(connection, "http", lookup, server))
    }

    fn new(connection: Connection, scheme: &str, lookup: &Lookup, server: &Server) -> Self {
        Self {
            connection,
            http: lookup.https.clone().unwrap_or_default(),
            origin: format!("{scheme}://{}", authority(server)),
            question: Vec::new(),
        }
    }

    /// Whether another question can be asked.
    pub(super) fn is_open(&self) -> bool {
        self.connection.is_open()
    }

    /// Takes the question of the next exchange.
    pub(super) fn ask(&mut self, message: &[u8]) {
        message.clone_into(&mut self.question);
    }

    /// Sends the question, and waits for its answer.
    pub(super) async fn exchange(&mut self) -> Result<Vec<u8>, String> {
        let question = std::mem::take(&mut self.question);
        let request = request(&self.origin, &self.http, question)?;
        let response = self.connection.send(request, LONGEST).await;
        let response = response.map_err(|error| error.to_string())?;
        let status = response.status();
        if !status.is_success() {
            return Err(format!("HTTP status {status}"));
        }
        let kind = response.headers().get(header::CONTENT_TYPE);
        let kind = String::from_utf8_lossy(kind.map_or(b"none", HeaderValue::as_bytes));
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/dns-message") {
            let shown = nethost_sdk::text::printable(&kind);
            return Err(format!("the answer is {shown}, no DNS message"));
        }
        Ok(response.into_body())
    }
}

/// Host and port, as they stand in a URL.
fn authority(server: &Server) -> String {
    let port = server.address.port();
    let name = server.name.trim_end_matches('.');
    // The zone of an IPv6 address is this machine's own affair (RFC 6874).
    let host = name.split('%').next().unwrap_or_default();
    match host.parse::<std::net::Ipv6Addr>() {
        Ok(address) => format!("[{address}]:{port}"),
        Err(_) => format!("{host}:{port}"),
    }
}

fn request(origin: &str, http: &Http, question: Vec<u8>) -> Result<Request, String> {
    let path = &http.path;
    let (method, url, body) = if http.get {
        let separator = if path.contains('?') { '&' } else { '?' };
        let question = BASE64URL_NOPAD.encode(&question);
        let url = format!("{origin}{path}{separator}dns={question}");
        (Method::GET, url, Vec::new())
    } else {
        (Method::POST, format!("{origin}{path}"), question)
    };
    let mut request = Request::new(body);
    *request.uri_mut() = url
        .parse()
        .map_err(|_| format!("{}: not a URL", nethost_sdk::text::printable(&url)))?;
    let headers = request.headers_mut();
    headers.insert(header::ACCEPT, MEDIA_TYPE);
    if method == Method::POST {
        headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
    }
    *request.method_mut() = method;
    Ok(request)
}
