//! Owners of files: users and groups, by number or by name.

/// The owner of created files.
///
/// If only the user is set, the daemon chooses the group: for a name the user's own group, for a number the same number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub user: Option<Principal>,
    /// The group.
    pub group: Option<Principal>,
}

/// A user or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A number.
    Id(u32),
    /// A name, which the daemon looks up in [`File::accounts`](crate::File::accounts). On scratch the daemon refuses names. A name that
    /// is not found there is 0 (`readUser` in `solver/llbsolver/ops/user_linux.go`).
    Name(String),
}

impl Owner {
    /// Creates an owner from numbers.
    #[must_use]
    pub fn ids(uid: u32, gid: u32) -> Self {
        Self { user: Some(Principal::Id(uid)), group: Some(Principal::Id(gid)) }
    }

    /// Parses `user[:group]`, each as a number or a name (`WithUser` in client/llb/fileop.go). `root` is the number 0. An empty
    /// part is not set.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (user, group) = text.split_once(':').unwrap_or((text, ""));
        Self { user: Principal::parse(user), group: Principal::parse(group) }
    }

    /// Whether the user or the group is a name, which has to be looked up.
    #[must_use]
    pub fn has_name(&self) -> bool {
        [&self.user, &self.group].into_iter().any(|principal| matches!(principal, Some(Principal::Name(_))))
    }
}

impl Principal {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "" => None,
            "root" => Some(Self::Id(0)),
            text => Some(text.parse().map_or_else(|_| Self::Name(text.into()), Self::Id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse() {
        let name = |name: &str| Some(Principal::Name(name.into()));
        for (text, user, group) in [
            ("", None, None),
            ("root", Some(Principal::Id(0)), None),
            ("1000", Some(Principal::Id(1000)), None),
            ("1000:app", Some(Principal::Id(1000)), name("app")),
            ("app:1000", name("app"), Some(Principal::Id(1000))),
            (":staff", None, name("staff")),
        ] {
            assert_eq!(Owner::parse(text), Owner { user, group }, "{text}");
        }
        assert!(Owner::parse("0:app").has_name());
        assert!(!Owner::parse("0:0").has_name());
    }
}
