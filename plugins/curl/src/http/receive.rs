//! Takes a response of HTTP/1: what it says about itself, and its body in whatever frame it comes.

use std::pin::Pin;

use futures::io::{AsyncBufRead, AsyncBufReadExt};
use nethost_sdk::clock;

use super::decode::Decoder;
use super::h1::{head, line, pace};
use super::{Head, Next};
use crate::conn::{Conn, Wire};
use crate::failure::{Failure, Result};
use crate::trace::About;
use crate::transfer::{Context, Job, Plan};

/// A response that is being received.
pub(crate) struct Receiving<'a, 'b> {
    context: &'a Context<'b>,
    job: &'a mut Job,
    is_head: bool,
}

/// How a body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    None,
    Length(u64),
    Chunks,
    Close,
}

impl<'a, 'b> Receiving<'a, 'b> {
    pub(crate) fn new(context: &'a Context<'b>, job: &'a mut Job, method: &str) -> Self {
        let is_head = method == "HEAD" || context.op.head;
        Self {
            context,
            job,
            is_head,
        }
    }

    /// Takes the response.
    pub(crate) async fn response(mut self, conn: &mut Conn) -> Result<(Head, Next)> {
        let (reused, via_proxy) = (conn.reused, conn.via_proxy);
        let wire = conn.wire()?;
        let start = match wire.fill_buf().await {
            Ok(start) => start,
            Err(error) => {
                let failure = Failure::read(error);
                return Err(match reused {
                    true => died(failure),
                    false => failure,
                });
            }
        };
        if start.is_empty() {
            let failure = Failure::new(52, "Empty reply from server");
            return Err(match reused {
                true => died(failure),
                false => failure,
            });
        }
        self.context.progress.note(|times, now| {
            if times.first_byte.is_zero() {
                times.first_byte = now;
            }
        });
        let prefix = start.len().min(5);
        if start.get(..prefix) != b"HTTP/".get(..prefix) {
            return self.without_head(wire, reused).await;
        }
        let head = loop {
            let (context, job) = (self.context, &mut *self.job);
            let found = head(wire, |line, head| {
                let ends = matches!(line, b"\r\n" | b"\n");
                if ends
                    && head.status >= 200
                    && let Err(failure) = job.check_status(context, head)
                {
                    job.copy_head(context, line)?;
                    return Err(failure);
                }
                job.tell_head(context, line)?;
                if head.fields.len() > job.info.seen_fields {
                    job.info.seen_fields = head.fields.len();
                }
                Ok(())
            })
            .await?;
            let head = found.ok_or_else(|| Failure::new(52, "Empty reply from server"))?;
            if head.status >= 200 || head.status == 101 {
                break head;
            }
        };
        if head.version == "2" || head.version == "3" {
            return Err(Failure::new(
                8,
                "the server changed to another version of HTTP",
            ));
        }
        self.job.ten = head.version == "1.0";
        if head.version == "1.0" && head.get("Connection").is_none() {
            self.context.trace.text("HTTP 1.0, assume close after body");
        }
        self.job.info.head_size += head.size as u64;
        let frame = self.frame(&head)?;
        if frame == Frame::Close && !head.says("Connection", "close") && head.version != "1.0" {
            self.context
                .trace
                .text("no chunk, no close, no size. Assume close to signal end");
        }
        let size = match frame {
            Frame::Length(length) => Some(length),
            _ => None,
        };
        let plan = self.job.plan(self.context, &head, size)?;
        let field = |word| {
            let by_proxy = via_proxy && head.says("Proxy-Connection", word);
            by_proxy || head.says("Connection", word)
        };
        let stays = field("keep-alive") || (head.version == "1.1" && !field("close"));
        let mut next = match (stays, frame) {
            (false, _) | (_, Frame::Close) => Next::Close,
            _ => Next::Keep,
        };
        if head.status == 101 {
            next = Next::Close;
        }
        if plan == Plan::Abandon || (plan == Plan::Pass && next == Next::Close) {
            return Ok((head, Next::Close));
        }
        if plan == Plan::Pass && !self.is_head {
            self.context.trace.text("Ignoring the response-body");
        }
        if !self.is_head {
            self.body(wire, &head, frame, plan).await?;
        }
        if self.job.info.says_uploaded {
            self.context
                .trace
                .text("We are completely uploaded and fine");
        }
        Ok((head, next))
    }

    fn frame(&self, head: &Head) -> Result<Frame> {
        if self.is_head || head.status == 204 || head.status == 304 || head.status < 200 {
            return Ok(Frame::None);
        }
        if head.says("Transfer-Encoding", "chunked") {
            return Ok(Frame::Chunks);
        }
        let lengths = head.all("Content-Length");
        if lengths.is_empty() || self.context.op.ignore_length {
            return Ok(Frame::Close);
        }
        let mut known = None;
        for text in lengths.iter().flat_map(|value| value.split(',')) {
            let text = text.trim();
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let length: u64 = match text.parse() {
                Ok(length) => length,
                // More than can be counted: until the end.
                Err(_) if digits && self.context.op.max_filesize.is_some() => {
                    return Err(Failure::new(63, "Maximum file size exceeded"));
                }
                Err(_) if digits => {
                    self.context.trace.text("Overflow Content-Length: value");
                    return Ok(Frame::Close);
                }
                Err(_) => return Err(Failure::new(8, "Invalid Content-Length: value")),
            };
            if known.is_some_and(|known| known != length) {
                return Err(Failure::new(8, "Invalid Content-Length: value"));
            }
            known = Some(length);
        }
        Ok(known.map_or(Frame::Close, Frame::Length))
    }

    /// HTTP/0.9: no head, all is body.
    async fn without_head(self, wire: &mut Wire, wire_is_reused: bool) -> Result<(Head, Next)> {
        if wire_is_reused {
            return Err(Failure::new(8, "Invalid status line"));
        }
        if !self.context.op.http09 {
            return Err(Failure::new(1, "Received HTTP/0.9 when not allowed"));
        }
        let head = Head {
            status: 0,
            version: "0.9".into(),
            ..Head::default()
        };
        let plan = self.job.plan(self.context, &head, None)?;
        let mut receiving = self;
        receiving.body(wire, &head, Frame::Close, plan).await?;
        Ok((head, Next::Close))
    }

    async fn body(&mut self, wire: &mut Wire, head: &Head, frame: Frame, plan: Plan) -> Result<()> {
        let mut taking = Taking::new(self.context, self.job, head, plan)?;
        match frame {
            Frame::None => {}
            Frame::Length(length) => {
                self.context
                    .progress
                    .down_total
                    .set(Some(length + taking.job.resume));
                taking
                    .counted(wire, length)
                    .await
                    .map_err(|missing| missing.into_failure(false))?;
            }
            Frame::Close => taking.until_end(wire).await?,
            Frame::Chunks => taking.chunks(wire).await?,
        }
        taking.finish()
    }
}

/// Bytes that did not come.
enum Missing {
    Bytes(u64),
    Failed(Failure),
}

impl From<Failure> for Missing {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Missing {
    fn into_failure(self, chunked: bool) -> Failure {
        match self {
            Self::Failed(failure) => failure,
            Self::Bytes(_) if chunked => {
                Failure::new(18, "transfer closed with outstanding read data remaining")
            }
            Self::Bytes(count) => Failure::new(
                18,
                format!("transfer closed with {count} bytes remaining to read"),
            ),
        }
    }
}

/// A body on its way to where it goes.
pub(crate) struct Taking<'a, 'b> {
    context: &'a Context<'b>,
    job: &'a mut Job,
    decoders: Vec<Decoder>,
    ignores: bool,
    begun: clock::Mark,
    count: u64,
}

impl<'a, 'b> Taking<'a, 'b> {
    pub(crate) fn new(
        context: &'a Context<'b>,
        job: &'a mut Job,
        head: &Head,
        plan: Plan,
    ) -> Result<Self> {
        let mut decoders = Vec::new();
        let op = context.op;
        let mut encodings = Vec::new();
        if op.tr_encoding && !op.raw {
            let coded = head.all("Transfer-Encoding").into_iter();
            encodings.extend(
                coded
                    .flat_map(|value| value.split(','))
                    .filter(|name| !name.trim().eq_ignore_ascii_case("chunked")),
            );
            encodings.reverse();
        }
        if op.compressed && !op.raw {
            let coded = head.all("Content-Encoding");
            let mut coded: Vec<_> = coded.iter().flat_map(|value| value.split(',')).collect();
            coded.reverse();
            encodings.extend(coded);
        }
        if encodings.len() > 5 {
            return Err(Failure::new(
                61,
                "Reject response exceeding limit of 5 transfer encodings",
            ));
        }
        for name in encodings {
            decoders.extend(Decoder::of(name)?);
        }
        Ok(Self {
            context,
            job,
            decoders,
            ignores: matches!(plan, Plan::Ignore | Plan::Pass),
            begun: clock::now(),
            count: 0,
        })
    }

    /// Takes some of the body.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.context.trace.bytes(About::DataIn, bytes);
        self.context.progress.received(bytes.len());
        self.count += bytes.len() as u64;
        if self.ignores {
            return Ok(());
        }
        self.job.body_size += bytes.len() as u64;
        if let Some(limit) = self.context.op.max_filesize
            && self.job.body_size > limit
        {
            let over = usize::try_from(self.job.body_size - limit).unwrap_or(bytes.len());
            if self.decoders.is_empty() {
                let fits = bytes.len().saturating_sub(over);
                self.job.sink.write(bytes.get(..fits).unwrap_or_default())?;
            }
            return Err(Failure::new(63, "Exceeded the maximum allowed file size"));
        }
        if self.decoders.is_empty() {
            return self.job.sink.write(bytes);
        }
        let mut decoded = bytes.to_vec();
        for decoder in &mut self.decoders {
            decoded = decoder.decode(&decoded)?;
        }
        self.job.sink.write(&decoded)
    }

    pub(crate) fn finish(&mut self) -> Result<()> {
        let (first, rest) = match self.decoders.split_first_mut() {
            Some(split) if !self.ignores => split,
            _ => return Ok(()),
        };
        let sink = &mut self.job.sink;
        if rest.is_empty() {
            return first.finish(|bytes| sink.write(bytes));
        }
        let mut left = Vec::new();
        first.finish(|bytes| {
            left.extend_from_slice(bytes);
            Ok(())
        })?;
        for decoder in rest {
            left = decoder.decode(&left)?;
        }
        sink.write(&left)
    }

    /// Waits as `--limit-rate` has it.
    pub(crate) async fn pace(&self) {
        if let Some(limit) = self.context.op.limit_rate {
            pace(self.begun, self.count, limit).await;
        }
    }

    async fn counted(&mut self, wire: &mut Wire, length: u64) -> std::result::Result<(), Missing> {
        let mut rest = length;
        while rest > 0 {
            let bytes = wire.fill_buf().await.map_err(Failure::read)?;
            if bytes.is_empty() {
                return Err(Missing::Bytes(rest));
            }
            let most = usize::try_from(rest).unwrap_or(usize::MAX);
            let count = bytes.len().min(most);
            self.take(bytes.get(..count).unwrap_or_default())?;
            Pin::new(&mut *wire).consume(count);
            rest -= count as u64;
            self.pace().await;
        }
        Ok(())
    }

    async fn until_end(&mut self, wire: &mut Wire) -> Result<()> {
        loop {
            let bytes = wire.fill_buf().await.map_err(Failure::read)?;
            let count = bytes.len();
            if count == 0 {
                return Ok(());
            }
            self.take(bytes)?;
            Pin::new(&mut *wire).consume(count);
            self.pace().await;
        }
    }

    async fn chunks(&mut self, wire: &mut Wire) -> Result<()> {
        let raw = self.context.op.raw;
        loop {
            let Some(text) = line(wire).await? else {
                return Err(Missing::Bytes(1).into_failure(true));
            };
            if raw {
                self.take(&text)?;
            }
            let text = String::from_utf8_lossy(&text).into_owned();
            let digits = text
                .find(|letter: char| !letter.is_ascii_hexdigit())
                .unwrap_or(text.len());
            let size = text.get(..digits).unwrap_or_default();
            let size = u64::from_str_radix(size, 16).map_err(|_| {
                Failure::new(
                    56,
                    "Illegal or missing hexadecimal sequence in chunked-encoding",
                )
            })?;
            if size == 0 {
                break;
            }
            self.counted(wire, size)
                .await
                .map_err(|missing| missing.into_failure(true))?;
            match line(wire).await? {
                Some(end) if end == b"\r\n" || end == b"\n" => {
                    if raw {
                        self.take(&end)?;
                    }
                }
                Some(_) => {
                    return Err(Failure::new(
                        56,
                        "Malformed encoding found in chunked-encoding",
                    ));
                }
                None => return Err(Missing::Bytes(1).into_failure(true)),
            }
        }
        let mut trailers = 0;
        loop {
            match line(wire).await? {
                None => return Err(Missing::Bytes(1).into_failure(true)),
                Some(end) if end == b"\r\n" || end == b"\n" => {
                    if raw {
                        self.take(&end)?;
                    }
                    return Ok(());
                }
                Some(trailer) => {
                    trailers += trailer.len();
                    if trailers > 100 << 10 {
                        return Err(super::h1::too_large(trailers));
                    }
                    self.job.tell_head(self.context, &trailer)?;
                }
            }
        }
    }
}

/// A kept connection that was closed meanwhile.
fn died(failure: Failure) -> Failure {
    Failure {
        cause: Some(nethost_sdk::Error::ConnectionBroken),
        text: DIED.into(),
        ..failure
    }
}

/// Says that a kept connection is of no use any more.
pub(crate) const DIED: &str = "Connection died, retrying a fresh connect (retry count: 1)";
