//! What was read before: a collection that was broken off goes on where it was.

use std::fmt::Debug;
use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Collect;

/// Keeps answers of AWS, each under a key of its own, for a collection of the same account, window and instant that may
/// follow. Failures are never kept: they are asked anew.
pub trait Memory: Debug + Send + Sync {
    /// What was kept under that key.
    fn recall(&self, key: &str) -> Option<String>;
    /// Keeps it.
    fn keep(&self, key: &str, value: String);
}

/// What is known already; what can no longer be read is not.
#[cfg(feature = "resume")]
pub(crate) fn recall<T: DeserializeOwned>(
    how: &Collect,
    key: impl FnOnce() -> String,
) -> Option<T> {
    let kept = how.memory.as_ref()?.recall(&key())?;
    serde_json::from_str(&kept).ok()
}

/// Nothing is known.
#[cfg(not(feature = "resume"))]
pub(crate) fn recall<T: DeserializeOwned>(_: &Collect, _: impl FnOnce() -> String) -> Option<T> {
    None
}

/// Keeps an answer.
#[cfg(feature = "resume")]
pub(crate) fn keep<T: Serialize>(how: &Collect, key: impl FnOnce() -> String, value: &T) {
    if let Some(memory) = &how.memory
        && let Ok(text) = serde_json::to_string(value)
    {
        memory.keep(&key(), text);
    }
}

/// Keeps nothing.
#[cfg(not(feature = "resume"))]
pub(crate) fn keep<T: Serialize>(_: &Collect, _: impl FnOnce() -> String, _: &T) {}

/// What is known, or what `ask` finds out, which is kept.
pub(crate) async fn recall_or<T, E>(
    how: &Collect,
    key: impl Fn() -> String,
    ask: impl Future<Output = Result<T, E>>,
) -> Result<T, E>
where
    T: Serialize + DeserializeOwned,
{
    if let Some(known) = recall(how, &key) {
        return Ok(known);
    }
    let found = ask.await?;
    keep(how, &key, &found);
    Ok(found)
}
