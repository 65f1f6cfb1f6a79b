//! curl and FTP: beside the native one, with vsftpd at the other end.

use crate::case::cases;
use nethost_tests::command::{Output, Running};
use nethost_tests::host::{Recorded, invoke};
use nethost_tests::namespace::Namespace;
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

cases! {
    [Netns, Program("vsftpd"), Program("curl")] => {
        transfers_what_the_native_one_does,
        stores_what_the_native_one_does,
        one_control_connection_serves_several_urls,
        the_server_may_connect_back_only_where_that_is_allowed,
    }
}

struct Bed {
    node: Namespace,
    site: TempDir,
    _server: Running,
    _files: TempDir,
}

fn bed() -> Bed {
    let (site, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let put = |name: &str, text: &str| std::fs::write(site.path().join(name), text).unwrap();
    std::fs::create_dir(site.path().join("sub")).unwrap();
    put("a", "0123456789\n");
    put("sub/b", "below\n");
    put("text", "one\ntwo\n");
    put("empty", "");
    let configuration = files.path().join("vsftpd.conf");
    std::fs::write(
        &configuration,
        format!(
            "listen=NO\nlisten_ipv6=YES\nbackground=NO\nanonymous_enable=YES\nftp_username=root\n\
             anon_root={}\nrun_as_launching_user=YES\nallow_writeable_chroot=YES\nwrite_enable=YES\n\
             anon_upload_enable=YES\nanon_mkdir_write_enable=YES\nanon_other_write_enable=YES\n\
             anon_umask=022\nseccomp_sandbox=NO\nuse_localtime=NO\nascii_download_enable=YES\n\
             ascii_upload_enable=YES\nconnect_from_port_20=NO\nsecure_chroot_dir={}\n",
            site.path().display(),
            files.path().display()
        ),
    )
    .unwrap();
    let node = Namespace::new("client");
    let server = node.command("vsftpd").arg(&configuration).spawn();
    for _ in 0..500 {
        if node
            .inside(|| TcpStream::connect(("127.0.0.1", 21)))
            .is_ok()
        {
            return Bed {
                node,
                site,
                _server: server,
                _files: files,
            };
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("vsftpd does not listen: {}", server.finish());
}

fn ours(node: &Namespace, args: &str) -> Recorded {
    invoke(node, "", "curl", args).run()
}

fn native(node: &Namespace, args: &str) -> Output {
    node.command("curl").words(args).run()
}

/// Command lines of which each ends alike.
const LINES: &[&str] = &[
    "-sS ftp://127.0.0.1/a",
    "-sS ftp://[::1]/a",
    "-sS ftp://127.0.0.1/a ftp://127.0.0.1/sub/b ftp://127.0.0.1/text",
    "-sS ftp://127.0.0.1/sub/b ftp://127.0.0.1/sub/b",
    "-sS -l ftp://127.0.0.1/",
    "-sS -l ftp://127.0.0.1/sub/",
    "-sS --ftp-method nocwd ftp://127.0.0.1/sub/b",
    "-sS --ftp-method singlecwd ftp://127.0.0.1/sub/b",
    "-sS --disable-epsv ftp://127.0.0.1/a",
    "-sS -P - ftp://127.0.0.1/a",
    "-sS -P - ftp://[::1]/a",
    "-sS -P 127.0.0.1 --disable-eprt ftp://127.0.0.1/a",
    "-sS -P - -l ftp://127.0.0.1/sub/",
    "-sS -r 2-4 ftp://127.0.0.1/a",
    "-sS -r -4 ftp://127.0.0.1/a",
    "-sS -r 7- ftp://127.0.0.1/a",
    "-sS -C 5 ftp://127.0.0.1/a",
    "-sS -C 500 ftp://127.0.0.1/a",
    "-sS -B ftp://127.0.0.1/text",
    "-sS ftp://127.0.0.1/text;type=a",
    "-sS ftp://127.0.0.1/empty",
    "-sS -I ftp://127.0.0.1/text;type=i -o /dev/null -w %{exitcode}\\n",
    "-sS ftp://127.0.0.1/none",
    "-sS ftp://127.0.0.1/none/a",
    "-sS ftp://127.0.0.1/none ftp://127.0.0.1/a",
    "-sS ftp://nobody:wrong@127.0.0.1/a",
    "-sS -Q NOSUCH ftp://127.0.0.1/a",
    "-sS -Q *NOSUCH ftp://127.0.0.1/a",
    "-sS --max-filesize 3 ftp://127.0.0.1/a",
    "-sS -w %{response_code}|%{size_download}|%{num_connects}|%{ftp_entry_path}\\n ftp://127.0.0.1/a",
    "-sS --ssl-reqd ftp://127.0.0.1/a -o /dev/null -w %{exitcode}\\n",
    "-sS ftp://127.0.0.1:1/a -o /dev/null -w %{exitcode}\\n",
];

fn transfers_what_the_native_one_does() {
    let bed = bed();
    let mut different = Vec::new();
    for line in LINES {
        let (theirs, own) = (native(&bed.node, line), ours(&bed.node, line).output);
        let stderr = !line.contains("-w %{exitcode}");
        let told = |output: &Output| {
            let text = Some(output.stderr.clone()).filter(|_| stderr);
            (output.code, output.stdout.clone(), text)
        };
        if told(&theirs) != told(&own) {
            different.push(format!("{line}\n--- native {theirs}\n--- ours {own}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n\n"));
}

fn stores_what_the_native_one_does() {
    let bed = bed();
    let here = tempfile::tempdir().unwrap();
    std::fs::write(here.path().join("up"), "first\nsecond\n").unwrap();
    let stored = |name: &str| -> Option<Vec<u8>> {
        let path = bed.site.path().join(name);
        let bytes = std::fs::read(&path).ok();
        let _ = std::fs::remove_file(path);
        bytes
    };
    for (line, name) in [
        ("-sS -T up ftp://127.0.0.1/", "up"),
        ("-sS -T up ftp://127.0.0.1/other", "other"),
        ("-sS -T up -P - ftp://127.0.0.1/sub/", "sub/up"),
        (
            "-sS --ftp-create-dirs -T up ftp://[::1]/new/deep/x",
            "new/deep/x",
        ),
        (
            "-sS -T up ftp://127.0.0.1/twice -T up -a ftp://127.0.0.1/twice",
            "twice",
        ),
        ("-sS -T up ftp://127.0.0.1/none/x", "none/x"),
    ] {
        let theirs = bed
            .node
            .command("curl")
            .words(line)
            .directory(here.path())
            .run();
        let expected = stored(name);
        let own = invoke(&bed.node, "", "curl", line)
            .with(|command| command.directory(here.path()))
            .run()
            .output;
        let found = stored(name);
        let told = |output: &Output| (output.code, output.stdout.clone(), output.stderr.clone());
        assert_eq!(
            told(&own),
            told(&theirs),
            "{line}\n--- native {theirs}\n--- ours {own}"
        );
        assert_eq!(found, expected, "{line}");
    }
    assert!(Path::new(bed.site.path()).join("a").exists());
}

fn one_control_connection_serves_several_urls() {
    let bed = bed();
    let line = "-sS -w %{num_connects}\\n ftp://127.0.0.1/empty ftp://127.0.0.1/none ftp://127.0.0.1/empty";
    let (theirs, own) = (native(&bed.node, line), ours(&bed.node, line).output);
    assert_eq!(own.stdout, theirs.stdout, "{own}\n{theirs}");
}

fn the_server_may_connect_back_only_where_that_is_allowed() {
    let bed = bed();
    let line = "-sS -P - ftp://127.0.0.1/a";
    let run = invoke(&bed.node, "--deny tcp.listen", "curl", line).run();
    assert_eq!(run.output.code, 30, "{}", run.output);
    assert_eq!(run.log.only("denied")["cap"], "tcp.listen");
    assert!(
        run.output
            .stderr
            .starts_with("curl: (30) denied: tcp.listen"),
        "{}",
        run.output
    );
}
