//! stub
use crate::kernel::time::SimTime;
#[derive(Debug)]
pub struct Fingerprint(blake3::Hasher);
impl Fingerprint {
    pub fn new() -> Self { Self(blake3::Hasher::new()) }
    pub fn record(&mut self, time: SimTime, entity: u32, kind: u16, sizes: &[u64]) {
        self.0.update(&time.as_nanos().to_le_bytes());
        self.0.update(&entity.to_le_bytes());
        self.0.update(&kind.to_le_bytes());
        self.0.update(&(sizes.len() as u32).to_le_bytes());
        for s in sizes { self.0.update(&s.to_le_bytes()); }
    }
    pub fn finish(&self) -> String { self.0.finalize().to_hex()[..32].to_string() }
}
