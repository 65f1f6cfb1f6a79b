//! What a message means for the lookup: whether it is an answer, and whether the server requires another form of the
//! question.

use super::{Arrival, BADCOOKIE, BADVERS, Engine, FORMERR, NOTIMP, SERVFAIL, Step};
use crate::edns::{self, Cookie, Edns, code};
use crate::kind;
use crate::lookup::Transport;
use crate::mnemonic;
use crate::name;
use crate::reply::{self, Reply, flag};
use crate::report::Report;
use crate::signing::Signer;

impl Engine {
    /// Whether it answers the request.
    pub(super) fn check_header(&mut self, bytes: &[u8], report: &mut Report) -> Result<(), Step> {
        let stream = self.transport != Transport::Udp;
        match reply::peek(bytes) {
            None if stream => {
                report.warning("ERROR: short (< header size) message");
                Err(Step::Done)
            }
            None => {
                report.warning("Warning: short (< header size) message received");
                Err(Step::Wait)
            }
            Some((id, response)) => {
                let right = id == self.id;
                if !right {
                    self.ignored.wrong_id += 1;
                    let level = if stream { "ERROR" } else { "Warning" };
                    report.warning(&format!(
                        "{level}: ID mismatch: expected ID {}, got {id}",
                        self.id
                    ));
                }
                if !response {
                    report.warning("Warning: query response not set");
                }
                match (right, stream) {
                    (true, _) => Ok(()),
                    (false, true) => Err(Step::Done),
                    (false, false) => Err(Step::Wait),
                }
            }
        }
    }

    /// Whether it has the question of the request.
    pub(super) fn check_question(
        &mut self,
        reply: &Reply<'_>,
        report: &mut Report,
    ) -> Result<(), Step> {
        let lookup = &self.start.lookup;
        if reply.opcode() != lookup.opcode {
            report.warning(&format!(
                "Warning: Opcode mismatch: expected {}, got {}",
                mnemonic::opcode(lookup.opcode),
                mnemonic::opcode(reply.opcode())
            ));
            return Err(Step::Wait);
        }
        let wrong = reply.questions.iter().find(|question| {
            question.rtype != lookup.rtype
                || question.class != lookup.class
                || question.name != self.name
        });
        let Some(question) = wrong else {
            return Ok(());
        };
        let mut words = String::from(";; Question section mismatch: got ");
        name::write(&mut words, &question.name, false);
        if words.ends_with('.') && !question.name.is_root() {
            words.pop();
        }
        words.push('/');
        kind::write_type(&mut words, question.rtype);
        words.push('/');
        kind::write_class(&mut words, question.class);
        report.warning(&words);
        self.ignored.wrong_question += 1;
        Err(match self.transport {
            Transport::Udp => Step::Wait,
            _ => Step::Done,
        })
    }

    /// Repeats the request in the form that the server requires.
    pub(super) fn negotiate(
        &mut self,
        reply: &Reply<'_>,
        arrival: Arrival,
        report: &mut Report,
        random: u16,
    ) -> Option<Step> {
        let lookup = &self.start.lookup;
        let datagram = self.transport == Transport::Udp;
        if reply.rcode == BADVERS
            && lookup.edns_negotiation
            && let (Some(opt), Some(ours)) = (&reply.opt, self.edns)
            && Edns::of(opt).version < ours
        {
            let version = Edns::of(opt).version;
            report.comment(
                lookup,
                &format!("BADVERS, retrying with EDNS version {version}."),
            );
            self.edns = Some(version);
            return Some(self.restart(report, random, arrival.now));
        }
        // RFC 6891 section 7: such a server did not understand the OPT record, so it sends none.
        if [FORMERR, NOTIMP].contains(&reply.rcode)
            && lookup.edns_fallback
            && !lookup.header_only
            && lookup.opcode == 0
            && reply.opt.is_none()
            && self.edns.is_some()
            && !self.plain
        {
            let status = mnemonic::rcode(reply.rcode);
            report.comment(lookup, &format!("{status} to EDNS, retrying without EDNS."));
            self.plain = true;
            return Some(self.restart(report, random, arrival.now));
        }
        if reply.has(flag::TC) && datagram && !lookup.ignore_truncation {
            report.comment(lookup, "Truncated, retrying in TCP mode.");
            if !self.cookie_known {
                self.learn_cookie(reply, report);
            }
            self.transport = Transport::Tcp;
            return Some(self.restart(report, random, arrival.now));
        }
        if reply.rcode == BADCOOKIE && datagram && lookup.send_cookie && lookup.retry_bad_cookie {
            let cookie = self.learn_cookie(reply, report);
            if cookie != Some(Cookie::Good) {
                return None;
            }
            let lookup = &self.start.lookup;
            if lookup.show_bad_cookie
                && let Some(shown) = self.shown(reply, arrival, false, cookie)
            {
                report.message(&shown);
                report.received(&shown, None);
            }
            let how = if self.seen_bad_cookie {
                " in TCP mode"
            } else {
                ""
            };
            report.comment(lookup, &format!("BADCOOKIE, retrying{how}."));
            if self.seen_bad_cookie {
                self.transport = Transport::Tcp;
            }
            self.seen_bad_cookie = true;
            return Some(self.restart(report, random, arrival.now));
        }
        let failed = match reply.rcode {
            SERVFAIL if !lookup.servfail_stops => Some("SERVFAIL reply"),
            _ if lookup.needs_recursion && lookup.recurse && !reply.has(flag::RA) => {
                Some("recursion not available")
            }
            _ => None,
        };
        if let Some(what) = failed {
            let from = self.server().map(|server| server.address.ip().to_string());
            let from = from.unwrap_or_default();
            if self.server + 1 < self.start.servers.len() {
                report.comment(
                    lookup,
                    &format!("Got {what} from {from}, trying next server"),
                );
                self.server += 1;
                return Some(self.ask(report));
            }
            report.comment(lookup, &format!("Got {what} from {from}"));
        }
        None
    }

    /// The lookup from its first server on, with what is known by now.
    pub(super) fn restart(&mut self, report: &mut Report, random: u16, now: u64) -> Step {
        self.server = 0;
        report.trying(&self.start.lookup, &self.name);
        self.prepare(random, now);
        self.ask(report)
    }

    pub(super) fn check_signature(
        &mut self,
        reply: &Reply<'_>,
        now: u64,
        report: &mut Report,
    ) -> Option<bool> {
        let (Some(Signer::Shared(key)), Some(chain)) =
            (self.start.signer.as_deref(), self.chain.as_mut())
        else {
            return None;
        };
        match chain.verify(key, reply, now) {
            Ok(()) => Some(true),
            Err(error) => {
                report.warning(&format!("Couldn't verify signature: {error}"));
                Some(false)
            }
        }
    }

    /// Checks the server's cookie and keeps it for the next request of this lookup.
    pub(super) fn learn_cookie(
        &mut self,
        reply: &Reply<'_>,
        report: &mut Report,
    ) -> Option<Cookie> {
        if !self.start.lookup.send_cookie && !self.cookie_known {
            return None;
        }
        let Some(opt) = &reply.opt else {
            if self.cookie_known {
                report.warning("expected opt record in response");
            }
            return None;
        };
        let (_, value) = edns::options(opt)
            .into_iter()
            .find(|(option, _)| *option == code::COOKIE)?;
        let (Some(sent), Some(came)) = (self.cookie.get(..8), value.get(..8)) else {
            report.warning("Warning: COOKIE bad token (too short)");
            return Some(Cookie::Bad);
        };
        if sent != came {
            report.warning("Warning: Client COOKIE mismatch");
            return Some(Cookie::Bad);
        }
        value.clone_into(&mut self.cookie);
        self.cookie_known = true;
        Some(Cookie::Good)
    }
}
