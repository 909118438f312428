//! A comparison as JSON.

use serde_json::{Value, json};

use super::{Compared, Comparison};

impl Comparison {
    /// The comparison for programs: `first`, `second`, `differs`, `notes`, and `differences` as one list, each with its `platform`.
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

    /// The JSON as a text with lines, and a line end.
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
