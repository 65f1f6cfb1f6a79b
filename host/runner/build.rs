//! Lists the crates of host/capability, so that nobody keeps a list.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, error, fs};

fn main() -> Result<(), Box<dyn error::Error>> {
    let variable = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .ok_or("cargo starts this")
    };
    let folder = variable("CARGO_MANIFEST_DIR")?.join("../capability");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.join("Cargo.toml").is_file() {
            let name = path.file_name().unwrap_or_default();
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort_unstable();
    let mut text = String::from(
        "/// The interfaces of all capabilities.\npub const INTERFACES: &[HostInterface] = &[\n",
    );
    for name in names {
        writeln!(text, "    nethost_cap_{name}::INTERFACE,")?;
    }
    text += "];\n";
    Ok(fs::write(variable("OUT_DIR")?.join("interfaces.rs"), text)?)
}
