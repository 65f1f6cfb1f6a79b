//! Lists the texts that the pages are made from, so that nobody keeps a list: the help texts in docs/help/, which
//! `cargo xtask gen` writes, and the pages in docs/.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, error, fs};

type Done = Result<(), Box<dyn error::Error>>;

fn main() -> Done {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo starts this")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo starts this")?);
    let docs = here.join("../../docs");
    let mut text = String::new();
    table(
        &mut text,
        "HELP",
        "The help of each tool.",
        &docs.join("help"),
        "txt",
    )?;
    table(
        &mut text,
        "DOCS",
        "The pages of the documentation.",
        &docs,
        "md",
    )?;
    Ok(fs::write(out.join("texts.rs"), text)?)
}

/// A constant with the name and the text of each file, by name.
fn table(text: &mut String, constant: &str, what: &str, folder: &Path, extension: &str) -> Done {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            files.push(path.canonicalize()?);
        }
    }
    files.sort();
    writeln!(
        text,
        "/// {what}\npub const {constant}: &[(&str, &str)] = &["
    )?;
    for path in files {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        writeln!(text, "    ({name:?}, include_str!({path:?})),")?;
    }
    text.push_str("];\n");
    Ok(())
}
