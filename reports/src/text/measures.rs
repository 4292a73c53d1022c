//! The measures that there are, for a terminal.

use super::layout::Page;
use crate::families::STATS;
use crate::measures::FAMILIES;

/// A line a family: its name, its unit, and what it says.
pub fn measures_text() -> String {
    let mut page = Page::new(false);
    let stats = STATS.join(", ");
    page.line(&format!(
        "NAME.* has {stats}; * elsewhere stands for what a run has."
    ));
    let row = |family: &crate::measures::Family| {
        let name = match family.spread {
            true => format!("{}.*", family.name),
            false => family.name.to_owned(),
        };
        vec![
            name,
            family.unit.symbol().to_owned(),
            family.says.to_owned(),
        ]
    };
    page.line("");
    page.table(
        &["measure", "unit", "what"],
        FAMILIES.iter().map(row).collect(),
    );
    for family in FAMILIES {
        let Some(names) = family.closed() else {
            continue;
        };
        page.line("");
        page.line(&format!("{} stands for:", family.name));
        for name in names {
            page.line(&format!("  {name}"));
        }
    }
    page.finish()
}
