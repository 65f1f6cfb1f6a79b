//! nginx as an HTTPS server in a namespace: HTTP/1.1 and HTTP/2, with what it answers as a test says.

use crate::command::Running;
use crate::namespace::Namespace;
use crate::tls::Credentials;
use std::net::TcpStream;
use std::time::Duration;
use tempfile::TempDir;

/// A running server; it stops when dropped.
pub struct Nginx {
    _running: Running,
    _files: TempDir,
}

impl Nginx {
    /// Starts it on port 443 of all addresses with these directives in its server block, such as
    /// `location = /a { return 302 /b; }`.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn start(node: &Namespace, credentials: &Credentials, directives: &str) -> Self {
        let files = tempfile::tempdir().expect("a directory");
        let write = |name: &str, text: &str| {
            std::fs::write(files.path().join(name), text).expect("a file");
        };
        write("certificate.pem", &credentials.certificate);
        write("key.pem", &credentials.key);
        write(
            "nginx.conf",
            &format!(
                "user root; daemon off; master_process off; error_log stderr; pid nginx.pid; events {{ }}\n\
                 http {{ access_log off; default_type application/rdap+json;\n\
                 client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;\n\
                 uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n\
                 server {{ listen 443 ssl http2; listen [::]:443 ssl http2;\n\
                 ssl_certificate {0}/certificate.pem; ssl_certificate_key {0}/key.pem;\n{directives}\n}} }}\n",
                files.path().display()
            ),
        );
        let running = node
            .command("nginx")
            .arg("-p")
            .arg(files.path())
            .arg("-c")
            .arg(files.path().join("nginx.conf"))
            .spawn();
        for _ in 0..500 {
            if node
                .inside(|| TcpStream::connect(("127.0.0.1", 443)))
                .is_ok()
            {
                return Self {
                    _running: running,
                    _files: files,
                };
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("nginx does not listen: {}", running.finish());
    }
}
