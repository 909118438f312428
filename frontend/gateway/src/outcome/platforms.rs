//! The list of platforms in the metadata of a result.

use serde::Serialize;

use crate::Platform;

/// Encodes the value of the metadata key `refs.platforms`: the platforms of a result in the order of the request. Each has a name,
/// which is also its key among the refs (`exporter/containerimage/exptypes/types.go`).
pub fn platforms_json(platforms: &[Platform]) -> Vec<u8> {
    let platforms = platforms.iter().map(|platform| Entry { id: platform.to_string(), platform }).collect();
    // Strings and lists of strings always serialise.
    serde_json::to_vec(&Platforms { platforms }).unwrap_or_default()
}

#[derive(Serialize)]
struct Platforms<'a> {
    #[serde(rename = "Platforms")]
    platforms: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "Platform")]
    platform: &'a Platform,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_order_of_the_request() {
        let platforms: Vec<Platform> =
            ["linux/arm/v7", "linux/amd64"].iter().map(|name| name.parse().unwrap()).collect();
        let expected = concat!(
            r#"{"Platforms":[{"ID":"linux/arm/v7","Platform":{"architecture":"arm","os":"linux","variant":"v7"}},"#,
            r#"{"ID":"linux/amd64","Platform":{"architecture":"amd64","os":"linux"}}]}"#
        );
        assert_eq!(String::from_utf8(platforms_json(&platforms)).unwrap(), expected);
    }
}
