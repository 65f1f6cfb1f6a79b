//! HTTP: what is asked for, and what is sent.

use super::{Flag, NO_LETTER};
use crate::cli::{data, number};
use crate::settings::HttpVersion;

/// The options.
pub(super) static FLAGS: &[Flag] = &[
    Flag::set(
        NO_LETTER,
        "compressed",
        "",
        "Request compressed response",
        "http",
        |p, on| {
            p.op().compressed = on;
        },
    ),
    Flag::value(
        'C',
        "continue-at",
        "<offset>",
        "Resumed transfer offset",
        "connection",
        |p, v| {
            p.op().resume = number::resume(v)?;
            p.check_resume()
        },
    ),
    Flag::text(
        'b',
        "cookie",
        "<data|filename>",
        "Send cookies from string/file",
        "http",
        |p, v| {
            data::cookie(p, v);
        },
    ),
    Flag::text(
        'c',
        "cookie-jar",
        "<filename>",
        "Write cookies to <filename> after operation",
        "http",
        |p, v| {
            p.op().cookie_jar = Some(v);
        },
    ),
    Flag::value(
        'd',
        "data",
        "<data>",
        "HTTP POST data",
        "http post upload important",
        |p, v| data::add(p, v, data::Kind::Ascii),
    ),
    Flag::value(
        NO_LETTER,
        "data-ascii",
        "<data>",
        "HTTP POST ASCII data",
        "http post upload",
        |p, v| data::add(p, v, data::Kind::Ascii),
    ),
    Flag::value(
        NO_LETTER,
        "data-binary",
        "<data>",
        "HTTP POST binary data",
        "http post upload",
        |p, v| data::add(p, v, data::Kind::Binary),
    ),
    Flag::value(
        NO_LETTER,
        "data-raw",
        "<data>",
        "HTTP POST data, '@' allowed",
        "http post upload",
        |p, v| data::add(p, v, data::Kind::Raw),
    ),
    Flag::value(
        NO_LETTER,
        "data-urlencode",
        "<data>",
        "HTTP POST data URL encoded",
        "http post upload",
        |p, v| data::add(p, v, data::Kind::Encoded),
    ),
    Flag::value(
        NO_LETTER,
        "etag-compare",
        "<file>",
        "Pass an ETag from a file as a custom header",
        "http",
        |p, v| {
            p.op().etag_compare = Some(v.to_owned());
            p.check_etags()
        },
    ),
    Flag::value(
        NO_LETTER,
        "etag-save",
        "<file>",
        "Parse ETag from a request and save it to a file",
        "http",
        |p, v| {
            p.op().etag_save = Some(v.to_owned());
            p.check_etags()
        },
    ),
    Flag::value(
        NO_LETTER,
        "expect100-timeout",
        "<seconds>",
        "How long to wait for 100-continue",
        "http",
        |p, v| {
            p.op().expect100 = Some(number::seconds(v)?);
            Ok(())
        },
    ),
    Flag::set(
        NO_LETTER,
        "follow",
        "",
        "Follow redirects per spec",
        "",
        |p, on| {
            if on && p.op().follow && !p.op().follow_by_rule {
                p.warn("--follow overrides --location");
            }
            p.op().follow = on;
            p.op().follow_by_rule = on;
        },
    ),
    Flag::value(
        'F',
        "form",
        "<name=content>",
        "Specify multipart MIME data",
        "http upload",
        |p, v| data::form(p, v, false),
    ),
    Flag::set(
        NO_LETTER,
        "form-escape",
        "",
        "Escape multipart form field/file names using backslash",
        "http upload",
        |p, on| {
            p.op().form_escape = on;
        },
    ),
    Flag::value(
        NO_LETTER,
        "form-string",
        "<name=string>",
        "Specify multipart MIME data",
        "http upload",
        |p, v| data::form(p, v, true),
    ),
    Flag::set(
        'G',
        "get",
        "",
        "Put the post data in the URL and use GET",
        "http upload",
        |p, on| {
            p.op().use_get = on;
        },
    ),
    Flag::text(
        NO_LETTER,
        "haproxy-clientip",
        "<ip>",
        "Set address in HAProxy PROXY",
        "",
        |p, v| {
            p.op().haproxy = true;
            p.op().haproxy_ip = Some(v);
        },
    ),
    Flag::set(
        NO_LETTER,
        "haproxy-protocol",
        "",
        "Send HAProxy PROXY protocol v1 header",
        "http proxy",
        |p, on| {
            p.op().haproxy = on;
        },
    ),
    Flag::check(
        'I',
        "head",
        "",
        "Show document info only",
        "file ftp http",
        data::head,
    ),
    Flag::value(
        'H',
        "header",
        "<header/@file>",
        "Pass custom header(s) to server",
        "http imap smtp",
        |p, v| data::header(p, v, false),
    ),
    Flag::set(
        NO_LETTER,
        "http0.9",
        "",
        "Allow HTTP 0.9 responses",
        "http",
        |p, on| {
            p.op().http09 = on;
        },
    ),
    Flag::set('0', "http1.0", "", "Use HTTP 1.0", "http", |p, on| {
        p.http(on, HttpVersion::V1_0);
    }),
    Flag::set(NO_LETTER, "http1.1", "", "Use HTTP 1.1", "http", |p, on| {
        p.http(on, HttpVersion::V1_1);
    }),
    Flag::set(NO_LETTER, "http2", "", "Use HTTP 2", "http", |p, on| {
        p.http(on, HttpVersion::V2);
    }),
    Flag::set(
        NO_LETTER,
        "http2-prior-knowledge",
        "",
        "Use HTTP 2 without HTTP/1.1 Upgrade",
        "http",
        |p, on| {
            p.http(on, HttpVersion::V2PriorKnowledge);
        },
    ),
    Flag::set(
        NO_LETTER,
        "ignore-content-length",
        "",
        "Ignore the size of the remote resource",
        "ftp http",
        |p, on| {
            p.op().ignore_length = on;
        },
    ),
    Flag::value(
        NO_LETTER,
        "json",
        "<data>",
        "HTTP POST JSON",
        "http post upload",
        |p, v| data::add(p, v, data::Kind::Json),
    ),
    Flag::set(
        'j',
        "junk-session-cookies",
        "",
        "Ignore session cookies read from file",
        "http",
        |p, on| {
            p.op().junk_session = on;
        },
    ),
    Flag::set('L', "location", "", "Follow redirects", "http", |p, on| {
        if on && p.op().follow_by_rule {
            p.warn("--location overrides --follow");
        }
        p.op().follow = on;
        p.op().follow_by_rule = false;
    }),
    Flag::set(
        NO_LETTER,
        "location-trusted",
        "",
        "Like --location, and send auth to other hosts",
        "auth http",
        |p, on| {
            p.op().follow = on;
            p.op().trusted = on;
        },
    ),
    Flag::value(
        NO_LETTER,
        "max-redirs",
        "<num>",
        "Maximum number of redirects allowed",
        "http",
        |p, v| {
            p.op().max_redirects = Some(number::signed(v)?);
            Ok(())
        },
    ),
    Flag::set(
        NO_LETTER,
        "path-as-is",
        "",
        "Do not squash .. sequences in URL path",
        "curl",
        |p, on| {
            p.op().path_as_is = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "post301",
        "",
        "Do not switch to GET after following a 301",
        "http post",
        |p, on| {
            p.op().post301 = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "post302",
        "",
        "Do not switch to GET after following a 302",
        "http post",
        |p, on| {
            p.op().post302 = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "post303",
        "",
        "Do not switch to GET after following a 303",
        "http post",
        |p, on| {
            p.op().post303 = on;
        },
    ),
    Flag::value(
        NO_LETTER,
        "proxy-header",
        "<header/@file>",
        "Pass custom header(s) to proxy",
        "proxy",
        |p, v| data::header(p, v, true),
    ),
    Flag::value(
        'r',
        "range",
        "<range>",
        "Retrieve only the bytes within RANGE",
        "file ftp http sftp",
        data::range,
    ),
    Flag::set(
        NO_LETTER,
        "raw",
        "",
        "Do HTTP \"raw\"; no transfer decoding",
        "http",
        |p, on| {
            p.op().raw = on;
        },
    ),
    Flag::text('e', "referer", "<URL>", "Referrer URL", "http", |p, v| {
        data::referer(p, v);
    }),
    Flag::text(
        'X',
        "request",
        "<method>",
        "Specify request method to use",
        "connection",
        |p, v| {
            p.op().custom_method = Some(v);
        },
    ),
    Flag::text(
        NO_LETTER,
        "request-target",
        "<path>",
        "Specify the target for this request",
        "http",
        |p, v| {
            p.op().request_target = Some(v);
        },
    ),
    Flag::text(
        'z',
        "time-cond",
        "<time>",
        "Transfer based on a time condition",
        "ftp http",
        |p, v| {
            p.op().time_cond = Some(v);
        },
    ),
    Flag::set(
        NO_LETTER,
        "tr-encoding",
        "",
        "Request compressed transfer encoding",
        "http",
        |p, on| {
            p.op().tr_encoding = on;
        },
    ),
    Flag::value(
        NO_LETTER,
        "url-query",
        "<data>",
        "Add a URL query part",
        "http post upload",
        data::query,
    ),
    Flag::text(
        'A',
        "user-agent",
        "<name>",
        "Send User-Agent <name> to server",
        "http important",
        |p, v| {
            p.op().user_agent = Some(v);
        },
    ),
];
