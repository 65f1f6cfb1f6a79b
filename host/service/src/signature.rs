//! The signature of the component that a client wants to run.

use std::sync::Arc;

use nethost_audit::Log;
use nethost_broker::Hello;
use nethost_gate::Gate;
use nethost_policy::{Policies, Subject};

use crate::{Error, lacking};

/// The exit code of a run that was refused.
const REFUSED: u8 = 2;

/// Who has signed it. The digest, and so the component, is the client's word: what it runs is in its own process.
pub(crate) fn signer(hello: &Hello<'_>) -> Option<String> {
    let signature = hello.signature.as_deref()?;
    let signer = nethost_package::signer(&hello.digest, signature).ok()?;
    Some(signer.to_string())
}

/// The log of the run, unless a policy requires another signer. Then the refusal is on record.
pub(crate) fn required(policies: &Policies, subject: &Subject, log: Log) -> Result<Log, Error> {
    let Some(why) = policies.unsigned(subject) else {
        return Ok(log);
    };
    let gate = Gate::new(policies, subject, Arc::new(log));
    gate.record_start(&subject.args, &lacking())?;
    gate.record_end(REFUSED, Some(&why))?;
    Err(Error::Unsigned(why))
}
