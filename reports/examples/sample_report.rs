//! Writes the report of a made-up run, to see how pages and plots look without simulating anything:
//! `cargo run -p throng-reports --example sample_report FOLDER [empty]`.

#[allow(dead_code, reason = "tests use all of it")]
#[path = "../tests/reports/sample.rs"]
mod sample;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("which folder?")?;
    let record = match arguments.next().as_deref() {
        Some("empty") => sample::empty_record(),
        _ => sample::record(),
    };
    let (scenario, info) = (sample::scenario(), sample::info());
    throng_reports::write_run(folder.as_ref(), &scenario, sample::TOML, &record, &info)?;
    print!(
        "{}",
        throng_reports::summary_text(&scenario, &record, &info, true)
    );
    Ok(())
}
