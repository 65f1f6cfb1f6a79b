//! Protocols whose messages are lines of text: FTP, SMTP, whois, HTTP, RTSP, SIP.

use super::prelude::*;

/// What such a protocol is known by.
#[derive(Debug)]
pub(crate) struct Protocol {
    name: &'static str,
    /// What stands between the line and this.
    before: &'static str,
    /// The requests that are shown; all is, if there are none.
    requests: &'static [&'static str],
}

/// FTP.
pub(crate) const FTP: Protocol = Protocol {
    name: "ftp",
    before: ": ",
    requests: &[],
};
/// SMTP.
pub(crate) const SMTP: Protocol = Protocol {
    name: "smtp",
    before: ": ",
    requests: &[],
};
/// whois.
pub(crate) const WHOIS: Protocol = Protocol {
    name: "whois",
    before: ": ",
    requests: &[],
};
/// HTTP.
pub(crate) const HTTP: Protocol = Protocol {
    name: "http",
    before: ": ",
    requests: &[
        "GET",
        "PUT",
        "COPY",
        "HEAD",
        "LOCK",
        "MOVE",
        "POLL",
        "POST",
        "BCOPY",
        "BMOVE",
        "MKCOL",
        "TRACE",
        "LABEL",
        "MERGE",
        "DELETE",
        "SEARCH",
        "UNLOCK",
        "REPORT",
        "UPDATE",
        "NOTIFY",
        "BDELETE",
        "CONNECT",
        "OPTIONS",
        "CHECKIN",
        "PROPFIND",
        "CHECKOUT",
        "CCM_POST",
        "SUBSCRIBE",
        "PROPPATCH",
        "BPROPFIND",
        "BPROPPATCH",
        "UNCHECKOUT",
        "MKACTIVITY",
        "MKWORKSPACE",
        "UNSUBSCRIBE",
        "RPC_CONNECT",
        "VERSION-CONTROL",
        "BASELINE-CONTROL",
    ],
};
/// RTSP.
pub(crate) const RTSP: Protocol = Protocol {
    name: "rtsp",
    before: ": ",
    requests: &[
        "DESCRIBE",
        "ANNOUNCE",
        "GET_PARAMETER",
        "OPTIONS",
        "PAUSE",
        "PLAY",
        "RECORD",
        "REDIRECT",
        "SETUP",
        "SET_PARAMETER",
        "TEARDOWN",
    ],
};
/// SIP.
pub(crate) const SIP: Protocol = Protocol {
    name: "sip",
    before: "",
    requests: &[
        "ACK",
        "BYE",
        "CANCEL",
        "DO",
        "INFO",
        "INVITE",
        "MESSAGE",
        "NOTIFY",
        "OPTIONS",
        "PRACK",
        "QAUTH",
        "REFER",
        "REGISTER",
        "SPRACK",
        "SUBSCRIBE",
        "UPDATE",
        "PUBLISH",
    ],
};
/// The longest word that can be a request.
const LONGEST_WORD: usize = 128;

/// Prints the lines of a message, or its protocol alone where it is the middle of something.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, protocol: &Protocol) -> Done {
    p.text(protocol.before);
    p.protocol = protocol.name;
    p.protocol_caps();
    if !begins_message(b.upto(length), protocol.requests) {
        return Ok(());
    }
    if !p.v(1) {
        p.text(": ");
        return mend(p, |p| line(p, b, 0, length).map(|_| ()));
    }
    write!(p, ", length: {length}");
    let mut at = Some(0);
    while let Some(start) = at.filter(|at| *at < length) {
        let before = p.out.len();
        p.text("\n\t");
        match line(p, b, start, length) {
            Ok(Line::Ended(next)) => at = Some(next),
            Ok(Line::Last) => at = None,
            Ok(Line::NotText) => {
                p.out.truncate(before);
                at = None;
            }
            Err(Cut) => {
                p.out.truncate(before);
                return Err(Cut);
            }
        }
    }
    Ok(())
}

/// Takes back the separator where no line could be printed.
fn mend(p: &mut Printer, print: impl FnOnce(&mut Printer) -> Done) -> Done {
    let before = p.out.len();
    let done = print(p);
    if p.out.len() == before {
        p.out.truncate(before - 2);
    }
    done
}

/// How a line ended.
enum Line {
    /// The next begins here.
    Ended(usize),
    /// The message ended with it.
    Last,
    /// It is no text, and nothing was printed.
    NotText,
}

fn line(p: &mut Printer, b: &[u8], start: usize, length: usize) -> Done<Line> {
    let mut at = start;
    while at < length {
        let next = match b.u8(at)? {
            b'\n' => at + 1,
            b'\r' if at + 1 < length && b.u8(at + 1)? == b'\n' => at + 2,
            b'\t' | 0x20..0x7f => {
                at += 1;
                continue;
            }
            _ => return Ok(Line::NotText),
        };
        visible(p, b.octets(start, at - start)?);
        return Ok(Line::Ended(next));
    }
    visible(p, b.octets(start, at - start)?);
    Ok(Line::Last)
}

/// Text that holds nothing but printable characters and tabs.
fn visible(p: &mut Printer, octets: &[u8]) {
    p.text(std::str::from_utf8(octets).unwrap_or_default());
}

fn begins_message(b: &[u8], requests: &[&str]) -> bool {
    if requests.is_empty() {
        return true;
    }
    let Some((first, rest)) = word(b) else {
        return false;
    };
    if requests
        .iter()
        .any(|request| first.eq_ignore_ascii_case(request.as_bytes()))
    {
        return true;
    }
    // A response begins with the version; its code is the second word.
    word(rest).is_some_and(|(code, _)| code.len() == 3 && code.iter().all(u8::is_ascii_digit))
}

/// The first word and what follows the space behind it.
fn word(b: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = b
        .iter()
        .position(|octet| b" \t\r\n".contains(octet))
        .unwrap_or(b.len());
    let (word, rest) = b.split_at_checked(end)?;
    let fits =
        (1..LONGEST_WORD).contains(&end) && word.iter().all(|octet| (0x20..0x7f).contains(octet));
    let spaces = rest
        .iter()
        .take_while(|octet| b" \t".contains(octet))
        .count();
    fits.then(|| (word, rest.tail(spaces)))
}
