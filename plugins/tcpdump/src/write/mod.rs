//! Writes capture files (-w): pcap or pcapng, in one file or in several that take turns (-C, -G, -W). Only whole packets
//! are passed on, so that a file can be read whenever it ends.

mod name;
mod pcap;
mod pcapng;
mod target;

use nethost_sdk::Exit;
use nethost_sdk::output::complain;

use crate::options::Options;
use crate::{failed, links};
use name::Naming;
use target::Target;

/// Octets that are held back.
const HELD: usize = 256 * 1024;

/// What all packets of a file have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    /// The link (LINKTYPE_ number).
    pub(crate) link: u32,
    pub(crate) snapshot: u32,
    /// Times are in nanoseconds.
    pub(crate) nano: bool,
    /// Of a live capture: the interface, and the filter.
    pub(crate) interface: Option<String>,
    pub(crate) filter: Option<String>,
}

/// A packet to write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'a> {
    pub(crate) link: u32,
    pub(crate) seconds: i64,
    /// In the unit of the file.
    pub(crate) fraction: u32,
    /// How long it was.
    pub(crate) length: u32,
    pub(crate) octets: &'a [u8],
}

/// The file that is written.
#[derive(Debug)]
pub(crate) struct Dump {
    about: About,
    naming: Naming,
    target: Target,
    next_generation: bool,
    /// Octets that are not passed on yet, and how many were.
    held: Vec<u8>,
    passed: u64,
    packet_buffered: bool,
    /// When the file was opened, and how many there were (-G); the number of the file among those of -C.
    opened: i64,
    generation: u64,
    number: u64,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    GoOn,
    Stop,
}

impl Dump {
    /// Opens the first file.
    pub(crate) fn open(
        options: &Options,
        file: &str,
        about: About,
        now: i64,
    ) -> Result<Self, Exit> {
        let naming = Naming::new(options, file);
        let mut dump = Self {
            target: Target::open(&naming.name(0, now))?,
            naming,
            next_generation: options.pcapng,
            held: Vec::new(),
            passed: 0,
            packet_buffered: options.packet_buffered,
            about,
            opened: now,
            generation: 0,
            number: 0,
        };
        dump.head();
        dump.flush()?;
        Ok(dump)
    }

    fn head(&mut self) {
        match self.next_generation {
            true => pcapng::head(&self.about, &mut self.held),
            false => pcap::head(&self.about, &mut self.held),
        }
    }

    /// Writes a packet; begins another file before, if it is time.
    pub(crate) fn packet(
        &mut self,
        packet: &Written<'_>,
        now: impl Fn() -> i64,
    ) -> Result<Flow, Exit> {
        if packet.link != self.about.link {
            return Err(failed(format_args!(
                "a packet of link-type {} cannot be written into a file of link-type {}",
                links::named(packet.link),
                links::named(self.about.link)
            )));
        }
        if let Some(seconds) = self.naming.seconds {
            let now = now();
            if now - self.opened >= seconds {
                self.opened = now;
                self.generation += 1;
                if self.naming.most.is_some_and(|most| self.generation >= most) {
                    complain(format_args!(
                        "Maximum file limit reached: {}",
                        self.generation
                    ));
                    return Ok(Flow::Stop);
                }
                self.number = 0;
                self.begin(now)?;
            }
        }
        if let Some(size) = self.naming.size
            && self.passed + self.held.len() as u64 > size
        {
            self.number += 1;
            if self.naming.most.is_some_and(|most| self.number >= most) {
                self.number = 0;
            }
            self.begin(self.opened)?;
        }
        match self.next_generation {
            true => pcapng::packet(packet, self.about.nano, &mut self.held),
            false => pcap::packet(packet, &mut self.held),
        }
        if self.packet_buffered || self.held.len() >= HELD {
            self.flush()?;
        }
        Ok(Flow::GoOn)
    }

    fn begin(&mut self, now: i64) -> Result<(), Exit> {
        self.flush()?;
        self.target = Target::open(&self.naming.name(self.number, now))?;
        self.passed = 0;
        self.head();
        Ok(())
    }

    /// Passes on what is held.
    pub(crate) fn flush(&mut self) -> Result<(), Exit> {
        if self.held.is_empty() {
            return Ok(());
        }
        let written = self.target.write(&self.held);
        self.passed += self.held.len() as u64;
        self.held.clear();
        written
    }
}
