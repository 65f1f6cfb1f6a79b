//! Values of an association: keys, what it is carried in, and the device that does the work.

use super::parse;
use crate::ip::Ip;
use crate::words::{Done, Words, number, usage, wrong};

/// `0x…`, or the octets as they are.
pub(super) fn key(text: &str) -> Done<Vec<u8>> {
    const LONGEST: usize = 512;
    let invalid = || usage("Error: argument of a key is wrong: ALGO-KEYMAT value is invalid");
    let key = match text.strip_prefix("0x") {
        Some(digits) if !digits.is_empty() => {
            let digits = match digits.len() % 2 {
                0 => digits.to_owned(),
                _ => format!("0{digits}"),
            };
            (0..digits.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
                .collect::<Option<Vec<u8>>>()
                .ok_or_else(invalid)?
        }
        _ => text.as_bytes().to_vec(),
    };
    if key.len() > LONGEST {
        return Err(usage("ALGO-KEYMAT value makes buffer overflow"));
    }
    Ok(key)
}

/// struct xfrm_encap_tmpl.
pub(super) fn encapsulation(words: &mut Words) -> Done<Vec<u8>> {
    let text = words.need()?;
    let kind: u16 = match text.as_str() {
        "espinudp-nonike" => 1,
        "espinudp" => 2,
        "espintcp" => 7,
        _ => return Err(wrong(&text, "ENCAP-TYPE value is invalid")),
    };
    let from: u16 = number(&words.need()?, "SPORT value after \"encap\" is invalid")?;
    let to: u16 = number(&words.need()?, "DPORT value after \"encap\" is invalid")?;
    let original = crate::words::address(&words.need()?, 0)?;
    let mut bytes = kind.to_ne_bytes().to_vec();
    bytes.extend(from.to_be_bytes());
    bytes.extend(to.to_be_bytes());
    bytes.extend([0; 2]);
    bytes.extend(parse::address(Some(original)));
    Ok(bytes)
}

/// struct xfrm_user_offload, aligned.
pub(super) fn offload(ip: &mut Ip, words: &mut Words) -> Done<Vec<u8>> {
    let mut index = 0;
    if words.peek() == Some("dev") {
        words.next();
        let name = words.need()?;
        let found = ip.link_index(&name);
        index = found.map_err(|_| wrong(&name, "value after \"offload dev\" is invalid"))?;
    }
    let word = words.need()?;
    if word != "dir" {
        return Err(wrong(&word, "value after \"offload dir\" is invalid"));
    }
    let text = words.need()?;
    let flags: u8 = match text.as_str() {
        "in" => 2,
        "out" => 0,
        _ => return Err(wrong(&text, "DIR value is invalid")),
    };
    let mut bytes = index.to_ne_bytes().to_vec();
    bytes.extend([flags, 0, 0, 0]);
    Ok(bytes)
}
