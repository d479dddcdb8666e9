"""``recipe-tui recipe`` and the options of ``generate`` that prepare a recipe for a cook."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core.cookbook.document import MACHINE_WRITTEN
from tests.cli.conftest import CommandLine, FakeGenerator

SOUP = """# Leek Soup

**4 servings**

---

- *2* leeks
- *1 cup* buttermilk
- salt

---

Simmer at 200°F for 20 minutes.
"""


@pytest.fixture
def soup(tmp_path: Path) -> Path:
    path = tmp_path / "soup.md"
    path.write_text(SOUP, encoding="utf-8")
    return path


def test_a_recipe_is_scaled_and_converted(recipe_tui: CommandLine, soup: Path) -> None:
    done = recipe_tui("recipe", soup, "--servings", 6, "--units", "metric")
    assert "- 3 leeks\n- 350 ml buttermilk\n- salt [not scaled]\n" in done.out
    assert "Makes: 6 servings" in done.out
    assert "Simmer at 93 °C for 20 minutes." in done.out
    assert "not scaled in 'Leek Soup': salt" in done.err
    assert MACHINE_WRITTEN not in done.out


def test_a_recipe_is_converted_to_another_format_in_a_file(recipe_tui: CommandLine, soup: Path) -> None:
    done = recipe_tui("recipe", soup, "--to", "soup.cook")
    assert (done.code, done.out) == (0, "")
    assert "@leeks{2}\n@buttermilk{1%cup}" in Path("soup.cook").read_text(encoding="utf-8")
    again = recipe_tui("recipe", "soup.cook", "--json").json
    assert again["recipes"][0]["recipe"]["ingredients"] == ["2 leeks", "1 cup buttermilk", "salt"]


def test_nothing_is_overwritten_unasked(recipe_tui: CommandLine, soup: Path) -> None:
    done = recipe_tui("recipe", soup, "--to", soup)
    assert done.code == 1
    assert "exists already" in done.error
    assert soup.read_text(encoding="utf-8") == SOUP
    assert recipe_tui("recipe", soup, "--to", soup, "--overwrite", "--scale", "1/2").code == 0
    assert "*1* leek\n" not in SOUP
    assert "**2 servings**" in soup.read_text(encoding="utf-8")


def test_several_recipes_go_to_a_folder_or_to_a_file_that_holds_them(recipe_tui: CommandLine, recipes: Path) -> None:
    assert recipe_tui("recipe", recipes, "--format", "cooklang", "--to", "made").code == 0
    assert len(list(Path("made").glob("*.cook"))) == 10
    assert recipe_tui("recipe", recipes, "--to", "all.paprikarecipes").code == 0
    assert len(recipe_tui("recipe", "all.paprikarecipes", "--json").json["recipes"]) == 10
    assert "holds one" in recipe_tui("recipe", recipes, "--to", "all.cook").error


def test_a_shopping_list_merges_the_recipes(recipe_tui: CommandLine, soup: Path) -> None:
    done = recipe_tui("recipe", soup, soup, "--shopping-list", "--scale", "2")
    assert "[ ] leeks: 4" in done.out  # a file that is named twice is read once
    assert recipe_tui("recipe", soup, "--shopping-list", "--to", "list.txt").code == 0
    assert Path("list.txt").read_text(encoding="utf-8").startswith("Vegetables")


def test_hints_are_asked_for(recipe_tui: CommandLine, soup: Path) -> None:
    assert "May contain" not in recipe_tui("recipe", soup).out
    assert "May contain milk (buttermilk)." in recipe_tui("recipe", soup, "--hints").out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--servings", "0"), "--servings '0': no number above 0"),
        (("--servings", "-2"), "--servings '-2': no number above 0"),
        (("--servings", "many"), "--servings 'many': no number above 0"),
        (("--scale", "1/0"), "--scale '1/0': no number above 0"),
        (("--scale", "100000"), "a factor of 100000"),
        (("--servings", "2", "--scale", "2"), "exclude each other"),
        (("--to", "soup.docx"), "the suffix .docx belongs to no format"),
        (("--format", "paprika"), "cannot be shown"),
        (("--format", "cooklang", "--shopping-list"), "a shopping list is text"),
        (("--shopping-list", "--to", "list.jsonld"), "a shopping list is text"),
        (("--shopping-list", "--to", "list.cook"), "a shopping list is text"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    recipe_tui: CommandLine, soup: Path, options: tuple[str, ...], message: str
) -> None:
    done = recipe_tui("recipe", soup, *options)
    assert done.code == 2
    assert message in done.error


def test_a_recipe_that_names_no_servings_takes_a_factor(recipe_tui: CommandLine, recipes: Path) -> None:
    assert "does not say how many servings" in recipe_tui("recipe", recipes, "--servings", 2).error
    assert "- 1/2 cup of bean" in recipe_tui("recipe", recipes, "--scale", "0,5").out


def test_a_file_that_is_missing_or_empty_is_an_error(recipe_tui: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_text("", encoding="utf-8")
    for name in ("missing.md", "empty.md"):
        done = recipe_tui("recipe", name)
        assert done.code == 1
        assert name in done.error


class TestGenerate:
    """What a model wrote."""

    MODEL = ("generate", "--model", "checkpoint", "--title", "Soup", "--ingredient", "2 leeks", "1 cup milk")

    def test_it_is_written_in_a_format_with_its_notes(
        self, recipe_tui: CommandLine, generator: type[FakeGenerator]
    ) -> None:
        done = recipe_tui(*self.MODEL, "--to", "soup.md")
        assert done.out == ""
        text = Path("soup.md").read_text(encoding="utf-8")
        assert text.startswith("# Soup\n")
        assert MACHINE_WRITTEN in text
        assert "May contain milk (milk)." in text

    def test_it_is_shown_in_a_format(self, recipe_tui: CommandLine, generator: type[FakeGenerator]) -> None:
        out = recipe_tui(*self.MODEL, "--format", "cooklang", "--units", "metric").out
        assert "@milk{240%ml}" in out
        assert "Soup\n2 leeks" not in out

    def test_json_has_the_files_too(self, recipe_tui: CommandLine, generator: type[FakeGenerator]) -> None:
        (one,) = recipe_tui(*self.MODEL, "--to", "soup.jsonld", "--json").json
        assert one["files"] == ["soup.jsonld"]
        assert one["prepared"]["notes"][0] == MACHINE_WRITTEN

    def test_a_wrong_file_is_said_before_the_model_is_loaded(
        self, recipe_tui: CommandLine, generator: type[FakeGenerator]
    ) -> None:
        FakeGenerator.loaded = None
        Path("soup.md").touch()
        assert recipe_tui(*self.MODEL, "--to", "soup.docx").code == 2
        assert "exists already" in recipe_tui(*self.MODEL, "--to", "soup.md").error
        several = ("--num-return-sequences", "2", "--to", "two.cook")
        assert "holds one" in recipe_tui(*self.MODEL, *several).error
        assert generator.loaded is None
