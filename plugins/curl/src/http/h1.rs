//! HTTP/1.0 and HTTP/1.1 (RFC 9112) on a connection. Fields are sent and told as they are, so this reads them itself.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures::future::{Either, select};
use futures::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};
use nethost_sdk::clock;

use super::receive::Receiving;
use super::request::Request;
use super::{Head, Next};
use crate::body::Body;
use crate::conn::{Conn, Wire};
use crate::failure::{Failure, Result};
use crate::settings::HttpVersion;
use crate::trace::About;
use crate::transfer::{Context, Job};

/// No line of a head is longer.
const LONGEST_LINE: usize = 100 << 10;
/// No head has more fields.
const MOST_FIELDS: usize = 5000;
/// No head is larger.
const LARGEST_HEAD: usize = 300 << 10;

/// One request and its response.
pub(crate) async fn exchange(
    context: &Context<'_>,
    job: &mut Job,
    conn: &mut Conn,
    mut request: Request,
) -> Result<(Head, Next)> {
    let version = match context.op.version {
        HttpVersion::V1_0 => "1.0",
        _ if job.ten => "1.0",
        _ => "1.1",
    };
    job.expected = request.expects;
    let head = request.head(version);
    job.info.request_size += head.len() as u64;
    let wire = conn.wire()?;
    let mut sent = head.clone();
    // A small body goes along with the head.
    let small = request.body.as_ref().is_some_and(|body| {
        body.size.is_some_and(|size| size <= 64 << 10) && !request.expects && !request.chunked
    });
    let mut along = Vec::new();
    if small && let Some(body) = &mut request.body {
        while let Some(bytes) = body.next()? {
            along.extend_from_slice(&bytes);
        }
        request.body = None;
        sent.extend_from_slice(&along);
    }
    write(wire, &sent).await?;
    context.trace.bytes(About::HeaderOut, &head);
    let posts = job.boundary.is_none();
    if !along.is_empty() {
        if posts {
            context.trace.bytes(About::DataOut, &along);
        }
        context.progress.up_total.set(Some(along.len() as u64));
        context.progress.sent(along.len());
    }
    if let Some(body) = &mut request.body {
        context.progress.up_total.set(body.size);
        let mut go = true;
        if request.expects {
            let patience = context.op.expect100.unwrap_or(Duration::from_secs(1));
            if comes_within(wire, patience).await? {
                go = continues(context, wire, job).await?;
            }
        }
        if go {
            send(context, wire, body, request.chunked).await?;
        }
        if go && !body.is_empty() {
            context.trace.text("We are completely uploaded and fine");
        }
    } else if job.boundary.is_some() {
        job.info.says_uploaded = true;
    }
    Receiving::new(context, job, &request.method)
        .response(conn)
        .await
}

/// Sends all of this.
pub(crate) async fn write(wire: &mut Wire, bytes: &[u8]) -> Result<()> {
    wire.write_all(bytes).await.map_err(Failure::write)?;
    wire.flush().await.map_err(Failure::write)
}

async fn comes_within(wire: &mut Wire, patience: Duration) -> Result<bool> {
    let coming = Box::pin(async { wire.fill_buf().await.map(drop) });
    match select(coming, Box::pin(clock::wait_for(patience))).await {
        Either::Left((came, _)) => came.map(|()| true).map_err(Failure::read),
        Either::Right(_) => Ok(false),
    }
}

/// Whether the server wants the body. What else it says is left to be read.
async fn continues(context: &Context<'_>, wire: &mut Wire, job: &mut Job) -> Result<bool> {
    let start = wire.fill_buf().await.map_err(Failure::read)?;
    if !start.starts_with(b"HTTP/1.1 100") && !start.starts_with(b"HTTP/1.0 100") {
        return Ok(false);
    }
    while let Some(line) = line(wire).await? {
        if line == b"\r\n" || line == b"\n" {
            job.copy_head(context, &line)?;
            break;
        }
        job.tell_head(context, &line)?;
    }
    Ok(true)
}

/// Sends a body. Stops where the server answers before it is complete.
async fn send(
    context: &Context<'_>,
    wire: &mut Wire,
    body: &mut Body,
    chunked: bool,
) -> Result<()> {
    let begun = clock::now();
    let mut count = 0u64;
    loop {
        let next = body.next()?;
        let is_last = next.is_none();
        let bytes = next.unwrap_or_default();
        let length = bytes.len();
        let framed = match (chunked, is_last) {
            (false, true) => break,
            (false, false) => bytes,
            (true, true) => b"0\r\n\r\n".to_vec(),
            (true, false) => {
                let mut framed = format!("{length:x}\r\n").into_bytes();
                framed.extend_from_slice(&bytes);
                framed.extend_from_slice(b"\r\n");
                framed
            }
        };
        if !write_or_answer(wire, &framed).await? {
            return Ok(());
        }
        context.trace.bytes(About::DataOut, &framed);
        context.progress.sent(length);
        count += length as u64;
        if let Some(limit) = context.op.limit_rate {
            pace(begun, count, limit).await;
        }
        if is_last {
            break;
        }
    }
    wire.flush().await.map_err(Failure::write)
}

/// Waits until no more than the limit has been moved in a second.
pub(crate) async fn pace(begun: clock::Mark, count: u64, limit: u64) {
    let due = Duration::from_secs_f64(count as f64 / limit.max(1) as f64);
    if clock::now().since(begun) < due {
        clock::wait_until(begun.plus(due)).await;
    }
}

/// False where an answer comes before all is written.
async fn write_or_answer(wire: &mut Wire, bytes: &[u8]) -> Result<bool> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = poll_fn(|context| {
            if let Poll::Ready(written) = Pin::new(&mut *wire).poll_write(context, rest) {
                return Poll::Ready(Some(written));
            }
            match Pin::new(&mut *wire).poll_fill_buf(context) {
                Poll::Ready(Ok(bytes)) if !bytes.is_empty() => Poll::Ready(None),
                _ => Poll::Pending,
            }
        });
        match written.await {
            None => return Ok(false),
            Some(written) => {
                let count = written.map_err(Failure::write)?;
                rest = rest.get(count..).unwrap_or_default();
            }
        }
    }
    Ok(true)
}

/// The next line with its end; None where the peer ends. A last line without an end is one.
pub(crate) async fn line<R: AsyncBufRead + Unpin>(wire: &mut R) -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    loop {
        let bytes = wire.fill_buf().await.map_err(Failure::read)?;
        if bytes.is_empty() {
            return Ok(Some(line).filter(|line| !line.is_empty()));
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let count = end.map_or(bytes.len(), |end| end + 1);
        line.extend_from_slice(bytes.get(..count).unwrap_or_default());
        Pin::new(&mut *wire).consume(count);
        if line.len() > LONGEST_LINE {
            return Err(Failure::new(100, "A line is too long"));
        }
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

/// The head is larger than is read.
pub(crate) fn too_large(size: usize) -> Failure {
    Failure::new(
        56,
        format!("Too large response headers: {size} > {LARGEST_HEAD}"),
    )
}

/// The head of a response, line by line. `tell` sees each line.
pub(crate) async fn head<R: AsyncBufRead + Unpin>(
    wire: &mut R,
    mut tell: impl FnMut(&[u8], &Head) -> Result<()>,
) -> Result<Option<Head>> {
    let mut head = Head::default();
    let Some(first) = line(wire).await? else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&first).into_owned();
    let mut words = text.trim_end().splitn(3, ' ');
    let version = words.next().unwrap_or_default();
    head.version = version.strip_prefix("HTTP/").unwrap_or_default().to_owned();
    let known = ["1.0", "1.1", "2", "3"].contains(&head.version.as_str());
    if !known {
        return Err(Failure::new(1, "Unsupported HTTP version in response"));
    }
    let status = words.next().unwrap_or_default();
    head.status = match status.parse() {
        Ok(status) if status >= 100 && text.get(9..12).is_some() => status,
        _ => return Err(Failure::new(1, "Unsupported HTTP/1 subversion in response")),
    };
    head.size = first.len();
    tell(&first, &head)?;
    while let Some(line) = line(wire).await? {
        head.size += line.len();
        if head.size > LARGEST_HEAD {
            return Err(too_large(head.size));
        }
        if line == b"\r\n" || line == b"\n" {
            tell(&line, &head)?;
            return Ok(Some(head));
        }
        let line = unfolded(wire, line).await?;
        if line.contains(&0) {
            return Err(Failure::new(8, "Nul byte in header"));
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        match text.split_once(':') {
            Some((name, value)) => {
                let value = value.trim();
                check(&head, name, value)?;
                head.fields.push((name.to_owned(), value.to_owned()));
            }
            None => return Err(Failure::new(8, "Header without colon")),
        }
        if head.fields.len() > MOST_FIELDS {
            let text = format!("Too many response headers, {MOST_FIELDS} is max");
            return Err(Failure::new(100, text));
        }
        tell(&line, &head)?;
    }
    Err(Failure::new(
        56,
        "Connection closed in the middle of the headers",
    ))
}

/// A line, and those that continue it (RFC 9112 section 5.2): one blank stands for each fold.
async fn unfolded<R: AsyncBufRead + Unpin>(wire: &mut R, first: Vec<u8>) -> Result<Vec<u8>> {
    let mut whole = first;
    loop {
        let next = wire.fill_buf().await.map_err(Failure::read)?;
        if !matches!(next.first(), Some(b' ' | b'\t')) {
            return Ok(whole);
        }
        let Some(more) = line(wire).await? else {
            return Ok(whole);
        };
        let kept = whole.trim_ascii_end().len();
        whole.truncate(kept);
        let more = more.trim_ascii_start();
        whole.push(b' ');
        match more.is_empty() {
            true => whole.extend_from_slice(b"\r\n"),
            false => whole.extend_from_slice(more),
        }
        if whole.len() > LONGEST_LINE {
            return Err(too_large(whole.len()));
        }
    }
}

/// Fields that cannot be right.
fn check(head: &Head, name: &str, value: &str) -> Result<()> {
    if name.eq_ignore_ascii_case("Content-Length") {
        let is_number = value.starts_with(|letter: char| letter.is_ascii_digit());
        if !is_number {
            return Err(Failure::new(8, "Invalid Content-Length: value"));
        }
    } else if name.eq_ignore_ascii_case("Location")
        && head.get("Location").is_some_and(|known| known != value)
    {
        return Err(Failure::new(8, "Multiple Location headers"));
    }
    Ok(())
}
