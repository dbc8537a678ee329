//! JSON objects in an S3 bucket: work lists, results, reports.

mod objects;

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::Session;
use crate::call::{Line, call};
use crate::error::{CallError, one_line};
use crate::pace::Pace;
use objects::Ask;
pub(crate) use objects::Objects;

/// A bucket.
#[derive(Clone, Debug)]
pub struct Store {
    objects: Objects,
    bucket: String,
    get: Line,
    put: Line,
}

/// What tells one content of an object from another: its entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(String);

const JSON: &str = "application/json";

/// Why an object could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is none.
    #[error("the S3 bucket {0} does not exist")]
    NoBucket(String),
    /// The caller may not.
    #[error(
        "{error} of s3://{bucket}/{key}: allow it, and s3:ListBucket, without which an object that does not exist is denied"
    )]
    Denied {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// The refusal.
        error: CallError,
    },
    /// It is not the JSON that it should be.
    #[error("s3://{bucket}/{key} cannot be read: {why}")]
    Malformed {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// What is wrong, with line and column.
        why: String,
    },
    /// The call failed.
    #[error("s3://{bucket}/{key}: {}", .error.in_full())]
    Call {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// Why.
        error: CallError,
    },
}

impl Store {
    /// A bucket of the session's Region.
    pub fn new(session: &Session, bucket: &str) -> Self {
        let region = session.region();
        Self {
            objects: session.objects(bucket),
            bucket: bucket.to_owned(),
            get: session.line(region, "s3:GetObject", Pace::unlimited()),
            put: session.line(region, "s3:PutObject", Pace::unlimited()),
        }
    }

    /// Where a person finds an object: its page in the AWS console, or its URI where there is none.
    pub fn link(&self, key: &str) -> String {
        let page = self.objects.page(&self.bucket, key);
        page.unwrap_or_else(|| format!("s3://{}/{key}", self.bucket))
    }

    /// Reads an object; `None` where there is none.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let found = self.get_versioned(key).await?;
        Ok(found.map(|(value, _)| value))
    }

    /// Reads an object as it is; `None` where there is none.
    pub async fn get_bytes(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.ask("GET", key).await?.map(|found| found.body))
    }

    /// Reads an object with what tells whether it changes; `None` where there is none.
    pub async fn get_versioned<T: DeserializeOwned>(
        &self,
        key: &str,
    ) -> Result<Option<(T, Version)>, StoreError> {
        let Some(found) = self.ask("GET", key).await? else {
            return Ok(None);
        };
        let value = serde_json::from_slice(&found.body);
        let value = value.map_err(|error| self.malformed(key, &error.to_string()))?;
        let tag = found.etag.unwrap_or_default();
        Ok(Some((value, Version(tag))))
    }

    /// True where there is such an object.
    pub async fn exists(&self, key: &str) -> Result<bool, StoreError> {
        Ok(self.ask("HEAD", key).await?.is_some())
    }

    /// Writes an object.
    pub async fn put<T: Serialize + Sync>(&self, key: &str, value: &T) -> Result<(), StoreError> {
        self.write(key, self.json(key, value)?, JSON, None)
            .await
            .map(|_| ())
    }

    /// Writes an object where there is none; false where there is. Where an answer was lost on the way, the object that
    /// is there counts as this one if it has the same content.
    pub async fn put_if_absent<T: Serialize + Sync>(
        &self,
        key: &str,
        value: &T,
    ) -> Result<bool, StoreError> {
        self.put_if_unchanged(key, value, None).await
    }

    /// Writes an object over the version that was read, or where there was none; false where somebody else wrote it
    /// meanwhile. Lost answers as with [`Store::put_if_absent`].
    pub async fn put_if_unchanged<T: Serialize + Sync>(
        &self,
        key: &str,
        value: &T,
        read: Option<&Version>,
    ) -> Result<bool, StoreError> {
        let condition = match read {
            Some(Version(tag)) => ("if-match", tag.clone()),
            None => ("if-none-match", "*".to_owned()),
        };
        self.write(key, self.json(key, value)?, JSON, Some(condition))
            .await
    }

    /// Writes text, with its media type.
    pub async fn put_text(
        &self,
        key: &str,
        text: &str,
        media_type: &str,
    ) -> Result<(), StoreError> {
        self.write(key, text.as_bytes().to_vec(), media_type, None)
            .await
            .map(|_| ())
    }

    fn json<T: Serialize>(&self, key: &str, value: &T) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(value).map_err(|error| self.malformed(key, &error.to_string()))
    }

    async fn write(
        &self,
        key: &str,
        body: Vec<u8>,
        media_type: &str,
        condition: Option<(&'static str, String)>,
    ) -> Result<bool, StoreError> {
        let attempts = AtomicUsize::new(0);
        let conditional = condition.is_some();
        let over_a_version = matches!(condition, Some(("if-match", _)));
        let mut headers = vec![("content-type", media_type.to_owned())];
        headers.extend(condition);
        let ask = Ask {
            method: "PUT",
            key,
            headers,
            body,
        };
        let send = || {
            attempts.fetch_add(1, Ordering::Relaxed);
            self.objects.send(&ask)
        };
        match call(&self.put, send).await {
            Ok(_) => Ok(true),
            Err(error) if over_a_version && is_missing(&error) => Ok(false),
            Err(error) if conditional && error.has_code("PreconditionFailed") => {
                let maybe_own = attempts.into_inner() > 1;
                let found = if maybe_own {
                    self.ask("GET", key).await?
                } else {
                    None
                };
                Ok(found.is_some_and(|found| found.body == ask.body))
            }
            Err(error) => Err(self.failed(key, error)),
        }
    }

    /// What is there; none where nothing is.
    async fn ask(
        &self,
        method: &'static str,
        key: &str,
    ) -> Result<Option<objects::Answer>, StoreError> {
        let ask = Ask {
            method,
            key,
            headers: Vec::new(),
            body: Vec::new(),
        };
        match call(&self.get, || self.objects.send(&ask)).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.failed(key, error)),
        }
    }

    fn malformed(&self, key: &str, why: &str) -> StoreError {
        StoreError::Malformed {
            bucket: self.bucket.clone(),
            key: key.to_owned(),
            why: one_line(why),
        }
    }

    fn failed(&self, key: &str, error: CallError) -> StoreError {
        let (bucket, key) = (self.bucket.clone(), key.to_owned());
        if error.has_code("NoSuchBucket") {
            StoreError::NoBucket(bucket)
        } else if error.has_code("AccessDenied") {
            StoreError::Denied { bucket, key, error }
        } else {
            StoreError::Call { bucket, key, error }
        }
    }
}

/// An answer to HEAD has no body, and so no code but its status.
fn is_missing(error: &CallError) -> bool {
    let bare = matches!(error, CallError::Broken { what, .. } if what == "HTTP 404");
    error.has_code("NoSuchKey") || error.has_code("NotFound") || bare
}
