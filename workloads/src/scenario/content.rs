//! What is in a message: the part of `[messages]` that is about content, as the simulation sees it and as it is read.

use super::reader::Section;
use crate::dist::Dist;
use crate::units::{Quantity, plain};

/// What the content of a message is.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// As many random bytes as its size says.
    Opaque,
    /// Whatever format the stack has for what people write, with all that it says beside.
    Structured(Structured),
}

impl Content {
    /// Whether hubs stamp messages.
    pub fn is_franked(&self) -> bool {
        matches!(self, Self::Structured(how) if how.franking)
    }

    /// Whether whoever gets a message sends something back: then nobody does nothing but receive.
    pub fn is_answered(&self) -> bool {
        match self {
            Self::Opaque => false,
            Self::Structured(how) => {
                let fetches = how.downloads.is_some() && how.kinds.attachment > 0.0;
                how.receipts != Receipts::None || how.reports > 0.0 || fetches
            }
        }
    }
}

/// Content that receivers read.
#[derive(Debug, Clone, PartialEq)]
pub struct Structured {
    /// How often a message is of which kind.
    pub kinds: Kinds,
    /// What receivers say of messages that they got.
    pub receipts: Receipts,
    /// How long a client gathers what it has to say of a room's messages before it says so, in seconds.
    pub receipt_delay: Dist,
    /// Whether a notice that somebody writes goes before each message.
    pub typing: bool,
    /// Whether hubs stamp messages, so that whoever read one can prove to the hub what was in it.
    pub franking: bool,
    /// How likely a device is to report a message that it reads.
    pub reports: f64,
    /// Whether what is attached to messages is there, and those who read them fetch it.
    pub downloads: Option<Downloads>,
}

/// What is attached to messages, and how it is fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct Downloads {
    /// Who fetches it for those who read of it.
    pub by: DownloadsBy,
    /// How long it is, in bytes.
    pub size: Dist,
}

/// Who fetches what is attached to messages for those who read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownloadsBy {
    /// Each reader's own provider, of the provider that has it.
    Provider,
    /// The room's hub, for each reader's provider.
    Hub,
}

/// Each with its word; nothing for nobody.
pub(super) const DOWNLOADS: &[(&str, Option<DownloadsBy>)] = &[
    ("none", None),
    ("provider", Some(DownloadsBy::Provider)),
    ("hub", Some(DownloadsBy::Hub)),
];

/// The share of each kind of what people send; together 1. What would refer to an earlier message where there is none is a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kinds {
    /// Something new.
    pub text: f64,
    /// A text about an earlier message.
    pub reply: f64,
    /// A single sign about an earlier message.
    pub reaction: f64,
    /// Another text in the place of an earlier one of the sender.
    pub edit: f64,
    /// Nothing in the place of an earlier message of the sender.
    pub delete: f64,
    /// Something that is stored elsewhere, by reference.
    pub attachment: f64,
}

impl Kinds {
    /// Each with its key.
    pub fn each(&self) -> [(&'static str, f64); 6] {
        [
            ("text", self.text),
            ("reply", self.reply),
            ("reaction", self.reaction),
            ("edit", self.edit),
            ("delete", self.delete),
            ("attachment", self.attachment),
        ]
    }
}

/// What receivers say of messages that they got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipts {
    /// Nothing.
    None,
    /// That a device has it.
    Delivery,
    /// That it was read.
    Read,
}

/// Each with its word.
pub(super) const RECEIPTS: &[(&str, Receipts)] = &[
    ("none", Receipts::None),
    ("delivery", Receipts::Delivery),
    ("read", Receipts::Read),
];

/// The word for content that has a structure.
pub(super) const STRUCTURED: &str = "mimi";

pub(super) fn content(section: &Section<'_>) -> Content {
    let words = [("opaque", false), (STRUCTURED, true)];
    let structured = section.choice("content", &words, false);
    let how = Structured {
        kinds: kinds(section.section("kinds")),
        receipts: section.choice("receipts", RECEIPTS, Receipts::None),
        receipt_delay: section.dist("receipt_delay", Quantity::Time),
        typing: section.flag("typing"),
        franking: section.flag("franking"),
        reports: section.probability("reports"),
        downloads: downloads(section),
    };
    if structured {
        if how.reports > 0.0 && !how.franking && section.notes.is_clean() {
            let message = "a report proves nothing without the hub's stamp; expected messages.franking = true with that";
            section.note("reports", message);
        }
        return Content::Structured(how);
    }
    // Receivers can tell neither from a message, and a receipt has no name for what it is about.
    for (key, asked) in [
        ("receipts", how.receipts != Receipts::None),
        ("typing", how.typing),
        ("franking", how.franking),
        ("reports", how.reports > 0.0),
        ("downloads", how.downloads.is_some()),
    ] {
        if asked && section.notes.is_clean() {
            let message = format!(
                "nobody can read what is in opaque messages; expected messages.content = {STRUCTURED:?} with that"
            );
            section.note(key, message);
        }
    }
    Content::Opaque
}

fn downloads(section: &Section<'_>) -> Option<Downloads> {
    let by = section.choice("downloads", DOWNLOADS, None);
    let size = section.dist("attachment_size", Quantity::Size);
    Some(Downloads { by: by?, size })
}

fn kinds(section: Section<'_>) -> Kinds {
    let kinds = Kinds {
        text: section.probability("text"),
        reply: section.probability("reply"),
        reaction: section.probability("reaction"),
        edit: section.probability("edit"),
        delete: section.probability("delete"),
        attachment: section.probability("attachment"),
    };
    let sum: f64 = kinds.each().iter().map(|(_, share)| share).sum();
    if (sum - 1.0).abs() > 1e-9 && section.notes.is_clean() {
        let sum = plain((sum * 1e9).round() / 1e9);
        section.note("text", format!("the six kinds come to {sum}; expected 1"));
    }
    section.finish();
    kinds
}
