//! Errors that a state machine can match.

use aws::{CollectError, PublishError, StoreError};
use lambda_runtime::Diagnostic;

/// Why a function could not do its work. The variant's name is the `errorType` that Step Functions sees, so
/// `ErrorEquals: ["BadEvent"]` matches it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The event is none that the function accepts: what is wrong and what is accepted.
    #[error("{0}")]
    BadEvent(String),
    /// An environment variable is missing or wrong: which, and what it should be.
    #[error("{0}")]
    BadConfiguration(String),
    /// AWS refused: which operation, on what.
    #[error("{0}")]
    AccessDenied(String),
    /// The report bucket could not be read or written.
    #[error("{0}")]
    StoreFailed(String),
    /// The topic did not take the message.
    #[error("{0}")]
    PublishFailed(String),
    /// The state machines could not be listed or read at all; worth trying again.
    #[error("{0}")]
    CollectFailed(String),
}

impl Fault {
    /// The name that Step Functions matches.
    pub fn name(&self) -> &'static str {
        match self {
            Self::BadEvent(_) => "BadEvent",
            Self::BadConfiguration(_) => "BadConfiguration",
            Self::AccessDenied(_) => "AccessDenied",
            Self::StoreFailed(_) => "StoreFailed",
            Self::PublishFailed(_) => "PublishFailed",
            Self::CollectFailed(_) => "CollectFailed",
        }
    }
}

impl From<Fault> for Diagnostic {
    fn from(fault: Fault) -> Self {
        Self {
            error_type: fault.name().to_owned(),
            error_message: fault.to_string(),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Denied { .. } => Self::AccessDenied(error.to_string()),
            _ => Self::StoreFailed(error.to_string()),
        }
    }
}

impl From<PublishError> for Fault {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Denied(_) => Self::AccessDenied(error.to_string()),
            _ => Self::PublishFailed(error.to_string()),
        }
    }
}

impl From<CollectError> for Fault {
    fn from(error: CollectError) -> Self {
        Self::CollectFailed(error.to_string())
    }
}
