//! Data connections that the server makes: `--ftp-port` (PORT of RFC 959, EPRT of RFC 2428).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures::future::{Either, select};
use nethost_sdk::tcp::{NO_OPTIONS, TcpListener, TcpStream};
use nethost_sdk::{Error, clock, resolver};

use super::control::Control;
use crate::failure::{Failure, Result};
use crate::transfer::Job;

/// How long the server may take to connect.
const PATIENCE: Duration = Duration::from_secs(60);

/// What `--ftp-port` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wish {
    /// None for the address of the control connection.
    host: Option<String>,
    ports: (u16, u16),
}

impl Wish {
    /// `-`, an address or a host, and perhaps `:FIRST[-LAST]` behind it.
    fn parse(text: &str) -> Option<Self> {
        let (host, ports) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                (host, rest.strip_prefix(':').unwrap_or_default())
            }
            None if text.matches(':').count() == 1 => text.split_once(':')?,
            None => (text, ""),
        };
        let ports = match ports.split_once('-') {
            None if ports.is_empty() => (0, 0),
            None => (ports.parse().ok()?, ports.parse().ok()?),
            Some((first, last)) => (first.parse().ok()?, last.parse().ok()?),
        };
        let host = Some(host).filter(|host| !host.is_empty() && *host != "-");
        Some(Self {
            host: host.map(str::to_owned),
            ports,
        })
    }
}

/// Listens, and tells the server where.
pub(super) async fn listen(
    control: &mut Control<'_, '_>,
    job: &mut Job,
    wish: &str,
) -> Result<TcpListener> {
    let bad = |text: String| Failure::new(30, text);
    let wish = Wish::parse(wish).ok_or_else(|| {
        bad(format!(
            "failed to resolve the address provided to PORT: {wish}"
        ))
    })?;
    let own = control
        .conn
        .local
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |local| local.ip());
    let told = match &wish.host {
        None => own,
        Some(host) => match host.parse() {
            Ok(address) => address,
            Err(_) => first_address(host).await.map_err(bad)?,
        },
    };
    let listener = bind(told, own, wish.ports).map_err(|error| match error {
        denied @ Error::Denied(_) => bad(denied.to_string()),
        error => bad(format!("bind() failed, we ran out of ports: {error}")),
    })?;
    let port = listener.local_endpoint().port();
    let extended = !control.context.op.disable_eprt && !control.state.no_eprt || told.is_ipv6();
    if extended {
        let family = if told.is_ipv6() { 2 } else { 1 };
        let reply = control
            .ask(job, &format!("EPRT |{family}|{told}|{port}|"))
            .await?;
        if reply.is_done() {
            return Ok(connected(control, listener));
        }
        control.context.trace.text("disabling EPRT usage");
        control.state.no_eprt = true;
    }
    let IpAddr::V4(told) = told else {
        return Err(bad("Failed to do PORT".into()));
    };
    let [a, b, c, d] = told.octets();
    let [high, low] = port.to_be_bytes();
    let command = format!("PORT {a},{b},{c},{d},{high},{low}");
    match control.ask(job, &command).await?.is_done() {
        true => Ok(connected(control, listener)),
        false => Err(bad("Failed to do PORT".into())),
    }
}

fn connected(control: &Control<'_, '_>, listener: TcpListener) -> TcpListener {
    control.context.trace.text("Connect data stream actively");
    listener
}

async fn first_address(host: &str) -> std::result::Result<IpAddr, String> {
    let found = resolver::addresses(host, None, Duration::from_secs(30)).await;
    let found = found.ok().and_then(|found| found.first().copied());
    found.ok_or_else(|| format!("failed to resolve the address provided to PORT: {host}"))
}

/// An address that is told to the server need not be this machine's own.
fn bind(
    told: IpAddr,
    own: IpAddr,
    (first, last): (u16, u16),
) -> std::result::Result<TcpListener, Error> {
    let mut address = told;
    let mut port = first;
    loop {
        match TcpListener::listen(SocketAddr::new(address, port), 1, NO_OPTIONS) {
            Err(Error::AddressNotBindable) if address != own => address = own,
            Err(Error::AddressInUse) if port < last => port += 1,
            done => return done,
        }
    }
}

/// The server's connection. It may say meanwhile that there will be none.
pub(super) async fn accept(
    control: &mut Control<'_, '_>,
    job: &mut Job,
    listener: &TcpListener,
) -> Result<TcpStream> {
    let accepting = Box::pin(listener.accept());
    let watching = Box::pin(async {
        let reply = control.reply(job);
        match select(Box::pin(reply), Box::pin(clock::wait_for(PATIENCE))).await {
            Either::Left((reply, _)) => match reply {
                Ok(_) => Failure::new(10, "Error while waiting for server connect"),
                Err(failure) if failure.code == 28 => Failure::new(10, failure.text),
                Err(failure) => failure,
            },
            Either::Right(_) => {
                Failure::new(12, "Accept timeout occurred while waiting server connect")
            }
        }
    });
    match select(accepting, watching).await {
        Either::Left((accepted, _)) => {
            accepted.map_err(|error| Failure::new(10, error.to_string()))
        }
        Either::Right((failure, _)) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_have_hosts_and_ports() {
        let wish = |host: Option<&str>, ports| {
            Some(Wish {
                host: host.map(str::to_owned),
                ports,
            })
        };
        assert_eq!(Wish::parse("-"), wish(None, (0, 0)));
        assert_eq!(Wish::parse("10.0.0.1:5-9"), wish(Some("10.0.0.1"), (5, 9)));
        assert_eq!(Wish::parse("::1"), wish(Some("::1"), (0, 0)));
        assert_eq!(Wish::parse("[::1]:7"), wish(Some("::1"), (7, 7)));
        assert_eq!(Wish::parse("a:x"), None);
    }
}
