//! Handles events: answers are shown, timeouts are retried, and the lookup continues or ends.

use super::{Arrival, Engine, Event, NO_REPLY, NXDOMAIN, Step};
use crate::edns::Cookie;
use crate::lookup::{Purpose, Transport};
use crate::reply::{Reply, Section};
use crate::report::{Report, Server};
use crate::transfer::Progress;

/// dig's exit code where a name cannot be printed.
const UNPRINTABLE: u8 = 1;

impl Engine {
    /// Handles an event. `random` and `now` are for the next query, if there is one.
    pub(crate) fn event(
        &mut self,
        event: Event<'_>,
        report: &mut Report,
        random: u16,
        now: u64,
    ) -> Step {
        match event {
            Event::Message(bytes, arrival) => self.message(bytes, arrival, report, random),
            Event::Failed(why) => {
                let socket = self.server().map(Server::socket).unwrap_or_default();
                report.warning(&format!("communications error to {socket}: {why}"));
                self.again(report, random, now)
            }
            Event::NoConnection(why) => {
                let what = match self.transport {
                    Transport::Udp => "UDP setup with",
                    _ => "Connection to",
                };
                if let Some(server) = self.server() {
                    report.warning(&format!(
                        "{what} {}({}) for {} failed: {why}.",
                        server.socket(),
                        server.address.ip(),
                        self.start.lookup.name
                    ));
                }
                self.code = NO_REPLY;
                if self.tries > 1 {
                    report.error("no servers could be reached");
                    self.tries -= 1;
                    self.server = 0;
                    self.prepare(random, now);
                    return self.ask(report);
                }
                if self.server + 1 < self.start.servers.len() {
                    self.server += 1;
                    return self.ask(report);
                }
                report.error("no servers could be reached");
                Step::Done
            }
            Event::Untrusted(why) => {
                let socket = self.server().map(Server::socket).unwrap_or_default();
                report.warning(&format!(
                    "TLS peer certificate verification for {socket} failed: {why}"
                ));
                self.code = NO_REPLY;
                Step::Done
            }
            Event::Strangers(count) => {
                self.ignored.wrong_source += count;
                report.warning(&format!(
                    "Warning: {count} message{} from elsewhere than the server ignored",
                    if count == 1 { "" } else { "s" }
                ));
                Step::Wait
            }
        }
    }

    /// Retries with the same server, then the next one, or ends.
    fn again(&mut self, report: &mut Report, random: u16, now: u64) -> Step {
        if self.tries > 1 {
            self.tries -= 1;
            if self.transport != Transport::Udp {
                self.server = 0;
                self.prepare(random, now);
            }
            return self.ask(report);
        }
        if self.server + 1 < self.start.servers.len() {
            self.server += 1;
            return self.ask(report);
        }
        self.give_up(report)
    }

    pub(super) fn give_up(&mut self, report: &mut Report) -> Step {
        if self.start.lookup.purpose != Purpose::NsSearch {
            report.give_up("no servers could be reached");
        }
        self.code = NO_REPLY;
        Step::Done
    }

    fn message(
        &mut self,
        bytes: &[u8],
        arrival: Arrival,
        report: &mut Report,
        random: u16,
    ) -> Step {
        self.code = 0;
        if let Err(step) = self.check_header(bytes, report) {
            return step;
        }
        let best_effort = self.start.lookup.best_effort;
        let reply = match Reply::parse(bytes, best_effort) {
            Ok(reply) => reply,
            Err(problem) => {
                report.bad_packet(&problem.to_string(), bytes);
                return Step::Done;
            }
        };
        if reply.malformed {
            report.warning("Warning: Message parser reports malformed message packet.");
        }
        if let Err(step) = self.check_question(&reply, report) {
            return step;
        }
        if let Some(step) = self.negotiate(&reply, arrival, report, random) {
            return step;
        }
        let signature = self.check_signature(&reply, arrival.now, report);
        let cookie = self.learn_cookie(&reply, report);
        self.show(&reply, arrival, cookie, signature, report, random)
    }

    /// Prints the answer, or asks for the name in the next domain of the search list.
    fn show(
        &mut self,
        reply: &Reply<'_>,
        arrival: Arrival,
        cookie: Option<Cookie>,
        signature: Option<bool>,
        report: &mut Report,
        random: u16,
    ) -> Step {
        let searching = reply.rcode == NXDOMAIN && self.start.search.is_searching();
        let found_next = searching && self.next_name();
        if let Some(mut shown) = self.shown(reply, arrival, false, cookie) {
            shown.signature = signature;
            if !found_next || shown.lookup.globals.show_search {
                report.message(&shown);
                if report.stopped {
                    self.code = UNPRINTABLE;
                    return Step::Done;
                }
                if self.transfer.is_none() {
                    report.received(&shown, None);
                    // BIND says it once more at the end of a search.
                    if searching && !found_next {
                        report.received(&shown, None);
                    }
                }
            }
        }
        if found_next {
            return self.restart(report, random, arrival.now);
        }
        let Some(mut transfer) = self.transfer.take() else {
            if self.start.lookup.purpose != Purpose::Answer {
                self.last = Some(reply.bytes.to_vec());
            }
            return Step::Done;
        };
        let progress = transfer.take(reply.bytes.len(), reply.section(Section::Answer));
        let all = transfer.transferred;
        self.transfer = Some(transfer);
        match progress {
            Progress::More => Step::Wait,
            Progress::Done => {
                if let Some(mut shown) = self.shown(reply, arrival, false, cookie) {
                    shown.signature = signature;
                    report.received(&shown, Some(all));
                }
                Step::Done
            }
            Progress::Failed(words) => {
                report.plain(words);
                Step::Done
            }
        }
    }

    fn next_name(&mut self) -> bool {
        while self.start.search.next(&self.start.lookup.name) {
            if let Ok(name) = self.start.search.name(&self.start.lookup) {
                self.name = name;
                return true;
            }
        }
        false
    }
}
