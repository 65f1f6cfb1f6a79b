//! A new plugin in Rust.

use super::{File, Options, Project, Template, filled};

/// The version of the SDK that goes with this nethost.
const SDK: &str = env!("CARGO_PKG_VERSION");

struct Texts {
    manifest: &'static str,
    lib: &'static str,
    report: &'static str,
    test: &'static str,
    example: &'static str,
    summary: &'static str,
    /// What it depends on besides the SDK.
    depends: &'static str,
}

macro_rules! texts {
    ($folder:literal, $example:literal, $summary:literal, $depends:literal) => {
        Texts {
            manifest: include_str!(concat!("../../../templates/rust/", $folder, "/plugin.toml")),
            lib: include_str!(concat!("../../../templates/rust/", $folder, "/lib.rs")),
            report: include_str!(concat!("../../../templates/rust/", $folder, "/report.rs")),
            test: include_str!(concat!("../../../templates/rust/", $folder, "/test.toml")),
            example: $example,
            summary: $summary,
            depends: $depends,
        }
    };
}

fn texts(template: Template) -> Texts {
    match template {
        Template::Probe => texts!(
            "probe",
            "127.0.0.1",
            "Tells which hosts answer echo requests, and how fast",
            ""
        ),
        Template::Client => texts!(
            "client",
            "127.0.0.1:25 QUIT",
            "Sends a line to a TCP port, and prints what comes back",
            "\nfutures = { version = \"0.3\", default-features = false, features = [\"std\"] }"
        ),
        Template::Observer => texts!(
            "observer",
            "-c 3",
            "Tells at intervals how long this machine has been up",
            ""
        ),
    }
}

/// The files of a new plugin, and what to do with them.
pub(super) fn project(options: &Options) -> Result<Project, String> {
    let name = options.name.as_str();
    let texts = texts(options.template);
    let sdk = match &options.sdk {
        None => format!("nethost-sdk = \"{SDK}\""),
        Some(path) => {
            let manifest = path.join("Cargo.toml");
            let real = std::path::absolute(path).map_err(|error| error.to_string())?;
            if !manifest.is_file() {
                return Err(format!(
                    "--sdk: {} is missing; the SDK is the folder `sdk` of nethost's sources",
                    manifest.display()
                ));
            }
            let real = real.to_str().ok_or("--sdk: the path is not UTF-8")?;
            let quoted = toml_string(real);
            format!("nethost-sdk = {{ path = {quoted} }}")
        }
    };
    let sdk = sdk + texts.depends;
    let file = name.replace('-', "_");
    let names = [
        ("NAME", name),
        ("FILE", &file),
        ("SDK", &sdk),
        ("SUMMARY", texts.summary),
        ("EXAMPLE", texts.example),
    ];
    let made = |path: &str, text| File::new(path, filled(text, &names));
    let check = File {
        executable: true,
        ..made("check", include_str!("../../../templates/rust/check"))
    };
    let files = vec![
        made(
            "Cargo.toml",
            include_str!("../../../templates/rust/Cargo.toml.in"),
        ),
        made(
            ".gitignore",
            include_str!("../../../templates/rust/gitignore"),
        ),
        made(
            ".github/workflows/ci.yml",
            include_str!("../../../templates/rust/ci.yml"),
        ),
        made(
            "README.md",
            include_str!("../../../templates/rust/README.md.in"),
        ),
        check,
        made("plugin.toml", texts.manifest),
        made("src/lib.rs", texts.lib),
        made("src/report.rs", texts.report),
        made(&format!("tests/{file}.toml"), texts.test),
    ];
    let wasm = format!("target/wasm32-wasip2/release/{file}.wasm");
    Ok(Project {
        files,
        commands: vec![
            format!("cd {name}"),
            "cargo build --release --target wasm32-wasip2    # once before: rustup target add wasm32-wasip2"
                .into(),
            format!("nethost test {wasm} tests/{file}.toml"),
            format!("nethost run {wasm} {}", texts.example),
        ],
    })
}

/// A basic string of TOML.
fn toml_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_control() => {
                quoted += &format!("\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}
