//! The environment variables of a step.

use std::sync::Arc;

/// Environment variables in order. Every name occurs once.
///
/// Clones share the list until one of them is changed, so many steps with the same environment cost no more than one.
#[derive(Clone, Debug, Default)]
pub struct Env(Option<Arc<Variables>>);

#[derive(Clone, Debug, Default)]
struct Variables {
    list: Vec<(Arc<str>, Arc<str>)>,
    /// The indices of the list in the order of the names.
    sorted: Vec<usize>,
}

impl Variables {
    /// The index of a variable in the list, and its place in `sorted`. The error is the place that it would have there.
    fn find(&self, name: &str) -> Result<(usize, usize), usize> {
        let place = self.sorted.binary_search_by(|index| (*self.list[*index].0).cmp(name))?;
        Ok((self.sorted[place], place))
    }
}

impl Env {
    /// Creates an empty environment.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// Sets a variable. A variable that exists keeps its place; a new one is added at the end.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value): (String, String) = (name.into(), value.into());
        let variables = Arc::make_mut(self.0.get_or_insert_default());
        match variables.find(&name) {
            Ok((index, _)) => variables.list[index].1 = value.into(),
            Err(place) => {
                variables.sorted.insert(place, variables.list.len());
                variables.list.push((name.into(), value.into()));
            }
        }
    }

    /// Removes a variable.
    pub fn remove(&mut self, name: &str) {
        if let Some(variables) = &mut self.0
            && let Ok((index, place)) = variables.find(name)
        {
            let variables = Arc::make_mut(variables);
            variables.list.remove(index);
            variables.sorted.remove(place);
            variables.sorted.iter_mut().for_each(|other| *other -= usize::from(*other > index));
        }
    }

    /// Returns the value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let variables = self.0.as_deref()?;
        let (index, _) = variables.find(name).ok()?;
        Some(&variables.list[index].1)
    }

    /// Iterates over names and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let list = self.0.as_deref().map_or(&[][..], |variables| variables.list.as_slice());
        list.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
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

    #[test]
    fn variables_are_found_in_any_order_after_some_are_removed() {
        let names: Vec<String> = (0..100).map(|n| format!("V{}", n * 37 % 100)).collect();
        let mut env: Env = names.iter().map(|name| (name.clone(), format!("is {name}"))).collect();
        names.iter().step_by(3).for_each(|name| env.remove(name));
        env.set("V0", "again");
        env.remove("none");
        for (index, name) in names.iter().enumerate().skip(1) {
            let expect = (index % 3 != 0).then(|| format!("is {name}"));
            assert_eq!(env.get(name), expect.as_deref(), "{name}");
        }
        assert_eq!(env.iter().last(), Some(("V0", "again")));
    }
}
