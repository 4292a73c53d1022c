//! Reading the domain of a provider.

use super::reader::Section;
use super::tree::Tree;

/// The longest host name, and the longest of its labels (RFC 1035, section 2.3.4).
const MOST: usize = 253;
const MOST_OF_LABEL: usize = 63;

/// The domain of provider number `i`; where the file does not say it, one that is nobody's.
pub(super) fn domain(section: &Section<'_>, i: usize) -> String {
    let Some(written) = section.written("domain") else {
        return format!("provider-{}.example", i + 1);
    };
    let domain = section.text("domain");
    if matches!(written.value, Tree::Text(_)) && !is_host_name(&domain) {
        section.note(
            "domain",
            format!(
                "{domain:?} is no host name; expected labels of letters a-z, digits and `-`, with dots between them, \
                 such as \"a.example\" (names in other scripts as `xn--…`)"
            ),
        );
    }
    domain
}

/// Whether a text is a host name: RFC 1123, section 2.1. Names of other scripts are host names as their A-labels (RFC 5890).
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MOST_OF_LABEL).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= MOST && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_labels_with_dots_between_them() {
        let long = "a".repeat(63);
        let longest = format!("{long}.{long}.{long}.{}", &long[..61]);
        for name in [
            "a.example",
            "localhost",
            "3com.EXAMPLE",
            "xn--bcher-kva.example",
            "10.0.0.1",
            "a--b.c",
            &longest,
        ] {
            assert!(is_host_name(name), "{name:?}");
        }
        for name in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a,b",
            "a<b>",
            "a b",
            "a/b",
            "a_b",
            "a:1",
            "-a.b",
            "a-.b",
            "p\"r,o\\v*<&>%",
            "a\u{200b}b",
            "a\u{200d}b",
            "a\u{feff}",
            "bücher.example",
            "a\n",
            &format!("{long}a.b"),
            &format!("{longest}a"),
        ] {
            assert!(!is_host_name(name), "{name:?}");
        }
    }
}
