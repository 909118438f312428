//! Runs a comparison, from the two arguments to the result.

use std::ffi::OsStr;

use crate::base::error::{Error, Inside};
use crate::base::limits::{Budget, Limits};
use crate::differences::difference::{Difference, Side};
use crate::differences::ignore::Ignore;
use crate::differences::{Times, differences, lines};
use crate::image::argument::Argument;
use crate::image::cache::LayerCache;
use crate::image::catalog::{Catalog, Listed};
use crate::image::input::{Form, Input};
use crate::image::read::{Attestations, Source};
use crate::image::select::{Pair, pairs, select};
use crate::report::{Compared, Comparison, Group};

/// The options of a comparison.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Differences that are not reported.
    pub ignore: Ignore,
    /// Whether times are compared.
    pub times: Times,
    /// Whether attestations are compared.
    pub attestations: Attestations,
    /// How much of each path is read at most.
    pub limits: Limits,
}

/// Compares two images. Each argument is a path, or `PATH@SELECTOR` with a platform, a name or the digest of a manifest. Without a
/// selector, all platforms are compared.
///
/// # Errors
/// Returns an error if an image cannot be read, is damaged or exceeds a limit, or if a selector does not select exactly what can be
/// compared.
pub fn compare(
    first: impl AsRef<OsStr>,
    second: impl AsRef<OsStr>,
    options: &Options,
) -> Result<Comparison, Error> {
    let (first, second) = (Opened::new(first.as_ref(), options)?, Opened::new(second.as_ref(), options)?);
    // A layer that both images contain is read once. Every blob is verified nevertheless.
    let cache = LayerCache::new();
    let sources = [first.source(&cache), second.source(&cache)];
    let pairs = pairs(first.images.clone(), second.images.clone())?;
    let mut groups = Vec::new();
    for pair in pairs {
        groups.push(compare_pair(pair, &sources, options)?);
    }
    Ok(Comparison {
        notes: notes(&first, &second),
        first: first.compared(),
        second: second.compared(),
        groups,
    })
}

/// One of the two paths, with its selected images.
struct Opened {
    input: Input,
    budget: Budget,
    images: Vec<Listed>,
    omitted: Vec<String>,
}

impl Opened {
    fn new(argument: &OsStr, options: &Options) -> Result<Opened, Error> {
        let argument = Argument::parse(argument);
        let budget = Budget::new(&options.limits);
        let input = Input::open(&argument.path, &budget)?;
        let catalog = Catalog::read(&input, &budget)?;
        let images = select(&catalog, argument.selector.as_deref()).inside(argument.path.display())?;
        // With a selector, the user did not ask for the images that were left out.
        let omitted = if argument.selector.is_some() { Vec::new() } else { catalog.omitted };
        Ok(Opened { input, budget, images, omitted })
    }

    fn source<'s>(&'s self, cache: &'s LayerCache) -> Source<'s> {
        Source { input: &self.input, budget: &self.budget, cache }
    }

    fn compared(&self) -> Compared {
        let images = self.images.iter().filter(|image| !image.config.is_null());
        Compared {
            path: self.input.store.path().to_owned(),
            form: self.input.form,
            images: images.map(|image| (image.platform(), image.digest.clone())).collect(),
        }
    }
}

fn compare_pair(pair: Pair, sources: &[Source<'_>; 2], options: &Options) -> Result<Group, Error> {
    let platform = platform_of(&pair);
    let (first, second) = match pair {
        Pair { first: Some(first), second: Some(second) } => (first, second),
        Pair { first, second } => {
            let side = |image: Listed| Side::text(&image.digest);
            let alone = Difference::new(format!("platforms.{platform}"), first.map(side), second.map(side));
            let mut differences = vec![alone];
            differences.retain(|difference| !options.ignore.hides(difference));
            return Ok(Group { platform, differences });
        }
    };
    let first = sources[0].read(first, options.attestations)?;
    let second = sources[1].read(second, options.attestations)?;
    let mut found = differences(&first, &second, &options.ignore, options.times);
    lines::add(&mut found, (&first, &sources[0]), (&second, &sources[1]))?;
    Ok(Group { platform, differences: found.into_iter().map(Difference::shown).collect() })
}

fn platform_of(pair: &Pair) -> String {
    let mut platforms: Vec<String> = [&pair.first, &pair.second]
        .into_iter()
        .flatten()
        .map(Listed::platform)
        .filter(|platform| !platform.is_empty())
        .collect();
    platforms.dedup();
    if platforms.is_empty() { "file system".to_owned() } else { platforms.join(" -> ") }
}

fn notes(first: &Opened, second: &Opened) -> Vec<String> {
    let mut notes = Vec::new();
    let system = |opened: &Opened| opened.input.form == Form::FileSystem;
    if system(first) != system(second) {
        notes.push(
            "varve compares only files: a file system has no configuration, history and layers".to_owned(),
        );
    }
    for (name, opened) in [("first", first), ("second", second)] {
        notes.extend(opened.omitted.iter().map(|text| format!("omitted from the {name}: {text}")));
    }
    notes
}
