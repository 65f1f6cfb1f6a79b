//! The rules of the house that no compiler checks.

mod circles;
mod dependencies;
mod links;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Failure};
use crate::{broker, docs, wit};

const STEP: &str = "tidy";
const MAX_LINES: usize = 500;
/// Reports every breach at once.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    let mut breaches = dependencies::breaches(root)?;
    breaches.extend(broker::breaches(&broker::crates(root)?));
    breaches.extend(links::breaches(root, &tracked(root, "*.md")?)?);
    let requests = requests(root)?;
    let mut crates: BTreeMap<PathBuf, Vec<(PathBuf, String)>> = BTreeMap::new();
    for path in tracked(root, "*.rs")? {
        let text = step::read(STEP, &root.join(&path))?;
        breaches.extend(in_file(&path, &text, &requests));
        let source = path.ancestors().find(|folder| folder.ends_with("src"));
        if let Some(source) = source.filter(|_| path.starts_with("host")) {
            let files = crates.entry(source.to_owned()).or_default();
            files.push((path, text));
        }
    }
    for (source, files) in &crates {
        breaches.extend(circles::across_folders(source, files));
    }
    if breaches.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        STEP,
        format_args!("\n    {}", breaches.join("\n    ")),
        "each line names the file and its rule",
    ))
}

fn in_file(path: &Path, text: &str, requests: &[String]) -> Vec<String> {
    let name = path.display().to_string();
    let mut breaches = Vec::new();
    if !text.starts_with("//!") {
        breaches.push(format!(
            "{name}: does not begin with `//!` and why it exists"
        ));
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        breaches.push(format!(
            "{name}: {lines} lines; split it (at most {MAX_LINES})"
        ));
    }
    let knows_no_names = path.starts_with("host/gate") || path.starts_with("host/policy");
    // Tests enter namespaces and measure children; they are not the product.
    let may_be_unsafe = path.ends_with("sys.rs") || path.iter().any(|part| part == "tests");
    let sends = |text: &str| code_lines(text).any(|(_, line)| line.contains(".count_sent("));
    if (path.starts_with(CAPABILITIES) || path.starts_with(KIT))
        && sends(text)
        && !text.contains(".may_send(")
    {
        breaches.push(format!(
            "{name}: counts what it sends without asking `may_send` before, so no quota holds"
        ));
    }
    let in_tests =
        path.iter().any(|part| part == "tests" || part == "benches") || name.ends_with("tests.rs");
    let prints = PRINT_NOTHING.iter().any(|folder| path.starts_with(folder))
        && path != Path::new(PRINTER)
        // What a build script prints is for cargo.
        && !path.ends_with("build.rs")
        && !in_tests;
    for (number, line) in code_lines(text) {
        if prints && let Some(way) = PRINTS.iter().find(|way| line.contains(**way)) {
            breaches.push(format!(
                "{name}:{number}: `{way}` is a way to the terminal past the filter; print by {PRINTER}"
            ));
        }
        if !may_be_unsafe && has_unsafe(line) {
            breaches.push(format!(
                "{name}:{number}: `unsafe` belongs into a file named sys.rs"
            ));
        }
        if knows_no_names
            && !in_tests
            && let Some(request) = requests
                .iter()
                .find(|request| line.contains(&format!("\"{request}\"")))
        {
            breaches.push(format!(
                "{name}:{number}: gate and policy know no capability by name, here {request}"
            ));
        }
    }
    breaches
}

/// The only file that prints.
const PRINTER: &str = "host/core/src/output.rs";
/// Where it is the only one.
const PRINT_NOTHING: &[&str] = &[
    "host/audit",
    "host/broker",
    "host/capability",
    "host/core",
    "host/gate",
    "host/kit",
    "host/net",
    "host/netlink",
    "host/policy",
    "host/rejudge",
    "host/report",
    "host/runner",
    "host/service",
    "host/src",
];
/// Ways to print.
const PRINTS: &[&str] = &[
    "print!(",
    "println!(",
    "dbg!(",
    "stdout()",
    "stderr()",
    "STDOUT_FILENO",
    "STDERR_FILENO",
    "inherit_stdout",
    "inherit_stderr",
    "inherit_stdio",
    "Stdio::inherit()",
    "/dev/tty\"",
    "/dev/stdout",
    "/dev/stderr",
    "/proc/self/fd/1",
    "/proc/self/fd/2",
    ".print()",
    "execute!(",
];
const CAPABILITIES: &str = "host/capability";
/// What they share.
const KIT: &str = "host/kit";

/// Numbered lines that are not comments, up to the tests at the end of the file.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()));
    lines
        .take_while(|(_, line)| *line != "#[cfg(test)]")
        .filter(|(_, line)| !line.starts_with("//"))
}

/// Looks for the keyword where it opens something; a comment may say the word.
fn has_unsafe(line: &str) -> bool {
    const KEYWORD: &str = "unsafe";
    ["{", "fn ", "impl ", "extern ", "trait "]
        .iter()
        .any(|next| line.contains(&format!("{KEYWORD} {next}")))
        || line.contains(&format!("#[{KEYWORD}("))
        || line.ends_with(KEYWORD)
}

/// The files of the repository with such a name.
fn tracked(root: &Path, pattern: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut git = Command::new("git");
    git.current_dir(root).args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        pattern,
    ]);
    let files = step::output(
        STEP,
        &mut git,
        "tidy needs git and a clone of the repository",
    )?;
    Ok(files
        .lines()
        .map(PathBuf::from)
        .filter(|path| root.join(path).is_file())
        .collect())
}

/// The request names that wit/ documents.
fn requests(root: &Path) -> Result<Vec<String>, Failure> {
    let (resolve, package) = wit::resolve(root)?;
    let interfaces = resolve.packages[package]
        .interfaces
        .values()
        .map(|id| &resolve.interfaces[*id]);
    Ok(interfaces
        .flat_map(|interface| {
            docs::requests_in(interface.docs.contents.as_deref().unwrap_or_default())
        })
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        in_file(Path::new(path), text, &["icmp.echo".to_owned()])
    }

    #[test]
    fn clean_files_pass() {
        assert_eq!(
            found("sdk/src/a.rs", "//! Why.\nfn f() {}\n"),
            Vec::<String>::new()
        );
        assert_eq!(
            found(
                "host/capability/icmp/src/sys.rs",
                "//! Why.\nunsafe { f() }\n"
            ),
            Vec::<String>::new()
        );
        assert_eq!(
            found(
                "host/gate/src/lib.rs",
                "//! Like \"icmp.echo\".\n#[cfg(test)]\n\"icmp.echo\""
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn each_rule_finds_its_breach() {
        let breach = |path: &str, text: &str| found(path, text).join("\n");
        assert!(breach("a.rs", "fn f() {}").contains("does not begin with"));
        for way in PRINTS {
            let text = format!("//! Why.\n{way};\n");
            assert!(
                breach("host/src/cli/list.rs", &text).contains("past the filter"),
                "{way}"
            );
            for other in [
                PRINTER,
                "host/audit/src/journal/kill_tests.rs",
                "xtask/src/main.rs",
            ] {
                assert!(!breach(other, &text).contains("past the filter"), "{way}");
            }
        }
        assert!(
            breach("a.rs", &format!("//! Why.\n{}", "x\n".repeat(MAX_LINES))).contains("501 lines")
        );
        assert!(breach("a.rs", "//! Why.\nlet x = unsafe { f() };").contains("a.rs:2: `unsafe`"));
        assert!(breach("a.rs", "//! Why.\npub unsafe fn f() {}").contains("a.rs:2: `unsafe`"));
        assert!(
            breach(
                "host/gate/src/lib.rs",
                "//! Why.\nif name == \"icmp.echo\" {"
            )
            .contains("icmp.echo")
        );
        assert!(breach("host/policy/src/x.rs", "//! Why.\n\n\"icmp.echo\" =>").contains("x.rs:3"));
        let sends = "//! Why.\npermit.count_sent(1);";
        assert!(breach("host/capability/udp/src/sys.rs", sends).contains("no quota holds"));
    }
}
