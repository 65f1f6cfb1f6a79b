//! `nethost audit export`.

use std::io::{self, BufWriter, Write};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use super::Format;
use nethost_audit::text::escape;
use nethost_audit::{Filter, ReadError, Reader, export as form};
use nethost_core::output;

/// Writes the selected records in another format.
pub(super) fn export(log: &Path, filter: &Filter, format: Format, socket: &Path) -> io::Result<u8> {
    let named = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| io::Error::new(error.kind(), format!("{path}: {error}"))
    };
    let journal = match format {
        Format::Journald => {
            let journal = UnixDatagram::unbound()?;
            journal.connect(socket).map_err(named(socket))?;
            Some(journal)
        }
        _ => None,
    };
    let mut output = BufWriter::new(output::output());
    for entry in Reader::open(log).map_err(named(log))? {
        let entry = match entry {
            Ok(entry) => entry,
            Err(ReadError::File { file, source }) => return Err(named(&file)(source)),
            Err(error) => {
                // A line that is not a record cannot be exported, so it is reported.
                output::say("nethost", &format!("warning: {error}"));
                continue;
            }
        };
        let record = &entry.record;
        if !filter.fits(record) {
            continue;
        }
        let sealed = escape(entry.text);
        let sealed = String::from_utf8_lossy(&sealed);
        let line = match format {
            Format::Ocsf => form::ocsf(record),
            Format::Cef => form::cef(record),
            Format::Syslog => form::syslog(record, &sealed),
            Format::Journald => form::journald(record, &sealed),
        };
        match &journal {
            Some(journal) => drop(journal.send(line.as_bytes()).map_err(named(socket))?),
            None => {
                output.write_all(&escape(line.into_bytes()))?;
                output.write_all(b"\n")?;
            }
        }
    }
    output.flush()?;
    Ok(0)
}
