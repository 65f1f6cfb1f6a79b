//! The data connection of FTP: passive, to the host of the control connection, or active; asked of the gate like any other.

use nethost_sdk::tcp::{TcpListener, TcpStream};

use super::active;
use super::control::Control;
use crate::conn::dial::{self, Host};
use crate::conn::open::beside;
use crate::conn::{Wire, secure};
use crate::failure::{Failure, Result};
use crate::settings::FtpTls;
use crate::transfer::Job;

/// A data connection, or where it will be.
pub(crate) struct Channel {
    pub(crate) wire: Wire,
    listener: Option<TcpListener>,
}

impl Channel {
    /// Waits for the server where it makes the connection, and protects it where the control connection is.
    pub(crate) async fn ready(
        &mut self,
        control: &mut Control<'_, '_>,
        job: &mut Job,
    ) -> Result<()> {
        if let Some(listener) = self.listener.take() {
            self.wire = Wire::Tcp(active::accept(control, job, &listener).await?);
        }
        if !control.state.private || control.context.op.ftp_tls == FtpTls::Control {
            return Ok(());
        }
        let Some(stream) = self.take() else {
            return Ok(());
        };
        let host = Host {
            name: job.url.host.clone(),
            zone: None,
            port: job.url.port(),
        };
        let session = secure::session(control.context, stream, &host, "ftps").await?;
        self.wire = Wire::Tls(Box::new(session));
        Ok(())
    }

    fn take(&mut self) -> Option<TcpStream> {
        match std::mem::replace(&mut self.wire, Wire::Gone) {
            Wire::Tcp(stream) => Some(stream),
            other => {
                self.wire = other;
                None
            }
        }
    }
}

/// Agrees with the server on a connection for this command.
pub(crate) async fn open(
    control: &mut Control<'_, '_>,
    job: &mut Job,
    command: &str,
) -> Result<Channel> {
    let op = control.context.op;
    if let Some(wish) = &op.ftp_port {
        let listener = active::listen(control, job, wish).await?;
        return Ok(Channel {
            wire: Wire::Gone,
            listener: Some(listener),
        });
    }
    if op.ftp_pret {
        let reply = control.ask(job, &format!("PRET {command}")).await?;
        if reply.code != 200 {
            let text = format!("PRET command not accepted: {:03}", reply.code);
            return Err(Failure::new(84, text));
        }
    }
    let stream = passive(control, job).await?;
    Ok(Channel {
        wire: Wire::Tcp(stream),
        listener: None,
    })
}

/// Asks the server where to connect to, and connects.
async fn passive(control: &mut Control<'_, '_>, job: &mut Job) -> Result<TcpStream> {
    let context = control.context;
    let op = context.op;
    let own = control.conn.remote.map(|remote| remote.ip());
    let is_v6 = own.is_some_and(|own| own.is_ipv6());
    let host = match own {
        Some(own) if job.proxy.is_none() => own.to_string(),
        // Whoever stands between finds the server by its name.
        _ => {
            let named = Host {
                name: job.url.host.clone(),
                zone: None,
                port: job.url.port(),
            };
            dial::redirected(context, named).name
        }
    };
    if (!op.disable_epsv && !control.state.no_epsv) || is_v6 {
        control.send(job, "EPSV").await?;
        context.trace.text("Connect data stream passively");
        let reply = control.reply(job).await?;
        if reply.code == 229 {
            let port = extended(&reply.text)
                .ok_or_else(|| Failure::new(13, "Weirdly formatted EPSV reply"))?;
            match connect(control, job, host.clone(), port).await {
                Err(failure) if failure.code == 7 && !is_v6 && !failure.is_denial() => {}
                done => return done,
            }
        } else if is_v6 {
            return Err(Failure::new(8, "Failed EPSV attempt, exiting"));
        }
        context.trace.text("Failed EPSV attempt. Disabling EPSV");
        control.state.no_epsv = true;
    }
    let reply = control.ask(job, "PASV").await?;
    if reply.code != 227 {
        return Err(Failure::new(
            13,
            format!("Bad PASV/EPSV response: {:03}", reply.code),
        ));
    }
    let (address, port) = six_numbers(&reply.text)
        .ok_or_else(|| Failure::new(14, "Couldn't interpret the 227-reply"))?;
    // What the server says of its address is not believed, unless that is asked for.
    let name = if op.keep_pasv_ip { address } else { host };
    connect(control, job, name, port).await
}

async fn connect(
    control: &Control<'_, '_>,
    job: &mut Job,
    name: String,
    port: u16,
) -> Result<TcpStream> {
    let target = Host {
        name,
        zone: job.url.zone.clone(),
        port,
    };
    let stream = beside(control.context, &job.url, &target).await?;
    job.info.connects += 1;
    control.context.trace.text(format_args!(
        "Connecting to {} ({}) port {port}",
        target.name, target.name
    ));
    Ok(stream)
}

/// `(|||PORT|)`.
fn extended(text: &str) -> Option<u16> {
    let inner = text.rsplit_once('(')?.1.split(')').next()?;
    let mark = inner.chars().next()?;
    inner.split(mark).nth(3)?.parse().ok()
}

/// Six numbers: an address and a port.
fn six_numbers(text: &str) -> Option<(String, u16)> {
    let start = text.find(|letter: char| letter.is_ascii_digit())?;
    let numbers: Option<Vec<u8>> = text
        .get(start..)?
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .take(6)
        .map(|part| part.parse().ok())
        .collect();
    match numbers?.as_slice() {
        [a, b, c, d, high, low] => Some((
            format!("{a}.{b}.{c}.{d}"),
            u16::from_be_bytes([*high, *low]),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_say_where() {
        assert_eq!(
            extended("Entering Extended Passive Mode (|||6446|)"),
            Some(6446)
        );
        assert_eq!(
            six_numbers("Entering (127,0,0,1,4,1)"),
            Some(("127.0.0.1".into(), 1025))
        );
        assert_eq!(six_numbers("no"), None);
        assert_eq!(six_numbers("(1,2,3,4,500,1)"), None);
    }
}
