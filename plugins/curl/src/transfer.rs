//! One transfer: what it is about, and its way from redirect to redirect.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::conn::open::open;
use crate::conn::proxy::{self, Proxy};
use crate::failure::{Failure, Result};
use crate::http::auth::{self, Challenge, JobProxy};
use crate::http::receive::DIED;
use crate::http::{self, Head, Next};
use crate::info::Info;
use crate::progress::Progress;
use crate::redirect::{check_protocol, follow, is_redirect, location};
use crate::session::Session;
use crate::settings::Operation;
use crate::sink::Sink;
use crate::trace::{About, Trace};
use crate::url::{Reading, Url};
use crate::when;

/// What every step may look at.
pub(crate) struct Context<'a> {
    pub(crate) op: &'a Operation,
    pub(crate) trace: Trace,
    pub(crate) progress: Rc<Progress>,
    pub(crate) session: &'a Session,
    /// What proxies answered to CONNECT, for `--include`.
    pub(crate) connect_heads: Rc<RefCell<Vec<u8>>>,
    pub(crate) connect_code: Cell<u16>,
}

/// What becomes of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    Take,
    /// It is read and forgotten.
    Ignore,
    /// Another request follows: it is read for the sake of the connection, if that stays.
    Pass,
    /// It is not even read.
    Abandon,
}

/// Where heads go beside the output.
pub(crate) enum HeadsTo {
    Stdout,
    Stderr,
    File(nethost_sdk::files::Writer),
}

/// No response sets more cookies.
const MOST_COOKIES: usize = 50;

/// A transfer.
pub(crate) struct Job {
    pub(crate) url: Url,
    first: Url,
    pub(crate) upload: Option<String>,
    /// A redirect has made it a request without a body.
    pub(crate) without_body: bool,
    /// A redirect has made another method of the one of the command line.
    pub(crate) plain_method: bool,
    pub(crate) login: Option<(String, String)>,
    /// The login is the server's own, from `.netrc`.
    pub(crate) own_login: bool,
    pub(crate) digest: Option<Challenge>,
    /// The server has taken a request without credentials, so it gets the body at once.
    pub(crate) asks_nobody: bool,
    pub(crate) picks_basic: bool,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) proxy_auth: JobProxy,
    pub(crate) referer: Option<String>,
    pub(crate) boundary: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) resume: u64,
    /// The server speaks HTTP/1.0 only.
    pub(crate) ten: bool,
    /// The server does not want to be asked before it gets a body.
    pub(crate) no_expect: bool,
    pub(crate) sink: Sink,
    pub(crate) heads_to: Option<HeadsTo>,
    pub(crate) body_size: u64,
    pub(crate) info: Info,
    /// The request is made again, with an answer to a challenge.
    again: bool,
    /// Heads that came before the output had its name.
    early_heads: Vec<u8>,
    /// Cookies that the response sets.
    pub(crate) cookies_seen: usize,
    /// The last request asked before it sent its body.
    pub(crate) expected: bool,
    /// Names the output by what the server says, once that is known.
    pub(crate) names_output: Option<crate::output::Naming>,
}

impl Job {
    pub(crate) fn new(context: &Context<'_>, url: Url, sink: Sink) -> Self {
        Self {
            first: url.clone(),
            url,
            upload: None,
            without_body: false,
            plain_method: false,
            login: None,
            own_login: false,
            digest: None,
            asks_nobody: false,
            picks_basic: false,
            proxy: None,
            proxy_auth: JobProxy::default(),
            referer: context.op.referer.clone(),
            boundary: None,
            etag: None,
            resume: 0,
            ten: false,
            no_expect: false,
            sink,
            heads_to: None,
            body_size: 0,
            info: Info::default(),
            again: false,
            early_heads: Vec::new(),
            cookies_seen: 0,
            expected: false,
            names_output: None,
        }
    }

    /// The method of the next request.
    pub(crate) fn method(&self, op: &Operation) -> String {
        if let Some(method) = op.custom_method.as_ref().filter(|_| !self.plain_method) {
            return method.clone();
        }
        let method = if op.head {
            "HEAD"
        } else if self.without_body {
            "GET"
        } else if self.upload.is_some() {
            "PUT"
        } else if !op.form.is_empty() || (op.data.is_some() && !op.use_get) {
            "POST"
        } else {
            "GET"
        };
        method.to_owned()
    }

    /// Whether the server is the one of the command line.
    pub(crate) fn is_first_host(&self) -> bool {
        self.url.host.eq_ignore_ascii_case(&self.first.host)
            && self.url.port() == self.first.port()
            && self.url.scheme == self.first.scheme
    }

    /// Whether this server may get logins and cookies of the command line.
    pub(crate) fn may_tell_secrets(&self, op: &Operation) -> bool {
        op.trusted || self.is_first_host()
    }

    /// The URL, as far as cookies go: another name in the Host field counts for them.
    pub(crate) fn cookie_url(&self, op: &Operation) -> Url {
        let mut url = self.url.clone();
        let mut lines = op.headers.iter().filter_map(|line| line.split_once(':'));
        let own = lines
            .find(|(name, value)| name.eq_ignore_ascii_case("host") && !value.trim().is_empty());
        if let Some((_, value)) = own.filter(|_| self.is_first_host()) {
            let value = value.trim();
            url.host = match value
                .strip_prefix('[')
                .and_then(|rest| rest.split_once(']'))
            {
                Some((address, _)) => address.to_owned(),
                None => value.split(':').next().unwrap_or_default().to_owned(),
            };
        }
        url
    }

    /// A line of a head has come.
    pub(crate) fn tell_head(&mut self, context: &Context<'_>, line: &[u8]) -> Result<()> {
        let text = String::from_utf8_lossy(line);
        if let Some((name, value)) = text.split_once(':') {
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "set-cookie" => {
                    let mut jar = context.session.cookies.borrow_mut();
                    self.cookies_seen += 1;
                    if jar.is_on
                        && self.cookies_seen <= MOST_COOKIES
                        && let Some(told) = jar.set(value, &self.cookie_url(context.op))
                    {
                        context.trace.text(told);
                    }
                }
                "etag" => self.info.etag = Some(value.to_owned()),
                "content-disposition" => self.info.disposition = Some(value.to_owned()),
                _ => {}
            }
        }
        context.trace.bytes(About::HeaderIn, line);
        self.copy_head(context, line)
    }

    /// Writes a line of a head where heads go.
    pub(crate) fn copy_head(&mut self, context: &Context<'_>, line: &[u8]) -> Result<()> {
        if context.op.include && self.names_output.is_some() {
            // Kept until the file has its name.
            self.early_heads.extend_from_slice(line);
        } else if context.op.include {
            let counted = self.sink.written;
            self.sink
                .write(&styled(context, line, self.sink.is_stdout()))?;
            self.sink.written = counted;
        }
        self.dump_head(line)
    }

    /// Writes a line where `--dump-header` has them.
    pub(crate) fn dump_head(&mut self, line: &[u8]) -> Result<()> {
        match &self.heads_to {
            None => Ok(()),
            Some(HeadsTo::Stdout) => {
                let mut stdout = nethost_sdk::output::Output::stdout(Default::default());
                let written = stdout.octets(line).and_then(|()| stdout.flush());
                written.map_err(|_| Failure::new(23, "Failed writing header"))
            }
            Some(HeadsTo::Stderr) => {
                crate::trace::Stderr::Own.write(line);
                Ok(())
            }
            Some(HeadsTo::File(writer)) => writer
                .write(line)
                .map_err(|_| Failure::new(23, "Failed writing header")),
        }
    }

    /// With `--fail`, a status that tells of a failure ends the transfer before its body.
    pub(crate) fn check_status(&mut self, context: &Context<'_>, head: &Head) -> Result<()> {
        self.info.status = head.status;
        self.info.version = head.version.clone();
        let op = context.op;
        if !op.fail || head.status < 400 {
            return Ok(());
        }
        let resumed = self.resume > 0 && head.status == 416;
        let asks = (head.status == 401 && auth::sends_nothing_yet(context, self))
            || (head.status == 407
                && self
                    .proxy
                    .as_ref()
                    .is_some_and(|proxy| proxy.user.is_some()));
        match resumed || asks {
            true => Ok(()),
            false => Err(refused(head.status)),
        }
    }

    /// What becomes of the body, now that the head is known.
    pub(crate) fn plan(
        &mut self,
        context: &Context<'_>,
        head: &Head,
        size: Option<u64>,
    ) -> Result<Plan> {
        let op = context.op;
        self.info.note(head);
        if head.status == 401
            && self.login.is_some()
            && auth::answers(
                op.schemes,
                &head.all("WWW-Authenticate"),
                &mut self.digest,
                &mut self.picks_basic,
            )
        {
            self.again = true;
        }
        let has_body = op.data.is_some() || !op.form.is_empty() || self.upload.is_some();
        if head.status < 300 && has_body && auth::sends_nothing_yet(context, self) {
            self.asks_nobody = true;
            self.again = true;
        }
        if head.status == 407
            && self
                .proxy
                .as_ref()
                .is_some_and(|proxy| proxy.user.is_some())
            && auth::answers(
                op.proxy_schemes,
                &head.all("Proxy-Authenticate"),
                &mut self.proxy_auth.challenge,
                &mut self.proxy_auth.basic,
            )
        {
            self.again = true;
        }
        let follows = op.follow && is_redirect(head.status) && location(head).is_some();
        if head.status == 417 && self.expected && !self.no_expect {
            context
                .trace
                .text("Got HTTP failure 417 while waiting for a 100");
            self.no_expect = true;
            self.again = true;
        }
        if self.again || follows {
            return Ok(Plan::Pass);
        }
        if let (Some(limit), Some(size)) = (op.max_filesize, size)
            && size > limit
        {
            return Err(Failure::new(63, "Maximum file size exceeded"));
        }
        let gets = self.upload.is_none() && op.data.is_none() && op.form.is_empty();
        if self.resume > 0 && gets && !op.head {
            if head.status == 416 {
                return Ok(Plan::Ignore);
            }
            let complete = size == Some(self.resume);
            if complete && head.get("Content-Range").is_none() {
                context
                    .trace
                    .text("The entire document is already downloaded");
                return Ok(Plan::Abandon);
            }
            if head.get("Content-Range").is_none() {
                return Err(Failure::new(
                    33,
                    "HTTP server doesn't seem to support byte ranges. Cannot resume.",
                ));
            }
        }
        if let (Some(text), 200) = (&op.time_cond, head.status)
            && is_unchanged(text, head.get("Last-Modified").and_then(when::parse))
        {
            context
                .trace
                .text("The requested document is not new enough");
            context.trace.text("Simulate an HTTP 304 response");
            self.info.status = 304;
            return Ok(Plan::Abandon);
        }
        if let Some(naming) = self.names_output.take() {
            let disposition = self.info.disposition.clone();
            self.sink = naming.sink(disposition.as_deref(), op)?;
            self.info.file = naming.name(disposition.as_deref());
            let heads = std::mem::take(&mut self.early_heads);
            self.sink.write(&heads)?;
            self.sink.written = 0;
        }
        Ok(Plan::Take)
    }
}

/// Bold names of fields, where a person looks: the host has no such thing for octets, so they stay plain.
fn styled(_: &Context<'_>, line: &[u8], _: bool) -> Vec<u8> {
    line.to_vec()
}

pub(crate) fn refused(status: u16) -> Failure {
    Failure::new(22, format!("The requested URL returned error: {status}"))
}

/// Whether a time condition keeps what was changed then from being transferred.
pub(crate) fn is_unchanged(condition: &str, modified: Option<i64>) -> bool {
    let (older, text) = match condition.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, condition),
    };
    let than = when::parse(text).or_else(|| {
        nethost_sdk::files::facts(text)
            .ok()
            .map(|facts| facts.modified)
    });
    match (than, modified) {
        (Some(than), Some(modified)) => match older {
            true => modified > than,
            false => modified <= than,
        },
        _ => false,
    }
}

/// Carries out a transfer.
pub(crate) async fn perform(context: &Context<'_>, job: &mut Job) -> Result<()> {
    let mut redirects = 0;
    loop {
        check_protocol(context, job, redirects > 0)?;
        let head = match job.url.scheme.as_str() {
            "http" | "https" => request(context, job).await?,
            "ftp" | "ftps" => {
                if via_http_proxy(context, job)? {
                    request(context, job).await?
                } else {
                    return crate::ftp::perform(context, job).await;
                }
            }
            "telnet" => return crate::telnet::perform(context, job).await,
            _ => return crate::local::perform(context, job),
        };
        if std::mem::take(&mut job.again) {
            context.trace.text(format_args!(
                "Issue another request to this URL: '{}'",
                job.url
            ));
            continue;
        }
        let location = location(&head).map(str::to_owned);
        let reading = Reading::default();
        if let Some(location) = location.filter(|_| is_redirect(head.status)) {
            let next = job.url.join(&location, reading);
            job.info.redirect = next.as_ref().map(ToString::to_string);
            if !context.op.follow {
                return done(context, job);
            }
            let most = context.op.max_redirects.unwrap_or(50);
            if most >= 0 && redirects >= most {
                let text = format!("Maximum ({most}) redirects followed");
                context.trace.text(&text);
                return Err(Failure::new(47, text));
            }
            let next = next.ok_or_else(Failure::url)?;
            redirects += 1;
            follow(context, job, next, head.status);
            job.info.redirects = u64::try_from(redirects).unwrap_or_default();
            continue;
        }
        return done(context, job);
    }
}

fn done(context: &Context<'_>, job: &mut Job) -> Result<()> {
    let status = job.info.status;
    match context.op.fail_with_body && status >= 400 {
        true => Err(refused(status)),
        false => Ok(()),
    }
}

fn via_http_proxy(context: &Context<'_>, job: &mut Job) -> Result<bool> {
    let (_, proxy) = proxy::of(context.session, context.op, &job.url)?;
    let through = proxy.as_ref().is_some_and(Proxy::is_http) && !context.op.tunnel;
    job.proxy = proxy;
    Ok(through)
}

/// One request, on a kept connection or a new one.
async fn request(context: &Context<'_>, job: &mut Job) -> Result<Head> {
    let (_, proxy) = match context.op.unix_socket {
        Some(_) => (None, None),
        None => proxy::of(context.session, context.op, &job.url)?,
    };
    job.proxy = proxy;
    loop {
        let opened = open(context, &job.url, None).await;
        job.info.connect_status = context.connect_code.get();
        let heads = std::mem::take(&mut *context.connect_heads.borrow_mut());
        for line in heads.split_inclusive(|byte| *byte == b'\n') {
            job.copy_head(context, line)?;
        }
        let mut conn = opened?;
        if conn.connect_code != 0 {
            job.info.connect_status = conn.connect_code;
        }
        job.info.connects += context.session.connects.replace(0);
        job.info.connected(&conn);
        let number = conn.number;
        job.ten |= conn.ten;
        let exchanged = http::exchange(context, job, &mut conn).await;
        match exchanged {
            Ok((head, next)) => {
                match next {
                    Next::Keep => {
                        conn.ten = head.version == "1.0";
                        context.trace.text(format_args!(
                            "Connection #{number} to host {} left intact",
                            conn.shown
                        ));
                        context.session.put(conn);
                    }
                    Next::Close => context
                        .trace
                        .text(format_args!("Closing connection {number}")),
                }
                return Ok(head);
            }
            Err(failure) => {
                context
                    .trace
                    .text(format_args!("Closing connection {number}"));
                if failure.text != DIED {
                    return Err(failure);
                }
            }
        }
    }
}
