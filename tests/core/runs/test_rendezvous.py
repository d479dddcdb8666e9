"""How the processes of a run find each other."""

import pytest

from recipe_tui.core.errors import UsageError
from recipe_tui.core.runs.rendezvous import Processes

TORCHRUN = {"MASTER_ADDR": "gpu-01", "MASTER_PORT": "29500", "WORLD_SIZE": "4", "RANK": "3"}
SRUN = {"SLURM_STEP_NODELIST": "gpu-[01-02]", "SLURM_PROCID": "1", "SLURM_NTASKS": "2"}


def test_alone_there_is_nobody_to_meet():
    assert Processes.find(environment={}) is None


def test_what_is_given_counts():
    assert Processes.find("gpu-01:29500", 2, 1, environment=TORCHRUN) == Processes("gpu-01:29500", 2, 1)


def test_torchrun_says_it_in_the_environment():
    assert Processes.find(environment=TORCHRUN) == Processes("gpu-01:29500", 4, 3)
    assert Processes.find(environment=TORCHRUN | {"WORLD_SIZE": "1", "RANK": "0"}) is None


@pytest.mark.parametrize("environment", [SRUN, {"OMPI_COMM_WORLD_SIZE": "2"}], ids=["srun", "mpirun"])
def test_jax_asks_srun_and_mpirun_itself(environment):
    assert Processes.find(environment=environment) == Processes()


def test_a_batch_script_of_slurm_is_no_step_and_trains_alone():
    assert Processes.find(environment={"SLURM_NTASKS": "8"}) is None
    assert Processes.find(environment=SRUN | {"SLURM_NTASKS": "1"}) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("gpu-01:29500", None, None), "give all three"),
        ((None, 2, 0), "give all three"),
        (("gpu-01", 2, 0), "host:port"),
        (("gpu-01:99999", 2, 0), "host:port"),
        (("gpu-01:29500", 2, 2), "from 0"),
        (("gpu-01:29500", 0, 0), "from 0"),
        (("gpu-01:29500", 2, -1), "from 0"),
    ],
)
def test_what_makes_no_sense_says_what_to_give(given, expected):
    with pytest.raises(UsageError) as raised:
        Processes.find(*given, environment={})
    assert expected in f"{raised.value.message} {raised.value.hint}"


def test_numbers_in_the_environment_that_are_none_are_an_error():
    with pytest.raises(UsageError, match="WORLD_SIZE"):
        Processes.find(environment=TORCHRUN | {"RANK": "first"})
