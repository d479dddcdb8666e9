"""What the fields of a recipe are called in English and in other languages, the commonest names first.

A name stands here without its blanks, hyphens and underscores; case and accents are folded, see `plain_name`. The
languages of each field are German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish, Norwegian, Finnish,
Polish, Czech, Slovak, Hungarian, Romanian, Russian, Ukrainian, Turkish, Greek, Chinese, Japanese, Korean, Arabic,
Hebrew, Hindi, Indonesian, Vietnamese and Thai.
"""

from __future__ import annotations

import unicodedata

_NO_ACCENTS = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ı": "i", "ß": "ss"})


def plain_name(name: str) -> str:
    """Fold the ways in which a field's name is spelled: case, accents, blanks, hyphens, underscores, a last colon."""
    name = str(name)
    if not name.isascii():
        decomposed = unicodedata.normalize("NFKD", name.casefold()).translate(_NO_ACCENTS)
        name = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return "".join(letter for letter in name.lower() if letter not in " _-\t\xa0").rstrip(":")


def names(text: str) -> tuple[str, ...]:
    """Return the names in a text, folded, each once and in their order."""
    return tuple(dict.fromkeys(map(plain_name, text.split())))


# Kaggle's Cleaned_Ingredients is left out on purpose: it cuts ingredients at every comma.
TITLE = names(
    """title name recipename recipetitle strmeal strdrink label dishname
    titel rezeptname rezepttitel titre nom nomdelarecette titulo nombre nombredelareceta titolo nome nomericetta
    nomedareceita naam receptnaam namn receptnamn navn opskriftsnavn tittel oppskriftsnavn nimi otsikko reseptinnimi
    nazwa tytuł nazwaprzepisu název názevreceptu jméno názov cím név receptneve titlu nume denumire
    название заголовок наименование имя названиерецепта назва назварецепту ad adı başlık isim tarifadı yemekadı
    τίτλος όνομα 名称 菜名 标题 名字 菜谱名 菜谱名称 食谱名称 菜品名称 名稱 標題 食譜名稱 タイトル 料理名 レシピ名
    名前 題名
    제목 이름 요리명 레시피명 요리이름 العنوان الاسم اسمالوصفة כותרת שם שםהמתכון शीर्षक नाम judul nama namaresep
    tên tiêuđề tênmón ชื่อ ชื่อเมนู ชื่ออาหาร"""
)
INGREDIENTS = names(
    """ingredients recipeingredient recipeingredients ingredientlines ingredientslist ingredientlist ingredientsraw
    ingredientsrawstr rawingredients extendedingredients ingredient ingredientgroups ingredientsections
    ingredientstext recipeingredientparts
    zutaten zutatenliste ingrédients ingrédient listedesingrédients ingredientes listadeingredientes ingredienti
    ingrediënten ingredienser ingredienslista ingrediensliste råvaror råvarer ainekset aineet ainesosat raakaaineet
    składniki suroviny ingredience přísady ingrediencie prísady hozzávalók alapanyagok összetevők ingrediente
    ингредиенты состав продукты інгредієнти складники продукти malzemeler malzeme malzemelistesi içindekiler υλικά
    συστατικά 用料 原料 食材 配料 材料 主料 食材清单 材料清单 食材清單 食材明细 原材料 재료 식재료 المكونات المقادير
    مكونات مقادير
    מרכיבים מצרכים רכיבים सामग्री bahan bahanbahan nguyênliệu ส่วนผสม วัตถุดิบ"""
)
STEPS = names(
    """directions instructions steps method recipeinstructions direction instruction recipedirections instructionslist
    instructionlist directionslist analyzedinstructions strinstructions methods recipesteps cookinginstructions
    cookingdirections cookingsteps instructionstext preparationsteps procedure instructionlines instructionsections
    instructiongroups directionsections directiongroups stepsections stepgroups methodsections
    zubereitung anleitung zubereitungsschritte arbeitsschritte schritte arbeitsanweisung étapes préparation
    réalisation
    étapesdepréparation preparación instrucciones pasos elaboración procedimiento mododepreparación preparazione
    procedimento passaggi istruzioni svolgimento modopreparo mododepreparo mododefazer preparo preparação instruções
    passos bereiding bereidingswijze instructies werkwijze stappen tillagning instruktioner görsåhär tillvägagångssätt
    steg fremgangsmåde tilberedning sådangørdu trin fremgangsmåte framgangsmåte instruksjoner slikgjørdu ohjeet
    valmistusohje valmistusohjeet valmistus työvaiheet vaiheet przygotowanie sposóbprzygotowania instrukcje wykonanie
    kroki postup příprava instrukce kroky príprava inštrukcie elkészítés elkészítése utasítások lépések preparare
    moddepreparare instrucțiuni pași приготовление инструкции инструкция шаги способприготовления этапы приготування
    спосібприготування інструкції кроки yapılışı yapılış hazırlanışı hazırlanış talimatlar adımlar tarif εκτέλεση
    οδηγίες παρασκευή βήματα 做法 步骤 制作步骤 制作方法 烹饪步骤 烹饪方法 方法 步驟 作法 製作步驟 烹飪步驟 作り方
    手順 調理手順 工程
    조리법 만드는법 조리순서 만드는방법 조리과정 طريقةالتحضير طريقةالعمل التحضير الطريقة الخطوات التعليمات הוראות
    הוראותהכנה
    אופןההכנה אופןהכנה विधि निर्देश बनानेकीविधि langkah langkahlangkah caramembuat caramemasak cáchlàm cáchnấu
    hướngdẫn cácbước วิธีทำ ขั้นตอน"""
)
TAGS = names(
    """tags categories category keywords cuisine course recipecuisine recipecategory strcategory strarea strtags
    cuisines courses dishtypes diets diet suitablefordiet cookingmethod dietlabels cuisinetype mealtype dishtype
    kategorie kategorien schlagwörter stichwörter küche gang catégorie catégories motsclés categoría categorías
    etiquetas cocina categoria categorie cucina categorias cozinha categorieën keuken trefwoorden kategori kategorier
    nyckelord kök køkken kjøkken luokka avainsanat kategoria kategoriat keittiö kuchnia słowakluczowe kuchyně kuchyňa
    konyha bucătărie категория категории кухня теги категорія категорії mutfak etiketler κατηγορία κατηγορίες κουζίνα
    分类 标签 菜系 类别 分類 標籤 類別 カテゴリ カテゴリー タグ ジャンル 카테고리 태그 분류 التصنيف الفئة المطبخ
    קטגוריה מטבח
    श्रेणी danhmục ẩmthực หมวดหมู่ ประเภท"""
)
SERVINGS = names(
    """recipeservings servings serves serving numberofservings portions recipeyield yield yields servingstext
    yieldtext
    makes
    portionen anzahlportionen personen ergibt personnes nombredepersonnes nombredeportions rendement porciones
    raciones
    comensales porzioni dosi persone porções rendimento porties aantalpersonen aantalporties portioner antalportioner
    antalpersoner porsjoner antallporsjoner annokset annosmäärä annoksia porcje liczbaporcji porce početporcí porcie
    početporcií adag adagok adagszám porții numărporții numărdeporții порции порций количествопорций порції
    кількістьпорцій porsiyon porsiyonsayısı kişisayısı kaçkişilik μερίδες 份量 份数 人份 份數 几人份 人数 何人分 人前
    인분 분량
    الحصص حصص عددالحصص מנות מספרמנות सर्विंग porsi khẩuphần sốphần ที่เสิร์ฟ จำนวนที่เสิร์ฟ"""
)
TIMES = {
    "prep": names(
        """preptime preparationtime prepminutes preparationminutes preptimeminutes workingtime
        vorbereitungszeit zubereitungszeit tempsdepréparation tempspréparation tiempodepreparación tiempopreparación
        tempodipreparazione tempopreparazione tempodepreparo tempodepreparação voorbereidingstijd bereidingstijd
        förberedelsetid forberedelsestid forberedelsetid valmisteluaika czasprzygotowania dobapřípravy časpřípravy
        časprípravy előkészítésiidő előkészítés timpdepreparare timppreparare времяподготовки часпідготовки
        hazırlamasüresi hazırlıksüresi hazırlıkzamanı χρόνοςπροετοιμασίας 准备时间 準備時間 下準備時間 준비시간
        وقتالتحضير
        זמןהכנה तैयारीकासमय waktupersiapan thờigianchuẩnbị เวลาเตรียม"""
    ),
    "active": names("activetime handsontime arbeitszeit tempsactif arbejdstid arbeidstid arbetstid"),
    "cook": names(
        """cooktime cookingtime performtime cookminutes cookingminutes cooktimeminutes bakingtime baketime
        kochzeit garzeit backzeit kochbackzeit tempsdecuisson tempscuisson tiempodecocción tiempococción
        tiempodecocinado tempodicottura tempocottura tempodecozimento tempocozimento kooktijd baktijd oventijd koktid
        ugnstid tillagningstid kogetid bagetid tilberedningstid koketid steketid kypsennysaika paistoaika
        valmistusaika czasgotowania czaspieczenia dobavaření časvaření dobapečení časvarenia časpečenia főzésiidő
        sütésiidő timpdegătire timpgătire времяприготовления часприготування pişirmesüresi pişmesüresi
        χρόνοςμαγειρέματος χρόνοςψησίματος 烹饪时间 烹調時間 烹飪時間 調理時間 加熱時間 조리시간 وقتالطبخ وقتالطهي
        זמןבישול
        पकानेकासमय waktumemasak thờigiannấu เวลาปรุง"""
    ),
    "rest": names(
        """waitingtime restingtime resttime standingtime chillingtime inactivetime additionaltime waittime chilltime
        fridgetime coolingtime risingtime risetime proofingtime prooftime fermentationtime marinatingtime marinatetime
        soakingtime soaktime freezingtime freezetime
        ruhezeit wartezeit kühlzeit gehzeit tempsderepos tiempodereposo tempodiriposo tempodedescanso rusttijd vilotid
        hviletid lepoaika pihenésiidő dinlenmesüresi"""
    ),
    "total": names(
        """totaltime readyinminutes minutes totalminutes totaltimeminutes timerequired readyin
        gesamtzeit tempstotal duréetotale durée tiempototal duración tempototale tempototal totaletijd totaltid
        tidialt
        samlettid kokonaisaika czascałkowity całkowityczas łącznyczas celkovýčas celkovádoba összesidő teljesidő
        timptotal общеевремя загальнийчас toplamsüre toplamzaman συνολικόςχρόνος 总时间 耗时 用时 總時間 所要時間
        合計時間
        총시간 소요시간 الوقتالكلي الوقتالإجمالي זמןכולל कुलसमय totalwaktu waktutotal tổngthờigian เวลารวม"""
    ),
}
QUANTITIES = names(
    """quantity amount qty measure quantityvalue count value textquantity
    menge anzahl quantité cantidad quantità quantidade hoeveelheid mängd mængde mengde määrä ilość množství množstvo
    mennyiség cantitate количество кількість miktar ποσότητα 数量 用量 分量 份量 양 الكمية כמות मात्रा jumlah"""
)
UNITS = names(
    """unit units measurementunit unitofmeasure uom unittext
    einheit unité unidad unità unidade eenheid enhet enhed yksikkö jednostka jednotka mértékegység unitate единица
    одиниця birim μονάδα 单位 單位 単位 단위 الوحدة יחידה इकाई satuan"""
)
FOODS = names(
    """zutat nom nombre nome naam namn navn nimi nazwa název názov név nume название назва ad όνομα 名称 名稱 名前
    이름 الاسم שם नाम nama tên ingrediënt ingrediente ingrédient ingrediens ainesosa składnik surovina hozzávaló
    ингредиент інгредієнт malzeme υλικό 食材 材料 재료"""
)
