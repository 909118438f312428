//! Compares users and groups by name and number, with the accounts of the tested file system.

use crate::query::Owner;

use super::tree::Tree;

/// The file with the users of an image.
pub(crate) const PASSWD: &str = "/etc/passwd";
/// The file with the groups of an image.
pub(crate) const GROUP: &str = "/etc/group";

/// The lines of `/etc/passwd` or `/etc/group`: the name, the number, and for users the number of their primary group.
struct Accounts(Vec<(String, u32, Option<u32>)>);

impl Accounts {
    fn read(tree: &Tree, path: &str) -> Result<Self, String> {
        let content = tree.read(path)?.unwrap_or_default();
        let text = String::from_utf8_lossy(&content);
        let line = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next().filter(|name| !name.is_empty())?.to_owned();
            let number = fields.nth(1)?.parse().ok()?;
            Some((name, number, fields.next().and_then(|group| group.parse().ok())))
        };
        Ok(Self(text.lines().filter_map(line).collect()))
    }

    /// Returns the number of a user or group. A text of digits is the number itself, even if an account has digits as its name, because
    /// container runtimes read it so.
    fn number(&self, name: &str) -> Option<u32> {
        let named = || self.0.iter().find(|account| account.0 == name).map(|account| account.1);
        name.parse().ok().or_else(named)
    }

    /// Returns the primary group of a user.
    fn group_of(&self, user: u32) -> Option<u32> {
        self.0.iter().find(|account| account.1 == user).and_then(|account| account.2)
    }

    /// Formats a number, with the name if there is one: `app (1000)`.
    fn shown(&self, number: u32) -> String {
        match self.0.iter().find(|account| account.1 == number) {
            Some((name, ..)) => format!("{name} ({number})"),
            None => number.to_string(),
        }
    }
}

/// Returns the number that a name of a user or group is by itself: `root` is 0.
pub(super) fn number(name: &str) -> Option<u32> {
    if name == "root" { Some(0) } else { name.parse().ok() }
}

/// Returns the numbers of an owner. Without a group, it is the primary group of a user that is given by name, and otherwise the number
/// of the user, as for a `COPY --chown` (`solver/llbsolver/ops/user_linux.go`).
pub(super) fn ids(tree: &Tree, owner: &Owner) -> Result<(u32, u32), String> {
    let missing = |noun: &str, name: &str, file: &str| format!("the image has no {noun} `{name}` in {file}");
    let (uid, own_gid) = match number(&owner.user) {
        Some(uid) => (uid, uid),
        None => {
            let users = Accounts::read(tree, PASSWD)?;
            let user = users.0.iter().find(|user| user.0 == owner.user);
            let (_, uid, gid) = user.ok_or_else(|| missing("user", &owner.user, PASSWD))?;
            (*uid, gid.unwrap_or(*uid))
        }
    };
    let gid = match &owner.group {
        None => own_gid,
        Some(group) => match number(group) {
            Some(gid) => gid,
            None => {
                Accounts::read(tree, GROUP)?.number(group).ok_or_else(|| missing("group", group, GROUP))?
            }
        },
    };
    Ok((uid, gid))
}

/// Compares the owner of a path with the wanted one, and returns the violations.
pub(super) fn owner(
    tree: &Tree,
    path: &str,
    wanted: &Owner,
    (uid, gid): (u32, u32),
) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    let mut compare = |noun: &str, file: &str, wanted: &str, actual: u32| {
        let accounts = Accounts::read(tree, file)?;
        match accounts.number(wanted) {
            None => lines.push(format!("the image has no {noun} {wanted}, the expected owner of {path}")),
            Some(number) if number != actual => {
                lines.push(format!("{path} has the {noun} {}, expected {wanted}", accounts.shown(actual)));
            }
            Some(_) => {}
        }
        Ok::<(), String>(())
    };
    compare("user", "/etc/passwd", &wanted.user, uid)?;
    if let Some(group) = &wanted.group {
        compare("group", "/etc/group", group, gid)?;
    }
    Ok(lines)
}

/// Compares the user of an image with the wanted one, and returns the violations. Both are `user` or `user:group`, each a name or a
/// number. An empty user is the superuser.
pub(super) fn user(tree: &Tree, wanted: &str, actual: &str) -> Result<Vec<String>, String> {
    let users = Accounts::read(tree, "/etc/passwd")?;
    let groups = Accounts::read(tree, "/etc/group")?;
    let actual = if actual.is_empty() { "0" } else { actual };
    let split = |text: &str| {
        let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
        (user.to_owned(), group.map(str::to_owned))
    };
    let (wanted_user, wanted_group) = split(wanted);
    let (actual_user, actual_group) = split(actual);
    let Some(uid) = users.number(&actual_user) else {
        return Ok(vec![format!("the image runs as {actual_user}, but has no such user")]);
    };
    let mut lines = Vec::new();
    match users.number(&wanted_user) {
        None => lines.push(format!("the image has no user {wanted_user}; it runs as {}", users.shown(uid))),
        Some(number) if number != uid => {
            lines.push(format!("the image runs as the user {}, expected {wanted_user}", users.shown(uid)));
        }
        Some(_) => {}
    }
    if let Some(wanted) = wanted_group {
        let gid = match &actual_group {
            Some(group) => groups.number(group),
            None => users.group_of(uid).or(Some(0)),
        };
        if gid.is_none() || groups.number(&wanted) != gid {
            let shown = gid.map_or_else(|| actual_group.unwrap_or_default(), |gid| groups.shown(gid));
            lines.push(format!("the image runs as the group {shown}, expected {wanted}"));
        }
    }
    Ok(lines)
}
