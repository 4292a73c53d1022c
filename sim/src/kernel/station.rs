//! stub
use crate::kernel::time::{SimTime, SimSpan};
use std::collections::BTreeMap;
#[derive(Debug)]
pub struct Station { cores: Vec<SimTime>, lanes: BTreeMap<u32, SimTime> }
#[derive(Debug)]
pub struct Served { pub start: SimTime, pub done: SimTime, pub waited: SimSpan }
impl Station {
    pub fn new(cores: u32) -> Self { Self { cores: vec![SimTime::ZERO; cores as usize], lanes: BTreeMap::new() } }
    pub fn serve(&mut self, arrival: SimTime, lane: Option<u32>, service: SimSpan) -> Served {
        let ready = lane.and_then(|l| self.lanes.get(&l).copied()).unwrap_or(SimTime::ZERO).max(arrival);
        let core = self.cores.iter_mut().min().unwrap();
        let start = ready.max(*core);
        *core = start + service;
        if let Some(l) = lane { self.lanes.insert(l, start + service); }
        Served { start, done: start + service, waited: start - arrival }
    }
}
