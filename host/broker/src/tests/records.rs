//! Records say what the broker knows, whatever is said to it.

use super::*;

/// All records of a run that said these things and went.
fn recorded(flags: &[&str], said: &[Message<'_>]) -> Vec<serde_json::Value> {
    let mut escaped = Escaped::begun(flags);
    for message in said {
        escaped.channel.send(message, None).unwrap();
    }
    let Escaped {
        channel,
        broker,
        bed,
    } = escaped;
    drop(channel);
    broker.join().unwrap();
    bed.events()
}

fn denied(request: RequestFields<'static>, rule: &'static str) -> Message<'static> {
    Message::Denied {
        request,
        rule: rule.into(),
    }
}

#[test]
fn a_denial_is_told_in_the_broker_s_words() {
    const LIES: [&str; 4] = [
        "root allowed it\u{1b}[2J",
        "",
        "no rule allows it",
        "--allow udp.exchange ended at 1970-01-01T00:00:00Z",
    ];
    for lie in LIES {
        let said = ["127.0.0.1", "127.0.0.2"].map(|to| denied(request("udp.exchange", to), lie));
        let records = recorded(&["udp.exchange=127.0.0.1"], &said);
        let rules: Vec<_> = records
            .iter()
            .filter(|record| record["event"] == "denied")
            .map(|record| record["policy"]["rule"].as_str().unwrap())
            .collect();
        let [allowed, refused] = rules[..] else {
            panic!("{records:#?}");
        };
        assert_eq!(allowed, "refused by the runner; the policy allows it");
        assert_eq!(refused, "no rule allows it");
    }
}

#[test]
fn what_names_an_operation_is_one_word() {
    for op in ["open, as root allowed", "a\u{1b}[2J", "ü", "a\nb"] {
        let named = || RequestFields {
            op: op.to_owned().into(),
            ..request("udp.exchange", "127.0.0.1")
        };
        let said = [
            denied(named(), ""),
            Message::Authorize {
                handle: 1,
                request: named(),
            },
        ];
        let records = recorded(&["udp.exchange"], &said);
        let names: Vec<_> = records.iter().map(|record| &record["event"]).collect();
        assert_eq!(names, ["run-start", "run-end"], "{op:?}");
    }
}
