//! What is refused as a plugin, or as the next version of one, and on record.

use crate::case::cases;
use crate::install::{Site, TO_ARGS, component, manifest};
use crate::probes::{FILES_FACTS, ICMP_FACTS};
use nethost_tests::component::{File, with_manifest};
use std::os::unix::fs::symlink;

cases! {
    first round;
    [Netns] => {
        names_of_nethost_cannot_be_taken,
        what_is_no_successor_is_refused,
        what_is_no_plugin_is_refused,
        a_folder_leads_nowhere_else,
        a_required_signer_is_required_here_too,
        what_was_altered_does_not_run,
    }
}

fn names_of_nethost_cannot_be_taken() {
    let site = Site::new();
    for (name, alias, said) in [
        (
            "ping",
            "",
            "the name ping is taken: `nethost ping` is a tool of nethost",
        ),
        ("mtr", "", "the name mtr is taken"),
        ("install", "", "`nethost install` is a command of nethost"),
        ("help", "", "is a command"),
        ("acme", "dig", "the name dig is taken"),
    ] {
        let mut manifest = manifest(name, "1.0.0", TO_ARGS);
        if !alias.is_empty() {
            manifest += &format!("[[alias]]\nname = \"{alias}\"\n");
        }
        site.file("x.wasm", component(&manifest));
        site.refused("install --yes x.wasm", said);
    }
    // Nor a name of another installed plugin.
    let aliased =
        manifest("acme", "1.0.0", TO_ARGS) + "[[alias]]\nname = \"greet\"\nargs = [\"1\"]\n";
    site.file("acme.wasm", component(&aliased));
    assert_eq!(site.run("install --yes acme.wasm").code, 0);
    site.file(
        "greet.wasm",
        component(&manifest("greet", "1.0.0", TO_ARGS)),
    );
    site.refused(
        "install --yes greet.wasm",
        "`nethost uninstall acme` frees it",
    );
    // The alias stands for its arguments.
    let output = site.run("--allow icmp.echo greet 127.0.0.1");
    assert!(output.stdout.contains("sent 1"), "{output}");
}

fn what_is_no_successor_is_refused() {
    let site = Site::new();
    let (_alice, eve) = (site.keys("alice.key"), site.keys("eve.key"));
    let put = |version: &str, key: Option<&str>| {
        let path = site.file("acme.wasm", component(&manifest("acme", version, TO_ARGS)));
        let _ = std::fs::remove_file(site.home.path().join("acme.wasm.sig"));
        if let Some(key) = key {
            let key = site.home.path().join(key);
            site.nethost("sign --key").arg(key).arg(path).succeed();
        }
    };
    put("1.1.0", Some("alice.key"));
    assert_eq!(site.run("install --yes acme.wasm").code, 0);
    put("1.0.0", Some("alice.key"));
    site.refused(
        "update --yes",
        "it is version 1.0.0, older than the installed 1.1.0",
    );
    put("1.2.0", Some("eve.key"));
    site.refused("update --yes", &format!("this one is signed by {eve}"));
    put("1.2.0", None);
    site.refused("update --yes", "this one is not signed");
    site.refused("install --yes acme.wasm", "this one is not signed");
    site.file("acme.wasm", component(&manifest("other", "1.2.0", TO_ARGS)));
    site.refused("update --yes", "it calls itself other now, and not acme");
    put("1.2.0", Some("alice.key"));
    assert_eq!(site.run("update --yes").code, 0);
    // The same signer may move it, and nobody else.
    let moved = site.home.path().join("moved");
    std::fs::create_dir(&moved).unwrap();
    put("1.3.0", Some("alice.key"));
    for name in ["acme.wasm", "acme.wasm.sig"] {
        std::fs::rename(site.home.path().join(name), moved.join(name)).unwrap();
    }
    assert_eq!(site.run("install --yes moved").code, 0);
    // Without signers, only the place tells whose a plugin is.
    site.file("one.wasm", component(&manifest("one", "1.0.0", TO_ARGS)));
    assert_eq!(site.run("install --yes one.wasm").code, 0);
    site.file("two.wasm", component(&manifest("one", "2.0.0", TO_ARGS)));
    site.refused(
        "install --yes two.wasm",
        "another plugin one is installed, from /",
    );
}

fn what_is_no_plugin_is_refused() {
    let site = Site::new();
    let bare = std::fs::read(FILES_FACTS.path()).unwrap();
    let asks = |cap: &str| manifest("acme", "1.0.0", TO_ARGS).replace("icmp.echo", cap);
    for (bytes, said) in [
        (b"hello".to_vec(), "not WebAssembly"),
        (b"\0asm\x01\0\0\0".to_vec(), "core module"),
        (bare, "it has no manifest"),
        (
            component("name = \"A B\"\nsummary = \"x\"\n"),
            "its manifest cannot be used",
        ),
        (
            component(&manifest("acme", "1", TO_ARGS)),
            "its manifest cannot be used: version",
        ),
        (
            component(&asks("icmp.flood")),
            "it asks for icmp.flood, which this nethost does not know",
        ),
    ] {
        site.file("x.wasm", bytes);
        let output = site.run("install --yes x.wasm");
        assert_eq!(output.code, 2, "{said}: {output}");
        let (_, stopped) = site.changes().pop().unwrap();
        assert!(stopped.is_some(), "{said}");
        assert!(output.stderr.contains(said), "{said}: {output}");
    }
    site.refused("install --yes x.wasm", "icmp.flood");
    for (words, said) in [
        ("install --yes none.wasm", "No such file"),
        (
            "install --yes https://x.example/x.wasm",
            "a plugin is installed from",
        ),
        ("install --yes oci://acme", "it names no registry"),
        ("install --yes oci://r.example/acme@sha256:00", "invalid"),
    ] {
        let output = site.run(words);
        assert_eq!(output.code, 2, "{words}: {output}");
        assert!(output.stderr.contains(said), "{words}: {output}");
    }
    // A manifest that asks for less than the imports reach gets no more than it asks for, and the operator is told.
    let lies = with_manifest(
        &std::fs::read(ICMP_FACTS.path()).unwrap(),
        "name = \"lies\"\nsummary = \"Does nothing at all\"\n",
    );
    site.file("lies.wasm", lies);
    let (code, shown) = site.answer("install lies.wasm", "y\n");
    assert_eq!(code, 0, "{shown}");
    assert!(
        shown.contains("| it does not ask for icmp.echo, which"),
        "{shown}"
    );
    let output = site.run("lies 1 127.0.0.1");
    assert!(
        output.stdout.contains("denied capability=\"icmp.echo\""),
        "{output}"
    );
}

fn a_folder_leads_nowhere_else() {
    let site = Site::new();
    let text = manifest("acme", "1.0.0", TO_ARGS);
    let secret = site.file("secret", component(&text));
    let folder = site.home.path().join("plugin");
    std::fs::create_dir(&folder).unwrap();
    site.refused("install --yes plugin", "there is no .wasm file in it");
    symlink(&secret, folder.join("acme.wasm")).unwrap();
    site.refused("install --yes plugin", "symbolic link");
    std::fs::remove_file(folder.join("acme.wasm")).unwrap();
    site.file("plugin/acme.wasm", component(&text));
    symlink(&secret, folder.join("plugin.toml")).unwrap();
    site.refused("install --yes plugin", "symbolic link");
    std::fs::remove_file(folder.join("plugin.toml")).unwrap();
    site.file("plugin/plugin.toml", text.replace("$args", "127.0.0.1"));
    site.refused("install --yes plugin", "plugin.toml says something else");
    site.file("plugin/plugin.toml", &text);
    site.file("plugin/other.wasm", component(&text));
    site.refused("install --yes plugin", "there are 2 .wasm files");
    std::fs::remove_file(folder.join("other.wasm")).unwrap();
    // The signature of another component.
    site.keys("key");
    let other = site.file(
        "other.wasm",
        component(&manifest("other", "1.0.0", TO_ARGS)),
    );
    let key = site.home.path().join("key");
    site.nethost("sign --key").arg(key).arg(other).succeed();
    let from = site.home.path().join("other.wasm.sig");
    std::fs::copy(from, folder.join("acme.wasm.sig")).unwrap();
    site.refused(
        "install --yes plugin",
        "it is the signature of another component",
    );
    std::fs::remove_file(folder.join("acme.wasm.sig")).unwrap();
    assert_eq!(site.run("install --yes plugin").code, 0);
    let source = site.installed()[0]["source"].as_str().unwrap().to_owned();
    assert!(source.ends_with("/plugin"), "{source}");
}

fn a_required_signer_is_required_here_too() {
    let site = Site::new();
    let alice = site.keys("alice.key");
    site.keys("eve.key");
    let policy = File::new(
        "policy.toml",
        format!("version = 1\n[signers]\nrequired = [\"{alice}\"]\n").as_bytes(),
    );
    let install = format!(
        "--policy {} install --yes acme.wasm",
        policy.path().display()
    );
    let path = site.file("acme.wasm", component(&manifest("acme", "1.0.0", TO_ARGS)));
    site.refused(
        &install,
        "requires the signature of one of its signers; it has no valid signature",
    );
    let sign = |key: &str| {
        let key = site.home.path().join(key);
        site.nethost("sign --key").arg(key).arg(&path).succeed();
    };
    sign("eve.key");
    site.refused(&install, "who is none of them");
    sign("alice.key");
    assert_eq!(site.run(&install).code, 0);
    assert_eq!(site.installed()[0]["signer"], alice.as_str());
    let allowing = File::new(
        "policy.toml",
        format!(
            "version = 1\n[signers]\nrequired = [\"{alice}\"]\n\
             [[plugin]]\nsigner = \"{alice}\"\nallow = [{{ cap = \"icmp.echo\" }}]\n"
        )
        .as_bytes(),
    );
    let output = site.run(&format!(
        "--policy {} acme 1 127.0.0.1",
        allowing.path().display()
    ));
    assert!(output.stdout.contains("sent 1"), "{output}");
}

fn what_was_altered_does_not_run() {
    let site = Site::new();
    site.file("acme.wasm", component(&manifest("acme", "1.0.0", TO_ARGS)));
    site.file(
        "other.wasm",
        component(&manifest("other", "1.0.0", TO_ARGS)),
    );
    for name in ["acme", "other"] {
        assert_eq!(site.run(&format!("install --yes {name}.wasm")).code, 0);
    }
    let file = |name: &str| {
        let digest = site.digest_of(name).replace("sha256:", "sha256-");
        site.folder().join(format!("{digest}.wasm"))
    };
    let refused = |said: &str| {
        let output = site.run("--allow icmp.echo acme 1 127.0.0.1");
        assert_eq!(output.code, 2, "{said}: {output}");
        assert!(output.stderr.contains(said), "{said}: {output}");
        assert!(!output.stdout.contains("sent"), "{output}");
        let log = site.records();
        let ends = log.of("run-end");
        let stopped = ends.last().unwrap()["stopped"].as_str().unwrap();
        assert!(stopped.contains(said), "{said}: {stopped}");
    };
    let (acme, other) = (file("acme"), file("other"));
    let original = std::fs::read(&acme).unwrap();
    std::fs::copy(&other, &acme).unwrap();
    refused("was installed; `nethost install` it again");
    std::fs::remove_file(&acme).unwrap();
    symlink(&other, &acme).unwrap();
    refused("symbolic link");
    std::fs::remove_file(&acme).unwrap();
    std::fs::write(&acme, &original).unwrap();
    assert_eq!(site.run("--allow icmp.echo acme 1 127.0.0.1").code, 0);
    // What is damaged is put right by installing it again.
    std::fs::write(&acme, "damaged").unwrap();
    assert_eq!(site.run("install --yes acme.wasm").code, 0);
    assert_eq!(site.run("--allow icmp.echo acme 1 127.0.0.1").code, 0);

    // A list that leads the name to the other component.
    let list = site.folder().join("installed.toml");
    let text = std::fs::read_to_string(&list).unwrap();
    let (from, to) = (site.digest_of("acme"), site.digest_of("other"));
    std::fs::write(&list, text.replace(&from, &to)).unwrap();
    refused("it was changed by hand or damaged");
    let output = site.run("install --yes acme.wasm");
    assert_eq!(output.code, 2, "{output}");
    let output = site.run("list");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stdout.contains("\nping "), "{output}");
    std::fs::write(&list, text).unwrap();
    assert_eq!(site.installed().len(), 2);
}
