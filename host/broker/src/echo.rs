//! The parts of ICMP echo (RFC 792, RFC 4443) that the broker checks.

/// Octets before the payload.
pub(crate) const ECHO_HEADER: usize = 8;
/// Types of ICMP and ICMPv6 messages.
const ECHO_REQUEST: u8 = 8;
const ECHO_REQUEST_6: u8 = 128;

/// Whether a packet is an echo request.
pub(crate) fn is_echo_request(packet: &[u8], ipv6: bool) -> bool {
    let wanted = if ipv6 { ECHO_REQUEST_6 } else { ECHO_REQUEST };
    matches!(packet, [kind, 0, ..] if *kind == wanted && packet.len() >= ECHO_HEADER)
}
