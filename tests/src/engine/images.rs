//! Images made once and made again only when what they are made of has changed.

use std::fs;

use anyhow::{Context, Result};

use crate::digest::sha256;
use crate::engine::Engine;
use crate::progress::timed;

/// An image's name and everything that decides what is in it.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The tag it gets.
    pub name: String,
    /// All that goes into it, as text.
    pub inputs: String,
}

/// Makes an image, unless the engine holds the one that this very recipe made. What a mirror or the machine has spoiled is tried a
/// second time.
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
        .with_context(|| format!("{} was made, yet is not there", recipe.name))?;
    fs::create_dir_all(stamp.parent().unwrap_or(&stamp))?;
    fs::write(&stamp, wanted(&id)).with_context(|| format!("cannot write {}", stamp.display()))
}
