//! `file://`: files of this machine, by grant.

use nethost_sdk::files::{self, Reader};

use crate::body::{Body, Piece};
use crate::failure::{Failure, Result};
use crate::output::local_path;
use crate::transfer::{Context, Job};
use crate::when;

/// Copies a file to the output, or an upload to a file.
pub(crate) fn perform(context: &Context<'_>, job: &mut Job) -> Result<()> {
    let path = local_path(&job.url);
    match job.upload.clone() {
        Some(upload) => store(context, &upload, &path),
        None => load(context, job, &path),
    }
}

fn load(context: &Context<'_>, job: &mut Job, path: &str) -> Result<()> {
    let unreadable = |error: nethost_sdk::Error| match error {
        nethost_sdk::Error::Denied(_) => Failure::new(37, error.to_string()),
        _ => Failure::new(37, format!("Couldn't open file {path}")),
    };
    let facts = files::facts(path).map_err(unreadable)?;
    job.info.file_time = Some(facts.modified);
    if facts.kind == files::FileKind::Folder && !context.op.head {
        let mut names = files::names(path).map_err(unreadable)?;
        names.sort();
        for name in names.iter().filter(|name| !name.starts_with('.')) {
            job.sink.write(format!("{name}\n").as_bytes())?;
        }
        return Ok(());
    }
    let size = facts.size;
    let (from, until) = bounds(context.op.range.as_deref(), job.resume, size)?;
    if context.op.head {
        let head = format!(
            "Content-Length: {size}\r\nAccept-ranges: bytes\r\nLast-Modified: {}\r\n",
            when::http_date(facts.modified)
        );
        for line in head.split_inclusive('\n') {
            job.tell_head(context, line.as_bytes())?;
        }
        return Ok(());
    }
    let reader = Reader::open(path, from).map_err(unreadable)?;
    let mut rest = until.saturating_sub(from);
    context.progress.down_total.set(Some(rest));
    context.progress.note(|times, now| {
        times.connected = now;
        times.requesting = now;
        times.first_byte = now;
    });
    while rest > 0 {
        let most = u32::try_from(rest.min(256 << 10)).unwrap_or(256 << 10);
        let bytes = reader.read(most).map_err(unreadable)?;
        if bytes.is_empty() {
            return Err(Failure::new(
                18,
                format!("transfer closed with {rest} bytes remaining to read"),
            ));
        }
        rest -= bytes.len() as u64;
        context.progress.received(bytes.len());
        job.sink.write(&bytes)?;
    }
    Ok(())
}

/// The first octet, and the one behind the last.
fn bounds(range: Option<&str>, resume: u64, size: u64) -> Result<(u64, u64)> {
    let Some(range) = range else {
        return match resume <= size {
            true => Ok((resume, size)),
            false => Err(Failure::new(36, "failed to resume file:// transfer")),
        };
    };
    let bad = || Failure::new(33, "Requested range was not delivered by the server");
    let (first, last) = range.split_once('-').ok_or_else(bad)?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| bad());
    let (from, until) = match (first, last) {
        ("", count) => (size.saturating_sub(number(count)?), size),
        (from, "") => match number(from)? {
            from if from > size => {
                return Err(Failure::new(36, "failed to resume file:// transfer"));
            }
            from => (from, size),
        },
        (from, last) => (number(from)?, number(last)?.saturating_add(1).min(size)),
    };
    match from <= until {
        true => Ok((from, until)),
        false => Err(bad()),
    }
}

fn store(context: &Context<'_>, from: &str, path: &str) -> Result<()> {
    let piece = match from {
        "-" | "." => Piece::Stdin,
        from => Piece::File {
            path: from.to_owned(),
            offset: 0,
        },
    };
    let mut body = Body::new(vec![piece], context.op.crlf)?;
    let failed = |error: nethost_sdk::Error| match error {
        nethost_sdk::Error::Denied(_) => Failure::new(23, error.to_string()),
        _ => Failure::new(23, format!("Can't open {path} for writing")),
    };
    let writer = match context.op.append {
        true => files::Writer::open(path, files::WriteMode::Append, None),
        false => crate::sink::open(path, context.op.create_mode),
    };
    let writer = writer.map_err(failed)?;
    context.progress.up_total.set(body.size);
    while let Some(bytes) = body.next()? {
        writer.write(&bytes).map_err(failed)?;
        context.progress.sent(bytes.len());
    }
    Ok(())
}
