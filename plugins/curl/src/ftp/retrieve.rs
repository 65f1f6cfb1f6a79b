//! Downloads and lists of FTP.

use futures::io::AsyncBufReadExt;

use super::control::Control;
use super::place::Place;
use super::{Left, data, finished, kind, quote, size};
use crate::failure::{Failure, Result};
use crate::http::h1::pace;
use crate::settings::Resume;
use crate::trace::About;
use crate::transfer::Job;

/// What part of a file is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Part {
    from: u64,
    /// So much at the end.
    last: Option<u64>,
    /// No more than this.
    most: Option<u64>,
}

impl Part {
    fn of(range: Option<&str>, resume: u64) -> Result<Self> {
        let Some(text) = range else {
            return Ok(Self {
                from: resume,
                ..Self::default()
            });
        };
        let bad = || Failure::new(33, "Requested range was not delivered by the server");
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| bad());
        let (first, last) = text.split_once('-').ok_or_else(bad)?;
        match (first, last) {
            ("", last) => Ok(Self {
                last: Some(number(last)?),
                most: Some(number(last)?),
                ..Self::default()
            }),
            (first, "") => Ok(Self {
                from: number(first)?,
                ..Self::default()
            }),
            (first, last) => {
                let (from, last) = (number(first)?, number(last)?);
                let most = last.checked_sub(from).ok_or_else(bad)?.checked_add(1);
                Ok(Self {
                    from,
                    last: None,
                    most,
                })
            }
        }
    }
}

pub(super) async fn retrieve(
    control: &mut Control<'_, '_>,
    job: &mut Job,
    place: &Place,
    during: &[&String],
) -> Result<()> {
    let context = control.context;
    let op = context.op;
    let mut part = Part::of(op.range.as_deref(), job.resume)?;
    let purpose = match &place.file {
        Some(file) => format!("RETR {file}"),
        None if op.list_only => "NLST".into(),
        None => "LIST".into(),
    };
    let mut channel = data::open(control, job, &purpose).await?;
    let ascii = place.list || place.ascii;
    kind(control, job, ascii).await?;
    let mut known = None;
    quote(control, job, during).await?;
    let command = match place.file.as_ref().filter(|_| !place.list) {
        Some(file) => {
            if !op.ignore_length && !ascii {
                known = size(control, job, file).await?;
            }
            if !measure(control, job, &mut part, &mut known).await? {
                return Ok(());
            }
            format!("RETR {file}")
        }
        None => {
            let verb = match &op.custom_method {
                Some(command) => command.as_str(),
                None if op.list_only => "NLST",
                None => "LIST",
            };
            match &place.listed {
                Some(folder) => format!("{verb} {folder}"),
                None => verb.to_owned(),
            }
        }
    };
    let reply = control.ask(job, &command).await?;
    if reply.code != 150 && reply.code != 125 && reply.code != 126 {
        if place.list && reply.code == 450 {
            context.trace.text("no matching files found, fine");
            return Ok(());
        }
        let code = if reply.code == 550 && !place.list {
            78
        } else {
            19
        };
        return Err(Failure::new(
            code,
            format!("RETR response: {:03}", reply.code),
        ));
    }
    if !ascii && !op.ignore_length && known.unwrap_or(0) == 0 {
        known = told(&reply.text).or(known);
    }
    let expected = match (known, part.most) {
        (Some(known), Some(most)) => Some(known.min(most)),
        (known, most) => known.or(most),
    };
    channel.ready(control, job).await?;
    context.progress.down_total.set(expected);
    context.progress.note(|times, now| times.first_byte = now);
    context.trace.text("Maxdownload = -1");
    if let Some(size) = expected {
        context
            .trace
            .text(format_args!("Getting file with size: {size}"));
    }
    let count = take(control, job, &mut channel, expected, ascii).await?;
    if part.most.is_some() {
        // What is on its way still is not wanted, and the server hears of it.
        control.left = Left::Unclear;
        control.send(job, "ABOR").await?;
        drop(channel);
        let _ = control
            .reply_within(job, std::time::Duration::from_secs(2))
            .await;
        return Ok(());
    }
    drop(channel);
    if let Some(known) = known.filter(|known| *known != count) {
        return Err(Failure::new(
            18,
            format!(
                "transfer closed with {} bytes remaining to read",
                known.saturating_sub(count)
            ),
        ));
    }
    finished(control, job).await
}

/// Where a download begins, and how much is to come. False where nothing is left.
async fn measure(
    control: &mut Control<'_, '_>,
    job: &mut Job,
    part: &mut Part,
    known: &mut Option<u64>,
) -> Result<bool> {
    let context = control.context;
    let op = context.op;
    if let Some(size) = *known {
        if op.max_filesize.is_some_and(|limit| size > limit) {
            return Err(Failure::new(63, "Maximum file size exceeded"));
        }
        let beyond = |offset: String| {
            let text = format!("Offset ({offset}) was beyond file size ({size})");
            Err(Failure::new(36, text))
        };
        if let Some(last) = part.last {
            match size.checked_sub(last) {
                Some(from) => part.from = from,
                None => return beyond(format!("-{last}")),
            }
        } else if part.from > size {
            return beyond(part.from.to_string());
        }
        let left = size - part.from;
        let resumes = part.from > 0 || matches!(op.resume, Resume::At(_)) && job.resume > 0;
        if left == 0 && resumes {
            context.trace.text("File already completely downloaded");
            return Ok(false);
        }
        *known = Some(left);
    }
    if part.from > 0 {
        context.trace.text(format_args!(
            "Instructs server to resume from offset {}",
            part.from
        ));
        let reply = control.ask(job, &format!("REST {}", part.from)).await?;
        if reply.code != 350 {
            return Err(Failure::new(31, "Couldn't use REST"));
        }
    }
    Ok(true)
}

/// `(123 bytes)`.
fn told(text: &str) -> Option<u64> {
    let (before, _) = text.split_once(" bytes")?;
    let (_, number) = before.rsplit_once('(')?;
    number.parse().ok()
}

async fn take(
    control: &Control<'_, '_>,
    job: &mut Job,
    channel: &mut data::Channel,
    expected: Option<u64>,
    ascii: bool,
) -> Result<u64> {
    let context = control.context;
    let mut line_ends = LineEnds::default();
    let mut count = 0u64;
    let begun = nethost_sdk::clock::now();
    while expected != Some(count) {
        let bytes = channel.wire.fill_buf().await.map_err(Failure::read)?;
        let mut length = bytes.len();
        if length == 0 {
            break;
        }
        if let Some(expected) = expected {
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
        if let Some(limit) = context.op.max_filesize
            && count > limit
        {
            return Err(Failure::new(63, "Exceeded the maximum allowed file size"));
        }
        if let Some(limit) = context.op.limit_rate {
            pace(begun, count, limit).await;
        }
    }
    if line_ends.after_cr {
        job.sink.write(b"\r")?;
    }
    Ok(count)
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_those_of_this_machine() {
        let mut ends = LineEnds::default();
        assert_eq!(ends.convert(b"a\r\nb\r"), b"a\nb");
        assert_eq!(ends.convert(b"\nc\rd"), b"\nc\rd");
    }

    #[test]
    fn parts_are_bounded() {
        let part = |text| Part::of(Some(text), 0);
        assert_eq!(part("4-16").unwrap().most, Some(13));
        assert_eq!(part("-12").unwrap().last, Some(12));
        assert_eq!(part("7-").unwrap().from, 7);
        assert!(part("9-4").is_err());
        assert_eq!(told("Opening (42 bytes)."), Some(42));
    }
}
