//! Tests for denied and malformed requests, and the contents of a frame. The tests in `tests/` use real terminals.
#![allow(clippy::unwrap_used)]

use super::service::{Screen, compose};
use crate::bindings::nethost::cap::terminal::{Span, Style};
use nethost_broker::Broker;
use nethost_kit::types::ErrorCode;
use nethost_test_bed::TestBed;

fn line(text: &str) -> Vec<Span> {
    vec![Span {
        text: text.into(),
        style: Style::Plain,
    }]
}

#[test]
fn a_denied_screen_leaves_one_record() {
    let bed = TestBed::allowing(&[]);
    assert!(matches!(
        Screen::open(&bed.gate, &Broker::in_process().into()),
        Err(ErrorCode::Denied(_))
    ));
    assert_eq!(bed.names(), ["denied"]);
}

#[test]
fn a_frame_carries_no_control_character_of_the_plugin() {
    let frame = compose(&[line("a\x1b]0;owned\x07b\u{9b}2J\nc")], 80, 24).unwrap();
    let text = String::from_utf8(frame).unwrap();
    assert!(
        text.contains("a\\u001b]0;owned\\u0007b\\u009b2J\\nc"),
        "{text:?}"
    );
}

#[test]
fn a_line_is_cut_at_the_edge_by_the_width_of_its_characters() {
    let frame = String::from_utf8(compose(&[line("漢字漢字")], 5, 1).unwrap()).unwrap();
    assert!(frame.contains("漢字") && !frame.contains("漢字漢"));
    let frame = String::from_utf8(compose(&vec![line("x"); 100], 80, 3).unwrap()).unwrap();
    assert_eq!(frame.matches('x').count(), 3);
}

#[test]
fn keys_are_what_a_terminal_sends() {
    use super::keys::decode;
    use crate::bindings::nethost::cap::terminal::Key;
    let shown = |bytes: &[u8]| {
        decode(bytes)
            .iter()
            .map(|key| format!("{key:?}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let expected = |keys: &[Key]| {
        keys.iter()
            .map(|key| format!("{key:?}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        shown("qä\r\u{7f}".as_bytes()),
        expected(&[
            Key::Character('q'),
            Key::Character('ä'),
            Key::Enter,
            Key::Backspace
        ])
    );
    assert_eq!(
        shown(b"\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[1;5C\x1b"),
        expected(&[
            Key::Up,
            Key::Down,
            Key::PageUp,
            Key::PageDown,
            Key::Other,
            Key::Escape
        ])
    );
    assert_eq!(
        shown(b"\xff\x01\x1b["),
        expected(&[Key::Other, Key::Other, Key::Other])
    );
}

#[test]
fn a_dumb_terminal_has_no_screen() {
    for (term, is_dumb) in [
        (None, false),
        (Some("dumb"), true),
        (Some("xterm"), false),
        (Some(""), false),
    ] {
        assert_eq!(super::service::is_dumb(term.map(AsRef::as_ref)), is_dumb);
    }
}
