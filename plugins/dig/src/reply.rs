//! A received DNS message, parsed leniently: everything readable is shown, and errors are reported.

use crate::kind::rtype;
use crate::name::Name;
use crate::rdata::{self, Problem, Rdata};
use crate::wire::Cursor;

/// Length of a message's header.
pub(crate) const HEADER: usize = 12;
const ANY_CLASS: u16 = 255;
const UPDATE: u8 = 5;
/// Types whose class has another meaning, or none.
const CLASSLESS: [u16; 5] = [rtype::TSIG, rtype::OPT, 24, 25, 249];

/// Which records: the three sections that hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Answer,
    Authority,
    Additional,
}

/// Bits of the header.
pub(crate) mod flag {
    pub(crate) const QR: u16 = 0x8000;
    pub(crate) const AA: u16 = 0x0400;
    pub(crate) const TC: u16 = 0x0200;
    pub(crate) const RD: u16 = 0x0100;
    pub(crate) const RA: u16 = 0x0080;
    pub(crate) const Z: u16 = 0x0040;
    pub(crate) const AD: u16 = 0x0020;
    pub(crate) const CD: u16 = 0x0010;
}

/// A question.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) name: Name,
    pub(crate) rtype: u16,
    pub(crate) class: u16,
}

/// A record.
#[derive(Clone, Debug)]
pub(crate) struct Record<'m> {
    pub(crate) owner: Name,
    pub(crate) rtype: u16,
    pub(crate) class: u16,
    pub(crate) ttl: u32,
    pub(crate) data: Rdata<'m>,
}

/// A message.
pub(crate) struct Reply<'m> {
    pub(crate) bytes: &'m [u8],
    pub(crate) id: u16,
    flags: u16,
    /// What the header claims: questions, answers, authority, additional.
    pub(crate) counts: [u16; 4],
    /// With the upper bits that EDNS adds.
    pub(crate) rcode: u16,
    pub(crate) questions: Vec<Question>,
    answer: Vec<Record<'m>>,
    authority: Vec<Record<'m>>,
    additional: Vec<Record<'m>>,
    pub(crate) opt: Option<Record<'m>>,
    pub(crate) tsig: Option<Record<'m>>,
    /// The signature of a whole message by a private key (RFC 2931).
    pub(crate) sig0: Option<Record<'m>>,
    /// Where the TSIG record begins.
    pub(crate) tsig_start: usize,
    /// An error that does not prevent reading the rest.
    pub(crate) malformed: bool,
    /// Bytes after the last record.
    pub(crate) extra: usize,
}

/// The identifier, and whether the message is a response.
pub(crate) fn peek(bytes: &[u8]) -> Option<(u16, bool)> {
    let header = bytes.get(..HEADER)?;
    match header {
        [a, b, flags, ..] => Some((u16::from_be_bytes([*a, *b]), flags & 0x80 != 0)),
        _ => None,
    }
}

impl<'m> Reply<'m> {
    /// Parses a message. With `best_effort`, a truncated message, or a record in the wrong section, is only marked as
    /// malformed.
    pub(crate) fn parse(bytes: &'m [u8], best_effort: bool) -> Result<Self, Problem> {
        let mut cursor = Cursor::new(bytes);
        let (id, flags) = (cursor.u16()?, cursor.u16()?);
        let counts = [cursor.u16()?, cursor.u16()?, cursor.u16()?, cursor.u16()?];
        let mut reply = Self {
            bytes,
            id,
            flags,
            counts,
            rcode: flags & 15,
            questions: Vec::new(),
            answer: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
            opt: None,
            tsig: None,
            sig0: None,
            tsig_start: bytes.len(),
            malformed: false,
            extra: 0,
        };
        match reply.read(&mut cursor) {
            Ok(()) => reply.extra = cursor.left(),
            Err(Problem::Short) if best_effort => {
                reply.malformed = true;
                reply.extra = cursor.left();
            }
            Err(problem) => return Err(problem),
        }
        if reply.malformed && !best_effort {
            return Err(Problem::Malformed);
        }
        Ok(reply)
    }

    /// The records of a section, without OPT, TSIG and SIG(0).
    pub(crate) fn section(&self, section: Section) -> &[Record<'m>] {
        match section {
            Section::Answer => &self.answer,
            Section::Authority => &self.authority,
            Section::Additional => &self.additional,
        }
    }

    /// The operation.
    pub(crate) fn opcode(&self) -> u8 {
        (self.flags >> 11 & 15) as u8
    }

    /// Whether a bit of the header is set.
    pub(crate) fn has(&self, bit: u16) -> bool {
        self.flags & bit != 0
    }

    fn read(&mut self, cursor: &mut Cursor<'m>) -> Result<(), Problem> {
        let mut class = None;
        for _ in 0..self.counts[0] {
            let name = cursor.name()?;
            cursor.expect(4)?;
            let (rtype, its_class) = (cursor.u16()?, cursor.u16()?);
            let known = *class.get_or_insert(its_class);
            let another = self
                .questions
                .first()
                .is_some_and(|first| first.name != name || first.rtype == rtype);
            self.malformed |= known != its_class || another;
            self.questions.push(Question {
                name,
                rtype,
                class: its_class,
            });
        }
        let mut scratch = String::new();
        for section in [Section::Answer, Section::Authority, Section::Additional] {
            let count = self.counts[1 + section as usize];
            for left in (0..count).rev() {
                let start = cursor.at();
                let record = record(self.bytes, cursor)?;
                if !CLASSLESS.contains(&record.rtype) && self.opcode() != UPDATE {
                    let known = *class.get_or_insert(record.class);
                    self.malformed |= known != ANY_CLASS && known != record.class;
                }
                let empty_update = self.opcode() == UPDATE && record.data.bytes().is_empty();
                if !empty_update {
                    let (start, data) = (record.data.start, record.data);
                    rdata::check(&mut scratch, record.rtype, record.class, data)
                        .inspect_err(|_| cursor.back_to(start))?;
                }
                self.place(section, record, left == 0, start);
            }
        }
        Ok(())
    }

    /// Stores a record in its section. OPT, TSIG and SIG(0) belong to no section.
    fn place(&mut self, section: Section, record: Record<'m>, last: bool, start: usize) {
        match record.rtype {
            rtype::OPT
                if section == Section::Additional
                    && self.opt.is_none()
                    && record.owner.is_root() =>
            {
                self.rcode |= ((record.ttl >> 20) & 0xff0) as u16;
                self.opt = Some(record);
                return;
            }
            rtype::TSIG if section == Section::Additional && last && record.class == ANY_CLASS => {
                self.tsig = Some(record);
                self.tsig_start = start;
                return;
            }
            // A signature without a covered type is that of the message.
            rtype::SIG if record.data.bytes().starts_with(&[0, 0]) => {
                if section == Section::Additional && last && record.owner.is_root() {
                    self.sig0 = Some(record);
                    return;
                }
                self.malformed = true;
            }
            rtype::OPT | rtype::TSIG => self.malformed = true,
            _ => {}
        }
        match section {
            Section::Answer => self.answer.push(record),
            Section::Authority => self.authority.push(record),
            Section::Additional => self.additional.push(record),
        }
    }
}

fn record<'m>(message: &'m [u8], cursor: &mut Cursor<'m>) -> Result<Record<'m>, Problem> {
    let owner = cursor.name()?;
    cursor.expect(10)?;
    let (rtype, class) = (cursor.u16()?, cursor.u16()?);
    let (ttl, length) = (cursor.u32()?, cursor.u16()?);
    let start = cursor.at();
    cursor.take(usize::from(length))?;
    Ok(Record {
        owner,
        rtype,
        class,
        ttl,
        data: Rdata {
            message,
            start,
            end: cursor.at(),
        },
    })
}
