//! Selects a variant: checks the requested axis values, args, target and platform, and applies the rules of `support`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use buildkit_names::Platform;

use super::concrete::ConcreteValue;
use super::defaults::MovedAxis;
use super::delivery::Delivery;
use super::expand;
use super::nearest::Nearest;
use super::scope::Scope;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::platform::{self, StagePlatform};
use crate::base::sorted::map_of;
use crate::base::suggest::{did_you_mean, nearest};
use crate::base::value::Value;
use crate::expr::builtins::base::Bases;
use crate::expr::builtins::digest::{self, Digests};
use crate::expr::builtins::facts::FoundFacts;
use crate::expr::builtins::git::{self, Vcs};
use crate::expr::unknown_value_help;
use crate::family::{Arg, Axis, Family, NamedTemplate, Rule};
use crate::schema::keys;
use crate::schema::shapes::Shape;

/// The request of the client: which variant to build.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The values of axes and args by name or alias, from `--build-arg`.
    pub args: BTreeMap<String, String>,
    /// The target or stage. `None` for the default.
    pub target: Option<String>,
    /// The target platform: that of the image.
    pub platform: Platform,
    /// All platforms of the build. An axis has the same value on all of them. If the list is empty, the build is for `platform` alone.
    pub platforms: Vec<Platform>,
    /// The build platform: that of the machine that builds.
    pub build_platform: Platform,
    /// Stages that the client replaces by a named context, each with the platform for which it does so. They are not planned, and
    /// other stages refer to them as to images.
    pub replaced_stages: BTreeSet<(String, StagePlatform)>,
    /// The texts of the files that [`Family::files`] lists, by path. A file that does not exist has no entry.
    pub files: BTreeMap<String, String>,
    /// The known facts about the repository of the context.
    pub vcs: Vcs,
    /// The base images of stages, if they are resolved already.
    pub bases: Bases,
    /// The digests that the lock has for the platform.
    pub digests: Digests,
    /// The facts that the build of the platform found. `None` before the build.
    pub facts: FoundFacts,
}

impl Selection {
    /// Selects the default variant of the default target, for a machine that builds on the target platform.
    pub fn new(platform: Platform) -> Self {
        Self {
            args: BTreeMap::new(),
            target: None,
            build_platform: platform.clone(),
            platform,
            platforms: Vec::new(),
            replaced_stages: BTreeSet::new(),
            files: BTreeMap::new(),
            vcs: Vcs::default(),
            bases: None,
            digests: None,
            facts: None,
        }
    }

    /// All platforms of the build, that of the variant first.
    pub(super) fn all_platforms(&self) -> Vec<&Platform> {
        let others = self.platforms.iter().filter(|other| **other != self.platform);
        std::iter::once(&self.platform).chain(others).collect()
    }
}

/// One variant of a family: valid values for all axes and args, an existing target, and a platform. The rules of `support` allow
/// them.
pub struct Variant<'f> {
    pub(crate) family: &'f Family,
    pub(crate) scope: Scope<'f>,
    /// The name of the target or stage that is built.
    pub target: Arc<str>,
    /// The stage of the target.
    pub(crate) stage: String,
    /// The declaration of the target. `None` if a stage is built by its name.
    pub(crate) published: Option<ConcreteValue>,
    pub(crate) vcs: &'f Vcs,
    pub(crate) bases: &'f Bases,
    /// The target platform: that of the image.
    pub platform: Platform,
    /// The axes with their values, in the order of the file.
    pub axes: Vec<(String, String)>,
    /// The axes whose default is not allowed together with what the client sets.
    pub moved: Vec<MovedAxis>,
    /// Stages that the client replaces, each with the platform for which it does so.
    pub(crate) replaced: BTreeSet<(String, StagePlatform)>,
    /// Warnings, such as a build argument that sets nothing.
    pub warnings: Vec<Diagnostic>,
}

impl Family {
    /// Selects a variant. If the client sets something that rules read, and the defaults of the other axes are not allowed together
    /// with it, these axes have the first values that are allowed on all platforms of the build.
    ///
    /// # Errors
    /// All invalid values of axes and args, and an unknown target. If there are none, the first rule of `support` that the
    /// combination breaks.
    pub fn select<'f>(&'f self, selection: &'f Selection) -> Result<Variant<'f>, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let mut given = BTreeMap::new();
        let set = self.canonical_args(&selection.args)?;
        let mut values = self.axis_values(&set, &mut found);
        self.arg_values(&set, &mut given, &mut found);
        let mut warnings = self.unknown_args(&set);
        let target = self.target(selection.target.as_deref()).map_err(|error| found.push(error)).ok();
        given.insert("platform".into(), platform::value(&selection.platform));
        given.insert("build_platform".into(), platform::value(&selection.build_platform));
        given.insert(git::NAME.into(), selection.vcs.value());
        given.insert(digest::TABLE.into(), digest::table(&selection.digests));
        given.insert("target".into(), Value::text(target.as_ref().map_or("", |target| &target.name)));
        let (Some(target), true) = (target, found.is_empty()) else {
            // The warning about an unknown build argument helps here: its name may be a misspelled required arg.
            found.extend(warnings);
            return Err(found);
        };
        let moved = self.move_defaults(selection, target, (&set, &given), &mut values)?;
        warnings.extend(moved.iter().map(MovedAxis::warning));
        let axes = self.named_values(&values);
        let scope = self.scope_of(selection, &given, &values);
        self.supported(&scope, &axes, &set, &selection.all_platforms())?;
        let published = self.published(target, &scope)?;
        let stage =
            published.as_ref().and_then(|target| Some(target.get("stage")?.reference()?.0.to_owned()));
        let platform = selection.platform.clone();
        let replaced = selection.replaced_stages.clone();
        Ok(Variant {
            family: self,
            scope,
            target: target.name.clone(),
            stage: stage.unwrap_or_else(|| target.name.to_string()),
            published,
            vcs: &selection.vcs,
            bases: &selection.bases,
            platform,
            axes,
            moved,
            replaced,
            warnings,
        })
    }

    /// The index of the value of each axis: the value that the client sets, or the default.
    fn axis_values(&self, set: &BTreeMap<String, String>, found: &mut Vec<Diagnostic>) -> Vec<usize> {
        let values = self.axes.iter().map(|axis| {
            let Some(asked) = set.get(&axis.name) else { return axis.default };
            axis.value_names().position(|name| name == asked).unwrap_or_else(|| {
                found.push(unknown_value(axis, asked));
                axis.default
            })
        });
        values.collect()
    }

    /// The axes, each with the value of this index.
    pub(super) fn named_values(&self, values: &[usize]) -> Vec<(String, String)> {
        let axes = self.axes.iter().zip(values);
        axes.map(|(axis, value)| (axis.name.clone(), axis.values[*value].name.clone())).collect()
    }

    /// The scope of a combination. `given` has the values of all other names.
    pub(super) fn scope_of<'f>(
        &'f self,
        selection: &'f Selection,
        given: &BTreeMap<String, Value>,
        values: &[usize],
    ) -> Scope<'f> {
        let axes = self.axes.iter().zip(values);
        let axes = axes.map(|(axis, value)| (axis.name.clone(), axis.values[*value].value.clone()));
        let given = given.iter().map(|(name, value)| (name.clone(), value.clone())).chain(axes);
        Scope::new(self, map_of(given), &selection.files).after(&selection.facts)
    }

    fn arg_values(
        &self,
        set: &BTreeMap<String, String>,
        given: &mut BTreeMap<String, Value>,
        found: &mut Vec<Diagnostic>,
    ) {
        for arg in &self.args {
            let text = set.get(&arg.name).map(String::as_str).or(arg.literal_default());
            let Some(text) = text else {
                // The scope computes a default when an expression reads it.
                if arg.computed_default().is_some() {
                    continue;
                }
                let error = Diagnostic::error(
                    Code::MissingArg,
                    arg.span,
                    format!("the argument `{}` is required", arg.name),
                );
                found.push(error.help(format!("add --build-arg {}=VALUE", arg.name)));
                continue;
            };
            match arg.value(text) {
                Ok(value) => drop(given.insert(arg.name.clone(), value)),
                Err(expected) => found.push(bad_arg(arg, text, expected)),
            }
        }
    }

    /// Warnings about build arguments that set neither an axis nor an arg.
    pub fn unknown_args(&self, args: &BTreeMap<String, String>) -> Vec<Diagnostic> {
        let known = self.build_args();
        let unknown = args.keys().filter(|name| !known.clone().any(|known| known == name.as_str()));
        let warning = |name: &String| {
            let found = Diagnostic::warning(
                Code::UnknownArg,
                self.build_span,
                format!("--build-arg {name} has no effect"),
            );
            match nearest(name, known.clone()) {
                Some(near) => found.help(format!("did you mean `{near}`?")),
                None => found.help("there is no axis and no argument of that name"),
            }
        };
        unknown.map(warning).collect()
    }

    /// Checks that the family has a stage of this name.
    ///
    /// # Errors
    /// It has none. The error suggests the names of stages.
    pub fn has_stage(&self, name: &str) -> Result<(), Diagnostic> {
        if self.stage_index(name).is_some() {
            return Ok(());
        }
        let error =
            Diagnostic::error(Code::UnknownStage, self.build_span, format!("there is no stage `{name}`"));
        Err(error.help_if(did_you_mean(name, self.stages())))
    }

    /// A warning if the family has no stage and no target of this name, but one with a similar name. `option` is the option of the
    /// command line that names the stage. Letter case does not count.
    pub fn misspelled_stage(&self, option: &str, name: &str) -> Option<Diagnostic> {
        let names = || self.stages().chain(self.targets());
        if names().any(|known| known.eq_ignore_ascii_case(name)) {
            return None;
        }
        let near = nearest(name, names())?;
        let message = format!("`{option}` names `{name}`, which is no stage and no target");
        let found = Diagnostic::warning(Code::UnknownStage, self.build_span, message);
        Some(found.help(format!("did you mean `{near}`?")))
    }

    /// Finds the target: the requested one, else the default, else the only target, else the last stage.
    pub(crate) fn target(&self, asked: Option<&str>) -> Result<&NamedTemplate, Diagnostic> {
        let all = || self.targets.iter().chain(&self.stages);
        let (name, span) = match (asked, &self.default, self.targets.as_slice()) {
            (Some(name), ..) => (name, self.build_span),
            (None, Some((name, span)), _) => (name.as_str(), *span),
            (None, None, [only]) => (only.name.as_ref(), only.span),
            (None, None, _) => {
                self.stages.last().map_or(("", self.build_span), |stage| (stage.name.as_ref(), stage.span))
            }
        };
        all().find(|named| named.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let error =
                Diagnostic::error(Code::UnknownStage, span, format!("there is no target or stage `{name}`"));
            error.help_if(did_you_mean(name, all().map(|named| named.name.as_ref())))
        })
    }

    /// Expands the declaration of a target. `None` if `target` is a stage.
    pub(crate) fn published(
        &self,
        target: &NamedTemplate,
        scope: &Scope<'_>,
    ) -> Result<Option<ConcreteValue>, Vec<Diagnostic>> {
        if !self.targets.iter().any(|named| std::ptr::eq(named, target)) {
            return Ok(None);
        }
        let mut found = Vec::new();
        let data = expand::expand(&target.template, Shape::Table(&keys::TARGET), scope, &mut found);
        if let Some(data) = &data {
            Delivery::read(data, &mut found);
        }
        match data {
            _ if !found.is_empty() => Err(found),
            Some(data) => Ok(Some(data)),
            None => {
                let message = format!("the target `{}` does not exist in this variant", target.name);
                let error = Diagnostic::error(Code::ExcludedStage, target.span, message);
                Err(vec![error.help("its `if:` is false")])
            }
        }
    }

    /// Applies the rules of `support` to a combination, whose values are in `scope`. `given` has those values that the user gave, and
    /// `platforms` all platforms of the build, that of the scope first.
    ///
    /// # Errors
    /// The first rule that excludes the combination.
    pub(crate) fn supported(
        &self,
        scope: &Scope<'_>,
        axes: &[(String, String)],
        given: &BTreeMap<String, String>,
        platforms: &[&Platform],
    ) -> Result<(), Vec<Diagnostic>> {
        let Some(rule) = self.broken_rule(scope).map_err(|error| vec![*error])? else { return Ok(()) };
        let combination: Vec<String> = axes.iter().map(|(axis, value)| format!("{axis}={value}")).collect();
        let mut error = Diagnostic::error(Code::Unsupported, rule.span, rule.because.clone());
        let by_platform = rule.expressions().any(|expr| expr.names().contains("platform"));
        let place = platforms.first().filter(|_| by_platform);
        let place = place.map_or(String::new(), |platform| format!(" on {platform}"));
        error = error.label(format!("excludes {}{place}", combination.join(", ")));
        Err(vec![error.help_if(Nearest::new(self, scope, axes, given, platforms).help())])
    }

    /// The first rule that does not allow the combination.
    pub(super) fn broken_rule(&self, scope: &Scope<'_>) -> Result<Option<&Rule>, Box<Diagnostic>> {
        for rule in &self.support {
            if !rule.allows(scope)? {
                return Ok(Some(rule));
            }
        }
        Ok(None)
    }
}

/// The error for a value of `--build-arg` that an axis does not have.
pub(crate) fn unknown_value(axis: &Axis, name: &str) -> Diagnostic {
    let known: Vec<&str> = axis.value_names().collect();
    let message = format!("`{}` has no value `{name}`", axis.name);
    let error = Diagnostic::error(Code::UnknownAxisValue, axis.span, message);
    error.label("set with --build-arg").help_if(unknown_value_help(name, &known))
}

/// The error for a value that an arg does not take. `expected` says what it takes.
pub(crate) fn bad_arg(arg: &Arg, text: &str, expected: String) -> Diagnostic {
    Diagnostic::error(Code::BadArg, arg.span, format!("`{}` is `{text}`", arg.name)).label(expected)
}
