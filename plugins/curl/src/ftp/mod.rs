//! FTP and FTPS (RFC 959, RFC 2428, RFC 4217): downloads, lists and uploads, with passive connections.

mod control;
mod data;
mod login;

use futures::io::{AsyncBufReadExt, AsyncWriteExt};

use self::control::Control;
use crate::body::{Body, Piece};
use crate::conn::open::open;
use crate::failure::{Failure, Result};
use crate::http::h1::pace;
use crate::settings::{FtpMethod, Resume};
use crate::trace::About;
use crate::transfer::{Context, Job};
use crate::url::decoded;
use crate::when;

/// A path on a server: its folders, and the file.
struct Place {
    folders: Vec<String>,
    file: Option<String>,
    /// `;type=a`.
    ascii: bool,
    list: bool,
}

impl Place {
    fn of(context: &Context<'_>, path: &str) -> Result<Self> {
        let (path, kind) = match path.rsplit_once(";type=") {
            Some((path, kind)) => (path, kind.to_ascii_lowercase()),
            None => (path, String::new()),
        };
        let bad = Failure::url;
        let path = path.strip_prefix('/').unwrap_or(path);
        let (folder, file) = match path.rsplit_once('/') {
            Some((folder, file)) => (Some(folder), file),
            None => (None, path),
        };
        let file = decoded(file).ok_or_else(bad)?;
        let mut folders = Vec::new();
        if let Some(folder) = folder {
            match context.op.ftp_method {
                FtpMethod::Multi => {
                    for (index, part) in folder.split('/').enumerate() {
                        let part = decoded(part).ok_or_else(bad)?;
                        match (part.as_str(), index) {
                            // `//etc` is the root's.
                            ("", 0) => folders.push("/".to_owned()),
                            ("", _) => {}
                            _ => folders.push(part),
                        }
                    }
                }
                FtpMethod::Single => {
                    let folder = decoded(folder).ok_or_else(bad)?;
                    folders.push(if folder.is_empty() {
                        "/".into()
                    } else {
                        folder
                    });
                }
                FtpMethod::No => {
                    let whole = decoded(path).ok_or_else(bad)?;
                    return Ok(Self {
                        folders,
                        list: whole.ends_with('/') || whole.is_empty(),
                        file: Some(whole).filter(|file| !file.is_empty()),
                        ascii: kind == "a",
                    });
                }
            }
        }
        Ok(Self {
            folders,
            list: file.is_empty(),
            file: Some(file).filter(|file| !file.is_empty()),
            ascii: kind == "a",
        })
    }
}

/// Carries out a transfer.
pub(crate) async fn perform(context: &Context<'_>, job: &mut Job) -> Result<()> {
    let place = Place::of(context, &job.url.path.clone())?;
    let conn = open(context, &job.url).await?;
    job.info.connects += context.session.connects.replace(0);
    job.info.connected(&conn);
    let number = conn.number;
    let mut control = Control { context, conn };
    let done = transfer(&mut control, job, &place).await;
    match &done {
        Ok(()) => {
            context.trace.text(format_args!(
                "Connection #{number} to host {} left intact",
                job.url.host
            ));
            // It is not kept; the server is told.
            let _ = control.send_quietly("QUIT").await;
        }
        Err(failure) => {
            context.trace.text(failure.line());
            context
                .trace
                .text(format_args!("Closing connection {number}"));
        }
    }
    done
}

impl Control<'_, '_> {
    async fn send_quietly(&mut self, command: &str) -> Result<()> {
        let wire = self.conn.wire()?;
        let text = format!("{command}\r\n");
        wire.write_all(text.as_bytes())
            .await
            .map_err(Failure::write)?;
        wire.flush().await.map_err(Failure::write)
    }
}

async fn transfer(control: &mut Control<'_, '_>, job: &mut Job, place: &Place) -> Result<()> {
    let context = control.context;
    let op = context.op;
    login::login(control, job).await?;
    context.progress.note(|times, now| times.requesting = now);
    let (before, after): (Vec<_>, Vec<_>) = op
        .quote
        .iter()
        .partition(|command| !command.starts_with('-'));
    let (during, before): (Vec<_>, Vec<_>) = before
        .into_iter()
        .partition(|command| command.starts_with('+'));
    quote(control, job, &before).await?;
    for folder in &place.folders {
        let reply = control.ask(job, &format!("CWD {folder}")).await?;
        if reply.is_done() {
            continue;
        }
        let made = op.ftp_create_dirs && {
            let made = control.ask(job, &format!("MKD {folder}")).await?;
            made.is_done() && control.ask(job, &format!("CWD {folder}")).await?.is_done()
        };
        if !made {
            return Err(Failure::new(
                9,
                "Server denied you to change to the given directory",
            ));
        }
    }
    if op.head {
        return facts(control, job, place).await;
    }
    if let Some(path) = job.upload.clone() {
        store(control, job, place, &path, &during).await?;
    } else {
        retrieve(control, job, place, &during).await?;
    }
    quote(control, job, &after).await
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

async fn kind(control: &mut Control<'_, '_>, job: &mut Job, ascii: bool) -> Result<()> {
    let kind = if ascii { 'A' } else { 'I' };
    let reply = control.ask(job, &format!("TYPE {kind}")).await?;
    match reply.is_done() {
        true => Ok(()),
        false => Err(Failure::new(17, "Couldn't set desired mode")),
    }
}

/// `--head`: what is known of a file.
async fn facts(control: &mut Control<'_, '_>, job: &mut Job, place: &Place) -> Result<()> {
    let Some(file) = &place.file else {
        return Ok(());
    };
    let context = control.context;
    let mut head = String::new();
    let reply = control.ask(job, &format!("MDTM {file}")).await?;
    if reply.code == 213
        && let Some(when) = when::ftp_time(&reply.text)
    {
        head += &format!("Last-Modified: {}\r\n", when::http_date(when));
        job.info.file_time = Some(when);
    }
    kind(control, job, place.ascii || context.op.ascii).await?;
    let reply = control.ask(job, &format!("SIZE {file}")).await?;
    if reply.code == 213 {
        head += &format!("Content-Length: {}\r\n", reply.text.trim());
    }
    let reply = control.ask(job, "REST 0").await?;
    if reply.code == 350 {
        head += "Accept-ranges: bytes\r\n";
    }
    for line in head.split_inclusive('\n') {
        job.sink.write(line.as_bytes())?;
    }
    Ok(())
}

async fn retrieve(
    control: &mut Control<'_, '_>,
    job: &mut Job,
    place: &Place,
    during: &[&String],
) -> Result<()> {
    let context = control.context;
    let op = context.op;
    if op.remote_time
        && let Some(file) = &place.file
    {
        let reply = control.ask(job, &format!("MDTM {file}")).await?;
        if reply.code == 213 {
            job.info.file_time = when::ftp_time(&reply.text);
        }
    }
    let mut channel = data::open(control, job).await?;
    let lists = place.list || op.list_only;
    kind(control, job, lists || place.ascii || op.ascii).await?;
    let mut size = None;
    let mut range = (job.resume, None);
    if let Some(text) = &op.range {
        range = bounds(text)?;
    }
    if let Some(file) = place.file.as_ref().filter(|_| !lists) {
        let reply = control.ask(job, &format!("SIZE {file}")).await?;
        if reply.code == 213 {
            size = reply.text.trim().parse::<u64>().ok();
        }
        if let Some(size) = size {
            if op.max_filesize.is_some_and(|limit| size > limit) {
                return Err(Failure::new(63, "Maximum file size exceeded"));
            }
            if range.0 > size {
                return Err(Failure::new(
                    36,
                    format!("Offset ({}) was beyond file size ({size})", range.0),
                ));
            }
            if range.0 == size && job.resume > 0 {
                context.trace.text("File already completely downloaded");
                return Ok(());
            }
        }
        if range.0 > 0 {
            let reply = control.ask(job, &format!("REST {}", range.0)).await?;
            if reply.code != 350 {
                return Err(Failure::new(31, "Couldn't use REST"));
            }
        }
    }
    quote(control, job, during).await?;
    let command = match (&op.custom_method, &place.file, lists) {
        (Some(command), _, true) => command.clone(),
        (None, file, true) => {
            let verb = if op.list_only { "NLST" } else { "LIST" };
            match (op.ftp_method, file) {
                (FtpMethod::No, Some(file)) => format!("{verb} {file}"),
                _ => verb.to_owned(),
            }
        }
        (_, Some(file), false) => format!("RETR {file}"),
        (_, None, false) => "LIST".into(),
    };
    let reply = control.ask(job, &command).await?;
    if reply.code != 150 && reply.code != 125 {
        if lists && reply.code == 450 {
            context.trace.text("no matching files found, fine");
            return Ok(());
        }
        if reply.code == 550 && !lists {
            return Err(Failure::new(78, "The file does not exist"));
        }
        return Err(Failure::new(
            19,
            format!("RETR response: {:03}", reply.code),
        ));
    }
    let expected = match (size, range.1) {
        (_, Some(last)) => Some(u64::saturating_sub(last + 1, range.0)),
        (Some(size), None) => Some(size.saturating_sub(range.0)),
        _ => None,
    };
    context.progress.down_total.set(expected);
    context.progress.note(|times, now| times.first_byte = now);
    channel.secure(control, job).await?;
    context.trace.text("Maxdownload = -1");
    if let Some(size) = expected {
        context
            .trace
            .text(format_args!("Getting file with size: {size}"));
    }
    let ascii = lists || place.ascii || op.ascii;
    let mut line_ends = LineEnds::default();
    let mut count = 0u64;
    let begun = nethost_sdk::clock::now();
    loop {
        let bytes = channel.wire.fill_buf().await.map_err(Failure::read)?;
        let mut length = bytes.len();
        if length == 0 {
            break;
        }
        if let (Some(_), Some(expected)) = (range.1, expected) {
            length = length.min(usize::try_from(expected - count).unwrap_or(length));
        }
        let taken = bytes.get(..length).unwrap_or_default();
        context.trace.bytes(About::DataIn, taken);
        match ascii {
            true => job.sink.write(&line_ends.convert(taken))?,
            false => job.sink.write(taken)?,
        }
        job.body_size += length as u64;
        count += length as u64;
        context.progress.received(length);
        futures::io::AsyncBufRead::consume(std::pin::Pin::new(&mut channel.wire), length);
        if let Some(limit) = op.limit_rate {
            pace(begun, count, limit).await;
        }
        if range.1.is_some() && expected == Some(count) {
            // The rest is not wanted: the server hears of it as the connection ends.
            return Ok(());
        }
    }
    drop(channel);
    if line_ends.after_cr {
        job.sink.write(b"\r")?;
    }
    if let Some(expected) = expected.filter(|expected| *expected != count) {
        return Err(Failure::new(
            18,
            format!(
                "transfer closed with {} bytes remaining to read",
                expected.saturating_sub(count)
            ),
        ));
    }
    finished(control, job).await
}

/// Makes line ends of text, which are CR LF on the wire, those of this machine.
#[derive(Default)]
struct LineEnds {
    after_cr: bool,
}

impl LineEnds {
    fn convert(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut converted = Vec::with_capacity(bytes.len() + 1);
        for byte in bytes.iter().copied() {
            if self.after_cr && byte != b'\n' {
                converted.push(b'\r');
            }
            self.after_cr = byte == b'\r';
            if !self.after_cr {
                converted.push(byte);
            }
        }
        converted
    }
}

/// The reply after a transfer.
async fn finished(control: &mut Control<'_, '_>, job: &mut Job) -> Result<()> {
    let reply = control.reply(job).await?;
    job.info.status = reply.code;
    match reply.code {
        226 | 250 | 200 => Ok(()),
        552 => Err(Failure::new(70, "Uploaded unaligned file size")),
        code => Err(Failure::new(
            8,
            format!("server did not report OK, got {code}"),
        )),
    }
}

async fn store(
    control: &mut Control<'_, '_>,
    job: &mut Job,
    place: &Place,
    path: &str,
    during: &[&String],
) -> Result<()> {
    let context = control.context;
    let op = context.op;
    let Some(file) = &place.file else {
        return Err(Failure::new(3, "Uploading to a URL without a file name"));
    };
    let mut offset = job.resume;
    if op.resume == Resume::Auto {
        let reply = control.ask(job, &format!("SIZE {file}")).await?;
        offset = match reply.code {
            213 => reply.text.trim().parse().unwrap_or(0),
            _ => 0,
        };
    }
    let piece = match path {
        "-" | "." => Piece::Stdin,
        path => Piece::File {
            path: path.to_owned(),
            offset,
        },
    };
    let mut body = Body::new(vec![piece], op.crlf)?;
    let mut channel = data::open(control, job).await?;
    kind(control, job, place.ascii || op.ascii).await?;
    quote(control, job, during).await?;
    let verb = if op.append || offset > 0 {
        "APPE"
    } else {
        "STOR"
    };
    let reply = control.ask(job, &format!("{verb} {file}")).await?;
    if reply.code >= 400 {
        return Err(Failure::new(
            25,
            format!("Failed FTP upload: {:03}", reply.code),
        ));
    }
    channel.secure(control, job).await?;
    context.progress.up_total.set(body.size);
    let begun = nethost_sdk::clock::now();
    let mut count = 0;
    while let Some(bytes) = body.next()? {
        channel
            .wire
            .write_all(&bytes)
            .await
            .map_err(Failure::write)?;
        context.trace.bytes(About::DataOut, &bytes);
        context.progress.sent(bytes.len());
        count += bytes.len() as u64;
        if let Some(limit) = op.limit_rate {
            pace(begun, count, limit).await;
        }
    }
    channel.wire.close().await.map_err(Failure::write)?;
    drop(channel);
    context.trace.text("We are completely uploaded and fine");
    finished(control, job).await
}

/// The first octet, and the last one.
fn bounds(text: &str) -> Result<(u64, Option<u64>)> {
    let bad = || Failure::new(33, "Requested range was not delivered by the server");
    let (first, last) = text.split_once('-').ok_or_else(bad)?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| bad());
    let last = match last {
        "" => None,
        last => Some(number(last)?),
    };
    Ok((number(first)?, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_those_of_this_machine() {
        let mut ends = LineEnds::default();
        assert_eq!(ends.convert(b"a\r\nb\r"), b"a\nb");
        assert_eq!(ends.convert(b"\nc\rd"), b"\nc\rd");
    }
}
