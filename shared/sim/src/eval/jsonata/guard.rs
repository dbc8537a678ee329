//! Expressions that could run or grow without end, made to count what they do.
//!
//! The engine bounds how deep an expression nests and how long a sequence may become, and can stop by a clock; it counts
//! neither steps nor bytes. So the tree of an expression that could take much of either is evaluated with functions of ours
//! put into it: they count what is called, gone over and held, and give back the value that they were given. An expression
//! that cannot — it goes over what it was given, once or a few times — is evaluated as it stands, for the counting costs time.

use std::cell::Cell;
use std::rc::Rc;

use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage, StepId};
use jsonata_core::evaluator::{Evaluator, EvaluatorError};
use jsonata_core::value::{JValue, with_stack};

/// What one evaluation may do: a call of a function counts for [`OF_A_CALL`], an item that is gone over for one, what is held
/// for one each [`BYTES`].
const MOST: u64 = 4_000_000;
const OF_A_CALL: u64 = 8;
const BYTES: u64 = 32;
/// Values inside of a value that an expression builds, each as often as it is in it.
const LARGEST: u64 = 2_000_000;
/// What may be evaluated without counting: items, to the power of the loops inside of each other, times bytes.
const FREE: f64 = 50e6;

/// Names of our functions: a blank is in them, so that no expression can call them.
const CALL: &str = "a call";
const ITEMS: &str = "all items";
const RANGE: &str = "a range";
const HELD: &str = "what is held";
const WIDTH: &str = "a width";
const SIZED: &str = "what is built";
const SUBJECT: &str = "a subject";
const FACTOR: &str = "a factor";

/// A tree that counts.
pub(super) struct Guard {
    pub(super) tree: AstNode,
    /// How many loops are inside of each other; none where it does not depend on the input how long it takes.
    loops: Option<i32>,
    /// It puts a text in the place of many.
    multiplies: bool,
}

impl Guard {
    /// The counting form of an expression, where it may need one.
    pub(super) fn of(tree: &AstNode, text: &str) -> Option<Self> {
        let mut shape = Shape {
            // With `%`, `@` and `#` steps of a path hang together, and are left as they are.
            paths: !text.contains(['%', '@', '#']),
            ..Shape::default()
        };
        shape.look(tree, 0);
        let grows = shape.assigns > 3 && shape.joins;
        let free = shape.free || grows;
        if !free && shape.loops == 0 && !shape.multiplies {
            return None;
        }
        let mut tree = tree.clone();
        shape.count(&mut tree);
        Some(Self {
            tree,
            loops: (!free).then_some(shape.loops),
            multiplies: shape.multiplies,
        })
    }

    /// True where an expression over values of that size has to count.
    pub(super) fn counts(&self, size: Size) -> bool {
        #[allow(clippy::cast_precision_loss, reason = "an estimate")]
        let (items, bytes) = (size.items.max(2) as f64, size.bytes.max(64) as f64);
        let each = if self.multiplies {
            bytes * bytes
        } else {
            bytes
        };
        self.loops
            .is_none_or(|loops| items.powi(loops) * each > FREE)
    }
}

/// How large a value is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    items: u64,
    bytes: u64,
}

impl Size {
    /// Adds a value; stops where it is larger than anything that is evaluated without counting.
    pub(super) fn add(&mut self, value: &JValue) {
        self.items += 1;
        self.bytes += 8;
        if self.items > LARGEST {
            return;
        }
        match value {
            JValue::String(text) => self.bytes += text.len() as u64,
            JValue::Array(items) => items.iter().for_each(|item| with_stack(|| self.add(item))),
            JValue::Object(members) => {
                for (name, value) in members.iter() {
                    self.bytes += name.len() as u64;
                    with_stack(|| self.add(value));
                }
            }
            _ => {}
        }
    }

    fn of(value: &JValue) -> Self {
        let mut size = Self::default();
        size.add(value);
        size
    }
}

/// What an expression is made of.
#[derive(Default)]
struct Shape {
    paths: bool,
    /// Loops inside of each other.
    loops: i32,
    /// Calls a function that it defines or is given, or makes values of any length.
    free: bool,
    /// Puts a text in the place of many.
    multiplies: bool,
    assigns: u32,
    joins: bool,
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

fn is_function(name: &str) -> bool {
    asl::expr::jsonata::function(name).is_some()
}

fn is_literal(node: &AstNode) -> bool {
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

impl Shape {
    /// Looks at an expression that is evaluated inside of so many loops.
    fn look(&mut self, node: &AstNode, loops: i32) {
        self.loops = self.loops.max(loops);
        match node {
            AstNode::Lambda { body, .. } => self.look(body, loops + 1),
            AstNode::Function { name, args, .. } => {
                self.free |= matches!(name.as_str(), "pad" | "range") || !is_function(name);
                self.multiplies |= matches!(name.as_str(), "replace" | "join");
                self.joins |= matches!(name.as_str(), "append" | "string" | "merge");
                args.iter().for_each(|it| self.look(it, loops));
            }
            AstNode::Call { procedure, args } => {
                self.free = true;
                self.look(procedure, loops);
                args.iter().for_each(|it| self.look(it, loops));
            }
            AstNode::Binary { op, lhs, rhs } => {
                self.free |= *op == BinaryOp::Range;
                // What stands behind it may be any function.
                self.free |= *op == BinaryOp::ChainPipe
                    && !matches!(**rhs, AstNode::Function { .. } | AstNode::Transform { .. });
                self.joins |= *op == BinaryOp::Concatenate;
                self.assigns += u32::from(*op == BinaryOp::ColonEqual);
                self.look(lhs, loops);
                self.look(rhs, loops);
            }
            AstNode::Path { steps } => {
                for (at, step) in steps.iter().enumerate() {
                    let inner = i32::from(at > 0 && !matches!(step.node, AstNode::Name(_)));
                    self.look(&step.node, loops + inner);
                    for stage in &step.stages {
                        if let Stage::Filter(filter) = stage {
                            self.look(filter, loops + i32::from(!is_literal(filter)));
                        }
                    }
                }
            }
            AstNode::Sort { input, terms } => {
                self.look(input, loops);
                terms
                    .iter()
                    .for_each(|(term, _)| self.look(term, loops + 1));
            }
            AstNode::ObjectTransform { input, pattern } => {
                self.look(input, loops);
                for (name, value) in pattern {
                    self.look(name, loops + 1);
                    self.look(value, loops + 1);
                }
            }
            AstNode::Transform {
                location,
                update,
                delete,
            } => {
                self.look(location, loops);
                self.look(update, loops + 1);
                delete.iter().for_each(|it| self.look(it, loops + 1));
            }
            AstNode::Array(items) => {
                self.joins = true;
                items.iter().for_each(|it| self.look(it, loops));
            }
            AstNode::Object(pairs) => {
                self.joins = true;
                for (name, value) in pairs {
                    self.look(name, loops);
                    self.look(value, loops);
                }
            }
            _ => children(node, &mut |child| self.look(child, loops)),
        }
    }

    /// Puts the counting into a tree, its innermost parts first.
    fn count(&self, node: &mut AstNode) {
        if let AstNode::Binary {
            op: BinaryOp::ChainPipe,
            lhs,
            rhs,
        } = node
        {
            with_stack(|| self.count(lhs));
            match &mut **rhs {
                // It is called with what stands before it as its first argument.
                AstNode::Function { name, args, .. } => {
                    args.iter_mut().for_each(|it| with_stack(|| self.count(it)));
                    arguments(name, args, true);
                    match name.as_str() {
                        name if is_loop(name) => wrap(ITEMS, lhs),
                        "join" | "replace" => wrap(SUBJECT, lhs),
                        "string" | "distinct" => wrap(SIZED, lhs),
                        "pad" => {}
                        name if is_function(name) => {}
                        _ => call(lhs),
                    }
                }
                _ => {
                    with_stack(|| self.count(rhs));
                    call(lhs);
                }
            }
            return;
        }
        children_mut(node, &mut |child| with_stack(|| self.count(child)));
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
        "pad" => args.iter_mut().for_each(|it| {
            if !matches!(it, AstNode::String(_) | AstNode::Placeholder) {
                wrap(WIDTH, it);
            }
        }),
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

/// Calls something with each part of a node; all of them, so that no kind of node is forgotten.
fn children(node: &AstNode, with: &mut impl FnMut(&AstNode)) {
    match node {
        AstNode::Unary { operand: one, .. }
        | AstNode::FunctionApplication(one)
        | AstNode::Lambda { body: one, .. } => with(one),
        AstNode::Binary { lhs, rhs, .. } => {
            with(lhs);
            with(rhs);
        }
        AstNode::Function { args: many, .. }
        | AstNode::Array(many)
        | AstNode::Block(many)
        | AstNode::ArrayGroup(many) => {
            many.iter().for_each(with);
        }
        AstNode::Call { procedure, args } => {
            with(procedure);
            args.iter().for_each(with);
        }
        AstNode::Object(pairs) => pairs.iter().for_each(|(name, value)| {
            with(name);
            with(value);
        }),
        AstNode::ObjectTransform { input, pattern } => {
            with(input);
            pattern.iter().for_each(|(name, value)| {
                with(name);
                with(value);
            });
        }
        AstNode::Conditional {
            condition,
            then_branch,
            else_branch,
        } => {
            with(condition);
            with(then_branch);
            else_branch.iter().for_each(|it| with(it));
        }
        AstNode::Sort { input, terms } => {
            with(input);
            terms.iter().for_each(|(term, _)| with(term));
        }
        AstNode::Transform {
            location,
            update,
            delete,
        } => {
            with(location);
            with(update);
            delete.iter().for_each(|it| with(it));
        }
        AstNode::Path { steps } => {
            for step in steps {
                with(&step.node);
                for stage in &step.stages {
                    if let Stage::Filter(filter) = stage {
                        with(filter);
                    }
                }
            }
        }
        AstNode::String(_)
        | AstNode::Name(_)
        | AstNode::Number(_)
        | AstNode::Boolean(_)
        | AstNode::Null
        | AstNode::Undefined
        | AstNode::Placeholder
        | AstNode::Regex { .. }
        | AstNode::Variable(_)
        | AstNode::ParentVariable(_)
        | AstNode::Wildcard
        | AstNode::Descendant
        | AstNode::Parent(_) => {}
    }
}

/// The same, to change them.
fn children_mut(node: &mut AstNode, with: &mut impl FnMut(&mut AstNode)) {
    match node {
        AstNode::Unary { operand: one, .. }
        | AstNode::FunctionApplication(one)
        | AstNode::Lambda { body: one, .. } => with(one),
        AstNode::Binary { op, lhs, rhs } => {
            // The name that is given a value stays a name.
            if *op != BinaryOp::ColonEqual {
                with(lhs);
            }
            with(rhs);
        }
        AstNode::Function { args: many, .. }
        | AstNode::Array(many)
        | AstNode::Block(many)
        | AstNode::ArrayGroup(many) => {
            many.iter_mut().for_each(with);
        }
        AstNode::Call { procedure, args } => {
            with(procedure);
            args.iter_mut().for_each(with);
        }
        AstNode::Object(pairs) => pairs.iter_mut().for_each(|(name, value)| {
            with(name);
            with(value);
        }),
        AstNode::ObjectTransform { input, pattern } => {
            with(input);
            pattern.iter_mut().for_each(|(name, value)| {
                with(name);
                with(value);
            });
        }
        AstNode::Conditional {
            condition,
            then_branch,
            else_branch,
        } => {
            with(condition);
            with(then_branch);
            else_branch.iter_mut().for_each(|it| with(it));
        }
        AstNode::Sort { input, terms } => {
            with(input);
            terms.iter_mut().for_each(|(term, _)| with(term));
        }
        AstNode::Transform {
            location, update, ..
        } => {
            with(location);
            // An object stays one, and what is left out is a list of names.
            children_mut(update, with);
        }
        AstNode::Path { steps } => {
            for step in steps {
                with(&mut step.node);
                for stage in &mut step.stages {
                    if let Stage::Filter(filter) = stage {
                        with(filter);
                    }
                }
            }
        }
        AstNode::String(_)
        | AstNode::Name(_)
        | AstNode::Number(_)
        | AstNode::Boolean(_)
        | AstNode::Null
        | AstNode::Undefined
        | AstNode::Placeholder
        | AstNode::Regex { .. }
        | AstNode::Variable(_)
        | AstNode::ParentVariable(_)
        | AstNode::Wildcard
        | AstNode::Descendant
        | AstNode::Parent(_) => {}
    }
}

/// What one evaluation did so far.
#[derive(Default)]
struct Count {
    done: Cell<u64>,
    /// The largest text or list in which something is put in the place of parts.
    subject: Cell<u64>,
}

impl Count {
    fn add(&self, amount: u64) -> Result<(), EvaluatorError> {
        self.done.set(self.done.get().saturating_add(amount));
        if self.done.get() > MOST {
            return Err(failure("D1012: The expression takes too many steps"));
        }
        Ok(())
    }

    fn held(&self, value: &JValue) -> Result<(), EvaluatorError> {
        self.add(length(value) / BYTES)
    }

    fn sized(&self, value: &JValue) -> Result<(), EvaluatorError> {
        if !matches!(value, JValue::Array(_) | JValue::Object(_)) {
            return Ok(());
        }
        let size = Size::of(value);
        if size.items >= LARGEST || size.bytes > MOST * BYTES {
            return Err(failure("D2014: The value is too large"));
        }
        self.add(size.bytes / BYTES / 8)
    }
}

/// Bytes of a text, and of the places of an array or object.
fn length(value: &JValue) -> u64 {
    let length = match value {
        JValue::String(text) => text.len(),
        JValue::Array(items) => items.len() * 24,
        JValue::Object(members) => members.len() * 64,
        _ => 0,
    };
    length as u64
}

fn failure(message: &str) -> EvaluatorError {
    EvaluatorError::EvaluationError(message.to_owned())
}

/// Registers the functions that count.
pub(super) fn register(evaluator: &mut Evaluator) -> Result<(), EvaluatorError> {
    let count = Rc::new(Count::default());
    let mut add = |name: &str, with: fn(&Count, &JValue, &JValue) -> Result<(), EvaluatorError>| {
        let count = Rc::clone(&count);
        evaluator.register_fn(name, move |arguments: &[JValue]| {
            let first = arguments.first().unwrap_or(&JValue::Undefined);
            with(
                &count,
                first,
                arguments.get(1).unwrap_or(&JValue::Undefined),
            )?;
            Ok(first.clone())
        })
    };
    add(CALL, |count, _, _| count.add(OF_A_CALL))?;
    add(ITEMS, |count, value, _| {
        count.add(value.as_array().map_or(1, |items| items.len() as u64))
    })?;
    add(RANGE, |count, end, start| {
        let number = |value: &JValue| match value {
            JValue::Number(number) => *number,
            _ => 0.0,
        };
        let length = number(end) - number(start);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within bounds; what is longer the engine refuses"
        )]
        count.add(if (0.0..1e6).contains(&length) {
            length as u64
        } else {
            1
        })
    })?;
    add(HELD, |count, value, _| count.held(value))?;
    add(SIZED, |count, value, _| count.sized(value))?;
    add(WIDTH, |count, value, _| match value {
        JValue::Number(width) if width.abs() > 16e6 => Err(failure("D2014: The text is too long")),
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within bounds"
        )]
        JValue::Number(width) => count.add(width.abs() as u64 / BYTES),
        _ => Ok(()),
    })?;
    add(SUBJECT, |count, value, _| {
        count.subject.set(count.subject.get().max(length(value)));
        Ok(())
    })?;
    add(FACTOR, |count, value, _| match value {
        JValue::String(text) if text.len() > 1 => {
            count.add(count.subject.get().saturating_mul(text.len() as u64) / BYTES)
        }
        _ => Ok(()),
    })
}
