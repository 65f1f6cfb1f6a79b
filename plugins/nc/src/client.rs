//! Connects: to each port that was named, one after the other, over TCP or UDP, or through a proxy.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use nethost_sdk::console::{StandardStreams, standard_streams};
use nethost_sdk::socket::{Batch, Remote, SocketOptions};
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::text::printable;
use nethost_sdk::tls::{self, TlsStream, Trust};
use nethost_sdk::udp::Socket;
use nethost_sdk::{Error, Exit, clock};

use crate::options::Options;
use crate::ports::Services;
use crate::report::{Fact, say};
use crate::{datagrams, fatal, names, proxy, relay};

/// Longer than the kernel tries.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long the native tool waits for an ICMP error after each of its datagrams, and how often.
const UDP_ROUND: Duration = Duration::from_secs(1);
const UDP_ROUNDS: u64 = 3;

/// Connects to every port; 0 if one answered.
pub(crate) async fn connect(options: &Options) -> Result<u8, Exit> {
    let mut services = Services::default();
    let protocol = options.protocol();
    let host = options.host.as_deref().unwrap_or_default();
    let source_port = match &options.source_port {
        Some(text) => services.local(text, protocol)?,
        None => 0,
    };
    let mut ports = services.remote(&options.ports, protocol)?;
    if options.random {
        let random = RandomState::new();
        ports.sort_by_cached_key(|port| {
            let mut hasher = random.build_hasher();
            hasher.write_u16(*port);
            hasher.finish()
        });
    }
    let mut standard = standard_streams();
    let mut code = 1;
    for (index, port) in ports.iter().enumerate() {
        if index > 0 && !options.interval.is_zero() {
            clock::wait_for(options.interval).await;
        }
        let attempt = Attempt {
            options,
            host,
            port: *port,
            source_port,
        };
        if let Some(done) = attempt.run(&mut services, &mut standard).await? {
            code = done;
        }
    }
    Ok(code)
}

/// One port.
struct Attempt<'a> {
    options: &'a Options,
    host: &'a str,
    port: u16,
    source_port: u16,
}

impl Attempt<'_> {
    /// The exit code, if this port has a say in it.
    async fn run(
        &self,
        services: &mut Services,
        standard: &mut StandardStreams,
    ) -> Result<Option<u8>, Exit> {
        let options = self.options;
        let stream = match &options.proxy {
            Some(_) => {
                let stream =
                    proxy::connect(options, self.host, self.port, self.source_port).await?;
                self.succeeded(services, None);
                stream
            }
            None => {
                let found = names::addresses(self.host, self.port, options).await;
                let addresses = found.map_err(|error| unresolved(self.host, self.port, &error))?;
                if options.datagrams {
                    return self.udp(&addresses, services, standard).await;
                }
                let tried = tcp(options, self.host, &addresses, self.source_port).await?;
                let Some(stream) = tried else {
                    return Ok(None);
                };
                self.succeeded(services, Some(stream.remote_endpoint().ip()));
                stream
            }
        };
        if options.scan {
            return Ok(Some(0));
        }
        if !options.tls {
            let mut stream = stream;
            relay::relay(&mut stream, standard, options).await?;
            return Ok(Some(0));
        }
        let wanted = tls::Options {
            trust: match options.insecure {
                true => Trust::Unverified,
                false => Trust::System,
            },
            ..tls::Options::for_server(self.host)
        };
        let timeout = options.timeout.unwrap_or(PATIENCE);
        let session = TlsStream::client(stream, &wanted, timeout).await;
        let mut session = session.map_err(|failure| fatal(format_args!("--tls: {failure}")))?;
        relay::relay(&mut session, standard, options).await?;
        Ok(Some(0))
    }

    /// Says that the port answers.
    fn succeeded(&self, services: &mut Services, address: Option<IpAddr>) {
        let options = self.options;
        let protocol = options.protocol();
        if !options.verbose && !options.json {
            return;
        }
        let service = match options.numeric {
            true => None,
            false => services.name(self.port, protocol).map(str::to_owned),
        };
        let shown = address.map(|address| address.to_string());
        let mut target = printable(self.host).into_owned();
        if let Some(shown) = shown
            .as_deref()
            .filter(|shown| !options.numeric && *shown != self.host)
        {
            target += &format!(" ({shown})");
        }
        say(
            options,
            format_args!(
                "Connection to {target} {} port [{protocol}/{}] succeeded!",
                self.port,
                service.as_deref().unwrap_or("*")
            ),
        );
        let silent = options.datagrams;
        Fact {
            event: "connected",
            protocol,
            host: Some(self.host),
            address: shown,
            port: Some(self.port),
            service,
            state: Some(if silent { "open|filtered" } else { "open" }),
            ..Fact::default()
        }
        .tell(options);
    }

    async fn udp(
        &self,
        addresses: &[SocketAddr],
        services: &mut Services,
        standard: &mut StandardStreams,
    ) -> Result<Option<u8>, Exit> {
        let options = self.options;
        let Some(remote) = addresses.first() else {
            return Ok(None);
        };
        let wanted = of_socket(options, *remote, self.source_port).await?;
        let socket = match Socket::open(*remote, &wanted) {
            Ok(socket) => socket,
            Err(Error::AddressNotBindable | Error::AddressInUse) if wanted.source.is_some() => {
                return Err(fatal(format_args!("bind failed: {}", Error::AddressInUse)));
            }
            Err(error @ Error::Denied(_)) => return Err(fatal(error)),
            Err(error) => {
                failed(options, self.host, *remote, &error);
                return Ok(None);
            }
        };
        // As in the native tool, only who wants to be told waits for an answer.
        if options.verbose || options.json {
            if let Err(error) = self.answers(&socket).await {
                Fact {
                    event: "failed",
                    protocol: "udp",
                    host: Some(self.host),
                    address: Some(remote.ip().to_string()),
                    port: Some(self.port),
                    state: Some("closed"),
                    error: Some(error.to_string()),
                    ..Fact::default()
                }
                .tell(options);
                return Ok(Some(1));
            }
            self.succeeded(services, Some(remote.ip()));
        }
        if !options.scan {
            datagrams::relay(&socket, None, standard, options).await?;
        }
        Ok(Some(0))
    }

    /// Sends datagrams, and fails if an ICMP error says that nobody is there.
    async fn answers(&self, socket: &Socket) -> Result<(), Error> {
        let rounds = self
            .options
            .timeout
            .map_or(UDP_ROUNDS, |timeout| timeout.as_secs());
        for round in 0..=rounds {
            let mut batch = Batch::new();
            batch.push(Remote::FIRST, b"X");
            if round == 0 {
                batch.push(Remote::FIRST, b"X");
            }
            socket.send(&batch)?;
            if round == rounds {
                break;
            }
            let end = clock::now().plus(UDP_ROUND);
            let received = socket.receive(1, UDP_ROUND).await?;
            if let Some(error) = received.errors().next() {
                return Err(error.code);
            }
            // What answers is there.
            if received.datagrams().len() > 0 {
                return Ok(());
            }
            clock::wait_until(end).await;
        }
        Ok(())
    }
}

/// Connects to the first address that answers; none if none does.
pub(crate) async fn tcp(
    options: &Options,
    host: &str,
    addresses: &[SocketAddr],
    source_port: u16,
) -> Result<Option<TcpStream>, Exit> {
    for remote in addresses {
        let wanted = of_socket(options, *remote, source_port).await?;
        let timeout = options.timeout.unwrap_or(PATIENCE);
        match TcpStream::connect(*remote, &wanted, timeout).await {
            Ok(stream) => {
                let adjusted = stream.adjust(options.of_stream());
                adjusted.map_err(fatal)?;
                return Ok(Some(stream));
            }
            Err(error @ Error::Denied(_)) => return Err(fatal(error)),
            Err(error @ (Error::AddressNotBindable | Error::AddressInUse))
                if wanted.source.is_some() =>
            {
                return Err(fatal(format_args!("bind failed: {error}")));
            }
            Err(error) => failed(options, host, *remote, &error),
        }
    }
    Ok(None)
}

fn failed(options: &Options, host: &str, remote: SocketAddr, error: &Error) {
    let (address, port) = (remote.ip().to_string(), remote.port());
    let protocol = options.protocol();
    let mut target = printable(host).into_owned();
    if address != host {
        target += &format!(" ({address})");
    }
    say(
        options,
        format_args!("nc: connect to {target} port {port} ({protocol}) failed: {error}"),
    );
    Fact {
        event: "failed",
        protocol,
        host: Some(host),
        address: Some(address),
        port: Some(port),
        state: Some(match error {
            Error::ConnectionRefused => "closed",
            _ => "filtered",
        }),
        error: Some(error.to_string()),
        ..Fact::default()
    }
    .tell(options);
}

/// How getaddrinfo(3) failed.
pub(crate) fn unresolved(host: &str, port: impl std::fmt::Display, error: &Error) -> Exit {
    fatal(format_args!(
        "getaddrinfo for host \"{}\" port {port}: {error}",
        printable(host)
    ))
}

/// The options of a socket to this remote.
async fn of_socket(
    options: &Options,
    remote: SocketAddr,
    source_port: u16,
) -> Result<SocketOptions, Exit> {
    let source = match &options.source {
        Some(host) => {
            let found = names::addresses(host, source_port, options).await;
            let found = found.map_err(|error| fatal(format_args!("getaddrinfo: {error}")))?;
            let mut found = found.into_iter();
            let own = found.find(|address| address.is_ipv4() == remote.is_ipv4());
            let unfit = "getaddrinfo: Address family for hostname not supported";
            Some(own.ok_or_else(|| fatal(unfit))?)
        }
        None if source_port != 0 => Some(match remote {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, source_port).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, source_port).into(),
        }),
        None => None,
    };
    Ok(SocketOptions {
        source,
        hop_limit: options.hop_limit,
        traffic_class: options.traffic_class,
        // TCP knows no broadcast.
        broadcast: options.broadcast && options.datagrams,
        ..SocketOptions::default()
    })
}
