//! The Open Cybersecurity Schema Framework 1.6, one JSON object a line: Network Activity (4001) for hosts,
//! networks and names, File System Activity (1001) for files, API Activity (6003) for what is of this
//! machine, Application Lifecycle (6002) for runs, Event Log Activity (1008) for the log itself, and Entity
//! Management (3004) for the site's policy.

use serde_json::{Map, Value, json};

use super::{Severity, sentence, severity};
use crate::record::{Decision, Kind, Outcome, Record, Target, TargetKind};

const VERSION: &str = "1.6.0";
const OTHER: u32 = 99;

/// One line.
pub fn ocsf(record: &Record<'_>) -> String {
    let (class, activity) = class(record);
    let mut event = json!({
        "class_uid": class,
        "category_uid": class / 1000,
        "activity_id": activity,
        "type_uid": class * 100 + activity,
        "time": record.ts.as_millisecond(),
        "severity_id": match severity(record) {
            Severity::Informational => 1,
            Severity::Notice => 2,
            Severity::Warning => 3,
            Severity::Error => 4,
        },
        "message": sentence(record),
        "metadata": {
            "version": VERSION,
            "product": {"name": "nethost", "vendor_name": "nethost", "version": env!("CARGO_PKG_VERSION")},
            "log_name": "audit",
            "event_code": record.event.name(),
            "original_time": record.ts.to_string(),
            "uid": record.hash,
            "sequence": record.seq,
            "correlation_uid": record.run,
        },
        "device": {"hostname": record.host, "type_id": 0, "boot_uid": record.boot},
        "actor": {"user": {"uid": record.actor.uid.to_string(), "name": record.actor.user}},
    });
    let Some(fields) = event.as_object_mut() else {
        return String::new();
    };
    if activity == OTHER {
        fields.insert("activity_name".into(), record.event.name().into());
    }
    if let Some(session) = record.actor.session {
        fields["actor"]["session"] = json!({"uid": session.to_string()});
    }
    if let Some(plugin) = &record.plugin {
        fields["actor"]["app_name"] = plugin.name.clone().into();
        fields["actor"]["app_uid"] = plugin.digest.clone().into();
    }
    if let Some(decision) = record.decision {
        let (action, disposition) = match decision {
            Decision::Allowed => (1, 1),
            Decision::Denied => (2, 2),
        };
        fields["metadata"]["profiles"] = json!(["security_control"]);
        fields.insert("action_id".into(), action.into());
        fields.insert("disposition_id".into(), disposition.into());
    }
    status(record, fields);
    if let Some(policy) = &record.policy {
        let policy = json!({"name": policy.rule, "uid": policy.digest});
        fields.insert("policy".into(), policy);
    }
    if let Some(target) = &record.target {
        touched(record, target, class, fields);
    }
    match record.event {
        Kind::RunStart | Kind::RunEnd => {
            let app = record.plugin.as_deref().map(|plugin| {
                json!({"name": plugin.name, "uid": plugin.digest, "version": plugin.version})
            });
            fields.insert("app".into(), app.unwrap_or_default());
        }
        Kind::PolicyChange => {
            fields.insert("entity".into(), json!({"name": "policy", "type": "policy"}));
        }
        Kind::PluginChange => {
            let entity = record
                .plugin
                .as_deref()
                .map(|plugin| json!({"name": plugin.name, "uid": plugin.digest, "type": "plugin"}));
            fields.insert("entity".into(), entity.unwrap_or_default());
        }
        event if event.is_of_log() => {
            fields.insert("log_name".into(), "audit".into());
            fields.insert("log_provider".into(), "nethost".into());
        }
        _ => {}
    }
    fields.insert("unmapped".into(), unmapped(record));
    event.to_string()
}

fn class(record: &Record<'_>) -> (u32, u32) {
    let network = match record.event {
        Kind::LogOpen => return (1008, 6),
        Kind::LogClose => return (1008, 5),
        Kind::RunStart => return (6002, 3),
        Kind::RunEnd => return (6002, 4),
        Kind::PolicyChange | Kind::PluginChange => return (3004, 3),
        Kind::Open => 1,
        Kind::Close => 2,
        Kind::Used => 6,
        Kind::Denied | Kind::Except => 5,
        Kind::RecordsLost | Kind::Checkpoint | Kind::Key | Kind::Unknown => return (1008, OTHER),
    };
    match record.target.as_ref().map(|target| target.kind) {
        Some(TargetKind::Path) if network == 2 => (1001, OTHER),
        Some(TargetKind::Path) => (1001, 14),
        Some(TargetKind::Local) if record.changes.is_empty() => (6003, 2),
        Some(TargetKind::Local) => (6003, 3),
        _ => (4001, network),
    }
}

fn status(record: &Record<'_>, fields: &mut Map<String, Value>) {
    let status = match (record.outcome, record.exit, record.decision) {
        (Some(Outcome::Errno(errno)), ..) => {
            fields.insert("status_code".into(), errno.to_string().into());
            2
        }
        (_, _, Some(Decision::Denied)) => 2,
        (_, Some(exit), _) => {
            fields.insert("status_code".into(), exit.to_string().into());
            if exit == 0 { 1 } else { 2 }
        }
        _ => 1,
    };
    fields.insert("status_id".into(), status.into());
    if let Some(stopped) = &record.stopped {
        fields.insert("status_detail".into(), stopped.as_ref().into());
    }
}

fn touched(record: &Record<'_>, target: &Target<'_>, class: u32, fields: &mut Map<String, Value>) {
    let name = target.resolved.as_ref();
    match class {
        4001 => {
            let mut endpoint = match target.address() {
                Some(address) => json!({"ip": address, "port": target.port()}),
                None => json!({"name": name}),
            };
            if target.kind == TargetKind::Name || target.asked != target.resolved {
                endpoint["hostname"] = target.asked.as_ref().into();
            }
            fields.insert("dst_endpoint".into(), endpoint);
            let source = json!({"hostname": record.host, "interface_name": record.interface});
            fields.insert("src_endpoint".into(), source);
            if let Some(counters) = &record.counters {
                let traffic = json!({
                    "packets_out": counters.packets_sent,
                    "packets_in": counters.packets_received,
                    "bytes_out": counters.bytes_sent,
                    "bytes_in": counters.bytes_received,
                });
                fields.insert("traffic".into(), traffic);
                fields.insert("duration".into(), counters.ms.into());
            }
        }
        1001 => {
            let base = name.rsplit('/').next().unwrap_or(name);
            let file = json!({"name": base, "path": name, "type_id": 1});
            fields.insert("file".into(), file);
        }
        _ => {
            fields.insert("api".into(), json!({"operation": record.op}));
            fields.insert("resources".into(), json!([{"name": name}]));
            fields.insert("src_endpoint".into(), json!({"hostname": record.host}));
        }
    }
}

/// What the schema has no place for, under the names of the record.
fn unmapped(record: &Record<'_>) -> Value {
    let mut rest = json!({"cap": record.cap, "op": record.op, "handle": record.handle, "grant": record.grant,
        "args": record.args, "lost": record.lost, "key": record.key});
    if !record.report.is_empty() {
        rest["report"] = json!(record.report);
    }
    if !record.changes.is_empty() {
        rest["changes"] = json!(record.changes);
    }
    if let Some(fields) = rest.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    rest
}
