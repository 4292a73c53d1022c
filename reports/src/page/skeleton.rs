//! What every page has around its sections: policy, style, contents, script.

use super::style;
use crate::summary::{MARK, MARK_SAYS};
use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use throng_workloads::visible::visible_lines;

/// What a page can do beyond being read.
const SCRIPT: &str = include_str!("script.js");

/// A part of a page, with a heading and a place in the contents.
pub(super) struct Section {
    /// Its place in the page's address.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) content: Markup,
}

/// A whole page. `about` stands below the title, `version` is that of the program that made the page.
pub(super) fn page(title: &str, about: &Markup, sections: &[Section], version: &str) -> String {
    let style = style::sheet();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(policy(&style));
                title { (title) " · throng" }
                style { (PreEscaped(&style)) }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header {
                    h1 { (title) }
                    (about)
                }
                nav aria-label="Contents" {
                    ul { @for part in sections { li { a href=(format!("#{}", part.id)) { (part.title) } } } }
                }
                main id="main" {
                    @for part in sections {
                        section id=(part.id) {
                            h2 { (part.title) }
                            (part.content)
                            @if part.content.0.contains(MARK) { p.mark { (MARK_SAYS) } }
                        }
                    }
                }
                footer {
                    p { "Made by throng " (version) ". Times are virtual unless stated otherwise." }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    // Neither our style nor our script has any character that acts, so this changes only what others wrote. It is done here, once,
    // because no part of a page may be forgotten.
    visible_lines(&page.into_string()).into_owned()
}

/// What a page may load and run: its own style and script, known by their hashes, and nothing else.
fn policy(style: &str) -> String {
    let hash = |text: &str| BASE64.encode(&Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'",
        hash(style),
        hash(SCRIPT)
    )
}
