//! Finds the addresses of a host and connects to the first that answers.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures::StreamExt;
use futures::future::{Either, LocalBoxFuture, select};
use futures::stream::FuturesUnordered;
use nethost_sdk::clock;
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::target::Hosts;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::{Error, resolver};

use super::doh;
use crate::failure::{Failure, Result};
use crate::settings::{Family, Operation};
use crate::transfer::Context;

/// How long a name or a connection may take, unless it is said.
const PATIENCE: Duration = Duration::from_secs(300);

/// A host that is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) zone: Option<String>,
    pub(crate) port: u16,
}

/// Where `--connect-to` leads a host.
pub(crate) fn redirected(context: &Context<'_>, host: Host) -> Host {
    for rule in &context.op.connect_to {
        let parts = split(rule);
        let [from, from_port, to, to_port] = parts.as_slice() else {
            continue;
        };
        let same = from.is_empty() || from.eq_ignore_ascii_case(&host.name);
        let same_port = from_port.is_empty() || from_port.parse() == Ok(host.port);
        if same && same_port {
            let name = if to.is_empty() {
                host.name.clone()
            } else {
                to.clone()
            };
            let port = to_port.parse().unwrap_or(host.port);
            context
                .trace
                .text(format_args!("Connecting to hostname: {name}"));
            if port != host.port {
                context
                    .trace
                    .text(format_args!("Connecting to port: {port}"));
            }
            return Host {
                name,
                zone: None,
                port,
            };
        }
    }
    host
}

/// Parts between colons; an address in brackets is one.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut inside = false;
    for letter in text.chars() {
        match letter {
            '[' => inside = true,
            ']' => inside = false,
            ':' if !inside => parts.push(String::new()),
            other => {
                if let Some(last) = parts.last_mut() {
                    last.push(other);
                }
            }
        }
    }
    parts
}

/// Whether the entries of `--resolve` can be read.
pub(crate) fn check_resolve(op: &Operation) -> Result<()> {
    for entry in &op.resolve {
        let text = entry.strip_prefix('+').unwrap_or(entry);
        let fine = match text.strip_prefix('-') {
            Some(rest) => rest.rsplit_once(':').is_some(),
            None => preset(text).is_some(),
        };
        if !fine {
            return Err(Failure::new(
                49,
                format!("Couldn't parse CURLOPT_RESOLVE entry '{entry}'"),
            ));
        }
    }
    Ok(())
}

/// `HOST:PORT:ADDRESS[,ADDRESS]…`.
fn preset(text: &str) -> Option<(String, u16, Vec<IpAddr>)> {
    let mut parts = text.splitn(3, ':');
    let (host, port, addresses) = (parts.next()?, parts.next()?, parts.next()?);
    let addresses = addresses.split(',').map(|address| {
        let address = address.trim_start_matches('[').trim_end_matches(']');
        address.parse().ok()
    });
    Some((
        host.to_owned(),
        port.parse().ok()?,
        addresses.collect::<Option<_>>()?,
    ))
}

async fn addresses(context: &Context<'_>, host: &Host, is_proxy: bool) -> Result<Vec<IpAddr>> {
    let op = context.op;
    for entry in op.resolve.iter().rev() {
        let entry = entry.strip_prefix('+').unwrap_or(entry);
        if let Some((name, port, found)) = preset(entry)
            && (name == "*" || name.eq_ignore_ascii_case(&host.name))
            && port == host.port
        {
            return Ok(found);
        }
    }
    let wanted = |address: &IpAddr| match op.family {
        Family::Any => true,
        Family::V4 => address.is_ipv4(),
        Family::V6 => address.is_ipv6(),
    };
    if let Ok(Hosts::Address(address, _)) = Hosts::parse(&host.name) {
        return match wanted(&address) {
            true => Ok(vec![address]),
            false => Err(Failure::new(7, "Couldn't connect to server")),
        };
    }
    let family = match op.family {
        Family::Any => None,
        Family::V4 => Some(nethost_sdk::Family::V4),
        Family::V6 => Some(nethost_sdk::Family::V6),
    };
    let cached = context.session.names.borrow().get(&host.name).cloned();
    if let Some(found) = cached.filter(|found| found.iter().all(wanted)) {
        return Ok(found);
    }
    let patience = op.connect_timeout.unwrap_or(PATIENCE);
    let keep = |found: &Vec<IpAddr>| {
        let mut names = context.session.names.borrow_mut();
        names.insert(host.name.clone(), found.clone());
    };
    if let Some(server) = op.doh.as_deref().filter(|_| !is_local(&host.name)) {
        let found = doh::addresses(context, server, &host.name, patience).await?;
        keep(&found);
        return Ok(found);
    }
    match resolver::addresses(&host.name, family, patience).await {
        Ok(found) => {
            keep(&found);
            Ok(found)
        }
        Err(denied @ Error::Denied(_)) => Err(Failure::new(6, denied.to_string())),
        Err(Error::Timeout) => Err(timed_out("Resolving", context)),
        Err(error) => {
            let what = if is_proxy { "proxy" } else { "host" };
            context
                .trace
                .text(format_args!("Could not resolve {what}: {}", host.name));
            Err(Failure {
                code: if is_proxy { 5 } else { 6 },
                text: format!("Could not resolve {what}: {}", host.name),
                cause: Some(error),
            })
        }
    }
}

/// Names that no server is asked for (RFC 6761).
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

fn timed_out(what: &str, context: &Context<'_>) -> Failure {
    let elapsed = context.progress.elapsed().as_millis();
    Failure::new(28, format!("{what} timed out after {elapsed} milliseconds"))
}

/// Source address, port and interface.
fn options(
    op: &Operation,
    remote: SocketAddr,
    port: u16,
) -> std::result::Result<SocketOptions, Error> {
    let mut options = SocketOptions::default();
    let unspecified: IpAddr = match remote {
        SocketAddr::V4(_) => [0; 4].into(),
        SocketAddr::V6(_) => [0u16; 8].into(),
    };
    let mut source = None;
    if let Some(interface) = &op.interface {
        let (is_device, is_host, name) = match interface.split_once('!') {
            Some(("if", name)) => (true, false, name),
            Some(("host", name)) => (false, true, name),
            _ => (false, false, interface.as_str()),
        };
        match name.parse::<IpAddr>() {
            Ok(address) if !is_device => source = Some(address),
            _ if is_host => return Err(Error::InvalidArgument(name.into())),
            _ => {
                resolver::interface_index(name)?;
                options.interface = Some(name.into());
            }
        }
    }
    if source.is_some() || port != 0 {
        options.source = Some(SocketAddr::new(source.unwrap_or(unspecified), port));
    }
    Ok(options)
}

/// Whether another address is tried beside the first, which has not answered yet.
const BESIDE: Duration = Duration::from_millis(200);

/// Connects to a host.
pub(crate) async fn connect(
    context: &Context<'_>,
    host: &Host,
    is_proxy: bool,
) -> Result<TcpStream> {
    let begun = clock::now();
    let found = addresses(context, host, is_proxy).await?;
    context.progress.note(|times, now| times.name = now);
    let zone = match &host.zone {
        None => 0,
        Some(zone) => match zone.parse() {
            Ok(number) => number,
            Err(_) => resolver::interface_index(zone)
                .map_err(|_| Failure::new(7, format!("Invalid zoneid: {zone}; No such device")))?,
        },
    };
    let remotes = alternating(found, context.op.family)
        .into_iter()
        .map(|address| match address {
            IpAddr::V4(address) => SocketAddr::from((address, host.port)),
            IpAddr::V6(address) => {
                SocketAddr::V6(std::net::SocketAddrV6::new(address, host.port, 0, zone))
            }
        });
    let racing = race(context, remotes.collect());
    let patience = context.op.connect_timeout.unwrap_or(PATIENCE);
    let waiting = clock::wait_for(patience);
    let raced = match select(Box::pin(racing), Box::pin(waiting)).await {
        Either::Left((raced, _)) => raced,
        Either::Right(_) => Err(Error::Timeout),
    };
    match raced {
        Ok(stream) => {
            context.progress.note(|times, now| times.connected = now);
            context.progress.is_connected.set(true);
            Ok(stream)
        }
        Err(denied @ Error::Denied(_)) => Err(Failure {
            code: 7,
            text: denied.to_string(),
            cause: Some(denied),
        }),
        Err(Error::Timeout) if context.op.connect_timeout.is_some() => {
            Err(timed_out("Connection", context))
        }
        Err(error) => {
            let text = format!(
                "Failed to connect to {} port {} after {} ms: Couldn't connect to server",
                host.name,
                host.port,
                clock::now().since(begun).as_millis()
            );
            context.trace.text(&text);
            let (code, text) = match &error {
                Error::NoSuchDevice | Error::AddressNotBindable | Error::AddressInUse
                    if context.op.interface.is_some() || context.op.local_port.is_some() =>
                {
                    (45, format!("bind failed: {error}"))
                }
                _ => (7, text),
            };
            Err(Failure {
                code,
                text,
                cause: Some(error),
            })
        }
    }
}

/// IPv6 first, then in turns.
fn alternating(found: Vec<IpAddr>, family: Family) -> Vec<IpAddr> {
    if family != Family::Any {
        return found;
    }
    let first_is_v6 = found.first().is_some_and(IpAddr::is_ipv6);
    let (mut first, mut second): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    first.reverse();
    second.reverse();
    let mut order = Vec::new();
    while let Some(address) = first.pop().or_else(|| second.pop()) {
        order.push(address);
        order.extend(second.pop());
    }
    order
}

type Attempt<'a> = LocalBoxFuture<'a, (SocketAddr, std::result::Result<TcpStream, Error>)>;

async fn race(
    context: &Context<'_>,
    remotes: Vec<SocketAddr>,
) -> std::result::Result<TcpStream, Error> {
    let mut waiting = remotes.into_iter();
    let mut trying: FuturesUnordered<Attempt<'_>> = FuturesUnordered::new();
    let mut last = Error::ConnectionRefused;
    let beside = context.op.eyeballs.unwrap_or(BESIDE);
    loop {
        if let Some(remote) = waiting.next() {
            context
                .trace
                .text(format_args!("  Trying {}...", shown(remote)));
            trying.push(Box::pin(
                async move { (remote, attempt(context, remote).await) },
            ));
        } else if trying.is_empty() {
            return Err(last);
        }
        let more = waiting.len() > 0;
        loop {
            let timer: LocalBoxFuture<'_, ()> = match more {
                true => Box::pin(clock::wait_for(beside)),
                false => Box::pin(std::future::pending()),
            };
            match select(trying.next(), timer).await {
                Either::Left((Some((remote, Ok(stream))), _)) => {
                    let _ = remote;
                    return Ok(stream);
                }
                Either::Left((Some((remote, Err(error))), _)) => {
                    // Whoever forbids one address means it; the next one is not a way around.
                    if matches!(error, Error::Denied(_)) {
                        return Err(error);
                    }
                    context.trace.text(format_args!(
                        "connect to {} port {} failed: {error}",
                        remote.ip(),
                        remote.port()
                    ));
                    last = error;
                    if more || trying.is_empty() {
                        break;
                    }
                }
                Either::Left((None, _)) | Either::Right(_) => break,
            }
        }
    }
}

fn shown(remote: SocketAddr) -> String {
    match remote {
        SocketAddr::V4(v4) => v4.to_string(),
        SocketAddr::V6(v6) => format!("[{}]:{}", v6.ip(), v6.port()),
    }
}

async fn attempt(
    context: &Context<'_>,
    remote: SocketAddr,
) -> std::result::Result<TcpStream, Error> {
    let (first, last) = context.op.local_port.unwrap_or((0, 0));
    let mut port = first;
    loop {
        let options = options(context.op, remote, port)?;
        match TcpStream::connect(remote, &options, PATIENCE).await {
            Err(Error::AddressInUse) if port < last => port += 1,
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_split_at_colons_outside_of_brackets() {
        assert_eq!(split("a:1:[::1]:2"), ["a", "1", "::1", "2"]);
        assert_eq!(split("::b:"), ["", "", "b", ""]);
        assert_eq!(preset("x"), None);
        assert_eq!(
            preset("h:80:127.0.0.1,[::1]").map(|found| found.2.len()),
            Some(2)
        );
    }
}
