//! Every tool and every capability has tests that run in each way to install nethost.

use crate::case::{Case, Rounds, cases};
use crate::cases_below;
use nethost_tests::host::sources;
use std::collections::BTreeMap;

/// So many at least. One is soon deleted, or left out somewhere.
const A_FEW: usize = 3;

cases! {
    first round;
    [] => { every_tool_has_a_few, every_capability_has_two }
}

/// Marked tests by what they are about: the module below `folder`, up to an underscore.
fn marked(cases: &[Case], folder: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for case in cases {
        let Some(path) = case.name.strip_prefix(folder) else {
            continue;
        };
        let module = path.split("::").next().unwrap_or_default();
        *found.entry(module.to_owned()).or_default() += usize::from(case.rounds == Rounds::Each);
    }
    found
}

/// Modules are called as the tool, or begin with its name and an underscore.
fn every_tool_has_a_few() {
    let modules = marked(&cases_below(), "");
    let is_about = |module: &str, tool: &str| {
        // A hyphen is not for names of modules.
        let tool = tool.replace('-', "_");
        let rest = module.strip_prefix(tool.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    for (tool, is_alias) in tools() {
        let about: Vec<_> = modules
            .iter()
            .filter(|(module, _)| is_about(module, &tool))
            .collect();
        // Not every other name has tests of its own.
        if is_alias && about.is_empty() {
            continue;
        }
        let count: usize = about.iter().map(|(_, count)| *count).sum();
        assert!(count >= A_FEW, "{tool}: {count} tests `in each way`");
    }
}

fn every_capability_has_two() {
    let modules = marked(&cases_below(), "capability::");
    assert!(!modules.is_empty(), "no capability has tests");
    let few: Vec<_> = modules.iter().filter(|(_, count)| **count < 2).collect();
    assert!(few.is_empty(), "tests `in each way`: {few:?}");
}

/// The names of the bundled plugins, and their other names.
fn tools() -> Vec<(String, bool)> {
    let mut tools = Vec::new();
    for entry in std::fs::read_dir(sources().join("../plugins")).expect("the plugins") {
        let manifest = entry.expect("a plugin").path().join("plugin.toml");
        let Ok(manifest) = std::fs::read_to_string(manifest) else {
            continue;
        };
        let names = manifest
            .lines()
            .filter_map(|line| line.strip_prefix("name = "));
        let names = names.map(|name| name.trim_matches('"').to_owned());
        tools.extend(names.enumerate().map(|(at, name)| (name, at > 0)));
    }
    assert!(!tools.is_empty(), "no plugin anywhere");
    tools
}
