//! Keeps the promise of `wit/`: a plugin built against the released contract goes on working.
//!
//! `wit/released.txt` is the contract as last released, one item a line. `wit-check` compares today's
//! WIT with it; `wit-release` writes it when a version is released.

mod compare;
mod surface;
pub(crate) mod synchronous;

use std::path::Path;

use wit_parser::{PackageId, Resolve};

use crate::step::{self, Failure};

const STEP: &str = "wit-check";
const RELEASED: &str = "wit/released.txt";

/// Parses `wit/` and returns it with its package.
pub(crate) fn resolve(root: &Path) -> Result<(Resolve, PackageId), Failure> {
    let mut resolve = Resolve::default();
    let parsed = resolve.push_dir(root.join("wit"));
    let (package, _) =
        parsed.map_err(|error| Failure::new(STEP, format_args!("{error:#}"), "repair the WIT"))?;
    Ok((resolve, package))
}

/// Fails when an item is without `@since`, or when the contract broke.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    let (resolve, package) = resolve(root)?;
    let now = surface::of(&resolve, package).map_err(undated)?;
    let released = step::read(STEP, &root.join(RELEASED))?;
    let released = surface::Surface::parse(&released).map_err(|problem| {
        Failure::new(
            STEP,
            format_args!("{RELEASED}: {problem}"),
            "restore it from git",
        )
    })?;
    report(&compare::breaks(&released, &now))
}

/// Makes today's WIT the released contract, unless it breaks the last one under the same version.
pub(crate) fn release(root: &Path) -> Result<(), Failure> {
    if root.join(RELEASED).is_file() {
        check(root)?;
    }
    let (resolve, package) = resolve(root)?;
    let now = surface::of(&resolve, package).map_err(undated)?;
    step::write("wit-release", &root.join(RELEASED), now.to_string())
}

fn undated(items: Vec<String>) -> Failure {
    let problem = format!("without `@since`:\n    {}", items.join("\n    "));
    Failure::new(
        STEP,
        problem,
        "say with @since(version = …) which version of the package brings it",
    )
}

fn report(breaks: &[String]) -> Result<(), Failure> {
    if breaks.is_empty() {
        return Ok(());
    }
    let problem = format!(
        "plugins built against the released contract would stop working:\n    {}",
        breaks.join("\n    ")
    );
    let remedy = "add a new item beside the old one; or, for a new incompatible version, change the package's \
                  version in every file of wit/ and run `cargo xtask wit-release`";
    Err(Failure::new(STEP, problem, remedy))
}
