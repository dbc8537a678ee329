//! `sfn-advisor fix`: what it writes, what it leaves, and what it says of that.

use std::fs;

use crate::bin::{advisor, run};
use crate::cli::{DANGLING, GOOD, check, folder};

#[test]
fn fix_changes_only_what_it_must() {
    let files = folder(&[("a.asl.json", DANGLING), ("good.asl.json", GOOD)]);
    let read = |name: &str| fs::read(files.path().join(name)).unwrap();
    let fix = |more: &[&str]| {
        run(advisor()
            .current_dir(files.path())
            .args(["fix", "."])
            .args(more))
    };
    let shown = fix(&["--diff"]);
    assert_eq!(shown.code, 1, "there is something to change: {}", shown.err);
    assert_eq!(read("a.asl.json"), DANGLING, "only shown");
    insta::assert_snapshot!(shown.out, @r#"
    --- ./a.asl.json
    +++ ./a.asl.json
    @@ -1,7 +1,7 @@
     {
       "StartAt": "Cooldown",
       "States": {
    -    "Cooldown": {"Type": "Wait", "Seconds": 5, "Next": "Retry"},
    +    "Cooldown": {"Type": "Wait", "Seconds": 5, "Next": "RetryPayment"},
         "RetryPayment": {"Type": "Succeed"}
       }
     }
    \ No newline at end of file
    "#);
    let done = fix(&[]);
    assert_eq!((done.code, done.out.as_str()), (0, shown.out.as_str()));
    let changed = String::from_utf8(DANGLING.to_vec())
        .unwrap()
        .replace("\"Retry\"", "\"RetryPayment\"");
    assert_eq!(read("a.asl.json"), changed.as_bytes());
    assert_eq!(read("good.asl.json"), GOOD);
    assert_eq!(check(&files, &[]).code, 0);
    let again = fix(&["--diff"]);
    assert_eq!((again.code, again.out.as_str()), (0, ""));
}

#[test]
fn fix_asks_before_it_changes_what_a_workflow_does() {
    let text = r#"{"StartAt": "A", "TimeoutSeconds": 60, "States": {"A": {
  "Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": {"TableName": "T", "Item": {}},
  "Retry": [{"ErrorEquals": ["DynamoDB.SdkClientException"], "IntervalSeconds": 30, "MaxAttempts": 9}],
  "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "Next": "B"}, "B": {"Type": "Succeed"}}}"#;
    let files = folder(&[("a.asl.json", text.as_bytes())]);
    let fix = |more: &[&str]| {
        run(advisor()
            .current_dir(files.path())
            .args(["fix", "a.asl.json"])
            .args(more))
    };
    let unasked = fix(&[]);
    assert_eq!((unasked.code, unasked.out.as_str()), (0, ""));
    assert!(
        unasked.err.contains(
            "1 fix of retry-longer-than-timeout changes what the workflow does: `--rule retry-longer-than-timeout` applies it"
        ),
        "{}",
        unasked.err
    );
    let asked = fix(&["--rule", "retry-longer-than-timeout"]);
    assert_eq!(asked.code, 0);
    assert!(asked.out.contains("+  \"Retry\""), "{}", asked.out);
}

/// What a file holds, what `fix` makes of it, and what it says that it cannot do.
#[test]
fn fix_writes_into_yaml_and_templates_what_is_exact_there() {
    let definition = "StartAt: A\nStates:\n  A:\n    Type: wait   # short\n    Seconds: '5'\n    Next: B\n    End: true\n  B:\n    Type: Succeed\n";
    let fixed = definition
        .replace("wait ", "Wait ")
        .replace("'5'", "5")
        .replace("    End: true\n", "");
    let block = "Resources:\n  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      DefinitionString: !Sub |\n        {\n          \"StartAt\": \"A\",\n          \"States\": {\n            \"A\": {\"Type\": \"Wait\", \"Second\": 5, \"Next\": \"Stroe\"},\n            \"Store\": {\n              \"Type\": \"Task\", \"Resource\": \"arn:aws:states:::dynamodb:PutItem\",\n              \"Parameters\": {\"tableName\": \"${Table}\", \"Item\": {}},\n              \"End\": true,\n              \"Next\": \"Gone?\"\n            }\n          }\n        }\n";
    let block_fixed = block
        .replace("\"Second\"", "\"Seconds\"")
        .replace("Stroe", "Store")
        .replace("PutItem", "putItem")
        .replace("tableName", "TableName")
        .replace(",\n              \"Next\": \"Gone?\"", "");
    let json = "{\"Resources\": {\"M\": {\"Type\": \"AWS::StepFunctions::StateMachine\", \"Properties\": {\"DefinitionString\": \"{\\\"StartAt\\\": \\\"A\\\", \\\"States\\\": {\\\"A\\\": {\\\"Type\\\": \\\"Pass\\\", \\\"Next\\\": \\\"Stroe\\\"}, \\\"Store\\\": {\\\"Type\\\": \\\"Succeed\\\"}}}\"}}}}";
    let serverless = "service: s\nstepFunctions:\n  stateMachines:\n    m:\n      definition:\n        StartAt: A\n        States:\n          A: {Type: Task, Resource: arn:aws:states:::sqs:SendMessage, Parameters: {QueueUrl: q, MessageBody: b}, End: true}\n";
    let terraform = "resource \"aws_sfn_state_machine\" \"a\" {\n  definition = jsonencode({\n    StartAt = \"A\"\n    States = {\n      A = { Type = \"Wait\", Second = 5, Next = \"Stroe\" }\n      Store = {\n        Type = \"Succeed\"\n        End  = true\n      }\n    }\n  })\n}\n\nresource \"aws_sfn_state_machine\" \"b\" {\n  definition = <<-EOF\n    {\"StartAt\": \"A\", \"States\": {\n      \"A\": {\"Type\": \"Wait\", \"Seconds\": \"5\", \"Next\": \"Stroe\"},\n      \"Store\": {\"Type\": \"Succeed\"}\n    }}\n  EOF\n}\n";
    let terraform_fixed = terraform
        .replace("Second =", "Seconds =")
        .replace("Stroe", "Store")
        .replace("        End  = true\n", "")
        .replace("\"Seconds\": \"5\"", "\"Seconds\": 5");
    let cases = [
        ("flow.asl.yaml", definition.to_owned(), fixed),
        ("template.yaml", block.to_owned(), block_fixed),
        (
            "template.json",
            json.to_owned(),
            json.replace("Stroe", "Store"),
        ),
        (
            "serverless.yml",
            serverless.to_owned(),
            serverless.replace("SendMessage", "sendMessage"),
        ),
        ("main.tf", terraform.to_owned(), terraform_fixed),
    ];
    for (name, text, expected) in cases {
        let files = folder(&[(name, text.as_bytes())]);
        let ran = run(advisor().current_dir(files.path()).args(["fix", name]));
        assert_eq!(ran.code, 0, "{name}: {}", ran.err);
        let written = fs::read_to_string(files.path().join(name)).unwrap();
        assert_eq!(written, expected, "{name}: {}", ran.err);
        assert!(
            !ran.err.contains("cannot be written"),
            "{name}: {}",
            ran.err
        );
        let left = check(&files, &["--format", "github"]);
        assert!(!left.out.contains("::error"), "{name}: {}", left.out);
    }
    let list = "StartAt: A\nStates:\n  A: {Type: Task, Resource: 'arn:aws:states:::sqs:sendMessage', Retry: {ErrorEquals: [A]}, End: true}\n";
    let files = folder(&[("a.asl.yaml", list.as_bytes())]);
    let ran = run(advisor()
        .current_dir(files.path())
        .args(["fix", "a.asl.yaml"]));
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert!(
        ran.err.contains(
            "a.asl.yaml: 1 finding has a fix that cannot be written into this kind of file"
        ),
        "{}",
        ran.err
    );
}

/// One thing leads to the next: a name that is mended shows what else is wrong there, and nothing is left half done.
#[test]
fn fix_goes_on_with_what_it_finds_and_leaves_out_what_breaks_more() {
    let text = |state: &str| {
        format!(r#"{{"StartAt": "A", "States": {{"A": {{{state}}}, "B": {{"Type": "Succeed"}}}}}}"#)
    };
    let fix = |state: &str| {
        let files = folder(&[("a.asl.json", text(state).as_bytes())]);
        let ran = run(advisor().current_dir(files.path()).args(["fix", "."]));
        let written = fs::read_to_string(files.path().join("a.asl.json")).unwrap();
        (written, ran.err)
    };
    let (both, _) = fix(r#""Type": "Wait", "Second": "5", "Next": "B""#);
    assert_eq!(both, text(r#""Type": "Wait", "Seconds": 5, "Next": "B""#));
    // Without `End`, nothing would end.
    let round = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B", "End": true}, "B": {"Type": "Pass", "Next": "A"}}}"#;
    let files = folder(&[("a.asl.json", round.as_bytes())]);
    let ran = run(advisor().current_dir(files.path()).args(["fix", "."]));
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("1 fix was left out"), "{}", ran.err);
}

#[test]
fn many_findings_take_no_longer_than_some_looks() {
    let states: Vec<String> = (0..1000)
        .map(|n| {
            format!(
                r#""S{n}": {{"Type": "Wait", "Second": 1, "Next": "S{}"}}"#,
                n + 1
            )
        })
        .collect();
    let text = format!(
        r#"{{"StartAt": "S0", "States": {{{}, "S1000": {{"Type": "Succeed"}}}}}}"#,
        states.join(",")
    );
    let files = folder(&[("a.asl.json", text.as_bytes())]);
    let start = std::time::Instant::now();
    let ran = run(advisor().current_dir(files.path()).args(["fix", "."]));
    assert!(
        ran.err.contains(" fixes changed 1 file of 1"),
        "{}",
        ran.err
    );
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
