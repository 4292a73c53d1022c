//! Where assets are: the URLs of what people attach.
//!
//! `https://a.example/v1/x-throng/assets/` and 32 hexadecimal digits that nobody can guess. A provider stores what its own users attach, at
//! its own domain: rooms here have no `asset_policy` that would say otherwise. Nothing else is an asset: whoever fetches for others fetches
//! nothing that a provider serves at another path.

use data_encoding::HEXLOWER;

/// By what a provider knows an asset.
pub(crate) type AssetId = [u8; 16];

/// The name of the path at which providers have assets, below where all begin.
pub(crate) const PATH: &str = "x-throng/assets";

/// The longest asset, in bytes, encrypted.
pub const LONGEST_ASSET: usize = 16 << 20;

/// The URL of an asset.
pub(crate) fn url(domain: &str, id: AssetId) -> String {
    format!("https://{domain}/v1/{PATH}/{}", name(id))
}

/// What an asset is called there.
pub(crate) fn name(id: AssetId) -> String {
    HEXLOWER.encode(&id)
}

/// The asset that is called so.
pub(crate) fn named(name: &str) -> Option<AssetId> {
    HEXLOWER.decode(name.as_bytes()).ok()?.try_into().ok()
}

/// Domain and asset of a URL, if it is one of an asset.
pub(crate) fn parse(url: &[u8]) -> Option<(&str, AssetId)> {
    let url = std::str::from_utf8(url).ok()?;
    let (domain, path) = url.strip_prefix("https://")?.split_once("/v1/")?;
    let asset = path.strip_prefix(PATH)?.strip_prefix('/')?;
    Some((domain, named(asset)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn assets_come_back_from_their_urls(id: [u8; 16]) {
            let url = url("a.example", id);
            prop_assert_eq!(parse(url.as_bytes()), Some(("a.example", id)));
        }

        #[test]
        fn any_url_is_one_of_an_asset_or_none(url: Vec<u8>) {
            if let Some((domain, id)) = parse(&url) {
                let again = super::url(domain, id);
                prop_assert_eq!(again.as_bytes(), url);
            }
        }
    }

    #[test]
    fn what_is_elsewhere_is_no_asset() {
        let digits = "0123456789abcdef0123456789abcdef";
        let of = |before: &str, after: &str| {
            let url = format!("{before}{digits}{after}");
            parse(url.as_bytes()).map(|(domain, _)| domain.to_owned())
        };
        assert!(of("https://a.example/v1/x-throng/assets/", "").is_some());
        for before in [
            "http://a.example/v1/x-throng/assets/",
            "https://a.example/v1/assets/",
            "https://a.example/v1/proxyDownload/",
            "https://a.example/v1/x-throng/assets/../",
            "https://a.example/v1/x-throng/assets/0",
            "https:/a.example/v1/x-throng/assets/",
            "",
        ] {
            assert_eq!(of(before, ""), None, "{before}");
        }
        for after in ["0", "?a=b", "#a", "/", "%20"] {
            assert_eq!(
                of("https://a.example/v1/x-throng/assets/", after),
                None,
                "{after}"
            );
        }
        let upper = format!(
            "https://a.example/v1/x-throng/assets/{}",
            digits.to_uppercase()
        );
        assert_eq!(parse(upper.as_bytes()), None);
        // Whose domain that would be the directory says: nobody's, where more than a domain stands there.
        let odd = of("https://b.example:9@a.example/v1/x-throng/assets/", "");
        assert_eq!(odd.as_deref(), Some("b.example:9@a.example"));
    }
}
