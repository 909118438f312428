//! The language from the outside: every finding at its place, and nothing that makes it panic.

mod case;
mod diagnostics;
mod fuzz;
mod mark;
