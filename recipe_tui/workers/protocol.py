"""What the workbench and the process that writes say to each other: one JSON object a line.

Every request has an id, and every reply names the request it answers. A request is answered by any number of
`RequestProgress` or `Wrote`, and then by exactly one of `Loaded`, `Written`, `Found`, `Cancelled` or `Failed`; a
`Cancel` itself is not answered. The end of the requests ends the process.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import Discriminator, TypeAdapter, ValidationError

from recipe_tui.core.config import GenerationConfig, Quantization  # noqa: TC001 - pydantic reads it
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.text.prompt import Prompt  # noqa: TC001 - pydantic reads it


class ProtocolError(RecipeTuiError):
    """A line that is no message."""


@dataclass(frozen=True, slots=True)
class Load:
    """Load a model, in the place of the one before.

    Attributes:
        id: Of the request.
        model: Folder, run, folder of runs or hub name.
        precision: ``float32`` or ``bfloat16``.
        quantization: What its projections are kept as.
        runs: A folder of runs, whose adapters of the same model are held ready; empty for none.
    """

    id: int
    model: str
    precision: str = "float32"
    quantization: Quantization = "none"
    runs: str = ""
    kind: Literal["load"] = "load"


@dataclass(frozen=True, slots=True)
class Switch:
    """Have another adapter write over the base that is loaded, or the base itself; answered by `Loaded`.

    Attributes:
        id: Of the request.
        model: The name of the adapter or of the base, as `Loaded` said them.
    """

    id: int
    model: str
    kind: Literal["switch"] = "switch"


@dataclass(frozen=True, slots=True)
class Generate:
    """Write texts.

    Attributes:
        id: Of the request.
        prompt: What to begin with.
        config: How tokens are chosen.
        begun: Token ids that were written before, to go on after.
    """

    id: int
    prompt: Prompt
    config: GenerationConfig
    begun: tuple[int, ...] = ()
    kind: Literal["generate"] = "generate"


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Find the likeliest tokens at a place.

    Attributes:
        id: Of the request.
        prompt: What was begun with.
        written: Token ids after it, up to the place.
        count: How many.
    """

    id: int
    prompt: Prompt
    written: tuple[int, ...]
    count: int
    kind: Literal["alternatives"] = "alternatives"


@dataclass(frozen=True, slots=True)
class Cancel:
    """Let go of a request, whether it has begun or waits.

    Attributes:
        id: Of the request that is cancelled.
    """

    id: int
    kind: Literal["cancel"] = "cancel"


Request = Load | Switch | Generate | Alternatives | Cancel


@dataclass(frozen=True, slots=True)
class RequestProgress:
    """What a request that takes long is doing, in a few words."""

    id: int
    text: str
    kind: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True)
class LoadedAdapter:
    """An adapter that is held ready.

    Attributes:
        name: What it is asked for by: its folder.
        rank: Inner size of its products.
        targets: The projections it adapts.
    """

    name: str
    rank: int
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model is ready.

    Attributes:
        id: Of the request.
        model: The name it was asked for by; of an adapter, the adapter's.
        folder: Where it was found.
        parameters: How many it has.
        context: How many tokens prompt and text may have together.
        layout: How it writes a recipe: ``plain``, ``sections`` or ``chat``.
        backend: What it runs on.
        precision: What it computes in.
        quantization: What its projections are kept as.
        size: Bytes that its weights take in memory.
        base: The name of the model below the adapters; empty where it can have none.
        adapters: Those that can be switched to.
    """

    id: int
    model: str
    folder: str
    parameters: int
    context: int
    layout: str
    backend: str
    precision: str
    quantization: Quantization = "none"
    size: int = 0
    base: str = ""
    adapters: tuple[LoadedAdapter, ...] = ()
    kind: Literal["loaded"] = "loaded"

    def can_switch_to(self, model: str) -> bool:
        """Return whether a model is active, or the base or an adapter that can be made active without loading."""
        return model in (self.model, self.base, *(one.name for one in self.adapters))


@dataclass(frozen=True, slots=True)
class Wrote:
    """A token as it is written.

    Attributes:
        id: Of the request.
        sequence: Which of the texts written side by side it belongs to.
        text: What is certain now.
        token_id: The token.
        probability: What the model itself gave it, if that is known.
    """

    id: int
    sequence: int
    text: str
    token_id: int
    probability: float | None
    kind: Literal["wrote"] = "wrote"


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was written.

    Attributes:
        text: Prompt and continuation.
        title: Of the recipe read from it.
        ingredients: Of the recipe.
        steps: Of the recipe.
        finish_reason: ``stop``, ``length`` or ``cancelled``.
        tokens: Tokens written.
        tokens_per_second: Of all texts together.
        seed: The seed that gives it again.
        notes: What was not done as asked.
    """

    text: str
    title: str
    ingredients: tuple[str, ...]
    steps: tuple[str, ...]
    finish_reason: Literal["stop", "length", "cancelled"]
    tokens: int
    tokens_per_second: float
    seed: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """All texts of a request are written."""

    id: int
    texts: tuple[Text, ...]
    kind: Literal["written"] = "written"


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that could stand at a place.

    Attributes:
        token_id: The token.
        text: What it adds to the text.
        label: What it is called by itself.
        probability: What the model itself gives it.
    """

    token_id: int
    text: str
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Found:
    """The likeliest tokens at a place, the likeliest first."""

    id: int
    alternatives: tuple[Alternative, ...]
    kind: Literal["found"] = "found"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A request was let go of before it began."""

    id: int
    kind: Literal["cancelled"] = "cancelled"


@dataclass(frozen=True, slots=True)
class Failed:
    """A request cannot be met.

    Attributes:
        id: Of the request; 0 when the line could not be read as one.
        message: What went wrong.
        hint: What to do next.
        traceback: Where, when it is a bug.
    """

    id: int
    message: str
    hint: str = ""
    traceback: str = ""
    kind: Literal["failed"] = "failed"


Reply = RequestProgress | Loaded | Wrote | Written | Found | Cancelled | Failed


@cache
def _requests() -> TypeAdapter[Request]:
    return TypeAdapter(Annotated[Request, Discriminator("kind")])


@cache
def _replies() -> TypeAdapter[Reply]:
    return TypeAdapter(Annotated[Reply, Discriminator("kind")])


def request_line(request: Request) -> str:
    """Return a request as a line, newline included."""
    return _requests().dump_json(request).decode() + "\n"


def reply_line(reply: Reply) -> str:
    """Return a reply as a line, newline included."""
    return _replies().dump_json(reply).decode() + "\n"


def read_request(line: str | bytes) -> Request:
    """Read a request.

    Raises:
        ProtocolError: The line is none.
    """
    try:
        return _requests().validate_json(line)
    except ValidationError as error:
        raise ProtocolError(f"not a request ({error.errors()[0]['msg']})", "this is a bug; please report it") from None


def read_reply(line: str | bytes) -> Reply:
    """Read a reply.

    Raises:
        ProtocolError: The line is none.
    """
    try:
        return _replies().validate_json(line)
    except ValidationError as error:
        raise ProtocolError(f"not a reply ({error.errors()[0]['msg']})", "this is a bug; please report it") from None
