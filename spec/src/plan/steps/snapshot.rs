//! `snapshot`: the date of the package archives from which packages are installed.

use super::credentials;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::timestamp::Timestamp;
use crate::variant::concrete::ConcreteValue;

/// The help for an archive with credentials.
const SECRET_ARCHIVE: &str =
    "use a secret for this step: `mounts: [{secret: apt-auth, to: /etc/apt/auth.conf.d/secret.conf}]`";

/// The date of the package archives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The place of the value.
    pub span: Span,
    /// The date and time.
    pub date: Timestamp,
    /// Addresses of package sources, each with the address of its archive for that date.
    pub archives: Vec<(String, String)>,
}

pub(super) fn snapshot(data: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Option<Snapshot> {
    let date = data.as_text().map(str::to_owned).or_else(|| data.text("date"))?;
    let mut archives = Vec::new();
    credentials::refuse(data.get("archives"), SECRET_ARCHIVE, found);
    for field in data.get("archives").map(ConcreteValue::fields).unwrap_or_default() {
        let Some(dated) = field.value.as_text() else { continue };
        for (text, span) in [(field.key.as_ref(), field.key_span), (dated, field.value.span)] {
            if !is_address(text) {
                let error = Diagnostic::error(Code::BadValue, span, format!("`{text}` is not a URL"));
                found.push(error.label("expected a URL such as `http://example.com/debian`"));
            }
        }
        archives.push((plain(&field.key), plain(dated)));
    }
    Some(Snapshot { span: data.span, date: Timestamp::parse(&date)?, archives })
}

fn is_address(text: &str) -> bool {
    text.split_once(":/").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty())
}

/// An address without its last slash, since both forms mean the same.
fn plain(address: &str) -> String {
    address.trim_end_matches('/').to_owned()
}
