//! How what several servers or routers say differs.

use std::fmt;
use std::net::IpAddr;

use serde::Serialize;

/// Something that they say differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename = "difference")]
pub(crate) struct Difference {
    pub(crate) interface: String,
    /// servers or routers.
    pub(crate) of: &'static str,
    pub(crate) name: String,
    /// Each with its value; none if it has no such option.
    pub(crate) values: Vec<(IpAddr, Option<String>)>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            interface,
            of,
            name,
            values,
        } = self;
        writeln!(f, "{interface}: {of} differ in {name}:")?;
        for (source, value) in values {
            writeln!(f, "  {source} {}", value.as_deref().unwrap_or("-"))?;
        }
        Ok(())
    }
}

/// One of them, with names and values in order.
pub(crate) type Said = (IpAddr, Vec<(String, String)>);

/// How they differ, in the order in which the names come first.
pub(crate) fn differences(interface: &str, of: &'static str, all: &[Said]) -> Vec<Difference> {
    let mut names: Vec<&String> = Vec::new();
    for name in all
        .iter()
        .flat_map(|(_, said)| said.iter().map(|(name, _)| name))
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let value = |said: &[(String, String)], name: &str| {
        let found = said.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let difference = |name: &String| {
        let values: Vec<_> = all
            .iter()
            .map(|(source, said)| (*source, value(said, name)))
            .collect();
        let differ = values.windows(2).any(|pair| pair[0].1 != pair[1].1);
        differ.then(|| Difference {
            interface: interface.to_owned(),
            of,
            name: name.clone(),
            values,
        })
    };
    names.into_iter().filter_map(difference).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(last: u8, pairs: &[(&str, &str)]) -> Said {
        let pairs = pairs.iter();
        let pairs = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        (IpAddr::from([10, 0, 0, last]), pairs.collect())
    }

    #[test]
    fn servers_differ_in_what_they_hand_out() {
        let one = said(2, &[("routers", "10.0.0.1"), ("mtu", "1400")]);
        assert!(differences("eth0", "servers", std::slice::from_ref(&one)).is_empty());
        let same = said(3, &[("mtu", "1400"), ("routers", "10.0.0.1")]);
        assert!(differences("eth0", "servers", &[one.clone(), same]).is_empty());
        let other = said(3, &[("routers", "10.0.0.9"), ("domain-name", "a")]);
        let told: Vec<String> = differences("eth0", "servers", &[one, other])
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "eth0: servers differ in routers:\n  10.0.0.2 10.0.0.1\n  10.0.0.3 10.0.0.9\n",
                "eth0: servers differ in mtu:\n  10.0.0.2 1400\n  10.0.0.3 -\n",
                "eth0: servers differ in domain-name:\n  10.0.0.2 -\n  10.0.0.3 a\n",
            ]
        );
    }
}
