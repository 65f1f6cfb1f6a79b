//! Records in the forms that other systems collect. The log stays the one record that counts: each form
//! carries the number and the hash of the record that it was made from.

mod cef;
mod journald;
mod ocsf;
mod syslog;

pub use cef::cef;
pub use journald::{SOCKET, journald};
pub use ocsf::ocsf;
pub use syslog::syslog;

use super::record::{Decision, Kind, Outcome, Record};
use crate::text::plain as line;

/// How much a record matters, from RFC 5424's severities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Severity {
    Error = 3,
    Warning = 4,
    Notice = 5,
    Informational = 6,
}

fn severity(record: &Record<'_>) -> Severity {
    match record.event {
        Kind::RecordsLost => Severity::Error,
        Kind::Denied => Severity::Warning,
        Kind::PluginChange | Kind::RunEnd if record.stopped.is_some() => Severity::Warning,
        Kind::PolicyChange | Kind::PluginChange | Kind::Key => Severity::Notice,
        _ => Severity::Informational,
    }
}

/// One sentence for people.
pub fn sentence(record: &Record<'_>) -> String {
    let plugin = record
        .plugin
        .as_deref()
        .map_or("nethost", |plugin| &plugin.name);
    let user = match &record.actor.user {
        Some(name) => name.clone(),
        None => record.actor.uid.to_string(),
    };
    let mut text = format!("{plugin} of {user}: {}", record.event.name());
    if let Some(cap) = &record.cap {
        text += &format!(" {cap}");
    }
    if let Some(target) = &record.target {
        text += &format!(" {}", target.resolved);
        if target.asked != target.resolved {
            text += &format!(" ({})", target.asked);
        }
    }
    match record.outcome {
        Some(Outcome::Ok) => text += ", ok",
        Some(Outcome::Errno(errno)) => text += &format!(", errno {errno}"),
        None => {}
    }
    if let (Some(Decision::Denied), Some(policy)) = (record.decision, &record.policy)
        && let Some(rule) = &policy.rule
    {
        text += &format!(", by {rule}");
    }
    if let Some(reported) = record.report.first() {
        text += &format!(", would be denied by {}", reported.rule);
    }
    if let Some(exit) = record.exit {
        text += &format!(", exit {exit}");
    }
    if let Some(stopped) = &record.stopped {
        text += &format!(", stopped: {stopped}");
    }
    line(&text)
}

#[cfg(test)]
mod tests;
