//! The environment variables of a step.

use std::sync::Arc;

/// Environment variables in order. Every name occurs once.
///
/// Clones share the list until one of them is changed, so many steps with the same environment cost no more than one.
#[derive(Clone, Debug, Default)]
pub struct Env(Option<Arc<Vec<(String, String)>>>);

impl Env {
    /// Creates an empty environment.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// Sets a variable. A variable that exists keeps its place; a new one is added at the end.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        let list = Arc::make_mut(self.0.get_or_insert_default());
        match list.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => list.push((name, value)),
        }
    }

    /// Removes a variable.
    pub fn remove(&mut self, name: &str) {
        if self.get(name).is_some()
            && let Some(list) = &mut self.0
        {
            Arc::make_mut(list).retain(|(known, _)| known != name);
        }
    }

    /// Returns the value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find_map(|(known, value)| (known == name).then_some(value))
    }

    /// Iterates over names and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let list = self.0.as_deref().map_or(&[][..], Vec::as_slice);
        list.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl PartialEq for Env {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Env {}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Env {
    /// Collects variables. A name that occurs several times has its last value, at the place of its first.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let mut env = Self::new();
        variables.into_iter().for_each(|(name, value)| env.set(name, value));
        env
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_replaced_in_its_place() {
        let mut env: Env = [("A", "1"), ("B", "2"), ("A", "3")].into_iter().collect();
        assert_eq!(env.iter().collect::<Vec<_>>(), [("A", "3"), ("B", "2")]);
        let before = env.clone();
        env.set("C", "4");
        env.remove("A");
        assert_eq!(env.iter().collect::<Vec<_>>(), [("B", "2"), ("C", "4")]);
        assert_eq!(before.get("A"), Some("3"));
        assert_eq!(before.get("C"), None);
    }
}
