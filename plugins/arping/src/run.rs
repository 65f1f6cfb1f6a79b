//! Opens the sockets, sends and receives as the engine says, and prints.

use std::time::Duration;

use nethost_sdk::clock::{self, Mark};
use nethost_sdk::output::{Format, Output, complain};
use nethost_sdk::packet::{ARP, Link, PacketKind, Receiver, Sender};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, Timestamp, until_end};

use crate::engine::{Due, Ends, Engine};
use crate::flags::Options;
use crate::packet::Arp;
use crate::report::{Answer, Start, Summary};
use crate::{failed, source};

/// IFF_UP, IFF_LOOPBACK and IFF_NOARP of netdevice(7).
const UP: u32 = 1;
const LOOPBACK: u32 = 8;
const NO_ARP: u32 = 0x80;

/// The longest wait for packets, if nothing limits it.
const LONG: Duration = Duration::from_secs(3600);

/// One run.
pub(crate) async fn run(options: &Options, destination: &str) -> Result<u8, Exit> {
    let destination = source::destination(destination).await?;
    let interface = match &options.interface {
        Some(name) => name.clone(),
        None => source::interface(destination)?,
    };
    let shown = printable(&interface).to_string();
    let sender = Sender::open(&interface, ARP).map_err(|error| match error {
        Error::NoSuchDevice => failed(2, format_args!("Device {shown} not available.")),
        Error::Denied(_) => failed(2, &error),
        error => failed(2, format_args!("socket: {error}")),
    })?;
    let link = sender.link();
    usable(&link, &shown, options)?;
    let source = source::source(options, destination, &interface)?;
    let receiver = Receiver::open(&interface, ARP).map_err(|error| failed(2, &error))?;
    let mut output = Output::stdout(options.format);
    let quiet = options.quiet;
    if !quiet {
        output.fact(&Start {
            destination,
            source,
            interface: &shown,
        })?;
        output.flush()?;
    }
    if source.is_unspecified() && !options.duplicates {
        return Err(failed(2, "no source address in not-DAD mode"));
    }
    let broadcast = match link.broadcast.len() == link.address.len() {
        true => link.broadcast,
        false => {
            if !quiet {
                complain("WARNING: using default broadcast address.");
            }
            vec![0xff; link.address.len()]
        }
    };
    let ends = Ends {
        hardware_type: link.hardware_type,
        own: link.address,
        source,
        destination,
    };
    let mut run = Run {
        engine: Engine::new(options, ends),
        sender,
        receiver,
        broadcast,
        output,
        quiet,
        began: clock::now(),
        last: None,
    };
    // An interrupted run ends like any other.
    if let Ok(Err(exit)) = until_end(run.exchange()).await {
        return Err(exit);
    }
    run.finish()
}

/// Whether ARP is possible on the interface.
fn usable(link: &Link, shown: &str, options: &Options) -> Result<(), Exit> {
    let (why, code) = if link.flags & UP == 0 {
        ("is down", 2)
    } else if link.flags & (LOOPBACK | NO_ARP) != 0 {
        ("is not ARPable", if options.duplicates { 0 } else { 2 })
    } else if link.address.is_empty() {
        return Err(failed(2, format_args!("Device {shown} not available.")));
    } else {
        return Ok(());
    };
    if options.format == Format::Json && code != 0 {
        return Err(failed(code, format_args!("Interface \"{shown}\" {why}")));
    }
    let stdout = match options.quiet || options.format == Format::Json {
        true => String::new(),
        false => format!("Interface \"{shown}\" {why}\n"),
    };
    Err(Exit {
        code,
        stdout,
        ..Exit::default()
    })
}

struct Run {
    engine: Engine,
    sender: Sender,
    receiver: Receiver,
    broadcast: Vec<u8>,
    output: Output<std::io::Stdout>,
    quiet: bool,
    began: Mark,
    /// When the last packet was sent.
    last: Option<Timestamp>,
}

impl Run {
    async fn exchange(&mut self) -> Result<(), Exit> {
        self.began = clock::now();
        self.send()?;
        loop {
            let now = clock::now().since(self.began);
            match self.engine.due(now) {
                Due::Send => self.send()?,
                Due::End => return Ok(()),
                Due::Wait => {
                    let until = self.engine.until();
                    let wait = until.map_or(LONG, |until| until.saturating_sub(now));
                    if self.receive(wait).await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn send(&mut self) -> Result<(), Exit> {
        let packet = self.engine.packet(&self.broadcast);
        let to = self.engine.unicast.as_ref().unwrap_or(&self.broadcast);
        match self.sender.send(&packet, to) {
            Ok(sent) => {
                self.last = Some(sent);
                self.engine.sent();
                Ok(())
            }
            Err(error @ Error::Denied(_)) => Err(failed(2, &error)),
            // The interface went down: iputils learns it when it receives.
            Err(Error::NetworkUnreachable) if self.last.is_some() => {
                Err(failed(2, "recvfrom: Network is down"))
            }
            // iputils goes on when a packet could not be sent.
            Err(_) => Ok(()),
        }
    }

    /// Receives for a while. Returns true after the last answer.
    async fn receive(&mut self, wait: Duration) -> Result<bool, Exit> {
        let received = self.receiver.receive(64, wait).await;
        let received = received.map_err(|error| failed(2, &error))?;
        for (incoming, bytes) in received.packets() {
            let Some(packet) = Arp::parse(bytes) else {
                continue;
            };
            if !self.engine.is_answer(&packet) {
                continue;
            }
            let unicast = incoming.kind == PacketKind::Host;
            if !self.quiet {
                let at = Timestamp::from_nanos(incoming.timestamp);
                let took = self.last.and_then(|last| at.since(last));
                let took = took.unwrap_or_default();
                let answer = Answer::new(&packet, unicast, took, self.engine.ends());
                self.output.fact(&answer)?;
                self.output.flush()?;
            }
            if self.engine.answered(&packet, unicast) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn finish(&mut self) -> Result<u8, Exit> {
        if !self.quiet {
            let counts = self.engine.counts;
            self.output.fact(&Summary { counts })?;
            self.output.flush()?;
        }
        Ok(self.engine.code())
    }
}
