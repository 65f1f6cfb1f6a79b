//! From the error queue's words to answers.

use nethost_sdk::Error;
use nethost_sdk::socket::{ErrorOrigin, NetworkError};

use crate::probe::{Answer, Icmp, IcmpVersion, Meaning};

/// What an error says about a probe; none when it says nothing about the path.
pub(super) fn answer(error: &NetworkError<'_>, id: Option<u16>) -> Option<Answer> {
    let version = match error.origin {
        ErrorOrigin::Local => None,
        ErrorOrigin::Icmp => Some(IcmpVersion::V4),
        ErrorOrigin::Icmp6 => Some(IcmpVersion::V6),
    };
    let meaning = match version {
        Some(version) => {
            let (kind, code, info) = (error.icmp_type, error.icmp_code, error.info);
            Icmp {
                version,
                kind,
                code,
                info,
            }
            .meaning()?
        }
        None if error.code == Error::DatagramTooLarge => Meaning::TooLarge(error.info),
        None => return None,
    };
    Some(Answer {
        id,
        from: version.and(error.offender).map(|offender| offender.ip()),
        sent: None,
        received: error.timestamp.as_nanos(),
        meaning,
        hop_limit: error.hop_limit,
        extensions: crate::extension::parse(error.extensions),
    })
}
