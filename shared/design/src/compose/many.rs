//! Several things at a time: Parallel, Map, Distributed Map, and steps that an Express child does.

use iac::stack::Attribute;

use crate::decide::{Child, FileKind, Items, MapDecision};
use crate::machine::expr::{steps, string};
use crate::machine::{
    Catcher, Children, Condition, Expr, Kind, Label, Machine, Map, Output, Scope,
};
use crate::requirements::{Each, Step, Work};

use super::flow::{Builder, Domain, Targets};
use super::needs::snake;
use super::plan::Node;
use super::retry::Tightness;
use super::said::View;
use super::{Composer, EXPRESS, YEAR, data_name};

impl Composer<'_> {
    /// Writes `parallel`: what its branches wrote stands beside each other afterwards.
    pub(crate) fn parallel(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        branches: &[Vec<Step>],
        main: Label,
        targets: Targets,
    ) {
        let view = builder.view.clone();
        let scopes = branches
            .iter()
            .filter(|branch| !branch.is_empty())
            .map(|branch| self.scope(branch, &[], Domain::Inside, &view))
            .collect();
        Self::side_by_side(builder, main, scopes, targets, &step.id);
    }

    /// Writes steps that do not wait for each other.
    pub(crate) fn together(
        &mut self,
        builder: &mut Builder,
        main: Label,
        branches: &[Vec<Node<'_>>],
        targets: Targets,
    ) {
        let view = builder.view.clone();
        let scopes = branches
            .iter()
            .map(|branch| self.branch(branch, &view))
            .collect();
        let name = builder.name(main);
        Self::side_by_side(builder, main, scopes, targets, &name);
    }

    /// A chain of nodes as a scope of its own.
    fn branch(&mut self, nodes: &[Node<'_>], view: &View) -> Scope {
        let plain: Option<Vec<Step>> = nodes
            .iter()
            .map(|node| match node {
                Node::Step(step) => Some((*step).clone()),
                _ => None,
            })
            .collect();
        if let Some(mut steps) = plain {
            // They come one after the other here, whatever else they come after.
            for step in &mut steps {
                step.after.clear();
            }
            return self.scope(&steps, &[], Domain::Inside, view);
        }
        let mut builder = self.builder(Domain::Inside, view);
        let mut next = None;
        for node in nodes.iter().rev() {
            let name = node
                .steps()
                .first()
                .map_or("Then", |step| step.id.as_str())
                .to_owned();
            let label = builder
                .scope
                .add(&mut self.names, &format!("{name} and others"));
            let targets = Targets {
                next,
                reject: None,
                fail: None,
                ignored: false,
            };
            let branches = match node {
                Node::Together(branches) => branches.clone(),
                other => vec![vec![other.clone()]],
            };
            self.together(&mut builder, label, &branches, targets);
            next = Some(label);
        }
        if let Some(first) = next {
            builder.scope.start_at(first);
        }
        builder.scope
    }

    fn side_by_side(
        builder: &mut Builder,
        main: Label,
        scopes: Vec<Scope>,
        targets: Targets,
        name: &str,
    ) {
        let output = Expr::Code("$merge($states.result)".to_owned());
        builder.set(
            main,
            Kind::Parallel(scopes),
            Output::Value(output),
            targets.next,
        );
        Self::catch_all(builder, main, targets, name);
    }

    fn catch_all(builder: &mut Builder, main: Label, targets: Targets, name: &str) {
        let path = if targets.ignored {
            vec!["errors".to_owned(), data_name(name)]
        } else {
            vec!["error".to_owned()]
        };
        if let (Some(state), Some(fail)) = (builder.scope.state(main), targets.fail) {
            state.catch = vec![Catcher {
                errors: vec!["States.ALL".to_owned()],
                path: Some(path),
                next: fail,
            }];
        }
    }

    /// Writes `each`.
    pub(crate) fn each(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        each: &Each,
        main: Label,
        targets: Targets,
    ) {
        let decided = self
            .decisions
            .steps
            .get(&step.id)
            .and_then(|it| it.map.clone());
        let view = View {
            item: true,
            ..builder.view.clone()
        };
        let is_distributed = matches!(decided, Some(MapDecision::Distributed { .. }));
        let tolerated = each.tolerate_failures.filter(|share| !share.is_zero());
        let has_undo = each.steps.iter().any(|step| step.undo.is_some()) && self.is_saga;
        let domain = match (is_distributed, tolerated.is_some()) {
            (true, _) if has_undo => Domain::ItemFails,
            (false, true) => Domain::ItemMarked,
            _ => Domain::Inside,
        };
        let is_express_child = matches!(
            decided,
            Some(MapDecision::Distributed {
                child: Child::Express,
                ..
            })
        );
        let batch = match &decided {
            Some(MapDecision::Distributed { batch, .. }) => *batch,
            _ => 1,
        };
        let outside = (self.is_express, self.tightness);
        if is_express_child {
            // Retries have to fit into five minutes.
            (self.is_express, self.tightness) = (true, self.tightness.max(Tightness::Short));
        }
        let processor = if batch > 1 {
            self.batch(step, each, domain, &view)
        } else {
            self.scope(&each.steps, &[], domain, &view)
        };
        (self.is_express, self.tightness) = outside;
        let longest = processor.longest_seconds();
        let map = self.map(builder, step, each, processor);
        let items = each.items.unwrap_or(100);
        let at_once = u64::from(map.concurrency.max(1)).saturating_mul(map.batch.unwrap_or(1));
        let rounds = items.div_ceil(at_once.max(1)).max(1);
        let said = step.timeout.map_or(0, |it| it.0.div_ceil(1000));
        let name = self.result(step);
        let is_counted = !is_distributed && tolerated.is_some();
        let output = if is_counted {
            let code = format!(
                "$merge([$states.input, {{{}: {{'total': $count($states.result), 'failed': $count($states.result[failed = true])}}}}])",
                string(&name)
            );
            Output::Value(Expr::Code(code))
        } else if self.is_referenced(step) || map.writer.is_some() {
            Output::Beside(vec![name.clone()], None)
        } else {
            Output::Input
        };
        let next = match tolerated.filter(|_| is_counted) {
            Some(share) => {
                let ask = builder
                    .scope
                    .add(&mut self.names, &format!("Enough of {}?", step.id));
                let asked = builder.name(ask);
                self.other(step, &asked);
                let cause = format!("More than {share} of the items of {} failed.", step.id);
                let bad = self.raise(
                    builder,
                    step,
                    &format!("Too many of {} failed", step.id),
                    ["TooManyItemsFailed", &cause],
                    targets.fail,
                );
                let next = self.next_or_done(builder, targets.next);
                let place = steps(std::slice::from_ref(&name));
                let when =
                    format!("$states.input{place}.failed <= $states.input{place}.total * {share}");
                let kind = Kind::Choice {
                    ways: vec![(Condition::Code(when), next)],
                    otherwise: bad,
                };
                builder.set(ask, kind, Output::Input, None);
                Some(ask)
            }
            None => targets.next,
        };
        builder.set(main, Kind::Map(Box::new(map)), output, next);
        Self::catch_all(builder, main, targets, &step.id);
        if let Some(state) = builder.scope.state(main) {
            state.worst_seconds = longest.saturating_mul(rounds).max(said).min(YEAR);
        }
    }

    /// The processor of a batch: functions get all of it, anything else is done item by item.
    fn batch(&mut self, step: &Step, each: &Each, domain: Domain, view: &View) -> Scope {
        if each.steps.iter().all(takes_batch) {
            let view = View {
                batch: true,
                ..view.clone()
            };
            self.assumptions.push(format!(
                "The functions of {} get a batch at a time, under `data.Items`, each item with its own `key`; a batch that fails is counted with all of its items.",
                step.id
            ));
            return self.scope(&each.steps, &[], domain, &view);
        }
        let mut builder = self.builder(Domain::Inside, view);
        let label = builder
            .scope
            .add(&mut self.names, &format!("{} in this batch", step.id));
        let map = Map {
            items: Some(Expr::data(&["Items"])),
            reader: None,
            selector: None,
            batch: None,
            concurrency: each.concurrency.unwrap_or(10).clamp(1, 40),
            children: None,
            tolerated_percentage: None,
            writer: None,
            processor: self.scope(&each.steps, &[], domain, view),
        };
        builder.set(label, Kind::Map(Box::new(map)), Output::Input, None);
        builder.scope
    }

    /// The Map of `each` around a processor.
    pub(crate) fn map(
        &mut self,
        builder: &Builder,
        step: &Step,
        each: &Each,
        processor: Scope,
    ) -> Map {
        let outer = if builder.view.item {
            Expr::data(&["key"])
        } else {
            self.business_key()
        };
        let selector = Expr::object([
            ("item", Expr::context(&["Map", "Item", "Value"])),
            ("index", Expr::context(&["Map", "Item", "Index"])),
            (
                "key",
                Expr::Join(vec![
                    outer,
                    Expr::text(format!("#{}#", step.id)),
                    Expr::context(&["Map", "Item", "Index"]),
                ]),
            ),
        ]);
        let of = each.of.clone().filter(|of| !of.starts_with("s3://"));
        let decided = self
            .decisions
            .steps
            .get(&step.id)
            .and_then(|it| it.map.clone());
        let mut map = Map {
            items: None,
            reader: None,
            selector: Some(selector),
            batch: None,
            concurrency: each.concurrency.unwrap_or(10).clamp(1, 40),
            children: None,
            tolerated_percentage: None,
            writer: None,
            processor,
        };
        let mut from_data = |composer: &mut Self| {
            if of.is_none() {
                composer.assumptions.push(format!(
                    "The items of {} are in `$.items`; say `each.of` where they are elsewhere.",
                    step.id
                ));
            }
            let of = serde_json::Value::String(of.clone().unwrap_or_else(|| "$.items".to_owned()));
            map.items = Some(builder.view.value(&of, &mut composer.needs));
        };
        match decided {
            Some(MapDecision::Inline { concurrency }) => {
                from_data(self);
                map.concurrency = concurrency.clamp(1, 40);
            }
            Some(MapDecision::Distributed {
                child,
                batch,
                concurrency,
                items,
                tolerated_percentage,
            }) => {
                if items == Items::Data {
                    from_data(self);
                } else {
                    map.reader = self.reader(&items);
                }
                map.batch = (batch > 1).then_some(batch);
                map.concurrency = concurrency.min(10_000);
                map.children = Some(match child {
                    Child::Standard => Children::Standard,
                    Child::Express => Children::Express,
                });
                map.tolerated_percentage = Some(tolerated_percentage.normalize().to_string());
                let bucket = self.needs.bucket(
                    "results",
                    "Results of Distributed Maps, with the items that failed",
                    Some(30),
                );
                let prefix = Expr::text(format!("{}/", snake(&step.id)));
                let arguments = Expr::object([("Bucket", Expr::Text(bucket)), ("Prefix", prefix)]);
                map.writer = Some(("arn:aws:states:::s3:putObject".to_owned(), arguments));
            }
            None => from_data(self),
        }
        map
    }

    fn reader(&mut self, items: &Items) -> Option<(String, Expr, Expr)> {
        let mut bucket = |bucket: &str| {
            let name = format!("{}_bucket", snake(bucket));
            let what = format!("The bucket `{bucket}`, which holds the items");
            Expr::Text(
                self.needs
                    .ask(&name, &what, iac::stack::ParameterKind::Name, Some(bucket)),
            )
        };
        match items {
            Items::Data => None,
            Items::S3Objects {
                bucket: name,
                prefix,
            } => {
                let mut arguments = vec![("Bucket".to_owned(), bucket(name))];
                if !prefix.is_empty() {
                    arguments.push(("Prefix".to_owned(), Expr::text(prefix)));
                }
                Some((
                    "arn:aws:states:::s3:listObjectsV2".to_owned(),
                    Expr::Object(arguments),
                    Expr::Object(Vec::new()),
                ))
            }
            Items::S3File {
                bucket: name,
                key,
                kind,
            } => {
                let arguments = Expr::object([("Bucket", bucket(name)), ("Key", Expr::text(key))]);
                let config = match kind {
                    FileKind::Csv => Expr::object([
                        ("InputType", Expr::text("CSV")),
                        ("CSVHeaderLocation", Expr::text("FIRST_ROW")),
                    ]),
                    FileKind::Json => Expr::object([("InputType", Expr::text("JSON"))]),
                    FileKind::JsonLines => Expr::object([("InputType", Expr::text("JSONL"))]),
                    FileKind::Parquet => Expr::object([("InputType", Expr::text("PARQUET"))]),
                    FileKind::Manifest => Expr::object([("InputType", Expr::text("MANIFEST"))]),
                };
                Some((
                    "arn:aws:states:::s3:getObject".to_owned(),
                    arguments,
                    config,
                ))
            }
        }
    }

    /// Writes steps that an Express child does, while the parent waits for it.
    pub(crate) fn nested(
        &mut self,
        builder: &mut Builder,
        main: Label,
        inside: &[&Step],
        targets: Targets,
    ) {
        let first = inside.first().map_or("first", |step| step.id.as_str());
        let last = inside.last().map_or("last", |step| step.id.as_str());
        let id = format!("{}-to-{}", snake(first), snake(last)).replace('_', "-");
        let mut own: Vec<Step> = inside.iter().map(|step| (*step).clone()).collect();
        for step in &mut own {
            step.after.clear();
        }
        // It is a machine of its own, with its own names, in which errors end it: the parent handles them.
        let names = std::mem::take(&mut self.names);
        let outside = (self.is_express, self.tightness);
        (self.is_express, self.tightness) = (true, self.tightness.max(Tightness::Short));
        let view = builder.view.clone();
        let scope = self.scope(&own, &[], Domain::Inside, &view);
        (self.is_express, self.tightness) = outside;
        self.names = names;
        for step in inside {
            self.trade_off(
                "task-without-catch",
                Some(&step.id),
                "an error ends the Express child, and the parent handles it",
            );
        }
        let longest = scope.longest_seconds().clamp(1, EXPRESS);
        let child = Machine {
            comment: format!("{first} to {last} of {}, in one go", self.req.name),
            language: self.language,
            timeout_seconds: Some(longest),
            scope,
        };
        self.children.push((id.clone(), child));
        let arn = self.needs.own(&id, Attribute::Arn);
        let input = "$string($merge([$states.input, {'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID': $states.context.Execution.Id}]))";
        let arguments = Expr::object([
            ("StateMachineArn", Expr::Text(arn)),
            ("Name", Expr::context(&["Execution", "Name"])),
            ("Input", Expr::Code(input.to_owned())),
        ]);
        let answered = "$states.result.Status = 'SUCCEEDED' ? $parse($states.result.Output) : {'error': {'Error': $exists($states.result.Error) ? $states.result.Error : $states.result.Status, 'Cause': $exists($states.result.Cause) ? $states.result.Cause : 'The Express child gave no cause.'}}";
        let output = Output::Value(Expr::Code(format!("$merge([$states.input, {answered}])")));
        let fail = match targets.fail {
            Some(fail) => fail,
            None => self.raised(builder),
        };
        let next = self.next_or_done(builder, targets.next);
        // Where a failure leads on as well, nothing has to be asked.
        let ask = (fail != next).then(|| {
            let name = format!("{first} to {last} done?");
            builder.scope.add(&mut self.names, &name)
        });
        self.plain_task(
            builder,
            main,
            "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
            arguments,
            output,
            Some(ask.unwrap_or(next)),
        );
        builder.comment(
            main,
            match ask {
                Some(_) => {
                    "The call succeeds although the child failed: its status is looked at next."
                }
                None => "The call succeeds although the child failed: its error is kept.",
            },
        );
        if let Some(state) = builder.scope.state(main) {
            if let Kind::Task { timeout, .. } = &mut state.kind {
                *timeout = longest + 5;
            }
            state.worst_seconds = state.worst_seconds.saturating_add(longest);
            state.sample = Some(serde_json::json!({"Status": "SUCCEEDED", "Output": "{}"}));
            if targets.fail.is_some() {
                state.catch = vec![Catcher {
                    errors: vec!["States.ALL".to_owned()],
                    path: Some(vec!["error".to_owned()]),
                    next: fail,
                }];
            }
        }
        let kind = Kind::Choice {
            ways: vec![(
                Condition::Not(Box::new(Condition::Present(vec!["error".to_owned()]))),
                next,
            )],
            otherwise: fail,
        };
        if let Some(ask) = ask {
            builder.set(ask, kind, Output::Input, None);
        }
    }
}

/// Whether a step can be given a whole batch: only code can take one apart.
fn takes_batch(step: &Step) -> bool {
    let Work::Does(call) = &step.work else {
        return false;
    };
    let is_function = super::call::short_name(&super::call::resource_of(call)) == "lambda:invoke";
    let is_plain = step.breaker.is_none() && step.limit.is_none() && step.undo.is_none();
    is_function && is_plain && call.input.is_none()
}
