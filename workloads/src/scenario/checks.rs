//! What a scenario cannot know of itself.

/// The units that cost profiles have of the protocol of a name, or what is wrong with the name.
pub type UnitsOf<'a> = &'a dyn Fn(&str) -> Result<Vec<CostUnit>, String>;

/// What others know of words that a scenario only hands on to them.
#[derive(Clone, Copy)]
pub struct Checks<'a> {
    /// Which protocols there are. Without it any name will do, and any units.
    pub stack: Option<UnitsOf<'a>>,
    /// What is wrong with a threshold.
    pub threshold: &'a dyn Fn(&str) -> Result<(), String>,
}

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
    /// Whether profiles may lack it: it costs nothing then.
    pub later: bool,
}
