"""moto's ASL interpreter, made able to run what AWS runs.

Switches JSONata on, lets the interpreter call this server, shortens waits when told to, and ends an execution that
cannot start instead of leaving it RUNNING for ever. Distributed Maps are in `maps`.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from . import asl, maps
from .faults import NO_ANSWER
from .settings import CURRENT
from .wire import INTERNAL_KEY


def install(port: int) -> None:
    """Patches the interpreter; `port` is where this server listens."""
    sys.setrecursionlimit(20_000)
    threading.stack_size(16 * 1024 * 1024)
    install_clients(port)
    install_parser()
    install_jsonata()
    install_waits()
    install_timeouts()
    install_shapes()
    maps.install()
    install_start()


def install_clients(port: int) -> None:
    """One boto3 client per service and Region, all pointing here; making one takes longer than most calls."""
    import boto3
    from botocore.config import Config
    from moto.stepfunctions.parser.asl.utils import boto_client

    clients: dict[tuple[str, str], Any] = {}
    lock = threading.Lock()
    config = Config(
        parameter_validation=False,
        retries={"max_attempts": 0, "total_max_attempts": 1},
        connect_timeout=10,
        read_timeout=99_999,
        max_pool_connections=200,
        s3={"addressing_style": "path"},
        inject_host_prefix=False,
    )

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        with lock:
            if (service, region) not in clients:
                clients[(service, region)] = boto3.session.Session().client(
                    service,
                    region_name=region,
                    endpoint_url=f"http://127.0.0.1:{port}",
                    aws_access_key_id=INTERNAL_KEY,
                    aws_secret_access_key="local",
                    config=config,
                )
            return clients[(service, region)]

    replace_everywhere(boto_client.boto_client_for, client_for)


def replace_everywhere(old: Any, new: Any) -> None:
    """Replaces a function in its module and wherever the interpreter has imported it by name."""
    import moto.stepfunctions.parser.models  # noqa: F401 - loads every module that may hold the name

    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions") and getattr(module, old.__name__, None) is old:
            setattr(module, old.__name__, new)


def install_parser() -> None:
    """Rewrites a definition before the grammar reads it."""
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
    from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

    original = AmazonStateLanguageParser.parse

    def parse(definition: str) -> Any:
        return original(asl.for_grammar(definition))

    AmazonStateLanguageParser.parse = staticmethod(parse)

    def __init__(self: Any) -> None:
        # moto keeps the stack of query languages on the class: a refused definition would poison the next one, and two
        # machines parsed at the same time would mix.
        super(Preprocessor, self).__init__()
        self._query_language_per_scope = []

    Preprocessor.__init__ = __init__  # type: ignore[method-assign]
    accept_what_aws_accepts()


def accept_what_aws_accepts() -> None:
    """HTTP tasks parse (and fail when they run); an error name of one's own may begin with `States.`."""
    from antlr4.error.ErrorListener import ConsoleErrorListener
    from moto.stepfunctions.parser.asl.component.common.error_name import custom_error_name
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service_factory as factory,
    )

    factory._UNSUPPORTED_SERVICE_NAMES.add("http")
    # The lexer prints what it does not know, piece by piece, beside the error that is raised.
    ConsoleErrorListener.syntaxError = lambda *_arguments: None
    custom_error_name.ILLEGAL_CUSTOM_ERROR_PREFIX = "\0"


def install_jsonata() -> None:
    """JSONata by jsonata-python, with the functions that Step Functions adds."""
    from jsonata import Jsonata
    from moto.stepfunctions.parser.asl.component.common.string import string_expression
    from moto.stepfunctions.parser.asl.component.intrinsic import jsonata as intrinsics
    from moto.stepfunctions.parser.asl.jsonata import jsonata as bridge

    def digest(value: str, algorithm: str) -> str:
        return hashlib.new(algorithm.replace("-", "").lower(), value.encode()).hexdigest()

    def evaluate(expression: str) -> Any:
        try:
            compiled = Jsonata(expression)
            compiled.register_lambda("hash", digest)
            compiled.register_lambda("uuid", lambda: str(uuid.uuid4()))
            compiled.register_lambda("parse", lambda text: json.loads(text))
            return plain(compiled.evaluate(None))
        except Exception as error:  # noqa: BLE001 - whatever jsonata-python raises is an evaluation error
            raise bridge.JSONataException("JSONATA", str(error)) from error

    bridge._eval_jsonata = evaluate
    for name in ("$hash", "$uuid", "$parse"):
        intrinsics._DECLARATION_BY_VARIABLE_REFERENCE[name] = ""
    replace_everywhere(bridge.encode_jsonata_variable_declarations, declarations)
    install_jsonata_errors(string_expression.StringJSONata, bridge.JSONataException)


def declarations(bindings: dict[str, Any]) -> str:
    """`$name:=value;` for each variable, with strings escaped (moto writes them raw)."""
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

    return "".join(f"{name}:={to_json_str(value, separators=(',', ':'))};" for name, value in bindings.items())


def plain(value: Any) -> Any:
    """JSONata's own list and number types as plain JSON data."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def install_jsonata_errors(kind: Any, failure: type[Exception]) -> None:
    """A failing expression is States.QueryEvaluationError with its event, as on AWS."""
    original = kind._eval_body

    def _eval_body(self: Any, env: Any) -> None:
        try:
            original(self, env)
        except failure as error:
            raise evaluation_error(env, self.expression, str(getattr(error, "details", error))) from error

    kind._eval_body = _eval_body


def evaluation_error(env: Any, expression: str, cause: str) -> Exception:
    """The failure that a state raises for a wrong expression; its event is written at once."""
    from moto.stepfunctions.parser.api import EvaluationFailedEventDetails, HistoryEventType
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
        FailureEvent,
        FailureEventException,
    )
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details = EventDetails(
        evaluationFailedEventDetails=EvaluationFailedEventDetails(
            error=name.error_name, cause=f"The JSONata expression '{expression}' failed: {cause}"
        )
    )
    return FailureEventException(
        failure_event=FailureEvent(
            env=env, error_name=name, event_type=HistoryEventType.EvaluationFailed, event_details=details
        )
    )


def install_shapes() -> None:
    """Parameters and results of service tasks as Step Functions names them: `StateMachineArn`, not `stateMachineArn`.

    moto has the conversion and calls it nowhere, so a task of a service with lower-case names cannot run.
    """
    import botocore.session
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (
        StateTaskService,
    )
    from moto.stepfunctions.parser.utils import camel_to_snake_case

    session = botocore.session.get_session()

    def shape(task: Any, service: str | None, action: str | None, kind: str) -> Any:
        """Input or output shape of the operation that a task calls; None when botocore does not know it."""
        try:
            found = session.get_service_model(task._get_boto_service_name(service))
            names = {camel_to_snake_case(name): name for name in found.operation_names}
            return getattr(found.operation_model(names[task._get_boto_service_action(action)]), kind)
        except Exception:  # noqa: BLE001 - the task itself fails with the error that AWS has for it
            return None

    def to_service(
        self: Any, parameters: Any, boto_service_name: str | None = None, service_action_name: str | None = None
    ) -> None:
        wanted = shape(self, boto_service_name, service_action_name, "input_shape")
        if wanted is not None:
            self._to_boto_request(parameters, wanted)

    def from_service(
        self: Any, response: Any, boto_service_name: str | None = None, service_action_name: str | None = None
    ) -> None:
        given = shape(self, boto_service_name, service_action_name, "output_shape")
        if given is not None:
            self._from_boto_response(response, given)

    StateTaskService._normalise_parameters = to_service
    StateTaskService._normalise_response = from_service


def install_waits() -> None:
    """Caps Wait states and the pauses between retries at `max_wait_seconds`."""
    from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

    original = WaitFunction._wait_interval

    def _wait_interval(self: Any, env: Any, wait_seconds: int) -> None:
        original(self, env, int(capped(wait_seconds)))

    WaitFunction._wait_interval = _wait_interval
    retrier_decl.time = SimpleNamespace(sleep=lambda seconds: time.sleep(capped(seconds)))


def install_timeouts() -> None:
    """A Task that is never answered times out at once; a timeout is States.Timeout for every service.

    moto tells the timeout of a call of DynamoDB as an error of DynamoDB, and what fails before the call too.
    """
    from botocore.exceptions import ClientError
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
    from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
    from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService

    evaluate = ExecutionState._evaluate_with_timeout

    def _evaluate_with_timeout(self: Any, env: Any) -> None:
        try:
            evaluate(self, env)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == NO_ANSWER:
                raise EvalTimeoutError from error
            raise

    def told_rightly(kind: Any) -> None:
        original = kind._from_error

        def _from_error(self: Any, env: Any, ex: Exception) -> Any:
            if isinstance(ex, TimeoutError):
                return self._get_timed_out_failure_event(env)
            if isinstance(ex, FailureEventException):
                return ex.failure_event
            return original(self, env, ex)

        kind._from_error = _from_error

    ExecutionState._evaluate_with_timeout = _evaluate_with_timeout
    waiting = [StateTaskService]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if "_from_error" in vars(kind):
            told_rightly(kind)


def capped(seconds: float) -> float:
    limit = CURRENT.max_wait_seconds
    return seconds if limit is None else min(seconds, limit)


def install_start() -> None:
    """An execution whose definition does not parse fails with States.Runtime."""
    from moto.stepfunctions.parser.api import ExecutionStatus
    from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

    original = ExecutionWorker._execution_logic

    def _execution_logic(self: Any) -> None:
        execution = self._execution_communication.execution
        try:
            original(self)
        except Exception as error:  # noqa: BLE001 - a thread that dies would leave the execution RUNNING
            execution.error, execution.cause = "States.Runtime", f"{type(error).__name__}: {error}"
            execution.stop_date = datetime.now(UTC)
            execution.exec_status = ExecutionStatus.FAILED
        finished = getattr(execution, "local_finished", None)
        if finished:
            finished(execution)

    ExecutionWorker._execution_logic = _execution_logic
