//! The beginning of a session of FTP: TLS, who asks, and where one is.

use super::control::Control;
use crate::conn::Wire;
use crate::conn::dial::Host;
use crate::conn::open::secured;
use crate::failure::{Failure, Result};
use crate::settings::FtpTls;
use crate::transfer::Job;

/// Greets, protects the connection if that is asked for, and logs in.
pub(crate) async fn login(control: &mut Control<'_, '_>, job: &mut Job) -> Result<()> {
    let context = control.context;
    let op = context.op;
    let reply = control.reply(job).await?;
    if reply.code == 230 {
        return Ok(());
    }
    if reply.code / 100 != 2 {
        return Err(Failure::new(
            8,
            format!(
                "Got a {:03} ftp-server response when 220 was expected",
                reply.code
            ),
        ));
    }
    let implicit = job.url.scheme == "ftps";
    if op.ftp_tls != FtpTls::No && !implicit {
        let reply = control.ask(job, "AUTH TLS").await?;
        let agreed = reply.code == 234 || reply.code == 334;
        if agreed {
            protect(control, job).await?;
        } else if op.ftp_tls != FtpTls::Try {
            return Err(Failure::new(64, "Requested SSL level failed"));
        }
    }
    if let Some(command) = &op.ftp_alternative {
        let _ = control.ask(job, command).await?;
    }
    let (user, password) = job
        .login
        .clone()
        .unwrap_or_else(|| ("anonymous".into(), "ftp@example.com".into()));
    let denied = |code: u16| Failure::new(67, format!("Access denied: {code:03}"));
    let mut reply = control.ask(job, &format!("USER {user}")).await?;
    if reply.code == 331 {
        reply = control.ask(job, &format!("PASS {password}")).await?;
    }
    if reply.code == 332 {
        let account = op
            .ftp_account
            .as_ref()
            .ok_or_else(|| Failure::new(67, "ACCT requested but none available"))?;
        reply = control.ask(job, &format!("ACCT {account}")).await?;
        if !reply.is_done() {
            return Err(Failure::new(
                11,
                format!("ACCT rejected by server: {:03}", reply.code),
            ));
        }
    }
    if !reply.is_done() {
        return Err(denied(reply.code));
    }
    if matches!(control.conn.wire, Some(Wire::Tls(_))) {
        let reply = control.ask(job, "PBSZ 0").await?;
        let level = if op.ftp_tls == FtpTls::Control {
            'C'
        } else {
            'P'
        };
        if reply.is_done() {
            let reply = control.ask(job, &format!("PROT {level}")).await?;
            if !reply.is_done() && op.ftp_tls == FtpTls::All {
                return Err(Failure::new(64, "Requested SSL level failed"));
            }
        }
    }
    let reply = control.ask(job, "PWD").await?;
    if reply.code == 257
        && let Some(path) = quoted(&reply.text)
    {
        context.trace.text(format_args!("Entry path is '{path}'"));
        job.info.ftp_entry = Some(path);
    }
    Ok(())
}

/// The same connection under TLS.
async fn protect(control: &mut Control<'_, '_>, job: &mut Job) -> Result<()> {
    let host = Host {
        name: job.url.host.clone(),
        zone: None,
        port: job.url.port(),
    };
    let plain = crate::conn::Conn {
        wire: control.conn.wire.take(),
        session: None,
        number: control.conn.number,
        shown: control.conn.shown.clone(),
        key: control.conn.key.clone(),
        local: control.conn.local,
        remote: control.conn.remote,
        facts: None,
        via_proxy: false,
        http2: false,
        reused: false,
        connect_code: 0,
    };
    control.conn = secured(control.context, plain, &job.url, &host).await?;
    job.info.connected(&control.conn);
    Ok(())
}

/// What stands between quotes, doubled ones within.
fn quoted(text: &str) -> Option<String> {
    let inner = text.split_once('"')?.1;
    let mut path = String::new();
    let mut letters = inner.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '"' && letters.next_if_eq(&'"').is_none() {
            return Some(path);
        }
        path.push(letter);
    }
    None
}
