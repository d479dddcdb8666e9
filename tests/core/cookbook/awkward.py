"""Recipes with awkward text: marks of all formats, line breaks, scripts from right to left and without spaces."""

from __future__ import annotations

from hypothesis import strategies as st

from recipe_tui.core.recipes.recipe import Recipe

_MARKS = r"""flour sugar salt, butter olive-oil @home #1 ~ {} * ** _ __ ` \ | < > & &amp; <b> </li> <br> %% --- -- [-x-]
100% 1/2 ½ 2 3½ 1-2 a an pinch cup cups (14-ounce) can, sifted, 7Up x × = == === >> + - 1. 2) # title: : a:b a;b a,b a|b
Crème brûlée 寿司 ごはん 김치 борщ حمص सब्ज़ी 🍕 https://a.example/b?c=d&e @salt{} #pot{} ~{5%min} @x|y{} [a](b) ![c](d)
![[e]] [[f]] {{<g>}} {%h%} $x$ [^1] ~~no~~ ... ! ? ' " null y 1e5 !!str &x *y <|step|> Ingredients Directions Notes"""
PIECES = [*_MARKS.split(), "\n", "\t", "\r\n", "\u00a0", "e\u0301", "\u200f"]
_TAGS = ["Italian", "main course", "सब्ज़ी", "30-minute meals", "gluten free", "a & b"]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map(" ".join)
LINES = TEXTS | TEXTS.map(lambda text: f"1 1/2 cups {text}") | TEXTS.map(lambda text: f"For the {text}:")
RECIPES = st.builds(
    Recipe,
    title=TEXTS,
    ingredients=st.lists(LINES, min_size=2, max_size=5).map(tuple),
    steps=st.lists(LINES, min_size=2, max_size=5).map(tuple),
    tags=st.lists(st.sampled_from(["Italian", "main course", "सब्ज़ी", "30-minute meals", "gluten free", "a & b"])).map(
        tuple
    ),
    servings=st.sampled_from(["", "4", "4 servings", "12 muffins", "1", "4-6 servings"]),
    times=st.sampled_from([(), ("prep 20 min",), ("20 minutes", "cook 1 h 5 min"), ("active 5 min", "rest overnight")]),
)
"""Any of them is written and read again."""
