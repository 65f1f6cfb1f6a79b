//! Each field denies something that passes without it.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{Decision, Names, Policies, Subject, parse};
use nethost_core::form;

const NAMES: Names<'_> = Names {
    capabilities: &["udp.exchange"],
    plugins: &[],
};

fn alice() -> User {
    User {
        uid: 1000,
        name: Some("alice".into()),
        groups: vec![(100, Some("users".into()))],
    }
}

fn decide(allow: &str, deny: &str, request: &Request, user: User) -> Decision {
    let text =
        format!("version = 1\n[[plugin]]\nname = \"*\"\nallow = [{allow}]\ndeny = [{deny}]\n");
    let policies = Policies {
        chosen: Some(parse("p.toml", &text, NAMES).unwrap()),
        ..Policies::default()
    };
    let subject = Subject {
        user,
        ..Subject::default()
    };
    policies
        .in_force(&subject)
        .decide("udp.exchange", request, &[])
}

/// Whether a request passes an allowing rule with this field, and whether it passes a denying one.
fn passes(field: &str, request: &Request, user: User) -> (bool, bool) {
    let with = format!("{{ cap = \"*\", {field} }}");
    let allowed = |decision| matches!(decision, Decision::Allowed(_));
    (
        allowed(decide(&with, "", request, user.clone())),
        allowed(decide("{ cap = \"*\" }", &with, request, user)),
    )
}

fn request(port: Option<u16>) -> Request {
    Request::new("open", form::host("192.0.2.1", port))
}

#[test]
fn ports() {
    let of = |port| passes("ports = [53, \"8000-8080\"]", &request(port), alice());
    for port in [53, 8000, 8080] {
        assert_eq!(of(Some(port)), (true, false), "{port}");
    }
    for port in [None, Some(54), Some(7999), Some(8081)] {
        assert_eq!(of(port), (false, true), "{port:?}");
    }
}

#[test]
fn interfaces() {
    let of = |interface: Option<&str>| {
        let request = request(None).on_interface(interface.map(form::interface));
        passes("interfaces = [\"eth0\", \"wg*\"]", &request, alice())
    };
    assert_eq!(of(Some("eth0")), (true, false));
    assert_eq!(of(Some("wg1")), (true, false));
    assert_eq!(of(Some("eth1")), (false, true));
    // Bound to none, it may leave through any: neither allowed nor free of the denial.
    assert_eq!(of(None), (false, false));
    // So may a group of next hops.
    for (op, denied) in [("namespace.change-entity", true), ("namespace.list", false)] {
        let request = Request::new(op, Target::Local("next-hops"));
        let passes = passes("interfaces = [\"eth0\"]", &request, alice());
        assert_eq!(passes, (false, !denied), "{op}");
    }
}

/// A change of v0 in which a field names wg1.
fn change_of_v0(field: &'static str) -> Request {
    let link = form::interface("v0");
    Request::new("namespace.put", Target::Link(link.clone()))
        .on_interface(Some(link))
        .changing(vec![("mtu", "1400".into()), (field, "wg1".into())])
}

#[test]
fn a_name_that_a_link_gets_is_denied_as_one_that_it_has() {
    for field in ["name", "altname"] {
        for rule in ["interfaces = [\"wg*\"]", "to = [\"wg1\"]"] {
            // It allows nothing to what does not have the name yet.
            let passes = passes(rule, &change_of_v0(field), alice());
            assert_eq!(passes, (false, false), "{field}: {rule}");
        }
        let passes = passes("interfaces = [\"v0\"]", &change_of_v0(field), alice());
        assert_eq!(passes, (true, false), "{field}");
    }
}

#[test]
fn another_link_that_a_change_names_must_be_allowed_too() {
    for field in ["master", "parent", "link", "peer-name", "backup-port"] {
        for (rule, expected) in [
            ("interfaces = [\"wg*\"]", (false, false)),
            ("to = [\"wg1\"]", (false, false)),
            ("interfaces = [\"v0\"]", (false, false)),
            ("to = [\"v0\"]", (false, false)),
            ("interfaces = [\"v0\", \"wg*\"]", (true, false)),
            ("to = [\"v0\", \"wg1\"]", (true, false)),
            ("to = [\"v2\"]", (false, true)),
        ] {
            let passes = passes(rule, &change_of_v0(field), alice());
            assert_eq!(passes, expected, "{field}: {rule}");
        }
    }
    let passes_as = |field| {
        let kind = Target::Object(nethost_core::ObjectName::new("veth").unwrap());
        let request = Request::new("namespace.put", kind);
        let request = request.changing(vec![(field, "wg1".into())]);
        passes("interfaces = [\"wg1\"]", &request, alice())
    };
    assert_eq!(passes_as("peer-name"), (false, false));
    // The name of a namespace is none of a link.
    assert_eq!(passes_as("name"), (false, true));
}

#[test]
fn users() {
    let of = |field, user| passes(field, &request(None), user);
    for field in [
        "users = [\"alice\"]",
        "users = [1000]",
        "users = [\"@users\"]",
        "users = [\"@100\"]",
    ] {
        assert_eq!(of(field, alice()), (true, false), "{field}");
    }
    for field in [
        "users = [\"bob\"]",
        "users = [1001]",
        "users = [\"@wheel\"]",
    ] {
        assert_eq!(of(field, alice()), (false, true), "{field}");
    }
    // Whose name this machine does not know is not allowed by name, and not free of a denial by name.
    let nameless = User {
        name: None,
        ..alice()
    };
    assert_eq!(of("users = [\"alice\"]", nameless), (false, false));
}

#[test]
fn until() {
    let of = |field| passes(field, &request(None), alice());
    assert_eq!(of("until = 2099-01-01T00:00:00Z"), (true, false));
    assert_eq!(of("until = 2001-01-01T00:00:00Z"), (false, true));
}

#[test]
fn capabilities_and_plugins() {
    let text = "version = 1\n[[plugin]]\ndigest = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\"\nallow = [{ cap = \"udp.exchange\" }]\n";
    let policies = Policies {
        chosen: Some(parse("p.toml", text, NAMES).unwrap()),
        ..Policies::default()
    };
    let decide = |digest: &str, capability| {
        let subject = Subject {
            digest: format!("sha256:{}", digest.repeat(64)),
            ..Subject::default()
        };
        let decision = policies
            .in_force(&subject)
            .decide(capability, &request(None), &[]);
        matches!(decision, Decision::Allowed(_))
    };
    assert!(decide("0", "udp.exchange"));
    assert!(!decide("1", "udp.exchange"));
    assert!(!decide("0", "icmp.echo"));
}
