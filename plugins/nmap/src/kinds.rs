//! The letters of `-s` and `-P`, and the values of `--scanflags` and `--data`.

use std::net::IpAddr;

use nethost_sdk::Exit;

use crate::options::{Options, Ping, Scan};
use crate::services::Protocol;
use crate::{misused, quit};

/// `-sS`, `-sUV`, ...
pub(crate) fn scan(options: &mut Options, letters: &str) -> Result<(), Exit> {
    if letters.is_empty() {
        return Err(misused("An option is required for -s, most common are -sT (tcp scan), -sS (SYN scan), -sF (FIN scan), -sU (UDP scan) and -sn (Ping scan)".into()));
    }
    for letter in letters.chars() {
        let scan = match letter {
            'S' => Scan::Syn,
            'T' => Scan::Connect,
            'A' => Scan::Ack,
            'U' => Scan::Udp,
            'N' => Scan::Null,
            'F' => Scan::Fin,
            'X' => Scan::Xmas,
            'W' => Scan::Window,
            'M' => Scan::Maimon,
            'Y' => Scan::SctpInit,
            'Z' => Scan::SctpCookieEcho,
            'O' => Scan::Protocols,
            'L' => {
                options.list = true;
                continue;
            }
            'n' | 'P' => {
                options.no_ports = true;
                continue;
            }
            'V' => {
                options.version = true;
                continue;
            }
            'C' => {
                options.scripts.extend(crate::scripts::defaults());
                continue;
            }
            'R' => {
                options.version = true;
                continue;
            }
            other => return Err(misused(format!("Scantype {other} not supported\n"))),
        };
        if !options.scans.contains(&scan) {
            options.scans.push(scan);
        }
    }
    Ok(())
}

/// `-Pn`, `-PS22,80`, ...
pub(crate) fn ping(options: &mut Options, value: &str) -> Result<(), Exit> {
    let mut letters = value.chars();
    let first = letters.next();
    let rest = letters.as_str();
    let ports = |default: u16, protocol| -> Result<Vec<u16>, Exit> {
        match rest {
            "" => Ok(vec![default]),
            rest => crate::ports::of_ping(rest, protocol),
        }
    };
    match first {
        None | Some('I' | 'E') => options.pings.push(Ping::Echo),
        Some('M') => options.pings.push(Ping::Mask),
        Some('P') => options.pings.push(Ping::Timestamp),
        Some('n' | '0' | 'N' | 'D') => options.no_ping = true,
        Some('S') => options.pings.push(Ping::Syn(ports(80, Protocol::Tcp)?)),
        Some('A' | 'T') => options.pings.push(Ping::Ack(ports(80, Protocol::Tcp)?)),
        Some('U') => options.pings.push(Ping::Udp(ports(40125, Protocol::Udp)?)),
        Some('Y') => options.pings.push(Ping::Sctp(ports(80, Protocol::Sctp)?)),
        Some('B') => {
            options.pings.push(Ping::Ack(ports(80, Protocol::Tcp)?));
            options.pings.push(Ping::Echo);
        }
        Some('R') => options.arp = true,
        Some('O') => {
            let protocols = match rest {
                "" => vec![1, 2, 4],
                rest => crate::ports::of_ping(rest, Protocol::Ip)?,
            };
            options.pings.push(Ping::Protocols(protocols));
        }
        Some(_) => {
            return Err(quit(
                "Illegal Argument to -P, use -Pn, -PE, -PS, -PA, -PP, -PM, -PU, -PY, or -PO".into(),
            ));
        }
    }
    Ok(())
}

/// The most decoys.
const DECOYS: usize = 128;

/// `192.0.2.9,ME,192.0.2.10`: none stands for this machine.
pub(crate) fn decoys(text: &str, ipv6: bool) -> Result<Vec<Option<IpAddr>>, Exit> {
    let mut decoys = Vec::new();
    for word in text.split(',').filter(|word| !word.is_empty()) {
        let lower = word.to_ascii_lowercase();
        if lower == "me" {
            if decoys.contains(&None) {
                return Err(quit("Can only use 'ME' as a decoy once.\n".into()));
            }
            decoys.push(None);
        } else if lower == "rnd" || lower.starts_with("rnd:") {
            return Err(quit(
                "-D RND would have hosts answered that nobody named; name the decoys.".into(),
            ));
        } else {
            let failed =
                |why: &str| quit(format!("Failed to resolve decoy host \"{word}\": {why}"));
            let decoy: IpAddr = word
                .parse()
                .map_err(|_| failed("Name or service not known"))?;
            if decoy.is_ipv6() != ipv6 {
                return Err(failed("Address family for hostname not supported"));
            }
            decoys.push(Some(decoy));
        }
        if decoys.len() > DECOYS {
            return Err(quit(format!(
                "You are only allowed {DECOYS} decoys (if you need more redefine MAX_DECOYS in nmap.h)"
            )));
        }
    }
    if !decoys.contains(&None) {
        let place = crate::random::Random::new().below(decoys.len() + 1);
        decoys.insert(place, None);
    }
    Ok(decoys)
}

/// Names of flags such as `SYNFIN`, or a number.
pub(crate) fn tcp_flags(text: &str) -> Result<u8, Exit> {
    if let Some(number) = number(text) {
        return u8::try_from(number).map_err(|_| quit("--scanflags option must be a number between 0 and 255 (inclusive) or a string like \"URGPSHFIN\".".into()));
    }
    let upper = text.to_ascii_uppercase();
    let names = [
        ("FIN", 1),
        ("SYN", 2),
        ("RST", 4),
        ("RESET", 4),
        ("PSH", 8),
        ("PUSH", 8),
        ("ACK", 16),
        ("URG", 32),
        ("ECE", 64),
        ("CWR", 128),
        ("ALL", 255),
        ("NONE", 0),
    ];
    Ok(names
        .iter()
        .filter(|(name, _)| upper.contains(name))
        .fold(0, |flags, (_, flag)| flags | flag))
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// `0xdeadbeef`, `deadbeef` or `\xde\xad`.
pub(crate) fn hex(text: &str) -> Result<Vec<u8>, Exit> {
    let digits = text.trim_start_matches("0x").replace("\\x", "");
    let wrong = || quit("Invalid hex string specified".into());
    if digits.is_empty() || !digits.is_ascii() || digits.len() % 2 == 1 {
        return Err(wrong());
    }
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len())
        .step_by(2)
        .map(|at| byte(at).ok_or_else(wrong))
        .collect()
}

/// Random bytes.
pub(crate) fn random(count: usize) -> Vec<u8> {
    let mut random = crate::random::Random::new();
    (0..count).map(|_| random.next() as u8).collect()
}
