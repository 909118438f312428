//! Renders a comparison as JSON.

use serde_json::{Value, json};

use super::{Compared, Comparison};

impl Comparison {
    /// Returns the comparison as JSON with the keys `first`, `second`, `differs`, `notes` and `differences`. The differences of all
    /// groups are one list; each of them has the key `platform`.
    pub fn json(&self) -> Value {
        let mut differences = Vec::new();
        for group in &self.groups {
            for difference in &group.differences {
                let mut value = json!({"platform": group.platform});
                if let (Some(all), Value::Object(more)) = (value.as_object_mut(), difference.json()) {
                    all.extend(more);
                }
                differences.push(value);
            }
        }
        json!({
            "first": compared(&self.first),
            "second": compared(&self.second),
            "differs": self.differs(),
            "notes": self.notes,
            "differences": differences,
        })
    }

    /// Returns the JSON as text with indentation and a line end.
    pub fn json_text(&self) -> String {
        format!("{:#}\n", self.json())
    }
}

fn compared(compared: &Compared) -> Value {
    let image = |(platform, digest): &(String, String)| json!({"platform": platform, "digest": digest});
    json!({
        "path": compared.path.display().to_string(),
        "form": compared.form.to_string(),
        "images": compared.images.iter().map(image).collect::<Vec<_>>(),
    })
}
