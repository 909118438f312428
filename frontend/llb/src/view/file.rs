//! Summarises file operations.

use buildkit_proto::pb::{self, file_action::Action, user_opt::User};

use super::summary::Summary;
use super::text::{octal, word};

/// The largest number of lines of a created file that are shown.
const MAX_LINES: usize = 200;

pub(super) fn fill(summary: &mut Summary, file: &pb::FileOp) {
    summary.kind = "file";
    summary.subject =
        file.actions.first().map_or("nothing".into(), |first| format!("on {}", summary.input(first.input)));
    let before = summary.inputs.len() as i64;
    let last = file.actions.len().saturating_sub(1);
    for (index, action) in file.actions.iter().enumerate() {
        let mut line = action_line(summary, action);
        if index > 0 && action.input != before + index as i64 - 1 {
            line += &format!(" on {}", summary.input(action.input));
        }
        match action.output {
            -1 if index != last => {}
            0 if index == last => {}
            output => line += &format!(" output={output}"),
        }
        summary.fields.push(line);
        if let Some(Action::Mkfile(file)) = &action.action {
            summary.fields.extend(lines(file));
        }
    }
}

/// Returns the lines of a created file, so that scripts can be read. A file with one line or with binary content has none.
fn lines(file: &pb::FileActionMkFile) -> impl Iterator<Item = String> {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    let text = std::str::from_utf8(&file.data).ok();
    let text = text.filter(|text| text.contains('\n') && !text.contains(control));
    text.into_iter().flat_map(str::lines).take(MAX_LINES).map(|line| format!("| {line}"))
}

fn action_line(summary: &Summary, action: &pb::FileAction) -> String {
    match &action.action {
        None => "action of a kind this release does not know".into(),
        Some(Action::Copy(copy)) => {
            let from = summary.input(action.secondary_input);
            format!("copy {from} {} {}{}", word(&copy.src), word(&copy.dest), copy_options(copy))
        }
        Some(Action::Mkfile(file)) => {
            let size = file.data.len();
            let options = common(file.owner.as_ref(), file.timestamp);
            format!("mkfile {} mode={} {size} bytes{options}", word(&file.path), octal(file.mode))
        }
        Some(Action::Mkdir(dir)) => {
            let parents = if dir.make_parents { " parents" } else { "" };
            let options = common(dir.owner.as_ref(), dir.timestamp);
            format!("mkdir {} mode={}{parents}{options}", word(&dir.path), octal(dir.mode))
        }
        Some(Action::Rm(rm)) => {
            let optional = if rm.allow_not_found { " optional" } else { "" };
            let wildcard = if rm.allow_wildcard { " wildcard" } else { "" };
            format!("rm {}{optional}{wildcard}", word(&rm.path))
        }
        Some(Action::Symlink(link)) => {
            let options = common(link.owner.as_ref(), link.timestamp);
            format!("symlink {} to {}{options}", word(&link.newpath), word(&link.oldpath))
        }
    }
}

fn copy_options(copy: &pb::FileActionCopy) -> String {
    let mut text = String::new();
    match (copy.mode_str.as_str(), copy.mode) {
        ("", -1) => {}
        ("", mode) => text += &format!(" mode={}", octal(mode)),
        (mode, _) => text += &format!(" mode={}", word(mode)),
    }
    for (set, name) in [
        (copy.follow_symlink, "follow-symlinks"),
        (copy.dir_copy_contents, "contents"),
        (copy.attempt_unpack_docker_compatibility, "unpack"),
        (copy.create_dest_path, "create-dest"),
        (copy.allow_wildcard && !copy.allow_empty_wildcard, "wildcard"),
        (copy.allow_empty_wildcard, "empty-wildcard"),
        (copy.always_replace_existing_dest_paths, "replace"),
    ] {
        if set {
            text += &format!(" {name}");
        }
    }
    for (name, patterns) in [
        ("include", &copy.include_patterns),
        ("exclude", &copy.exclude_patterns),
        ("required", &copy.required_paths),
    ] {
        for pattern in patterns {
            text += &format!(" {name}={}", word(pattern));
        }
    }
    text + &common(copy.owner.as_ref(), copy.timestamp)
}

/// Describes owner and time, which all actions but removals have.
fn common(owner: Option<&pb::ChownOpt>, timestamp: i64) -> String {
    let mut text = String::new();
    if let Some(owner) = owner {
        let principal = |of: &Option<pb::UserOpt>| match of.as_ref().and_then(|of| of.user.as_ref()) {
            None => String::new(),
            Some(User::ById(id)) => id.to_string(),
            Some(User::ByName(name)) => word(&name.name),
        };
        text += &format!(" owner={}:{}", principal(&owner.user), principal(&owner.group));
    }
    if timestamp != -1 {
        text += &format!(" time={timestamp}ns");
    }
    text
}
