//! States of TCP sockets, as the kernel numbers them and lsof names them.

/// From 1 on.
const NAMES: [&str; 12] = [
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT1",
    "FIN_WAIT2",
    "TIME_WAIT",
    "CLOSED",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
    "NEW_SYN_RECV",
];

/// The last number.
pub(crate) const LAST: u8 = NAMES.len() as u8;

/// The name of a state.
pub(crate) fn name(state: u8) -> Option<&'static str> {
    NAMES.get(usize::from(state).checked_sub(1)?).copied()
}

/// The state of a name.
pub(crate) fn named(name: &str) -> Option<u8> {
    let name = match name.to_ascii_uppercase().as_str() {
        "CLOSE" => "CLOSED".to_owned(),
        other => other.to_owned(),
    };
    let place = NAMES.iter().position(|known| *known == name)?;
    u8::try_from(place + 1).ok()
}
