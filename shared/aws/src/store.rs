//! JSON objects in an S3 bucket: work lists, results, reports.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_s3::primitives::ByteStream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::Session;
use crate::call::{Line, call};
use crate::error::{CallError, one_line};
use crate::pace::Pace;

/// A bucket.
#[derive(Clone, Debug)]
pub struct Store {
    client: aws_sdk_s3::Client,
    bucket: String,
    get: Line,
    put: Line,
}

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
            client: session.clients(region).s3(),
            bucket: bucket.to_owned(),
            get: session.line(region, "s3:GetObject", Pace::unlimited()),
            put: session.line(region, "s3:PutObject", Pace::unlimited()),
        }
    }

    /// Reads an object; `None` where there is none.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let Some(body) = self.bytes(key).await? else {
            return Ok(None);
        };
        serde_json::from_slice(&body)
            .map(Some)
            .map_err(|error| self.malformed(key, &error.to_string()))
    }

    /// True where there is such an object.
    pub async fn exists(&self, key: &str) -> Result<bool, StoreError> {
        let send = || {
            self.client
                .head_object()
                .bucket(&self.bucket)
                .key(key)
                .send()
        };
        match call(&self.get, send).await {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(self.failed(key, error)),
        }
    }

    /// Writes an object.
    pub async fn put<T: Serialize + Sync>(&self, key: &str, value: &T) -> Result<(), StoreError> {
        self.write(key, self.json(key, value)?, "application/json", false)
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
        self.write(key, self.json(key, value)?, "application/json", true)
            .await
    }

    /// Writes text, with its media type.
    pub async fn put_text(
        &self,
        key: &str,
        text: &str,
        media_type: &str,
    ) -> Result<(), StoreError> {
        self.write(key, text.as_bytes().to_vec(), media_type, false)
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
        only_if_absent: bool,
    ) -> Result<bool, StoreError> {
        let attempts = AtomicUsize::new(0);
        let send = || {
            attempts.fetch_add(1, Ordering::Relaxed);
            let request = self
                .client
                .put_object()
                .bucket(&self.bucket)
                .key(key)
                .content_type(media_type);
            let request = request.set_if_none_match(only_if_absent.then(|| "*".to_owned()));
            request.body(ByteStream::from(body.clone())).send()
        };
        match call(&self.put, send).await {
            Ok(_) => Ok(true),
            Err(error) if only_if_absent && error.has_code("PreconditionFailed") => {
                let maybe_own = attempts.into_inner() > 1;
                Ok(maybe_own && self.bytes(key).await?.is_some_and(|found| found == body))
            }
            Err(error) => Err(self.failed(key, error)),
        }
    }

    async fn bytes(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let send = || {
            self.client
                .get_object()
                .bucket(&self.bucket)
                .key(key)
                .send()
        };
        let answer = match call(&self.get, send).await {
            Ok(answer) => answer,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(self.failed(key, error)),
        };
        let body = answer
            .body
            .collect()
            .await
            .map_err(|error| self.malformed(key, &error.to_string()))?;
        Ok(Some(body.to_vec()))
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
