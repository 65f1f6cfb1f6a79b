//! The native protocol of systemd's journal: a datagram of fields, sent to the journal's socket.

use super::{sentence, severity};
use crate::record::Record;

/// Where the journal listens.
pub const SOCKET: &str = "/run/systemd/journal/socket";

/// One datagram; `sealed` is the record as the log has it. No value has a line break: the sentence is
/// one line, names are those of the record, and JSON escapes the rest.
pub fn journald(record: &Record<'_>, sealed: &str) -> String {
    let mut fields = format!(
        "MESSAGE={}\nPRIORITY={}\nSYSLOG_IDENTIFIER=nethost\nSYSLOG_FACILITY=13\nNETHOST_EVENT={}\nNETHOST_SEQ={}\nNETHOST_HASH={}\nNETHOST_RUN={}\n",
        sentence(record),
        severity(record) as u8,
        record.event.name(),
        record.seq,
        record.hash,
        crate::text::plain(&record.run),
    );
    if let Some(plugin) = &record.plugin {
        fields += &format!("NETHOST_PLUGIN={}\n", crate::text::plain(&plugin.name));
    }
    fields + &format!("NETHOST_RECORD={sealed}\n")
}
