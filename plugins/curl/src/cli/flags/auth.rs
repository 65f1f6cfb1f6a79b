//! Who asks: passwords, tokens and the like.

use super::{Flag, NO_LETTER};
use crate::settings::Netrc;

/// The options.
pub(super) static FLAGS: &[Flag] = &[
    Flag::set(
        NO_LETTER,
        "anyauth",
        "",
        "Pick any authentication method",
        "auth http proxy",
        |p, on| {
            p.op().schemes.any = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "basic",
        "",
        "Use HTTP Basic Authentication",
        "auth",
        |p, on| {
            p.op().schemes.basic = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "digest",
        "",
        "Use HTTP Digest Authentication",
        "auth http proxy",
        |p, on| {
            p.op().schemes.digest = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "disallow-username-in-url",
        "",
        "Disallow username in URL",
        "curl http",
        |p, on| {
            p.op().no_user_in_url = on;
        },
    ),
    Flag::set(
        'n',
        "netrc",
        "",
        "Must read .netrc for user name and password",
        "curl",
        |p, on| {
            p.op().netrc = if on { Netrc::Required } else { Netrc::No };
        },
    ),
    Flag::text(
        NO_LETTER,
        "netrc-file",
        "<filename>",
        "Specify FILE for netrc",
        "curl",
        |p, v| {
            p.op().netrc_file = Some(v);
            if p.op().netrc == Netrc::No {
                p.op().netrc = Netrc::Required;
            }
        },
    ),
    Flag::set(
        NO_LETTER,
        "netrc-optional",
        "",
        "Use either .netrc or URL",
        "curl",
        |p, on| {
            p.op().netrc = if on { Netrc::Optional } else { Netrc::No };
        },
    ),
    Flag::text(
        NO_LETTER,
        "oauth2-bearer",
        "<token>",
        "OAuth 2 Bearer Token",
        "auth",
        |p, v| {
            p.op().bearer = Some(v);
            p.op().schemes.bearer = true;
        },
    ),
    Flag::set(
        NO_LETTER,
        "proxy-anyauth",
        "",
        "Pick any proxy authentication method",
        "auth proxy",
        |p, on| {
            p.op().proxy_schemes.any = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "proxy-basic",
        "",
        "Use Basic authentication on the proxy",
        "auth proxy",
        |p, on| {
            p.op().proxy_schemes.basic = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "proxy-digest",
        "",
        "Use Digest authentication on the proxy",
        "proxy tls",
        |p, on| {
            p.op().proxy_schemes.digest = on;
        },
    ),
    Flag::text(
        'U',
        "proxy-user",
        "<user:password>",
        "Proxy user and password",
        "auth proxy",
        |p, v| {
            p.op().proxy_user = Some(v);
        },
    ),
    Flag::text(
        'u',
        "user",
        "<user:password>",
        "Server user and password",
        "auth important",
        |p, v| {
            p.op().user = Some(v);
        },
    ),
];
