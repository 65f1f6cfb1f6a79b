//! Whose processes a permit shows: a denial of some of them holds for every name under which they could be asked for.

use super::*;
use crate::process_list::FileKinds;
use nethost_policy::{Effect, Policies, Rule};

fn under(allow: &[&str], deny: &[&str]) -> Escaped {
    let names = request_names();
    let rules = |effect, flags: &[&str]| -> Vec<_> {
        let rule = |flag: &&str| Rule::from_flag(effect, "--flag", flag, &names).unwrap();
        flags.iter().map(rule).collect()
    };
    let mut flags = rules(Effect::Allow, allow);
    flags.extend(rules(Effect::Deny, deny));
    each_operation::under(&Policies {
        flags,
        ..Policies::default()
    })
}

/// Whether this process is among those that are listed under a permit for these.
fn lists_own(escaped: &mut Escaped, handle: u64, of: Target<'static>) -> bool {
    let asked = RequestFields {
        op: "process-listing.open".into(),
        ..fields("process.read", of)
    };
    if !escaped.authorize(handle, asked) {
        return false;
    }
    let wanted = operations::WantedProcesses {
        numbers: vec![std::process::id()],
        kinds: Some(FileKinds::default()),
    };
    let (_, report) = escaped
        .perform::<operations::ListProcesses>(handle, &wanted)
        .unwrap();
    let listed: Vec<crate::ListedProcess> = crate::sealed::read(report.unwrap()).unwrap();
    !listed.is_empty()
}

#[test]
fn no_other_name_of_processes_passes_a_denial() {
    let user = rustix::process::getuid().as_raw();
    let uid = format!("uid-{user}");
    let own_user: &'static str = Box::leak(uid.into());
    let names = || {
        [
            Target::Local("all".into()),
            Target::Local("own".into()),
            object(own_user),
        ]
    };
    for denied in [
        vec![],
        vec!["process.read=own".to_owned()],
        vec![format!("process.read={own_user}")],
        vec!["process.read=all".to_owned()],
        vec![format!("process.read=uid-{}", user + 1)],
    ] {
        let deny: Vec<&str> = denied.iter().map(String::as_str).collect();
        let is_denied = denied
            .first()
            .is_some_and(|rule| !rule.ends_with(&format!("-{}", user + 1)));
        let mut escaped = under(&["process.read"], &deny);
        for (handle, of) in (1..).zip(names()) {
            let shown = format!("{of:?} under {denied:?}");
            assert_eq!(lists_own(&mut escaped, handle, of), !is_denied, "{shown}");
        }
    }
}
