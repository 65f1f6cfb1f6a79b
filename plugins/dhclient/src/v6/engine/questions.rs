//! The messages of the client.

use std::net::Ipv6Addr;

use super::{Association, Client, Kind};
use crate::v6::lease::Part;
use crate::v6::message::{Message, Options, code, kind};
use crate::v6::words;

/// What ISC's dhclient asks for, in seconds: renewal, rebinding; preferred and valid lifetimes.
const TIMES: (u32, u32) = (3600, 5400);
const LIFETIMES: (u32, u32) = (7200, 7500);

/// No certain prefix, but its length.
fn any_of_length(length: u8) -> Part {
    Part {
        address: Ipv6Addr::UNSPECIFIED,
        length: Some(length),
        preferred: 0,
        valid: 0,
    }
}

impl Client {
    /// The message of the exchange.
    pub(super) fn message(&mut self, elapsed: u16) -> Message {
        let settings = self.settings.clone();
        let mut options: Options = vec![(code::CLIENT, settings.identifier.clone())];
        let offered = self.offers.first();
        let lease = match self.sends {
            kind::REQUEST => offered,
            kind::SOLICIT | kind::INFORMATION => None,
            _ => self.lease.as_ref(),
        };
        let server = lease.map(|lease| lease.server.clone());
        let lease = lease.cloned();
        if let Some(server) = server
            && [kind::REQUEST, kind::RENEW, kind::RELEASE].contains(&self.sends)
        {
            options.push((code::SERVER, server));
        }
        if ![kind::CONFIRM, kind::RELEASE].contains(&self.sends) {
            let request = settings.request.iter().flat_map(|code| code.to_be_bytes());
            options.push((code::REQUEST, request.collect()));
        }
        options.push((code::ELAPSED, elapsed.to_be_bytes().into()));
        if self.sends == kind::SOLICIT && settings.rapid {
            options.push((code::RAPID_COMMIT, Vec::new()));
        }
        if self.sends == kind::INFORMATION {
            // Nothing is associated with it.
        } else if let Some(lease) = lease {
            let confirms = self.sends == kind::CONFIRM || self.sends == kind::RELEASE;
            let (times, lifetimes) = if confirms {
                ((0, 0), (0, 0))
            } else {
                (TIMES, LIFETIMES)
            };
            for one in &lease.associations {
                for line in words::sent(self.sends, one, TIMES, LIFETIMES) {
                    self.say(line);
                }
                options.push(one.emit(times, lifetimes));
            }
        } else {
            for (kind, id) in settings.associations() {
                let hint = settings.prefix_hint.filter(|_| kind == Kind::Prefixes);
                let one = Association {
                    kind,
                    id,
                    starts: 0,
                    renew: 0,
                    rebind: 0,
                    // A prefix of this length, whichever it is (RFC 8415 section 18.2.1).
                    parts: hint.map(any_of_length).into_iter().collect(),
                };
                for line in words::sent(self.sends, &one, TIMES, LIFETIMES) {
                    self.say(line);
                }
                options.push(one.emit(TIMES, (0, 0)));
            }
        }
        Message {
            kind: self.sends,
            transaction: self.transaction,
            options,
        }
    }
}
