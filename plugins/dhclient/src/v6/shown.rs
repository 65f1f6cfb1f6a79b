//! Values of options of DHCPv6 in words for people, where the syntax of dhcp-options(5) has octets only.

use std::net::Ipv6Addr;

use super::lease::colons;
use super::message::{code, options};
use super::option;
use crate::v4::option::Form;
use crate::v4::{shown, value};

/// A value: in words if its option has some, or else in the syntax of dhcp-options(5).
pub fn text(code: u16, octets: &[u8]) -> String {
    let words = match code {
        code::IA_NA | code::IA_PD => association(octets, 12),
        code::IA_TA => association(octets, 4),
        16 => vendor_class(octets),
        17 => vendor_options(octets),
        39 => full_name(octets),
        56 => time_servers(octets),
        61 => shown::architectures(octets),
        _ => None,
    };
    words.unwrap_or_else(|| option::text(code, octets))
}

fn number(octets: &[u8], at: usize) -> Option<u32> {
    let octets = octets.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(octets))
}

fn address(octets: &[u8], at: usize) -> Option<Ipv6Addr> {
    let octets: [u8; 16] = octets.get(at..at + 16)?.try_into().ok()?;
    Some(octets.into())
}

fn seconds(seconds: u32) -> String {
    match seconds {
        u32::MAX => "forever".into(),
        seconds => format!("{seconds}"),
    }
}

/// Number and times of an association, and what it has or why it has nothing.
fn association(octets: &[u8], head: usize) -> Option<String> {
    let mut all = vec![colons(octets.get(..4)?)];
    if head == 12 {
        let (renew, rebind) = (number(octets, 4)?, number(octets, 8)?);
        all.push(format!(
            "renew {} rebind {}",
            seconds(renew),
            seconds(rebind)
        ));
    }
    for (code, value) in options(octets.get(head..)?)? {
        all.push(match code {
            code::ADDRESS => format!(
                "address {} preferred {} valid {}",
                address(&value, 0)?,
                seconds(number(&value, 16)?),
                seconds(number(&value, 20)?)
            ),
            code::PREFIX => format!(
                "prefix {}/{} preferred {} valid {}",
                address(&value, 9)?,
                value.get(8)?,
                seconds(number(&value, 0)?),
                seconds(number(&value, 4)?)
            ),
            code => format!("{} {}", option::name(code), option::text(code, &value)),
        });
    }
    Some(all.join(", "))
}

/// The addresses and prefixes in an association, without their times.
pub fn parts(code: u16, octets: &[u8]) -> Vec<String> {
    let head = if code == code::IA_TA { 4 } else { 12 };
    let all = octets.get(head..).and_then(options).unwrap_or_default();
    let part = |(code, value): &(u16, Vec<u8>)| match *code {
        code::ADDRESS => Some(address(value, 0)?.to_string()),
        code::PREFIX => Some(format!("{}/{}", address(value, 9)?, value.get(8)?)),
        _ => None,
    };
    all.iter().filter_map(part).collect()
}

/// An enterprise number, and texts with lengths of 16 bits (RFC 8415 section 21.16).
fn vendor_class(octets: &[u8]) -> Option<String> {
    let mut all = vec![format!("vendor {}", number(octets, 0)?)];
    let mut rest = octets.get(4..)?;
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (text, behind) = behind.split_at_checked(length)?;
        all.push(value::text(Form::Octets, text));
        rest = behind;
    }
    rest.is_empty().then(|| all.join(" "))
}

/// An enterprise number and its options (section 21.17).
fn vendor_options(octets: &[u8]) -> Option<String> {
    let vendor = number(octets, 0)?;
    let all = options(octets.get(4..)?)?
        .into_iter()
        .map(|(code, octets)| {
            let value = value::text(Form::Octets, &octets);
            format!("{code} {value}")
        });
    let all: Vec<String> = all.collect();
    Some(
        format!("vendor {vendor} {}", all.join(", "))
            .trim_end()
            .to_owned(),
    )
}

/// Flags and a name in the form of DNS, perhaps without its end (RFC 4704).
fn full_name(octets: &[u8]) -> Option<String> {
    let (flags, name) = octets.split_first()?;
    let names = value::domains(name).or_else(|| value::domains(&[name, &[0]].concat()))?;
    let set: String = [(4, 'N'), (2, 'O'), (1, 'S')]
        .into_iter()
        .filter(|(bit, _)| flags & bit != 0)
        .map(|(_, letter)| letter)
        .collect();
    let name = value::quoted(names.join(" ").as_bytes());
    Some(match set.is_empty() {
        true => name,
        false => format!("{name} flags {set}"),
    })
}

/// Addresses and names (RFC 5908).
fn time_servers(octets: &[u8]) -> Option<String> {
    let one = |(code, octets): (u16, Vec<u8>)| match code {
        1 | 2 if octets.len() == 16 => Some(address(&octets, 0)?.to_string()),
        3 => {
            let names = value::domains(&octets)?;
            Some(value::quoted(names.join(" ").as_bytes()))
        }
        _ => None,
    };
    let all: Option<Vec<String>> = options(octets)?.into_iter().map(one).collect();
    all.filter(|all| !all.is_empty()).map(|all| all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: [u8; 16] = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];

    fn with(head: &[u8], code: u8, value: &[u8]) -> Vec<u8> {
        let length = u8::try_from(value.len()).unwrap_or(0);
        [head, &[0, code, 0, length], value].concat()
    }

    #[test]
    fn values_are_in_words() {
        let head = [0, 0, 0, 1, 0, 0, 0, 100, 0xff, 0xff, 0xff, 0xff];
        let times = [0, 0, 0, 200, 0, 0, 1, 44];
        let na = with(&head, 5, &[&SERVER[..], &times].concat());
        let pd = with(&head, 26, &[&times[..], &[56], &SERVER].concat());
        let none = with(&head[..4], 13, b"\0\x02none");
        for (code, octets, shown) in [
            (
                3,
                na.clone(),
                "00:00:00:01, renew 100 rebind forever, address fd00::2 preferred 200 valid 300",
            ),
            (
                25,
                pd.clone(),
                "00:00:00:01, renew 100 rebind forever, prefix fd00::2/56 preferred 200 valid 300",
            ),
            (4, none, "00:00:00:01, status-code NoAddrsAvail \"none\""),
            (16, b"\0\0\x0d\xe9\0\x03abc".to_vec(), "vendor 3561 \"abc\""),
            (
                17,
                b"\0\0\x0d\xe9\0\x01\0\x01x".to_vec(),
                "vendor 3561 1 \"x\"",
            ),
            (39, b"\x01\x01h\x04test\0".to_vec(), "\"h.test\" flags S"),
            (39, b"\0\x01h".to_vec(), "\"h\""),
            (56, with(&[], 1, &SERVER), "fd00::2"),
            (56, with(&[], 3, b"\x03ntp\x04test\0"), "\"ntp.test\""),
            (61, vec![0, 7], "7 (x64 UEFI)"),
            (23, SERVER.to_vec(), "fd00::2"),
        ] {
            assert_eq!(text(code, &octets), shown, "{code}");
        }
        assert_eq!(parts(3, &na), ["fd00::2"]);
        assert_eq!(parts(25, &pd), ["fd00::2/56"]);
    }

    #[test]
    fn what_has_another_form_is_shown_as_octets() {
        for (code, octets, shown) in [
            (3, vec![0; 3], "0:0:0"),
            (
                3,
                with(&[0; 12], 5, &[1]),
                "0:0:0:0:0:0:0:0:0:0:0:0:0:5:0:1:1",
            ),
            (16, vec![0, 0, 0, 1, 0, 9], "0:0:0:1:0:9"),
            (17, vec![1], "1"),
            (56, vec![0, 9, 0, 0], "0:9:0:0"),
            (39, vec![1, 0xc0], "1:c0"),
        ] {
            assert_eq!(text(code, &octets), shown, "{code}");
        }
        assert!(parts(3, &[0; 3]).is_empty());
    }
}
