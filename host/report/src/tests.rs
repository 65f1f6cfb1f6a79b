//! Pages and metrics of streams: what is in them, and that nothing of an input is more than text.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const PING: &str = r#"{"event":"start","host":"web.example","address":"192.0.2.1","size":56}
{"event":"reply","source":"192.0.2.1","sequence":1,"rtt_ms":10.5,"time":100.0,"duplicate":false}
{"event":"reply","source":"192.0.2.1","sequence":2,"rtt_ms":11.5,"time":101.0,"duplicate":false}
{"event":"error","source":"192.0.2.9","sequence":3,"message":"Destination Host Unreachable"}
{"event":"reply","source":"192.0.2.1","sequence":4,"rtt_ms":12.5,"time":103.0,"duplicate":false}
{"event":"summary","host":"web.example","transmitted":5,"received":3,"loss_percent":40.0,"rtt_min_ms":10.5,"rtt_avg_ms":11.5,"rtt_max_ms":12.5}
"#;

fn report(text: &str, redact: bool) -> Report {
    Report::of(
        "a & b",
        vec![Input::read("in.jsonl", text.as_bytes()).unwrap()],
        redact,
    )
}

#[test]
fn a_ping_has_its_round_trips_and_losses() {
    let report = report(PING, false);
    let html = report.page.html();
    for part in [
        "<title>a &amp; b</title>",
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        "<h2>ping web.example</h2>",
        "5 sent, 3 received, 40.0% lost",
        "least 10.500 ms, mean 11.500 ms, most 12.500 ms",
        "seconds since the first reply",
        "; 2 lost, marked at the bottom",
        "Destination Host Unreachable",
    ] {
        assert!(html.contains(part), "{part}\n{html}");
    }
    assert_eq!(html.matches("class=\"lost\"").count(), 2);
    assert_eq!(html.matches("class=\"dot\"").count(), 3);
    let metrics = report.metrics.text();
    for line in [
        "# TYPE nethost_ping_loss_ratio gauge",
        "nethost_ping_loss_ratio{host=\"web.example\"} 0.4",
        "nethost_ping_rtt_seconds{host=\"web.example\",stat=\"avg\"} 0.0115",
        "# EOF",
    ] {
        assert!(
            metrics.lines().any(|other| other == line),
            "{line}\n{metrics}"
        );
    }
}

#[test]
fn a_sequence_goes_on_behind_16_bits() {
    let mut text = String::new();
    for number in 65_530..65_546_u32 {
        if number != 65_540 {
            let sequence = number % 65_536;
            text += &format!(
                "{{\"event\":\"reply\",\"sequence\":{sequence},\"rtt_ms\":1.0,\"duplicate\":false}}\n"
            );
        }
    }
    let html = report(&text, false).page.html();
    // The first that is known is 65530; what came before was not printed.
    assert!(
        html.contains("; 1 lost") || html.contains("lost, marked"),
        "{html}"
    );
}

#[test]
fn each_kind_of_stream_has_its_section() {
    for (text, title, metric) in [
        (
            r#"{"tool":"traceroute","target":"t.example","hops":[{"hop":1,"probes":[{"address":"192.0.2.1","name":null,"rtt_ms":1.5},{"address":null,"name":null,"rtt_ms":null}]}]}"#,
            "traceroute to t.example",
            "nethost_hop_loss_ratio{target=\"t.example\",hop=\"1\",host=\"192.0.2.1\"} 0.5",
        ),
        (
            r#"{"report":{"mtr":{"dst":"m.example"},"hubs":[{"count":1,"host":"h","Loss%":25.0,"Snt":4,"Best":1.0,"Avg":2.0,"Wrst":3.0}]}}"#,
            "mtr to m.example",
            "nethost_hop_rtt_seconds{target=\"m.example\",hop=\"1\",host=\"h\",stat=\"max\"} 0.003",
        ),
        (
            r#"{"event":"reply","server":"192.0.2.53","query_time_ms":5.0,"status":"NOERROR","question":[{"name":"x.","type":"A"}],"answer":[{"type":"A","data":"192.0.2.1"}]}"#,
            "DNS queries",
            "nethost_dns_replies{server=\"192.0.2.53\",status=\"NOERROR\"} 1",
        ),
        (
            r#"{"netid":"tcp","state":"LISTEN","recv_q":0,"send_q":1,"local":{"address":"::1","port":"22"},"peer":{"address":"::","port":"0"}}"#,
            "Sockets",
            "nethost_sockets{netid=\"tcp\",state=\"LISTEN\"} 1",
        ),
        (
            r#"{"proto":"udp","state":"","local_address":"127.0.0.1","local_port":53,"foreign_address":"0.0.0.0","foreign_port":0}"#,
            "Sockets",
            "nethost_sockets{netid=\"udp\",state=\"\"} 1",
        ),
        (
            r#"{"protocol":"TCP","source":"a.1","destination":"b.2","sent":{"packets":1,"bytes":9},"received":{"packets":2,"bytes":8},"seconds":1.0}"#,
            "Conversations",
            "nethost_flow_bytes{protocol=\"TCP\",source=\"a.1\",destination=\"b.2\",direction=\"sent\"} 9",
        ),
        (
            r#"{"event":"host","address":"192.0.2.1","up":true,"ports":[{"port":22,"protocol":"tcp","state":"open"}]}"#,
            "Scan",
            "nethost_scan_ports{address=\"192.0.2.1\",state=\"open\"} 1",
        ),
        (
            r#"{"number":1,"time":"5.0","length":98,"layers":[{"protocol":"icmp"}],"text":"IP a > b"}"#,
            "Packets",
            "nethost_capture_bytes{protocol=\"icmp\"} 98",
        ),
        (
            r#"{"event":"answer","hop":1,"origin":{"host":{"address":"192.0.2.1","name":null}},"took":{"secs":0,"nanos":1500000},"what":"reached"}"#,
            "tracepath",
            "# EOF",
        ),
        (
            r#"{"event":"host","host":"h","address":"192.0.2.1","transmitted":2,"received":0,"loss_percent":100}"#,
            "ping of several hosts",
            "nethost_ping_loss_ratio{host=\"h\"} 1",
        ),
        (
            r#"{"odd":1,"words":"two"}"#,
            "Values",
            "nethost_report_values 1",
        ),
        ("[1,2]", "Values", "nethost_report_values 2"),
    ] {
        let report = report(text, false);
        let html = report.page.html();
        assert!(
            html.contains(&format!("<h2>{title}</h2>")),
            "{text}\n{html}"
        );
        let metrics = report.metrics.text();
        assert!(
            metrics.lines().any(|line| line == metric),
            "{metric}\n{metrics}"
        );
    }
}

#[test]
fn a_long_stream_is_a_short_page() {
    let line = |n: usize| {
        format!(
            "{{\"event\":\"reply\",\"sequence\":{},\"rtt_ms\":1.5,\"time\":{n}.0,\"duplicate\":false}}\n",
            n % 65_536
        )
    };
    let text: String = (0..100_000).map(line).collect();
    let html = report(&text, false).page.html();
    assert!(html.len() < 100_000, "{}", html.len());
    let text: String = (0..50_000)
        .map(|n| format!("{{\"host\":\"h{n}\",\"x\":\"{}\"}}\n", "y".repeat(500)))
        .collect();
    let shown = report(&text, true);
    let html = shown.page.html();
    assert!(
        html.len() < 4 << 20 && html.contains("48000 more rows are not shown"),
        "{}",
        html.len()
    );
}

#[test]
fn what_is_redacted_is_nowhere_in_the_file() {
    let secrets = ["web.example", "192.0.2.1", "192.0.2.9"];
    let plain = report(PING, false);
    let hidden = report(PING, true);
    for secret in secrets {
        assert!(plain.page.html().contains(secret));
        assert!(!hidden.page.html().contains(secret));
        assert!(!hidden.metrics.text().contains(secret));
    }
    assert!(hidden.page.html().contains("<h2>ping name-1</h2>"));
}

/// No tag, attribute or entity comes from an input.
fn is_clean(html: &str) -> bool {
    let known = [
        "!doctype",
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "section",
        "dl",
        "dt",
        "dd",
        "figure",
        "figcaption",
        "svg",
        "line",
        "text",
        "polyline",
        "circle",
        "rect",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ];
    html.split('<').skip(1).all(|tag| {
        let tag = tag.trim_start_matches('/');
        let name: String = tag
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '!')
            .collect();
        let inside = tag.split('>').next().unwrap_or_default();
        known.contains(&name.as_str())
            && !inside.contains("onload")
            && !inside.contains("href")
            && !inside.contains(" src")
    })
}

proptest! {
    #[test]
    fn an_input_is_text_wherever_it_stands(
        texts in prop::collection::vec(prop_oneof![
            Just("<script>alert(1)</script>".to_owned()),
            Just("\" onload=\"x".to_owned()),
            Just("' href='x".to_owned()),
            Just("]]></style></title><img src=x>".to_owned()),
            Just("\u{1b}[2J\u{202e}\n\\".to_owned()),
            any::<String>(),
        ], 6),
        number in any::<f64>(),
        kind in 0..9_usize,
    ) {
        let [a, b, c, d, e, f] = <[String; 6]>::try_from(texts).unwrap();
        let values = [
            serde_json::json!({"event": "start", "host": a, "address": b, "pattern": c}),
            serde_json::json!({"tool": a, "target": b, "hops": [{"hop": c, "probes": [{"address": d, "name": e, "rtt_ms": number}]}]}),
            serde_json::json!({"report": {"mtr": {"dst": a}, "hubs": [{"host": b, "count": c, "Best": number, "Avg": number, "Wrst": number}]}}),
            serde_json::json!({"event": "reply", "server": a, "status": b, "query_time_ms": number, "question": [{"name": c, "type": d}], "answer": [{"type": e, "data": f}]}),
            serde_json::json!({"netid": a, "state": b, "local": {"address": c, "port": d}, "peer": e, "users": [{"name": f}]}),
            serde_json::json!({"protocol": a, "source": b, "destination": c, "sent": {"bytes": number}, "received": {"bytes": d}, "seconds": e}),
            serde_json::json!({"event": "host", "address": a, "name": b, "up": c, "ports": [{"port": d, "state": e, "name": f}]}),
            serde_json::json!({"number": a, "time": number, "length": number, "layers": [{"protocol": b}], "text": c}),
            serde_json::json!({a: b, c: d, e: f}),
        ];
        let text = format!("{}\n{}\n", values[kind], values[kind]);
        for redact in [false, true] {
            let input = Input::read(&f, text.as_bytes()).unwrap();
            let report = Report::of(&f, vec![input], redact);
            let html = report.page.html();
            prop_assert!(is_clean(&html), "{}", html);
            prop_assert!(html.chars().all(|c| c == '\n' || nethost_core::text::is_plain(c)));
            for line in report.metrics.text().lines() {
                let is_comment = line.starts_with("# HELP nethost_") || line.starts_with("# TYPE nethost_") || line == "# EOF";
                prop_assert!(is_comment || is_sample(line), "{:?}", line);
            }
        }
    }
}

/// A line of the text format: a name, labels in quotes, a number.
fn is_sample(line: &str) -> bool {
    let name_end = line.find(['{', ' ']).unwrap_or(line.len());
    let name = &line[..name_end];
    let mut rest = &line[name_end..];
    if !name.starts_with("nethost_") || !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
        return false;
    }
    if let Some(mut labels) = rest.strip_prefix('{') {
        loop {
            let Some((label, value)) = labels.split_once("=\"") else {
                return false;
            };
            if !label.bytes().all(|b| b.is_ascii_lowercase()) {
                return false;
            }
            let mut escaped = false;
            let end = value.char_indices().find(|(_, c)| match (*c, escaped) {
                (_, true) => {
                    escaped = false;
                    false
                }
                ('\\', false) => {
                    escaped = true;
                    false
                }
                (c, false) => c == '"',
            });
            let Some((end, _)) = end else { return false };
            let after = &value[end + 1..];
            if let Some(next) = after.strip_prefix(',') {
                labels = next;
                continue;
            }
            let Some(after) = after.strip_prefix('}') else {
                return false;
            };
            rest = after;
            break;
        }
    }
    rest.strip_prefix(' ')
        .is_some_and(|number| number.parse::<f64>().is_ok_and(f64::is_finite))
}
