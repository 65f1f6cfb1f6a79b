//! The file with the number of the process (-pf), by which another run asks this one to end (-x, -r).
//!
//! A tool of nethost sends no signals. So who asks appends an empty line to the file, which changes nothing for others who
//! read it; the running client removes the file and ends.

use std::time::Duration;

use nethost_sdk::files::{self, Reader, WriteMode, Writer};
use nethost_sdk::output::complain;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, clock, system};

use crate::arguments::Options;
use crate::failed;

/// How often the running client looks, and how long the other one waits for it.
const LOOK: Duration = Duration::from_millis(500);
const WAIT: Duration = Duration::from_millis(250);
const TRIES: u32 = 20;

/// The file of this run.
pub(crate) struct ProcessFile {
    path: String,
    /// Behind the number.
    rest: Reader,
}

impl ProcessFile {
    /// Writes the file, if one is named. As with ISC's dhclient, the run goes on without it.
    pub(crate) fn write(options: &Options) -> Option<Self> {
        let path = options.process_file.as_deref()?;
        match Self::write_to(path) {
            Ok(file) => Some(file),
            Err(error) => {
                complain(format_args!("Can't create {}: {error}", printable(path)));
                None
            }
        }
    }

    fn write_to(path: &str) -> Result<Self, Error> {
        let text = format!("{}\n", system::process()?);
        let writer = Writer::open(path, WriteMode::Replace, Some(0o644))?;
        writer.write(text.as_bytes())?;
        Ok(Self {
            path: path.to_owned(),
            rest: Reader::open(path, text.len() as u64)?,
        })
    }

    /// Returns when another run asks this one to end.
    async fn until_asked(&self) {
        while self.rest.read(1).is_ok_and(|octets| octets.is_empty()) {
            clock::wait_for(LOOK).await;
        }
    }

    /// Removes the file.
    pub(crate) fn remove(self) {
        if let Err(error) = files::remove(&self.path)
            && !matches!(error, Error::NotFound)
        {
            complain(format_args!("{}: {error}", printable(&self.path)));
        }
    }
}

/// Does something until another run asks this one to end. None if it did.
pub(crate) async fn until_asked<T>(
    file: Option<&ProcessFile>,
    work: impl Future<Output = T>,
) -> Option<T> {
    use futures::future::{Either, select};
    let asked = async {
        match file {
            Some(file) => file.until_asked().await,
            None => std::future::pending().await,
        }
    };
    match select(std::pin::pin!(work), std::pin::pin!(asked)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}

/// Asks the client of the file to end, and waits until it has. Nothing is done if there is no such file, as in ISC's
/// dhclient.
pub(crate) async fn end_other(options: &Options) -> Result<(), Exit> {
    let Some(path) = options.process_file.as_deref() else {
        return match options.stop {
            true => Err(Exit::misused(
                1,
                "-x: which client is to end is said by the file of its -pf: name it with -pf",
            )),
            false => Ok(()),
        };
    };
    let shown = printable(path);
    let wrong = |error: &Error| failed(1, format_args!("{shown}: {error}"));
    let text = match files::read(path) {
        Ok(text) => text,
        Err(Error::NotFound) => return Ok(()),
        Err(error) => return Err(wrong(&error)),
    };
    let Some(number) = number(&text) else {
        return Err(failed(
            1,
            format_args!("{shown}: not the number of a process"),
        ));
    };
    let writer = Writer::open(path, WriteMode::Append, None).map_err(|error| wrong(&error))?;
    writer.write(b"\n").map_err(|error| wrong(&error))?;
    for _ in 0..TRIES {
        clock::wait_for(WAIT).await;
        match files::facts(path) {
            Ok(_) => {}
            Err(Error::NotFound) => {
                complain("Killed old client process");
                return Ok(());
            }
            Err(error) => return Err(wrong(&error)),
        }
    }
    Err(failed(
        1,
        format_args!(
            "{shown}: process {number} did not end. If it is over, remove the file; if it is another client than that of \
             nethost, end it with: kill {number}"
        ),
    ))
}

/// The number in a file, with white space around it.
fn number(text: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(text).ok()?;
    let number = text.split_ascii_whitespace().next()?;
    number.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_number() {
        for (text, found) in [
            (&b"17\n"[..], Some(17)),
            (b"17\n\n", Some(17)),
            (b" 17 x", Some(17)),
            (b"", None),
            (b"0\n", None),
            (b"-1\n", None),
            (b"x17", None),
            (b"\xff", None),
            (b"99999999999", None),
        ] {
            assert_eq!(number(text), found, "{text:?}");
        }
    }
}
