//! What is learned is what was seen.

#![allow(clippy::unwrap_used)]

use super::*;

fn access(capability: &str, touched: Touched) -> Access {
    Access {
        plugin: Plugin {
            digest: format!("sha256:{}", "a".repeat(64)),
            name: "tool".into(),
            bundled: false,
        },
        user: "root".into(),
        run: "r1".into(),
        handle: 1,
        time: Timestamp::UNIX_EPOCH,
        capability: capability.into(),
        touched,
        typed: false,
        interface: None,
        options: Vec::new(),
    }
}

fn host(address: &str, port: Option<u16>, name: Option<&str>) -> Touched {
    Touched::Address {
        address: address.parse().unwrap(),
        port,
        name: name.map(Into::into),
    }
}

fn learned(freedom: Freedom, all: &[Touched]) -> String {
    let mut lesson = Lesson::new(freedom);
    for touched in all {
        lesson.allowed(access("a.b", touched.clone()));
    }
    let text = lesson.policy();
    let _: toml::Table = toml::from_str(&text).unwrap();
    text
}

#[test]
fn addresses_stay_what_they_were() {
    let seen = [
        host("10.0.0.2", None, None),
        host("10.0.0.3", None, None),
        host("10.0.0.9", None, None),
    ];
    let text = learned(Freedom::default(), &seen);
    // 10.0.0.2/31 is these two and nothing else.
    assert!(
        text.contains("to = [\"10.0.0.2/31\", \"10.0.0.9\"], users = [\"root\"]"),
        "{text}"
    );
    assert!(!text.contains("widened"), "{text}");
    let freedom = Freedom {
        ipv4: Some(24),
        ..Freedom::default()
    };
    let text = learned(freedom, &seen);
    assert!(text.contains("to = [\"10.0.0.0/24\"]"), "{text}");
    assert!(
        text.contains("# widened: 10.0.0.0/24 stands for 10.0.0.2, 10.0.0.3, 10.0.0.9"),
        "{text}"
    );
    let alone = learned(freedom, &seen[..1]);
    assert!(
        alone.contains("to = [\"10.0.0.2\"]") && !alone.contains("widened"),
        "{alone}"
    );
}

#[test]
fn names_stay_names() {
    let text = learned(
        Freedom::default(),
        &[host("192.0.2.7", Some(443), Some("web.example"))],
    );
    assert!(
        text.contains("to = [\"web.example\"], ports = [443]"),
        "{text}"
    );
    assert!(!text.contains("192.0.2.7"), "{text}");
    // A name never leads to this machine; the address must be granted too.
    let text = learned(
        Freedom::default(),
        &[host("127.0.0.1", None, Some("me.example"))],
    );
    assert!(text.contains("\"me.example\", \"127.0.0.1\""), "{text}");
}

#[test]
fn ports_are_merged_only_for_the_same_targets() {
    let seen = |address: &str, port| host(address, Some(port), None);
    let text = learned(
        Freedom::default(),
        &[
            seen("10.0.0.1", 53),
            seen("10.0.0.1", 443),
            seen("10.0.0.9", 22),
        ],
    );
    assert!(
        text.contains("to = [\"10.0.0.1\"], ports = [53, 443]"),
        "{text}"
    );
    assert!(text.contains("to = [\"10.0.0.9\"], ports = [22]"), "{text}");
}

#[test]
fn text_of_strangers_stays_in_its_place() {
    let odd = "x\"]},\n{ cap = \"*\" }\u{1b}[2J";
    let mut lesson = Lesson::new(Freedom::default());
    lesson.allowed(access("a.b", Touched::Named(odd.into())));
    lesson.denied(access("c.d", Touched::Named(odd.into())));
    let mut named = access("a.b", Touched::Named("fine".into()));
    named.plugin.name = odd.into();
    named.run = odd.into();
    named.user = odd.into();
    lesson.allowed(named);
    let text = lesson.policy();
    let read: toml::Table = toml::from_str(&text).unwrap();
    let plugins = read["plugin"].as_array().unwrap();
    let caps: Vec<_> = plugins
        .iter()
        .flat_map(|plugin| plugin["allow"].as_array().unwrap())
        .map(|grant| grant["cap"].as_str().unwrap())
        .collect();
    assert_eq!(caps, ["a.b"], "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
    assert!(text.contains("left out: x\"]},\\n{ cap"), "{text}");
    assert!(
        text.contains("# denied 1 time, and not in here: c.d to x"),
        "{text}"
    );
}

#[test]
fn what_was_typed_can_stand_for_itself() {
    let mut typed = access("a.b", host("192.0.2.7", None, Some("web.example")));
    typed.typed = true;
    for (arguments, to) in [(true, "$args"), (false, "web.example")] {
        let mut lesson = Lesson::new(Freedom {
            arguments,
            ..Freedom::default()
        });
        lesson.allowed(typed.clone());
        let text = lesson.policy();
        assert!(text.contains(&format!("to = [\"{to}\"]")), "{text}");
        assert_eq!(text.contains("widened"), arguments, "{text}");
    }
}
