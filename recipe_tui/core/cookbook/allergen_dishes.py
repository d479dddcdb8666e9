"""Dishes, products and foreign foods that usually contain an allergen which their names do not say.

Source of the allergens: Regulation (EU) No 1169/2011, Annex II, and the FDA's list, as in
`recipe_tui.core.cookbook.allergens`. What a dish contains is what its usual recipe has (a roux is flour and butter,
a hollandaise eggs and butter), and of a product what its maker's label declares, which may change.

Names are those that English recipes use, and those that other languages share with them or spell in their own way.
"""

from __future__ import annotations

DISHES: dict[str, str] = {
    "wheat and other cereals containing gluten": """gluten, wheat gluten, *gluten, freekeh, frikeh, vermicelli,
        capellini, angel hair, rigatoni, ziti, farfalle, fusilli, rotini, tagliatelle, pappardelle, cannelloni,
        manicotti, conchiglie,
        cavatappi, bucatini, ditalini, orecchiette, fregola, tortelloni, agnolotti, cappelletti,
        spaetzle, maultaschen, schupfnudeln, pierogi, lo mein, chow mein, somen, egg roll wrapper,
        spring roll wrapper, gyoza, samosa, roux, mehlschwitze, gravy, bratensoße, bechamel,
        béchamelsauce, bechamelsaus, besciamella, mornay, velouté, molho branco, salsa blanca, quiche,
        tempura, breading, stuffing, focaccia, sourdough, croissant, challah, pumpernickel, english
        muffin, crumpet, hoagie, melba toast, texas toast, french toast, toastbrot, toast, pan,
        zwieback, rusk, lavash, roti, chapati, paratha, kulcha, strudel, eclair, profiterole, cream
        puff, choux, cannoli, churro, empanada, pie, pot pie, cobbler, shortbread, gingerbread,
        gingersnap, biscotti, cantuccini, digestive, digestive biscuit, cheesecake, panettone, stollen,
        tiramisu, baklava, bisquick, oreo, kit kat, twix, nilla wafer, vanilla wafer, marmite, vegemite,
        ritz, saltine, triscuit, cheerio, weetabix, shredded wheat, wheat germ, cream of wheat, wheat
        berry, malted milk, malt powder, ovaltine, barley malt, maltesers, porter, pilsner, ipa, kecap
        manis, ketjap manis, ponzu, bulgogi sauce, couscous, massa folhada,
        soya sauce, pitta, pitta bread, cornbread, corn bread, johnnycake, welsh rarebit, rarebit, horlicks,
        rice krispies, corn flake, cornflake, bran flake, all bran, cream cracker, sausage,
        chipolata, banger, cumberland sausage, lincolnshire sausage, haggis, black pudding,
        white pudding, yorkshire pudding, christmas pudding, bread pudding, toad in the hole,
        pork pie, sausage roll, scotch egg, angel food cake, suet crust, suet pastry, oat cream,
        oat yogurt, oat drink, ice cream cone, welsh cake, faggot""",
    "milk": """labneh, lebneh, labne, tzatziki, zaziki, tsatsiki, raita, lassi, ayran, skyr, filmjölk, baileys, irish
        cream, velveeta, cheez whiz, cool whip, snickers, kit kat, twix, reese, maltesers, nutella,
        roux, mehlschwitze, bechamel, béchamelsauce, bechamelsaus, besciamella, mornay, molho branco,
        salsa blanca, hollandaise, hollandaisesauce, bearnaise, quiche, ganache, custard, creme
        anglaise, panna cotta, gelato, sherbet, pudding, natilla, flan, tiramisu, cheesecake, cotija,
        queso fresco, crema, burrata, stracciatella, emmental, emmentaler, roquefort, stilton,
        gorgonzola, boursin, neufchatel, colby, pepper jack, muenster, jarlsberg, edam, limburger,
        taleggio, raclette, reblochon, bocconcini, fromage frais, crème caramel, tres leches, clotted
        cream, malted milk, ovaltine, croissant, shortbread, milkshake, nougatine, butterfinger,
        carbonara, alfredo sauce, saag paneer,
        welsh rarebit, rarebit, cornbread, corn bread, yorkshire pudding, toad in the hole, horlicks,
        caesar dressing, caesar salad, bread pudding, scone, welsh cake""",
    "eggs": """quiche, zabaglione, sabayon, creme anglaise, carbonara, souffle, eggs benedict, pavlova, macaron,
        remoulade, hollandaisesauce, alioli, natilla, flan, crème caramel, tiramisu, cheesecake,
        spaetzle, snickers, challah, eclair, profiterole, cream puff, choux, french toast, panettone,
        egg roll wrapper, advocaat, eierlikör, kewpie, tortilla española, pastel de nata,
        cornbread, corn bread, miracle whip, tartare sauce, sauce tartare, yorkshire pudding,
        toad in the hole, scotch egg, angel food cake, angel cake, sponge cake, chiffon cake,
        pound cake, genoise, lady finger, salad cream, caesar salad, bread pudding,
        christmas pudding, welsh cake""",
    "fish": """lox, gravlax, gravadlax, gravad lax, nam pla, nuoc mam, nuoc cham, colatura, garum, fiskesauce, fisksås,
        vissaus, fischsauce, fischsoße, nuoc-mâm, salsa de pescado, bottarga, taramasalata, kipper,
        bloater, whitebait, arctic char, barramundi, perch, pike, walleye, whitefish, branzino, mullet,
        tapenade, puttanesca, bagna cauda, unagi, ikura, tobiko, masago, fish stick, katsuobushi,
        hondashi, furikake, kimchi, ceviche,
        caesar salad""",
    "crustaceans": "belacan, terasi, yabby, kimchi, bisque, étouffée, xo sauce, tom yum",
    "molluscs": "conch, geoduck, periwinkle, razor clam, cioppino, xo sauce, paua, limpet",
    "tree nuts": """romesco, dukkah, ferrero, turron, turrón, linzer, mortadella, orgeat, disaronno, trail mix, granola,
        macaron, muhammara, frangelico, nocino, cantuccini, biscotti, korma,
        almond cream, almond yogurt, almond yoghurt, almond cheese, cashew cream, cashew cheese,
        cashew yogurt, hazelnut milk, hazelnut butter, pistachio butter, walnut milk""",
    "peanuts": "snickers, reese, butterfinger, trail mix, cracker jack, gado gado, pad thai, kung pao sauce, pindasaus",
    "soybeans": """oreo, kit kat, twix, reese, snickers, nutella, ponzu, kecap manis, ketjap manis, soja, okara, yuba,
        doenjang, gochujang, bulgogi sauce, worcestershire,
        soya milk, soya cream, soya yogurt, soya yoghurt, soya butter, soya cheese, soya drink,
        soy cream, soy creamer, soy yogurt, soy yoghurt, soy butter, soy cheese, soya bean,
        soya sauce, miracle whip""",
    "sesame": "dukkah, furikake, everything bagel, baba ghanoush, baba ganoush, tahina, tehina, shichimi, togarashi",
    "celery": """marmite, old bay, bloody mary mix, soup base, soffritto, suppengrün, suppengemüse,
        soup mix""",
    "mustard": """old bay, remoulade, piccalilli, colman, honey mustard, rouille, mostarda,
        welsh rarebit, rarebit, tartare sauce, sauce tartare, caesar dressing, miracle whip,
        salad cream""",
    "sulphites": """sangria, grenadine, maraschino cherry,
        chipolata, banger, cumberland sausage, lincolnshire sausage""",
    "lupin": "lupini, lupini bean",
}
"""By the name of the allergen."""

SHARED_LOOKALIKES = """root beer, ginger beer, ginger ale, birch beer, spaghetti squash, shepherd pie,
        cottage pie, pie plate, pie dish, pie tin, pie pan, pie weight,
        pie filling, pumpkin pie spice, apple pie spice, pie spice, pie spice mix, quiche pan, quiche dish,
        muffin tin, muffin pan, mung bean vermicelli, bean thread vermicelli, glass vermicelli, sheet
        pan, one pan, pan fried, pan fry, pan frying, pan seared, pan sear, pan roasted, pan roast, pan
        grilled, pan cooked, pan drippings, pan juice, pan sauce, pan spray, pan coating, pan release,
        cake pan, loaf pan, bread pan, roasting pan, frying pan, fry pan, sauce pan, baking pan, bundt
        pan, tart pan, springform pan, jelly roll pan, tube pan, brownie pan, square pan, round pan,
        large pan, small pan, medium pan, heavy pan, nonstick pan, stick pan, hot pan, oven pan, foil
        pan, pizza pan, grill pan, dutch pan, paella pan, the pan, for pan, a pan, your pan, in pan, of
        pan, inch pan, cm pan, x pan, by pan, greasing pan, greased pan, grease pan, oil pan, coat pan,
        brush pan, line pan, dusting pan, quart pan, qt pan, each pan, to pan, pan asian, peter pan"""
"""What only looks like such a food, and pans, which are no Spanish bread."""
