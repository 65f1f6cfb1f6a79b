//! The forms of the arguments of AFS's calls: words as they are, and a field for each that begins with `%`.

use super::prelude::*;
use super::time::civil;

/// Why arguments are not printed to their end.
pub(crate) enum Stop {
    /// What was captured ends.
    Cut,
    /// They end, which is said with the name of the service.
    Short,
}

impl From<Cut> for Stop {
    fn from(_: Cut) -> Self {
        Self::Cut
    }
}

type Part<T = ()> = Result<T, Stop>;

/// Arguments, and how far they were printed.
struct Arguments<'a> {
    b: &'a [u8],
    at: usize,
}

/// Prints arguments as a form says.
///
/// # Errors
/// [`Stop`]
pub(crate) fn form(p: &mut Printer, b: &[u8], words: &str) -> Part {
    let mut f = Arguments { b, at: 0 };
    for word in words.split_ascii_whitespace() {
        match word.strip_prefix('%') {
            Some(kind) => f.field(p, kind)?,
            None => write!(p, " {word}"),
        }
    }
    Ok(())
}

impl Arguments<'_> {
    fn next(&mut self) -> Done<u32> {
        let number = self.b.be32(self.at)?;
        self.at += 4;
        Ok(number)
    }

    fn need(&self, count: usize) -> Part {
        self.b.octets(self.at, count).map_err(|_| Stop::Short)?;
        Ok(())
    }

    fn field(&mut self, p: &mut Printer, kind: &str) -> Part {
        match kind {
            "i" => write!(p, " {}", self.next()?.cast_signed()),
            "u" => write!(p, " {}", self.next()?),
            "q" => {
                write!(p, " {}", self.b.be64(self.at)?);
                self.at += 8;
            }
            "d" => self.date(p)?,
            "y" => p.text(if self.next()? != 0 { " yes" } else { " no" }),
            "k" => _ = self.next()?,
            "f" => self.file(p)?,
            "s" => self.string(p, 256)?,
            "4" => self.string(p, 64)?,
            "5" => self.string(p, 65)?,
            "n" => self.name(p, 65)?,
            "a" => self.attributes(p)?,
            "v" => {
                self.need(8)?;
                write!(p, " {}.{}", self.next()?, self.next()?);
            }
            "x" => self.identifier(p)?,
            "t" => match self.next()? {
                0 => p.text(" type read-write"),
                1 => p.text(" type read-only"),
                2 => p.text(" type backup"),
                _ => {}
            },
            "D" => self.server(p)?,
            "A" => self.rights(p)?,
            "K" => {
                let size = self.next()? as usize;
                self.need(size)?;
                self.at += size;
            }
            "C" => self.callbacks(p)?,
            "o" | "w" | "W" => self.volume(p, kind)?,
            _ => self.list(p, kind)?,
        }
        Ok(())
    }

    fn date(&mut self, p: &mut Printer) -> Done {
        let seconds = i64::from(self.next()?.cast_signed());
        let at = civil(seconds + i64::from(p.set.zone) * 60);
        write!(
            p,
            " {:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            at.year, at.month, at.day, at.hour, at.minute, at.second
        );
        Ok(())
    }

    fn file(&mut self, p: &mut Printer) -> Part {
        self.need(12)?;
        write!(p, " fid {}/{}/{}", self.next()?, self.next()?, self.next()?);
        Ok(())
    }

    fn server(&mut self, p: &mut Printer) -> Part {
        self.need(12)?;
        write!(
            p,
            " server {}:{}:{}",
            self.next()?,
            self.next()?,
            self.next()?
        );
        Ok(())
    }

    fn string(&mut self, p: &mut Printer, longest: u32) -> Part {
        let size = self.b.be32(self.at)?;
        if size > longest {
            return Err(Stop::Short);
        }
        self.at += 4;
        let size = size as usize;
        p.text(" \"");
        p.string_at(self.b, self.at, size)
            .map_err(|_| Stop::Short)?;
        p.text("\"");
        self.at += size.next_multiple_of(4);
        Ok(())
    }

    /// A name with four octets for each of its own.
    fn name(&mut self, p: &mut Printer, size: usize) -> Part {
        self.need(size * 4)?;
        p.text(" \"");
        let mut ended = false;
        for _ in 0..size {
            let octet = self.next()? as u8;
            ended |= octet == 0;
            if !ended {
                p.character(octet);
            }
        }
        p.text("\"");
        Ok(())
    }

    fn attributes(&mut self, p: &mut Printer) -> Part {
        self.need(24)?;
        let mask = self.next()?;
        p.text(if mask != 0 { " StoreStatus" } else { "" });
        if mask & 1 != 0 {
            p.text(" date");
            self.date(p)?;
        } else {
            self.next()?;
        }
        for (bit, name) in [(2, "owner"), (4, "group"), (8, "mode"), (16, "segsize")] {
            let number = self.next()?;
            match mask & bit {
                0 => {}
                8 => write!(p, " mode {:o}", number & 0o7777),
                _ => write!(p, " {name} {number}"),
            }
        }
        p.text(if mask & 1024 != 0 { " fsync" } else { "" });
        Ok(())
    }

    fn identifier(&mut self, p: &mut Printer) -> Part {
        self.need(44)?;
        write!(p, " {:08x}", self.next()?);
        write!(p, "{:04x}{:04x}", self.next()?, self.next()?);
        for _ in 0..8 {
            write!(p, "{:02x}", self.next()? as u8);
        }
        Ok(())
    }

    fn rights(&mut self, p: &mut Printer) -> Part {
        let size = self.next()? as usize;
        self.need(size)?;
        let text = self.b.octets(self.at, size.min(1024))?;
        let text = text.split(|octet| *octet == 0).next().unwrap_or_default();
        let mut words = text
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        let number =
            |word: Option<&[u8]>| -> Option<u32> { std::str::from_utf8(word?).ok()?.parse().ok() };
        let (Some(positive), Some(negative)) = (number(words.next()), number(words.next())) else {
            return Ok(());
        };
        for (sign, count) in [("+", positive), ("-", negative)] {
            for _ in 0..count {
                let user = words.next();
                let (Some(user), Some(rights)) = (user, number(words.next())) else {
                    return Ok(());
                };
                write!(p, " {sign}{{");
                p.string(user);
                p.text(" ");
                for (bit, letter) in [
                    (1, "r"),
                    (8, "l"),
                    (4, "i"),
                    (16, "d"),
                    (2, "w"),
                    (32, "k"),
                    (64, "a"),
                ] {
                    p.text(if rights & bit != 0 { letter } else { "" });
                }
                p.text("}");
            }
        }
        Ok(())
    }

    fn callbacks(&mut self, p: &mut Printer) -> Part {
        let count = self.next()?;
        p.text(if count != 0 { ";" } else { "" });
        for _ in 0..count {
            write!(p, " ver {} expires", self.next()?.cast_signed());
            self.date(p)?;
            self.next()?;
        }
        Ok(())
    }

    fn list(&mut self, p: &mut Printer, kind: &str) -> Part {
        let count = self.next()?;
        for number in 1..=count {
            match kind {
                "F" => self.file(p)?,
                "M" => self.server(p)?,
                "N" => self.name(p, 64)?,
                "L" => {
                    p.text(" name");
                    self.name(p, 32)?;
                    write!(p, " volid {} type", self.next()?);
                    self.at += 84;
                }
                _ => write!(p, " {}", self.next()?.cast_signed()),
            }
            let parted = matches!(kind, "F" | "M" | "L");
            p.text(if parted && number != count { "," } else { "" });
        }
        p.text(if count == 0 { " <none!>" } else { "" });
        Ok(())
    }

    /// Where a volume is: in the oldest form, in the newer one, and with the identifiers of servers.
    fn volume(&mut self, p: &mut Printer, kind: &str) -> Part {
        let places = if kind == "o" { 8 } else { 13 };
        self.name(p, 65)?;
        if kind == "o" {
            self.need(4)?;
            self.next()?;
        }
        let servers = self.next()?;
        write!(p, " numservers {servers} servers");
        for place in 0..places {
            match (kind, place < servers) {
                ("W", true) => {
                    p.text(" afsuuid");
                    self.identifier(p)?;
                }
                ("W", false) => {
                    self.need(44)?;
                    self.at += 44;
                }
                (_, used) => {
                    self.need(4)?;
                    let [a, b, c, d] = self.next()?.to_be_bytes();
                    if used {
                        write!(p, " {a}.{b}.{c}.{d}");
                    }
                }
            }
        }
        let skipped = places as usize * 4;
        if kind == "W" {
            self.need(skipped)?;
            self.at += skipped;
        }
        p.text(" partitions");
        for place in 0..places {
            let partition = self.next()?;
            match partition {
                _ if place >= servers => {}
                0..=26 => write!(p, " {}", char::from(b'a' + partition as u8)),
                _ => write!(p, " {partition}"),
            }
        }
        self.need(skipped)?;
        self.at += skipped;
        for name in ["rwvol", "rovol", "backup"] {
            write!(p, " {name} {}", self.next()?);
        }
        Ok(())
    }
}
