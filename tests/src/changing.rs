//! What is measured of `varve changed`: the example families with generated edits, and whether builds agree with what it says.
//!
//! Each edit gives a revision B of a revision A. Both are built on one engine whose cache is warm. A member changed if the manifest of its
//! image for any platform is another one, with labels and annotations without the commit, and with the modes of a checkout.

pub mod dice;
pub mod edits;
pub mod family;
pub mod files;
pub mod measure;
mod measured;
mod own;
pub mod stand_in;
pub mod truth;

pub use edits::{Edit, edits};
pub use family::{Family, Member, NAMES};
pub use measure::{Measurement, Varve, Verdict};
pub use measured::Sources;
pub use stand_in::StandIns;
