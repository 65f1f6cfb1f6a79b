//! FTP and FTPS (RFC 959, RFC 2428, RFC 4217): downloads, lists and uploads. The control connection is kept for
//! more URLs of the same server and login.

mod active;
mod control;
mod data;
mod login;
mod place;
mod retrieve;
mod store;

use futures::io::AsyncWriteExt;

use self::control::Control;
use self::place::Place;
use crate::conn::Conn;
use crate::conn::open::open;
use crate::failure::{Failure, Result};
use crate::transfer::{Context, Job, is_unchanged};
use crate::when;

/// What is known of a control connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// Somebody is logged in.
    ready: bool,
    /// Where one was after login.
    entry: Option<String>,
    /// Which folder one is in, as the last URL had it. None where nobody knows.
    within: Option<String>,
    /// The type of transfer that was last asked for.
    kind: Option<char>,
    /// The server does not know EPSV.
    no_epsv: bool,
    /// The server does not know EPRT.
    no_eprt: bool,
    /// Data connections are protected too.
    private: bool,
}

/// How a transfer left its connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Left {
    /// As the failure says, if there is one.
    #[default]
    Open,
    /// The server has answered; what went wrong is of no concern to the connection.
    Answered,
    /// It is in the middle of something: it ends, politely.
    Unclear,
}

/// Failures that a control connection survives.
const SURVIVED: [u8; 13] = [9, 10, 12, 13, 17, 19, 23, 25, 30, 36, 63, 70, 78];

/// Carries out a transfer.
pub(crate) async fn perform(context: &Context<'_>, job: &mut Job) -> Result<()> {
    let conn = open(context, &job.url, Some(identity(context, job))).await?;
    job.info.connects += context.session.connects.replace(0);
    job.info.connected(&conn);
    let number = conn.number;
    let mut control = Control {
        context,
        state: conn.ftp.clone().unwrap_or_default(),
        conn,
        left: Left::Open,
    };
    let done = transfer(&mut control, job).await;
    let Control {
        mut conn,
        state,
        left,
        ..
    } = control;
    let stays = match (&done, left) {
        (_, Left::Unclear) => false,
        (Ok(()), _) | (_, Left::Answered) => true,
        (Err(failure), Left::Open) => SURVIVED.contains(&failure.code) && state.ready,
    };
    if let Err(failure) = &done {
        context.trace.text(failure.line());
    }
    if stays {
        let shown = &job.url.host;
        context.trace.text(format_args!(
            "Connection #{number} to host {shown} left intact"
        ));
        conn.ftp = Some(State {
            within: state
                .within
                .filter(|_| !matches!(&done, Err(failure) if failure.code == 9)),
            ..state
        });
        context.session.put(conn);
    } else {
        if left == Left::Unclear {
            quit(&mut conn).await;
        }
        context
            .trace
            .text(format_args!("Closing connection {number}"));
    }
    done
}

/// Who is logged in, and how: another one needs another connection.
fn identity(context: &Context<'_>, job: &Job) -> String {
    let op = context.op;
    format!(
        "{:?} {:?} {:?} {:?}",
        login::who(context, job),
        op.ftp_account,
        op.ftp_alternative,
        op.ftp_tls
    )
}

/// Takes leave. Nobody waits for the answer.
pub(crate) async fn quit(conn: &mut Conn) {
    if let Ok(wire) = conn.wire() {
        let _ = wire.write_all(b"QUIT\r\n").await;
        let _ = wire.flush().await;
    }
}

async fn transfer(control: &mut Control<'_, '_>, job: &mut Job) -> Result<()> {
    let context = control.context;
    let op = context.op;
    let reused = control.state.ready;
    if !reused {
        login::login(control, job).await?;
        control.state.ready = true;
    }
    job.info.ftp_entry = control.state.entry.clone();
    context.progress.note(|times, now| times.requesting = now);
    let place = Place::of(op, &job.url.path).inspect_err(|_| control.left = Left::Open)?;
    if job.upload.is_some() && place.file.is_none() {
        return Err(Failure::new(3, "Uploading to a URL without a file name"));
    }
    let (after, before): (Vec<_>, Vec<_>) = op
        .quote
        .iter()
        .partition(|command| command.starts_with('-'));
    let (during, before): (Vec<_>, Vec<_>) = before
        .into_iter()
        .partition(|command| command.starts_with('+'));
    quote(control, job, &before).await?;
    enter(control, job, &place, reused).await?;
    if !place.absolute {
        control.state.within = Some(place.within.clone());
    }
    if !is_wanted(control, job, &place).await? {
        quote(control, job, &after).await?;
        return Ok(());
    }
    if let Some(naming) = job.names_output.take() {
        job.sink = naming.sink(None, op)?;
        job.info.file = naming.name(None);
    }
    if op.head {
        facts(control, job, &place).await?;
        quote(control, job, &during).await?;
    } else if let Some(path) = job.upload.clone() {
        store::store(control, job, &place, &path, &during).await?;
    } else {
        retrieve::retrieve(control, job, &place, &during).await?;
    }
    if control.left != Left::Unclear {
        quote(control, job, &after).await?;
    }
    Ok(())
}

/// Enters the folders, unless one is there already.
async fn enter(
    control: &mut Control<'_, '_>,
    job: &mut Job,
    place: &Place,
    reused: bool,
) -> Result<()> {
    let context = control.context;
    let known = match reused {
        true => control.state.within.clone(),
        false => Some(String::new()),
    };
    if place.absolute {
        return Ok(());
    }
    if known.as_deref() == Some(&place.within) {
        if reused {
            context
                .trace
                .text("Request has same path as previous transfer");
        }
        return Ok(());
    }
    let rooted = place
        .folders
        .first()
        .is_some_and(|first| first.starts_with('/'));
    // A failure is remembered as a place that nobody knows.
    control.state.within = None;
    if reused
        && !rooted
        && let Some(entry) = control.state.entry.clone()
        && !control.ask(job, &format!("CWD {entry}")).await?.is_done()
    {
        return Err(denied());
    }
    for folder in &place.folders {
        let command = format!("CWD {folder}");
        if control.ask(job, &command).await?.is_done() {
            continue;
        }
        if !context.op.ftp_create_dirs {
            return Err(denied());
        }
        // It may fail because somebody else has made it meanwhile.
        control.ask(job, &format!("MKD {folder}")).await?;
        if !control.ask(job, &command).await?.is_done() {
            return Err(denied());
        }
    }
    Ok(())
}

fn denied() -> Failure {
    Failure::new(9, "Server denied you to change to the given directory")
}

/// Asks when the file was changed where that matters: whether it is wanted at all.
async fn is_wanted(control: &mut Control<'_, '_>, job: &mut Job, place: &Place) -> Result<bool> {
    let context = control.context;
    let op = context.op;
    let asks = op.remote_time || op.head || op.time_cond.is_some();
    let Some(file) = place.file.as_ref().filter(|_| asks) else {
        return Ok(true);
    };
    let reply = control.ask(job, &format!("MDTM {file}")).await?;
    let modified = match reply.code {
        213 => when::ftp_time(&reply.text),
        550 => {
            context
                .trace
                .text("MDTM failed: file does not exist or permission problem, continuing");
            None
        }
        _ => {
            context.trace.text("unsupported MDTM reply format");
            None
        }
    };
    job.info.file_time = modified;
    if let Some(condition) = &op.time_cond
        && is_unchanged(condition, modified)
    {
        context
            .trace
            .text("The requested document is not new enough");
        job.info.unmet = true;
        return Ok(false);
    }
    if op.head
        && let Some(when) = modified
    {
        let line = format!("Last-Modified: {}\r\n", when::http_date(when));
        job.sink.write(line.as_bytes())?;
    }
    Ok(true)
}

/// `--quote`: `*` in front forgives a failure.
async fn quote(control: &mut Control<'_, '_>, job: &mut Job, commands: &[&String]) -> Result<()> {
    for command in commands {
        let command = command.trim_start_matches(['-', '+']);
        let (command, forgives) = match command.strip_prefix('*') {
            Some(command) => (command, true),
            None => (command, false),
        };
        let reply = control.ask(job, command).await?;
        if reply.code >= 400 && !forgives {
            return Err(Failure::new(
                21,
                format!("QUOT command failed with {:03}", reply.code),
            ));
        }
    }
    Ok(())
}

/// Sets the type of what is transferred, unless it is that already.
async fn kind(control: &mut Control<'_, '_>, job: &mut Job, ascii: bool) -> Result<()> {
    let kind = if ascii { 'A' } else { 'I' };
    if control.state.kind == Some(kind) {
        return Ok(());
    }
    let reply = control.ask(job, &format!("TYPE {kind}")).await?;
    if !reply.is_done() {
        return Err(Failure::new(17, "Couldn't set desired mode"));
    }
    control.state.kind = Some(kind);
    Ok(())
}

/// The size of a file, if the server says it.
async fn size(control: &mut Control<'_, '_>, job: &mut Job, file: &str) -> Result<Option<u64>> {
    let reply = control.ask(job, &format!("SIZE {file}")).await?;
    match reply.code {
        213 => {
            // Something may stand in front of the number.
            let text = reply.text.trim_end();
            let start = text
                .rfind(|letter: char| !letter.is_ascii_digit())
                .map_or(0, |at| at + 1);
            Ok(text.get(start..).and_then(|digits| digits.parse().ok()))
        }
        550 if job.upload.is_none() => Err(Failure::new(78, "The file does not exist")),
        _ => Ok(None),
    }
}

/// `--head`: what is known of a file.
async fn facts(control: &mut Control<'_, '_>, job: &mut Job, place: &Place) -> Result<()> {
    let Some(file) = &place.file else {
        return Ok(());
    };
    kind(control, job, place.ascii).await?;
    if let Some(size) = size(control, job, file).await? {
        let line = format!("Content-Length: {size}\r\n");
        job.sink.write(line.as_bytes())?;
    }
    let reply = control.ask(job, "REST 0").await?;
    if reply.code == 350 {
        job.sink.write(b"Accept-ranges: bytes\r\n")?;
    }
    Ok(())
}

/// The reply after a transfer.
async fn finished(control: &mut Control<'_, '_>, job: &mut Job) -> Result<()> {
    let reply = control.reply(job).await?;
    job.info.status = reply.code;
    control.left = Left::Answered;
    match reply.code {
        226 | 250 | 200 => Ok(()),
        552 => Err(Failure::new(70, "Uploaded unaligned file size")),
        code => Err(Failure::new(
            18,
            format!("server did not report OK, got {code}"),
        )),
    }
}
