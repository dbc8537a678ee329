//! Lambda `discover`: lists the state machines of the scope and writes the work list of an audit.

mod handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::serve(handler::discover).await
}
