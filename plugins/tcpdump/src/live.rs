//! Captures packets as they pass.

use std::cell::Cell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use futures::future::{Either, select};
use nethost_sdk::capture::{CaptureOptions, Instruction, Origin, Session};
use nethost_sdk::output::complain;
use nethost_sdk::terminal::Screen;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, report_wanted, until_end};

use crate::devices::{self, ANY, COOKED_2, Device};
use crate::filter::{self, Machine};
use crate::flows::view;
use crate::json::Passed;
use crate::options::{Direction, Options};
use crate::packets::{Packets, now};
use crate::print::Packet;
use crate::write::{About, Dump, Flow};
use crate::{failed, links};

/// Packets that are received at once.
const AT_ONCE: u32 = 8192;
/// How long one call waits.
const PATIENCE: Duration = Duration::from_secs(60);
/// sll_pkttype of packets that this machine sends.
const OUTGOING: u8 = 4;

/// Captures until there are enough packets, or the operator ends it.
pub(crate) async fn capture(options: &Options) -> Result<u8, Exit> {
    let device = devices::chosen(options.interface.as_deref())?;
    if options.list_links {
        complain(device.list_links().trim_end());
        return Ok(0);
    }
    if options.list_stamps {
        complain(format_args!(
            "Time stamp types for {} (use option -j to set):\n  host (Host)",
            printable(&device.name)
        ));
        return Ok(0);
    }
    let setup = Setup::of(options, device)?;
    let expression = filter::expression(options)?;
    // Native tcpdump looks for the mask only with -f.
    let netmask = match options.set.foreign_numeric && !setup.device.is_any() {
        true => devices::netmask(&setup.device),
        false => 0,
    };
    let program = match expression.is_empty() && options.listing == 0 {
        // Everything.
        true => Vec::new(),
        false => {
            let (link, snapshot, optimize) = (setup.link, setup.snapshot, !options.plain);
            let origin = Origin::Live;
            filter::compile(&expression, link, snapshot, netmask, origin, optimize).await?
        }
    };
    if options.listing > 0 {
        return Err(Exit::done(filter::print(&program, options.listing)));
    }
    let mut packets = Packets::new(options);
    packets.printer.interfaces.clone_from(&setup.names);
    let session = match setup.open(options, program.clone()) {
        // Where the kernel cannot run the program, it is run here, as libpcap does.
        Err(Error::InvalidArgument(_)) => {
            packets.filter = Rc::new(Machine::new(program).map_err(failed)?);
            setup.open(options, Vec::new())
        }
        opened => opened,
    };
    let session = session.map_err(|error| setup.refused(error))?;
    let snapshot = session.snapshot();
    if let Some(file) = &options.write {
        let about = About {
            link: setup.link,
            snapshot,
            nano: options.set.nano,
            interface: Some(setup.device.name.clone()),
            filter: Some(expression),
        };
        packets.dump = Some(Dump::open(options, file, about, now())?);
    }
    let silent = options.set.verbose == 0 && options.write.is_none();
    if silent {
        complain("tcpdump: verbose output suppressed, use -v[v]... for full protocol decode");
    }
    complain(format_args!(
        "{}listening on {}, link-type {}, snapshot length {snapshot} bytes",
        if silent { "" } else { "tcpdump: " },
        printable(&setup.device.name),
        links::described(setup.link)
    ));
    let captured = Cell::new(0);
    let flows = packets
        .flows
        .clone()
        .filter(|_| !options.json && options.write.as_deref() != Some("-"));
    let view = match flows {
        Some(flows) => screen()?.map(|screen| (screen, flows)),
        None => None,
    };
    let taking = take(&session, &mut packets, &setup, options, &captured);
    let taken = match &view {
        None => until_end(told(taking, &session, &captured)).await,
        Some((screen, flows)) => {
            let name = printable(&setup.device.name);
            let watching = view::watch(screen, flows, &captured, &name);
            let either = async {
                match select(pin!(taking), pin!(watching)).await {
                    Either::Left((ended, _)) | Either::Right((ended, _)) => ended,
                }
            };
            until_end(either).await
        }
    };
    drop(view);
    let (ended, failure) = match taken {
        Ok(Ok(())) => (false, None),
        Ok(Err(exit)) => (false, Some(exit)),
        Err(_) => (true, None),
    };
    let flushed = packets.end();
    if ended && options.write.is_none() {
        packets.say("\n")?;
    }
    report(&session, packets.shown, Form::Lines)?;
    match failure {
        Some(exit) => Err(exit),
        None => flushed.map(|()| 0),
    }
}

/// The window, if there is a terminal that can show one.
fn screen() -> Result<Option<Screen>, Exit> {
    match Screen::open() {
        Ok(screen) => Ok(Some(screen)),
        Err(Error::NotSupported) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Tells the counters whenever the operator asks for them, while packets are taken.
async fn told(
    taking: impl Future<Output = Result<(), Exit>>,
    session: &Session,
    captured: &Cell<u64>,
) -> Result<(), Exit> {
    let telling = async {
        loop {
            report_wanted().await;
            report(session, captured.get(), Form::Line)?;
        }
    };
    match select(pin!(taking), pin!(telling)).await {
        Either::Left((taken, _)) => taken,
        Either::Right((untold, _)) => untold,
    }
}

/// Takes packets until there are enough.
async fn take(
    session: &Session,
    packets: &mut Packets<'_>,
    setup: &Setup,
    options: &Options,
    captured: &Cell<u64>,
) -> Result<(), Exit> {
    let unit = if options.set.nano { 1 } else { 1000 };
    loop {
        let most = match options.count {
            Some(count) if options.skip == 0 => {
                let missing = count.saturating_sub(packets.shown).max(1);
                AT_ONCE.min(u32::try_from(missing).unwrap_or(AT_ONCE))
            }
            _ => AT_ONCE,
        };
        let batch = session.receive(most, PATIENCE).await;
        let batch = batch.map_err(|error| setup.refused(error))?;
        for received in batch.packets() {
            let wanted = match options.direction {
                Direction::Both => true,
                Direction::In => received.kind != OUTGOING,
                Direction::Out => received.kind == OUTGOING,
            };
            if !wanted {
                continue;
            }
            let nanoseconds = received.timestamp.as_nanos();
            let packet = Packet {
                seconds: (nanoseconds / 1_000_000_000).cast_signed(),
                fraction: (nanoseconds % 1_000_000_000) as u32 / unit,
                length: received.original as usize,
                link: setup.link,
                octets: received.octets,
            };
            let names = &mut packets.printer.interfaces;
            if !names.contains_key(&received.interface) {
                // It is newer than the capture, or gone already.
                names.extend(devices::names_of_interfaces().unwrap_or_default());
            }
            let interface = names.entry(received.interface);
            let interface = Rc::clone(interface.or_insert_with(|| "?".into()));
            let passed = Passed {
                interface: &interface,
                kind: received.kind,
            };
            let flow = packets.take(&packet, Some(passed)).await?;
            captured.set(packets.shown);
            if flow == Flow::Stop {
                return Ok(());
            }
        }
        // Somebody may be watching, and others may read the file.
        packets.flush()?;
        let mut yielded = false;
        // Signals are heard between batches, however many there are.
        poll_fn(|context| {
            if yielded {
                return Poll::Ready(());
            }
            yielded = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// What is captured, and how.
struct Setup {
    device: Device,
    link: u32,
    snapshot: u32,
    /// The names of all interfaces, by index.
    names: HashMap<u32, Rc<str>>,
}

impl Setup {
    fn of(options: &Options, device: Device) -> Result<Self, Exit> {
        if !device.is_up() {
            let name = printable(&device.name);
            return Err(failed(format_args!("{name}: That device is not up")));
        }
        if options.monitor {
            let name = printable(&device.name);
            return Err(failed(format_args!(
                "{name}: That device doesn't support monitor mode"
            )));
        }
        if let Some(stamp) = options.stamp_type.as_ref().filter(|stamp| *stamp != "host") {
            complain(format_args!(
                "tcpdump: WARNING: When trying to set timestamp type '{stamp}' on {}: That type of time stamp is not supported by that device",
                printable(&device.name)
            ));
        }
        // Who names `any` gets the newer form.
        let of_any = options.interface.as_deref() == Some(ANY) && device.is_any();
        let wanted = options.link.or(of_any.then_some(COOKED_2));
        let link = device.link(wanted)?;
        if wanted.is_some() {
            complain(format_args!(
                "tcpdump: data link type {}",
                links::named(link)
            ));
        }
        Ok(Self {
            device,
            link,
            snapshot: options.snapshot,
            names: devices::names_of_interfaces()?,
        })
    }

    fn open(&self, options: &Options, filter: Vec<Instruction>) -> Result<Session, Error> {
        let wanted = CaptureOptions {
            link: self.link,
            snapshot: self.snapshot,
            promiscuous: !options.not_promiscuous,
            buffer: options.buffer.saturating_mul(1024),
            // Somebody who watches wants to see a packet when it passes.
            immediate: options.immediate || options.line_buffered,
            filter,
        };
        let name = (!self.device.is_any()).then_some(self.device.name.as_str());
        Session::open(name, &wanted)
    }

    fn refused(&self, error: Error) -> Exit {
        let name = printable(&self.device.name);
        match error {
            Error::AccessDenied => failed(format_args!(
                "{name}: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)"
            )),
            Error::Denied(denial) => failed(denial),
            Error::NoSuchDevice => failed(format_args!(
                "{name}: No such device exists\n(No such device exists)"
            )),
            error => failed(format_args!("{name}: {error}")),
        }
    }
}

/// How the counters are told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// At the end.
    Lines,
    /// In between.
    Line,
}

/// Tells the counters.
fn report(session: &Session, captured: u64, form: Form) -> Result<(), Exit> {
    let counts = session.statistics().map_err(failed)?;
    let all = [
        (captured, "captured"),
        (counts.received, "received by filter"),
        (counts.dropped, "dropped by kernel"),
    ];
    let parts = all.map(|(count, what)| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} packet{plural} {what}")
    });
    match form {
        Form::Lines => complain(parts.join("\n")),
        Form::Line => complain(format_args!("tcpdump: {}", parts.join(", "))),
    }
    Ok(())
}
