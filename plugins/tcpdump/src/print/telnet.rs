//! Telnet (RFC 854): its commands.

use super::prelude::*;

const COMMANDS: [&str; 20] = [
    "EOF", "SUSP", "ABORT", "EOR", "SE", "NOP", "DMARK", "BRK", "IP", "AO", "AYT", "EC", "EL",
    "GA", "SB", "WILL", "WONT", "DO", "DONT", "IAC",
];
const OPTIONS: [&str; 40] = [
    "BINARY",
    "ECHO",
    "RCP",
    "SUPPRESS GO AHEAD",
    "NAME",
    "STATUS",
    "TIMING MARK",
    "RCTE",
    "NAOL",
    "NAOP",
    "NAOCRD",
    "NAOHTS",
    "NAOHTD",
    "NAOFFD",
    "NAOVTS",
    "NAOVTD",
    "NAOLFD",
    "EXTEND ASCII",
    "LOGOUT",
    "BYTE MACRO",
    "DATA ENTRY TERMINAL",
    "SUPDUP",
    "SUPDUP OUTPUT",
    "SEND LOCATION",
    "TERMINAL TYPE",
    "END OF RECORD",
    "TACACS UID",
    "OUTPUT MARKING",
    "TTYLOC",
    "3270 REGIME",
    "X.3 PAD",
    "NAWS",
    "TSPEED",
    "LFLOW",
    "LINEMODE",
    "XDISPLOC",
    "OLD-ENVIRON",
    "AUTHENTICATION",
    "ENCRYPT",
    "NEW-ENVIRON",
];
const QUALIFIERS: &[&str] = &["IS", "SEND", "INFO"];
const AUTHENTICATION: &[&str] = &["IS", "SEND", "REPLY", "NAME"];
const AUTHENTICATION_KINDS: &[&str] = &[
    "NULL",
    "KERBEROS_V4",
    "KERBEROS_V5",
    "SPX",
    "MINK",
    "SRP",
    "RSA",
    "SSL",
    "",
    "",
    "LOKI",
    "SSA",
    "KEA_SJ",
    "KEA_SJ_INTEG",
    "DSS",
    "NTLM",
];
const ENCRYPTION: &[&str] = &[
    "IS",
    "SUPPORT",
    "REPLY",
    "START",
    "END",
    "REQUEST-START",
    "REQUEST-END",
    "END_KEYID",
    "DEC_KEYID",
];
const ENCRYPTION_KINDS: &[&str] = &[
    "NULL",
    "DES_CFB64",
    "DES_OFB64",
    "DES3_CFB64",
    "DES3_OFB64",
    "",
    "CAST5_40_CFB64",
    "CAST5_40_OFB64",
    "CAST128_CFB64",
    "CAST128_OFB64",
];

const IAC: u8 = 255;

/// A command in words, and how many octets it takes.
struct Command {
    text: String,
    size: usize,
}

/// Prints the commands that a segment begins with.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "telnet";
    let dumped = p.set.hex_ascii > 0 && p.v(3);
    let mut at = 0;
    while at < length && b.u8(at)? == IAC {
        let Some(command) = command(b.tail(at), length - at)? else {
            break;
        };
        if dumped {
            p.text(if at == 0 { "\nTelnet:" } else { "" });
            let taken = b.octets(at, command.size)?;
            super::dump::hex_from(p, "\n", taken, at);
            match command.size > 8 {
                true => p.text("\n\t\t\t\t"),
                false => {
                    p.text(&" ".repeat((8 - command.size) * 3));
                    p.text("\t");
                }
            }
        } else {
            p.text(if at == 0 { " [telnet " } else { ", " });
        }
        p.text(&command.text);
        at += command.size;
    }
    if at > 0 {
        p.text(if dumped { "\n" } else { "]" });
    }
    Ok(())
}

fn named(table: &[&str], number: u8) -> String {
    match table.get(usize::from(number)) {
        Some(name) if !name.is_empty() => (*name).to_owned(),
        _ if number == 0 => "0".to_owned(),
        _ => format!("{number:#x}"),
    }
}

/// Reads a command; none where the segment ends within it.
fn command(b: &[u8], length: usize) -> Done<Option<Command>> {
    let get = |at: usize| match at < length {
        true => b.u8(at).map(Some),
        false => Ok(None),
    };
    let Some(code) = get(1)? else {
        return Ok(None);
    };
    if code == IAC {
        let text = "IAC IAC".to_owned();
        return Ok(Some(Command { text, size: 2 }));
    }
    let Some(name) = usize::from(code)
        .checked_sub(236)
        .and_then(|place| COMMANDS.get(place))
    else {
        return Ok(None);
    };
    if !(250..=254).contains(&code) {
        let text = (*name).to_owned();
        return Ok(Some(Command { text, size: 2 }));
    }
    let Some(option) = get(2)? else {
        return Ok(None);
    };
    let mut text = format!("{name} {}", named(&OPTIONS, option));
    if code != 250 {
        return Ok(Some(Command { text, size: 3 }));
    }
    let mut end = 3;
    while length > end + 1 {
        if b.u8(end)? == IAC && b.u8(end + 1)? == 240 {
            break;
        }
        end += 1;
    }
    if b.u8(end)? != IAC {
        return Ok(None);
    }
    let tables: &[&[&str]] = match option {
        37 => &[AUTHENTICATION, AUTHENTICATION_KINDS],
        38 => &[ENCRYPTION, ENCRYPTION_KINDS],
        _ => &[QUALIFIERS],
    };
    for at in 3..end {
        let Some(octet) = get(at)? else {
            return Ok(None);
        };
        let table = tables.get(at - 3).copied().unwrap_or_default();
        text.push(' ');
        text.push_str(&named(table, octet));
    }
    text.push_str(" SE");
    Ok(Some(Command {
        text,
        size: end + 2,
    }))
}
