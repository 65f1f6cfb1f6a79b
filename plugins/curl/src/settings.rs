//! What the command line asks for: what holds for all of it, and for each group of URLs between `--next`.

use std::collections::HashMap;
use std::time::Duration;

use crate::form::Field;

/// What holds for the whole run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Global {
    pub(crate) verbose: u8,
    pub(crate) trace: Option<TraceTo>,
    pub(crate) trace_time: bool,
    pub(crate) silent: bool,
    pub(crate) show_error: bool,
    pub(crate) no_progress: bool,
    pub(crate) progress_bar: bool,
    pub(crate) fail_early: bool,
    pub(crate) plain_headers: bool,
    pub(crate) parallel: bool,
    pub(crate) parallel_immediate: bool,
    pub(crate) parallel_max: usize,
    pub(crate) stderr: Option<String>,
    pub(crate) rate: Option<Duration>,
    pub(crate) explain: bool,
    pub(crate) explain_json: bool,
    pub(crate) ca_info: bool,
    pub(crate) variables: HashMap<String, Vec<u8>>,
}

/// Where `--trace` and `--trace-ascii` write.
#[derive(Clone, Debug)]
pub(crate) struct TraceTo {
    pub(crate) path: String,
    pub(crate) hex: bool,
}

/// A URL, and what belongs to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Getting {
    pub(crate) url: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) upload: Option<String>,
    pub(crate) remote_name: bool,
    pub(crate) no_output: bool,
    pub(crate) output_set: bool,
    pub(crate) upload_set: bool,
}

/// Which HTTP is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum HttpVersion {
    #[default]
    Any,
    V1_0,
    V1_1,
    V2,
    V2PriorKnowledge,
}

/// What kind of request the options ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Method {
    #[default]
    Unset,
    Get,
    Head,
    Form,
    Post,
}

/// Which addresses are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Family {
    #[default]
    Any,
    V4,
    V6,
}

/// How a server is told who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Schemes {
    pub(crate) basic: bool,
    pub(crate) digest: bool,
    pub(crate) bearer: bool,
    pub(crate) any: bool,
}

/// Where a path's folders are entered with CWD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FtpMethod {
    #[default]
    Multi,
    Single,
    No,
}

/// Whether FTP is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FtpTls {
    #[default]
    No,
    Try,
    Control,
    All,
}

/// Whether `~/.netrc` is asked for passwords.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Netrc {
    #[default]
    No,
    Optional,
    Required,
}

/// Where a transfer goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Resume {
    #[default]
    No,
    /// After what the file has.
    Auto,
    At(u64),
}

/// A group of URLs, and its options.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operation {
    pub(crate) gets: Vec<Getting>,
    pub(crate) next_url: usize,
    pub(crate) next_output: usize,
    pub(crate) next_upload: usize,

    pub(crate) method: Method,
    pub(crate) custom_method: Option<String>,
    pub(crate) request_target: Option<String>,
    pub(crate) headers: Vec<String>,
    pub(crate) proxy_headers: Vec<String>,
    pub(crate) data: Option<Vec<u8>>,
    pub(crate) json: bool,
    pub(crate) use_get: bool,
    pub(crate) head: bool,
    pub(crate) form: Vec<Field>,
    pub(crate) form_escape: bool,
    pub(crate) url_queries: Vec<Vec<u8>>,
    pub(crate) user_agent: Option<String>,
    pub(crate) referer: Option<String>,
    pub(crate) auto_referer: bool,
    pub(crate) version: HttpVersion,
    pub(crate) http09: bool,
    pub(crate) compressed: bool,
    pub(crate) tr_encoding: bool,
    pub(crate) raw: bool,
    pub(crate) ignore_length: bool,
    pub(crate) expect100: Option<Duration>,
    pub(crate) path_as_is: bool,

    pub(crate) follow: bool,
    /// A method of the command line changes as others do when a redirect is followed.
    pub(crate) follow_by_rule: bool,
    pub(crate) trusted: bool,
    pub(crate) max_redirects: Option<i64>,
    pub(crate) post301: bool,
    pub(crate) post302: bool,
    pub(crate) post303: bool,

    pub(crate) user: Option<String>,
    pub(crate) schemes: Schemes,
    pub(crate) bearer: Option<String>,
    pub(crate) netrc: Netrc,
    pub(crate) netrc_file: Option<String>,
    pub(crate) no_user_in_url: bool,

    pub(crate) cookies: Vec<String>,
    pub(crate) cookie_files: Vec<String>,
    pub(crate) cookie_jar: Option<String>,
    pub(crate) junk_session: bool,

    pub(crate) proxy: Option<String>,
    pub(crate) pre_proxy: Option<String>,
    pub(crate) proxy_user: Option<String>,
    pub(crate) proxy_schemes: Schemes,
    pub(crate) tunnel: bool,
    pub(crate) no_proxy: Option<String>,
    pub(crate) hide_connect: bool,

    pub(crate) resolve: Vec<String>,
    /// The server of DNS over HTTPS.
    pub(crate) doh: Option<String>,
    pub(crate) doh_insecure: bool,
    pub(crate) connect_to: Vec<String>,
    pub(crate) interface: Option<String>,
    pub(crate) local_port: Option<(u16, u16)>,
    pub(crate) family: Family,
    pub(crate) unix_socket: Option<String>,
    pub(crate) abstract_socket: bool,
    pub(crate) haproxy: bool,
    pub(crate) haproxy_ip: Option<String>,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) max_time: Option<Duration>,
    pub(crate) speed_limit: u64,
    pub(crate) speed_time: u64,
    pub(crate) limit_rate: Option<u64>,
    pub(crate) eyeballs: Option<Duration>,

    pub(crate) insecure: bool,
    pub(crate) cacert: Option<String>,
    pub(crate) capath: Option<String>,
    pub(crate) cert: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) pinned: Option<String>,
    pub(crate) least_tls: Option<u8>,
    pub(crate) most_tls: Option<u8>,
    pub(crate) ciphers: Option<String>,
    pub(crate) ciphers13: Option<String>,
    pub(crate) no_alpn: bool,

    pub(crate) include: bool,
    pub(crate) fail: bool,
    pub(crate) fail_with_body: bool,
    pub(crate) default_url_output: bool,
    pub(crate) remote_header_name: bool,
    pub(crate) create_dirs: bool,
    pub(crate) create_mode: Option<u32>,
    pub(crate) no_clobber: bool,
    pub(crate) skip_existing: bool,
    pub(crate) remove_on_error: bool,
    pub(crate) output_dir: Option<String>,
    pub(crate) remote_time: bool,
    pub(crate) dump_header: Option<String>,
    pub(crate) write_out: Option<String>,
    pub(crate) etag_save: Option<String>,
    pub(crate) etag_compare: Option<String>,
    pub(crate) time_cond: Option<String>,
    pub(crate) range: Option<String>,
    pub(crate) resume: Resume,
    pub(crate) max_filesize: Option<u64>,
    pub(crate) glob_off: bool,
    pub(crate) crlf: bool,
    pub(crate) ascii: bool,
    pub(crate) no_buffer: bool,

    pub(crate) retry: u64,
    pub(crate) retry_delay: Option<Duration>,
    pub(crate) retry_max_time: Option<Duration>,
    pub(crate) retry_refused: bool,
    pub(crate) retry_all: bool,

    pub(crate) protocols: Option<Vec<String>>,
    pub(crate) redirect_protocols: Option<Vec<String>>,
    pub(crate) default_protocol: Option<String>,

    pub(crate) list_only: bool,
    pub(crate) append: bool,
    pub(crate) quote: Vec<String>,
    pub(crate) disable_epsv: bool,
    pub(crate) disable_eprt: bool,
    pub(crate) ftp_port: Option<String>,
    pub(crate) keep_pasv_ip: bool,
    pub(crate) ftp_create_dirs: bool,
    pub(crate) ftp_method: FtpMethod,
    pub(crate) ftp_tls: FtpTls,
    pub(crate) ftp_account: Option<String>,
    pub(crate) ftp_alternative: Option<String>,
    pub(crate) ftp_pret: bool,
    pub(crate) telnet_options: Vec<String>,
}

impl Operation {
    /// Asks for a kind of request; two different ones contradict each other.
    pub(crate) fn ask(&mut self, method: Method) -> Result<(), (Method, Method)> {
        match self.method {
            Method::Unset => self.method = method,
            set if set == method => {}
            set => return Err((set, method)),
        }
        Ok(())
    }

    /// The next place for a URL that has none yet.
    pub(crate) fn place_of_url(&mut self) -> &mut Getting {
        let index = self.next_url;
        self.next_url += 1;
        self.place(index)
    }

    /// The next place that says nothing about its output yet.
    pub(crate) fn place_of_output(&mut self) -> &mut Getting {
        let index = self.next_output;
        self.next_output += 1;
        self.place(index)
    }

    /// The next place that says nothing about an upload yet.
    pub(crate) fn place_of_upload(&mut self) -> &mut Getting {
        let index = self.next_upload;
        self.next_upload += 1;
        self.place(index)
    }

    fn place(&mut self, index: usize) -> &mut Getting {
        let remote_name = self.default_url_output;
        while self.gets.len() <= index {
            self.gets.push(Getting {
                remote_name,
                ..Getting::default()
            });
        }
        let last = self.gets.len() - 1;
        &mut self.gets[index.min(last)]
    }
}
