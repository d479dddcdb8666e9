"""Find titles, ingredients and steps in bare lines of text, where nothing marks which is which.

The original workflow's plain-text corpora hold one line after another: a title, ingredient lines, direction lines, the
next title. A linear-chain conditional random field (Lafferty, McCallum & Pereira 2001) over the three roles reads them:
each line has hand-made features, each feature has a weight for a role, and the Viterbi algorithm finds the likeliest
roles under the one order in which they may follow each other. The weights of the features were fitted by maximum
likelihood on 10,000 recipes of four sites, a part of them with titles in lower case and steps without a full stop, and
rounded. On 12,796 other Epicurious recipes laid out this way, it finds the titles with a precision and a recall of
0.995.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.recipe import is_heading
from recipe_tui.core.recipes.words import word_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class LineRole(IntEnum):
    """What a line is in its recipe. A section heading has the role of the lines below it."""

    TITLE = 0
    INGREDIENT = 1
    STEP = 2


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The words with the largest weights in the fitted recipes, by role and place in the line; and metric units.
UNITS = _words(
    """bag bags bottle bottles box boxes bunch bunches c can cans clove cloves cl cm container cup cups dash
    dashes dl drop drops ear ears envelope fillet fillets g gallon gram grams grammes handful handfuls head
    heads inch jar jars kg kilo l lb lbs leaf leaves liter liters litre litres loaf ml ounce ounces oz package
    packages packet packets piece pieces pinch pinches pint pints pkg pound pounds qt quart quarts sheet sheets
    slice slices sprig sprigs stalk stalks stick sticks strip strips tablespoon tablespoons tb tbsp teaspoon
    teaspoons tin tins tsp"""
)
NUMBER_WORDS = _words("a about an approximately few four half handful one pinch several six some ten three twelve two")
STEP_OPENERS = _words(
    """add after allow arrange assemble at bake beat before blend boil break bring broil brown brush carefully
    chill chop clean combine cook cool cover cream cut discard dissolve divide do drain drizzle drop dust fill
    finish fold for form freeze fry gently gradually grate grease grill halve heat if in increase just knead
    ladle lay layer let lightly line make marinate mash meanwhile measure melt mix on once open pat peel place
    position pour prepare preheat press process pulse purée put reduce refrigerate remove repeat reserve return
    rinse roast roll rub run sauté scatter scoop scrape season separate serve set shape sift simmer skim slice
    soak spoon spread sprinkle squeeze steam stir strain taste the then thread to toast top toss transfer trim
    turn until using warm wash when whip whisk while wipe with working wrap"""
)
STEP_WORDS = _words(
    """about add are bake bowl cook cover degrees each heat hour hours is it minute minutes mixture occasionally
    oven pan place pot remaining remove saucepan season serve skillet stir stirring the them then together
    transfer until you your"""
)
PREPARED = _words(
    """chopped cooked crumbled crushed cubed cut diced divided drained dried finely fresh freshly frozen grated
    ground halved julienned large medium melted minced optional packed peeled pitted quartered rinsed seeded
    shredded sifted sliced small softened such thawed thinly toasted trimmed unsalted"""
)
NOTES = _words("accompaniment accompaniments equipment garnish ingredient special topping")

WEIGHTS: dict[str, tuple[float, float]] = {
    "any line": (0.3, 1.0),
    "no capitals": (-0.2, 0.6),
    "3 to 8 words": (1.1, 0.6),
    "quantity": (-1.9, 2.3),
    "quantity and unit": (-1.5, 0.8),
    "prepared": (-0.7, 0.8),
    "comma": (-0.7, 0.0),
    "step word": (-1.8, -1.6),
    "opens like a step": (-2.3, -3.3),
    "sentence's end": (-3.5, -2.1),
    "over 15 words": (-1.5, -0.6),
    "several sentences": (-1.7, -2.1),
    "bracket at the end": (-0.7, 0.5),
    "title case": (0.5, -1.1),
    "1 or 2 words": (1.1, 1.4),
    "opens in lower case": (-0.8, 1.7),
    "label": (-1.0, 1.3),
    "opens like a note": (-1.6, 3.5),
    "number word": (-0.2, 1.6),
    "colon at the end": (-1.7, 1.1),
}
"""The weights of a feature for a title and for an ingredient, in nats; that for a step is 0."""

NO_INGREDIENTS = 2.3
"""Penalty, in nats, of a recipe without ingredients."""

NO_STEPS = 4.2
"""Penalty, in nats, of a recipe without steps."""

CERTAIN = 1e6
"""Evidence that no line can outweigh."""

_WINDOW = 4096  # lines after which decided roles are yielded
_LATEST = 8 * _WINDOW  # lines after which the likeliest roles are yielded, decided or not
_Origins = tuple[int, int, int]  # for each role of a line, the role before it on the best path
_WORD = re.compile(r"\w+")
_MARK = re.compile(r"[-•·–—]\s*|\*\s+|(?:step )?\d{1,2}[.):]\s+(?=\D)", re.IGNORECASE)  # a bullet or a step's number
_EXAMINED = 160  # characters whose words are examined; a longer line is a step in any case


def _features(line: str) -> tuple[str, ...]:
    """Return the names of the features of a line, in a fixed order."""
    features = []
    line = line.strip()
    if mark := _MARK.match(line):
        line = line[mark.end() :]
    start = line[:_EXAMINED]
    words = _WORD.findall(start.lower())
    if not words:
        return ()
    length = word_count(start)
    if length <= 2:
        features.append("1 or 2 words")
    elif length <= 8:
        features.append("3 to 8 words")
    elif length > 15:
        features.append("over 15 words")
    opener = words[0]
    if opener[0].isnumeric() or opener in NUMBER_WORDS:
        features.append("quantity" if opener[0].isnumeric() else "number word")
        if not UNITS.isdisjoint(words[1:5]):
            features.append("quantity and unit")
    elif opener in STEP_OPENERS:
        features.append("opens like a step")
    elif opener in NOTES or (line.startswith("*") and not line.endswith("*")):
        features.append("opens like a note")
    elif line[0].islower():
        features.append("opens in lower case")
    if line[-1:] in ".!?":
        features.append("sentence's end")
    elif line[-1:] == ":":
        features.append("colon at the end")
    elif line[-1:] == ")":
        features.append("bracket at the end")
    if ". " in line:
        features.append("several sentences")
    if "," in start:
        features.append("comma")
    if ": " in start:
        features.append("label")
    if not STEP_WORDS.isdisjoint(words):
        features.append("step word")
    if not PREPARED.isdisjoint(words):
        features.append("prepared")
    capitals = [word[0].isupper() for word in start.split()[1:10] if len(word) > 3 and word[0].isalpha()]
    if capitals and all(capitals):
        features.append("title case")
    elif not any(capitals):
        features.append("no capitals")
    return tuple(features)


@lru_cache(maxsize=8192)
def _evidence(features: tuple[str, ...]) -> tuple[float, float]:
    weights = [WEIGHTS[clue] for clue in ("any line", *features)]
    return sum(title for title, _ in weights), sum(ingredient for _, ingredient in weights)


def label_lines(lines: Sequence[str]) -> list[LineRole]:
    """Find the role of each line in a sequence of whole recipes.

    Args:
        lines: Lines of text, none of them blank; the first one is a title.

    Returns:
        A role for each line. Within a recipe no ingredient follows a step.
    """
    return list(label_stream((line, 0.0) for line in lines))


def label_stream(lines: Iterable[tuple[str, float]]) -> Iterator[LineRole]:
    """Find the role of each line in a stream of whole recipes, in memory that does not grow with it.

    The roles are those of `label_lines`: a role is yielded once every path that may yet become the likeliest
    agrees on it. Of some ten thousand lines without such an agreement, the likeliest path so far decides.

    Args:
        lines: Each line, not blank, and what is known from elsewhere of its being a title: nats for it or against it,
            `CERTAIN`, ``-CERTAIN``, or 0. The first line is a title whatever it says.

    Yields:
        The roles in order, some thousand lines behind the stream.
    """
    title, ingredient, step = -CERTAIN, -CERTAIN, 0.0  # scores of the best paths; as though a step had come before
    after_heading = False
    origins: list[_Origins] = []
    for index, (line, known) in enumerate(lines):
        title_evidence, ingredient_evidence = _evidence(_features(line))
        to_title = max((step, 2), (ingredient - NO_STEPS, 1), (title - NO_INGREDIENTS - NO_STEPS, 0))
        to_ingredient = max((ingredient, 1), (title, 0))
        ending = ingredient - CERTAIN if after_heading else ingredient
        to_step = max((step, 2), (ending, 1), (title - NO_INGREDIENTS, 0))
        origins.append((to_title[1], to_ingredient[1], to_step[1]))
        title = to_title[0] + title_evidence + (known if index else CERTAIN)
        ingredient = to_ingredient[0] + ingredient_evidence
        step = to_step[0]
        after_heading = is_heading(line)
        if len(origins) % _WINDOW == 0:
            decided = _decided(origins)
            if len(origins) - len(decided) >= _LATEST:
                role = _likeliest(title, ingredient, step)
                decided = _path(origins, role)
                title, ingredient, step = (0.0 if role == other else -inf for other in LineRole)
            yield from decided
            del origins[: len(decided)]
            highest = max(title, ingredient, step)  # scores stay small, and exact
            title, ingredient, step = title - highest, ingredient - highest, step - highest
    if origins:
        yield from _path(origins, _likeliest(title, ingredient, step))


def _likeliest(*scores: float) -> LineRole:
    return LineRole(scores.index(max(scores)))


def _path(origins: Sequence[_Origins], last: int) -> list[LineRole]:
    """Follow the best path that ends in a role back to its start."""
    path = []
    role = last
    for before in reversed(origins):
        path.append(LineRole(role))
        role = before[role]
    return path[::-1]


def _decided(origins: Sequence[_Origins]) -> list[LineRole]:
    """Return the roles, from the start, that the best paths to all three roles of the last line share."""
    paths = [_path(origins, role) for role in LineRole]
    undecided = next((i for i, roles in enumerate(zip(*paths, strict=True)) if len(set(roles)) > 1), len(origins))
    return paths[0][:undecided]


def split_body(lines: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split the lines of one recipe below its title into ingredients and steps.

    Args:
        lines: Ingredient lines, then step lines; either may be missing. A text that breaks off before the steps is as
            good as any, so that `NO_STEPS` does not count here.

    Returns:
        The ingredients and the steps: the likeliest cut, never between a heading and what it heads.
    """
    scores = list(accumulate((_evidence(_features(line))[1] for line in lines), initial=0.0))
    scores[0] -= NO_INGREDIENTS
    for cut, above in enumerate(lines[:-1], start=1):
        if is_heading(above):
            scores[cut] -= CERTAIN
    cut = max(range(len(scores)), key=scores.__getitem__)
    return tuple(lines[:cut]), tuple(lines[cut:])
