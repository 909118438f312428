//! Selects the images of the two paths and pairs them.

use buildkit_names::Platform;

use super::catalog::{Catalog, Listed};
use crate::base::error::Error;

/// Two images to compare, or one without a counterpart.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) first: Option<Listed>,
    pub(crate) second: Option<Listed>,
}

/// Returns the images that match a selector: a platform, a name or a digest. Without a selector, all images are returned.
pub(crate) fn select(catalog: &Catalog, selector: Option<&str>) -> Result<Vec<Listed>, Error> {
    if catalog.images.is_empty() {
        let omitted: String = catalog.omitted.iter().map(|text| format!("; {text}")).collect();
        return Err(Error::selection(format!("it contains no image that can be compared{omitted}")));
    }
    let Some(selector) = selector else { return Ok(catalog.images.clone()) };
    let platform = Platform::parse_whole(selector).ok();
    let is_meant = |image: &&Listed| {
        let is_name = image.names.iter().any(|name| name == selector);
        is_name || image.digest == selector || platform.is_some() && platform == image.platform
    };
    let images: Vec<Listed> = catalog.images.iter().filter(is_meant).cloned().collect();
    if images.is_empty() {
        let there = described(&catalog.images);
        return Err(Error::selection(format!(
            "no image has the platform, name or digest `{selector}`; {there}"
        )));
    }
    Ok(images)
}

/// Pairs the images of the two paths by platform. If each path has only one image, the two are paired whatever their platforms are.
pub(crate) fn pairs(first: Vec<Listed>, second: Vec<Listed>) -> Result<Vec<Pair>, Error> {
    if let ([one], [other]) = (first.as_slice(), second.as_slice()) {
        return Ok(vec![Pair { first: Some(one.clone()), second: Some(other.clone()) }]);
    }
    for images in [&first, &second] {
        check(images)?;
    }
    let no_platform = |images: &[Listed]| images.iter().any(|image| image.config.is_null());
    for (system, images) in [(&first, &second), (&second, &first)] {
        if no_platform(system) {
            let there = described(images);
            let problem = "a file system has no platform, so it can only be compared with a single image";
            return Err(Error::selection(format!("{problem}; {there}; select one with PATH@SELECTOR")));
        }
    }
    let mut open = second;
    let mut pairs = Vec::new();
    for image in first {
        let at = open.iter().position(|other| other.platform == image.platform);
        pairs.push(Pair { first: Some(image), second: at.map(|at| open.remove(at)) });
    }
    pairs.extend(open.into_iter().map(|image| Pair { first: None, second: Some(image) }));
    let platform =
        |pair: &Pair| pair.first.as_ref().or(pair.second.as_ref()).map(|image| image.platform.clone());
    pairs.sort_by_key(platform);
    Ok(pairs)
}

/// Returns an error if several images have the same platform.
fn check(images: &[Listed]) -> Result<(), Error> {
    for (number, image) in images.iter().enumerate() {
        if images[..number].iter().any(|other| other.platform == image.platform) {
            let problem = format!("there are several images for {}", image.platform());
            return Err(Error::selection(format!(
                "{problem}; {}; select one with PATH@SELECTOR",
                described(images)
            )));
        }
    }
    Ok(())
}

fn described(images: &[Listed]) -> String {
    let describe = |image: &Listed| {
        let parts = [image.names.join(", "), image.platform(), image.digest.clone()];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if parts.is_empty() { "a file system".to_owned() } else { parts.join(" ") }
    };
    let all: Vec<String> = images.iter().map(describe).collect();
    format!("found {}", all.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn image(platform: &str, name: &str) -> Listed {
        let digest = format!("sha256:{name}");
        let config = json!({"os": "linux"});
        Listed {
            platform: platform.parse().ok(),
            names: vec![name.into()],
            digest,
            config,
            ..Listed::default()
        }
    }

    fn shown(pairs: &[Pair]) -> Vec<String> {
        let name = |image: &Option<Listed>| image.as_ref().map_or("-".into(), |image| image.names.join(","));
        pairs.iter().map(|pair| format!("{} {}", name(&pair.first), name(&pair.second))).collect()
    }

    #[test]
    fn images_are_compared_by_platform() {
        let first = vec![image("linux/arm64", "a"), image("linux/amd64", "b")];
        let second = vec![image("linux/amd64", "c"), image("linux/s390x", "d")];
        assert_eq!(shown(&pairs(first, second).unwrap()), ["b c", "a -", "- d"]);
    }

    #[test]
    fn two_images_alone_are_a_pair() {
        let found = pairs(vec![image("linux/arm64", "a")], vec![image("linux/amd64", "b")]).unwrap();
        assert_eq!(shown(&found), ["a b"]);
    }

    #[test]
    fn a_selector_is_a_platform_a_name_or_a_digest() {
        let images = vec![image("linux/arm64", "a:1"), image("linux/amd64", "b:1")];
        let catalog = Catalog { images, omitted: Vec::new() };
        for selector in ["linux/arm64", "linux/aarch64/v8", "a:1", "sha256:a:1"] {
            assert_eq!(select(&catalog, Some(selector)).unwrap()[0].names, ["a:1"], "{selector}");
        }
        assert_eq!(select(&catalog, None).unwrap().len(), 2);
        let error = select(&catalog, Some("linux/s390x")).unwrap_err().to_string();
        assert_eq!(
            error,
            "no image has the platform, name or digest `linux/s390x`; \
             found a:1 linux/arm64 sha256:a:1; b:1 linux/amd64 sha256:b:1"
        );
    }

    #[test]
    fn what_cannot_be_paired_names_what_there_is() {
        let two = || vec![image("linux/amd64", "a"), image("linux/amd64", "b")];
        let error = pairs(two(), vec![image("linux/amd64", "c")]).unwrap_err().to_string();
        assert!(
            error.starts_with("there are several images for linux/amd64; found a linux/amd64"),
            "{error}"
        );
        let platforms = vec![image("linux/amd64", "a"), image("linux/arm64", "b")];
        let error = pairs(platforms, vec![Listed::default()]).unwrap_err().to_string();
        assert!(error.starts_with("a file system has no platform"), "{error}");
    }
}
