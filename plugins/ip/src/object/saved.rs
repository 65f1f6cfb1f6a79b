//! `save`, `restore` and `showdump` of addresses, routes and rules: the kernel's own messages behind a
//! number, in iproute2's format, so that each program restores what the other has saved.

use std::io::Read;

use nethost_sdk::netlink::{Change, How, Listed, Listing, Object, read_message};
use nethost_sdk::output::{Format, Output};
use nethost_sdk::terminal::{StandardStream, is_terminal};

use crate::ip::{Ip, dump_answer, warn_interrupted};
use crate::words::{Done, failed, usage};

/// The first four octets of a file.
pub(crate) const ADDRESSES: u32 = 0x4736_1222;
pub(crate) const ROUTES: u32 = 0x4531_1224;
pub(crate) const RULES: u32 = 0x7170_6986;

/// struct nlmsghdr.
const HEADER: usize = 16;

/// Refuses to write to a terminal what no person reads.
pub(crate) fn check_output() -> Done {
    if is_terminal(StandardStream::Output) {
        return Err(usage("Not sending a binary stream to stdout"));
    }
    Ok(())
}

/// Writes what a listing tells, as far as it is wanted.
pub(crate) fn save<T: Listed>(
    magic: u32,
    mut listing: Listing<T>,
    wanted: impl Fn(&T) -> bool,
) -> Done {
    let mut out = magic.to_ne_bytes().to_vec();
    while let Some(batch) = listing
        .next_messages()
        .map_err(|error| dump_answer(&error))?
    {
        for (_, message) in batch.iter().filter(|(object, _)| wanted(object)) {
            out.extend_from_slice(message);
            let aligned = out.len().next_multiple_of(4);
            out.resize(aligned, 0);
        }
        write(&out)?;
        out.clear();
    }
    warn_interrupted(listing.was_interrupted());
    write(&out)
}

fn write(octets: &[u8]) -> Done {
    let mut output = Output::stdout(Format::Text);
    output.octets(octets)?;
    output.flush()
}

/// The objects of a file on standard input.
pub(crate) fn read(magic: u32) -> Done<Vec<Object>> {
    // As iproute2 ends with them.
    let code = if magic == ROUTES { 1 } else { 255 };
    if is_terminal(StandardStream::Input) {
        return Err(usage("Can't restore from a terminal"));
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| failed(1, format!("Failed to read standard input: {error}")))?;
    let (found, mut rest) = bytes.split_at(bytes.len().min(4));
    let number = found.first_chunk().copied().map(u32::from_ne_bytes);
    if number != Some(magic) {
        return Err(failed(
            code,
            format!(
                "Magic mismatch ({} elems, {:x} magic)",
                usize::from(number.is_some()),
                number.unwrap_or_default()
            ),
        ));
    }
    let mut objects = Vec::new();
    while !rest.is_empty() {
        let length = rest.first_chunk().copied().map(u32::from_ne_bytes);
        let length = length.map_or(0, |length| length as usize);
        let message = rest
            .get(..length)
            .filter(|_| length >= HEADER)
            .ok_or_else(|| failed(1, "ip: the saved messages end in the middle of one"))?;
        let object = read_message(message);
        objects.push(object.map_err(|error| failed(1, format!("ip: a saved message: {error}")))?);
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(objects)
}

/// Makes what was saved, as far as it is not there already.
pub(crate) fn restore(ip: &mut Ip, magic: u32) -> Done {
    for object in read(magic)? {
        let change = match object {
            Object::Address(address) => Change::Address(address),
            Object::Route(route) => Change::Route(route),
            Object::Rule(rule) => Change::Rule(rule),
            _ => continue,
        };
        match ip.put(&change, How::CREATE) {
            Err(error) if error.stderr.ends_with("File exists") => {}
            other => other?,
        }
    }
    Ok(())
}
