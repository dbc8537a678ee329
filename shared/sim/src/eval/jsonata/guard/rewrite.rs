//! Puts the functions that count into a tree.

use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage, StepId};
use jsonata_core::value::with_stack;

use super::count::{CALL, FACTOR, HELD, ITEMS, RANGE, SIZED, SUBJECT, WIDTH};
use super::parts::parts_mut;

/// How a tree is changed.
pub(super) struct Rewrite {
    /// What stands in paths as well.
    pub(super) paths: bool,
    /// What functions give may be put in the place of many.
    pub(super) multiplies: bool,
}

/// Functions that call another one for each item.
fn is_loop(name: &str) -> bool {
    matches!(
        name,
        "map" | "filter" | "reduce" | "each" | "sift" | "sort" | "single"
    )
}

/// Functions whose result is small, whatever they are given.
fn is_small(name: &str) -> bool {
    matches!(
        name,
        "count"
            | "sum"
            | "max"
            | "min"
            | "average"
            | "exists"
            | "boolean"
            | "not"
            | "length"
            | "number"
            | "abs"
            | "floor"
            | "ceil"
            | "round"
            | "power"
            | "sqrt"
            | "contains"
            | "type"
            | "millis"
            | "now"
            | "random"
            | "uuid"
            | "hash"
            | "toMillis"
            | "fromMillis"
            | "formatNumber"
            | "formatBase"
            | "formatInteger"
            | "parseInteger"
            | "assert"
            | "error"
            | "eval"
    )
}

pub(super) fn is_function(name: &str) -> bool {
    asl::expr::jsonata::function(name).is_some()
}

pub(super) fn is_literal(node: &AstNode) -> bool {
    matches!(
        node,
        AstNode::String(_)
            | AstNode::Number(_)
            | AstNode::Boolean(_)
            | AstNode::Null
            | AstNode::Undefined
            | AstNode::Placeholder
            | AstNode::Regex { .. }
            | AstNode::Lambda { .. }
    )
}

impl Rewrite {
    /// Puts the counting into a tree, its innermost parts first.
    pub(super) fn count(&self, node: &mut AstNode) {
        if let AstNode::Binary {
            op: BinaryOp::ChainPipe,
            lhs,
            rhs,
        } = node
        {
            with_stack(|| self.count(lhs));
            let AstNode::Function { name, args, .. } = &mut **rhs else {
                with_stack(|| self.count(rhs));
                call(lhs);
                return;
            };
            // It is called with what stands before it as its first argument.
            for it in &mut *args {
                with_stack(|| self.count(it));
            }
            arguments(name, args, true);
            match name.as_str() {
                name if is_loop(name) => wrap(ITEMS, lhs),
                "join" | "replace" => wrap(SUBJECT, lhs),
                "string" | "distinct" => wrap(SIZED, lhs),
                name if is_function(name) => {}
                _ => call(lhs),
            }
            return;
        }
        parts_mut(node, &mut |part| with_stack(|| self.count(part)));
        match node {
            AstNode::Function { name, args, .. } if is_function(name) => {
                arguments(name, args, false);
                // What is partly applied is no call.
                let partly = args.iter().any(|it| matches!(it, AstNode::Placeholder));
                if !partly && !is_small(name) {
                    wrap(HELD, node);
                }
            }
            AstNode::Function { args, .. } | AstNode::Call { args, .. } => {
                if let Some(first) = args.first_mut() {
                    if !matches!(first, AstNode::Placeholder) {
                        wrap(CALL, first);
                    }
                } else {
                    let called = std::mem::replace(node, AstNode::Null);
                    *node = AstNode::Block(vec![function(CALL, Vec::new()), called]);
                }
            }
            AstNode::Binary { op, lhs, rhs } => match op {
                BinaryOp::Concatenate => wrap_all(HELD, [&mut **lhs, rhs]),
                BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::In => {
                    wrap_all(SIZED, [&mut **lhs, rhs]);
                }
                BinaryOp::Range => {
                    let start = std::mem::replace(&mut **lhs, AstNode::Null);
                    let end = std::mem::replace(&mut **rhs, AstNode::Null);
                    // Where the start is more than a name, it is not evaluated twice, and the range counts from 0.
                    let from = match &start {
                        AstNode::Number(_) | AstNode::Variable(_) | AstNode::Unary { .. } => {
                            start.clone()
                        }
                        _ => AstNode::Null,
                    };
                    **lhs = start;
                    **rhs = function(RANGE, vec![end, from]);
                }
                _ => {}
            },
            AstNode::Array(items) | AstNode::ArrayGroup(items) => {
                // Those that are written inside are looked at themselves.
                let built = items.iter_mut().filter(|it| !is_built(it));
                wrap_all(SIZED, built);
            }
            AstNode::Object(pairs) => {
                let built = pairs.iter_mut().map(|(_, it)| it);
                wrap_all(SIZED, built.filter(|it| !is_built(it)));
            }
            // What a function gives may be put in the place of many.
            AstNode::Lambda { body, .. } if self.multiplies => hold(body),
            AstNode::Path { steps } if self.paths => path(steps),
            _ => {}
        }
    }
}

/// Counts what a function gives, but for what it calls in the end, which stays the end.
fn hold(body: &mut AstNode) {
    match body {
        AstNode::Block(lines) => {
            if let Some(last) = lines.last_mut() {
                hold(last);
            }
        }
        AstNode::Conditional {
            then_branch,
            else_branch,
            ..
        } => {
            hold(then_branch);
            if let Some(branch) = else_branch {
                hold(branch);
            }
        }
        AstNode::Function { .. } | AstNode::Call { .. } | AstNode::Lambda { .. } => {}
        leaf => wrap(HELD, leaf),
    }
}

/// An array or object that is written down, and a range, which stands only in an array.
fn is_built(node: &AstNode) -> bool {
    matches!(
        node,
        AstNode::Array(_)
            | AstNode::Object(_)
            | AstNode::Binary {
                op: BinaryOp::Range,
                ..
            }
    )
}

/// What the arguments of a function of the language are looked at for.
fn arguments(name: &str, args: &mut [AstNode], chained: bool) {
    match name {
        "pad" => {
            for it in args {
                if !matches!(it, AstNode::String(_) | AstNode::Placeholder) {
                    wrap(WIDTH, it);
                }
            }
        }
        "string" | "distinct" => wrap_all(SIZED, args.first_mut()),
        "join" | "replace" => {
            let mut args = args.iter_mut();
            if !chained {
                wrap_all(SUBJECT, args.next());
            }
            wrap_all(FACTOR, args);
        }
        // `$each(function)` goes over what it stands behind.
        name if is_loop(name) && !chained && args.len() > 1 => wrap_all(ITEMS, args.first_mut()),
        _ => {}
    }
}

/// The steps of a path: what is evaluated for each item.
fn path(steps: &mut [PathStep]) {
    let keeps = |step: &PathStep| step.stages.contains(&Stage::KeepArray);
    if steps.iter().any(keeps) {
        // `[]` looks at what a function gave before it is made one value.
        for step in &mut *steps {
            if let AstNode::Function { name, args, .. } = &mut step.node
                && name == HELD
                && let Some(inner) = args.pop()
            {
                step.node = inner;
            }
        }
    }
    for (at, step) in steps.iter_mut().enumerate() {
        match &mut step.node {
            AstNode::Block(lines) if at > 0 => lines.insert(0, function(CALL, Vec::new())),
            AstNode::FunctionApplication(inner) => counted(inner),
            _ => {}
        }
        step.id = StepId::default();
        for stage in &mut step.stages {
            if let Stage::Filter(filter) = stage
                && !is_literal(filter)
                && !matches!(**filter, AstNode::Unary { .. })
            {
                counted(filter);
            }
        }
    }
}

/// Counts one, and then is what it was.
fn counted(node: &mut AstNode) {
    let was = std::mem::replace(node, AstNode::Null);
    let count = function(ITEMS, Vec::new());
    *node = AstNode::Block(match was {
        AstNode::Block(mut lines) => {
            lines.insert(0, count);
            lines
        }
        one => vec![count, one],
    });
}

/// Counts a call of what stands behind it; a function here makes one function of two, and stays one.
fn call(before: &mut AstNode) {
    match before {
        AstNode::Block(lines) => lines.insert(0, function(CALL, Vec::new())),
        AstNode::Binary { .. } | AstNode::Number(_) | AstNode::String(_) | AstNode::Array(_) => {
            wrap(CALL, before);
        }
        _ => {}
    }
}

fn function(name: &str, args: Vec<AstNode>) -> AstNode {
    AstNode::Function {
        name: name.to_owned(),
        args,
        is_builtin: true,
    }
}

fn wrap(name: &str, node: &mut AstNode) {
    let inner = std::mem::replace(node, AstNode::Null);
    *node = function(name, vec![inner]);
}

fn wrap_all<'n>(name: &str, nodes: impl IntoIterator<Item = &'n mut AstNode>) {
    for node in nodes.into_iter().filter(|node| !is_literal(node)) {
        wrap(name, node);
    }
}
