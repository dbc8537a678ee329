//! What `design` does.

use std::sync::Arc;

use asl::Format;
use aws::Store;
use design::deliver::{Answer, Outcome};
use design::wire::Wire;
use iac::Artifact;
use lambda::tracing;
use lambda::{App, DesignInput, Fault, Invocation, Object, answer, paths};
use pricing::Prices;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Objects that are written at the same time: a design has some fifty.
const AT_ONCE: usize = 16;

/// Designs what the event asks for, writes it to the bucket, and answers it in short.
pub(crate) async fn design(
    event: Value,
    invocation: Invocation,
    app: Arc<App>,
) -> Result<Value, Fault> {
    match DesignInput::parse(&event, (&app.config.bucket, &app.config.design_prefix))? {
        DesignInput::Text(text) => one(&app, &text, "", &invocation).await,
        DesignInput::Object(object) => {
            let store = Store::new(&app.session, &object.bucket);
            let text = read(&store, &object).await?;
            let answer = one(&app, &text, &object.key, &invocation).await?;
            let key = paths::design_answer(&app.config, &object);
            // S3 waits for no answer: who put the object finds it there, whatever it is.
            app.store.put(&key, &answer).await?;
            Ok(answer)
        }
        DesignInput::Ignored(why) => {
            tracing::info!(why, "ignored");
            Ok(json!({ "ignored": why }))
        }
    }
}

async fn read(store: &Store, object: &Object) -> Result<String, Fault> {
    let Some(bytes) = store.get_bytes(&object.key).await? else {
        return Err(Fault::BadEvent(format!(
            "there is no object s3://{}/{}",
            object.bucket, object.key
        )));
    };
    String::from_utf8(bytes).map_err(|_| {
        Fault::BadEvent(format!(
            "s3://{}/{} is not UTF-8: requirements are YAML or JSON",
            object.bucket, object.key
        ))
    })
}

async fn one(app: &App, text: &str, name: &str, invocation: &Invocation) -> Result<Value, Fault> {
    // Places are counted without the mark that some editors set before a text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let format = Format::guess(name, text.as_bytes());
    let designed = ::design::deliver::design(text, format, Prices::embedded());
    tracing::info!(
        outcome = designed.outcome.word(),
        problems = designed.problems.len(),
        "designed"
    );
    let Answer { outcome, .. } = &designed;
    let Some(delivery) = outcome.delivery() else {
        return answer(&Wire::new(&designed, None));
    };
    let prefix = paths::design(
        &app.config.design_prefix,
        &delivery.name,
        &invocation.request_id,
    );
    let place = format!("s3://{}/{prefix}", app.config.bucket);
    let wire = answer(&Wire::new(&designed, Some(&place)))?;
    write(&app.store, &prefix, files(outcome)).await?;
    // Last, so that where it is, everything is.
    app.store
        .put(&format!("{prefix}design.json"), &wire)
        .await?;
    Ok(wire)
}

fn files(outcome: &Outcome) -> &[Artifact] {
    outcome
        .delivery()
        .map(|delivery| delivery.files.as_slice())
        .unwrap_or_default()
}

/// Writes the files, some at the same time.
async fn write(store: &Store, prefix: &str, files: &[Artifact]) -> Result<(), Fault> {
    for some in files.chunks(AT_ONCE) {
        let mut tasks = JoinSet::new();
        for file in some {
            let (store, file) = (store.clone(), file.clone());
            let key = format!("{prefix}{}", file.file_name);
            tasks.spawn(async move {
                let media_type = media_type(file.language);
                store.put_text(&key, &file.text, media_type).await
            });
        }
        while let Some(written) = tasks.join_next().await {
            match written {
                Ok(written) => written?,
                Err(error) => return Err(Fault::StoreFailed(error.to_string())),
            }
        }
    }
    Ok(())
}

/// As a browser takes it, by the name that a Markdown fence has for it.
fn media_type(language: &str) -> &'static str {
    match language {
        "html" => "text/html; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "markdown" => "text/markdown; charset=utf-8",
        "yaml" => "application/yaml",
        _ => "text/plain; charset=utf-8",
    }
}
