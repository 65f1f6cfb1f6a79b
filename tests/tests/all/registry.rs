//! Plugins in registries: `nethost publish`, `install` and `update` beside docker-registry and skopeo, and registries
//! that lie.

use crate::case::cases;
use crate::install::{Site, TO_ARGS, component, manifest};
use nethost_tests::audit::Log;
use nethost_tests::registry::{Answer, OddRegistry, PASSWORD, Protection, Registry};
use nethost_tests::tls::{Authority, Validity};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

cases! {
    first round;
    [Netns, Program("docker-registry"), Program("skopeo")] => {
        what_is_published_is_installed_and_updated,
        others_read_what_is_published,
        a_registry_is_reached_as_the_policy_allows,
        tls_and_passwords,
    }
    [Netns] => {
        a_registry_that_lies_is_refused,
        credentials_go_nowhere_else,
        tokens_are_fetched_and_used,
    }
}

const HOST: &str = "127.0.0.1:5000";
const PLACE: &str = "oci://127.0.0.1:5000/tools/acme";

fn registry(site: &Site) -> Registry {
    Registry::start(site.net.client(), 5000, &Protection::None)
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes)
        .iter()
        .fold("sha256:".to_owned(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn what_is_published_is_installed_and_updated() {
    let site = Site::new();
    let _registry = registry(&site);
    let key = site.home.path().join("key");
    let signer = site.nethost("sign --new-key").arg(&key).succeed();
    let signer = signer.stdout.trim();
    let put = |version: &str, to: &str| {
        let path = site.file("acme.wasm", component(&manifest("acme", version, to)));
        site.nethost("sign --key").arg(&key).arg(path).succeed();
    };
    put("1.0.0", TO_ARGS);
    let published = site.run(&format!("publish acme.wasm {PLACE}"));
    assert_eq!(published.code, 0, "{published}");
    let first = format!("{PLACE}:1.0.0 is sha256:");
    assert!(published.stdout.starts_with(&first), "{published}");
    // The same once more changes nothing; another one does not replace it unasked.
    let again = site.run(&format!("publish acme.wasm {PLACE}"));
    assert_eq!(again.stdout, published.stdout, "{again}");
    put("1.0.0", "");
    let other = site.run(&format!("publish acme.wasm {PLACE}:1.0.0"));
    assert_eq!(other.code, 2, "{other}");
    assert!(
        other.stderr.contains("leads to another manifest already"),
        "{other}"
    );
    put("1.0.0", TO_ARGS);
    let published = site.run(&format!("publish --replace acme.wasm {PLACE}:stable"));
    assert_eq!(published.code, 0, "{published}");

    let (code, shown) = site.answer(&format!("install {PLACE}:stable"), "y\n");
    assert_eq!(code, 0, "{shown}");
    assert!(
        shown.contains(&format!("from       {PLACE}:stable")),
        "{shown}"
    );
    assert!(shown.contains(&format!("signed by  {signer}")), "{shown}");
    let installed = site.installed().remove(0);
    let pinned = installed["manifest"].as_str().unwrap().to_owned();
    assert!(published.stdout.contains(&pinned), "{pinned}: {published}");
    assert_eq!(installed["signer"], signer);
    assert_eq!(site.run("acme 1 127.0.0.1").code, 0);

    // Another version under the tag is noticed, shown, and put in place.
    put("1.1.0", "");
    let output = site.run(&format!("publish --replace acme.wasm {PLACE}:stable"));
    assert_eq!(output.code, 0, "{output}");
    let (code, shown) = site.answer("update", "y\n");
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("| + icmp.echo to anything"), "{shown}");
    let second = site.installed().remove(0);
    assert_eq!(second["version"], "1.1.0");
    assert_eq!(second["previous"], installed["digest"]);
    assert_eq!(site.run("rollback acme").code, 0);
    assert_eq!(site.digest_of("acme"), installed["digest"]);
    assert_eq!(site.run("uninstall acme").code, 0);
    // What is pinned by a digest is that, and is not updated.
    let output = site.run(&format!("install --yes {PLACE}@{pinned}"));
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(site.digest_of("acme"), installed["digest"]);
    let output = site.run("update --yes");
    assert!(output.stdout.contains("is pinned to"), "{output}");
}

fn others_read_what_is_published() {
    let site = Site::new();
    let _registry = registry(&site);
    let bytes = component(&manifest("acme", "1.0.0", TO_ARGS));
    site.file("acme.wasm", &bytes);
    let output = site.run(&format!("publish acme.wasm {PLACE}"));
    assert_eq!(output.code, 0, "{output}");
    let skopeo = |words: &str| {
        let command = site.net.client().command("skopeo");
        command
            .env("HOME", site.home.path())
            .words(words)
            .succeed()
            .stdout
    };
    let image = "docker://127.0.0.1:5000/tools/acme:1.0.0";
    let raw = skopeo(&format!("inspect --raw --tls-verify=false {image}"));
    let found: Value = serde_json::from_str(&raw).unwrap();
    // The layout that oci-wasm and wkg have.
    assert_eq!(found["schemaVersion"], 2);
    assert_eq!(
        found["mediaType"],
        "application/vnd.oci.image.manifest.v1+json"
    );
    assert_eq!(
        found["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    assert_eq!(found["layers"].as_array().unwrap().len(), 1);
    assert_eq!(found["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(found["layers"][0]["size"], bytes.len());
    assert_eq!(found["layers"][0]["digest"], sha256(&bytes));
    // skopeo checks each digest that it copies.
    let copy = site.home.path().join("copy");
    let to = copy.display();
    skopeo(&format!("copy --src-tls-verify=false {image} dir:{to}"));
    let file = |digest: &Value| {
        let digest = digest.as_str().unwrap().trim_start_matches("sha256:");
        std::fs::read(copy.join(digest)).unwrap()
    };
    assert_eq!(file(&found["layers"][0]["digest"]), bytes);
    let config: Value = serde_json::from_slice(&file(&found["config"]["digest"])).unwrap();
    assert_eq!(config["architecture"], "wasm");
    assert_eq!(config["os"], "wasip2");
    assert_eq!(config["layerDigests"], json!([sha256(&bytes)]));
    let imports = config["component"]["imports"].to_string();
    assert!(imports.contains("nethost:cap/icmp@"), "{imports}");
    // And what others have written is read here.
    skopeo(&format!(
        "copy --dest-tls-verify=false dir:{to} docker://127.0.0.1:5000/other/acme:copied"
    ));
    let output = site.run(&format!("install --yes oci://{HOST}/other/acme:copied"));
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(site.digest_of("acme"), sha256(&bytes));
}

/// The accesses of runs of `oci` on record: the request and its target.
fn accesses(log: &Log, event: &str) -> Vec<(String, String)> {
    let records = log.of(event);
    let of_oci = records
        .iter()
        .filter(|record| record["plugin"]["name"] == "oci");
    of_oci
        .map(|record| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&record["cap"]), text(&record["target"]["resolved"]))
        })
        .collect()
}

fn a_registry_is_reached_as_the_policy_allows() {
    let site = Site::new();
    let _registry = registry(&site);
    site.file("acme.wasm", component(&manifest("acme", "1.0.0", TO_ARGS)));
    assert_eq!(site.run(&format!("publish acme.wasm {PLACE}")).code, 0);
    let connect = ("tcp.connect".to_owned(), HOST.to_owned());
    assert!(accesses(&site.records(), "open").contains(&connect));

    let install = format!("install --yes {PLACE}:1.0.0");
    let output = site.refused(
        &format!("--deny tcp.connect=127.0.0.1 {install}"),
        "denied: tcp.connect to 127.0.0.1:5000",
    );
    assert!(output.stdout.is_empty(), "{output}");
    assert!(accesses(&site.records(), "denied").contains(&connect));
    let output = site.run(&install);
    assert_eq!(output.code, 0, "{output}");
    // A site's file that says nothing of registries allows none.
    let policy = site.file("policy.toml", "version = 1\n");
    assert_eq!(site.run("uninstall acme").code, 0);
    site.refused(
        &format!("--policy {} {install}", policy.display()),
        "denied: tcp.connect",
    );
    let policy = site.file(
        "policy.toml",
        "version = 1\n[[plugin]]\nname = \"oci\"\nallow = [{ cap = \"tcp.connect\", to = [\"127.0.0.1:5000\"] }]\n",
    );
    let output = site.run(&format!("--policy {} {install}", policy.display()));
    assert_eq!(output.code, 0, "{output}");
}

fn tls_and_passwords() {
    let site = Site::new();
    let authority = Authority::new();
    let credentials = authority.issue(&["127.0.0.1"], Validity::Now);
    let _registry = Registry::start(site.net.client(), 5000, &Protection::Tls(&credentials));
    site.file("acme.wasm", component(&manifest("acme", "1.0.0", TO_ARGS)));
    site.file("ca.pem", &authority.pem);
    let output = site.run(&format!("publish --ca ca.pem acme.wasm {PLACE}"));
    assert_eq!(output.code, 0, "{output}");
    let output = site.run(&format!("install --yes --ca ca.pem {PLACE}:1.0.0"));
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(site.run("uninstall acme").code, 0);
    let stranger = Authority::new();
    site.file("stranger.pem", &stranger.pem);
    site.refused(
        &format!("install --yes --ca stranger.pem {PLACE}:1.0.0"),
        "signed by nobody who is trusted",
    );

    let _protected = Registry::start(site.net.client(), 5001, &Protection::Password);
    let place = "oci://127.0.0.1:5001/acme";
    let output = site.run(&format!("publish acme.wasm {place}"));
    assert_eq!(output.code, 2, "{output}");
    assert!(
        output.stderr.contains("the registry wants credentials"),
        "{output}"
    );
    let auths =
        |secret: &str| json!({ "auths": { "127.0.0.1:5001": { "auth": secret } } }).to_string();
    site.file("auth.json", auths("YWxpY2U6d3Jvbmc="));
    let output = site.run(&format!("publish --authfile auth.json acme.wasm {place}"));
    assert!(output.stderr.contains("does not accept those"), "{output}");
    site.file("auth.json", auths(PASSWORD));
    let output = site.run(&format!("publish --authfile auth.json acme.wasm {place}"));
    assert_eq!(output.code, 0, "{output}");
    // The file of Docker's is used without being named.
    site.file(".docker/config.json", auths(PASSWORD));
    let output = site.run(&format!("install --yes {place}:1.0.0"));
    assert_eq!(output.code, 0, "{output}");
    // No secret is on record.
    let log = std::fs::read_to_string(site.home.path().join("audit.jsonl")).unwrap();
    assert!(!log.contains(PASSWORD) && !log.contains("secret"));
}

/// What an honest registry has: the manifest of a component.
fn honest(component: &[u8]) -> String {
    let config = b"{}";
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "mediaType": "application/vnd.wasm.config.v0+json", "size": 2, "digest": sha256(config) },
        "layers": [{ "mediaType": "application/wasm", "size": component.len(), "digest": sha256(component) }],
    })
    .to_string()
}

fn a_registry_that_lies_is_refused() {
    let site = Site::new();
    let good = component(&manifest("acme", "1.0.0", TO_ARGS));
    let evil = component(&manifest("acme", "9.0.0", ""));
    let text = honest(&good);
    let manifest_digest = sha256(text.as_bytes());
    let size = format!("\"size\":{}", good.len());
    assert!(text.contains(&size));
    let huge = text.replace(&size, "\"size\":99999999999");
    let long = text.replace(&size, "\"size\":10");
    let image = text.replace(
        "application/vnd.wasm.config.v0+json",
        "application/vnd.oci.image.config.v1+json",
    );
    let tar = text.replace(
        "application/wasm",
        "application/vnd.oci.image.layer.v1.tar+gzip",
    );
    let signed = text.replacen(
        '{',
        &format!(
            "{{\"annotations\":{{\"io.github.nethost.signature\":{}}},",
            json!(signature_of_another(&site))
        ),
        1,
    );
    let named = format!("{PLACE}@sha256:{}", "0".repeat(64));
    let tagged = format!("{PLACE}:1.0.0");
    let escape = "\u{1b}[2J\u{1b}]0;owned\u{7}";
    let denied = json!({ "errors": [{ "code": "DENIED", "message": escape }] }).to_string();
    let elsewhere = Answer::other(
        "307 Temporary Redirect",
        "location: http://169.254.169.254/latest\r\n",
    );
    let lie = |place: &str, manifest: &str, blob: Answer, said: &str| {
        let manifest = manifest.to_owned();
        let _odd = OddRegistry::start(site.net.client(), 5000, move |path| {
            match path.contains("/manifests/") {
                true => Answer::ok(manifest.clone()),
                false => blob.clone(),
            }
        });
        let output = site.refused(&format!("install --yes {place}"), said);
        assert!(!output.stderr.contains('\u{1b}'), "{output}");
    };
    let blob = |bytes: &[u8]| Answer::ok(bytes);
    // Other bytes than the digest says: of the component, and of the manifest that was named.
    lie(
        &tagged,
        &text,
        blob(&evil),
        "the registry has other bytes for sha256:",
    );
    lie(
        &named,
        &text,
        blob(&good),
        "the registry has other bytes for sha256:",
    );
    // Contents that are none of a plugin; an archive is not unpacked.
    lie(&tagged, &image, blob(&good), "its config is of type");
    lie(&tagged, &tar, blob(&good), "its layer is of type");
    lie(&tagged, "[]", blob(&good), "it is not an OCI manifest");
    lie(
        &tagged,
        &" ".repeat(300_000),
        blob(&good),
        "the registry sent more than",
    );
    lie(
        &tagged,
        &huge,
        blob(&good),
        "its component is larger than 64 MiB",
    );
    lie(
        &tagged,
        &long,
        blob(&good),
        "the registry sent more than 10 bytes",
    );
    // Elsewhere, and a message that would write to the terminal.
    lie(
        &tagged,
        &text,
        elsewhere,
        "the registry redirects to http://169.254.169.254/latest",
    );
    let said_no = Answer {
        body: denied.into(),
        ..Answer::other("403 Forbidden", "")
    };
    lie(&tagged, &text, said_no, "the registry says 403 (DENIED: ");
    // The signature of another component, in the manifest.
    lie(
        &tagged,
        &signed,
        blob(&good),
        "it is the signature of another component",
    );
    assert!(site.installed().is_empty());

    // The same without a lie is installed, by the digest of the manifest as well.
    let _honest = OddRegistry::start(site.net.client(), 5000, move |path| {
        match path.contains("/manifests/") {
            true => Answer::ok(text.clone()),
            false => Answer::ok(good.clone()),
        }
    });
    let output = site.run(&format!("install --yes {PLACE}@{manifest_digest}"));
    assert_eq!(output.code, 0, "{output}");
}

fn signature_of_another(site: &Site) -> String {
    let key = site.home.path().join("key");
    site.nethost("sign --new-key").arg(&key).succeed();
    let other = site.file(
        "other.wasm",
        component(&manifest("other", "1.0.0", TO_ARGS)),
    );
    site.nethost("sign --key").arg(&key).arg(&other).succeed();
    std::fs::read_to_string(site.home.path().join("other.wasm.sig")).unwrap()
}

fn credentials_go_nowhere_else() {
    let site = Site::new();
    let auths = json!({ "auths": { HOST: { "auth": PASSWORD } } }).to_string();
    site.file(".docker/config.json", auths);
    let good = component(&manifest("acme", "1.0.0", TO_ARGS));
    let text = honest(&good);
    // Tokens that are fetched from another server without TLS.
    {
        let thief =
            OddRegistry::start(site.net.client(), 6000, |_| Answer::ok("{\"token\":\"t\"}"));
        let _odd = OddRegistry::start(site.net.client(), 5000, |_| {
            Answer::other(
                "401 Unauthorized",
                "www-authenticate: Bearer realm=\"http://127.0.0.1:6000/token\",service=\"x\"\r\n",
            )
        });
        site.refused(
            &format!("install --yes {PLACE}:1.0.0"),
            "which is not HTTPS",
        );
        assert!(thief.heads().is_empty());
    }
    // A redirect within the registry carries none: a blob's place has its own.
    let odd = OddRegistry::start(site.net.client(), 5000, move |path| match path {
        path if path.contains("/manifests/") => Answer::ok(text.clone()),
        path if path.contains("/blobs/") => {
            Answer::other("307 Temporary Redirect", "location: /store/x?sig=1\r\n")
        }
        _ => Answer::ok(good.clone()),
    });
    let output = site.run(&format!("install --yes {PLACE}:1.0.0"));
    assert_eq!(output.code, 0, "{output}");
    let heads = odd.heads();
    assert_eq!(heads.len(), 3, "{heads:?}");
    assert!(
        !heads
            .iter()
            .flatten()
            .any(|line| line.starts_with("authorization:"))
    );
}

fn tokens_are_fetched_and_used() {
    let site = Site::new();
    let auths = json!({ "auths": { HOST: { "auth": PASSWORD } } }).to_string();
    site.file(".docker/config.json", auths);
    let good = component(&manifest("acme", "1.0.0", TO_ARGS));
    let text = honest(&good);
    let asked = AtomicUsize::new(0);
    let odd = OddRegistry::start(site.net.client(), 5000, move |path| {
        if path.starts_with("/token") {
            return Answer::ok("{\"access_token\":\"abc123\"}");
        }
        // The first of each two requests is one without a token.
        let before = asked.fetch_add(1, Ordering::Relaxed);
        if before.is_multiple_of(2) {
            return Answer::other(
                "401 Unauthorized",
                "www-authenticate: Bearer realm=\"http://127.0.0.1:5000/token\",service=\"r\",scope=\"repository:tools/acme:pull\"\r\n",
            );
        }
        match path.contains("/manifests/") {
            true => Answer::ok(text.clone()),
            false => Answer::ok(good.clone()),
        }
    });
    let output = site.run(&format!("install --yes {PLACE}:1.0.0"));
    assert_eq!(output.code, 0, "{output}");
    let heads = odd.heads();
    let authorized: Vec<(&str, &str)> = heads
        .iter()
        .map(|head| {
            let field = head
                .iter()
                .find_map(|line| line.strip_prefix("authorization: "));
            (head[0].as_str(), field.unwrap_or("none"))
        })
        .collect();
    let secret = format!("basic {}", PASSWORD.to_lowercase());
    let values: Vec<&str> = authorized.iter().map(|(_, value)| *value).collect();
    assert_eq!(
        values,
        [
            "none",
            &secret,
            "bearer abc123",
            "none",
            &secret,
            "bearer abc123"
        ],
        "{authorized:?}"
    );
    assert!(
        authorized[1]
            .0
            .contains("service=r&scope=repository%3atools%2facme%3apull"),
        "{authorized:?}"
    );
}
