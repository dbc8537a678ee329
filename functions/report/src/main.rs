//! Lambda `report`: gathers findings, compares them with the last known state, publishes and stores them.

mod handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::serve(handler::report).await
}
