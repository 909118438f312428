//! A build for those who ask what it does, and why.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, Platform, Status};
use buildkit_llb::{Graph, Output, SourceInfo};
use varve_spec::{Diagnostic, Explanation, Family, Plan, Selection, Sources};

use super::Request;
use crate::facts::images::{BaseImage, ImageKey};
use crate::lower::Lowered;
use crate::render::{Built, InfoSource};
use crate::request::epoch::Epoch;
use crate::util::report;

/// A build as a graph, of which nothing is solved yet; by a builder, or as far as the files alone tell.
pub struct LoweredBuild {
    /// The platforms of the images.
    pub platforms: Vec<Platform>,
    /// The plan of each platform.
    pub plans: Vec<Plan>,
    /// Why each plan is as it is, and the tags that its target states, where somebody asks.
    pub whys: Vec<(Explanation, Vec<String>)>,
    /// The platform of the machine that builds.
    pub build: Platform,
    /// Where the facts come from.
    pub knows: InfoSource,
    /// Every image that the plans name.
    pub images: BTreeMap<ImageKey, BaseImage>,
    /// The time of the build.
    pub epoch: Option<Epoch>,
    /// The graph.
    pub graph: Graph,
    /// The files that operations point at.
    pub infos: Vec<SourceInfo>,
    /// The context, where the plan reads it.
    pub context: Option<Output>,
    /// What comes of each platform.
    pub lowered: Vec<Lowered>,
    /// The warnings.
    pub warnings: Vec<Diagnostic>,
}

impl LoweredBuild {
    /// All of it, for those who ask.
    pub fn told<'a>(&'a self, sources: &'a Sources) -> Vec<Built<'a>> {
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
