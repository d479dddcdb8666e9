"""How the processes that train one run together find each other."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Processes:
    """How a process finds the others.

    Attributes:
        coordinator: ``host:port`` at which the first process listens; None where JAX asks SLURM or Open MPI.
        count: Number of processes; None likewise.
        index: Number of this process, from 0; None likewise.
    """

    coordinator: str | None = None
    count: int | None = None
    index: int | None = None

    @classmethod
    def find(
        cls,
        coordinator: str | None = None,
        count: int | None = None,
        index: int | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> Processes | None:
        """Return what the user has given, or else what the program that started this process says of it.

        ``torchrun`` and what is like it set ``MASTER_ADDR``, ``MASTER_PORT``, ``WORLD_SIZE`` and ``RANK``; JAX itself
        understands ``srun`` and ``mpirun``.

        Returns:
            None where this is the only process.

        Raises:
            UsageError: Only a part is given, or the numbers contradict each other.
        """
        given = (coordinator, count, index)
        if any(value is not None for value in given):
            if coordinator is None or count is None or index is None:
                raise UsageError(
                    "several processes need --coordinator, --processes and --process-id", "give all three, or none"
                )
            return cls(coordinator, count, index)._checked()
        if {"MASTER_ADDR", "MASTER_PORT", "WORLD_SIZE", "RANK"} <= environment.keys():
            try:
                count, index = int(environment["WORLD_SIZE"]), int(environment["RANK"])
            except ValueError:
                raise UsageError("WORLD_SIZE and RANK are no whole numbers", "unset them to train alone") from None
            if count == 1:
                return None
            return cls(f"{environment['MASTER_ADDR']}:{environment['MASTER_PORT']}", count, index)._checked()
        in_step = "SLURM_STEP_NODELIST" in environment and "SLURM_PROCID" in environment
        tasks = environment.get("SLURM_NTASKS" if in_step else "OMPI_COMM_WORLD_SIZE", "1")
        return cls() if tasks.isdigit() and int(tasks) > 1 else None

    def _checked(self) -> Processes:
        host, _, port = str(self.coordinator).rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 2**16:
            raise UsageError(f"{self.coordinator}: no address", "give host:port, such as gpu-01:29500")
        if not 0 <= int(self.index or 0) < int(self.count or 0):
            raise UsageError(
                f"process {self.index} of {self.count}: no such process",
                "number them from 0 to one less than their number",
            )
        return self
