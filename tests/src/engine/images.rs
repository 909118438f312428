//! Images that are built once, and again when their inputs change.

use std::fs;

use anyhow::{Context, Result};

use crate::digest::sha256;
use crate::engine::Engine;
use crate::progress::timed;

/// The name of an image and all inputs of its content.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The tag of the image.
    pub name: String,
    /// All inputs, as text.
    pub inputs: String,
}

/// Makes an image, unless the engine has the image of the same recipe. Tries a second time after a failure, which may be one of a mirror
/// or of the machine.
pub fn ensure(engine: &Engine, recipe: &Recipe, make: impl Fn() -> Result<()>) -> Result<()> {
    let inputs = sha256(recipe.inputs.as_bytes());
    let stamp = engine.folder.join("images").join(recipe.name.replace(['/', ':'], "_"));
    let wanted = |id: &str| format!("{inputs} {id}\n");
    if let (Some(id), Ok(found)) = (engine.image_id(&recipe.name), fs::read_to_string(&stamp))
        && found == wanted(&id)
    {
        return Ok(());
    }
    let make = || timed(&format!("image {}", recipe.name), &make);
    make().or_else(|_| make())?;
    let id = engine
        .image_id(&recipe.name)
        .with_context(|| format!("{} was built but does not exist", recipe.name))?;
    fs::create_dir_all(stamp.parent().unwrap_or(&stamp))?;
    fs::write(&stamp, wanted(&id)).with_context(|| format!("cannot write {}", stamp.display()))
}
