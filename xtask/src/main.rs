//! This repository's chores, so that a fresh machine needs two commands: `cargo xtask run …` and
//! `cargo xtask test`. Each begins with what it needs, names each step, and says what to do when one
//! fails.

mod authors;
mod bench;
mod broker;
mod build;
mod ci;
mod deny;
mod dist;
mod docs;
mod format;
mod fuzz;
mod lab;
mod marker;
mod package;
mod setup;
mod step;
mod test;
mod tidy;
mod tool;
mod wit;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use step::Failure;
use test::Extent;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  setup             add what building and testing need and this machine lacks
  build             host, compiler and plugins; the components go to target/plugins/
  run TOOL ARGS…    setup, build, then `nethost TOOL ARGS…`; its exit code is passed on
  test [FILTER]     setup, build, then every test; needs root or user namespaces for most of them
  test --full       the same, and all of them in each way to install nethost
  fmt               lay out every Rust file
  ci                everything that must hold before a change is merged
  ci --full         the same in its long form, hours of it; its date goes to docs/testing.md
  tidy              the rules of the house that no compiler checks
  gen [--check]     write the generated documentation, or fail when it is stale
  wit-check         fail when wit/ breaks plugins that were built against the released contract
  wit-release       make today's wit/ the released contract
  authors           make, build, test and run new plugins in an empty folder (tests/e2e)
  package           fail when a package that authors depend on would lack a file, such as the contract
  fuzz TARGET [S]   a target of tests/fuzz for S seconds, 600 unless told otherwise
  lab [FILE]        ip beside iproute2 on a kernel of Debian under qemu, for what this one may lack
  dist              the static release binaries, their archive, package and SBOM, in target/dist-out/
  dist --dev        the package of the development form, in target/dist-dev/, to try packages
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match dispatch(&command, &rest) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, rest: &[String]) -> Result<ExitCode, Failure> {
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    let root = root();
    match (command, words.as_slice()) {
        ("run", _) => return build::run(&root, rest),
        ("test", []) => test::run(&root, None, Extent::Marked)?,
        ("test", ["--full"]) => test::run(&root, None, Extent::All)?,
        ("test", [filter]) => test::run(&root, Some(filter), Extent::Marked)?,
        ("setup", []) => {
            setup::for_build(&root)?;
            setup::for_tests()?;
        }
        ("build", []) => {
            setup::for_build(&root)?;
            build::all(&root)?;
        }
        ("fmt", []) => format::write(&root)?,
        ("ci", []) => ci::run(&root, false)?,
        ("ci", ["--full"]) => ci::run(&root, true)?,
        ("tidy", []) => tidy::check(&root)?,
        ("gen", []) => docs::generate(&root)?,
        ("gen", ["--check"]) => docs::check(&root)?,
        ("wit-check", []) => wit::check(&root)?,
        ("wit-release", []) => wit::release(&root)?,
        ("authors", []) => authors::check(&root)?,
        ("package", []) => package::check(&root)?,
        ("lab", []) => lab::all(&root)?,
        ("lab", [file]) => lab::run(&root, Path::new(file))?,
        ("dist", []) => {
            setup::for_build(&root)?;
            dist::archive(&root, dist::Form::Release)?;
        }
        ("dist", ["--dev"]) => dist::archive(&root, dist::Form::Development)?,
        ("fuzz", [target]) => fuzz::run(&root, target, fuzz::SECONDS)?,
        ("fuzz", [target, seconds]) => fuzz::run(&root, target, seconds)?,
        (bench::HOLD, []) => {
            let held = bench::hold();
            held.map_err(|error| Failure::new("bench ss", error, "raise the limit of open files"))?;
        }
        ("bench", [name]) if bench::run(&root, name)? => {}
        ("help" | "--help" | "-h", _) => print!("{USAGE}{}", bench::usage()),
        _ => {
            eprint!("{USAGE}{}", bench::usage());
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The repository: xtask is one level below it.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
