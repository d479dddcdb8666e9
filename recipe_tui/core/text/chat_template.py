"""Rendering a tokenizer's chat template, which is a program that came with the model.

It is run in a process of its own, with limits on time, memory and output: jinja's sandbox keeps it from files and
Python's internals, but not from loops that never end. The environment is that of transformers'
``apply_chat_template``. Run as a module, this is that process: a JSON list of renderings to make comes in by the
standard input, and a JSON list of texts goes out.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

from recipe_tui.core.errors import TokenizerError

SECONDS = 60
"""Maximum time of the process, its start on a busy machine included."""

CPU_SECONDS = 5

MEMORY = 1 << 30
"""Bytes of address space."""

LONGEST_TEMPLATE = 1 << 20
LONGEST_TEXT = 1 << 20
"""Maximum characters of a template, and of what it writes."""

HINT = "mend chat_template.jinja"


@cache
def render(template: str, variables: tuple[str, ...]) -> tuple[str, ...]:
    """Render a template several times.

    Args:
        template: The template.
        variables: The variables of each rendering, as JSON objects.

    Raises:
        TokenizerError: The template is malformed, fails, or goes beyond a limit.
    """
    if len(template) > LONGEST_TEMPLATE:
        raise TokenizerError(f"the tokenizer's chat template is longer than {LONGEST_TEMPLATE:,} characters", HINT)
    package = str(Path(__file__).parents[3])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([package, os.environ.get("PYTHONPATH", "")]).rstrip(":")}
    every = [json.loads(one) for one in variables]
    asked = json.dumps({"template": template, "seconds": CPU_SECONDS, "variables": every})
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=asked,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            env=environment,
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):  # killed by a limit, it answers nothing
        raise TokenizerError(
            f"the tokenizer's chat template takes more than {CPU_SECONDS} seconds or {MEMORY >> 20} MB", HINT
        ) from None
    except OSError as error:
        raise TokenizerError(f"the chat template cannot be run ({error})", "check Python's installation") from error
    if "error" in answer:
        raise TokenizerError(f"the tokenizer's chat template fails ({answer['error']})", HINT)
    return tuple(answer["texts"])


def _environment() -> Any:
    """Return the environment of transformers' ``_compile_jinja_template``, as of transformers 5.23."""
    from datetime import datetime

    import jinja2.ext
    import jinja2.nodes
    from jinja2.exceptions import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(jinja2.ext.Extension):
        """``{% generation %}``: marks the text of the assistant, and changes nothing."""

        tags = {"generation"}  # noqa: RUF012

        def parse(self, parser: Any) -> Any:
            line = next(parser.stream).lineno
            body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
            return jinja2.nodes.CallBlock(self.call_method("_written"), [], [], body).set_lineno(line)

        def _written(self, caller: Any) -> Any:
            return caller()

    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    def tojson(
        x: Any, ensure_ascii: bool = False, indent: Any = None, separators: Any = None, sort_keys: bool = False
    ) -> str:
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = lambda format_: datetime.now().strftime(format_)
    return environment


def _limit(seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows; the limit on time remains
        return
    used = math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, used + seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        template = _environment().from_string(asked["template"])
        texts = [template.render(**variables) for variables in asked["variables"]]
    except MemoryError:
        return {"error": f"it needs more than {MEMORY >> 20} MB"}
    except Exception as error:  # a template is a small program, which may fail in any way
        return {"error": next(iter(str(error)[:300].splitlines()), type(error).__name__)}
    if any(len(text) > LONGEST_TEXT for text in texts):
        return {"error": f"it writes more than {LONGEST_TEXT:,} characters"}
    return {"texts": texts}


if __name__ == "__main__":
    request = json.load(sys.stdin)
    _limit(request["seconds"])
    sys.stdout.write(json.dumps(_answer(request)))
