//! Which rule wins, and how mistakes are reported.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::*;
use nethost_core::{AbsolutePath, ResolvedName, form};
use nethost_core::{Request, Target};

mod names;
mod others;

const NAMES: Names<'_> = Names {
    capabilities: &["icmp.echo", "udp.exchange", "file.read", "dns.resolve"],
    plugins: &["ping", "traceroute"],
};

fn policy(text: &str) -> Policy {
    parse("p.toml", text, NAMES).unwrap()
}

fn subject() -> Subject {
    Subject {
        name: "ping".into(),
        digest: format!("sha256:{}", "0".repeat(64)),
        bundled: true,
        signer: None,
        args: vec![
            "-c1".into(),
            "example.test".into(),
            "--targets=hosts".into(),
        ],
        user: User {
            uid: 1000,
            name: Some("alice".into()),
            groups: vec![(100, Some("users".into()))],
        },
    }
}

fn to(address: &str) -> Request {
    Request::new("open", form::host(address, None))
}

/// The decision about a request for `icmp.echo`, by names that led to its target.
fn decide(policies: &Policies, request: &Request, names: &[&str]) -> Decision {
    let names = form::led_by(names);
    policies
        .in_force(&subject())
        .decide("icmp.echo", request, &names)
}

fn allowed(policies: &Policies, request: &Request) -> bool {
    matches!(decide(policies, request, &[]), Decision::Allowed(_))
}

/// A chosen policy with these grants for any plugin, `allow` and `deny` in TOML.
fn chosen(allow: &str, deny: &str) -> Policies {
    let text =
        format!("version = 1\n[[plugin]]\nname = \"*\"\nallow = [{allow}]\ndeny = [{deny}]\n");
    Policies {
        chosen: Some(policy(&text)),
        ..Policies::default()
    }
}

fn refusal(decision: Decision) -> Refusal {
    match decision {
        Decision::Denied(refusal) => refusal,
        Decision::Allowed(terms) => panic!("allowed by {}", terms.rule),
    }
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
    let flag =
        |effect, text: &str| Rule::from_flag(effect, "--flag", text, NAMES.capabilities).unwrap();
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
        plugin: PluginPattern::default(),
        capability: "icmp.echo".into(),
        to: vec![],
        scope: Scope::default(),
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
    let decision = policies
        .in_force(&stranger)
        .decide("icmp.echo", &to("192.0.2.1"), &[]);
    assert_eq!(
        refusal(decision),
        Refusal {
            rule: "no rule allows it".into(),
            remedy: "--allow icmp.echo=192.0.2.1".into(),
            missing: true,
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
    let decision = policies
        .in_force(&stranger)
        .decide("icmp.echo", &to("10.1.2.3"), &[]);
    assert!(refusal(decision).missing);
}

#[test]
fn args_covers_what_was_typed_and_nothing_else() {
    let policies = chosen(r#"{ cap = "*", to = ["$args"] }"#, "");
    let file = |path: &str| {
        let folder = std::env::current_dir().unwrap();
        let path = AbsolutePath::new(&folder, Path::new(path)).unwrap();
        Request::new("read", Target::Path(path))
    };
    assert!(allowed(&policies, &file("hosts")));
    assert!(!allowed(&policies, &file("/etc/shadow")));
    assert!(!allowed(&policies, &to("192.0.2.1")));
    let by_name = |names: &[&str]| decide(&policies, &to("192.0.2.1"), names);
    assert!(matches!(by_name(&["example.test"]), Decision::Allowed(_)));
    // What a name led to that nobody typed, such as a referral's or a redirect's.
    assert!(refusal(by_name(&["other.test"])).missing);
}

#[test]
fn what_a_path_s_pattern_prints_as_is_that_pattern() {
    for text in [
        "/", "//", "/.", "/./", "////./", "/etc", "/etc/", "/etc/.", "/etc/./", "./", ".//",
        "././", "../", "../.",
    ] {
        let pattern: Pattern = text.parse().unwrap();
        let again: Pattern = pattern.to_string().parse().unwrap();
        assert_eq!(format!("{pattern:?}"), format!("{again:?}"), "{text}");
    }
}

#[test]
fn a_folder_covers_the_files_in_it_and_no_others() {
    let policies = chosen(r#"{ cap = "*", to = ["/etc/app.d/"] }"#, "");
    let file = |path: &str| Request::new("read", Target::Path(form::path(path)));
    for path in ["/etc/app.d", "/etc/app.d/one.conf"] {
        assert!(allowed(&policies, &file(path)), "{path}");
    }
    for path in [
        "/etc/app.d/..",
        "/etc/app.d/../shadow",
        "/etc/app.d/deeper/one.conf",
        "/etc/app.d.conf",
        "/etc",
    ] {
        assert!(!allowed(&policies, &file(path)), "{path}");
    }
    // Whatever is in front of the slash.
    let request_for = |path: &str| Request::new("read", Target::Path(form::path(path)));
    let here = std::env::current_dir().unwrap();
    let folder = |path: &Path| path.to_str().unwrap().to_owned();
    for (text, file) in [
        ("/", "/file".to_owned()),
        ("//", "/file".to_owned()),
        ("./", folder(&here.join("file"))),
        ("../", folder(&here.parent().unwrap().join("file"))),
    ] {
        let denied = chosen(
            r#"{ cap = "*" }"#,
            &format!(r#"{{ cap = "*", to = ["{text}"] }}"#),
        );
        assert!(!allowed(&denied, &request_for(&file)), "{text} {file}");
    }
    let denied = chosen(r#"{ cap = "*" }"#, r#"{ cap = "*", to = ["/etc/app.d/"] }"#);
    assert!(!allowed(&denied, &file("/etc/app.d/one.conf")));
    assert!(allowed(&denied, &file("/etc/other")));
}

#[test]
fn a_suffix_covers_what_is_below_it() {
    let policies = chosen(r#"{ cap = "icmp.echo", to = ["*.example.test"] }"#, "");
    let name = |name: &str| {
        allowed(
            &policies,
            &Request::new("lookup", Target::Name(form::name(name))),
        )
    };
    assert!(name("a.example.test") && name("a.b.Example.TEST."));
    assert!(!name("example.test") && !name("badexample.test"));
}

#[test]
fn a_denial_of_a_part_denies_the_whole() {
    let policies = chosen(
        r#"{ cap = "icmp.echo" }"#,
        r#"{ cap = "icmp.echo", to = ["10.9.0.0/16"] }"#,
    );
    let network = |text: &str| Request::new("add", form::network(text));
    assert!(allowed(&policies, &network("192.0.2.0/24")));
    for text in ["10.9.1.0/24", "10.9.0.0/16", "10.0.0.0/8", "0.0.0.0/0"] {
        assert!(!allowed(&policies, &network(text)), "{text}");
    }
}

#[test]
fn a_grant_on_asking_counts_only_where_files_say_ask() {
    let grant = || {
        Rule::from_flag(
            Effect::Allow,
            "asked",
            "icmp.echo=192.0.2.1",
            NAMES.capabilities,
        )
        .unwrap()
    };
    let mut policies = Policies {
        granted: vec![grant()],
        ..Policies::default()
    };
    assert_eq!(policies.on_missing(), OnMissing::Ask);
    assert!(allowed(&policies, &to("192.0.2.1")));
    policies.ceiling = Some(policy(TEN));
    assert_eq!(policies.on_missing(), OnMissing::Deny);
    assert!(!allowed(&policies, &to("192.0.2.1")));
    let asking = TEN.replace("[[plugin]]", "[defaults]\non-missing = \"ask\"\n[[plugin]]");
    policies.ceiling = Some(policy(&asking));
    assert!(allowed(&policies, &to("192.0.2.1")));
    policies.chosen = Some(policy(TEN));
    assert!(!allowed(&policies, &to("192.0.2.1")));
}

#[test]
fn terms_of_all_layers_hold_together() {
    let with = |extra: &str| {
        let text = format!(
            "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"*\", {extra} }}]\n"
        );
        Some(policy(&text))
    };
    let policies = Policies {
        ceiling: with("packets = 5, until = 2099-01-01T00:00:00Z"),
        chosen: with("bytes = \"1 KiB\", until = \"2098-01-01T00:00:00Z\""),
        ..Policies::default()
    };
    let Decision::Allowed(terms) = decide(&policies, &to("192.0.2.1"), &[]) else {
        panic!("denied");
    };
    assert_eq!(terms.quotas[0].1.packets, Some(5));
    assert_eq!(terms.quotas[1].1.bytes, Some(1024));
    assert_eq!(terms.until, "2098-01-01T00:00:00Z".parse().ok());
}

#[test]
fn limits_are_lowered_below_the_ceiling_and_never_raised() {
    let with = |text: &str| Some(policy(&format!("version = 1\n{text}")));
    let limits = |policies: &Policies| policies.limits(&subject());
    let none = limits(&Policies::default());
    assert_eq!(none, Limits::DEFAULT);
    let mut policies = Policies {
        ceiling: with("[limits]\nmemory = \"1 GiB\"\nhandles = 10\n"),
        chosen: with("[limits]\nmemory = \"2 GiB\"\nhandles = 5\ntime = \"1min\"\n"),
        ..Policies::default()
    };
    let both = limits(&policies);
    assert_eq!((both.memory, both.handles), (Some(1 << 30), Some(5)));
    assert_eq!(both.time, Some(std::time::Duration::from_secs(60)));
    assert_eq!(both.busy, Limits::DEFAULT.busy);
    policies.chosen = with(
        "[[plugin]]\nname = \"ping\"\nlimits = { handles = 2 }\n[[plugin]]\nname = \"traceroute\"\nlimits = { memory = \"1 MiB\" }\n",
    );
    assert_eq!(
        (limits(&policies).handles, limits(&policies).memory),
        (Some(2), Some(1 << 30))
    );
}

#[test]
fn the_remedy_below_a_ceiling_is_not_a_flag() {
    let policies = Policies {
        ceiling: Some(policy(TEN)),
        ..Policies::default()
    };
    let refused = refusal(decide(&policies, &to("192.0.2.1"), &[]));
    assert!(
        refused.remedy.contains("only an administrator"),
        "{refused:?}"
    );
    assert!(!refused.remedy.starts_with("--allow"), "{refused:?}");
}

#[test]
fn every_rule_is_accounted_for() {
    let policies = Policies {
        chosen: Some(policy(TEN)),
        ..Policies::default()
    };
    let considered = policies
        .in_force(&subject())
        .consider("icmp.echo", &to("10.9.0.1"), &[]);
    let told: Vec<_> = considered
        .iter()
        .map(|one| (one.effect, one.not.is_none()))
        .collect();
    assert_eq!(told, [(Effect::Deny, true), (Effect::Allow, true)]);
}

#[test]
fn what_a_denial_prints_as_its_remedy_allows_just_that() {
    let targets = [
        form::host("192.0.2.1", None),
        form::host("192.0.2.1", Some(7)),
        form::host("fd00::2", Some(7)),
        Target::Name(form::name("example.test")),
        Target::Path(form::path("/etc/shadow")),
        Target::Local("uname"),
    ];
    for target in &targets {
        let flag = Rule::from_flag(
            Effect::Allow,
            "--allow",
            &format!("icmp.echo={target}"),
            NAMES.capabilities,
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
    let network = |text: &str| Request::new("add", form::network(text));
    assert!(allowed(&policies, &network("10.9.0.0/16")));
    assert!(!allowed(&policies, &network("10.0.0.0/7")));
}

#[test]
fn links_are_followed_with_the_rights_of_who_named_them() {
    let folder = tempfile::tempdir().unwrap();
    let (link, file) = (folder.path().join("link"), folder.path().join("file"));
    std::fs::write(&file, "").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let (typed, real) = (link.to_str().unwrap(), file.to_str().unwrap());
    let asks = |policies: &Policies| {
        let subject = Subject {
            args: vec![typed.into()],
            ..subject()
        };
        let path = AbsolutePath::absolute(&file).unwrap();
        let decision = policies.in_force(&subject).decide(
            "file.read",
            &Request::new("", Target::Path(path)),
            &[],
        );
        matches!(decision, Decision::Allowed(_))
    };
    let nobody_s = || Links::followed_by(|paths| Some(paths.to_vec()));
    let broken = || Links::followed_by(|_| None);
    for allow in [
        "{ cap = \"file.read\", to = [\"$args\"] }".to_owned(),
        format!("{{ cap = \"file.read\", to = [\"{typed}\"] }}"),
    ] {
        let mut policies = chosen(&allow, "");
        assert!(asks(&policies), "{allow}: as this process may follow it");
        for links in [nobody_s(), broken()] {
            policies.links = links;
            assert!(!asks(&policies), "{allow}: as they may not");
        }
        // What the site denies is denied wherever it is.
        let everything = "{ cap = \"file.read\" }";
        let denied = format!("{{ cap = \"file.read\", to = [\"{typed}\"] }}");
        let site = Policies {
            ceiling: chosen(everything, &denied).chosen,
            links: nobody_s(),
            ..Policies::default()
        };
        assert!(!asks(&site), "{real}");
    }
}
