from __future__ import annotations

import json

import pytest

from recipe_tui.core.recipes.reading.columns import columns
from recipe_tui.core.recipes.reading.field_names import plain_name
from recipe_tui.core.recipes.reading.reader import read_recipes

LANGUAGES = """
German Titel|Zutaten|Zubereitung|Portionen|Vorbereitungszeit
French Titre|Ingrédients|Étapes|Personnes|Temps de préparation
Spanish Nombre|Ingredientes|Preparación|Raciones|Tiempo de preparación
Spanish título|ingredientes|pasos|porciones|tiempo_preparacion
Italian Nome|Ingredienti|Preparazione|Porzioni|Tempo di cottura
Portuguese Título|Ingredientes|Modo de preparo|Porções|Tempo de preparo
Dutch Naam|Ingrediënten|Bereidingswijze|Aantal personen|Bereidingstijd
Swedish Namn|Ingredienser|Gör så här|Portioner|Koktid
Danish Navn|Ingredienser|Fremgangsmåde|Portioner|Forberedelsestid
Norwegian Tittel|Ingredienser|Fremgangsmåte|Porsjoner|Steketid
Finnish Nimi|Ainekset|Valmistusohje|Annoksia|Valmistusaika
Polish Nazwa|Składniki|Przygotowanie|Liczba porcji|Czas przygotowania
Czech Název|Suroviny|Postup|Počet porcí|Doba přípravy
Slovak Názov|Ingrediencie|Príprava|Porcie|Čas prípravy
Hungarian Cím|Hozzávalók|Elkészítés|Adag|Főzési idő
Romanian Titlu|Ingrediente|Mod de preparare|Porții|Timp de gătire
Russian Название|Ингредиенты|Приготовление|Порции|Время приготовления
Ukrainian Назва|Інгредієнти|Приготування|Порції|Час приготування
Turkish Ad|Malzemeler|Yapılışı|Porsiyon|Pişirme süresi
Greek Τίτλος|Υλικά|Εκτέλεση|Μερίδες|Χρόνος μαγειρέματος
Chinese 名称|食材|步骤|份量|烹饪时间
Japanese タイトル|材料|作り方|人数|調理時間
Korean 제목|재료|조리법|인분|조리시간
Arabic العنوان|المكونات|طريقة التحضير|الحصص|وقت الطبخ
Hebrew שם|מרכיבים|אופן ההכנה|מנות|זמן בישול
Hindi नाम|सामग्री|विधि|सर्विंग|पकाने का समय
Indonesian Judul|Bahan|Langkah|Porsi|Waktu memasak
Vietnamese Tên|Nguyên liệu|Cách làm|Khẩu phần|Thời gian nấu
Thai ชื่อ|ส่วนผสม|วิธีทำ|จำนวนที่เสิร์ฟ|เวลาปรุง
"""
ROWS = [line.split(None, 1) for line in LANGUAGES.strip().splitlines()]


@pytest.mark.parametrize("keys", [keys for _, keys in ROWS], ids=[f"{name}-{n}" for n, (name, _) in enumerate(ROWS)])
@pytest.mark.parametrize("spelled", [str, str.upper, str.lower, lambda key: key.replace(" ", "_")])
def test_the_fields_of_a_recipe_are_known_in_many_languages(keys, spelled):
    title, ingredients, steps, servings, time = names = tuple(map(spelled, keys.split("|")))
    found = columns(names)
    assert (found.title, found.ingredients, found.steps) == ((title,), (ingredients,), (steps,))
    assert (found.servings, found.times, found.unread) == ((servings,), (time,), ())


@pytest.mark.parametrize("keys", [keys for _, keys in ROWS], ids=[f"{name}-{n}" for n, (name, _) in enumerate(ROWS)])
@pytest.mark.parametrize("ending", [".json", ".csv", ".md"])
def test_tables_documents_and_headings_know_them_alike(write, keys, ending):
    title, ingredients, steps, *_ = keys.split("|")
    texts = {
        ".json": json.dumps([{title: "Tea", ingredients: ["mint"], steps: ["Boil it."]}]),
        ".csv": f"{title};{ingredients};{steps}\nTea;mint;Boil it.\n",
        ".md": f"# Tea\n\n## {ingredients}\n\n- mint\n\n## {steps}\n\n1. Boil it.\n",
    }
    (tea,) = read_recipes([write(f"book{ending}", texts[ending])])
    assert (tea.title, tea.ingredients, tea.steps) == ("Tea", ("mint",), ("Boil it.",))


def test_case_accents_blanks_and_marks_of_a_name_are_folded():
    assert plain_name(" Temps_de-Préparation: ") == plain_name("tempsdepreparation") == "tempsdepreparation"
    assert plain_name("SKŁADNIKI") == "skladniki"
    assert plain_name("Fremgangsmåde") == plain_name("FREMGANGSMÅDE")
    assert plain_name("cím") == "cim"
