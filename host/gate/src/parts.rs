//! Permits for what has parts, such as all interfaces: the rules that deny a part hold for it.

use std::sync::OnceLock;

use super::Ticket;
use nethost_core::Request;

/// The parts that a permit is used for.
#[derive(Debug, Default)]
pub(super) struct Parts(OnceLock<Option<Vec<Request>>>);

impl Parts {
    /// The rule of now that denies a part in use.
    pub(super) fn denied_now(&self, ticket: &Ticket) -> Option<String> {
        let policy = ticket.gate.standing().in_force;
        let rule = match self.0.get()? {
            None => policy.denying(ticket.capability)?,
            Some(used) => used
                .iter()
                .find_map(|part| policy.forbidding(ticket.capability, part, &[]))?,
        };
        Some(rule.to_string())
    }
}

impl Ticket {
    /// Which parts of what was permitted may be used. `None`: all of them, those included that do not exist yet, because
    /// no rule denies anything of this capability. Otherwise it is the parts of this list that no rule denies, and no
    /// other: nobody knows yet what a rule says of a part that appears later. A later rule that denies one of them
    /// revokes the permit.
    pub fn allowed_parts(&self, present: impl FnOnce() -> Vec<Request>) -> Option<&[Request]> {
        let parts = self.parts.0.get_or_init(|| {
            let policy = self.gate.standing().in_force;
            policy.denying(self.capability)?;
            let mut parts = present();
            parts.retain(|part| policy.forbidding(self.capability, part, &[]).is_none());
            Some(parts)
        });
        parts.as_deref()
    }
}
