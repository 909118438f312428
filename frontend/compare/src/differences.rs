//! Computes how two images differ. All functions here are pure.

pub(crate) mod difference;
pub(crate) mod ignore;
mod align;
mod values;
mod config;
mod history;
mod layers;
pub(crate) mod files;
mod attestations;
pub(crate) mod lines;

use difference::Difference;
use ignore::Ignore;

use crate::image::read::Image;

/// Whether times are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Times {
    /// Times are not compared. They differ between any two builds.
    #[default]
    LeaveOut,
    /// The times of files and of history entries are compared.
    Compare,
}

/// Computes the differences between two images: configuration, history, layers, files and attestations, each in a fixed order.
/// Differences that `ignore` hides are left out.
pub fn differences(first: &Image, second: &Image, ignore: &Ignore, times: Times) -> Vec<Difference> {
    let mut found = Vec::new();
    if !first.is_file_system() && !second.is_file_system() {
        if first.platform != second.platform {
            found.push(Difference::changed(
                "platforms",
                difference::Side::text(&first.platform),
                difference::Side::text(&second.platform),
            ));
        }
        found.extend(config::compare(&first.config, &second.config));
        found.extend(history::compare(&first.config, &second.config, times));
        found.extend(layers::compare(first, second));
        found.extend(attestations::compare(&first.attestations, &second.attestations));
    }
    found.extend(files::compare(first, second, ignore, times));
    found.retain(|difference| !ignore.hides(difference));
    found
}
