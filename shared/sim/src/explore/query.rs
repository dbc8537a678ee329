//! JSONata expressions: where their values come from, and conditions in them.

use std::collections::BTreeMap;
use std::rc::Rc;

use asl::expr::jsonata as reading;
use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage, UnaryOp};
use serde_json::{Number, Value};

use super::formula::{Check, Formula};
use super::origin::{Eyes, Hint, Origin, Shared, made, missing, shift};
use super::place::Step;
use crate::choice::Comparison;

impl Eyes<'_, '_, '_> {
    /// The value of an expression.
    pub(super) fn expression(&mut self, text: &str, hint: Hint) -> Shared {
        let Some(tree) = self.plan.tree(text) else {
            return missing();
        };
        match self.node(&tree, hint) {
            Some(origin) => origin,
            None => self.computed(text),
        }
    }

    /// A condition.
    pub(super) fn condition(&mut self, text: &str) -> Formula {
        let Some(tree) = self.plan.tree(text) else {
            return Formula::Never;
        };
        self.formula(&tree).unwrap_or_else(|| {
            let mut from = Vec::new();
            self.computed(text).places(&mut from);
            let mut constants = Vec::new();
            literals(&tree, &mut constants);
            Formula::Opaque { from, constants }
        })
    }

    /// All that an expression reads.
    fn computed(&mut self, text: &str) -> Shared {
        let read = reading::parse(text);
        let mut all = Vec::new();
        for reference in read
            .references
            .iter()
            .filter(|it| !it.bound && it.call.is_none())
        {
            let mut fields = reference.fields.iter();
            let root = if reference.name == "states" {
                let first = fields.next().map(AsRef::as_ref);
                if first == Some("context") {
                    let steps = fields
                        .by_ref()
                        .map(|it| Step::Name(it.clone().into_owned()));
                    let steps: Vec<Step> = steps.collect();
                    Some(self.context(&steps))
                } else {
                    self.states(first)
                }
            } else {
                self.variables.get(reference.name).map(Rc::clone)
            };
            let Some(root) = root else { continue };
            let found = fields.fold(root, |value, field| value.member(field));
            self.note(&found, Hint::Any);
            all.push(found);
        }
        made(&Rc::new(Origin::List(all)))
    }

    fn states(&self, member: Option<&str>) -> Option<Shared> {
        match member {
            Some("input") => Some(Rc::clone(&self.input)),
            Some("result") => self.result.clone(),
            Some("errorOutput") => self.error.clone(),
            _ => None,
        }
    }

    fn node(&mut self, node: &AstNode, hint: Hint) -> Option<Shared> {
        Some(match node {
            AstNode::Path { steps } => self.steps(steps, hint)?,
            AstNode::Variable(name) => {
                let found = self.variables.get(name).map_or_else(missing, Rc::clone);
                self.note(&found, hint);
                found
            }
            AstNode::String(_) | AstNode::Number(_) | AstNode::Boolean(_) | AstNode::Null => {
                Origin::known(literal(node)?)
            }
            AstNode::Unary {
                op: UnaryOp::Negate,
                ..
            } => Origin::known(literal(node)?),
            AstNode::Block(inner) => match inner.as_slice() {
                [only] => self.node(only, hint)?,
                _ => return None,
            },
            AstNode::Object(members) => {
                let mut object = BTreeMap::new();
                for (name, value) in members {
                    let AstNode::String(name) = name else {
                        return None;
                    };
                    object.insert(name.clone(), self.node(value, Hint::Any)?);
                }
                Rc::new(Origin::Object(object, None))
            }
            AstNode::Array(items) => {
                let items: Option<Vec<Shared>> = items
                    .iter()
                    .map(|item| self.node(item, Hint::Any))
                    .collect();
                Rc::new(Origin::List(items?))
            }
            AstNode::Function { name, args, .. } if name == "merge" => {
                let [AstNode::Array(items)] = args.as_slice() else {
                    return None;
                };
                let mut merged: Option<Shared> = None;
                for item in items {
                    let next = self.node(item, Hint::Object)?;
                    merged = Some(match (merged, &*next) {
                        (None, _) => next,
                        (Some(before), Origin::Object(members, None)) => {
                            members.iter().fold(before, |base, (name, value)| {
                                Origin::put(&base, &[Step::Name(name.clone())], Rc::clone(value))
                            })
                        }
                        _ => return None,
                    });
                }
                merged.unwrap_or_else(missing)
            }
            AstNode::Binary { op, lhs, rhs } => {
                let (one, other) = match op {
                    BinaryOp::Add => (self.node(lhs, Hint::Number)?, self.node(rhs, Hint::Number)?),
                    BinaryOp::Subtract => {
                        let by = literal(rhs)?.as_i64()?.checked_neg()?;
                        (self.node(lhs, Hint::Number)?, Origin::known(by.into()))
                    }
                    _ => return None,
                };
                shift(&one, &other)
            }
            _ => return None,
        })
    }

    fn steps(&mut self, steps: &[PathStep], hint: Hint) -> Option<Shared> {
        let (first, mut rest) = steps.split_first()?;
        let AstNode::Variable(name) = &first.node else {
            return None;
        };
        let mut at = if name == "states" {
            let (member, others) = rest.split_first()?;
            let AstNode::Name(member_name) = &member.node else {
                return None;
            };
            rest = others;
            if member_name == "context" {
                let names: Option<Vec<Step>> = others
                    .iter()
                    .map(|step| match &step.node {
                        AstNode::Name(name) if step.stages.is_empty() => {
                            Some(Step::Name(name.clone()))
                        }
                        _ => None,
                    })
                    .collect();
                let found = self.context(&names?);
                self.note(&found, hint);
                return Some(found);
            }
            staged(self.states(Some(member_name))?, &member.stages)?
        } else {
            self.variables.get(name).map_or_else(missing, Rc::clone)
        };
        at = staged(at, &first.stages)?;
        for step in rest {
            let AstNode::Name(name) = &step.node else {
                return None;
            };
            at = staged(at.member(name), &step.stages)?;
        }
        self.note(&at, hint);
        Some(at)
    }

    fn formula(&mut self, node: &AstNode) -> Option<Formula> {
        Some(match node {
            AstNode::Boolean(value) => Formula::of(*value),
            AstNode::Block(inner) => match inner.as_slice() {
                [only] => self.formula(only)?,
                _ => return None,
            },
            AstNode::Binary { op, lhs, rhs } => match op {
                BinaryOp::And => Formula::All(vec![self.part(lhs), self.part(rhs)]),
                BinaryOp::Or => Formula::Any(vec![self.part(lhs), self.part(rhs)]),
                BinaryOp::Equal => self.compared(lhs, rhs, |value| Some(Check::Same(value)))?,
                BinaryOp::NotEqual => Formula::Not(Box::new(
                    self.compared(lhs, rhs, |value| Some(Check::Same(value)))?,
                )),
                BinaryOp::LessThan => self.ordered(lhs, rhs, Comparison::LessThan)?,
                BinaryOp::LessThanOrEqual => self.ordered(lhs, rhs, Comparison::LessThanEquals)?,
                BinaryOp::GreaterThan => self.ordered(lhs, rhs, Comparison::GreaterThan)?,
                BinaryOp::GreaterThanOrEqual => {
                    self.ordered(lhs, rhs, Comparison::GreaterThanEquals)?
                }
                BinaryOp::In => self.compared(lhs, rhs, |value| match value {
                    Value::Array(items) => Some(Check::OneOf(items)),
                    other => Some(Check::Same(other)),
                })?,
                _ => return None,
            },
            AstNode::Function { name, args, .. } => {
                let [argument] = args.as_slice() else {
                    return None;
                };
                match name.as_str() {
                    "not" => Formula::Not(Box::new(self.part(argument))),
                    "exists" => {
                        let value = self.node(argument, Hint::Any)?;
                        Formula::atom(value, Check::Present)
                    }
                    "boolean" => self.formula(argument)?,
                    _ => return None,
                }
            }
            AstNode::Path { .. } | AstNode::Variable(_) => {
                let value = self.node(node, Hint::Any)?;
                Formula::atom(value, Check::Truthy)
            }
            _ => return None,
        })
    }

    fn part(&mut self, node: &AstNode) -> Formula {
        self.formula(node).unwrap_or_else(|| {
            let mut constants = Vec::new();
            literals(node, &mut constants);
            Formula::Opaque {
                from: Vec::new(),
                constants,
            }
        })
    }

    fn compared(
        &mut self,
        one: &AstNode,
        other: &AstNode,
        check: impl Fn(Value) -> Option<Check>,
    ) -> Option<Formula> {
        let one = self.node(one, Hint::Any)?;
        let other = self.node(other, Hint::Any)?;
        match (one.constant(), other.constant()) {
            (_, Some(value)) => Some(Formula::atom(one, check(value)?)),
            (Some(value), None) => Some(Formula::atom(other, check(value)?)),
            (None, None) => Some(Formula::Pair(one, other, Box::new(check(Value::Null)?))),
        }
    }

    fn ordered(
        &mut self,
        one: &AstNode,
        other: &AstNode,
        comparison: Comparison,
    ) -> Option<Formula> {
        let one = self.node(one, Hint::Number)?;
        let other = self.node(other, Hint::Number)?;
        match (one.constant(), other.constant()) {
            (_, Some(value)) => Some(Formula::atom(one, Check::Than(comparison, value))),
            (Some(value), None) => {
                Some(Formula::atom(other, Check::Than(turned(comparison), value)))
            }
            (None, None) => Some(Formula::Pair(
                one,
                other,
                Box::new(Check::Than(comparison, Value::from(0))),
            )),
        }
    }
}

fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equals => Comparison::Equals,
        Comparison::LessThan => Comparison::GreaterThan,
        Comparison::GreaterThan => Comparison::LessThan,
        Comparison::LessThanEquals => Comparison::GreaterThanEquals,
        Comparison::GreaterThanEquals => Comparison::LessThanEquals,
    }
}

/// With `[0]` behind it.
fn staged(at: Shared, stages: &[Stage]) -> Option<Shared> {
    match stages {
        [] => Some(at),
        [Stage::Filter(filter)] => {
            let index = usize::try_from(literal(filter)?.as_u64()?).ok()?;
            Some(at.index(index))
        }
        _ => None,
    }
}

/// A value that is written down. Whole numbers are whole.
fn literal(node: &AstNode) -> Option<Value> {
    match node {
        AstNode::String(text) => Some(Value::from(text.as_str())),
        AstNode::Boolean(value) => Some(Value::from(*value)),
        AstNode::Null => Some(Value::Null),
        AstNode::Number(number) => self::number(*number),
        AstNode::Unary {
            op: UnaryOp::Negate,
            operand,
        } => match &**operand {
            AstNode::Number(number) => self::number(-number),
            _ => None,
        },
        _ => None,
    }
}

fn number(number: f64) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "it is whole, and below 2^53"
        )]
        return Some(Value::from(number as i64));
    }
    Number::from_f64(number).map(Value::Number)
}

/// The values that are written in an expression.
fn literals(node: &AstNode, into: &mut Vec<Value>) {
    if let Some(value) = literal(node) {
        into.push(value);
        return;
    }
    match node {
        AstNode::Binary { lhs, rhs, .. } => {
            literals(lhs, into);
            literals(rhs, into);
        }
        AstNode::Unary { operand, .. } => literals(operand, into),
        AstNode::Function { args, .. } | AstNode::Array(args) | AstNode::Block(args) => {
            for node in args {
                literals(node, into);
            }
        }
        AstNode::Conditional {
            condition,
            then_branch,
            else_branch,
        } => {
            literals(condition, into);
            literals(then_branch, into);
            if let Some(other) = else_branch {
                literals(other, into);
            }
        }
        _ => {}
    }
}
