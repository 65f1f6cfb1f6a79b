//! FTP and telnet.

use super::{Flag, NO_LETTER};
use crate::cli::protocols;

/// The options.
pub(super) static FLAGS: &[Flag] = &[
    Flag::set(
        'a',
        "append",
        "",
        "Append to target file when uploading",
        "ftp sftp",
        |p, on| {
            p.op().append = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "disable-epsv",
        "",
        "Inhibit using EPSV",
        "ftp",
        |p, on| {
            p.op().disable_epsv = on;
        },
    ),
    Flag::text(
        NO_LETTER,
        "ftp-account",
        "<data>",
        "Account data string",
        "auth ftp",
        |p, v| {
            p.op().ftp_account = Some(v);
        },
    ),
    Flag::text(
        NO_LETTER,
        "ftp-alternative-to-user",
        "<command>",
        "String to replace USER [name]",
        "ftp",
        |p, v| {
            p.op().ftp_alternative = Some(v);
        },
    ),
    Flag::set(
        NO_LETTER,
        "ftp-create-dirs",
        "",
        "Create the remote dirs if not present",
        "curl ftp sftp",
        |p, on| {
            p.op().ftp_create_dirs = on;
        },
    ),
    Flag::value(
        NO_LETTER,
        "ftp-method",
        "<method>",
        "Control CWD usage",
        "ftp",
        |p, v| {
            p.op().ftp_method = protocols::ftp_method(p, v);
            Ok(())
        },
    ),
    Flag::set(
        NO_LETTER,
        "ftp-pasv",
        "",
        "Use PASV/EPSV instead of PORT",
        "ftp",
        |p, _| {
            p.op().ftp_port = None;
        },
    ),
    Flag::text(
        'P',
        "ftp-port",
        "<address>",
        "Use PORT instead of PASV",
        "ftp",
        |p, v| {
            p.op().ftp_port = Some(v);
        },
    ),
    Flag::set(
        NO_LETTER,
        "disable-eprt",
        "",
        "Inhibit using EPRT or LPRT",
        "ftp",
        |p, on| {
            p.op().disable_eprt = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "ftp-pret",
        "",
        "Send PRET before PASV",
        "ftp",
        |p, on| {
            p.op().ftp_pret = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "ftp-skip-pasv-ip",
        "",
        "Skip the IP address for PASV",
        "ftp",
        |p, on| {
            p.op().keep_pasv_ip = !on;
        },
    ),
    Flag::set(
        'l',
        "list-only",
        "",
        "List only mode",
        "ftp pop3",
        |p, on| {
            p.op().list_only = on;
        },
    ),
    Flag::text(
        'Q',
        "quote",
        "<command>",
        "Send command(s) to server before transfer",
        "ftp sftp",
        |p, v| {
            p.op().quote.push(v);
        },
    ),
    Flag::text(
        't',
        "telnet-option",
        "<opt=val>",
        "Set telnet option",
        "telnet",
        |p, v| {
            p.op().telnet_options.push(v);
        },
    ),
    Flag::set(
        'B',
        "use-ascii",
        "",
        "Use ASCII/text transfer",
        "misc",
        |p, on| {
            p.op().ascii = on;
        },
    ),
];
