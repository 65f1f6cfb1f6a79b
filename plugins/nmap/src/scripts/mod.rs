//! The built-in scripts: what they are called, on which ports they run, and their order.

mod banner;
mod der;
mod dns_recursion;
mod http_title;
mod ssh_hostkey;
mod ssl_cert;

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::FuturesUnordered;
use nethost_sdk::{Exit, clock};

use crate::model::{Host, Port, Script};
use crate::quit;
use crate::services::{Protocol, Services};
use crate::state::State;

/// A script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Banner,
    DnsRecursion,
    HttpTitle,
    SshHostkey,
    SslCert,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Banner,
        Self::DnsRecursion,
        Self::HttpTitle,
        Self::SshHostkey,
        Self::SslCert,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Banner => "banner",
            Self::DnsRecursion => "dns-recursion",
            Self::HttpTitle => "http-title",
            Self::SshHostkey => "ssh-hostkey",
            Self::SslCert => "ssl-cert",
        }
    }

    /// Whether -sC runs it.
    fn is_default(self) -> bool {
        self != Self::Banner
    }
}

/// What -sC runs.
pub(crate) fn defaults() -> Vec<Kind> {
    let all = Kind::ALL.into_iter();
    all.filter(|kind| kind.is_default()).collect()
}

/// The scripts that `--script` names.
pub(crate) fn named(text: &str) -> Result<Vec<Kind>, Exit> {
    let mut kinds = Vec::new();
    for word in text
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
    {
        match (word, Kind::ALL.into_iter().find(|kind| kind.name() == word)) {
            ("default", _) => kinds.extend(defaults()),
            ("all", _) => kinds.extend(Kind::ALL),
            (_, Some(kind)) => kinds.push(kind),
            (_, None) => {
                let known = Kind::ALL.map(Kind::name).join(", ");
                return Err(quit(format!(
                    "--script {word}: scripts of nmap are not run; these are built in: {known}."
                )));
            }
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

/// What scripts need to know.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) to: SocketAddr,
    /// The name that was typed.
    pub(crate) name: Option<&'a str>,
    pub(crate) tls: bool,
    pub(crate) verbose: u8,
}

/// So many scripts run at once.
const AT_ONCE: usize = 16;
/// The longest a script may take, if nothing else was asked for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs scripts on the open ports of a host.
pub(crate) async fn run(
    host: &mut Host,
    kinds: &[Kind],
    services: &Services,
    verbose: u8,
    patience: Option<Duration>,
) {
    let (address, typed) = (host.target.address, host.target.typed.clone());
    let name = typed.as_deref();
    let mut wanted: Vec<(usize, Kind, bool)> = Vec::new();
    for (at, port) in host.ports.iter().enumerate() {
        let fitting = kinds.iter().filter(|kind| fits(**kind, port, services));
        wanted.extend(fitting.map(|kind| (at, *kind, is_tls(port, services))));
    }
    wanted.reverse();
    let numbers: Vec<u16> = host.ports.iter().map(|port| port.number).collect();
    let mut under_way = FuturesUnordered::new();
    let mut found: Vec<(usize, Kind, String)> = Vec::new();
    loop {
        while under_way.len() < AT_ONCE
            && let Some((at, kind, tls)) = wanted.pop()
        {
            let asked = Asked {
                to: (address, numbers.get(at).copied().unwrap_or(0)).into(),
                name,
                tls,
                verbose,
            };
            let limit = patience.unwrap_or(PATIENCE);
            under_way.push(async move { (at, kind, within(kind, asked, limit).await) });
        }
        match under_way.next().await {
            Some((at, kind, Some(output))) => found.push((at, kind, output)),
            Some(_) => {}
            None => break,
        }
    }
    found.sort_by_key(|(at, kind, _)| (*at, *kind));
    for (at, kind, output) in found {
        if let Some(port) = host.ports.get_mut(at) {
            let name = kind.name();
            port.scripts.push(Script { name, output });
        }
    }
}

/// The output of a script; none if it has nothing to tell, or not in time.
async fn within(kind: Kind, asked: Asked<'_>, limit: Duration) -> Option<String> {
    let script = async {
        match kind {
            Kind::Banner => banner::run(asked).await,
            Kind::DnsRecursion => dns_recursion::run(asked).await,
            Kind::HttpTitle => http_title::run(asked).await,
            Kind::SshHostkey => ssh_hostkey::run(asked).await,
            Kind::SslCert => ssl_cert::run(asked).await,
        }
    };
    match select(pin!(script), pin!(clock::wait_for(limit))).await {
        Either::Left((output, _)) => output,
        Either::Right(_) => None,
    }
}

/// What a port speaks, as it was found or as its number says.
fn spoken<'a>(port: &'a Port, services: &'a Services) -> &'a str {
    match port.service.as_deref() {
        Some(service) if !service.name.is_empty() => &service.name,
        _ => services
            .name(port.protocol, port.number)
            .unwrap_or_default(),
    }
}

fn is_tls(port: &Port, services: &Services) -> bool {
    // Ports at which TLS begins at once (IANA).
    const TLS: [u16; 8] = [443, 465, 636, 853, 990, 993, 995, 8443];
    match port.service.as_deref() {
        Some(service) => service.tls,
        None => TLS.contains(&port.number) || spoken(port, services) == "https",
    }
}

fn fits(kind: Kind, port: &Port, services: &Services) -> bool {
    let open = port.state == State::Open;
    let tcp = port.protocol == Protocol::Tcp && open;
    match kind {
        Kind::Banner => tcp && !is_tls(port, services),
        Kind::DnsRecursion => port.protocol == Protocol::Udp && port.number == 53 && open,
        Kind::HttpTitle => tcp && spoken(port, services).starts_with("http"),
        Kind::SshHostkey => tcp && (port.number == 22 || spoken(port, services) == "ssh"),
        Kind::SslCert => tcp && is_tls(port, services),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_named() {
        assert_eq!(
            named("ssl-cert,banner").unwrap(),
            [Kind::Banner, Kind::SslCert]
        );
        assert_eq!(named("default").unwrap(), defaults());
        assert!(named("http-enum").unwrap_err().stderr.contains("built in"));
    }
}
