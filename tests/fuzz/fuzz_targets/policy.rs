//! The policy reader: any text is a policy or one line that says what is wrong with it; and any policy
//! decides, the same way each time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;

use nethost_core::{AbsolutePath, HostName, Request, ResolvedName, Target};
use nethost_policy::{self as policy, Names, Policies, Subject};

fn name(text: &str) -> HostName {
    HostName::new(text).unwrap()
}

fuzz_target!(|text: &str| {
    let capabilities = nethost_broker::CAPABILITIES
        .iter()
        .map(|declared| declared.name)
        .collect::<Vec<_>>();
    let names = Names {
        capabilities: &capabilities,
        plugins: &["ping"],
    };
    match policy::parse_system("policy.toml", text, names) {
        Err(error) => {
            for problem in error.problems() {
                let line = problem.to_string();
                assert!(line.starts_with("policy.toml:"), "{line:?} names no place");
                assert!(
                    !line.contains(char::is_control),
                    "{line:?} is not one plain line"
                );
            }
        }
        Ok(read) => {
            let _ = policy::unreachable(&read, names);
            let policies = Policies {
                chosen: Some(read),
                ..Policies::default()
            };
            // The text is also the command line: whatever `$args` makes of it must not panic.
            let subject = Subject {
                name: "ping".into(),
                bundled: true,
                args: text.split_whitespace().map(str::to_owned).collect(),
                ..Subject::default()
            };
            let in_force = policies.in_force(&subject);
            for target in [
                Target::remote(std::net::Ipv4Addr::new(10, 0, 0, 1).into(), Some(53)),
                Target::Name(name("a.test")),
                Target::Path(AbsolutePath::absolute(Path::new("/etc/hosts")).unwrap()),
            ] {
                let request = Request::new("open", target);
                let decide = || {
                    in_force.decide(
                        "icmp.echo",
                        &request,
                        &[ResolvedName::from_dns(name("b.test"))],
                    )
                };
                assert_eq!(decide(), decide());
            }
        }
    }
});
