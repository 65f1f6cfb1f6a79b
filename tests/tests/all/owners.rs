//! Whose the way to a file is: the log, its state, the cache, policies, grants, plugins and the service's socket are used only
//! where nobody but root and this user can change what their paths lead to.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::etc::Etc;
use nethost_tests::host::nethost;
use nethost_tests::privilege::open_folder;
use nethost_tests::topology::Topology;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};

cases! {
    first round;
    [Netns, OtherUser] => { each_use_refuses_each_bad_component }
}

/// Neither root nor whoever runs the tests.
const STRANGER: u32 = 12_345;

/// What is at the end of the path, and who uses it how.
const USES: [&str; 7] = [
    "log", "state", "cache", "policy", "grants", "plugins", "socket",
];

/// What may be wrong with a component.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Stranger,
    StrangerInSticky,
    Group,
    Others,
    Link,
}

/// `outer/inner` below a folder of root's, with a fault at the outer or the inner one.
struct Place(tempfile::TempDir);

impl Place {
    fn with(fault: Option<Fault>, at: &str) -> Self {
        let folder = open_folder();
        let inner = folder.path().join("outer/inner");
        std::fs::create_dir_all(&inner).unwrap();
        let place = folder.path().join(at);
        let mode = |path: &Path, mode| {
            std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        };
        match fault {
            None => {}
            Some(Fault::Stranger) => chown(&place, Some(STRANGER), None).unwrap(),
            Some(Fault::StrangerInSticky) => {
                mode(place.parent().unwrap(), 0o1777);
                chown(&place, Some(STRANGER), None).unwrap();
            }
            Some(Fault::Group) => {
                chown(&place, None, Some(STRANGER)).unwrap();
                mode(&place, 0o775);
            }
            Some(Fault::Others) => mode(&place, 0o757),
            Some(Fault::Link) => {
                let real = place.with_file_name("real");
                std::fs::rename(&place, &real).unwrap();
                symlink(&real, &place).unwrap();
                lchown(&place, Some(STRANGER), None).unwrap();
            }
        }
        Self(folder)
    }

    fn inner(&self) -> PathBuf {
        self.0.path().join("outer/inner")
    }
}

const POLICY: &str =
    "version = 1\n[audit]\nrequired = true\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"*\" }]\n";

/// A list of installed plugins, with none.
const NONE_INSTALLED: &str = "# Installed plugins of nethost, written by it alone. \
    sha256:dbab12665d98aef021ba64953c61b0ed8a908cfb56a1c01e2fcb4b052b71a2a1\nversion = 1\n";

/// Uses the place so, and says what happened.
fn used(net: &Topology, what: &str, place: &Place) -> Output {
    let inner = place.inner();
    let etc = Etc::with_policy(POLICY);
    let nethost = || nethost(net.client());
    let command = match what {
        "log" => nethost()
            .arg("--audit")
            .arg(inner.join("audit.jsonl"))
            .words("ping -n -c 1 127.0.0.1"),
        "state" => nethost()
            .env("NETHOST_STATE_DIR", &inner)
            .words("ping -n -c 1 127.0.0.1"),
        "cache" => nethost()
            .env("NETHOST_CACHE_DIR", &inner)
            .words("cache fill"),
        "policy" => {
            std::fs::write(inner.join("own.toml"), POLICY).unwrap();
            nethost()
                .arg("--policy")
                .arg(inner.join("own.toml"))
                .words("ping -n -c 1 127.0.0.1")
        }
        "grants" | "plugins" => {
            std::fs::write(inner.join("grants.toml"), "version = 1\n").unwrap();
            let _ = std::fs::create_dir(inner.join("plugins"));
            std::fs::write(inner.join("plugins/installed.toml"), NONE_INSTALLED).unwrap();
            // Root's are in /var/lib/nethost: the place is seen as /var/lib, and its inner folder is that.
            let outer = inner.parent().unwrap();
            if !outer.join("nethost").exists() {
                std::fs::rename(&inner, outer.join("nethost")).unwrap();
            }
            nethost()
                .overlay(outer.to_owned(), "/var/lib")
                .arg(if what == "grants" { "grants" } else { "list" })
        }
        _ => nethost().words("broker --listen").arg(inner.join("socket")),
    };
    etc.seen_by(command).run()
}

fn each_use_refuses_each_bad_component() {
    let net = Topology::alone();
    for what in USES {
        for fault in [
            Fault::Stranger,
            Fault::StrangerInSticky,
            Fault::Group,
            Fault::Others,
            Fault::Link,
        ] {
            for at in ["outer", "outer/inner"] {
                // What is laid over a folder is no link.
                if ["grants", "plugins"].contains(&what) && matches!(fault, Fault::Link) {
                    continue;
                }
                let place = Place::with(Some(fault), at);
                let output = used(&net, what, &place);
                let told = format!("{what}, {fault:?} at {at}: {output}");
                assert_eq!(output.code, 2, "{told}");
                assert_eq!(output.stderr.lines().count(), 1, "{told}");
                let remedy = ["chown", "chmod go-w"];
                assert!(
                    remedy.iter().any(|one| output.stderr.contains(one)),
                    "{told}"
                );
            }
        }
        // The socket's would go on listening, and filling a cache takes a minute.
        if !["socket", "cache"].contains(&what) {
            let output = used(&net, what, &Place::with(None, "outer"));
            assert_eq!(output.code, 0, "{what}: {output}");
        }
    }
}
