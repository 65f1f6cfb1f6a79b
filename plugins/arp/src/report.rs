//! Entries in the style of Linux or of BSD.

use crate::entry::Entry;

/// The line above the Linux style.
pub(crate) const HEAD: &str =
    "Address                  HWtype  HWaddress           Flags Mask            Iface";

/// A line in Linux style.
pub(crate) fn linux(entry: &Entry) -> String {
    let name = entry
        .name
        .clone()
        .unwrap_or_else(|| entry.address.to_string());
    let interface = &entry.interface;
    let flags = flags(entry);
    match &entry.hwaddress {
        Some(address) => {
            format!(
                "{name:<23.23}  {:<8}{address:<20}{flags:<6}{:<15} {interface}",
                "ether", ""
            )
        }
        None if entry.published => {
            let what = "<from_interface>";
            format!(
                "{name:<23.23}  {:<8}{what:<20}{flags:<6}{:<15} {interface}",
                "*", ""
            )
        }
        None => format!(
            "{name:<23.23}  {:<8}{:<20}{:<6}{:<15} {interface}",
            "", "(incomplete)", "", ""
        ),
    }
}

fn flags(entry: &Entry) -> String {
    let mut flags = String::new();
    if entry.hwaddress.is_some() {
        flags.push('C');
    }
    if entry.permanent {
        flags.push('M');
    }
    if entry.published {
        flags.push('P');
    }
    flags
}

/// A line in BSD style.
pub(crate) fn bsd(entry: &Entry) -> String {
    let name = entry.name.as_deref().unwrap_or("?");
    let address = entry.address;
    let at = match &entry.hwaddress {
        Some(hardware) => format!("{hardware} [ether]"),
        None if entry.published => "<from_interface>".to_owned(),
        None => "<incomplete>".to_owned(),
    };
    let permanent = if entry.permanent { " PERM" } else { "" };
    let published = if entry.published { " PUB" } else { "" };
    format!(
        "{name} ({address}) at {at}{permanent}{published} on {}",
        entry.interface
    )
}
