//! SOME/IP: the middleware of cars (AUTOSAR).

use super::prelude::*;

const KINDS: &Table = &[
    (0x00, "REQUEST"),
    (0x01, "REQUEST_NO_RETURN"),
    (0x02, "NOTIFICATION"),
    (0x80, "RESPONSE"),
    (0x81, "ERROR"),
    (0x20, "TP_REQUEST"),
    (0x21, "TP_REQUEST_NO_RETURN"),
    (0x22, "TP_NOTIFICATION"),
    (0xa0, "TP_RESPONSE"),
    (0xa1, "TP_ERROR"),
];
const RETURNS: &Table = &[
    (0x00, "E_OK"),
    (0x01, "E_NOT_OK"),
    (0x02, "E_UNKNOWN_SERVICE"),
    (0x03, "E_UNKNOWN_METHOD"),
    (0x04, "E_NOT_READY"),
    (0x05, "E_NOT_REACHABLE"),
    (0x06, "E_TIMEOUT"),
    (0x07, "E_WRONG_PROTOCOL_VERSION"),
    (0x08, "E_WRONG_INTERFACE_VERSION"),
    (0x09, "E_MALFORMED_MESSAGE"),
    (0x0a, "E_WRONG_MESSAGE_TYPE"),
    (0x0b, "E_E2E_REPEATED"),
    (0x0c, "E_E2E_WRONG_SEQUENCE"),
    (0x0d, "E_E2E"),
    (0x0e, "E_E2E_NOT_AVAILABLE"),
    (0x0f, "E_E2E_NO_NEW_DATA"),
];

/// Prints the header of a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "someip";
    p.protocol_caps();
    if length < 16 {
        p.bad("length", length, "<", 16);
        return Ok(());
    }
    let (service, method) = (b.be32(0)? >> 16, b.be16(2)?);
    let what = if method & 0x8000 == 0 {
        "method"
    } else {
        "event"
    };
    write!(p, ", service {service}, {what} {}", method & 0x7fff);
    write!(p, ", len {}", b.be32(4)?);
    let request = b.be32(8)?;
    write!(
        p,
        ", client {}, session {}",
        request >> 16,
        request & 0xffff
    );
    write!(p, ", pver {}", b.u8(12)?);
    write!(p, ", iver {}", b.u8(13)?);
    write!(p, ", msgtype {}", tok(KINDS, b.u8(14)?.into(), "Unknown"));
    write!(p, ", retcode {}", tok(RETURNS, b.u8(15)?.into(), "Unknown"));
    Ok(())
}
