//! Lists what lies in folders, so that nobody keeps a list: each file of src/operations is a module, and has the type of
//! its name; each file of src/capabilities is a module with types of requests; each file of src/tests is a module. Also
//! computes the version of the protocol from the sources.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, error, fs};

type Done<T = ()> = Result<T, Box<dyn error::Error>>;

fn main() -> Done {
    let source = variable("CARGO_MANIFEST_DIR")?.join("src");
    let out = variable("OUT_DIR")?;
    fs::write(out.join("operations.rs"), operations(&source)?)?;
    fs::write(out.join("capabilities.rs"), capabilities(&source)?)?;
    let mut tests = String::new();
    for (name, file) in modules(&source.join("tests"))? {
        writeln!(tests, "#[path = {file:?}]\nmod {name};")?;
    }
    fs::write(out.join("tests.rs"), tests)?;
    let text = format!(
        "/// The version of the protocol: a digest of the sources that define the messages.\n\
         pub(super) const PROTOCOL: u64 = {:#x};\n",
        protocol(&source)?
    );
    Ok(fs::write(out.join("protocol.rs"), text)?)
}

fn operations(source: &Path) -> Done<String> {
    let (mut text, mut all) = (String::new(), String::new());
    for (name, file) in modules(&source.join("operations"))? {
        writeln!(
            text,
            "#[path = {file:?}]\npub(crate) mod {name};\n#[cfg(test)]\n#[allow(unused_imports)]\npub(crate) use {name}::*;"
        )?;
        writeln!(all, "    Entry::of::<{name}::{}>(),", type_name(&name))?;
    }
    write!(
        text,
        "\n/// All of them.\npub(super) const ALL: &[Entry] = &[\n{all}];\n"
    )?;
    Ok(text)
}

fn capabilities(source: &Path) -> Done<String> {
    let (mut text, mut all, mut examples) = (String::new(), String::new(), String::new());
    for (name, file) in modules(&source.join("capabilities"))? {
        writeln!(text, "#[path = {file:?}]\npub mod {name};")?;
        for line in fs::read_to_string(&file)?.lines() {
            let request = line.strip_prefix("impl Capability for ");
            if let Some(request) = request.and_then(|rest| rest.strip_suffix(" {")) {
                writeln!(all, "    Declared::of::<{name}::{request}>(),")?;
            }
        }
        writeln!(examples, "    {name}::examples,")?;
    }
    write!(
        text,
        "\n/// All requests, with what they are about and the functions that raise them.\n\
         pub const CAPABILITIES: &[Declared] = &[\n{all}];\n\n\
         #[cfg(test)]\n\
         #[allow(clippy::type_complexity)]\n\
         pub(crate) const EXAMPLES: &[fn() -> Vec<(&'static str, Request)>] = &[\n{examples}];\n"
    )?;
    Ok(text)
}

/// The modules of a folder, by name.
fn modules(folder: &Path) -> Done<Vec<(String, PathBuf)>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if name != "mod" && file.extension().is_some_and(|extension| extension == "rs") {
            found.push((name.into_owned(), file));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The digest of all sources that can define a part of a message, without comments: those of the broker, and of the
/// crates whose types travel in messages. It changes more often than the messages do. That is what is wanted: a runner
/// and a service that were not built from the same sources do not talk to each other.
fn protocol(source: &Path) -> Done<u64> {
    let mut files = Vec::new();
    for folder in ["broker", "core", "net", "netlink"] {
        let source = source.join("../..").join(folder).join("src");
        println!("cargo::rerun-if-changed={}", source.display());
        sources(&source, &mut files)?;
    }
    files.sort_unstable();
    // FNV-1a.
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        for line in fs::read_to_string(file)?.lines().map(str::trim) {
            if !line.starts_with("//") {
                for byte in line.bytes().chain([b'\n']) {
                    digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
                }
            }
        }
    }
    Ok(digest)
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Done {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default();
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn variable(name: &str) -> Done<PathBuf> {
    let value = env::var_os(name).ok_or("cargo starts this")?;
    Ok(value.into())
}

/// `OpenSocket` for `open_socket`.
fn type_name(module: &str) -> String {
    let words = module.split('_').map(|word| {
        let (first, rest) = word.split_at(1.min(word.len()));
        first.to_uppercase() + rest
    });
    words.collect()
}
