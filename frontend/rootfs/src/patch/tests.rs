//! Applies patches that tests write, and hostile ones. Each of these is an error, and nothing is changed.

mod hostile;
mod made;
mod messages;
