import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_tui.core.recipes.accents import mark_lost_fractions, may_be_lost, restore_accents
from recipe_tui.core.recipes.repairs import (
    REPAIRS,
    SEPARATOR,
    collapse_blanks,
    decode_entities,
    fix_characters,
    fix_degrees,
    part_mixed_numbers,
    part_sentences,
    part_units,
    part_words,
    remove_emphasis,
    remove_invisible,
    remove_links,
    remove_markup,
    remove_terminal_escapes,
)
from tests.core.recipes.test_clean import HOSTILE

MENDED = {
    remove_terminal_escapes: [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b1mbold", "bold"),
        ("\x1b]0;window title\x07soup", "soup"),
        ("torn\x1bescape", "tornescape"),
    ],
    decode_entities: [
        ("saut&eacute; &amp; serve", "sauté & serve"),
        ("350&deg;F, 350&#176;F, 350&#xb0;F", "350°F, 350°F, 350°F"),
        ("350&amp;deg;F, 350&;deg;F, 350&;amp;deg;F, 350$amp;deg;F", "350°F, 350°F, 350°F, 350°F"),
        ("450&Deg;F, 450&def;F, 450deg;F, 450&F", "450°F, 450°F, 450°F, 450°F"),
        ("cr&egrave;me fra&ircirc;che", "crème fraîche"),
        ("pur&eauce;e of jalape&nitilde;os", "purée of jalapeños"),
        ("saut;eacute; until golden", "sauté until golden"),
        ("a few hours&151;; 12&endash;15 minutes", "a few hours— 12–15 minutes"),
        ("rather #&151; not", "rather — not"),
        ("pur&ée in a Kahl&úa glass", "purée in a Kahlúa glass"),
        ("5&nbspcups", "5\xa0cups"),
        ("lt;i>panko", "<i>panko"),
    ],
    remove_markup: [
        ("<?php echo $salt; ?>1 cup <?xml version='1.0'?>oil", "1 cup oil"),
        ('Toast <a href="nuts">the nuts</a> and <b>s</b>tir', "Toast the nuts and stir"),
        ("First.<br>Second.<BR />Third.", "First.\nSecond.\nThird."),
        ('epi:recipeLink id="1"<1 Pie Crust>/epi:recipeLink<, chilled', "1 Pie Crust, chilled"),
        ("Simple Syrupepi:recipelink</epi:recipelink>", "Simple Syrup"),
        ("Pie epi:recipelinkfilling", "Pie filling"),
        ('a <epi recipelink="" id="1">syrup</epi> of sugar', "a syrup of sugar"),
        ('the <homemade sun-dried="" buns=""></homemade>and more', "the homemade sun-dried buns and more"),
        ("<special>Special equipment: a pan</special>", "Special equipment: a pan"),
        ('3 cups ">panko, lemon <"">zest<, < >salt', "3 cups panko, lemon zest, salt"),
        ("serve with orzo>/I>. ,em>*A note", "serve with orzo. *A note"),
        ("Boil.<br>temp<60, <3 minutes, a <b and c> d, x<y>z", "Boil.\ntemp<60, <3 minutes, a <b and c> d, x<y>z"),
        ("<x-step>Stir.</x-step><x-step>Cool.</x-step>", "Stir.\nCool."),
        ("Stir< br >Cool< br / >Serve", "Stir\nCool\nServe"),
        ("<my-tag>Stir</my-tag><hr noshade>Cool<hr/>", "Stir\nCool"),
        ("225<°F, then >boil and <Pickled Onions", "225°F, then boil and Pickled Onions"),
    ],
    mark_lost_fractions: [
        ("1\ufffd cups cream", "1–2 cups cream"),
        ("2 \ufffd cups flour", "2–3 cups flour"),
        ("2-\ufffd tsp. salt", "2–3 tsp. salt"),
        ("1\ufffd\ufffd onions", "1–2 onions"),
        ("\ufffd cup sugar", "sugar"),
        ("Add \ufffd cup of sugar (\ufffd tsp. salt)", "Add sugar (salt)"),
        ("Bake for 1\ufffd hours at 350\ufffdF", "Bake for 1–2 hours at 350\ufffdF"),
        (
            "12\ufffd15 minutes in a 9\ufffd pan, 10\ufffd x 12\ufffd",
            "12\ufffd15 minutes in a 9\ufffd pan, 10\ufffd x 12\ufffd",
        ),
        ("1 cup cr\ufffdme fra\ufffdche", "1 cup cr\ufffdme fra\ufffdche"),
    ],
    restore_accents: [
        ("saut\u2029 onions and pur\ufffd\ufffde them", "sauté onions and purée them"),
        ("saut\u2029é onions", "sauté onions"),
        ("Saut\ufffded jalape‱os with lingui‧a", "Sautéed jalapeños with linguiça"),
        ("p\ufffdt\ufffd, p\ufffdte brisée", "pâté, pâte brisée"),
        ("1/2 cup cr\nme fraîche", "1/2 cup crème fraîche"),
        ("jalapeos in frache", "jalapeños in fraîche"),
        ("Crme Caramel", "Crème Caramel"),
        (
            "Saut over high heat, saut the onions, saut 5 minutes",
            "Sauté over high heat, sauté the onions, sauté 5 minutes",
        ),
        ("saut) until brown, saut é shallots", "sauté until brown, sauté shallots"),
        (
            "350\ufffd\ufffdF for 10\ufffd\ufffd\ufffd15 minutes, so that it\ufffd\ufffds done",
            "350°F for 10–15 minutes, so that it's done",
        ),
        ("nobody knows\ufffd", "nobody knows"),
    ],
    fix_characters: [
        ("crÃ¨me brÃ»lÃ©e", "crème brûlée"),
        ("Tex\x96Mex \x93hot\x94", "Tex–Mex “hot”"),
        ("ﬁne ﬂour", "fine flour"),
        ("pure\u0301e", "purée"),
        ("one\u2028two\r\nthree", "one\ntwo\nthree"),
        ("\x00a\x07b", "ab"),
        ("torn \ud83d half", "torn  half"),
    ],
    remove_invisible: [
        ("roasting\u200b pan\ufeff", "roasting pan"),
        (
            "coco\xadnut, bite-\xadsized, Citrus\xadHerb, medium\xadhigh",
            "coconut, bite-sized, Citrus-Herb, medium-high",
        ),
        ("\u202eleft\u200f \u2060", "left "),
        ("375\x81°", "375°"),
        ("a\u200db", "ab"),
    ],
    fix_degrees: [("350ºF, 350˚F, 350¡F, 180º C", "350°F, 350°F, 350°F, 180° C")],
    collapse_blanks: [
        (" 1\xa0\u20091/2\t cups  ", "1 1/2 cups"),
        ("one  \n \n two", "one\ntwo"),
    ],
    remove_emphasis: [
        ("**For aioli:**Blend oil", "For aioli: Blend oil"),
        ("Soup (*Pho Ga*) at its **best**", "Soup (Pho Ga) at its best"),
    ],
    part_sentences: [
        ("8 minutes.Stir; season.DO AHEAD: chill", "8 minutes. Stir; season. DO AHEAD: chill"),
        ("(medium heat).Grill", "(medium heat). Grill"),
        ("(or chill.)Serve", "(or chill.) Serve"),
        ("oven to 350°F.Add, or 350° F.Add", "oven to 350°F. Add, or 350° F. Add"),
        ("2 beets,peeled,each halved", "2 beets, peeled, each halved"),
    ],
    part_units: [
        ("1cup, 1/2teaspoon, 2Tablespoons, ½cup, 9x2inch", "1 cup, 1/2 teaspoon, 2 Tablespoons, ½ cup, 9x2 inch"),
    ],
    part_mixed_numbers: [("11/2 cups, 221/2-inch, 4x21/4 inches", "1 1/2 cups, 22 1/2-inch, 4x2 1/4 inches")],
    part_words: [
        ("2 cupsVeal stock", "2 cups Veal stock"),
        ("sautéuntil golden, sauté5 minutes", "sauté until golden, sauté 5 minutes"),
        ("pour puréethrough a sieve", "pour purée through a sieve"),
        ("cut into1/2-inch dice", "cut into 1/2-inch dice"),
    ],
}

MENDED[remove_links] = [
    ("2 cups [[flour]] and [[Sugar (food)|brown sugar]]", "2 cups flour and brown sugar"),
    ("Boil ![a pan](/api/x.png)it.", "Boil it."),
    ("![pan](x.png)", ""),
    ("Add [mint tea](https://example.org/tea?a=1) now.", "Add mint tea now."),
    ("Use [this pan](/pans 'A pan') or [that](#that).", "Use this pan or that."),
    ("[![pan](x.png)](/pan) Boil.", " Boil."),
]

SOUND = {
    remove_links: ["[optional](chopped)", "salt [see note] (page 2)", "![]", "a](b.c)", "[a] (b.c)"],
    remove_terminal_escapes: ["[31m is no escape without one"],
    decode_entities: [
        "M&M's, mac & cheese, salt&pepper; R&B;",
        "bake at 350 deg; then serve; mix well;",
        "costs $5; $50;",
        "regular & amplitude",
    ],
    remove_markup: [
        *("bake < 5 minutes or > 350", "Menu -> Bake => done", 'a 9" pan', "I <3 soup", "<3 minutes", "(<100 kcal)"),
        *("temp<60", "temp>=60, pH<7", "1<2>0", "x<y>z", "x<=y", "a < b > c", "a>b>c", "a/b>c", "T>T2", "x>b"),
        *("a <b and c> d", "a<b and c>d", "<i or p> q", "a <special> pan", "->a<-b<->c", ">350F", "~<½ cup"),
    ],
    restore_accents: [
        "sautéed in a sautoir",
        "résaut",
        "saut de lapin",
        "salt & pepper",
        "pure cream",
        "SAUTÉ",
        "a\u0301rbol and á:rbol",
    ],
    fix_characters: ["crème brûlée, 350°F, “quoted” — ½ cup", "Ångström à la carte", "日本語（にほんご）"],
    remove_invisible: ["non-reactive", "family \U0001f468\u200d\U0001f469\u200d\U0001f467", "می\u200cخواهم"],
    fix_degrees: ["1º piatto", "¡Delicioso!", "350°F"],
    collapse_blanks: ["1 cup\nof milk"],
    remove_emphasis: ["*Available at markets.", "2 cups masa* and 1 lime**", "(masa*, lime*)", "2 * 3 * 4"],
    part_sentences: [
        "www.GoodFood.com and latienda.Com",
        "U.S.Grade",
        "1.5 cups",
        "Ph.D",
        "e.g. this",
        "1,000 and a,b",
    ],
    part_units: ["500g flour", "9oz crab", "1 cup", "Cup4Cup flour", "2cupcakes"],
    part_mixed_numbers: ["1/2 cup", "11/16 inch", "1 1/2 cups", "12/31/2", "3.1/2"],
    part_words: ["McIntosh", "KitchenAid", "Frank's RedHot", "OsoSweet", "10 mL", "sautéed", "purée"],
}


def cases(table):
    return [pytest.param(mend, *case, id=f"{mend.__name__}-{case[0]!r}") for mend in table for case in table[mend]]


@pytest.mark.parametrize(("mend", "line", "mended"), cases(MENDED))
def test_what_is_broken_is_mended(mend, line, mended):
    assert mend(line) == mended


@pytest.mark.parametrize(("mend", "line"), cases({mend: [(line,) for line in lines] for mend, lines in SOUND.items()}))
def test_what_only_looks_broken_is_left_alone(mend, line):
    assert mend(line) == line


@pytest.mark.parametrize(("mend", "line", "mended"), cases(MENDED))
@pytest.mark.parametrize("place", ["{}", f"{{}}{SEPARATOR}x", f"x{SEPARATOR}{{}}", f"x{SEPARATOR}{{}}{SEPARATOR}x"])
def test_what_is_broken_raises_suspicion_wherever_it_stands_in_a_recipe(mend, line, mended, place):
    (repair,) = (repair for repair in REPAIRS if repair.mend is mend)
    assert repair.suspects(place.format(line))


@given(st.lists(HOSTILE, max_size=3))
def test_what_raises_no_suspicion_needs_no_repair(lines):
    for repair in REPAIRS:
        if not repair.suspects(SEPARATOR.join(lines)):
            assert [repair.mend(line) for line in lines] == lines


def test_plain_text_raises_no_suspicion():
    text = SEPARATOR.join(["Bean Soup", "1 1/2 cups beans", "Cook 10 minutes; drain.", "Serve with McIntosh apples."])
    suspicious = [repair.name for repair in REPAIRS if repair.suspects(text)]
    assert suspicious == ["joined words"]  # for McIntosh, which is looked at and left alone


def test_every_repair_has_its_own_name():
    assert len({repair.name for repair in REPAIRS}) == len(REPAIRS)


def test_letters_that_are_there_are_not_lost():
    assert not may_be_lost("Sauté the jalapeños and serve with crème fraîche.")
