//! What holds for each event, and what a change of a plugin has on record.

use super::*;

#[test]
fn a_change_of_a_plugin_is_on_record_with_the_reason_of_a_refusal_and_signed() {
    let words = ["install".to_owned(), "oci://registry.example/a".to_owned()];
    for refused in [None, Some("it is not signed")] {
        let (_, record) = recorded(&Event::PluginChange {
            words: &words,
            refused,
        });
        assert_eq!(record["event"], "plugin-change");
        assert_eq!(record["args"][1], "oci://registry.example/a");
        let decision = if refused.is_some() {
            "denied"
        } else {
            "allowed"
        };
        assert_eq!(record["decision"], decision);
        assert_eq!(record.get("stopped").and_then(|why| why.as_str()), refused);
        assert!(record["sig"].is_string(), "{record}");
    }
}

#[test]
fn every_event_fails_closed() {
    let request = Request::new("open", Target::Local("eth0"));
    let access = access(&request);
    let totals = Totals {
        outcome: Outcome::Ok,
        packets_sent: 0,
        packets_received: 0,
        bytes_sent: 0,
        bytes_received: 0,
        duration: Default::default(),
        claimed: &[],
    };
    let events = [
        Event::RunStart {
            args: &[],
            unconfined: &[],
        },
        Event::PluginChange {
            words: &[],
            refused: None,
        },
        Event::Open(&access),
        Event::Denied(&access),
        Event::Close(&access, &totals),
        end(),
    ];
    for event in &events {
        let bed = Bed::new("closed");
        let log = bed.open();
        log.record(event).unwrap();
        std::fs::remove_file(&bed.settings.path).unwrap();
        std::fs::create_dir(&bed.settings.path).unwrap();
        assert!(log.record(event).is_err(), "{event:?}");
    }
}
