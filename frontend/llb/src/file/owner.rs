/// Who owns what an action makes. Of a user alone the daemon takes the group too: a named user's own, a number as it is.
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
    /// By number.
    Id(u32),
    /// By name, looked up in the base of the actions; the daemon refuses it on scratch, where there are no names.
    Name(String),
}

impl Owner {
    /// Both by number.
    #[must_use]
    pub fn ids(uid: u32, gid: u32) -> Self {
        Self { user: Some(Principal::Id(uid)), group: Some(Principal::Id(gid)) }
    }

    /// Reads `user[:group]`, each a number or a name; `root` is 0 without being looked up (client/llb/fileop.go
    /// `WithUser`). An empty part is not set.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (user, group) = text.split_once(':').unwrap_or((text, ""));
        Self { user: Principal::parse(user), group: Principal::parse(group) }
    }

    /// Whether a name must be looked up.
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
