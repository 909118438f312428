//! What a build reads beside the build file: files that values are read from, the context, Dockerfiles.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, Status};
use buildkit_llb::{Differ, Graph, LocalSource, Metadata, Output, SourceInfo};
use varve_spec::{Diagnostic, Plan, Span};

use super::Request;
use crate::facts::dockerfiles::DockerfileKey;
use crate::facts::images::BaseImage;
use crate::inputs::client::Folder;
use crate::inputs::context::context_paths;
use crate::inputs::dockerfiles;
use crate::inputs::ignore;
use crate::inputs::main_context::CONTEXT;

impl<B: Bridge> Request<'_, B> {
    /// The texts of the files that values are read from, as far as they are there.
    pub(super) async fn values(&self, paths: Vec<String>) -> Result<BTreeMap<String, String>, Status> {
        if paths.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut graph = self.client.graph();
        let root = match self.remote(&mut graph)? {
            Some(remote) => Some(remote),
            None => {
                let vertex = graph.add(LocalSource {
                    follow: paths.clone(),
                    shared_key: Some(format!("{CONTEXT}-values")),
                    differ: Differ::None,
                    ..self.client.local(CONTEXT)
                });
                graph.root(vertex)
            }
        };
        self.client.read_texts(&mut graph, root, &paths).await
    }

    /// The context, reduced to what the steps read; nothing when none does.
    pub(super) async fn context(&self, plans: &[Plan], graph: &mut Graph) -> Result<Option<Output>, Status> {
        let paths = context_paths(plans);
        if paths.is_empty() {
            return Ok(None);
        }
        if let Some(remote) = self.remote(graph)? {
            return Ok(Some(remote));
        }
        let exclude = match &self.file.ignore {
            Some(text) => ignore::patterns(text),
            None => self.client.docker_ignore(CONTEXT, Folder::Main).await?,
        };
        let vertex = graph.add(LocalSource {
            exclude,
            follow: if paths == ["."] { Vec::new() } else { paths },
            shared_key: Some(CONTEXT.to_owned()),
            ..self.client.local(CONTEXT)
        });
        graph.describe(vertex, Metadata::named("[internal] load build context"));
        Ok(graph.root(vertex))
    }

    pub(super) async fn dockerfiles(
        &self,
        keys: BTreeMap<DockerfileKey, Span>,
        graph: &mut Graph,
        infos: &mut Vec<SourceInfo>,
    ) -> Result<(BTreeMap<DockerfileKey, BaseImage>, Vec<Diagnostic>), Status> {
        if keys.is_empty() {
            return Ok((BTreeMap::new(), Vec::new()));
        }
        let remote = self.remote(graph)?.map(|remote| graph.definition(Some(remote), &[]));
        let keys = (keys, self.sources);
        dockerfiles::resolve(self.client, keys, remote.as_ref(), self.locked, (graph, infos)).await
    }

    pub(super) fn remote(&self, graph: &mut Graph) -> Result<Option<Output>, Status> {
        self.context.remote(self.client.options.context_subdir.as_deref(), graph)
    }
}
