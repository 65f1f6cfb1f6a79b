//! Connections through a proxy: SOCKS 4, 4a and 5 (RFC 1928), and HTTP CONNECT (RFC 9110).

use std::net::IpAddr;

use futures::{AsyncReadExt, AsyncWriteExt};
use nethost_sdk::target::Hosts;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit};

use crate::client::{tcp, unresolved};
use crate::options::{Options, Proxy};
use crate::{fatal, names};

/// The longest line of an answer that is read.
const LONGEST_LINE: usize = 1024;
/// The most lines.
const MOST_LINES: usize = 100;

/// Connects to the proxy, and has it connect to the destination.
pub(crate) async fn connect(
    options: &Options,
    host: &str,
    port: u16,
    source_port: u16,
) -> Result<TcpStream, Exit> {
    let named = options.proxy.as_deref().unwrap_or_default();
    let (proxy, proxy_port) = split(
        named,
        match options.proxy_kind {
            Proxy::Http => "3128",
            _ => "1080",
        },
    );
    let number = match proxy_port.parse() {
        Ok(number) => number,
        Err(_) => return Err(unresolved(proxy, proxy_port, &Error::NameUnresolvable)),
    };
    let addresses = names::addresses(proxy, number, options).await;
    let addresses = addresses.map_err(|error| unresolved(proxy, number, &error))?;
    let Some(mut stream) = tcp(options, proxy, &addresses, source_port).await? else {
        return Err(Exit::silent(1));
    };
    let asked = match options.proxy_kind {
        Proxy::Socks5 => socks5(&mut stream, host, port).await,
        Proxy::Socks4 => match names::addresses(host, port, &of_ipv4(options)).await {
            Ok(found) => match found.first().map(|found| found.ip()) {
                Some(IpAddr::V4(address)) => {
                    socks4(&mut stream, address.octets(), None, port).await
                }
                _ => Err(fatal(format_args!(
                    "IPv6 addresses are not supported by SOCKS4"
                ))),
            },
            Err(error) => return Err(unresolved(host, port, &error)),
        },
        Proxy::Socks4a => socks4(&mut stream, [0, 0, 0, 1], Some(host), port).await,
        Proxy::Http => http(&mut stream, options, host, port).await,
    };
    asked.map(|()| stream)
}

/// The options to find an address that SOCKS 4 can carry.
fn of_ipv4(options: &Options) -> Options {
    Options {
        family: Some(4),
        numeric: options.numeric,
        ..Options::default()
    }
}

/// The address of the proxy and its port: `host`, `host:port`, `[v6]:port`.
fn split<'a>(named: &'a str, default: &'a str) -> (&'a str, &'a str) {
    if let Some((host, rest)) = named
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        return (host, rest.strip_prefix(':').unwrap_or(default));
    }
    match named.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, port),
        _ => (named, default),
    }
}

async fn write(stream: &mut TcpStream, bytes: &[u8]) -> Result<(), Exit> {
    let failed =
        |error: std::io::Error| fatal(format_args!("write failed: {}", Error::from(error)));
    stream.write_all(bytes).await.map_err(failed)
}

/// As many bytes as the answer must have.
async fn read<const N: usize>(stream: &mut TcpStream) -> Result<[u8; N], Exit> {
    let mut bytes = [0; N];
    match stream.read_exact(&mut bytes).await {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(fatal(format_args!("read failed (0/{N})")))
        }
        Err(error) => Err(fatal(format_args!("read failed: {}", Error::from(error)))),
    }
}

async fn socks5(stream: &mut TcpStream, host: &str, port: u16) -> Result<(), Exit> {
    write(stream, &[5, 1, 0]).await?;
    let [_, method] = read(stream).await?;
    if method != 0 {
        return Err(fatal("authentication method negotiation failed"));
    }
    let mut request = vec![5, 1, 0];
    match Hosts::parse(host) {
        Ok(Hosts::Address(IpAddr::V4(address), _)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Ok(Hosts::Address(IpAddr::V6(address), _)) => {
            request.push(4);
            request.extend(address.octets());
        }
        _ => {
            let length = u8::try_from(host.len()).map_err(|_| fatal("host name too long"))?;
            request.extend([3, length]);
            request.extend(host.as_bytes());
        }
    }
    request.extend(port.to_be_bytes());
    write(stream, &request).await?;
    let [_, reply, _, kind] = read(stream).await?;
    if reply != 0 {
        let why = match reply {
            1 => "General SOCKS server failure",
            2 => "Connection not allowed by ruleset",
            3 => "Network unreachable",
            4 => "Host unreachable",
            5 => "Connection refused",
            6 => "TTL expired",
            7 => "Command not supported",
            8 => "Address type not supported",
            _ => "Unknown error",
        };
        return Err(fatal(format_args!(
            "connection failed, SOCKSv5 error: {why}"
        )));
    }
    match kind {
        1 => read::<6>(stream).await.map(drop),
        4 => read::<18>(stream).await.map(drop),
        _ => Err(fatal("connection failed, unsupported address type")),
    }
}

async fn socks4(
    stream: &mut TcpStream,
    address: [u8; 4],
    name: Option<&str>,
    port: u16,
) -> Result<(), Exit> {
    let mut request = vec![4, 1];
    request.extend(port.to_be_bytes());
    request.extend(address);
    request.push(0);
    if let Some(name) = name {
        request.extend(name.as_bytes());
        request.push(0);
    }
    write(stream, &request).await?;
    let [_, reply, ..] = read::<8>(stream).await?;
    if reply == 90 {
        return Ok(());
    }
    let why = match reply {
        91 => "Request rejected or failed",
        92 => "Connection to identd failed",
        93 => "Identd mismatch",
        _ => "Unknown error",
    };
    Err(fatal(format_args!(
        "connection failed, SOCKSv4 error: {why}"
    )))
}

async fn http(
    stream: &mut TcpStream,
    options: &Options,
    host: &str,
    port: u16,
) -> Result<(), Exit> {
    let authority = match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    };
    if authority.contains(['\r', '\n', ' ']) {
        return Err(fatal("no host name"));
    }
    write(
        stream,
        format!("CONNECT {authority} HTTP/1.0\r\n\r\n").as_bytes(),
    )
    .await?;
    let status = line(stream).await?;
    let is_http = status.starts_with("HTTP/1.0 ") || status.starts_with("HTTP/1.1 ");
    match status.get(9..12) {
        Some("200") if is_http => {}
        Some("407") if is_http && options.proxy_user.is_some() => {
            return Err(fatal(
                "the proxy wants a password (-P), and to ask for one is not supported",
            ));
        }
        _ => {
            return Err(fatal(format_args!(
                "Proxy error: \"{}\"",
                printable(&status)
            )));
        }
    }
    for _ in 0..MOST_LINES {
        if line(stream).await?.is_empty() {
            return Ok(());
        }
    }
    Err(fatal("Proxy error: too many lines"))
}

/// A line of the answer, without its end. What follows the answer is the peer's, so not a byte more is taken.
async fn line(stream: &mut TcpStream) -> Result<String, Exit> {
    let mut line = Vec::new();
    loop {
        let [byte] = read(stream).await?;
        match byte {
            b'\n' => return Ok(String::from_utf8_lossy(&line).into_owned()),
            b'\r' => {}
            _ if line.len() >= LONGEST_LINE => return Err(fatal("Proxy error: too long a line")),
            byte => line.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_have_ports() {
        for (named, host, port) in [
            ("proxy", "proxy", "1080"),
            ("proxy:3128", "proxy", "3128"),
            ("[::1]:80", "::1", "80"),
            ("[::1]", "::1", "1080"),
            ("::1", "::1", "1080"),
            ("foo:", "foo", ""),
        ] {
            assert_eq!(split(named, "1080"), (host, port), "{named}");
        }
    }
}
