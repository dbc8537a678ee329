//! Lambda `inspect`: a page of state machines, or one that was just deployed, to facts to findings.

mod handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    Box::pin(lambda::serve(handler::inspect)).await
}
