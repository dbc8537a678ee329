//! The architect: requirements in; decisions with their reasons, a workflow, its cost and its infrastructure out.
//!
//! The way: [`Requirements`](requirements::Requirements) are read from a file, and contradictions are told with line and column;
//! decisions are made, or the requirements are refused with a better way; a typed machine is composed and written as Amazon
//! States Language; around it stands an [`iac::stack::Stack`]. Nothing in here does I/O or fails: what cannot be designed is an
//! answer, too.

pub mod compose;
mod contradictions;
pub mod cost;
pub mod decide;
pub mod deliver;
mod escape;
pub mod init;
mod jobs;
pub mod machine;
pub mod refuse;
mod repeatable;
pub mod requirements;
mod svg;
mod timing;
pub mod wire;

#[cfg(test)]
mod tests;
