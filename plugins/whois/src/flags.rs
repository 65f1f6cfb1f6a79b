//! What the command line may say: the options of the `whois` of Debian, and the few that are ours.

use nethost_sdk::args::{Flag, help};

/// The order is that of the help text.
pub(crate) static FLAGS: &[Flag] = &[
    Flag::value('h', "HOST", "connect to server HOST").long("host"),
    Flag::value('p', "PORT", "connect to PORT").long("port"),
    Flag::switch('I', "query whois.iana.org and follow its referral"),
    Flag::switch('H', "hide legal disclaimers"),
    Flag::switch(' ', "explain what is being done")
        .long("verbose")
        .only_long(),
    Flag::switch(' ', "ask one server only, do not follow its referrals")
        .long("no-recursion")
        .only_long(),
    Flag::value(' ', "SECONDS", "patience with one server (60)")
        .long("timeout")
        .only_long(),
    Flag::switch(' ', "ask over RDAP instead of whois")
        .long("rdap")
        .only_long(),
    Flag::switch(' ', "one JSON object for each answer")
        .long("json")
        .only_long(),
    Flag::value(' ', "URL", "where IANA's bootstrap files for RDAP are")
        .long("bootstrap")
        .only_long(),
    Flag::value(
        ' ',
        "FILE",
        "believe RDAP servers with certificates of FILE only",
    )
    .long("ca")
    .only_long(),
    Flag::switch(' ', "display this help and exit")
        .long("help")
        .only_long(),
    Flag::switch(' ', "output version information and exit")
        .long("version")
        .only_long(),
];

/// Options that are passed on to servers of RIPE's kind, as they are.
pub(crate) static RIPE: &[Flag] = &[
    Flag::switch('l', "find the one level less specific match"),
    Flag::switch('L', "find all levels less specific matches"),
    Flag::switch('m', "find all one level more specific matches"),
    Flag::switch('M', "find all levels of more specific matches"),
    Flag::switch('c', "find the smallest match with an abuse contact"),
    Flag::switch('x', "exact match"),
    Flag::switch('b', "brief address ranges with abuse contact"),
    Flag::switch('B', "turn off object filtering (show email addresses)"),
    Flag::switch('G', "turn off grouping of associated objects"),
    Flag::switch('d', "return DNS reverse delegation objects too"),
    Flag::value(
        'i',
        "ATTR[,ATTR]...",
        "do an inverse look-up for these attributes",
    ),
    Flag::value(
        'T',
        "TYPE[,TYPE]...",
        "only look for objects of these types",
    ),
    Flag::switch('K', "only primary keys are returned"),
    Flag::switch('r', "turn off recursive look-ups for contacts"),
    Flag::switch('R', "show the local copy even if it has a referral"),
    Flag::switch('F', "fast raw output"),
    Flag::switch('a', "also search all the mirrored databases"),
    Flag::value(
        's',
        "SOURCE[,SOURCE]...",
        "search the database mirrored from there",
    ),
    Flag::value(
        'g',
        "SOURCE:FIRST-LAST",
        "find updates from SOURCE with these serials",
    ),
    Flag::value('t', "TYPE", "request template for object of TYPE"),
    Flag::value('v', "TYPE", "request verbose template for object of TYPE"),
    Flag::value('q', "version|sources|types", "query specified server info"),
    Flag::value('V', "CLIENT", "say who asks"),
];

/// Both tables, as the parser takes them.
pub(crate) fn all() -> &'static [Flag] {
    FLAGS.iter().chain(RIPE).copied().collect::<Vec<_>>().leak()
}

/// The help text.
pub(crate) fn usage() -> String {
    format!(
        "Usage: whois [OPTION]... OBJECT...\n\n{}\nPassed on to the server, for RIPE's and its like:\n{}",
        help(FLAGS),
        help(RIPE)
    )
}
