//! What a scenario cannot know of itself.

/// What others know of words that a scenario only hands on to them.
#[derive(Clone, Copy)]
pub struct Checks<'a> {
    /// Which protocols there are. Where nobody knows them, any name will do, and any units of costs.
    pub stack: Option<KnowsStacks<'a>>,
    /// What is wrong with a threshold.
    pub threshold: &'a dyn Fn(&str) -> Result<(), String>,
}

/// The units that cost profiles have of the protocol of this name, or what is wrong with the name.
pub type KnowsStacks<'a> = &'a dyn Fn(&str) -> Result<Vec<CostUnit>, String>;

impl Default for Checks<'_> {
    /// Nothing is known, so nothing is wrong.
    fn default() -> Self {
        Self {
            stack: None,
            threshold: &|_| Ok(()),
        }
    }
}

/// What has a cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostUnit {
    /// Its name.
    pub name: &'static str,
    /// What it is where a profile lacks it.
    pub lacking: Lacking,
}

/// What it is where a profile lacks a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// A mistake.
    Wrong,
    /// Something that costs nothing: what it stands for is in the others there.
    Nothing,
    /// Something that costs what another unit does, which was counted in its place when the profile was made. The profile is left
    /// without it.
    Another,
}
