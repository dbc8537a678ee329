//! The only importer of the AWS SDK: collects facts, publishes, stores.
//!
//! A [`Session`] is one account. [`collect_account`] reads all state machines of some Regions, [`list_machines`] and
//! [`collect_machines`] do it in two steps for a fan-out, [`deepen`] looks into executions where that is worth its
//! calls. Whatever cannot be read is told with its reason, and the rest goes on. Every call is paced below the token
//! buckets that AWS documents.

mod call;
mod client;
mod collect;
mod deepen;
mod error;
mod memory;
mod pace;
mod plan;
#[cfg(feature = "price-list")]
mod price_list;
mod publish;
mod quota;
#[cfg(feature = "store")]
mod store;
mod tasks;

pub use client::{Keys, Session};
pub use collect::{
    Collect, CollectError, Listed, MetricsPath, OnProgress, Progress, RegionFacts, Scope, Step,
    collect_account, collect_and_sample, collect_machines, list_machines,
};
#[cfg(feature = "deep")]
pub use deepen::{LogScan, express_log_scan, read_log_use};
pub use deepen::{Sample, Sampling, deepen, history};
pub use error::CallError;
pub use memory::Memory;
pub use pace::Pace;
pub use plan::{Calls, Plan};
#[cfg(feature = "price-list")]
pub use price_list::price_list;
pub use publish::{AttributeValue, Message, PublishError, publish};
#[cfg(feature = "store")]
pub use store::{Store, StoreError, Version};
