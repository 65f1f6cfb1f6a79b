//! -t: answers the negotiation of a telnet server (RFC 854) so that it goes on: every option is refused.

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;

/// The answers to the commands in what came in. As in the native tool, a command that is cut by the end of what was
/// read at once is not answered.
pub(crate) fn answers(received: &[u8]) -> Vec<u8> {
    let mut answers = Vec::new();
    let mut rest = received;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != IAC {
            continue;
        }
        let [command, option, after @ ..] = tail else {
            break;
        };
        let answer = match *command {
            WILL | WONT => DONT,
            DO | DONT => WONT,
            _ => continue,
        };
        answers.extend([IAC, answer, *option]);
        rest = after;
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_refused() {
        assert_eq!(
            answers(&[b'a', IAC, DO, 24, IAC, WILL, 1, b'b']),
            [IAC, WONT, 24, IAC, DONT, 1]
        );
        assert!(answers(&[IAC, WILL]).is_empty());
        assert_eq!(answers(&[IAC, IAC, IAC, DONT, 3]), [IAC, WONT, 3]);
        assert!(answers(b"plain").is_empty());
    }
}
