//! Capture files: pcap of either order of octets, with micro- and nanoseconds, and pcapng. What is read is a stream, of
//! which no more is kept than the packet at hand.

mod error;
mod pcap;
mod pcapng;
mod stream;

use std::io::Read;

pub(crate) use error::Error;
use stream::Stream;

/// The largest packet that a file may have.
pub(crate) const LARGEST: u32 = 262_144;

/// A packet's head, and where its octets lie.
type Found = (Record, (usize, usize));

/// A packet of a file. Its octets are those of [`Reader::octets`] until the next is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// Seconds since 1970.
    pub(crate) seconds: i64,
    /// Parts of the second, in the unit that was asked for.
    pub(crate) fraction: u32,
    /// How long the packet was.
    pub(crate) length: u32,
    /// Its link (LINKTYPE_ number).
    pub(crate) link: u32,
    /// The interface of a file that knows several.
    pub(crate) interface: u32,
}

/// Reads a file.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    stream: Stream<R>,
    form: Form,
    /// Where the packet at hand lies in the stream.
    packet: (usize, usize),
    nano: bool,
}

#[derive(Debug)]
enum Form {
    Pcap(pcap::Head),
    Pcapng(pcapng::Section),
}

impl<R: Read> Reader<R> {
    /// Reads the beginning of a file. Times will be in nanoseconds, or in microseconds.
    ///
    /// # Errors
    /// When it is no capture file.
    pub(crate) fn new(source: R, nano: bool) -> Result<Self, Error> {
        let mut stream = Stream::new(source);
        let magic = stream.peek::<4>()?;
        let form = match magic {
            Some(magic) => match pcap::Head::read(&mut stream, magic)? {
                Some(head) => Form::Pcap(head),
                None if magic == pcapng::MAGIC => Form::Pcapng(pcapng::Section::read(&mut stream)?),
                None => return Err(Error::unknown(magic)),
            },
            None => {
                let got = stream.available();
                return Err(Error::Short(format!(
                    "truncated dump file; tried to read 4 file header bytes, only got {got}"
                )));
            }
        };
        Ok(Self {
            stream,
            form,
            packet: (0, 0),
            nano,
        })
    }

    /// The link of the first interface.
    pub(crate) fn link(&self) -> u32 {
        match &self.form {
            Form::Pcap(head) => head.link,
            Form::Pcapng(section) => section.first().link,
        }
    }

    /// How much of each packet was captured at most.
    pub(crate) fn snapshot(&self) -> u32 {
        match &self.form {
            Form::Pcap(head) => head.snapshot,
            Form::Pcapng(section) => section.first().snapshot,
        }
    }

    /// Reads the next packet.
    ///
    /// # Errors
    /// When the file ends within a packet, or says what cannot be.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, Error> {
        self.stream.drop_before(self.packet.0 + self.packet.1);
        self.packet = (0, 0);
        let found = match &mut self.form {
            Form::Pcap(head) => head.next(&mut self.stream, self.nano)?,
            Form::Pcapng(section) => section.next(&mut self.stream, self.nano)?,
        };
        Ok(found.map(|(record, packet)| {
            self.packet = packet;
            record
        }))
    }

    /// The octets of the packet at hand.
    pub(crate) fn octets(&self) -> &[u8] {
        let (start, length) = self.packet;
        self.stream.slice(start, length)
    }
}
