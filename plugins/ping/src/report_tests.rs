//! The shapes of lines, taken from runs of iputils 20221126.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::engine::{Limits, Step};

fn reply() -> Reply {
    Reply {
        source: "127.0.0.1".into(),
        label: "localhost (127.0.0.1)".into(),
        bytes: 64,
        sequence: 1,
        identifier: 22_822,
        ttl: Some(64),
        trip: Some(Duration::from_micros(18)),
        time: Timestamp::from_nanos(1_795_427_687_101_838_999),
        duplicate: false,
        reordered: false,
        truncated: false,
        wrong: None,
        dump: String::new(),
        style: Style::default(),
    }
}

#[test]
fn start_lines() {
    let mut start = Start {
        host: "127.0.0.1".into(),
        address: "127.0.0.1".into(),
        label: "127.0.0.1".into(),
        v6: false,
        from: None,
        size: 56,
        pattern: vec![],
    };
    assert_eq!(
        start.to_string(),
        "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n"
    );
    start.from = Some(("127.0.0.1".into(), "lo".into()));
    start.pattern = vec![0xab, 0x0c];
    assert_eq!(
        start.to_string(),
        "PATTERN: 0xab0c\nPING 127.0.0.1 (127.0.0.1) from 127.0.0.1 lo: 56(84) bytes of data.\n"
    );
    let start = Start {
        host: "::1".into(),
        label: "::1".into(),
        v6: true,
        pattern: vec![],
        from: None,
        ..start
    };
    assert_eq!(start.to_string(), "PING ::1(::1) 56 data bytes\n");
}

#[test]
fn reply_lines() {
    assert_eq!(
        reply().to_string(),
        "64 bytes from localhost (127.0.0.1): icmp_seq=1 ttl=64 time=0.018 ms\n"
    );
    let full = Reply {
        duplicate: true,
        style: Style {
            timestamps: true,
            verbose: true,
            audible: false,
        },
        ..reply()
    };
    assert_eq!(
        full.to_string(),
        "[1795427687.101838] 64 bytes from localhost (127.0.0.1): icmp_seq=1 ident=22822 ttl=64 time=0.018 ms (DUP!)\n"
    );
    let truncated = Reply {
        truncated: true,
        ..reply()
    };
    assert!(truncated.to_string().ends_with("ttl=64 (truncated)\n"));
}

#[test]
fn times_have_four_digits() {
    let shown = |us| four_digits(Duration::from_micros(us));
    for (us, text) in [
        (4, "0.004"),
        (1_234, "1.23"),
        (9_994, "9.99"),
        (9_995, "10.0"),
        (99_949, "99.9"),
        (99_950, "100"),
        (1_234_567, "1235"),
    ] {
        assert_eq!(shown(us), text);
    }
}

#[test]
fn percentages_are_as_printf_has_them() {
    for (percent, text) in [
        (0.0, "0"),
        (100.0, "100"),
        (100.0 / 3.0, "33.3333"),
        (200.0 / 3.0, "66.6667"),
        (0.5, "0.5"),
        (0.001, "0.001"),
        (1.0 / 30.0, "0.0333333"),
    ] {
        assert_eq!(six_digits(percent), text);
    }
}

#[test]
fn error_lines() {
    let error = IcmpError {
        source: "10.0.0.1".into(),
        label: "10.0.0.1".into(),
        sequence: Some(1),
        icmp_type: 11,
        icmp_code: 0,
        info: 0,
        message: crate::icmp_words::v4(11, 0, 0),
        time: Timestamp::from_nanos(0),
        timestamps: false,
    };
    assert_eq!(
        error.to_string(),
        "From 10.0.0.1 icmp_seq=1 Time to live exceeded\n"
    );
}

fn engine() -> Engine {
    let mut engine = Engine::new(Limits {
        count: Some(3),
        deadline: None,
        linger: Duration::from_secs(10),
        interval: Duration::from_secs(1),
        preload: 1,
        adaptive: false,
    });
    for (number, us) in [(1, 30_000), (2, 44_000)] {
        assert!(matches!(
            engine.step(number * 1_000_000_000),
            Step::Send { .. }
        ));
        engine.sent(number, Timestamp::from_nanos(0));
        engine.reply(number as u16, Timestamp::from_nanos(us));
    }
    engine
}

#[test]
fn summaries() {
    let mut engine = engine();
    let text = Summary::of("127.0.0.1", &engine, false).to_string();
    assert_eq!(
        text,
        "\n--- 127.0.0.1 ping statistics ---\n\
         2 packets transmitted, 2 received, 0% packet loss, time 1000ms\n\
         rtt min/avg/max/mdev = 0.030/0.037/0.044/0.007 ms\n"
    );
    engine.errors = 1;
    engine.duplicates = 2;
    engine.pipe = 2;
    let text = Summary::of("h", &engine, true).to_string();
    assert!(
        text.contains("2 received, +2 duplicates, +1 errors, 0% packet loss"),
        "{text}"
    );
    assert!(
        text.ends_with("0.007 ms, pipe 2, ipg/ewma 1000.000/0.031 ms\n"),
        "{text}"
    );
    assert_eq!(
        Summary::of("h", &engine, false).interim(),
        "\r2/2 packets, 0% loss, min/avg/ewma/max = 0.030/0.037/0.031/0.044 ms"
    );
}

#[test]
fn json_has_the_same_facts() {
    let json = serde_json::to_value(Fact::Reply(reply())).unwrap();
    assert_eq!(json["event"], "reply");
    assert_eq!(json["rtt_ms"], 0.018);
    assert_eq!(json["ttl"], 64);
    let json =
        serde_json::to_value(Fact::Summary(Summary::of("h", &engine(), false).into())).unwrap();
    assert_eq!(
        (&json["received"], &json["rtt_p99_ms"]),
        (&2.into(), &0.044.into())
    );
}
