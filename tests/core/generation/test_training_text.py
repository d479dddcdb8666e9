from recipe_tui.core.generation.training_text import TrainingText
from recipe_tui.core.recipes.recipe import Recipe
from tests.core.novelty.stores import table_store

SOUP = Recipe("Soup", ("1 onion", "1 tablespoon butter"), ("Soften the onion in butter over medium heat.",))
HELD_OUT = Recipe("Pie", ("4 apples",), ("Bake the apples in a crust of butter.",))


def test_without_a_store_nothing_is_known(tokenizers, tmp_path):
    for training in (TrainingText(), TrainingText(tmp_path / "missing"), TrainingText.of_model(tmp_path)):
        assert training.lexicon is None
        assert training.built_index is None
        assert training.lexicon_tokens(tokenizers["plain"]) is None


def test_the_lexicon_is_that_of_the_training_recipes(tokenizers, tmp_path):
    training = TrainingText()
    training.store = table_store(tmp_path / "store", (*[SOUP] * 5, *[HELD_OUT] * 5), held_out=range(5, 10))
    assert training.lexicon.words == {"onion", "butter"}
    tokens = training.lexicon_tokens(tokenizers["plain"])
    assert tokens.words == ("butter", "onion")
    assert training.lexicon_tokens(tokenizers["plain"]) is tokens


def test_the_index_is_built_when_the_guard_needs_it_and_used_for_ranking_only_where_it_is_built(tmp_path):
    training = TrainingText()
    training.store = table_store(tmp_path / "store", (SOUP, HELD_OUT), held_out=[1])
    assert training.built_index is None
    assert training.index.following("SOFTEN the onion, in", 4) == {"butter"}
    assert training.index.following("Bake the apples in", 4) == frozenset()
    assert training.built_index is training.index
    again = TrainingText()
    again.store = training.store
    assert again.built_index is not None
