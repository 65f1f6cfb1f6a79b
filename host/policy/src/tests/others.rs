//! What belongs to others, for a user of a service: only a rule of the system's policy that names it allows it.

use super::*;

const CAPABILITY: &str = "icmp.echo";

#[test]
fn a_rule_without_targets_does_not_reach_what_is_others() {
    let all =
        format!("version = 1\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"{CAPABILITY}\" }}]\n");
    let named = format!(
        "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"{CAPABILITY}\", to = [\"10.0.0.0/8\"] }}]\n"
    );
    let flag = Rule::from_flag(Effect::Allow, "--allow", CAPABILITY, NAMES.capabilities).unwrap();
    let others = Request {
        of_others: true,
        ..to("10.1.2.3")
    };
    for (text, reaches) in [(&all, false), (&named, true)] {
        let mut policies = Policies {
            ceiling: Some(policy(text)),
            ..Policies::default()
        };
        assert!(allowed(&policies, &to("10.1.2.3")));
        assert_eq!(allowed(&policies, &others), reaches, "{text}");
        // What a user says below it neither widens it, nor has to name anything.
        policies.flags = vec![flag.clone()];
        assert_eq!(allowed(&policies, &others), reaches, "{text}");
        policies.chosen = Some(policy(&all));
        assert_eq!(allowed(&policies, &others), reaches, "{text}");
    }
    let policies = Policies {
        ceiling: Some(policy(&all)),
        ..Policies::default()
    };
    let refused = refusal(decide(&policies, &others, &[]));
    assert!(
        refused.rule.contains("names 10.1.2.3 in `to`"),
        "{refused:?}"
    );
    assert!(
        refused.remedy.contains("only an administrator"),
        "{refused:?}"
    );
}
