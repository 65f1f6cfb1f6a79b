//! What an answer, an error or silence says about a port or a host, for each kind of scan.

use crate::options::Scan;
use crate::packet::{ACK, Answer, Kind, RST, SYN};
use crate::state::{Reason, State, icmp_reason};

/// The flags of a scan's probes.
pub(crate) fn kind(scan: Scan, flags: Option<u8>) -> Kind {
    use crate::packet::{FIN, PSH, URG};
    let own = match scan {
        Scan::Syn | Scan::Connect => SYN,
        Scan::Ack | Scan::Window => ACK,
        Scan::Null => 0,
        Scan::Fin => FIN,
        Scan::Xmas => FIN | PSH | URG,
        Scan::Maimon => FIN | ACK,
        Scan::Udp => return Kind::Udp,
        Scan::SctpInit => return Kind::SctpInit,
        Scan::SctpCookieEcho => return Kind::SctpCookieEcho,
        Scan::Protocols => return Kind::Protocol(0),
    };
    Kind::Tcp(flags.unwrap_or(own))
}

/// What an answer says about a port.
pub(crate) fn answered(scan: Scan, answer: Answer) -> Option<(State, Reason)> {
    Some(match (scan, answer) {
        (Scan::Udp, Answer::Udp { .. }) => (State::Open, Reason::UdpResponse),
        (Scan::SctpInit, Answer::SctpInitAck { .. }) => (State::Open, Reason::InitAck),
        (Scan::SctpInit | Scan::SctpCookieEcho, Answer::SctpAbort { .. }) => {
            (State::Closed, Reason::Abort)
        }
        (Scan::Protocols, Answer::Icmp { kind: 0, .. }) => (State::Open, Reason::EchoReply),
        (Scan::Protocols, Answer::Icmp { kind: 129, .. }) => (State::Open, Reason::ProtoResponse),
        (Scan::Protocols, Answer::Icmp { .. }) => return None,
        (Scan::Protocols, _) => (State::Open, Reason::ProtoResponse),
        (scan, Answer::Tcp { flags, window, .. }) => match (scan, flags & (SYN | ACK | RST)) {
            (Scan::Window, flags) if flags & RST != 0 => match window {
                0 => (State::Closed, Reason::Reset),
                _ => (State::Open, Reason::Reset),
            },
            (Scan::Ack, flags) if flags & RST != 0 => (State::Unfiltered, Reason::Reset),
            (scan, flags) if flags & RST != 0 && scan.is_tcp() => (State::Closed, Reason::Reset),
            (Scan::Syn, flags) if flags == SYN | ACK => (State::Open, Reason::SynAck),
            (Scan::Syn, SYN) => (State::Open, Reason::Syn),
            _ => return None,
        },
        _ => return None,
    })
}

/// What silence says about a port.
pub(crate) fn silent(scan: Scan) -> State {
    match scan {
        Scan::Udp
        | Scan::Null
        | Scan::Fin
        | Scan::Xmas
        | Scan::Maimon
        | Scan::SctpCookieEcho
        | Scan::Protocols => State::OpenFiltered,
        _ => State::Filtered,
    }
}

/// What an ICMP error says about a port. None if it says nothing.
pub(crate) fn error(
    scan: Scan,
    ipv6: bool,
    kind: u8,
    code: u8,
    from_target: bool,
) -> Option<(State, Reason)> {
    let reason = icmp_reason(ipv6, kind, code);
    let state = match (ipv6, kind, code) {
        // Port unreachable.
        (false, 3, 3) | (true, 1, 4) if scan == Scan::Udp && from_target => State::Closed,
        (false, 3, 3) | (true, 1, 4) if scan == Scan::Protocols && from_target => State::Open,
        // Protocol unreachable; an unknown next header.
        (false, 3, 2) | (true, 4, 1) if scan == Scan::Protocols && from_target => State::Closed,
        (false, 3, 0 | 1 | 2 | 3 | 9 | 10 | 13) => State::Filtered,
        (true, 1, _) => State::Filtered,
        (false, 11, _) | (true, 3, _) => State::Filtered,
        _ => return None,
    };
    Some((state, reason))
}

/// Why an answer shows that a host is up. None if it does not.
pub(crate) fn is_up(probe: Kind, answer: Answer, ignore_rst: bool) -> Option<Reason> {
    Some(match (probe, answer) {
        (Kind::Tcp(_), Answer::Tcp { flags, .. }) if flags & RST != 0 => match ignore_rst {
            true => return None,
            false => Reason::Reset,
        },
        (Kind::Tcp(_), Answer::Tcp { flags, .. }) if flags & (SYN | ACK) == SYN | ACK => {
            Reason::SynAck
        }
        (Kind::Udp, Answer::Udp { .. }) => Reason::UdpResponse,
        (Kind::SctpInit, Answer::SctpInitAck { .. }) => Reason::InitAck,
        (Kind::SctpInit, Answer::SctpAbort { .. }) => Reason::Abort,
        (Kind::Protocol(_), Answer::Icmp { kind, .. }) if !matches!(kind, 0 | 129) => return None,
        (Kind::Protocol(_), _) => Reason::ProtoResponse,
        (Kind::Echo, Answer::Icmp { kind: 0 | 129, .. }) => Reason::EchoReply,
        (Kind::Timestamp, Answer::Icmp { kind: 14, .. }) => Reason::TimestampReply,
        (Kind::Mask, Answer::Icmp { kind: 18, .. }) => Reason::MaskReply,
        _ => return None,
    })
}

/// What an ICMP error says about a host: whether it is up, and why. None if it says nothing.
pub(crate) fn error_of_host(
    ipv6: bool,
    kind: u8,
    code: u8,
    from_target: bool,
) -> Option<(bool, Reason)> {
    let reason = icmp_reason(ipv6, kind, code);
    let up = match (ipv6, kind, code) {
        // The host itself has no such port or protocol.
        (false, 3, 2 | 3) | (true, 1, 4) | (true, 4, 1) => from_target,
        (false, 3 | 11, _) | (true, 1 | 3, _) => false,
        _ => return None,
    };
    Some((up, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(flags: u8, window: u16) -> Answer {
        Answer::Tcp {
            port: 80,
            flags,
            sequence: 0,
            acknowledged: 0,
            window,
        }
    }

    #[test]
    fn answers_decide_as_they_do_for_nmap() {
        for (scan, flags, window, state) in [
            (Scan::Syn, SYN | ACK, 64240, Some(State::Open)),
            (Scan::Syn, RST | ACK, 0, Some(State::Closed)),
            (Scan::Syn, SYN, 64240, Some(State::Open)),
            (Scan::Syn, ACK, 64240, None),
            (Scan::Ack, RST, 0, Some(State::Unfiltered)),
            (Scan::Window, RST, 0, Some(State::Closed)),
            (Scan::Window, RST, 512, Some(State::Open)),
            (Scan::Fin, RST | ACK, 0, Some(State::Closed)),
            (Scan::Null, SYN | ACK, 0, None),
            (Scan::Udp, RST, 0, None),
        ] {
            let decided = answered(scan, tcp(flags, window)).map(|(state, _)| state);
            assert_eq!(decided, state, "{scan:?} {flags}");
        }
    }

    #[test]
    fn errors_decide_as_they_do_for_nmap() {
        let state = |scan, ipv6, kind, code, own| {
            error(scan, ipv6, kind, code, own).map(|(state, _)| state)
        };
        assert_eq!(state(Scan::Udp, false, 3, 3, true), Some(State::Closed));
        assert_eq!(state(Scan::Udp, false, 3, 3, false), Some(State::Filtered));
        assert_eq!(state(Scan::Udp, false, 3, 13, true), Some(State::Filtered));
        assert_eq!(state(Scan::Syn, false, 3, 3, true), Some(State::Filtered));
        assert_eq!(state(Scan::Udp, true, 1, 4, true), Some(State::Closed));
        assert_eq!(state(Scan::Syn, false, 4, 0, true), None);
        assert_eq!(
            error_of_host(false, 3, 1, false).map(|(up, _)| up),
            Some(false)
        );
        assert_eq!(
            error_of_host(false, 3, 3, true).map(|(up, _)| up),
            Some(true)
        );
    }
}
