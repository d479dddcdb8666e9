"""Ingredient lines as people write them, by hand: what is true of any line is tested on these."""

LINES = tuple(
    line
    for line in """
1 1/2 cups all-purpose flour
1½ cups sugar
1-1/2 cups milk
1–1/2 cups sugar
1 and 1/2 tsp salt
One and 1/2 cups milk
2 1/4 tsp. active dry yeast (1 packet)
1 (1/4-oz) envelope yeast (2 1/4 tsp)
a handful of parsley
a couple of bay leaves
3-4 cloves garlic, minced
3 or 4 ripe bananas
1 to 1 1/2 lbs. ground beef
half an onion
1/2 an avocado
one 15 oz can black beans, drained
one 14 oz (400 g) can tomatoes
2 15-oz. cans chickpeas
two (14.5 oz) cans diced tomatoes
1 (28-ounce) can whole tomatoes with juice
1 28 oz can tomatoes (about 3 cups)
1 8-ounce package cream cheese
an 8-oz package cheese
4 tomatoes or 1 (14 oz) can
4 tomatoes or a 14 oz can
4 tomatoes or 14-oz can
1 lb fresh or 1 (10 oz) package frozen spinach
1 lb clams and 2 (10 oz) cans clams
1 cup ricotta plus 1 (8 oz) ball mozzarella
2 cups stock (or 1 (14 oz) can broth)
1 (15 oz) can or 1 (20 oz) jar sauce
4 Tomaten oder 1 Dose (400 g)
4 tomaten of 1 blik (400 g)
1 stick (1/2 cup) butter, softened
1 cup (2 sticks) unsalted butter
3/4 c. brown sugar
2 T. soy sauce
1 lb 4 oz potatoes
2 lb 3 oz/1kg potatoes
200g (7oz) dark chocolate
250ml/9fl oz double cream
600ml/1 pint milk
1 pint (600 ml) milk
150ml/¼ pint cream
1 cup (200 g; 7 oz) sugar
3 cups (710 ml/24 fl oz) milk
2 Tbsp/30 ml oil
8 oz (1 cup) sour cream
1 cup plus 2 tbsp (270 ml) milk
1 cup 2 tbsp flour
1 tbsp 1 tsp oil
1 cup 2 tbsp 1 tsp flour
1 pint 4 fl oz milk
1 l 200 ml milk
1 EL 1 TL Öl
1 Tasse 2 EL Mehl
2 cups & 2 tbsp flour
2 cups 8 oz cheese
a cup and a half of milk
a dozen and a half eggs
an onion and a half, chopped
une tasse et demie de lait
2 tazas y media de harina
2 cebollas y media
1.000 g Mehl
1.500 ml Wasser
1,000 g flour
1,500 kg Mehl
1.000 Eier
1 000 g farine
1 250 g Mehl
2 400 g tins beans
3–2 cups sugar
two (2) cups flour
one dozen (12) eggs
2 (3) cups flour
11/2 cups milk
21/4 tsp salt
zwei Eier
zwei bis drei Eier
Saft einer Zitrone
le jus d'un citron
anderthalb Liter Milch
un demi-litre de lait
2 Eier und zwei Eigelb
1 Zwiebel(n)
1 cup(s) milk
1/4th cup oil
2-inch piece of ginger
1 (3-lb) whole chicken
4 (6- to 8-oz.) salmon fillets
4 boneless, skinless chicken breasts (about 1 1/2 pounds)
juice and zest of 2 limes
zest of 1 lemon plus juice of 2 lemons
1/4 cup fresh lemon juice (about 2 lemons)
1 large egg plus 1 egg yolk
2 eggs, 1 egg yolk
1 egg, beaten with 1 tbsp water
salt and pepper to taste
1 cup water, plus more as needed
1 cup chopped walnuts (4 oz)
2 (9 inch) refrigerated pie crusts
1 pkg. (3 oz.) lime Jell-O
2 cans tuna (5 oz. each), drained
1 lb 80/20 ground beef
1 cup half and half
2 tsp 13-spice blend
½ – ¾ cup sugar
between 2 and 3 cups flour
0,5 l Milch
3x 400g tins chopped tomatoes
10 (6-inch) corn tortillas
6 bell peppers (2 orange, 3 red, 1 green)
2 x 400 g cans (drained weight 240 g)
1 ( (odd brackets
2 cups (or so) broth (homemade (or 1 (32 oz) carton))
""".splitlines()
    if line
)
