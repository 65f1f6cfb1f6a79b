//! What the broker keeps for one run is bounded, whatever the runner asks for.

use super::*;

#[test]
fn what_is_told_before_the_last_message_is_bounded() {
    let mut escaped = Escaped::begun(&["process.read"]);
    let wanted = operations::WantedSockets {
        // A byte each on the channel, eight here.
        inodes: vec![7; 90_000],
        extent: None,
    };
    let mut told = 0_usize;
    let mut last = 0;
    let answer = loop {
        last += 1;
        let fields = fields("process.read", Target::Local("own".into()));
        assert!(escaped.authorize(last, fields));
        let mut each = (0..11)
            .map(|_| escaped.perform::<operations::FindSocketOwners>(last, &wanted))
            .map(|done| done.map(|_| told += 8 * wanted.inodes.len()));
        if let Some(answer) = each.find_map(Result::err) {
            break answer;
        }
    };
    assert!(is_refusal(&answer), "{answer:?}");
    assert!((128 << 20..=256 << 20).contains(&told), "{told} bytes");
    // What is closed makes room.
    for handle in 1..=last {
        escaped.channel.send(&over(handle), None).unwrap();
    }
    assert!(escaped.authorize(
        last + 1,
        fields("process.read", Target::Local("own".into()))
    ));
    assert!(
        escaped
            .perform::<operations::FindSocketOwners>(last + 1, &wanted)
            .is_ok()
    );
}

#[test]
fn rings_of_captures_are_bounded() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let mut escaped = Escaped::begun(&["capture.live"]);
    let (fields, _) = each_operation::each_permit()
        .into_iter()
        .find(|(fields, _)| fields.capability == "capture.live")
        .unwrap();
    let fields = || RequestFields {
        changes: fields.changes.clone(),
        ..super::fields("capture.live", Target::Local("any-interface".into()))
    };
    let setup = crate::CaptureSetup {
        buffer: 64 << 20,
        immediate: false,
    };
    let mut sockets = Vec::new();
    let mut total = 0_u64;
    for handle in 1..10 {
        assert!(escaped.authorize(handle, fields()));
        if let Ok((facts, socket)) = escaped.perform::<operations::OpenCapture>(handle, &setup) {
            total += u64::from(facts.block) * u64::from(facts.blocks);
            sockets.push(socket);
            // One for each permit.
            escaped.is_refused::<operations::OpenCapture>(handle, &setup);
        }
    }
    assert!(total > 64 << 20 && total <= 256 << 20, "{total} bytes");
    // A ring that was closed is freed, although this end keeps its copy of the socket.
    escaped.channel.send(&over(1), None).unwrap();
    assert!(escaped.authorize(20, fields()));
    assert!(
        escaped
            .perform::<operations::OpenCapture>(20, &setup)
            .is_ok()
    );
}
