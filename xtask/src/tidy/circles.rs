//! Circles of imports within a crate that reach over more than one folder: who reads such files must read them all at
//! once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

type Module = Vec<String>;

/// Each circle of the crate whose source is in this folder, named by its files.
pub(super) fn across_folders(source: &Path, files: &[(PathBuf, String)]) -> Vec<String> {
    let modules: BTreeMap<Module, &(PathBuf, String)> = files
        .iter()
        .filter(|(path, _)| !is_test(path))
        .filter_map(|file| Some((module_of(file.0.strip_prefix(source).ok()?), file)))
        .collect();
    let names: Vec<&Module> = modules.keys().collect();
    let imports: Vec<BTreeSet<usize>> = modules
        .iter()
        .map(|(module, (_, text))| {
            let named = paths(text).into_iter();
            let found = named.filter_map(|path| resolve(module, &path, &names));
            found.filter(|found| names[*found] != module).collect()
        })
        .collect();
    let reachable: Vec<BTreeSet<usize>> =
        (0..names.len()).map(|from| reach(from, &imports)).collect();
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for one in 0..names.len() {
        let circle: Vec<usize> = reachable[one]
            .iter()
            .copied()
            .filter(|other| reachable[*other].contains(&one))
            .collect();
        let in_circle: Vec<&Path> = circle
            .iter()
            .map(|file| modules[names[*file]].0.as_path())
            .collect();
        let folders: BTreeSet<_> = in_circle.iter().map(|path| path.parent()).collect();
        if folders.len() > 1 && seen.insert(circle) {
            let files: Vec<_> = in_circle
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            circles.push(format!(
                "these files of different folders import each other in a circle: {}",
                files.join(", ")
            ));
        }
    }
    circles
}

fn is_test(path: &Path) -> bool {
    path.iter().any(|part| part == "tests" || part == "bin")
        || path
            .file_stem()
            .is_some_and(|stem| stem.to_string_lossy().ends_with("tests"))
}

/// The module that a file is, as the path of its names.
fn module_of(file: &Path) -> Module {
    let mut module: Module = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if matches!(
        module.last().map(String::as_str),
        Some("mod" | "lib" | "main")
    ) {
        module.pop();
    }
    module
}

/// Everything that can be reached from here by one step or more.
fn reach(from: usize, imports: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<usize> = imports[from].iter().copied().collect();
    while let Some(one) = next.pop() {
        if reached.insert(one) {
            next.extend(&imports[one]);
        }
    }
    reached
}

/// The file that a path names an item of, or that is the module itself.
fn resolve(module: &Module, path: &[String], names: &[&Module]) -> Option<usize> {
    let mut base: Vec<&String> = module.iter().collect();
    let mut rest = path;
    while let Some((first, after)) = rest.split_first() {
        match first.as_str() {
            "crate" => base.clear(),
            "super" => {
                base.pop();
            }
            "self" => {}
            _ => break,
        }
        rest = after;
    }
    base.extend(rest);
    (0..=base.len()).rev().find_map(|length| {
        names
            .iter()
            .position(|name| name.iter().eq(base[..length].iter().copied()))
    })
}

/// The paths within the crate that a file names, outside its comments and its tests.
fn paths(text: &str) -> Vec<Vec<String>> {
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    let mut rest = code.as_str();
    while let Some(start) = next_path(rest) {
        rest = &rest[start..];
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let (head, after) = rest.split_at(end);
        match (head.strip_suffix("::"), after.starts_with('{')) {
            (Some(head), true) => {
                let group = group(after);
                expand(&segments(head), &group[1..], &mut found);
                rest = &after[group.len()..];
            }
            _ => {
                found.push(segments(head));
                rest = after;
            }
        }
    }
    found
}

/// Where the next path begins that starts within the crate.
fn next_path(text: &str) -> Option<usize> {
    let starts = ["crate::", "super::", "self::"];
    let begins = |at: &usize| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == ':' || c == '$'))
    };
    starts
        .iter()
        .flat_map(|start| text.match_indices(start).map(|(at, _)| at))
        .filter(begins)
        .min()
}

/// From an opening brace to the one that closes it, without that.
fn group(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

/// What a group of a `use` stands for.
fn expand(head: &[String], members: &str, found: &mut Vec<Vec<String>>) {
    let mut depth = 0;
    let parts = members.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    });
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        let (path, inner) = match part.split_once("::{") {
            Some((path, inner)) => (path, inner.strip_suffix('}')),
            None => (part.split(" as ").next().unwrap_or(part), None),
        };
        let full: Vec<String> = head.iter().cloned().chain(segments(path)).collect();
        match inner {
            Some(inner) => expand(&full, inner, found),
            None => found.push(full),
        }
    }
}

fn segments(path: &str) -> Vec<String> {
    let parts = path.split("::").filter(|part| !part.is_empty());
    parts
        .filter(|part| *part != "self" || path.starts_with("self"))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
            .collect();
        across_folders(Path::new("src"), &files)
    }

    #[test]
    fn a_circle_over_two_folders_is_found_however_it_is_spelled() {
        let lib = ("src/lib.rs", "mod a;\nmod b;");
        for (a, b) in [
            ("use crate::b::c::X;", "use crate::a::Y;"),
            ("use super::b::{c::{X, Z}, W};", "use super::super::{a};"),
            ("fn f() { crate::b::c::x() }", "use crate::{a::{self, Y}};"),
        ] {
            let found = circles(&[
                lib,
                ("src/a.rs", a),
                ("src/b/mod.rs", "mod c;"),
                ("src/b/c.rs", b),
            ]);
            assert!(
                found.len() == 1 && found[0].ends_with("src/a.rs, src/b/c.rs"),
                "{a} {b} {found:?}"
            );
        }
    }

    #[test]
    fn other_imports_are_no_circle() {
        for (a, b) in [
            ("use crate::b::c::X;", ""),
            ("use crate::b::c::X;", "// use crate::a::Y;"),
            (
                "use crate::b::c::X;",
                "#[cfg(test)]\nmod tests { use crate::a::Y; }",
            ),
            ("use other::b::c::X;", "use crate::a::Y;"),
        ] {
            let found = circles(&[
                ("src/a.rs", a),
                ("src/b/mod.rs", "mod c;"),
                ("src/b/c.rs", b),
            ]);
            assert_eq!(found, Vec::<String>::new(), "{a} {b}");
        }
        let beside = [
            ("src/a.rs", "use super::b::X;"),
            ("src/b.rs", "use super::a::X;"),
        ];
        assert_eq!(circles(&beside), Vec::<String>::new());
    }
}
