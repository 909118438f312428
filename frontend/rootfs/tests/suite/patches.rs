//! Applies made patches to made trees, and compares the result with that of `git apply`.

mod cases;
mod random;
mod trees;
