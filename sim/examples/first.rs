//! temp
use throng_sim::world::World;
use throng_workloads::builtin;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let scenario = match builtin::find(&args[0]).and_then(|s| s.scenario(&args[1..])) {
        Ok(s) => s,
        Err(e) => {
            eprintln!("{e}");
            return;
        }
    };
    let t = std::time::Instant::now();
    let mut world = match World::new(&scenario) {
        Ok(w) => w,
        Err(e) => {
            eprintln!("{e:?}");
            return;
        }
    };
    eprintln!("built in {:?}", t.elapsed());
    let t = std::time::Instant::now();
    let mut steps = 0u64;
    let mut last = std::time::Instant::now();
    loop {
        match world.step() {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) => {
                eprintln!("{e}\n{e:?}");
                return;
            }
        }
        steps += 1;
        if last.elapsed().as_secs() >= 2 {
            last = std::time::Instant::now();
            eprintln!("{:?} steps {steps}", world.progress());
        }
    }
    eprintln!("ran in {:?}, {steps} windows", t.elapsed());
    let r = match world.finish(false) {
        Ok(r) => r,
        Err(e) => {
            eprintln!("{e}");
            return;
        }
    };
    println!(
        "{} events {} end {} clients {}",
        r.fingerprint, r.events, r.end, r.clients
    );
    println!("{:#?}", r.counts);
    for (n, _, h) in r.latencies.named() {
        println!(
            "{n:15} n={} p50={} p90={} p99={} max={} ms",
            h.len(),
            h.value_at_quantile(0.5) / 1000,
            h.value_at_quantile(0.9) / 1000,
            h.value_at_quantile(0.99) / 1000,
            h.max() / 1000
        );
    }
    println!("{:?}", r.invariants);
    println!("{:?}\n{:?}", r.client_work, r.hub_work);
    for p in &r.providers {
        println!("{p:?}");
    }
    println!(
        "commits {} bytes {}",
        r.commits.len(),
        r.traffic.iter().map(|t| t.sent).sum::<u64>()
    );
}
