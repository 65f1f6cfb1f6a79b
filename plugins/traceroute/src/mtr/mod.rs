//! mtr: the same path probed again and again, with statistics for every hop, as a table that keeps
//! changing or as a report at the end.

mod engine;
mod field;
mod hop;
mod options;
mod report;
mod screen;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use futures::future::pending;
use futures::{FutureExt, StreamExt, select_biased};
use nethost_sdk::names::Names;
use nethost_sdk::output::{complain, show};
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::terminal::{Key, Screen, StandardStream, is_terminal, keys, window_size};
use nethost_sdk::{Error, Exit, files, system};

use self::engine::{Engine, Settings};
use self::options::{Form, Options, Protocol, refuse};
use crate::target;
use crate::trace::{name_settings, now, until_interrupted, wait_until};
use crate::transport::{
    IcmpTransport, SendError, TcpConnectTransport, TcpRawTransport, Transport, UdpTransport,
};

/// Time between two pictures of the table.
const REFRESH: u64 = 100_000_000;

/// Runs mtr and returns its exit code.
pub(crate) async fn run(args: &[String]) -> Result<u8, Exit> {
    let mut options = options::parse(args)?;
    for path in std::mem::take(&mut options.files) {
        let text = files::read(&path).map_err(|error| match error {
            Error::Denied(_) => refuse(error),
            error => refuse(format_args!("open {path}: {error}")),
        })?;
        let text = String::from_utf8_lossy(&text);
        let names = text.lines().map(str::trim).filter(|name| !name.is_empty());
        options.hosts.extend(names.map(str::to_owned));
    }
    let on_terminal = is_terminal(StandardStream::Output) && is_terminal(StandardStream::Input);
    let is_interactive = options.form == Form::Screen;
    if is_interactive && !on_terminal {
        options.report();
    }
    for host in &std::mem::take(&mut options.hosts) {
        match target::resolve(host, options.family).await {
            Ok(remote) => {
                let screen = screen(&mut options)?;
                observe(&options, screen, host, remote).await?;
                // As the native one, a screen shows the first host, and ends the run when it is closed.
                if options.form == Form::Screen {
                    break;
                }
            }
            Err(error) => {
                let told = refuse(format_args!("Failed to resolve host: {host}: {error}"));
                // A report continues with the next host, and its exit code does not count this one.
                if is_interactive || error.is_denial() {
                    return Err(told);
                }
                complain(told.stderr);
            }
        }
    }
    Ok(0)
}

/// The window, if it is to be used. A terminal that has none for a screen gets a report.
fn screen(options: &mut Options) -> Result<Option<Screen>, Exit> {
    if options.form != Form::Screen {
        return Ok(None);
    }
    match Screen::open() {
        Ok(screen) => Ok(Some(screen)),
        Err(Error::NotSupported) => {
            options.report();
            Ok(None)
        }
        Err(error) => Err(refuse(error)),
    }
}

async fn observe(
    options: &Options,
    screen: Option<Screen>,
    host: &str,
    remote: SocketAddr,
) -> Result<(), Exit> {
    let settings = settings(options, remote);
    let transport = open(options, remote).map_err(refuse)?;
    let local = system::uname().map_or_else(|_| "localhost".into(), |facts| facts.nodename);
    let mut view = report::View::new(options, host, local, remote.ip(), jiff::Timestamp::now());
    let mut engine = Engine::new(settings, now());
    let mut names = Names::new(name_settings());
    names.set_enabled(!options.numeric);
    if options.form == Form::Report {
        show(view.start())?;
    }
    let mut answers = transport.answers();
    // Without a screen there is nothing to put in order, and a signal ends it as it ends the native one.
    let on_screen = screen.is_some();
    let interrupt = async {
        match on_screen {
            true => until_interrupted().await,
            false => pending().await,
        }
    };
    let mut interrupt = pin!(interrupt.fuse());
    let mut next_picture = now();
    let mut keys = keys(screen.as_ref());
    loop {
        let step = engine.step(now());
        if let Some(probe) = step.send {
            match transport.send(&probe) {
                Ok(stamp) => engine.sent(probe.id, stamp),
                Err(SendError::Later) => engine.not_sent(probe.id),
                // As the native one: a report without a hop.
                Err(SendError::Fatal(Error::NetworkUnreachable | Error::RemoteUnreachable))
                    if screen.is_none() =>
                {
                    engine.not_sent(probe.id);
                    break;
                }
                Err(SendError::Fatal(error)) => return Err(refuse(format_args!("send: {error}"))),
            }
            continue;
        }
        if step.finished && screen.is_none() && !names.is_busy() {
            break;
        }
        let mut wake = step.wake;
        if let Some(screen) = &screen {
            if now() >= next_picture {
                let width = window_size().map_or(80, |size| usize::from(size.columns));
                let lines = screen::lines(&view, &engine, &names, width);
                screen.draw(&lines).map_err(refuse)?;
                next_picture = now() + REFRESH;
            }
            wake = Some(wake.map_or(next_picture, |wake| wake.min(next_picture)));
        }
        select_biased! {
            () = interrupt => break,
            batch = answers.next().fuse() => {
                let batch = batch.ok_or_else(|| refuse("no more answers"))?.map_err(refuse)?;
                for answer in batch {
                    if let Some(address) = answer.from {
                        names.want(address);
                    }
                    engine.answer(&answer, now());
                }
            }
            key = keys.next().fuse() => match key {
                Some(Ok(key)) if press(key, &mut engine, &mut names, &mut view) => break,
                Some(Err(error)) => return Err(refuse(error)),
                Some(Ok(_)) | None => {}
            },
            () = names.next().fuse() => {}
            () = wait_until(wake).fuse() => {}
        }
    }
    drop(keys);
    drop(screen);
    engine.settle();
    let name = |address| names.get(address).known().map(str::to_owned);
    show(report::closing(&view, &engine, &name))
}

/// Obeys a key; whether it was the one to quit.
fn press(key: Key, engine: &mut Engine, names: &mut Names, view: &mut report::View) -> bool {
    let Key::Character(character) = key else {
        return false;
    };
    match character {
        'q' | 'Q' => return true,
        'p' => engine.pause(),
        ' ' => engine.resume(now()),
        'r' => engine.restart(now()),
        'n' => {
            view.numeric = !view.numeric;
            names.set_enabled(!view.numeric);
            engine.addresses().for_each(|address| names.want(address));
        }
        'e' => view.extensions = !view.extensions,
        'd' => view.display = view.display.next(),
        'j' => {
            view.jitter = !view.jitter;
            view.sorted_by = None;
        }
        '<' => view.sort_by_next(false),
        '>' => view.sort_by_next(true),
        _ => {}
    }
    false
}

fn settings(options: &Options, remote: SocketAddr) -> Settings {
    let ip = if remote.is_ipv4() { 20 } else { 40 };
    let payload = match options.protocol {
        Protocol::Icmp | Protocol::Udp => usize::from(options.packet_length).saturating_sub(ip + 8),
        Protocol::Tcp => 0,
    };
    Settings {
        first_hop: options.first_hop,
        max_hops: options.max_hops,
        max_unknown: options.max_unknown,
        interval: options.interval,
        cycles: options.cycles,
        grace: options.grace,
        timeout: options.timeout,
        flows: options.paths,
        payload,
        numbered: options.protocol != Protocol::Udp || UdpTransport::numbers(payload),
    }
}

/// Where packets leave from: the address of `-a`, and for UDP the port of `-L`.
fn source(options: &Options, remote: SocketAddr) -> Option<SocketAddr> {
    let port = match options.protocol {
        Protocol::Udp => options.local_port,
        Protocol::Icmp | Protocol::Tcp => 0,
    };
    let any = match remote {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let address = options.source.or((port != 0).then_some(any))?;
    Some(SocketAddr::new(address, port))
}

fn open(options: &Options, remote: SocketAddr) -> Result<Box<dyn Transport>, Error> {
    let socket = SocketOptions {
        interface: options.interface.clone(),
        source: source(options, remote),
        traffic_class: options.traffic_class,
        mark: options.mark,
        ..SocketOptions::default()
    };
    let mut to = remote;
    if options.protocol != Protocol::Icmp {
        to.set_port(options.port);
    }
    let fill = u8::try_from(options.fill.unwrap_or(0)).unwrap_or(now() as u8);
    Ok(match options.protocol {
        Protocol::Icmp => Box::new(IcmpTransport::open(to, &socket)?.filled(fill)),
        Protocol::Udp => Box::new(UdpTransport::open(to, options.paths, &socket)?.filled(fill)),
        Protocol::Tcp => match TcpRawTransport::open(to, &socket) {
            Ok(transport) => Box::new(transport),
            Err(Error::AccessDenied | Error::Denied(_)) if options.paths == 1 => {
                let wait = Duration::from_nanos(options.timeout);
                Box::new(TcpConnectTransport::open(to, wait, &socket)?)
            }
            Err(error) => return Err(error),
        },
    })
}
