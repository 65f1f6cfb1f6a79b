//! What a service undoes of runs whose broker was killed: when it starts, and when it sees that such a process was killed.

use std::path::Path;
use std::sync::Arc;

use nethost_audit as audit;
use nethost_broker::{self as broker, Journals};
use nethost_core::output;
use nethost_gate::Gate;
use nethost_policy::Subject;

use crate::{Error, ceiling, has_gained_privileges, log};

/// Where this user's brokers note how to undo what a plugin does not complete. None where there is no home to keep it in,
/// and for an executable with file capabilities: its user could write there, and so have it do what no policy allows.
pub fn journals(plugin: &str) -> Option<Journals> {
    let state = audit::state_folder().ok();
    let folder = state.filter(|_| !has_gained_privileges())?.join("undo");
    Some(Journals {
        folder,
        plugin: plugin.into(),
    })
}

/// Undoes what is in journals whose broker is gone, if there are any.
pub(crate) fn recover(named: Option<&Path>) {
    let Some(journals) = journals("") else {
        return;
    };
    if !broker::has_journals(&journals.folder) {
        return;
    }
    let gate = || -> Result<Arc<Gate>, Error> {
        let policies = ceiling()?;
        let log = log::open_about(named, &policies, None)?;
        Ok(Gate::new(&policies, &Subject::default(), Arc::new(log)))
    };
    match gate() {
        Ok(gate) => broker::recover(&journals.folder, &gate),
        Err(error) => output::say_at_once("nethost", &format!("broker: not undone: {error}")),
    }
}
