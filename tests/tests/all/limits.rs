//! A plugin that loops, allocates, hoards or fails harms only itself.

use crate::case::cases;
use crate::probes::{
    ALLOCATES, BUSY_LOOP, FLOODS, MANY_HANDLES, OPENS_WITHOUT_END, PANICS, Probe, STD_NET, WAITS,
};
use nethost_tests::command::Output;
use nethost_tests::component::File;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::topology::{SERVER, Topology};
use nix::sys::signal::Signal;
use std::time::Duration;

cases! {
    [Netns] in each way => { handles_are_bounded, signals_reach_the_plugin, a_policy_lowers_every_limit }
    [Netns] => {
        a_loop_is_stopped,
        a_loop_is_interrupted,
        memory_is_bounded,
        a_panic_is_one_plain_message,
        a_flood_that_is_answered_at_once_is_no_loop,
        what_is_allowed_does_not_flood_the_log,
    }
}

fn run(options: &str, probe: Probe, args: &str) -> Output {
    let net = Topology::line();
    // Ten seconds of processor time take longer on a busy machine.
    let run = invoke(net.client(), options, probe.path(), args)
        .with(|command| command.patience(Duration::from_secs(180)))
        .run();
    assert_ne!(run.output.code, 0, "{}", run.output);
    assert!(
        !run.output.stderr.contains("wasm backtrace"),
        "{}",
        run.output
    );
    let end = run.log.only("run-end");
    assert_eq!(end["exit"], run.output.code, "{end}");
    run.output
}

fn a_loop_is_stopped() {
    let output = run("", BUSY_LOOP, "");
    assert!(
        output
            .stderr
            .contains("busy_loop was stopped: it computed for 10 s "),
        "{output}"
    );
}

fn a_loop_is_interrupted() {
    let net = Topology::alone();
    let command = nethost(net.client())
        .words("run --audit /dev/null")
        .arg(BUSY_LOOP.path());
    let running = command.patience(Duration::from_secs(20)).spawn();
    running.expect("looping");
    running.signal(Signal::SIGINT);
    // As a native tool that SIGINT ends: a shell's 128 + 2, and not a word.
    let output = running.finish();
    assert_eq!(
        (output.code, &output.stderr[..]),
        (128 + Signal::SIGINT as i32, ""),
        "{output}"
    );
}

fn memory_is_bounded() {
    let output = run("", ALLOCATES, "");
    assert!(output.stderr.contains("MiB of memory"), "{output}");
    assert!(
        output.peak_kib < 800 << 10,
        "{} KiB: {output}",
        output.peak_kib
    );
}

fn handles_are_bounded() {
    let output = run("--allow udp.exchange", MANY_HANDLES, SERVER);
    let told = "stopped: it opened more than 1024 handles at once";
    assert!(output.stderr.contains(told), "{output}");
    assert!(
        output.peak_kib < 300 << 10,
        "{} KiB: {output}",
        output.peak_kib
    );
}

fn a_panic_is_one_plain_message() {
    let output = run("", PANICS, "");
    assert!(
        output.stderr.contains("the plugin's own mistake"),
        "{output}"
    );
    assert!(
        output.stderr.contains("panics"),
        "does not name the plugin: {output}"
    );
}

fn signals_reach_the_plugin() {
    let net = Topology::alone();
    let start = |args: &str| {
        let command = nethost(net.client())
            .words("run --audit /dev/null")
            .arg(WAITS.path())
            .words(args);
        let running = command.patience(Duration::from_secs(20)).spawn();
        running.expect("ready");
        // It is about to wait for signals. One that comes before ends it.
        std::thread::sleep(Duration::from_millis(300));
        running
    };
    let running = start("");
    running.signal(Signal::SIGQUIT);
    running.expect("quit");
    running.signal(Signal::SIGINT);
    let output = running.finish();
    assert_eq!(
        (output.code, output.stdout.ends_with("interrupt\n")),
        (7, true),
        "{output}"
    );
    // It does not wait for this one.
    let running = start("");
    running.signal(Signal::SIGTERM);
    let output = running.finish();
    let killed = 128 + Signal::SIGTERM as i32;
    assert_eq!((output.code, &*output.stderr), (killed, ""), "{output}");

    let running = start("stubborn");
    running.signal(Signal::SIGINT);
    running.expect("stays");
    running.signal(Signal::SIGINT);
    assert_ne!(running.finish().code, 0);
}

fn what_is_allowed_does_not_flood_the_log() {
    let net = Topology::alone();
    let policy = File::new("policy.toml", b"version = 1\n[limits]\nopens = 30\n");
    let options = format!("--policy {} --allow udp.exchange", policy.path().display());
    let plugin = OPENS_WITHOUT_END.path();
    let run = invoke(net.client(), &options, plugin, "127.0.0.1 3000").run();
    assert_eq!(run.output.code, 0, "{}", run.output);
    let told = "opened 30, then denied capability=\"udp.exchange\" target=\"127.0.0.1:9\" rule=\"opens = 30 of an hour are used up\"";
    assert!(run.output.stdout.contains(told), "{}", run.output);
    assert_eq!(run.log.of("open").len(), 30);
    // What follows is counted, after the first thousand.
    assert_eq!(run.log.of("denied").len(), 1000);
    let rule = &run.log.of("denied")[0]["policy"]["rule"];
    assert_eq!(rule, "opens = 30 of an hour are used up");
    assert_eq!(run.log.only("run-end")["unrecorded_denials"], 1970);
}

fn a_policy_lowers_every_limit() {
    let lowered = [
        (
            ALLOCATES,
            "",
            "memory = \"32 MiB\"",
            "more than 32 MiB of memory",
        ),
        (
            BUSY_LOOP,
            "",
            "busy = \"300ms\"",
            "it computed for 300 ms without waiting, writing or receiving",
        ),
        (
            BUSY_LOOP,
            "",
            "cpu = \"300ms\"",
            "it used more than 300 ms of processor time",
        ),
        (
            BUSY_LOOP,
            "",
            "time = \"300ms\"",
            "it ran for more than 300 ms",
        ),
        (WAITS, "", "time = \"300ms\"", "it ran for more than 300 ms"),
        (
            MANY_HANDLES,
            SERVER,
            "handles = 20",
            "it opened more than 20 handles",
        ),
        (
            MANY_HANDLES,
            SERVER,
            "descriptors = 40",
            "it needed more than 40 file descriptors",
        ),
        (
            STD_NET,
            "many 0.0.0.0:0",
            "descriptors = 40",
            "it needed more than 40 file descriptors",
        ),
        (
            FLOODS,
            "",
            "output = \"64 KiB\"",
            "it wrote more than 64 KiB a second",
        ),
    ];
    let net = Topology::alone();
    net.client().addresses("lo", &["10.0.3.2/32"]);
    for (probe, args, limit, told) in lowered {
        for place in [
            "[limits]\nLIMIT\n",
            "[[plugin]]\nname = \"*\"\nlimits = { LIMIT }\n",
        ] {
            let policy = tempfile::NamedTempFile::new().unwrap();
            let rules = "[[plugin]]\nname = \"*\"\nallow = [{ cap = \"*\" }]\n";
            let text = format!("version = 1\n{}{rules}", place.replace("LIMIT", limit));
            std::fs::write(policy.path(), text).unwrap();
            let options = format!("--policy {}", policy.path().display());
            let run = invoke(net.client(), &options, probe.path(), args).run();
            assert_eq!(run.output.code, 2, "{limit}: {}", run.output.stderr);
            assert!(
                run.output.stderr.contains(told),
                "{limit}: {}",
                run.output.stderr
            );
            let stopped = &run.log.only("run-end")["stopped"];
            assert!(
                stopped.as_str().is_some_and(|why| why.contains(told)),
                "{limit}: {stopped}"
            );
            assert!(run.output.elapsed < Duration::from_secs(10), "{limit}");
        }
    }
}

/// Over the loopback interface each reply is there before ping could wait for it.
fn a_flood_that_is_answered_at_once_is_no_loop() {
    let net = Topology::alone();
    let policy = tempfile::NamedTempFile::new().unwrap();
    let text = "version = 1\n[limits]\nbusy = \"500ms\"\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"*\" }]\n";
    std::fs::write(policy.path(), text).unwrap();
    let output = nethost(net.client())
        .words("run --audit /dev/null --policy")
        .arg(policy.path())
        .words("ping -q -f -c 100000 127.0.0.1")
        .patience(Duration::from_secs(60))
        .run();
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output.stdout.contains("100000 received, 0% packet loss"),
        "{output}"
    );
}
