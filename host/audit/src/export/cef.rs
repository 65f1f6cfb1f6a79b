//! ArcSight's Common Event Format, version 0: one line of a header and key=value pairs.

use std::fmt::Write;

use super::{Severity, severity};
use crate::record::{Decision, Kind, Outcome, Record, TargetKind};
use crate::text::plain as line;

/// One line.
pub fn cef(record: &Record<'_>) -> String {
    let mut cef = format!(
        "CEF:0|nethost|nethost|{}|{}|{}|{}|",
        env!("CARGO_PKG_VERSION"),
        record.event.name(),
        header(name(record.event)),
        match severity(record) {
            Severity::Error => 8,
            Severity::Warning => 6,
            Severity::Notice => 4,
            Severity::Informational => 2,
        }
    );
    let mut first = true;
    let mut put = |key: &str, value: &str| {
        if !first {
            cef.push(' ');
        }
        first = false;
        // Writing to a string cannot fail.
        let _ = write!(cef, "{key}={}", extension(value));
    };
    put("rt", &record.ts.as_millisecond().to_string());
    put("externalId", &record.seq.to_string());
    put("dvchost", &record.host);
    put("suid", &record.actor.uid.to_string());
    if let Some(user) = &record.actor.user {
        put("suser", user);
    }
    if let Some(plugin) = &record.plugin {
        put("sproc", &plugin.name);
        put("fileHash", &plugin.digest);
    }
    match record.decision {
        Some(Decision::Allowed) => put("act", "allowed"),
        Some(Decision::Denied) => put("act", "denied"),
        None => {}
    }
    match record.outcome {
        Some(Outcome::Ok) => put("outcome", "success"),
        Some(Outcome::Errno(errno)) => {
            put("outcome", "failure");
            put("reason", &format!("errno {errno}"));
        }
        None => {}
    }
    if let Some(target) = &record.target {
        match (target.kind, target.address()) {
            (_, Some(address)) => {
                put("dst", &address.to_string());
                if let Some(port) = target.port() {
                    put("dpt", &port.to_string());
                }
                if target.asked != target.resolved {
                    put("dhost", &target.asked);
                }
            }
            (TargetKind::Name, _) => put("dhost", &target.resolved),
            (TargetKind::Path, _) => put("filePath", &target.resolved),
            _ => put("request", &target.resolved),
        }
    }
    if let Some(interface) = &record.interface {
        put("deviceOutboundInterface", interface);
    }
    if let Some(counters) = &record.counters {
        put("out", &counters.bytes_sent.to_string());
        put("in", &counters.bytes_received.to_string());
    }
    if let Some(exit) = record.exit {
        put("cn1Label", "exit");
        put("cn1", &exit.to_string());
    }
    if let Some(stopped) = &record.stopped {
        put("reason", stopped);
    }
    let rule = record
        .policy
        .as_ref()
        .and_then(|policy| policy.rule.as_deref());
    let strings = [
        ("capability", record.cap.as_deref()),
        ("rule", rule),
        ("run", Some(record.run.as_ref())),
    ];
    for (number, (label, value)) in (1..).zip(strings) {
        if let Some(value) = value {
            put(&format!("cs{number}Label"), label);
            put(&format!("cs{number}"), value);
        }
    }
    put("cs4Label", "hash");
    put("cs4", &record.hash.to_string());
    if let Some(args) = &record.args {
        put("cs5Label", "arguments");
        put("cs5", &args.join(" "));
    }
    if let Some(reported) = record.report.first() {
        put("cs6Label", "would be denied by");
        put("cs6", &reported.rule);
    }
    cef
}

fn name(event: Kind) -> &'static str {
    match event {
        Kind::LogOpen => "audit log opened",
        Kind::LogClose => "audit log file closed",
        Kind::Key => "audit log key changed",
        Kind::Checkpoint => "audit log signed",
        Kind::RecordsLost => "audit records lost",
        Kind::PolicyChange => "policy changed",
        Kind::PluginChange => "plugin changed",
        Kind::RunStart => "plugin started",
        Kind::RunEnd => "plugin ended",
        Kind::Open => "access allowed",
        Kind::Denied => "access denied",
        Kind::Except => "access denied in part",
        Kind::Used => "access in part",
        Kind::Close => "access closed",
        Kind::Unknown => "unknown event",
    }
}

fn header(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|")
}

/// A value: on one line, with the two characters escaped that mean something.
fn extension(text: &str) -> String {
    line(text).replace('\\', "\\\\").replace('=', "\\=")
}
