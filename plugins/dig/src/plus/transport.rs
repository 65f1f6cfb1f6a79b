//! Options about the way that queries go.

use nethost_sdk::Exit;

use super::Plus;
use crate::arguments::Parser;
use crate::lookup::{Http, Lookup};

pub(super) fn https(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    l.https = None;
    if !plus.on {
        return Ok(());
    }
    if !l.tcp_set {
        l.tcp = true;
    }
    let path = plus.value.unwrap_or("/dns-query");
    let valid = path.starts_with('/') && path.bytes().all(|b| (b'!'..=b'~').contains(&b));
    if !valid {
        let mut refusal = plus.invalid();
        let words = format!(";; The given HTTP path \"{path}\" is not a valid absolute path\n");
        refusal.stderr.insert_str(0, &words);
        return Err(refusal);
    }
    l.https = Some(Http {
        path: path.to_owned(),
        get: plus.name.ends_with("-get"),
        plain: plus.name.starts_with("http-plain"),
    });
    Ok(())
}

pub(super) fn tcp(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    if !p.in_batch {
        l.tcp = plus.on;
        l.tcp_set = true;
    }
    Ok(())
}

pub(super) fn tls(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    if !l.tcp_set {
        l.tcp = plus.on;
    }
    let given = plus.value.filter(|_| plus.on).map(str::to_owned);
    let missing = |what: &str| {
        let mut refusal = plus.invalid();
        refusal
            .stderr
            .insert_str(0, &format!(";; TLS {what} is not specified\n"));
        refusal
    };
    let named = |what: &str| match (plus.on, &given) {
        (true, None) => Err(missing(what)),
        _ => Ok(given.clone()),
    };
    if plus.name != "tls" && plus.on {
        l.tls.verify = true;
    }
    match plus.name {
        "tls-ca" => {
            l.tls.verify = plus.on;
            l.tls.ca_file = given;
        }
        "tls-certfile" => l.tls.certificate_file = named("certificate file")?,
        "tls-hostname" => l.tls.hostname = named("hostname")?,
        "tls-keyfile" => l.tls.key_file = named("private key file")?,
        // A pin is proof enough by itself (RFC 8310 section 6.2); roots come with +tls-ca.
        "tls-pin" => match named("pin")? {
            Some(pin) => {
                l.tls.on = true;
                l.tls.verify = l.tls.ca_file.is_some();
                l.tls.pins.push(pin);
            }
            None => l.tls.pins.clear(),
        },
        _ => l.tls.on = plus.on,
    }
    Ok(())
}
