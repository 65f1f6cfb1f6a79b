//! The time synchronization protocol of BSD's timed.

use super::prelude::*;

const KINDS: [&str; 25] = [
    "ANY",
    "ADJTIME",
    "ACK",
    "MASTERREQ",
    "MASTERACK",
    "SETTIME",
    "MASTERUP",
    "SLAVEUP",
    "ELECTION",
    "ACCEPT",
    "REFUSE",
    "CONFLICT",
    "RESOLVE",
    "QUIT",
    "DATE",
    "DATEREQ",
    "DATEACK",
    "TRACEON",
    "TRACEOFF",
    "MSITE",
    "MSITEREQ",
    "TEST",
    "SETDATE",
    "SETDATEREQ",
    "LOOP",
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done {
    p.protocol = "timed";
    let kind = b.u8(0)?;
    match KINDS.get(usize::from(kind)) {
        Some(name) => write!(p, "TSP_{name}"),
        None => write!(p, "(tsp_type {kind:#x})"),
    }
    write!(p, " vers {}", b.u8(1)?);
    write!(p, " seq {}", b.be16(2)?);
    match kind {
        24 => write!(p, " hopcnt {}", b.u8(4)?),
        1 | 5 | 22 | 23 => {
            let seconds = i32::from_be_bytes(b.array(4)?);
            let micros = i32::from_be_bytes(b.array(8)?);
            if micros < 0 {
                return Ok(());
            }
            p.text(" time ");
            if seconds < 0 && micros != 0 {
                // The fraction of a time before 1970 counts forward.
                p.text(if seconds == -1 { "-" } else { "" });
                write!(p, "{}.{:06}", seconds + 1, 1_000_000 - i64::from(micros));
            } else {
                write!(p, "{seconds}.{micros:06}");
            }
        }
        _ => {}
    }
    p.text(" name ");
    p.padded_string_at(b, 12, 256)
}
