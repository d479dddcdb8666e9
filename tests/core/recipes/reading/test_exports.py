"""The exports of older recipe programs: Meal-Master, MasterCook, Gourmet, RecipeML, Living Cookbook."""

from __future__ import annotations

import pytest

from recipe_tui.core.browsing.origin import read_place
from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.reader import read_recipes
from tests.core.recipes.reading.conftest import fields

MEAL_MASTER = """{start}
 
      Title: Lemon Cake
 Categories: Cakes, Lemon
      Yield: 8 servings
 
      1 c  Sugar                               2 ts Vanilla
    1/2 lb Butter; softened                    3 lg Eggs
           -- and more for the tin
{group}
    1/4 c  Icing sugar
 
  Beat the sugar and the butter until
  they are pale.
 
  Bake for 40 minutes.
 
{end}

"""  # noqa: W293
M_MARKS = MEAL_MASTER.format(
    start="MMMMM----- Recipe via Meal-Master (tm) v8.05", group=f"MMMMM{'-' * 26}GLAZE{'-' * 31}", end="MMMMM"
)
DASHES = MEAL_MASTER.format(
    start="---------- Recipe via Meal-Master (tm) v8.02", group=f"{'-' * 31}GLAZE{'-' * 31}", end="-----"
)
LEMON_CAKE = (
    "Lemon Cake",
    (
        *("1 cup Sugar", "1/2 lb Butter, softened and more for the tin", "2 tsp Vanilla", "3 large Eggs"),
        *("GLAZE:", "1/4 cup Icing sugar"),
    ),
    ("Beat the sugar and the butter until they are pale.", "Bake for 40 minutes."),
)


@pytest.mark.parametrize("text", [M_MARKS, DASHES], ids=["M", "dashes"])
@pytest.mark.parametrize("name", ["book.txt", "book.mmf", "book"])
def test_meal_master_is_read_by_its_columns(write, text, name):
    read = list(read_recipes([write(name, f"From: somebody\n\n{text}{text}")]))
    assert [fields(recipe) for recipe in read] == [LEMON_CAKE, LEMON_CAKE]
    assert (read[0].tags, read[0].servings) == (("Cakes", "Lemon"), "8 servings")
    assert read_place(read[1].source).text.startswith(text.split("\n")[0])


MASTERCOOK = """
                     *  Exported from  MasterCook  *

                               Lemon Cake

Recipe By     : Somebody
Serving Size  : 8    Preparation Time :0:30
Categories    : Cakes                            Lemon

  Amount  Measure       Ingredient -- Preparation Method
--------  ------------  --------------------------------
  1       cup           sugar
    1/2   pound         butter -- softened
                        **** GLAZE ****
     1/4  cup           icing sugar

Beat the sugar and the butter until
they are pale.

Bake for 40 minutes.

                   - - - - - - - - - - - - - - - - - -

Per serving: 300 Calories
NOTES : None
"""


@pytest.mark.parametrize("name", ["book.txt", "book.mxp"])
def test_mastercooks_text_is_read_by_its_columns(write, name):
    read = list(read_recipes([write(name, MASTERCOOK * 2)]))
    steps = ("Beat the sugar and the butter until they are pale.", "Bake for 40 minutes.")
    ingredients = ("1 cup sugar", "1/2 pound butter, softened", "**** GLAZE ****", "1/4 cup icing sugar")
    assert [fields(recipe) for recipe in read] == [("Lemon Cake", ingredients, steps)] * 2
    assert (read[0].tags, read[0].servings, read[0].times) == (("Cakes", "Lemon"), "8 servings", ("prep 30 min",))
    assert "icing sugar" in read_place(read[1].source).text


MX2 = """<?xml version="1.0" standalone="yes" encoding="ISO-8859-1"?>
<!DOCTYPE mx2 SYSTEM "mx2.dtd">
<mx2 source="MasterCook 5.0" date="June 14, 2001"><Summ><Nam>Lemon Cake</Nam></Summ>
<RcpE name="Lemon Cake" author=""><Serv qty="8"/><PrpT elapsed="0:30"/><CatS><CatT>Cakes</CatT></CatS>
<IngR name="sugar" unit="cup" qty="1"></IngR><IngR name="butter" unit="pound" qty="1/2"><IPrp>softened</IPrp></IngR>
<IngR name="Glaze" code="S"/><IngR name="icing sugar" unit="cup" qty="1/4"/>
<DirS><DirT>Beat.</DirT><DirT>Bake.</DirT></DirS><Nutr>Calories: 300</Nutr></RcpE></mx2>"""
GOURMET = """<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE gourmetDoc><gourmetDoc>
<recipe id="1"><title>Lemon Cake</title><category>Cakes</category><yields>8 servings</yields>
<preptime>30 minutes</preptime>
<ingredient-list><ingredient><amount>1</amount><unit>cup</unit><item>sugar</item><key>sugar</key></ingredient>
<ingredient><amount>1/2</amount><unit>pound</unit><item>butter, softened</item></ingredient>
<inggroup><groupname>Glaze</groupname>
<ingredient><amount>1/4</amount><unit>cup</unit><item>icing sugar</item></ingredient></inggroup></ingredient-list>
<instructions>Beat.
Bake.</instructions></recipe></gourmetDoc>"""
RECIPEML = """<?xml version="1.0"?><recipeml version="0.5"><recipe><head><title>Lemon Cake</title>
<categories><cat>Cakes</cat></categories><yield>8</yield><preptime>30 min</preptime></head><ingredients>
<ing><amt><qty>1</qty><unit>cup</unit></amt><item>sugar</item></ing>
<ing><amt><qty>1/2</qty><unit>pound</unit></amt><item>butter</item><prep>softened</prep></ing>
<ing-div><title>Glaze</title><ing><amt><qty>1/4</qty><unit>cup</unit></amt><item>icing sugar</item></ing></ing-div>
</ingredients><directions><step>Beat.</step><step>Bake.</step></directions></recipe></recipeml>"""
FDX = """<?xml version="1.0" encoding="UTF-8"?><fdx Source="Living Cookbook 2008" FileVersion="1.1"><Recipes>
<Recipe Name="Lemon Cake" Servings="8" PreparationTime="30" RecipeTypes="Cakes" Categories="Cakes"><RecipeIngredients>
<RecipeIngredient Quantity="1" Unit="cup" Ingredient="sugar" Heading="N"/>
<RecipeIngredient Quantity="1/2" Unit="pound" Ingredient="butter, softened" Heading="N"/>
<RecipeIngredient Ingredient="Glaze" Heading="Y"/>
<RecipeIngredient Quantity="1/4" Unit="cup" Ingredient="icing sugar" Heading="N"/></RecipeIngredients>
<RecipeProcedures><RecipeProcedure Heading="N"><ProcedureText>Beat.</ProcedureText></RecipeProcedure>
<RecipeProcedure><ProcedureText>Bake.</ProcedureText></RecipeProcedure></RecipeProcedures></Recipe></Recipes></fdx>"""
PLAIN_XML = """<recipes><recipe><name>Lemon Cake</name><category>Cakes</category><servings>8</servings>
<prepTime>PT30M</prepTime><ingredients><ingredient>1 cup sugar</ingredient>
<ingredient>1/2 pound butter, softened</ingredient><section name="Glaze"><ingredient>1/4 cup icing sugar</ingredient>
</section></ingredients><directions><step>Beat.</step><step>Bake.</step></directions></recipe></recipes>"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("book.mx2", MX2), ("book.grmt", GOURMET), ("book.xml", RECIPEML), ("book.fdx", FDX), ("b.xml", PLAIN_XML)),
        *(("book", MX2), ("book.txt", GOURMET), ("book.recipeml", RECIPEML), ("book.xml", FDX)),
    ],
)
def test_xml_of_each_program_is_read(write, name, text):
    (cake,) = read_recipes([write(name, text)])
    ingredients = ("1 cup sugar", "1/2 pound butter, softened", "Glaze:", "1/4 cup icing sugar")
    assert fields(cake) == ("Lemon Cake", ingredients, ("Beat.", "Bake."))
    assert (cake.tags, cake.servings, cake.times) == (("Cakes",), "8 servings", ("prep 30 min",))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("<step>Slice <b>well</b> and <i>wash <u>all</u></i>.</step><step>Cook.</step>", "Slice well and wash all."),
        ("<p>Slice<br/>them.</p><p>Cook.</p>", "Slice them."),
        ("<step><p>Slice <b>well</b>.</p></step><step><p>Cook.</p></step>", "Slice well."),
    ],
)
def test_a_step_of_xml_keeps_the_text_of_the_tags_within_it(write, steps, expected):
    recipe = f"<recipe><title>Soup</title><ingredients/><directions>{steps}</directions></recipe>"
    (soup,) = read_recipes([write("book.xml", f"<recipes>{recipe}</recipes>")])
    assert soup.steps == (expected, "Cook.")


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("book.xlsx", b"PK\x03\x04", "a spreadsheet"),
        ("book.docx", b"PK\x03\x04", "a text processor's document"),
        ("book.rk", b"x", "Recipe Keeper"),
        ("book.dvo", b"x", "Cook'n"),
        ("book.txt", b"@@@@@ Now You're Cooking! Export Format\n\nCake\n", "Now You're Cooking"),
        ("book.txt", b"* Exported from Some Kitchen Program *\n\nCake\n1 egg\nBoil it.\n", "another recipe program"),
        ("book.txt", b"{\\rtf1 Cake}", "a text processor's document"),
    ],
)
def test_what_other_programs_write_is_refused_by_name(write, name, content, what):
    with pytest.raises(SourceError, match=what) as error:
        list(read_recipes([write(name, content)]))
    assert error.value.hint
