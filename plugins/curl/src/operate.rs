//! Goes through the URLs of the command line, one after the other or several at a time.

use std::cell::Cell;
use std::rc::Rc;

use futures::StreamExt;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use nethost_sdk::output::complain;
use nethost_sdk::terminal::{StandardStream, is_terminal};
use nethost_sdk::{Exit, clock};

use crate::attempt::{Task, run};
use crate::cli::{TRY, warning};
use crate::failure::Failure;
use crate::glob::Glob;
use crate::session::Session;
use crate::settings::{Getting, Global, Method, Netrc, Operation, Resume};
use crate::trace::{Stderr, Trace};

/// What the whole run shares.
pub(crate) struct Shared {
    pub(crate) global: Global,
    pub(crate) trace: Trace,
    pub(crate) stderr: Stderr,
    pub(crate) session: Session,
    pub(crate) stdout_taken: Rc<Cell<bool>>,
    pub(crate) stdout_is_terminal: bool,
}

impl Shared {
    /// Tells of a failure, unless nothing is to be told.
    pub(crate) fn complain(&self, failure: &Failure) {
        let global = &self.global;
        if !global.silent || global.show_error {
            self.stderr
                .write(format!("curl: ({}) {}\n", failure.code, failure.text));
        }
    }
}

/// Carries out everything; the exit code.
pub(crate) async fn operate(global: Global, operations: Vec<Operation>) -> Result<u8, Exit> {
    let stderr = Stderr::open(global.stderr.as_deref());
    let trace = Trace::open(&global, &stderr).map_err(|error| {
        Exit::failed(
            26,
            format!("curl: (26) Failed to create trace file: {error}"),
        )
    })?;
    let shared = Shared {
        trace,
        stderr,
        session: Session::default(),
        stdout_taken: Rc::default(),
        stdout_is_terminal: is_terminal(StandardStream::Output),
        global,
    };
    let mut operations = operations;
    for op in &mut operations {
        if op.data.is_some() && !op.use_get {
            op.ask(Method::Post).map_err(|(set, asked)| {
                if !shared.global.silent {
                    crate::cli::contradiction(asked, set);
                }
                Exit::silent(2)
            })?;
        }
    }
    for op in &operations {
        check(&shared, op)?;
    }
    let mut code = 0;
    let mut number = 0;
    match shared.global.parallel {
        false => {
            for op in &operations {
                let done = serial(&shared, op, &mut number).await;
                code = done;
                save_cookies(&shared, op);
                if done != 0 && shared.global.fail_early {
                    break;
                }
            }
        }
        true => {
            code = parallel(&shared, &operations).await;
            for op in &operations {
                save_cookies(&shared, op);
            }
        }
    }
    shared.session.close().await;
    Ok(code)
}

/// What cannot be right.
fn check(shared: &Shared, op: &Operation) -> Result<(), Exit> {
    if op.gets.iter().all(|get| get.url.is_none()) {
        return Err(Exit::failed(2, format!("curl: no URL specified!\n{TRY}")));
    }
    if op.data.is_some() && !op.use_get && op.resume != Resume::No {
        return Err(Exit::failed(
            2,
            format!("curl: cannot mix --continue-at and --data\n{TRY}"),
        ));
    }
    if op
        .gets
        .iter()
        .any(|get| get.url.is_none() && (get.output.is_some() || get.remote_name))
        && !shared.global.silent
    {
        crate::cli::warning("Got more output options than URLs");
    }
    if op.netrc == Netrc::Required
        && let Some(path) = &op.netrc_file
        && let Err(nethost_sdk::Error::NotFound) = nethost_sdk::files::facts(path)
    {
        return Err(Exit::failed(
            2,
            format!("curl: the .netrc file '{path}' does not exist\n{TRY}"),
        ));
    }
    let uploads = op.gets.iter().any(|get| get.upload.is_some());
    let other = match op.method {
        Method::Unset | Method::Get => None,
        Method::Post if op.use_get => None,
        Method::Post => Some("POST (-d, --data)"),
        Method::Form => Some("multipart formpost (-F, --form)"),
        Method::Head => Some("HEAD (-I, --head)"),
    };
    if uploads && let Some(other) = other.filter(|_| !op.use_get && op.method != Method::Head) {
        if !shared.global.silent {
            warning(&format!(
                "You can only select one HTTP request method! You asked for both PUT (-T, --upload-file) and {other}."
            ));
        }
        return Err(Exit::silent(2));
    }
    crate::cookie_files::load(shared, op);
    Ok(())
}

/// The URLs of one place.
struct Urls {
    urls: Glob,
    uploads: Option<Glob>,
    count: u64,
}

fn urls(op: &Operation, get: &Getting) -> Result<Option<Urls>, Failure> {
    let Some(url) = &get.url else {
        return Ok(None);
    };
    let glob = |text: &str| match op.glob_off {
        true => Ok(Glob::literal(text)),
        false => Glob::parse(text).map_err(|broken| {
            Failure::new(
                3,
                format!(
                    "{} in URL position {}:\n{text}\n{}^",
                    broken.why,
                    broken.at,
                    " ".repeat(broken.at.saturating_sub(1).max(1))
                ),
            )
        }),
    };
    let uploads = match &get.upload {
        Some(path) => Some(glob(path)?),
        None => None,
    };
    let urls = glob(url)?;
    let count = urls.count() * uploads.as_ref().map_or(1, Glob::count);
    Ok(Some(Urls {
        urls,
        uploads,
        count,
    }))
}

impl Urls {
    fn task<'a>(&self, op: &'a Operation, get: &Getting, index: u64, number: u64) -> Task<'a> {
        let per_upload = self.urls.count().max(1);
        let (url, values) = self.urls.get(index % per_upload);
        let mut get = get.clone();
        if let Some(uploads) = &self.uploads {
            get.upload = Some(uploads.get(index / per_upload).0);
        }
        Task {
            op,
            get,
            url,
            values,
            number,
        }
    }
}

async fn serial(shared: &Shared, op: &Operation, number: &mut u64) -> u8 {
    let mut code = 0;
    let mut first = true;
    for get in &op.gets {
        let urls = match urls(op, get) {
            Ok(Some(urls)) => urls,
            Ok(None) => continue,
            Err(failure) => {
                shared.complain(&failure);
                return failure.code;
            }
        };
        for index in 0..urls.count {
            if let Some(pause) = shared.global.rate.filter(|_| !first) {
                clock::wait_for(pause).await;
            }
            first = false;
            let task = urls.task(op, get, index, *number);
            *number += 1;
            code = run(shared, &task).await;
            if code != 0 && shared.global.fail_early {
                return code;
            }
        }
    }
    code
}

async fn parallel(shared: &Shared, operations: &[Operation]) -> u8 {
    let mut code = 0;
    let mut number = 0;
    let mut running: FuturesUnordered<LocalBoxFuture<'_, u8>> = FuturesUnordered::new();
    for op in operations {
        for get in &op.gets {
            let urls = match urls(op, get) {
                Ok(Some(urls)) => urls,
                Ok(None) => continue,
                Err(failure) => {
                    shared.complain(&failure);
                    return failure.code;
                }
            };
            for index in 0..urls.count {
                while running.len() >= shared.global.parallel_max.max(1) {
                    let done = running.next().await.unwrap_or(0);
                    code = if done == 0 { code } else { done };
                }
                if code != 0 && shared.global.fail_early {
                    return code;
                }
                let task = urls.task(op, get, index, number);
                number += 1;
                running.push(Box::pin(async move { run(shared, &task).await }));
            }
        }
    }
    while let Some(done) = running.next().await {
        code = if done == 0 { code } else { done };
        if code != 0 && shared.global.fail_early {
            return code;
        }
    }
    code
}

fn save_cookies(shared: &Shared, op: &Operation) {
    let Some(path) = &op.cookie_jar else {
        return;
    };
    let text = shared.session.cookies.borrow().text();
    if path == "-" {
        let mut stdout = nethost_sdk::output::Output::stdout(Default::default());
        let _ = stdout.text(text).and_then(|()| stdout.flush());
        return;
    }
    let written = crate::sink::open(path, None).and_then(|writer| writer.write(text.as_bytes()));
    if let Err(error) = written {
        match error {
            nethost_sdk::Error::Denied(_) => complain(format_args!("curl: {error}")),
            _ => shared
                .trace
                .text(format_args!("WARNING: failed to save cookies in {path}")),
        }
    }
}
