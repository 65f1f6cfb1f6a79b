//! What a log says of records that are missing, or that should not be there.

use super::report::Verdict;
use crate::record::{Cause, Lost, Record};
use crate::walk::Fragment;

/// What it makes of the log, of which it accounts for these bytes; or a note, where nothing that was written is
/// missing.
pub(super) fn judge(
    record: &Record<'_>,
    lost: &Lost,
    accounted: Option<&Fragment>,
) -> Result<(Verdict, String), String> {
    let range = match (lost.first, lost.last) {
        (Some(first), Some(last)) => missing(first, last),
        _ => "records are missing".to_owned(),
    };
    let bridges = lost.last.is_some() || lost.first.is_some();
    let found = match lost.cause {
        Cause::Torn if accounted.is_some_and(|bytes| !bytes.torn) => (
            Verdict::Tampered,
            "what stands before it is not what a cut write leaves".to_owned(),
        ),
        Cause::Torn if !bridges => {
            return Err(format!(
                "a write was cut before record {}: {} bytes, of which nobody was told that they were written",
                record.seq,
                lost.bytes.unwrap_or(0)
            ));
        }
        Cause::Cut => (
            Verdict::Truncated,
            format!("{range}: they were cut off before it was written"),
        ),
        Cause::Altered => (
            Verdict::Tampered,
            match lost.last {
                Some(_) => format!("{range}: others stood in their place when it was written"),
                None => "records that do not follow stood before it when it was written".to_owned(),
            },
        ),
        Cause::Added => (
            Verdict::Tampered,
            "what stands before it was not written by the log's writer".to_owned(),
        ),
        Cause::Unwritten => (
            Verdict::Truncated,
            format!(
                "{} records of run {} could not be written",
                lost.count.unwrap_or(0),
                record.run
            ),
        ),
        Cause::NoHead => (
            Verdict::Unverifiable,
            "the log's head was gone, so records may have been cut off before this one".to_owned(),
        ),
        Cause::Torn | Cause::Unknown => (Verdict::Truncated, range),
    };
    Ok(found)
}

/// Names the records that are missing.
pub(super) fn missing(first: u64, last: u64) -> String {
    if first == last {
        format!("record {first} is missing")
    } else {
        format!("records {first} to {last} are missing")
    }
}
