//! What a record says was decided, and whether rules decided it.

use nethost_audit::Kind;
use nethost_audit::decided::Decided;

/// What was decided, as far as another policy could decide otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Before {
    /// It was allowed.
    Allowed,
    /// It was allowed, and a report-only rule would have denied it.
    Reported,
    /// A rule denied it, or none allowed it.
    Denied,
    /// The operator's own flag or file denied it; that narrows every system's policy.
    DeniedBelow,
}

const NO_RULE: &str = "no rule allows it";

/// What a decision was. An error says why no policy can be asked about it.
pub(crate) fn before(record: &Decided<'_>) -> Result<Before, &'static str> {
    if record.event == Kind::Open {
        return Ok(match record.report.is_empty() {
            true => Before::Allowed,
            false => Before::Reported,
        });
    }
    let policy = record.policy.as_ref();
    let rule = policy.and_then(|policy| policy.rule.as_ref());
    let rule = rule.map(|rule| &*rule.0).ok_or("its record has no rule")?;
    let under_policy = policy.is_some_and(|policy| policy.digest.is_some());
    of_denial(rule, under_policy)
}

/// The same of a denial by its rule, in a run that a policy or a flag had a say in, or that none had.
pub(crate) fn of_denial(rule: &str, under_policy: bool) -> Result<Before, &'static str> {
    // Of a set, the first of several.
    let rule = match rule.rsplit_once(", and ") {
        Some((first, rest)) if rest.ends_with(" more") => first,
        _ => rule,
    };
    if rule.starts_with("--") {
        return match is_place(rule) || !rule.contains(" of ") && !rule.contains(" ended at ") {
            true => Ok(Before::DeniedBelow),
            false => Err(OTHER_REASON),
        };
    }
    if rule == NO_RULE {
        // It may have been a file of the operator's that did not allow it, and the record does not say which.
        return match under_policy {
            true => Err("it is not on record which policy did not allow it"),
            false => Ok(Before::Denied),
        };
    }
    let is_missing = rule.starts_with("no rule of ") && rule.ends_with(" allows it");
    let is_internal = rule.contains(" does not name ") && rule.contains(" that ");
    match is_missing || is_internal || is_place(rule) {
        true => Ok(Before::Denied),
        false => Err(OTHER_REASON),
    }
}

const OTHER_REASON: &str = "something else than a rule denied it, such as a quota";

/// Whether a text ends like the place of a rule, with line and column, and says nothing else.
fn is_place(rule: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = rule.rsplitn(3, ':');
    let (column, line, file) = (parts.next(), parts.next(), parts.next());
    let says_more = [
        " ended at ",
        " is used up",
        "revoked while ",
        "packets = ",
        "bytes = ",
        "rate = ",
    ];
    column.is_some_and(is_number)
        && line.is_some_and(is_number)
        && file.is_some_and(|file| !says_more.iter().any(|more| file.contains(more)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rules_decided_is_told_from_what_else_denies() {
        for (rule, under, expected) in [
            ("/etc/nethost/policy.toml:5:9", true, Ok(Before::Denied)),
            (
                "/etc/nethost/policy.toml:5:9, and 3 more",
                true,
                Ok(Before::Denied),
            ),
            (
                "no rule of /etc/nethost/policy.toml allows it",
                true,
                Ok(Before::Denied),
            ),
            (
                "p.toml:4:1 does not name 127.0.0.1, a loopback address that x.test led to",
                true,
                Ok(Before::Denied),
            ),
            ("no rule allows it", false, Ok(Before::Denied)),
            (
                "no rule allows it",
                true,
                Err("it is not on record which policy did not allow it"),
            ),
            ("--deny icmp.echo=127.0.0.1", true, Ok(Before::DeniedBelow)),
            ("--policy /tmp/p.toml:4:1", true, Ok(Before::DeniedBelow)),
            (
                "packets = 9 of /etc/nethost/policy.toml:5:9 is used up",
                true,
                Err(OTHER_REASON),
            ),
            (
                "packets = 9 of --policy p.toml:5:9 is used up",
                true,
                Err(OTHER_REASON),
            ),
            (
                "/etc/nethost/policy.toml:5:9 ended at 2026-01-01T00:00:00Z",
                true,
                Err(OTHER_REASON),
            ),
            (
                "revoked while it was open: /etc/nethost/policy.toml:5:9",
                true,
                Err(OTHER_REASON),
            ),
            ("opens = 9 of an hour are used up", true, Err(OTHER_REASON)),
            (
                "it is malformed: another kind of target",
                true,
                Err(OTHER_REASON),
            ),
            ("", true, Err(OTHER_REASON)),
        ] {
            assert_eq!(of_denial(rule, under), expected, "{rule}");
        }
    }
}
