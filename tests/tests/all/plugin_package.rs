//! `nethost pack`, `nethost sign` and `nethost verify`.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::component::{File, custom, hostile, with_manifest};
use nethost_tests::host::nethost_here;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

cases! {
    first round;
    [] => {
        a_packed_component_has_its_manifest, what_cannot_be_packed_is_named, a_signature_counts_for_its_signer,
        other_signatures_are_refused_with_the_reason, a_key_is_for_its_owner, a_link_leads_no_output_elsewhere,
    }
}

const MANIFEST: &str = "name = \"looper\"\nsummary = \"Never end\"\n";

fn run(folder: &Path, words: &str) -> Output {
    nethost_here().directory(folder).words(words).run()
}

/// A folder with a component, `plugin.wasm`, and its manifest.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let component = std::fs::read(hostile("recurses").path()).unwrap();
    let component = [component, custom("name", b"a secret name")].concat();
    std::fs::write(folder.path().join("plugin.wasm"), component).unwrap();
    std::fs::write(folder.path().join("plugin.toml"), MANIFEST).unwrap();
    folder
}

fn a_packed_component_has_its_manifest() {
    let folder = folder();
    let folder = folder.path();
    let output = run(folder, "pack plugin.wasm -o packed.wasm");
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output.stdout.contains("packed.wasm: ") && output.stdout.contains(" sha256:"),
        "{output}"
    );
    let packed = std::fs::read(folder.join("packed.wasm")).unwrap();
    assert!(!packed.windows(13).any(|part| part == b"a secret name"));
    let inspected = run(folder, "inspect packed.wasm");
    assert!(inspected.stdout.contains("Never end"), "{inspected}");
    // Once more, over itself and over another manifest: one manifest stays, and the bytes are the same.
    let stale = with_manifest(&packed, "name = \"other\"\nsummary = \"Stale\"\n");
    std::fs::write(folder.join("stale.wasm"), stale).unwrap();
    for file in ["packed.wasm", "stale.wasm"] {
        assert_eq!(run(folder, &format!("pack {file}")).code, 0);
        assert_eq!(std::fs::read(folder.join(file)).unwrap(), packed, "{file}");
    }
    let kept = run(folder, "pack plugin.wasm --keep-names");
    assert_eq!(kept.code, 0, "{kept}");
    let kept = std::fs::read(folder.join("plugin.wasm")).unwrap();
    assert!(kept.windows(13).any(|part| part == b"a secret name"));
}

fn what_cannot_be_packed_is_named() {
    let folder = folder();
    let folder = folder.path();
    std::fs::write(folder.join("core.wasm"), b"\0asm\x01\0\0\0").unwrap();
    std::fs::write(folder.join("text.wasm"), b"hello").unwrap();
    let whole = std::fs::read(folder.join("plugin.wasm")).unwrap();
    std::fs::write(folder.join("cut.wasm"), &whole[..whole.len() - 3]).unwrap();
    std::fs::write(folder.join("bad.toml"), "name = \"A B\"\nsummary = \"x\"\n").unwrap();
    for (words, said) in [
        ("pack none.wasm", "none.wasm: "),
        (
            "pack core.wasm",
            "core.wasm: it is a core module, not a component",
        ),
        (
            "pack text.wasm",
            "text.wasm: it is not a WebAssembly component",
        ),
        ("pack cut.wasm", "cut.wasm: it is damaged at byte "),
        ("pack plugin.wasm --manifest none.toml", "none.toml: "),
        ("pack plugin.wasm --manifest bad.toml", "bad.toml: name: "),
    ] {
        let output = run(folder, words);
        assert_eq!(output.code, 2, "{words}: {output}");
        assert!(output.stderr.contains(said), "{words}: {output}");
    }
    assert_eq!(std::fs::read(folder.join("plugin.wasm")).unwrap(), whole);
}

/// Makes a key and returns its public half.
fn new_key(folder: &Path, name: &str) -> String {
    let output = run(folder, &format!("sign --new-key {name}"));
    assert_eq!(output.code, 0, "{output}");
    output.stdout.trim().to_owned()
}

fn a_signature_counts_for_its_signer() {
    let folder = folder();
    let folder = folder.path();
    let public = new_key(folder, "key");
    assert!(public.starts_with("ed25519:"), "{public}");
    let before = std::fs::read(folder.join("plugin.wasm")).unwrap();
    let signed = run(folder, "sign plugin.wasm --key key");
    assert_eq!(signed.code, 0, "{signed}");
    assert_eq!(std::fs::read(folder.join("plugin.wasm")).unwrap(), before);
    let other = new_key(folder, "other");
    for signers in [
        format!("--signer {public}"),
        format!("--signer {other} --signer {public}"),
    ] {
        let verified = run(folder, &format!("verify plugin.wasm {signers}"));
        assert_eq!(verified.code, 0, "{verified}");
        assert!(
            verified.stdout.contains(&format!("signed by {public}")),
            "{verified}"
        );
    }
}

fn other_signatures_are_refused_with_the_reason() {
    let folder = folder();
    let folder = folder.path();
    let (public, other) = (new_key(folder, "key"), new_key(folder, "other"));
    let refused = |said: &str| {
        let output = run(folder, &format!("verify plugin.wasm --signer {public}"));
        assert_eq!(output.code, 1, "{said}: {output}");
        assert!(output.stderr.contains(said), "{said}: {output}");
    };
    refused("plugin.wasm is not signed: there is no plugin.wasm.sig");
    assert_eq!(run(folder, "sign plugin.wasm --key other").code, 0);
    refused(&format!(
        "it is signed by {other}, who is not among the trusted signers"
    ));
    let signature = folder.join("plugin.wasm.sig");
    let text = std::fs::read_to_string(&signature).unwrap();
    std::fs::write(&signature, text.replace(&other, &public)).unwrap();
    refused("has not made this signature");
    std::fs::write(&signature, "hello\n").unwrap();
    refused("it is not a signature of nethost");
    assert_eq!(run(folder, "sign plugin.wasm --key key").code, 0);
    assert_eq!(run(folder, "pack plugin.wasm").code, 0);
    refused("it is the signature of another component");
    let output = run(folder, "verify plugin.wasm --signer rsa:1");
    assert_eq!(output.code, 2, "{output}");
}

fn a_key_is_for_its_owner() {
    let folder = folder();
    let folder = folder.path();
    new_key(folder, "key");
    let key = folder.join("key");
    let mode = std::fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = std::fs::read(&key).unwrap();
    let again = run(folder, "sign --new-key key");
    assert_eq!(again.code, 2, "{again}");
    assert_eq!(std::fs::read(&key).unwrap(), before);
    let file = File::new("none", b"nothing");
    let wrong = run(
        folder,
        &format!("sign plugin.wasm --key {}", file.path().display()),
    );
    assert_eq!(wrong.code, 2, "{wrong}");
    assert!(
        wrong
            .stderr
            .contains("it is not the secret key of a signer"),
        "{wrong}"
    );
    assert!(!folder.join("plugin.wasm.sig").exists());
}

/// What an archive brought along beside a component may be a link to a file of the author's.
fn a_link_leads_no_output_elsewhere() {
    let folder = folder();
    let folder = folder.path();
    new_key(folder, "key");
    std::fs::write(folder.join("mine"), "mine").unwrap();
    for (words, output) in [
        ("sign plugin.wasm --key key", "plugin.wasm.sig"),
        ("pack plugin.wasm -o packed.wasm", "packed.wasm"),
    ] {
        std::os::unix::fs::symlink("mine", folder.join(output)).unwrap();
        let done = run(folder, words);
        assert_eq!(done.code, 0, "{done}");
        assert_eq!(
            std::fs::read_to_string(folder.join("mine")).unwrap(),
            "mine"
        );
        assert!(
            folder.join(output).symlink_metadata().unwrap().is_file(),
            "{words}"
        );
    }
}
