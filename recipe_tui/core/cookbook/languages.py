"""What recipes of other languages than English call units and what is counted, and how they write ranges.

A row of the table gives singular and plural as ``Tasse/Tassen``; a word alone is the same in both. Spoons are the
metric ones, of 15 and 5 ml. Cups, glasses and cans have no size that all kitchens of a language agree on, so that they
are counted and never converted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Language:
    """How the recipes of a language write amounts. Words of a list are separated by commas.

    Attributes:
        tablespoons: Spellings of the tablespoon; the first is used where another unit becomes one.
        teaspoons: The same of the teaspoon.
        containers: Packages, whose size may stand beside them.
        counts: Pieces, and measures without a size.
        vague: What is never divided, such as pinches.
        nouns: Foods that are counted without a unit.
        adjectives: Words beside such a noun that have a plural of their own.
        spans: What begins a range, such as "zwischen", and the word between its ends then.
        ranges: What else stands between the ends of a range.
        about: What stands before an amount that is not exact, or the beginning or the end of a range.
        plus: What stands before an amount that is added.
        minus: What stands before an amount that is taken away.
        one: Words for one.
        half: Words for a half.
    """

    tablespoons: str
    teaspoons: str
    containers: str
    counts: str
    vague: str
    nouns: str
    adjectives: str
    spans: tuple[str, str]
    ranges: str
    about: str
    plus: str
    minus: str
    one: str
    half: str


LANGUAGES: dict[str, Language] = {
    "German": Language(
        "EL, Esslöffel, Eßlöffel, Essl",
        "TL, Teelöffel, Teel",
        """Dose/Dosen, Packung/Packungen, Päckchen, Pck, Pkg, Becher, Glas/Gläser, Flasche/Flaschen, Beutel, Tüte/Tüten,
        Tube/Tuben, Würfel, Schachtel/Schachteln""",
        """Tasse/Tassen, Zehe/Zehen, Knoblauchzehe/Knoblauchzehen, Scheibe/Scheiben, Bund, Stange/Stangen,
        Zweig/Zweige, Blatt/Blätter, Stück, Kopf/Köpfe, Knolle/Knollen, Stängel, Stiel/Stiele, Rippe/Rippen,
        Kugel/Kugeln, Schote/Schoten, Handvoll""",
        "Prise/Prisen, Messerspitze/Messerspitzen, Msp, Schuss, Spritzer, Tropfen",
        """Zwiebel/Zwiebeln, Ei/Eier, Eigelb, Eiweiß, Kartoffel/Kartoffeln, Tomate/Tomaten,
        Karotte/Karotten, Möhre/Möhren, Zitrone/Zitronen, Limette/Limetten, Orange/Orangen, Apfel/Äpfel,
        Birne/Birnen, Banane/Bananen, Schalotte/Schalotten, Gurke/Gurken, Paprika/Paprika, Paprikaschote/Paprikaschoten,
        Zucchini, Aubergine/Auberginen, Avocado/Avocados, Frühlingszwiebel/Frühlingszwiebeln, Lauchstange/Lauchstangen,
        Lorbeerblatt/Lorbeerblätter, Vanilleschote/Vanilleschoten, Chilischote/Chilischoten, Nelke/Nelken, Pilz/Pilze,
        Champignon/Champignons, Brötchen, Schnitzel, Würstchen, Pflaume/Pflaumen, Pfirsich/Pfirsiche, Kürbis/Kürbisse,
        Hähnchenbrust/Hähnchenbrüste, Hähnchenschenkel, Filet/Filets, Zimtstange/Zimtstangen, Olive/Oliven""",
        "",
        ("zwischen", "und"),
        "bis, oder",
        "etwa, ca, circa, rund, ungefähr, knapp, gut, von, bis zu, maximal, mindestens",
        "plus, und",
        "minus, weniger",
        "ein, eine, einen",
        "ein halber, ein halbes, eine halbe, einen halben, halber, halbes, halbe",
    ),
    "French": Language(
        """cuillère à soupe/cuillères à soupe, c. à s, cuillerée à soupe/cuillerées à soupe, c. à soupe, càs, c à s,
        c.à.s, c.à s, cuillère à table/cuillères à table, c. à table""",
        """cuillère à café/cuillères à café, c. à c, cuillerée à café/cuillerées à café, c. à café, càc, c à c, c.à.c,
        c.à c, cuillère à thé/cuillères à thé, c. à thé""",
        """boîte/boîtes, sachet/sachets, paquet/paquets, bouteille/bouteilles, brique/briques, barquette/barquettes,
        bocal/bocaux, tube/tubes""",
        """tasse/tasses, verre/verres, gousse/gousses, tranche/tranches, brin/brins, branche de/branches de,
        feuille/feuilles, bouquet/bouquets, botte/bottes, tête/têtes, bulbe/bulbes, morceau/morceaux,
        rondelle/rondelles, bâton/bâtons, rouleau/rouleaux, filet/filets, tige/tiges""",
        "pincée/pincées, poignée/poignées, goutte/gouttes, trait/traits",
        """oignon/oignons, œuf/œufs, oeuf/oeufs, carotte/carottes, tomate/tomates, citron/citrons, pomme/pommes,
        poire/poires, banane/bananes, échalote/échalotes, poireau/poireaux, poivron/poivrons, courgette/courgettes,
        aubergine/aubergines, avocat/avocats, concombre/concombres, champignon/champignons, navet/navets,
        pêche/pêches, abricot/abricots, prune/prunes, figue/figues, olive/olives, piment/piments,
        clou de girofle/clous de girofle, pomme de terre/pommes de terre, jaune d'œuf/jaunes d'œufs,
        blanc d'œuf/blancs d'œufs, jaune/jaunes, blanc/blancs, escalope/escalopes, cuisse/cuisses, steak/steaks,
        saucisse/saucisses, crêpe/crêpes, biscuit/biscuits, orange/oranges, citron vert/citrons verts,
        pamplemousse/pamplemousses""",
        """petit/petits, petite/petites, grand/grands, grande/grandes, grosse/grosses, moyen/moyens, moyenne/moyennes,
        rouge/rouges, vert/verts, verte/vertes, jaune/jaunes, blanc/blancs, blanche/blanches, mûr/mûrs, mûre/mûres,
        entier/entiers, entière/entières, beau/beaux, belle/belles""",
        ("entre", "et"),
        "à, ou",
        "environ, de, jusqu'à, au moins, à peu près",
        "plus, et",
        "moins",
        "un, une",
        "un demi, une demi, une demie",
    ),
    "Spanish": Language(
        "cucharada/cucharadas, cucharada sopera/cucharadas soperas, cda/cdas, cuchara/cucharas",
        "cucharadita/cucharaditas, cdta/cdtas, cdita/cditas",
        "lata/latas, paquete/paquetes, bote/botes, botella/botellas, sobre/sobres, tarro/tarros",
        """taza/tazas, vaso/vasos, copa/copas, diente/dientes, rodaja/rodajas, loncha/lonchas, rebanada/rebanadas,
        hoja/hojas, ramita/ramitas, rama/ramas, manojo/manojos, trozo/trozos, tallo/tallos, cabeza/cabezas,
        filete/filetes""",
        "pizca/pizcas, puñado/puñados, chorrito/chorritos, gota/gotas",
        """cebolla/cebollas, huevo/huevos, zanahoria/zanahorias, tomate/tomates, limón/limones, naranja/naranjas,
        manzana/manzanas, plátano/plátanos, pimiento/pimientos, pepino/pepinos, calabacín/calabacines,
        berenjena/berenjenas, aguacate/aguacates, puerro/puerros, yema/yemas, clara/claras, pechuga/pechugas,
        muslo/muslos, aceituna/aceitunas, chile/chiles, cebolleta/cebolletas, lima/limas, champiñón/champiñones,
        papa/papas""",
        """pequeño/pequeños, pequeña/pequeñas, grande/grandes, mediano/medianos, mediana/medianas, rojo/rojos,
        roja/rojas, verde/verdes, blanco/blancos, blanca/blancas, maduro/maduros, madura/maduras, entero/enteros,
        entera/enteras""",
        ("entre", "y"),
        "a, o, ó, u",
        "unos, unas, aproximadamente, cerca de, de, hasta, al menos",
        "más, y",
        "menos",
        "un, una",
        "media, medio",
    ),
    "Italian": Language(
        "cucchiaio/cucchiai, cucchiaio da tavola/cucchiai da tavola",
        "cucchiaino/cucchiaini, cucchiaino da tè/cucchiaini da tè",
        """scatola/scatole, lattina/lattine, barattolo/barattoli, vasetto/vasetti, bustina/bustine, busta/buste,
        bottiglia/bottiglie, confezione/confezioni, pacchetto/pacchetti""",
        """tazza/tazze, bicchiere/bicchieri, spicchio/spicchi, fetta/fette, foglia/foglie, mazzo/mazzi,
        mazzetto/mazzetti, rametto/rametti, gambo/gambi, costa/coste, ciuffo/ciuffi, pezzo/pezzi, filetto/filetti,
        panetto/panetti, cubetto/cubetti""",
        "pizzico/pizzichi, manciata/manciate, goccia/gocce",
        """cipolla/cipolle, uovo/uova, carota/carote, pomodoro/pomodori, limone/limoni, arancia/arance, mela/mele,
        peperone/peperoni, zucchina/zucchine, melanzana/melanzane, cetriolo/cetrioli, porro/porri, scalogno/scalogni,
        tuorlo/tuorli, albume/albumi, acciuga/acciughe, oliva/olive, fungo/funghi, peperoncino/peperoncini,
        cipollotto/cipollotti, salsiccia/salsicce""",
        """piccolo/piccoli, piccola/piccole, grande/grandi, medio/medi, media/medie, rosso/rossi, rossa/rosse,
        verde/verdi, bianco/bianchi, bianca/bianche, maturo/maturi, matura/mature, intero/interi, intera/intere,
        grosso/grossi, grossa/grosse""",
        ("tra, fra", "e"),
        "a, o",
        "circa, da, fino a, almeno, quasi",
        "più, e",
        "meno",
        "un, uno, una",
        "mezzo, mezza",
    ),
    "Portuguese": Language(
        """colher de sopa/colheres de sopa, colher (sopa)/colheres (sopa), colher (de sopa)/colheres (de sopa),
        c. de sopa, c. sopa""",
        """colher de chá/colheres de chá, colher (chá)/colheres (chá), colher (de chá)/colheres (de chá), c. de chá,
        c. chá""",
        "lata/latas, pacote/pacotes, garrafa/garrafas, pote/potes, caixa/caixas, envelope/envelopes",
        """xícara/xícaras, chávena/chávenas, copo/copos, dente/dentes, fatia/fatias, folha/folhas, ramo/ramos,
        maço/maços, pedaço/pedaços, talo/talos, cabeça/cabeças, filé/filés""",
        "pitada/pitadas, punhado/punhados, fio/fios, gota/gotas",
        """cebola/cebolas, ovo/ovos, cenoura/cenouras, tomate/tomates, limão/limões, laranja/laranjas, maçã/maçãs,
        pimentão/pimentões, abobrinha/abobrinhas, berinjela/berinjelas, pepino/pepinos, batata/batatas, gema/gemas,
        clara/claras, azeitona/azeitonas, peito/peitos""",
        """pequeno/pequenos, pequena/pequenas, grande/grandes, médio/médios, média/médias, vermelho/vermelhos,
        vermelha/vermelhas, verde/verdes, branco/brancos, branca/brancas, maduro/maduros, madura/maduras""",
        ("entre", "e"),
        "a, ou",
        "cerca de, aproximadamente, de, até, pelo menos",
        "mais, e",
        "menos",
        "um, uma",
        "meio, meia",
    ),
    "Dutch": Language(
        "el, eetlepel/eetlepels",
        "tl, theelepel/theelepels",
        """blik/blikken, blikje/blikjes, zakje/zakjes, zak/zakken, pakje/pakjes, fles/flessen, potje/potjes,
        bakje/bakjes""",
        """kopje/kopjes, glas/glazen, teentje/teentjes, teen/tenen, plak/plakken, plakje/plakjes, sneetje/sneetjes,
        takje/takjes, blaadje/blaadjes, bosje/bosjes, stengel/stengels, stuk/stukken, stukje/stukjes, schijf/schijven,
        krop/kroppen, struik/struiken""",
        "snufje/snufjes, handje/handjes, handvol, scheutje/scheutjes, druppel/druppels, mespunt/mespunten",
        """ui/uien, ei/eieren, wortel/wortels, tomaat/tomaten, citroen/citroenen, aardappel/aardappelen, appel/appels,
        peer/peren, paprika/paprika's, sjalot/sjalotten, courgette/courgettes, aubergine/aubergines, prei/preien,
        komkommer/komkommers, limoen/limoenen, sinaasappel/sinaasappels, eidooier/eidooiers, eierdooier/eierdooiers,
        eiwit/eiwitten, kipfilet/kipfilets, champignon/champignons, laurierblad/laurierbladeren""",
        "",
        ("tussen", "en"),
        "tot",
        "ongeveer, circa, van, tot, minstens, ruim",
        "plus",
        "min, minus",
        "een, één",
        "een halve, een half, halve",
    ),
    "Swedish": Language(
        "msk, matsked/matskedar",
        "tsk, tesked/teskedar",
        """burk/burkar, påse/påsar, förpackning/förpackningar, paket, flaska/flaskor, ask/askar, tub/tuber,
        kartong/kartonger""",
        """kopp/koppar, glas, klyfta/klyftor, skiva/skivor, kvist/kvistar, knippe/knippen, blad, stjälk/stjälkar,
        kruka/krukor, huvud/huvuden""",
        "nypa/nypor, näve/nävar, skvätt/skvättar, droppe/droppar",
        """lök/lökar, ägg, morot/morötter, tomat/tomater, citron/citroner, potatis/potatisar, äpple/äpplen, päron,
        vitlöksklyfta/vitlöksklyftor, rödlök/rödlökar, schalottenlök/schalottenlökar, gurka/gurkor, äggula/äggulor,
        äggvita/äggvitor, kycklingfilé/kycklingfiléer, lagerblad, apelsin/apelsiner""",
        "liten/små, stor/stora, gul/gula, röd/röda, hel/hela",
        ("mellan", "och"),
        "till, eller",
        "ca, cirka, ungefär, från, upp till, minst",
        "plus, och",
        "minus",
        "en, ett",
        "en halv, ett halvt, halv",
    ),
    "Danish and Norwegian": Language(
        "spsk, spiseske/spiseskeer, ss, spiseskje/spiseskjeer",
        "tsk, teske/teskeer, ts, teskje/teskjeer",
        "dåse/dåser, pose/poser, pakke/pakker, flaske/flasker, boks/bokser, bæger/bægre, beger/begre",
        """kop/kopper, båt/båter, skive/skiver, bunt/bunter, kvist/kviste, stilk/stilke,
        hoved/hoveder, stykke/stykker""",
        "knivspids/knivspidser, knivsodd/knivsodder, klype/klyper, håndfuld/håndfulde, dråbe/dråber",
        """løg, løk, æg, gulerod/gulerødder, gulrot/gulrøtter, kartoffel/kartofler, potet/poteter, æble/æbler,
        eple/epler,
        æggeblomme/æggeblommer, eggeplomme/eggeplommer, hvidløgsfed, hvitløksfedd, agurk/agurker,
        laurbærblad/laurbærblade, kyllingebryst/kyllingebryster, kyllingfilet/kyllingfileter, rødløg, rødløk""",
        "lille/små, liten/små, stor/store, rød/røde",
        ("mellem, mellom", "og"),
        "til, eller",
        "ca, cirka, omtrent, fra, op til, opp til, mindst, minst",
        "plus, og",
        "minus",
        "en, et, ei",
        "en halv, et halvt, ei halv, halv",
    ),
}
"""The languages, besides English, whose units are understood."""


def words_of(attribute: str) -> tuple[str, ...]:
    """Return what all languages have in a list of plain words, each once, longer ones first."""
    words = {word for one in LANGUAGES.values() for word in split(getattr(one, attribute))}
    return tuple(sorted(words, key=lambda word: (-len(word), word)))


def split(text: str) -> tuple[str, ...]:
    """Return the entries of a list of the table."""
    return tuple(" ".join(entry.split()) for entry in text.split(",") if entry.strip())


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return singular and plural of each entry of a list of the table."""
    return tuple((one, several or one) for one, _, several in (entry.partition("/") for entry in split(text)))


def with_lower_case(words: dict[str, _Value]) -> dict[str, _Value]:
    """Return a table of words with the same words in lower case, where these are no others of it."""
    return {word.lower(): value for word, value in reversed(words.items())} | words
