//! Who must have signed plugins: keys, written `ed25519:` and 64 hexadecimal digits.

use toml::Spanned;

use super::Subject;
use super::grant::{Bad, bad};
use nethost_core::public_key;

/// The signers that a policy requires of plugins that are not bundled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signers {
    keys: Vec<String>,
    /// Where the policy says so.
    origin: String,
}

impl Signers {
    pub(super) fn of(keys: &[Spanned<String>], origin: String) -> Result<Self, Bad> {
        for key in keys {
            public_key(key.get_ref())
                .map_err(|error| bad(key, format!("`{}` {error}", key.get_ref())))?;
        }
        let keys = keys.iter().map(|key| key.get_ref().clone()).collect();
        Ok(Self { keys, origin })
    }

    pub(super) fn accept(&self, subject: &Subject) -> bool {
        let signer = subject.signer.as_ref();
        subject.bundled || signer.is_some_and(|signer| self.keys.contains(signer))
    }

    pub(super) fn refusal(&self, subject: &Subject) -> String {
        let found = match &subject.signer {
            Some(signer) => format!("it is signed by {signer}, who is none of them"),
            None => "it has no valid signature".into(),
        };
        format!(
            "{} requires the signature of one of its signers; {found}",
            self.origin
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Again, Judge, Names, Policies, parse};
    use super::*;
    use nethost_core::{Request, form};

    const ALICE: &str = "ed25519:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const BOB: &str = "ed25519:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn policy(text: &str) -> super::super::Policy {
        let names = Names {
            capabilities: &["icmp.echo"],
            plugins: &[],
        };
        parse("p.toml", &format!("version = 1\n{text}"), names).unwrap()
    }

    fn signed(signer: Option<&str>) -> Subject {
        Subject {
            signer: signer.map(Into::into),
            ..Subject::default()
        }
    }

    #[test]
    fn each_policy_that_requires_signers_must_be_satisfied() {
        let requires = |keys: &[&str]| Some(policy(&format!("[signers]\nrequired = {keys:?}")));
        let policies = Policies {
            ceiling: requires(&[ALICE, BOB]),
            chosen: requires(&[BOB]),
            ..Policies::default()
        };
        assert_eq!(policies.unsigned(&signed(Some(BOB))), None);
        let refused = policies.unsigned(&signed(Some(ALICE))).unwrap();
        assert!(refused.contains("who is none of them"), "{refused}");
        let refused = policies.unsigned(&signed(None)).unwrap();
        assert!(refused.starts_with("p.toml:3 requires"), "{refused}");
        let bundled = Subject {
            bundled: true,
            ..signed(None)
        };
        assert_eq!(policies.unsigned(&bundled), None);
        // No key is none that is accepted, and not any.
        let nobody = Policies {
            ceiling: requires(&[]),
            ..Policies::default()
        };
        assert!(nobody.unsigned(&signed(Some(ALICE))).is_some());
        assert_eq!(Policies::default().unsigned(&signed(None)), None);
    }

    #[test]
    fn a_rule_about_a_signer_is_about_what_they_have_signed() {
        let policy = policy(&format!(
            "[[plugin]]\nsigner = \"{ALICE}\"\nallow = [{{ cap = \"icmp.echo\" }}]"
        ));
        let rule = &policy.rules[0].plugin;
        assert!(rule.matches(&signed(Some(ALICE))));
        assert!(!rule.matches(&signed(Some(BOB))));
        assert!(!rule.matches(&signed(None)));
    }

    #[test]
    fn what_would_not_run_is_denied_where_a_log_is_judged_again() {
        let policy = policy(&format!(
            "[signers]\nrequired = [\"{ALICE}\"]\n\
             [[plugin]]\nname = \"*\"\nallow = [{{ cap = \"icmp.echo\" }}]"
        ));
        let request = Request::new("", form::host("192.0.2.1", None));
        let again = |subject: &Subject| {
            Judge::new(&policy, subject, Some(&[])).decide("icmp.echo", &request, &[])
        };
        let bundled = Subject {
            bundled: true,
            ..signed(None)
        };
        for subject in [signed(Some(ALICE)), bundled] {
            assert!(
                matches!(again(&subject), Again::Allowed { .. }),
                "{subject:?}"
            );
        }
        for signer in [Some(BOB), None] {
            let Again::Denied(refusal) = again(&signed(signer)) else {
                panic!("{signer:?} is let run");
            };
            assert!(
                refusal.rule.starts_with("p.toml:3 requires"),
                "{}",
                refusal.rule
            );
        }
    }

    #[test]
    fn what_is_no_key_is_named() {
        let names = Names {
            capabilities: &[],
            plugins: &[],
        };
        for text in [
            "[signers]\nrequired = [\"ed25519:AA\"]".to_owned(),
            format!("[[plugin]]\nsigner = \"{}\"", ALICE.to_uppercase()),
        ] {
            let error = parse("p.toml", &format!("version = 1\n{text}"), names).unwrap_err();
            assert!(error.to_string().contains("is not ed25519:"), "{error}");
        }
        let nobody = format!("ed25519:{}", "0".repeat(64));
        for text in [
            format!("[signers]\nrequired = [\"{nobody}\"]"),
            format!("[[plugin]]\nsigner = \"{nobody}\""),
        ] {
            let error = parse("p.toml", &format!("version = 1\n{text}"), names).unwrap_err();
            assert!(error.to_string().contains("the key of nobody"), "{error}");
        }
    }
}
