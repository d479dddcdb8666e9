from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.generate.client import LoadingStoppedError, WriterDiedError, WriterError
from recipe_tui.tui.generate.process_client import ProcessClient
from recipe_tui.workers.protocol import Alternative, Load, LoadedAdapter, Wrote

PROMPT = Prompt("Toast")

WORKER = """
import json, sys
def say(**values): print(json.dumps(values), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    kind, id = asked["kind"], asked["id"]
    if kind == "load" and asked["model"] == "dies":
        print("out of memory, alas", file=sys.stderr, flush=True)
        sys.exit(3)
    if kind == "load" and asked["model"] == "rambles":
        print("not JSON", flush=True)
    elif kind == "load" and asked["model"] == "missing":
        say(kind="failed", id=id, message="no such model", hint="choose another", traceback="")
    elif kind == "load" and asked["model"] == "endless":
        say(kind="progress", id=id, text="loading for ever")
        import time; time.sleep(1000)
    elif kind == "switch":
        say(kind="loaded", id=id, model=asked["model"], folder="/m", parameters=1, context=64, layout="sections",
            backend="jax", precision="float32", base="m", adapters=[dict(name="/a", rank=8, targets=["c_attn"])])
    elif kind == "load":
        say(kind="progress", id=id, text="loading")
        say(kind="loaded", id=id, model=asked["model"], folder="/m", parameters=1, context=64, layout="plain",
            backend="jax", precision=asked["precision"])
    elif kind == "generate":
        say(kind="wrote", id=id, sequence=0, text="a", token_id=1, probability=0.5)
        writing = id
    elif kind == "cancel":
        text = dict(text="t", title="t", ingredients=[], steps=[], finish_reason="cancelled", tokens=1,
                    tokens_per_second=1.0, seed=1, notes=[])
        say(kind="written", id=asked["id"], texts=[text])
    elif kind == "alternatives":
        say(kind="found", id=id, alternatives=[dict(token_id=n, text="x", label="x", probability=0.5)
                                               for n in range(asked["count"])])
"""


@pytest.fixture
def client(tmp_path: Path) -> ProcessClient:
    return ProcessClient((sys.executable, "-c", WORKER), tmp_path / "state" / "writer.log", timeout=5)


def no_progress(text: str) -> None:
    """Progress is no matter here."""


def test_requests_are_answered_and_progress_and_tokens_told(client: ProcessClient) -> None:
    told: list[str] = []
    pieces: list[Wrote] = []

    async def main() -> None:
        loaded = await client.load(Load(0, "m"), told.append)
        assert loaded.context == 64

        def take(piece: Wrote) -> None:
            pieces.append(piece)
            client.cancel()

        written = await client.generate(PROMPT, GenerationConfig(), (4, 5), take)
        assert written.texts[0].finish_reason == "cancelled"
        found = await client.alternatives(PROMPT, (), 2)
        assert found == (Alternative(0, "x", "x", 0.5), Alternative(1, "x", "x", 0.5))
        await client.close()

    asyncio.run(main())
    assert told == ["loading"]
    assert [piece.text for piece in pieces] == ["a"]


def test_an_adapter_is_switched_to_by_its_name(client: ProcessClient) -> None:
    async def main() -> None:
        await client.load(Load(0, "m"), no_progress)
        loaded = await client.switch("/a", no_progress)
        assert (loaded.model, loaded.layout, loaded.base) == ("/a", "sections", "m")
        assert loaded.adapters == (LoadedAdapter("/a", 8, ("c_attn",)),)
        await client.close()

    asyncio.run(main())


def test_loading_that_is_abandoned_ends_the_process_and_the_next_request_starts_another(client: ProcessClient) -> None:
    deaths: list[WriterDiedError] = []
    client.on_death = deaths.append

    async def main() -> None:
        begun = asyncio.Event()
        loading = asyncio.create_task(client.load(Load(0, "endless"), lambda _: begun.set()))
        await asyncio.wait_for(begun.wait(), 20)
        process = client._process
        await client.abandon()
        with pytest.raises(LoadingStoppedError, match="loading was stopped"):
            await loading
        assert process is not None
        assert process.returncode == -9
        assert (await client.load(Load(0, "m"), no_progress)).model == "m"
        assert client._process is not process
        await client.close()

    asyncio.run(main())
    assert deaths == []


def test_where_nothing_runs_nothing_is_abandoned(client: ProcessClient) -> None:
    asyncio.run(client.abandon())


def test_no_process_is_started_until_it_is_needed(client: ProcessClient, tmp_path: Path) -> None:
    asyncio.run(client.close())
    assert not (tmp_path / "state").exists()


def test_what_cannot_be_done_is_an_error_with_a_hint(client: ProcessClient) -> None:
    async def main() -> None:
        with pytest.raises(WriterError, match="no such model; choose another"):
            await client.load(Load(0, "missing"), no_progress)
        assert (await client.load(Load(0, "m"), no_progress)).model == "m"
        await client.close()

    asyncio.run(main())


def test_when_the_process_dies_its_last_words_are_told_and_the_next_request_starts_another(
    client: ProcessClient, tmp_path: Path
) -> None:
    log = tmp_path / "state" / "writer.log"
    log.parent.mkdir()
    log.write_text("words of another process\n")

    async def main() -> None:
        with pytest.raises(WriterDiedError, match="exit code 3") as died:
            await client.load(Load(0, "dies"), no_progress)
        assert died.value.traceback == "out of memory, alas"
        assert (await client.load(Load(0, "m"), no_progress)).model == "m"
        await client.close()

    asyncio.run(main())
    assert log.read_text() == "words of another process\nout of memory, alas\n"


def test_a_death_while_nothing_is_asked_is_noticed(client: ProcessClient) -> None:
    async def main() -> None:
        died: asyncio.Future[WriterDiedError] = asyncio.get_running_loop().create_future()
        client.on_death = died.set_result
        await client.load(Load(0, "m"), no_progress)
        assert client._process is not None
        client._process.kill()
        error = await asyncio.wait_for(died, 20)
        assert "killed by SIGKILL" in error.message
        await client.close()

    asyncio.run(main())


def test_a_process_that_rambles_is_ended(client: ProcessClient) -> None:
    async def main() -> None:
        with pytest.raises(WriterDiedError, match="not a reply"):
            await client.load(Load(0, "rambles"), no_progress)
        await client.close()

    asyncio.run(main())


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    client = ProcessClient((str(tmp_path / "none"),), tmp_path / "log")
    with pytest.raises(WriterError, match="cannot be started"):
        asyncio.run(client.load(Load(0, "m"), no_progress))


def test_a_process_that_does_not_leave_is_killed(tmp_path: Path) -> None:
    deaf = WORKER + "\nimport signal; signal.pause()"
    client = ProcessClient((sys.executable, "-c", deaf), tmp_path / "log", timeout=0.05)

    async def main() -> None:
        await client.load(Load(0, "m"), no_progress)
        process = client._process
        await client.close()
        assert process is not None
        assert process.returncode == -9

    asyncio.run(main())
