//! `oci` beside docker-registry and curl, and with registries that lie.

use crate::case::cases;
use nethost_tests::component::File;
use nethost_tests::host::invoke;
use nethost_tests::registry::{Answer, OddRegistry, Protection, Registry};
use nethost_tests::topology::Topology;
use serde_json::json;
use sha2::{Digest, Sha256};

cases! {
    [Netns, Program("docker-registry"), Program("curl")] in each way => { what_is_pushed_is_read_by_others_too }
    [Netns] in each way => {
        what_has_another_digest_is_not_printed,
        a_registry_that_is_denied_is_not_asked,
    }
    [Netns] => { what_is_no_place_is_told }
}

const PLACE: &str = "127.0.0.1:5000/tools/hello";

fn sha256(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes);
    let digits: Vec<String> = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{}", digits.concat())
}

fn what_is_pushed_is_read_by_others_too() {
    let net = Topology::alone();
    let _registry = Registry::start(net.client(), 5000, &Protection::None);
    let oci = |args: &str| invoke(net.client(), "", "oci", args).run();
    let (config, layer) = (
        File::new("config", b"{}"),
        File::new("layer", b"a component"),
    );
    let described = |kind: &str, bytes: &[u8]| json!({ "mediaType": kind, "digest": sha256(bytes), "size": bytes.len() });
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": described("application/vnd.wasm.config.v0+json", b"{}"),
        "layers": [described("application/wasm", b"a component")],
    })
    .to_string();
    let file = File::new("manifest", manifest.as_bytes());
    let [file, config, layer] =
        [&file, &config, &layer].map(|file| file.path().display().to_string());
    // The registry wants the blobs first.
    let early = oci(&format!("push {PLACE}:1.0 {file}"));
    assert_eq!(early.output.code, 1, "{}", early.output);
    let said = "the registry says 400 (MANIFEST_BLOB_UNKNOWN: ";
    assert!(early.output.stderr.contains(said), "{}", early.output);
    for _ in 0..2 {
        let pushed = oci(&format!("push --new {PLACE}:1.0 {file} {config} {layer}"));
        assert_eq!(pushed.output.code, 0, "{}", pushed.output);
        assert_eq!(pushed.output.stdout, sha256(manifest.as_bytes()) + "\n");
        let opened = pushed.log.of("open");
        let to_registry = opened
            .iter()
            .filter(|record| record["cap"] == "tcp.connect")
            .all(|record| record["target"]["resolved"] == "127.0.0.1:5000");
        assert!(to_registry, "{opened:#?}");
    }
    let other = File::new("other", format!("{manifest} ").as_bytes());
    let other = other.path().display().to_string();
    let taken = oci(&format!("push --new {PLACE}:1.0 {other}"));
    assert_eq!(taken.output.code, 1, "{}", taken.output);
    let curl = |path: &str| {
        let command = net.client().command("curl");
        command
            .words("-s -H")
            .arg("Accept: application/vnd.oci.image.manifest.v1+json")
            .arg(format!("http://127.0.0.1:5000/v2/tools/hello/{path}"))
            .succeed()
            .stdout
    };
    let digest = sha256(b"a component");
    let read = oci(&format!("manifest oci://{PLACE}:1.0"));
    assert_eq!(read.output.stdout, curl("manifests/1.0"), "{}", read.output);
    assert_eq!(read.output.stdout, manifest);
    let read = oci(&format!("blob {PLACE}@{digest}"));
    assert_eq!(
        read.output.stdout,
        curl(&format!("blobs/{digest}")),
        "{}",
        read.output
    );
    assert_eq!(read.output.stdout, "a component");
    let none = oci(&format!("manifest {PLACE}:2.0"));
    assert_eq!(none.output.code, 1, "{}", none.output);
    assert!(
        none.output
            .stderr
            .contains("does not have it (MANIFEST_UNKNOWN"),
        "{}",
        none.output
    );
}

fn what_has_another_digest_is_not_printed() {
    let net = Topology::alone();
    let _odd = OddRegistry::start(net.client(), 5000, |_| Answer::ok("other bytes"));
    let wanted = sha256(b"a component");
    for command in ["blob", "manifest"] {
        let args = format!("{command} {PLACE}@{wanted}");
        let run = invoke(net.client(), "", "oci", &args).run();
        assert_eq!(
            (run.output.code, &*run.output.stdout),
            (1, ""),
            "{}",
            run.output
        );
        let said = format!("the registry has other bytes for {wanted}");
        assert!(run.output.stderr.contains(&said), "{}", run.output);
    }
}

fn a_registry_that_is_denied_is_not_asked() {
    let net = Topology::alone();
    let odd = OddRegistry::start(net.client(), 5000, |_| Answer::ok("{}"));
    let options = "--deny tcp.connect=127.0.0.1";
    let run = invoke(
        net.client(),
        options,
        "oci",
        &format!("manifest {PLACE}:1.0"),
    )
    .run();
    assert_eq!(run.output.code, 1, "{}", run.output);
    assert!(
        run.output
            .stderr
            .contains("denied: tcp.connect to 127.0.0.1:5000"),
        "{}",
        run.output
    );
    assert_eq!(
        run.log.only("denied")["target"]["resolved"],
        "127.0.0.1:5000"
    );
    assert!(odd.heads().is_empty());
    // Where it sends the client is another place, and another request.
    drop(odd);
    let _odd = OddRegistry::start(net.client(), 5000, |_| {
        Answer::other(
            "307 Temporary Redirect",
            "location: https://127.0.0.1/x\r\n",
        )
    });
    let run = invoke(
        net.client(),
        "--deny tcp.connect=127.0.0.1:443",
        "oci",
        &format!("manifest {PLACE}:1.0"),
    )
    .run();
    assert_eq!(run.output.code, 1, "{}", run.output);
    assert_eq!(
        run.log.only("denied")["target"]["resolved"],
        "127.0.0.1:443"
    );
}

fn what_is_no_place_is_told() {
    let net = Topology::alone();
    for (args, said) in [
        ("", "Usage: oci"),
        ("manifest hello", "oci: hello names no registry"),
        ("manifest 127.0.0.1/../x", "has no repository"),
        ("blob 127.0.0.1/x:1", "names no blob"),
        ("pull 127.0.0.1/x:1", "there is no command pull"),
    ] {
        let run = invoke(net.client(), "", "oci", args).run();
        assert_eq!(run.output.code, 2, "{args}: {}", run.output);
        assert!(run.output.stderr.contains(said), "{args}: {}", run.output);
        assert!(run.log.of("open").is_empty());
    }
}
