//! What becomes of packets, wherever they are from: chosen, counted, written, printed.

use std::cell::RefCell;
use std::io::Stdout;
use std::rc::Rc;

use nethost_sdk::clock::local_zone;
use nethost_sdk::names::{Names, Settings as NameSettings};
use nethost_sdk::netdb::Services;
use nethost_sdk::output::{Format, Output};
use nethost_sdk::{Exit, Timestamp};

use crate::filter::Machine;
use crate::flows::Flows;
use crate::json::{Line, Passed};
use crate::options::Options;
use crate::print::stamp::Times;
use crate::print::{Packet, Printer};
use crate::write::{Dump, Flow, Written};

/// Text that is handed over at once.
const CHUNK: usize = 64 * 1024;

/// Takes packets.
pub(crate) struct Packets<'a> {
    options: &'a Options,
    pub(crate) printer: Printer,
    times: Times,
    names: Names,
    output: Output<Stdout>,
    /// Chooses among packets that nobody has chosen among before.
    pub(crate) filter: Rc<Machine>,
    pub(crate) dump: Option<Dump>,
    /// Shared with those who show them meanwhile.
    pub(crate) flows: Option<Rc<RefCell<Flows>>>,
    /// Packets that the filter has accepted, and those of them that were not skipped.
    seen: u64,
    pub(crate) shown: u64,
    /// The hour for which the time zone is known.
    hour: Option<i64>,
}

impl<'a> Packets<'a> {
    pub(crate) fn new(options: &'a Options) -> Self {
        let mut printer = Printer::new(options.settings());
        if options.set.numeric == 0 && options.prints() {
            printer.names.hosts_wanted = true;
            printer.names.services = Some(Services::default());
        }
        Self {
            options,
            printer,
            times: Times::default(),
            names: Names::new(NameSettings::default()),
            output: Output::stdout(Format::Text),
            filter: Rc::default(),
            dump: None,
            flows: options
                .flows
                .then(|| Rc::new(RefCell::new(Flows::new(options.set.nano)))),
            seen: 0,
            shown: 0,
            hour: None,
        }
    }

    /// Takes a packet.
    pub(crate) async fn take(
        &mut self,
        packet: &Packet<'_>,
        passed: Option<Passed<'_>>,
    ) -> Result<Flow, Exit> {
        if !self.filter.accepts(packet.octets, packet.length as u32) {
            return Ok(Flow::GoOn);
        }
        self.seen += 1;
        if self.seen <= self.options.skip {
            return Ok(Flow::GoOn);
        }
        self.shown += 1;
        if let Some(dump) = &mut self.dump {
            let written = Written {
                link: packet.link,
                seconds: packet.seconds,
                fraction: packet.fraction,
                length: packet.length as u32,
                octets: packet.octets,
            };
            if dump.packet(&written, now)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        if let Some(flows) = &self.flows {
            flows.borrow_mut().packet(packet);
        }
        let sampling = u64::from(self.options.set.sampling);
        let sampled = sampling == 0 || self.seen.is_multiple_of(sampling);
        if self.options.prints() && sampled {
            self.print(packet, passed).await;
            if self.printer.out.len() >= CHUNK || self.options.line_buffered {
                self.hand_over()?;
            }
        }
        Ok(match self.options.count {
            Some(count) if self.shown >= count => Flow::Stop,
            _ => Flow::GoOn,
        })
    }

    async fn print(&mut self, packet: &Packet<'_>, passed: Option<Passed<'_>>) {
        self.zone_at(packet.seconds);
        if self.printer.names.hosts_wanted {
            self.look_up(packet).await;
        }
        let start = self.printer.out.len();
        self.printer.packet(packet, self.seen, &mut self.times);
        if self.options.json {
            let text = self.printer.out.split_off(start);
            let line = Line::of(packet, self.seen, self.options.set.nano, passed, &text);
            // What is made of text and numbers is always an object.
            self.printer.out += &serde_json::to_string(&line).unwrap_or_default();
            self.printer.out.push('\n');
        }
    }

    /// Looks up the names that a packet's text needs: prints it once without keeping anything of it.
    async fn look_up(&mut self, packet: &Packet<'_>) {
        let before = self.printer.out.len();
        let mut times = self.times;
        self.printer.sequences.frozen = true;
        self.printer.packet(packet, self.seen, &mut times);
        self.printer.sequences.frozen = false;
        self.printer.out.truncate(before);
        let missing = self.printer.names.take_missing();
        self.names.find_all(missing.iter().copied()).await;
        for address in missing {
            let name = self.names.get(address).known().map(str::to_owned);
            let name =
                name.map(
                    |name| match (self.options.set.short_names, name.split_once('.')) {
                        (true, Some((host, _))) => host.to_owned(),
                        _ => name,
                    },
                );
            self.printer.names.learn(address, name);
        }
    }

    fn zone_at(&mut self, seconds: i64) {
        let hour = seconds.div_euclid(3600);
        if self.hour != Some(hour) {
            self.hour = Some(hour);
            let at = Timestamp::from_nanos(
                u64::try_from(seconds)
                    .unwrap_or(0)
                    .saturating_mul(1_000_000_000),
            );
            self.printer.set.zone = local_zone(at).seconds_east / 60;
        }
    }

    /// Hands over all text.
    pub(crate) fn hand_over(&mut self) -> Result<(), Exit> {
        self.output.text(&self.printer.out)?;
        self.printer.out.clear();
        self.output.flush()
    }

    /// Hands over all text and all packets.
    pub(crate) fn flush(&mut self) -> Result<(), Exit> {
        if let Some(dump) = &mut self.dump {
            dump.flush()?;
        }
        self.hand_over()
    }

    /// The end: what is told of all packets together.
    pub(crate) fn end(&mut self) -> Result<(), Exit> {
        self.flush()?;
        match self.flows.take() {
            Some(flows) => self.say(&flows.borrow().text(self.options.json)),
            None => Ok(()),
        }
    }

    /// Writes text to standard output, after everything before.
    pub(crate) fn say(&mut self, text: &str) -> Result<(), Exit> {
        self.hand_over()?;
        self.output.text(text)?;
        self.output.flush()
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(0))
}
