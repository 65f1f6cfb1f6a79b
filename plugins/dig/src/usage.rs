//! What `-h` and a mistake print.

use nethost_sdk::args::help;

use crate::arguments::OPTIONS;

/// Behind the message about a mistake.
pub(crate) const SHORT: &str = concat!(
    "Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}\n",
    "            {global-d-opt} host [@local-server] {local-d-opt}\n",
    "            [ host [@local-server] {local-d-opt} [...]]\n",
    "\nUse \"dig -h\" (or \"dig -h | more\") for complete list of options\n",
);

/// What `-v` prints, and the program in the echo of the command line.
pub(crate) const PROGRAM: &str = concat!("DiG nethost-", env!("CARGO_PKG_VERSION"));

const USAGE: &str = "\
Usage:  dig [@server] [name] [type] [class] {options} [ name [@server] {options} ... ]
Where:  type is one of a,any,mx,ns,soa,axfr,txt,... or TYPEnnn [a]; ixfr=SERIAL for an incremental transfer
        class is one of in,hs,ch,... [in]
        options before the first name are for all lookups, those behind a name for that one
";

const PLUS: &[(&str, &str)] = &[
    (
        "[no]aaflag, [no]adflag, [no]cdflag, [no]raflag, [no]tcflag, [no]zflag",
        "flags of the query",
    ),
    (
        "[no]all, [no]question, [no]answer, [no]authority, [no]additional",
        "sections that are shown",
    ),
    (
        "[no]badcookie, [no]showbadcookie",
        "ask again after BADCOOKIE; show that answer",
    ),
    (
        "[no]besteffort",
        "show malformed messages as far as they go",
    ),
    ("bufsize=B", "largest UDP message, as EDNS says it [1232]"),
    (
        "[no]cmd, [no]comments, [no]stats",
        "the command line, comments, statistics",
    ),
    ("[no]coflag", "compact denial of existence"),
    ("[no]compare", "ask each @server and show where they differ"),
    ("[no]cookie[=hex]", "DNS cookie [on]"),
    (
        "[no]class, [no]crypto, [no]ttlid, [no]ttlunits, [no]rrcomments",
        "parts of records",
    ),
    ("[no]dns64prefix", "the prefixes that DNS64 uses here"),
    ("[no]dnssec, [no]do", "ask for signatures"),
    (
        "domain=name, [no]search, [no]showsearch, ndots=n",
        "search list",
    ),
    (
        "[no]ednsfallback",
        "ask again without EDNS where the server knows none",
    ),
    (
        "[no]edns[=version], ednsflags=n, [no]ednsopt=code[:hex], [no]ednsnegotiation",
        "EDNS",
    ),
    (
        "[no]expandaaaa, [no]multiline, [no]onesoa, [no]split[=n], [no]unknownformat",
        "shape of records",
    ),
    (
        "[no]expire, [no]keepalive, [no]nsid, padding=n, [no]subnet=address[/prefix]",
        "EDNS options",
    ),
    ("[no]fail", "stop at SERVFAIL [on]"),
    (
        "[no]header-only, opcode=n, qid=n, [no]qr, [no]recurse",
        "the query itself",
    ),
    (
        "[no]harden",
        "+validate wants each algorithm of the DS records",
    ),
    ("[no]hints", "+trace begins at the built-in root servers"),
    ("[no]identify", "who answered, with +short"),
    (
        "[no]idnin, [no]idnout",
        "internationalized names [on a terminal]",
    ),
    ("[no]ignore, [no]tcp, [no]vc, [no]keepopen", "TCP"),
    ("[no]nssearch", "the SOA of each of a zone's name servers"),
    ("[no]short, [no]yaml, [no]json", "other forms of the answer"),
    ("timeout=seconds, tries=n, retry=n", "patience [5, 3, 2]"),
    (
        "[no]https[=path], [no]https-get[=path], [no]https-post[=path]",
        "DNS over HTTPS [/dns-query]",
    ),
    (
        "[no]http-plain[=path], [no]http-plain-get[=path], [no]http-plain-post[=path]",
        "the same without TLS",
    ),
    (
        "[no]tls, [no]tls-ca[=file], tls-hostname=name, tls-pin=base64, tls-certfile=file, tls-keyfile=file",
        "DNS over TLS; whom to believe there and over HTTPS",
    ),
    (
        "[no]validate",
        "check the DNSSEC chain of trust, and show where it breaks",
    ),
    (
        "root[=name]",
        "+validate from the anchors of this zone only",
    ),
    ("[no]trace", "from the root, delegation by delegation"),
];

/// All options.
pub(crate) fn long() -> String {
    let mut text = String::from(USAGE);
    text.push_str(&help(OPTIONS));
    for (option, help) in PLUS {
        text.push_str(&format!("  +{option}\n        {help}\n"));
    }
    text
}
