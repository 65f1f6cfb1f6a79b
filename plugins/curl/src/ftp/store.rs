//! Uploads of FTP.

use futures::io::AsyncWriteExt;

use super::control::Control;
use super::place::Place;
use super::{data, finished, kind, quote, size};
use crate::body::{Body, Piece};
use crate::failure::{Failure, Result};
use crate::http::h1::pace;
use crate::settings::Resume;
use crate::trace::About;
use crate::transfer::Job;

pub(super) async fn store(
    control: &mut Control<'_, '_>,
    job: &mut Job,
    place: &Place,
    path: &str,
    during: &[&String],
) -> Result<()> {
    let context = control.context;
    let op = context.op;
    let file = place.file.clone().unwrap_or_default();
    let mut channel = data::open(control, job, &format!("STOR {file}")).await?;
    kind(control, job, place.ascii).await?;
    quote(control, job, during).await?;
    let mut offset = job.resume;
    if op.resume == Resume::Auto {
        offset = size(control, job, &file).await?.unwrap_or(0);
    }
    let piece = match path {
        "-" | "." => Piece::Stdin,
        path => Piece::File {
            path: path.to_owned(),
            offset,
        },
    };
    let mut body = Body::new(vec![piece], op.crlf || place.ascii)?;
    if offset > 0 && body.is_empty() {
        context.trace.text("File already completely uploaded");
        return Ok(());
    }
    let appends = op.append || offset > 0;
    let verb = if appends { "APPE" } else { "STOR" };
    let reply = control.ask(job, &format!("{verb} {file}")).await?;
    if reply.code >= 400 {
        return Err(Failure::new(
            25,
            format!("Failed FTP upload: {:03}", reply.code),
        ));
    }
    channel.ready(control, job).await?;
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
