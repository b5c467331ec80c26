"""Stories about gardens, farms and animals."""

from cot_distill.problems.word_problems.shape import Do, Extra, Given, Shape

SHAPES = (
    Shape(
        "two flower beds",
        things={"one": "tulip rose", "two": "daisy/daisies lily/lilies pansy/pansies"},
        story="{A} plants {r} rows of {one} with {p} {one} in each row, and {s} rows of {two} with {q} {two} in "
        "each row. | "
        "Later, rabbits eat {eaten} of the flowers.",
        question="How many flowers remain?",
        goal="how many flowers remain",
        given=(
            Given("r", range(2, 10), "{one:1} rows", "there are {r} rows of {one}"),
            Given("p", range(3, 13), "{one} in a row", "each {one:1} row has {p} {one}"),
            Given("s", range(2, 10), "{two:1} rows", "there are {s} rows of {two}"),
            Given("q", range(3, 13), "{two} in a row", "each {two:1} row has {q} {two}"),
            Given("eaten", range(3, 26), "flowers eaten", "rabbits eat {eaten} flowers"),
        ),
        steps=(
            Do(
                "x = r * p",
                "{one}",
                "{A} plants # {one}",
                "every row of {one} is the same",
                "How many {one} does {A} plant?",
            ),
            Do(
                "y = s * q",
                "{two}",
                "{A} plants # {two}",
                "every row of {two} is the same",
                "How many {two} does {A} plant?",
            ),
            Do(
                "all = x + y",
                "flowers planted",
                "{A} plants # flowers altogether",
                "both kinds are flowers",
                "How many flowers does {A} plant altogether?",
            ),
            Do("left = all - eaten", "remaining flowers", "# flowers remain", "the eaten flowers are gone"),
        ),
        extras=(
            Extra(range(3, 12), "{A} also has {number} watering cans"),
            Extra(range(14, 41), "the garden is {number} feet wide"),
        ),
    ),
    Shape(
        "apple baskets",
        things={"fruit": "apple pear plum/plums peach/peaches"},
        story="{A} and {B} pick {fruit}. {A} fills {x} baskets and {B} fills {y} baskets, and every basket holds {per} "
        "{fruit}. | They put all the {fruit} into bags of {bag} to sell them.",
        question="How many bags of {fruit} do they get?",
        goal="how many bags of {fruit} {A} and {B} get",
        given=(
            Given("x", range(2, 13), "{A}'s baskets", "{A} fills {x} baskets"),
            Given("y", range(2, 13), "{B}'s baskets", "{B} fills {y} baskets"),
            Given("per", range(6, 19), "{fruit} in each basket", "each basket holds {per} {fruit}"),
            Given("bag", range(3, 13), "{fruit} in each bag", "each bag holds {bag} {fruit}"),
        ),
        steps=(
            Do(
                "baskets = x + y",
                "baskets altogether",
                "{A} and {B} fill # baskets altogether",
                "{A} and {B} work together",
                "How many baskets do {A} and {B} fill altogether?",
            ),
            Do(
                "all = baskets * per",
                "{fruit} picked",
                "{A} and {B} pick # {fruit}",
                "every basket holds the same number of {fruit}",
                "How many {fruit} do {A} and {B} pick?",
            ),
            Do("bags = all / bag", "bags", "{A} and {B} get # bags of {fruit}", "the {fruit} are put into equal bags"),
        ),
        extras=(
            Extra(range(20, 41), "the orchard has {number} trees"),
            Extra(range(3, 9), "they work for {number} hours"),
        ),
    ),
    Shape(
        "legs in the barn",
        things={"bird": "hen duck turkey", "beast": "cow goat pig horse"},
        story="A barn houses {birds} {bird} and {beasts} {beast}. | All of the animals are healthy and have the "
        "usual number "
        "of legs.",
        question="How many legs do the animals in the barn have altogether?",
        goal="how many legs the animals have altogether",
        given=(
            Given("birds", range(3, 31), "{bird}", "there are {birds} {bird}"),
            Given("two", range(2, 3), "legs of a {bird:1}", "each {bird:1} has {two} legs"),
            Given("beasts", range(3, 26), "{beast}", "there are {beasts} {beast}"),
            Given("four", range(4, 5), "legs of a {beast:1}", "each {beast:1} has {four} legs"),
        ),
        steps=(
            Do(
                "x = birds * two",
                "legs of the {bird}",
                "the {bird} have # legs",
                "every {bird:1} has the same number of legs",
                "How many legs do the {bird} have?",
            ),
            Do(
                "y = beasts * four",
                "legs of the {beast}",
                "the {beast} have # legs",
                "every {beast:1} has the same number of legs",
                "How many legs do the {beast} have?",
            ),
            Do(
                "legs = x + y",
                "legs altogether",
                "the animals have # legs altogether",
                "both kinds of animals are in the barn",
            ),
        ),
        extras=(
            Extra(range(20, 61), "the barn is {number} years old"),
            Extra(range(3, 13), "the barn has {number} windows"),
        ),
    ),
    Shape(
        "water tank",
        things={"plant": "bush/bushes tree shrub"},
        story="A rain barrel holds {full} liters of water. Each morning, {A} gives {per} liters from the barrel to "
        "each of "
        "the {n} {plant} in the yard. | It does not rain.",
        question="How many liters are left in the barrel after {days} mornings?",
        goal="how many liters are left after {days} mornings",
        given=(
            Given("full", range(60, 201, 5), "liters at first", "the barrel holds {full} liters at first"),
            Given("n", range(2, 11), "{plant}", "there are {n} {plant}"),
            Given("per", range(2, 7), "liters for each {plant:1}", "each {plant:1} gets {per} liters a morning"),
            Given("days", range(2, 7), "mornings", "{A} waters the {plant} on {days} mornings"),
        ),
        steps=(
            Do(
                "daily = n * per",
                "liters used each morning",
                "{A} uses # liters each morning",
                "every {plant:1} gets the same amount",
                "How many liters does {A} use each morning?",
            ),
            Do(
                "used = daily * days",
                "liters used on all the mornings",
                "{A} uses # liters on all the mornings",
                "{A} does the same every morning",
                "How many liters does {A} use on all the mornings?",
            ),
            Do("left = full - used", "liters left", "# liters are left in the barrel", "the used water is gone"),
        ),
        extras=(
            Extra(range(7, 26), "the {plant} are {number} years old"),
            Extra(range(10, 31, 5), "the watering takes {number} minutes"),
        ),
    ),
    Shape(
        "fence posts",
        things={"yard": "yard pasture garden"},
        story="{A} builds a fence all the way around a rectangular {yard:1} that is {long} meters long and {wide} "
        "meters wide. "
        "| {A:He} sets one post every {gap} meters along the whole fence, and each post costs {price} dollars.",
        question="How many dollars do the posts cost altogether?",
        goal="how many dollars the posts cost altogether",
        given=(
            Given("long", range(25, 46), "length", "the {yard:1} is {long} meters long"),
            Given("wide", range(6, 25), "width", "the {yard:1} is {wide} meters wide"),
            Given("two", range(2, 3), "sides of each length", "a rectangle has {two} sides of each length"),
            Given("gap", range(2, 7), "distance between posts", "there is a post every {gap} meters"),
            Given("price", range(2, 9), "price of a post", "each post costs {price} dollars"),
        ),
        steps=(
            Do(
                "half = long + wide",
                "length and width together",
                "one long and one wide side measure # meters together",
                "two neighboring sides make one half of the fence",
                "How many meters do one long and one wide side measure?",
            ),
            Do(
                "around = half * two",
                "length of the fence",
                "the fence is # meters long",
                "each side has an equal side opposite it",
                "How many meters long is the fence?",
            ),
            Do(
                "posts = around / gap",
                "posts",
                "{A} sets # posts",
                "the posts are spaced evenly around the {yard:1}",
                "How many posts does {A} set?",
            ),
            Do("cost = posts * price", "cost of the posts", "the posts cost # dollars", "every post costs the same"),
        ),
        extras=(
            Extra(range(3, 11), "the work takes {A} {number} days"),
            Extra(range(30, 61), "{A} is {number} years old"),
        ),
    ),
    Shape(
        "honey jars",
        things={"food": "honey"},
        story="A beekeeper has {hives} hives, and each hive gives enough {food:1} for {per} jars. | The beekeeper "
        "keeps {own} "
        "jars for the winter and sells the others for {price} dollars each.",
        question="How many dollars does the beekeeper earn?",
        goal="how many dollars the beekeeper earns",
        given=(
            Given("hives", range(2, 9), "hives", "there are {hives} hives"),
            Given("per", range(3, 13), "jars from each hive", "each hive gives {per} jars of {food:1}"),
            Given("own", range(2, 21), "jars kept", "the beekeeper keeps {own} jars"),
            Given("price", range(3, 9), "price of a jar", "each jar sells for {price} dollars"),
        ),
        steps=(
            Do(
                "jars = hives * per",
                "jars of {food:1}",
                "the hives give # jars",
                "every hive gives the same number of jars",
                "How many jars do the hives give?",
            ),
            Do(
                "sold = jars - own",
                "jars sold",
                "the beekeeper sells # jars",
                "the kept jars are not sold",
                "How many jars does the beekeeper sell?",
            ),
            Do(
                "money = sold * price",
                "money earned",
                "the beekeeper earns # dollars",
                "every jar sells for the same price",
            ),
        ),
        extras=(
            Extra(range(3, 15), "there are {number} fruit trees near the hives"),
            Extra(range(11, 41), "the beekeeper has done this work for {number} years"),
        ),
    ),
    Shape(
        "hay for the stable",
        things={"animal": "horse pony/ponies donkey"},
        story="A stable has {have} bales of hay, and a truck brings {more} bales more. The stable feeds {n} "
        "{animal}, and each "
        "{animal:1} eats {per} bales a week. |",
        question="For how many weeks will the hay last?",
        goal="for how many weeks the hay will last",
        given=(
            Given("have", range(15, 81), "old bales", "the stable has {have} bales at first"),
            Given("more", range(20, 101, 4), "new bales", "a truck brings {more} bales"),
            Given("n", range(2, 11), "{animal}", "there are {n} {animal}"),
            Given("per", range(2, 5), "weekly bales of one {animal:1}", "each {animal:1} eats {per} bales a week"),
        ),
        steps=(
            Do(
                "all = have + more",
                "bales altogether",
                "there are # bales altogether",
                "the new bales are added to the old ones",
                "How many bales are there altogether?",
            ),
            Do(
                "weekly = n * per",
                "bales eaten each week",
                "the {animal} eat # bales a week",
                "every {animal:1} eats the same amount",
                "How many bales do the {animal} eat in a week?",
            ),
            Do(
                "weeks = all / weekly",
                "weeks that the hay will last",
                "the hay will last for # weeks",
                "the same amount is eaten every week",
            ),
        ),
        extras=(
            Extra(range(3, 8), "{number} people work in the stable"),
            Extra(range(12, 31), "the stable lies {number} miles from the town"),
        ),
    ),
)
