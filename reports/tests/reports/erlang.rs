//! A queue with several servers and one line, M/M/c, in closed form (Erlang 1917).

/// The chance that a job is under way for longer than `time`: `rate` jobs a second come at Poisson moments, and each takes one of `cores` servers
/// 1/`speed` seconds in the mean, exponentially.
pub(crate) fn longer(time: f64, rate: f64, speed: f64, cores: u32) -> f64 {
    let offered = rate / speed;
    let blocked = (1..=cores).fold(1.0, |b, n| offered * b / (f64::from(n) + offered * b));
    let load = offered / f64::from(cores);
    let waits = blocked / (1.0 - load + load * blocked);
    let drain = f64::from(cores) * speed - rate;
    let alone = (-speed * time).exp();
    let both = (drain * alone - speed * (-drain * time).exp()) / (drain - speed);
    (1.0 - waits) * alone + waits * both
}

/// Jobs a second at which so many of all, as a part, are under way for longer than `limit`.
pub(crate) fn rate(limit: f64, share: f64, speed: f64, cores: u32) -> f64 {
    let (mut low, mut high) = (1.0, f64::from(cores) * speed * 0.999_9);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        match longer(limit, middle, speed, cores) <= share {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}

#[test]
fn one_server_is_known_by_heart() {
    // M/M/1: a job is under way for an exponential time of mean 1/(μ − λ).
    let expected = (-3.0f64).exp();
    assert!((longer(1.0, 7.0, 10.0, 1) - expected).abs() < 1e-12);
    assert!((rate(1.0, expected, 10.0, 1) - 7.0).abs() < 1e-9);
}
