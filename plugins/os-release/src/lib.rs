//! `os-release` and `lsb_release`: which system this is. The first prints what `cat /etc/*release`, `cat /proc/version`
//! and `ls /lib/modules` would; the second is Debian's lsb_release.
//!
//! `--lsb` as the first argument makes it lsb_release.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod flags;
mod lsb;

#[cfg(test)]
mod schema_tests;

use std::collections::BTreeMap;

use nethost_sdk::output::{Format, Output};
use nethost_sdk::system::{self, ReleaseFile};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, Tool, exit_code};
use serde::Serialize;

use flags::{COMMAND_LINE, Options};

struct Tell;

impl Tool for Tell {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        if let Some((first, rest)) = args.split_first()
            && first == "--lsb"
        {
            return Ok(exit_code(lsb::run(rest), String::new));
        }
        Ok(exit_code(tell(&args), flags::usage))
    }
}

nethost_sdk::tool!(Tell, "plugin.toml");

/// What was asked for. What was not is not there.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
struct Told {
    #[serde(skip_serializing_if = "Option::is_none")]
    os_release: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<File>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kernel_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    installed_kernels: Option<Vec<String>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct File {
    path: String,
    text: String,
}

fn tell(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options::default();
    COMMAND_LINE.parse(args, &mut options)?;
    let mut told = Told::default();
    let mut missing = Vec::new();
    if options.wants_files() {
        let files = system::release_files();
        let files = files.map_err(|error| failed("/etc/*release", &error))?;
        if files.is_empty() {
            missing.push(failed("/etc/*release", &Error::NotFound));
        }
        told.files = Some(files.into_iter().map(File::from).collect());
    }
    if !options.keys.is_empty() || (options.format == Format::Json && options.wants_files()) {
        let pairs = system::os_release().map_err(|error| failed("/etc/os-release", &error))?;
        told.os_release = Some(pairs.into_iter().collect());
    }
    if options.version {
        let version = system::kernel_version();
        told.kernel_version = Some(version.map_err(|error| failed("/proc/version", &error))?);
    }
    if options.kernels {
        match system::installed_kernels() {
            Ok(kernels) => told.installed_kernels = Some(kernels),
            Err(error @ Error::NotFound) => missing.push(failed("/lib/modules", &error)),
            Err(error) => return Err(failed("/lib/modules", &error)),
        }
    }
    let mut output = Output::stdout(options.format);
    let code = match options.format {
        Format::Json => {
            output.json(&told)?;
            0
        }
        Format::Text => show(&told, &options, &mut output)?,
    };
    match missing.into_iter().next() {
        Some(exit) => Err(exit),
        None => Ok(code),
    }
}

fn show<W: std::io::Write>(
    told: &Told,
    options: &Options,
    output: &mut Output<W>,
) -> Result<u8, Exit> {
    let mut code = 0;
    for file in told.files.iter().flatten() {
        for line in file.text.lines() {
            output.line(printable(line))?;
        }
    }
    for key in &options.keys {
        let value = told.os_release.as_ref().and_then(|pairs| pairs.get(key));
        match value {
            Some(value) => output.line(printable(value))?,
            None => code = 1,
        }
    }
    if let Some(version) = &told.kernel_version {
        output.line(printable(version.trim_end_matches('\n')))?;
    }
    for kernel in told.installed_kernels.iter().flatten() {
        output.line(printable(kernel))?;
    }
    Ok(code)
}

fn failed(what: &str, error: &Error) -> Exit {
    Exit::failed(1, format!("os-release: {what}: {error}"))
}

impl From<ReleaseFile> for File {
    fn from(file: ReleaseFile) -> Self {
        Self {
            path: file.path,
            text: file.text,
        }
    }
}
