//! `nethost report`: pages of real runs in a real browser, and metrics.

use crate::case::cases;
use nethost_tests::command::{Command, Output};
use nethost_tests::dns::{NameServer, Zone};
use nethost_tests::host::{nethost, nethost_here};
use nethost_tests::topology::{SERVER, Topology};
use std::path::Path;
use std::time::Duration;

cases! {
    first round;
    [Netns, Program("chromium"), Program("pdftotext")] => {
        a_browser_shows_all_of_it,
        a_browser_runs_nothing_of_an_input,
    }
    [Netns] => { metrics_of_a_run_are_put_in_place_at_once }
    [] => { bad_input_is_named_and_standard_input_is_read }
}

/// A folder with what tools printed.
struct Site {
    net: Topology,
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        Self {
            net: Topology::line(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn record(&self, name: &str, words: &str) {
        let command = nethost(self.net.client()).words("--audit /dev/null");
        let output = command.words(words).run();
        std::fs::write(self.folder.path().join(name), &output.stdout).unwrap();
    }

    fn report(&self, words: &str) -> Output {
        report_in(self.folder.path(), words)
    }

    fn chromium(&self, words: &str) -> Output {
        let page = format!("file://{}/page.html", self.folder.path().display());
        let folder = self.folder.path().join("profile");
        let command = Command::new("chromium").directory(self.folder.path());
        let command = command.words("--no-sandbox --headless --disable-gpu --no-pdf-header-footer");
        let command = command.arg(format!("--user-data-dir={}", folder.display()));
        command
            .words(words)
            .arg(page)
            .patience(Duration::from_secs(60))
            .succeed()
    }
}

fn report_in(folder: &Path, words: &str) -> Output {
    nethost_here()
        .directory(folder)
        .words("report")
        .words(words)
        .run()
}

fn a_browser_shows_all_of_it() {
    let site = Site::new();
    site.record(
        "ping.jsonl",
        &format!("ping -n -c 12 -i 0.02 {SERVER} --json"),
    );
    site.record("lost.jsonl", "ping -n -c 3 -i 0.02 -W 0.1 10.0.1.77 --json");
    site.record("path.json", &format!("traceroute -n {SERVER} --json"));
    site.record("mtr.json", &format!("mtr -n -c 2 -i 0.1 --json {SERVER}"));
    let _server = NameServer::start(site.net.client(), Zone::default());
    site.record(
        "dns.jsonl",
        "dig @127.0.0.1 +tries=1 +time=5 --json a.test b.test AAAA c.test",
    );
    site.record("sockets.jsonl", "ss -an --json");
    site.record(
        "scan.jsonl",
        &format!("nmap -sT -Pn -n -p 1-9 {SERVER} --json"),
    );
    site.record("links.json", "ip --json addr");
    let files =
        "ping.jsonl lost.jsonl path.json mtr.json dns.jsonl sockets.jsonl scan.jsonl links.json";
    let made = site.report(&format!("{files} -o page.html --title Measured"));
    assert_eq!(
        (made.code, &*made.stdout, &*made.stderr),
        (0, "", ""),
        "{made}"
    );
    let dom = site.chromium("--dump-dom").stdout;
    for part in [
        "<title>Measured</title>".to_owned(),
        format!("<h2>ping {SERVER}</h2>"),
        format!("<h2>traceroute to {SERVER}</h2>"),
        format!("<h2>mtr to {SERVER}</h2>"),
        "<h2>DNS queries</h2>".to_owned(),
        "<h2>Sockets</h2>".to_owned(),
        "<h2>Scan</h2>".to_owned(),
        "<h2>Values</h2>".to_owned(),
        "<dt>replies</dt><dd>3</dd>".to_owned(),
        "<line class=\"stem\"".to_owned(),
        "<line class=\"lost\"".to_owned(),
        "<polyline class=\"line\" points=\"".to_owned(),
    ] {
        assert!(dom.contains(&part), "{part}\n{dom}");
    }
    assert!(!dom.contains("<script"), "{dom}");
    site.chromium("--print-to-pdf=page.pdf");
    // Each text of the page is on paper, and within it.
    let text = |words: &str| {
        let command = Command::new("pdftotext").directory(site.folder.path());
        command.words(words).succeed().stdout
    };
    let without_blanks = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    let shown = without_blanks(&text("-raw page.pdf -"));
    let html = std::fs::read_to_string(site.folder.path().join("page.html")).unwrap();
    for tag in ["h1", "h2", "dt", "dd", "th", "figcaption"] {
        let begin = format!("<{tag}>");
        let texts = html.split(&begin).skip(1);
        for inside in texts.map(|rest| rest.split('<').next().unwrap()) {
            let wanted = without_blanks(&unescaped(inside));
            assert!(shown.contains(&wanted), "{tag} {inside:?}\n{shown}");
        }
    }
    let boxes = text("-bbox page.pdf -");
    let number = |line: &str, name: &str| -> f64 {
        let rest = line.split(&format!("{name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let mut width = 0.0;
    let mut words = 0;
    for line in boxes.lines() {
        if line.contains("<page ") {
            width = number(line, "width");
        } else if line.contains("<word ") {
            words += 1;
            let (left, right) = (number(line, "xMin"), number(line, "xMax"));
            assert!(left >= 0.0 && right <= width, "{line} of {width}");
        }
    }
    assert!(words > 100, "{words}");
}

fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, character);
    }
    text
}

fn a_browser_runs_nothing_of_an_input() {
    let site = Site::new();
    let attack = "<script>document.title='run'</script><img src=x onerror=\\\"document.title='run'\\\">\\u202e";
    let line = format!(
        "{{\"event\":\"start\",\"host\":\"{attack}\",\"address\":\"{attack}\",\"pattern\":\"\"}}\n"
    );
    std::fs::write(site.folder.path().join("hostile.jsonl"), line).unwrap();
    let made = site
        .report("hostile.jsonl -o page.html --title </title><script>document.title='run'</script>");
    assert_eq!(made.code, 0, "{made}");
    let dom = site.chromium("--dump-dom").stdout;
    assert!(!dom.contains("<script") && !dom.contains("<img"), "{dom}");
    assert!(
        !dom.contains("<title>run</title>") && !dom.contains('\u{202e}'),
        "{dom}"
    );
    assert!(dom.contains("&lt;script&gt;"), "{dom}");
}

fn metrics_of_a_run_are_put_in_place_at_once() {
    let site = Site::new();
    site.record(
        "ping.jsonl",
        &format!("ping -n -c 3 -i 0.02 {SERVER} --json"),
    );
    std::fs::write(site.folder.path().join("nethost.prom"), "old").unwrap();
    let old = std::fs::File::open(site.folder.path().join("nethost.prom")).unwrap();
    let made = site.report("ping.jsonl --openmetrics nethost.prom");
    assert_eq!(
        (made.code, &*made.stdout, &*made.stderr),
        (0, "", ""),
        "{made}"
    );
    let metrics = std::fs::read_to_string(site.folder.path().join("nethost.prom")).unwrap();
    for line in [
        format!("nethost_ping_transmitted_packets{{host=\"{SERVER}\"}} 3"),
        format!("nethost_ping_loss_ratio{{host=\"{SERVER}\"}} 0"),
        "# EOF".to_owned(),
    ] {
        assert!(
            metrics.lines().any(|other| other == line),
            "{line}\n{metrics}"
        );
    }
    // Who reads the old file goes on reading it, and nothing else is left in the folder.
    assert_eq!(std::io::read_to_string(old).unwrap(), "old");
    assert_eq!(std::fs::read_dir(site.folder.path()).unwrap().count(), 2);
    let hidden = site.report("ping.jsonl --redact --openmetrics /dev/stdout");
    assert!(hidden.stdout.contains("{host=\"ipv4-1\"} 3\n"), "{hidden}");
    assert!(!hidden.stdout.contains(SERVER), "{hidden}");
}

fn bad_input_is_named_and_standard_input_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("text"), "PING x\u{1b}[2J\n").unwrap();
    std::fs::write(folder.path().join("empty"), "").unwrap();
    for (words, told) in [
        ("text", "nethost: text: it is no stream of JSON: "),
        ("empty", "nethost: empty: it is empty\n"),
        ("nowhere", "nethost: nowhere: No such file or directory"),
        (". ", "nethost: .: Is a directory"),
    ] {
        let output = report_in(folder.path(), words);
        assert_eq!(
            (output.code, output.stderr.lines().count()),
            (2, 1),
            "{output}"
        );
        assert!(output.stderr.starts_with(told), "{output}");
    }
    let command = nethost_here()
        .words("report -")
        .stdin("{\"a\":\"<b>\"}\nnoise\n");
    let output = command.succeed();
    assert!(output.stdout.contains("<td>&lt;b&gt;</td>"), "{output}");
    assert!(
        output
            .stdout
            .contains("<dt>lines that are no JSON</dt><dd>1</dd>"),
        "{output}"
    );
}
