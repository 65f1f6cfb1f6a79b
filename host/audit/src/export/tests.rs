//! Each form carries the record's facts, and none carries a control character.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::Kind;

/// A record as a reader gets it.
fn record(event: &str, more: &str) -> (Record<'static>, String) {
    let text = format!(
        r#"{{"v":1,"seq":7,"ts":"2026-11-24T08:00:00.123456789Z","mono":1,"event":"{event}","host":"web 1","boot":"b","run":"r1","run_seq":0,"actor":{{"uid":1000,"user":"ann","session":3}},"plugin":{{"name":"ping","digest":"sha256:00"}},"policy":{{"rule":"a|b=c\\\u001b[2J"}},{more}"prev":"{zero}","hash":"{zero}"}}"#,
        zero = "0".repeat(64)
    );
    (serde_json::from_str(&text).unwrap(), text)
}

const DENIED: &str = r#""cap":"udp.exchange","op":"open","target":{"kind":"address","asked":"h.example","resolved":"[2001:db8::1]:53"},"decision":"denied","#;
const CLOSED: &str = r#""cap":"icmp.echo","op":"open","target":{"kind":"address","asked":"192.0.2.1","resolved":"192.0.2.1"},"outcome":{"errno":111},"counters":{"packets_sent":1,"packets_received":2,"bytes_sent":3,"bytes_received":4,"ms":5},"#;

#[test]
fn ocsf_network_activity() {
    let (denied, _) = record("denied", DENIED);
    let event: serde_json::Value = serde_json::from_str(&ocsf(&denied)).unwrap();
    assert_eq!(event["class_uid"], 4001);
    assert_eq!(event["type_uid"], 400105);
    assert_eq!(event["time"], 1_795_507_200_123_u64);
    assert_eq!(event["action_id"], 2);
    assert_eq!(event["dst_endpoint"]["ip"], "2001:db8::1");
    assert_eq!(event["dst_endpoint"]["port"], 53);
    assert_eq!(event["dst_endpoint"]["hostname"], "h.example");
    assert_eq!(event["actor"]["user"]["name"], "ann");
    assert_eq!(event["metadata"]["sequence"], 7);
    let (closed, _) = record("close", CLOSED);
    let event: serde_json::Value = serde_json::from_str(&ocsf(&closed)).unwrap();
    assert_eq!(
        (&event["activity_id"], &event["status_id"]),
        (&2.into(), &2.into())
    );
    assert_eq!(event["status_code"], "111");
    assert_eq!(event["traffic"]["bytes_in"], 4);
}

#[test]
fn ocsf_has_a_class_for_every_event() {
    for (event, class, category) in [
        ("log-open", 1008, 1),
        ("records-lost", 1008, 1),
        ("policy-change", 3004, 3),
        ("plugin-change", 3004, 3),
        ("run-start", 6002, 6),
        ("run-end", 6002, 6),
        ("open", 4001, 4),
    ] {
        let (record, _) = record(event, "");
        let event: serde_json::Value = serde_json::from_str(&ocsf(&record)).unwrap();
        assert_eq!(
            (&event["class_uid"], &event["category_uid"]),
            (&class.into(), &category.into())
        );
    }
    for kind in Kind::ALL {
        let (record, _) = record(kind.name(), "");
        assert!(cef(&record).starts_with("CEF:0|nethost|nethost|"));
    }
}

#[test]
fn cef_escapes_what_means_something() {
    let (denied, _) = record("denied", DENIED);
    let line = cef(&denied);
    let header: Vec<_> = line.splitn(8, '|').collect();
    assert_eq!(header[4..7], ["denied", "access denied", "6"]);
    assert!(
        line.contains(" dst=2001:db8::1 dpt=53 dhost=h.example "),
        "{line}"
    );
    assert!(line.contains(r" cs2=a|b\=c\\\\u001b[2J "), "{line}");
    assert!(
        line.contains(" act=denied ") && line.contains("rt=1795507200123 "),
        "{line}"
    );
}

#[test]
fn syslog_has_its_header_and_the_record() {
    let (denied, text) = record("denied", DENIED);
    let line = syslog(&denied, &text);
    let header = "<108>1 2026-11-24T08:00:00.123456Z web1 nethost - denied - @cee:{\"v\":1,";
    assert!(line.starts_with(header), "{line}");
}

#[test]
fn journald_fields_are_one_line_each() {
    let (denied, text) = record("denied", DENIED);
    let datagram = journald(&denied, &text);
    for line in datagram.lines() {
        let (name, value) = line.split_once('=').unwrap();
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_'),
            "{line}"
        );
        assert!(!value.contains(char::is_control), "{line}");
    }
    assert!(datagram.contains("\nPRIORITY=4\n") && datagram.contains("\nNETHOST_RECORD={"));
    assert!(datagram.starts_with(
        "MESSAGE=ping of ann: denied udp.exchange [2001:db8::1]:53 (h.example), by a|b"
    ));
}

#[test]
fn what_would_be_denied_is_told_in_each_form() {
    let (open, text) = record(
        "open",
        &DENIED.replace(
            "\"decision\":\"denied\"",
            "\"decision\":\"allowed\",\"report\":[{\"rule\":\"p.toml:1:1\\u001b[2J\"}]",
        ),
    );
    let event: serde_json::Value = serde_json::from_str(&ocsf(&open)).unwrap();
    assert!(event["unmapped"]["report"][0]["rule"].is_string());
    let line = cef(&open);
    assert!(
        line.contains(" cs6Label=would be denied by cs6=p.toml:1:1"),
        "{line}"
    );
    let journal = journald(&open, &text);
    assert!(
        journal.contains(", would be denied by p.toml:1:1"),
        "{journal}"
    );
    for told in [ocsf(&open), line, syslog(&open, &text)] {
        assert!(!told.contains('\u{1b}'), "{told}");
    }
}
