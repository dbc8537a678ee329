//! Every file in `events/` is an event that its function accepts.

use lambda::{DesignInput, DiscoverInput, InspectInput, ReportInput};
use serde_json::Value;

fn files() -> Vec<(String, Value)> {
    let mut files: Vec<(String, Value)> = std::fs::read_dir(crate::bin::root().join("events"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                serde_json::from_str(&text).unwrap(),
            )
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

#[test]
fn every_event_is_understood_by_its_function() {
    let understood: Vec<String> = files()
        .iter()
        .map(|(name, event)| {
            let meaning = match name.split('-').next().unwrap() {
                "discover" => format!("{:?}", DiscoverInput::parse(event).unwrap()),
                "inspect" => match InspectInput::parse(event).unwrap() {
                    InspectInput::Page(page) => format!("page {} of {}", page.number, page.of),
                    InspectInput::Deploy(deploy) => {
                        format!("deploy of {}", deploy.machine.unqualified())
                    }
                    InspectInput::Ignored(why) => format!("ignored: {why}"),
                },
                "report" => match ReportInput::parse(event).unwrap() {
                    ReportInput::Audit { results, .. } => {
                        format!("audit of {} pages", results.len())
                    }
                    ReportInput::Deploy(result) => {
                        format!("deploy with {} findings", result.findings)
                    }
                    ReportInput::Ignored(why) => format!("ignored: {why}"),
                },
                "design" => match DesignInput::parse(event, ("reports", "designs")).unwrap() {
                    DesignInput::Text(text) => {
                        format!("requirements of {} lines", text.lines().count())
                    }
                    DesignInput::Object(object) => {
                        format!("requirements at s3://{}/{}", object.bucket, object.key)
                    }
                    DesignInput::Ignored(why) => format!("ignored: {why}"),
                },
                other => panic!("no function `{other}`"),
            };
            format!("{name}: {meaning}")
        })
        .collect();
    insta::assert_snapshot!(understood.join("\n"));
}
