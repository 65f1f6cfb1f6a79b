//! One trace from target to exit code: resolves, opens the way to send, and turns the engine's wishes
//! into calls until it has finished.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use futures::{FutureExt, StreamExt, select_biased};
use nethost_sdk::names::{Name, Names, Settings as NameSettings};
use nethost_sdk::output::show;
use nethost_sdk::socket::{PathMtuDiscovery, SocketOptions};
use nethost_sdk::{Error, Exit, Signal, clock, interrupted};

use crate::engine::{Engine, Printable, Settings};
use crate::options::{Method, Options, misused};
use crate::probe::Mark;
use crate::report::{self, Lines, Show, Subject};
use crate::target;
use crate::transport::{
    IcmpTransport, SendError, TcpConnectTransport, TcpRawTransport, Transport, UdpTransport,
    tcp_syn_length,
};

/// Exit code after SIGINT, as shells count it.
const INTERRUPTED: u8 = 130;

/// How the names of routers are looked up: beside probing, so that patience costs little.
pub(crate) fn name_settings() -> NameSettings {
    NameSettings {
        patience: Duration::from_secs(3),
        ..NameSettings::default()
    }
}

/// Runs a trace and returns its exit code.
pub(crate) async fn run(options: &Options) -> Result<u8, Exit> {
    let host = &options.host;
    let remote = match target::resolve(&host.value, options.family).await {
        Ok(remote) => remote,
        Err(error) => {
            return Err(misused(format!(
                "{}: {error}\nCannot handle \"host\" cmdline arg `{}' on position 1 (argc {})",
                host.value, host.value, host.position
            )));
        }
    };
    if options
        .source
        .is_some_and(|source| source.is_ipv4() != remote.is_ipv4())
    {
        return Err(misused("IP version mismatch in addresses specified"));
    }
    let settings = settings(options, remote);
    let subject = subject(options, remote, &settings);
    let mut trace = Trace {
        engine: Engine::new(settings),
        names: match options.numeric {
            true => Names::none(),
            false => Names::new(name_settings()),
        },
        lines: Lines::new(Show {
            names: !options.numeric,
            extensions: options.extensions,
            tcp_flags: options.tcp_flags,
            back: options.back,
        }),
        json: options.json,
        waiting: VecDeque::new(),
        results: Vec::new(),
    };
    if !options.json {
        show(report::head(&subject))?;
    }
    let outcome = match open(options, remote) {
        Ok(transport) => trace.follow(transport.as_ref()).await,
        Err(error) => Err(End::Failed(opening(&error))),
    };
    if options.json {
        let stopped = matches!(outcome, Err(End::Interrupted));
        let document = report::document(&subject, &trace.results, stopped, |address| {
            trace.names.get(address).known().map(str::to_owned)
        });
        show(format_args!("{document:#}\n"))?;
    } else if !matches!(outcome, Err(End::Output(_) | End::Failed(_))) {
        show("\n")?;
    }
    match outcome {
        Ok(()) => Ok(0),
        Err(End::Output(exit)) => Err(exit),
        Err(End::Interrupted) => Err(Exit::silent(INTERRUPTED)),
        Err(End::Failed(what)) => {
            let separator = if options.json { "" } else { "\n" };
            Err(Exit::failed(1, format!("{separator}{what}")))
        }
    }
}

/// Why a trace ended before its end.
#[derive(Debug)]
enum End {
    Failed(String),
    Interrupted,
    Output(Exit),
}

impl From<Exit> for End {
    fn from(exit: Exit) -> Self {
        Self::Output(exit)
    }
}

struct Trace {
    engine: Engine,
    names: Names,
    lines: Lines,
    json: bool,
    /// Due, but the name of the first one's address is still being looked up.
    waiting: VecDeque<Printable>,
    /// All of them, for the document.
    results: Vec<Printable>,
}

impl Trace {
    async fn follow(&mut self, transport: &dyn Transport) -> Result<(), End> {
        self.engine.set_slack(transport.slack());
        let mut answers = transport.answers();
        let mut interrupt = pin!(until_interrupted().fuse());
        loop {
            let step = self.engine.step(now());
            let mut sent = transport.send_all(&step.send).into_iter();
            for probe in &step.send {
                // What comes after one that could not leave yet cannot either.
                match sent.next().unwrap_or(Err(SendError::Later)) {
                    Ok(stamp) => self.engine.sent(probe.id, stamp),
                    Err(SendError::Later) => self.engine.not_sent(probe.id, now()),
                    Err(SendError::Fatal(error)) => {
                        return Err(End::Failed(format!("send: {error}")));
                    }
                }
            }
            self.report()?;
            if step.finished && (!self.names.is_busy() || self.waiting.is_empty() && !self.json) {
                return Ok(());
            }
            let wake = step.wake.filter(|_| !step.finished);
            select_biased! {
                _ = interrupt => return Err(End::Interrupted),
                batch = answers.next().fuse() => match batch {
                    Some(Ok(batch)) => {
                        for answer in batch {
                            if let Some(address) = answer.from {
                                self.names.want(address);
                            }
                            self.engine.answer(answer, now());
                        }
                    }
                    Some(Err(error)) => return Err(End::Failed(running(&error))),
                    None => return Err(End::Failed("recvmsg: no more answers".into())),
                },
                () = self.names.next().fuse() => {}
                () = wait_until(wake).fuse() => {}
            }
        }
    }

    /// Prints what is due, in order, as far as names are known.
    fn report(&mut self) -> Result<(), Exit> {
        let due = self.engine.take_printable();
        if self.json {
            self.results.extend(due);
            return Ok(());
        }
        self.waiting.extend(due);
        while let Some(first) = self.waiting.front() {
            let name = match first.outcome.from.map(|address| self.names.get(address)) {
                Some(Name::Pending) => break,
                Some(Name::Known(name)) => Some(name),
                Some(Name::Unknown) | None => None,
            };
            let text = self.lines.add(first, name);
            self.waiting.pop_front();
            show(text)?;
        }
        Ok(())
    }
}

/// The present as the engine counts it.
pub(crate) fn now() -> Mark {
    let since_start = clock::now().since(clock::Mark::from_nanos(0));
    u64::try_from(since_start.as_nanos()).unwrap_or(u64::MAX)
}

/// Waits until then, or for ever.
pub(crate) async fn wait_until(when: Option<Mark>) {
    match when {
        Some(when) => clock::wait_until(clock::Mark::from_nanos(when)).await,
        None => futures::future::pending().await,
    }
}

/// Waits for SIGINT.
pub(crate) async fn until_interrupted() {
    while interrupted().await != Signal::Interrupt {}
}

fn settings(options: &Options, remote: SocketAddr) -> Settings {
    let ip = if remote.is_ipv4() { 20 } else { 40 };
    let (header, payload) = match options.method {
        Method::Udp | Method::Icmp => {
            let header = ip + 8;
            (
                header,
                options
                    .packet_length
                    .map_or(32, |length| length.saturating_sub(header)),
            )
        }
        Method::Tcp | Method::TcpConnect => (ip + tcp_syn_length(), 0),
    };
    Settings {
        first_hop: options.first_hop,
        max_hops: options.max_hops,
        queries: options.queries,
        simultaneous: options.simultaneous,
        wait: options.wait,
        send_interval: options.send_interval,
        header_length: header,
        payload_length: payload,
        discover_mtu: options.discover_mtu,
        numbered: options.method != Method::Udp || UdpTransport::numbers(payload),
        first_id: if options.method == Method::Icmp {
            options.port
        } else {
            1
        },
    }
}

fn subject(options: &Options, remote: SocketAddr, settings: &Settings) -> Subject {
    Subject {
        host: options.host.value.clone(),
        address: remote.ip().to_string(),
        method: match options.method {
            Method::Udp => "udp",
            Method::Icmp => "icmp",
            Method::Tcp | Method::TcpConnect => "tcp",
        },
        port: (options.method != Method::Icmp).then_some(options.port),
        max_hops: options.max_hops,
        packet_length: settings.header_length + settings.payload_length,
    }
}

fn open(options: &Options, remote: SocketAddr) -> Result<Box<dyn Transport>, Error> {
    let source = match (options.source, options.source_port, remote) {
        (Some(address), port, _) => Some(SocketAddr::new(address, port)),
        (None, 0, _) => None,
        (None, port, SocketAddr::V4(_)) => Some(SocketAddr::new(
            std::net::Ipv4Addr::UNSPECIFIED.into(),
            port,
        )),
        (None, port, SocketAddr::V6(_)) => Some(SocketAddr::new(
            std::net::Ipv6Addr::UNSPECIFIED.into(),
            port,
        )),
    };
    let discovery = if options.dont_fragment {
        PathMtuDiscovery::Probe
    } else {
        PathMtuDiscovery::Dont
    };
    let socket = SocketOptions {
        interface: options.interface.clone(),
        source,
        traffic_class: options.traffic_class,
        path_mtu_discovery: Some(discovery),
        dont_route: options.dont_route,
        mark: options.mark,
        ..SocketOptions::default()
    };
    let mut to = remote;
    if options.method != Method::Icmp {
        to.set_port(options.port);
    }
    let wait = Duration::from_nanos(options.wait.max.max(1));
    match options.method {
        Method::Udp => {
            let transport = UdpTransport::open(to, 1, &socket)?;
            transport.local()?;
            Ok(Box::new(transport))
        }
        Method::Icmp => {
            let transport = IcmpTransport::open(to, &socket)?;
            transport.local()?;
            Ok(Box::new(transport))
        }
        Method::TcpConnect => Ok(Box::new(TcpConnectTransport::open(to, wait, &socket)?)),
        Method::Tcp => match TcpRawTransport::open(to, &socket) {
            Ok(transport) => Ok(Box::new(transport)),
            Err(Error::AccessDenied | Error::Denied(_) | Error::NotSupported) => {
                Ok(Box::new(TcpConnectTransport::open(to, wait, &socket)?))
            }
            Err(error) => Err(error),
        },
    }
}

/// Why nothing can be sent, after the system call that traceroute makes for it.
fn opening(error: &Error) -> String {
    match error {
        Error::Denied(_) => format!("traceroute: {error}"),
        Error::NoSuchDevice => format!("setsockopt SO_BINDTODEVICE: {error}"),
        Error::AddressNotBindable | Error::AddressInUse => format!("bind: {error}"),
        Error::NetworkUnreachable | Error::RemoteUnreachable => format!("connect: {error}"),
        Error::AccessDenied => format!("socket: {error}"),
        _ => format!("traceroute: {error}"),
    }
}

fn running(error: &Error) -> String {
    match error {
        Error::NetworkUnreachable | Error::AddressNotBindable => format!("connect: {error}"),
        _ => format!("recvmsg: {error}"),
    }
}
