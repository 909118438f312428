//! `varve key`: the keys of the variants of a family.

use buildkit_names::redacted;
use serde_json::{Value, json};
use varve_spec::OnUnknownVcs;

use crate::answer::{Answer, Failure};
use crate::arguments::{FamilyArgs, Format};
use crate::keys::{KeyedMember, keyed, uncovered_text};
use crate::load;
use crate::member::{axes, name};
use crate::paint::Colours;

/// Print a digest of everything that each variant is built from
///
/// A variant whose key is that of a published image need not be built again, apart from what the command lists.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: FamilyArgs,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let mut loaded = load::load(&args.family)?;
    loaded.take_lock()?;
    loaded.read_vcs(args.family.context(), OnUnknownVcs::Placeholder);
    let members = loaded.of_matrix(|_, matrix| matrix.all_builds())?;
    let keyed = keyed(&args.family, &loaded, members)?;
    let out = match args.format {
        Format::Json => format!("{:#}\n", json!({"variants": keyed.iter().map(in_json).collect::<Vec<_>>()})),
        Format::Text => in_text(&keyed),
    };
    Ok(Answer { err: loaded.warnings(colours), ..Answer::text(out) })
}

fn in_json(keyed: &KeyedMember) -> Value {
    let keys = keyed.keys.iter().map(|key| {
        let uncovered = key.uncovered.iter().map(|sentence| redacted(sentence).into_owned());
        json!({
            "platform": key.platform,
            "key": key.key.to_string(),
            "not-covered": uncovered.collect::<Vec<_>>(),
        })
    });
    json!({
        "target": keyed.member.target,
        "axes": axes(&keyed.member),
        "key": keyed.key().to_string(),
        "platforms": keys.collect::<Vec<_>>(),
    })
}

/// A line for each key, and what the keys do not cover.
fn in_text(keyed: &[KeyedMember]) -> String {
    let mut text = String::new();
    for KeyedMember { member, keys } in keyed {
        for key in keys {
            text += &format!("{} {} {}\n", key.key, key.platform, name(member));
        }
    }
    let uncovered = uncovered_text(keyed);
    if uncovered.is_empty() { text } else { format!("{text}\n{uncovered}") }
}
