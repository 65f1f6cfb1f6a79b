//! Zephyr: notices between those who are logged in.

use super::prelude::*;

const KINDS: &Table = &[
    (0, "unsafe"),
    (1, "unacked"),
    (2, "acked"),
    (3, "hm-ack"),
    (4, "hm-ctl"),
    (5, "serv-ack"),
    (6, "serv-nak"),
    (7, "client-ack"),
    (8, "stat"),
];

/// The text up to a zero.
fn field<'a>(f: &mut Fields<'a>) -> Done<Option<&'a [u8]>> {
    let mut size = 0;
    loop {
        if size == f.left {
            return Ok(None);
        }
        if f.b.u8(size)? == 0 {
            break;
        }
        size += 1;
    }
    let text = f.take(size)?;
    f.take(1)?;
    Ok(Some(text))
}

/// Prints a notice.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "zephyr";
    let mut f = Fields::new(b, length);
    let Some(version) = field(&mut f)? else {
        p.invalid();
        return Ok(());
    };
    if !version.starts_with(b"ZEPH") {
        return Ok(());
    }
    let mut fields: Vec<&[u8]> = Vec::new();
    for _ in 0..16 {
        let Some(text) = field(&mut f)? else {
            p.invalid();
            return Ok(());
        };
        fields.push(text);
    }
    p.text(" zephyr");
    let version = version.tail(4);
    if !version.starts_with(b"0.2") {
        p.text(" v");
        p.string(version);
        return Ok(());
    }
    let get = |place: usize| fields.get(place).copied().unwrap_or_default();
    let kind = number(get(1));
    p.text(" ");
    p.name(KINDS, kind, "type %d");
    if kind == 5
        && let Some(done) = field(&mut f)?
        && done != b"SENT"
    {
        p.text("/");
        lower(p, done);
    }
    let (class, instance, opcode) = (get(7), get(8), get(9));
    let (sender, recipient) = (get(10), get(11));
    if !sender.is_empty() {
        p.text(" ");
        p.string(sender);
    }
    if notice(p, &mut f, kind, (class, instance, opcode))? {
        return Ok(());
    }
    p.text(" to ");
    triple(p, class, instance, recipient);
    if !opcode.is_empty() {
        p.text(" op ");
        p.string(opcode);
    }
    Ok(())
}

/// A number as strtol(3) reads it in hexadecimal, as many digits as there are.
fn number(text: &[u8]) -> u32 {
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    text.iter()
        .map_while(|octet| char::from(*octet).to_digit(16))
        .fold(0, |number: u32, digit| {
            number.wrapping_mul(16).wrapping_add(digit)
        })
}

fn lower(p: &mut Printer, text: &[u8]) {
    p.string(&text.to_ascii_lowercase());
}

fn triple(p: &mut Printer, class: &[u8], instance: &[u8], recipient: &[u8]) {
    p.text("<");
    p.string(class);
    p.text(",");
    p.string(instance);
    p.text(",");
    p.string(if recipient.is_empty() {
        b"*"
    } else {
        recipient
    });
    p.text(">");
}

/// Prints what the class of a notice says; false when nothing.
fn notice(
    p: &mut Printer,
    f: &mut Fields<'_>,
    kind: u32,
    (class, instance, opcode): (&[u8], &[u8], &[u8]),
) -> Done<bool> {
    match (class, instance, opcode) {
        (b"USER_LOCATE", _, b"USER_HIDE") => p.text(" hide"),
        (b"USER_LOCATE", _, b"USER_UNHIDE") => p.text(" unhide"),
        (b"USER_LOCATE", ..) => {
            p.text(" locate ");
            p.string(instance);
        }
        (b"ZEPHYR_ADMIN", ..) => {
            p.text(" zephyr-admin ");
            lower(p, opcode);
        }
        (b"ZEPHYR_CTL", b"CLIENT", b"SUBSCRIBE" | b"SUBSCRIBE_NODEFS" | b"UNSUBSCRIBE") => {
            p.text(if opcode == b"SUBSCRIBE" { " " } else { " un" });
            p.text("sub");
            p.text(match opcode {
                b"SUBSCRIBE_NODEFS" => "-nodefs",
                _ => "",
            });
            if kind != 5
                && let Some(class) = field(f)?
                && let Some(instance) = field(f)?
                && let Some(recipient) = field(f)?
            {
                p.text(" ");
                triple(p, class, instance, recipient);
            }
        }
        (b"ZEPHYR_CTL", b"CLIENT", b"GIMME") => p.text(" ret"),
        (b"ZEPHYR_CTL", b"CLIENT", b"GIMMEDEFS") => p.text(" gimme-defs"),
        (b"ZEPHYR_CTL", b"CLIENT", b"CLEARSUB") => p.text(" clear-subs"),
        (b"ZEPHYR_CTL", b"CLIENT" | b"HM", _) => {
            p.text(" ");
            lower(p, opcode);
        }
        (b"ZEPHYR_CTL", b"REALM", _) => p.text(match opcode {
            b"ADD_SUBSCRIBE" => " realm add-subs",
            b"REQ_SUBSCRIBE" => " realm req-subs",
            b"RLM_SUBSCRIBE" => " realm rlm-sub",
            b"RLM_UNSUBSCRIBE" => " realm rlm-unsub",
            _ => "",
        }),
        (b"HM_CTL" | b"WG_CTL", ..) => {
            p.text(if class == b"HM_CTL" {
                " hm_ctl "
            } else {
                " wg_ctl "
            });
            lower(p, instance);
            p.text(" ");
            lower(p, opcode);
        }
        (b"HM_STAT", b"HMST_CLIENT", b"GIMMESTATS") => p.text(" get-client-stats"),
        (b"LOGIN", _, b"USER_FLUSH") => p.text(" flush_locs"),
        (
            b"LOGIN",
            _,
            b"NONE" | b"OPSTAFF" | b"REALM-VISIBLE" | b"REALM-ANNOUNCED" | b"NET-VISIBLE"
            | b"NET-ANNOUNCED",
        ) => {
            p.text(" set-exposure ");
            lower(p, opcode);
        }
        _ => return Ok(false),
    }
    Ok(true)
}
