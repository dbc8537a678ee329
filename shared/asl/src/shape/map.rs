//! Map states: modes, readers, writers, batches, labels.

use std::collections::HashMap;

use super::kinds::Kind;
use super::tables::PROCESSOR_CONFIG;
use super::{Owner, Shape};
use crate::{MapMode, Node, Problem, Scope, Span, State, StateKind, problem::quoted};

/// What a Map has only where its items run as child executions. Recorded on AWS: tolerated failures are accepted on an
/// inline Map too.
const DISTRIBUTED: [&str; 4] = ["ItemReader", "ItemBatcher", "ResultWriter", "Label"];

impl Shape<'_> {
    pub(super) fn map(&mut self, state: &State) {
        let StateKind::Map(map) = &state.kind else {
            return;
        };
        let owner = Owner::of(state);
        let Some(processor) = &map.processor else {
            if !state.has("ItemProcessor") && !state.has("Iterator") {
                self.missing_field_of(owner, state.name.span, "ItemProcessor", &state.pointer);
            }
            return;
        };
        self.processor(state, processor);
        match map.mode {
            MapMode::Inline => self.inline(state, processor),
            MapMode::Distributed { .. } => self.distributed(state, processor),
        }
        if let Some(label) = state.field("Label") {
            self.label(owner, label);
        }
    }

    fn processor(&mut self, state: &State, processor: &Scope) {
        let owner = Owner {
            pointer: &processor.pointer,
            what: "the processor of state",
            ..Owner::of(state)
        };
        let config = processor
            .fields
            .iter()
            .find(|member| member.key == "ProcessorConfig");
        if let Some(member) = config {
            self.kind(owner, member, Kind::Object(PROCESSOR_CONFIG));
        }
    }

    fn inline(&mut self, state: &State, processor: &Scope) {
        let mode = processor
            .field("ProcessorConfig")
            .and_then(|config| config.get("Mode"));
        if mode.is_some_and(Node::is_open)
            || processor
                .field("ProcessorConfig")
                .is_some_and(Node::is_open)
        {
            return;
        }
        for name in DISTRIBUTED {
            if let Some(member) = state.member(name) {
                let message = format!(
                    "{} needs a Distributed Map, but state {} is an inline one",
                    quoted(name),
                    quoted(&state.name.value)
                );
                let pointer = Owner::of(state).at(name);
                self.schema(
                    "distributed-map-field-inline",
                    member.key_span,
                    message,
                    &pointer,
                )
                .help = Some(
                    "set `\"Mode\": \"DISTRIBUTED\"` in `ProcessorConfig`, or remove it".to_owned(),
                );
                // One says it all.
                return;
            }
        }
    }

    fn distributed(&mut self, state: &State, processor: &Scope) {
        let owner = Owner::of(state);
        if let Some(config) = processor.field("ProcessorConfig")
            && config.get("ExecutionType").is_none()
        {
            let pointer = crate::pointer_push(&processor.pointer, "ProcessorConfig");
            let inner = Owner {
                pointer: &pointer,
                what: "`ProcessorConfig` of state",
                ..owner
            };
            let start = Span::new(config.span.start, config.span.start + 1);
            self.missing_field_of(inner, start, "ExecutionType", &pointer);
        }
        if let Some(reader) = state.field("ItemReader") {
            self.reader(owner, reader);
        }
        if let Some(writer) = state.field("ResultWriter") {
            self.writer(owner, writer);
        }
        if let Some(batcher) = state.field("ItemBatcher")
            && batcher.members().is_some_and(|members| {
                !members
                    .iter()
                    .any(|member| member.key.starts_with("Max") || member.key.contains("${"))
            })
        {
            let message = format!("`ItemBatcher` of {} sets no size of a batch", owner.named());
            let start = Span::new(batcher.span.start, batcher.span.start + 1);
            let pointer = owner.at("ItemBatcher");
            // Deployed definitions have it: not refused, but without effect.
            self.problems.push(
                Problem::warning("field-missing", start, message)
                    .at(pointer)
                    .help("set `MaxItemsPerBatch` or `MaxInputBytesPerBatch`"),
            );
        }
    }

    fn reader(&mut self, owner: Owner<'_>, reader: &Node) {
        let pointer = owner.at("ItemReader");
        let inner = Owner {
            pointer: &pointer,
            what: "`ItemReader` of state",
            ..owner
        };
        let Some(node) = reader.get("Resource").filter(|node| !node.is_open()) else {
            return;
        };
        let Some(resource) = node.as_str() else {
            return;
        };
        let reads = |action: &str| {
            resource.ends_with(&format!(":states:::s3:{action}"))
                || resource.ends_with(&format!(":states:::aws-sdk:s3:{action}"))
        };
        if !reads("getObject") && !reads("listObjectsV2") {
            let wanted = "`arn:aws:states:::s3:getObject` or `arn:aws:states:::s3:listObjectsV2`";
            self.value("field-word-unknown", inner, "Resource", node, wanted);
        }
        let config = reader.get("ReaderConfig");
        if reads("getObject")
            && !config.is_some_and(|config| config.get("InputType").is_some() || config.is_open())
        {
            let place = config.unwrap_or(reader);
            let at = match config {
                Some(_) => inner.at("ReaderConfig"),
                None => pointer.clone(),
            };
            let start = Span::new(place.span.start, place.span.start + 1);
            let message = format!("{} reads an object of unknown type", inner.named());
            self.schema("field-missing", start, message, &at).help = Some(
                "set `InputType` in `ReaderConfig`: CSV, JSON, JSONL, MANIFEST or PARQUET"
                    .to_owned(),
            );
        }
    }

    fn writer(&mut self, owner: Owner<'_>, writer: &Node) {
        let pointer = owner.at("ResultWriter");
        let inner = Owner {
            pointer: &pointer,
            what: "`ResultWriter` of state",
            ..owner
        };
        for name in ["Parameters", "Arguments"] {
            let Some(node) = writer.get(name) else {
                continue;
            };
            let has_bucket =
                |node: &Node| node.get("Bucket").is_some() || node.get("Bucket.$").is_some();
            if node.members().is_some() && !has_bucket(node) && !node.is_open() {
                let start = Span::new(node.span.start, node.span.start + 1);
                let message = format!("{} does not say into which `Bucket`", inner.named());
                self.schema("field-missing", start, message, &inner.at(name));
            }
        }
    }

    fn label(&mut self, owner: Owner<'_>, node: &Node) {
        const LONGEST: usize = 40;
        const REFUSED: &str = "?*<>{}[]:;,\\|^~$#%&`\"/";
        let Some(label) = node.as_str().filter(|_| !node.is_open()) else {
            return;
        };
        let refused = |c: char| c.is_whitespace() || c.is_control() || REFUSED.contains(c);
        if label.chars().count() > LONGEST || label.contains(refused) {
            let wanted =
                "40 characters at most, without spaces, wildcards, brackets and special characters";
            let problem = self.value("label-invalid", owner, "Label", node, wanted);
            problem.aws_code = Some("INVALID_LABEL_NAME");
        }
    }

    /// Labels name the child executions: two Maps cannot share one.
    pub(super) fn labels(&mut self, scopes: &[&Scope]) {
        let mut seen: HashMap<&str, &State> = HashMap::new();
        for state in scopes.iter().flat_map(|scope| &scope.states) {
            let Some(node) = state.field("Label").filter(|node| !node.is_open()) else {
                continue;
            };
            let Some(label) = node.as_str() else {
                continue;
            };
            if let Some(first) = seen.get(label) {
                let message = format!(
                    "state {} has the label of state {}",
                    quoted(&state.name.value),
                    quoted(&first.name.value)
                );
                self.problems.push(
                    Problem::error("label-duplicate", node.span, message)
                        .aws("DUPLICATE_LABEL_NAME")
                        .at(Owner::of(state).at("Label"))
                        .help("labels are unique in the whole machine: rename one of the two"),
                );
            } else {
                seen.insert(label, state);
            }
        }
    }
}
