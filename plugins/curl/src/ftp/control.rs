//! The control connection of FTP (RFC 959): commands and replies.

use futures::FutureExt;
use futures::future::{Either, select};
use futures::io::{AsyncBufReadExt, AsyncWriteExt};

use crate::conn::Conn;
use crate::failure::{Failure, Result};
use crate::http::h1::line;
use crate::trace::About;
use crate::transfer::{Context, Job};

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    /// The last line, without the code.
    pub(crate) text: String,
}

impl Reply {
    /// Whether it says that something is done.
    pub(crate) fn is_done(&self) -> bool {
        self.code / 100 == 2
    }
}

/// No reply has more lines.
const MOST_LINES: usize = 10_000;

/// The connection, while it is used.
pub(crate) struct Control<'a, 'b> {
    pub(crate) context: &'a Context<'b>,
    pub(crate) conn: Conn,
    pub(super) state: super::State,
    pub(super) left: super::Left,
}

impl Control<'_, '_> {
    /// Sends a command.
    pub(crate) async fn send(&mut self, job: &mut Job, command: &str) -> Result<()> {
        if command.contains(['\r', '\n', '\0']) {
            return Err(Failure::new(43, "a command of FTP has one line only"));
        }
        let text = format!("{command}\r\n");
        self.context.trace.bytes(About::HeaderOut, text.as_bytes());
        job.info.request_size += text.len() as u64;
        let wire = self.conn.wire()?;
        wire.write_all(text.as_bytes())
            .await
            .map_err(Failure::write)?;
        wire.flush().await.map_err(Failure::write)
    }

    /// The next reply; its lines are told.
    pub(crate) async fn reply(&mut self, job: &mut Job) -> Result<Reply> {
        let mut begun: Option<String> = None;
        for _ in 0..MOST_LINES {
            let wire = self.conn.wire()?;
            let Some(bytes) = line(wire).await? else {
                return Err(Failure::new(56, "response reading failed (errno: 0)"));
            };
            job.info.head_size += bytes.len() as u64;
            self.context.trace.bytes(About::HeaderIn, &bytes);
            if job.heads_to.is_some() {
                job.dump_head(&bytes)?;
            }
            if bytes.contains(&0) {
                return Err(Failure::new(8, "Nul byte in the reply of the server"));
            }
            let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            let code = text
                .get(..3)
                .filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
            let mark = text.as_bytes().get(3);
            match (code, mark, &begun) {
                (Some(code), Some(b'-'), None) => begun = Some(code.to_owned()),
                (Some(code), None | Some(b' '), first)
                    if first.as_deref().is_none_or(|first| first == code) =>
                {
                    if code == "421" {
                        self.context.trace.text("We got a 421 - timeout");
                        return Err(Failure::new(28, "We got a 421 - timeout"));
                    }
                    return Ok(Reply {
                        code: code.parse().unwrap_or_default(),
                        text: text.get(4..).unwrap_or_default().to_owned(),
                    });
                }
                _ => {}
            }
        }
        Err(Failure::new(8, "a reply of too many lines"))
    }

    /// Sends a command and waits for its reply.
    pub(crate) async fn ask(&mut self, job: &mut Job, command: &str) -> Result<Reply> {
        self.send(job, command).await?;
        let reply = self.reply(job).await?;
        job.info.status = reply.code;
        Ok(reply)
    }

    /// The next reply, if it comes in time.
    pub(crate) async fn reply_within(
        &mut self,
        job: &mut Job,
        patience: std::time::Duration,
    ) -> Option<Reply> {
        let waiting = Box::pin(nethost_sdk::clock::wait_for(patience));
        match select(Box::pin(self.reply(job)), waiting).await {
            Either::Left((reply, _)) => reply.ok(),
            Either::Right(_) => None,
        }
    }

    /// Whether the server has said more than it was asked for.
    pub(crate) fn has_more(&mut self) -> bool {
        let Ok(wire) = self.conn.wire() else {
            return false;
        };
        let more = wire.fill_buf().now_or_never();
        matches!(more, Some(Ok(bytes)) if !bytes.is_empty())
    }
}
