//! syslog (RFC 3164).

use super::prelude::*;

const SEVERITIES: &Table = &[
    (0, "emergency"),
    (1, "alert"),
    (2, "critical"),
    (3, "error"),
    (4, "warning"),
    (5, "notice"),
    (6, "info"),
    (7, "debug"),
];
const FACILITIES: &Table = &[
    (0, "kernel"),
    (1, "user"),
    (2, "mail"),
    (3, "daemon"),
    (4, "auth"),
    (5, "syslog"),
    (6, "lpr"),
    (7, "news"),
    (8, "uucp"),
    (9, "cron"),
    (10, "authpriv"),
    (11, "ftp"),
    (12, "ntp"),
    (13, "security"),
    (14, "console"),
    (15, "cron"),
    (16, "local0"),
    (17, "local1"),
    (18, "local2"),
    (19, "local3"),
    (20, "local4"),
    (21, "local5"),
    (22, "local6"),
    (23, "local7"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "syslog";
    if b.u8(0)? != b'<' {
        p.invalid();
        return Ok(());
    }
    let mut at = 1;
    let mut priority = 0u16;
    while at <= 3 && b.u8(at)?.is_ascii_digit() {
        priority = priority * 10 + u16::from(b.u8(at)? - b'0');
        at += 1;
    }
    if b.u8(at)? != b'>' {
        p.invalid();
        return Ok(());
    }
    at += 1;
    let (facility, severity) = (priority >> 3 & 0x7f, priority & 7);
    let facility_name = tok(FACILITIES, facility.into(), "unknown (%u)");
    let severity_name = tok(SEVERITIES, severity.into(), "unknown (%u)");
    if !p.v(1) {
        write!(
            p,
            "SYSLOG {facility_name}.{severity_name}, length: {length}"
        );
        return Ok(());
    }
    write!(
        p,
        "SYSLOG, length: {length}\n\tFacility {facility_name} ({facility}), Severity {severity_name} ({severity})\n\tMsg: "
    );
    if length > at {
        p.string_at(b, at, length - at)?;
    }
    if p.v(2) {
        p.unknown(b, "\n\t", length);
    }
    Ok(())
}
