//! Where the result of a target goes, and which caches its build uses. A plain build takes both from its command line. Bake files and
//! matrices of CI carry what the target says.

use super::concrete::ConcreteValue;
use crate::base::diagnostic::{Code, Diagnostic};

/// What a target says about its output and its caches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// Where the result goes.
    pub output: Output,
    /// The caches to read, in the order of the file.
    pub cache_from: Vec<Cache>,
    /// The caches to write, in the order of the file.
    pub cache_to: Vec<Cache>,
}

/// Where the result of a target goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Output {
    /// An image for a registry or an engine, as the command line says.
    #[default]
    Image,
    /// A folder or an archive.
    Files {
        /// The type of BuildKit's exporter: `local`, `tar` or `oci`.
        kind: String,
        /// The path.
        dest: String,
    },
}

/// A cache of a build, as attributes of BuildKit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    /// The type, such as `registry`.
    pub kind: String,
    /// The other attributes by name, in the order of the tables and then of the file.
    pub attributes: Vec<(String, String)>,
}

impl Output {
    /// The attributes of BuildKit's exporter, the type first. Empty for an image.
    pub fn attributes(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Image => Vec::new(),
            Self::Files { kind, dest } => vec![("type", kind), ("dest", dest)],
        }
    }
}

impl Cache {
    /// All attributes, the type first.
    pub fn attributes(&self) -> Vec<(&str, &str)> {
        let others = self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        std::iter::once(("type", self.kind.as_str())).chain(others).collect()
    }
}

/// A type of caches.
struct CacheKind {
    name: &'static str,
    /// The attribute that a cache of this type needs in each direction. An attribute that is `None` does not exist there.
    import: Option<&'static str>,
    export: Option<&'static str>,
    is_required: bool,
    has_mode: bool,
}

const fn kind(name: &'static str, import: Option<&'static str>, export: Option<&'static str>) -> CacheKind {
    CacheKind { name, import, export, is_required: true, has_mode: true }
}

/// The types of caches with their attributes (`cache/remotecache` of BuildKit).
const KINDS: &[CacheKind] = &[
    kind("registry", Some("ref"), Some("ref")),
    kind("local", Some("src"), Some("dest")),
    CacheKind { is_required: false, ..kind("gha", Some("scope"), Some("scope")) },
    kind("s3", None, None),
    kind("azblob", None, None),
    CacheKind { has_mode: false, ..kind("inline", None, None) },
];

/// The direction of a cache.
#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Import,
    Export,
}

impl Direction {
    /// The attributes that have keys of their own.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Import => &["ref", "src", "scope"],
            Self::Export => &["ref", "dest", "scope", "mode"],
        }
    }
}

impl Delivery {
    /// Reads the declaration of a target. Parts with mistakes are left out; the mistakes are added to `found`.
    pub(crate) fn read(target: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Self {
        let output = target.get("output").and_then(|value| output(value, found)).unwrap_or_default();
        if let Output::Files { kind, .. } = &output {
            refuse_tags(target, kind, found);
        }
        let cache = target.get("cache");
        let mut caches = |key: &str, direction: Direction| -> Vec<Cache> {
            let items = cache.and_then(|cache| cache.get(key)).map(ConcreteValue::items).unwrap_or_default();
            let items = items.iter().filter(|item| item.is_complete);
            items.filter_map(|item| self::cache(item, direction, found)).collect()
        };
        let cache_from = caches("from", Direction::Import);
        let cache_to = caches("to", Direction::Export);
        Self { output, cache_from, cache_to }
    }
}

fn output(value: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Option<Output> {
    if !value.is_complete {
        return None;
    }
    let short = value.as_text().map(str::to_owned);
    let (kind, dest) = match short {
        Some(kind) => (kind, None),
        None => (value.text("type")?, value.field("dest")),
    };
    match (kind.as_str(), dest) {
        ("image", None) => Some(Output::Image),
        ("image", Some(dest)) => {
            let error = Diagnostic::error(Code::KeyConflict, dest.key_span, "an image has no `dest`");
            found.push(error.help("write `output: image`; the type `oci` is an image in an archive"));
            None
        }
        (kind, None) => {
            let message = format!("an output of the type `{kind}` needs `dest`");
            let error = Diagnostic::error(Code::MissingKey, value.span, message);
            found.push(error.help(format!("write the path: `output: {{type: {kind}, dest: out}}`")));
            None
        }
        (_, Some(dest)) => Some(Output::Files { kind, dest: dest.value.as_text()?.to_owned() }),
    }
}

/// Files have no tags. An archive of the type `oci` holds an image, which has some.
fn refuse_tags(target: &ConcreteValue, kind: &str, found: &mut Vec<Diagnostic>) {
    let (Some(tags), Some(output)) = (target.field("tags"), target.get("output")) else { return };
    if kind != "oci" && !tags.value.items().is_empty() {
        let error =
            Diagnostic::error(Code::KeyConflict, tags.key_span, "the target has `tags`, but no image");
        found.push(
            error
                .label("files have no tags")
                .related(output.span, format!("the output is `{kind}`"))
                .help("remove `tags`, or write `output: image`"),
        );
    }
}

fn cache(item: &ConcreteValue, direction: Direction, found: &mut Vec<Diagnostic>) -> Option<Cache> {
    if let Some(name) = item.as_text() {
        return Some(Cache {
            kind: "registry".to_owned(),
            attributes: vec![("ref".to_owned(), name.to_owned())],
        });
    }
    let name = item.text("type").unwrap_or_else(|| "registry".to_owned());
    let kind = KINDS.iter().find(|kind| kind.name == name)?;
    let own = match direction {
        Direction::Import => kind.import,
        Direction::Export => kind.export,
    };
    let before = found.len();
    let mut attributes = Vec::new();
    for key in direction.keys() {
        let Some(field) = item.field(key) else { continue };
        if Some(*key) == own || (*key == "mode" && kind.has_mode) {
            attributes.extend(field.value.as_text().map(|text| ((*key).to_owned(), text.to_owned())));
        } else {
            let message = format!("a cache of the type `{name}` has no `{key}`");
            let error = Diagnostic::error(Code::KeyConflict, field.key_span, message);
            found.push(error.help(match own {
                Some(own) => format!("it has `{own}`, and further attributes under `options`"),
                None => "its attributes are under `options`".to_owned(),
            }));
        }
    }
    if let Some(own) = own.filter(|own| kind.is_required && item.field(own).is_none()) {
        let message = format!("a cache of the type `{name}` needs `{own}`");
        let error = Diagnostic::error(Code::MissingKey, item.span, message);
        found.push(error.help(match own {
            "ref" => "add the name of an image: `ref: registry.example.com/acme/cache`".to_owned(),
            own => format!("add the path of a folder: `{own}: cache`"),
        }));
    }
    for option in item.get("options").map(ConcreteValue::fields).unwrap_or_default() {
        let option_name = option.key.as_ref();
        if option_name == "type" || direction.keys().contains(&option_name) {
            let message = format!("`{option_name}` is a key of the cache");
            let error = Diagnostic::error(Code::KeyConflict, option.key_span, message);
            found.push(error.help("move it out of `options`, beside `type`"));
        }
        attributes.extend(option.value.as_text().map(|text| (option_name.to_owned(), text.to_owned())));
    }
    (found.len() == before).then_some(Cache { kind: name, attributes })
}
