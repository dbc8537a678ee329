//! The life of a function: logs on, configuration read, then one invocation after the other.

use std::future::Future;
use std::sync::Arc;

use aws::{Session, Store};
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;

use crate::{Config, Fault, logs};

/// What a function works with; lives as long as its sandbox, so that connections are kept.
pub struct App {
    /// Configuration from the environment.
    pub config: Config,
    /// Credentials and HTTP client.
    pub session: Session,
    /// The report bucket.
    pub store: Store,
}

/// What is known of an invocation beside its event.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Lambda's request id; the same when an asynchronous invocation is tried again.
    pub request_id: String,
    /// When it began.
    pub at: Timestamp,
}

/// Answers invocations with `handler` until the sandbox ends. Starts, ends and faults are logged with the request id;
/// events and answers are not, they may carry what nobody should read in a log.
pub async fn serve<F, Fut>(handler: F) -> Result<(), Error>
where
    F: Fn(Value, Invocation, Arc<App>) -> Fut,
    Fut: Future<Output = Result<Value, Fault>>,
{
    #[expect(
        clippy::disallowed_methods,
        reason = "the entry point reads the environment, all else is told"
    )]
    logs::start(|name| std::env::var(name).ok());
    // A wrong configuration is answered to every invocation, where somebody sees it, and not only logged by a sandbox
    // that does not start.
    let app = start().map(Arc::new).map_err(|fault| fault.to_string());
    let (app, handler) = (&app, &handler);
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let request = event.context.request_id;
        #[expect(
            clippy::disallowed_methods,
            reason = "the entry point reads the clock, all else is told"
        )]
        let invocation = Invocation {
            request_id: request.clone(),
            at: Timestamp::now(),
        };
        tracing::info!(request, "started");
        let answer = match app {
            Ok(app) => handler(event.payload, invocation, Arc::clone(app)).await,
            Err(why) => Err(Fault::BadConfiguration(why.clone())),
        };
        match answer {
            Ok(answer) => {
                tracing::info!(request, "done");
                Ok(answer)
            }
            Err(fault) => {
                tracing::error!(request, error = fault.name(), reason = %fault, "failed");
                Err(Diagnostic::from(fault))
            }
        }
    }))
    .await
}

fn start() -> Result<App, Fault> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the entry point reads the environment, all else is told"
    )]
    let config = Config::from_environment(|name| std::env::var(name).ok())?;
    let session = Session::from_environment(&config.region, config.endpoint.as_deref());
    let store = Store::new(&session, &config.bucket);
    Ok(App {
        config,
        session,
        store,
    })
}

/// The answer of a handler, as JSON.
pub fn answer<T: Serialize>(value: &T) -> Result<Value, Fault> {
    serde_json::to_value(value)
        .map_err(|error| Fault::StoreFailed(format!("the answer cannot be written: {error}")))
}
