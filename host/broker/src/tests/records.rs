//! Records contain what the broker knows, whatever the runner reports.

use super::*;

/// All records of a run that sent these messages and ended.
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

#[test]
fn an_operation_is_one_of_its_capability_s() {
    let named = |op: &str| RequestFields {
        op: op.to_owned().into(),
        ..request("udp.exchange", "127.0.0.1")
    };
    // Functions of other capabilities, parts of its own, and unknown ones.
    for op in [
        "echo-socket.open",
        "session.client",
        "open",
        "socket.op",
        "",
    ] {
        let request = || named(op);
        let said = [
            denied(request(), ""),
            Message::Authorize {
                handle: 1,
                request: request(),
            },
        ];
        let records = recorded(&["udp.exchange"], &said);
        let events: Vec<_> = records.iter().map(|record| &record["event"]).collect();
        assert_eq!(events, ["run-start", "run-end"], "{op:?}");
    }
    for declared in CAPABILITIES {
        assert!(!declared.ops.is_empty(), "{}", declared.name);
        assert!(declared.ops.is_sorted(), "{}", declared.name);
    }
}

/// The runner's report about a closed access.
fn boast(handle: u64) -> Message<'static> {
    let totals = nethost_core::Totals {
        outcome: nethost_core::Outcome::Failed(1),
        packets_sent: 1000,
        packets_received: 2000,
        bytes_sent: 3000,
        bytes_received: 4000,
        duration: std::time::Duration::from_secs(3600),
        claimed: &[],
    };
    Message::Close {
        handle,
        totals: (&totals).into(),
    }
}

#[test]
fn what_the_runner_alone_counts_is_its_claim() {
    let flags = [
        "udp.exchange=127.0.0.0/8",
        "tcp.connect=127.0.0.1",
        "tls.client=127.0.0.1",
    ];
    let mut escaped = Escaped::begun(&flags);
    let listener = std::net::TcpListener::bind("127.0.0.1:9").unwrap();
    // Sent by the broker, connected, and a report on traffic of another permit.
    assert!(escaped.open(1, "udp.exchange", "127.0.0.1"));
    assert!(escaped.socket(1).is_some());
    let sent = escaped.perform::<operations::SendPackets>(1, &packets(&[1, 1]));
    assert_eq!(sent.unwrap().0.len(), 2);
    let tcp = RequestFields {
        socket: Some(SocketRequest::new(SocketKind::Tcp)),
        ..request("tcp.connect", "127.0.0.1")
    };
    assert!(escaped.authorize(2, tcp));
    assert!(escaped.socket(2).is_some());
    assert!(escaped.open(3, "tls.client", "127.0.0.1"));
    assert!(escaped.authorize(4, sets::set("udp.exchange", &[(1, 2)], &[(9, 9)])));
    // The runner has ended before it reports anything about this one.
    assert!(escaped.open(5, "udp.exchange", "127.0.0.5"));
    for handle in 1..=4 {
        escaped.channel.send(&boast(handle), None).unwrap();
    }
    let Escaped {
        channel,
        broker,
        bed,
    } = escaped;
    drop((channel, listener));
    broker.join().unwrap();
    let events = bed.events();
    let counted: Vec<_> = events
        .iter()
        .filter(|event| event["event"] == "close")
        .map(|event| {
            let counters = &event["counters"];
            let ms = counters["ms"].as_u64().unwrap();
            assert!(ms < 3_600_000, "{event}");
            (
                event["handle"].as_u64().unwrap(),
                counters["packets_sent"].as_u64().unwrap(),
                counters["bytes_sent"].as_u64().unwrap(),
                event["claimed"].clone(),
            )
        })
        .collect();
    let all = serde_json::json!(["outcome", "received", "sent"]);
    let but_sent = serde_json::json!(["outcome", "received"]);
    let expected = [
        (1, 2, 4, but_sent.clone()),
        (2, 1000, 3000, all.clone()),
        (3, 1000, 3000, all),
        (4, 0, 0, but_sent),
        (5, 0, 0, serde_json::Value::Null),
    ];
    assert_eq!(counted, expected);
    let end = events.last().unwrap();
    assert_eq!(
        (&end["event"], &end["exit"]),
        (&"run-end".into(), &137.into())
    );
    assert_eq!(
        end["claimed"],
        serde_json::Value::Null,
        "the broker saw that"
    );
}

#[test]
fn how_a_run_ended_is_the_runner_s_claim() {
    for (unrecorded, claimed) in [
        (0, serde_json::json!(["exit", "stopped"])),
        (
            7,
            serde_json::json!(["exit", "stopped", "unrecorded_denials"]),
        ),
    ] {
        let end = Message::End {
            exit: 0,
            stopped: Some("the policy was taken away".into()),
            unrecorded_denials: unrecorded,
        };
        let mut escaped = Escaped::begun(&[]);
        assert!(matches!(escaped.ask(&end), Answer::Done));
        escaped.broker.join().unwrap();
        let events = escaped.bed.events();
        assert_eq!(events.last().unwrap()["claimed"], claimed);
    }
}
