//! A tunnel through an HTTP proxy: CONNECT.

use std::pin::Pin;

use futures::io::{AsyncBufRead, AsyncBufReadExt, AsyncWriteExt};
use nethost_sdk::tcp::TcpStream;

use super::auth::{self, JobProxy};
use super::h1;
use crate::cli::help::VERSION;
use crate::conn::dial::Host;
use crate::conn::proxy::Proxy;
use crate::failure::{Failure, Result};
use crate::trace::About;
use crate::transfer::Context;

/// Has the proxy connect to a host; the status of its answer.
pub(crate) async fn connect(
    context: &Context<'_>,
    stream: &mut TcpStream,
    proxy: &Proxy,
    host: &Host,
    ten: bool,
) -> Result<u16> {
    let trace = &context.trace;
    let name = match host.name.contains(':') {
        true => format!("[{}]:{}", host.name, host.port),
        false => format!("{}:{}", host.name, host.port),
    };
    let mut said = JobProxy::default();
    trace.text("allocate connect buffer");
    loop {
        trace.text(format_args!("Establish HTTP proxy tunnel to {name}"));
        let version = if ten { "1.0" } else { "1.1" };
        let mut head = format!("CONNECT {name} HTTP/{version}\r\nHost: {name}\r\n");
        if let Some(value) = auth::for_proxy(context, &mut said, proxy, "CONNECT", &name) {
            head += &format!("Proxy-Authorization: {value}\r\n");
        }
        let own_agent = context.op.proxy_headers.iter().any(|line| {
            line.get(..11)
                .is_some_and(|name| name.eq_ignore_ascii_case("user-agent:"))
        });
        match &context.op.user_agent {
            _ if own_agent => {}
            None => head += &format!("User-Agent: curl/{VERSION}\r\n"),
            Some(agent) if agent.is_empty() => {}
            Some(agent) => head += &format!("User-Agent: {agent}\r\n"),
        }
        head += "Proxy-Connection: Keep-Alive\r\n";
        for line in &context.op.proxy_headers {
            head += &format!("{}\r\n", line.replace(['\r', '\n'], ""));
        }
        head += "\r\n";
        stream
            .write_all(head.as_bytes())
            .await
            .map_err(Failure::write)?;
        stream.flush().await.map_err(Failure::write)?;
        trace.bytes(About::HeaderOut, head.as_bytes());
        let told = context.connect_heads.clone();
        let answer = h1::head(stream, |line, _| {
            trace.bytes(About::HeaderIn, line);
            if !context.op.hide_connect {
                told.borrow_mut().extend_from_slice(line);
            }
            Ok(())
        })
        .await
        .map_err(|failure| match failure.code {
            1 => Failure::new(43, "Invalid response header"),
            _ => failure,
        })?;
        let answer = answer.ok_or_else(|| Failure::new(56, "Proxy CONNECT aborted"))?;
        if (200..300).contains(&answer.status) {
            trace.text("CONNECT phase completed");
            trace.text(format_args!(
                "CONNECT tunnel established, response {}",
                answer.status
            ));
            return Ok(answer.status);
        }
        let challenges = answer.all("Proxy-Authenticate");
        let schemes = context.op.proxy_schemes;
        let again = answer.status == 407
            && proxy.user.is_some()
            && auth::answers(schemes, &challenges, &mut said.challenge, &mut said.basic)
            && !answer.says("Connection", "close")
            && !answer.says("Proxy-Connection", "close");
        if !again {
            trace.text(format_args!(
                "CONNECT tunnel failed, response {}",
                answer.status
            ));
            context.connect_code.set(answer.status);
            return Err(Failure::new(
                7,
                format!("CONNECT tunnel failed, response {}", answer.status),
            ));
        }
        trace.text("Ignore response-body");
        match answer.says("Transfer-Encoding", "chunked") {
            true => skip_chunks(stream).await?,
            false => {
                let length = answer.get("Content-Length");
                skip(
                    stream,
                    length.and_then(|text| text.parse().ok()).unwrap_or(0),
                )
                .await?;
            }
        }
    }
}

/// Chunks (RFC 9112, 7.1) and what may follow the last one.
async fn skip_chunks(stream: &mut TcpStream) -> Result<()> {
    let aborted = || Failure::new(56, "Proxy CONNECT aborted");
    let mut is_over = false;
    loop {
        let line = h1::line(stream).await?.ok_or_else(aborted)?;
        let line = String::from_utf8_lossy(&line);
        let text = line.trim_end();
        if is_over {
            if text.is_empty() {
                return Ok(());
            }
            continue;
        }
        let digits = text
            .split(|letter: char| !letter.is_ascii_hexdigit())
            .next();
        let size = usize::from_str_radix(digits.unwrap_or_default(), 16);
        match size.map_err(|_| aborted())? {
            0 => is_over = true,
            size => {
                skip(stream, size).await?;
                h1::line(stream).await?.ok_or_else(aborted)?;
            }
        }
    }
}

async fn skip(stream: &mut TcpStream, mut rest: usize) -> Result<()> {
    while rest > 0 {
        let bytes = stream.fill_buf().await.map_err(Failure::read)?;
        if bytes.is_empty() {
            return Err(Failure::new(56, "Proxy CONNECT aborted"));
        }
        let count = bytes.len().min(rest);
        Pin::new(&mut *stream).consume(count);
        rest -= count;
    }
    Ok(())
}
