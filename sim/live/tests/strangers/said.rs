//! What a provider says of what goes on.

use super::world::{Shows, World, of_client, request};
use serde_json::Value;
use std::io;
use std::sync::{Arc, Mutex};
use throng_live::Limits;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

/// Whatever is said.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All that is said is structured, says what was refused a line a second at most, and holds no token.
#[test]
fn lines_hold_no_secret_and_no_flood() {
    let said = Said::default();
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer({
            let said = said.clone();
            move || said.clone()
        });
    let filter = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("throng", LevelFilter::TRACE);
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter));
    // The only one of this program; other tests' lines come here, too.
    tracing::subscriber::set_global_default(subscriber).expect("the first");

    let world = World::within(Limits {
        connections_per_address: 1,
        ..Limits::default()
    });
    let bearer = world.account(70);
    let ack = of_client(&bearer, 0, "ack", &[0; 8]);
    assert_eq!(
        world
            .try_ask([127, 7, 0, 1], Shows::Nothing, ack)
            .expect("an answer")
            .status(),
        204
    );
    let wrong = request(
        "POST",
        "/client/v1/ack",
        &[("authorization", "Bearer 5ec4e7")],
        b"",
    );
    assert_eq!(
        world
            .try_ask([127, 7, 0, 2], Shows::Nothing, wrong)
            .expect("an answer")
            .status(),
        401
    );
    world.runtime.block_on(async {
        let held = world
            .connect([127, 7, 0, 3], Shows::Nothing)
            .await
            .expect("a connection");
        for _ in 0..50 {
            assert!(world.connect([127, 7, 0, 3], Shows::Nothing).await.is_err());
        }
        drop(held);
    });
    world.stop();

    let bytes = said.0.lock().expect("no panic").clone();
    let text = String::from_utf8(bytes).expect("text");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let of = |message: &str| {
        lines
            .iter()
            .filter(|line| line["message"] == message)
            .count()
    };
    assert!(of("begins to serve") >= 1 && of("ends") >= 1 && of("answered") >= 3);
    let refusals = lines.iter().filter(|line| {
        let address = line["address"].as_str().unwrap_or_default();
        line["reason"] == "full-for-address" && address.starts_with("127.7.0.3:")
    });
    let refusals: Vec<&Value> = refusals.collect();
    // Fifty refusals that take less than seconds.
    assert!((1..=10).contains(&refusals.len()), "{refusals:?}");
    assert!(refusals[0]["times"].is_u64() && refusals[0]["level"] == "WARN");
    let token = bearer.strip_prefix("Bearer ").expect("a token");
    assert!(!text.contains(token) && !text.contains("5ec4e7"));
}
