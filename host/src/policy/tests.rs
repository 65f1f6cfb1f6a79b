//! Which rule wins, and how mistakes are reported.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::gate::Target;

const NAMES: &[&str] = &["icmp.echo", "udp.exchange", "file.read"];

fn policy(text: &str) -> Policy {
    parse("p.toml", text, NAMES).unwrap()
}

fn mistake(text: &str) -> String {
    parse("p.toml", text, NAMES).unwrap_err().to_string()
}

fn subject() -> Subject {
    Subject {
        name: "ping".into(),
        digest: format!("sha256:{}", "0".repeat(64)),
        bundled: true,
        args: vec![
            "-c1".into(),
            "example.test".into(),
            "--targets=hosts".into(),
        ],
    }
}

fn to(address: &str) -> Request {
    Request::new(
        "open",
        Target::Address {
            address: address.parse().unwrap(),
            port: None,
        },
    )
}

fn allowed(policies: &Policies, request: &Request) -> bool {
    matches!(
        policies.decide("icmp.echo", request, None, &subject()),
        Decision::Allowed { .. }
    )
}

const TEN: &str = "version = 1\n[[plugin]]\nname = \"ping\"\nallow = [{ cap = \"icmp.echo\", to = [\"10.0.0.0/8\"] }]\ndeny = [{ cap = \"icmp.echo\", to = [\"10.9.0.0/16\"] }]\n";

#[test]
fn deny_wins_over_allow() {
    let policies = Policies {
        chosen: Some(policy(TEN)),
        ..Policies::default()
    };
    assert!(allowed(&policies, &to("10.1.2.3")));
    assert!(!allowed(&policies, &to("10.9.2.3")));
    assert!(!allowed(&policies, &to("192.0.2.1")));
}

#[test]
fn an_ipv4_address_dressed_as_ipv6_meets_the_same_rules() {
    let policies = Policies {
        chosen: Some(policy(TEN)),
        ..Policies::default()
    };
    assert!(allowed(&policies, &to("::ffff:10.1.2.3")));
    assert!(!allowed(&policies, &to("::ffff:10.9.2.3")));
}

#[test]
fn flags_cannot_widen_the_ceiling_but_can_narrow_it() {
    let flag = |effect, text: &str| Rule::from_flag(effect, "--flag", text, NAMES).unwrap();
    let mut policies = Policies {
        ceiling: Some(policy(TEN)),
        flags: vec![flag(Effect::Allow, "icmp.echo")],
        ..Policies::default()
    };
    assert!(!allowed(&policies, &to("192.0.2.1")));
    assert!(allowed(&policies, &to("10.1.2.3")));
    policies.flags = vec![flag(Effect::Deny, "icmp.echo=10.1.0.0/16")];
    assert!(!allowed(&policies, &to("10.1.2.3")));
    assert!(allowed(&policies, &to("10.2.2.3")));
}

#[test]
fn a_chosen_policy_narrows_the_ceiling() {
    let ten_one = policy(
        "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"*\", to = [\"10.1.0.0/16\"] }]\n",
    );
    let policies = Policies {
        ceiling: Some(policy(TEN)),
        chosen: Some(ten_one),
        ..Policies::default()
    };
    assert!(allowed(&policies, &to("10.1.2.3")));
    assert!(!allowed(&policies, &to("10.2.2.3")));
}

#[test]
fn without_a_policy_only_a_bundled_plugin_gets_what_it_asks() {
    let asks = Rule {
        effect: Effect::Allow,
        plugin: rule::PluginPattern::default(),
        capability: "icmp.echo".into(),
        to: vec![],
        origin: "plugin.toml".into(),
    };
    let policies = Policies {
        manifest: vec![asks],
        ..Policies::default()
    };
    assert!(allowed(&policies, &to("192.0.2.1")));
    let stranger = Subject {
        bundled: false,
        ..subject()
    };
    let decision = policies.decide("icmp.echo", &to("192.0.2.1"), None, &stranger);
    assert_eq!(
        decision,
        Decision::Denied {
            rule: "no rule allows it".into(),
            remedy: "--allow icmp.echo=192.0.2.1".into()
        }
    );
}

#[test]
fn a_file_named_like_a_bundled_plugin_gains_nothing() {
    let policies = Policies {
        chosen: Some(policy(TEN)),
        ..Policies::default()
    };
    let stranger = Subject {
        bundled: false,
        ..subject()
    };
    assert!(matches!(
        policies.decide("icmp.echo", &to("10.1.2.3"), None, &stranger),
        Decision::Denied { .. }
    ));
}

#[test]
fn args_covers_what_was_typed_and_nothing_else() {
    let text =
        "version = 1\n[[plugin]]\nname = \"ping\"\nallow = [{ cap = \"*\", to = [\"$args\"] }]\n";
    let policies = Policies {
        chosen: Some(policy(text)),
        ..Policies::default()
    };
    let file = |path: &str| Request::new("read", Target::Path(path.into()));
    assert!(allowed(&policies, &file("hosts")));
    assert!(!allowed(&policies, &file("/etc/shadow")));
    assert!(!allowed(&policies, &to("192.0.2.1")));
    let named = policies.decide(
        "icmp.echo",
        &to("192.0.2.1"),
        Some("example.test"),
        &subject(),
    );
    assert!(matches!(named, Decision::Allowed { .. }));
}

#[test]
fn mistakes_are_placed_and_explained() {
    assert_eq!(
        mistake("version = 1\n[[plugin]]\nname = \"ping\"\nalow = []\n"),
        "p.toml:4:1: unknown key `alow`; did you mean `allow`?"
    );
    assert_eq!(
        mistake("version = 1\n[[plugin]]\nname = \"ping\"\nallow = [{ cap = \"icmp.eco\" }]\n"),
        "p.toml:4:18: unknown capability `icmp.eco`; did you mean `icmp.echo`?"
    );
    assert_eq!(
        mistake(
            "version = 1\n[[plugin]]\nname = \"ping\"\nallow = [{ cap = \"icmp.echo\", to = [\"10.0.0.1/8\"] }]\n"
        ),
        "p.toml:4:37: `10.0.0.1/8` is not an address, a network such as 10.0.0.0/8 or 2001:db8::/32, ADDRESS:PORT, a path, a name or $args; did you mean `10.0.0.0/8` or `10.0.0.1`?"
    );
    assert_eq!(
        mistake("version = 2\n"),
        "p.toml:1:11: version 2 is not known; this nethost reads version 1"
    );
    assert!(mistake("version = 1\n[[plugin]\n").starts_with("p.toml:2:"));
    assert!(
        mistake("version = 1\n[[plugin]]\nallow = [{ cap = \"icmp.echo\" }]\n")
            .contains("needs a name")
    );
    assert!(
        mistake("version = 1\n[[plugin]]\ndigest = \"sha256:abc\"\n")
            .starts_with("p.toml:3:10: `sha256:abc` is not")
    );
}

#[test]
fn what_a_denial_prints_as_its_remedy_allows_just_that() {
    let targets = [
        Target::Address {
            address: "192.0.2.1".parse().unwrap(),
            port: None,
        },
        Target::Address {
            address: "192.0.2.1".parse().unwrap(),
            port: Some(7),
        },
        Target::Address {
            address: "fd00::2".parse().unwrap(),
            port: Some(7),
        },
        Target::Name("example.test".into()),
        Target::Path("/etc/shadow".into()),
        Target::Local("uname"),
    ];
    for target in &targets {
        let flag = Rule::from_flag(
            Effect::Allow,
            "--allow",
            &format!("icmp.echo={target}"),
            NAMES,
        )
        .unwrap();
        let policies = Policies {
            flags: vec![flag],
            ..Policies::default()
        };
        for other in &targets {
            let request = Request::new("open", other.clone());
            // An address without a port covers its ports.
            let covered = other == target || (target == &targets[0] && other == &targets[1]);
            assert_eq!(
                allowed(&policies, &request),
                covered,
                "{target} against {other}"
            );
        }
    }
}

#[test]
fn a_mistyped_address_is_not_taken_for_a_name() {
    for text in [
        "10.0.0.0/33",
        "10.0.0",
        "300.1.2.3",
        "10.0.0.1:x",
        "fd00::/129",
        "a b",
        "",
    ] {
        assert!(text.parse::<Pattern>().is_err(), "{text}");
    }
}

#[test]
fn a_rule_about_a_network_covers_networks_inside_it_and_no_wider_one() {
    let policies = Policies {
        chosen: Some(policy(
            "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"icmp.echo\", to = [\"10.0.0.0/8\"] }]\n",
        )),
        ..Policies::default()
    };
    let network = |text: &str| Request::new("add", Target::Network(text.parse().unwrap()));
    assert!(allowed(&policies, &network("10.9.0.0/16")));
    assert!(!allowed(&policies, &network("10.0.0.0/7")));
}
