import random
from itertools import combinations

import numpy as np
import pytest

from recipe_tui.core.errors import UsageError
from recipe_tui.core.recipes.duplicates import EXACT, NEAR, UNIQUE, DuplicateFinder, banding
from recipe_tui.core.recipes.recipe import Recipe

WORDS = [f"word{number}" for number in range(500)]
SHAKE = (
    "Pour all of the ingredients into a cocktail shaker that is half full of ice, shake it hard until the outside of "
    "the shaker is frosted over, strain the drink into a chilled cocktail glass, and serve it at once.",
)


def find(*recipes, threshold=0.8, seed=42):
    finder = DuplicateFinder(threshold, seed)
    for recipe in recipes:
        finder.add(recipe)
    return finder.find()


def sentence(generator, words):
    return " ".join(generator.choices(WORDS, k=words))


def make_recipe(generator):
    ingredients = tuple(sentence(generator, 5) for _ in range(generator.randint(6, 15)))
    steps = tuple(sentence(generator, 20) for _ in range(generator.randint(1, 8)))
    return Recipe("Something", ingredients, steps)


def vary(generator, recipe, changes):
    """Replace that many words of the steps, and a quarter as many of the ingredients, at random."""
    ingredients, steps = ([line.split() for line in lines] for lines in (recipe.ingredients, recipe.steps))
    for lines, count in ((steps, changes), (ingredients, changes // 4)):
        for _ in range(count):
            line = generator.choice(lines)
            line[generator.randrange(len(line))] = generator.choice(WORDS)
    return Recipe("Other", tuple(map(" ".join, ingredients)), tuple(map(" ".join, steps)))


class TestExactDuplicates:
    def test_title_case_punctuation_and_spacing_do_not_matter(self):
        duplicates = find(
            Recipe("Margarita", ("2 oz tequila", "1 lime, juiced"), ("Shake with ice.", "Serve!")),
            Recipe("Old Fashioned", ("2 oz rye", "1 sugar cube"), ("Stir with ice.", "Serve!")),
            Recipe("Margarita I", ("2 OZ. Tequila", "1 lime (juiced)"), ("Shake, with ice;", "serve")),
        )
        assert duplicates.cluster.tolist() == [0, 1, 0]
        assert duplicates.kind.tolist() == [UNIQUE, UNIQUE, EXACT]
        assert duplicates.similarity.tolist() == [1, 1, 1]

    def test_the_same_words_on_the_other_side_are_another_recipe(self):
        duplicates = find(
            Recipe("Tea", ("tea leaves",), ("boil water and wait",)),
            Recipe("Tea", ("tea",), ("leaves boil water and wait",)),
        )
        assert duplicates.kind.tolist() == [UNIQUE, UNIQUE]

    def test_any_alphabet_counts(self):
        duplicates = find(
            Recipe("Щи", ("1 капуста",), ("Варить час.",)),
            Recipe("Борщ", ("1 свёкла",), ("Варить час.",)),
            Recipe("Щи II", ("1 Капуста",), ("варить час",)),
        )
        assert duplicates.cluster.tolist() == [0, 1, 0]


class TestNearDuplicates:
    def test_a_changed_word_in_a_long_recipe_makes_one_with_the_share_of_common_shingles_as_similarity(self):
        generator = random.Random(1)
        words = generator.sample(WORDS, 100)
        recipe = Recipe("A", ("1 cup rice",), (" ".join(words),))
        changed = Recipe("B", ("1 cup rice",), (" ".join([*words[:50], "salt", *words[51:]]),))
        duplicates = find(recipe, changed)
        assert duplicates.cluster.tolist() == [0, 0]
        assert duplicates.kind.tolist() == [UNIQUE, NEAR]
        # 1 + 98 shingles each, of which 3 differ: 96 in common, 102 in all
        assert duplicates.similarity.tolist() == [1, pytest.approx(96 / 102)]

    def test_directions_alone_are_no_ground(self):
        drinks = [
            Recipe("Drink", (f"2 ounces {spirit}", f"1 ounce {mixer}"), SHAKE)
            for spirit in ("gin", "rum", "rye", "vodka")
            for mixer in ("lime juice", "vermouth")
        ]
        assert find(*drinks).kind.tolist() == [UNIQUE] * 8

    def test_the_first_recipe_represents_its_cluster(self):
        generator = random.Random(2)
        first, other = make_recipe(generator), make_recipe(generator)
        duplicates = find(
            first, other, vary(generator, first, 1), vary(generator, other, 1), first, vary(generator, first, 1)
        )
        assert duplicates.cluster.tolist() == [0, 1, 0, 1, 0, 0]
        assert duplicates.kind.tolist() == [UNIQUE, UNIQUE, NEAR, NEAR, EXACT, NEAR]

    def test_a_chain_is_one_cluster_and_its_far_end_shows_its_own_similarity(self):
        words = random.Random(3).sample(WORDS, 300)
        recipes = [Recipe("A", ("1 cup rice",), (" ".join(words[start : start + 200]),)) for start in (0, 15, 30)]
        duplicates = find(*recipes)
        assert duplicates.cluster.tolist() == [0, 0, 0]
        # windows of 198 shingles that move on by 15: 1 + 183 of 1 + 213, and 1 + 168 of 1 + 228
        assert duplicates.similarity.tolist() == [1, pytest.approx(184 / 214), pytest.approx(169 / 229)]
        assert duplicates.similarity[2] < 0.8

    def test_a_copy_of_a_near_duplicate_is_near_to_the_representative_too(self):
        generator = random.Random(4)
        recipe = make_recipe(generator)
        varied = vary(generator, recipe, 1)
        duplicates = find(recipe, varied, varied)
        assert duplicates.kind.tolist() == [UNIQUE, NEAR, NEAR]
        assert duplicates.similarity[1] == duplicates.similarity[2] < 1

    def test_two_clusters_become_one_when_a_recipe_joins_them(self):
        words = random.Random(5).sample(WORDS, 300)
        near, far, between = (
            Recipe("A", ("1 cup rice",), (" ".join(words[start : start + 200]),)) for start in (0, 30, 15)
        )
        assert find(near, far).cluster.tolist() == [0, 1]
        assert find(near, far, between).cluster.tolist() == [0, 0, 0]

    def test_threshold_one_asks_for_the_same_set_of_shingles(self):
        repeated = Recipe("A", ("1 cup rice",), ("stir and stir and stir and stir",))
        longer = Recipe("B", ("1 cup rice",), ("stir and stir and stir and stir and stir",))
        other = Recipe("C", ("1 cup rice",), ("stir and stir and stir and shake",))
        assert find(repeated, longer, other, threshold=1).kind.tolist() == [UNIQUE, NEAR, UNIQUE]


STEPS = ("Whisk the batter until it is smooth, then bake it in a deep pan for 40 minutes.", "Let it cool on a rack.")
CAKE = (
    "1/2 cup butter, softened",
    "1 1/4 cups brown sugar",
    "3 eggs",
    "2 tablespoons purée of raspberries",
    "250 g flour, sifted",
    "1 teaspoon baking powder",
    "1 pinch of salt",
    "3/4 cup milk, lukewarm",
)


def likeness(ingredients, steps=STEPS):
    """Return how similar a recipe is to the cake, or None where it is no duplicate."""
    found = find(Recipe("Cake", CAKE, STEPS), Recipe("Copy", tuple(ingredients), tuple(steps)))
    return float(found.similarity[1]) if found.cluster[1] == 0 else None


class TestSpellings:
    """What copies of one recipe differ in between sites."""

    def test_the_order_of_ingredients_does_not_matter(self):
        assert likeness(reversed(CAKE)) == 1

    @pytest.mark.parametrize("half", ["½", "1⁄2", "0.5", "0,5"])
    @pytest.mark.parametrize("mixed", ["1¼", "1 ¼", "1.25", "1 and 1/4"])
    def test_fractions_and_decimals_are_one_number(self, half, mixed):
        assert likeness((f"{half} cup butter, softened", f"{mixed} cups brown sugar", *CAKE[2:])) == 1

    def test_units_are_the_same_by_all_their_names(self):
        other = ("250 grams flour, sifted", "1 tsp. baking powder", "2 Tbsp purée of raspberries")
        assert likeness((*CAKE[:3], other[2], *other[:2], *CAKE[6:])) == 1
        assert likeness((*CAKE[:4], "250g flour, sifted", *CAKE[5:])) == 1

    def test_accents_bullets_and_list_numbers_do_not_matter(self):
        bulleted = (f"• {line.replace('é', 'e')}" for line in CAKE)
        assert likeness(bulleted, [f"{number}. {step}" for number, step in enumerate(STEPS, 1)]) == 1
        assert likeness((f"{number}) {line}" for number, line in enumerate(CAKE, 1)), (" ".join(STEPS),)) == 1

    def test_an_item_swapped_or_two_added_leave_a_long_list_alike(self):
        assert likeness((*CAKE[:6], "4 drops of vanilla", CAKE[7])) > 0.8
        assert likeness((*CAKE, "1 pinch nutmeg", "zest of 1 lemon")) > 0.8

    @pytest.mark.parametrize("factor", [2, 3])
    def test_scaled_quantities_make_another_recipe(self, factor):
        scaled = ("1 cup butter, softened", "2 1/2 cups brown sugar", "6 eggs", "4 tablespoons purée of raspberries")
        scaled += ("500 g flour, sifted", "2 teaspoons baking powder", CAKE[6], "1 1/2 cups milk, lukewarm")
        assert likeness(scaled) is None
        long = [f"{number} cups of the very best and freshest organic thing number{number}" for number in range(2, 12)]
        more = [f"{factor * number}{line[len(str(number)) :]}" for number, line in enumerate(long, 2)]
        assert find(Recipe("A", tuple(long), STEPS), Recipe("B", tuple(more), STEPS)).cluster.tolist() == [0, 1]

    def test_scripts_without_spaces_are_compared_by_their_characters(self):
        eggs = Recipe(
            "番茄炒蛋",
            ("番茄 2个", "鸡蛋 3个"),
            ("番茄切块，鸡蛋打散，热锅下油炒蛋，盛出备用，再炒番茄，放入鸡蛋，加盐和一点糖即可出锅。",),
        )
        copy = Recipe("家常番茄炒蛋", ("鸡蛋 3个", "番茄 2个"), (eggs.steps[0].replace("即可出锅", "就可出锅"),))
        assert find(eggs, copy).cluster.tolist() == [0, 0]


class TestRepresentatives:
    def test_the_first_recipe_of_the_highest_priority_represents_its_cluster(self):
        generator = random.Random(9)
        recipe, other = make_recipe(generator), make_recipe(generator)
        finder = DuplicateFinder()
        for one in (recipe, other, vary(generator, recipe, 1), recipe, vary(generator, recipe, 1)):
            finder.add(one)
        duplicates = finder.find(priority=[0, 2, 0, 1, 1])
        assert duplicates.cluster.tolist() == [3, 1, 3, 3, 3]
        assert duplicates.kind.tolist() == [EXACT, UNIQUE, NEAR, UNIQUE, NEAR]
        assert duplicates.similarity[2] < 1 == duplicates.similarity[0]


class TestAgainstBruteForce:
    @staticmethod
    def shingles(text):
        words = text.split()
        return {tuple(words[start : start + 3]) for start in range(len(words) - 2)}

    def both(self, recipe):
        by_line = [self.shingles(line) for line in recipe.ingredients]
        return set().union(*by_line), self.shingles(" ".join(recipe.steps))

    @pytest.fixture(scope="class")
    def recipes(self):
        generator = random.Random(0)
        originals = [make_recipe(generator) for _ in range(80)]
        varied = [vary(generator, recipe, generator.randint(0, 12)) for recipe in originals for _ in range(5)]
        return generator.sample(originals + varied, 480)

    @pytest.fixture(scope="class")
    def similarity(self, recipes):
        sets = [self.both(recipe) for recipe in recipes]
        similarity = {}
        for (one, (a, b)), (other, (c, d)) in combinations(enumerate(sets), 2):
            together = (len(a & c) + len(b & d)) / (len(a | c) + len(b | d))
            alike = max(1 - len(a ^ c) / (2 * (len(a | c) - 8)), 0)
            similarity[one, other] = min(together, alike)
        return similarity

    @pytest.mark.parametrize("threshold", [0.5, 0.8, 0.9])
    def test_what_is_alike_is_found_and_nothing_else(self, recipes, similarity, threshold):
        duplicates = find(*recipes, threshold=threshold)
        alike = [pair for pair, value in similarity.items() if value >= threshold]
        assert len(alike) > 90

        label = list(range(len(recipes)))
        for one, other in sorted(alike):
            label = [label[one] if other_label == label[other] else other_label for other_label in label]
        expected = {(one, other) for one, other in similarity if label[one] == label[other]}
        found = {(one, other) for one, other in similarity if duplicates.cluster[one] == duplicates.cluster[other]}
        assert found <= expected
        assert len(found) >= 0.99 * len(expected)

        for index in np.flatnonzero(duplicates.kind == NEAR):
            pair = (int(duplicates.cluster[index]), int(index))
            assert duplicates.similarity[index] == pytest.approx(similarity[pair])

    def test_a_pair_at_the_threshold_itself_is_found_nearly_always(self):
        # 101 words make 99 shingles; with the last 10 replaced 89 stay of 109, and the ingredient's own one
        threshold = 90 / 110
        finder = DuplicateFinder(threshold)
        for number in range(300):
            words = [f"{number}word{position}" for position in range(101)]
            for replaced in ("word", "other"):
                steps = (" ".join(words[:91]), " ".join(f"{number}{replaced}{position}" for position in range(91, 101)))
                finder.add(Recipe("A", (f"{number} cups rice",), steps))
        duplicates = finder.find()
        near = duplicates.kind == NEAR
        assert np.count_nonzero(near) >= 0.98 * 300
        assert duplicates.similarity[near] == pytest.approx(threshold)


class TestTheFinder:
    def test_nothing_added_nothing_found(self):
        duplicates = find()
        assert duplicates.cluster.shape == duplicates.kind.shape == duplicates.similarity.shape == (0,)
        assert duplicates.cluster.dtype == np.int32
        assert duplicates.kind.dtype == np.uint8
        assert duplicates.similarity.dtype == np.float32

    def test_it_may_be_asked_in_between(self):
        finder = DuplicateFinder()
        recipe = make_recipe(random.Random(7))
        finder.add(recipe)
        assert finder.find().cluster.tolist() == [0]
        finder.add(recipe)
        assert finder.find().cluster.tolist() == [0, 0]
        assert len(finder) == 2

    def test_the_same_seed_gives_the_same_result_and_another_one_hardly_a_different_one(self):
        generator = random.Random(8)
        originals = [make_recipe(generator) for _ in range(40)]
        recipes = originals + [vary(generator, recipe, 2) for recipe in originals]
        first, again, other = find(*recipes), find(*recipes), find(*recipes, seed=7)
        assert np.array_equal(first.cluster, again.cluster)
        assert np.array_equal(first.similarity, again.similarity)
        assert np.mean(first.cluster == other.cluster) > 0.97

    def test_recipes_of_few_or_no_words_do_no_harm(self):
        duplicates = find(
            Recipe("A", ("salt",), ("stir",)),
            Recipe("B", (), ()),
            Recipe("C", ("salt",), ("shake",)),
            Recipe("D", ("!",), ()),
        )
        assert duplicates.cluster.tolist() == [0, 1, 2, 1]

    @pytest.mark.parametrize("threshold", [0, -0.1, 1.1])
    def test_a_threshold_that_makes_no_sense_is_refused(self, threshold):
        with pytest.raises(UsageError, match=f"threshold {threshold}"):
            DuplicateFinder(threshold)


class TestBanding:
    def test_by_hand(self):
        # 0.8 ** 5 = 0.32768; 0.67232 ** 11 = 0.0127 misses too often, 0.67232 ** 12 = 0.0085 does not
        assert banding(0.8) == (12, 5)
        assert banding(1) == (1, 5)

    @pytest.mark.parametrize("threshold", [0.05, 0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99, 1])
    def test_a_pair_at_the_threshold_is_found_with_the_promised_probability(self, threshold):
        bands, rows = banding(threshold)
        assert 1 - (1 - threshold**rows) ** bands >= 0.99
        assert bands * rows <= 128
