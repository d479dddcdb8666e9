import pytest

from recipe_tui.core.config import ModelConfig
from recipe_tui.core.errors import UsageError
from recipe_tui.core.families.known import GPT2_SHAPES, known_shape
from recipe_tui.core.families.table import shape_of

RANDOM = ModelConfig(initialize="random")


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        # As published: https://huggingface.co/docs/transformers/model_doc/gpt2
        ("distilgpt2", 81_912_576),
        ("gpt2", 124_439_808),
        ("gpt2-medium", 354_823_168),
        ("gpt2-large", 774_030_080),
        ("gpt2-xl", 1_557_611_200),
        # By hand: 8,192 + 1,024 rows of 256, 4 layers of 12 x 256^2 + 13 x 256, and the last norm.
        ("gpt2-4x256", 9216 * 256 + 4 * (12 * 256**2 + 13 * 256) + 512),
        # By hand: 8,192 rows, 4 layers of 4 x 256^2 + 3 x 256 x 704 and two norms, and the last norm.
        ("llama-4x256", 8192 * 256 + 4 * (4 * 256**2 + 3 * 256 * 704 + 2 * 256) + 256),
    ],
)
def test_known_shapes_have_the_parameters_that_are_published(name, parameters):
    assert shape_of(known_shape(name), RANDOM).parameters == parameters


def test_every_known_shape_is_a_model_of_its_family():
    for name in (*GPT2_SHAPES, "gpt2-2x128", "llama-6x384"):
        values = known_shape(name)
        shape = shape_of(values, RANDOM)
        assert shape.family.configure(values).num_hidden_layers == shape.n_layer


@pytest.mark.parametrize("name", ["gpt2-0x256", "gpt2-4x", "bert-4x256", "gpt2-4x256 ", "gpt2-small", "a/gpt2-4x256"])
def test_other_names_are_no_known_shapes(name):
    assert known_shape(name) is None


def test_a_width_that_heads_cannot_share_is_an_error_with_the_nearest_that_they_can():
    with pytest.raises(UsageError, match="cannot be shared by heads of 64; take a multiple of 64: gpt2-4x256"):
        known_shape("gpt2-4x250")
