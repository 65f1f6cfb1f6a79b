//! The beginning of a session of FTP: TLS, who asks, and where one is.

use super::control::Control;
use crate::conn::Wire;
use crate::conn::dial::Host;
use crate::conn::open::secured;
use crate::failure::{Failure, Result};
use crate::settings::FtpTls;
use crate::transfer::{Context, Job};

/// Name and password.
pub(super) fn who(context: &Context<'_>, job: &Job) -> (String, String) {
    // What the command line says is for its own server.
    let own = job.url.user.is_some() || job.own_login || job.may_tell_secrets(context.op);
    let login = job.login.clone().filter(|_| own);
    login.unwrap_or_else(|| ("anonymous".into(), "ftp@example.com".into()))
}

/// Greets, protects the connection if that is asked for, and logs in.
pub(crate) async fn login(control: &mut Control<'_, '_>, job: &mut Job) -> Result<()> {
    let context = control.context;
    let op = context.op;
    let implicit = job.url.scheme == "ftps";
    let protects = op.ftp_tls != FtpTls::No && !implicit;
    let reply = control.reply(job).await?;
    let logged_in = reply.code == 230 && matches!(op.ftp_tls, FtpTls::No | FtpTls::Try);
    if reply.code != 220 && reply.code != 230 {
        return Err(Failure::new(
            8,
            format!(
                "Got a {:03} ftp-server response when 220 was expected",
                reply.code
            ),
        ));
    }
    if protects && !logged_in {
        encrypt(control, job).await?;
    }
    if !logged_in {
        enter(control, job).await?;
    }
    if matches!(control.conn.wire, Some(Wire::Tls(_))) {
        // Whatever a server says to the size of its buffer, it is asked for the level.
        control.ask(job, "PBSZ 0").await?;
        let level = if op.ftp_tls == FtpTls::Control {
            'C'
        } else {
            'P'
        };
        let reply = control.ask(job, &format!("PROT {level}")).await?;
        control.state.private = reply.is_done() && level == 'P';
        if !reply.is_done() && op.ftp_tls == FtpTls::All {
            return Err(Failure::new(64, "Requested SSL level failed"));
        }
    }
    entry(control, job).await
}

/// AUTH (RFC 4217), by both names that servers know.
async fn encrypt(control: &mut Control<'_, '_>, job: &mut Job) -> Result<()> {
    for name in ["SSL", "TLS"] {
        let reply = control.ask(job, &format!("AUTH {name}")).await?;
        // What was said before encryption must not count as said under it.
        if control.has_more() {
            return Err(Failure::new(8, "unexpected data after the reply to AUTH"));
        }
        if reply.code == 234 || reply.code == 334 {
            return protect(control, job).await;
        }
    }
    match control.context.op.ftp_tls {
        FtpTls::Try => Ok(()),
        _ => Err(Failure::new(64, "Requested SSL level failed")),
    }
}

/// USER, PASS and ACCT.
async fn enter(control: &mut Control<'_, '_>, job: &mut Job) -> Result<()> {
    let op = control.context.op;
    let (user, password) = who(control.context, job);
    let mut reply = control.ask(job, &format!("USER {user}")).await?;
    if !reply.is_done()
        && !matches!(reply.code, 331 | 332)
        && let Some(command) = &op.ftp_alternative
    {
        reply = control.ask(job, command).await?;
    }
    if reply.code == 331 {
        reply = control.ask(job, &format!("PASS {password}")).await?;
    }
    if reply.code == 332 {
        let account = op
            .ftp_account
            .as_ref()
            .ok_or_else(|| Failure::new(67, "ACCT requested but none available"))?;
        reply = control.ask(job, &format!("ACCT {account}")).await?;
        if reply.code != 230 {
            return Err(Failure::new(
                11,
                format!("ACCT rejected by server: {:03}", reply.code),
            ));
        }
    }
    match reply.is_done() {
        true => Ok(()),
        false => Err(Failure::new(
            67,
            format!("Access denied: {:03}", reply.code),
        )),
    }
}

/// Where one is after login. A path of another kind than usual has the server told to use usual ones.
async fn entry(control: &mut Control<'_, '_>, job: &mut Job) -> Result<()> {
    let mut asked = false;
    loop {
        let reply = control.ask(job, "PWD").await?;
        if reply.code != 257 || !reply.text.contains('"') {
            return Ok(());
        }
        let path = quoted(&reply.text).filter(|path| !path.contains(|c: char| c.is_control()));
        let path = path.ok_or_else(|| Failure::new(8, "the server's path is none"))?;
        control
            .context
            .trace
            .text(format_args!("Entry path is '{path}'"));
        let usual = path.starts_with('/');
        control.state.entry = Some(path);
        if usual || asked {
            return Ok(());
        }
        asked = true;
        let system = control.ask(job, "SYST").await?;
        let name = system.text.split_whitespace().next();
        if system.code != 215 || name != Some("OS/400") {
            return Ok(());
        }
        if control.ask(job, "SITE NAMEFMT 1").await?.code != 250 {
            return Ok(());
        }
    }
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
        ten: false,
        ftp: None,
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
