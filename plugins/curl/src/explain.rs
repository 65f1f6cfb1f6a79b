//! `--explain`: where the time of a transfer goes, step by step; `--ca-info`: the certificates of the server.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::certificate::Certificate;
use crate::operate::Shared;
use crate::write_out::Over;

/// A step, from its start to its end.
struct Step {
    name: &'static str,
    from: Duration,
    to: Duration,
}

/// Shows what was asked for, on standard error.
pub(crate) fn show(shared: &Shared, over: &Over<'_>) {
    if shared.global.explain_json {
        shared.stderr.write(format!("{}\n", as_json(over)));
        return;
    }
    let mut text = String::new();
    if shared.global.explain {
        waterfall(&mut text, over);
    }
    if shared.global.ca_info {
        chain(&mut text, over);
    }
    shared.stderr.write(text);
}

fn steps(over: &Over<'_>) -> Vec<Step> {
    let times = &over.times;
    let total = times.total;
    let mut from = times.redirects;
    let mut steps = Vec::new();
    let mut step = |name, to: Duration| {
        if !to.is_zero() && to >= from {
            steps.push(Step { name, from, to });
            from = to;
        }
    };
    step("name", times.name);
    step("tcp", times.connected);
    step("tls", times.secured);
    step("request", times.requesting);
    step("first byte", times.first_byte);
    if !times.first_byte.is_zero() || over.code == 0 {
        step("transfer", total);
    }
    steps
}

fn waterfall(text: &mut String, over: &Over<'_>) {
    const WIDTH: usize = 40;
    let info = over.info;
    let _ = writeln!(
        text,
        "{}",
        over.effective
            .map_or_else(|| over.url.to_owned(), |url| url.bare())
    );
    if let (Some(local), Some(remote)) = (info.local, info.remote) {
        let _ = writeln!(text, "  address     {remote} from {local}");
    }
    if let Some(facts) = &info.facts {
        let version = format!("{:?}", facts.version).replace("Tls1", "TLS 1.");
        let version = version.replace("Version::", "");
        let verified = if facts.verified {
            "verified"
        } else {
            "not verified"
        };
        let _ = writeln!(
            text,
            "  session     {version}, {}, {}, {verified}",
            facts.cipher_suite,
            facts.protocol.as_deref().unwrap_or("no ALPN")
        );
    }
    if info.status > 0 {
        let _ = writeln!(text, "  response    HTTP/{} {}", info.version, info.status);
    }
    let total = over.times.total.max(Duration::from_micros(1));
    for step in steps(over) {
        let place = |at: Duration| (at.as_secs_f64() / total.as_secs_f64() * WIDTH as f64) as usize;
        let (from, to) = (place(step.from).min(WIDTH), place(step.to).min(WIDTH));
        let bar = format!("{}{}", " ".repeat(from), "#".repeat((to - from).max(1)));
        let _ = writeln!(
            text,
            "  {:<11} {bar:<41} {:9.3} ms",
            step.name,
            (step.to - step.from).as_secs_f64() * 1e3
        );
    }
    let _ = writeln!(
        text,
        "  {:<11} {:<41} {:9.3} ms",
        "total",
        "",
        total.as_secs_f64() * 1e3
    );
    if over.code != 0 {
        let _ = writeln!(
            text,
            "  failed      ({}) {}",
            over.code,
            over.error.lines().next().unwrap_or_default()
        );
    }
}

fn certificates(over: &Over<'_>) -> Vec<Certificate> {
    let facts = over.info.facts.iter();
    let chain = facts.flat_map(|facts| &facts.certificates);
    chain.filter_map(|der| Certificate::read(der)).collect()
}

fn chain(text: &mut String, over: &Over<'_>) {
    let chain = certificates(over);
    if chain.is_empty() {
        text.push_str("no certificates\n");
    }
    for (index, certificate) in chain.iter().enumerate() {
        let _ = writeln!(
            text,
            "certificate {index}\n  subject     {}\n  issuer      {}\n  serial      {}\n  from        {}\n  until       {}",
            certificate.subject,
            certificate.issuer,
            certificate.serial,
            certificate.begins,
            certificate.ends
        );
        if !certificate.names.is_empty() {
            let _ = writeln!(text, "  names       {}", certificate.names.join(", "));
        }
    }
}

fn as_json(over: &Over<'_>) -> Value {
    let info = over.info;
    let milliseconds = |time: Duration| time.as_micros() as f64 / 1e3;
    let steps: Vec<Value> = steps(over)
        .iter()
        .map(|step| {
            json!({"step": step.name, "from_ms": milliseconds(step.from), "to_ms": milliseconds(step.to)})
        })
        .collect();
    let chain: Vec<Value> = certificates(over)
        .iter()
        .map(|one| {
            json!({"subject": one.subject, "issuer": one.issuer, "serial": one.serial,
                   "from": one.begins, "until": one.ends, "names": one.names})
        })
        .collect();
    json!({
        "url": over.effective.map_or_else(|| over.url.to_owned(), |url| url.bare()),
        "local": info.local.map(|local| local.to_string()),
        "remote": info.remote.map(|remote| remote.to_string()),
        "http_version": info.version,
        "status": info.status,
        "tls": info.facts.as_ref().map(|facts| json!({
            "version": format!("{:?}", facts.version),
            "cipher_suite": facts.cipher_suite,
            "key_exchange": facts.key_exchange,
            "protocol": facts.protocol,
            "verified": facts.verified,
        })),
        "certificates": chain,
        "steps": steps,
        "total_ms": milliseconds(over.times.total),
        "downloaded": over.down,
        "uploaded": over.up,
        "redirects": info.redirects,
        "exit_code": over.code,
        "error": (over.code != 0).then(|| over.error.lines().next().unwrap_or_default().to_owned()),
    })
}
