//! A policy that requires a signer, or is about one.

use crate::case::cases;
use crate::probes::SYSTEM_FACTS;
use nethost_tests::component::{File, with_manifest};
use nethost_tests::host::{executable, invoke};
use nethost_tests::topology::Topology;
use std::path::Path;
use tempfile::TempDir;

cases! {
    [Netns] in each way => { only_what_a_signer_has_signed_runs }
    [Netns] => { inspect_and_policy_check_know_the_signer }
}

const MANIFEST: &str = "name = \"facts\"\nsummary = \"Tells facts\"\n\
    [[request]]\ncap = \"system.read\"\nreason = \"tells them\"\n";

/// Two keys, and a plugin.
struct Signers {
    folder: TempDir,
    plugin: File,
}

impl Signers {
    fn new() -> Self {
        let component = std::fs::read(SYSTEM_FACTS.path()).unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            plugin: File::new("facts.wasm", &with_manifest(&component, MANIFEST)),
        }
    }

    /// What an author does at home, in whatever way nethost is installed.
    fn nethost(&self, words: &str) -> String {
        let output = std::process::Command::new(executable())
            .current_dir(self.folder.path())
            .args(words.split(' '))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Signs the plugin with the key of this file.
    fn sign(&self, key: &str) {
        let plugin = self.plugin.path().display().to_string();
        self.nethost(&format!("sign {plugin} --key {key}"));
    }

    fn signature(&self) -> std::path::PathBuf {
        let mut name = self.plugin.path().as_os_str().to_owned();
        name.push(".sig");
        Path::new(&name).to_owned()
    }
}

fn only_what_a_signer_has_signed_runs() {
    let signers = Signers::new();
    let (alice, eve) = (
        signers.nethost("sign --new-key alice.key"),
        signers.nethost("sign --new-key eve.key"),
    );
    let policy = File::new(
        "policy.toml",
        format!(
            "version = 1\n[signers]\nrequired = [\"{alice}\"]\n\
             [[plugin]]\nsigner = \"{alice}\"\nallow = [{{ cap = \"system.read\" }}]\n"
        )
        .as_bytes(),
    );
    let net = Topology::alone();
    let options = format!("--policy {}", policy.path().display());
    let run = || invoke(net.client(), &options, signers.plugin.path(), "").run();

    let refused = |why: &str| {
        let recorded = run();
        assert_eq!(recorded.output.code, 2, "{}", recorded.output);
        assert!(recorded.output.stderr.contains(why), "{}", recorded.output);
        let ends = recorded.log.of("run-end");
        assert!(
            ends[0]["stopped"]
                .as_str()
                .unwrap()
                .contains("requires the signature"),
            "{ends:?}"
        );
        assert!(recorded.log.of("open").is_empty());
    };
    refused("it has no valid signature");
    signers.sign("eve.key");
    refused(&format!("it is signed by {eve}, who is none of them"));

    signers.sign("alice.key");
    let recorded = run();
    assert_eq!(recorded.output.code, 0, "{}", recorded.output);
    let start = recorded.log.only("run-start");
    assert_eq!(start["plugin"]["signer"], alice.as_str());

    // The signature of another component, and one that names another signer than the one who made it.
    let text = std::fs::read_to_string(signers.signature()).unwrap();
    let digest = text.lines().nth(1).unwrap();
    for forged in [
        text.replace(digest, &format!("digest sha256:{}", "0".repeat(64))),
        {
            signers.sign("eve.key");
            let of_eve = std::fs::read_to_string(signers.signature()).unwrap();
            of_eve.replace(&eve, &alice)
        },
    ] {
        std::fs::write(signers.signature(), forged).unwrap();
        refused("it has no valid signature");
    }
}

fn inspect_and_policy_check_know_the_signer() {
    let signers = Signers::new();
    let key = signers.nethost("sign --new-key alice.key");
    signers.sign("alice.key");
    let plugin = signers.plugin.path().display().to_string();
    let shown = signers.nethost(&format!("inspect {plugin}"));
    assert!(shown.contains(&format!("signed by  {key}")), "{shown}");
    let policy = signers.folder.path().join("p.toml");
    let text = format!(
        "version = 1\n[signers]\nrequired = [\"{key}\"]\n\
         [[plugin]]\nname = \"*\"\nallow = [{{ cap = \"system.read\" }}]\n"
    );
    std::fs::write(&policy, text).unwrap();
    let check = || {
        let output = std::process::Command::new(executable())
            .args(["policy", "check"])
            .arg(&policy)
            .args(["--plugin", &plugin, "--cap", "system.read"])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), said)
    };
    assert_eq!(check().0, Some(0), "{}", check().1);
    std::fs::write(signers.signature(), "nonsense").unwrap();
    let (code, said) = check();
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.starts_with("denied: the plugin does not run: "),
        "{said}"
    );
    let shown = signers.nethost(&format!("inspect {plugin}"));
    assert!(
        shown.contains("it is not a signature of nethost"),
        "{shown}"
    );
}
