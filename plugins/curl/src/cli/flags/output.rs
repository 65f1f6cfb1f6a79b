//! Where things go, and what is told about it.

use super::{Flag, NO_LETTER};
use crate::cli::{config_file, files, number, variables};

/// The options.
pub(super) static FLAGS: &[Flag] = &[
    Flag::set(
        NO_LETTER,
        "ca-info",
        "",
        "Show the certificates of the server",
        "",
        |p, on| {
            p.global.ca_info = on;
        },
    ),
    Flag::value(
        'K',
        "config",
        "<file>",
        "Read config from a file",
        "curl",
        config_file::read,
    ),
    Flag::set(
        NO_LETTER,
        "create-dirs",
        "",
        "Create necessary local directory hierarchy",
        "curl",
        |p, on| {
            p.op().create_dirs = on;
        },
    ),
    Flag::value(
        NO_LETTER,
        "create-file-mode",
        "<mode>",
        "File mode for created files",
        "file scp sftp upload",
        |p, v| {
            p.op().create_mode = Some(number::octal(v)?);
            Ok(())
        },
    ),
    Flag::set(
        NO_LETTER,
        "crlf",
        "",
        "Convert LF to CRLF in upload",
        "ftp smtp",
        |p, on| {
            p.op().crlf = on;
        },
    ),
    Flag::set('q', "disable", "", "Disable .curlrc", "curl", |p, on| {
        let _ = (p, on);
    }),
    Flag::text(
        'D',
        "dump-header",
        "<filename>",
        "Write the received headers to <filename>",
        "ftp http",
        |p, v| {
            p.op().dump_header = Some(v);
        },
    ),
    Flag::set(
        NO_LETTER,
        "explain",
        "",
        "Show where the time of each transfer goes",
        "",
        |p, on| {
            p.global.explain = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "explain-json",
        "",
        "The same as --explain, one JSON object for each transfer",
        "",
        |p, on| {
            p.global.explain = on;
            p.global.explain_json = on;
        },
    ),
    Flag::check(
        'f',
        "fail",
        "",
        "Fail fast with no output on HTTP errors",
        "http important",
        |p, on| p.fail(on, false),
    ),
    Flag::set(
        NO_LETTER,
        "fail-early",
        "",
        "Fail on first transfer error, do not continue",
        "curl",
        |p, on| {
            p.global.fail_early = on;
        },
    ),
    Flag::check(
        NO_LETTER,
        "fail-with-body",
        "",
        "Fail on HTTP errors but save the body",
        "http output",
        |p, on| p.fail(on, true),
    ),
    Flag::set(
        'g',
        "globoff",
        "",
        "Disable URL sequences and ranges using {} and []",
        "curl",
        |p, on| {
            p.op().glob_off = on;
        },
    ),
    Flag::ending(
        'h',
        "help",
        "<category>",
        "Get help for commands",
        "curl important",
    ),
    Flag::set(
        'i',
        "include",
        "",
        "Include protocol response headers in the output",
        "verbose important",
        |p, on| {
            p.op().include = on;
        },
    ),
    Flag::ending('M', "manual", "", "Display the full manual", "curl"),
    Flag::check(
        ':',
        "next",
        "",
        "Make next URL use its separate set of options",
        "curl",
        |p, _| p.next(),
    ),
    Flag::set(
        'N',
        "no-buffer",
        "",
        "Disable buffering of the output stream",
        "curl",
        |p, on| {
            p.op().no_buffer = !on;
        },
    ),
    Flag::check(
        NO_LETTER,
        "no-clobber",
        "",
        "Do not overwrite files that already exist",
        "curl output",
        |p, on| {
            p.op().no_clobber = !on;
            p.check_resume()
        },
    ),
    Flag::set(
        NO_LETTER,
        "no-progress-meter",
        "",
        "Do not show the progress meter",
        "verbose",
        |p, on| {
            p.global.no_progress = !on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "out-null",
        "",
        "Discard response data into the void",
        "",
        |p, on| {
            p.no_output(on);
        },
    ),
    Flag::text(
        'o',
        "output",
        "<file>",
        "Write to file instead of stdout",
        "curl important",
        |p, v| {
            p.output(v);
        },
    ),
    Flag::text(
        NO_LETTER,
        "output-dir",
        "<dir>",
        "Directory to save files in",
        "curl",
        |p, v| {
            p.op().output_dir = Some(v);
        },
    ),
    Flag::set(
        'Z',
        "parallel",
        "",
        "Perform transfers in parallel",
        "connection curl",
        |p, on| {
            p.global.parallel = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "parallel-immediate",
        "",
        "Do not wait for multiplexing (with --parallel)",
        "connection curl",
        |p, on| {
            p.global.parallel_immediate = on;
        },
    ),
    Flag::value(
        NO_LETTER,
        "parallel-max",
        "<num>",
        "Maximum concurrency for parallel transfers",
        "connection curl",
        |p, v| {
            p.global.parallel_max = number::parallel(v)?;
            Ok(())
        },
    ),
    Flag::set(
        '#',
        "progress-bar",
        "",
        "Display transfer progress as a bar",
        "verbose",
        |p, on| {
            p.global.progress_bar = on;
        },
    ),
    Flag::set(
        'J',
        "remote-header-name",
        "",
        "Use the header-provided filename",
        "output",
        |p, on| {
            p.op().remote_header_name = on;
        },
    ),
    Flag::set(
        'O',
        "remote-name",
        "",
        "Write output to a file named as the remote file",
        "output important",
        |p, on| {
            p.remote_name(on);
        },
    ),
    Flag::set(
        NO_LETTER,
        "remote-name-all",
        "",
        "Use the remote file name for all URLs",
        "output",
        |p, on| {
            p.op().default_url_output = on;
        },
    ),
    Flag::set(
        'R',
        "remote-time",
        "",
        "Set the remote file's time on the local output",
        "output",
        |p, on| {
            p.op().remote_time = on;
        },
    ),
    Flag::check(
        NO_LETTER,
        "remove-on-error",
        "",
        "Remove output file on errors",
        "curl",
        |p, on| {
            p.op().remove_on_error = on;
            p.check_resume()
        },
    ),
    Flag::set(
        'S',
        "show-error",
        "",
        "Show error even when -s is used",
        "curl",
        |p, on| {
            p.global.show_error = on;
        },
    ),
    Flag::set(
        's',
        "silent",
        "",
        "Silent mode",
        "verbose important",
        |p, on| {
            p.global.silent = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "skip-existing",
        "",
        "Skip download if local file already exists",
        "",
        |p, on| {
            p.op().skip_existing = on;
        },
    ),
    Flag::text(
        NO_LETTER,
        "stderr",
        "<file>",
        "Where to redirect stderr",
        "verbose",
        |p, v| {
            p.global.stderr = Some(v);
        },
    ),
    Flag::set(
        NO_LETTER,
        "styled-output",
        "",
        "Enable styled output for HTTP headers",
        "verbose",
        |p, on| {
            p.global.plain_headers = !on;
        },
    ),
    Flag::text(
        NO_LETTER,
        "trace",
        "<file>",
        "Write a debug trace to FILE",
        "verbose",
        |p, v| {
            p.trace(v, true);
        },
    ),
    Flag::text(
        NO_LETTER,
        "trace-ascii",
        "<file>",
        "Like --trace, but without hex output",
        "verbose",
        |p, v| {
            p.trace(v, false);
        },
    ),
    Flag::set(
        NO_LETTER,
        "trace-time",
        "",
        "Add time stamps to trace/verbose output",
        "verbose",
        |p, on| {
            p.global.trace_time = on;
        },
    ),
    Flag::text(
        'T',
        "upload-file",
        "<file>",
        "Transfer local FILE to destination",
        "upload important",
        |p, v| {
            p.upload(v);
        },
    ),
    Flag::value(
        NO_LETTER,
        "trace-config",
        "<string>",
        "Details to log in trace/verbose output",
        "",
        |p, v| p.trace_config(v),
    ),
    Flag::value(
        NO_LETTER,
        "url",
        "<url>",
        "URL to work with",
        "curl",
        |p, v| p.urls(v),
    ),
    Flag::value(
        NO_LETTER,
        "variable",
        "<[%]name=text/@file>",
        "Set variable",
        "",
        variables::define,
    ),
    Flag::set(
        'v',
        "verbose",
        "",
        "Make the operation more talkative",
        "verbose important",
        |p, on| {
            p.verbose(on);
        },
    ),
    Flag::ending(
        'V',
        "version",
        "",
        "Show version number and quit",
        "curl important",
    ),
    Flag::value(
        'w',
        "write-out",
        "<format>",
        "Use output FORMAT after completion",
        "verbose",
        |p, v| {
            p.op().write_out = Some(files::text_or_file(p, v)?);
            Ok(())
        },
    ),
];
