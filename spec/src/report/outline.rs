//! The outline of a target: the axes, args, secrets, SSH agents and caches that a build of any of its variants can use.

use std::collections::BTreeMap;

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::expr::Lookup as _;
use crate::family::{Alias, Arg, ArgType, Axis, Family};
use crate::matrix::target_list::chosen;
use crate::matrix::{Depth, Matrix, MatrixQuery, MatrixRequest, PlansLeft, Roots, each_plan};
use crate::plan::{MountKind, Need, Needs, Plan};

/// What a client can pass to a build of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The name of the target or stage.
    pub target: String,
    /// What the target is for.
    pub description: Option<String>,
    /// The axes and args that the target reads, in the order of the file. The axes come first.
    pub parameters: Vec<Parameter>,
    /// The secrets, in the order of their places.
    pub secrets: Vec<Need>,
    /// The SSH agents, in the order of their places.
    pub ssh: Vec<Need>,
    /// The cache mounts, in the order of their places.
    pub caches: Vec<CacheUse>,
}

/// An axis or an arg, which `--build-arg` sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// Other names of the build argument.
    pub aliases: Vec<String>,
    /// The description, which values are allowed, and the aliases.
    pub description: String,
    /// The value that the query has for it, or that a build with the query gives it. `None` if it is required and has no value.
    pub value: Option<String>,
    /// The place of the declaration.
    pub span: Span,
}

/// A cache mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheUse {
    /// The id. The path of the mount if it has no id of its own.
    pub id: String,
    /// The first place that uses it.
    pub span: Span,
}

impl Family {
    /// The outline of the target in the query, or of the default one. If the query has values of axes, only variants with these
    /// values count.
    ///
    /// ```
    /// use varve_spec::{Family, Platform, MatrixQuery, Sources};
    ///
    /// let text = r#"
    /// axes: {device: [cpu, cuda]}
    /// stages:
    ///   app: {from: "base:${{ device }}", steps: [{run: make, mounts: [{secret: token}]}]}
    /// "#;
    /// let sources = Sources::single("image.yaml", text);
    /// let family = Family::read(&sources).family.expect("no mistakes");
    /// let outline = family.outline(&MatrixQuery::new(Platform::new("linux", "amd64"))).expect("a target");
    /// assert_eq!(outline.parameters[0].description, "one of cpu, cuda");
    /// assert_eq!(outline.secrets[0].id, "token");
    /// ```
    ///
    /// # Errors
    /// A target or a value of an axis in the query that does not exist. If no variant can be planned, the mistakes in all of them.
    pub fn outline(&self, query: &MatrixQuery) -> Result<Outline, Vec<Diagnostic>> {
        let name = &self.target(query.target.as_deref()).map_err(|error| vec![error])?.name;
        let query = MatrixQuery { target: Some(name.to_string()), ..query.clone() };
        let request = MatrixRequest { family: self, query: &query };
        let matrix = Matrix::new(request, Roots::Published)?;
        let (mut needs, mut caches) = (Needs::default(), BTreeMap::new());
        let (mut planned, mut wrong) = (false, Vec::new());
        let mut left = PlansLeft::default();
        for number in 0..matrix.roots.len() {
            each_plan(&matrix, number, Depth::default(), &mut left, &mut |_, plan| match plan {
                Ok(plan) => {
                    planned = true;
                    needs.add(plan.needs());
                    add_caches(&plan, &mut caches);
                    0
                }
                Err(found) => {
                    wrong.extend(found);
                    0
                }
            });
        }
        if !planned && !wrong.is_empty() {
            Diagnostic::sort(&mut wrong);
            return Err(wrong);
        }
        let listed = self.listed_targets(&query).into_iter().find(|listed| listed.name == name.as_ref());
        let description = listed.and_then(|listed| listed.description);
        let parameters = parameters(&matrix);
        let caches = caches.into_iter().map(|(id, span)| CacheUse { id, span });
        Ok(Outline {
            target: name.to_string(),
            description,
            parameters,
            secrets: by_place(needs.secrets.into_iter(), |need| need.span),
            ssh: by_place(needs.ssh.into_iter(), |need| need.span),
            caches: by_place(caches, |cache| cache.span),
        })
    }
}

fn by_place<T>(items: impl Iterator<Item = T>, place: fn(&T) -> Span) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_by_key(place);
    items
}

/// The axes and args that the roots of a matrix read.
fn parameters(matrix: &Matrix<'_>) -> Vec<Parameter> {
    let MatrixRequest { family, query } = matrix.request;
    let axes = family.axes.iter().enumerate();
    let axes = axes.filter(|(index, _)| matrix.roots.iter().any(|root| root.reads.axes.contains(index)));
    let values = chosen(family, query);
    let axes = axes.map(|(index, axis)| Parameter {
        name: axis.name.clone(),
        aliases: axis.aliases.iter().map(|alias| alias.name.clone()).collect(),
        description: described(axis.description.as_deref(), &values_of(axis), &axis.aliases),
        value: axis.values.get(values[index]).map(|value| value.name.clone()),
        span: axis.span,
    });
    let read = matrix.names_read();
    let args = family.args.iter().filter(|arg| read.contains(arg.name.as_str()));
    let platform = query.platforms.first().unwrap_or(&query.build_platform);
    let scope = matrix.request.scope(&values, platform, query.target.as_deref().unwrap_or_default());
    let args = args.map(|arg| Parameter {
        name: arg.name.clone(),
        aliases: arg.aliases.iter().map(|alias| alias.name.clone()).collect(),
        description: described(arg.description.as_deref(), &values_of_arg(arg), &arg.aliases),
        value: match (query.args.get(&arg.name), arg.literal_default(), arg.computed_default()) {
            (Some(text), ..) => Some(text.clone()),
            (_, Some(text), _) => Some(text.to_owned()),
            (.., Some(_)) => {
                let value = scope.lookup(&arg.name, arg.span).ok();
                value.and_then(|value| value.as_text().map(str::to_owned))
            }
            (None, None, None) => None,
        },
        span: arg.span,
    });
    axes.chain(args).collect()
}

fn described(description: Option<&str>, values: &str, aliases: &[Alias]) -> String {
    let names: Vec<&str> = aliases.iter().map(|alias| alias.name.as_str()).collect();
    let values = match (values, names.as_slice()) {
        (values, []) => values.to_owned(),
        ("", names) => format!("also {}", names.join(", ")),
        (values, names) => format!("{values}; also {}", names.join(", ")),
    };
    match (description.map(str::trim).filter(|text| !text.is_empty()), values.as_str()) {
        (None, values) => values.to_owned(),
        (Some(text), "") => text.to_owned(),
        (Some(text), values) => format!("{text} ({values})"),
    }
}

fn values_of(axis: &Axis) -> String {
    format!("one of {}", axis.value_names().collect::<Vec<_>>().join(", "))
}

fn values_of_arg(arg: &Arg) -> String {
    let values = match (arg.kind, arg.limits.min, arg.limits.max, &arg.limits.pattern) {
        (ArgType::Bool, ..) => "true or false".to_owned(),
        (_, Some(min), Some(max), _) => format!("an integer from {min} to {max}"),
        (_, Some(min), None, _) => format!("an integer from {min}"),
        (_, None, Some(max), _) => format!("an integer up to {max}"),
        (ArgType::Int, ..) => "an integer".to_owned(),
        (ArgType::String, _, _, Some(pattern)) => format!("a string that matches `{pattern}`"),
        (ArgType::String, ..) => String::new(),
    };
    match (arg.default.is_none(), values.is_empty()) {
        (true, true) => "required".to_owned(),
        (true, false) => format!("{values}; required"),
        (false, _) => values,
    }
}

/// Adds the cache mounts of a plan by id, each with the first place that uses it.
fn add_caches(plan: &Plan, caches: &mut BTreeMap<String, Span>) {
    for mount in plan.processes().flat_map(|process| &process.mounts) {
        if let MountKind::Cache { path, id, .. } = &mount.kind {
            let known = caches.entry(id.as_ref().unwrap_or(path).clone()).or_insert(mount.span);
            *known = mount.span.min(*known);
        }
    }
}

#[cfg(test)]
mod tests {
    use buildkit_names::Platform;

    use super::*;
    use crate::base::source::Sources;

    const FAMILY: &str = r#"
axes:
  os: [bookworm, trixie]
  device: {description: what it computes on, default: cuda, values: {cpu: {}, cuda: {}}}
  docs: [none, all]
args:
  jobs: {type: int, default: 10, min: 1, max: 64, description: parallel jobs}
  python: {default: "3.12", pattern: '3\.\d+'}
  token_url: {required: true}
  debug: false
  unread: x
stages:
  base:
    from: "debian:${{ os }}"
  app:
    from: base
    description: the app for ${{ device }}
    steps:
      - run: make -j${{ jobs }} ${{ python }} ${{ token_url }}
        env: {DEBUG: "${{ debug }}"}
        mounts: [{cache: /root/.cache, id: build}, {cache: /ccache}, {secret: token, required: false}, {ssh: default}]
      - run: fetch
        if: device == "cuda"
        mounts: [{secret: token, env: TOKEN}, {secret: licence}]
  book: {from: "book:${{ docs }}", steps: [{run: x, mounts: [{secret: other}]}]}
default: app
"#;

    fn outline(text: &str, target: Option<&str>, args: &[(&str, &str)]) -> Result<Outline, Vec<Diagnostic>> {
        let reading = Family::read(&Sources::single("image.yaml", text));
        let family = reading.family.unwrap_or_else(|| panic!("{:#?}", reading.found));
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let query = MatrixQuery {
            target: target.map(str::to_owned),
            args: args.collect(),
            ..MatrixQuery::new(Platform::new("linux", "amd64"))
        };
        family.outline(&query)
    }

    fn names(needs: &[Need]) -> Vec<(&str, bool)> {
        needs.iter().map(|need| (need.id.as_str(), need.required)).collect()
    }

    #[test]
    fn what_a_target_reads_and_mounts_over_all_variants() {
        let app = outline(FAMILY, None, &[]).unwrap();
        assert_eq!((app.target.as_str(), app.description.as_deref()), ("app", Some("the app for cuda")));
        let parameters: Vec<(&str, Option<&str>, &str)> = app
            .parameters
            .iter()
            .map(|one| (one.name.as_str(), one.value.as_deref(), one.description.as_str()))
            .collect();
        let expect = [
            ("os", Some("bookworm"), "one of bookworm, trixie"),
            ("device", Some("cuda"), "what it computes on (one of cpu, cuda)"),
            ("jobs", Some("10"), "parallel jobs (an integer from 1 to 64)"),
            ("python", Some("3.12"), "a string that matches `3\\.\\d+`"),
            ("token_url", None, "required"),
            ("debug", Some("false"), "true or false"),
        ];
        assert_eq!(parameters, expect);
        assert_eq!(names(&app.secrets), [("token", true), ("licence", true)]);
        assert_eq!(names(&app.ssh), [("default", true)]);
        let caches: Vec<&str> = app.caches.iter().map(|cache| cache.id.as_str()).collect();
        assert_eq!(caches, ["build", "/ccache"]);
    }

    #[test]
    fn values_and_targets_narrow_it_down() {
        let app = outline(FAMILY, Some("APP"), &[("device", "cpu"), ("jobs", "3")]).unwrap();
        assert_eq!(names(&app.secrets), [("token", false)]);
        assert_eq!(app.description.as_deref(), Some("the app for cpu"));
        assert_eq!(app.parameters[2].value.as_deref(), Some("3"));
        let book = outline(FAMILY, Some("book"), &[]).unwrap();
        assert_eq!(book.parameters.len(), 1, "{:?}", book.parameters);
        assert_eq!(names(&book.secrets), [("other", true)]);
        assert_eq!((book.ssh, book.caches), (Vec::new(), Vec::new()));
    }

    #[test]
    fn an_axis_has_the_value_that_the_build_gives_it() {
        let rule = "support: [{if: os == \"trixie\", require: device == \"cpu\", because: untested}]";
        let text = FAMILY.replace("args:\n", &format!("{rule}\nargs:\n"));
        let app = outline(&text, None, &[("os", "trixie")]).unwrap();
        assert_eq!(app.parameters[1].value.as_deref(), Some("cpu"));
        assert_eq!(app.description.as_deref(), Some("the app for cpu"));
    }

    #[test]
    fn aliases_are_shown() {
        let text = FAMILY
            .replace("device: {", "device: {aliases: CUDA_VERSION, ")
            .replace("jobs: {", "jobs: {aliases: [J, JOBS], ");
        let app = outline(&text, None, &[]).unwrap();
        assert_eq!(app.parameters[1].aliases, ["CUDA_VERSION"]);
        assert_eq!(
            app.parameters[1].description,
            "what it computes on (one of cpu, cuda; also CUDA_VERSION)"
        );
        assert_eq!(app.parameters[2].description, "parallel jobs (an integer from 1 to 64; also J, JOBS)");
    }

    #[test]
    fn what_cannot_be_reported() {
        let message = |result: Result<Outline, Vec<Diagnostic>>| result.unwrap_err()[0].message.clone();
        assert_eq!(message(outline(FAMILY, Some("nothing"), &[])), "there is no target or stage `nothing`");
        assert_eq!(message(outline(FAMILY, None, &[("device", "tpu")])), "`device` has no value `tpu`");
        let cycle = "stages: {a: {from: b}, b: {from: a}}\n";
        assert!(message(outline(cycle, None, &[])).contains("needs"));
    }
}
