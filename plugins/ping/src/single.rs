//! Pings one target: moves packets between the socket and the engine, and facts to the output.

use std::io::{self, IsTerminal, Stdout};
use std::net::Ipv6Addr;
use std::time::Duration;

use futures::{FutureExt, StreamExt, select_biased, stream};
use nethost_sdk::icmp::{EchoBatch, EchoError, EchoSocket, Echoes, Reply};
use nethost_sdk::names::Names;
use nethost_sdk::output::{Format, Output, complain};
use nethost_sdk::socket::{ErrorOrigin, Remote};
use nethost_sdk::wire::icmp;
use nethost_sdk::{Error, Exit, Signal, Timestamp, clock, console, interrupted};

use crate::dots::{Dots, Sign};
use crate::engine::{Engine, Limits, Step};
use crate::names::numeric;
use crate::options::Options;
use crate::plot::Plot;
use crate::report::{self, Fact, IcmpError, Start, Style, Summary};
use crate::{failed, icmp_words, names, open, payload};

/// The engine's time starts here, so that a burst can begin before the first packet.
const EPOCH: u64 = 1 << 60;
/// The largest payload whose IPv4 length field holds it.
const LARGEST: usize = 65_507;
/// Packets moved in one call.
const BATCH: u32 = 64;

struct Run<'a> {
    options: &'a Options,
    host: String,
    socket: EchoSocket,
    names: Names,
    engine: Engine,
    payload: Vec<u8>,
    batch: EchoBatch,
    numbers: Vec<u64>,
    output: Output<Stdout>,
    last_stamp: Option<Timestamp>,
    flushed: bool,
    dots: Dots,
    /// The picture of --plot.
    plot: Option<Plot>,
}

/// The exit code, or why it could not start.
pub(crate) async fn ping(target: &str, options: &Options) -> Result<u8, Exit> {
    let (remote, literal) = names::address(target, options.family, options.device.as_deref())
        .await
        .map_err(failed)?;
    let (socket, local) = open::open(remote, options).map_err(failed)?;
    let mut names = match options.numeric || literal {
        true => Names::none(),
        false => Names::new(names::settings()),
    };
    let host = nethost_sdk::text::printable(target).into_owned();
    let start = Start {
        host: host.clone(),
        address: numeric(remote),
        label: if remote.is_ipv6() {
            match literal && target.parse() == Ok(Ipv6Addr::UNSPECIFIED) {
                // What was typed, as the native one has it, though the packets go to the loopback.
                true => Ipv6Addr::UNSPECIFIED.to_string(),
                false => names::label(&mut names, remote).await,
            }
        } else {
            String::new()
        },
        v6: remote.is_ipv6(),
        from: (options.device.is_some() || options.source.is_some() || options.sticky)
            .then(|| (numeric(local), options.device.clone().unwrap_or_default())),
        size: options.size,
        pattern: options.pattern.clone(),
    };
    let engine = Engine::new(Limits {
        count: options.count,
        deadline: options.deadline,
        linger: options.linger.unwrap_or(Duration::from_secs(10)),
        interval: options.interval(),
        preload: options.preload,
        adaptive: options.adaptive,
    });
    let mut run = Run {
        options,
        host,
        socket,
        names,
        engine,
        payload: payload::fill(options.size, &options.pattern),
        batch: EchoBatch::new(),
        numbers: Vec::new(),
        output: Output::stdout(options.format),
        last_stamp: None,
        flushed: true,
        dots: Dots::new(io::stdout().is_terminal()),
        plot: None,
    };
    let start = Fact::Start(start);
    if options.plot && options.format == Format::Text && !options.quiet {
        run.plot = Plot::open(start.to_string().trim_end().to_owned())?;
    }
    if run.plot.is_none() {
        run.output.fact(&start)?;
    }
    run.go().await?;
    if run.plot.take().is_some() {
        run.output.fact(&start)?;
    }
    run.finish()?;
    Ok(u8::from(run.engine.failed()))
}

impl Run<'_> {
    async fn go(&mut self) -> Result<(), Exit> {
        let start = clock::now();
        let now = || EPOCH + clock::now().since(start).as_nanos() as u64;
        let mut signal = Box::pin(interrupted().fuse());
        let mut keys = match &self.plot {
            Some(plot) => plot.keys(),
            None => stream::pending().boxed_local(),
        };
        loop {
            let until = match self.send_due(now())? {
                Some(until) => until,
                None => return Ok(()),
            };
            self.flush()?;
            let until = self.draw(now())?.map_or(until, |due| due.min(until));
            let timeout = Duration::from_nanos(until.saturating_sub(now()));
            let received = {
                let mut receiving = std::pin::pin!(self.socket.receive(BATCH, timeout).fuse());
                loop {
                    select_biased! {
                        received = receiving => break received,
                        key = keys.next().fuse() => match (key, &mut self.plot) {
                            (Some(Ok(key)), Some(plot)) => {
                                if plot.press(key) {
                                    return Ok(());
                                }
                                let summary = summary(self.options, &self.host, &self.engine);
                                plot.draw(now(), &summary)?;
                            }
                            (Some(Err(error)), _) => return Err(failed(error)),
                            _ => {}
                        },
                        heard = signal => {
                            match (heard, &mut self.plot) {
                                (Signal::Interrupt, _) => return Ok(()),
                                (_, Some(plot)) => plot.resized(),
                                (Signal::Quit, None) => {
                                    let line = self.summary().interim();
                                    // Dots on a terminal cannot be erased here, so the line begins at the cursor.
                                    match io::stderr().is_terminal() {
                                        true => complain(line.trim_start_matches('\r')),
                                        false => complain(line),
                                    }
                                }
                                (Signal::WindowChange, None) => {}
                            }
                            signal.set(interrupted().fuse());
                        }
                    }
                }
            };
            match received {
                Ok(received) => self.take(&received).await?,
                Err(denied @ Error::Denied(_)) => return Err(failed(denied)),
                Err(error) => {
                    complain(format_args!("ping: recvmsg: {error}"));
                    // A permanent error must not cause a busy loop.
                    clock::wait_for(Duration::from_millis(10)).await;
                }
            }
        }
    }

    /// Sends what is due. Returns until when to wait, or none at the end.
    fn send_due(&mut self, now: u64) -> Result<Option<u64>, Exit> {
        loop {
            self.batch.clear();
            self.numbers.clear();
            let mut next = self.engine.step(now);
            while let Step::Send {
                number,
                outstanding,
            } = next
            {
                if outstanding && self.options.outstanding {
                    let stamp = self.last_stamp.filter(|_| self.options.timestamps);
                    self.tell(&Fact::Outstanding {
                        sequence: (number - 1) as u16,
                        stamp,
                    })?;
                }
                self.batch.push(Remote::FIRST, number as u16, &self.payload);
                self.numbers.push(number);
                if self.batch.len() >= BATCH as usize {
                    break;
                }
                next = self.engine.step(now);
            }
            self.send(now)?;
            match next {
                Step::Done => return Ok(None),
                // A send that failed may have changed what comes next.
                Step::Wait(_) if self.numbers.is_empty() => {}
                _ => continue,
            }
            if let Step::Wait(until) = next {
                return Ok(Some(until));
            }
        }
    }

    /// Sends the batch, continuing after each failure.
    fn send(&mut self, now: u64) -> Result<(), Exit> {
        let mut done = 0;
        while !self.batch.is_empty() {
            let sent = self.socket.send(&self.batch);
            match sent {
                Ok(stamps) if !stamps.is_empty() => {
                    for (&number, &stamp) in self.numbers.iter().skip(done).zip(&stamps) {
                        self.engine.sent(number, stamp);
                        if let Some(plot) = &mut self.plot {
                            plot.sent(number);
                        }
                        self.last_stamp = Some(stamp);
                    }
                    self.sign(&Sign::Sent(stamps.len()));
                    self.batch.discard(stamps.len());
                    done += stamps.len();
                }
                Ok(_) => return Ok(()),
                Err(Error::OutOfMemory) => {
                    // The remaining packets are not sent. The engine counts them one by one.
                    for _ in done..self.numbers.len() {
                        if !self.engine.queue_full(now) {
                            self.complain(&Error::OutOfMemory)?;
                        }
                    }
                    return Ok(());
                }
                Err(denied @ Error::Denied(_)) => return Err(failed(denied)),
                Err(error) => {
                    match error {
                        // The error queue has the details.
                        Error::DatagramTooLarge => {}
                        Error::InvalidArgument(_) if self.payload.len() > LARGEST => {
                            self.engine.error(None);
                            self.local_error("local error: message too long, mtu=65535".into())?;
                        }
                        error => self.complain(&error)?,
                    }
                    self.batch.discard(1);
                    done += 1;
                }
            }
        }
        Ok(())
    }

    async fn take(&mut self, received: &Echoes) -> Result<(), Exit> {
        for error in received.errors() {
            self.error(error).await?;
        }
        for reply in received.replies() {
            // Replies after the last expected one are not read.
            if self.engine.has_enough() {
                break;
            }
            self.reply(reply).await?;
        }
        Ok(())
    }

    async fn reply(&mut self, reply: Reply<'_>) -> Result<(), Exit> {
        let Some(answer) = self.engine.reply(reply.sequence, reply.timestamp) else {
            return Ok(());
        };
        if let Some(back) = answer.went_back {
            let us = back.as_micros();
            self.warn(format!(
                "Warning: time of day goes back (-{us}us), taking countermeasures"
            ));
        }
        let truncated = reply.truncated || reply.payload.len() < self.payload.len();
        let wrong = payload::compare(&self.payload, reply.payload);
        self.engine.corrupted += u64::from(wrong.is_some());
        if let Some(plot) = &mut self.plot {
            plot.answered(reply.sequence, answer.trip);
            return Ok(());
        }
        if self.options.quiet {
            return Ok(());
        }
        if self.options.flood {
            self.sign(&Sign::Answered);
            return Ok(());
        }
        let dump = wrong
            .as_ref()
            .map(|wrong| payload::dump(wrong, reply.payload));
        let fact = Fact::Reply(report::Reply {
            source: numeric(reply.source),
            label: names::label(&mut self.names, reply.source).await,
            bytes: reply.payload.len() + icmp::ECHO_HEADER,
            sequence: reply.sequence,
            identifier: self.socket.identifier(),
            ttl: reply.hop_limit,
            trip: answer.trip,
            time: reply.timestamp,
            duplicate: answer.duplicate,
            reordered: answer.reordered,
            truncated,
            wrong,
            dump: dump.unwrap_or_default(),
            style: Style {
                timestamps: self.options.timestamps,
                verbose: self.options.verbose,
                audible: self.options.audible && !self.dots.on_terminal(),
            },
        });
        self.tell(&fact)?;
        if self.options.audible && self.options.format == Format::Text && self.dots.on_terminal() {
            self.flush()?;
            // A terminal that is gone is noticed by the next write.
            let _ = console::bell();
        }
        Ok(())
    }

    async fn error(&mut self, error: EchoError<'_>) -> Result<(), Exit> {
        let EchoError { sequence, error } = error;
        self.engine.error(sequence);
        if error.origin == ErrorOrigin::Local {
            let message = match error.code {
                Error::DatagramTooLarge => format!("message too long, mtu={}", error.info),
                code => code.to_string(),
            };
            return self.local_error(format!("local error: {message}"));
        }
        if self.options.quiet {
            return Ok(());
        }
        if self.options.flood && self.plot.is_none() {
            self.sign(&Sign::Failed);
            return Ok(());
        }
        let offender = error.offender.unwrap_or(error.remote);
        let words = match error.origin {
            ErrorOrigin::Icmp6 => icmp_words::v6,
            _ => icmp_words::v4,
        };
        let fact = Fact::Error(IcmpError {
            source: numeric(offender),
            label: names::label(&mut self.names, offender).await,
            sequence,
            icmp_type: error.icmp_type,
            icmp_code: error.icmp_code,
            info: error.info,
            message: words(error.icmp_type, error.icmp_code, error.info),
            time: error.timestamp,
            timestamps: self.options.timestamps,
        });
        self.tell(&fact)
    }

    /// What goes to standard error, or into the picture.
    fn warn(&mut self, message: String) {
        match &mut self.plot {
            Some(plot) => plot.tell(message),
            None => complain(format_args!("ping: {message}")),
        }
    }

    fn complain(&mut self, error: &Error) -> Result<(), Exit> {
        self.local_error(format!("sendmsg: {error}"))
    }

    fn local_error(&mut self, message: String) -> Result<(), Exit> {
        if self.options.quiet {
            return Ok(());
        }
        if self.options.flood && self.plot.is_none() {
            self.sign(&Sign::NotSent);
            return Ok(());
        }
        if self.options.format == Format::Text {
            self.warn(message.clone());
        }
        self.tell(&Fact::LocalError { message })
    }

    /// Flood's signs.
    fn sign(&mut self, sign: &Sign) {
        let is_shown = self.plot.is_none() && self.options.format == Format::Text;
        if self.options.flood && !self.options.quiet && is_shown {
            self.dots.add(sign);
            self.flushed = false;
        }
    }

    fn show_dots(&mut self) -> Result<(), Exit> {
        let (erased, text) = self.dots.take();
        if erased > 0 {
            // A terminal that is gone is noticed by the next write.
            let _ = console::erase(erased);
        }
        self.output.text(text)
    }

    fn tell(&mut self, fact: &Fact) -> Result<(), Exit> {
        if let Some(plot) = &mut self.plot {
            let text = fact.to_string();
            if !text.is_empty() {
                plot.tell(text.trim_end().to_owned());
            }
            return Ok(());
        }
        self.output.fact(fact)?;
        self.flushed = false;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Exit> {
        if !self.flushed {
            self.show_dots()?;
            self.output.flush()?;
            self.flushed = true;
        }
        Ok(())
    }

    fn summary(&self) -> Summary {
        summary(self.options, &self.host, &self.engine)
    }

    /// Draws the picture if it is due. Returns when the next one is.
    fn draw(&mut self, now: u64) -> Result<Option<u64>, Exit> {
        let Some(plot) = &mut self.plot else {
            return Ok(None);
        };
        if plot.due().is_some_and(|due| due <= now) {
            let summary = summary(self.options, &self.host, &self.engine);
            plot.draw(now, &summary)?;
        }
        Ok(plot.due())
    }

    fn finish(&mut self) -> Result<(), Exit> {
        self.show_dots()?;
        let summary = Fact::Summary(Box::new(self.summary()));
        self.output.fact(&summary)?;
        self.output.flush()
    }
}

fn summary(options: &Options, host: &str, engine: &Engine) -> Summary {
    let paced = options.flood || options.adaptive || options.interval().is_zero();
    Summary::of(host, engine, paced)
}
