//! Lists what can be built by name: the targets, and the stages whose name is not that of a target.

use std::collections::BTreeMap;

use super::{MatrixQuery, MatrixRequest, PLACEHOLDERS};
use crate::base::sorted::map_of;
use crate::base::source::Span;
use crate::family::{ArgType, Family, NamedTemplate};
use crate::schema::keys;
use crate::schema::shapes::{Shape, Table};
use crate::variant::concrete::ConcreteValue;
use crate::variant::expand::expand;
use crate::variant::scope::InStage;
use crate::variant::select::Selection;

/// A target or stage that can be built by name. Its values are those of the default variant, or of the variant that the query
/// selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTarget {
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is built if the client names no target.
    pub default: bool,
    /// The base of its stage, as written. The path of the Dockerfile if the base is a Dockerfile.
    pub base: Option<String>,
    /// The platforms of a target. For a stage with `platform: build`, the build platform.
    pub platforms: Vec<String>,
    /// The place of the name.
    pub span: Span,
}

impl Family {
    /// All targets and stages that can be built by name, in the order of the file.
    pub fn listed_targets(&self, query: &MatrixQuery) -> Vec<ListedTarget> {
        let list = List { request: MatrixRequest { family: self, query }, values: chosen(self, query) };
        let default = self.target(None).ok().map(|named| named.name.as_ref());
        let targets = self.targets.iter().map(|target| list.target(target));
        let stages =
            self.stages.iter().filter(|stage| self.targets().all(|name| name != stage.name.as_ref()));
        // A build by name gives no arguments.
        let stages = stages.filter(|stage| !stage.needs_arguments());
        let all = targets.chain(stages.map(|stage| list.stage(stage)));
        all.map(|listed| ListedTarget { default: default == Some(&listed.name), ..listed }).collect()
    }
}

/// The index of the value of each axis: the value in the query, or the default. If the query has a target, the values are those of its
/// build, in which an axis can have another value than its default.
pub(crate) fn chosen(family: &Family, query: &MatrixQuery) -> Vec<usize> {
    if let Some(values) = query.target.as_ref().and_then(|_| built(family, query)) {
        return values;
    }
    let axes = family.axes.iter().map(|axis| {
        let name = query.args.get(&axis.name);
        let index = name.and_then(|name| axis.value_names().position(|value| value == name));
        index.unwrap_or(axis.default)
    });
    axes.collect()
}

/// The values of the build with the args, the target and the platforms of the query. `None` if it has an error. A required arg without
/// a value gets a placeholder.
fn built(family: &Family, query: &MatrixQuery) -> Option<Vec<usize>> {
    if query.args.is_empty() {
        return None;
    }
    let required = family.args.iter().filter(|arg| arg.default.is_none());
    let placeholders = required.map(|arg| match arg.kind {
        ArgType::Bool => (arg.name.clone(), "false".to_owned()),
        ArgType::Int => (arg.name.clone(), arg.limits.min.unwrap_or_default().to_string()),
        ArgType::String => (arg.name.clone(), PLACEHOLDERS[0].to_owned()),
    });
    let mut args: BTreeMap<String, String> = map_of(placeholders);
    args.extend(query.args.clone());
    let platform = query.platforms.first().unwrap_or(&query.build_platform);
    let selection = Selection {
        args,
        target: query.target.clone(),
        platforms: query.platforms.clone(),
        build_platform: query.build_platform.clone(),
        files: query.files.clone(),
        vcs: query.vcs.clone(),
        ..Selection::new(platform.clone())
    };
    let variant = family.select(&selection).ok()?;
    let values = family.axes.iter().zip(&variant.axes);
    values.map(|(axis, (_, value))| axis.value_names().position(|name| name == value)).collect()
}

struct List<'f> {
    request: MatrixRequest<'f>,
    values: Vec<usize>,
}

impl List<'_> {
    fn target(&self, target: &NamedTemplate) -> ListedTarget {
        let data = self.data(target, &keys::TARGET, &["description", "platforms", "stage"]);
        let text = |key: &str| text(data.as_ref(), key);
        let stage = data.as_ref().and_then(|data| data.get("stage")?.reference());
        let stage = stage.map_or(target.name.as_ref(), |(name, _)| name);
        let stage = self.request.family.stage_index(stage).map(|index| &self.request.family.stages[index]);
        let stage = stage.map(|stage| self.stage(stage));
        let (about, base) = stage.map_or((None, None), |stage| (stage.description, stage.base));
        ListedTarget {
            name: target.name.to_string(),
            description: text("description").or(about),
            default: false,
            base,
            platforms: data.as_ref().map(|data| data.texts("platforms")).unwrap_or_default(),
            span: target.span,
        }
    }

    fn stage(&self, stage: &NamedTemplate) -> ListedTarget {
        let data = self.data(stage, &keys::STAGE, &["description", "from", "platform"]);
        let text = |key: &str| text(data.as_ref(), key);
        let from = data.as_ref().and_then(|data| data.get("from"));
        let build = text("platform").is_some_and(|platform| platform == "build");
        ListedTarget {
            name: stage.name.to_string(),
            description: text("description"),
            default: false,
            base: from
                .and_then(|from| from.base().map_or(from, |(_, name)| name).as_text().map(str::to_owned)),
            platforms: build.then(|| self.request.query.build_platform.to_string()).into_iter().collect(),
            span: stage.span,
        }
    }

    /// Expands some keys of a target or stage. `None` if it does not exist in this variant. Its mistakes are ignored, since other
    /// subrequests report them.
    fn data(&self, named: &NamedTemplate, table: &'static Table, keys: &[&str]) -> Option<ConcreteValue> {
        let query = self.request.query;
        let platform = query.platforms.first().unwrap_or(&query.build_platform);
        let scope = self.request.scope(&self.values, platform, &named.name);
        let names = InStage::plain(&named.name, &None, &scope);
        expand(&named.template.project(keys), Shape::Table(table), &names, &mut Vec::new())
    }
}

fn text(data: Option<&ConcreteValue>, key: &str) -> Option<String> {
    data?.text(key).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use buildkit_names::Platform;

    use super::*;
    use crate::base::source::Sources;

    fn check(text: &str, args: &[(&str, &str)], expect: &[&str]) {
        let reading = Family::read(&Sources::single("image.yaml", text));
        let family = reading.family.unwrap_or_else(|| panic!("{:#?}", reading.found));
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let query = MatrixQuery { args: args.collect(), ..MatrixQuery::new(Platform::new("linux", "amd64")) };
        let found = family.listed_targets(&query).into_iter().map(|one| {
            let description = one.description.unwrap_or_default();
            let (base, platforms) = (one.base.unwrap_or_default(), one.platforms.join(","));
            let mark = if one.default { "*" } else { "" };
            format!("{}{mark}|{base}|{platforms}|{description}", one.name)
        });
        assert_eq!(found.collect::<Vec<_>>(), expect);
    }

    const STAGES: &str = "axes: {os: [a, b]}
stages:
  tools: {from: \"image:${{ os }}\", platform: build, description: for the build}
  app: {from: tools, description: \"on ${{ stage }} ${{ os }}\"}
  old: {from: {dockerfile: old/Dockerfile}, if: os == \"b\"}
";

    #[test]
    fn stages_where_there_are_no_targets() {
        let expect = ["tools|image:a|linux/amd64|for the build", "app|tools||on app a", "old*|||"];
        check(STAGES, &[], &expect);
        let expect =
            ["tools|image:b|linux/amd64|for the build", "app|tools||on app b", "old*|old/Dockerfile||"];
        check(STAGES, &[("os", "b")], &expect);
    }

    #[test]
    fn targets_first() {
        let targets = "targets:
  app: {platforms: [linux/amd64, linux/arm64], description: what is run}
  other: {stage: app}
default: other
";
        let expect = [
            "app|tools|linux/amd64,linux/arm64|what is run",
            "other*|tools||on app a",
            "tools|image:a|linux/amd64|for the build",
            "old|||",
        ];
        check(&format!("{STAGES}{targets}"), &[], &expect);
    }
}
