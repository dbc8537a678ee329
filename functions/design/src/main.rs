//! Lambda `design`: requirements, from the call or from S3, to a design in the bucket.

mod handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    Box::pin(lambda::serve(handler::design)).await
}
