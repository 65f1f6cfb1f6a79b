//! The data connection of FTP: passive, to the host of the control connection, and asked of the gate like any other.

use super::control::Control;
use crate::conn::dial::{self, Host};
use crate::conn::{Wire, proxy, secure};
use crate::failure::{Failure, Result};
use crate::settings::FtpTls;
use crate::transfer::Job;

/// An open data connection.
pub(crate) struct Channel {
    pub(crate) wire: Wire,
}

impl Channel {
    /// Protects it where the control connection is.
    pub(crate) async fn secure(&mut self, control: &mut Control<'_, '_>, job: &Job) -> Result<()> {
        let op = control.context.op;
        let protected = matches!(control.conn.wire, Some(Wire::Tls(_)));
        if !protected || op.ftp_tls == FtpTls::Control {
            return Ok(());
        }
        let Some(Wire::Tcp(stream)) = self.take() else {
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

    fn take(&mut self) -> Option<Wire> {
        match &self.wire {
            Wire::Tcp(_) => Some(std::mem::replace(&mut self.wire, Wire::Gone)),
            _ => None,
        }
    }
}

/// Asks the server where to connect to, and connects.
pub(crate) async fn open(control: &mut Control<'_, '_>, job: &mut Job) -> Result<Channel> {
    let context = control.context;
    let op = context.op;
    if op.ftp_pret {
        let _ = control.ask(job, "PRET RETR").await?;
    }
    let own = control.conn.remote.map(|remote| remote.ip());
    let direct = job.proxy.is_none();
    let host = match own {
        Some(own) if direct => own.to_string(),
        _ => job.url.host.clone(),
    };
    let is_v6 = own.is_some_and(|own| own.is_ipv6());
    let mut place = None;
    if !op.disable_epsv || is_v6 {
        control.send(job, "EPSV").await?;
        context.trace.text("Connect data stream passively");
        let reply = control.reply(job).await?;
        if reply.code == 229 {
            let port = extended(&reply.text)
                .ok_or_else(|| Failure::new(13, "Weirdly formatted EPSV reply"))?;
            place = Some((host.clone(), port));
        } else if is_v6 {
            return Err(Failure::new(13, "Bad PASV/EPSV response: 500"));
        } else {
            context.trace.text("Failed EPSV attempt. Disabling EPSV");
        }
    }
    let (name, port) = match place {
        Some(place) => place,
        None => {
            let reply = control.ask(job, "PASV").await?;
            if reply.code != 227 {
                return Err(Failure::new(
                    13,
                    format!("Bad PASV/EPSV response: {:03}", reply.code),
                ));
            }
            let (address, port) = passive(&reply.text)
                .ok_or_else(|| Failure::new(14, "Couldn't interpret the 227-reply"))?;
            match op.keep_pasv_ip {
                true => (address, port),
                // What the server says of its address is not believed.
                false => (host, port),
            }
        }
    };
    let target = Host {
        name,
        zone: job.url.zone.clone(),
        port,
    };
    let stream = match job.proxy.as_ref().filter(|proxy| !proxy.is_http()) {
        Some(proxy) => {
            let mut stream = dial::connect(context, &proxy.host, true).await?;
            proxy::socks(context, &mut stream, proxy, &target).await?;
            stream
        }
        None => dial::connect(context, &target, false).await?,
    };
    context.trace.text(format_args!(
        "Connecting to {} ({}) port {port}",
        target.name, target.name
    ));
    Ok(Channel {
        wire: Wire::Tcp(stream),
    })
}

/// `(|||PORT|)`.
fn extended(text: &str) -> Option<u16> {
    let inner = text.rsplit_once('(')?.1.split(')').next()?;
    let mark = inner.chars().next()?;
    inner.split(mark).nth(3)?.parse().ok()
}

/// Six numbers: an address and a port.
fn passive(text: &str) -> Option<(String, u16)> {
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
            passive("Entering (127,0,0,1,4,1)"),
            Some(("127.0.0.1".into(), 1025))
        );
        assert_eq!(passive("no"), None);
        assert_eq!(passive("(1,2,3,4,500,1)"), None);
    }
}
