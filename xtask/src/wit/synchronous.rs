//! The contract without the word `async`, for languages that have no bindings for `async` functions (docs/authors.md).
//! It differs in nothing else but the name of the world.

use std::fmt::Write as _;
use std::path::Path;

use wit_parser::{Function, Resolve, WorldItem};

use crate::step::{self, Failure};

const STEP: &str = "gen";
/// Which functions are `async`: the compiler gives components of this world their types back.
const ASYNC: &str = "host/compile/src/synchronous/async.txt";

/// The generated files, by their paths: the contract, and the list of the functions that are `async` in `wit/`.
pub(crate) fn files(root: &Path) -> Result<Vec<(String, String)>, Failure> {
    let (resolve, package) = super::resolve(root)?;
    let mut files = Vec::new();
    let folder = root.join("wit");
    let failed = |error| Failure::new(STEP, format_args!("{}: {error}", folder.display()), "");
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if let (true, Some(name)) = (
            path.extension().is_some_and(|extension| extension == "wit"),
            path.file_name().and_then(|name| name.to_str()),
        ) {
            let text = step::read(STEP, &path)?;
            files.push((format!("wit/sync/{name}"), synchronous(&text)));
        }
    }
    files.sort();
    files.push((ASYNC.to_owned(), asynchronous(&resolve, package)));
    Ok(files)
}

fn synchronous(text: &str) -> String {
    text.replace("async func(", "func(")
        .replace("world tool {", "world tool-sync {")
}

/// One function a line: its interface, `#`, and its name. Functions of the world have no interface.
fn asynchronous(resolve: &Resolve, package: wit_parser::PackageId) -> String {
    let mut list = String::new();
    let mut add = |interface: &str, function: &Function| {
        if function.kind.is_async() {
            let _ = writeln!(list, "{interface}#{}", function.name);
        }
    };
    let package = &resolve.packages[package];
    for (name, interface) in &package.interfaces {
        for function in resolve.interfaces[*interface].functions.values() {
            add(name, function);
        }
    }
    for world in package.worlds.values() {
        for item in resolve.worlds[*world].imports.values() {
            if let WorldItem::Function(function) = item {
                add("", function);
            }
        }
    }
    list
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_but_async_differs() {
        let text = "/// An async function.\nworld tool {\n  wait: async func();\n  now: static async func() -> u8;\n}";
        assert_eq!(
            synchronous(text),
            "/// An async function.\nworld tool-sync {\n  wait: func();\n  now: static func() -> u8;\n}"
        );
    }

    #[test]
    fn the_list_has_functions_of_interfaces_and_of_the_world() {
        let mut resolve = Resolve::default();
        let package = resolve
            .push_source(
                "a.wit",
                "package a:b; interface c { resource r { wait: async func(); now: func(); } }
                 world w { import c; import done: async func(); }",
            )
            .unwrap();
        assert_eq!(asynchronous(&resolve, package), "c#[method]r.wait\n#done\n");
    }
}
