//! A connection to a server, for consecutive requests.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use futures::io::{AsyncBufRead, AsyncWrite};
use futures::stream::FuturesUnordered;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::rt::Executor;

use super::io::Io;
use super::{Error, Request, Response};
use crate::tls::TlsStream;

/// The version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1 (RFC 9112).
    Http1,
    /// HTTP/2 (RFC 9113).
    Http2,
}

impl Protocol {
    /// The protocols for ALPN in a TLS handshake, in order of preference.
    pub const NAMES: [&str; 2] = ["h2", "http/1.1"];

    /// The protocol that the handshake has selected.
    pub fn agreed(session: &TlsStream) -> Self {
        match session.facts().protocol.as_deref() {
            Some("h2") => Self::Http2,
            _ => Self::Http1,
        }
    }
}

/// A connection.
///
/// ```no_run
/// # async fn example(session: nethost_sdk::tls::TlsStream) -> Result<(), nethost_sdk::http::Error> {
/// use nethost_sdk::http::{Connection, Protocol, Request};
///
/// let protocol = Protocol::agreed(&session);
/// let mut connection = Connection::open(session, protocol).await?;
/// let mut query = Request::new(b"a question".to_vec());
/// *query.uri_mut() = "https://dns.example/dns-query".parse().unwrap();
/// let response = connection.send(query, 65_535).await?;
/// println!("{}", response.status());
/// # Ok(())
/// # }
/// ```
pub struct Connection {
    requests: Requests,
    tasks: Tasks,
    running: FuturesUnordered<LocalBoxFuture<'static, ()>>,
}

enum Requests {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// Background work of the library.
#[derive(Clone, Default)]
struct Tasks(Rc<RefCell<Vec<LocalBoxFuture<'static, ()>>>>);

impl<F: Future<Output = ()> + 'static> Executor<F> for Tasks {
    fn execute(&self, task: F) {
        self.0.borrow_mut().push(Box::pin(task));
    }
}

impl Connection {
    /// Opens a connection with this protocol over this stream.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn open<S>(stream: S, protocol: Protocol) -> Result<Self, Error>
    where
        S: AsyncBufRead + AsyncWrite + Unpin + 'static,
    {
        let tasks = Tasks::default();
        // The error of a connection is returned by the request that waits for it.
        let requests = match protocol {
            Protocol::Http1 => {
                let (requests, connection) = http1::handshake(Io(stream)).await?;
                tasks.execute(async move { drop(connection.await) });
                Requests::Http1(requests)
            }
            Protocol::Http2 => {
                let (requests, connection) = http2::handshake(tasks.clone(), Io(stream)).await?;
                tasks.execute(async move { drop(connection.await) });
                Requests::Http2(requests)
            }
        };
        Ok(Self {
            requests,
            tasks,
            running: FuturesUnordered::new(),
        })
    }

    /// Whether another request can be sent.
    pub fn is_open(&self) -> bool {
        match &self.requests {
            Requests::Http1(requests) => !requests.is_closed(),
            Requests::Http2(requests) => !requests.is_closed(),
        }
    }

    /// Sends a request to its URI and waits for the complete response, with at most this many bytes. A body is sent
    /// with its length, and an HTTP/1.1 request with its host.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn send(&mut self, request: Request, limit: usize) -> Result<Response, Error> {
        let Self {
            requests,
            tasks,
            running,
        } = self;
        let mut exchange = pin!(exchange(requests, request, limit));
        poll_fn(|context| {
            let answered = exchange.as_mut().poll(context);
            if answered.is_pending() {
                work(tasks, running, context);
            }
            answered
        })
        .await
    }
}

/// Continues background work until it waits.
fn work(
    tasks: &Tasks,
    running: &mut FuturesUnordered<LocalBoxFuture<'static, ()>>,
    context: &mut Context<'_>,
) {
    loop {
        running.extend(tasks.0.borrow_mut().drain(..));
        let waits = !matches!(running.poll_next_unpin(context), Poll::Ready(Some(())));
        if waits && tasks.0.borrow().is_empty() {
            return;
        }
    }
}

async fn exchange(
    requests: &mut Requests,
    mut request: Request,
    limit: usize,
) -> Result<Response, Error> {
    let response = match requests {
        Requests::Http1(requests) => {
            name_host(&mut request);
            requests.ready().await?;
            requests.send_request(request.map(full)).await?
        }
        Requests::Http2(requests) => {
            requests.ready().await?;
            requests.send_request(request.map(full)).await?
        }
    };
    let (head, body) = response.into_parts();
    Ok(Response::from_parts(head, collect(body, limit).await?))
}

fn full(body: Vec<u8>) -> Full<Bytes> {
    Full::new(body.into())
}

/// HTTP/1.1 has the path in the first line and the authority in a field (RFC 9112 section 3.2).
fn name_host(request: &mut Request) {
    let uri = request.uri();
    let host = uri
        .authority()
        .and_then(|authority| authority.as_str().parse().ok());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    if let Ok(path) = path.parse() {
        *request.uri_mut() = path;
    }
    if let Some(host) = host {
        request
            .headers_mut()
            .entry(hyper::header::HOST)
            .or_insert(host);
    }
}

async fn collect(body: Incoming, limit: usize) -> Result<Vec<u8>, Error> {
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::TooLarge(limit)),
        Err(error) => Err(match error.downcast::<hyper::Error>() {
            Ok(error) => (*error).into(),
            Err(error) => Error::Protocol(error.to_string()),
        }),
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}
