//! One URL: its transfer, tried again where that helps, and what is done when it is over.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures::future::{Either, select};
use nethost_sdk::files::{WriteMode, Writer};
use nethost_sdk::{clock, files};

use crate::cli::warning;
use crate::conn::proxy;
use crate::dump_header;
use crate::explain;
use crate::failure::{Failure, Result};
use crate::info::Info;
use crate::netrc;
use crate::operate::Shared;
use crate::output::{self, Output};
use crate::progress::{Meter, Progress};
use crate::session::Session;
use crate::settings::{Getting, Netrc, Operation, Resume};
use crate::sink::{Sink, Waiting};
use crate::transfer::{Context, Job, perform};
use crate::url::{Reading, Url};
use crate::when;
use crate::write_out::{self, Over};

/// A URL and what belongs to it.
pub(crate) struct Task<'a> {
    pub(crate) op: &'a Operation,
    pub(crate) get: Getting,
    pub(crate) url: String,
    pub(crate) values: Vec<String>,
    pub(crate) number: u64,
}

/// Transfers one URL; the exit code.
pub(crate) async fn run(shared: &Shared, task: &Task<'_>) -> u8 {
    match begin(shared, task).await {
        Ok(code) => code,
        Err(failure) => {
            shared.complain(&failure);
            failure.code
        }
    }
}

async fn begin(shared: &Shared, task: &Task<'_>) -> Result<u8> {
    let (op, get) = (task.op, &task.get);
    crate::conn::dial::check_resolve(op)?;
    let reading = Reading {
        path_as_is: op.path_as_is,
        default_scheme: op.default_protocol.as_deref(),
    };
    let Some(mut url) = Url::parse(&task.url, reading) else {
        let failure = Failure::url();
        if let Some(format) = &op.write_out {
            shared.complain(&failure);
            let info = Info::default();
            write_out::write(
                format,
                &Over::nothing(task, &info, &failure),
                &shared.stderr,
            );
            return Ok(failure.code);
        }
        return Err(failure);
    };
    if op.no_user_in_url && url.user.is_some() {
        return Err(Failure::new(67, "URL contains login"));
    }
    let host = url.host.trim_end_matches('.').to_ascii_lowercase();
    if (host == "onion" || host.ends_with(".onion"))
        && proxy::of(&shared.session, op, &url)?.1.is_none()
    {
        return Err(Failure::new(6, "Not resolving .onion address (RFC 7686)"));
    }
    if op.use_get
        && let Some(data) = &op.data
    {
        url.add_query(&String::from_utf8_lossy(data));
    }
    for query in &op.url_queries {
        url.add_query(&String::from_utf8_lossy(query));
    }
    if let Some(path) = &get.upload {
        output::upload_target(&mut url, path);
        let stdin = path == "-" || path == ".";
        if !stdin && let Err(error) = files::facts(path) {
            match error {
                nethost_sdk::Error::Denied(_) => return Err(Failure::new(26, error.to_string())),
                _ => shared
                    .stderr
                    .write(format!("curl: Can't open '{path}'!\n{}\n", crate::cli::TRY)),
            }
            return Err(Failure::new(
                26,
                "Failed to open/read local data from file/application",
            ));
        }
    }
    let output = Output::of(op, get, &url, &task.values, shared.global.silent)?;
    if output.skips {
        return Ok(0);
    }
    let heads_to = dump_header::open(op)?;
    let context = Context {
        op,
        trace: shared.trace.clone(),
        progress: Progress::new(meter(shared, &output.sink)),
        session: &shared.session,
        connect_heads: Rc::new(RefCell::default()),
        connect_code: Cell::new(0),
    };
    let mut sink = output.sink;
    sink.flushes = op.no_buffer;
    if shared.global.parallel && sink.is_stdout() {
        sink = Sink::held(Rc::clone(&shared.stdout_taken));
    }
    let mut job = Job::new(&context, url, sink);
    job.info.file = output.waiting.as_ref().map(|waiting| waiting.path.clone());
    job.names_output = output.naming;
    job.heads_to = heads_to;
    prepare(&shared.session, op, get, &mut job, output.resume)?;
    tries(shared, &context, task, &mut job, output.waiting.as_ref()).await
}

fn prepare(
    session: &Session,
    op: &Operation,
    get: &Getting,
    job: &mut Job,
    resume: u64,
) -> Result<()> {
    job.upload = get.upload.clone();
    job.resume = resume;
    if job.upload.is_some() && op.resume == Resume::Auto {
        job.resume = 0;
    }
    job.login = match (&op.user, &job.url.user) {
        (Some(login), _) => Some(match login.split_once(':') {
            Some((user, password)) => (user.to_owned(), password.to_owned()),
            None => (login.clone(), String::new()),
        }),
        (None, Some(user)) => Some((user.clone(), job.url.password.clone().unwrap_or_default())),
        (None, None) => None,
    };
    if op.user.is_none()
        && (op.netrc == Netrc::Required || job.url.password.is_none())
        && let Some(login) = netrc::login(session, op, &job.url)?
    {
        job.login = Some(login);
    }
    if let Some(path) = &op.etag_compare {
        let saved = files::read(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&saved).trim_end().to_owned();
        job.etag = Some(if text.is_empty() { "\"\"".into() } else { text });
    }
    if let Some(path) = &op.etag_save {
        let opened = match op.create_dirs {
            true => files::make_folders(path),
            false => Ok(()),
        };
        // What it holds stays until there is something new.
        let opened = opened.and_then(|()| Writer::open(path, WriteMode::Append, None));
        opened.map_err(|error| match error {
            nethost_sdk::Error::Denied(_) => Failure::new(26, error.to_string()),
            _ => {
                let text = format!(
                    "Failed creating file for saving etags: \"{path}\". Skip this transfer"
                );
                warning(&text);
                Failure::new(26, "Failed to open/read local data from file/application")
            }
        })?;
    }
    Ok(())
}

fn meter(shared: &Shared, sink: &Sink) -> Meter {
    let global = &shared.global;
    let hidden = global.silent
        || global.no_progress
        || global.parallel
        || global.explain
        || global.ca_info
        || (shared.stdout_is_terminal && sink.is_stdout());
    match (hidden, global.progress_bar) {
        (true, _) => Meter::Off,
        (false, true) => Meter::Bar(shared.stderr.clone()),
        (false, false) => Meter::Numbers(shared.stderr.clone()),
    }
}

async fn tries(
    shared: &Shared,
    context: &Context<'_>,
    task: &Task<'_>,
    job: &mut Job,
    waiting: Option<&Waiting>,
) -> Result<u8> {
    let op = task.op;
    let begun = clock::now();
    let mut left = op.retry;
    let mut delay = op
        .retry_delay
        .filter(|delay| !delay.is_zero())
        .unwrap_or(Duration::from_secs(1));
    let original = job.url.clone();
    let mut retries = 0;
    loop {
        let done = within(context, job).await;
        // What is as it was stays as it is.
        let unmet = job.info.unmet || job.info.status == 304;
        let done = done.and_then(|()| match unmet {
            true => Ok(()),
            false => job.sink.create(),
        });
        context.progress.note(|times, now| times.total = now);
        let is_fine = done.is_ok();
        if left > 0
            && let Some(why) = again(op, job, &done)
        {
            let mut pause = delay;
            if let Some(after) = job.info.retry_after.as_deref().and_then(seconds_from_now) {
                pause = pause.max(after);
            }
            let most = op.retry_max_time;
            if most.is_none_or(|most| clock::now().since(begun) + pause < most || most.is_zero()) {
                close_meter(context, is_fine);
                if let Err(failure) = &done {
                    shared.complain(failure);
                }
                let seconds = pause.as_secs();
                if !shared.global.silent {
                    warning(&format!(
                        "Problem: {why}. Will retry in {seconds} second{}. {left} retr{} left.",
                        if seconds == 1 { "" } else { "s" },
                        if left == 1 { "y" } else { "ies" }
                    ));
                }
                clock::wait_for(pause).await;
                left -= 1;
                retries += 1;
                if op.retry_delay.is_none_or(|delay| delay.is_zero()) {
                    delay = (delay * 2).min(Duration::from_secs(600));
                }
                restart(context, job, waiting, &original);
                continue;
            }
        }
        close_meter(context, is_fine);
        return Ok(finish(shared, context, task, job, done, waiting, retries));
    }
}

fn close_meter(context: &Context<'_>, is_fine: bool) {
    if is_fine
        || !context.progress.times.borrow().name.is_zero()
        || context.progress.is_connected.get()
    {
        context.progress.end();
    }
}

fn restart(context: &Context<'_>, job: &mut Job, waiting: Option<&Waiting>, original: &Url) {
    let progress = &context.progress;
    progress.start.set(clock::now());
    progress.down.set(0);
    progress.up.set(0);
    progress.down_total.set(None);
    *progress.times.borrow_mut() = Default::default();
    job.sink.restart(waiting);
    job.url = original.clone();
    job.body_size = 0;
    job.without_body = false;
    job.info.status = 0;
}

fn seconds_from_now(text: &str) -> Option<Duration> {
    let seconds = match text.trim().parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => u64::try_from(when::parse(text)? - when::now()).ok()?,
    };
    Some(Duration::from_secs(seconds.min(6 * 3600)))
}

/// Why another try may help.
fn again(op: &Operation, job: &Job, done: &Result<()>) -> Option<&'static str> {
    let status = job.info.status;
    let http = matches!(job.url.scheme.as_str(), "http" | "https");
    let refused =
        |failure: &Failure| matches!(failure.cause, Some(nethost_sdk::Error::ConnectionRefused));
    match done {
        Err(failure) if matches!(failure.cause, Some(nethost_sdk::Error::Denied(_))) => None,
        Err(failure) if failure.code == 28 => Some("timeout"),
        Err(failure)
            if failure.code == 6
                && matches!(
                    failure.cause,
                    Some(nethost_sdk::Error::TemporaryResolverFailure)
                ) =>
        {
            Some("timeout")
        }
        Err(failure) if op.retry_refused && failure.code == 7 && refused(failure) => {
            Some("connection refused")
        }
        done if http
            && matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
            && done.as_ref().err().is_none_or(|failure| failure.code == 22) =>
        {
            Some("HTTP error")
        }
        Err(_) if !http && (400..500).contains(&status) => Some("FTP error"),
        Err(_) if op.retry_all => Some("(retrying all errors)"),
        _ => None,
    }
}

/// A transfer, within the time that it may take.
async fn within(context: &Context<'_>, job: &mut Job) -> Result<()> {
    let work = Box::pin(perform(context, job));
    let watch = Box::pin(watch(context));
    match select(work, watch).await {
        Either::Left((done, _)) => done,
        Either::Right((failure, _)) => {
            context.trace.text(failure.line());
            Err(failure)
        }
    }
}

/// Ends when the transfer has taken too long, or is too slow.
async fn watch(context: &Context<'_>) -> Failure {
    let (op, progress) = (context.op, &context.progress);
    let start = clock::now();
    let mut slow_since = start;
    let mut last = (start, 0);
    loop {
        let mut next = clock::now().plus(Duration::from_millis(1000));
        if let Some(most) = op.max_time {
            let end = start.plus(most);
            next = next.min(end);
        }
        clock::wait_until(next).await;
        let now = clock::now();
        progress.tick(false);
        if op.max_time.is_some_and(|most| now.since(start) >= most) {
            return timed_out(context);
        }
        let moved = progress.down.get() + progress.up.get();
        if op.speed_time > 0 && progress.is_connected.get() {
            let micros = now.since(last.0).as_micros().max(1);
            let speed = u128::from(moved - last.1) * 1_000_000 / micros;
            if speed >= u128::from(op.speed_limit) {
                slow_since = now;
            } else if now.since(slow_since).as_secs() >= op.speed_time {
                return Failure::new(
                    28,
                    format!(
                        "Operation too slow. Less than {} bytes/sec transferred the last {} seconds",
                        op.speed_limit, op.speed_time
                    ),
                );
            }
        }
        last = (now, moved);
    }
}

fn timed_out(context: &Context<'_>) -> Failure {
    let progress = &context.progress;
    let elapsed = progress.elapsed().as_millis();
    if !progress.is_connected.get() {
        return Failure::new(
            28,
            match progress.times.borrow().name.is_zero() {
                true => format!("Resolving timed out after {elapsed} milliseconds"),
                false => format!("Connection timed out after {elapsed} milliseconds"),
            },
        );
    }
    let received = progress.down.get();
    Failure::new(
        28,
        match progress.down_total.get() {
            Some(total) => format!(
                "Operation timed out after {elapsed} milliseconds with {received} out of {total} bytes received"
            ),
            None => format!(
                "Operation timed out after {elapsed} milliseconds with {received} bytes received"
            ),
        },
    )
}

fn finish(
    shared: &Shared,
    context: &Context<'_>,
    task: &Task<'_>,
    job: &mut Job,
    done: Result<()>,
    waiting: Option<&Waiting>,
    retries: u64,
) -> u8 {
    let op = task.op;
    job.sink.release();
    let (code, error) = match &done {
        Ok(()) => (0, String::new()),
        Err(failure) => (failure.code, failure.text.clone()),
    };
    if let Some(path) = &job.sink.path {
        job.info.file = Some(path.clone());
    }
    if let Err(failure) = &done {
        shared.complain(failure);
        if op.remove_on_error
            && let Some(waiting) = waiting.filter(|_| job.sink.is_open())
        {
            let path = job.sink.path.take().unwrap_or_else(|| waiting.path.clone());
            job.sink = Sink::nowhere();
            match files::remove(&path) {
                Ok(()) => shared
                    .stderr
                    .write(format!("Note: Removed output file: {path}\n")),
                Err(error) => warning(&format!("Failed removing: {path}: {error}")),
            }
        }
    }
    if let (Some(path), Some(etag)) = (&op.etag_save, &job.info.etag)
        && !etag.is_empty()
    {
        let opened = crate::sink::open(path, None);
        let written = opened.and_then(|writer| writer.write(format!("{etag}\n").as_bytes()));
        if written.is_err() {
            warning(&format!("Failed to save the etag in \"{path}\""));
        }
    }
    if op.remote_time
        && code == 0
        && let Some(path) = job.info.file.clone()
    {
        let when = job
            .info
            .file_time
            .or_else(|| job.info.modified.as_deref().and_then(when::parse));
        if let Some(when) = when
            && let Err(error) = files::set_modified(&path, when)
        {
            warning(&format!(
                "Failed to set filetime {when} on '{path}': {error}"
            ));
        }
    }
    let times = *context.progress.times.borrow();
    let over = Over {
        info: &job.info,
        times,
        url: &task.url,
        effective: Some(&job.url),
        method: &job.method(op),
        down: context.progress.down.get(),
        delivered: job.sink.written,
        up: context.progress.up.get(),
        referer: job.referer.as_deref(),
        code,
        error: &error,
        number: task.number,
        verified: !op.insecure,
        retries,
        connected: context.progress.is_connected.get() || job.info.connects > 0,
    };
    if shared.global.explain || shared.global.ca_info {
        explain::show(shared, &over);
    }
    if let Some(format) = &op.write_out {
        write_out::write(format, &over, &shared.stderr);
    }
    code
}
