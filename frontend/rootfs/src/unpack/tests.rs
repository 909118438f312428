//! Archives of every kind, and hostile ones.

mod hostile;
mod kinds;
mod made;
mod places;
