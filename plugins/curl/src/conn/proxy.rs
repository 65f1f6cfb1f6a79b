//! Proxies: which one is used, SOCKS (RFC 1928, RFC 1929), and tunnels (CONNECT, RFC 9110 section 9.3.6).

use std::net::IpAddr;

use futures::{AsyncReadExt, AsyncWriteExt};
use nethost_sdk::tcp::TcpStream;

use super::dial::Host;
use crate::failure::{Failure, Result};
use crate::session::Session;
use crate::settings::Operation;
use crate::transfer::Context;
use crate::url::{Reading, Url};

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Http,
    Http10,
    Socks4,
    Socks4a,
    Socks5,
    /// The proxy resolves names.
    Socks5h,
}

/// A proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proxy {
    pub(crate) kind: Kind,
    pub(crate) host: Host,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
}

impl Proxy {
    fn parse(text: &str, op: &Operation) -> Result<Option<Self>> {
        if text.is_empty() {
            return Ok(None);
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "http" => Kind::Http,
            "http1.0" => Kind::Http10,
            "socks4" => Kind::Socks4,
            "socks4a" => Kind::Socks4a,
            "socks5" | "socks" => Kind::Socks5,
            "socks5h" => Kind::Socks5h,
            _ => {
                return Err(Failure::new(
                    7,
                    format!("Unsupported proxy scheme for '{text}'"),
                ));
            }
        };
        let bad = || Failure::new(5, format!("Unsupported proxy syntax in '{text}'"));
        let url = Url::parse(&format!("proxy://{rest}"), Reading::default()).ok_or_else(bad)?;
        let (user, password) = match &op.proxy_user {
            Some(login) => match login.split_once(':') {
                Some((user, password)) => (Some(user.to_owned()), Some(password.to_owned())),
                None => (Some(login.clone()), None),
            },
            None => (url.user, url.password),
        };
        Ok(Some(Self {
            kind,
            host: Host {
                name: url.host,
                zone: url.zone,
                port: url.port.unwrap_or(1080),
            },
            user,
            password,
        }))
    }

    pub(crate) fn is_http(&self) -> bool {
        matches!(self.kind, Kind::Http | Kind::Http10)
    }

    /// What tells connections through different proxies apart.
    pub(crate) fn name(&self) -> String {
        format!("{:?} {}:{}", self.kind, self.host.name, self.host.port)
    }
}

/// The proxies of a URL: the one before, and the one.
pub(crate) fn of(
    session: &Session,
    op: &Operation,
    url: &Url,
) -> Result<(Option<Proxy>, Option<Proxy>)> {
    let text = match &op.proxy {
        Some(text) => Some(text.clone()),
        None => from_environment(session, &url.scheme),
    };
    if text.is_none() && op.pre_proxy.is_none() {
        return Ok((None, None));
    }
    let exempt = match &op.no_proxy {
        Some(list) => Some(list.clone()),
        None => variable(session, "no_proxy").or_else(|| variable(session, "NO_PROXY")),
    };
    if exempt.is_some_and(|list| is_exempt(&url.host, &list)) {
        return Ok((None, None));
    }
    let proxy = match text {
        Some(text) => Proxy::parse(&text, op)?,
        None => None,
    };
    let before = match &op.pre_proxy {
        Some(text) => Proxy::parse(text, &Operation::default())?,
        None => None,
    };
    Ok(match proxy {
        // Without another behind it, the one before is the one.
        None => (None, before),
        proxy => (before, proxy),
    })
}

/// Names that are asked for once in a run at most.
pub(crate) fn variable(session: &Session, name: &str) -> Option<String> {
    let mut known = session.variables.borrow_mut();
    if let Some(value) = known.get(name) {
        return value.clone();
    }
    // A denial is as if it were not set.
    let value = nethost_sdk::environment::read(name).ok().flatten();
    let value = value.filter(|value| !value.is_empty());
    known.insert(name.to_owned(), value.clone());
    value
}

fn from_environment(session: &Session, scheme: &str) -> Option<String> {
    if !["http", "https", "ftp", "ftps"].contains(&scheme) {
        return None;
    }
    let variable = |name: &str| variable(session, name);
    let lower = format!("{scheme}_proxy");
    let own = match scheme {
        "http" => variable(&lower),
        "https" | "ftp" => variable(&lower).or_else(|| variable(&lower.to_ascii_uppercase())),
        _ => None,
    };
    own.or_else(|| variable("all_proxy"))
        .or_else(|| variable("ALL_PROXY"))
}

fn is_exempt(host: &str, list: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    list.split([',', ' '])
        .filter(|item| !item.is_empty())
        .any(|item| {
            if item == "*" {
                return true;
            }
            let item = item
                .trim_start_matches('.')
                .trim_end_matches('.')
                .to_ascii_lowercase();
            match address {
                Some(address) => match item.split_once('/') {
                    Some((network, bits)) => is_within(address, network, bits),
                    None => item.trim_matches(['[', ']']).parse() == Ok(address),
                },
                None => host == item || host.ends_with(&format!(".{item}")),
            }
        })
}

fn is_within(address: IpAddr, network: &str, bits: &str) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => {
            let shift = 32u32.saturating_sub(bits);
            u32::from(a).checked_shr(shift) == u32::from(n).checked_shr(shift)
        }
        (IpAddr::V6(a), IpAddr::V6(n)) => {
            let shift = 128u32.saturating_sub(bits);
            u128::from(a).checked_shr(shift) == u128::from(n).checked_shr(shift)
        }
        _ => false,
    }
}

/// Has a SOCKS proxy connect to a host.
pub(crate) async fn socks(
    context: &Context<'_>,
    stream: &mut TcpStream,
    proxy: &Proxy,
    host: &Host,
) -> Result<()> {
    let failed = |text: String| Failure::new(97, text);
    let by_name = matches!(proxy.kind, Kind::Socks4a | Kind::Socks5h);
    let address = match host.name.parse::<IpAddr>() {
        Ok(address) => Some(address),
        Err(_) if by_name => None,
        Err(_) => {
            let found = nethost_sdk::resolver::addresses(
                &host.name,
                matches!(proxy.kind, Kind::Socks4).then_some(nethost_sdk::Family::V4),
                std::time::Duration::from_secs(300),
            );
            let found = found.await.map_err(|error| match error {
                nethost_sdk::Error::Denied(_) => Failure::new(97, error.to_string()),
                _ => failed(format!(
                    "Failed to resolve \"{}\" for SOCKS connect.",
                    host.name
                )),
            })?;
            found.first().copied()
        }
    };
    match proxy.kind {
        Kind::Socks4 | Kind::Socks4a => socks4(context, stream, proxy, host, address).await,
        _ => socks5(context, stream, proxy, host, address).await,
    }
}

async fn exchange(stream: &mut TcpStream, request: &[u8], answer: &mut [u8]) -> Result<()> {
    stream.write_all(request).await.map_err(Failure::write)?;
    stream.flush().await.map_err(Failure::write)?;
    let read = stream.read_exact(answer).await;
    read.map_err(|_| Failure::new(97, "connection to proxy closed"))
}

async fn socks4(
    context: &Context<'_>,
    stream: &mut TcpStream,
    proxy: &Proxy,
    host: &Host,
    address: Option<IpAddr>,
) -> Result<()> {
    let mut request = vec![4, 1];
    request.extend_from_slice(&host.port.to_be_bytes());
    let v4 = match address {
        Some(IpAddr::V4(v4)) => v4.octets(),
        Some(IpAddr::V6(_)) => {
            return Err(Failure::new(
                97,
                format!("SOCKS4 connection to {} not supported", host.name),
            ));
        }
        None => [0, 0, 0, 1],
    };
    context.trace.text(format_args!(
        "SOCKS4 communication to {}:{}",
        host.name, host.port
    ));
    request.extend_from_slice(&v4);
    request.extend_from_slice(proxy.user.as_deref().unwrap_or_default().as_bytes());
    request.push(0);
    if address.is_none() {
        request.extend_from_slice(host.name.as_bytes());
        request.push(0);
    }
    let mut answer = [0; 8];
    exchange(stream, &request, &mut answer).await?;
    match answer {
        [0, 90, ..] => {
            context.trace.text("SOCKS4 request granted.");
            Ok(())
        }
        [0, code, ..] => Err(Failure::new(
            97,
            format!(
                "Can't complete SOCKS4 connection to {}:{}. ({code}), request rejected or failed.",
                host.name, host.port
            ),
        )),
        _ => Err(Failure::new(
            97,
            "SOCKS4 reply has wrong version, version should be 0.",
        )),
    }
}

async fn socks5(
    context: &Context<'_>,
    stream: &mut TcpStream,
    proxy: &Proxy,
    host: &Host,
    address: Option<IpAddr>,
) -> Result<()> {
    let login = proxy.user.as_deref();
    let methods: &[u8] = if login.is_some() {
        &[5, 2, 0, 2]
    } else {
        &[5, 1, 0]
    };
    let mut answer = [0; 2];
    exchange(stream, methods, &mut answer).await?;
    match answer {
        [5, 0] => {}
        [5, 2] if login.is_some() => {
            let (user, password) = (
                login.unwrap_or_default(),
                proxy.password.as_deref().unwrap_or_default(),
            );
            let (Ok(user_length), Ok(length)) =
                (u8::try_from(user.len()), u8::try_from(password.len()))
            else {
                return Err(Failure::new(
                    97,
                    "Excessive user name length for proxy auth",
                ));
            };
            let mut request = vec![1, user_length];
            request.extend_from_slice(user.as_bytes());
            request.push(length);
            request.extend_from_slice(password.as_bytes());
            exchange(stream, &request, &mut answer).await?;
            if answer[1] != 0 {
                return Err(Failure::new(
                    97,
                    format!(
                        "User was rejected by the SOCKS5 server ({} {}).",
                        answer[0], answer[1]
                    ),
                ));
            }
        }
        [5, _] => return Err(Failure::new(97, "No authentication method was acceptable.")),
        _ => {
            return Err(Failure::new(
                97,
                "Received invalid version in initial SOCKS5 response.",
            ));
        }
    }
    let mut request = vec![5, 1, 0];
    match address {
        Some(IpAddr::V4(v4)) => {
            request.push(1);
            request.extend_from_slice(&v4.octets());
        }
        Some(IpAddr::V6(v6)) => {
            request.push(4);
            request.extend_from_slice(&v6.octets());
        }
        None => {
            let length = u8::try_from(host.name.len())
                .map_err(|_| Failure::new(97, "SOCKS5: the destination hostname is too long to be resolved remotely by the proxy."))?;
            request.extend_from_slice(&[3, length]);
            request.extend_from_slice(host.name.as_bytes());
        }
    }
    request.extend_from_slice(&host.port.to_be_bytes());
    context.trace.text(format_args!(
        "SOCKS5 connect to {}:{}",
        host.name, host.port
    ));
    let mut head = [0; 4];
    exchange(stream, &request, &mut head).await?;
    if head[1] != 0 {
        return Err(Failure::new(
            97,
            format!(
                "Can't complete SOCKS5 connection to {}. ({})",
                host.name, head[1]
            ),
        ));
    }
    let rest = match head[3] {
        1 => 4,
        4 => 16,
        3 => {
            let mut length = [0];
            exchange(stream, &[], &mut length).await?;
            usize::from(length[0])
        }
        _ => return Err(Failure::new(97, "SOCKS5 reply has wrong address type.")),
    };
    let mut bound = vec![0; rest + 2];
    exchange(stream, &[], &mut bound).await?;
    context.trace.text("SOCKS5 request granted.");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_exempt_by_name_address_and_network() {
        assert!(is_exempt("www.example.org", "a, example.org"));
        assert!(!is_exempt("notexample.org", "example.org"));
        assert!(is_exempt("10.1.2.3", "10.0.0.0/8"));
        assert!(is_exempt("::1", "[::1]"));
        assert!(is_exempt("x", "*"));
    }
}
