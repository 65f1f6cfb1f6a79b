//! A new plugin in Python, which componentize-py makes a component.

use super::{File, Options, Project, Template, contract, filled};
use nethost_runner::linker::CONTRACT;

macro_rules! text {
    ($name:literal) => {
        include_str!(concat!("../../../templates/python/", $name))
    };
}

/// The files of a new plugin, and what to do with them.
pub(super) fn project(options: &Options) -> Result<Project, String> {
    if options.template != Template::Probe {
        return Err(
            "--lang python has the template probe only; rust has client and observer too".into(),
        );
    }
    if options.sdk.is_some() {
        return Err(
            "--sdk is for rust: python uses the contract, which the new folder holds".into(),
        );
    }
    let name = options.name.as_str();
    let file = name.replace('-', "_");
    let names = [("NAME", name), ("FILE", &file), ("VERSION", CONTRACT)];
    let made = |path: &str, text| File::new(path, filled(text, &names));
    let executable = |path: &str, text| File {
        executable: true,
        ..made(path, text)
    };
    let mut files = vec![
        made("app.py", text!("app.py")),
        made("report.py", text!("report.py")),
        made("test_report.py", text!("test_report.py")),
        executable("build", text!("build")),
        executable("check", text!("check")),
        made("requirements.txt", text!("requirements.txt")),
        made(".gitignore", text!("gitignore")),
        made(".github/workflows/ci.yml", text!("ci.yml")),
        made("README.md", text!("README.md.in")),
        made(
            "plugin.toml",
            include_str!("../../../templates/rust/probe/plugin.toml"),
        ),
        made(
            &format!("tests/{file}.toml"),
            include_str!("../../../templates/rust/probe/test.toml"),
        ),
        made("wit/world.wit", text!("world.wit")),
    ];
    files.extend(contract::FILES.iter().map(|(name, text)| {
        let path = format!("wit/deps/nethost-cap/{name}");
        File::new(path, *text)
    }));
    Ok(Project {
        files,
        commands: vec![
            format!(
                "cd {name} && python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"
            ),
            "./build".into(),
            format!("nethost test {name}.wasm tests/{file}.toml"),
            format!("nethost run {name}.wasm 127.0.0.1"),
        ],
    })
}
