//! Bytes on the wire: they balance, they are really encrypted, and they are OpenMLS's.

use crate::common;

use common::{run_on, run_with, scenario};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use throng_mimi::framed::Framed;
use throng_mimi::wire::FrameKind;
use throng_stack::Peer;
use throng_workloads::intent::ProviderId;

#[test]
fn bytes_balance_for_each_kind_of_message_on_a_bad_network() {
    let bad = [
        "network.client.wifi.loss=0.05",
        "network.client.wifi.duplicate=0.02",
        "network.client.wifi.reorder=0.2",
        "duration=4min",
    ];
    let record = run_on(&scenario("small", &bad), 2);
    assert!(
        record.traffic.iter().any(|row| row.lost > 0),
        "nothing was lost"
    );
    assert!(
        record.traffic.iter().any(|row| row.duplicated > 0),
        "nothing was duplicated"
    );
    for row in &record.traffic {
        assert_eq!(
            row.sent + row.duplicated,
            row.received + row.lost,
            "{row:?}"
        );
    }
}

/// Flip one bit near the end of the frames of one kind that a provider sends, from the first `spare` on.
fn tamper(
    kind: FrameKind,
    scenario: &throng_workloads::scenario::Scenario,
    spare: u32,
) -> throng_record::Record {
    let seen = Arc::new(AtomicU32::new(0));
    run_with(scenario, Peer::Provider(ProviderId(0)), move |_, out| {
        for (to, envelope) in &mut out.sends {
            if envelope.packet.frame_kind() != Some(kind) || !matches!(to, Peer::Client(_)) {
                continue;
            }
            if seen.fetch_add(1, Ordering::Relaxed) == spare {
                envelope.packet = envelope.packet.with_bytes(|bytes| {
                    // In the ciphertext and its tag, before the optional frank at the very end.
                    let at = bytes.len() - 10;
                    bytes[at] ^= 0x10;
                });
            }
        }
    })
    .expect("a damaged message is refused, no invariant breaks")
}

#[test]
fn a_byte_flipped_in_flight_is_rejected_by_the_receiver() {
    let scenario = scenario("small", &["duration=4min"]);
    let sound = run_on(&scenario, 2);
    assert_eq!(sound.counts.undecryptable, []);
    let damaged = tamper(FrameKind::NotifyApplication, &scenario, 3);
    let refused: u64 = damaged
        .counts
        .undecryptable
        .iter()
        .map(|(_, count)| count)
        .sum();
    assert!(refused >= 1, "the damaged message was taken");
    assert!(damaged.counts.messages_decrypted < sound.counts.messages_decrypted);
}
