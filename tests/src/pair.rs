//! Two engines that only share a registry.

use anyhow::Result;

use crate::engine::Engine;
use crate::registry::Registry;
use crate::spare::Spare;

/// The shared engine, an empty one, and a registry with a base image.
#[derive(Debug)]
pub struct Pair {
    /// The engine of this process.
    pub first: &'static Engine,
    /// An engine with the frontend and without base images.
    pub second: Engine,
    /// The registry that both reach.
    pub registry: Registry<'static>,
    /// The reference of the base image `varve.test/debian:12` in the registry.
    pub base: String,
    _spare: Spare,
}

impl Pair {
    /// Starts the second engine and the registry. Prints the reason and returns `None` if no second engine can be made.
    pub fn new() -> Result<Option<Pair>> {
        let Some(spare) = Spare::new()? else { return Ok(None) };
        let first = Engine::get()?;
        let second = spare.up()?;
        let registry = Registry::start(first)?;
        let base = registry.push(first, "varve.test/debian:12", "debian:12")?;
        Ok(Some(Pair { first, second, registry, base, _spare: spare }))
    }
}
