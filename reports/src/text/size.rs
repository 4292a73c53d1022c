//! A sizing as Markdown, for a terminal and for documents.

use crate::size::Sizing;
use crate::size::sheets::{Sheet, intro, sheets};
use throng_workloads::visible::visible;

/// All of it: what machines each provider needs, what goes in, what was checked.
pub fn size_markdown(sizing: &Sizing) -> String {
    let mut text = format!("# {}, a sizing\n", escaped(&sizing.scenario));
    for paragraph in intro(sizing) {
        text.push_str(&format!("\n{}\n", escaped(&paragraph)));
    }
    // Four spaces make it code, whatever is in it.
    text.push_str(&format!("\n    {}\n", visible(&sizing.command)));
    let mut section = "";
    for sheet in sheets(sizing) {
        let [id, title] = sheet.section;
        if id != section {
            text.push_str(&format!("\n## {title}\n"));
            section = id;
        }
        add(&sheet, &mut text);
    }
    text
}

fn add(sheet: &Sheet, text: &mut String) {
    if let Some(title) = &sheet.title {
        text.push_str(&format!("\n### {}\n", escaped(title)));
    }
    for note in &sheet.notes {
        text.push_str(&format!("\n{}\n", escaped(note)));
    }
    let columns = sheet.head.len();
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    text.push('\n');
    text.push_str(&line(sheet.head.iter().map(|name| escaped(name)).collect()));
    let marks = (0..columns).map(|at| if at < sheet.words { "---" } else { "--:" });
    text.push_str(&format!("|{}|\n", marks.collect::<Vec<_>>().join("|")));
    for row in &sheet.rows {
        text.push_str(&line(row.iter().map(|cell| escaped(cell)).collect()));
    }
}

/// A text that stays in its cell and means nothing to Markdown but itself.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for letter in visible(text).chars() {
        if matches!(letter, '|' | '*' | '_' | '`' | '[' | ']' | '<' | '\\' | '#') {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_in_its_cell() {
        assert_eq!(escaped("a|b\n<i>_x_"), "a\\|b\\\\n\\<i>\\_x\\_");
    }
}
