"""Reading GGUF files: configuration and weights as Hugging Face has them, in float32.

The file is read with llama.cpp's own `gguf` library. What llama.cpp's converter from Hugging Face's layout changed is
undone by the model's family; see `recipe_tui.core.families.gguf_layout`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.families.gguf_layout import EMBEDDING, HEAD
from recipe_tui.core.families.table import FAMILIES
from recipe_tui.core.gguf.header import check_header

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from recipe_tui.core.families.family import Family

REQUIRED: Any = object()

FLOAT_ROUNDING, INTEGER_ROUNDING = 0.01, 0.3
"""Allowed differences of two roundings of one tensor, in standard deviations; 2 bits have a quarter."""


class GgufFile:
    """A model in a GGUF file. Tensors are read when they are asked for.

    Args:
        path: The file.

    Raises:
        CheckpointError: It is no GGUF file, or damaged; the message names the tensor and its type.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            check_header(path)
            self._reader = _reader(path)
        except CheckpointError:
            raise
        except FileNotFoundError:
            raise CheckpointError(f"{path}: no such file", "check the path") from None
        except Exception as error:  # for a damaged file the library raises whatever results
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise CheckpointError(f"{path}: damaged, or no GGUF file ({reason})", "fetch it again") from error
        self._tensors = {tensor.name: tensor for tensor in self._reader.tensors}

    def metadata(self, key: str, default: Any = REQUIRED) -> Any:
        """Return a value of the file's metadata.

        Raises:
            CheckpointError: It is missing without a default, or cannot be read.
        """
        field = self._reader.fields.get(key)
        try:
            value = default if field is None else field.contents()
        except Exception as error:
            raise CheckpointError(f"{self.path}: '{key}' is damaged ({error})", "fetch it again") from error
        if value is REQUIRED:
            raise CheckpointError(f"{self.path}: '{key}' is missing", "fetch it again, or give another file")
        return value

    @property
    def family(self) -> Family:
        """The family of the model; its ``model_type`` is the value of ``general.architecture``.

        Raises:
            CheckpointError: It is not supported.
        """
        architecture = self.metadata("general.architecture")
        if not isinstance(architecture, str) or architecture not in FAMILIES:
            known = " or ".join(one.title for one in FAMILIES.values())
            raise CheckpointError(
                f"{self.path}: models of architecture '{architecture}' are not supported",
                f"give a GGUF file of a {known}",
            )
        return FAMILIES[architecture]

    def configuration(self) -> dict[str, Any]:
        """Return the values of ``config.json``.

        Raises:
            CheckpointError: The model's architecture is not supported.
        """
        family = self.family
        try:
            values = family.gguf.read_config(self)
            family.configure(values)
        except CheckpointError as error:
            raise CheckpointError(f"{self.path}: {error.message.removeprefix(f'{self.path}: ')}", error.hint) from error
        except Exception as error:  # values of any type, which the families read as numbers
            raise CheckpointError(f"{self.path}: its configuration is damaged ({error})", "fetch it again") from error
        return values

    @property
    def parameters(self) -> int:
        """Values in all tensors."""
        return sum(int(tensor.n_elements) for tensor in self._reader.tensors)

    def has(self, name: str) -> bool:
        """Return whether there is a tensor of a name."""
        return name in self._tensors

    def rows(self, name: str) -> int:
        """Return the number of rows of a tensor.

        Raises:
            CheckpointError: It is missing.
        """
        return int(self._tensor(name).shape[-1])  # the library gives the sizes in llama.cpp's order

    def floats(self, name: str) -> NDArray[np.float32]:
        """Return a tensor's values.

        Raises:
            CheckpointError: It is missing, or of a type that cannot be read.
        """
        return _dequantized(self._tensor(name), self.path)

    def weights(self) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Yield every weight: its Hugging Face name, and its value as float32.

        Raises:
            CheckpointError: A tensor is of a type that cannot be read, or is none of the family's.
        """
        layout, config = self.family.gguf, self.configuration()
        if HEAD in layout.ignored and self.has(HEAD):
            self._check_tied_head()
        for tensor in self._reader.tensors:
            if tensor.name in layout.ignored:
                continue
            name = layout.hugging_face_name(tensor.name)
            if name is None:
                title = self.family.title
                raise CheckpointError(
                    f"{self.path}: tensor '{tensor.name}' is none of a {title}'s",
                    f"give a GGUF file of a plain {title}",
                )
            values = layout.from_gguf(tensor.name, _dequantized(tensor, self.path), config)
            yield name, np.ascontiguousarray(values)

    def _check_tied_head(self) -> None:
        """Check that a head beside a tied embedding equals it, but for the rounding of its type.

        Raises:
            CheckpointError: It differs, so that the model would be another one without it.
        """
        head, embedding = self.floats(HEAD), self.floats(EMBEDDING)
        names = {self._tensor(name).tensor_type.name for name in (HEAD, EMBEDDING)}
        allowed = FLOAT_ROUNDING if names <= {"F32", "F16", "BF16"} else INTEGER_ROUNDING
        if head.shape != embedding.shape or np.std(head - embedding) > allowed * np.std(embedding):
            raise CheckpointError(
                f"{self.path}: '{HEAD}' differs from the embedding that it is tied to", "give another model"
            )

    def _tensor(self, name: str) -> Any:
        if name not in self._tensors:
            raise CheckpointError(f"{self.path}: tensor '{name}' is missing", "fetch it again")
        return self._tensors[name]


def _dequantized(tensor: Any, path: Path) -> NDArray[np.float32]:
    from gguf.quants import dequantize

    try:
        values = dequantize(tensor.data, tensor.tensor_type)
    except NotImplementedError as error:
        raise CheckpointError(
            f"{path}: tensor '{tensor.name}' is of type {tensor.tensor_type.name}, which cannot be read",
            "give a file of type F32, F16, BF16, Q8_0, Q4_K or another common one",
        ) from error
    return np.asarray(values, np.float32)


def _reader(path: Path) -> Any:
    """Open a file with the library, one tensor at a time, so that an error can name its tensor.

    Overrides a private method of `GGUFReader`, as of gguf 0.19.0.
    """
    from gguf import GGMLQuantizationType, GGUFReader

    class Reader(GGUFReader):
        @property
        def data(self) -> NDArray[np.uint8]:
            return self._mapped

        @data.setter
        def data(self, mapped: NDArray[np.uint8]) -> None:
            self._mapped = mapped.view(np.ndarray)  # slices of a memmap take five times as long

        def _build_tensors(self, start_offs: int, fields: list[Any]) -> None:
            found: list[Any] = []
            for field in fields:
                name, kind = bytes(field.parts[1]).decode(errors="replace"), int(field.parts[4][0])
                if kind not in set(GGMLQuantizationType):
                    raise CheckpointError(
                        f"{path}: tensor '{name}' is of type number {kind}, which is not known",
                        "fetch it again, or give a file of type F32, F16, BF16, Q8_0, Q4_K or another common one",
                    )
                try:
                    super()._build_tensors(start_offs, [field])
                except Exception as error:
                    raise CheckpointError(
                        f"{path}: tensor '{name}' of type {GGMLQuantizationType(kind).name} is damaged or cut off",
                        "fetch it again",
                    ) from error
                found += self.tensors
            self.tensors: list[Any] = found

    return Reader(path)
