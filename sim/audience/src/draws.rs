//! Draws without state: a mix of key and counter, and tables of quantiles to look it up in.

use throng_workloads::dist::Dist;
use throng_workloads::time::SimSpan;

/// Cells of a table, by the first bits of a draw.
const CELL_BITS: u32 = 12;
const CELLS: usize = 1 << CELL_BITS;
/// The other bits of a draw say where in the cell.
pub(super) const WITHIN_BITS: u32 = 32 - CELL_BITS;
/// In place of a cell's width: it is not interpolated.
const EXACT: u32 = u32::MAX;
/// No delay is longer: 73 years. Keeps sums of a few of them within 64 bits.
pub(super) const LONGEST: u64 = 1 << 61;
/// What separates one counter from the next.
const STEP: u64 = 0xa076_1d64_78bd_642f;
/// What one factor of the mix is masked with to make the other.
const MASK: u64 = 0xe703_7ed1_a0b4_28db;

/// 64 bits for the client with this id: element `client` of the wyrand sequence that begins at `key`.
#[inline(always)]
pub(super) const fn mix(key: u64, client: u32) -> u64 {
    let counter = key.wrapping_add((client as u64).wrapping_mul(STEP));
    let product = counter as u128 * (counter ^ MASK) as u128;
    (product >> 64) as u64 ^ product as u64
}

/// A span that is drawn, from 32 bits of a mix.
pub(super) trait Draw: Sync {
    /// Whether these bits need [`exact`](Self::exact), and if not what they give: nanoseconds with
    /// [`WITHIN_BITS`] binary digits after the point (less what the table is coarse).
    fn look_up(&self, bits: u32) -> (bool, u64);

    /// What these bits give, in nanoseconds. `more` are bits to refine them with.
    fn exact(&self, bits: u32, more: u64) -> u64;
}

/// Where nothing is to be drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nothing;

impl Draw for Nothing {
    #[inline(always)]
    fn look_up(&self, _: u32) -> (bool, u64) {
        (false, 0)
    }

    fn exact(&self, _: u32, _: u64) -> u64 {
        0
    }
}

/// What a delay can be.
#[derive(Debug)]
pub(super) enum Delay {
    /// Always the same, in nanoseconds.
    Always(u64),
    /// Drawn from a table.
    Drawn(Box<Table>),
}

impl Delay {
    /// Latency and jitter, with one point.
    pub(super) fn pair(latency: &Dist, floor: SimSpan, jitter: &Dist) -> (Self, Self) {
        let parts = [(latency, floor), (jitter, SimSpan::ZERO)];
        let coarse = parts.map(|(dist, floor)| Table::coarse(dist, floor));
        let coarse = coarse[0].max(coarse[1]);
        let [latency, jitter] = parts.map(|(dist, floor)| {
            if dist.quantile(0.0) == dist.quantile(1.0) {
                let span = SimSpan::from_secs_f64(dist.quantile(0.0)).max(floor);
                Self::Always(span.as_nanos().min(LONGEST))
            } else {
                Self::Drawn(Box::new(Table::new(dist.clone(), floor, coarse)))
            }
        });
        (latency, jitter)
    }

    /// The part that needs no drawing.
    pub(super) const fn always(&self) -> u64 {
        match self {
            Self::Always(nanos) => *nanos,
            Self::Drawn(_) => 0,
        }
    }

    /// Binary digits after the point.
    pub(super) const fn point(&self) -> u32 {
        match self {
            Self::Always(_) => WITHIN_BITS,
            Self::Drawn(table) => WITHIN_BITS - table.coarse,
        }
    }
}

/// Quantiles of a distribution with straight lines between them.
#[derive(Debug)]
pub(super) struct Table {
    dist: Dist,
    floor: u64,
    /// Values are kept in units of 2^`coarse` nanoseconds; 0 up to 4.29 s.
    coarse: u32,
    /// Each cell's least value and its width, or [`EXACT`].
    cells: Box<[(u32, u32); CELLS]>,
}

impl Table {
    /// How coarse the units must be for what is interpolated to fit: the outermost cells, which may have no
    /// end, are not.
    fn coarse(dist: &Dist, floor: SimSpan) -> u32 {
        let largest = dist.quantile((CELLS - 1) as f64 / CELLS as f64);
        let largest = SimSpan::from_secs_f64(largest).max(floor).as_nanos();
        (u64::BITS - largest.leading_zeros())
            .saturating_sub(32)
            .min(WITHIN_BITS)
    }

    fn new(dist: Dist, floor: SimSpan, coarse: u32) -> Self {
        let mut table = Self {
            dist,
            floor: floor.as_nanos(),
            coarse,
            cells: Box::new([(0, EXACT); CELLS]),
        };
        for cell in 1..CELLS - 1 {
            let part = |part| table.quantile((PARTS * cell + part) as f64 / (PARTS * CELLS) as f64);
            let parts: [u64; PARTS + 1] = std::array::from_fn(part);
            if let Some(straight) = straight(&parts, coarse) {
                table.cells[cell] = straight;
            }
        }
        table
    }

    fn quantile(&self, u: f64) -> u64 {
        let span = SimSpan::from_secs_f64(self.dist.quantile(u));
        span.as_nanos().max(self.floor).min(LONGEST)
    }
}

/// Steps within a cell at which its straightness is tried.
const PARTS: usize = 4;

/// A cell between quantiles at equal steps, if a straight line is nowhere off by more than a quarter of
/// the cell (a microsecond is no matter).
fn straight(parts: &[u64; PARTS + 1], coarse: u32) -> Option<(u32, u32)> {
    let (low, high) = (parts[0], parts[PARTS]);
    let width = high - low;
    let slack = (width / 4).max(1_000);
    let off = |(part, value): (usize, &u64)| {
        let line = low + (u128::from(width) * part as u128 / PARTS as u128) as u64;
        value.abs_diff(line) > slack
    };
    if parts.iter().enumerate().any(off) {
        return None;
    }
    // Up, so that nothing is below the floor.
    let low = low.div_ceil(1 << coarse);
    let width = (high >> coarse).saturating_sub(low);
    let cell = (u32::try_from(low).ok()?, u32::try_from(width).ok()?);
    (cell.1 != EXACT).then_some(cell)
}

impl Draw for Table {
    #[inline(always)]
    fn look_up(&self, bits: u32) -> (bool, u64) {
        let (low, width) = self.cells[(bits >> WITHIN_BITS) as usize];
        let within = u64::from(bits & ((1 << WITHIN_BITS) - 1));
        let value = (u64::from(low) << WITHIN_BITS) + u64::from(width) * within;
        (width == EXACT, value)
    }

    fn exact(&self, bits: u32, more: u64) -> u64 {
        match self.look_up(bits) {
            (false, value) => value >> (WITHIN_BITS - self.coarse),
            (true, _) => {
                let bits = (u64::from(bits) << 21) | (more >> 43);
                self.quantile(bits as f64 * (1.0 / (1u64 << 53) as f64))
            }
        }
    }
}
