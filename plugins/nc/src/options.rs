//! What the command line means, validated.

use std::time::Duration;

use nethost_sdk::Exit;
use nethost_sdk::tcp::StreamOptions;

use crate::fatal;
use crate::flags::COMMAND_LINE;

/// Kinds of proxies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Proxy {
    #[default]
    Socks5,
    Socks4,
    Socks4a,
    Http,
}

/// What to do, and how.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// 4 or 6.
    pub(crate) family: Option<u8>,
    pub(crate) broadcast: bool,
    pub(crate) crlf: bool,
    pub(crate) detached: bool,
    pub(crate) receive_buffer: Option<u32>,
    pub(crate) interval: Duration,
    pub(crate) keep: bool,
    pub(crate) listen: bool,
    pub(crate) hop_limit: Option<u8>,
    pub(crate) least_hop_limit: Option<u8>,
    pub(crate) shutdown: bool,
    pub(crate) numeric: bool,
    pub(crate) send_buffer: Option<u32>,
    pub(crate) proxy_user: Option<String>,
    pub(crate) quit: Option<Duration>,
    pub(crate) random: bool,
    pub(crate) source: Option<String>,
    pub(crate) traffic_class: Option<u8>,
    pub(crate) telnet: bool,
    pub(crate) unix: bool,
    pub(crate) datagrams: bool,
    pub(crate) verbose: bool,
    pub(crate) receive_limit: Option<u64>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) proxy_kind: Proxy,
    pub(crate) proxy: Option<String>,
    pub(crate) scan: bool,
    pub(crate) tls: bool,
    pub(crate) insecure: bool,
    pub(crate) json: bool,
    /// The destination; with -l where to listen; with -U a path.
    pub(crate) host: Option<String>,
    /// The remote ports as they were typed, or the local one with -l.
    pub(crate) ports: Vec<String>,
    /// -p of a client.
    pub(crate) source_port: Option<String>,
}

/// A command line while it is read.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) options: Options,
    pub(crate) operands: Vec<String>,
    pub(crate) port: Option<String>,
}

impl Options {
    /// Reads a command line.
    pub(crate) fn parse(args: &[String]) -> Result<Self, Exit> {
        let mut line = Line::default();
        COMMAND_LINE.parse(args, &mut line)?;
        let Line {
            mut options,
            operands,
            port,
        } = line;
        let misused = || Exit::misused(1, "");
        let mut operands = operands.into_iter();
        let (first, rest): (_, Vec<String>) = (operands.next(), operands.collect());
        if options.unix {
            options.host = match (first, rest.is_empty(), port.is_some()) {
                (Some(path), true, false) => Some(path),
                (Some(_), false, _) => return Err(fatal("cannot use port with -U")),
                (None, _, true) if options.listen => {
                    return Err(fatal("cannot use port with -U"));
                }
                (None, _, false) if options.listen => {
                    return Err(fatal("missing socket pathname"));
                }
                _ => return Err(misused()),
            };
        } else if options.listen {
            match (first, rest.as_slice(), port) {
                (None, [], Some(port)) => options.ports = vec![port],
                (None, [], None) if options.source.is_some() => {
                    return Err(fatal("missing port number"));
                }
                (None, [], None) => return Err(fatal("missing port number")),
                (Some(port), [], None) => options.ports = vec![port],
                (Some(host), [port], None) => {
                    options.host = Some(host);
                    options.ports = vec![port.clone()];
                }
                _ => return Err(misused()),
            }
            if options.host.is_none() {
                options.host = options.source.take();
            }
        } else {
            options.host = Some(first.ok_or_else(misused)?);
            options.ports = rest;
            options.source_port = port;
        }
        options.check()?;
        Ok(options)
    }

    /// Whether what was asked for fits together.
    fn check(&mut self) -> Result<(), Exit> {
        if self.listen && self.scan {
            return Err(fatal("cannot use -z and -l"));
        }
        if self.keep && !self.listen {
            return Err(fatal("must use -l with -k"));
        }
        if self.listen && self.proxy.is_some() {
            return Err(fatal("no proxy support for listen"));
        }
        if self.proxy.is_some() && self.datagrams {
            return Err(fatal("no proxy support for UDP mode"));
        }
        if self.proxy.is_some() && self.unix {
            return Err(fatal("no proxy support for unix sockets"));
        }
        if self.tls && (self.listen || self.datagrams || self.unix) {
            return Err(fatal("--tls is for connections that are made over TCP"));
        }
        if self.insecure && !self.tls {
            return Err(fatal("--insecure is for --tls"));
        }
        if !self.unix && self.ports.is_empty() {
            return Err(fatal("missing port number"));
        }
        Ok(())
    }

    /// The options of a connection.
    pub(crate) fn of_stream(&self) -> StreamOptions {
        StreamOptions {
            hop_limit: self.hop_limit,
            least_hop_limit: self.least_hop_limit,
            traffic_class: self.traffic_class,
            send_buffer: self.send_buffer,
            receive_buffer: self.receive_buffer,
            keep_alive: None,
        }
    }

    /// `tcp` or `udp`.
    pub(crate) fn protocol(&self) -> &'static str {
        if self.datagrams { "udp" } else { "tcp" }
    }
}
