//! Where hubs have ratchet trees: `https://DOMAIN/v1/x-throng/ratchetTree/ROOM/EPOCH`. The draft leaves the path to who serves it.

use super::paths::{named, segment};

/// The path below which they are.
pub(super) const TREES: &str = "/v1/x-throng/ratchetTree";

/// No URL is longer that is followed.
const LONGEST: usize = 1_024;

/// The URL of the tree of a room of this domain at an epoch.
pub(crate) fn url(domain: &str, room: &str, epoch: u64) -> String {
    format!("https://{domain}{TREES}/{}/{epoch}", segment(room))
}

/// Domain and path of a URL that can be asked for: nothing but where a tree is. Whoever follows URLs that others name asks hubs for nothing
/// else on their behalf.
pub(crate) fn apart(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://")?;
    let (domain, path) = rest.split_at_checked(rest.find('/')?)?;
    let fits = url.len() <= LONGEST && path.bytes().all(|byte| byte.is_ascii_graphic());
    (fits && !domain.is_empty() && about(path).is_some()).then_some((domain, path))
}

/// The room and the epoch that a path here is about.
pub(crate) fn about(path: &str) -> Option<(String, u64)> {
    let rest = path.strip_prefix(TREES)?.strip_prefix('/')?;
    let (room, epoch) = rest.rsplit_once('/')?;
    let digits = !epoch.is_empty() && epoch.bytes().all(|byte| byte.is_ascii_digit());
    let epoch = digits.then(|| epoch.parse().ok()).flatten()?;
    Some((named(room).ok()?, epoch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn urls_are_read_as_they_are_written() {
        let room = "mimi://a.example/r/r7";
        let url = url("a.example", room, 18);
        assert_eq!(
            url,
            "https://a.example/v1/x-throng/ratchetTree/mimi%3A%2F%2Fa.example%2Fr%2Fr7/18"
        );
        let (domain, path) = apart(&url).unwrap();
        assert_eq!(domain, "a.example");
        assert_eq!(about(path), Some((room.to_owned(), 18)));
        for path in [
            "/v1/x-throng/ratchetTree/a",
            "/v1/x-throng/ratchetTree/a/-1",
            "/v2/a/1",
        ] {
            assert_eq!(about(path), None, "{path}");
        }
        for url in [
            "http://a.example/x",
            "https://a.example",
            "https:///x",
            "https://a.example/ x",
            "https://a.example/v1/notify/x",
            "https:///v1/x-throng/ratchetTree/x/1",
            "https://a.example/v1/x-throng/ratchetTree/ x/1",
        ] {
            assert_eq!(apart(url), None, "{url}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(url in any::<String>(), path in "/v1/x-throng/ratchetTree/[ -~]{0,40}") {
            let _ = (apart(&url), about(&url), about(&path), apart(&format!("https://{url}")));
        }
    }
}
