//! Validates what is asked for, asks the gate, and passes packets on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ring::Ring;
use super::sys::Socket;
use super::{CaptureFilter, CaptureLive};
use crate::bindings::nethost::cap::capture as wit;
use nethost_broker::capabilities::capture::{
    ANY, CaptureSpec, EXPRESSION, LARGEST_SNAPSHOT, LONGEST_PROGRAM,
};
use nethost_broker::{Broker, CaptureSetup, FilterSource, PacketOrigin};
use nethost_core::{InterfaceBy, Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::{ErrorCode, invalid};
use nethost_net::datagram::FilterInstruction;

/// No call waits longer.
const LONGEST: Duration = Duration::from_secs(300);

/// Has an expression compiled.
pub(super) fn compile(
    gate: &Arc<Gate>,
    broker: &Broker,
    expression: String,
    options: wit::CompileOptions,
) -> Result<Vec<wit::Instruction>, ErrorCode> {
    let request = Request::new("compile", Target::Local(EXPRESSION));
    let permit: Permit<CaptureFilter> = gate.authorize(request)?;
    let source = FilterSource {
        expression,
        link: options.link,
        snapshot: options.snapshot,
        optimize: options.optimize,
        netmask: options.netmask,
        origin: match options.origin {
            wit::Origin::File => PacketOrigin::File,
            wit::Origin::Nowhere => PacketOrigin::Nowhere,
            wit::Origin::Live => PacketOrigin::Live,
        },
    };
    let compiled = broker.compile_filter(&permit, source);
    let compiled = compiled.inspect_err(|error| permit.failed(error))?;
    let to_wit = |step: FilterInstruction| wit::Instruction {
        code: step.code,
        jump_true: step.jump_true,
        jump_false: step.jump_false,
        operand: step.operand,
    };
    let program = compiled.map_err(invalid)?;
    Ok(program.into_iter().map(to_wit).collect())
}

/// An open capture. The permit is the last to go: when it is closed, the broker frees the ring, which must not be mapped
/// any more.
pub struct Session {
    ring: Mutex<Ring>,
    socket: Socket,
    snapshot: u32,
    broker: Arc<Broker>,
    permit: Permit<CaptureLive>,
}

impl Session {
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        interface: Option<&str>,
        options: &wit::CaptureOptions,
    ) -> Result<Self, ErrorCode> {
        if !(1..=LARGEST_SNAPSHOT).contains(&options.snapshot) {
            return Err(invalid("a snapshot length of 1 to 262144"));
        }
        if options.filter.len() > LONGEST_PROGRAM {
            return Err(invalid("a filter of at most 4096 instructions"));
        }
        let target = match interface {
            None => Target::Local(ANY),
            Some(name) => Target::Link(broker.interface(&None, &InterfaceBy::Name(name.into()))?),
        };
        let from_wit = |step: &wit::Instruction| FilterInstruction {
            code: step.code,
            jump_true: step.jump_true,
            jump_false: step.jump_false,
            operand: step.operand,
        };
        let spec = CaptureSpec {
            filter: options.filter.iter().map(from_wit).collect(),
            link: options.link,
            snapshot: options.snapshot,
            promiscuous: options.promiscuous && interface.is_some(),
            forced_filters: Vec::new(),
            forced_snapshot: None,
        };
        let request = Request::new("session.open", target).changing(spec.to_changes());
        let permit: Permit<CaptureLive> = gate.authorize(request)?;
        let setup = CaptureSetup {
            buffer: options.buffer,
            immediate: options.immediate,
        };
        let opened = broker.open_capture(&permit, setup);
        let (facts, socket) = opened.map_err(|error| {
            permit.failed(&error);
            match error.raw_os_error() {
                Some(libc::ENOEXEC) => ErrorCode::Other(Some(
                    "the filter that the policy forces is not an expression of pcap-filter(7)"
                        .into(),
                )),
                _ => error.into(),
            }
        })?;
        let ring = Ring::of(&socket, &facts, options.link);
        let ring = ring.inspect_err(|error| permit.failed(error))?;
        Ok(Self {
            permit,
            broker: Arc::clone(broker),
            socket: Socket::new(socket)?,
            snapshot: facts.snapshot,
            ring: Mutex::new(ring),
        })
    }

    pub(super) fn snapshot(&self) -> u32 {
        self.snapshot
    }

    pub(super) fn statistics(&self) -> Result<wit::Statistics, ErrorCode> {
        let counts = self.broker.count_capture(&self.permit)?;
        Ok(wit::Statistics {
            received: counts.received,
            dropped: counts.dropped,
        })
    }

    pub(super) async fn receive(&self, max: u32, timeout: u64) -> Result<wit::Batch, ErrorCode> {
        let deadline = Instant::now() + Duration::from_nanos(timeout).min(LONGEST);
        let mut batch = wit::Batch {
            bytes: Vec::new(),
            packets: Vec::new(),
        };
        // A turn may find nothing but a second sight of packets of the loopback interface.
        while batch.packets.is_empty() {
            let take = || {
                let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
                ring.take(max.max(1) as usize, &mut batch)
            };
            match self.socket.when_readable(deadline, take).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    self.permit.failed(&error);
                    return Err(error.into());
                }
            }
        }
        let mut passed = 0;
        for packet in &batch.packets {
            let bytes = packet.length as usize;
            match self.permit.may_receive(bytes) {
                Ok(()) => self.permit.count_received(bytes),
                // What was allowed is passed on; the next call finds the quota used up.
                Err(_) if passed > 0 => break,
                Err(denial) => return Err(denial.into()),
            }
            passed += 1;
        }
        batch.packets.truncate(passed);
        Ok(batch)
    }
}
