"""Stories about cooking, baking and eating."""

from cot_distill.problems.word_problems.shape import Do, Extra, Given, Shape

SHAPES = (
    Shape(
        "cookies in bags",
        things={"item": "cookie muffin scone bun"},
        story="{A} bakes {trays} trays of {item} with {per} {item} on each tray. | {A:He} burns {burnt} of the {item} "
        "and throws them away. {A:He} packs all the others into bags of {bag}.",
        question="How many bags does {A} fill?",
        goal="how many bags {A} fills",
        given=(
            Given("trays", range(2, 9), "trays", "{A} bakes {trays} trays"),
            Given("per", range(6, 19), "{item} on each tray", "there are {per} {item} on each tray"),
            Given("burnt", range(2, 16), "burnt {item}", "{A} throws away {burnt} burnt {item}"),
            Given("bag", range(3, 10), "{item} in each bag", "each bag holds {bag} {item}"),
        ),
        steps=(
            Do(
                "baked = trays * per",
                "{item} baked",
                "{A} bakes # {item}",
                "every tray has the same number of {item}",
                "How many {item} does {A} bake?",
            ),
            Do(
                "good = baked - burnt",
                "good {item}",
                "# good {item} remain",
                "the burnt {item} are thrown away",
                "How many good {item} remain?",
            ),
            Do("bags = good / bag", "bags", "{A} fills # bags", "the {item} are put into equal bags"),
        ),
        extras=(
            Extra(range(150, 231, 10), "the oven is set to {number} degrees"),
            Extra(range(12, 31), "each tray is in the oven for {number} minutes"),
        ),
    ),
    Shape(
        "flour for cakes",
        things={"what": "cake loaf/loaves tart"},
        story="A bakery has {have} cups of flour in the morning. | The baker "
        "makes {n} {what}, and each one takes {cups} cups of flour.",
        question="How many cups of flour are left?",
        goal="how many cups of flour are left",
        given=(
            Given("have", range(20, 61), "cups of flour at first", "the bakery has {have} cups of flour at first"),
            Given("n", range(4, 16), "{what}", "the baker makes {n} {what}"),
            Given("cups", range(2, 6), "cups for each {what:1}", "each {what:1} takes {cups} cups of flour"),
        ),
        steps=(
            Do(
                "used = n * cups",
                "cups of flour used",
                "the {what} take # cups of flour",
                "every {what:1} takes the same amount",
                "How many cups of flour do the {what} take?",
            ),
            Do("left = have - used", "cups of flour left", "# cups of flour are left", "the used flour is gone"),
        ),
        extras=(
            Extra(range(3, 9), "{number} people work at the bakery"),
            Extra(range(4, 15), "the bakery also has {number} bags of sugar"),
        ),
    ),
    Shape(
        "eggs in cartons",
        story="A farmer named {A} has {hens} hens, and each hen lays {lays} eggs a week. | Over {weeks} weeks, {A:his} "
        "family eats {eaten} of the eggs. {A} packs all the other eggs into cartons of {carton}.",
        question="How many cartons does {A} fill?",
        goal="how many cartons {A} fills",
        given=(
            Given("hens", range(3, 13), "hens", "{A} has {hens} hens"),
            Given("lays", range(3, 7), "eggs of one hen in a week", "each hen lays {lays} eggs a week"),
            Given("weeks", range(2, 6), "weeks", "the eggs of {weeks} weeks are counted"),
            Given("eaten", range(6, 31), "eggs eaten", "the family eats {eaten} eggs"),
            Given("carton", range(4, 13), "eggs in each carton", "each carton holds {carton} eggs"),
        ),
        steps=(
            Do(
                "weekly = hens * lays",
                "eggs in one week",
                "the hens lay # eggs in one week",
                "every hen lays the same number of eggs",
                "How many eggs do the hens lay in one week?",
            ),
            Do(
                "laid = weekly * weeks",
                "eggs in all the weeks",
                "the hens lay # eggs in all the weeks",
                "every week brings the same number of eggs",
                "How many eggs do the hens lay in all the weeks?",
            ),
            Do(
                "rest = laid - eaten",
                "eggs to pack",
                "# eggs are packed",
                "the eaten eggs are not packed",
                "How many eggs are packed?",
            ),
            Do("cartons = rest / carton", "cartons", "{A} fills # cartons", "the eggs are put into equal cartons"),
        ),
        extras=(
            Extra(range(2, 8), "{A} also keeps {number} goats"),
            Extra(range(30, 61), "{A} is {number} years old"),
        ),
    ),
    Shape(
        "orange juice",
        things={"fruit": "orange lemon lime"},
        story="{A} buys {bags} bags of {fruit} with {per} {fruit} in each bag. {bad} of the {fruit} turn out to be "
        "bad. | "
        "{A:He} squeezes all the good ones, using {glass} {fruit} for each glass of juice, and sells every glass for "
        "{price} dollars.",
        question="How many dollars does {A} take in?",
        goal="how many dollars {A} takes in",
        given=(
            Given("bags", range(2, 9), "bags", "{A} buys {bags} bags"),
            Given("per", range(6, 16), "{fruit} in each bag", "each bag holds {per} {fruit}"),
            Given("bad", range(2, 13), "bad {fruit}", "{bad} {fruit} are bad"),
            Given("glass", range(2, 7), "{fruit} for each glass", "each glass takes {glass} {fruit}"),
            Given("price", range(2, 6), "price of a glass", "each glass sells for {price} dollars"),
        ),
        steps=(
            Do(
                "bought = bags * per",
                "{fruit} bought",
                "{A} buys # {fruit}",
                "every bag holds the same number of {fruit}",
                "How many {fruit} does {A} buy?",
            ),
            Do(
                "good = bought - bad",
                "good {fruit}",
                "# {fruit} are good",
                "the bad {fruit} cannot be used",
                "How many {fruit} are good?",
            ),
            Do(
                "glasses = good / glass",
                "glasses of juice",
                "{A} makes # glasses of juice",
                "every glass takes the same number of {fruit}",
                "How many glasses of juice does {A} make?",
            ),
            Do(
                "money = glasses * price",
                "money taken in",
                "{A} takes in # dollars",
                "every glass sells for the same price",
            ),
        ),
        extras=(
            Extra(range(9, 17), "{A} is {number} years old"),
            Extra(range(20, 36), "it is {number} degrees outside"),
        ),
    ),
    Shape(
        "soup for guests",
        things={"food": "soup stew chili"},
        story="{A} cooks {food:1} for a family party. Each of the {adults} adults will eat {a} bowls of {food:1}, "
        "and each "
        "of the {kids} children will eat {c} bowls. | One pot of {food:1} fills {pot} bowls.",
        question="How many pots of {food:1} does {A} need to cook?",
        goal="how many pots {A} needs to cook",
        given=(
            Given("adults", range(3, 16), "adults", "there are {adults} adults"),
            Given("a", range(2, 5), "bowls for each adult", "each adult eats {a} bowls"),
            Given("kids", range(3, 16), "children", "there are {kids} children"),
            Given("c", range(2, 4), "bowls for each child", "each child eats {c} bowls"),
            Given("pot", range(6, 21), "bowls in one pot", "one pot fills {pot} bowls"),
        ),
        steps=(
            Do(
                "big = adults * a",
                "bowls for the adults",
                "the adults eat # bowls",
                "every adult eats the same amount",
                "How many bowls do the adults eat?",
            ),
            Do(
                "small = kids * c",
                "bowls for the children",
                "the children eat # bowls",
                "every child eats the same amount",
                "How many bowls do the children eat?",
            ),
            Do(
                "bowls = big + small",
                "bowls altogether",
                "the guests eat # bowls altogether",
                "both the adults and the children are fed",
                "How many bowls do the guests eat altogether?",
            ),
            Do("pots = bowls / pot", "pots", "{A} needs to cook # pots", "every pot fills the same number of bowls"),
        ),
        extras=(
            Extra(range(5, 12), "the party starts at {number} o'clock"),
            Extra(range(15, 51, 5), "{A} spends {number} dollars on flowers"),
        ),
    ),
    Shape(
        "lemonade profit",
        things={"drink": "lemonade cocoa punch"},
        story="{A} and {B} set up a stand. They spend {cups_cost} dollars on cups and {mix} dollars on "
        "ingredients. | During "
        "the day, they sell {sold} cups of {drink:1} for {price} dollars each. They divide the profit equally between "
        "the two of them.",
        question="How many dollars does {B} get?",
        goal="how many dollars {B} gets",
        given=(
            Given("cups_cost", range(2, 16), "cost of the cups", "the cups cost {cups_cost} dollars"),
            Given("mix", range(4, 31), "cost of the ingredients", "the ingredients cost {mix} dollars"),
            Given("sold", range(12, 41), "cups sold", "{A} and {B} sell {sold} cups"),
            Given("price", range(2, 6), "price of a cup", "each cup sells for {price} dollars"),
            Given("two", range(2, 3), "people", "{A} and {B} are {two} people"),
        ),
        steps=(
            Do(
                "spent = cups_cost + mix",
                "money spent",
                "{A} and {B} spend # dollars",
                "both purchases have to be paid",
                "How many dollars do {A} and {B} spend?",
            ),
            Do(
                "earned = sold * price",
                "money taken in",
                "{A} and {B} take in # dollars",
                "every cup sells for the same price",
                "How many dollars do {A} and {B} take in?",
            ),
            Do(
                "profit = earned - spent",
                "profit",
                "the profit is # dollars",
                "the profit is what remains after the costs",
                "How many dollars is the profit?",
            ),
            Do("share = profit / two", "share of {B}", "{B} gets # dollars", "the profit is divided equally"),
        ),
        extras=(
            Extra(range(3, 9), "the stand is open for {number} hours"),
            Extra(range(14, 61), "{number} people walk past without buying anything"),
        ),
    ),
)
