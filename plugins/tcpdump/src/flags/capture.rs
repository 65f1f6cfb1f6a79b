//! The options of what is captured, and of the files that are written.

use nethost_sdk::text::printable;

use super::{Flag, fail, number};
use crate::filter::LARGEST;
use crate::links;
use crate::options::Direction;

/// Types of time stamps that libpcap knows.
const STAMPS: [&str; 6] = [
    "host",
    "host_lowprec",
    "host_hiprec",
    "adapter",
    "adapter_unsynced",
    "host_hiprec_unsynced",
];

pub(super) static FLAGS: &[Flag] = &[
    Flag::value('i', "<interface>", "capture on this one", |o, given| {
        o.interface = Some(given.value.to_owned());
        Ok(())
    })
    .long("interface"),
    Flag::switch('D', "list the interfaces", |o| o.list_interfaces = true).long("list-interfaces"),
    Flag::switch('L', "list the links of the interface", |o| {
        o.list_links = true
    })
    .long("list-data-link-types"),
    Flag::value('y', "<link>", "capture with this link", |o, given| {
        match links::number(given.value) {
            Some(link) => o.link = Some(link),
            None => return fail(format!("invalid data link type {}", printable(given.value))),
        }
        Ok(())
    })
    .long("linktype"),
    Flag::switch('J', "list the types of time stamps", |o| {
        o.list_stamps = true
    })
    .long("list-time-stamp-types"),
    Flag::value('j', "<type>", "type of time stamps", |o, given| {
        if !STAMPS.contains(&given.value) {
            return fail(format!(
                "invalid time stamp type {}",
                printable(given.value)
            ));
        }
        o.stamp_type = Some(given.value.to_owned());
        Ok(())
    })
    .long("time-stamp-type"),
    Flag::value('Q', "<direction>", "in, out or inout", |o, given| {
        o.direction = match given.value.to_ascii_lowercase().as_str() {
            "in" => Direction::In,
            "out" => Direction::Out,
            "inout" => Direction::Both,
            _ => {
                return fail(format!(
                    "unknown capture direction `{}'",
                    printable(given.value)
                ));
            }
        };
        Ok(())
    })
    .long("direction"),
    Flag::value('B', "<KiB>", "size of the buffer", |o, given| {
        o.buffer = number(given, "packet buffer size", 1)?;
        Ok(())
    })
    .long("buffer-size"),
    Flag::switch('p', "not promiscuous", |o| o.not_promiscuous = true).long("no-promiscuous-mode"),
    Flag::switch('I', "monitor mode", |o| o.monitor = true).long("monitor-mode"),
    Flag::long_switch("immediate-mode", "print packets as they pass", |o| {
        o.immediate = true
    }),
    Flag::value(
        's',
        "<snaplen>",
        "octets of each packet at most",
        |o, given| {
            o.snapshot = match given.value.parse::<i64>() {
                Ok(0) => LARGEST,
                Ok(octets) if (1..=LARGEST.into()).contains(&octets) => octets as u32,
                _ => {
                    return fail(format!(
                        "invalid snaplen {} (must be >= 0 and <= {LARGEST})",
                        printable(given.value)
                    ));
                }
            };
            Ok(())
        },
    )
    .long("snapshot-length"),
    Flag::switch('O', "do not optimize the filter", |o| o.plain = true).long("no-optimize"),
    Flag::switch('d', "print the program of the filter", |o| {
        o.listing = o.listing.saturating_add(1)
    }),
    Flag::value('w', "<file>", "write packets to a file", |o, given| {
        o.write = Some(given.value.to_owned());
        Ok(())
    }),
    Flag::long_switch("pcapng", "write pcapng", |o| o.pcapng = true),
    Flag::long_switch("print", "print packets too that are written", |o| {
        o.print_too = true
    }),
    Flag::long_switch("json", "one JSON object for each packet", |o| o.json = true),
    Flag::long_switch(
        "flows",
        "a table of conversations, live on a terminal, and at the end",
        |o| o.flows = true,
    ),
    Flag::switch('U', "pass packets on one by one", |o| {
        o.packet_buffered = true
    })
    .long("packet-buffered"),
    Flag::value(
        'C',
        "<size>",
        "another file behind so many million octets",
        |o, given| {
            let value = given.value;
            let units = [('k', 1_u64 << 10), ('m', 1 << 20), ('g', 1 << 30)];
            let found = units.iter().find(|(letter, _)| {
                let last = value.chars().next_back();
                last.is_some_and(|last| last.eq_ignore_ascii_case(letter))
            });
            let (digits, unit) = match (found, value.len().checked_sub(1)) {
                (Some((_, unit)), Some(end)) => (value.get(..end).unwrap_or_default(), *unit),
                _ => (value, 1_000_000),
            };
            let size = digits.parse::<u64>().ok().filter(|size| *size > 0);
            match size.and_then(|size| size.checked_mul(unit)) {
                Some(size) => o.file_size = Some(size),
                None => return fail(format!("invalid file size {}", printable(value))),
            }
            Ok(())
        },
    ),
    Flag::value(
        'G',
        "<seconds>",
        "another file after so many seconds",
        |o, given| {
            // As atoi(3) reads it.
            let digits = given.value.trim_start();
            let end = digits.find(|c: char| !c.is_ascii_digit());
            let digits = digits.split_at(end.unwrap_or(digits.len())).0;
            if given.value.trim_start().starts_with('-') {
                let seconds = printable(given.value);
                return fail(format!("invalid number of seconds {seconds}"));
            }
            let seconds = digits.parse::<i64>().unwrap_or(0);
            o.file_seconds = Some(seconds).filter(|seconds| *seconds > 0);
            Ok(())
        },
    ),
    Flag::value('W', "<count>", "so many files at most", |o, given| {
        o.files = Some(number(given, "number of output files", 1)?);
        Ok(())
    }),
];
