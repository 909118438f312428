//! Damaged files: nothing that can be done to the bytes or lines of a file makes the language panic.
