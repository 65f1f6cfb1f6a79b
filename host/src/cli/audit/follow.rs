//! `nethost audit follow`: shows records as they are written, and continues in the next file at the end of a file.

use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::Duration;

use super::show::Table;
use nethost_audit::{Filter, Reader, open_to_read};
use nethost_core::output;

/// Short enough that a person does not notice it, and long enough that an idle log costs no processor time.
const PAUSE: Duration = Duration::from_millis(100);
const CHUNK: usize = 1 << 20;

/// Shows what is written from now on, until it is interrupted.
pub(super) fn follow(log: &Path, filter: &Filter, json: bool) -> io::Result<u8> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", log.display()));
    let mut file = open_to_read(log).map_err(named)?;
    let mut offset = file.metadata()?.size();
    let mut table = Table::new(output::output(), json);
    loop {
        // Checked before reading: what is written in between is read in the next round.
        let replaced = replaced(log, &file.metadata()?);
        offset = catch_up(log, &file, offset, filter, &mut table)?;
        if replaced && let Ok(next) = open_to_read(log) {
            (file, offset) = (next, 0);
            continue;
        }
        table.flush()?;
        std::thread::sleep(PAUSE);
    }
}

fn replaced(log: &Path, own: &Metadata) -> bool {
    let there = std::fs::metadata(log);
    there.is_ok_and(|there| there.is_file() && (there.dev(), there.ino()) != (own.dev(), own.ino()))
}

/// Shows all complete lines from here on; returns the offset of their end.
fn catch_up(
    log: &Path,
    file: &File,
    mut offset: u64,
    filter: &Filter,
    table: &mut Table<impl Write>,
) -> io::Result<u64> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = file.read_at(&mut chunk, offset)?;
        let read = &chunk[..length];
        let Some(end) = read.iter().rposition(|byte| *byte == b'\n') else {
            // Longer than any line, so it is not a line; or nothing new.
            return Ok(offset + if length == CHUNK { CHUNK as u64 } else { 0 });
        };
        let lines = io::Cursor::new(read[..=end].to_vec());
        for entry in Reader::from_source(log, lines) {
            table.entry(filter, entry)?;
        }
        offset += end as u64 + 1;
    }
}
