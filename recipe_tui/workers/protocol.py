"""The messages between the workbench and the process that generates: one JSON object a line.

Every request has an id, and every reply names the request it answers. A request is answered by any number of
`RequestProgress` or `Wrote`, and then by exactly one of `Loaded`, `Written`, `Found`, `Traced`, `Cancelled` or
`Failed`; a `Cancel` itself is not answered. The end of the requests ends the process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Discriminator, ValidationError

from recipe_tui.core.config import GenerationConfig, Quantization  # noqa: TC001 - pydantic reads it
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.text.generated import Alternative as Alternative  # noqa: TC001 - pydantic reads it
from recipe_tui.core.text.generated import FinishReason, TextScore  # noqa: TC001
from recipe_tui.core.text.prompt import Prompt  # noqa: TC001 - pydantic reads it
from recipe_tui.workers.lines import adapter


class ProtocolError(RecipeTuiError):
    """A line that is no message."""


@dataclass(frozen=True, slots=True)
class _Message:
    """What every message has.

    Attributes:
        id: Of the request; of the one that is answered, or cancelled.
    """

    id: int


@dataclass(frozen=True, slots=True)
class Load(_Message):
    """Load a model, in the place of the one before.

    Attributes:
        model: Folder, run, folder of runs or hub name.
        precision: ``float32`` or ``bfloat16``.
        quantization: What its projections are kept as.
        runs: A folder of runs, whose adapters of the same model are held ready; empty for none.
    """

    model: str
    precision: str = "float32"
    quantization: Quantization = "none"
    runs: str = ""
    kind: Literal["load"] = "load"


@dataclass(frozen=True, slots=True)
class Switch(_Message):
    """Activate another adapter of the loaded base, or the base itself; answered by `Loaded`.

    Attributes:
        model: The name of the adapter or of the base, as `Loaded` said them.
    """

    model: str
    kind: Literal["switch"] = "switch"


@dataclass(frozen=True, slots=True)
class Generate(_Message):
    """Generate texts.

    Attributes:
        prompt: What to begin with.
        config: How tokens are chosen.
        begun: Token ids that were generated before, to continue after.
    """

    prompt: Prompt
    config: GenerationConfig
    begun: tuple[int, ...] = ()
    kind: Literal["generate"] = "generate"


@dataclass(frozen=True, slots=True)
class Alternatives(_Message):
    """Find the likeliest tokens at a position.

    Attributes:
        prompt: What was begun with.
        written: Token ids after it, up to the position.
        count: How many tokens to find.
    """

    prompt: Prompt
    written: tuple[int, ...]
    count: int
    kind: Literal["alternatives"] = "alternatives"


@dataclass(frozen=True, slots=True)
class Trace(_Message):
    """Find the spans of a written text that are copied from training recipes; answered by `Traced`, during others.

    Attributes:
        model: The model that wrote it, whose run's block store is searched.
        text: The text without its prompt.
    """

    model: str
    text: str
    kind: Literal["trace"] = "trace"


@dataclass(frozen=True, slots=True)
class Cancel(_Message):
    """Cancel a request, whether it is running or queued."""

    kind: Literal["cancel"] = "cancel"


Request = Annotated[Load | Switch | Generate | Alternatives | Trace | Cancel, Discriminator("kind")]


@dataclass(frozen=True, slots=True)
class RequestProgress(_Message):
    """What a request that takes long is doing, in a few words."""

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
class Loaded(_Message):
    """A model is ready.

    Attributes:
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
        fields: Whether it has learned tags, servings and times.
    """

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
    fields: bool = True
    kind: Literal["loaded"] = "loaded"

    def can_switch_to(self, model: str) -> bool:
        """Return whether a model is active, or the base or an adapter that can be made active without loading."""
        return model in (self.model, self.base, *(one.name for one in self.adapters))


@dataclass(frozen=True, slots=True)
class Wrote(_Message):
    """A token as it is written.

    Attributes:
        sequence: Which of the texts written side by side it belongs to.
        text: What is certain now.
        token_id: The token.
        probability: What the model itself gave it, if that is known.
    """

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
        tags: Of the recipe.
        servings: Of the recipe.
        times: Of the recipe.
        sequence: Which of the texts written side by side it is.
        score: What it was ranked by, if it was.
    """

    text: str
    title: str
    ingredients: tuple[str, ...]
    steps: tuple[str, ...]
    finish_reason: FinishReason
    tokens: int
    tokens_per_second: float
    seed: int
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    servings: str = ""
    times: tuple[str, ...] = ()
    sequence: int = 0
    score: TextScore | None = None


@dataclass(frozen=True, slots=True)
class Written(_Message):
    """All texts of a request are written."""

    texts: tuple[Text, ...]
    kind: Literal["written"] = "written"


@dataclass(frozen=True, slots=True)
class Found(_Message):
    """The likeliest tokens at a position, the likeliest first."""

    alternatives: tuple[Alternative, ...]
    kind: Literal["found"] = "found"


@dataclass(frozen=True, slots=True)
class CopiedSpan:
    """A span of a text that is copied from a training recipe; see `recipe_tui.core.novelty.index.Span`.

    Attributes:
        start: Index of its first character in the text.
        end: Index after its last character.
        words: Number of its words.
        log_probability: By the frequencies of its words; nats.
        occurrences: How often it occurs in the training text.
        recipe: Row of the first recipe that it occurs in.
        title: Title of that recipe.
    """

    start: int
    end: int
    words: int
    log_probability: float
    occurrences: int
    recipe: int
    title: str


@dataclass(frozen=True, slots=True)
class Traced(_Message):
    """The copied spans of a text, in its order.

    Attributes:
        store: Folder of the block store that was searched; empty where the model is from no run.
    """

    store: str
    spans: tuple[CopiedSpan, ...]
    kind: Literal["traced"] = "traced"


@dataclass(frozen=True, slots=True)
class Cancelled(_Message):
    """A request was cancelled before it began."""

    kind: Literal["cancelled"] = "cancelled"


@dataclass(frozen=True, slots=True)
class Failed(_Message):
    """A request failed.

    Attributes:
        id: Of the request; 0 when the line could not be read as one.
        message: What went wrong.
        hint: What to do next.
        traceback: Where, when it is a bug.
    """

    message: str
    hint: str = ""
    traceback: str = ""
    kind: Literal["failed"] = "failed"


Reply = Annotated[
    RequestProgress | Loaded | Wrote | Written | Found | Traced | Cancelled | Failed, Discriminator("kind")
]


def read_request(line: str | bytes) -> Request:
    """Read a request.

    Raises:
        ProtocolError: The line is none.
    """
    request: Request = _read(Request, line, "request")
    return request


def read_reply(line: str | bytes) -> Reply:
    """Read a reply.

    Raises:
        ProtocolError: The line is none.
    """
    reply: Reply = _read(Reply, line, "reply")
    return reply


def _read(kinds: Any, line: str | bytes, what: str) -> Any:
    try:
        return adapter(kinds).validate_json(line)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise ProtocolError(f"not a {what} ({reason})", "this is a bug; please report it") from None
