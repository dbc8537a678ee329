//! Names that results have in the data, and who gives what is read.

use std::collections::{BTreeMap, BTreeSet};

use super::{Composer, RESERVED, call, said};
use crate::machine::write::selected;
use crate::requirements::{QueryLanguage, Requirements, Step, Work};

impl Composer<'_> {
    /// What a step reads and no step is called may be in the answer of the function before it, or in the input.
    pub(crate) fn lift(&mut self, steps: &[Step], mut giver: Option<String>) -> Option<String> {
        let key = self
            .req
            .guarantees
            .idempotency_key
            .as_deref()
            .and_then(said::path_of);
        let root = key.and_then(|path| path.first().cloned());
        for step in steps {
            let mut names = BTreeSet::new();
            references(step, &mut names);
            for name in names {
                let is_known = self.results.values().any(|known| *known == name)
                    || RESERVED.contains(&name.as_str())
                    || root.as_ref() == Some(&name);
                if is_known {
                    continue;
                }
                match &giver {
                    Some(giver) => {
                        self.assumptions.push(format!(
                            "`$.{name}`, which {} reads, is what {giver} answers, or else in the input.",
                            step.id
                        ));
                        let lifted = self.lifted.entry(giver.clone()).or_default();
                        if !lifted.contains(&name) {
                            lifted.push(name);
                        }
                    }
                    None => self.assumptions.push(format!(
                        "`$.{name}`, which {} reads, is in the input.",
                        step.id
                    )),
                }
            }
            match &step.work {
                Work::Does(call) if gives(call) => giver = Some(step.id.clone()),
                Work::Parallel(branches) => {
                    let before = giver.clone();
                    for branch in branches {
                        giver = self.lift(branch, before.clone()).or(giver);
                    }
                }
                Work::Each(each) => {
                    self.lift(&each.steps, None);
                }
                _ => {}
            }
        }
        giver
    }

    pub(crate) fn name_result(&mut self, step: &Step) {
        let plain = data_name(&step.id);
        let mut lower = plain.clone();
        if let Some(first) = lower.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        let mut wanted = vec![plain.clone(), lower];
        if let Work::Does(call) = &step.work
            && let Some(resource) = &call.resource
            && reads(call)
        {
            let last = data_name(resource.rsplit([':', '/']).next().unwrap_or(resource));
            let one = last.strip_suffix('s').unwrap_or(&last).to_owned();
            wanted.extend([one, last]);
        }
        let is_free = |name: &String| {
            !RESERVED.contains(&name.as_str()) && !self.results.values().any(|taken| taken == name)
        };
        let chosen = wanted
            .iter()
            .find(|name| self.referenced.contains(*name) && is_free(name))
            .cloned();
        let mut name = chosen.unwrap_or_else(|| plain.clone());
        let mut number = 2u32;
        while !is_free(&name) {
            name = format!("{plain}{number}");
            number += 1;
        }
        self.results.insert(step.id.clone(), name);
    }

    /// Names of results as the data have them.
    pub(crate) fn view_results(&self) -> BTreeMap<String, said::Kept> {
        let mut all = Vec::new();
        collect(&self.req.steps, &mut all);
        let kept = |step: &Step| -> said::Kept {
            let Work::Does(call) = &step.work else {
                return said::Kept::default();
            };
            let decided = self
                .decisions
                .steps
                .get(&step.id)
                .and_then(|it| it.call.as_ref());
            let resource = decided.map_or_else(
                || call::resource_of(call),
                |decided| decided.resource.clone(),
            );
            let is_callback = resource.ends_with(".waitForTaskToken");
            let waits = is_callback || resource.contains(".sync");
            let name = call::short_name(&resource);
            let (selector, ..) = call::result_of(&name, waits, is_callback);
            let member = selector.as_ref().and_then(selected).map(str::to_owned);
            // Rows become plain values in JSONata, in a machine of either language.
            let is_between =
                self.language == QueryLanguage::JsonPath && member.as_deref() != Some("Item");
            said::Kept {
                between: member.clone().filter(|_| is_between),
                member,
            }
        };
        all.into_iter()
            .filter_map(|step| Some((self.results.get(&step.id)?.clone(), kept(step))))
            .collect()
    }
}

/// Whether the requirements read an event with all that stands around its `detail`.
pub(crate) fn reads_whole_event(req: &Requirements) -> bool {
    let mut names = BTreeSet::new();
    if let Some(key) = req.guarantees.idempotency_key.as_deref() {
        said::names_in(key, &mut names);
    }
    let mut all = Vec::new();
    collect(&req.steps, &mut all);
    for step in all {
        references(step, &mut names);
    }
    names.contains("detail")
}

/// All steps, also those inside of others, in order.
pub(crate) fn collect<'r>(steps: &'r [Step], all: &mut Vec<&'r Step>) {
    for step in steps {
        all.push(step);
        match &step.work {
            Work::Parallel(branches) => branches.iter().for_each(|branch| collect(branch, all)),
            Work::Each(each) => collect(&each.steps, all),
            _ => {}
        }
    }
}

/// Whether a call only reads: its answer is what it is asked of, and may be called so.
fn reads(call: &crate::requirements::Call) -> bool {
    let words = ["get", "query", "scan", "list", "describe", "batchGet"];
    match &call.action {
        crate::requirements::Action::Api { name, .. } => {
            words.iter().any(|word| name.starts_with(word))
        }
        _ => false,
    }
}

/// Whether what a call answers is made for the workflow: that of a function, or of an API of one's own.
pub(crate) fn gives(call: &crate::requirements::Call) -> bool {
    match &call.action {
        crate::requirements::Action::Api { service, name } => {
            service == "lambda" && name == "invoke"
        }
        crate::requirements::Action::Http { .. } => true,
        _ => false,
    }
}

pub(crate) fn references(step: &Step, names: &mut BTreeSet<String>) {
    fn texts(value: &serde_json::Value, names: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::String(text) => said::names_in(text, names),
            serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, names)),
            serde_json::Value::Object(members) => {
                members.values().for_each(|value| texts(value, names));
            }
            _ => {}
        }
    }
    let input = |call: &crate::requirements::Call, names: &mut BTreeSet<String>| {
        if let Some(input) = &call.input {
            texts(input, names);
        }
    };
    match &step.work {
        Work::Does(call) => input(call, names),
        Work::Choose(ways) => {
            for when in ways.iter().filter_map(|way| way.when.as_deref()) {
                said::names_in(when, names);
            }
        }
        Work::Each(each) => said::names_in(each.of.as_deref().unwrap_or_default(), names),
        Work::Wait(crate::requirements::Wait::Until(until)) => said::names_in(until, names),
        _ => {}
    }
    if let Some(undo) = &step.undo {
        input(undo, names);
    }
}

/// Letters and digits only, each word with a capital; the first one too where `first` says so.
pub(crate) fn joined(text: &str, first: bool) -> String {
    let mut out = String::new();
    let mut upper = first;
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            out.push(if upper {
                letter.to_ascii_uppercase()
            } else {
                letter
            });
            upper = false;
        } else {
            upper = first || !out.is_empty();
        }
    }
    out
}

/// A name for data that needs no quotes: `checkCredit` of `check credit`.
pub(crate) fn data_name(id: &str) -> String {
    let out = joined(id, false);
    if out.starts_with(|first: char| first.is_ascii_alphabetic()) {
        out
    } else {
        format!("step{out}")
    }
}
