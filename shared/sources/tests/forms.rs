//! The forms in which people write definitions: what is decidable is judged, the rest is open, and nothing is said of it
//! that may be right.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod told;

use asl::{Definition, Format};
use sources::{FilledBy, Filling, Module, Part, What, included};
use told::{lines, told};

/// The lines, without the space in front of them that the tests are written with.
fn plain(expected: &str) -> Vec<&str> {
    let lines = expected
        .lines()
        .map(|line| line.strip_prefix("        ").unwrap_or(line));
    lines.filter(|line| !line.trim().is_empty()).collect()
}

fn assert_told(name: &str, text: &str, expected: &str) {
    let found = told(name, text);
    assert_eq!(
        found.lines().collect::<Vec<_>>(),
        plain(expected),
        "{found}"
    );
}

#[test]
fn one_state_that_cannot_be_read_hides_no_other() {
    assert_told(
        "main.tf",
        r#"
locals {
  base  = { Type = "Task", Resource = aws_lambda_function.f.arn }
  names = { done = "Finish", other = { deep = "Deep" } }
}
resource "aws_sfn_state_machine" "m" {
  definition = jsonencode({
    StartAt = "A"
    States = merge({
      A = merge(local.base, { Next = "Bee" })
      B = merge(local.unknown, { Next = "Nowhere" })
      C = var.last ? { Type = "Pass", End = true } : { Type = "Succeed" }
      D = { Type = "Pass", Next = local.names.done }
      E = { Type = "Pass", Next = local.names["other"].deep }
      F = { Type = "Choice", Choices = [for x in var.list : { Variable = "$.x", StringEquals = x, Next = "A" }], Default = "Aa" }
      H = { Type = "Pass", Next = format("%s-%d", "I", 1) }
      "I-1" = { Type = "Pass", Next = join("", ["Fin", "ishh"]) }
      (local.names.done) = { Type = "Succeed" }
    }, { Deep = { Type = "Succeed" } })
  })
}
"#,
        "
        m standard 10
          10:38 transition-target-missing \"Bee\" /States/A/Next
          11:41 transition-target-missing \"Nowhere\" /States/B/Next
          12:11 structure-placeholder var.last ? { Type = \"Pass\", End = true } : { Type = \"Succeed\" } /States/C
          15:40 structure-placeholder [for x in var.list : { Variable = \"$.x\", StringEquals = x, Next = \"A\" }] /States/F/Choices
          15:124 transition-target-missing \"Aa\" /States/F/Default
          17:39 transition-target-missing join(\"\", [\"Fin\", \"ishh\"]) /States/I-1/Next
        ",
    );
}

#[test]
fn names_that_are_not_known_may_be_any() {
    let machine = |states: &str| {
        format!(
            "resource \"aws_sfn_state_machine\" \"m\" {{\n  definition = jsonencode({{\n    StartAt = \"A\"\n    States = {states}\n  }})\n}}\n"
        )
    };
    for states in [
        r#"merge({ A = { Type = "Pass", Next = "Gone" } }, var.more)"#,
        r#"merge({ A = { Type = "Pass", Next = "Gone" } }, { for k, v in var.more : k => v })"#,
        r#"{ A = { Type = "Pass", Next = "Gone" }, (var.name) = { Type = "Succeed" } }"#,
    ] {
        let lines = told("main.tf", &machine(states));
        assert!(lines.starts_with("m standard 2\n"), "{lines}");
        assert!(!lines.contains("transition"), "{lines}");
    }
    assert_eq!(
        told("main.tofu", &machine("var.all")).lines().count(),
        2,
        "OpenTofu has endings of its own"
    );
    let open = told("main.tf", &machine("{ for k, v in var.more : k => v }"));
    assert!(
        open.starts_with("m standard 0\n  4:14 structure-placeholder { for"),
        "{open}"
    );
    // What comes later counts.
    assert_told(
        "main.tf",
        &machine(
            r#"merge({ A = { Type = "Pass", Next = "Gone" } }, { A = { Type = "Succeed" } })"#,
        ),
        "m standard 1",
    );
}

#[test]
fn functions_of_terraform() {
    let next = |written: &str| {
        let text = format!(
            "resource \"aws_sfn_state_machine\" \"m\" {{\n  definition = jsonencode({{ StartAt = \"A\", States = {{ A = {{ Type = \"Pass\", Next = {written} }}, B = {{ Type = \"Succeed\" }} }} }})\n}}\n"
        );
        told("main.tf", &text).contains("transition-target-missing")
    };
    for right in [
        r#"format("%s", "B")"#,
        r#"format("B")"#,
        r#"join("-", ["B"])"#,
        r#"join("-", concat(["B"], []))"#,
        r#""${"B"}""#,
        // Not known.
        r#"format("%s", var.x)"#,
        r#"format("%05.2f", 1)"#,
        r#"format("%s%s", "B")"#,
        r#"join(var.x, ["a", "b"])"#,
        r#"join("", var.x)"#,
        r#"upper("b")"#,
        r#"provider::x::format("C")"#,
        r#"format(["C"]...)"#,
        "local.none",
        "var.x",
    ] {
        assert!(!next(right), "{right}");
    }
    for wrong in [
        r#"format("%s%%", "B")"#,
        r#"format("%d", 1)"#,
        r#"join("-", ["B", "C"])"#,
        r#""${"C"}""#,
    ] {
        assert!(next(wrong), "{wrong}");
    }
}

#[test]
fn the_files_of_a_module_know_each_other() {
    let main = r#"
resource "aws_sfn_state_machine" "object" { definition = jsonencode(local.object) }
resource "aws_sfn_state_machine" "text" { definition = local.text }
resource "aws_sfn_state_machine" "file" { definition = local.file }
resource "aws_sfn_state_machine" "old" { definition = "${data.template_file.old.rendered}" }
resource "aws_sfn_state_machine" "part" {
  definition = jsonencode({ StartAt = "A", States = { A = local.state, B = { Type = "Succeed" } } })
}
"#;
    let locals = r#"
locals {
  object = { StartAt = "A", States = { A = { Type = "Pass", Next = "C" }, B = { Type = "Succeed" } } }
  text   = "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Pass\", \"Next\": \"C\"}, \"B\": {\"Type\": \"Succeed\"}}}"
  file   = templatefile("${local.folder}/flow.json", { fn = var.fn, count = 2 })
  folder = "${path.module}/flows"
  state  = { Type = "Pass", Next = "C" }
}
data "template_file" "old" {
  template = file("old.json.tpl")
  vars     = { fn = var.fn }
}
"#;
    let files = [
        ("main.tf", main),
        ("locals.tf", locals),
        ("broken.tf", "locals {"),
    ];
    let owned = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let module = Module::new(owned);
    let found = |name: &str| lines(&module.definitions(name));
    assert_eq!(
        found("main.tf").lines().collect::<Vec<_>>(),
        plain(
            "
        file standard file flows/flow.json count=2 fn=?
        old standard file old.json.tpl fn=?
        part standard 2
          7:59 transition-target-missing local.state /States/A/Next
            "
        )
    );
    assert_eq!(
        found("locals.tf").lines().collect::<Vec<_>>(),
        plain(
            "
        object standard 2
          3:68 transition-target-missing \"C\" /States/A/Next
        text standard 2
          4:85 transition-target-missing \\\"C\\\" /States/A/Next
            "
        )
    );
    assert!(found("broken.tf").contains("invalid-hcl"));
    assert_eq!(found("other.tf"), "");
}

#[test]
fn forms_of_modules_and_of_older_terraform() {
    assert_told(
        "main.tf",
        r#"
data "template_file" "flow" {
  template = "${file("${path.module}/flow.yaml.tpl")}"
  vars     = { fn = var.fn }
}
resource "aws_sfn_state_machine" "yaml" { definition = jsonencode(yamldecode(data.template_file.flow.rendered)) }
resource "aws_sfn_state_machine" "quoted" { definition = "${file("flow.json")}" }
module "own" {
  source                   = "../workflow"
  container_definitions    = templatefile("containers.json", {})
  state_machine_definition = templatefile("flows/ingest.asl.json", { fn = var.fn })
}
module "public" {
  source     = "terraform-aws-modules/step-functions/aws"
  definition = templatefile("flows/public.asl.json", {})
}
resource "aws_sfn_state_machine" "chosen" {
  definition = jsonencode({
    StartAt = var.agents ? "A" : "B"
    States = merge(
      var.agents ? { A = { Type = "Pass", Next = "C" } } : {},
      { B = { Type = "Pass", Next = "A" }, D = { Type = "Pass", Next = "E" } },
      { E = merge({ Type = "Pass" }, var.last ? { End = true } : { Next = "A" }) },
    )
  })
}
resource "aws_sfn_state_machine" "each" { definition = file("${path.module}/${each.key}.json") }
"#,
        "
        yaml standard file flow.yaml.tpl fn=?
        quoted standard file flow.json
        public standard file flows/public.asl.json
        chosen standard 4
          21:50 transition-target-missing \"C\" /States/A/Next
        each standard open is `file(\"${path.module}/${each.key}.json\")`, which is known when this is applied
        own ? file flows/ingest.asl.json fn=?
        ",
    );
}

#[test]
fn directives_are_said_and_not_read() {
    let text = "resource \"aws_sfn_state_machine\" \"m\" {\n  definition = <<EOF\n{%{ if var.x }\"StartAt\": \"A\"%{ endif }}\nEOF\n}\n";
    let lines = told("main.tf", text);
    assert!(
        lines.starts_with("m standard open is a template with directives"),
        "{lines}"
    );
}

#[test]
fn serverless_includes() {
    assert_told(
        "serverless.yml",
        "service: shop
custom:
  flow:
    StartAt: A
    States:
      A: {Type: Pass, Next: Bb}
      B: {Type: Succeed}
stepFunctions:
  stateMachines:
    whole: ${file(machines/whole.yml)}
    part: ${file('parts.yml'):orders.first}
    def:
      type: EXPRESS
      definition: ${file(./def.json)}
    own: {definition: '${self:custom.flow}'}
    js: {definition: '${file(x.js):flow}'}
    fallback: ${file(a.yml), 'b'}
    later: ${self:custom.missing}
",
        "
        whole ? file machines/whole.yml Machine
        part ? file parts.yml Machine orders first
        def express file ./def.json
        own standard 2
          6:29 transition-target-missing Bb /States/A/Next
        js standard open is made by `x.js`, which is not run
        fallback ? open is `${file(a.yml), 'b'}`, which is known when it is deployed
        later ? open is `${self:custom.missing}`, which is known when it is deployed
        ",
    );
    let of = |text: &str, what: What, keys: &[&str]| {
        let keys = keys.iter().map(|it| (*it).to_owned()).collect();
        lines(&included("x.yml", text, &Part { what, keys }, "name"))
    };
    let machine = "definition: {StartAt: A, States: {A: {Type: Pass, Next: B}}}";
    let wrong = "transition-target-missing B /States/A/Next\n";
    let told = of(machine, What::Machine, &[]);
    assert!(
        told.starts_with("name standard 1\n") && told.ends_with(wrong),
        "{told}"
    );
    let told = of(machine, What::Definition, &["definition"]);
    assert!(
        told.starts_with("name ? 1\n") && told.ends_with(wrong),
        "{told}"
    );
    assert_eq!(of(machine, What::Machine, &["none"]), "");
    let map = format!("- a:\n    {machine}\n- ${{file(more.yml)}}\n");
    let map = of(&map, What::Machines, &[]);
    assert!(
        map.starts_with("a standard 1\n") && map.ends_with("\n ? file more.yml Machines\n"),
        "{map}"
    );
    assert_eq!(
        of("stateMachines: ${file(a.yml):b}", What::Section, &[]),
        " ? file a.yml Machines b\n"
    );
    assert!(of("a: [", What::Machine, &[]).contains("invalid-yaml"));
}

#[test]
fn placeholders_that_nothing_fills_in() {
    assert_told(
        "template.yaml",
        r#"Transform: AWS::Serverless-2016-10-31
Resources:
  Text:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionSubstitutions: {Fn: !GetAtt F.Arn}
      DefinitionString: |
        {"StartAt": "A", "States": {
          "A": {"Type": "Task", "Resource": "${Fnn}", "TimeoutSeconds": ${T}, "Next": "B"},
          "B": {"Type": "Pass", "Comment": "${Fn} ${Fnn}", "Result": {"r": "${AWS::Region}", "jq": "${x // 1}"}, "End": true}}}
  Sub:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub ['{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Fn}", "End": true}}}', {Fn: x}]
  Object:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: A
        States:
          A: {Type: Task, Resource: "${Fn}", Parameters: {a: !Sub "${B}", b: !Join ["", ["${C}", !Ref D]]}, Next: "${N}"}
          B: {Type: Succeed}
  Included:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionSubstitutions: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://a/b}}}
      Definition: {StartAt: A, States: {A: {Type: Task, Resource: "${Fn}", End: true}}}
"#,
        r"
        Text standard 2
          9:46 placeholder-not-filled ${Fnn} /States/A/Resource
          9:73 placeholder-not-filled ${T} /States/A/TimeoutSeconds
          10:77 placeholder-not-filled ${AWS::Region} /States/B/Result/r
        Sub standard 1
        Object standard 2
          21:38 placeholder-not-filled ${Fn} /States/A/Resource
          21:91 placeholder-not-filled ${C} /States/A/Parameters/b/1/0
          21:116 placeholder-not-filled ${N} /States/A/Next
        Included standard 1
        ",
    );
    // The Serverless Framework is there first.
    assert_told(
        "serverless.yml",
        "service: a\nresources:\n  Resources:\n    A:\n      Type: AWS::StepFunctions::StateMachine\n      Properties:\n        Definition: {StartAt: A, States: {A: {Type: Task, Resource: '${self:custom.fn} #{b} ${opt:c, d}', End: true}}}\n    B:\n      Type: AWS::StepFunctions::StateMachine\n      Properties: {DefinitionString: '${file(flows/b.json)}'}\n",
        "
        A standard 1
        B standard file flows/b.json
        ",
    );
    // A macro of one's own may fill in what it likes.
    let text = "Transform: [AWS::Serverless-2016-10-31, Mine]\nResources: {A: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {StartAt: A, States: {A: {Type: Task, Resource: '${Fn}', End: true}}}}}}\n";
    assert_told("a.yaml", text, "A standard 1");
}

#[test]
fn what_a_file_is_not_given() {
    let text = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${fun}", "Comment": "$${no} ${upper(x)} ${ list[0] } ${true}", "End": true}}}"#;
    let definition = Definition::parse(text.as_bytes(), Format::Json);
    let missing = |by, names: &[&str]| {
        let filling = Filling {
            by,
            owner: "m".to_owned(),
            values: names.iter().map(|it| ((*it).to_owned(), None)).collect(),
        };
        let problems = filling.missing(&definition, Format::Json).into_iter();
        problems
            .map(|it| {
                format!(
                    "{:?} {} {}: {}",
                    it.level,
                    it.pointer,
                    it.message,
                    it.help.unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        missing(FilledBy::Templatefile, &["func"]),
        [
            "Error /States/A/Resource `templatefile` of `m` fails: it is not given `fun`: did you mean `${func}`?",
            "Error /States/A/Comment `templatefile` of `m` fails: it is not given `list`: add it to the values of `templatefile`",
        ]
    );
    assert!(missing(FilledBy::Templatefile, &["fun", "list"]).is_empty());
    assert_eq!(
        missing(FilledBy::File, &[])[0],
        "Error /States/A/Resource `file` of `m` fills in nothing: `${fun}` stays as it is written: read the file with `templatefile`, and give it the value"
    );
    assert_eq!(
        missing(FilledBy::CloudFormation, &["fun"]),
        [
            "Warning /States/A/Comment `DefinitionSubstitutions` of `m` has no `no`: `${no}` stays as it is written: add it to `DefinitionSubstitutions`",
            "Warning /States/A/Comment `DefinitionSubstitutions` of `m` has no `true`: `${true}` stays as it is written: add it to `DefinitionSubstitutions`"
        ]
    );
}

#[test]
fn functions_of_cloudformation_that_nobody_can_tell() {
    assert_told(
        "template.yaml",
        r#"Resources:
  A:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: A
        States:
          A: {Type: Task, Resource: "{{resolve:ssm:/fn}}", Next: !If [X, D, E]}
          D: !If [X, {Type: Succeed}, {Type: Fail}]
          E: {Type: Wait, Seconds: !Ref Timeout, Next: F}
          Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://x/y}}
  S3:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: {Bucket: b, Key: k}}
  Fn::ForEach::Machines:
    - Id
    - [a, b]
    - M${Id}:
        Type: AWS::StepFunctions::StateMachine
        Properties: {Definition: {StartAt: A, States: {A: {Type: Task, Resource: "${Fn}", Next: B}}}}
"#,
        "
        A standard 4
          9:14 structure-placeholder !If [X, {Type: Succeed}, {Type: Fail}] /States/D
          11:26 structure-placeholder {Name: AWS::Include, Parameters: {Location: s3://x/y}} /States/${Transform}
        S3 standard open is in S3
        M${Id} standard 1
          20:34 no-terminal-state { /States
          20:97 transition-target-missing B /States/A/Next
        ",
    );
}

#[test]
fn what_a_file_escapes_is_no_placeholder() {
    let text = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Comment": "\u0024{evil} ${open}", "End": true}}}"#;
    let definition = Definition::parse(text.as_bytes(), Format::Json);
    for by in [FilledBy::CloudFormation, FilledBy::Templatefile] {
        let filling = Filling {
            by,
            owner: "m".to_owned(),
            values: std::collections::BTreeMap::new(),
        };
        let told = filling.missing(&definition, Format::Json);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].message.contains("open"), "{told:?}");
    }
}

#[test]
fn a_text_of_placeholders_takes_no_long() {
    let openings = "${".repeat(400_000);
    let names = (0..50_000).map(|index| format!("${{n{index}}} "));
    let names = names.collect::<Vec<_>>().concat();
    for text in [openings, names] {
        let text = format!(
            r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Pass", "Comment": "{text}", "End": true}}}}}}"#
        );
        let definition = Definition::parse(text.as_bytes(), Format::Json);
        for by in [FilledBy::CloudFormation, FilledBy::Templatefile] {
            let filling = Filling {
                by,
                owner: "m".to_owned(),
                values: (0..100)
                    .map(|index| (format!("name{index}"), None))
                    .collect(),
            };
            assert!(filling.missing(&definition, Format::Json).len() <= 100);
        }
    }
}
