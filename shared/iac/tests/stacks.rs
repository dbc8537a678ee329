//! Stacks are read back by parsers of their languages, whatever texts they hold.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod samples;

use iac::stack::{Parameter, ParameterKind, Stack, TriggerKind, Value};
use iac::{Artifact, stack_files};
use proptest::prelude::*;
use saphyr::{LoadableYamlNode, Yaml};

/// What would be structure, if it got out of its text.
const HOSTILE: &[&str] = &[
    "quo\"te",
    "back\\slash\\\"",
    "${var.name}",
    "$${x}$",
    "%{ if true }x%{ endif }",
    "`${process.exit(1)}`",
    "*/ process.exit(1); /*",
    "{{resolve:ssm:/secret}}",
    "two\nlines\r\n  Key: value",
    "nul\u{0}del\u{7f}",
    "line\u{2028}separator\u{85}next",
    "#{}: &anchor *alias !Ref | > ' `@%-?",
    "${!Literal}",
    "',",
    "",
];

/// The sample with a text wherever a person's text can stand.
fn hostile(text: &str) -> Stack {
    let mut stack = samples::order();
    text.clone_into(&mut stack.description);
    stack.tags.insert("note".to_owned(), text.to_owned());
    stack.parameters.push(Parameter {
        name: "note".to_owned(),
        description: text.to_owned(),
        kind: ParameterKind::Text,
        default: Some(text.to_owned()),
    });
    for alarm in &mut stack.alarms {
        text.clone_into(&mut alarm.description);
        text.clone_into(&mut alarm.threshold);
    }
    for trigger in &mut stack.triggers {
        text.clone_into(&mut trigger.description);
        if let TriggerKind::Rule {
            pattern,
            input_path,
            ..
        } = &mut trigger.kind
        {
            text.clone_into(pattern);
            *input_path = Some(text.to_owned());
        }
    }
    for statement in &mut stack.machine.role {
        text.clone_into(&mut statement.why);
        statement.resources.push(Value::text(text));
        statement
            .resources
            .push(Value::Join(vec![Value::text(text), Value::Region]));
    }
    stack
        .machine
        .substitutions
        .insert("note".to_owned(), Value::text(text));
    stack.tables[0].ttl = Some(text.to_owned());
    stack
}

fn blocks(text: &str) -> usize {
    let body: hcl::Body = hcl::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    body.blocks().count()
}

/// Ids of the resources of a template.
fn resources(file: &Artifact) -> Vec<String> {
    let documents =
        Yaml::load_from_str(&file.text).unwrap_or_else(|error| panic!("{error}\n{}", file.text));
    assert_eq!(documents.len(), 1, "{}", file.text);
    let mapping = documents[0]["Resources"].as_mapping().unwrap();
    mapping
        .keys()
        .map(|key| key.as_str().unwrap().to_owned())
        .collect()
}

/// Compares the structure of every file with that of the same stack with a harmless text.
fn keeps_its_structure(text: &str) {
    let plain = stack_files(&hostile("plain"));
    let files = stack_files(&hostile(text));
    assert_eq!(plain.len(), files.len());
    for (plain, file) in plain.iter().zip(&files) {
        assert_eq!(plain.file_name, file.file_name);
        match file.language {
            "hcl" if !file.file_name.ends_with(".tfvars") => {
                assert_eq!(blocks(&plain.text), blocks(&file.text), "{text:?}");
            }
            "yaml" if file.file_name.contains("github-actions") => assert_eq!(plain, file),
            "yaml" => assert_eq!(resources(plain), resources(file), "{text:?}"),
            "json" => {
                serde_json::from_str::<serde_json::Value>(&file.text).unwrap();
            }
            // A text that ended early would move what follows to other lines, or change quotes.
            "typescript" => {
                assert_eq!(code_lines(&plain.text), code_lines(&file.text), "{text:?}");
            }
            _ => {}
        }
    }
}

/// The lines of a program without what is in quotes and comments.
fn code_lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| {
            let mut out = String::new();
            let mut letters = line.chars().peekable();
            let mut quote = None;
            while let Some(c) = letters.next() {
                match quote {
                    Some(_) if c == '\\' => _ = letters.next(),
                    Some(open) if c == open => quote = None,
                    Some(_) => {}
                    None if ['"', '\'', '`'].contains(&c) => quote = Some(c),
                    None if c == '/' && ['/', '*'].contains(letters.peek().unwrap_or(&' ')) => {
                        break;
                    }
                    None => out.push(c),
                }
            }
            assert_eq!(quote, None, "{line}");
            out.trim().to_owned()
        })
        // A text with a wildcard in it has to be accepted where it is a resource.
        .filter(|line| {
            !line.is_empty() && !line.starts_with("threshold:") && line != "{ id: , reason:  },"
        })
        .collect()
}

#[test]
fn texts_stay_texts() {
    for text in HOSTILE {
        keeps_its_structure(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_stays_a_text(text in "[\\PC\n\r\t\"'`$%{}\\\\#*/!&|>:-]{0,24}") {
        keeps_its_structure(&text);
    }
}

#[test]
fn all_read_the_same_definition() {
    for stack in samples::all() {
        let files = stack_files(&stack);
        let definitions = files
            .iter()
            .filter(|file| file.text.contains("\"StartAt\""))
            .count();
        assert_eq!(definitions, 1, "{}", stack.name);
        for name in [
            "cloudformation/template.yaml",
            "sam/template.yaml",
            "terraform/main.tf",
            "cdk/lib/workflow-stack.ts",
        ] {
            let file = files.iter().find(|file| file.file_name == name).unwrap();
            assert!(file.text.contains("../workflow.asl.json"), "{name}");
        }
    }
}

#[test]
fn the_same_stack_makes_the_same_files() {
    for (one, other) in samples::all().iter().zip(samples::all()) {
        assert_eq!(stack_files(one), stack_files(&other));
    }
}

fn file<'a>(files: &'a [Artifact], name: &str) -> &'a str {
    &files
        .iter()
        .find(|file| file.file_name == name)
        .unwrap()
        .text
}

/// CloudFormation would resolve two braces, GitHub has to.
#[test]
fn github_reads_its_expressions() {
    for stack in samples::all() {
        let files = stack_files(&stack);
        let text = file(&files, "pipeline/github-actions.yml");
        let documents = Yaml::load_from_str(text).unwrap();
        let workflow = &documents[0];
        assert_eq!(
            workflow["concurrency"]["group"].as_str(),
            Some("deploy-${{ github.ref }}")
        );
        for environment in &stack.environments {
            let job = &workflow["jobs"][format!("deploy-{}", environment.name).as_str()];
            assert_eq!(
                job["env"]["ARTIFACT_BUCKET"].as_str(),
                Some("${{ vars.ARTIFACT_BUCKET }}"),
                "{text}"
            );
            assert_eq!(
                job["steps"][1]["with"]["role-to-assume"].as_str(),
                Some("${{ vars.DEPLOY_ROLE_ARN }}")
            );
        }
    }
}

/// cdk-nag stops the synthesis at each wildcard that is not accepted by name.
#[test]
fn wildcards_of_a_role_are_accepted_one_by_one() {
    let files = stack_files(&samples::order());
    let text = file(&files, "cdk/lib/workflow-stack.ts");
    assert!(
        file(&files, "cdk/bin/app.ts")
            .contains("Validations.of(app).addPlugins(new AwsSolutionsChecks(app));")
    );
    for accepted in [
        r#"{ id: "AwsSolutions::AwsSolutions-IAM5[Resource::*]", reason: "log delivery is set up with these, and they cannot be limited to a resource; X-Ray"#,
        // The execution of a machine whose ARN is a parameter, as cdk-nag shows functions that it does not know.
        r#"-IAM5[Resource::{\"Fn::Select\":[0,{\"Fn::Split\":[\":stateMachine:\",{\"Ref\":\"ShipStateMachineArn\"}]}]}:execution:"#,
    ] {
        assert!(text.contains(accepted), "{accepted}\n{text}");
    }
    // Nothing that is accepted is without a reason.
    assert!(!text.contains("reason: \"\""), "{text}");
    // What the library would add to the role by itself is in its policy.
    assert!(text.contains("role: machineRole.withoutPolicyUpdates(),"));
    assert!(text.contains("machine.node.addDependency(machineRolePolicy);"));
}

/// An API that is replaced answers until the new one does.
#[test]
fn an_api_is_replaced_before_it_goes() {
    let files = stack_files(&samples::order());
    let body: hcl::Body = hcl::from_str(file(&files, "terraform/triggers.tf")).unwrap();
    let api = body
        .blocks()
        .find(|block| block.labels()[0].as_str() == "aws_api_gateway_rest_api")
        .unwrap();
    let lifecycle = api
        .body()
        .blocks()
        .find(|block| block.identifier() == "lifecycle")
        .unwrap();
    assert!(
        lifecycle
            .body()
            .attributes()
            .any(|attribute| attribute.key() == "create_before_destroy")
    );
}
