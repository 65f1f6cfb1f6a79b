//! `nethost new`: the folders of new plugins. The scripts of tests/e2e build and run them.

use crate::case::cases;
use crate::probes::SYNCHRONOUS;
use nethost_tests::component::hostile;
use nethost_tests::host::{nethost_here, sources};
use nethost_tests::probe;
use std::path::Path;

cases! {
    first round;
    [] => {
        a_new_rust_plugin_is_complete, a_new_plugin_has_the_contract, bindings_are_written,
        a_plugin_without_async_runs, nothing_is_overwritten,
        what_cannot_be_made_is_named, lines_that_would_ask_are_printed, a_denial_by_rule_is_told_apart,
        a_wrong_function_is_named, a_wrong_import_is_answered_with_what_there_is,
    }
}

fn new(folder: &Path, words: &str) -> nethost_tests::command::Output {
    nethost_here()
        .directory(folder)
        .arg("new")
        .words(words)
        .run()
}

fn a_new_rust_plugin_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    for template in ["probe", "client", "observer"] {
        let output = new(
            folder.path(),
            &format!("my-{template} --template {template}"),
        );
        assert_eq!(output.code, 0, "{output}");
        let made = folder.path().join(format!("my-{template}"));
        let read = |name: &str| std::fs::read_to_string(made.join(name)).unwrap();
        for name in [
            "README.md",
            "check",
            ".gitignore",
            ".github/workflows/ci.yml",
            "src/report.rs",
        ] {
            assert!(!read(name).is_empty(), "{name}");
        }
        assert!(
            read("Cargo.toml").contains("nethost-sdk = \"0.1"),
            "{output}"
        );
        assert!(read("plugin.toml").contains(&format!("name = \"my-{template}\"")));
        assert!(read("src/lib.rs").contains("nethost_sdk::tool!"));
        assert!(read(&format!("tests/my_{template}.toml")).contains("[[case]]"));
        assert!(
            output
                .stdout
                .contains("nethost test target/wasm32-wasip2/release/my_")
        );
    }
    let sdk = sources().join("../sdk");
    let words = format!("by-path --sdk {}", sdk.display());
    assert_eq!(new(folder.path(), &words).code, 0);
    let manifest = std::fs::read_to_string(folder.path().join("by-path/Cargo.toml")).unwrap();
    assert!(
        manifest.contains("nethost-sdk = { path = \"/"),
        "{manifest}"
    );
}

/// Each has the contract that its bindings are made from: as it is, or without `async`.
fn a_new_plugin_has_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    for (language, contract) in [
        ("python", "../wit"),
        ("javascript", "../wit/sync"),
        ("c", "../wit"),
        ("go", "../wit"),
    ] {
        let name = format!("my-{language}");
        let output = new(folder.path(), &format!("{name} --lang {language}"));
        assert_eq!(output.code, 0, "{output}");
        assert!(output.stdout.contains("./build"), "{output}");
        let made = folder.path().join(&name);
        for entry in std::fs::read_dir(sources().join(contract)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "wit") {
                let copy = made
                    .join("wit/deps/nethost-cap")
                    .join(path.file_name().unwrap());
                assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(copy).unwrap());
            }
        }
        let world = std::fs::read_to_string(made.join("wit/world.wit")).unwrap();
        assert!(world.contains(&format!("package local:{name};")), "{world}");
    }
}

/// C and Go have their bindings from nethost itself. What the author changed in go.mod stays.
fn bindings_are_written() {
    let folder = tempfile::tempdir().unwrap();
    new(folder.path(), "it --lang go");
    let made = folder.path().join("it");
    for (words, name, holds) in [
        (
            "c --output gen",
            "gen/plugin.h",
            "nethost_cap_clock_wait_for",
        ),
        ("go", "go.mod", "module wit_component"),
        (
            "go",
            "nethost_cap_icmp/wit_bindings.go",
            "func EchoSocketOpen(",
        ),
    ] {
        let output = nethost_here()
            .directory(&made)
            .arg("bindings")
            .words(words)
            .run();
        assert_eq!(output.code, 0, "{output}");
        assert!(output.stdout.contains(name) || name == "go.mod", "{output}");
        let text = std::fs::read_to_string(made.join(name)).unwrap();
        assert!(text.contains(holds), "{name}: {text}");
    }
    std::fs::write(made.join("go.mod"), "mine").unwrap();
    let output = nethost_here().directory(&made).words("bindings go").run();
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(
        std::fs::read_to_string(made.join("go.mod")).unwrap(),
        "mine"
    );
    for (wit, said) in [("nowhere", "nowhere"), ("wit/deps", "deps")] {
        let output = nethost_here()
            .directory(&made)
            .words(&format!("bindings c --wit {wit}"))
            .run();
        assert_eq!(output.code, 2, "{output}");
        assert!(output.stderr.contains(said), "{output}");
    }
}

/// A component whose imports are not `async` runs: under the gate, on the mock host, and until it is told to end.
fn a_plugin_without_async_runs() {
    let component = SYNCHRONOUS.path();
    let run = |rules: &str| {
        nethost_here()
            .words("--audit /dev/null")
            .words(rules)
            .arg("run")
            .arg(&component)
            .arg("127.0.0.1")
            .run()
    };
    let output = run("--allow icmp.echo=127.0.0.1 --allow dns.resolve");
    assert_eq!(
        (output.code, output.stdout.as_str()),
        (0, "1 reply\n"),
        "{output}"
    );
    let output = run("--allow dns.resolve");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("Denied"), "{output}");
}

fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("here")).unwrap();
    let output = new(folder.path(), "here");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("here: "), "{output}");
    assert_eq!(
        std::fs::read_dir(folder.path().join("here"))
            .unwrap()
            .count(),
        0
    );
}

fn what_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (words, said) in [
        ("Hello", "`Hello` cannot be the name of a plugin"),
        ("../x", "cannot be the name of a plugin"),
        (
            "a --lang go --template client",
            "only rust has the templates client and observer",
        ),
        ("a --lang c --sdk ../sdk", "--sdk is for rust"),
        ("a --sdk nowhere", "--sdk: nowhere/Cargo.toml is missing"),
        (
            "a --template editor",
            "possible values: probe, client, observer",
        ),
    ] {
        let output = new(folder.path(), words);
        assert_eq!(output.code, 2, "{output}");
        assert!(output.stderr.contains(said), "{words}: {output}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

fn explained(rules: &str, name: &str, args: &str) -> nethost_tests::command::Output {
    nethost_here()
        .words("--audit /dev/null")
        .words(rules)
        .words("run --explain-denied")
        .arg(probe::component(name))
        .words(args)
        .run()
}

fn lines_that_would_ask_are_printed() {
    for (name, args, function, lines) in [
        (
            "icmp_facts",
            "1 127.0.0.1",
            "nethost:cap/icmp echo-socket.open",
            "cap = \"icmp.echo\"\nto = [\"$args\"]\nreason = ",
        ),
        (
            "files_facts",
            "/etc/hostname",
            "nethost:cap/files ",
            "cap = \"file.read\"\nto = [\"$args\"]\n",
        ),
        (
            "system_facts",
            "",
            "nethost:cap/system uname",
            "cap = \"system.read\"\nto = [\"uname\"]\n",
        ),
    ] {
        let output = explained("--allow dns.resolve=nobody.example", name, args);
        let wanted = format!("[[request]]        # {function}");
        assert!(output.stderr.contains(&wanted), "{output}");
        assert!(output.stderr.contains(lines), "{output}");
    }
}

fn a_denial_by_rule_is_told_apart() {
    let output = explained(
        "--allow icmp.echo --deny icmp.echo=127.0.0.1",
        "icmp_facts",
        "1 127.0.0.1",
    );
    let said = "icmp.echo to 127.0.0.1 was denied: --deny icmp.echo=127.0.0.1; no line of plugin.toml changes that";
    assert!(output.stderr.contains(said), "{output}");
    assert!(!output.stderr.contains("[[request]]"), "{output}");
}

fn a_wrong_import_is_answered_with_what_there_is() {
    let plugin = hostile("imports_what_is_not_offered");
    let output = nethost_here()
        .words("--audit /dev/null --allow dns.resolve run")
        .arg(plugin.path())
        .run();
    assert_eq!(output.code, 2, "{output}");
    for said in [
        "it imports `nethost:cap/everything@0.1.0`, which nethost does not offer",
        "nethost:cap has capture, clock, ",
        "Change the import in the world that the plugin is built for",
    ] {
        assert!(output.stderr.contains(said), "{output}");
    }
}

fn a_wrong_function_is_named() {
    let plugin = hostile("imports_missing_function");
    for command in ["--audit /dev/null --allow dns.resolve run", "test"] {
        let output = nethost_here()
            .words(command)
            .arg(plugin.path())
            .arg(sources().join("scenarios/ping.toml"))
            .run();
        assert_eq!(output.code, 2, "{output}");
        let said = "it imports the function `nowish` of `nethost:cap/clock@0.1.1`, which this nethost does not have; the \
                    contract 0.1.1 (wit/clock.wit) lists what there is";
        assert!(output.stderr.contains(said), "{output}");
    }
}
