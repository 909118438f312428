//! The platforms of a build and the shape of its result.

use super::{InvalidOption, parse_bool};
use crate::Platform;

/// Parses a list with commas. The empty text gives an empty list: the user names no platform.
pub(super) fn parse(value: &str) -> Result<Vec<Platform>, InvalidOption> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    let platform = |item: &str| {
        item.parse()
            .map_err(|error| InvalidOption(format!("failed to parse target platform {item}: {error}")))
    };
    value.split(',').map(platform).collect()
}

/// Whether the result has a ref for each platform. Without the option, it has if there are several platforms.
pub(super) fn multi(option: Option<&str>, platforms: usize) -> Result<bool, InvalidOption> {
    let several = platforms > 1;
    let Some(value) = option else { return Ok(several) };
    match parse_bool(value) {
        None => Err(InvalidOption(format!("invalid boolean value for multi-platform: {value}"))),
        Some(false) if several => Err(InvalidOption(
            "conflicting config: returning multiple target platforms is not allowed".to_owned(),
        )),
        Some(multi) => Ok(multi),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_keep_their_order() {
        check("", Ok(&[]));
        check("linux/arm64/v8,linux/x86_64", Ok(&["linux/arm64", "linux/amd64"]));
        check("linux/amd64,linux/amd64", Ok(&["linux/amd64", "linux/amd64"]));
        check("linux/amd64,", {
            Err(
                "failed to parse target platform : \"\" is not a platform: \"\" is not an operating system or \
                 architecture",
            )
        });
        check("vax", {
            Err(
                "failed to parse target platform vax: \"vax\" is not a platform: unknown operating system or \
                 architecture",
            )
        });

        fn check(value: &str, expect: Result<&[&str], &str>) {
            let names =
                parse(value).map(|platforms| platforms.iter().map(Platform::to_string).collect::<Vec<_>>());
            let expect = expect.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            assert_eq!(names.map_err(|error| error.to_string()), expect.map_err(str::to_owned));
        }
    }

    #[test]
    fn several_platforms_need_a_ref_for_each() {
        check(None, 0, Ok(false));
        check(None, 1, Ok(false));
        check(None, 2, Ok(true));
        check(Some("true"), 0, Ok(true));
        check(Some("T"), 1, Ok(true));
        check(Some("0"), 1, Ok(false));
        check(Some("1"), 2, Ok(true));
        check(Some("false"), 2, {
            Err("conflicting config: returning multiple target platforms is not allowed")
        });
        check(Some("yes"), 1, Err("invalid boolean value for multi-platform: yes"));

        fn check(option: Option<&str>, platforms: usize, expect: Result<bool, &str>) {
            let found = multi(option, platforms).map_err(|error| error.to_string());
            assert_eq!(found, expect.map_err(str::to_owned), "{option:?} {platforms}");
        }
    }
}
