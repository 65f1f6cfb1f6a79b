//! Reads capture files and prints what they hold.

use std::io::{Cursor, Read};

use nethost_sdk::clock::local_zone;
use nethost_sdk::names::{Names, Settings as NameSettings};
use nethost_sdk::output::{Format, Output, complain};
use nethost_sdk::text::printable;
use nethost_sdk::{Exit, Timestamp, files};

use crate::options::{FAILED, Options};
use crate::print::stamp::Times;
use crate::print::{Packet, Printer};
use crate::savefile::{Reader, Record};
use crate::{failed, links};

/// Text that is handed over at once.
const CHUNK: usize = 64 * 1024;

type Source = Box<dyn Read>;

/// Reads the file of -r, or those of -V one after the other.
pub(crate) async fn all(options: &Options) -> Result<u8, Exit> {
    let mut printing = Printing::new(options);
    for file in files_to_read(options)? {
        let source = open(&file)?;
        let reader = Reader::new(source, options.set.nano).map_err(failed)?;
        let (link, snapshot) = (links::described(reader.link()), reader.snapshot());
        complain(format_args!(
            "reading from file {}, link-type {link}, snapshot length {snapshot}",
            printable(&file)
        ));
        if printing.file(reader).await? {
            break;
        }
    }
    printing.end()
}

fn files_to_read(options: &Options) -> Result<Vec<String>, Exit> {
    let Some(list) = &options.read_list else {
        return Ok(options.read.iter().cloned().collect());
    };
    let mut text = String::new();
    let read = open(list)?.read_to_string(&mut text);
    read.map_err(|error| failed(format!("{}: {error}", printable(list))))?;
    Ok(text
        .lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect())
}

fn open(file: &str) -> Result<Source, Exit> {
    if file == "-" {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let octets = files::read(file).map_err(|error| match error {
        nethost_sdk::Error::NotFound => {
            failed(format!("{}: No such file or directory", printable(file)))
        }
        nethost_sdk::Error::AccessDenied => {
            failed(format!("{}: Permission denied", printable(file)))
        }
        nethost_sdk::Error::Denied(denial) => failed(denial),
        error => failed(format!("{}: {error}", printable(file))),
    })?;
    Ok(Box::new(Cursor::new(octets)))
}

/// What packets are printed with.
struct Printing<'a> {
    options: &'a Options,
    printer: Printer,
    times: Times,
    names: Names,
    output: Output<std::io::Stdout>,
    seen: u64,
    shown: u64,
    /// The hour for which the time zone is known.
    hour: Option<i64>,
}

impl<'a> Printing<'a> {
    fn new(options: &'a Options) -> Self {
        let mut printer = Printer::new(options.settings());
        if options.set.numeric == 0 {
            printer.names.hosts_wanted = true;
            // Without the file there are no names, as with getservbyport(3).
            if let Ok(services) = files::read("/etc/services") {
                printer
                    .names
                    .learn_services(&String::from_utf8_lossy(&services));
            }
        }
        Self {
            options,
            printer,
            times: Times::default(),
            names: Names::new(NameSettings::default()),
            output: Output::stdout(Format::Text),
            seen: 0,
            shown: 0,
            hour: None,
        }
    }

    /// Prints a file; true when there were as many packets as were wanted.
    async fn file(&mut self, mut reader: Reader<Source>) -> Result<bool, Exit> {
        loop {
            let record = match reader.next() {
                Ok(Some(record)) => record,
                Ok(None) => return Ok(false),
                Err(error) => {
                    self.hand_over()?;
                    return Err(Exit::failed(FAILED, format!("tcpdump: pcap_loop: {error}")));
                }
            };
            self.seen += 1;
            if self.seen <= self.options.skip {
                continue;
            }
            self.shown += 1;
            let sampling = u64::from(self.options.set.sampling);
            let sampled = sampling == 0 || self.seen.is_multiple_of(sampling);
            if !self.options.only_count && sampled {
                self.packet(&record, reader.octets()).await;
            }
            if self.printer.out.len() >= CHUNK || self.options.line_buffered {
                self.hand_over()?;
            }
            if self.options.count.is_some_and(|count| self.shown >= count) {
                return Ok(true);
            }
        }
    }

    async fn packet(&mut self, record: &Record, octets: &[u8]) {
        let packet = Packet {
            seconds: record.seconds,
            fraction: record.fraction,
            length: record.length as usize,
            link: record.link,
            octets,
        };
        self.zone_at(record.seconds);
        if self.printer.names.hosts_wanted {
            self.look_up(&packet).await;
        }
        self.printer.packet(&packet, self.seen, &mut self.times);
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

    fn hand_over(&mut self) -> Result<(), Exit> {
        self.output.text(&self.printer.out)?;
        self.printer.out.clear();
        self.output.flush()
    }

    fn end(mut self) -> Result<u8, Exit> {
        if self.options.only_count {
            let plural = if self.shown == 1 { "" } else { "s" };
            self.output
                .line(format_args!("{} packet{plural}", self.shown))?;
        }
        self.hand_over()?;
        Ok(0)
    }
}
