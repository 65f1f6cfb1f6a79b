//! RESP: Redis' serialization protocol.

use super::prelude::*;

/// Prints the messages of a segment.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "resp";
    p.text(": RESP");
    let mut message = Message {
        b,
        at: 0,
        end: length,
    };
    while message.at < length {
        message.value(p)?;
    }
    Ok(())
}

/// What a length says.
enum Length {
    Is(u32),
    Null,
    TooLarge,
    Negative,
    Invalid,
}

/// A place within a segment. What ends before it is complete is as if it were not captured.
struct Message<'a> {
    b: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Message<'a> {
    fn octet(&self, at: usize) -> Done<u8> {
        match at < self.end {
            true => self.b.u8(at),
            false => Err(Cut),
        }
    }

    fn value(&mut self, p: &mut Printer) -> Done {
        match self.octet(self.at)? {
            b'+' | b'-' | b':' => {
                self.at += 1;
                let line = self.line_end(self.at)?;
                self.quoted(p, line)?;
                self.at = line + 2;
                Ok(())
            }
            b'$' => {
                self.at += 1;
                self.bulk(p)
            }
            b'*' => {
                self.at += 1;
                match self.length()? {
                    Length::Is(0) => p.text(" empty"),
                    Length::Is(count) => {
                        for _ in 0..count {
                            p.nested(|p| self.value(p))?;
                        }
                    }
                    other => without(p, &other),
                }
                Ok(())
            }
            _ => self.inline(p),
        }
    }

    /// Where the next CR LF is.
    fn line_end(&self, from: usize) -> Done<usize> {
        let line = self.b.upto(self.end).tail(from);
        let found = line.windows(2).position(|two| two == b"\r\n");
        found.map(|found| from + found).ok_or(Cut)
    }

    fn quoted(&self, p: &mut Printer, end: usize) -> Done {
        p.text(" \"");
        p.string_at(self.b, self.at, end - self.at)?;
        p.text("\"");
        Ok(())
    }

    fn bulk(&mut self, p: &mut Printer) -> Done {
        match self.length()? {
            Length::Is(0) => p.text(" empty"),
            Length::Is(size) => {
                let end = self.at.saturating_add(size as usize);
                if end > self.end {
                    return Err(Cut);
                }
                self.b.octets(self.at, size as usize)?;
                self.quoted(p, end)?;
                self.at = end;
            }
            other => {
                without(p, &other);
                return Ok(());
            }
        }
        self.at = self.line_end(self.at)? + 2;
        Ok(())
    }

    fn inline(&mut self, p: &mut Printer) -> Done {
        self.breaks()?;
        let line = self.b.upto(self.end).tail(self.at);
        let size = line.iter().position(|octet| matches!(octet, b'\r' | b'\n'));
        let end = self.at + size.ok_or(Cut)?;
        self.quoted(p, end)?;
        self.at = end;
        self.breaks()
    }

    /// Passes over ends of lines, of which there has to be one before the end.
    fn breaks(&mut self) -> Done {
        let from = self.at;
        loop {
            match self.octet(self.at) {
                Ok(b'\r' | b'\n') => self.at += 1,
                Ok(_) => return Ok(()),
                Err(Cut) if self.at > from => return Ok(()),
                Err(Cut) => return Err(Cut),
            }
        }
    }

    fn length(&mut self) -> Done<Length> {
        let negative = self.octet(self.at)? == b'-';
        if negative {
            self.at += 1;
        }
        let (mut value, mut too_large, from) = (0u32, false, self.at);
        loop {
            match self.octet(self.at)? {
                digit @ b'0'..=b'9' => {
                    let next = value.checked_mul(10);
                    let next = next.and_then(|value| value.checked_add((digit - b'0').into()));
                    match next.filter(|value| *value <= i32::MAX as u32) {
                        Some(next) => value = next,
                        None => too_large = true,
                    }
                    self.at += 1;
                }
                _ if self.at == from => {
                    self.at += 1;
                    return Ok(Length::Invalid);
                }
                _ => break,
            }
        }
        for expected in *b"\r\n" {
            let octet = self.octet(self.at)?;
            self.at += 1;
            if octet != expected {
                return Ok(Length::Invalid);
            }
        }
        Ok(match (negative, too_large, value) {
            (true, false, 1) => Length::Null,
            (true, ..) => Length::Negative,
            (false, true, _) => Length::TooLarge,
            (false, false, _) => Length::Is(value),
        })
    }
}

fn without(p: &mut Printer, length: &Length) {
    p.text(match length {
        Length::Null => " null",
        Length::TooLarge => " length too large",
        Length::Negative => " length negative and not -1",
        _ => " invalid",
    });
}
