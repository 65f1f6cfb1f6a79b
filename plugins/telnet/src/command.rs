//! The prompt and its commands, in the words of inetutils and of netkit before it.

use std::time::Duration;

use futures::AsyncBufReadExt;
use nethost_sdk::console::{StandardStreams, standard_streams};
use nethost_sdk::output::complain;
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::terminal::InputMode;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit};

use crate::input::PROMPT;
use crate::options::{self, Options, shown};
use crate::place;
use crate::protocol::Protocol;
use crate::screen::say;
use crate::session::{Session, Stop, window};

const PATIENCE: Duration = Duration::from_secs(300);
/// The longest command.
const LONGEST: usize = 1024;

/// What `send` knows (RFC 854, RFC 885, RFC 1184): the word, the command and its help.
const SENDS: &[(&str, u8, &str)] = &[
    ("ao", 245, "Send Telnet Abort output"),
    ("ayt", 246, "Send Telnet 'Are You There'"),
    ("brk", 243, "Send Telnet Break"),
    ("ec", 247, "Send Telnet Erase Character"),
    ("el", 248, "Send Telnet Erase Line"),
    ("ga", 249, "Send Telnet 'Go Ahead' sequence"),
    ("ip", 244, "Send Telnet Interrupt Process"),
    ("nop", 241, "Send Telnet 'No operation'"),
    ("eor", 239, "Send Telnet 'End of Record'"),
    ("abort", 238, "Send Telnet 'Abort Process'"),
    ("susp", 237, "Send Telnet 'Suspend Process'"),
    ("eof", 236, "Send Telnet End of File Character"),
];

/// The commands, and what `?` says of them.
const COMMANDS: &[(&str, &str)] = &[
    ("close", "close current connection"),
    (
        "logout",
        "forcibly logout remote user and close the connection",
    ),
    ("display", "display operating parameters"),
    (
        "mode",
        "try to enter line or character mode ('mode ?' for more)",
    ),
    ("open", "connect to a site"),
    ("quit", "exit telnet"),
    ("send", "transmit special characters ('send ?' for more)"),
    ("set", "set operating parameters ('set ?' for more)"),
    ("unset", "unset operating parameters ('unset ?' for more)"),
    ("status", "print status information"),
    (
        "toggle",
        "toggle operating parameters ('toggle ?' for more)",
    ),
    ("slc", "change state of special characters (not supported)"),
    ("auth", "turn on (off) authentication (not supported)"),
    ("encrypt", "turn on (off) encryption (not supported)"),
    ("z", "suspend telnet (not supported)"),
    ("!", "invoke a subshell (not supported)"),
    (
        "environ",
        "change environment variables ('environ ?' for more)",
    ),
    ("?", "print help information"),
];

/// telnet between connections, and within one after the escape character.
pub(crate) struct Prompt {
    options: Options,
    standard: StandardStreams,
    session: Option<Session>,
    /// Settings for the next connection, and for this one where it has none of its own.
    idle: Protocol,
}

impl Prompt {
    pub(crate) fn new(options: Options) -> Result<Self, Exit> {
        let mut idle = Protocol::default();
        idle.wants_binary = options.binary;
        if let Some(user) = &options.user {
            let failed = |why| Exit::failed(1, format!("telnet: {why}"));
            idle.environment.define("USER", user).map_err(failed)?;
            idle.environment.export("USER", true);
        }
        Ok(Self {
            options,
            standard: standard_streams(),
            session: None,
            idle,
        })
    }

    fn protocol(&mut self) -> &mut Protocol {
        match &mut self.session {
            Some(session) => &mut session.protocol,
            None => &mut self.idle,
        }
    }

    /// Connects to what the command line names, or asks for commands.
    pub(crate) async fn run(&mut self) -> Result<u8, Exit> {
        let operands = std::mem::take(&mut self.options.operands);
        let direct = !operands.is_empty();
        if let [host, rest @ ..] = operands.as_slice() {
            let service = rest.first().map_or("telnet", String::as_str);
            if !self.open(host, service).await? {
                return Ok(1);
            }
        }
        loop {
            if let Some(session) = &mut self.session {
                match session.run(self.options.escape, &mut self.standard).await? {
                    Stop::Closed => {
                        self.session = None;
                        complain("Connection closed by foreign host.");
                        if direct {
                            return Ok(0);
                        }
                        continue;
                    }
                    Stop::Escaped => {}
                }
            }
            let Some(line) = self.ask().await? else {
                return Ok(0);
            };
            if let Some(code) = self.command(&line, direct).await? {
                return Ok(code);
            }
        }
    }

    /// A line at the prompt; none at the end of input.
    async fn ask(&mut self) -> Result<Option<String>, Exit> {
        // Where input is no terminal, it needs no settings.
        let _mode = match InputMode::open(PROMPT) {
            Ok(mode) => Some(mode),
            Err(Error::NotSupported) => None,
            Err(error) => return Err(Exit::failed(1, format!("telnet: {error}"))),
        };
        say(&mut self.standard, "telnet> ").await?;
        let mut line = Vec::new();
        loop {
            let (count, complete) = match self.standard.fill_buf().await {
                Ok([]) | Err(_) if line.is_empty() => return Ok(None),
                Ok([]) | Err(_) => break,
                Ok(bytes) => {
                    let end = bytes.iter().position(|byte| *byte == b'\n');
                    let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
                    line.extend_from_slice(part);
                    (part.len() + usize::from(end.is_some()), end.is_some())
                }
            };
            self.standard.consume_unpin(count);
            line.truncate(LONGEST);
            if complete {
                break;
            }
        }
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }

    /// Connects; false if nobody answers.
    async fn open(&mut self, host: &str, service: &str) -> Result<bool, Exit> {
        // A hyphen in front has the port of any service negotiate at once.
        let (service, negotiates) = match service.strip_prefix('-') {
            Some(service) => (service, true),
            None => (service, matches!(service, "telnet" | "23")),
        };
        let addresses = match place::find(host, service, self.options.family).await {
            Ok(addresses) => addresses,
            Err(why) => {
                self.tell(&format!("{why}\n")).await?;
                return Ok(false);
            }
        };
        let source = match &self.options.source {
            None => None,
            Some(source) => match place::find(source, "0", self.options.family).await {
                Ok(found) => found.first().copied(),
                Err(why) => {
                    self.tell(&format!("{why}\n")).await?;
                    return Ok(false);
                }
            },
        };
        let wanted = SocketOptions {
            source,
            ..SocketOptions::default()
        };
        for (index, remote) in addresses.iter().enumerate() {
            say(&mut self.standard, &format!("Trying {}...\n", remote.ip())).await?;
            match TcpStream::connect(*remote, &wanted, PATIENCE).await {
                Ok(stream) => {
                    let mut protocol = std::mem::take(&mut self.idle);
                    protocol.window = window();
                    if negotiates {
                        protocol.begin();
                    }
                    let (inward, outward) = protocol.wants_binary;
                    protocol.binary(inward.then_some(true), outward.then_some(true));
                    self.session = Some(Session::new(stream, protocol, host));
                    let text = format!(
                        "Connected to {}.\nEscape character is '{}'.\n",
                        printable(host),
                        shown(self.options.escape)
                    );
                    say(&mut self.standard, &text).await?;
                    return Ok(true);
                }
                Err(error) if index + 1 < addresses.len() => {
                    complain(format_args!(
                        "telnet: connect to address {}: {error}",
                        remote.ip()
                    ));
                }
                Err(error @ Error::Denied(_)) => complain(format_args!("telnet: {error}")),
                Err(error) => {
                    complain(format_args!(
                        "telnet: Unable to connect to remote host: {error}"
                    ));
                }
            }
        }
        Ok(false)
    }

    /// One command. The exit code if it ends telnet.
    async fn command(&mut self, line: &str, direct: bool) -> Result<Option<u8>, Exit> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((typed, rest)) = words.split_first() else {
            // An empty line goes back to the connection, or ends telnet where there is none.
            return Ok(None);
        };
        let like = COMMANDS.iter().filter(|(name, _)| name.starts_with(typed));
        let exact = COMMANDS.iter().find(|(name, _)| name == typed);
        let found: Vec<_> = exact.map_or_else(|| like.collect(), |exact| vec![exact]);
        let name = match found.as_slice() {
            [(name, _)] => *name,
            [] => return self.tell("?Invalid command\n").await,
            _ => return self.tell("?Ambiguous command\n").await,
        };
        match name {
            "quit" => return Ok(Some(0)),
            "close" | "logout" => {
                let Some(mut session) = self.session.take() else {
                    return self.tell("?Need to be connected first.\n").await;
                };
                self.idle.environment = std::mem::take(&mut session.protocol.environment);
                drop(session);
                self.tell("Connection closed.\n").await?;
                return Ok(direct.then_some(0));
            }
            "open" => match rest {
                _ if self.session.is_some() => {
                    let host = self.session.as_ref().map_or("", |session| &session.host);
                    let text = format!("?Already connected to {}\n", printable(host));
                    return self.tell(&text).await;
                }
                [] => return self.tell("usage: open [-l user] host-name [port]\n").await,
                ["-l", user, host, port @ ..] => {
                    if let Err(why) = self.idle.environment.define("USER", user) {
                        return self.tell(&format!("{why}\n")).await;
                    }
                    self.idle.environment.export("USER", true);
                    self.open(host, port.first().unwrap_or(&"telnet")).await?;
                }
                [host, port @ ..] => {
                    self.open(host, port.first().unwrap_or(&"telnet")).await?;
                }
            },
            "status" => {
                let text = match &self.session {
                    Some(session) => format!(
                        "Connected to {}.\nOperating in {} mode.\n{} character echo\n",
                        printable(&session.host),
                        match session.protocol.is_by_key() {
                            true => "single character",
                            false => "line by line",
                        },
                        if session.protocol.is_echoed() {
                            "Remote"
                        } else {
                            "Local"
                        }
                    ),
                    None => "No connection.\n".into(),
                };
                let escape = shown(self.options.escape);
                return self
                    .tell(&format!("{text}Escape character is '{escape}'.\n"))
                    .await;
            }
            "send" => return self.send(rest).await,
            "set" => match rest {
                ["escape", value] => {
                    self.options.escape = options::escape(value);
                    let text = format!("escape character is '{}'.\n", shown(self.options.escape));
                    return self.tell(&text).await;
                }
                ["?"] => {
                    return self
                        .tell("escape          character to escape back to telnet command mode\n")
                        .await;
                }
                [] | [_] => {
                    return self
                        .tell("Format is 'set Name Value'\n'set ?' for help.\n")
                        .await;
                }
                [name, ..] => return self.unsupported("set", name).await,
            },
            "unset" => match rest {
                ["escape"] => {
                    self.options.escape = None;
                    return self.tell("escape character is 'off'.\n").await;
                }
                [] => {
                    return self
                        .tell("Need an argument to 'unset' command.  'unset ?' for help.\n")
                        .await;
                }
                [name, ..] => return self.unsupported("unset", name).await,
            },
            "toggle" => return self.toggle(rest).await,
            "mode" => match rest {
                ["character"] => self.protocol().edits = Some(false),
                ["line"] => self.protocol().edits = Some(true),
                [] => {
                    return self
                        .tell("'mode' command requires an argument\n'mode ?' for help.\n")
                        .await;
                }
                ["?"] => {
                    let text = "format is:  'mode Mode', where 'Mode' is one of:\n\ncharacter       send each character at once\nline            send line by line\n";
                    return self.tell(text).await;
                }
                [name, ..] => return self.unsupported("mode", name).await,
            },
            "display" => {
                let crlf = self.protocol().crlf;
                let (inward, outward) = self.protocol().is_binary();
                let will = |on: bool| if on { "will" } else { "won't" };
                let text = format!(
                    "{} send carriage returns as telnet <CR><LF>.\n{} receive binary data.\n{} send binary data.\n\nescape          [{}]\n",
                    will(crlf),
                    will(inward),
                    will(outward),
                    shown(self.options.escape)
                );
                return self.tell(&text).await;
            }
            "environ" => return self.environ(rest).await,
            "?" => {
                let lines = COMMANDS
                    .iter()
                    .map(|(name, help)| format!("{name:<8}{help}\n"));
                let text: String = lines.collect();
                let head = "Commands may be abbreviated.  Commands are:\n\n";
                return self.tell(&format!("{head}{text}")).await;
            }
            name => {
                return self
                    .tell(&format!("?'{name}' is not supported here.\n"))
                    .await;
            }
        }
        Ok(None)
    }

    async fn tell(&mut self, text: &str) -> Result<Option<u8>, Exit> {
        say(&mut self.standard, text).await?;
        Ok(None)
    }

    async fn unsupported(&mut self, command: &str, name: &str) -> Result<Option<u8>, Exit> {
        let text = format!(
            "'{}': unknown argument ('{command} ?' for help).\n",
            printable(name)
        );
        self.tell(&text).await
    }

    async fn send(&mut self, words: &[&str]) -> Result<Option<u8>, Exit> {
        match words {
            [] => {
                let text = "need at least one argument for 'send' command\n'send ?' for help\n";
                return self.tell(text).await;
            }
            ["?"] => {
                let lines = SENDS
                    .iter()
                    .map(|(name, _, help)| format!("{name:<16}{help}\n"));
                let text: String = lines.collect();
                return self
                    .tell(&format!(
                        "{text}escape          Send current escape character\n"
                    ))
                    .await;
            }
            _ => {}
        }
        let escape = self.options.escape;
        let Some(session) = &mut self.session else {
            return self.tell("?Need to be connected first.\n").await;
        };
        for word in words {
            match SENDS.iter().find(|(name, ..)| name == word) {
                Some((_, command, _)) => session.protocol.command(*command),
                None if *word == "escape" => session.protocol.send(escape.as_slice()),
                None => {
                    let text = format!(
                        "Unknown send argument '{}'\n'send ?' for help.\n",
                        printable(word)
                    );
                    return self.tell(&text).await;
                }
            }
        }
        Ok(None)
    }

    async fn toggle(&mut self, words: &[&str]) -> Result<Option<u8>, Exit> {
        let Some(word) = words.first() else {
            return self
                .tell("Need an argument to 'toggle' command.  'toggle ?' for help.\n")
                .await;
        };
        let (inward, outward) = self.protocol().is_binary();
        match *word {
            "crlf" => {
                let protocol = self.protocol();
                protocol.crlf = !protocol.crlf;
                let text = match protocol.crlf {
                    true => "Will send carriage returns as telnet <CR><LF>.\n",
                    false => "Will send carriage returns as telnet <CR><NUL>.\n",
                };
                self.tell(text).await
            }
            "binary" => {
                let on = !(inward && outward);
                self.protocol().binary(Some(on), Some(on));
                self.tell("Negotiating binary mode with remote host.\n")
                    .await
            }
            "inbinary" => {
                self.protocol().binary(Some(!inward), None);
                self.tell("Negotiating binary mode on input.\n").await
            }
            "outbinary" => {
                self.protocol().binary(None, Some(!outward));
                self.tell("Negotiating binary mode on output.\n").await
            }
            "?" => {
                let text = "binary          toggle sending and receiving of binary data\ninbinary        toggle receiving of binary data\noutbinary       toggle sending of binary data\ncrlf            toggle sending carriage returns as telnet <CR><LF>\n";
                self.tell(text).await
            }
            other => self.unsupported("toggle", other).await,
        }
    }

    async fn environ(&mut self, words: &[&str]) -> Result<Option<u8>, Exit> {
        let environment = &mut self.protocol().environment;
        let text = match words {
            ["define", name, value @ ..] => match environment.define(name, &value.join(" ")) {
                // As in the native tool, what is defined is told.
                Ok(()) => {
                    environment.export(name, true);
                    String::new()
                }
                Err(why) => format!("{}\n", printable(&why)),
            },
            ["undefine", name] => {
                environment.undefine(name);
                String::new()
            }
            ["export", name] => {
                environment.export(name, true);
                String::new()
            }
            ["unexport", name] => {
                environment.export(name, false);
                String::new()
            }
            ["list"] => environment.list(),
            _ => "environ define NAME VALUE | undefine NAME | export NAME | unexport NAME | list\n"
                .into(),
        };
        self.tell(&text).await
    }
}
