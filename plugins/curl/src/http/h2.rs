//! HTTP/2 (RFC 9113) on a connection, by the library hyper.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context as Waker, Poll, ready};

use bytes::Bytes;
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use futures::io::{AsyncBufRead, AsyncWrite};
use futures::stream::FuturesUnordered;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::client::conn::http2;
use hyper::header::{HeaderName, HeaderValue};
use hyper::rt::{Executor, Read, ReadBufCursor, Write};

use super::receive::Taking;
use super::request::Request;
use super::{Head, Next};
use crate::body::Body;
use crate::conn::{Conn, Wire};
use crate::failure::{Failure, Result};
use crate::progress::Progress;
use crate::trace::About;
use crate::transfer::{Context, Job, Plan};

/// A connection that speaks HTTP/2.
pub(crate) struct Session {
    requests: http2::SendRequest<Upload>,
    tasks: Tasks,
    running: FuturesUnordered<LocalBoxFuture<'static, ()>>,
}

/// The wire, for the library.
struct Io(Wire);

/// Work that the library wants done beside a request.
#[derive(Clone, Default)]
struct Tasks(Rc<RefCell<Vec<LocalBoxFuture<'static, ()>>>>);

/// What is sent.
struct Upload {
    body: Option<Body>,
    progress: Rc<Progress>,
}

impl<F: Future<Output = ()> + 'static> Executor<F> for Tasks {
    fn execute(&self, task: F) {
        self.0.borrow_mut().push(Box::pin(task));
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Waker<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, io::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        Poll::Ready(match body.next() {
            Ok(Some(bytes)) => {
                self.progress.sent(bytes.len());
                Some(Ok(Frame::data(bytes.into())))
            }
            Ok(None) => None,
            Err(failure) => Some(Err(io::Error::other(failure.text))),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match self.body.as_ref().map(|body| body.size) {
            None => SizeHint::with_exact(0),
            Some(Some(size)) => SizeHint::with_exact(size),
            Some(None) => SizeHint::default(),
        }
    }
}

impl Session {
    async fn open(wire: Wire) -> std::result::Result<Self, hyper::Error> {
        let tasks = Tasks::default();
        let mut builder = http2::Builder::new(tasks.clone());
        builder
            .initial_stream_window_size(8 << 20)
            .initial_connection_window_size(16 << 20)
            .max_frame_size(256 << 10)
            .max_header_list_size(300 << 10);
        let (requests, connection) = builder.handshake(Io(wire)).await?;
        tasks.execute(async move { drop(connection.await) });
        Ok(Self {
            requests,
            tasks,
            running: FuturesUnordered::new(),
        })
    }

    /// Does something, and what the library wants done beside it.
    async fn beside<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|waker| {
            let done = work.as_mut().poll(waker);
            if done.is_pending() {
                loop {
                    self.running.extend(self.tasks.0.borrow_mut().drain(..));
                    let waits =
                        !matches!(self.running.poll_next_unpin(waker), Poll::Ready(Some(())));
                    if waits && self.tasks.0.borrow().is_empty() {
                        break;
                    }
                }
                // What they did may be what is waited for.
                return work.as_mut().poll(waker);
            }
            done
        })
        .await
    }
}

/// Fields that HTTP/2 has no use for (RFC 9113 section 8.2.2).
const OF_CONNECTIONS: [&str; 6] = [
    "connection",
    "host",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// One request and its response.
pub(crate) async fn exchange(
    context: &Context<'_>,
    job: &mut Job,
    conn: &mut Conn,
    request: Request,
) -> Result<(Head, Next)> {
    let mut session = match conn.session.take() {
        Some(session) => session,
        None => {
            let wire = conn
                .wire
                .take()
                .ok_or_else(|| Failure::new(55, "the connection is gone"))?;
            let opened = Session::open(wire).await;
            Box::new(opened.map_err(|error| failed(&error))?)
        }
    };
    let done = on(context, job, &mut session, request).await;
    let keeps = done.is_ok() && !session.requests.is_closed();
    conn.session = Some(session);
    done.map(|head| (head, if keeps { Next::Keep } else { Next::Close }))
}

async fn on(
    context: &Context<'_>,
    job: &mut Job,
    session: &mut Session,
    request: Request,
) -> Result<Head> {
    let url = job.url.clone();
    let host = request
        .fields
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let authority = host.map_or_else(|| url.host_field(), |(_, host)| host.clone());
    let bad = |_| Failure::new(43, "A libcurl function was given a bad argument");
    let uri = format!("{}://{authority}{}", url.scheme, request.target);
    let mut built = hyper::Request::builder()
        .method(request.method.as_str())
        .uri(uri.as_str())
        .version(hyper::Version::HTTP_2);
    let trace = &context.trace;
    trace.text(format_args!("h2h3 [:method: {}]", request.method));
    trace.text(format_args!("h2h3 [:path: {}]", request.target));
    trace.text(format_args!("h2h3 [:scheme: {}]", url.scheme));
    trace.text(format_args!("h2h3 [:authority: {authority}]"));
    let mut shown = format!(
        "{} {} HTTP/2\r\nHost: {authority}\r\n",
        request.method, request.target
    );
    for (name, value) in &request.fields {
        let lower = name.to_ascii_lowercase();
        let te = lower == "te" && !value.eq_ignore_ascii_case("trailers");
        if OF_CONNECTIONS.contains(&lower.as_str()) || te {
            continue;
        }
        trace.text(format_args!("h2h3 [{lower}: {value}]"));
        shown += &format!("{lower}: {value}\r\n");
        let name = HeaderName::try_from(lower).map_err(|_| bad(()))?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| bad(()))?;
        built = built.header(name, value);
    }
    shown += "\r\n";
    trace.bytes(About::HeaderOut, shown.as_bytes());
    job.info.request_size += shown.len() as u64;
    context
        .progress
        .up_total
        .set(request.body.as_ref().and_then(|body| body.size));
    let upload = Upload {
        body: request.body,
        progress: Rc::clone(&context.progress),
    };
    let built = built.body(upload).map_err(|_| bad(()))?;
    let sending = {
        let mut requests = session.requests.clone();
        async move {
            requests.ready().await?;
            requests.send_request(built).await
        }
    };
    let response = session
        .beside(sending)
        .await
        .map_err(|error| failed(&error))?;
    context.progress.note(|times, now| {
        if times.first_byte.is_zero() {
            times.first_byte = now;
        }
    });
    let (parts, mut incoming) = response.into_parts();
    let mut head = Head {
        status: parts.status.as_u16(),
        version: "2".into(),
        ..Head::default()
    };
    let mut lines = vec![format!("HTTP/2 {} \r\n", head.status).into_bytes()];
    for (name, value) in &parts.headers {
        let mut line = format!("{name}: ").into_bytes();
        line.extend_from_slice(value.as_bytes());
        line.extend_from_slice(b"\r\n");
        lines.push(line);
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        head.fields.push((name.to_string(), value));
    }
    for line in &lines {
        head.size += line.len();
        job.tell_head(context, line)?;
    }
    head.size += 2;
    job.check_status(context, &head)?;
    job.tell_head(context, b"\r\n")?;
    job.info.seen_fields = head.fields.len();
    job.info.head_size += head.size as u64;
    let length = head
        .get("content-length")
        .and_then(|text| text.parse::<u64>().ok());
    let plan = job.plan(context, &head, length)?;
    if plan == Plan::Abandon || request.method == "HEAD" {
        return Ok(head);
    }
    if let Some(length) = length {
        context.progress.down_total.set(Some(length + job.resume));
    }
    if plan == Plan::Pass {
        context.trace.text("Ignoring the response-body");
    }
    let mut taking = Taking::new(context, job, &head, plan)?;
    loop {
        let next = session
            .beside(poll_fn(|waker| poll(&mut incoming, waker)))
            .await;
        match next {
            None => break,
            Some(Err(error)) => return Err(failed(&error)),
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    taking.take(&bytes)?;
                    taking.pace().await;
                }
            }
        }
    }
    taking.finish()?;
    Ok(head)
}

type NextFrame = Option<std::result::Result<Frame<Bytes>, hyper::Error>>;

fn poll(incoming: &mut Incoming, waker: &mut Waker<'_>) -> Poll<NextFrame> {
    Pin::new(incoming).poll_frame(waker)
}

fn failed(error: &hyper::Error) -> Failure {
    use std::error::Error as _;
    let mut cause = error.source();
    while let Some(source) = cause {
        if let Some(error) = source.downcast_ref::<io::Error>()
            && let Some(error) = error
                .get_ref()
                .and_then(|error| error.downcast_ref::<nethost_sdk::Error>())
        {
            return Failure::receiving(error.clone());
        }
        cause = source.source();
    }
    if error.is_closed() || error.is_incomplete_message() || error.is_canceled() {
        return Failure::new(52, "Empty reply from server");
    }
    match error.source() {
        Some(source) => Failure::new(
            92,
            format!("HTTP/2 stream was not closed cleanly: {source}"),
        ),
        None => Failure::new(16, format!("Error in the HTTP2 framing layer: {error}")),
    }
}

impl Read for Io {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Waker<'_>,
        mut into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = &mut self.get_mut().0;
        let bytes = ready!(Pin::new(&mut *wire).poll_fill_buf(context))?;
        let count = bytes.len().min(into.remaining());
        into.put_slice(bytes.get(..count).unwrap_or_default());
        Pin::new(wire).consume(count);
        Poll::Ready(Ok(()))
    }
}

impl Write for Io {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Waker<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Waker<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Waker<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_close(context)
    }
}
