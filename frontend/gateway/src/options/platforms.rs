//! The platforms of a build and the shape of its result.

use super::InvalidOption;
use crate::Platform;

/// Reads a list with commas; nothing means that the user did not say.
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

/// Whether the result has a ref per platform: as the option says, else if there are several.
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

/// Go's `strconv.ParseBool`.
fn parse_bool(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
