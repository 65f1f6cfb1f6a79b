//! A new plugin in a language that makes its bindings from the contract, which the new folder holds.

use super::contract::{self, Contract};
use super::{File, Options, Project, Template, filled};
use nethost_runner::linker::CONTRACT;

/// What a language has. In paths and texts, `@NAME@`, `@FILE@` and `@VERSION@` are filled in.
pub(super) struct Texts {
    /// Paths and texts.
    files: &'static [(&'static str, &'static str)],
    contract: Contract,
    /// The commands before the test.
    commands: &'static [&'static str],
}

/// Files that can be executed.
const SCRIPTS: [&str; 2] = ["build", "check"];

/// The files that each language has, and then its own.
macro_rules! files {
    ($language:literal $(, $path:literal = $name:literal)*) => {
        &[
            ("build", text!($language, "build")),
            ("check", text!($language, "check")),
            (".gitignore", text!($language, "gitignore")),
            (".github/workflows/ci.yml", text!($language, "ci.yml")),
            ("README.md", text!($language, "README.md.in")),
            ("plugin.toml", text!("rust/probe", "plugin.toml")),
            ("tests/@FILE@.toml", text!("rust/probe", "test.toml")),
            $(($path, text!($language, $name)),)*
        ]
    };
}

macro_rules! text {
    ($folder:literal, $name:literal) => {
        include_str!(concat!("../../../templates/", $folder, "/", $name))
    };
}

pub(super) static PYTHON: Texts = Texts {
    files: files!(
        "python",
        "app.py" = "app.py",
        "report.py" = "report.py",
        "test_report.py" = "test_report.py",
        "requirements.txt" = "requirements.txt",
        "wit/world.wit" = "world.wit"
    ),
    contract: Contract::Async,
    commands: &[
        "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
        "./build",
    ],
};

pub(super) static JAVASCRIPT: Texts = Texts {
    files: files!(
        "javascript",
        "app.js" = "app.js",
        "report.js" = "report.js",
        "test_report.js" = "test_report.js",
        "package.json" = "package.json.in",
        "wit/world.wit" = "world.wit",
        "wit/deps/wasi-io/io.wit" = "io.wit",
        "wit/deps/wasi-cli/cli.wit" = "cli.wit"
    ),
    contract: Contract::Synchronous,
    commands: &["npm install", "./build"],
};

pub(super) static C: Texts = Texts {
    files: files!(
        "c",
        "app.c" = "app.c",
        "report.c" = "report.c",
        "report.h" = "report.h",
        "test_report.c" = "test_report.c",
        "requirements.txt" = "requirements.txt",
        "wit/world.wit" = "../python/world.wit"
    ),
    contract: Contract::Async,
    commands: PYTHON.commands,
};

pub(super) static GO: Texts = Texts {
    files: files!(
        "go",
        "export_wit_world/run.go" = "run.go",
        "report/report.go" = "report.go",
        "report/report_test.go" = "report_test.go",
        "wit/world.wit" = "../python/world.wit"
    ),
    contract: Contract::Async,
    commands: &["./build"],
};

/// The files of a new plugin, and what to do with them.
pub(super) fn project(options: &Options, texts: &Texts) -> Result<Project, String> {
    if options.template != Template::Probe {
        return Err(
            "only rust has the templates client and observer; other languages have probe".into(),
        );
    }
    if options.sdk.is_some() {
        return Err(
            "--sdk is for rust: other languages use the contract, which the new folder holds"
                .into(),
        );
    }
    let name = options.name.as_str();
    let file = name.replace('-', "_");
    let names = [("NAME", name), ("FILE", &file), ("VERSION", CONTRACT)];
    let made = texts.files.iter().map(|(path, text)| File {
        executable: SCRIPTS.contains(path),
        ..File::new(filled(path, &names), filled(text, &names))
    });
    let contract = contract::files(texts.contract).iter().map(|(name, text)| {
        let path = format!("wit/deps/nethost-cap/{name}");
        File::new(path, *text)
    });
    let first = texts.commands.iter().map(|command| (*command).to_owned());
    let mut commands = vec![format!("cd {name}")];
    commands.extend(first);
    commands.push(format!("nethost test {name}.wasm tests/{file}.toml"));
    commands.push(format!("nethost run {name}.wasm 127.0.0.1"));
    Ok(Project {
        files: made.chain(contract).collect(),
        commands,
    })
}
