//! Reads capture files.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Read};
use std::rc::Rc;

use nethost_sdk::capture::{Instruction, Origin};
use nethost_sdk::output::complain;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, files};

use crate::devices::{COOKED_2, names_of_interfaces};
use crate::filter::{self, Machine};
use crate::flows::Flows;
use crate::json::Line;
use crate::options::Options;
use crate::packets::{Packets, now};
use crate::print::stamp::Times;
use crate::print::{Packet, Printer, Settings};
use crate::savefile::Reader;
use crate::write::{About, Dump, Flow};
use crate::{failed, links};

/// Octets that are read from a file at once.
const PART: u32 = 1 << 20;

/// Links that an expression is compiled for.
const MOST_LINKS: usize = 64;

type Source = Box<dyn Read>;

/// Reads the file of -r, or those of -V one after the other.
pub(crate) async fn all(options: &Options) -> Result<u8, Exit> {
    let mut packets = Packets::new(options);
    let mut expression = None;
    for file in files_to_read(options)? {
        let reader = Reader::new(open(&file)?, options.set.nano).map_err(failed)?;
        let (link, snapshot) = (reader.link(), reader.snapshot());
        complain(format_args!(
            "reading from file {}, link-type {}, snapshot length {snapshot}",
            printable(&file),
            links::described(link)
        ));
        if link == COOKED_2 {
            // They are looked for on this machine.
            complain("Warning: interface names might be incorrect");
        }
        let expression = match &mut expression {
            Some(known) => known,
            None => expression.insert(filter::expression(options)?),
        };
        let filter = Filter {
            expression,
            optimize: !options.plain,
            snapshot,
            known: RefCell::default(),
        };
        if options.listing > 0 {
            let program = filter.compile(link).await?;
            return Err(Exit::done(filter::print(&program, options.listing)));
        }
        filter.choose(&mut packets, link).await?;
        if link == COOKED_2 {
            // Without them, their indexes say which they are.
            packets.printer.interfaces = names_of_interfaces().unwrap_or_default();
        }
        if let (Some(file), None) = (&options.write, &packets.dump) {
            let about = About {
                link,
                snapshot,
                nano: options.set.nano,
                ..About::default()
            };
            packets.dump = Some(Dump::open(options, file, about, now())?);
        }
        if read(&mut packets, reader, &filter).await? == Flow::Stop {
            break;
        }
    }
    packets.end()?;
    if options.only_count {
        let plural = if packets.shown == 1 { "" } else { "s" };
        packets.say(&format!("{} packet{plural}\n", packets.shown))?;
    }
    Ok(0)
}

/// The expression, and what it is compiled for.
struct Filter<'a> {
    expression: &'a str,
    optimize: bool,
    snapshot: u32,
    /// The programs for links, which can change from packet to packet.
    known: RefCell<HashMap<u32, Rc<Machine>>>,
}

impl Filter<'_> {
    async fn compile(&self, link: u32) -> Result<Vec<Instruction>, Exit> {
        let (snapshot, optimize) = (self.snapshot, self.optimize);
        filter::compile(self.expression, link, snapshot, 0, Origin::File, optimize).await
    }

    /// Chooses among packets of a link from now on.
    async fn choose(&self, packets: &mut Packets<'_>, link: u32) -> Result<(), Exit> {
        if self.expression.is_empty() {
            return Ok(());
        }
        let known = self.known.borrow().get(&link).map(Rc::clone);
        packets.filter = match known {
            Some(known) => known,
            None if self.known.borrow().len() >= MOST_LINKS => {
                return Err(failed("a file of too many link-types for a filter"));
            }
            None => {
                let machine = Machine::new(self.compile(link).await?).map_err(failed)?;
                let machine = Rc::new(machine);
                self.known.borrow_mut().insert(link, Rc::clone(&machine));
                machine
            }
        };
        Ok(())
    }
}

/// Takes the packets of a file.
async fn read(
    packets: &mut Packets<'_>,
    mut reader: Reader<Source>,
    filter: &Filter<'_>,
) -> Result<Flow, Exit> {
    let mut link = reader.link();
    loop {
        let record = match reader.next() {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(Flow::GoOn),
            Err(error) => {
                packets.flush()?;
                return Err(failed(format_args!("pcap_loop: {error}")));
            }
        };
        if record.link != link {
            link = record.link;
            filter.choose(packets, link).await?;
        }
        let packet = Packet {
            seconds: record.seconds,
            fraction: record.fraction,
            length: record.length as usize,
            link,
            octets: reader.octets(),
        };
        if packets.take(&packet, None).await? == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
}

/// Presents each packet of a capture file in all forms, and throws all of it away.
pub(crate) fn each(bytes: &[u8]) {
    let mut settings = Settings {
        numeric: 2,
        verbose: 3,
        link: true,
        hex_ascii: 2,
        ..Settings::default()
    };
    for nano in [false, true] {
        settings.nano = nano;
        let Ok(mut reader) = Reader::new(bytes, nano) else {
            return;
        };
        let mut printer = Printer::new(settings.clone());
        let (mut times, mut flows, mut number) = (Times::default(), Flows::new(nano), 0);
        while let Ok(Some(record)) = reader.next() {
            number += 1;
            let packet = Packet {
                seconds: record.seconds,
                fraction: record.fraction,
                length: record.length as usize,
                link: record.link,
                octets: reader.octets(),
            };
            printer.out.clear();
            printer.packet(&packet, number, &mut times);
            flows.packet(&packet);
            drop(Line::of(&packet, number, nano, None, &printer.out));
        }
        drop(flows.text(nano));
        // Less is said, and other paths are taken.
        settings.verbose = 0;
        settings.quiet = 1;
    }
}

fn files_to_read(options: &Options) -> Result<Vec<String>, Exit> {
    let Some(list) = &options.read_list else {
        return Ok(options.read.iter().cloned().collect());
    };
    let mut text = String::new();
    let read = open(list)?.read_to_string(&mut text);
    read.map_err(|error| failed(format_args!("{}: {error}", printable(list))))?;
    Ok(text
        .lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect())
}

fn open(file: &str) -> Result<Source, Exit> {
    if file == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    if file == "/dev/null" {
        return Ok(Box::new(io::empty()));
    }
    let reader = files::Reader::open(file, 0).map_err(|error| match error {
        Error::NotFound => failed(format_args!(
            "{}: No such file or directory",
            printable(file)
        )),
        Error::AccessDenied => failed(format_args!("{}: Permission denied", printable(file))),
        Error::Denied(denial) => failed(denial),
        error => failed(format_args!("{}: {error}", printable(file))),
    })?;
    Ok(Box::new(Parts {
        reader,
        part: Vec::new(),
        taken: 0,
    }))
}

/// A file as a stream.
struct Parts {
    reader: files::Reader,
    part: Vec<u8>,
    taken: usize,
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.part.len() {
            let part = self.reader.read(PART);
            self.part = part.map_err(|error| io::Error::other(error.to_string()))?;
            self.taken = 0;
        }
        let rest = self.part.get(self.taken..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.taken += count;
        Ok(count)
    }
}
