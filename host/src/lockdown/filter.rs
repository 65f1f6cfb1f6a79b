//! The filter that the kernel keeps: any call that is not on the list does not exist for this process.

use std::collections::BTreeMap;

use libc as c;
use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule,
};

use super::calls::{FOR_SOCKETS, GROUPS, When};

/// Restricts this process to the calls of the list.
pub(super) fn restrict(sockets: bool) -> Result<(), Error> {
    let besides = if sockets { FOR_SOCKETS } else { &[] };
    let calls = GROUPS.iter().chain(besides).flat_map(|group| group.calls);
    let rules: BTreeMap<c::c_long, Vec<SeccompRule>> = calls
        .map(|call| Ok((call.number, rules(&call.when)?)))
        .collect::<Result<_, Error>>()?;
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Errno(c::ENOSYS as u32),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into().map_err(Error::Backend)?,
    )
    .map_err(Error::Backend)?;
    let program: BpfProgram = filter.try_into().map_err(Error::Backend)?;
    seccompiler::apply_filter(&program)
}

/// No rule means: always. Of several, one must hold.
fn rules(when: &When) -> Result<Vec<SeccompRule>, Error> {
    let equal = |argument, value| condition(argument, SeccompCmpOp::Eq, value);
    match *when {
        When::Always => Ok(Vec::new()),
        When::Equal(argument, values, _) => {
            let one = |value: &u64| rule(vec![equal(argument, *value)?]);
            values.iter().map(one).collect()
        }
        When::Masked(argument, mask, value, _) => {
            let mask = SeccompCmpOp::MaskedEq(mask.cast_unsigned().into());
            let value = value.cast_unsigned().into();
            Ok(vec![rule(vec![condition(argument, mask, value)?])?])
        }
        When::OwnProcess(argument) => Ok(vec![rule(vec![equal(
            argument,
            std::process::id().into(),
        )?])?]),
        When::InternetSocket => {
            // Flags are beside the kind in one argument.
            let kind = SeccompCmpOp::MaskedEq(0xf);
            let mut rules = Vec::new();
            for family in [c::AF_INET, c::AF_INET6] {
                for wanted in [c::SOCK_STREAM, c::SOCK_DGRAM] {
                    rules.push(rule(vec![
                        equal(0, family as u64)?,
                        condition(1, kind.clone(), wanted as u64)?,
                    ])?);
                }
            }
            Ok(rules)
        }
    }
}

fn rule(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, Error> {
    SeccompRule::new(conditions).map_err(Error::Backend)
}

fn condition(
    argument: u8,
    comparison: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, Error> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, comparison, value)
        .map_err(Error::Backend)
}
