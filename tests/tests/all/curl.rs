//! curl: beside the native one, with nginx at the other end.

use std::io::{Read as _, Write as _};

use crate::case::{cases, sampled};
use nethost_tests::command::Output;
use nethost_tests::dns_lab::{AUTHORITATIVE, DnsLab};
use nethost_tests::host::{Recorded, invoke};
use nethost_tests::namespace::Namespace;
use nethost_tests::nginx::Nginx;
use nethost_tests::tls::{Authority, Validity};

cases! {
    [Netns, Program("nginx"), Program("curl")] in each way => { says_what_the_native_one_says }
    [Netns, Program("curl")] => { fails_as_the_native_one_does }
    [Netns, Program("nginx")] in each way => { a_redirect_elsewhere_needs_a_rule, is_denied }
    [Netns, Program("nginx"), Program("curl")] => { writes_the_same_files }
    [Netns, Program("named"), Program("unbound"), Program("dig"), Program("dnssec-signzone"), Program("curl")] => {
        finds_addresses_over_https,
    }
}

const SITE: &str = r#"
listen 80; listen [::]:80; client_header_timeout 1s; add_header Server-Name test;
location = /a { return 200 "hello\n"; }
location = /b { return 200 "other\n"; }
location = /empty { return 200; }
location = /echo { return 200 "$request_method|$http_host|$http_user_agent|$http_accept|$http_cookie|$args|$http_referer|$http_x|$content_type|$content_length|$http_range|$http_authorization\n"; }
location = /redirect { return 302 /a; }
location = /moved { return 301 /echo; }
location = /kept { return 307 /echo; }
location = /other { return 302 http://127.0.0.2/a; }
location = /round { return 302 /round; }
location = /cookie { add_header Set-Cookie "n=v; Path=/"; return 200 "set\n"; }
location = /none { return 404 "none\n"; }
location = /busy { return 503 "busy\n"; }
location = /file { default_type text/plain; root /etc; try_files /hostname =404; }
"#;

struct Bed {
    node: Namespace,
    files: tempfile::TempDir,
    _server: Nginx,
}

fn bed() -> Bed {
    let authority = Authority::new();
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join("ca.pem"), &authority.pem).unwrap();
    let node = Namespace::new("client");
    let server = Nginx::start(&node, &authority.issue(&["localhost"], Validity::Now), SITE);
    Bed {
        node,
        files,
        _server: server,
    }
}

fn ours(node: &Namespace, args: &str) -> Recorded {
    invoke(node, "", "curl", args).run()
}

fn native(node: &Namespace, args: &str) -> Output {
    node.command("curl").words(args).run()
}

/// Command lines of which each ends alike.
const LINES: &[&str] = &[
    "-s http://127.0.0.1/a",
    "-sS 127.0.0.1/a",
    "-sS http://[::1]/a",
    "-sS -4 http://localhost/a",
    "-sS http://127.0.0.1/a http://127.0.0.1/b",
    "-sS http://127.0.0.1/{a,b}",
    "-sS http://127.0.0.1/[a-b]",
    "-sS -g http://127.0.0.1/a",
    "-sS http://127.0.0.1/x/../a",
    "-sS --path-as-is http://127.0.0.1/x/../a",
    "-sS http://127.0.0.1/empty",
    "-sS http://127.0.0.1/echo",
    "-sS http://127.0.0.1/echo?q=1",
    "-sS -X DELETE http://127.0.0.1/echo",
    "-sS -X POST 127.0.0.1/echo -H Content-Type:application/json --data {\"key\":\"value\"}",
    "-sS -d a=b http://127.0.0.1/echo",
    "-sS -d a=b -d c=d http://127.0.0.1/echo",
    "-sS --data-raw @x http://127.0.0.1/echo",
    "-sS --data-urlencode n=a/b http://127.0.0.1/echo",
    "-sS --json {} http://127.0.0.1/echo",
    "-sS -G -d a=b http://127.0.0.1/echo",
    "-sS --url-query a=b http://127.0.0.1/echo",
    "-sS -H X:1 http://127.0.0.1/echo",
    "-sS -H User-Agent: http://127.0.0.1/echo",
    "-sS -H Accept: http://127.0.0.1/echo",
    "-sS -H Host:other http://127.0.0.1/echo",
    "-sS -A agent http://127.0.0.1/echo",
    "-sS -e http://from/ http://127.0.0.1/echo",
    "-sS -b n=v http://127.0.0.1/echo",
    "-sS -u user:pass http://127.0.0.1/echo",
    "-sS http://user:pass@127.0.0.1/echo",
    "-sS --oauth2-bearer token http://127.0.0.1/echo",
    "-sS -r 0-1 http://127.0.0.1/echo",
    "-sS --http1.0 http://127.0.0.1/echo",
    "-sS -L http://127.0.0.1/redirect",
    "-sS http://127.0.0.1/redirect -o /dev/null -w %{http_code}|%{redirect_url}|%{num_redirects}\\n",
    "-sS -L http://127.0.0.1/redirect -w %{http_code}|%{num_redirects}|%{num_connects}|%{url_effective}\\n",
    "-sS -L -d a=b http://127.0.0.1/moved",
    "-sS -L --post301 -d a=b http://127.0.0.1/moved",
    "-sS -L -d a=b http://127.0.0.1/kept",
    "-sS -L -e ;auto http://127.0.0.1/moved",
    "-sS -L --max-redirs 2 http://127.0.0.1/round",
    "-sS -f http://127.0.0.1/none",
    "-sS --fail-with-body http://127.0.0.1/none",
    "-sS http://127.0.0.1/none",
    "-sS -c - http://127.0.0.1/cookie",
    "-sS -c /dev/null http://127.0.0.1/cookie http://127.0.0.1/echo",
    "-sS -o /dev/null http://127.0.0.1/a",
    "-sS -w %{size_download}|%{content_type}|%{method}|%{scheme}|%{remote_ip}|%{remote_port}\\n http://127.0.0.1/a",
    "-sS -w %{http_version}|%{num_headers}|%{size_request}|%{exitcode}|%{urlnum}\\n http://127.0.0.1/a",
    "-sS -w %{errormsg}|%{exitcode}\\n http://127.0.0.1:1/",
    "-sS -w %{unknown} http://127.0.0.1/a",
    "-sS -x http://127.0.0.1:80 http://elsewhere.test/a",
    "-sS --resolve elsewhere.test:80:127.0.0.1 http://elsewhere.test/a",
    "-sS --connect-to ::127.0.0.1: http://elsewhere.test/a",
    "-sS --next http://127.0.0.1/a",
    "-sS http://127.0.0.1/a --next -d x=y http://127.0.0.1/echo",
    "-sS -F a=b -o /dev/null -w %{http_code}\\n http://127.0.0.1/a",
    "-sS -k https://127.0.0.1/a",
    "-sS -k --http1.1 https://127.0.0.1/a",
    "-sS -k https://127.0.0.1/a -w %{http_version}|%{scheme}\\n",
    "-sS -k --tls-max 1.2 https://127.0.0.1/a",
    "-sS -k -d a=b https://127.0.0.1/echo",
    "-sS https://127.0.0.1/a -o /dev/null",
    "-sS -m 5 --connect-timeout 5 http://127.0.0.1/a",
    "-sS --limit-rate 1M http://127.0.0.1/a",
    "-sS --max-filesize 2 http://127.0.0.1/a",
    "-sS --proto =https http://127.0.0.1/a",
    "--no-progress-meter -o /dev/null http://127.0.0.1/a",
    "-sS -G -I -d a=b -o /dev/null -w %{http_code}|%{url_effective}\\n http://127.0.0.1/a",
    "-sS --anyauth -u user:pass -d a=b http://127.0.0.1/echo",
    "-sS -H X: -H X; http://127.0.0.1/echo",
    "-sS -w %header{server-name}\\n http://127.0.0.1/a",
    "-sS telnet://127.0.0.1:80/",
    "-sS telnet://127.0.0.1:1/",
];

/// What has a date or a port of this run in it is not compared.
fn says_what_the_native_one_says() {
    let bed = bed();
    let mut different = Vec::new();
    for line in sampled(LINES) {
        let (theirs, own) = (native(&bed.node, line), ours(&bed.node, line).output);
        let told = |output: &Output| {
            let text = [&output.stdout, &output.stderr].map(|text| without_waits(text));
            (output.code, text)
        };
        if told(&theirs) != told(&own) {
            different.push(format!("{line}\n--- native {theirs}\n--- ours {own}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n\n"));
}

/// Without how long it took until a connection failed.
fn without_waits(text: &str) -> String {
    let mut parts = text.split(" after ");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown += " after ";
        shown += part.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    shown
}

/// Command lines that are wrong, or lead nowhere.
const WRONG: &[&str] = &[
    "",
    "--nope",
    "-o",
    "--max-time abc http://127.0.0.1/",
    "--fa",
    "--retry -1 http://127.0.0.1/",
    "-d a -T b http://127.0.0.1:1",
    "-I -d a http://127.0.0.1:1",
    "-F a=b -d c http://127.0.0.1:1",
    "-F nothing http://127.0.0.1:1",
    "-K /nonexistent",
    "--limit-rate 1x http://127.0.0.1:1",
    "-sS --resolve x http://127.0.0.1:1",
    "-sS mailto:a@b.invalid",
    "-sS foo://x/",
    "-sS http://",
    "-sS http://x:99999/",
    "-sS http://[::1",
    "-sS {a",
    "-sS http://x/[1-",
    "-sS http://x/[2-1]",
    "-sS http://x/a}",
    "-sS file:///nonexistent",
    "-sS --http3 http://127.0.0.1/",
    "-sS -x foo://127.0.0.1:1 http://h/",
    "--no-head",
    "--next",
    "-h nosuch",
];

fn fails_as_the_native_one_does() {
    let node = Namespace::new("client");
    let mut different = Vec::new();
    for line in WRONG {
        let (theirs, own) = (native(&node, line), ours(&node, line).output);
        let same = match line.contains("--http3") {
            // A build may have it.
            true => own.code == 2,
            false => {
                (theirs.code, &theirs.stdout, &theirs.stderr)
                    == (own.code, &own.stdout, &own.stderr)
            }
        };
        if !same {
            different.push(format!("{line}\n--- native {theirs}\n--- ours {own}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n\n"));
}

fn a_redirect_elsewhere_needs_a_rule() {
    let bed = bed();
    let line = "-sS -L http://127.0.0.1/other";
    let run = ours(&bed.node, line);
    assert_eq!(run.output.code, 7, "{}", run.output);
    assert!(
        run.output
            .stderr
            .starts_with("curl: (7) denied: tcp.connect to 127.0.0.2:80"),
        "{}",
        run.output
    );
    assert_eq!(run.output.stdout, "");
    let allowed = invoke(&bed.node, "--allow tcp.connect=127.0.0.2", "curl", line).run();
    assert_eq!(allowed.output.stdout, "hello\n", "{}", allowed.output);
}

fn is_denied() {
    let bed = bed();
    let deny = "--deny tcp.connect=127.0.0.0/8";
    let run = invoke(&bed.node, deny, "curl", "-sS http://127.0.0.1/a").run();
    assert_eq!(run.output.code, 7, "{}", run.output);
    assert_eq!(run.log.only("denied")["cap"], "tcp.connect");
    let deny = "--deny tls.unverified";
    let run = invoke(&bed.node, deny, "curl", "-sSk https://127.0.0.1/a").run();
    assert_eq!(run.output.code, 35, "{}", run.output);
    assert_eq!(run.log.only("denied")["cap"], "tls.unverified");
}

fn writes_the_same_files() {
    let bed = bed();
    for (line, name) in [
        ("-sS -o out http://127.0.0.1/a", "out"),
        ("-sS -O http://127.0.0.1/a", "a"),
        ("-sS -D heads -o out http://127.0.0.1/a", "out"),
        ("-sS -o f_#1 http://127.0.0.1/{a,b}", "f_b"),
        ("-sS --create-dirs -o new/out http://127.0.0.1/a", "new/out"),
        (
            "-sS --create-dirs -o link/a/b/out http://127.0.0.1/a",
            "real/a/b/out",
        ),
    ] {
        let (own, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in [&own, &theirs] {
            std::fs::create_dir(folder.path().join("real")).unwrap();
            std::os::unix::fs::symlink("real", folder.path().join("link")).unwrap();
        }
        let run = invoke(&bed.node, "", "curl", line)
            .with(|command| command.directory(own.path()))
            .run();
        let beside = bed
            .node
            .command("curl")
            .words(line)
            .directory(theirs.path())
            .run();
        assert_eq!(run.output.code, beside.code, "{line}: {}", run.output);
        let read = |folder: &tempfile::TempDir| std::fs::read(folder.path().join(name)).ok();
        assert_eq!(read(&own), read(&theirs), "{line}: {}", run.output);
    }
    let authority = bed.files.path().join("ca.pem");
    let line = format!("-sS --cacert {} https://localhost/a", authority.display());
    assert_eq!(ours(&bed.node, &line).output.stdout, "hello\n");
}

/// The lab's names lead to 192.0.2.80, where a server is that says `hello`.
fn finds_addresses_over_https() {
    let lab = DnsLab::start();
    lab.client().addresses("lo", &["192.0.2.80/32"]);
    let ca = lab.path("ca.pem");
    let server = format!(
        "https://ns1.example.test/dns-query --resolve ns1.example.test:443:{AUTHORITATIVE}"
    );
    let listener = lab
        .client()
        .inside(|| std::net::TcpListener::bind("192.0.2.80:8080"))
        .unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nhello\n");
        }
    });
    let allow = format!("--allow tcp.connect=192.0.2.80 --allow tcp.connect={AUTHORITATIVE}");
    for (line, code) in [
        (
            format!("--cacert {ca} --doh-url {server} http://www.example.test:8080/"),
            0,
        ),
        (
            format!("--cacert {ca} --doh-url {server} http://alias.example.test:8080/"),
            0,
        ),
        (
            format!("--doh-insecure --doh-url {server} http://www.example.test:8080/"),
            0,
        ),
        (
            format!("-k --doh-url {server} http://www.example.test:8080/"),
            6,
        ),
        (
            format!("--cacert {ca} --doh-url {server} http://missing.example.test:8080/"),
            6,
        ),
        (
            format!("--cacert {ca} --doh-url {server} -6 http://plain.example.test:8080/"),
            6,
        ),
        (
            "--doh-url http://127.0.1.3/dns-query http://www.example.test:8080/".into(),
            6,
        ),
        (
            "--doh-url https://127.0.0.9/dns-query http://www.example.test:8080/".into(),
            6,
        ),
    ] {
        let line = format!("-sS {line}");
        let run = invoke(lab.client(), &allow, "curl", &line).run();
        let native = native(lab.client(), &line);
        assert_eq!(run.output.code, code, "{line}\n{}", run.output);
        assert_eq!(native.code, code, "{line}\n{native}");
        assert_eq!(run.output.stdout, native.stdout, "{line}");
        assert_eq!(run.output.stderr, native.stderr, "{line}");
    }
    // What the server says is no grant.
    let line = format!("-sS --doh-insecure --doh-url {server} http://www.example.test:8080/");
    let allow = format!("--allow tcp.connect={AUTHORITATIVE}");
    let run = invoke(lab.client(), &allow, "curl", &line).run();
    assert_eq!(run.output.code, 7, "{}", run.output);
    let denied = run.log.only("denied");
    assert_eq!(denied["cap"], "tcp.connect");
    assert_eq!(denied["target"]["resolved"], "192.0.2.80:8080");
}
