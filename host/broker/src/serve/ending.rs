//! The end of a run: what was open is recorded as closed, and the runner ends too. A runner that was taken over delays
//! neither, and does not go on with the descriptors that were passed to it.

use std::time::Instant;

use super::Served;
use crate::channel::Channel;
use crate::peer::Peer;
use crate::watched::{NOTICE, Runner};
use crate::wire::Message;
use nethost_core::output;
use nethost_policy::{Change, PolicyWatch};

/// How a run ended.
pub(super) enum Ending {
    /// As it should.
    Said,
    /// The runner has ended, or has sent what is no message.
    Gone,
    /// An open permit was revoked.
    Revoked(String),
}

impl Served {
    pub(super) fn end(
        mut self,
        ending: Ending,
        channel: &mut Channel,
        runner: &Runner,
        peer: Option<&Peer>,
    ) {
        // What was passed to the runner would be used on, outside of every policy and record.
        let passed = self.passed;
        let (dismissed, ends) = match ending {
            Ending::Said => (None, None),
            Ending::Gone => {
                // As a shell reports a killed process.
                let dismissed = Some((137, "the process that ran it is gone".to_owned()));
                (dismissed, passed.then(|| Instant::now() + NOTICE))
            }
            Ending::Revoked(why) => {
                let end = Instant::now() + NOTICE;
                let closed = Runner::dismiss(channel, &why, end, |message| self.settle(message));
                let ends = if closed { end } else { Instant::now() };
                (Some((2, why)), Some(ends))
            }
        };
        let last =
            (dismissed.is_none() && passed).then(|| (self.watch.take(), self.state.screen.take()));
        let terminal = self.state.terminal.take();
        if let Some((exit, why)) = dismissed {
            self.permits.clear();
            self.state.scopes.undo_all(&why);
            if let Err(error) = self.gate.record_end(exit, Some(&why)) {
                self.gate.complain(&error);
            }
        }
        // Whoever waits for the runner may read the log then: so the end is on record first.
        if ends.is_some_and(|end| !runner.ends_before(end)) {
            kill(runner, peer);
        }
        // Everything is recorded and the log is closed before a terminal is restored, because the terminal may be
        // stopped.
        drop(self);
        drop(terminal);
        if let Some((mut watch, screen)) = last
            && !runner.leaves(&mut || is_unchanged(watch.as_mut()), screen.as_ref())
        {
            let why = "it went on after it had said that its run was over";
            output::say("nethost", &format!("broker: process killed: {why}"));
            kill(runner, peer);
        }
    }

    /// Records the totals that a runner reports of what was revoked. What is open under the permit is closed later: that
    /// can take time, and nothing may delay the end.
    fn settle(&mut self, message: Message<'_>) {
        if let Message::Close { handle, totals } = message
            && let Some(permit) = self.permits.remove(&handle)
        {
            permit.settle(&totals.into());
        }
    }
}

fn kill(runner: &Runner, peer: Option<&Peer>) {
    if let Err(error) = runner.kill(peer) {
        output::say("nethost", &format!("broker: kill: {error}"));
    }
}

fn is_unchanged(watch: Option<&mut PolicyWatch>) -> bool {
    watch.is_none_or(|watch| matches!(watch.look(), Change::None))
}
