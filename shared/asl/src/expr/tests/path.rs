//! Paths.

use super::told;
use crate::expr::path::{Path, Root, StepKind};

fn path(text: &str) -> Path<'_> {
    match Path::parse(text) {
        Ok(path) => path,
        Err(error) => panic!("{text}: {}", told(text, &error)),
    }
}

fn error(text: &str) -> String {
    told(text, &Path::parse(text).unwrap_err())
}

#[test]
fn paths_and_how_they_are_written_again() {
    for (text, again) in [
        ("$", "$"),
        ("$$", "$$"),
        ("$.a", "$.a"),
        ("$$.Execution.Id", "$$.Execution.Id"),
        ("$order", "$order"),
        ("$order.items[0].id", "$order.items[0].id"),
        ("$größe.x", "$größe.x"),
        ("$['a']", "$.a"),
        ("$[\"a b\"]", "$['a b']"),
        ("$[ 'a' ].b", "$.a.b"),
        ("$['it\\'s']", "$['it\\'s']"),
        ("$['a\\\\b']", "$['a\\\\b']"),
        ("$['a\\u0041b']", "$.aAb"),
        ("$['a\\qb']", "$.aqb"),
        // Recorded on AWS: the field's name has the backslash.
        ("$['a\\\"b']", "$['a\\\\\"b']"),
        ("$['']", "$['']"),
        ("$.first-name", "$.first-name"),
        ("$.1st", "$.1st"),
        ("$.ns:name", "$['ns:name']"),
        ("$.größe", "$['größe']"),
        ("$.$Task", "$['$Task']"),
        ("$.a@b", "$['a@b']"),
        ("$[0]", "$[0]"),
        ("$.[0]", "$[0]"),
        ("$.a.[-1]", "$.a[-1]"),
        ("$.a[0][1]", "$.a[0][1]"),
        ("$.a[0]b", "$.a[0].b"),
        ("$.[*].x", "$[*].x"),
        ("$.*", "$[*]"),
        ("$.a.*.b", "$.a[*].b"),
        ("$..a", "$..a"),
        ("$..['a b']", "$..['a b']"),
        ("$..*", "$..[*]"),
        ("$..[0]", "$..[0]"),
        ("$[1:]", "$[1:]"),
        ("$[:]", "$[:]"),
        ("$[:-2]", "$[:-2]"),
        ("$[ 1 : 2 : 3 ]", "$[1:2:3]"),
        ("$[0,1 , -1]", "$[0, 1, -1]"),
        ("$.[*].['bucket', 'key']", "$[*]['bucket', 'key']"),
        ("$.a.length()", "$.a.length()"),
        ("$..length()", "$..length()"),
        ("$.a[*].b.min( )", "$.a[*].b.min()"),
        ("$.a.concat($.b, 'x', 1)", "$.a.concat($.b, 'x', 1)"),
        ("$.a ", "$.a"),
        ("  $.a\n", "$.a"),
        ("$[?(@.a)]", "$[?(@.a)]"),
        ("$[?(@.a == 1)]", "$[?(@.a == 1)]"),
        ("$.[?(@.OU > 0)]", "$[?(@.OU > 0)]"),
        (
            "$.a[?(@.b=='c' && @.d<5)].e",
            "$.a[?(@.b == 'c' && @.d < 5)].e",
        ),
        ("$[?(@.a==es)].b", "$[?(@.a == es)].b"),
        (
            "$[?(@.Type.Text==AMOUNT_PAID)]",
            "$[?(@.Type.Text == AMOUNT_PAID)]",
        ),
        ("$[?(@.a!=null||!@.b)]", "$[?(@.a != null || !(@.b))]"),
        ("$[?((@.a || @.b) && @.c)]", "$[?((@.a || @.b) && @.c)]"),
        ("$[?(@.a in ['x', 'y'])]", "$[?(@.a in ['x', 'y'])]"),
        ("$[?(@.a NIN $.list)]", "$[?(@.a nin $.list)]"),
        ("$[?(@.a size 2)]", "$[?(@.a size 2)]"),
        ("$[?(@['a b'] === true)]", "$[?(@['a b'] === true)]"),
        ("$[?(@ > 3)]", "$[?(@ > 3)]"),
        ("$[?(@.a.length() > -1.5e3)]", "$[?(@.a.length() > -1.5e3)]"),
        (
            "$[?(@.Key =~ /^.*/metadata.json$/i)]",
            "$[?(@.Key =~ /^.*/metadata.json$/i)]",
        ),
        (
            "$.a[?(@.id == $.wanted[?(@.b)].c)].d",
            "$.a[?(@.id == $.wanted[?(@.b)].c)].d",
        ),
        (
            "$[?(@.a == {'b': [1, ']']})]",
            "$[?(@.a == {'b': [1, ']']})]",
        ),
        ("$.${Key}", "$['${Key}']"),
        ("$.a${Key}b.c", "$['a${Key}b'].c"),
        ("$['${Key}']", "$['${Key}']"),
        ("$[${Index}]", "$[${}]"),
        ("$${Rest}", "$[${}]"),
        ("${Path}.a", "${}.a"),
        ("$[?(@.a == ${Value})]", "$[?(@.a == ${})]"),
    ] {
        assert_eq!(path(text).to_string(), again, "{text}");
        assert_eq!(path(again).to_string(), again, "{text}");
    }
}

#[test]
fn what_is_no_path() {
    for (text, why) in [
        ("", "at 0: a path begins with `$`"),
        ("a.b", "`a`: a path begins with `$`"),
        ("@.a", "`@`: a path begins with `$`"),
        ("$$23", "`2`: the root of a path is followed by `.` or `[`"),
        (
            "$23",
            "`23`: the name of a variable does not begin with a digit",
        ),
        ("$a-b", "`-`: the root of a path is followed by `.` or `[`"),
        ("$states.", "`.`: a path ends with a dot"),
        ("$.a..", "`..`: a path ends with a dot"),
        ("$...a", "`..`: a path has three dots in a row"),
        ("$.a.'b'", "`'`: a dot is followed by no name"),
        ("$. a", "` `: a dot is followed by no name"),
        ("$.a b", "`b`: a path goes on behind a blank"),
        ("$.a == 1", "`=`: a path goes on behind a blank"),
        ("$.a]", "`]`: `]` closes no bracket"),
        ("$.a'b'", "`'`: a quote stands outside of brackets"),
        (
            "$.order[",
            "at 8: brackets hold an index, a name in quotes, `*` or a filter",
        ),
        ("$.order[0", "`[`: `[` is not closed"),
        ("$.a['b", "`'`: `'` is not closed"),
        ("$.a['b'", "`[`: `[` is not closed"),
        (
            "$.a[b]",
            "`b`: brackets hold an index, a name in quotes, `*` or a filter",
        ),
        ("$.a[]", "`[]`: the brackets are empty"),
        ("$.a[(@.length-1)]", "`(`: a path cannot compute an index"),
        ("$.a[1 2]", "`2`: `]` is missing before this"),
        (
            "$.a[99999999999999999999]",
            "`99999999999999999999`: `99999999999999999999` is no index",
        ),
        ("$.a[-]", "`-`: `-` is no index"),
        ("$.a.lenght()", "`lenght`: a path has no function `lenght`"),
        ("$.a.length(", "at 11: a value is missing"),
        ("$['a'](1)", "`(`: a function has no name"),
        ("$[?(@.a = 1)]", "`=`: `=` does not compare in a path"),
        ("$[?(@.a and @.b)]", "`and`: a filter has no operator `and`"),
        ("$[?(@.a ==)]", "`)`: a value is missing"),
        ("$[?(@.a == 'x]", "`'`: `'` is not closed"),
        ("$[?(@.a == 1]", "`]`: `)` is missing before this"),
        ("$[?(@.a =~ /x)]", "`/`: `/` is not closed"),
        ("States.Format('{}', 1)", "`S`: a path begins with `$`"),
    ] {
        assert_eq!(error(text), why, "{text}");
    }
    let help = Path::parse("$.a.lenght()").unwrap_err().help;
    assert_eq!(help.as_deref(), Some("did you mean `length`?"));
}

#[test]
fn definite_paths_and_reference_paths() {
    for (text, definite, reference) in [
        ("$", true, true),
        ("$.a[0]['b'].c", true, true),
        ("$.${Key}", true, true),
        ("$$.Map.Item.Value", true, true),
        ("$['a', 'b']", true, false),
        ("$['a', 'b'].c", false, false),
        ("$[0, 1]", false, false),
        ("$.a[*]", false, false),
        ("$..a", false, false),
        ("$.a[1:]", false, false),
        ("$.a[?(@.b)]", false, false),
        ("$.a[*].b.length()", true, false),
        ("$..a.length()", true, false),
    ] {
        assert_eq!(path(text).is_definite(), definite, "{text}");
        assert_eq!(path(text).is_reference(), reference, "{text}");
    }
    let text = "$.a[*].b";
    let path = path(text);
    assert_eq!(path.not_a_reference().unwrap().span.of(text), "[*]");
}

#[test]
fn spans_and_fields() {
    let text = " $order.items[0]['unit price'] ";
    let path = path(text);
    assert_eq!(path.root, Root::Variable("order"));
    assert_eq!(path.root_span.of(text), "$order");
    assert_eq!(path.span.of(text), text.trim());
    let steps: Vec<&str> = path.steps.iter().map(|step| step.span.of(text)).collect();
    assert_eq!(steps, [".items", "[0]", "['unit price']"]);
    assert_eq!(path.fields().collect::<Vec<_>>(), ["items"]);
    assert!(!path.has_placeholder);
}

#[test]
fn paths_inside_of_paths() {
    let path = path("$.a[?(@.b == $x.y[?(@.z)] || !($.w))].concat($$.Execution.Id)");
    let mut inner: Vec<String> = path.inner().iter().map(ToString::to_string).collect();
    inner.sort();
    assert_eq!(
        inner,
        ["$$.Execution.Id", "$.w", "$x.y[?(@.z)]", "@.b", "@.z"]
    );
}

#[test]
fn a_placeholder_is_never_wrong() {
    for text in [
        "${Path}",
        "$.${Key}",
        "$['${Key}']",
        "$.a[${I}].b",
        "$$${Rest}",
        "$.a${B.C}",
    ] {
        assert!(path(text).has_placeholder, "{text}");
    }
    assert_eq!(path("${Path}").root, Root::Placeholder);
    assert_eq!(path("$.a[${I}]").steps[1].kind, StepKind::Placeholder);
}
