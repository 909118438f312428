//! Finds the reason why a query leaves no variant, although each of its values is valid.

use super::{Matrix, Root, platforms};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::variant::defaults::unfinished;

impl Matrix<'_> {
    /// The reason why there are no variants: the error of a build with these values. If no rule excludes that build, an error that
    /// lists the values. Nothing if there are variants.
    pub(crate) fn none_left(&self) -> Vec<Diagnostic> {
        if !self.is_empty() {
            return Vec::new();
        }
        // A platform that cannot be read leaves no variant either.
        let wrong = self.errors();
        if !wrong.is_empty() {
            return wrong;
        }
        let reason = self.published().find_map(|root| self.reason(root));
        reason.unwrap_or_else(|| vec![self.no_rule()])
    }

    /// The error of a build of a root. An axis without a value in the query has its default, as in any build.
    fn reason(&self, root: &Root<'_>) -> Option<Vec<Diagnostic>> {
        let family = self.request.family;
        let allowed = self.request.values();
        let values = family.axes.iter().zip(&allowed).map(|(axis, allowed)| match allowed.as_slice() {
            [only] => *only,
            _ => axis.default,
        });
        let values: Vec<usize> = values.collect();
        let names = family.axes.iter().zip(&values);
        let names: Vec<(String, String)> =
            names.map(|(axis, value)| (axis.name.clone(), axis.values[*value].name.clone())).collect();
        let build = platforms(self.request, false);
        let tried = if root.platforms.is_empty() { &build } else { &root.platforms };
        tried.iter().find_map(|platform| {
            let scope = self.request.scope(&values, platform, &root.name);
            // Of several targets, none is the one whose `if:` is the reason.
            let guarded = || match self.roots.as_slice() {
                [_] => family.published(root.named, &scope).map(drop),
                _ => Ok(()),
            };
            let wrong = family
                .supported(&scope, &names, &self.request.query.args, &[platform])
                .and_then(|()| guarded())
                .err()?;
            Some(
                wrong
                    .into_iter()
                    .map(|one| if root.search_ended_early { unfinished(one) } else { one })
                    .collect(),
            )
        })
    }

    fn no_rule(&self) -> Diagnostic {
        let query = self.request.query;
        let values = query.args.iter().map(|(name, value)| format!("{name}={value}"));
        let target = query.target.iter().map(|target| format!("target={target}"));
        let platforms = query.platforms.iter().map(|platform| format!("platform={platform}"));
        let all: Vec<String> = values.chain(target).chain(platforms).collect();
        let message = match all.as_slice() {
            [] => "the family has no variant".to_owned(),
            all => format!("no variant has {}", all.join(", ")),
        };
        let place = match self.roots.as_slice() {
            [root] => root.span,
            _ => self.request.family.build_span,
        };
        Diagnostic::error(Code::NoVariant, place, message)
            .help("`varve matrix` or `--call=matrix` lists the variants, with their platforms")
    }
}
