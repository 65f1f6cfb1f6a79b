//! Opens a connection for a URL: kept, or new; through proxies; under TLS.

use futures::AsyncWriteExt;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::unix::{Address, UnixStream};

use super::dial::{self, Host};
use super::proxy::{self, Kind, Proxy};
use super::{Conn, Key, Wire, secure};
use crate::failure::{Failure, Result};
use crate::http;
use crate::settings::HttpVersion;
use crate::transfer::Context;
use crate::url::Url;

/// What a URL is reached by.
struct Way {
    host: Host,
    before: Option<Proxy>,
    proxy: Option<Proxy>,
    tunnels: bool,
    secure: bool,
}

/// A connection for a URL.
/// Without a login (which may be empty), requests of HTTP go over it.
pub(crate) async fn open(context: &Context<'_>, url: &Url, login: Option<String>) -> Result<Conn> {
    let op = context.op;
    let own = Host {
        name: url.host.clone(),
        zone: url.zone.clone(),
        port: url.port(),
    };
    let (before, proxy) = match op.unix_socket {
        Some(_) => (None, None),
        None => proxy::of(context.session, op, url)?,
    };
    let secure = matches!(url.scheme.as_str(), "https" | "ftps");
    let is_http = login.is_none();
    let way = Way {
        host: dial::redirected(context, own),
        tunnels: op.tunnel || secure || !is_http || !op.connect_to.is_empty(),
        before,
        proxy,
        secure,
    };
    // Whatever goes to a proxy as it is can share a connection.
    let shares = !way.tunnels && way.proxy.as_ref().is_some_and(Proxy::is_http);
    let key = Key {
        scheme: if shares {
            String::new()
        } else {
            url.scheme.clone()
        },
        host: if shares {
            String::new()
        } else {
            url.host.to_ascii_lowercase()
        },
        port: if shares { 0 } else { url.port() },
        proxy: way.proxy.as_ref().map(Proxy::name),
        socket: op.unix_socket.clone(),
        tls: if secure {
            secure::name(op)
        } else {
            String::new()
        },
        version: format!("{:?} {:?}", op.version, op.connect_to),
        login,
    };
    context.progress.begin();
    if let Some(mut conn) = context.session.take(&key) {
        let (what, name) = match way.proxy.as_ref().filter(|proxy| proxy.is_http()) {
            Some(proxy) => ("proxy", &proxy.host.name),
            None => ("host", &url.host),
        };
        context.trace.text(format_args!(
            "Re-using existing connection #{} with {what} {name}",
            conn.number
        ));
        conn.reused = true;
        context.progress.is_connected.set(true);
        return Ok(conn);
    }
    let number = context.session.next_number();
    let conn = new(context, url, way, key, number).await;
    if conn.is_err() {
        context
            .trace
            .text(format_args!("Closing connection {number}"));
    }
    conn
}

async fn new(context: &Context<'_>, url: &Url, way: Way, key: Key, number: u64) -> Result<Conn> {
    let op = context.op;
    let trace = &context.trace;
    context
        .session
        .connects
        .set(context.session.connects.get() + 1);
    if let Some(path) = &op.unix_socket {
        return unix(context, url, way, key, path, number).await;
    }
    let first = match (&way.before, &way.proxy) {
        (Some(before), _) => &before.host,
        (None, Some(proxy)) => &proxy.host,
        (None, None) => &way.host,
    };
    let is_proxy = way.before.is_some() || way.proxy.is_some();
    let mut stream = dial::connect(context, first, is_proxy).await?;
    let (local, remote) = (stream.local_endpoint(), stream.remote_endpoint());
    if let (Some(before), Some(proxy)) = (&way.before, &way.proxy) {
        proxy::socks(context, &mut stream, before, &proxy.host).await?;
    }
    let mut via_proxy = false;
    let mut connect_code = 0;
    if let Some(proxy) = &way.proxy
        && !proxy.is_http()
    {
        proxy::socks(context, &mut stream, proxy, &way.host).await?;
    }
    trace.text(format_args!(
        "Connected to {} ({}) port {} (#{number})",
        first.name,
        remote.ip(),
        remote.port()
    ));
    if let Some(proxy) = way.proxy.as_ref().filter(|proxy| proxy.is_http()) {
        if way.tunnels {
            let ten = proxy.kind == Kind::Http10;
            connect_code =
                http::tunnel::connect(context, &mut stream, proxy, &way.host, ten).await?;
        } else {
            via_proxy = true;
        }
    }
    if op.haproxy {
        haproxy(op.haproxy_ip.as_deref(), &mut stream).await?;
    }
    let shown = match via_proxy {
        true => first.name.clone(),
        false => url.host.clone(),
    };
    let mut conn = Conn {
        wire: Some(Wire::Tcp(stream)),
        session: None,
        number,
        shown,
        key,
        local: Some(local),
        remote: Some(remote),
        facts: None,
        via_proxy,
        http2: false,
        reused: false,
        connect_code,
        ten: false,
        ftp: None,
    };
    if way.secure {
        conn = secured(context, conn, url, &way.host).await?;
    } else if op.version == HttpVersion::V2PriorKnowledge && url.scheme == "http" {
        conn.http2 = true;
    }
    Ok(conn)
}

/// Another connection for a URL, by the same proxies: what FTP carries its data on.
pub(crate) async fn beside(context: &Context<'_>, url: &Url, host: &Host) -> Result<TcpStream> {
    let (before, proxy) = proxy::of(context.session, context.op, url)?;
    let first = match (&before, &proxy) {
        (Some(before), _) => &before.host,
        (None, Some(proxy)) => &proxy.host,
        (None, None) => host,
    };
    let is_proxy = before.is_some() || proxy.is_some();
    let mut stream = dial::connect(context, first, is_proxy).await?;
    if let (Some(before), Some(proxy)) = (&before, &proxy) {
        proxy::socks(context, &mut stream, before, &proxy.host).await?;
    }
    if let Some(proxy) = &proxy {
        if proxy.is_http() {
            let ten = proxy.kind == Kind::Http10;
            http::tunnel::connect(context, &mut stream, proxy, host, ten).await?;
        } else {
            proxy::socks(context, &mut stream, proxy, host).await?;
        }
    }
    Ok(stream)
}

/// The same connection under TLS.
pub(crate) async fn secured(
    context: &Context<'_>,
    conn: Conn,
    url: &Url,
    host: &Host,
) -> Result<Conn> {
    let Some(Wire::Tcp(stream)) = conn.wire else {
        return Err(Failure::new(
            35,
            "TLS over a UNIX domain socket is not supported here",
        ));
    };
    // The certificate is for the host of the URL, wherever --connect-to leads.
    let named = Host {
        name: url.host.clone(),
        ..host.clone()
    };
    let scheme = if url.scheme == "ftp" {
        "ftps"
    } else {
        &url.scheme
    };
    let session = secure::session(context, stream, &named, scheme).await?;
    let facts = session.facts();
    let http2 = facts.protocol.as_deref() == Some("h2");
    if url.scheme == "https" {
        let version = if http2 { "HTTP/2" } else { "HTTP/1.1" };
        context.trace.text(format_args!("using {version}"));
    }
    Ok(Conn {
        wire: Some(Wire::Tls(Box::new(session))),
        facts: Some(facts),
        http2,
        ..conn
    })
}

async fn unix(
    context: &Context<'_>,
    url: &Url,
    way: Way,
    key: Key,
    path: &str,
    number: u64,
) -> Result<Conn> {
    if way.secure {
        return Err(Failure::new(
            35,
            "TLS over a UNIX domain socket is not supported here",
        ));
    }
    let op = context.op;
    let address = match op.abstract_socket {
        true => Address::Abstract(path.into()),
        false => Address::Path(path.into()),
    };
    context.trace.text(format_args!("  Trying {path}:0..."));
    let patience = op
        .connect_timeout
        .unwrap_or(std::time::Duration::from_secs(300));
    let begun = nethost_sdk::clock::now();
    let connected = UnixStream::connect(&address, patience).await;
    let stream = connected.map_err(|error| {
        let text = match &error {
            nethost_sdk::Error::Denied(_) => error.to_string(),
            _ => {
                context
                    .trace
                    .text(format_args!("connect to {path} port 0 failed: {error}"));
                format!(
                    "Failed to connect to {} port {} after {} ms: Couldn't connect to server",
                    url.host,
                    url.port(),
                    nethost_sdk::clock::now().since(begun).as_millis()
                )
            }
        };
        context.trace.text(&text);
        Failure {
            code: 7,
            text,
            cause: Some(error),
        }
    })?;
    context.progress.note(|times, now| {
        times.name = now;
        times.connected = now;
    });
    context.progress.is_connected.set(true);
    context.trace.text(format_args!(
        "Connected to {} ({path}) port {} (#{number})",
        url.host,
        url.port()
    ));
    let shown = url.host.clone();
    Ok(Conn {
        wire: Some(Wire::Unix(stream)),
        session: None,
        number,
        shown,
        key,
        local: None,
        remote: None,
        facts: None,
        via_proxy: false,
        http2: op.version == HttpVersion::V2PriorKnowledge,
        reused: false,
        connect_code: 0,
        ten: false,
        ftp: None,
    })
}

/// The line that tells a load balancer's server who connects (PROXY protocol version 1).
async fn haproxy(client: Option<&str>, stream: &mut TcpStream) -> Result<()> {
    let (local, remote) = (stream.local_endpoint(), stream.remote_endpoint());
    // A client that is told of stands at both ends.
    let (from, to) = match client {
        Some(client) => (client.to_owned(), client.to_owned()),
        None => (local.ip().to_string(), remote.ip().to_string()),
    };
    let family = if from.contains(':') { "TCP6" } else { "TCP4" };
    let line = format!(
        "PROXY {family} {from} {to} {} {}\r\n",
        local.port(),
        remote.port()
    );
    stream
        .write_all(line.as_bytes())
        .await
        .map_err(Failure::write)
}
