//! Syslog, RFC 5424: facility 13 (log audit), the event as MSGID, and the record itself as the message
//! behind the `@cee:` cookie that collectors take for JSON.

use super::severity;
use crate::record::Record;

const FACILITY: u8 = 13;

/// One line; `sealed` is the record as the log has it.
pub fn syslog(record: &Record<'_>, sealed: &str) -> String {
    format!(
        "<{}>1 {:.6} {} nethost - {} - @cee:{sealed}",
        FACILITY * 8 + severity(record) as u8,
        record.ts,
        hostname(&record.host),
        record.event.name(),
    )
}

/// Printable ASCII without blanks, as the header demands.
fn hostname(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(char::is_ascii_graphic)
        .take(255)
        .collect();
    if name.is_empty() {
        "-".to_owned()
    } else {
        name
    }
}
