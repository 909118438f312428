//! A build for those who ask what it does, and why.

use buildkit_gateway::{Bridge, Platform, Status};
use varve_spec::{Diagnostic, Explanation, Family, Selection, Sources};

use super::{Lowering, Request};
use crate::report;
use crate::view::Built;

impl Lowering {
    /// All of it, for those who ask.
    pub(super) fn told<'a>(&'a self, sources: &'a Sources) -> Vec<Built<'a>> {
        let plans = self.platforms.iter().zip(&self.plans).zip(&self.whys).zip(&self.lowered);
        let built = plans.map(|(((target, plan), (why, tags)), lowered)| Built {
            sources,
            plan,
            why,
            tags,
            lowered,
            graph: &self.graph,
            infos: &self.infos,
            context: self.context,
            target,
            build: &self.build,
            knows: self.knows,
            images: &self.images,
            epoch: self.epoch,
        });
        built.collect()
    }
}

impl<B: Bridge> Request<'_, B> {
    /// Why a plan is as it is, and the tags that its target states.
    pub(super) fn explain(
        &self,
        family: &Family,
        asked: &Selection,
        platform: &Platform,
    ) -> Result<(Explanation, Vec<String>), Status> {
        let error = |found: Vec<Diagnostic>| report::error(&found, self.sources);
        let selection = self.selection(family, asked, platform);
        let variant = family.select(&selection).map_err(error)?;
        let (_, why) = variant.explain().map_err(error)?;
        Ok((why, variant.tags()))
    }
}
