//! Each kind of rule without effect is found, and no other.
#![allow(clippy::unwrap_used)]

use super::*;

const NAMES: Names<'_> = Names {
    capabilities: &["icmp.echo", "udp.exchange"],
    plugins: &["ping"],
};

fn warnings(plugin: &str, allow: &str, deny: &str) -> Vec<String> {
    let text = format!(
        "version = 1\n[[plugin]]\nname = \"{plugin}\"\nallow = [{allow}]\ndeny = [{deny}]\n"
    );
    let policy = super::super::parse_system("p.toml", &text, NAMES).unwrap();
    unreachable(&policy, NAMES)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn patterns_that_no_request_matches_are_found() {
    for (rule, why) in [
        (
            r#"{ cap = "udp.exchange", to = ["10.0.0.1:0"] }"#,
            "`10.0.0.1:0` in `to` matches nothing: nothing has port 0",
        ),
        (
            r#"{ cap = "udp.exchange", to = ["10.0.0.1:80"], ports = [443] }"#,
            "none of `ports`",
        ),
        (
            r#"{ cap = "udp.exchange", to = ["/etc/hosts"], ports = [443] }"#,
            "a file has no port",
        ),
        (
            r#"{ cap = "udp.exchange", to = ["/proc/self/root/etc/shadow"] }"#,
            "through a magic link",
        ),
    ] {
        let told = warnings("ping", rule, "");
        assert!(told.len() == 1 && told[0].contains(why), "{rule}: {told:?}");
    }
    let mapped = r#"{ cap = "udp.exchange", to = ["::ffff:10.7.0.0/120"] }"#;
    assert!(warnings("ping", mapped, "").is_empty());
}

#[test]
fn each_kind_is_found() {
    let ten = r#"{ cap = "icmp.echo", to = ["10.0.0.0/8"] }"#;
    let narrow = r#"{ cap = "icmp.echo", to = ["10.1.0.0/16"] }"#;
    let cases = [
        (
            vec![narrow],
            ten,
            "the denial at p.toml:5:9 covers all of it",
        ),
        (
            vec![ten, narrow],
            "",
            "the rule at p.toml:4:10 covers all of it",
        ),
        (vec![ten, ten], "", "the rule at p.toml:4:10 says the same"),
        (
            vec![r#"{ cap = "icmp.echo", until = 2001-01-01T00:00:00Z }"#],
            "",
            "no effect since 2001-01-01T00:00:00Z",
        ),
        (
            vec![r#"{ cap = "udp.exchange", ports = [53] }"#],
            r#"{ cap = "*", ports = ["1-1023"] }"#,
            "covers all",
        ),
    ];
    for (allow, deny, expected) in cases {
        let told = warnings("ping", &allow.join(", "), deny);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains(expected) && told[0].contains(": warning: "),
            "{told:?}"
        );
    }
    let told = warnings("pnig", ten, "");
    assert!(
        told[0].starts_with("p.toml:4:10: warning") && told[0].contains("did you mean `ping`?"),
        "{told:?}"
    );
}

#[test]
fn rules_with_an_effect_are_left_alone() {
    let ten = r#"{ cap = "icmp.echo", to = ["10.0.0.0/8"] }"#;
    for (allow, deny) in [
        (vec![ten], r#"{ cap = "icmp.echo", to = ["10.9.0.0/16"] }"#),
        (
            vec![ten],
            r#"{ cap = "icmp.echo", to = ["10.0.0.0/8"], users = ["bob"] }"#,
        ),
        (
            vec![ten],
            r#"{ cap = "icmp.echo", to = ["10.0.0.0/8"], until = 2099-01-01T00:00:00Z }"#,
        ),
        (
            vec![
                r#"{ cap = "icmp.echo", to = ["10.1.0.0/16"], rate = "1/s" }"#,
                ten,
            ],
            "",
        ),
        (
            vec![
                r#"{ cap = "icmp.echo", to = ["*.test"] }"#,
                r#"{ cap = "icmp.echo", to = ["test", "$args"] }"#,
            ],
            "",
        ),
        (
            vec![
                r#"{ cap = "icmp.echo", interfaces = ["wg0"] }"#,
                r#"{ cap = "icmp.echo", interfaces = ["wg*"] }"#,
            ],
            "",
        ),
    ] {
        let told = warnings("*", &allow.join(", "), deny);
        assert!(told.is_empty(), "{allow:?} {deny}: {told:?}");
    }
}

#[test]
fn a_report_only_rule_covers_no_other_and_is_covered_by_a_denial() {
    let any = r#"{ cap = "icmp.echo" }"#;
    let ten = r#"{ cap = "icmp.echo", to = ["10.0.0.0/8"] }"#;
    let report = r#"{ cap = "icmp.echo", to = ["10.0.0.0/8"], mode = "report" }"#;
    let narrow = r#"{ cap = "icmp.echo", to = ["10.1.0.0/16"], mode = "report" }"#;
    // What it would cover as a denial has an effect beside it.
    assert!(warnings("ping", ten, report).is_empty());
    let later = r#"{ cap = "icmp.echo", to = ["10.1.0.0/16"] }"#;
    assert!(warnings("ping", any, &format!("{report}, {later}")).is_empty());
    for (deny, why) in [
        (
            format!("{narrow}, {ten}"),
            "reports nothing: the denial at p.toml:5:",
        ),
        (
            format!("{ten}, {narrow}"),
            "reports nothing: the denial at p.toml:5:9",
        ),
        (
            format!("{report}, {narrow}"),
            "the rule at p.toml:5:9 covers all of it",
        ),
    ] {
        let told = warnings("ping", any, &deny);
        assert!(told.len() == 1 && told[0].contains(why), "{deny}: {told:?}");
    }
}
