"""Stories about collections, and about sharing them."""

from cot_distill.problems.word_problems.shape import Do, Extra, Given, Shape

SHAPES = (
    Shape(
        "card collection",
        things={"card": "card marble badge"},
        story="{A} has {a} {card}. {B} has {k:times} as many {card} as {A}. {C} has {less} {card} fewer than {B}. "
        "| The three "
        "friends put all their {card} together and sort them into {boxes} boxes with the same number in each.",
        question="How many {card} are in each box?",
        goal="how many {card} are in each box",
        given=(
            Given("a", range(6, 31), "{A}'s {card}", "{A} has {a} {card}"),
            Given("k", range(2, 5), "factor for {B}", "{B} has {k:times} as many {card} as {A}"),
            Given("less", range(3, 21), "difference between {B} and {C}", "{C} has {less} {card} fewer than {B}"),
            Given("boxes", range(3, 11), "boxes", "there are {boxes} boxes"),
        ),
        steps=(
            Do(
                "b = a * k",
                "{B}'s {card}",
                "{B} has # {card}",
                "{B}'s number is a multiple of {A}'s",
                "How many {card} does {B} have?",
            ),
            Do(
                "c = b - less",
                "{C}'s {card}",
                "{C} has # {card}",
                "{C} has fewer {card} than {B}",
                "How many {card} does {C} have?",
            ),
            Do(
                "ab = a + b",
                "{card} of {A} and {B}",
                "{A} and {B} have # {card} together",
                "the {card} are put together",
                "How many {card} do {A} and {B} have together?",
            ),
            Do(
                "all = ab + c",
                "{card} altogether",
                "the friends have # {card} altogether",
                "{C}'s {card} are added",
                "How many {card} do the three friends have altogether?",
            ),
            Do(
                "per = all / boxes",
                "{card} in each box",
                "each box holds # {card}",
                "the {card} are sorted into equal boxes",
            ),
        ),
        extras=(
            Extra(range(8, 15), "{A} is {number} years old"),
            Extra(range(2, 8), "{B} has been collecting for {number} years"),
        ),
    ),
    Shape(
        "half of a collection",
        things={"item": "book record toy"},
        story="{A} owns {n} {item}. {A:He} gives {part:part} of them to {A:his} school and then {m} more to "
        "{A:his} cousin. | On {A:his} "
        "birthday, {A:he} receives {new} new ones.",
        question="How many {item} does {A} own now?",
        goal="how many {item} {A} owns now",
        given=(
            Given("n", range(20, 121), "{item} at first", "{A} owns {n} {item} at first"),
            Given("part", range(2, 6), "equal parts", "the school gets {part:part} of the {item}"),
            Given("m", range(3, 21), "{item} for the cousin", "the cousin gets {m} {item}"),
            Given("new", range(3, 16), "new {item}", "{A} receives {new} new {item}"),
        ),
        steps=(
            Do(
                "gift = n / part",
                "{item} for the school",
                "{A} gives # {item} to the school",
                "{part:part} means one of {part} equal parts",
                "How many {item} does {A} give to the school?",
            ),
            Do(
                "keep = n - gift",
                "{item} after the first gift",
                "{A} has # {item} after the first gift",
                "the school keeps its part",
                "How many {item} does {A} have after the first gift?",
            ),
            Do(
                "left = keep - m",
                "{item} after both gifts",
                "{A} has # {item} after both gifts",
                "the cousin gets some too",
                "How many {item} does {A} have after both gifts?",
            ),
            Do("now = left + new", "{item} now", "{A} owns # {item} now", "the new ones are added"),
        ),
        extras=(
            Extra(range(9, 16), "{A} is {number} years old"),
            Extra(range(17, 31), "the school has {number} classrooms"),
        ),
    ),
    Shape(
        "photo album",
        things={"pic": "photo postcard drawing"},
        story="An album has {pages} pages, and there is room for {per} {pic} on each page. {A} has already put "
        "{old} {pic} into the "
        "album. | {A:His} cousins send {A:him} {n} envelopes with {each} {pic} in each, and {A:he} puts all of "
        "these into the "
        "album as well.",
        question="How many more {pic} can {A} still put into the album?",
        goal="how many more {pic} fit into the album",
        given=(
            Given("pages", range(10, 31), "pages", "the album has {pages} pages"),
            Given("per", range(3, 9), "{pic} on each page", "each page has room for {per} {pic}"),
            Given("n", range(2, 8), "envelopes", "there are {n} envelopes"),
            Given("each", range(3, 13), "{pic} in each envelope", "each envelope holds {each} {pic}"),
            Given("old", range(8, 41), "{pic} put in before", "{A} has already put in {old} {pic}"),
        ),
        steps=(
            Do(
                "room = pages * per",
                "{pic} that fit into the album",
                "the album has room for # {pic}",
                "every page has the same room",
                "How many {pic} does the album have room for?",
            ),
            Do(
                "new = n * each",
                "{pic} in the envelopes",
                "the envelopes hold # {pic}",
                "every envelope holds the same number of {pic}",
                "How many {pic} are in the envelopes?",
            ),
            Do(
                "placed = new + old",
                "{pic} in the album",
                "{A} has put # {pic} into the album",
                "the new {pic} join those put in before",
                "How many {pic} has {A} put into the album altogether?",
            ),
            Do(
                "free = room - placed",
                "{pic} that still fit",
                "# more {pic} fit into the album",
                "the {pic} in the album take up their places",
            ),
        ),
        extras=(
            Extra(range(10, 31), "the album cost {number} dollars"),
            Extra(range(12, 41), "{A} is {number} years old"),
        ),
    ),
    Shape(
        "candy shared",
        things={"candy": "candy/candies caramel lollipop"},
        story="{A} has {n} jars with {per} {candy} in each jar, and {B} has {b} {candy}. They put them all "
        "together. They eat {eaten} "
        "of them and share the rest equally among {kids} children in the street. |",
        question="How many {candy} does each of these children get?",
        goal="how many {candy} each child gets",
        given=(
            Given("n", range(2, 9), "jars", "{A} has {n} jars"),
            Given("per", range(6, 21), "{candy} in each jar", "each jar holds {per} {candy}"),
            Given("b", range(6, 41), "{B}'s {candy}", "{B} has {b} {candy}"),
            Given("eaten", range(4, 25), "{candy} eaten", "{A} and {B} eat {eaten} {candy}"),
            Given("kids", range(3, 13), "children", "{kids} children share the rest"),
        ),
        steps=(
            Do(
                "a = n * per",
                "{A}'s {candy}",
                "{A} has # {candy}",
                "every jar holds the same number of {candy}",
                "How many {candy} does {A} have?",
            ),
            Do(
                "all = a + b",
                "{candy} altogether",
                "{A} and {B} have # {candy} together",
                "they put them all together",
                "How many {candy} do {A} and {B} have together?",
            ),
            Do(
                "rest = all - eaten",
                "{candy} to share",
                "# {candy} are left to share",
                "the eaten ones are gone",
                "How many {candy} are left to share?",
            ),
            Do(
                "share = rest / kids",
                "{candy} for each child",
                "each child gets # {candy}",
                "the rest is shared equally",
            ),
        ),
        extras=(
            Extra(range(8, 14), "{B} is {number} years old"),
            Extra(range(42, 71), "the street has {number} houses"),
        ),
    ),
    Shape(
        "stickers in class",
        things={"item": "sticker stamp star"},
        story="A teacher has {sheets} sheets with {per} {item} on each sheet. The teacher shares all of them "
        "equally among "
        "the {kids} children in the class. | One of the children, {A}, already had {had} {item} at home.",
        question="How many {item} does {A} have now?",
        goal="how many {item} {A} has now",
        given=(
            Given("sheets", range(3, 16), "sheets", "there are {sheets} sheets"),
            Given("per", range(6, 21), "{item} on each sheet", "each sheet has {per} {item}"),
            Given("kids", range(6, 25), "children", "the class has {kids} children"),
            Given("had", range(4, 31), "{item} at home", "{A} already had {had} {item}"),
        ),
        steps=(
            Do(
                "all = sheets * per",
                "{item} on the sheets",
                "the sheets have # {item}",
                "every sheet has the same number of {item}",
                "How many {item} are on the sheets?",
            ),
            Do(
                "share = all / kids",
                "{item} for each child",
                "each child gets # {item}",
                "the {item} are shared equally",
                "How many {item} does each child get?",
            ),
            Do(
                "now = share + had",
                "{item} that {A} has now",
                "{A} has # {item} now",
                "the new {item} join the ones at home",
            ),
        ),
        extras=(
            Extra(range(25, 56), "the teacher is {number} years old"),
            Extra(range(3, 15), "there are {number} posters on the wall"),
        ),
    ),
)
