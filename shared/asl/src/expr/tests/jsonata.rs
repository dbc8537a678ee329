//! JSONata.

use super::told;
use crate::expr::jsonata::{
    BindingKind, Expression, FUNCTIONS, IssueKind, Position, ReadKind, Text, allowed, is_evaluated,
    parse, read,
};

fn good(source: &str) -> Expression<'_> {
    let expression = parse(source);
    if let Some(error) = &expression.error {
        panic!("{source}: {} {}", error.code, told(source, &error.error));
    }
    assert!(expression.complete, "{source}");
    expression
}

fn bad(source: &str) -> String {
    match parse(source).error {
        Some(error) => format!("{} {}", error.code, told(source, &error.error)),
        None => panic!("{source}: no error"),
    }
}

/// The issues at a position where there is a result.
fn issues(source: &str) -> Vec<String> {
    let issues = good(source).issues(Position::After);
    issues
        .iter()
        .map(|issue| told(source, &issue.error))
        .collect()
}

/// Variables from outside, with their fields.
fn variables(source: &str) -> Vec<String> {
    let expression = good(source);
    let tell = |variable: &crate::expr::jsonata::Reference<'_>| {
        let mut told = variable.fields_span.of(source).to_owned();
        assert!(variable.span.of(source).starts_with('$'));
        if variable.fields.is_empty() {
            assert_eq!(variable.fields_span, variable.span);
        }
        told.retain(|character| !character.is_whitespace());
        told
    };
    expression.variables().map(tell).collect()
}

#[test]
fn what_is_an_expression() {
    assert_eq!(read("plain"), Text::Plain);
    assert_eq!(read("a {% b %} c"), Text::Plain);
    assert_eq!(read(" {% $x %} "), Text::Padded);
    let Text::Expression(expression) = read("{% $x %}") else {
        panic!("an expression");
    };
    assert_eq!(expression.span.of("{% $x %}"), " $x ");
    assert_eq!(expression.references[0].span.of("{% $x %}"), "$x");
    for (text, why) in [
        (
            "{% $x",
            "at 5: an expression that begins with `{%` does not end with `%}`",
        ),
        (
            "{% $x %} ",
            "at 9: a blank follows the `%}` of an expression",
        ),
        (
            "$x %}",
            "`$`: an expression that ends with `%}` does not begin with `{%`",
        ),
        (
            " {% $x %}",
            "` `: a blank stands before the `{%` of an expression",
        ),
        (
            "{%}",
            "at 3: an expression that begins with `{%` does not end with `%}`",
        ),
    ] {
        let Text::Delimiters(error) = read(text) else {
            panic!("{text}: {:?}", read(text));
        };
        assert_eq!(told(text, &error), why);
    }
    let Text::Expression(empty) = read("{%%}") else {
        panic!("an expression");
    };
    assert_eq!(empty.error.unwrap().code, "S0207");
}

#[test]
fn the_grammar() {
    for source in [
        "1 + 2.5e-3 * -4 / 5 % 6 - 07 in [0]"
            .replace("07", "7")
            .as_str(),
        "'a' & \"b\" & 'it\\'s' & '\\u20ac'"
            .replace("\\'s", "s")
            .as_str(),
        "true and false or null",
        "$x = 1 and $y != 2 and $a <= 3 and $b >= 4 and $c < 5 and $d > 6",
        "$x ? 1 : $y ? 2 : 3",
        "$x ? 1",
        "[1, 2..5, [], [[1]]]",
        "{}",
        "{'a': 1, 'b' & 'c': {'d': []}}",
        "($a := 1; $b := $a; $a + $b)",
        "($a := 1;)",
        "()",
        "function($x, $y) { $x + $y }(1, 2)",
        "λ($x) { $x }",
        "function($x)<n:n> { $x }",
        "function($x, $y)<a<n>(sn)-o?:f<n:n>> { $x }",
        "$map($x, function($v, $i) { $v.a[$i] })",
        "$x ~> $map(function($v) { $v }) ~> $sum",
        "$substring(?, 1, ?)",
        "$x.a.b[0].c[d > 1].`e f`.'g h'",
        "$x.*.**.%.a",
        "$x[-1]",
        "$x[[0..2]]",
        "$x[]",
        "$x.a[].b",
        "$x.{'a': b, 'c': $sum(d)}",
        "$x{a: b}",
        "$x.a^(<b, >c.d, e)",
        "$x.a@$i.b#$j[$i = $j].c",
        "$x ~> |a.b|{'c': 1}, ['d']|",
        "$match($x, /a[/]b\\/c(d|e)/im)",
        "$x.and.or.in",
        "/* a comment */ $x /* and ** another */ . a",
        "$x.(a; b)",
        "$x := $y := 1",
        "-(-$x)",
        "$f($g)($h)",
        "$x.$f()",
        "$x.a.$uppercase()",
        "$`",
        "$größe.größe",
        "$x. \n\t a \r . b",
    ] {
        good(source);
    }
}

#[test]
fn what_is_no_jsonata() {
    for (source, why) in [
        (
            "",
            "S0207 at 0: the expression ends where a value is missing",
        ),
        (
            "1 +",
            "S0207 at 3: the expression ends where a value is missing",
        ),
        (
            "$x :=",
            "S0207 at 5: the expression ends where a value is missing",
        ),
        ("$x[1,2)", "S0202 `,`: `]` is missing before `,`"),
        ("$f(1", "S0203 at 4: the expression ends before `)`"),
        ("($x", "S0203 at 3: the expression ends before `)`"),
        ("{\"a\":}", "S0211 `}`: `}` stands where a value is missing"),
        ("{\"a\" 1}", "S0202 `1`: `:` is missing before a number"),
        ("[1, ]", "S0211 `]`: `]` stands where a value is missing"),
        ("\"a", "S0101 `\"`: a text in quotes does not end"),
        (
            "'a\\qb'",
            "S0103 `\\q`: `\\` stands before a character that is not escaped",
        ),
        (
            "'\\u12'",
            "S0104 `\\u`: `\\u` is not followed by four hexadecimal digits",
        ),
        (
            "`a",
            "S0105 ``: a name in backticks does not end"
                .replace("``", "```")
                .as_str(),
        ),
        ("1 /* 2", "S0106 `/*`: a comment does not end"),
        ("1e999", "S0102 `1e999`: the number is too large"),
        (
            "$match($x, /abc",
            "S0302 `/`: a regular expression does not end",
        ),
        (
            "$match($x, //)",
            "S0301 `//`: a regular expression is empty",
        ),
        (
            "$x $y",
            "S0201 `$y`: the expression goes on behind its end, with `$y`",
        ),
        (
            "$x)",
            "S0201 `)`: the expression goes on behind its end, with `)`",
        ),
        ("$x == 1", "S0211 `=`: `=` stands where a value is missing"),
        ("!$x", "S0204 `!`: JSONata has no operator `!`"),
        ("$x && $y", "S0211 `&`: `&` stands where a value is missing"),
        ("$x ?? 1", "S0211 `?`: `?` stands where a value is missing"),
        ("$x ?: 1", "S0211 `:`: `:` stands where a value is missing"),
        (
            "a := 1",
            "S0212 `a `: `:=` does not stand behind a variable",
        ),
        ("$x.1", "S0213 `1`: a literal is no step of a path"),
        ("$x@a", "S0214 `a`: `@` is not followed by a variable"),
        ("$x[0]@$y", "S0215 `@`: `@` stands behind a filter"),
        ("$x^(a)@$y", "S0216 `@`: `@` stands behind an order"),
        ("$x{a: b}[0]", "S0209 `[`: a filter follows `{…}`"),
        ("$x{a: b}{c: d}", "S0210 `{`: a `{…}` follows another"),
        (
            "function(a) { 1 }",
            "S0208 `a`: a parameter of a function is no variable",
        ),
        (
            "function($a)<n<n>> { 1 }",
            "S0401 `<`: only arrays and functions have a type in `<…>`",
        ),
        (
            "function($a)<(a<n>)> { 1 }",
            "S0402 `<`: a choice of types holds a type with a parameter",
        ),
        (",.$/$ ", "S0211 `,`: `,` stands where a value is missing"),
    ] {
        assert_eq!(bad(source), why, "{source}");
        assert_eq!(
            parse(source).issues(Position::After)[0].kind,
            IssueKind::Syntax
        );
    }
}

#[test]
fn variables_and_their_fields() {
    for (source, expected) in [
        ("$states.input.a.b[0].c", vec!["$states.input.a.b"]),
        ("$states . input", vec!["$states.input"]),
        ("$states.`input`.'a b'.c", vec!["$states.`input`.'ab'.c"]),
        (
            "$states.context.Execution.Id & $x",
            vec!["$states.context.Execution.Id", "$x"],
        ),
        ("$x ? $y.a : $z.b", vec!["$x", "$y.a", "$z.b"]),
        ("$x.$y.a", vec!["$x", "$y"]),
        ("$x.(a).b", vec!["$x"]),
        ("$sum($x.a)", vec!["$x.a"]),
        ("$map($x, $string)", vec!["$x"]),
        ("$map($x, function($v) { $v.a + $y })", vec!["$x", "$y"]),
        ("($x := $x + 1; $x)", vec!["$x"]),
        ("($a := 1; ($b := 2; $a + $b); $b)", vec!["$b"]),
        (
            "($f := function($n) { $n = 0 ? 1 : $n * $f($n - 1) }; $f(5))",
            vec![],
        ),
        (
            "($f := function() { $g() }; $g := function() { $h }; $f())",
            vec!["$h"],
        ),
        ("$x.a@$b.c#$d[$b = $d]", vec!["$x.a"]),
        ("function($a, $b) { $a + $b + $c }", vec!["$c"]),
        ("$x.a.%.b", vec!["$x.a"]),
        ("$lookup($states, 'input')", vec!["$states"]),
        ("$x{a: $y}", vec!["$x", "$y"]),
        ("'$x' & /$x/", vec![]),
    ] {
        assert_eq!(variables(source), expected, "{source}");
    }
    let source = "($a := 1; $map($x, function($v) { $v })@$f#$i)";
    let kinds: Vec<_> = good(source)
        .bindings
        .iter()
        .map(|binding| (binding.span.of(source).to_owned(), binding.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("$a".to_owned(), BindingKind::Assigned),
            ("$v".to_owned(), BindingKind::Parameter),
            ("$f".to_owned(), BindingKind::Focus),
            ("$i".to_owned(), BindingKind::Index),
        ]
    );
}

#[test]
fn calls_of_functions() {
    let source = "$x ~> $replace('a', ?) ~> $uppercase";
    let expression = good(source);
    let call = expression.references[1].call.unwrap();
    assert_eq!(call.span.of(source), "$replace('a', ?)");
    assert_eq!((call.arguments, call.partial), (3, true));
    assert_eq!(expression.references[2].call, None);
    for (source, why) in [
        (
            "$uuid(1)",
            "`$uuid(1)`: `$uuid` takes no arguments and is given 1 argument",
        ),
        (
            "$hash('a')",
            "`$hash('a')`: `$hash` takes 2 and is given 1 argument",
        ),
        (
            "$range(0, 10)",
            "`$range(0, 10)`: `$range` takes 3 and is given 2 arguments",
        ),
        (
            "$x ~> $sum(1)",
            "`$sum(1)`: `$sum` takes 1 and is given 2 arguments",
        ),
        (
            "$zip()",
            "`$zip()`: `$zip` takes at least 1 and is given 0 arguments",
        ),
        ("$eval('1')", "`$eval`: Step Functions has no `$eval`"),
        ("$x ~> $eval", "`$eval`: Step Functions has no `$eval`"),
        (
            "$uppercas('a')",
            "`$uppercas`: there is no function `$uppercas`",
        ),
    ] {
        assert_eq!(issues(source), [why], "{source}");
    }
    for source in [
        "$partition([1, 2], 1) & $range(0, 1, 1) & $hash('a', 'MD5') & $random(1) & $random() & $uuid() & $parse('1')",
        "$x.a.$uppercase()",
        "$x ~> $substring(1)",
        "$pad(?, 5)",
        "($f := function($a) { $a }; $f(1))",
        "$now()",
        "$now('[Y]')",
    ] {
        assert_eq!(issues(source), Vec::<String>::new(), "{source}");
    }
    assert!(FUNCTIONS.is_sorted_by_key(|function| function.name));
}

#[test]
fn reads_from_nothing() {
    // As the service was measured to judge them.
    for (source, expected) in [
        ("phone", vec!["phone"]),
        ("phone[0]", vec!["phone"]),
        ("aaa + bbb", vec!["aaa", "bbb"]),
        ("$.phone", vec!["$"]),
        ("$$", vec!["$$"]),
        ("$$.a", vec!["$$"]),
        ("$x[$$.a = b]", vec!["$$"]),
        ("{aaa: 1}", vec!["aaa"]),
        ("$map($states.input.a, function($x) { b })", vec!["b"]),
        ("$map($states.input.a, function($x) { $x.phone })", vec![]),
        ("$states.input.phone", vec![]),
        ("$states.input.items[phone > 3]", vec![]),
        ("$states.input.items^(phone)", vec![]),
        ("$states.input.items{phone: $}", vec![]),
        ("$states.input.items.(phone & $)", vec![]),
        ("$states.input ~> |a|{'b': c}|", vec![]),
        ("$x[a = $.b]", vec![]),
        ("'a'.b", vec!["'a'"]),
        ("and", vec!["and"]),
        ("(a)", vec!["a"]),
        ("-a", vec!["a"]),
        ("[a, b.c]", vec!["a", "b"]),
        ("function($a) { b }", vec!["b"]),
        ("sum(x)", vec!["sum", "x"]),
        ("$x.sum(x)", vec![]),
    ] {
        let expression = good(source);
        let reads = expression
            .reads
            .iter()
            .filter(|read| read.kind != ReadKind::Wildcard);
        let spans: Vec<&str> = reads.map(|read| read.span.of(source)).collect();
        assert_eq!(spans, expected, "{source}");
        let issues = expression.issues(Position::Before);
        let told = issues
            .iter()
            .filter(|issue| issue.kind == IssueKind::NoContext);
        assert_eq!(told.count(), expected.len(), "{source}");
    }
    assert_eq!(good("sum(x)").reads[0].kind, ReadKind::Function("sum"));
    let issue = &good("sum($x)").issues(Position::Before)[0];
    assert_eq!(issue.error.help.as_deref(), Some("did you mean `$sum`?"));
    assert_eq!(
        issue.kind.aws_code(),
        Some("UNSUPPORTED_JSONATA_EXPRESSION")
    );
}

#[test]
fn fields_of_states_by_position() {
    let wrong = |source: &str, position: Position| !good(source).issues(position).is_empty();
    for (field, before, after, caught) in [
        ("input", false, false, false),
        ("context", false, false, false),
        ("result", true, false, true),
        ("errorOutput", true, true, false),
        ("other", true, true, true),
    ] {
        let source = format!("$states.{field}.x");
        assert_eq!(wrong(&source, Position::Before), before, "{field}");
        assert_eq!(wrong(&source, Position::After), after, "{field}");
        assert_eq!(wrong(&source, Position::Caught), caught, "{field}");
    }
    assert!(!wrong("$states", Position::Before));
    assert!(!wrong("($states := {'a': 1}; $states.a)", Position::Before));
    assert_eq!(allowed(Position::After), ["input", "context", "result"]);
    for (kind, names, position) in [
        ("Task", vec!["Output", "a"], Position::After),
        ("Map", vec!["Assign", "a"], Position::After),
        ("Pass", vec!["Output"], Position::Before),
        (
            "Choice",
            vec!["Choices", "0", "Assign", "a"],
            Position::Before,
        ),
        ("Task", vec!["Arguments", "Output"], Position::Before),
        ("Task", vec!["Catch", "0", "Assign", "a"], Position::Caught),
        ("Map", vec!["ItemSelector", "a"], Position::Before),
    ] {
        assert_eq!(Position::of(kind, &names), position, "{kind} {names:?}");
    }
}

#[test]
fn which_strings_are_evaluated() {
    for names in [
        vec!["Output"],
        vec!["Assign", "Next"],
        vec!["Arguments", "Payload", "Comment"],
        vec!["ItemBatcher", "BatchInput", "Comment"],
        vec!["Catch", "0", "Assign", "Retry"],
        vec!["Choices", "0", "Condition"],
        vec!["TimeoutSeconds"],
    ] {
        assert!(is_evaluated(&names), "{names:?}");
    }
    for names in [
        vec!["Comment"],
        vec!["Next"],
        vec!["Retry", "0", "ErrorEquals", "0"],
        vec!["Catch", "0", "ErrorEquals", "0"],
        vec!["ItemReader", "ReaderConfig", "CSVHeaders", "0"],
        vec!["Resource"],
    ] {
        assert!(!is_evaluated(&names), "{names:?}");
    }
}

#[test]
fn placeholders() {
    // In a text they are text.
    let expression = good("'${Prefix}/' & $x");
    assert_eq!(expression.references.len(), 1);
    // Elsewhere anything could be filled in: no judgement, but what is known is kept.
    for source in [
        "${Flag} = true",
        "$string(${Count})",
        "$x ? $x : ${var.default}",
        "$x.${Field}.y",
        "$x ${Operator} 1",
        "abc${Suffix}",
        "${AWS::Region} & 'a'",
    ] {
        let expression = parse(source);
        assert_eq!(expression.error, None, "{source}");
        assert!(!expression.complete, "{source}");
    }
    assert_eq!(parse("$x & ${Y}").references.len(), 1);
    // Grouping the value at hand looks the same, and is not.
    assert!(parse("$x.(${a: b})").complete);
    assert!(parse("$x.(${})").complete);
}

/// What the reference implementation says of expressions that are made up: `verdicts.js`.
#[test]
fn verdicts_of_the_reference_implementation() {
    let mut judged = 0;
    for line in include_str!("verdicts.jsonl").lines() {
        let line = crate::json::read(line).root.unwrap();
        let [source, code] = line.items().unwrap() else {
            panic!("{line:?}");
        };
        let (source, code) = (source.as_str().unwrap(), code.as_str().unwrap());
        let error = parse(source).error;
        let found = error.as_ref().map_or("", |error| error.code);
        assert_eq!(found, code, "{source}: {error:?}");
        judged += 1;
    }
    assert!(judged > 1000, "{judged}");
}
