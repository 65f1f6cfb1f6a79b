//! Record data in presentation format, as BIND writes it. Most types are a list of fields; the others have
//! a file each.

pub(crate) mod amtrelay;
pub(crate) mod apl;
pub(crate) mod atm;
pub(crate) mod caa;
pub(crate) mod cert;
pub(crate) mod dhcid;
pub(crate) mod doa;
pub(crate) mod dsync;
pub(crate) mod encode;
pub(crate) mod fields;
pub(crate) mod gateway;
pub(crate) mod hip;
pub(crate) mod key;
pub(crate) mod loc;
pub(crate) mod nsec;
pub(crate) mod nxt;
pub(crate) mod opt;
pub(crate) mod sig;
pub(crate) mod soa;
pub(crate) mod svcb;
pub(crate) mod tsig;
pub(crate) mod wks;

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use crate::kind::{self, Layout};
use crate::name;
use crate::wire::Cursor;
pub(crate) use crate::wire::Problem;
pub(crate) use fields::Field;

/// How data is written.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    /// Over several lines, in parentheses.
    pub(crate) multiline: bool,
    /// Characters of hexadecimal or base64 before a break; none means never a break.
    pub(crate) width: Option<usize>,
    /// What stands between parts: a blank, or a line's end and indentation.
    pub(crate) line_break: String,
    /// Explain keys and SOA fields.
    pub(crate) comments: bool,
    /// Show keys, signatures and digests.
    pub(crate) crypto: bool,
    /// RFC 3597's format for all types.
    pub(crate) unknown_format: bool,
    /// All eight groups of an IPv6 address.
    pub(crate) expand_aaaa: bool,
    /// An address must not end with a colon.
    pub(crate) yaml: bool,
    /// Names in U-labels.
    pub(crate) idn: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            multiline: false,
            width: Some(60),
            line_break: " ".to_owned(),
            comments: false,
            crypto: true,
            unknown_format: false,
            expand_aaaa: false,
            yaml: false,
            idn: false,
        }
    }
}

/// Where a record's data lies in its message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rdata<'m> {
    pub(crate) message: &'m [u8],
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl<'m> Rdata<'m> {
    /// The bytes, with whatever compression the server used.
    pub(crate) fn bytes(&self) -> &'m [u8] {
        self.message.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads from the start of the data to its end.
    pub(crate) fn cursor(&self) -> Cursor<'m> {
        Cursor::between(self.message, self.start, self.end)
    }
}

/// Writes one record's data.
pub(crate) struct Presenter<'o, 'm> {
    pub(crate) out: &'o mut String,
    pub(crate) style: &'o Style,
    pub(crate) cursor: Cursor<'m>,
    pub(crate) rtype: u16,
}

/// Writes the data of a record of this type and class. On a problem the text is cut back to where it was.
pub(crate) fn present(
    out: &mut String,
    style: &Style,
    rtype: u16,
    class: u16,
    data: Rdata<'_>,
) -> Result<(), Problem> {
    let start = out.len();
    let kind = kind::find(rtype);
    let layout = match kind {
        _ if style.unknown_format => Layout::Generic,
        Some(_) if rtype == kind::rtype::A && class == kind::CH => {
            Layout::Fields(&[("name", Field::Name), ("address", Field::Octal)])
        }
        Some(kind) if !kind.internet || class == kind::IN => kind.layout,
        _ => Layout::Generic,
    };
    let mut presenter = Presenter {
        out,
        style,
        cursor: data.cursor(),
        rtype,
    };
    let done = match layout {
        Layout::Fields(fields) => presenter.fields(fields),
        Layout::Special(special) => special(&mut presenter),
        Layout::Generic => presenter.generic(),
    };
    let problem = match done {
        Ok(()) if presenter.cursor.left() == 0 => return Ok(()),
        Ok(()) => Problem::Extra,
        Err(Problem::NotImplemented) => {
            out.truncate(start);
            return Presenter {
                out,
                style,
                cursor: data.cursor(),
                rtype,
            }
            .generic();
        }
        Err(problem) => problem,
    };
    out.truncate(start);
    Err(problem)
}

/// Whether data holds what its type says.
pub(crate) fn check(
    scratch: &mut String,
    rtype: u16,
    class: u16,
    data: Rdata<'_>,
) -> Result<(), Problem> {
    if rtype == kind::rtype::OPT {
        return opt::check(data.cursor());
    }
    let plain = match kind::find(rtype) {
        Some(kind) => match kind.layout {
            Layout::Generic => return Ok(()),
            Layout::Fields([(_, Field::V4)]) if class == kind::IN => Some(4),
            Layout::Fields([(_, Field::V6)]) if class == kind::IN => Some(16),
            _ => None,
        },
        None => return Ok(()),
    };
    // The common types at the cost of a comparison.
    match plain.map(|length| data.bytes().len().cmp(&length)) {
        Some(Ordering::Less) => Err(Problem::Short),
        Some(Ordering::Equal) => Ok(()),
        Some(Ordering::Greater) => Err(Problem::Extra),
        None => {
            scratch.clear();
            present(scratch, &Style::default(), rtype, class, data)
        }
    }
}

impl<'m> Presenter<'_, 'm> {
    pub(crate) fn u8(&mut self) -> Result<u8, Problem> {
        self.cursor.u8()
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Problem> {
        self.cursor.u16()
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Problem> {
        self.cursor.u32()
    }

    /// The next bytes of the data.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'m [u8], Problem> {
        self.cursor.take(length)
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> &'m [u8] {
        self.cursor.rest()
    }

    pub(crate) fn name(&mut self) -> Result<(), Problem> {
        let name = self.cursor.name()?;
        name::write(self.out, &name, self.style.idn);
        Ok(())
    }

    pub(crate) fn v4(&mut self) -> Result<(), Problem> {
        let address = Ipv4Addr::from(self.cursor.u32()?);
        let _ = write!(self.out, "{address}");
        Ok(())
    }

    pub(crate) fn v6(&mut self) -> Result<(), Problem> {
        let octets = self.cursor.u128()?.to_be_bytes();
        encode::push_v6(self.out, octets, self.style.yaml);
        Ok(())
    }

    /// A number and what stands behind it.
    pub(crate) fn number(&mut self, number: impl std::fmt::Display) {
        let _ = write!(self.out, "{number}");
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// What stands between two parts.
    pub(crate) fn line_break(&mut self) {
        self.out.push_str(&self.style.line_break);
    }

    /// ` (` and the break, where a last long field begins.
    pub(crate) fn open(&mut self) {
        if self.style.multiline {
            self.push(" (");
        }
        self.line_break();
    }

    /// `( `, where the data as a whole is one long field.
    pub(crate) fn open_block(&mut self) {
        if self.style.multiline {
            self.push("( ");
        }
    }

    pub(crate) fn close(&mut self) {
        if self.style.multiline {
            self.push(" )");
        }
    }

    /// Hexadecimal in words of the style's width.
    pub(crate) fn hex(&mut self, bytes: &[u8]) {
        encode::push_hex(self.out, bytes, self.word(), &self.style.line_break);
    }

    /// Base64 in words of the style's width.
    pub(crate) fn base64(&mut self, bytes: &[u8]) {
        encode::push_base64(self.out, bytes, self.word(), &self.style.line_break);
    }

    /// The width less what a closing parenthesis needs.
    fn word(&self) -> Option<usize> {
        self.style.width.map(|width| width.saturating_sub(2))
    }

    /// RFC 3597 section 5.
    fn generic(&mut self) -> Result<(), Problem> {
        let fields = names(self.rtype, kind::IN);
        let bytes = fields::expanded(fields, self.cursor)?;
        self.rest();
        let _ = write!(self.out, "\\# {}", bytes.len());
        if !bytes.is_empty() {
            self.push(if self.style.multiline { " ( " } else { " " });
            self.hex(&bytes);
            self.close();
        }
        Ok(())
    }
}

/// The leading fields of a type, as far as names are among them.
fn names(rtype: u16, class: u16) -> &'static [(&'static str, Field)] {
    const SOA: &[(&str, Field)] = &[("primary", Field::Name), ("mailbox", Field::Name)];
    match kind::find(rtype) {
        Some(_) if rtype == kind::rtype::SOA => SOA,
        Some(kind) if !kind.internet || class == kind::IN => match kind.layout {
            Layout::Fields(fields) => fields,
            _ => &[],
        },
        _ => &[],
    }
}
