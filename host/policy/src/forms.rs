//! Random spellings of one target get one verdict, as requests and in rules that allow and deny.
#![allow(clippy::unwrap_used)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::symlink;
use std::path::Path;

use proptest::prelude::*;

use super::{Decision, Effect, Policies, Rule, Subject};
use nethost_core::Request;
use nethost_core::{AbsolutePath, HostName, Interface, Target, address, file};

const CAPABILITY: &str = "probe";

fn rule(effect: Effect, to: &str) -> Rule {
    let text = format!("{CAPABILITY}={to}");
    Rule::from_flag(effect, "--rule", &text, &[CAPABILITY]).unwrap()
}

/// Whether a rule for this pattern allows a request, and whether one denies it.
fn verdict(to: &str, request: &Request) -> (bool, bool) {
    let any = Rule::from_flag(Effect::Allow, "--allow", CAPABILITY, &[CAPABILITY]).unwrap();
    let decide = |flags| {
        let policies = Policies {
            flags,
            ..Policies::default()
        };
        let decision = policies
            .in_force(&Subject::default())
            .decide(CAPABILITY, request, &[]);
        matches!(decision, Decision::Allowed(_))
    };
    let allows = decide(vec![rule(Effect::Allow, to)]);
    (allows, !decide(vec![any, rule(Effect::Deny, to)]))
}

fn ipv4() -> impl Strategy<Value = Ipv4Addr> {
    prop_oneof![
        any::<u32>().prop_map(Ipv4Addr::from),
        (0..4_u32).prop_map(|low| Ipv4Addr::from(0x7f00_0000 + low)),
        Just(Ipv4Addr::UNSPECIFIED),
    ]
}

/// One address in different spellings of the same destination.
fn spelled(v4: Ipv4Addr, how: u8) -> String {
    let [a, b, c, d] = v4.octets();
    match how {
        0 => v4.to_string(),
        1 => format!("::ffff:{v4}"),
        2 => format!(
            "::FFFF:{:x}:{:x}",
            u16::from_be_bytes([a, b]),
            u16::from_be_bytes([c, d])
        ),
        3 => format!("0:0:0:0:0:ffff:{v4}"),
        _ => match v4 {
            Ipv4Addr::LOCALHOST => "0.0.0.0".into(),
            Ipv4Addr::UNSPECIFIED => "127.0.0.1".into(),
            _ => v4.to_string(),
        },
    }
}

fn to_host(text: &str, port: u16) -> Request {
    let remote = address::remote(SocketAddr::new(text.parse().unwrap(), port));
    Request::new("", Target::remote(remote.ip(), Some(port)))
}

fn name(text: &str) -> Request {
    Request::new("", Target::Name(HostName::new(text).unwrap()))
}

/// A name in different spellings.
fn respelled(name: &str, how: u8) -> String {
    match how {
        0 => name.to_owned(),
        1 => name.to_uppercase(),
        2 => format!("{name}."),
        3 => HostName::new(name).unwrap().to_string(),
        4 => name.replace('.', "。"),
        _ => format!(
            "{}.",
            HostName::new(name).unwrap().to_string().to_uppercase()
        ),
    }
}

/// A path in different spellings.
fn respelled_path(path: &str, noise: &[u8]) -> String {
    let mut spelled = String::new();
    for (index, part) in path.split('/').skip(1).enumerate() {
        spelled += match noise.get(index).copied().unwrap_or_default() % 5 {
            0 => "/",
            1 => "//",
            2 => "/./",
            3 => "/nowhere/../",
            _ => "/.//",
        };
        spelled += part;
    }
    match spelled.starts_with("//") {
        true => spelled.replacen("//", "/", 1),
        false => spelled,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_address(v4 in ipv4(), other in ipv4(), one in 0..5_u8, two in 0..5_u8, low in 0..=32_u8, port in 1..9_u16) {
        let (plain, asked) = (to_host(&v4.to_string(), port), to_host(&spelled(v4, one), port));
        // Itself is allowed and denied, whatever the spelling of either.
        prop_assert_eq!(verdict(&spelled(v4, two), &asked), (true, true));
        let endpoint = SocketAddr::new(spelled(v4, two).parse().unwrap(), port).to_string();
        prop_assert_eq!(verdict(&endpoint, &asked), (true, true));
        // Any other rule has one verdict.
        prop_assert_eq!(verdict(&spelled(other, two), &asked), verdict(&other.to_string(), &plain));
        let network = ipnet::Ipv4Net::new(other, low).unwrap().trunc();
        let mapped = format!("::ffff:{}/{}", network.addr(), low + 96);
        prop_assert_eq!(verdict(&mapped, &asked), verdict(&network.to_string(), &plain));
    }

    /// It may be denied as what it hides, and is allowed as itself alone.
    #[test]
    fn an_address_inside_another(v4 in any::<u32>().prop_map(Ipv4Addr::from), how in 0..7_u8, tail in any::<u16>()) {
        prop_assume!(v4.octets()[0] != 0);
        let hidden = hide(v4, how, tail);
        let asked = to_host(&hidden.to_string(), 7);
        prop_assert_eq!(verdict(&v4.to_string(), &asked), (false, true), "{}", hidden);
        prop_assert_eq!(verdict(&hidden.to_string(), &asked), (true, true), "{}", hidden);
    }

    #[test]
    fn a_name(labels in prop::collection::vec("[a-zäöé]{1,8}", 2..4), one in 0..6_u8, two in 0..6_u8) {
        let plain = labels.join(".");
        prop_assume!(HostName::new(&plain).is_some());
        let (asked, rule) = (name(&respelled(&plain, one)), respelled(&plain, two));
        prop_assert_eq!(verdict(&rule, &asked), (true, true), "{}", rule);
        let below = name(&format!("a.{}", respelled(&plain, one)));
        prop_assert_eq!(verdict(&format!("*.{rule}"), &below), (true, true), "{}", rule);
        prop_assert_eq!(verdict(&format!("*.{rule}"), &asked), (false, false), "{}", rule);
    }

    #[test]
    fn a_path(parts in prop::collection::vec("[a-z]{1,4}", 1..5), one in any::<[u8; 5]>(), two in any::<[u8; 5]>()) {
        let plain = format!("/nowhere/{}", parts.join("/"));
        let asked = AbsolutePath::absolute(Path::new(&respelled_path(&plain, &one))).unwrap();
        let asked = Request::new("", Target::Path(file::resolve(&asked)));
        prop_assert_eq!(verdict(&respelled_path(&plain, &two), &asked), (true, true));
        let folder = Path::new(&plain).parent().unwrap().to_str().unwrap();
        prop_assert_eq!(verdict(&format!("{}/", respelled_path(folder, &two)), &asked), (true, true));
    }

    #[test]
    fn an_interface(names in prop::collection::hash_set("[a-z]{3,5}[0-9]", 2..5), one in any::<prop::sample::Index>()) {
        let names: Vec<String> = names.into_iter().collect();
        let found = Interface::found(7, &names[0], names[1..].to_vec()).unwrap();
        let called = one.get(&names);
        let bound = to_host("192.0.2.1", 7).on_interface(Some(found.clone()));
        let mut allow = rule(Effect::Allow, "192.0.2.1");
        allow.scope.interfaces = vec![called.clone()];
        prop_assert!(allow.scope.covers(&bound) && allow.scope.touches(&bound));
        let link = Request::new("", Target::Link(found));
        prop_assert_eq!(verdict(called, &link), (true, true));
    }
}

fn hide(v4: Ipv4Addr, how: u8, tail: u16) -> IpAddr {
    let [a, b, c, d] = v4.octets().map(u16::from);
    let (high, low) = (a << 8 | b, c << 8 | d);
    let address = match how {
        0 => Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
        1 => Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
        2 => Ipv6Addr::new(0x2002, high, low, tail, 0, 0, 0, 1),
        3 => Ipv6Addr::new(0x2001, 0, 0xc000, 0x0201, 0, 0, !high, !low),
        4 => Ipv6Addr::new(0x2001, 0xdb8, tail, 0, 0, 0x5efe, high, low),
        5 => Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
        _ => Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
    };
    address.into()
}

#[test]
fn a_path_through_links_is_the_path_that_it_leads_to() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().canonicalize().unwrap();
    std::fs::create_dir(base.join("run")).unwrap();
    std::fs::write(base.join("run/file"), "x").unwrap();
    symlink("run", base.join("var")).unwrap();
    symlink("var/file", base.join("link")).unwrap();
    let spelled = [
        "run/file",
        "var/file",
        "link",
        "var/../var/./file",
        "./link",
    ];
    for one in spelled {
        let asked = AbsolutePath::absolute(&base.join(one)).unwrap();
        let asked = Request::new("", Target::Path(file::resolve(&asked)));
        for two in spelled {
            let pattern = base.join(two).to_str().unwrap().to_owned();
            assert_eq!(verdict(&pattern, &asked), (true, true), "{one} under {two}");
        }
        for folder in ["run", "var"] {
            let pattern = format!("{}/", base.join(folder).to_str().unwrap());
            assert_eq!(verdict(&pattern, &asked), (true, true), "{one} in {folder}");
        }
    }
}
