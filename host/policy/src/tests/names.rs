//! Where a name may lead, and where it may not.

use super::*;

#[test]
fn a_name_must_not_lead_to_where_services_trust_their_callers() {
    for grant in ["$args", "example.test", "*.test"] {
        let policies = chosen(&format!(r#"{{ cap = "icmp.echo", to = ["{grant}"] }}"#), "");
        for address in [
            "127.0.0.1",
            "::1",
            "169.254.169.254",
            "fd00:ec2::254",
            "fe80::1",
            "64:ff9b:1::7f00:1",
            "2001:db8::5efe:a9fe:a9fe",
        ] {
            let refused = refusal(decide(&policies, &to(address), &["example.test"]));
            assert!(
                refused.rule.contains(&format!("does not name {address}"))
                    && refused.rule.contains("that example.test led to"),
                "{grant} {address}: {}",
                refused.rule
            );
        }
        let here = refusal(decide(&policies, &to("0.0.0.0"), &["example.test"]));
        assert!(
            here.rule.contains("does not name 127.0.0.1"),
            "{}",
            here.rule
        );
        let public = decide(&policies, &to("192.0.2.1"), &["example.test"]);
        assert!(matches!(public, Decision::Allowed(_)), "{grant}");
    }
    let named = chosen(
        r#"{ cap = "icmp.echo", to = ["*.test", "127.0.0.0/8"] }"#,
        "",
    );
    let decision = decide(&named, &to("127.0.0.1"), &["example.test"]);
    assert!(matches!(decision, Decision::Allowed(_)));
}

/// The rule may let anything through, as a bundled plugin's does: what a name server says is not what was meant.
#[test]
fn a_rule_for_any_target_does_not_follow_a_name_to_where_services_trust_their_callers() {
    let typed = |args: &[&str]| Subject {
        args: args.iter().map(ToString::to_string).collect(),
        ..subject()
    };
    let any = || {
        vec![Rule::from_flag(Effect::Allow, "--allow", "icmp.echo", NAMES.capabilities).unwrap()]
    };
    let of_manifest = Policies {
        manifest: any(),
        ..Policies::default()
    };
    let of_flags = Policies {
        flags: any(),
        ..Policies::default()
    };
    let decide = |policies: &Policies, args: &[&str], address: &str, names: &[ResolvedName]| {
        policies
            .in_force(&typed(args))
            .decide("icmp.echo", &to(address), names)
    };
    let rebind = form::led_by(&["rebind.test"]);
    let local = [ResolvedName {
        from_hosts_file: true,
        ..rebind[0].clone()
    }];
    for policies in [&of_manifest, &of_flags] {
        for address in [
            "127.0.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::a9fe:a9fe",
            "169.254.169.254",
            "fe80::1",
        ] {
            let args = ["rebind.test"];
            assert!(
                refusal(decide(policies, &args, address, &rebind)).missing,
                "{address}"
            );
            let allowed = |decision| matches!(decision, Decision::Allowed(_));
            assert!(
                allowed(decide(policies, &[address], address, &rebind)),
                "{address} was typed"
            );
            assert!(
                allowed(decide(policies, &[address], address, &[])),
                "{address} alone"
            );
            assert!(
                allowed(decide(policies, &args, address, &local)),
                "{address} by /etc/hosts"
            );
        }
        let public = decide(policies, &["rebind.test"], "192.0.2.1", &rebind);
        assert!(matches!(public, Decision::Allowed(_)));
    }
}

#[test]
fn localhost_leads_to_this_machine_when_it_is_what_was_granted() {
    let policies = chosen(r#"{ cap = "icmp.echo", to = ["localhost"] }"#, "");
    let led = |address: &str, names: &[&str]| decide(&policies, &to(address), names);
    assert!(matches!(
        led("127.0.0.1", &["localhost"]),
        Decision::Allowed(_)
    ));
    assert!(refusal(led("10.0.0.1", &["other.test"])).missing);
    assert!(refusal(led("169.254.169.254", &["localhost"])).missing);
    // That localhost led there too does not help another name.
    let other = chosen(r#"{ cap = "icmp.echo", to = ["*.test"] }"#, "");
    let decision = decide(&other, &to("127.0.0.1"), &["localhost", "example.test"]);
    assert!(refusal(decision).missing);
}

#[test]
fn a_denial_of_an_address_holds_whatever_name_leads_to_it() {
    let policies = chosen(
        r#"{ cap = "icmp.echo", to = ["*.test"] }"#,
        r#"{ cap = "icmp.echo", to = ["10.0.0.0/8", "bad.test"] }"#,
    );
    let led = |address: &str, names: &[&str]| decide(&policies, &to(address), names);
    assert!(matches!(
        led("192.0.2.1", &["good.test"]),
        Decision::Allowed(_)
    ));
    assert!(!refusal(led("10.0.0.1", &["good.test"])).missing);
    assert!(
        !refusal(led("64:ff9b::10.0.0.1", &["good.test"])).missing,
        "through NAT64"
    );
    assert!(!refusal(led("192.0.2.1", &["good.test", "bad.test"])).missing);
}

#[test]
fn a_socket_s_abstract_name_is_no_file_and_no_other_name() {
    let socket = |name: &str| {
        let name = nethost_core::ObjectName::abstract_socket(name).unwrap();
        Request::new("open", Target::Object(name))
    };
    let here = |name: &str| {
        let folder = std::env::current_dir().unwrap();
        let path = nethost_core::AbsolutePath::new(&folder, name.as_ref()).unwrap();
        Request::new("open", Target::Path(path))
    };
    let of = |name: &str| format!(r#"{{ cap = "icmp.echo", to = ["{name}"] }}"#);
    for name in ["app", "/tmp/.X11-unix/X0", "0", "a@b/../c"] {
        let grant = chosen(&of(&format!("@{name}")), "");
        assert!(allowed(&grant, &socket(name)), "{name}");
        for other in ["App", "app2", "/tmp/.X11-unix/X1", "c"] {
            assert!(!allowed(&grant, &socket(other)), "{name} {other}");
        }
        assert!(!allowed(&grant, &here(&format!("@{name}"))), "{name}");
        let denial = chosen(r#"{ cap = "icmp.echo" }"#, &of(&format!("@{name}")));
        assert!(!allowed(&denial, &socket(name)), "{name}");
        assert!(!allowed(&denial, &socket(&name.to_uppercase())), "{name}");
        assert!(allowed(&denial, &socket("other")), "{name}");
        // Who denied a file by its name alone meant this.
        assert!(!allowed(&denial, &here(&format!("@{name}"))), "{name}");
    }
    for name in ["@", "@a b", "@a*b"] {
        let parsed = name.parse::<crate::pattern::Pattern>();
        assert!(parsed.is_err(), "{name:?}");
    }
}
