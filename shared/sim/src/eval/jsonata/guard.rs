//! Expressions that could run or grow without end, made to count what they do.
//!
//! The engine bounds how deep an expression nests and how long a sequence may become, and can stop by a clock; it counts
//! neither steps nor bytes. So the tree of an expression that could take much of either is evaluated with functions of ours
//! put into it: they count what is called, gone over and held, and give back the value that they were given. An expression
//! that cannot — it goes over what it was given, once or a few times — is evaluated as it stands, for the counting costs time.

mod count;
mod parts;
mod rewrite;

use std::cell::OnceCell;

use jsonata_core::ast::{AstNode, BinaryOp, Stage};

pub(super) use count::{Size, register};
use parts::parts;
use rewrite::Rewrite;

/// What may be evaluated without counting: items, to the power of the loops inside of each other, times bytes.
const FREE: f64 = 50e6;

/// A tree that counts.
pub(super) struct Guard {
    /// Made when it is needed first.
    tree: OnceCell<AstNode>,
    /// What stands in paths counts as well. With `%`, `@` and `#` their steps hang together, and are left as they are.
    paths: bool,
    /// How many loops are inside of each other; none where it does not depend on the input how long it takes.
    loops: Option<i32>,
    /// It puts a text in the place of many.
    multiplies: bool,
}

impl Guard {
    /// The counting form of an expression, where it may need one.
    pub(super) fn of(tree: &AstNode, text: &str) -> Option<Self> {
        let mut shape = Shape::default();
        shape.look(tree, 0);
        let grows = shape.assigns > 3 && shape.joins;
        let free = shape.free || grows;
        if !free && shape.loops == 0 && !shape.multiplies {
            return None;
        }
        Some(Self {
            tree: OnceCell::new(),
            paths: !text.contains(['%', '@', '#']),
            loops: (!free).then_some(shape.loops),
            multiplies: shape.multiplies,
        })
    }

    /// The tree that counts what the given one does.
    pub(super) fn tree(&self, tree: &AstNode) -> &AstNode {
        self.tree.get_or_init(|| {
            let mut tree = tree.clone();
            Rewrite {
                paths: self.paths,
                multiplies: self.multiplies,
            }
            .count(&mut tree);
            tree
        })
    }

    /// About as many steps as an expression takes over values of that size, where they are not counted.
    pub(super) fn steps(&self, size: Size) -> u64 {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an estimate"
        )]
        let looped = (size.items.max(2) as f64).powi(self.loops.unwrap_or_default()) as u64;
        looped.saturating_add(size.steps())
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

/// What an expression is made of.
#[derive(Default)]
struct Shape {
    /// Loops inside of each other.
    loops: i32,
    /// Calls a function that it defines or is given, or makes values of any length.
    free: bool,
    /// Puts a text in the place of many.
    multiplies: bool,
    assigns: u32,
    joins: bool,
}

impl Shape {
    /// Looks at an expression that is evaluated inside of so many loops.
    fn look(&mut self, node: &AstNode, loops: i32) {
        self.loops = self.loops.max(loops);
        match node {
            AstNode::Lambda { body, .. } => self.look(body, loops + 1),
            AstNode::Function { name, args, .. } => {
                self.free |=
                    matches!(name.as_str(), "pad" | "range") || !rewrite::is_function(name);
                self.multiplies |= matches!(name.as_str(), "replace" | "join");
                self.joins |= matches!(name.as_str(), "append" | "string" | "merge");
                for it in args {
                    self.look(it, loops);
                }
            }
            AstNode::Call { procedure, args } => {
                self.free = true;
                self.look(procedure, loops);
                for it in args {
                    self.look(it, loops);
                }
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
                            self.look(filter, loops + i32::from(!rewrite::is_literal(filter)));
                        }
                    }
                }
            }
            AstNode::Sort { input, terms } => {
                self.look(input, loops);
                for (term, _) in terms {
                    self.look(term, loops + 1);
                }
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
                if let Some(it) = delete {
                    self.look(it, loops + 1);
                }
            }
            AstNode::Array(items) => {
                self.joins = true;
                for it in items {
                    self.look(it, loops);
                }
            }
            AstNode::Object(pairs) => {
                self.joins = true;
                for (name, value) in pairs {
                    self.look(name, loops);
                    self.look(value, loops);
                }
            }
            _ => parts(node, &mut |part| self.look(part, loops)),
        }
    }
}
