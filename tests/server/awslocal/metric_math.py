"""CloudWatch metric math: the part that alarms and audits of Step Functions use.

A value is a number, a time series (`dict` of time to value) or a list of series. What this file does not know is an
error, as AWS answers for a wrong expression; it is never an empty result.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from .wire import AwsError

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<op><=|>=|==|!=|&&|\|\||[-+*/^(),<>\[\]]))"
)
Series = dict[int, float]


class MathError(Exception):
    """What is wrong with an expression."""


class Parser:
    """Recursive descent; evaluates while it reads."""

    def __init__(self, text: str, scope: dict[str, Any], period: int) -> None:
        self.tokens = tokenize(text)
        self.position = 0
        self.scope = scope
        self.period = period

    def parse(self) -> Any:
        value = self.either()
        if self.position != len(self.tokens):
            raise MathError(f"Unexpected token '{self.tokens[self.position][1]}'")
        return value

    def peek(self) -> str:
        return self.tokens[self.position][1] if self.position < len(self.tokens) else ""

    def take(self) -> tuple[str, str]:
        if self.position >= len(self.tokens):
            raise MathError("Unexpected end of expression")
        self.position += 1
        return self.tokens[self.position - 1]

    def expect(self, text: str) -> None:
        kind, found = self.take()
        if found != text or kind == "text":
            raise MathError(f"Expected '{text}' but found '{found}'")

    def chain(self, operators: tuple[str, ...], next_level: Callable[[], Any]) -> Any:
        value = next_level()
        while self.peek().upper() in operators:
            operator = self.take()[1].upper()
            value = broadcast(OPERATORS[operator], value, next_level())
        return value

    def either(self) -> Any:
        return self.chain(("OR", "||"), self.both)

    def both(self) -> Any:
        return self.chain(("AND", "&&"), self.comparison)

    def comparison(self) -> Any:
        return self.chain(("<", ">", "<=", ">=", "==", "!="), self.sum)

    def sum(self) -> Any:
        return self.chain(("+", "-"), self.product)

    def product(self) -> Any:
        return self.chain(("*", "/"), self.power)

    def power(self) -> Any:
        return self.chain(("^",), self.unary)

    def unary(self) -> Any:
        if self.peek() == "-":
            self.take()
            return broadcast(OPERATORS["*"], -1.0, self.unary())
        return self.atom()

    def atom(self) -> Any:
        kind, text = self.take()
        if kind == "number":
            return float(text)
        if kind == "text":
            return text[1:-1]
        if text == "(":
            value = self.either()
            self.expect(")")
            return value
        if text == "[":
            return flatten(self.arguments("]"))
        if kind == "name":
            return self.call(text) if self.peek() == "(" else self.variable(text)
        raise MathError(f"Unexpected token '{text}'")

    def variable(self, name: str) -> Any:
        if name in self.scope:
            return self.scope[name]
        if name in ("REPEAT", "LINEAR"):
            return name
        raise MathError(f"Undefined variable '{name}'")

    def call(self, name: str) -> Any:
        self.expect("(")
        arguments = self.arguments(")")
        function = FUNCTIONS.get(name.upper())
        if function is None:
            raise MathError(f"Unsupported function '{name}'")
        try:
            return function(self, *arguments)
        except TypeError as error:
            raise MathError(f"Wrong arguments for function '{name}'") from error

    def arguments(self, closing: str) -> list[Any]:
        values: list[Any] = []
        while self.peek() != closing:
            values.append(self.either())
            if self.peek() == ",":
                self.take()
        self.expect(closing)
        return values


def tokenize(text: str) -> list[tuple[str, str]]:
    """Splits an expression into (kind, text)."""
    tokens, position = [], 0
    stripped = text.rstrip()
    while position < len(stripped):
        found = TOKEN.match(stripped, position)
        if not found:
            raise MathError(f"Unexpected character '{stripped[position:].strip()[:1]}'")
        tokens.append((found.lastgroup or "", found.group(found.lastgroup or 0)))
        position = found.end()
    if not tokens:
        raise MathError("The expression is empty")
    return tokens


def divide(left: float, right: float) -> float:
    return left / right if right else math.nan


OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": divide,
    "^": lambda a, b: a**b,
    "<": lambda a, b: float(a < b),
    ">": lambda a, b: float(a > b),
    "<=": lambda a, b: float(a <= b),
    ">=": lambda a, b: float(a >= b),
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "AND": lambda a, b: float(bool(a) and bool(b)),
    "&&": lambda a, b: float(bool(a) and bool(b)),
    "OR": lambda a, b: float(bool(a) or bool(b)),
    "||": lambda a, b: float(bool(a) or bool(b)),
}


def broadcast(operator: Callable[[float, float], float], left: Any, right: Any) -> Any:
    """Applies an operator point by point; a time that one side lacks has no result, nor has a division by zero."""
    if isinstance(left, str) or isinstance(right, str):
        raise MathError("Unsupported operand type(s)")
    if isinstance(left, list):
        return [broadcast(operator, one, right) for one in left]
    if isinstance(right, list):
        return [broadcast(operator, left, one) for one in right]
    if isinstance(left, dict) or isinstance(right, dict):
        times = (
            sorted(left.keys() & right.keys())
            if both_series(left, right)
            else sorted(left if isinstance(left, dict) else right)
        )
        pairs = ((time, operator(at(left, time), at(right, time))) for time in times)
        return {time: value for time, value in pairs if not math.isnan(value)}
    return operator(left, right)


def both_series(left: Any, right: Any) -> bool:
    return isinstance(left, dict) and isinstance(right, dict)


def at(value: Any, time: int) -> float:
    return value[time] if isinstance(value, dict) else value


def flatten(values: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for value in values:
        flat.extend(value if isinstance(value, list) else [value])
    return flat


def reduce_with(function: Callable[[list[float]], float]) -> Callable[..., Any]:
    """A reducer: one series becomes a number; several series become one, over the points that exist."""

    def run(_parser: Parser, *arguments: Any) -> Any:
        if not arguments:
            raise MathError("Function needs an argument")
        values = flatten(list(arguments))
        if len(arguments) == 1 and isinstance(arguments[0], dict):
            return function(list(arguments[0].values())) if arguments[0] else {}
        times = sorted({time for one in values if isinstance(one, dict) for time in one})
        numbers = [one for one in values if isinstance(one, (int, float))]
        return {
            time: function([one[time] for one in values if isinstance(one, dict) and time in one] + numbers)
            for time in times
        }

    return run


def fill_in(parser: Parser, value: Any, filler: Any) -> Any:
    """FILL: every period of the window that lacks a point gets a number, the last value (REPEAT) or a line (LINEAR)."""
    if isinstance(value, list):
        return [fill_in(parser, one, filler) for one in value]
    window = parser.scope.get("\0window", [])
    if not isinstance(value, dict):
        return value
    known = sorted(value)
    result: Series = {}
    for time in sorted(set(window) | set(known)):
        if time in value:
            result[time] = value[time]
        elif filler == "REPEAT":
            earlier = [one for one in known if one < time]
            if earlier:
                result[time] = value[earlier[-1]]
        elif filler == "LINEAR":
            line = linear(value, known, time)
            if line is not None:
                result[time] = line
        elif isinstance(filler, dict):
            if time in filler:
                result[time] = filler[time]
        else:
            result[time] = float(filler)
    return result


def linear(value: Series, known: list[int], time: int) -> float | None:
    before = [one for one in known if one < time]
    after = [one for one in known if one > time]
    if not before or not after:
        return None
    left, right = before[-1], after[0]
    return value[left] + (value[right] - value[left]) * (time - left) / (right - left)


def choose(_parser: Parser, condition: Any, yes: Any, no: Any = None) -> Any:
    """IF: point by point; without a third argument a false condition has no point."""
    if not isinstance(condition, dict):
        picked = yes if condition else no
        return {} if picked is None else picked
    result: Series = {}
    for time, test in condition.items():
        branch = yes if test else no
        if isinstance(branch, dict):
            if time in branch:
                result[time] = branch[time]
        elif branch is not None:
            result[time] = float(branch)
    return result


def each(function: Callable[[float], float]) -> Callable[..., Any]:
    def run(_parser: Parser, value: Any) -> Any:
        return broadcast(lambda a, _b: function(a), value, 0.0)

    return run


def metrics(parser: Parser, pattern: str = "") -> list[Any]:
    """METRICS(): every metric of the request (not the expressions), or those whose id contains the text."""
    return [
        value for name, value in parser.scope.items() if name in parser.scope["\0metrics"] and pattern in name
    ]  # fmt: skip


def difference(parser: Parser, value: Any, per_second: bool = False) -> Any:
    if not isinstance(value, dict):
        raise MathError("Function needs a time series")
    times = sorted(value)
    return {
        later: (value[later] - value[earlier]) / ((later - earlier) if per_second else 1)
        for earlier, later in pairwise(times)
    }


def running_sum(_parser: Parser, value: Any) -> Any:
    total, result = 0.0, {}
    for time in sorted(value):
        total += value[time]
        result[time] = total
    return result


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "SUM": reduce_with(math.fsum),
    "MAX": reduce_with(max),
    "MIN": reduce_with(min),
    "AVG": reduce_with(lambda values: math.fsum(values) / len(values)),
    "FILL": fill_in,
    "IF": choose,
    "ABS": each(abs),
    "CEIL": each(lambda value: float(math.ceil(value))),
    "FLOOR": each(lambda value: float(math.floor(value))),
    "METRICS": metrics,
    "PERIOD": lambda parser, _value=None: float(parser.period),
    "TIME_SERIES": lambda parser, value: {time: float(value) for time in parser.scope.get("\0window", [])},
    "DIFF": difference,
    "RATE": lambda parser, value: difference(parser, value, True),
    "RUNNING_SUM": running_sum,
}


def evaluate(expression: str, name: str, scope: dict[str, Any], period: int) -> Any:
    """Value of an expression: a series or a list of series. Raises the ValidationError that AWS answers."""
    try:
        value = Parser(expression, scope, period).parse()
    except (MathError, RecursionError, OverflowError, AttributeError) as error:
        raise AwsError("ValidationError", f"Error in expression '{name}' [{error}]") from error
    return value
